//! Whether the station can hear its loudspeakers.

use super::{Finding, fine, wrong};
use crate::config::Settings;
use crate::loopback::{self, Ear};
use crate::output::{Fault, Level};

const WHAT: &str = "loopback";

/// Opens the input and listens for a moment.
pub(super) fn examine(settings: &Settings) -> Finding {
    let Ear::Card(name) = &settings.loopback else {
        let off = "off: the log says what was aired, and not whether it was heard";
        return match inputs() {
            inputs if inputs.is_empty() => fine(WHAT, off),
            inputs => fine(WHAT, format!("{off}; this PC could listen on {inputs}")),
        };
    };
    match loopback::listen_once(name) {
        Ok(level) if level <= Level::FLOOR => wrong(
            WHAT,
            format!("input {name} opens, and nothing at all comes in"),
            "a monitor is silent while nothing airs, and then this is right; for a microphone or \
             a line-in look at its plug, and raise its capture level (alsamixer, F4)",
        ),
        Ok(level) => fine(
            WHAT,
            format!("input {name} opens, and hears {level} at this moment (0 is full scale)"),
        ),
        Err(fault) => wrong(WHAT, fault.to_string(), cure(&fault)),
    }
}

fn cure(fault: &Fault) -> String {
    if let Fault::Stalled = fault {
        return "it opens and gives no sound: look at its plug, or choose another input".to_owned();
    }
    match inputs() {
        inputs if inputs.is_empty() => {
            "plug a microphone in, or set loopback = \"off\"; announcements air all the same"
                .to_owned()
        }
        inputs => format!(
            "look at its plug, or set loopback to one of {inputs}; announcements air all the same"
        ),
    }
}

/// What can be written behind `loopback`.
fn inputs() -> String {
    let inputs = loopback::inputs().into_iter();
    let inputs: Vec<_> = inputs.map(|input| format!("card:{}", input.name)).collect();
    inputs.join(", ")
}
