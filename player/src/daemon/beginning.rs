//! How the loop begins: it takes up where the state ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use ed25519_dalek::{SigningKey, VerifyingKey};
use programme::air::{AirCore, Past};
use programme::as_run::DISK_UNWRITABLE;
use programme::clock::{BootId, StationClock};
use programme::ids::JournalId;
use programme::programme::{Programme, ReadySet};
use programme::signed::Verified;
use programme::units::BootTime;
use programme::wire::AsRunBatch;
use tokio::sync::mpsc;
use tracing::{error, warn};

use super::emergencies::Emergencies;
use super::faults::Faults;
use super::proof::Proofs;
use super::speech::Speech;
use super::standby::OrdersHere;
use super::sticks::{Coming, Sticks};
use super::stopped::Stopped;
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
use crate::thrift::Spent;
use crate::volume::Volume;

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
        let folder = &settings.state_dir;
        let mut last = LastRun::take_up(folder, &clock, &enrolment, unwritable_since).await?;
        let shelf = Shelf::open(folder).context("open the folder of recordings")?;
        let core = AirCore::new(last.past, last.station_clock.at(clock.boot()));
        let want = want(last.etag.as_deref(), &last.emergencies);
        let (server, pace) = (Server::of(&enrolment)?, pace(&settings));
        let sync = Sync::start(server, last.key, clock.clone(), shelf.clone(), pace, want);
        let (to_reports, reports) = mpsc::unbounded_channel();
        let carried = courier(&settings, &clock, &shelf, &enrolment, &sync)?;
        let output = settings.output(last.volume);
        let output =
            Output::open(output, clock.for_output(), to_reports).context("prepare the output")?;
        Ok(Self {
            boot_id: last.boot_id,
            began: clock.boot(),
            enrolment,
            key: last.key,
            station_clock: last.station_clock,
            clocks: last.clocks,
            programme: last.programme,
            replaced: None,
            etag: last.etag,
            emergencies: last.emergencies,
            here: last.here,
            core,
            ready: ReadySet::new(),
            midnight: None,
            output,
            volume: last.volume,
            on_output: BTreeMap::new(),
            attempts: 0,
            unsent: last.unsent,
            own_key: last.own_key,
            also_takes: last.also_takes,
            disk_free_bytes: shelf.free_bytes().unwrap_or(0),
            faults: last.faults,
            spent: last.spent,
            arrived: Arrived::default(),
            proofs: Proofs::start(&settings, &clock, &mut last.state).await?,
            speech: last.speech,
            sticks: Sticks::start(carried, last.coming, last.state.bundle().await?),
            stopped: Stopped::default(),
            sync,
            duties: Duties::start().await?,
            reports,
            state: last.state,
            shelf,
            settings,
            clock,
            amplifier: amplifier.take().unwrap_or_default(),
        })
    }
}

/// What the last run left: all that a loop reads of its state before it does anything.
#[derive(Debug)]
pub(crate) struct LastRun {
    state: State,
    boot_id: BootId,
    station_clock: StationClock,
    clocks: Clocks,
    key: VerifyingKey,
    own_key: SigningKey,
    past: Past,
    also_takes: Vec<String>,
    programme: Option<Verified<Programme>>,
    etag: Option<String>,
    faults: Faults,
    emergencies: Emergencies,
    here: OrdersHere,
    volume: Volume,
    unsent: Option<Arc<AsRunBatch>>,
    spent: Spent,
    speech: Speech,
    coming: Coming,
}

impl LastRun {
    /// Opens the state in `folder` as that of the station, brings it up to this release, and reads
    /// what it holds.
    ///
    /// # Errors
    /// The disk failed, or a later release has written the state.
    pub(crate) async fn take_up(
        folder: &Path,
        clock: &Clock,
        enrolment: &Enrolment,
        unwritable_since: Option<BootTime>,
    ) -> anyhow::Result<Self> {
        let mut state = open_state(folder, enrolment).await?;
        let boot_id = clock.boot_id()?;
        let (key, own_key) = (enrolment.key()?, enrolment.own_key()?);
        let (past, also_takes) = past(&mut state, unwritable_since).await?;
        let mut faults = Faults::default();
        let held = take::held_programme(&mut state, &key, enrolment, &mut faults).await?;
        let (programme, etag) = held.unzip();
        Ok(Self {
            station_clock: time::resumed(&mut state, &boot_id).await?,
            clocks: Clocks::of(&mut state, clock).await?,
            boot_id,
            key,
            past,
            also_takes,
            programme,
            etag: etag.flatten(),
            faults,
            emergencies: Emergencies::of_last_run(&mut state, &key).await?,
            here: OrdersHere::of_last_run(&mut state).await?,
            volume: state.volume().await?,
            unsent: state.unsent(&own_key).await?.map(Arc::new),
            own_key,
            spent: state.spent().await?,
            speech: Speech::of_last_run(&mut state).await?,
            coming: state.coming().await?,
            state,
        })
    }

    /// What of it this release does not understand or believe, so that a loop goes on without it.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) async fn left_behind(mut self) -> anyhow::Result<Option<String>> {
        let kept = self.state.emergencies().await?;
        let refused =
            self.emergencies.etag.is_none() && kept.is_some_and(|kept| kept.etag.is_some());
        let emergency =
            refused.then(|| "an emergency or a STOP that is held is refused".to_owned());
        let programme = self
            .faults
            .programme
            .map(|why| format!("the programme: {why}"));
        let unreadable = self.state.unreadable.first().cloned();
        self.state.close().await?;
        Ok(unreadable.or(programme).or(emergency))
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
async fn open_state(folder: &Path, enrolment: &Enrolment) -> anyhow::Result<State> {
    let fresh = JournalId::from_random(clock::random());
    let (mut state, damaged) = State::open(folder, fresh).await?;
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
