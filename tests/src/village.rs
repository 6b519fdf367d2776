//! A village PC: the player as a process, with its state on a disk of its own.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use programme::ids::ContentHash;
use recordings::durable;
use tempfile::TempDir;

use crate::disk::watched;
use crate::program::{Program, counted, free_address, ours, run};
use crate::sound_card::SoundCard;

/// A PC that may be on, off, or without power.
pub struct Village {
    settings: Vec<(&'static str, PathBuf)>,
    screen: SocketAddr,
    player: Option<Program>,
    /// Where what the player does is written, while it is watched.
    watched: Option<PathBuf>,
    /// Whether the player lies on the PC's own disk.
    installed: bool,
    /// Where the system calls of the player are counted, if they are.
    counted: Option<PathBuf>,
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

    /// Has it listen on the input of this name while it airs.
    pub fn listening_on(mut self, input: &str) -> Self {
        let loopback = format!("card:{input}");
        self.settings
            .push(("LOABAN_PLAYER__LOOPBACK", loopback.into()));
        self
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
            watched: None,
            installed: false,
            counted: None,
            folder,
        }
    }

    /// The same PC, whose own clock is `seconds` ahead of the right time. Its boot-time clock is
    /// right, as that of every PC.
    #[must_use]
    pub fn with_clock_ahead_by(mut self, seconds: i64) -> Self {
        self.set("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1");
        self.set("FAKETIME", &format!("{seconds:+}"));
        self.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        self
    }

    /// Has the PC trust the authority of this certificate, and no other.
    pub fn trust(&mut self, certificate: &Path) {
        self.settings
            .push(("SSL_CERT_FILE", certificate.to_owned()));
    }

    /// Lays the player onto the PC's own disk, as a package does, in the place of the one that is
    /// there and may run.
    #[expect(
        clippy::disallowed_methods,
        reason = "a package is laid as dpkg lays it"
    )]
    pub fn install(&mut self) {
        let new = self.folder.path().join("player.new");
        std::fs::copy(ours("loaban-player").get_program(), &new).expect("a copy");
        self.lay(&new);
    }

    /// Lays a program there that says `why` and fails.
    pub fn install_one_that_fails(&mut self, why: &str) {
        let new = self.folder.path().join("player.new");
        let script = format!("#!/bin/sh\necho '{why}' >&2\nexit 1\n");
        durable::write(&new, script.as_bytes()).expect("a file");
        let runs = Permissions::from_mode(0o755);
        std::fs::set_permissions(&new, runs).expect("a program");
        self.lay(&new);
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a package is laid as dpkg lays it"
    )]
    fn lay(&mut self, new: &Path) {
        std::fs::rename(new, self.installed_at()).expect("a file");
        self.installed = true;
    }

    /// Has the system calls of the player counted from its next start on, into the file that this
    /// names.
    pub fn count_calls(&mut self) -> PathBuf {
        let log = self.folder.path().join("player.calls");
        self.counted = Some(log.clone());
        log
    }

    fn installed_at(&self) -> PathBuf {
        self.folder.path().join("loaban-player")
    }

    /// Whether the player goes on.
    pub fn runs(&mut self) -> bool {
        self.player.as_mut().is_some_and(Program::runs)
    }

    /// Waits until the player ends by itself.
    pub async fn player_ends_within(&mut self, span: Duration) -> ExitStatus {
        self.player
            .take()
            .expect("the PC is on")
            .ends_within(span)
            .await
    }

    /// Sets an environment variable of all that runs on the PC.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.into()));
    }

    /// The player's number in the system.
    pub fn player_id(&self) -> u32 {
        self.player.as_ref().expect("the PC is on").id()
    }

    /// Where the sound goes, when there is no card.
    pub fn wav_file(&self) -> PathBuf {
        self.folder.path().join("horn.wav")
    }

    /// Has it keep so many files of what sounded.
    pub fn keep_wav_files(&mut self, count: u32) {
        self.set("LOABAN_PLAYER__WAV_FILES_KEPT", &count.to_string());
    }

    /// All files into which the sound went, the oldest first.
    pub fn wav_files(&self) -> Vec<PathBuf> {
        let age = |path: &PathBuf| match path.file_name()?.to_str()?.strip_prefix("horn.")? {
            "wav" => Some(0),
            older => older.strip_suffix(".wav")?.parse::<u32>().ok(),
        };
        let files = files(self.folder.path()).into_iter();
        let mut files: Vec<_> = files.filter_map(|path| Some((age(&path)?, path))).collect();
        files.sort_unstable_by(|one, other| other.cmp(one));
        files.into_iter().map(|(_, path)| path).collect()
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

    /// Switches the PC on, and waits until its page can be opened.
    pub async fn power_on(&mut self) {
        self.press_power();
        let player = self.player.as_mut().expect("it was just started");
        player.listens(self.screen).await;
    }

    /// Switches the PC on, and waits for nothing.
    pub fn press_power(&mut self) {
        assert!(self.player.is_none(), "the PC is on already");
        let log = self.folder.path().join("player.log");
        let mut command = self.command();
        command.arg("run");
        if let Some(calls) = &self.counted {
            command = counted(&command, calls);
        }
        let player = Program::start("loaban-player", &mut command, &log);
        self.player = Some(player);
    }

    /// The folder in which the player keeps what must outlive a power cut.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Its disk loses a recording, and all that was made of it.
    pub fn loses(&self, recording: &ContentHash) {
        self.loses_wav(recording);
        durable::remove(&self.recording(recording)).expect("a disk that can lose something");
    }

    /// Where a recording lies that has come.
    pub fn recording(&self, recording: &ContentHash) -> PathBuf {
        let name = recording.to_string();
        self.state().join("recordings").join(&name[..2]).join(name)
    }

    /// Its disk loses what a recording was made into so that it can air.
    pub fn loses_wav(&self, recording: &ContentHash) {
        for ending in ["wav.sha256", "wav"] {
            let path = self.state().join(format!("ready/{recording}.{ending}"));
            durable::remove(&path).expect("a disk that can lose something");
        }
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

    /// From here on each thing that the player asks of the disk is written into the log that this
    /// names.
    pub fn watch(&mut self, log: &str) -> PathBuf {
        let log = self.folder.path().join(log).with_extension("strace");
        self.watched = Some(log.clone());
        log
    }

    fn command(&self) -> Command {
        let mut command = match &self.watched {
            Some(log) => watched(Path::new(ours("loaban-player").get_program()), log),
            None if self.installed => Command::new(self.installed_at()),
            None => ours("loaban-player"),
        };
        command
            .envs(self.settings.iter().cloned())
            .current_dir(self.folder.path());
        command
    }
}

/// Checks that what has a name in a player's state folder is whole. It looks with eyes of its own:
/// whatever the player opens its folder with would clear up first.
pub fn nothing_is_torn(state: &Path) {
    let hash = |path: &Path| ContentHash::of(&std::fs::read(path).expect("a file")).to_string();
    let shelves = files(&state.join("recordings")).into_iter();
    for recording in shelves
        .filter(|shelf| !shelf.ends_with("partial"))
        .flat_map(|s| files(&s))
    {
        let name = recording.file_name().unwrap_or_default().to_string_lossy();
        assert_eq!(hash(&recording), name, "{}", recording.display());
    }
    for seal in files(&state.join("ready")) {
        if seal.extension().is_some_and(|ending| ending == "sha256") {
            let wav = seal.with_extension("");
            let sealed = std::fs::read_to_string(&seal).expect("a seal");
            assert_eq!(hash(&wav), sealed, "{}", wav.display());
        }
    }
    let damaged = state.join("state.db.damaged-1");
    assert!(!damaged.exists(), "a power cut damages no state");
}

/// What lies in a folder, if there is one, but for what its writer has not finished.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| !is_unfinished(path)).collect()
}

/// Whether a file still has the name under which it is written.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "unfinished")
}
