//! `as-run …`: whether the stored log is what the stations wrote.

use std::process::ExitCode;

use clap::Subcommand;

use programme::as_run::chain::Tip;

use crate::as_run::verify::{self, Checked};
use crate::state::State;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Compute every hash and signature again, and say what does not fit.
    Verify {
        /// One station only: its name or id. All stations unless it is given.
        #[arg(long, value_name = "NAME")]
        station: Option<String>,
    },
}

/// The exit code says whether something stored does not fit.
pub(super) async fn obey(state: &State, command: Command) -> anyhow::Result<ExitCode> {
    let Command::Verify { station } = command;
    let checked = verify::journals(state, station.as_deref()).await?;
    if let (Some(name), []) = (&station, &checked[..]) {
        anyhow::bail!("no station that is called {name:?} has begun a log");
    }
    checked.iter().for_each(print);
    let broken = checked.iter().filter(|one| one.found.is_err()).count();
    let count = checked.len();
    if broken == 0 {
        println!("Every line of {count} journals is what its station wrote and signed.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("{broken} of {count} journals are not what their stations wrote and signed.");
        Ok(ExitCode::FAILURE)
    }
}

fn print(checked: &Checked) {
    let (name, journal) = (&checked.name, &checked.journal);
    match &checked.found {
        Ok(Tip { sequence, hash }) => {
            println!("whole   {name}, {journal}: {sequence} lines, the last {hash}");
        }
        Err(found) => println!("BROKEN  {name}, {journal}: {found}"),
    }
    if let Some(at) = checked.broken_at {
        let at = at.timestamp().strftime("%d/%m/%Y %H:%M UTC");
        println!("        a break of it was seen at {at}");
    }
}
