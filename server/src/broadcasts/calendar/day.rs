//! One day of a calendar: its starts, how many minutes they sound, and what one should know.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use programme::as_run::CueId;
use programme::day_plan::{Cue, Obstacle};
use programme::ids::BroadcastId;
use programme::programme::Class;
use programme::units::WallTime;
use programme::zone::Zone;

use super::bands::{Band, Kind, minute};
use super::fates::Heard;

/// One day.
#[derive(Debug, Clone)]
pub struct Day {
    /// Which one.
    pub date: Date,
    /// What is planned or was.
    pub starts: BTreeMap<Key, Start>,
    /// What one should know, and whether something will not be heard because of it.
    pub notes: Vec<(String, bool)>,
    /// How long it sounds in the village that hears most.
    pub minutes: Minutes,
}

/// What is one line of the page: the same start, expected at the same time, with the same obstacle.
pub type Key = (WallTime, CueId, Option<&'static str>);

/// A planned start, and which villages hear it.
#[derive(Debug, Clone)]
pub struct Start {
    /// Its broadcast.
    pub broadcast: BroadcastId,
    /// Whether it is the hearing of an emergency.
    pub is_emergency: bool,
    /// Whether that was an exercise.
    pub is_drill: bool,
    /// Whether that was ordered at a village PC.
    pub at_pc: bool,
    /// What it airs.
    pub title: String,
    /// How urgent that is.
    pub class: Class,
    /// When it is planned.
    pub planned: WallTime,
    /// When it begins after what precedes it.
    pub expected: WallTime,
    /// How long it lasts.
    pub duration: Duration,
    /// Village by village, what became of it or will.
    pub heard: Vec<(String, Heard)>,
}

/// How long a village hears its loudspeakers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minutes {
    /// On the whole day.
    pub day: Duration,
    /// In the morning session.
    pub morning: Duration,
    /// In the evening session.
    pub evening: Duration,
}

impl Day {
    /// A day on which nothing is planned.
    pub fn empty(date: Date) -> Self {
        Self {
            date,
            starts: BTreeMap::new(),
            notes: Vec::new(),
            minutes: Minutes::default(),
        }
    }

    /// Adds that a village hears a start.
    pub fn add(&mut self, cue: &Cue, village: &str, heard: Vec<Heard>) {
        let key = (cue.expected, cue.id.clone(), cue.obstacle.map(named));
        let start = self.starts.entry(key).or_insert_with(|| Start {
            broadcast: cue.broadcast.clone(),
            is_emergency: false,
            is_drill: false,
            at_pc: false,
            title: cue.title.clone(),
            class: cue.class,
            planned: cue.planned,
            expected: cue.expected,
            duration: cue.duration(),
            heard: Vec::new(),
        });
        let heard = heard.into_iter().map(|one| (village.to_owned(), one));
        start.heard.extend(heard);
    }

    /// Notes what one should know, once.
    pub fn note(&mut self, text: String, silences: bool) {
        if !self.notes.iter().any(|(known, _)| *known == text) {
            self.notes.push((text, silences));
        }
    }

    /// Counts what a village hears, where it hears more than others.
    pub fn count(&mut self, minutes: Minutes) {
        let most = &mut self.minutes;
        most.day = most.day.max(minutes.day);
        most.morning = most.morning.max(minutes.morning);
        most.evening = most.evening.max(minutes.evening);
    }
}

impl Minutes {
    /// How long the starts of a plan sound that nothing keeps off.
    pub fn of<'c>(cues: impl Iterator<Item = &'c Cue>, bands: &[Band], zone: &Zone) -> Self {
        let mut minutes = Self::default();
        for cue in cues.filter(|cue| cue.obstacle.is_none()) {
            let at = minute(zone.civil(cue.expected).time());
            minutes.day += cue.duration();
            match bands.iter().find(|band| band.holds(at)).map(|one| one.kind) {
                Some(Kind::Morning) => minutes.morning += cue.duration(),
                Some(Kind::Evening) => minutes.evening += cue.duration(),
                Some(Kind::Quiet | Kind::Between) | None => {}
            }
        }
        minutes
    }

    /// How long a part of the day sounds, where that is counted.
    pub fn in_part(&self, kind: Kind) -> Option<Duration> {
        match kind {
            Kind::Morning => Some(self.morning),
            Kind::Evening => Some(self.evening),
            Kind::Quiet | Kind::Between => None,
        }
    }
}

fn named(obstacle: Obstacle) -> &'static str {
    crate::as_run::words::obstacle(obstacle)
}
