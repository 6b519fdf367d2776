//! The form by which a broadcast is given another time, filled in as it stands.

use jiff::civil::{Date, Time, Weekday};
use programme::programme::MissedRule;
use programme::rule::{Rule, Span};
use programme::timetable::Session;

use crate::broadcasts::broadcast::Broadcast;
use crate::broadcasts::form::Fields;
use crate::broadcasts::order::minute;
use crate::web::overtaken::Opened;

impl Fields {
    /// The form by which `old` is given another time, filled in as it stands from `next` on, which
    /// is the first day of which something is given another time.
    pub fn of(old: &Broadcast, next: Date, key: String) -> Self {
        let mut fields = Self {
            bulletins: old.bulletins.iter().map(ToString::to_string).collect(),
            areas: old.targets.iter().map(ToString::to_string).collect(),
            repeats: old.repeats.to_string(),
            gap: old.gap.as_secs().to_string(),
            chime: old.chime,
            moves: old.id.to_string(),
            opened: Opened::with(old.version()),
            ..Self::empty(next, key)
        };
        let missed = match old.missed {
            MissedRule::OnlyThen => ("only_then", String::new()),
            MissedRule::Until { until } => ("until", minute(until)),
            MissedRule::AskHead => ("ask_head", String::new()),
        };
        (fields.missed, fields.missed_until) = (missed.0.to_owned(), missed.1);
        match &old.rule {
            Rule::Now { .. } => {}
            Rule::Once { at } => {
                "once".clone_into(&mut fields.when);
                (fields.date, fields.time) = (at.date().to_string(), minute(at.time()));
            }
            Rule::Daily {
                times,
                sessions,
                span,
            } => fields.repeating("daily", times, sessions, span, next),
            Rule::Weekly {
                days,
                times,
                sessions,
                span,
            } => {
                let number = |day: &Weekday| day.to_monday_one_offset().to_string();
                fields.days = days.iter().map(number).collect();
                fields.repeating("weekly", times, sessions, span, next);
            }
        }
        fields
    }

    fn repeating(
        &mut self,
        when: &str,
        times: &[Time],
        sessions: &[Session],
        span: &Span,
        next: Date,
    ) {
        when.clone_into(&mut self.when);
        self.times = times.iter().map(|time| minute(*time)).collect();
        self.sessions = sessions.iter().map(|one| one.name().to_owned()).collect();
        self.until = span.until.map(|day| day.to_string()).unwrap_or_default();
        let except = span.except.iter().filter(|day| **day >= next);
        let except = except.map(|day| day.strftime("%d/%m/%Y").to_string());
        self.except = except.collect::<Vec<_>>().join(", ");
        span.on.name().clone_into(&mut self.on);
    }
}
