//! STOP from the panel, on the station: believed, obeyed, and only then kept.
//!
//! Silence does not wait for the disk. What is kept is told again after a power cut, before the
//! plans are, so that what was stopped does not begin anew.

use std::collections::BTreeMap;

use ed25519_dalek::VerifyingKey;
use programme::air::Input;
use programme::ids::StopId;
use programme::signed::{Envelope, Refusal, Verified};
use programme::stop::Stop;
use programme::units::WallTime;
use tracing::{error, warn};

use super::Daemon;

/// So many are kept at most, the newest: people press often, and each newer one says more.
const MOST: usize = 100;

/// What the station was told to stop, as it came and as it was verified.
#[derive(Debug, Default)]
pub(super) struct Stops {
    held: BTreeMap<StopId, (Envelope, Verified<Stop>)>,
}

impl Stops {
    /// Takes a stop, and says whether it is news.
    pub fn believe(&mut self, envelope: Envelope, key: &VerifyingKey) -> Result<bool, Refusal> {
        let word = Verified::<Stop>::open(&envelope, key)
            .inspect_err(|refusal| error!("a stop from the panel was refused: {refusal}"))?;
        let stop = word.get();
        if self.held.contains_key(&stop.id) {
            return Ok(false);
        }
        warn!(stop = %stop.id, broadcast = ?stop.broadcast, "STOP from the panel: {}", stop.by);
        self.held.insert(stop.id.clone(), (envelope, word));
        while self.held.len() > MOST {
            let words = self.held.values().map(|(_, word)| word.get());
            let oldest = words.min_by_key(|stop| stop.issued_at);
            let Some(oldest) = oldest.map(|stop| stop.id.clone()) else {
                break;
            };
            self.held.remove(&oldest);
        }
        Ok(true)
    }

    /// Forgets those that nobody is told of any more, and says whether there were any.
    pub fn forget_before(&mut self, wall: WallTime) -> bool {
        let before = self.held.len();
        self.held
            .retain(|_, (_, word)| word.get().expires_at > wall);
        self.held.len() != before
    }

    /// Those that are held, as they came.
    pub fn envelopes(&self) -> Vec<Envelope> {
        let held = self.held.values();
        held.map(|(envelope, _)| envelope.clone()).collect()
    }

    /// What the server is told of them.
    pub fn obeyed(&self, wall: Option<WallTime>) -> Vec<StopId> {
        let words = self.held.values().map(|(_, word)| word.get());
        let lasting = words.filter(|stop| wall.is_none_or(|wall| wall < stop.expires_at));
        lasting.map(|stop| stop.id.clone()).collect()
    }
}

impl Daemon {
    /// Takes stops from the panel and obeys them; says whether there was a new one.
    pub(super) async fn take_stops(&mut self, envelopes: Vec<Envelope>) -> anyhow::Result<bool> {
        let mut news = false;
        for envelope in envelopes {
            let stops = &mut self.emergencies.stops;
            news |= stops.believe(envelope, &self.key).unwrap_or(false);
        }
        if news {
            self.tell_stops();
            self.obey().await?;
        }
        Ok(news)
    }

    /// Tells the core what is stopped here.
    pub(super) fn tell_stops(&mut self) {
        let Some(programme) = &self.programme else {
            return;
        };
        let words = self.emergencies.stops.held.values();
        let here = words.filter(|(_, word)| word.get().concerns(programme.get()));
        let stops = here.map(|(_, word)| word.clone()).collect();
        self.tell(Input::Stops(stops));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use ed25519_dalek::SigningKey;
    use programme::signed::Purpose;

    fn pressed(number: u8, key: &SigningKey) -> Envelope {
        let issued_at =
            WallTime::from_millis(1_795_428_000_000) + Duration::from_secs(number.into());
        let stop = Stop {
            format_version: 1,
            must_understand: Vec::new(),
            id: StopId::from_random([number; 10]),
            areas: Vec::new(),
            broadcast: None,
            issued_at,
            expires_at: issued_at + Duration::from_secs(60),
            by: "Lý Thị Mai".to_owned(),
        };
        let payload = serde_json::to_vec(&stop).unwrap();
        Envelope::sign(Purpose::Stop, payload, key)
    }

    #[test]
    fn the_newest_are_kept_and_a_forged_one_never() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let trusted = key.verifying_key();
        let mut stops = Stops::default();
        for number in 0..=100 {
            assert_eq!(stops.believe(pressed(number, &key), &trusted), Ok(true));
        }
        assert_eq!(stops.held.len(), MOST);
        let oldest = StopId::from_random([0; 10]);
        assert!(!stops.held.contains_key(&oldest), "the oldest goes first");
        assert_eq!(stops.believe(pressed(100, &key), &trusted), Ok(false));
        let other = SigningKey::from_bytes(&[2; 32]);
        assert!(stops.believe(pressed(101, &other), &trusted).is_err());
        let end = WallTime::from_millis(1_795_428_160_000);
        assert!(stops.forget_before(end) && stops.held.is_empty());
    }
}
