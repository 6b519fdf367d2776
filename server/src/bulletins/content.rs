//! What a bulletin may say.

use axum::http::StatusCode;
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use programme::programme::Class;
use programme::units::WallTime;
use programme::zone::Zone;
use serde_json::json;

use super::behalf;
use super::bulletin::{self, Content, class_name};
use crate::areas::area::Area;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Letters of a title: it must fit a screen and a log.
pub const TITLE_LIMIT: usize = 120;
/// Letters of a script: half an hour of reading.
pub const SCRIPT_LIMIT: usize = 20_000;

/// Years for which a bulletin may hold: a campaign and its sequel, and no slip of the year.
pub const YEARS: i64 = 2;

/// Checks content and gives back the end of its last day.
///
/// # Errors
/// 422 for content that cannot be, 403 for a class that this person may not choose.
pub async fn check(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    area: &Area,
    content: &Content,
) -> Result<WallTime> {
    check_texts(&content.title, &content.script)?;
    behalf::check(&content.on_behalf_of)?;
    if content.class == Class::Emergency && !actor.may(Right::Emergency, area) {
        return Err(Error::refused(
            StatusCode::FORBIDDEN,
            "error-bulletin-emergency",
        ));
    }
    if let Some(topic) = &content.topic {
        let topics = bulletin::topics(connection).await?;
        if !topics.iter().any(|known| known.code == *topic) {
            return Err(Error::invalid("error-bulletin-topic").with("topic", topic));
        }
    }
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let last = last_day(zone.date(state.now()));
    if content.valid_until_day > last {
        let far = Error::invalid("error-bulletin-far").with("years", YEARS);
        return Err(far.with("last", last.strftime("%d/%m/%Y")));
    }
    let next_day = content.valid_until_day.tomorrow().ok();
    let end = next_day.and_then(|day| zone.instant(day.to_datetime(Time::midnight())));
    let end = end.ok_or_else(|| Error::invalid("error-bulletin-day"))?;
    if end <= state.now() {
        return Err(Error::invalid("error-bulletin-day"));
    }
    Ok(end)
}

/// The last day until which a bulletin that is written `today` may hold.
pub fn last_day(today: Date) -> Date {
    today.saturating_add(YEARS.years())
}

/// Checks a title, which there must be, and a script, which may be empty.
///
/// # Errors
/// 422 for one that is too long, or for no title.
pub fn check_texts(title: &str, script: &str) -> Result<()> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > TITLE_LIMIT {
        return Err(Error::invalid("error-bulletin-title").with("most", TITLE_LIMIT));
    }
    if script.chars().count() > SCRIPT_LIMIT {
        return Err(Error::invalid("error-bulletin-script").with("most", SCRIPT_LIMIT));
    }
    Ok(())
}

/// What the audit trail keeps of content.
pub fn detail(content: &Content) -> serde_json::Value {
    json!({
        "title": content.title.trim(),
        "class": class_name(content.class),
        "topic": content.topic,
        "on_behalf_of": content.on_behalf_of.trim(),
        "valid_until_day": content.valid_until_day.to_string(),
    })
}
