//! The command line of `loaban-player`.

mod as_owner;
mod log;
mod stick;
mod told;

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use rustls::CipherSuite;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info};

use crate::clock::Clock;
use crate::config::{self, Origin, Settings};
use crate::daemon::Status;
use crate::plain::plain;
use crate::screen::time::Said;
use crate::volume::Turn;
use crate::{amplifier, doctor, enrol, today, trial};

/// How long disks and cards may take to end what they do.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The player has done by then what a press means.
const PRESSED: Duration = Duration::from_millis(300);

/// Airs the programme of a village's station on time, with or without the internet.
#[derive(Debug, Parser)]
#[command(name = "loaban-player", version)]
struct Arguments {
    /// Configuration file; /etc/loaban/loaban-player.toml is read if it is there.
    #[arg(
        long,
        short,
        global = true,
        env = "LOABAN_PLAYER_CONFIG",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// What the command line may say about each run.
#[derive(Debug, Args)]
struct Options {
    /// Folder of everything the player keeps.
    #[arg(long, global = true, value_name = "FOLDER")]
    state_dir: Option<String>,
    /// Where the sound goes: card:default, card:NAME or wav:FILE.
    #[arg(long, global = true, value_name = "OUTPUT")]
    output: Option<String>,
    /// Address and port of the page on this PC.
    #[arg(long, global = true, value_name = "ADDRESS")]
    screen_listen: Option<String>,
}

/// The configuration file and the options of this run, as another program is given them.
pub(crate) fn own_options() -> Vec<OsString> {
    let Ok(own) = Arguments::try_parse() else {
        return Vec::new();
    };
    let config = own.config.map(PathBuf::into_os_string);
    let options = own.options.pairs();
    let options = options.map(|(key, text)| (key, OsString::from(text)));
    let given = config.map(|file| ("config", file)).into_iter();
    let given = given.chain(options).map(|(key, value)| {
        let mut option = OsString::from(format!("--{}=", key.replace('_', "-")));
        option.push(value);
        option
    });
    given.collect()
}

impl Options {
    fn pairs(self) -> impl Iterator<Item = (&'static str, String)> {
        let all = [
            ("state_dir", self.state_dir),
            ("output", self.output),
            ("screen_listen", self.screen_listen),
        ];
        all.into_iter().filter_map(|(key, text)| Some((key, text?)))
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Air the programme until told to stop.
    Run,
    /// Make this PC a station, with the code that the panel shows.
    Enrol {
        /// The server's address, such as https://loa.cocsan.example.
        url: String,
        /// The code, as the panel shows it.
        code: Vec<String>,
    },
    /// Show what airs today, and what has become of it so far.
    Today,
    /// Look for what is wrong, and say what to do about it.
    Doctor,
    /// Silence what is on air, as STOP on the page does; an emergency ends at the second time.
    Stop,
    /// Let people hear again what was heard last.
    Again,
    /// Set the volume of what sounds and of all that follows: decibels from -30 to 6 on top of the
    /// programme's, or `louder` or `quieter`.
    Volume {
        /// Such as -6.
        #[arg(allow_hyphen_values = true)]
        to: Turn,
    },
    /// Say what time it is, when neither the server nor NTP does: the time that this PC's own clock
    /// shows, or another. The player must be running.
    ConfirmTime {
        /// The time in the village, as 2026-11-25 17:05, or an instant of RFC 3339; without it,
        /// what the PC's own clock shows.
        when: Vec<String>,
        /// Confirm it although the station has seen a later time.
        #[arg(long)]
        sure: bool,
    },
    /// Take in what a memory stick brings, or the file that the panel gives, and write the as-run
    /// back on it. A stick is taken in by itself where the system mounts it (`usb_folders`). The
    /// player must be running.
    Import {
        /// The stick, its folder `loaban`, or the .zip.
        path: PathBuf,
    },
    /// Write the as-run onto a memory stick, and take nothing in. The player must be running.
    Export {
        /// The stick.
        path: PathBuf,
    },
    /// Find out whether this release takes up what the station keeps: an upgrade runs it before the
    /// old release makes way. It is tried on a copy.
    Trial,
    /// Switch the amplifier off, whoever left it on; the service does so when the player has ended.
    AmplifierOff,
    /// Show what the player is told.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// The values in force.
    Show,
    /// The manual: every key with its default and what it means.
    Manual,
}

/// Runs the program.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    // What is wrong is said in one sentence at the end: the player that runs a trial keeps little.
    if !matches!(arguments.command, Command::Trial) {
        log::begin();
    }
    match obey(arguments) {
        Ok(code) => code,
        Err(error) => {
            say_error(&error);
            ExitCode::FAILURE
        }
    }
}

/// TLS computes with ring. Of its ciphers the one with the shorter hash comes first, for which
/// fewer bytes prove at each connection that its ends agree.
fn choose_cryptography() {
    let mut provider = rustls::crypto::ring::default_provider();
    let short = CipherSuite::TLS13_AES_128_GCM_SHA256;
    provider
        .cipher_suites
        .sort_by_key(|one| one.suite() != short);
    // Fails only where it was done before, which is as good.
    let _ = provider.install_default();
}

fn obey(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (command, place) = (arguments.command, Path::new(config::PLACE));
    let installed = || place.exists().then(|| place.to_owned());
    let file = arguments.config.or_else(installed);
    let settings = told::settings(file.as_deref(), arguments.options, &command)?;
    choose_cryptography();
    if !matches!(command, Command::Config(_)) {
        as_owner::go_on_as_owner(&settings.state_dir)?;
    }
    if let Some(why) = settings.refused() {
        error!("what this PC is told is refused, and what it understood last holds: {why}");
    }
    match command {
        Command::Run => on_runtime(run_until_told(settings))?,
        Command::Enrol { url, code } => {
            let code = code.concat();
            let enrolled = enrol::enrol(&settings, &url, &code);
            let enrolment = on_runtime(enrolled)?;
            say(&format!(
                "This PC is {} at {}.",
                enrolment.name, enrolment.server
            ));
        }
        Command::Today => {
            let text = on_runtime(async { today::today(&settings, &Clock::System).await })?;
            say(text.trim_end());
        }
        Command::Doctor => return examine(&settings),
        Command::Stop => say(on_runtime(stop(settings.screen_listen))?),
        Command::Again => {
            on_runtime(press(settings.screen_listen, "again", String::new()))?;
            say("It is heard again, unless nothing was heard yet or quiet hours forbid it.");
        }
        Command::Volume { to } => {
            on_runtime(press(settings.screen_listen, "volume", format!("to={to}")))?;
            say("The volume is set.");
        }
        Command::ConfirmTime { when, sure } => {
            let said = in_words(&when.join(" "), sure)?;
            say(&on_runtime(confirm_time(&settings, &said))?);
        }
        Command::Import { path } => say(&on_runtime(stick::ask(&settings, &path, false))?),
        Command::Export { path } => say(&on_runtime(stick::ask(&settings, &path, true))?),
        Command::Trial => {
            on_runtime(async { trial::take_up_a_copy(&settings, &Clock::System).await })?;
            say("This release takes up what the station keeps.");
        }
        Command::AmplifierOff => {
            if let Some(own) = settings.amplifier() {
                amplifier::leave_off(own).map_err(anyhow::Error::msg)?;
            }
        }
        Command::Config(ConfigCommand::Show) => {
            if let Origin::Told(text) = &settings.origin {
                say(text.trim_end());
            }
        }
        Command::Config(ConfigCommand::Manual) => say(config::MANUAL.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what was found, and fails where something is wrong.
fn examine(settings: &Settings) -> anyhow::Result<ExitCode> {
    let examined = async { Ok(doctor::examine(settings, &Clock::System).await) };
    let findings = on_runtime(examined)?;
    for finding in &findings {
        say(&finding.to_string());
    }
    let ill = findings.iter().any(|finding| finding.cure.is_some());
    Ok(if ill {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Two threads: one for the loop, one for what goes on beside it.
fn on_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime: Runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the program's threads")?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(LAST_WORDS);
    done
}

async fn run_until_told(settings: Settings) -> anyhow::Result<()> {
    let (told, shutdown) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("listen for signals")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        info!("told to end");
        // Without a loop there is nothing to be ended.
        let _ = told.send(true);
    });
    crate::run(settings, Clock::System, shutdown).await
}

/// Presses STOP and says what that did: an emergency ends at the second press.
async fn stop(screen: SocketAddr) -> anyhow::Result<&'static str> {
    press(screen, "stop", String::new()).await?;
    tokio::time::sleep(PRESSED).await;
    let answer = to_player()?
        .get(format!("http://{screen}/status"))
        .send()
        .await;
    let status: Status = answer.context("ask the player")?.json().await?;
    Ok(if status.stop_asked {
        "An emergency is on air. Run this once more within 10 seconds to silence it."
    } else {
        "Silenced."
    })
}

/// Presses a button of the page.
async fn press(screen: SocketAddr, button: &str, form: String) -> anyhow::Result<()> {
    let answer = to_player()?
        .post(format!("http://{screen}/{button}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await;
    let answer = answer.with_context(|| format!("no player answers at http://{screen}"))?;
    anyhow::ensure!(
        answer.status() != StatusCode::SERVICE_UNAVAILABLE,
        "the player does not take that at this moment: look at its page at http://{screen}, and \
         try again; if the loudspeakers sound on, switch the amplifier off"
    );
    anyhow::ensure!(
        answer.status().is_redirection(),
        "the player at http://{screen} answers {}",
        answer.status()
    );
    Ok(())
}

fn to_player() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .danger_accept_invalid_certs(true)
        .timeout(LAST_WORDS)
        .build()
        .context("prepare to ask the player")
}

/// What `confirm-time` is given, as the page is told it.
fn in_words(when: &str, sure: bool) -> anyhow::Result<Said> {
    let clock = Clock::System;
    if when.is_empty() {
        let millis = clock.boot().since_boot().as_millis();
        return Ok(Said {
            shown: Some(clock.system().as_millis()),
            shown_boot: Some(u64::try_from(millis).unwrap_or(u64::MAX)),
            boot_id: clock.boot_id()?.0,
            sure,
            ..Said::default()
        });
    }
    let (date, time) = when.split_once(' ').unwrap_or((when, ""));
    Ok(Said {
        date: date.to_owned(),
        time: time.to_owned(),
        sure,
        ..Said::default()
    })
}

async fn confirm_time(settings: &Settings, said: &Said) -> anyhow::Result<String> {
    let (screen, language) = (settings.screen_listen, settings.language.code());
    let asked = to_player()?.post(format!("http://{screen}/time?language={language}"));
    let answer = asked.header(ACCEPT, "text/plain").form(said).send().await;
    let answer = answer.with_context(|| format!("no player answers at http://{screen}"))?;
    let status = answer.status();
    let text = answer.text().await.context("hear what the player says")?;
    match status {
        StatusCode::OK => Ok(text),
        StatusCode::CONFLICT => anyhow::bail!("{text} (--sure)"),
        StatusCode::UNPROCESSABLE_ENTITY => anyhow::bail!("{text}"),
        _ => anyhow::bail!("the player at http://{screen} answers {status}"),
    }
}

fn say(text: &str) {
    // A reader that has seen enough and went away is no failure: `config show | head`.
    let _ = writeln!(std::io::stdout(), "{text}");
}

#[expect(clippy::print_stderr, reason = "why a command failed")]
fn say_error(error: &anyhow::Error) {
    eprintln!("loaban-player: {}", plain(&format!("{error:#}")));
}
