//! The program `loaban-player`.

use std::process::ExitCode;

fn main() -> ExitCode {
    loaban_player::commands::run()
}
