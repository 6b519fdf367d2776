//! The pages of the calendar: a day, a week, a month of an area.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use programme::ids::{AreaId, BulletinId};
use programme::zone::Zone;
use serde::Deserialize;

use super::bands::bands;
use super::gather::{self, Calendar};
use super::lines::{DayLines, Frame, title};
use super::span::View;
use crate::areas::area::{self, Area};
use crate::areas::tree::{self, Listed};
use crate::broadcasts::words::DAYS;
use crate::bulletins::bulletin;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Query;
use crate::web::shell::{Shell, page};

/// So many starts of a day are shown among other days.
const MOST_OF_MANY: usize = 40;
/// So many starts are shown of a day by itself.
const MOST_OF_ONE: usize = 400;
/// Years for which calendars are shown; others are slips of the finger.
const YEARS: std::ops::RangeInclusive<i16> = 2020..=2099;

/// What the address of a page says.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Wanted {
    /// An area; the widest that the reader sees when it is empty.
    #[serde(default)]
    area: String,
    /// A day, `2026-11-23`; today when it is empty.
    #[serde(default)]
    day: String,
    /// A [`View`].
    #[serde(default)]
    view: String,
    /// A bulletin that waits for a time.
    #[serde(default)]
    bulletin: String,
}

#[derive(Template)]
#[template(path = "broadcasts/calendar.html")]
struct CalendarPage {
    shell: Shell,
    view: View,
    day: Date,
    today: Date,
    area: Area,
    areas: Vec<Listed>,
    /// The bulletin that waits for a time.
    waiting: Option<(BulletinId, String)>,
    days: Vec<DayLines>,
    /// How many villages were looked at and how many there are, where that is not the same.
    partly: Option<(String, String)>,
    /// Whether stations reported more than was read.
    truncated: bool,
    /// Whether there are more broadcasts than were looked at.
    lacks: bool,
    /// Villages without a station; empty when all have one.
    without_station: String,
    may_order: bool,
}

/// `/broadcasts/calendar`
pub async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let areas = tree::visible(&mut connection, actor.id()).await?;
    let area = area_of(&state, &mut connection, &actor, &areas, &wanted.area).await?;
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let today = zone.date(state.now());
    let day = day_of(&wanted.day, today)?;
    let view = View::from_name(&wanted.view);
    let waiting = waiting(&state, &mut connection, &actor, &wanted.bulletin).await?;
    let may_order = actor.may(Right::Schedule, &area) && area.within_closed_ms.is_none();
    let dates = view.days(day);
    let calendar = gather::of(&state, &mut connection, &shell, &area, &dates).await?;
    let bulletin = waiting.as_ref().map(|(id, _)| id.clone());
    let frame = Frame {
        shell: &shell,
        bands: bands(area.ways.quiet_hours, area.ways.sessions),
        sessions: area.ways.sessions,
        timetable: &area.ways.timetable,
        zone: &zone,
        now: state.now(),
        villages: calendar.villages.len(),
        order: may_order.then(|| (area.id.clone(), bulletin)),
        whole_day: view == View::Day,
        most: match view {
            View::Day => MOST_OF_ONE,
            View::Week | View::Month => MOST_OF_MANY,
        },
    };
    let days = calendar.days.iter().map(|day| frame.day(day)).collect();
    page(&CalendarPage {
        partly: partly(&calendar),
        truncated: calendar.truncated,
        lacks: calendar.lacks,
        without_station: calendar.without_station.join(", "),
        days,
        view,
        day,
        today,
        area,
        areas,
        waiting,
        may_order,
        shell,
    })
}

fn partly(calendar: &Calendar) -> Option<(String, String)> {
    let (looked_at, meant) = (calendar.villages.len(), calendar.meant);
    (looked_at < meant).then(|| (looked_at.to_string(), meant.to_string()))
}

/// The area that an address names, or the widest of those that its reader sees.
///
/// # Errors
/// 404 for what there is not, or what they may not see.
pub(super) async fn area_of(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    visible: &[Listed],
    name: &str,
) -> Result<Area> {
    let id = match (name.is_empty(), visible.first()) {
        (true, Some(first)) => first.id.parse(),
        _ => name.parse(),
    };
    let id: AreaId = id.map_err(|_| Error::not_found())?;
    let area = area::find(state, connection, &id).await?;
    actor.require(Right::View, &area)?;
    Ok(area)
}

/// The day that an address names; today when it names none.
///
/// # Errors
/// 422 for what is no day of a calendar.
pub(super) fn day_of(text: &str, today: Date) -> Result<Date> {
    if text.is_empty() {
        return Ok(today);
    }
    let read = text.parse().ok();
    read.filter(|day: &Date| YEARS.contains(&day.year()))
        .ok_or_else(|| Error::invalid("error-as-run-day").with("day", text))
}

/// The bulletin that waits for a time, with its title.
async fn waiting(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &str,
) -> Result<Option<(BulletinId, String)>> {
    if id.is_empty() {
        return Ok(None);
    }
    let id: BulletinId = id.parse().map_err(|_| Error::not_found())?;
    let (found, _) = bulletin::visible(state, connection, actor, &id).await?;
    Ok(Some((id, found.content.title)))
}

impl CalendarPage {
    /// The address of another page of the calendar.
    fn at(&self, view: View, day: &Date) -> String {
        let waiting = self.waiting.as_ref();
        let bulletin = waiting.map(|(id, _)| format!("&bulletin={id}"));
        format!(
            "/broadcasts/calendar?area={}&view={}&day={day}{}",
            self.area.id,
            view.name(),
            bulletin.unwrap_or_default()
        )
    }

    fn before(&self) -> String {
        self.at(self.view, &self.view.before(self.day))
    }

    fn after(&self) -> String {
        self.at(self.view, &self.view.after(self.day))
    }

    fn of_today(&self) -> String {
        self.at(self.view, &self.today)
    }

    fn of_day(&self, day: &Date) -> String {
        self.at(View::Day, day)
    }

    /// The views, each with its address and whether it is this one.
    fn views(&self) -> Vec<(&'static str, String, bool)> {
        let one = |view: View| {
            let key = match view {
                View::Day => "calendar-day",
                View::Week => "calendar-week",
                View::Month => "calendar-month",
            };
            (key, self.at(view, &self.day), view == self.view)
        };
        View::ALL.into_iter().map(one).collect()
    }

    /// What the page shows, as `T2 23/11 – CN 29/11/2026`.
    fn span(&self) -> String {
        let year = self.day.strftime("%Y");
        match (self.view, self.days.first(), self.days.last()) {
            (View::Month, ..) => {
                let month = self.day.strftime("%m/%Y").to_string();
                self.shell.say1("calendar-month-of", "month", month)
            }
            (View::Week, Some(first), Some(last)) => {
                format!(
                    "{} – {}/{}",
                    first.title,
                    last.title,
                    last.date.strftime("%Y")
                )
            }
            _ => format!("{}/{year}", title(self.day, &self.shell)),
        }
    }

    /// Where the day that is shown can be heard beforehand.
    fn rehearsal(&self) -> Option<String> {
        let ahead = self.is_day() && self.day >= self.today;
        ahead.then(|| super::rehearsal::address(&self.area.id, self.day))
    }

    fn is_month(&self) -> bool {
        self.view == View::Month
    }

    fn is_week(&self) -> bool {
        self.view == View::Week
    }

    /// Whether this is the week that goes on, and no longer its first day.
    fn has_days_behind(&self) -> bool {
        let behind = self.days.first().is_some_and(|day| day.is_past);
        behind && self.is_week() && self.days.iter().any(|day| day.is_today)
    }

    fn is_day(&self) -> bool {
        self.view == View::Day
    }

    /// Names of the days of the week.
    fn weekdays(&self) -> Vec<&'static str> {
        DAYS.iter().map(|(_, key)| *key).collect()
    }

    /// The weeks that are shown.
    fn weeks(&self) -> Vec<&[DayLines]> {
        self.days.chunks(7).collect()
    }

    fn is_in_month(&self, day: &DayLines) -> bool {
        day.date.month() == self.day.month()
    }

    /// The date as the month shows it.
    fn number(&self, day: &DayLines) -> String {
        day.date.strftime("%-d").to_string()
    }

    /// Whether an area is the one that is shown.
    fn is_here(&self, id: &str) -> bool {
        self.area.id.as_str() == id
    }
}

impl DayLines {
    /// What a reader hears of a cell of the month.
    fn in_short(&self, shell: &Shell) -> String {
        let mut words = vec![self.title.clone()];
        words.extend(self.holiday.clone());
        words.push(shell.say1("calendar-starts", "count", self.count.to_string()));
        if !self.minutes.is_empty() {
            words.push(self.minutes.clone());
        }
        if !self.notes.is_empty() {
            let count = self.notes.len().to_string();
            words.push(shell.say1("calendar-notes", "count", count));
        }
        if self.failed > 0 {
            let count = self.failed.to_string();
            words.push(shell.say1("calendar-failed", "count", count));
        }
        words.join(", ")
    }
}
