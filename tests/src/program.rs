//! A program that runs as a process of its own, as it does in a village.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{sleep, timeout};

/// How long a program may take to say something before a test gives it up. Two busy processors
/// start a browser in ten seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program under way. It ends, without mercy, with this value.
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `command`; what it prints goes to `log`, behind what is there already.
    #[expect(
        clippy::disallowed_methods,
        reason = "a log is written as a terminal is"
    )]
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Self {
        let open = || {
            std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(log)
        };
        let (out, err) = (open().expect("a log"), open().expect("a log"));
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        }
    }

    /// Its number in the system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has printed `words`.
    pub async fn says(&mut self, words: &str) {
        let said = timeout(PATIENCE, async {
            while !self.log().contains(words) {
                if let Ok(Some(status)) = self.child.try_wait() {
                    panic!("{} ended ({status}): {}", self.name, self.log());
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        if said.await.is_err() {
            panic!("{} never said `{words}`: {}", self.name, self.log());
        }
    }

    /// Waits until it takes connections at `address`.
    pub async fn listens(&mut self, address: SocketAddr) {
        let listening = timeout(PATIENCE, async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                if let Ok(Some(status)) = self.child.try_wait() {
                    panic!("{} ended ({status}): {}", self.name, self.log());
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        if listening.await.is_err() {
            panic!("{} never listened at {address}: {}", self.name, self.log());
        }
    }

    /// Ends it at once, so that it can write nothing more: SIGKILL.
    pub fn cut_power(mut self) {
        self.end_now();
    }

    /// Asks it to end, as the system does when it shuts down, and waits until it has.
    pub async fn shut_down(self) -> ExitStatus {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.expect("a process has an id"), Signal::TERM).expect("it runs");
        self.ends_within(PATIENCE).await
    }

    /// Whether it goes on.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it ends by itself.
    pub async fn ends_within(mut self, span: Duration) -> ExitStatus {
        let ended = timeout(span, async {
            loop {
                if let Ok(Some(status)) = self.child.try_wait() {
                    return status;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        ended
            .await
            .unwrap_or_else(|_| panic!("{} did not end: {}", self.name, self.log()))
    }

    fn end_now(&mut self) {
        // It may have ended by itself, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end_now();
        if std::thread::panicking() {
            eprintln!("---- {} ----\n{}", self.name, self.log());
        }
    }
}

/// One of our programs, built beside the test that asks.
pub fn ours(name: &str) -> Command {
    let test = std::env::current_exe().expect("this test is a file");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("target/<profile>/deps/<test>");
    let program = profile.join(name);
    assert!(
        program.exists(),
        "{} is missing: cargo build --workspace --bins",
        program.display()
    );
    Command::new(program)
}

/// Runs a command to its end and gives what it printed, both ways.
///
/// # Errors
/// What it printed, when it failed.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let printed = text(&output.stdout) + &text(&output.stderr);
    if output.status.success() {
        Ok(printed)
    } else {
        Err(printed)
    }
}

/// The same command, with each of its system calls counted; when it has ended, [`calls`] reads them
/// from `log`.
pub fn counted(command: &Command, log: &Path) -> Command {
    let mut strace = Command::new("strace");
    // With -D the program itself is the child that can be told to end.
    strace.args(["-D", "-f", "-c", "-o"]).arg(log);
    strace.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        strace.current_dir(folder);
    }
    strace
}

/// The names of the system calls that were counted into `log`, once that is written.
pub async fn calls(log: &Path) -> BTreeSet<String> {
    let written = timeout(PATIENCE, async {
        loop {
            let text = std::fs::read_to_string(log).unwrap_or_default();
            if text.trim_end().ends_with("total") {
                return text;
            }
            sleep(Duration::from_millis(20)).await;
        }
    });
    let text = written.await.expect("strace says what it counted");
    let lines = text.lines().map(str::split_whitespace);
    let counts = lines.filter_map(|mut words| {
        words.next()?.parse::<f64>().ok()?;
        words.next_back().map(str::to_owned)
    });
    counts.filter(|name| name != "total").collect()
}

/// An address on this machine at which nothing listens.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}
