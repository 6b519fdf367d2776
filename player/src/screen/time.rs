//! A person says what time it is: by one press on the page, by typing, or by the command line.
//!
//! What is said belongs to the moment at which it was asked, so that neither reading a warning nor
//! a slow hand makes it wrong. Whether it is believed is the rule of `programme::clock::person`.

use std::ops::Range;
use std::time::Duration;

use askama::Template;
use axum::extract::{Form, Query, State as Given};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::civil::{Date, DateTime, Time};
use programme::clock::person::{self, Doubt};
use programme::clock::{Vouched, Voucher};
use programme::units::{BootTime, WallTime};
use programme::zone::Zone;
use serde::{Deserialize, Serialize};

use super::page::{clock_time, date, zone_of};
use super::words::time::TimeWords;
use super::{Choice, Screen};
use crate::daemon::Status;
use crate::screen::words::ScreenLanguage;

/// Whoever presses later has not looked at what is shown.
const FRESH: Duration = Duration::from_secs(60);

/// The years that a clock can mean, from 2020 to 2200: another is a slip of the hand.
const MEANT: Range<WallTime> =
    WallTime::from_millis(1_577_836_800_000)..WallTime::from_millis(7_258_118_400_000);

/// What is sent: either what was shown when the question was asked, or a date and a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The date as it was typed, or an instant of RFC 3339.
    #[serde(default)]
    pub date: String,
    /// The time as it was typed.
    #[serde(default)]
    pub time: String,
    /// The wall time that is confirmed.
    #[serde(rename = "shown_ms", skip_serializing_if = "Option::is_none")]
    pub shown: Option<i64>,
    /// The boot-time reading at which it was shown.
    #[serde(rename = "shown_boot_ms", skip_serializing_if = "Option::is_none")]
    pub shown_boot: Option<u64>,
    /// The boot in which it was shown.
    #[serde(default)]
    pub boot_id: String,
    /// Whether it is confirmed against a doubt.
    #[serde(default)]
    pub sure: bool,
}

/// Why an answer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// The date cannot be read.
    Date,
    /// The time cannot be read.
    Time,
    /// It answers a question of long ago.
    Stale,
    /// Somebody whose word counts more has vouched.
    KnownBetter,
    /// This PC is no station.
    NoStation,
}

/// What is shown, with the moment to which it belongs.
pub(super) struct Question {
    pub shown_ms: i64,
    pub shown_boot_ms: u64,
    pub boot_id: String,
    pub text: String,
}

impl Question {
    /// Whether `wall` is the time at the boot-time reading `boot`.
    pub(super) fn about(
        (wall, boot): (WallTime, BootTime),
        screen: &Screen,
        zone: Option<&Zone>,
        language: ScreenLanguage,
    ) -> Self {
        let day = date(wall, zone, language);
        Self {
            shown_ms: wall.as_millis(),
            shown_boot_ms: u64::try_from(boot.since_boot().as_millis()).unwrap_or(u64::MAX),
            boot_id: screen.boot_id(),
            text: format!("{}, {day}", clock_time(wall, zone, false)),
        }
    }
}

#[derive(Template)]
#[template(path = "time.html")]
struct Page {
    product: &'static str,
    words: TimeWords,
    language: &'static str,
    date: String,
    time: String,
    alert: Option<String>,
    /// What is asked about once more.
    again: Option<Question>,
}

/// `GET /time`
pub(super) async fn show(
    Given(screen): Given<Screen>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let language = screen.spoken(&choice, &headers);
    let zone = zone_of(&screen.status());
    let now = screen.clock.system();
    let shown = zone.as_ref().map(|zone| zone.civil(now));
    let said = Said {
        // A date as people there write it, whatever language the browser speaks, and no hour: that
        // is read off a watch.
        date: shown.map_or_else(String::new, |now| now.strftime("%d/%m/%Y").to_string()),
        ..Said::default()
    };
    page(&said, None, None, language).map(IntoResponse::into_response)
}

/// `POST /time`
pub(super) async fn take(
    Given(screen): Given<Screen>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Result<Response, StatusCode> {
    let language = screen.spoken(&choice, &headers);
    let status = screen.status();
    let zone = zone_of(&status);
    let plain = headers
        .get(ACCEPT)
        .is_some_and(|kinds| kinds.as_bytes() == b"text/plain");
    let vouched = match heard(&said, &status, &screen, zone.as_ref()) {
        Ok(vouched) => vouched,
        Err(slip) => {
            let alert = language.slip(slip).to_owned();
            let code = StatusCode::UNPROCESSABLE_ENTITY;
            return refusal(code, plain, &said, (alert, None), language);
        }
    };
    let doubt = person::doubt(vouched.wall, status.newest, status.issued_at);
    if let Some(doubt) = doubt.filter(|_| !said.sure) {
        let (Doubt::BeforeNewest(at) | Doubt::BeforeProgramme(at) | Doubt::LongAfter(at)) = doubt;
        let at = moment(at, zone.as_ref(), language);
        let alert = language.doubt(&doubt, &at);
        let moment = (vouched.wall, vouched.boot);
        let again = Question::about(moment, &screen, zone.as_ref(), language);
        return refusal(
            StatusCode::CONFLICT,
            plain,
            &said,
            (alert, Some(again)),
            language,
        );
    }
    let text = moment(vouched.wall, zone.as_ref(), language);
    let told = screen.times.send(vouched).await;
    told.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(if plain {
        text.into_response()
    } else {
        Redirect::to("/").into_response()
    })
}

/// What a person states by `said`, if it is an answer at all.
fn heard(
    said: &Said,
    status: &Status,
    screen: &Screen,
    zone: Option<&Zone>,
) -> Result<Vouched, Slip> {
    if status.station.is_none() {
        return Err(Slip::NoStation);
    }
    if status.clock.is_some_and(|by| by > Voucher::Person) {
        return Err(Slip::KnownBetter);
    }
    let now = screen.clock.boot();
    let meant = |wall| MEANT.contains(&wall).then_some(wall).ok_or(Slip::Date);
    let (Some(shown), Some(shown_boot)) = (said.shown, said.shown_boot) else {
        let wall = meant(typed(&said.date, &said.time, zone)?)?;
        return Ok(person::vouch(wall, now));
    };
    let boot = BootTime::after_boot(Duration::from_millis(shown_boot));
    let fresh = said.sure || now.since(boot) <= FRESH;
    if said.boot_id != screen.boot_id() || boot > now || !fresh {
        return Err(Slip::Stale);
    }
    Ok(person::vouch(meant(WallTime::from_millis(shown))?, boot))
}

/// The instant that was typed, in the zone of the village.
fn typed(date: &str, time: &str, zone: Option<&Zone>) -> Result<WallTime, Slip> {
    let (date, time) = (date.trim(), time.trim());
    if let (Ok(instant), "") = (date.parse::<jiff::Timestamp>(), time) {
        return Ok(instant.into());
    }
    let civil = DateTime::from_parts(day(date)?, hour(time)?);
    // Of a minute that is meant as a whole, the middle.
    let middle = if time.matches([':', 'h', 'H']).count() < 2 {
        Duration::from_secs(30)
    } else {
        Duration::ZERO
    };
    let instant = zone
        .and_then(|zone| zone.instant(civil))
        .ok_or(Slip::Date)?;
    Ok(instant + middle)
}

fn day(text: &str) -> Result<Date, Slip> {
    let iso = text.parse::<Date>();
    let day = iso.or_else(|_| Date::strptime("%d/%m/%Y", text));
    day.map_err(|_| Slip::Date)
}

/// A time of day as people write it: 17:05, 7:05, 17h05, 17:05:30.
fn hour(text: &str) -> Result<Time, Slip> {
    let parts = text.split([':', 'h', 'H']).map(str::trim);
    let numbers: Result<Vec<i8>, _> = parts.map(str::parse).collect();
    let time = match numbers.map_err(|_| Slip::Time)?[..] {
        [hour, minute] => Time::new(hour, minute, 0, 0),
        [hour, minute, second] => Time::new(hour, minute, second, 0),
        _ => return Err(Slip::Time),
    };
    time.map_err(|_| Slip::Time)
}

fn moment(at: WallTime, zone: Option<&Zone>, language: ScreenLanguage) -> String {
    let day = date(at, zone, language);
    format!("{}, {day}", clock_time(at, zone, false))
}

fn refusal(
    status: StatusCode,
    plain: bool,
    said: &Said,
    (alert, again): (String, Option<Question>),
    language: ScreenLanguage,
) -> Result<Response, StatusCode> {
    if plain {
        let kind = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
        return Ok((status, kind, alert).into_response());
    }
    let page = page(said, Some(alert), again, language)?;
    Ok((status, page).into_response())
}

fn page(
    said: &Said,
    alert: Option<String>,
    again: Option<Question>,
    language: ScreenLanguage,
) -> Result<Html<String>, StatusCode> {
    let page = Page {
        product: language.words().product,
        words: language.time_words(),
        language: language.code(),
        date: said.date.clone(),
        time: said.time.clone(),
        alert,
        again,
    };
    let html = page.render();
    html.map(Html)
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn instant(date: &str, time: &str) -> Result<WallTime, Slip> {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        typed(date, time, Some(&zone))
    }

    #[test]
    fn dates_and_times_are_read_as_people_write_them() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        let five_past = zone.instant(date(2026, 11, 25).at(17, 5, 0, 0)).unwrap();
        let middle = Ok(five_past + Duration::from_secs(30));
        for (date, time) in [
            ("2026-11-25", "17:05"),
            ("25/11/2026", "17h05"),
            (" 25/11/2026 ", "17 : 05"),
        ] {
            assert_eq!(instant(date, time), middle, "{date} {time}");
        }
        assert_eq!(instant("2026-11-25", "17:05:00"), Ok(five_past));
        assert_eq!(instant("2026-11-25T17:05:00+07:00", ""), Ok(five_past));
        assert_eq!(instant("25.11", "17:05"), Err(Slip::Date));
        assert_eq!(instant("31/02/2026", "17:05"), Err(Slip::Date));
        assert_eq!(instant("25/11/2026", "25:05"), Err(Slip::Time));
        assert_eq!(instant("25/11/2026", ""), Err(Slip::Time));
    }
}
