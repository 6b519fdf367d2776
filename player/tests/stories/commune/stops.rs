//! STOP on the panel, as the server says it.

use programme::ids::StopId;
use programme::signed::{Envelope, Purpose};
use programme::stop::{STOP_FORMAT_VERSION, Stop, TOLD_FOR};

use super::Commune;

impl Commune {
    /// Somebody presses STOP on the panel, for whatever sounds at the station.
    pub fn pressed(&self, number: u8) -> Stop {
        let issued_at = self.wall();
        Stop {
            format_version: STOP_FORMAT_VERSION,
            must_understand: Vec::new(),
            id: StopId::from_random([number; 10]),
            areas: vec![self.empty_programme(1).area],
            broadcast: None,
            issued_at,
            expires_at: issued_at + TOLD_FOR,
            by: "Lý Thị Mai".to_owned(),
        }
    }

    /// Says STOP, and pushes it to the station.
    pub fn stop(&self, stop: &Stop) {
        let bytes = serde_json::to_vec(stop).unwrap();
        let mut inside = self.look();
        let envelope = Envelope::sign(Purpose::Stop, bytes, &inside.key);
        inside.stops.push(envelope.clone());
        drop(inside);
        let data = serde_json::to_string(&envelope).unwrap();
        self.say(format!("event: stop\ndata: {data}\n\n"));
    }
}
