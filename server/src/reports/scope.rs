//! What a report is about: an area with everything below it, and a span of days there.

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
const MOST_AREAS: i64 = 400;
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
        let (below,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM area_lines WHERE above_id = $1")
                .bind(area.id.as_str())
                .fetch_one(connection)
                .await?;
        if below > MOST_AREAS {
            return Err(Error::invalid("error-reports-too-wide").with("area", &area.name));
        }
        Self::whole(area)
    }

    /// The same of an area that was looked up and may be seen.
    ///
    /// # Errors
    /// Its zone is not known.
    pub fn whole(area: Area) -> Result<Self> {
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        Ok(Self { area, zone })
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
