//! What STOP ended last, and what waited at that moment and is left out with it: for the screen.

use programme::as_run::{CutCause, Record};
use programme::day_plan::Cue;
use programme::stop::FromPanel;
use programme::units::WallTime;

use super::Daemon;

/// What one STOP did, until something else airs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stopped {
    /// The title of what it ended, and who pressed it where that was on the panel.
    pub title: Option<String>,
    /// Titles of what waited, each once.
    pub left_out: Vec<String>,
}

impl Stopped {
    /// Whether it did nothing that anybody could miss.
    pub fn is_nothing(&self) -> bool {
        self.title.is_none() && self.left_out.is_empty()
    }

    /// Adds what waited. Between two hearings an emergency has the air: it is what was stopped.
    pub fn leave_out(&mut self, cue: &Cue) {
        let title = marked_title(cue);
        if cue.id.hearing().is_some() {
            self.title.get_or_insert(title);
        } else if !self.left_out.contains(&title) {
            self.left_out.push(title);
        }
    }
}

impl Daemon {
    /// The title of what STOP silenced, if that is what a line says.
    pub(super) fn stopped_by(&self, record: &Record) -> Option<String> {
        let Record::Ended {
            attempt,
            cut: Some(CutCause::Operator),
            stopped: from_panel,
            ..
        } = record
        else {
            return None;
        };
        let mut aired = self.on_output.values();
        let aired = aired.find(|aired| aired.id == *attempt)?;
        Some(match from_panel {
            Some(FromPanel { by, .. }) => format!("{} ({by})", aired.title),
            None => aired.title.clone(),
        })
    }
}

/// Titles of what waits at `wall` and would be left out by STOP, each once.
pub(super) fn waiting(next: &[Cue], wall: Option<WallTime>) -> Vec<String> {
    let mut titles = Vec::new();
    let due = |cue: &&Cue| cue.order.is_none() && wall.is_some_and(|wall| cue.planned <= wall);
    for cue in next.iter().filter(due) {
        if !titles.contains(&cue.title) {
            titles.push(cue.title.clone());
        }
    }
    titles
}

/// What a cue is called on the page and in the log: a drill never passes for the real thing.
pub(super) fn marked_title(cue: &Cue) -> String {
    match cue.order.as_ref().is_some_and(|order| order.drill) {
        true => format!("DIỄN TẬP: {}", cue.title),
        false => cue.title.clone(),
    }
}
