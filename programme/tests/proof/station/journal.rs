//! What the journal of the station in miniature must show.

use std::collections::{BTreeMap, BTreeSet};

use programme::as_run::{AttemptId, CueId, Outcome, Record};

use super::Station;

impl Station {
    /// The outcomes on record, each cue once.
    pub fn outcomes(&self) -> BTreeMap<CueId, Outcome> {
        let mut outcomes = BTreeMap::new();
        for record in &self.journal {
            if let Record::Outcome { cue, outcome, .. } = record {
                let second = outcomes.insert(cue.clone(), outcome.clone());
                assert_eq!(second, None, "{cue} has two outcomes");
            }
        }
        outcomes
    }

    /// What the journal itself must show, at any moment.
    pub fn check_journal(&self) {
        let mut open: Option<&AttemptId> = None;
        let mut begun = BTreeSet::new();
        let mut settled = BTreeSet::new();
        for record in &self.journal {
            match record {
                Record::Started { attempt, .. } => {
                    assert_eq!(open, None, "{attempt:?} begins while another is open");
                    assert!(begun.insert(attempt), "{attempt:?} begins twice");
                    assert!(
                        !settled.contains(&attempt.cue),
                        "{attempt:?} after its outcome"
                    );
                    open = Some(attempt);
                }
                Record::Ended { attempt, .. } => {
                    assert_eq!(open.take(), Some(attempt), "an end without a beginning");
                }
                Record::Outcome { cue, .. } => {
                    assert!(
                        open.is_none_or(|open| open.cue != *cue),
                        "{cue} is still on air"
                    );
                    assert!(settled.insert(cue), "{cue} has two outcomes");
                }
                Record::EmergencyStopped { .. }
                | Record::EmergencyOrdered { .. }
                | Record::NotUnderstood { .. }
                | Record::ClockVouched { .. }
                | Record::StatusSpoken { .. } => {}
            }
        }
    }

    /// Every planned cue whose last moment has passed has its outcome.
    pub fn check_outcomes(&self) {
        let (Some(wall), true) = (self.wall(), self.is_on()) else {
            return;
        };
        let outcomes = self.outcomes();
        for plan in &self.plans {
            for cue in &plan.get().cues {
                let on_air = self.output.as_ref().is_some_and(|on| on.cue.id == cue.id);
                let over = cue.latest < wall && !on_air;
                assert!(
                    !over || outcomes.contains_key(&cue.id),
                    "{} has no outcome",
                    cue.id
                );
            }
        }
    }

    /// Everything that was ordered at the PC, and did not lie ahead by a clock that was wrong, has
    /// the outcome of its first hearing.
    pub fn check_orders(&self) {
        let outcomes = self.outcomes();
        for record in &self.journal {
            if let Record::EmergencyOrdered {
                broadcast, planned, ..
            } = record
            {
                let first = CueId::emergency(broadcast, 1);
                let ahead = *planned > self.wall();
                assert!(
                    ahead || outcomes.contains_key(&first),
                    "{first} has no outcome"
                );
            }
        }
    }

    /// After STOP nothing sounds; at most a cue is prepared whose time is still to come.
    pub fn check_silence(&self) {
        if let Some(playing) = &self.output {
            let wall = self.wall().expect("a cue is prepared in known time");
            assert!(
                playing.cue.planned > wall,
                "{} sounds after STOP",
                playing.cue.id
            );
        }
    }
}
