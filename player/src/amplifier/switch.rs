//! What switches an amplifier: two commands, or a line of a serial port. Both block, for a bounded
//! time.

use std::fmt;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use rustix::termios::{ControlModes, OptionalActions, tcgetattr, tcsetattr};
use serial2::{KeepSettings, SerialPort};

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A line of a serial port that keys a transmitter or a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// Request to send.
    Rts,
    /// Data terminal ready.
    Dtr,
}

/// What switches an amplifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switch {
    /// Two commands, each a program and its arguments; no shell reads them.
    Commands {
        /// Switches on.
        on: Vec<String>,
        /// Switches off.
        off: Vec<String>,
        /// A command that takes longer has failed, and is killed.
        timeout: Duration,
    },
    /// A line of a serial port, high for on.
    Serial {
        /// The port.
        port: PathBuf,
        /// The line.
        pin: Pin,
    },
}

/// Why it could not be switched.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("the amplifier's command {program} cannot be started: {source}")]
    Start { program: String, source: io::Error },
    #[error("the amplifier's command {program} fails: {status}")]
    Status { program: String, status: ExitStatus },
    #[error("the amplifier's command {program} has not ended after {} s", timeout.as_secs())]
    Late { program: String, timeout: Duration },
    #[error("the amplifier's serial port {} cannot be used: {source}", port.display())]
    Port { port: PathBuf, source: io::Error },
}

/// A switch with what it holds open while it is on.
pub(super) struct Lever {
    switch: Switch,
    /// The port is open only while it is on: the kernel raises both lines as it opens one, and
    /// lowers them as it closes it, also for a process that was killed.
    open: Option<SerialPort>,
}

impl Lever {
    pub(super) fn new(switch: Switch) -> Self {
        Self { switch, open: None }
    }

    pub(super) fn on(&mut self) -> Result<(), Fault> {
        match &self.switch {
            Switch::Commands { on, timeout, .. } => run(on, *timeout),
            Switch::Serial { port, pin } => {
                let anew = || open(port).and_then(|open| raise(&open, *pin).map(|()| open));
                // An adapter that was pulled out and put back is opened anew.
                let held = self.open.take().filter(|open| raise(open, *pin).is_ok());
                let opened = held.map_or_else(anew, Ok);
                self.open = Some(opened.map_err(|source| failed(port, source))?);
                Ok(())
            }
        }
    }

    pub(super) fn off(&mut self) -> Result<(), Fault> {
        match &self.switch {
            Switch::Commands { off, timeout, .. } => run(off, *timeout),
            Switch::Serial { port, .. } => {
                let opened = self.open.take().map_or_else(|| open(port), Ok);
                let lowered = opened.and_then(|open| lower(&open));
                lowered.map_err(|source| failed(port, source))
            }
        }
    }
}

impl Switch {
    /// Whether the commands are there to be run, or the port opens and has lines.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Commands { on, off, .. } => [on, off].into_iter().try_for_each(|command| {
                let program = command.first().map_or("", String::as_str);
                let found = is_program(program);
                found
                    .then_some(())
                    .ok_or(format!("there is no program {program}"))
            }),
            // The lines are read and not lowered: a player that is on air may hold them up. When
            // nobody does, closing the port lowers what opening it raised.
            Self::Serial { port, .. } => {
                let read = open(port).and_then(|open| open.read_cts());
                read.map(drop)
                    .map_err(|source| failed(port, source).to_string())
            }
        }
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commands { on, .. } => write!(f, "command {}", on.join(" ")),
            Self::Serial { port, pin } => write!(f, "{pin:?} of {}", port.display()),
        }
    }
}

/// Runs a command to its end. Its own group keeps a Ctrl-C for the player from the command that is
/// to switch off, and lets a late one be killed with what it started.
fn run(command: &[String], timeout: Duration) -> Result<(), Fault> {
    let (program, arguments) = match command.split_first() {
        Some((program, arguments)) => (program.clone(), arguments),
        None => (String::new(), &[][..]),
    };
    let mut command = Command::new(&program);
    command.args(arguments).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let ended = command.spawn().and_then(|child| wait(child, timeout));
    match ended {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(Fault::Status { program, status }),
        Ok(None) => Err(Fault::Late { program, timeout }),
        Err(source) => Err(Fault::Start { program, source }),
    }
}

/// Waits for `timeout` at most, by counting looks: it must end whatever the clocks do.
fn wait(mut child: Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let looks = timeout.as_millis() / LOOK.as_millis();
    for _ in 0..looks {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(LOOK);
    }
    // The group is gone when it has ended by itself at this very moment.
    let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
    child.wait()?;
    Ok(None)
}

/// Whether a program of that name would be found: a path, or a name in one of the folders of PATH.
fn is_program(name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let runs = |path: &Path| {
        let found = path.metadata();
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return runs(Path::new(name));
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    !name.is_empty() && std::env::split_paths(&folders).any(|folder| runs(&folder.join(name)))
}

/// Opens a port as it is set, and sees to it that the kernel lowers its lines when it is closed.
fn open(port: &Path) -> io::Result<SerialPort> {
    let open = SerialPort::open(port, KeepSettings)?;
    let mut settings = tcgetattr(&open)?;
    settings.control_modes |= ControlModes::HUPCL;
    tcsetattr(&open, OptionalActions::Now, &settings)?;
    Ok(open)
}

/// Raises the one line alone.
fn raise(port: &SerialPort, pin: Pin) -> io::Result<()> {
    port.set_rts(pin == Pin::Rts)?;
    port.set_dtr(pin == Pin::Dtr)
}

fn lower(port: &SerialPort) -> io::Result<()> {
    port.set_rts(false)?;
    port.set_dtr(false)
}

fn failed(port: &Path, source: io::Error) -> Fault {
    Fault::Port {
        port: port.to_owned(),
        source,
    }
}
