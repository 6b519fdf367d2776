//! A village PC: the player as a process, with its state on a disk of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use tempfile::TempDir;

use crate::program::{Program, free_address, ours, run};
use crate::sound_card::SoundCard;

/// A PC that may be on, off, or without power.
pub struct Village {
    settings: Vec<(&'static str, PathBuf)>,
    screen: SocketAddr,
    player: Option<Program>,
    folder: TempDir,
}

impl Village {
    /// A PC whose sound goes into a WAV file.
    pub fn with_wav_file() -> Self {
        let mut village = Self::with_output(PathBuf::new());
        let output = format!("wav:{}", village.wav_file().display());
        village
            .settings
            .push(("LOABAN_PLAYER__OUTPUT", output.into()));
        village
    }

    /// A PC with a virtual sound card.
    pub fn with_card(card: &SoundCard) -> Self {
        let mut village = Self::with_output("card:default".into());
        village.settings.extend(card.environment());
        village
    }

    fn with_output(output: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a disk for the PC");
        let screen = free_address();
        let settings = vec![
            ("LOABAN_PLAYER__STATE_DIR", folder.path().join("state")),
            ("LOABAN_PLAYER__OUTPUT", output),
            ("LOABAN_PLAYER__SCREEN_LISTEN", screen.to_string().into()),
        ];
        Self {
            settings,
            screen,
            player: None,
            folder,
        }
    }

    /// Where the sound goes, when there is no card.
    pub fn wav_file(&self) -> PathBuf {
        self.folder.path().join("horn.wav")
    }

    /// The page on the PC, without a slash at its end.
    pub fn screen(&self) -> String {
        format!("http://{}", self.screen)
    }

    /// Types `loaban-player` with `arguments` on the PC and reads what it prints.
    ///
    /// # Errors
    /// What it printed, when it failed.
    pub fn command_line(&self, arguments: &[&str]) -> Result<String, String> {
        run(self.command().args(arguments))
    }

    /// Types the code that the panel shows.
    ///
    /// # Errors
    /// What the player says when it is not let in.
    pub fn enrol(&self, server: &str, code: &str) -> Result<String, String> {
        self.command_line(&["enrol", server, code])
    }

    /// Switches the PC on.
    pub async fn power_on(&mut self) {
        assert!(self.player.is_none(), "the PC is on already");
        let log = self.folder.path().join("player.log");
        let mut player = Program::start("loaban-player", self.command().arg("run"), &log);
        player.listens(self.screen).await;
        self.player = Some(player);
    }

    /// Takes its power away.
    pub fn cut_power(&mut self) {
        self.player.take().expect("the PC is on").cut_power();
    }

    /// Shuts it down.
    pub async fn shut_down(&mut self) -> ExitStatus {
        self.player.take().expect("the PC is on").shut_down().await
    }

    /// What the player has printed.
    pub fn log(&self) -> String {
        self.player.as_ref().map(Program::log).unwrap_or_default()
    }

    /// Waits until the player has printed `words`.
    pub async fn says(&mut self, words: &str) {
        self.player
            .as_mut()
            .expect("the PC is on")
            .says(words)
            .await;
    }

    fn command(&self) -> Command {
        let mut command = ours("loaban-player");
        command
            .envs(self.settings.iter().cloned())
            .current_dir(self.folder.path());
        command
    }
}
