//! The output of the station in miniature, and the ears in front of it.

use std::time::Duration;

use programme::air::Input;
use programme::as_run::{AttemptId, CueId, Record};
use programme::day_plan::{Cue, DayPlan};
use programme::signed::Verified;
use programme::standby::OrderedHere;
use programme::units::{BootTime, WallTime};

use super::Station;

/// How long an order at the PC holds, in every story.
const STANDS_FOR: Duration = Duration::from_secs(2 * 3_600);

/// What the output plays.
pub struct Playing {
    pub attempt: AttemptId,
    pub cue: Cue,
    pub start: BootTime,
    pub position: Duration,
    pub last: BootTime,
    pub late: Duration,
}

/// Sound that people heard: which cue, from when to when by the station's clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub cue: CueId,
    pub from: WallTime,
    pub length: Duration,
}

impl Station {
    /// What the output tells at this moment.
    pub(super) fn play_on(&mut self) {
        let boot = self.now().boot;
        let Some(playing) = self.output.as_mut().filter(|_| !self.output_hangs) else {
            return;
        };
        playing.last = boot;
        playing.position = boot.since(playing.start).saturating_sub(playing.late);
        let attempt = playing.attempt.clone();
        if playing.position >= playing.cue.duration() {
            self.output = None;
            self.tell(Input::Finished { attempt });
        } else if !playing.position.is_zero() {
            let position = playing.position;
            self.tell(Input::Progress { attempt, position });
        }
    }

    pub(super) fn silence(&mut self) {
        self.output = None;
    }

    pub(super) fn pass_to(&mut self, next: WallTime) {
        let passed = next.since(self.truth);
        let Some(playing) = &self.output else {
            self.truth = next;
            return;
        };
        let begin = (self.booted + playing.start.since_boot()).max(self.truth);
        let length = passed.saturating_sub(begin.since(self.truth));
        if !length.is_zero() && !self.output_hangs {
            self.is_within_its_order(&playing.cue, begin + length);
            // What sounds in unknown time is heard in true time.
            let error = self.error.unwrap_or(0);
            let from = WallTime::from_micros(begin.as_micros() + error);
            if self.error.is_some() || self.is_ordered_here(&playing.cue) {
                self.sounds(playing.cue.clone(), from, length);
            }
        }
        self.truth = next;
    }

    /// Nothing may sound in quiet hours or beyond its validity, whatever happened before.
    pub(super) fn sounds(&mut self, cue: Cue, from: WallTime, length: Duration) {
        if cue.order.is_some() {
            self.sounds_as_ordered(&cue, from, length);
        } else {
            self.sounds_as_planned(&cue, from, length);
        }
        match self.heard.last_mut() {
            Some(last) if last.cue == cue.id && last.from + last.length == from => {
                last.length += length;
            }
            _ => self.heard.push(Heard {
                cue: cue.id,
                from,
                length,
            }),
        }
    }

    /// Whether somebody at the PC ordered it in this boot.
    fn is_ordered_here(&self, cue: &Cue) -> bool {
        self.here(cue)
            .is_some_and(|here| here.boot_id == self.boot_id())
    }

    fn here(&self, cue: &Cue) -> Option<&OrderedHere> {
        let mut here = self.ordered_here.iter();
        here.find(|here| here.id == cue.broadcast)
    }

    /// What was ordered at the PC in this boot ends by the boot-time clock, whatever others say.
    fn is_within_its_order(&self, cue: &Cue, end: WallTime) {
        if let Some(here) = self.here(cue).filter(|_| self.is_ordered_here(cue)) {
            let ordered = self.booted + here.at.since_boot();
            assert!(end <= ordered + STANDS_FOR, "{} is over", cue.id);
        }
    }

    /// An emergency sounds at any hour, while it is held, not cancelled and not expired.
    fn sounds_as_ordered(&self, cue: &Cue, from: WallTime, length: Duration) {
        if let Some(here) = self.here(cue) {
            let held = self.programme.get().offered(None);
            let mut held = held.filter(|(standby, _)| standby.bulletin == here.bulletin);
            assert!(held.next().is_some(), "{} does not stand by", cue.id);
            assert!(
                self.is_ordered_here(cue)
                    || here
                        .wall
                        .is_some_and(|wall| from + length <= wall + STANDS_FOR),
                "{} has expired",
                cue.id
            );
            return;
        }
        let held = self
            .emergencies
            .iter()
            .find(|held| held.id == cue.broadcast);
        let held = held.expect("what sounds was ordered");
        assert!(!held.cancelled, "{} was cancelled", cue.id);
        assert!(from + length <= held.expires_at, "{} has expired", cue.id);
    }

    fn sounds_as_planned(&self, cue: &Cue, from: WallTime, length: Duration) {
        let plan = self.plan_of(cue).expect("what sounds is on a plan");
        let quiet = plan.quiet_hours.next_from(from, &plan.zone);
        assert!(
            quiet.is_none_or(|quiet| quiet >= from + length),
            "{} in quiet hours",
            cue.id
        );
        let in_force = plan
            .cues
            .iter()
            .find(|other| other.id == cue.id.first())
            .expect("it is on it");
        let valid = in_force
            .valid_until
            .is_none_or(|until| from + length <= until);
        assert!(valid, "{} beyond its validity", cue.id);
    }

    pub(super) fn plan_of(&self, cue: &Cue) -> Option<DayPlan> {
        let mut plans = self.plans.iter().map(Verified::get);
        plans
            .find(|plan| plan.cues.iter().any(|other| other.id == cue.id.first()))
            .cloned()
    }

    pub(super) fn air(&mut self, attempt: AttemptId, cue: Cue, start: BootTime) {
        let started = self.journal.last().expect("`started` stands before sound");
        let begun =
            |record: &Record| matches!(record, Record::Started { attempt: a, .. } if *a == attempt);
        assert!(begun(started), "{attempt:?} airs after {started:?}");
        assert!(self.output.is_none(), "one at a time");
        let ready = cue.content().iter().all(|hash| self.ready.contains(hash));
        assert!(ready, "{} is not ready", cue.id);
        let now = self.now();
        match now.wall {
            Some(wall) => {
                let wall = wall + start.since(now.boot);
                let in_its_window = cue.planned <= wall && wall <= cue.latest;
                assert!(in_its_window, "{} at {wall:?}", cue.id);
            }
            None => assert!(
                self.is_ordered_here(&cue),
                "{} airs while the time is unknown",
                cue.id
            ),
        }
        if self.output_works {
            self.output = Some(Playing {
                attempt,
                cue,
                start,
                position: Duration::ZERO,
                last: start,
                late: Duration::ZERO,
            });
        } else {
            self.tell(Input::Failed {
                attempt,
                position: Duration::ZERO,
            });
        }
    }
}
