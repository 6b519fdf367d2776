//! `demo`: a sample commune to look at, with one village's player beside it.
//!
//! Everything goes the way that it goes in a commune: people are added, recordings come in by
//! uploads and are cleaned, bulletins are approved by somebody else than their author, a village PC
//! enrols by a code. Only the data are samples, and say so.

mod announcements;
mod commune;
mod village_pc;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::{Clock, Randomness};
use crate::config::{self, Config};
use crate::state::State;

use commune::Commune;
use village_pc::VillagePc;

/// From one announcement to the next, so that whoever looks sees life.
const EVERY: Duration = Duration::from_secs(180);

/// What the command line may say.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder of everything that the demonstration keeps; it can be run again on it.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    /// The player's program; the one beside this program unless it is given.
    #[arg(long, value_name = "PATH")]
    player: Option<PathBuf>,
    /// Where the player's sound goes: the sound card if one opens, else a WAV file in the folder.
    #[arg(long, value_name = "OUTPUT")]
    output: Option<String>,
    /// Address and port of the panel.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Options {
    /// The configuration: the defaults, in the demonstration's own folder.
    ///
    /// # Errors
    /// The defaults cannot be read.
    pub fn config(&self) -> anyhow::Result<Config> {
        let mut config = config::load(None, [])?.config;
        config.storage.data_dir = self.data.join("server");
        config.server.listen = self.listen;
        Ok(config)
    }
}

/// Runs until Ctrl-C.
///
/// # Errors
/// The player is not there or does not keep running, or the server cannot be started.
pub async fn run(options: Options, config: Config) -> anyhow::Result<()> {
    let program = village_pc::program(options.player.clone())?;
    let listener = TcpListener::bind(options.listen).with_context(|| {
        let listen = options.listen;
        format!("listen on {listen}: another program holds the port; choose one with --listen")
    })?;
    let address = format!("http://{}", listener.local_addr()?);
    println!(
        "Preparing the sample commune in {} …",
        options.data.display()
    );
    let state = State::open(config, Clock::system(), Randomness::system()).await?;
    let commune = commune::prepare(&state).await?;
    announcements::prepare(&state, &commune, announcements::Wanted::First).await?;
    let serving = tokio::spawn(crate::serve(listener, state.clone()));
    let screen = free_port(8_090)?;
    let mut pc = VillagePc::set_up(&options, program, screen).await?;
    pc.enrol(&state, &commune, &address).await?;
    announcements::air_next(&state, &commune).await?;
    pc.start()?;
    say_hello(&address, screen, &pc);
    let life = tokio::spawn(live(state.clone(), commune));
    let ended = tokio::select! {
        stopped = told_to_stop() => stopped,
        ended = pc.keep_running() => ended,
    };
    life.abort();
    pc.stop().await;
    state.stop();
    serving.await.context("serve")??;
    state.database.close().await;
    ended
}

/// Brings in the other samples, then airs one every few minutes.
async fn live(state: State, commune: Commune) {
    if let Err(error) = announcements::prepare(&state, &commune, announcements::Wanted::All).await {
        tracing::error!("the other samples could not be prepared: {error:?}");
    }
    let mut next = tokio::time::interval(EVERY);
    // The first tick comes at once, and the first announcement is on its way already.
    next.tick().await;
    loop {
        next.tick().await;
        if let Err(error) = announcements::air_next(&state, &commune).await {
            tracing::warn!("no announcement this time: {error}");
        }
    }
}

fn say_hello(address: &str, screen: u16, pc: &VillagePc) {
    println!();
    println!("Loa Bản: a sample commune. Names and households are sample data; the voices are");
    println!("synthetic, and what stands in for Giáy is made-up syllables.");
    println!();
    println!("  The panel                {address}");
    for person in commune::PEOPLE {
        println!(
            "  {:<24} {} / {}",
            person.what, person.name, person.password
        );
    }
    println!("  The village PC's page    http://127.0.0.1:{screen}");
    println!("  Its sound goes to        {}", pc.output());
    println!();
    println!("The first announcement airs within a minute: look for “on air”. Then one airs every");
    println!(
        "three minutes. Kill the player (kill -9) while it airs: it starts again, and the log"
    );
    println!("says where it was cut. Ctrl-C ends it all; run again, it keeps the same data.");
    println!();
}

async fn told_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    println!("Ending the demonstration …");
    Ok(())
}

/// `wanted`, or a port that is free when another program holds it.
fn free_port(wanted: u16) -> anyhow::Result<u16> {
    let here = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = here(wanted)
        .or_else(|_| here(0))
        .context("find a free port")?;
    Ok(listener.local_addr()?.port())
}
