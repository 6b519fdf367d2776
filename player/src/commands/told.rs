//! What this program is told, and which commands go on where that is not understood.

use std::path::Path;

use super::{Command, Options};
use crate::config::{self, Beside, Settings};

/// What the player is told; where that is not understood, what was understood last, for what must
/// go on: a village is not silent, nor its amplifier on, because somebody changed a line.
///
/// # Errors
/// It is not understood, and `command` does not go on.
pub(super) fn settings(
    file: Option<&Path>,
    options: Options,
    command: &Command,
) -> anyhow::Result<Settings> {
    let beside = Beside {
        environment: std::env::vars().collect(),
        options: options.pairs().collect(),
    };
    let told = beside.clone();
    match config::load(file, told.environment, told.options) {
        Ok(loaded) => Ok(loaded.settings),
        Err(why) if goes_on(command) => config::former(file, &beside, &why),
        Err(why) => Err(why),
    }
}

/// Whether it is done by former settings.
fn goes_on(command: &Command) -> bool {
    match command {
        Command::Run | Command::Doctor | Command::Stop | Command::AmplifierOff => true,
        Command::Enrol { .. }
        | Command::Today
        | Command::Again
        | Command::Volume { .. }
        | Command::ConfirmTime { .. }
        | Command::Import { .. }
        | Command::Export { .. }
        | Command::Trial
        | Command::Config(_) => false,
    }
}
