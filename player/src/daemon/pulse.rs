//! What the loop says of itself to systemd, at each turn that it takes.

use super::{Daemon, Standing, Status};
use crate::watchdog::Watchdog;

impl Daemon {
    /// Says how things are, and that the loop goes on and the output answers.
    pub(super) fn pulse(&mut self, status: &Status, watchdog: &mut Watchdog) {
        watchdog.say(&in_words(status));
        let output = &mut self.output;
        watchdog.look(self.clock.boot(), || output.answers());
    }
}

/// How things are, in one line for `systemctl status`.
fn in_words(status: &Status) -> String {
    let standing = match (status.standing, &status.on_air) {
        (Standing::OnAir, Some(cue)) => {
            let emergency = status.emergency.as_ref();
            let is_drill = emergency.is_some_and(|emergency| emergency.order.drill);
            let mark = if is_drill { "a drill, " } else { "" };
            format!("on air: {mark}{}", cue.title)
        }
        (Standing::Held, _) => "nothing airs: nobody has vouched for the time".to_owned(),
        (Standing::Trouble, _) => "nothing can be heard: see loaban-player doctor".to_owned(),
        (Standing::Lacking, _) => "waits for the recording of what airs soon".to_owned(),
        (Standing::NotEnrolled, _) => "this PC is no station yet".to_owned(),
        (Standing::Unwritable | Standing::Stuck, _) => "nothing airs".to_owned(),
        (Standing::Ready | Standing::OnAir, _) => "waits for the next announcement".to_owned(),
    };
    let (generation, ready, wanted) = (status.generation, status.ready, status.wanted);
    format!("{standing}; programme no. {generation}, {ready} of {wanted} recordings ready")
}
