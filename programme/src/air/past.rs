//! What has become of each cue so far, in this run and in those before it.

use std::time::Duration;

use super::{AirCore, Command, MAX_ATTEMPTS, Past};
use crate::as_run::{
    AIRED_FRACTION, AttemptId, CueId, CutCause, MissedCause, Outcome, Record, Suppressor,
};
use crate::day_plan::{Cue, NotUnderstood};
use crate::ids::BroadcastId;
use crate::programme::MissedRule;
use crate::units::{BootTime, WallTime};

/// What is known of one cue. It is kept for as long as the program runs, also when its date has
/// passed: a clock that steps back must not air it again.
#[derive(Debug, Default)]
pub struct History {
    /// How often it was begun.
    pub attempts: u32,
    /// The attempt without an end, and how long its cue lasts.
    pub open: Option<(AttemptId, Duration)>,
    /// What was begun, for the outcome's line when no plan holds the cue any longer.
    pub begun: Option<(BroadcastId, WallTime)>,
    /// The attempt that got farthest: how far, and why no farther.
    pub heard: Option<(Duration, CutCause)>,
    /// Whether its outcome is on record.
    pub settled: bool,
    /// What it was last seen to wait for.
    pub waits_for: Option<WaitsFor>,
    /// When the village head said yes.
    pub allowed: Option<BootTime>,
    /// No attempt before this.
    pub not_before: Option<BootTime>,
}

/// What a cue waits for that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// The air, or the output.
    Turn,
    /// A recording.
    Recording,
    /// The village head.
    Answer,
}

impl History {
    /// Whether an attempt was cut and the outcome is still open.
    pub fn is_interrupted(&self) -> bool {
        self.heard.is_some() && !self.settled && self.open.is_none()
    }

    /// Whether the missed-rule lets the cue begin again after a cut.
    pub fn may_begin_again(&self, cue: &Cue) -> bool {
        let Some((position, why)) = self.heard else {
            return true;
        };
        let nothing_heard = position.is_zero() && !why.hides_the_position();
        let by_rule = match cue.missed {
            MissedRule::OnlyThen => nothing_heard,
            MissedRule::Until { .. } | MissedRule::AskHead => true,
        };
        // A warning is begun as often as cuts ask for, until it expires.
        (self.attempts < MAX_ATTEMPTS || cue.order.is_some()) && by_rule
    }

    /// The outcome, when `otherwise` is what it would be had nothing been heard. Where a power cut
    /// hides how much was heard, something was.
    pub fn outcome(&self, otherwise: Outcome) -> Outcome {
        match self.heard {
            Some((position, why)) if !position.is_zero() || why.hides_the_position() => {
                Outcome::Cut { position, why }
            }
            Some((_, CutCause::OutputLost)) if matches!(otherwise, Outcome::Missed { .. }) => {
                Outcome::Missed {
                    why: MissedCause::OutputFailed,
                }
            }
            Some(_) | None => otherwise,
        }
    }

    /// Closes the open attempt and gives the outcome when the end alone decides it.
    fn close(&mut self, position: Duration, cut: Option<CutCause>) -> Option<Outcome> {
        let (_, duration) = self.open.take()?;
        let Some(why) = cut else {
            return Some(Outcome::Aired);
        };
        if position.as_secs_f64() >= duration.as_secs_f64() * AIRED_FRACTION {
            return Some(Outcome::Aired);
        }
        if self.heard.is_none_or(|(farthest, _)| farthest <= position) {
            self.heard = Some((position, why));
        }
        let by = match why {
            CutCause::PowerLost
            | CutCause::DiskUnwritable
            | CutCause::OutputLost
            | CutCause::Emergency
            | CutCause::ShutDown => return None,
            CutCause::Operator => Suppressor::Operator,
            CutCause::QuietHours => Suppressor::QuietHours,
            CutCause::Expired => Suppressor::Expired,
            CutCause::Withdrawn => Suppressor::Withdrawn,
        };
        Some(self.outcome(Outcome::Suppressed { by }))
    }
}

impl AirCore {
    /// Reads the journal, and closes what a power cut left open in it.
    pub(super) fn remember(&mut self, past: Past) {
        let mut decided = Vec::new();
        for record in past.records {
            match record {
                Record::Started {
                    attempt,
                    broadcast,
                    planned,
                    duration,
                    ..
                } => {
                    let history = self.histories.entry(attempt.cue.clone()).or_default();
                    history.attempts = history.attempts.max(attempt.number);
                    history.begun = Some((broadcast, planned));
                    history.open = Some((attempt, duration));
                }
                Record::Ended {
                    attempt,
                    position,
                    cut,
                    stopped,
                    ..
                } => {
                    self.note_end(&attempt.cue, position);
                    if let Some(from_panel) = stopped {
                        self.stops.note(&attempt.cue, from_panel);
                    }
                    let history = self.histories.entry(attempt.cue.clone()).or_default();
                    let outcome = history.close(position, cut);
                    decided.extend(outcome.map(|outcome| (attempt.cue, outcome)));
                }
                Record::Outcome { cue, .. } => {
                    self.histories.entry(cue).or_default().settled = true;
                }
                Record::NotUnderstood { broadcast, why } => {
                    self.reported.insert(NotUnderstood { broadcast, why });
                }
                Record::EmergencyStopped { broadcast } => self.note_stopped(broadcast),
                Record::EmergencyOrdered {
                    broadcast, planned, ..
                } => self.note_ordered(broadcast, planned),
                Record::ClockVouched { .. } | Record::StatusSpoken { .. } => {}
            }
        }
        for (cue, outcome) in decided {
            self.record_outcome(&cue, outcome);
        }
        self.close_what_power_cut(past.open_position.as_ref());
    }

    fn close_what_power_cut(&mut self, noted: Option<&(AttemptId, Duration)>) {
        let open = self
            .histories
            .values()
            .filter_map(|history| history.open.as_ref());
        let open: Vec<AttemptId> = open.map(|(attempt, _)| attempt.clone()).collect();
        let why = match self.unwritable_since {
            Some(_) => CutCause::DiskUnwritable,
            None => CutCause::PowerLost,
        };
        for attempt in open {
            let position = noted.filter(|(noted, _)| *noted == attempt);
            let position = position.map_or(Duration::ZERO, |(_, position)| *position);
            self.record_end(attempt, position, Some(why));
        }
    }

    /// What was heard can be heard again, but for emergencies.
    fn note_end(&mut self, cue: &CueId, position: Duration) {
        if cue.hearing().is_none() && !position.is_zero() {
            self.last_heard = Some(cue.first());
        }
    }

    /// Writes the end of an attempt, and the outcome when the end alone decides it.
    pub(super) fn record_end(
        &mut self,
        attempt: AttemptId,
        position: Duration,
        cut: Option<CutCause>,
    ) {
        let cue = attempt.cue.clone();
        self.note_end(&cue, position);
        let outcome = self
            .histories
            .entry(cue.clone())
            .or_default()
            .close(position, cut);
        self.commands.push_back(Command::Record(Record::Ended {
            attempt,
            position,
            cut,
            level_db: None,
            heard: None,
            stopped: self.stops.of(&cue),
        }));
        if let Some(outcome) = outcome {
            self.record_outcome(&cue, outcome);
        }
    }

    /// Writes the one outcome of a cue. Without a plan or a begin that tells what the cue was
    /// there is nothing to write, and nothing was ever due.
    pub(super) fn record_outcome(&mut self, id: &CueId, outcome: Outcome) {
        let planned = self.agenda.get(id).map(|slot| &slot.cue);
        let history = self.histories.entry(id.clone()).or_default();
        let named = planned.map(|cue| (cue.broadcast.clone(), cue.planned));
        let Some((broadcast, planned)) = history.begun.clone().or(named) else {
            return;
        };
        if history.settled {
            return;
        }
        history.settled = true;
        self.commands.push_back(Command::Record(Record::Outcome {
            cue: id.clone(),
            broadcast,
            planned,
            outcome,
            stopped: self.stops.of(id),
        }));
    }
}
