//! Whether an upgrade laid another program in the place of this one, and whether that one starts.
//!
//! A package leaves a player alone that runs, for it may be on air: the player ends in a quiet
//! moment, and whoever supervises it starts the new one. A program that was laid half, for another
//! machine, that refuses what the old one is told or does not take up what it keeps would silence
//! the village then. So it is run once before, as `trial`: it reads its configuration and takes up
//! a copy of the state (see [`crate::trial`]). Until it does that, this one airs on.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use programme::units::BootTime;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{error, info};

use crate::commands;
use crate::plain::plain;
use crate::watchdog;

/// What the kernel adds to the name of a file that lies under that name no more.
const GONE: &[u8] = b" (deleted)";

/// So long the other program may take, on a slow disk.
const PATIENCE: Duration = Duration::from_secs(60);

/// One that did not start is tried again after this, for a library that it needs may come late.
/// Another file is tried as soon as it is seen.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// So much is kept of what it says of its failure.
const KEPT_BYTES: u64 = 1_000;

/// What systemd tells this program alone.
const OWN: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// The other program, as far as there is one.
#[derive(Debug)]
pub struct Renewal {
    trial: Option<Trial>,
    /// Why it cannot take over, as the last trial had it.
    trouble: Option<String>,
    ends: mpsc::Sender<(File, Result<(), String>)>,
    ended: mpsc::Receiver<(File, Result<(), String>)>,
}

/// What tells a file from another one that has its name: where it lies, its size, its last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct File([u64; 3], [i64; 2]);

/// That a file was run, or is being run.
#[derive(Debug)]
struct Trial {
    file: File,
    began: BootTime,
    /// Whether it started, as soon as that is known.
    starts: Option<bool>,
}

impl Default for Renewal {
    fn default() -> Self {
        let (ends, ended) = mpsc::channel(1);
        Self {
            trial: None,
            trouble: None,
            ends,
            ended,
        }
    }
}

impl Renewal {
    /// Whether another program lies in the place of this one, was seen to start, and is started by
    /// somebody when this one ends. One that nobody has tried yet is tried beside the caller.
    pub fn is_due(&mut self, now: BootTime) -> bool {
        if !watchdog::is_supervised() {
            return false;
        }
        let Some((place, file)) = other() else {
            (self.trial, self.trouble) = (None, None);
            return false;
        };
        self.judge(file, now).unwrap_or_else(|| {
            self.trial = Some(Trial {
                file,
                began: now,
                starts: None,
            });
            let ends = self.ends.clone();
            tokio::spawn(async move {
                let outcome = starts(&place, commands::own_options(), PATIENCE).await;
                // A program that ends does not want to know.
                let _ = ends.send((file, outcome)).await;
            });
            false
        })
    }

    /// Whether `file` starts; `None` when that is to be tried, or to be tried again.
    fn judge(&self, file: File, now: BootTime) -> Option<bool> {
        let trial = self.trial.as_ref().filter(|trial| trial.file == file)?;
        let old = trial.starts == Some(false) && now.since(trial.began) >= AGAIN;
        (!old).then_some(trial.starts == Some(true))
    }

    /// Waits until a trial ends, and takes what came of it.
    pub async fn tried(&mut self) {
        if let Some((file, outcome)) = self.ended.recv().await {
            self.take(file, outcome);
        }
    }

    fn take(&mut self, file: File, outcome: Result<(), String>) {
        let Some(trial) = self.trial.as_mut().filter(|trial| trial.file == file) else {
            return;
        };
        trial.starts = Some(outcome.is_ok());
        let trouble = outcome.err();
        match &trouble {
            None => info!("another release was installed; it begins in a quiet moment"),
            Some(why) if self.trouble.as_ref() != Some(why) => {
                error!(
                    "another release was installed and cannot take over, so this one goes on: {why}"
                );
            }
            Some(_) => {}
        }
        self.trouble = trouble;
    }

    /// Why the program in the place of this one cannot take over.
    pub fn trouble(&self) -> Option<&String> {
        self.trouble.as_ref()
    }
}

/// The program that lies in the place of this one, if that is another.
fn other() -> Option<(PathBuf, File)> {
    let place = successor(&std::fs::read_link("/proc/self/exe").ok()?)?;
    let found = place.metadata().ok()?;
    let changed = [found.ctime(), found.ctime_nsec()];
    let file = File([found.dev(), found.ino(), found.size()], changed);
    Some((place, file))
}

/// Where the program lay that the kernel calls `own`, if it was removed or replaced.
fn successor(own: &Path) -> Option<PathBuf> {
    let place = own.as_os_str().as_bytes().strip_suffix(GONE)?;
    Some(PathBuf::from(OsStr::from_bytes(place)))
}

/// Runs the program at `place` once, as `trial`, with the options and the environment of this one.
async fn starts(place: &Path, options: Vec<OsString>, patience: Duration) -> Result<(), String> {
    let mut command = Command::new(place);
    command.args(options).arg("trial");
    for name in OWN {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn();
    let mut child = child.map_err(|error| format!("it cannot be run: {error}"))?;
    let said = child.stderr.take();
    let ended = timeout(patience, async {
        let mut text = Vec::new();
        if let Some(said) = said {
            // What it says only explains how it ends.
            let _ = said.take(KEPT_BYTES).read_to_end(&mut text).await;
        }
        (child.wait().await, text)
    });
    let (status, text) = match ended.await {
        Ok((Ok(status), text)) => (status, text),
        Ok((Err(error), _)) => return Err(format!("nobody knows how it ended: {error}")),
        Err(_) => return Err(format!("it has not ended after {} s", patience.as_secs())),
    };
    if status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&text);
    Err(format!("{status}: {}", plain(text.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: File = File([1, 2, 3], [4, 5]);
    const SECOND: File = File([1, 9, 3], [4, 5]);

    fn at(seconds: u64) -> BootTime {
        BootTime::after_boot(Duration::from_secs(seconds))
    }

    /// One whose trial of [`FIRST`] has begun after 100 s.
    fn trying() -> Renewal {
        let trial = Trial {
            file: FIRST,
            began: at(100),
            starts: None,
        };
        Renewal {
            trial: Some(trial),
            ..Renewal::default()
        }
    }

    #[test]
    fn a_program_that_lies_where_it_was_started_has_no_successor() {
        assert!(other().is_none());
        assert!(!Renewal::default().is_due(at(0)));
        let place = Path::new("/usr/bin/loaban-player");
        assert_eq!(successor(place), None);
        let gone = Path::new("/usr/bin/loaban-player (deleted)");
        assert_eq!(successor(gone).as_deref(), Some(place));
    }

    #[test]
    fn only_a_program_that_was_seen_to_start_takes_the_place_of_this_one() {
        let mut renewal = trying();
        assert_eq!(renewal.judge(FIRST, at(100)), Some(false), "not yet");
        assert_eq!(renewal.judge(SECOND, at(100)), None, "another is tried");
        renewal.take(SECOND, Ok(()));
        assert_eq!(renewal.judge(FIRST, at(101)), Some(false));
        renewal.take(FIRST, Ok(()));
        assert_eq!(renewal.judge(FIRST, at(101)), Some(true));
        assert_eq!(renewal.judge(SECOND, at(101)), None);
    }

    #[test]
    fn one_that_does_not_start_is_tried_again_after_minutes_and_its_fault_stays_meanwhile() {
        let mut renewal = trying();
        renewal.take(FIRST, Err("no such key".to_owned()));
        assert_eq!(renewal.judge(FIRST, at(699)), Some(false));
        assert_eq!(renewal.judge(FIRST, at(700)), None);
        renewal.trial = trying().trial;
        assert_eq!(renewal.trouble().unwrap(), "no such key");
        renewal.take(FIRST, Ok(()));
        assert_eq!(renewal.trouble(), None);
    }

    #[tokio::test]
    async fn what_fails_hangs_or_is_no_program_does_not_start() {
        let run = async |script: &str, patience: u64| {
            let options = vec!["-c".into(), script.into()];
            starts(Path::new("/bin/sh"), options, Duration::from_secs(patience)).await
        };
        assert_eq!(run("[ \"$0\" = trial ]", 20).await, Ok(()));
        let why = run("echo no such key >&2; exit 3", 20).await.unwrap_err();
        assert_eq!(why, "exit status: 3: no such key");
        let why = run("sleep 60", 1).await.unwrap_err();
        assert_eq!(why, "it has not ended after 1 s");
        let endless = run("while echo much; do :; done >&2; exit 4", 20).await;
        assert!(endless.unwrap_err().contains("much much"));
        let nowhere = starts(Path::new("/no/such/player"), Vec::new(), PATIENCE).await;
        assert!(nowhere.unwrap_err().starts_with("it cannot be run"));
    }
}
