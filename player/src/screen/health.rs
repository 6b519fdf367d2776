//! How the clock, the disk, the sound, the server and the programme are: a line for each, whether
//! or not something is wrong with it, and a sign that is understood without reading.

use std::time::Duration;

use programme::wire::Fault;

use super::words::ScreenLanguage;
use super::words::health::Finding;
use crate::daemon::{ServerTrouble, Status};

const DAY: Duration = Duration::from_hours(24);

/// How something is: each has a shape and a colour of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// As it should be.
    Good,
    /// It airs, and somebody should look at it.
    Look,
    /// It keeps something from being heard.
    Bad,
    /// Nobody can say.
    Unknown,
}

/// One line.
pub(super) struct HealthLine {
    pub sign: Sign,
    pub what: &'static str,
    pub how: String,
}

impl Sign {
    /// Its name in the style.
    pub(super) fn tone(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Look => "look",
            Self::Bad => "bad",
            Self::Unknown => "unsure",
        }
    }
}

/// The lines of a station; a PC that is none has none.
pub(super) fn lines(status: &Status, language: ScreenLanguage) -> Vec<HealthLine> {
    if status.station.is_none() {
        return Vec::new();
    }
    let what = language.health();
    let found = [clock, disk, sound, server, programme].map(|look| look(status));
    let lines = what.into_iter().zip(found);
    lines
        .map(|(what, (sign, finding))| HealthLine {
            sign,
            what,
            how: language.finding(finding),
        })
        .collect()
}

/// The first of these faults that there is, with how grave it is.
fn first_of(status: &Status, faults: &[(Fault, Sign)]) -> Option<(Sign, Finding)> {
    let found = faults
        .iter()
        .find(|(fault, _)| status.faults.contains(fault));
    found.map(|(fault, sign)| (*sign, Finding::Ill(*fault)))
}

fn clock(status: &Status) -> (Sign, Finding) {
    let (Some(_), Some(by)) = (status.wall, status.clock) else {
        return (Sign::Bad, Finding::Ill(Fault::ClockUnknown));
    };
    let ills = [
        (Fault::HardwareClockBad, Sign::Look),
        (Fault::ClockWrong, Sign::Look),
    ];
    first_of(status, &ills).unwrap_or((Sign::Good, Finding::Vouched(by)))
}

fn disk(status: &Status) -> (Sign, Finding) {
    let ills = [
        (Fault::DiskUnwritable, Sign::Bad),
        (Fault::StateDamaged, Sign::Look),
        (Fault::DiskLow, Sign::Look),
    ];
    first_of(status, &ills).unwrap_or((Sign::Good, Finding::Fine))
}

fn sound(status: &Status) -> (Sign, Finding) {
    let ills = [
        (Fault::OutputLost, Sign::Bad),
        (Fault::NotHeard, Sign::Bad),
        (Fault::Amplifier, Sign::Look),
    ];
    let tried = !status.standing.is_stuck();
    let well = match tried {
        true => (Sign::Good, Finding::Fine),
        false => (Sign::Unknown, Finding::Unknown),
    };
    first_of(status, &ills).unwrap_or(well)
}

fn server(status: &Status) -> (Sign, Finding) {
    match status.server_trouble {
        Some(ServerTrouble::Refused) => (Sign::Bad, Finding::Refused),
        Some(ServerTrouble::Away) => (Sign::Look, Finding::Away),
        None if status.server_answers => first_of(status, &[(Fault::DataSpent, Sign::Look)])
            .unwrap_or((Sign::Good, Finding::Answers)),
        None => (Sign::Unknown, Finding::Unknown),
    }
}

fn programme(status: &Status) -> (Sign, Finding) {
    let ills = [
        (Fault::ProgrammeRefused, Sign::Bad),
        (Fault::ProgrammePast, Sign::Look),
    ];
    let refused = first_of(status, &ills);
    let Some(issued_at) = status.issued_at else {
        return refused.unwrap_or((Sign::Look, Finding::Missing));
    };
    let Some(now) = status.wall else {
        return refused.unwrap_or((Sign::Unknown, Finding::Unknown));
    };
    let days = now.since(issued_at).as_secs() / DAY.as_secs();
    let old = status.faults.contains(&Fault::ProgrammeOld);
    let sign = if old { Sign::Look } else { Sign::Good };
    refused.unwrap_or((sign, Finding::Published { days }))
}
