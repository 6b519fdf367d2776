//! What a station's own account says about whether it will air a start.

use std::time::Duration;

use programme::units::WallTime;
use programme::wire::Fault;

use super::{Chance, Why};
use crate::stations::standing;
use crate::stations::station::Station;

/// A station that is there fetches what is new within minutes. What is planned sooner counts as
/// lost, should it not be there yet.
const FETCHED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// Whether a station will air a start that it must hold `by` then, when `obstacle` keeps it off by
/// the plan and it `holds` the programme that has it.
pub(super) fn judge(
    station: &Station,
    obstacle: Option<Why>,
    holds: bool,
    by: WallTime,
    now: WallTime,
) -> Chance {
    if station.enrolled_at.is_none() {
        return Chance::Not(Why::NotEnrolled);
    }
    let Some((health, said_at)) = &station.health else {
        return Chance::Not(Why::NeverSaid);
    };
    if let Some(why) = obstacle {
        return Chance::Not(why);
    }
    let has = |fault: Fault| health.faults.contains(&fault.into());
    if health.clock.is_none() || has(Fault::ClockUnknown) {
        return Chance::Not(Why::ClockUnknown);
    }
    if !health.output_ok || has(Fault::OutputLost) {
        return Chance::Not(Why::OutputLost);
    }
    let online = standing::is_online(station, now);
    let in_time = online && by >= now + FETCHED_WITHIN;
    if !holds {
        let refused = has(Fault::ProgrammeRefused) || has(Fault::ProgrammePast);
        let is_coming = in_time && !refused;
        return match is_coming {
            true => Chance::Likely(Why::Fetching),
            false => Chance::Not(Why::NotFetched),
        };
    }
    let missing = health.wanted.saturating_sub(health.ready);
    if missing > 0 && has(Fault::RecordingRefused) {
        return Chance::Not(Why::Refused);
    }
    match missing {
        0 if has(Fault::Amplifier) => Chance::Likely(Why::Amplifier),
        0 if online => Chance::Will,
        0 => Chance::Likely(Why::Silent(station.seen_at.unwrap_or(*said_at))),
        _ if in_time => Chance::Likely(Why::Readying(missing)),
        _ => Chance::Not(Why::NotReady(missing)),
    }
}
