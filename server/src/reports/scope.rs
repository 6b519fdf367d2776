//! What a report is about: an area with everything below it, and a span of days there.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use programme::ids::AreaId;
use programme::units::WallTime;
use programme::zone::Zone;

use crate::areas::area::{self, Area};
use crate::areas::tree;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Most areas that one report looks at, that of its name included: a commune has some dozens.
pub const MOST_AREAS: i64 = 400;
/// Most areas that are offered to choose from.
const MOST_CHOICES: usize = 300;
/// Most days of a report.
const MOST_DAYS: i32 = 366;

/// An area of the reader's.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The area.
    pub area: Area,
    /// Its civil time.
    pub zone: Zone,
}

/// Days of a zone, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl Scope {
    /// The area that was asked for; the widest that the reader sees when none was.
    ///
    /// # Errors
    /// 404 for an area that they do not see, or when they see none; 422 for one that is too wide.
    pub async fn of(
        state: &State,
        connection: &mut Connection,
        actor: &Actor,
        wanted: &str,
    ) -> Result<Self> {
        let id: AreaId = match wanted {
            "" => widest(connection, actor).await?,
            text => text.parse().map_err(|_| Error::not_found())?,
        };
        let area = area::find(state, connection, &id).await?;
        actor.require(Right::View, &area)?;
        let mut room = MOST_AREAS;
        Self::whole(connection, area, &mut room).await
    }

    /// The same of an area that was looked up and may be seen, when it and what lies below it fit
    /// into the `room` that is left in a report.
    ///
    /// # Errors
    /// 422 for one that is too wide; the database failed; its zone is not known.
    pub async fn whole(connection: &mut Connection, area: Area, room: &mut i64) -> Result<Self> {
        let (below,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM area_lines WHERE above_id = $1")
                .bind(area.id.as_str())
                .fetch_one(connection)
                .await?;
        *room = room.saturating_sub(below);
        if *room < 0 {
            return Err(Error::invalid("error-reports-too-wide").with("area", &area.name));
        }
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        Ok(Self { area, zone })
    }

    /// From the first instant of a span to the first one after it.
    ///
    /// # Errors
    /// 422 for a span that no calendar has.
    pub fn within(&self, span: Span) -> Result<(WallTime, WallTime)> {
        let wrong = || Error::invalid("error-as-run-day").with("day", span.from);
        span.instants(&self.zone).ok_or_else(wrong)
    }

    /// The local date.
    pub fn today(&self, now: WallTime) -> Date {
        self.zone.date(now)
    }

    /// A day as it is written in an address; today when it is empty.
    ///
    /// # Errors
    /// 422 for what is no day.
    pub fn day(&self, text: &str, now: WallTime) -> Result<Date> {
        match text {
            "" => Ok(self.today(now)),
            text => date(text),
        }
    }
}

/// The areas that the reader may choose among, wider ones first.
///
/// # Errors
/// The database failed.
pub async fn choices(connection: &mut Connection, actor: &Actor) -> Result<Vec<(String, String)>> {
    let visible = tree::visible(connection, actor.id()).await?;
    let visible = visible.into_iter().take(MOST_CHOICES);
    Ok(visible.map(|one| (one.id, one.name)).collect())
}

/// The households of an area as far as it is heard on its own: those of what lies below it are
/// counted there, so that a sum counts each once.
pub fn households(area: &Area, containing: &BTreeSet<AreaId>) -> Option<i64> {
    match containing.contains(&area.id) {
        true => Some(0),
        false => area.households,
    }
}

async fn widest(connection: &mut Connection, actor: &Actor) -> Result<AreaId> {
    let visible = tree::visible(connection, actor.id()).await?;
    let first = visible.into_iter().next().ok_or_else(Error::not_found)?;
    Ok(first.id.parse().map_err(anyhow::Error::from)?)
}

impl Span {
    /// A month as `2026-11`.
    ///
    /// # Errors
    /// 422 for what is no month.
    pub fn month(text: &str) -> Result<Self> {
        let wrong = || Error::invalid("error-reports-month").with("month", text);
        let from: Date = format!("{text}-01").parse().map_err(|_| wrong())?;
        Ok(Self {
            from,
            until: from.last_of_month(),
        })
    }

    /// From a day to a day, as they are written in an address; the last thirty days when they are
    /// empty.
    ///
    /// # Errors
    /// 422 for what is no day, and for a span that ends before it begins or is too long.
    pub fn days(from: &str, until: &str, today: Date) -> Result<Self> {
        let until = if until.is_empty() {
            today
        } else {
            date(until)?
        };
        let from = match from {
            "" => until.checked_sub(29.days()).unwrap_or(until),
            from => date(from)?,
        };
        let days = from.until(until).map_or(i32::MAX, |span| span.get_days());
        if until < from || days > MOST_DAYS {
            return Err(Error::invalid("error-reports-span").with("most", MOST_DAYS));
        }
        Ok(Self { from, until })
    }

    /// From its first instant to the first one after it.
    pub fn instants(&self, zone: &Zone) -> Option<(WallTime, WallTime)> {
        let after = self.until.tomorrow().ok()?;
        let midnight = |date: Date| zone.instant(date.at(0, 0, 0, 0));
        midnight(self.from).zip(midnight(after))
    }
}

fn date(text: &str) -> Result<Date> {
    text.parse()
        .map_err(|_| Error::invalid("error-as-run-day").with("day", text))
}
