//! The day in rehearsal: the queue of the air core, run over a day on which nothing goes wrong.
//!
//! It knows one date: what still sounds at midnight does not delay the next day's first cue here.
//! Quiet hours keep that from happening on any station that has them at night.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Time;

use super::{Cue, DayPlan, GRACE, Obstacle};
use crate::air::{LEAD, PREPARE};
use crate::as_run::CueId;
use crate::ids::BroadcastId;
use crate::programme::MissedRule;
use crate::units::WallTime;

impl DayPlan {
    /// Gives each cue its expected start, its last moments, and what will keep it off.
    pub(super) fn rehearse(&mut self) {
        let mut waiting: Vec<usize> = (0..self.cues.len()).collect();
        let mut free_from: Option<WallTime> = None;
        while let Some((due, free)) = self.due(&waiting, free_from) {
            let Some(next) = self.first_in_queue(&due) else {
                break;
            };
            let start = self.cues[next].planned.max(free);
            waiting.retain(|&index| index != next);
            self.set_times(next, start);
            let older = due
                .into_iter()
                .filter(|&other| self.is_older_start(other, next));
            for other in older.collect::<Vec<_>>() {
                waiting.retain(|&index| index != other);
                self.set_times(other, start);
                self.cues[other].obstacle = Some(Obstacle::Newer);
            }
            let cue = &self.cues[next];
            let obstacle = cue.forbidden_at(start, &self.quiet_hours, &self.zone);
            if obstacle.is_none() {
                free_from = Some(start + cue.duration());
            }
            self.cues[next].obstacle = obstacle;
        }
    }

    /// The cues that wait together at the next start, and the moment from which the air is theirs.
    fn due(
        &self,
        waiting: &[usize],
        free_from: Option<WallTime>,
    ) -> Option<(Vec<usize>, WallTime)> {
        let soonest = waiting
            .iter()
            .map(|&index| self.cues[index].planned)
            .min()?;
        let free = free_from.map_or(soonest, |free| free + LEAD);
        let seen_until = free_from
            .map_or(soonest, |free| free + PREPARE)
            .max(soonest);
        let due = |index: &usize| self.cues[*index].planned <= seen_until;
        Some((waiting.iter().copied().filter(due).collect(), free))
    }

    /// Most urgent first, then soonest planned, then first published; of each broadcast only its
    /// newest start.
    fn first_in_queue(&self, due: &[usize]) -> Option<usize> {
        let newest: BTreeMap<&BroadcastId, usize> = due
            .iter()
            .map(|&index| (&self.cues[index].broadcast, index))
            .collect();
        newest
            .into_values()
            .min_by_key(|&index| (Reverse(self.cues[index].class), index))
    }

    /// Of two at one instant the later of the plan is the newer.
    fn is_older_start(&self, index: usize, than: usize) -> bool {
        let (older, newer) = (&self.cues[index], &self.cues[than]);
        older.broadcast == newer.broadcast && (older.planned, index) < (newer.planned, than)
    }

    fn set_times(&mut self, index: usize, start: WallTime) {
        let cue = &self.cues[index];
        let ordered_now = cue.id == CueId::now(&cue.broadcast);
        let latest = if ordered_now {
            cue.latest
        } else {
            self.latest(cue, start)
        };
        let cue = &mut self.cues[index];
        cue.expected = start;
        cue.on_time_until = if ordered_now { latest } else { start + GRACE };
        cue.latest = latest;
    }

    fn latest(&self, cue: &Cue, expected: WallTime) -> WallTime {
        let chosen = match cue.missed {
            MissedRule::OnlyThen => None,
            MissedRule::Until { until } => self.zone.instant(self.date.to_datetime(until)),
            MissedRule::AskHead => self.end_of_day(),
        };
        // An end before the start is a slip of the author, which lint shows; it costs no airing.
        chosen
            .filter(|until| *until >= cue.planned)
            .unwrap_or(expected + GRACE)
    }

    fn end_of_day(&self) -> Option<WallTime> {
        let midnight = self.date.tomorrow().ok()?.to_datetime(Time::midnight());
        Some(self.zone.instant(midnight)? - std::time::Duration::from_millis(1))
    }
}
