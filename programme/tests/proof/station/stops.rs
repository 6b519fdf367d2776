//! What the station in miniature is told to stop.

use programme::air::Input;
use programme::stop::Stop;

use super::Station;
use crate::village::believed;

impl Station {
    /// A STOP from the panel comes.
    pub fn stop(&mut self, stop: Stop) {
        if !self.keeps() {
            return;
        }
        self.stops.push(stop);
        self.tell_stops();
    }

    pub(super) fn tell_stops(&mut self) {
        let stops = self.stops.iter().map(believed);
        let stops = stops.filter(|stop| stop.get().concerns(self.programme.get()));
        self.tell(Input::Stops(stops.collect()));
    }
}
