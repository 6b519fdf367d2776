//! The village PC of the demonstration: the player as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::Options;
use super::commune::Commune;
use crate::audit::Author;
use crate::state::State;
use crate::stations::{code, station};

/// The player gets so long to write its last words.
const PATIENCE: Duration = Duration::from_secs(8);

/// A player that ran for so long was started well.
const STEADY: Duration = Duration::from_secs(60);
/// Before each new start of a player that keeps ending; after the last one it is given up.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
];

/// Under this name the settings know the address at which the PC was enrolled.
const ADDRESS: &str = "demo_address";

/// The player, where it keeps things, and where its sound goes.
pub struct VillagePc {
    program: PathBuf,
    state_dir: PathBuf,
    output: String,
    /// No card opened, so that it became a file by itself.
    has_no_card: bool,
    screen: u16,
    child: Option<Child>,
}

/// The player's program: the one that is given, or the one beside this program.
///
/// # Errors
/// There is none.
pub fn program(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let beside = || -> anyhow::Result<PathBuf> {
        let own = std::env::current_exe().context("find this program")?;
        Ok(own.with_file_name("loaban-player"))
    };
    let program = given.map_or_else(beside, Ok)?;
    if !program.is_file() {
        bail!(
            "there is no player at {}: build it with `cargo build --bins`, or name it by --player",
            program.display()
        );
    }
    Ok(program)
}

impl VillagePc {
    /// A PC whose sound goes to the sound card if one opens, else into a WAV file.
    ///
    /// # Errors
    /// The player cannot be started.
    pub async fn set_up(options: &Options, program: PathBuf, screen: u16) -> anyhow::Result<Self> {
        let state_dir = options.data.join("player");
        recordings::durable::make_folder(&state_dir).context("make the player's folder")?;
        let mut pc = Self {
            program,
            state_dir,
            output: String::new(),
            has_no_card: false,
            screen,
            child: None,
        };
        pc.output = match &options.output {
            Some(output) => output.clone(),
            None if pc.card_opens().await? => "card:default".to_owned(),
            None => {
                pc.has_no_card = true;
                let file = std::path::absolute(options.data.join("on-air.wav"))?;
                format!("wav:{}", file.display())
            }
        };
        Ok(pc)
    }

    /// Where its sound goes, for whoever looks for it.
    pub fn output(&self) -> String {
        match self.output.strip_prefix("wav:") {
            Some(file) if self.has_no_card => format!("{file} (no sound card opens here)"),
            Some(file) => file.to_owned(),
            None => self.output.clone(),
        }
    }

    /// Makes the PC the village's station, unless it is already at this address.
    ///
    /// # Errors
    /// The player refuses, or the database failed.
    pub async fn enrol(
        &self,
        state: &State,
        commune: &Commune,
        address: &str,
    ) -> anyhow::Result<()> {
        let mut connection = state.database.read().await?;
        let station = station::find(&mut connection, &commune.station).await?;
        let known: Option<(String,)> = sqlx::query_as("SELECT value FROM settings WHERE name = $1")
            .bind(ADDRESS)
            .fetch_optional(&mut *connection)
            .await?;
        drop(connection);
        let place = format!("{address} {}", self.state_dir.display());
        let is_there = station.enrolled_at.is_some() && has_files(&self.state_dir);
        if is_there && known.is_some_and(|(known,)| known == place) {
            return Ok(());
        }
        let code = code::issue(state, &Author::command_line(), &station).await?;
        let status = self
            .command("card:default")
            .args(["enrol", address, &code.code])
            .status()
            .await
            .context("enrol the village PC")?;
        if !status.success() {
            bail!("the village PC could not be enrolled; the lines above say why");
        }
        let mut write = state.database.write().await?;
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(ADDRESS)
        .bind(place)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(())
    }

    /// Starts airing.
    ///
    /// # Errors
    /// The player cannot be started.
    pub fn start(&mut self) -> anyhow::Result<()> {
        let child = self.command(&self.output).arg("run").spawn();
        self.child = Some(child.context("start the player")?);
        Ok(())
    }

    /// Starts the player again whenever it ends, as the service manager does on a village PC, so
    /// that it may be killed to see what becomes of what is on air. Comes back when it does not
    /// keep running.
    ///
    /// # Errors
    /// Always: how it ended the last time.
    pub async fn keep_running(&mut self) -> anyhow::Result<()> {
        let mut quick_ends = 0;
        loop {
            let Some(child) = &mut self.child else {
                return std::future::pending().await;
            };
            let status = match tokio::time::timeout(STEADY, child.wait()).await {
                Ok(status) => status.context("wait for the player")?,
                Err(_) => {
                    quick_ends = 0;
                    continue;
                }
            };
            let Some(pause) = PAUSES.get(quick_ends) else {
                bail!("the player does not keep running: {status}; the lines above say why");
            };
            quick_ends += 1;
            let seconds = pause.as_secs();
            println!("The player ended ({status}); it starts again in {seconds} s.");
            tokio::time::sleep(*pause).await;
            self.start()?;
        }
    }

    /// Ends the player as a person would; one that does not listen is ended all the same.
    pub async fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let pid = child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = pid {
            // It may have ended by the same Ctrl-C already.
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
    }

    /// The player looks at its own sound and says what it found.
    async fn card_opens(&self) -> anyhow::Result<bool> {
        let said = self
            .command("card:default")
            .arg("doctor")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .output()
            .await
            .with_context(|| format!("start the player {}", self.program.display()))?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        Ok(said
            .lines()
            .any(|line| line.starts_with("ok") && line.contains("sound:")))
    }

    fn command(&self, output: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("--state-dir")
            .arg(&self.state_dir)
            .args(["--output", output])
            .args(["--screen-listen", &format!("127.0.0.1:{}", self.screen)])
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

fn has_files(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some())
}
