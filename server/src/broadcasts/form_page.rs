//! The page of the form by which people order a broadcast.

use askama::Template;
use programme::ids::BulletinId;
use programme::timetable::{DayType, Session, Timetable};

use super::choices::Quick;
use super::clash::Clash;
use super::form::Fields;
use super::limits::Beyond;
use super::pages::Looked;
use super::words::DAYS;
use crate::areas::timetable_words;
use crate::areas::tree::Listed;
use crate::web::errors::Refusal;
use crate::web::shell::Shell;

#[derive(Template)]
#[template(path = "broadcasts/form.html")]
pub(super) struct FormPage {
    pub(super) shell: Shell,
    pub(super) fields: Fields,
    /// What is wrong stands beside this field.
    pub(super) wrong: &'static str,
    pub(super) areas: Vec<Listed>,
    pub(super) bulletins: Vec<(BulletinId, String)>,
    pub(super) quick: Vec<Quick>,
    /// The hours of the sessions.
    pub(super) timetable: Timetable,
    pub(super) preview: Option<Preview>,
    /// What is given another time.
    pub(super) moved: Option<Moved>,
}

/// A broadcast that is given another time, in words, as it is.
pub(super) struct Moved {
    pub(super) title: String,
    pub(super) places: String,
    pub(super) rule: String,
    /// The hours of today that began or were due, and stay.
    pub(super) stays: Option<String>,
    /// It is on air, and will be no more.
    pub(super) sounds: bool,
    /// It is heard on more than one day.
    pub(super) repeats: bool,
}

/// What the villages would hear.
pub(super) struct Preview {
    pub(super) looked: Looked,
    pub(super) clashes: Vec<Clash>,
    /// Why no start will be heard anywhere, if none will.
    pub(super) silent: Option<Refusal>,
    /// What can be done where it goes beyond what villages lay down.
    pub(super) beyond: Option<Beyond>,
    /// It is shown in place of keeping what had not been looked at.
    pub(super) was_unseen: bool,
}

impl FormPage {
    /// Names what the page does.
    fn title(&self) -> &'static str {
        match self.moved {
            Some(_) => "broadcasts-move",
            None => "broadcasts-add",
        }
    }

    /// Names what the button says that keeps it.
    fn place(&self) -> &'static str {
        match (&self.moved, self.fields.when.as_str()) {
            (Some(_), _) => "broadcasts-move-place",
            (None, "now") => "now-place",
            (None, _) => "broadcasts-place",
        }
    }

    /// Whether what repeats would end, as it is filled in.
    fn would_end(&self) -> bool {
        let repeats = self.moved.as_ref().is_some_and(|moved| moved.repeats);
        repeats && !["daily", "weekly"].contains(&self.fields.when.as_str())
    }

    fn has_area(&self, id: &str) -> bool {
        self.fields.areas.iter().any(|area| area == id)
    }

    /// The days of the week: as they are sent, the name of their title, whether they are chosen.
    fn days(&self) -> Vec<(String, &'static str, bool)> {
        let day = |(day, key): (jiff::civil::Weekday, &'static str)| {
            let number = day.to_monday_one_offset().to_string();
            let chosen = self.fields.days.contains(&number);
            (number, key, chosen)
        };
        DAYS.into_iter().map(day).collect()
    }

    /// The sessions: as they are sent, in words with their hours, whether they are chosen.
    fn sessions(&self) -> Vec<(&'static str, String, bool)> {
        let session = |one: Session| {
            let chosen = self.fields.sessions.iter().any(|name| name == one.name());
            let words = timetable_words::session(one, Some(&self.timetable), &self.shell);
            (one.name(), words, chosen)
        };
        Session::ALL.into_iter().map(session).collect()
    }

    /// The types of day: as they are sent, in words, whether one is chosen.
    fn day_types(&self) -> Vec<(&'static str, String, bool)> {
        let day_type = |on: DayType| {
            let words = timetable_words::day_type(on, &self.shell);
            (on.name(), words, self.fields.on == on.name())
        };
        DayType::ALL.into_iter().map(day_type).collect()
    }

    fn repeats(&self) -> Vec<&str> {
        with(&["1", "2", "3", "4", "5"], &self.fields.repeats)
    }

    fn gaps(&self) -> Vec<&str> {
        with(&["5", "15", "30", "60", "120"], &self.fields.gap)
    }
}

/// What a list offers, with what is chosen already.
fn with<'c>(offered: &[&'c str], chosen: &'c str) -> Vec<&'c str> {
    let other = Some(chosen).filter(|one| !one.is_empty() && !offered.contains(one));
    offered.iter().copied().chain(other).collect()
}
