//! The attempt on air: its progress, its guards, its end.

use std::time::Duration;

use super::agenda::Slot;
use super::{AirCore, Command, NOTE_EVERY, RETRY, Reason, STALLED};
use crate::as_run::{AttemptId, CueId, CutCause, MissedCause, Outcome, Suppressor};
use crate::clock::Now;
use crate::day_plan::Cue;
use crate::programme::{MissedRule, QuietHours};
use crate::units::BootTime;
use crate::zone::Zone;

/// An attempt that was begun and has no end.
#[derive(Debug)]
pub struct OnAir {
    /// The attempt.
    pub attempt: AttemptId,
    /// What airs.
    pub cue: Cue,
    /// When its first sound leaves the output.
    pub start: BootTime,
    /// How much has been heard.
    pub position: Duration,
    /// The last position that was noted.
    noted: Duration,
    quiet_hours: QuietHours,
    zone: Zone,
    /// When it must be over, if somebody at the PC ordered it in this boot.
    pub over_by: Option<BootTime>,
    /// When it must be silent, and why. It stands on the boot-time clock, so it holds on while
    /// wall time is unknown: sound that began in known time goes on, and so does its guard.
    pub silent_by: (BootTime, Reason),
}

impl OnAir {
    /// The attempt at `slot` that starts at `start`.
    pub fn new(attempt: AttemptId, slot: &Slot, start: BootTime) -> Self {
        let given_up = start
            .saturating_add(slot.cue.duration())
            .saturating_add(STALLED);
        Self {
            attempt,
            cue: slot.cue.clone(),
            start,
            position: Duration::ZERO,
            noted: Duration::ZERO,
            quiet_hours: slot.quiet_hours,
            zone: slot.zone.clone(),
            over_by: slot.over_by,
            silent_by: (given_up, Reason::Stalled),
        }
    }

    /// Takes the guards of a newer plan; what is heard stays as it was begun.
    pub fn go_on_by(&mut self, slot: &Slot) {
        self.cue.valid_until = slot.cue.valid_until;
        self.quiet_hours = slot.quiet_hours;
        self.zone = slot.zone.clone();
    }

    /// Reads the guards anew when wall time is known.
    fn look_ahead(&mut self, now: Now) {
        let given_up = self
            .start
            .saturating_add(self.cue.duration())
            .saturating_add(STALLED);
        if let Some(over_by) = self.over_by {
            self.silent_by = if over_by < given_up {
                (over_by, Reason::Expiry)
            } else {
                (given_up, Reason::Stalled)
            };
            return;
        }
        let Some(wall) = now.wall else {
            return;
        };
        // While it is prepared nothing sounds: a cue may start as quiet hours end.
        let sounding = wall + self.start.since(now.boot);
        let quiet = self.quiet_hours.next_from(sounding, &self.zone);
        let limits = [
            quiet.and_then(|quiet| Some((now.boot_at(quiet)?, Reason::QuietHours))),
            self.cue
                .valid_until
                .and_then(|until| Some((now.boot_at(until)?, Reason::Expiry))),
        ];
        let stalled = (given_up, Reason::Stalled);
        let soonest = limits.into_iter().flatten().min_by_key(|(at, _)| *at);
        self.silent_by = soonest.filter(|(at, _)| *at < given_up).unwrap_or(stalled);
    }
}

impl AirCore {
    /// Silences what must not sound any more.
    pub(super) fn guard_on_air(&mut self) {
        let Some(on_air) = &mut self.on_air else {
            return;
        };
        on_air.look_ahead(self.now);
        let (at, reason) = on_air.silent_by;
        if at > self.now.boot {
            return;
        }
        self.cut_on_air(match reason {
            Reason::QuietHours => CutCause::QuietHours,
            Reason::Expiry => CutCause::Expired,
            Reason::Stalled | Reason::Prepare | Reason::TooLate | Reason::Ask | Reason::Confirm => {
                CutCause::OutputLost
            }
        });
    }

    pub(super) fn cut_on_air(&mut self, why: CutCause) {
        if let Some(on_air) = self.on_air.take() {
            let attempt = on_air.attempt.clone();
            self.commands.push_back(Command::Silence { attempt });
            self.end(on_air, Some(why));
        }
    }

    pub(super) fn note_progress(&mut self, attempt: &AttemptId, position: Duration) {
        let Some(on_air) = self
            .on_air
            .as_mut()
            .filter(|on_air| on_air.attempt == *attempt)
        else {
            return;
        };
        on_air.position = on_air.position.max(position.min(on_air.cue.duration()));
        if on_air.position.saturating_sub(on_air.noted) >= NOTE_EVERY {
            on_air.noted = on_air.position;
            self.commands.push_back(Command::RecordPosition {
                attempt: attempt.clone(),
                position: on_air.position,
            });
        }
    }

    pub(super) fn finish_attempt(&mut self, attempt: &AttemptId) {
        if let Some(mut on_air) = self.take_on_air(attempt) {
            on_air.position = on_air.cue.duration();
            self.end(on_air, None);
        }
    }

    pub(super) fn fail_attempt(&mut self, attempt: &AttemptId, position: Duration) {
        self.note_progress(attempt, position);
        if let Some(on_air) = self.take_on_air(attempt) {
            self.end(on_air, Some(CutCause::OutputLost));
        }
    }

    /// STOP: silence, also for what waits at this moment. What is planned for later airs, and what
    /// waits for an answer goes on waiting: it does not sound by itself. An emergency that has the
    /// air ends at the second press; one that only comes is not touched.
    pub(super) fn stop(&mut self) {
        if self.emergency_with_air().is_some() {
            if self.asks_to_confirm_stop() {
                return;
            }
            self.stop_emergencies();
        }
        self.cut_on_air(CutCause::Operator);
        let Some(wall) = self.now.wall else {
            return;
        };
        for id in self.due_at(wall) {
            let waits = self.agenda.get(&id).is_some_and(|slot| {
                let start = super::settle::earliest_start(slot, wall);
                let own = slot.is_emergency();
                !own && slot.cue.planned <= wall && !self.is_asked(slot, start)
            });
            if waits {
                self.suppress(&id, Suppressor::Operator);
            }
        }
    }

    /// The village head's answer, when that cue is asked about.
    pub(super) fn answer(&mut self, id: &CueId, yes: bool) {
        let Some((slot, wall)) = self.agenda.get(id).zip(self.now.wall) else {
            return;
        };
        let start = super::settle::earliest_start(slot, wall);
        if !self.is_open(id) || !self.is_asked(slot, start) {
            return;
        }
        if yes {
            self.histories.entry(id.clone()).or_default().allowed = Some(self.now.boot);
        } else {
            self.suppress(id, Suppressor::Head);
        }
    }

    pub(super) fn suppress(&mut self, id: &CueId, by: Suppressor) {
        let waited = self.agenda.get(id).filter(|_| by == Suppressor::Operator);
        self.left_out.extend(waited.map(|slot| slot.cue.clone()));
        let history = self.histories.entry(id.clone()).or_default();
        let outcome = history.outcome(Outcome::Suppressed { by });
        self.record_outcome(id, outcome);
    }

    fn take_on_air(&mut self, attempt: &AttemptId) -> Option<OnAir> {
        self.on_air.take_if(|on_air| on_air.attempt == *attempt)
    }

    /// Writes the end; without an outcome of its own the missed-rule decides what follows.
    fn end(&mut self, on_air: OnAir, cut: Option<CutCause>) {
        let id = on_air.cue.id.clone();
        self.note_hearing(&id);
        self.record_end(on_air.attempt, on_air.position, cut);
        let again = self.now.boot.saturating_add(RETRY);
        let history = self.histories.entry(id.clone()).or_default();
        if history.settled {
            return;
        }
        if history.may_begin_again(&on_air.cue) {
            history.not_before = Some(again);
            // A yes was for one airing; after a cut the head is asked again.
            if on_air.cue.missed == MissedRule::AskHead {
                history.allowed = None;
            }
        } else {
            let why = match cut {
                Some(CutCause::OutputLost) => MissedCause::OutputFailed,
                Some(CutCause::Emergency) => MissedCause::Overrun,
                _ => MissedCause::PowerOff,
            };
            let outcome = history.outcome(Outcome::Missed { why });
            self.record_outcome(&id, outcome);
        }
    }
}
