//! What airs today, read from the state alone: with no player running, and with no network.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Context;
use programme::as_run::{CueId, CutCause, MissedCause, Outcome, Record, Suppressor};
use programme::clock::StationClock;
use programme::day_plan::{Cue, Obstacle};
use programme::programme::Programme;
use programme::signed::Verified;
use programme::units::WallTime;
use programme::zone::Zone;

use crate::clock::Clock;
use crate::config::Settings;
use crate::daemon::clock_face;
use crate::plain::plain;
use crate::state::State;
use crate::station::Enrolment;

/// Today's cues with what has become of each, as text.
///
/// # Errors
/// The PC is no station yet or has no programme, or the state cannot be read.
pub async fn today(settings: &Settings, clock: &Clock) -> anyhow::Result<String> {
    let enrolment = Enrolment::load(&settings.state_dir)?
        .context("this PC is no station yet: run `loaban-player enrol URL CODE`")?;
    const NONE_YET: &str =
        "no programme has come yet: the player fetches it as soon as it runs and finds the server";
    let state = State::open_existing(&settings.state_dir).await?;
    let mut state = state.context(NONE_YET)?;
    let held = state.programme().await?.context(NONE_YET)?;
    let key = enrolment.key()?;
    let programme = Verified::<Programme>::open(&held.envelope, &key, &enrolment.station, 0)
        .context("open the programme")?;
    let zone = Zone::named(&programme.get().zone).context("read the programme's zone")?;
    let boot_id = clock.boot_id()?;
    let resumed = state
        .clock()
        .await?
        .map(|saved| StationClock::resumed(saved, boot_id));
    let station_time = resumed.and_then(|own| own.at(clock.boot()).wall);
    let wall = station_time.unwrap_or_else(|| clock.system());
    let date = zone.date(wall);
    let plan = programme.plan(date).context("plan the day")?;
    let day_before = wall - std::time::Duration::from_hours(48);
    let entries = state.entries_since(day_before).await?;
    let fates = fates(entries.into_iter().map(|entry| entry.record));
    let mut text = String::new();
    let name = plain(&enrolment.name);
    let generation = programme.get().generation;
    writeln!(
        text,
        "{name}, {}, programme no. {generation}",
        date.strftime("%d/%m/%Y")
    )?;
    if station_time.is_none() {
        writeln!(
            text,
            "The right time is unknown since the PC was started: nothing airs until the server \
            or NTP has told it, or somebody confirms it (`loaban-player confirm-time`). The date \
            above is the PC's own."
        )?;
    }
    if plan.get().cues.is_empty() {
        writeln!(text, "Nothing is planned.")?;
    }
    for cue in plan.get().starts() {
        let fate = fates
            .get(&cue.id)
            .map_or_else(|| waiting(cue, wall), Clone::clone);
        let start = zone.civil(cue.planned).strftime("%H:%M");
        writeln!(
            text,
            "{start}  {:>5}  {}: {fate}",
            clock_face(cue.duration()),
            plain(&cue.title)
        )?;
    }
    state.close().await?;
    Ok(text)
}

/// What became of each cue, in words.
fn fates(records: impl Iterator<Item = Record>) -> BTreeMap<CueId, String> {
    let mut fates = BTreeMap::new();
    for record in records {
        match record {
            Record::Started { attempt, .. } => {
                fates.insert(attempt.cue, "begun".to_owned());
            }
            Record::Ended {
                attempt,
                position,
                cut: Some(why),
                ..
            } => {
                let text = format!("cut at {} ({})", clock_face(position), cut(why));
                fates.insert(attempt.cue, text);
            }
            Record::Outcome { cue, outcome, .. } => {
                fates.insert(cue, outcome_in_words(&outcome));
            }
            Record::Ended { cut: None, .. }
            | Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. }
            | Record::ClockVouched { .. }
            | Record::StatusSpoken { .. } => {}
        }
    }
    fates
}

fn waiting(cue: &Cue, now: WallTime) -> String {
    match cue.obstacle {
        Some(why) if cue.planned > now => format!("will not air ({})", obstacle(why)),
        None if cue.planned > now => "to come".to_owned(),
        _ => "no record yet".to_owned(),
    }
}

fn obstacle(why: Obstacle) -> &'static str {
    match why {
        Obstacle::TooLate => "what comes before takes too long",
        Obstacle::Expired => "no longer valid",
        Obstacle::QuietHours => "quiet hours",
        Obstacle::Newer => "a newer start of it airs",
    }
}

/// An outcome as a person reads it.
pub fn outcome_in_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Aired => "aired".to_owned(),
        Outcome::Cut { position, why } => {
            format!("cut at {} ({})", clock_face(*position), cut(*why))
        }
        Outcome::Missed { why } => format!("missed ({})", missed(*why)),
        Outcome::Suppressed { by } => format!("left out ({})", suppressed(*by)),
    }
}

fn missed(why: MissedCause) -> &'static str {
    match why {
        MissedCause::PowerOff => "the PC was off",
        MissedCause::ClockUnknown => "the right time was unknown",
        MissedCause::NotReady => "a recording was not here",
        MissedCause::LateProgramme => "the programme came too late",
        MissedCause::OutputFailed => "the sound card did not open",
        MissedCause::Overrun => "what came before took too long",
        MissedCause::NotAnswered => "the village head did not answer",
        MissedCause::DiskUnwritable => "the disk could not be written",
    }
}

fn suppressed(by: Suppressor) -> &'static str {
    match by {
        Suppressor::QuietHours => "quiet hours",
        Suppressor::Expired => "no longer valid",
        Suppressor::Withdrawn => "withdrawn",
        Suppressor::Newer => "a newer start of it aired",
        Suppressor::Head => "the village head said no",
        Suppressor::Operator => "STOP was pressed",
    }
}

fn cut(why: CutCause) -> &'static str {
    match why {
        CutCause::PowerLost => "the power went, or the program died",
        CutCause::Operator => "STOP was pressed",
        CutCause::OutputLost => "the sound card was lost",
        CutCause::QuietHours => "quiet hours began",
        CutCause::Expired => "its validity ended",
        CutCause::Withdrawn => "it was withdrawn",
        CutCause::Emergency => "an emergency took the air",
        CutCause::ShutDown => "the player was ended",
        CutCause::DiskUnwritable => "the disk could not be written",
    }
}
