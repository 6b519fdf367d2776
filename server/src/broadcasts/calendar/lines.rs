//! A day of the calendar in words: its parts, its starts, its free times.

use std::time::Duration;

use jiff::civil::Date;
use programme::ids::{AreaId, BulletinId};
use programme::programme::Class;
use programme::timetable::Timetable;
use programme::units::WallTime;
use programme::zone::Zone;

use super::bands::{Band, Kind, minute, text};
use super::day::{Day, Start};
use super::fates::Heard;
use crate::areas::sessions::Sessions;
use crate::as_run::day::Fate;
use crate::as_run::words::{self as as_run_words, Said};
use crate::broadcasts::choices::prefilled;
use crate::broadcasts::words::{self, DAYS};
use crate::emergencies::at_pcs;
use crate::web::shell::Shell;

/// So many villages are named; of more, their number is said.
const NAMED: usize = 3;
/// Minutes between two free times that a day offers.
const EVERY: i32 = 30;
/// The same outside the sessions.
const EVERY_BETWEEN: i32 = 60;

/// What lines are written with.
pub struct Frame<'f> {
    /// Who reads.
    pub shell: &'f Shell,
    /// The parts of the area's day.
    pub bands: Vec<Band>,
    /// The area's sessions.
    pub sessions: Sessions,
    /// Its holidays.
    pub timetable: &'f Timetable,
    /// The zone of its civil times.
    pub zone: &'f Zone,
    /// The time of this page.
    pub now: WallTime,
    /// How many villages were looked at.
    pub villages: usize,
    /// Where a free time leads: the area, and the bulletin that waits for a time.
    pub order: Option<(AreaId, Option<BulletinId>)>,
    /// Whether all free times are offered, or one in each session.
    pub whole_day: bool,
    /// So many starts are shown of a day.
    pub most: usize,
}

/// A day as the page shows it.
pub struct DayLines {
    /// Which one.
    pub date: Date,
    /// `T2 23/11`.
    pub title: String,
    /// What is kept on it, if it is a holiday.
    pub holiday: Option<String>,
    /// Whether it is the day on which the page is read.
    pub is_today: bool,
    /// Whether it is over.
    pub is_past: bool,
    /// Its parts, the earliest first.
    pub parts: Vec<Part>,
    /// What one should know, and whether something will not be heard because of it.
    pub notes: Vec<(String, bool)>,
    /// How long it sounds; empty for a silent day.
    pub minutes: String,
    /// What is more than a session should have.
    pub too_long: Vec<String>,
    /// So many starts are not shown.
    pub more: usize,
    /// How many starts there are.
    pub count: usize,
    /// How many of them went wrong.
    pub failed: usize,
}

/// A part of a day.
pub struct Part {
    /// `quiet`, `session` or `between`.
    pub kind: &'static str,
    /// What it is, and its hours.
    pub title: String,
    /// Its starts, soonest first.
    pub starts: Vec<StartLine>,
    /// Where free times lead, and what they are.
    pub free: Vec<(String, String)>,
}

/// A start as the page shows it.
pub struct StartLine {
    /// `17:00`.
    pub time: String,
    /// Set where it begins later than planned.
    pub expected: Option<String>,
    /// What it airs.
    pub title: String,
    /// Where the page of it is.
    pub page: String,
    /// `ordinary`, `priority` or `emergency`.
    pub class: &'static str,
    /// The key of its sign: that of its class, or that of an exercise.
    pub sign: String,
    /// How long it lasts.
    pub duration: String,
    /// Where it is heard, unless that is everywhere.
    pub places: Option<String>,
    /// Where it is stopped, while it sounds.
    pub stop: Option<String>,
    /// What became of it, and where, unless that is everywhere.
    pub said: Vec<(Said, Option<String>)>,
}

impl Frame<'_> {
    /// A day in words.
    pub fn day(&self, day: &Day) -> DayLines {
        let today = self.zone.date(self.now);
        let starts: Vec<&Start> = day.starts.values().collect();
        let mut shown: Vec<(i32, StartLine)> = starts
            .iter()
            .take(self.most)
            .map(|start| (self.minute(start.planned), self.start(start)))
            .collect();
        let taken = self.taken(&starts);
        let mut parts = Vec::with_capacity(self.bands.len());
        for band in &self.bands {
            let own = shown.extract_if(.., |(at, _)| band.holds(*at));
            let starts: Vec<StartLine> = own.map(|(_, start)| start).collect();
            parts.push(Part {
                kind: kind(band.kind),
                title: self.part(band, day),
                starts,
                free: self.free(band, day.date, &taken),
            });
        }
        DayLines {
            date: day.date,
            title: title(day.date, self.shell),
            holiday: self.timetable.holiday(day.date).map(|one| one.name.clone()),
            is_today: day.date == today,
            is_past: day.date < today,
            parts,
            notes: day.notes.clone(),
            minutes: self.minutes(day),
            too_long: self.too_long(day),
            more: starts.len().saturating_sub(self.most),
            count: starts.len(),
            failed: starts.iter().filter(|start| failed(start)).count(),
        }
    }

    fn minute(&self, at: WallTime) -> i32 {
        minute(self.zone.civil(at).time())
    }

    /// When something is on air: the first minute of each start, and the first after it.
    fn taken(&self, starts: &[&Start]) -> Vec<(i32, i32)> {
        let minutes = |span: Duration| i32::try_from(span.as_secs().div_ceil(60)).unwrap_or(0);
        let taken = starts.iter().map(|start| {
            let from = self.minute(start.expected);
            (from, from.saturating_add(minutes(start.duration)))
        });
        taken.collect()
    }

    fn part(&self, band: &Band, day: &Day) -> String {
        let key = match band.kind {
            Kind::Quiet => "calendar-quiet",
            Kind::Morning => "calendar-morning",
            Kind::Evening => "calendar-evening",
            Kind::Between => "calendar-between",
        };
        let hours = format!("{}–{}", text(band.from), text(band.until));
        let said = format!("{} {hours}", self.shell.say(key));
        match day.minutes.in_part(band.kind) {
            Some(long) if !long.is_zero() => format!("{said} · {}", self.span(long)),
            Some(_) | None => said,
        }
    }

    /// A span in whole minutes, begun ones counted whole.
    fn span(&self, span: Duration) -> String {
        let minutes = span.as_secs().div_ceil(60).to_string();
        self.shell.say1("calendar-minutes", "minutes", minutes)
    }

    fn minutes(&self, day: &Day) -> String {
        let all = day.minutes.day;
        match (all.is_zero(), self.villages > 1) {
            (true, _) => String::new(),
            (false, false) => self.span(all),
            (false, true) => self.shell.say1("calendar-at-most", "span", self.span(all)),
        }
    }

    fn too_long(&self, day: &Day) -> Vec<String> {
        let most = self.sessions.limits().session;
        let sessions = [
            ("calendar-morning", day.minutes.morning),
            ("calendar-evening", day.minutes.evening),
        ];
        let long = sessions.into_iter().filter(|(_, long)| *long > most);
        long.map(|(key, long)| {
            let session = self.shell.say(key);
            let said = ("session", format!("{session}: {}", self.span(long)));
            let most = self.sessions.most_minutes.to_string();
            self.shell.say2("calendar-too-long", said, ("most", most))
        })
        .collect()
    }

    /// Free times of a part of a day, each with where it leads.
    fn free(&self, band: &Band, date: Date, taken: &[(i32, i32)]) -> Vec<(String, String)> {
        let today = self.zone.date(self.now);
        let Some((area, bulletin)) = self.order.as_ref().filter(|_| date >= today) else {
            return Vec::new();
        };
        // Whoever fills in the form needs some minutes.
        let earliest = match date == today {
            true => self.minute(self.now) + 5,
            false => 0,
        };
        let is_session = matches!(band.kind, Kind::Morning | Kind::Evening);
        let free = match (self.whole_day, is_session) {
            (true, true) => band.all_free(earliest, taken, EVERY),
            (true, false) => band.all_free(earliest, taken, EVERY_BETWEEN),
            (false, true) => band.free_from(earliest, taken).into_iter().collect(),
            (false, false) => Vec::new(),
        };
        let start = prefilled(bulletin.as_ref(), area);
        let place = if bulletin.is_some() {
            "preview"
        } else {
            "what"
        };
        free.into_iter()
            .map(|at| {
                let time = text(at);
                let address = format!("{start}&when=once&date={date}&time={time}#{place}");
                (address, time)
            })
            .collect()
    }

    fn start(&self, start: &Start) -> StartLine {
        let civil = |at: WallTime, form: &str| self.zone.civil(at).strftime(form).to_string();
        let page = match (start.at_pc, start.is_emergency) {
            (true, _) => at_pcs::PAGE.to_owned(),
            (false, true) => format!("/emergencies/{}", start.broadcast),
            (false, false) => format!("/broadcasts/{}", start.broadcast),
        };
        let mut villages: Vec<&str> = start.heard.iter().map(|(name, _)| &**name).collect();
        villages.dedup();
        let everywhere = villages.len() >= self.villages;
        StartLine {
            time: civil(start.planned, "%H:%M"),
            expected: (start.expected > start.planned).then(|| civil(start.expected, "%H:%M:%S")),
            title: start.title.clone(),
            stop: self
                .sounds(start)
                .then(|| format!("/broadcasts/{}#stop", start.broadcast)),
            page,
            class: class(start.class),
            sign: match start.is_drill {
                true => "calendar-sign-drill".to_owned(),
                false => format!("calendar-sign-{}", class(start.class)),
            },
            duration: words::span(start.duration, self.shell),
            places: (!everywhere).then(|| self.some(&villages)),
            said: self.said(start),
        }
    }

    /// Whether it is on air somewhere; an emergency is cancelled on its own page.
    fn sounds(&self, start: &Start) -> bool {
        let on_air = Heard::Said(Fate::OnAir);
        !start.is_emergency && start.heard.iter().any(|(_, heard)| *heard == on_air)
    }

    /// What became of a start, those villages together that say the same.
    fn said(&self, start: &Start) -> Vec<(Said, Option<String>)> {
        let mut said: Vec<(Said, Vec<&str>)> = Vec::new();
        let to_come = Heard::Said(Fate::ToCome);
        for (village, heard) in start.heard.iter().filter(|(_, heard)| *heard != to_come) {
            let words = match heard {
                Heard::Said(fate) => as_run_words::fate(fate, self.shell.language),
                Heard::NoStation => Said {
                    text: self.shell.say("calendar-no-station-then"),
                    tone: "warn",
                },
            };
            match said.iter_mut().find(|(known, _)| *known == words) {
                Some((_, villages)) => villages.push(village),
                None => said.push((words, vec![village])),
            }
        }
        let all = start.heard.len();
        said.into_iter()
            .map(|(words, villages)| {
                let places = (villages.len() < all).then(|| self.some(&villages));
                (words, places)
            })
            .collect()
    }

    fn some(&self, villages: &[&str]) -> String {
        let shown = villages.iter().take(NAMED).copied();
        let named = shown.collect::<Vec<_>>().join(", ");
        match villages.len().saturating_sub(NAMED) {
            0 => named,
            more => format!(
                "{named}, {}",
                self.shell
                    .say1("broadcasts-more-villages", "count", more.to_string())
            ),
        }
    }
}

/// `T2 23/11`.
pub fn title(date: Date, shell: &Shell) -> String {
    let found = DAYS.iter().find(|(day, _)| *day == date.weekday());
    let day = found.map(|(_, key)| shell.say(key)).unwrap_or_default();
    format!("{day} {}", date.strftime("%d/%m"))
}

/// Whether a start was not heard whole everywhere, as far as anybody said.
fn failed(start: &Start) -> bool {
    let mut heard = start.heard.iter();
    heard.any(|(_, heard)| match heard {
        Heard::Said(Fate::Known(outcome)) => *outcome != programme::as_run::Outcome::Aired,
        Heard::Said(Fate::Hindered(_)) => true,
        Heard::Said(Fate::OnAir | Fate::ToCome | Fate::Unreported) | Heard::NoStation => false,
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Quiet => "quiet",
        Kind::Morning | Kind::Evening => "session",
        Kind::Between => "between",
    }
}

/// The name of a class among signs and styles.
pub fn class(class: Class) -> &'static str {
    match class {
        Class::Ordinary => "ordinary",
        Class::Priority => "priority",
        Class::Emergency => "emergency",
    }
}
