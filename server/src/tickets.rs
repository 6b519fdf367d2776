//! Tickets of TLS (RFC 8446 §2.2): who was here in the last hours is not shown its certificates
//! again.
//!
//! A ticket is the number under which the session is kept here. Sealed into the ticket, as is
//! usual, it would go over the link twice with each connection, and villages pay for that.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use rustls::crypto::{GetRandomFailed, ring};
use rustls::server::ProducesTickets;
use rustls::ticketer::TicketRotator;

/// Sessions are kept for this span of seconds, and for as long again.
const SPAN_S: u32 = 6 * 3_600;

/// So many are kept of each such span: those of ten thousand stations, and of people beside them.
/// When there is no more room the oldest is forgotten: many were given to who never comes again.
const MOST: usize = 20_000;

/// How many were given before, so that the oldest comes first, and what nobody guesses.
type Number = [u8; 16];

/// What gives tickets and knows them again.
///
/// # Errors
/// The system gives no randomness.
pub fn rotating() -> anyhow::Result<TicketRotator> {
    let empty = || -> Result<Box<dyn ProducesTickets>, GetRandomFailed> {
        Ok(Box::new(Sessions::default()))
    };
    TicketRotator::new(SPAN_S, empty).context("prepare the tickets of TLS")
}

/// The sessions of one span.
#[derive(Debug, Default)]
struct Sessions(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    given: u64,
    sessions: BTreeMap<Number, Box<[u8]>>,
}

impl ProducesTickets for Sessions {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        2 * SPAN_S
    }

    fn encrypt(&self, session: &[u8]) -> Option<Vec<u8>> {
        let mut number = Number::default();
        let randomness = ring::default_provider().secure_random;
        let (count, secret) = number.split_at_mut(size_of::<u64>());
        randomness.fill(secret).ok()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count.copy_from_slice(&kept.given.to_be_bytes());
        kept.given += 1;
        if kept.sessions.len() >= MOST {
            kept.sessions.pop_first();
        }
        kept.sessions.insert(number, session.into());
        Some(number.to_vec())
    }

    /// Each opens once: it comes again only where somebody else has seen it.
    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        let number = Number::try_from(ticket).ok()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.sessions.remove(&number).map(Vec::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_short_and_brings_its_session_back_once() {
        let sessions = Sessions::default();
        let [one, other] = [b"one".as_slice(), b"other"].map(|session| {
            let ticket = sessions.encrypt(session).unwrap();
            assert_eq!(ticket.len(), 16);
            ticket
        });
        assert_eq!(sessions.decrypt(&other), Some(b"other".to_vec()));
        assert_eq!(sessions.decrypt(&other), None);
        assert_eq!(sessions.decrypt(b"a number too long for ours"), None);
        assert_eq!(sessions.decrypt(&one), Some(b"one".to_vec()));
    }

    #[test]
    fn where_there_is_no_more_room_the_oldest_is_forgotten() {
        let sessions = Sessions::default();
        let first = sessions.encrypt(b"first").unwrap();
        let second = sessions.encrypt(b"second").unwrap();
        for _ in 2..=MOST {
            assert!(sessions.encrypt(b"one more").is_some());
        }
        assert_eq!(sessions.decrypt(&first), None);
        assert_eq!(sessions.decrypt(&second), Some(b"second".to_vec()));
    }
}
