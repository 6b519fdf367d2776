//! The program `loaban-server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    loaban_server::commands::run()
}
