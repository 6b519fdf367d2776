//! The server's signed time: the first voucher after a boot.

use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use programme::clock::{Vouched, Voucher};
use programme::signed::{Envelope, Purpose, Refusal};
use programme::units::BootTime;
use programme::wire::{TimeAnswer, TimeRequest};
use tracing::debug;

use super::backoff::Backoff;
use super::server::{address, builder};
use super::{Context, News};
use crate::clock::{self, Clock};

/// An answer that took longer says too little: a cue may start seconds wrong.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(10);

/// The server states whole milliseconds.
const RESOLUTION: Duration = Duration::from_millis(1);

/// Why the server's time was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NoTime {
    /// The request brought nothing.
    #[error("the server did not tell the time")]
    Unanswered(#[source] reqwest::Error),
    /// The answer is not what our server signed for this question.
    #[error("the server's time was refused: {0}")]
    Refused(#[from] Refusal),
    /// The answer took too long to set a clock by it; it says what day it is.
    #[error("the server's time is unsure by {} s, and says too little", .0.uncertainty.as_secs())]
    TooSlow(Vouched),
}

/// A crystal runs wrong by 50 millionths at worst: one second in this span.
const AGAIN: Duration = Duration::from_secs(6 * 3600);

/// A greater doubt is worth another question, when the link may be better.
const UNSURE: Duration = Duration::from_millis(100);

/// That question comes after this span, and each further one after twice the span before it.
const SOON: Duration = Duration::from_secs(60);

pub(super) async fn run(context: Context) {
    let mut backoff = Backoff::default();
    let mut unsure = 0_u32;
    loop {
        let base = context.server.address();
        match ask(base, &context.key, &context.clock).await {
            Ok(vouched) => {
                backoff.reset();
                unsure = if vouched.uncertainty > UNSURE {
                    unsure.saturating_add(1)
                } else {
                    0
                };
                if context.news.send(News::Time(vouched)).await.is_err() {
                    return;
                }
                context.clock.wait(until_next(unsure)).await;
            }
            Err(error) => {
                debug!("{error}");
                if let NoTime::TooSlow(said) = error
                    && context.news.send(News::Date(said)).await.is_err()
                {
                    return;
                }
                context.rest(backoff.next(clock::fraction())).await;
            }
        }
    }
}

/// The pause after `unsure` answers in a row that left a great doubt.
fn until_next(unsure: u32) -> Duration {
    match unsure.checked_sub(1) {
        None => AGAIN,
        Some(before) => SOON.saturating_mul(2_u32.saturating_pow(before)).min(AGAIN),
    }
}

/// Asks the server at `base` for the time.
///
/// The request carries no token, and its TLS certificate is not checked: a PC whose clock is wrong
/// finds every certificate expired or not valid yet, and right time must not depend on right time.
/// What makes the answer good is the pinned key's signature over a nonce that no other question
/// has.
///
/// # Errors
/// [`NoTime`].
pub async fn ask(base: &str, key: &VerifyingKey, clock: &Clock) -> Result<Vouched, NoTime> {
    let nonce = hex(&clock::random::<16>());
    let client = builder()
        .timeout(ROUND_TRIP_MAX * 3)
        .danger_accept_invalid_certs(true)
        .build()
        .map_err(NoTime::Unanswered)?;
    // Connects first, so that the hand-shake is no part of the uncertainty.
    let request = |nonce: &str| {
        let nonce = nonce.to_owned();
        client
            .post(address(base, "station/time"))
            .json(&TimeRequest { nonce })
    };
    let warm = request(&hex(&clock::random::<16>())).send().await;
    warm.and_then(reqwest::Response::error_for_status)
        .map_err(NoTime::Unanswered)?
        .bytes()
        .await
        .map_err(NoTime::Unanswered)?;
    let asked = clock.boot();
    let answer = request(&nonce).send().await.map_err(NoTime::Unanswered)?;
    let envelope: Envelope = answer.json().await.map_err(NoTime::Unanswered)?;
    let heard = clock.boot();
    judge(&envelope, key, &nonce, (asked, heard))
}

fn judge(
    envelope: &Envelope,
    key: &VerifyingKey,
    nonce: &str,
    (asked, heard): (BootTime, BootTime),
) -> Result<Vouched, NoTime> {
    let answer = envelope.open::<TimeAnswer>(Purpose::Time, key)?;
    if answer.get().nonce != nonce {
        return Err(Refusal::ForeignNonce.into());
    }
    let round_trip = heard.since(asked);
    // The server read its clock at some moment between question and answer: the middle is wrong by
    // half of the way at most.
    let said = Vouched {
        by: Voucher::Server,
        boot: asked.saturating_add(round_trip / 2),
        wall: answer.get().wall,
        uncertainty: round_trip / 2 + RESOLUTION,
    };
    if round_trip > ROUND_TRIP_MAX {
        return Err(NoTime::TooSlow(said));
    }
    Ok(said)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use programme::units::WallTime;

    fn at(millis: u64) -> BootTime {
        BootTime::after_boot(Duration::from_millis(millis))
    }

    fn answer(nonce: &str, key: &SigningKey) -> Envelope {
        let wall = WallTime::from_millis(1_000_000);
        let nonce = nonce.to_owned();
        let bytes = serde_json::to_vec(&TimeAnswer { nonce, wall }).unwrap();
        Envelope::sign(Purpose::Time, bytes, key)
    }

    #[test]
    fn time_is_taken_from_the_middle_of_the_way_and_doubted_by_half_of_it() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let times = (at(5_000), at(5_400));
        let said = judge(&answer("aa", &key), &key.verifying_key(), "aa", times).unwrap();
        assert_eq!(said.boot, at(5_200));
        assert_eq!(said.wall, WallTime::from_millis(1_000_000));
        assert_eq!(said.uncertainty, Duration::from_millis(201));
    }

    #[test]
    fn whoever_is_unsure_of_the_time_asks_again_soon_and_ever_less_often() {
        assert_eq!(until_next(0), AGAIN);
        let pauses: Vec<_> = (1..=4).map(|unsure| until_next(unsure).as_secs()).collect();
        assert_eq!(pauses, [60, 120, 240, 480]);
        assert_eq!(until_next(u32::MAX), AGAIN);
    }

    #[test]
    fn a_replayed_a_foreign_and_a_late_answer_are_refused() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let other = SigningKey::from_bytes(&[2; 32]);
        let soon = (at(0), at(100));
        let trusted = key.verifying_key();
        let replayed = judge(&answer("old", &key), &trusted, "new", soon);
        assert!(matches!(
            replayed,
            Err(NoTime::Refused(Refusal::ForeignNonce))
        ));
        let foreign = judge(&answer("new", &other), &trusted, "new", soon);
        assert!(matches!(
            foreign,
            Err(NoTime::Refused(Refusal::ForeignKey { .. }))
        ));
        let late = judge(&answer("new", &key), &trusted, "new", (at(0), at(10_001)));
        assert!(matches!(late, Err(NoTime::TooSlow(_))));
    }
}
