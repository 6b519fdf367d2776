//! How a station stands, in plain words: what the panel knows of it, each fact with its colour.

use std::time::Duration;

use programme::clock::Voucher;
use programme::units::{Decibels, WallTime};
use programme::wire::{Fault, FaultName, Health};
use programme::zone::Zone;

use super::loudness;
use super::station::Station;
use crate::as_run::soundness::Soundness;
use crate::broadcasts::outlook;
use crate::programmes::publish::Published;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// A station that was seen within this span is there: one that holds its stream is seen every four
/// minutes ([`stream_interval`](crate::config::Config::stream_interval)), and what comes late has a
/// minute more.
const ONLINE_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Below this many free bytes somebody should look at the disk.
const LITTLE_DISK_BYTES: u64 = 500_000_000;
/// So many next starts are shown.
const NEXT: usize = 5;

/// A fact about a station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub label: String,
    /// The fact.
    pub text: String,
    /// `good`, `warn`, `bad`, or empty.
    pub tone: &'static str,
}

/// Whether a station was there lately.
pub fn is_online(station: &Station, now: WallTime) -> bool {
    let seen_at = station.seen_at;
    seen_at.is_some_and(|at| now.since(at) <= ONLINE_WITHIN)
}

/// Whether a station is there.
pub fn presence(station: &Station, now: WallTime, shell: &Shell) -> Fact {
    let (text, tone) = match (station.closed_at, station.enrolled_at, station.seen_at) {
        (Some(at), _, _) => (
            shell.say1("stations-closed-since", "at", shell.when(&at)),
            "",
        ),
        (None, None, _) | (None, Some(_), None) => (shell.say("stations-not-enrolled"), "warn"),
        (None, Some(_), Some(at)) if now.since(at) <= ONLINE_WITHIN => {
            (shell.say1("stations-online", "at", shell.when(&at)), "good")
        }
        (None, Some(_), Some(at)) => (
            shell.say1("stations-last-seen", "at", shell.when(&at)),
            "bad",
        ),
    };
    Fact {
        label: shell.say("stations-presence"),
        text,
        tone,
    }
}

/// What the station itself said, beside what was published to it.
pub fn facts(
    station: &Station,
    published: Option<&Published>,
    log: &Soundness,
    now: WallTime,
    shell: &Shell,
) -> Vec<Fact> {
    let mut facts = vec![presence(station, now, shell)];
    facts.extend(broken_log(log, shell));
    if let Some((health, at)) = &station.health {
        facts.push(programme(health, published, shell));
        facts.push(ready(health, shell));
        facts.push(clock(health, shell));
        facts.push(output(health, shell));
        facts.extend(health.volume_db.map(|volume| own_volume(volume, shell)));
        facts.push(disk(health, shell));
        facts.extend(
            health
                .faults
                .iter()
                .map(|fault| fact_of(fault, station, shell)),
        );
        let said = shell.when(at);
        facts.push(fact(shell, "stations-version", health.version.clone(), ""));
        facts.push(fact(shell, "stations-said-at", said, ""));
    }
    facts
}

/// The worst of what is wrong, for a list; nothing when all is well. Whatever else is wrong can be
/// read off the station; a broken log can only be seen here.
pub fn worst(station: &Station, log: Option<&Soundness>, shell: &Shell) -> Option<Fact> {
    if let Some(broken) = log.and_then(|log| broken_log(log, shell)) {
        return Some(broken);
    }
    let (health, _) = station.health.as_ref()?;
    let worst = health.faults.iter().max_by_key(|fault| match fault {
        FaultName::Known(fault) => Some(*fault),
        // How bad it is, nobody here knows.
        FaultName::Unknown(_) => None,
    });
    worst.map(|fault| fact_of(fault, station, shell))
}

/// How each part of a station is, for a list: its name behind a mark that needs no colour. What
/// there is to do stands on the page of the station. Of one that is away nobody knows.
pub fn lights(
    station: &Station,
    published: Option<&Published>,
    now: WallTime,
    shell: &Shell,
) -> Vec<Fact> {
    let is_there = station.closed_at.is_none() && is_online(station, now);
    let Some((health, _)) = station.health.as_ref().filter(|_| is_there) else {
        return Vec::new();
    };
    let parts = [
        programme(health, published, shell),
        ready(health, shell),
        clock(health, shell),
        output(health, shell),
        disk(health, shell),
    ];
    let light = |fact: Fact| {
        let mark = match fact.tone {
            "good" => '✓',
            "warn" => '!',
            _ => '✗',
        };
        Fact {
            text: format!("{mark} {}", fact.label),
            ..fact
        }
    };
    parts.map(light).into()
}

fn programme(health: &Health, published: Option<&Published>, shell: &Shell) -> Fact {
    let newest = published.map_or(0, |published| published.generation);
    let held = i64::try_from(health.generation).unwrap_or(i64::MAX);
    let (key, tone) = match held == newest {
        true => ("stations-programme-newest", "good"),
        false => ("stations-programme-older", "warn"),
    };
    let (held, newest) = (held.to_string(), newest.to_string());
    let text = shell.say2(key, ("held", held), ("newest", newest));
    fact(shell, "stations-programme", text, tone)
}

fn ready(health: &Health, shell: &Shell) -> Fact {
    let (ready, wanted) = (health.ready.to_string(), health.wanted.to_string());
    let tone = if health.ready >= health.wanted {
        "good"
    } else {
        "warn"
    };
    let text = shell.say2("stations-ready-of", ("ready", ready), ("wanted", wanted));
    fact(shell, "stations-ready", text, tone)
}

fn clock(health: &Health, shell: &Shell) -> Fact {
    let (key, tone) = match health.clock {
        None => ("stations-clock-unknown", "bad"),
        Some(Voucher::Server) => ("stations-clock-server", "good"),
        Some(Voucher::Ntp) => ("stations-clock-ntp", "good"),
        Some(Voucher::Person) => ("stations-clock-person", "good"),
        Some(Voucher::HardwareClock) => ("stations-clock-hardware", "good"),
    };
    fact(shell, "stations-clock", shell.say(key), tone)
}

fn output(health: &Health, shell: &Shell) -> Fact {
    let (key, tone) = match health.output_ok {
        true => ("stations-output-ok", "good"),
        false => ("stations-output-lost", "bad"),
    };
    fact(shell, "stations-output", shell.say(key), tone)
}

/// What people at the PC added to the volume that the panel sets.
fn own_volume(volume: Decibels, shell: &Shell) -> Fact {
    let sign = if volume.0 > 0.0 { "+" } else { "" };
    let text = format!("{sign}{}", loudness::in_words(&volume, shell));
    fact(shell, "stations-own-volume", text, "")
}

fn disk(health: &Health, shell: &Shell) -> Fact {
    let tone = if health.disk_free_bytes < LITTLE_DISK_BYTES {
        "warn"
    } else {
        "good"
    };
    let gigabytes = health.disk_free_bytes as f64 / 1e9;
    let gigabytes = shell.language.number(gigabytes, 1);
    let text = shell.say1("stations-disk-free", "gigabytes", gigabytes);
    fact(shell, "stations-disk", text, tone)
}

fn broken_log(log: &Soundness, shell: &Shell) -> Option<Fact> {
    Some(fact(shell, "stations-fault", log.alarm(shell)?, "bad"))
}

fn fact_of(fault: &FaultName, station: &Station, shell: &Shell) -> Fact {
    let text = in_words(fault, station, shell);
    fact(shell, "stations-fault", text, "bad")
}

/// What is wrong with a station, and what to do.
pub fn in_words(fault: &FaultName, station: &Station, shell: &Shell) -> String {
    match fault {
        // Releases that did not tell the two apart called the past one refused.
        FaultName::Known(Fault::ProgrammePast | Fault::ProgrammeRefused)
            if holds_later(station) =>
        {
            shell.say("stations-programme-restored")
        }
        FaultName::Known(fault) => shell.say(key_of(*fault)),
        FaultName::Unknown(name) => shell.say1("stations-unknown-fault", "name", name.clone()),
    }
}

/// Whether a station holds a later programme than was published when it said so: the server was
/// restored from a backup, and what it offered until then was refused for its number. What is
/// published since lies above.
fn holds_later(station: &Station) -> bool {
    let held = station.health.as_ref().map(|(health, _)| health.generation);
    let held = held.and_then(|held| i64::try_from(held).ok());
    held.is_some_and(|held| held > 0 && held <= station.reported_generation)
}

fn key_of(fault: Fault) -> &'static str {
    match fault {
        Fault::HardwareClockBad => "stations-fault-hardware-clock-bad",
        Fault::ClockUnknown => "stations-fault-clock-unknown",
        Fault::ClockWrong => "stations-fault-clock-wrong",
        Fault::OutputLost => "stations-fault-output-lost",
        Fault::DiskLow => "stations-fault-disk-low",
        Fault::DataSpent => "stations-fault-data-spent",
        Fault::RecordingRefused => "stations-fault-recording-refused",
        Fault::ProgrammeRefused => "stations-fault-programme-refused",
        Fault::ItemNotUnderstood => "stations-fault-item-not-understood",
        Fault::Amplifier => "stations-fault-amplifier",
        Fault::NotHeard => "stations-fault-not-heard",
        Fault::Stuck => "stations-fault-stuck",
        Fault::DiskUnwritable => "stations-fault-disk-unwritable",
        Fault::StateDamaged => "stations-fault-state-damaged",
        Fault::UpgradeFailed => "stations-fault-upgrade-failed",
        Fault::SettingsRefused => "stations-fault-settings-refused",
        Fault::PageShut => "stations-fault-page-shut",
        Fault::ProgrammePast => "stations-fault-programme-past",
        Fault::ProgrammeOld => "stations-fault-programme-old",
    }
}

fn fact(shell: &Shell, label: &str, text: String, tone: &'static str) -> Fact {
    Fact {
        label: shell.say(label),
        text,
        tone,
    }
}

/// The next starts of what was published to a station: when, and what.
///
/// # Errors
/// The programme cannot be read.
pub fn next(published: &Published, zone: &Zone, now: WallTime) -> Result<Vec<(String, String)>> {
    let programme = published.programme()?;
    let airs = |cue: &programme::day_plan::Cue| cue.obstacle.is_none() && cue.planned >= now;
    let cues = outlook::next_cues(&programme, zone, now, NEXT, airs);
    let line = |cue: programme::day_plan::Cue| {
        (
            zone.civil(cue.planned)
                .strftime("%d/%m/%Y %H:%M")
                .to_string(),
            cue.title,
        )
    };
    Ok(cues.into_iter().map(line).collect())
}
