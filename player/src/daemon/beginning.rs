//! How the loop begins: it takes up where the state ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use programme::air::{AirCore, Past};
use programme::as_run::DISK_UNWRITABLE;
use programme::ids::JournalId;
use programme::programme::ReadySet;
use programme::units::BootTime;
use tokio::sync::mpsc;
use tracing::{error, warn};

use super::emergencies::Emergencies;
use super::faults::Faults;
use super::proof::Proofs;
use super::speech::Speech;
use super::standby::OrdersHere;
use super::sticks::Sticks;
use super::time::{self, Clocks};
use super::want::Arrived;
use super::{Daemon, take};
use crate::amplifier::Amplifier;
use crate::bundle::Courier;
use crate::clock::{self, Clock};
use crate::config::Settings;
use crate::disk;
use crate::duties::Duties;
use crate::output::Output;
use crate::ready::Shelf;
use crate::state::{Adoption, State};
use crate::station::Enrolment;
use crate::sync::server::Server;
use crate::sync::{Pace, Sync, Want};

impl Daemon {
    /// Takes up where the state ends. `unwritable_since` is since when the disk took nothing, if
    /// the last loop of this program ended of that. `amplifier` is what an earlier loop left that
    /// could not go on: to open one may switch it on for a moment.
    ///
    /// # Errors
    /// The disk failed, or the system gives no thread.
    pub async fn start(
        settings: Settings,
        clock: Clock,
        enrolment: Enrolment,
        unwritable_since: Option<BootTime>,
        amplifier: &mut Option<Amplifier>,
    ) -> anyhow::Result<Self> {
        switch_off(amplifier, &settings, &clock)?;
        disk::prove_beside(&settings.state_dir).await?;
        let mut state = open_state(&settings, &enrolment).await?;
        let boot_id = clock.boot_id()?;
        let station_clock = time::resumed(&mut state, &boot_id).await?;
        let shelf = Shelf::open(&settings.state_dir).context("open the folder of recordings")?;
        let (key, own_key) = (enrolment.key()?, enrolment.own_key()?);
        let (past, also_takes) = past(&mut state, unwritable_since).await?;
        let core = AirCore::new(past, station_clock.at(clock.boot()));
        let mut faults = Faults::default();
        let held = take::held_programme(&mut state, &key, &enrolment, &mut faults).await?;
        let (programme, etag) = held.unzip();
        let etag = etag.flatten();
        let emergencies = Emergencies::of_last_run(&mut state, &key).await?;
        let want = want(etag.as_deref(), &emergencies);
        let (server, pace) = (Server::of(&enrolment)?, pace(&settings));
        let sync = Sync::start(server, key, clock.clone(), shelf.clone(), pace, want);
        let (to_reports, reports) = mpsc::unbounded_channel();
        let carried = courier(&settings, &clock, &shelf, &enrolment, &sync)?;
        let volume = state.volume().await?;
        let output = Output::open(settings.output(volume), clock.for_output(), to_reports)
            .context("prepare the output")?;
        Ok(Self {
            boot_id,
            began: clock.boot(),
            enrolment,
            key,
            station_clock,
            clocks: Clocks::of(&mut state, &clock).await?,
            programme,
            etag,
            emergencies,
            here: OrdersHere::of_last_run(&mut state).await?,
            core,
            ready: ReadySet::new(),
            midnight: None,
            output,
            volume,
            on_output: BTreeMap::new(),
            attempts: 0,
            unsent: state.unsent(&own_key).await?.map(Arc::new),
            own_key,
            also_takes,
            disk_free_bytes: shelf.free_bytes().unwrap_or(0),
            faults,
            spent: state.spent().await?,
            arrived: Arrived::default(),
            proofs: Proofs::start(&settings, &clock, &mut state).await?,
            speech: Speech::of_last_run(&mut state).await?,
            sticks: Sticks::start(carried),
            stopped: None,
            sync,
            duties: Duties::start().await?,
            reports,
            state,
            shelf,
            settings,
            clock,
            amplifier: amplifier.take().unwrap_or_default(),
        })
    }
}

/// Before anything that may fail: a player that was killed may have left it on.
fn switch_off(
    amplifier: &mut Option<Amplifier>,
    settings: &Settings,
    clock: &Clock,
) -> anyhow::Result<()> {
    if amplifier.is_none() {
        let open = Amplifier::open(settings.amplifier(), clock.for_output());
        *amplifier = Some(open.context("prepare the amplifier")?);
    }
    Ok(())
}

/// What is held already, of which the server need not send more than that it holds.
fn want(etag: Option<&str>, emergencies: &Emergencies) -> Want {
    Want {
        etag: etag.map(str::to_owned),
        emergencies: emergencies.etag.clone(),
        ..Want::default()
    }
}

/// What the core remembers, and what the server also takes: that it was the disk is said to a
/// server that takes it.
async fn past(
    state: &mut State,
    unwritable_since: Option<BootTime>,
) -> anyhow::Result<(Past, Vec<String>)> {
    let also_takes = state.also_takes().await?;
    let says_so = also_takes.iter().any(|name| name == DISK_UNWRITABLE);
    let past = Past {
        unwritable_since: unwritable_since.filter(|_| says_so),
        ..state.past().await?
    };
    Ok((past, also_takes))
}

fn courier(
    settings: &Settings,
    clock: &Clock,
    shelf: &Shelf,
    enrolment: &Enrolment,
    sync: &Sync,
) -> anyhow::Result<Courier> {
    Ok(Courier {
        folders: settings.usb_folders.clone(),
        clock: clock.clone(),
        shelf: shelf.clone(),
        key: enrolment.key()?,
        station: enrolment.station.clone(),
        reserve_bytes: pace(settings).disk_reserve_bytes,
        to_loop: sync.to_loop.clone(),
    })
}

fn pace(settings: &Settings) -> Pace {
    Pace {
        poll: settings.poll_interval,
        health: settings.health_interval,
        disk_reserve_bytes: settings.disk_reserve_mb.saturating_mul(1_000_000),
    }
}

/// The state of this station, with a word about what had to be left behind.
async fn open_state(settings: &Settings, enrolment: &Enrolment) -> anyhow::Result<State> {
    let fresh = JournalId::from_random(clock::random());
    let (mut state, damaged) = State::open(&settings.state_dir, fresh).await?;
    if let Some(aside) = damaged {
        error!(
            "the state was damaged: it lies in {}, and lines of the as-run that the server has not \
             stored are lost with it; a new state begins",
            aside.display()
        );
        let damage = format!("the state was damaged and lies in {}", aside.display());
        state.unreadable.push(damage);
    }
    let adoption = state.adopt(&enrolment.station, &enrolment.journal).await?;
    if adoption == Adoption::OtherStation {
        warn!("this PC was another station; its programme and as-run are forgotten");
    }
    Ok(state)
}
