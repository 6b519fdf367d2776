//! The command line of `loaban-server`.

mod areas;
mod as_owner;
mod as_run;
mod backup;
mod bundle;
mod doctor;
mod people;
mod restore;
mod run;
mod tokens;
mod watchdog;

use std::convert::Infallible;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::clock::{Clock, Randomness};
use crate::config::{self, Loaded};
use crate::database::Database;
use crate::state::State;
use crate::web::forms::without_turns;

/// Record once, approve, choose the hour: the server of Loa Bản.
#[derive(Debug, Parser)]
#[command(name = "loaban-server", version)]
struct Arguments {
    /// Configuration file; /etc/loaban/loaban-server.toml is read if it is there.
    #[arg(
        long,
        short,
        global = true,
        env = "LOABAN_SERVER_CONFIG",
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Configured(Configured),
    /// Start a sample commune with one village's player, and keep it running until Ctrl-C.
    Demo(crate::demo::Options),
}

/// What goes by the configuration.
#[derive(Debug, Subcommand)]
enum Configured {
    /// Answer people and stations until told to stop.
    Serve,
    /// Bring the database up to this release and stop.
    Migrate,
    /// Show what the server is told.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Keep areas: communes and villages.
    #[command(subcommand)]
    Area(areas::Command),
    /// Keep people who sign in.
    #[command(subcommand)]
    User(people::Command),
    /// Keep personal tokens for scripts.
    #[command(subcommand)]
    Token(tokens::Command),
    /// Carry programmes to villages without internet, and their log back.
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// Look into the log of what was aired.
    #[command(subcommand)]
    AsRun(as_run::Command),
    /// Look for what is wrong, and say what to do about it.
    Doctor,
    /// Copy everything into a folder, while the server runs.
    Backup {
        /// The folder; one that holds an older backup is brought up to date.
        folder: PathBuf,
    },
    /// Put back what `backup` copied, while the server is stopped.
    Restore {
        /// The folder of the backup.
        folder: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the values in force, with secrets masked.
    Show,
    /// Print the commented sample with every key.
    Manual,
}

/// What is logged unless RUST_LOG says otherwise: the formats of sound tell each thing they see.
const LOG: &str = "info,symphonia_core=error,symphonia_format_isomp4=warn,\
                   symphonia_bundle_mp3=warn,symphonia_format_mkv=warn,symphonia_format_ogg=warn,\
                   tokio_cron_scheduler=warn";

/// Does what the command line says.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG)))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start")
        .and_then(|runtime| runtime.block_on(obey(arguments)));
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("loaban-server: {}", in_words(&error));
            ExitCode::FAILURE
        }
    }
}

/// A text as it was typed, or pasted: without what turns text around, as in a form.
fn plain(text: &str) -> Result<String, Infallible> {
    Ok(without_turns(text))
}

/// Refusals speak through the panel's sentences; everything else is a chain of causes.
fn in_words(error: &anyhow::Error) -> String {
    use crate::web::errors::Error;
    use crate::web::language::{PanelLanguage, Value as _};
    match error.downcast_ref::<Error>() {
        Some(Error::Internal(cause)) => format!("{cause:#}"),
        Some(refused @ (Error::Refused(_) | Error::SignInNeeded)) => {
            let values: Vec<_> = refused
                .values()
                .iter()
                .map(|(name, value)| (*name, value.value()))
                .collect();
            let say = |key: &str| PanelLanguage::En.say_with(key, &values);
            format!(
                "{}. {}",
                say(refused.key()),
                say(&format!("{}.advice", refused.key()))
            )
        }
        None => format!("{error:#}"),
    }
}

async fn obey(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let command = match arguments.command {
        Command::Demo(options) => return demo(options).await,
        Command::Configured(Configured::Config(ConfigCommand::Manual)) => {
            print!("{}", config::MANUAL);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Configured(command) => command,
    };
    let place = Path::new(config::PLACE);
    let installed = || place.exists().then(|| place.to_owned());
    let file = arguments.config.or_else(installed);
    let loaded = config::load(file.as_deref(), std::env::vars())?;
    if !matches!(command, Configured::Config(_)) {
        as_owner::go_on_as_owner(&loaded.config.storage.data_dir)?;
    }
    match command {
        Configured::Serve => run::serve(open(loaded).await?).await?,
        Configured::Migrate => {
            let config = &loaded.config;
            crate::state::make_data_folder(config)?;
            let database = Database::open(&config.database_url(), 2).await?;
            database.migrate().await?;
            println!("the database is up to date");
        }
        Configured::Config(_) => print!("{}", loaded.show()),
        Configured::Area(command) => areas::obey(&open(loaded).await?, command).await?,
        Configured::User(command) => people::obey(&open(loaded).await?, command).await?,
        Configured::Token(command) => tokens::obey(&open(loaded).await?, command).await?,
        Configured::Bundle(command) => bundle::obey(&open(loaded).await?, command).await?,
        Configured::AsRun(command) => return as_run::obey(&open(loaded).await?, command).await,
        Configured::Doctor => return doctor::examine(&loaded.config).await,
        Configured::Backup { folder } => backup::backup(&open(loaded).await?, &folder).await?,
        Configured::Restore { folder } => restore::restore(&loaded.config, &folder).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The demonstration has a folder and a configuration of its own, whatever is installed.
async fn demo(options: crate::demo::Options) -> anyhow::Result<ExitCode> {
    let config = options.config()?;
    crate::state::make_data_folder(&config)?;
    let _lock = restore::lock(&config)?;
    crate::demo::run(options, config).await?;
    Ok(ExitCode::SUCCESS)
}

async fn open(loaded: Loaded) -> anyhow::Result<State> {
    State::open(loaded.config, Clock::system(), Randomness::system()).await
}
