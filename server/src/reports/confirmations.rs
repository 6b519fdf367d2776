//! What people in the village say that they heard: each word is kept, and the last one of each
//! person counts.

use std::collections::BTreeMap;

use programme::as_run::CueId;
use programme::ids::{AreaId, StationId};
use programme::units::WallTime;
use serde::Serialize;
use serde_json::json;

use crate::areas::area;
use crate::as_run::report;
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::{Error, Result};

/// How a start was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Every word was understood.
    Clear,
    /// There was sound, and not every word was understood.
    Unclear,
    /// There was no sound.
    Silent,
}

/// A person's last word about a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// A [`PersonId`](programme::ids::PersonId) as text.
    pub person: String,
    /// Their full name as it was then.
    pub by: String,
    /// How they heard it.
    pub answer: Answer,
    /// When they said so.
    pub at: WallTime,
}

/// The last words of people about starts.
pub type Confirmations = BTreeMap<(StationId, CueId), Vec<Confirmation>>;

/// Whether the newest of such words says that there was no sound: then whatever the station says of
/// itself, nobody heard it. Of words of one moment the best counts.
pub fn says_silent<'a>(said: impl IntoIterator<Item = &'a Confirmation>) -> bool {
    let newest = said
        .into_iter()
        .max_by_key(|one| (one.at, std::cmp::Reverse(one.answer)));
    newest.is_some_and(|one| one.answer == Answer::Silent)
}

impl Answer {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::Clear, Self::Unclear, Self::Silent];

    /// Its name in the database and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Unclear => "unclear",
            Self::Silent => "silent",
        }
    }

    /// The answer that a name names.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.name() == name)
    }

    /// Names its sentence.
    pub fn key(self) -> &'static str {
        match self {
            Self::Clear => "reports-answer-clear",
            Self::Unclear => "reports-answer-unclear",
            Self::Silent => "reports-answer-silent",
        }
    }

    /// The colour of its tag.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Clear => "good",
            Self::Unclear => "warn",
            Self::Silent => "bad",
        }
    }
}

/// Keeps what somebody of the village says of a start at its station. The same word again changes
/// nothing.
///
/// # Errors
/// 403 without [`Right::Confirm`] there, 404 for a station that they do not see, 409 for a start of
/// which nothing sounded yet.
pub async fn keep(
    state: &State,
    actor: &Actor,
    id: &StationId,
    cue: &CueId,
    answer: Answer,
) -> Result<()> {
    let mut connection = state.database.read().await?;
    let station = station::find(&mut connection, id).await?;
    let area = area::find(state, &mut connection, &station.area).await?;
    actor.require(Right::Confirm, &area)?;
    let start = report::of_cue(&mut connection, id, cue).await?;
    let Some(start) = start.filter(|start| !start.attempts.is_empty()) else {
        return Err(Error::conflict("error-reports-not-aired"));
    };
    drop(connection);
    let person = actor.id().as_str();
    let mut write = state.database.write().await?;
    write.hold(cue.as_str()).await?;
    let last: Option<(String,)> = sqlx::query_as(
        "SELECT answer FROM confirmations WHERE station_id = $1 AND cue = $2 AND person_id = $3 \
         ORDER BY number DESC LIMIT 1",
    )
    .bind(id.as_str())
    .bind(cue.as_str())
    .bind(person)
    .fetch_optional(&mut *write)
    .await?;
    if last.is_some_and(|(last,)| last == answer.name()) {
        return Ok(());
    }
    let (number,): (i64,) = sqlx::query_as(
        "SELECT COALESCE(MAX(number), 0) + 1 FROM confirmations WHERE station_id = $1 AND cue = $2",
    )
    .bind(id.as_str())
    .bind(cue.as_str())
    .fetch_one(&mut *write)
    .await?;
    sqlx::query(
        "INSERT INTO confirmations (number, station_id, cue, planned_ms, answer, person_id, \
         person_name, at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(number)
    .bind(id.as_str())
    .bind(cue.as_str())
    .bind(start.planned.as_millis())
    .bind(answer.name())
    .bind(person)
    .bind(actor.full_name())
    .bind(state.now().as_millis())
    .execute(&mut *write)
    .await?;
    let detail = json!({ "name": station.name, "heard": answer.name() });
    let (author, subject) = (Author::from(actor), start.broadcast.as_str());
    let place = Some(&area.id);
    audit::record(
        state,
        &mut write,
        &author,
        "airing.confirm",
        subject,
        place,
        detail,
    )
    .await?;
    write.commit().await?;
    Ok(())
}

crate::rows! {
    struct Row {
        station_id: String,
        cue: String,
        answer: String,
        person_id: String,
        person_name: String,
        at_ms: i64,
    }
}

/// The last word of each person about the starts that were planned from `from` on and before
/// `until` at the stations of `area` and below.
///
/// # Errors
/// The database failed.
pub async fn below(
    connection: &mut Connection,
    area: &AreaId,
    (from, until): (WallTime, WallTime),
) -> Result<Confirmations> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT c.station_id, c.cue, c.answer, c.person_id, c.person_name, c.at_ms \
         FROM confirmations c JOIN stations s ON s.id = c.station_id \
         JOIN area_lines l ON l.area_id = s.area_id WHERE l.above_id = $1 \
         AND c.planned_ms >= $2 AND c.planned_ms < $3 ORDER BY c.number",
    )
    .bind(area.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(connection)
    .await?;
    last_words(rows)
}

/// The same of one station.
///
/// # Errors
/// The database failed.
pub async fn of_station(
    connection: &mut Connection,
    station: &StationId,
    (from, until): (WallTime, WallTime),
) -> Result<Confirmations> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT c.station_id, c.cue, c.answer, c.person_id, c.person_name, c.at_ms \
         FROM confirmations c WHERE c.station_id = $1 \
         AND c.planned_ms >= $2 AND c.planned_ms < $3 ORDER BY c.number",
    )
    .bind(station.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(connection)
    .await?;
    last_words(rows)
}

/// Of rows in the order of their making, the last of each person about each start.
fn last_words(rows: Vec<Row>) -> Result<Confirmations> {
    let mut last: BTreeMap<(String, String, String), Row> = BTreeMap::new();
    for row in rows {
        let key = (
            row.station_id.clone(),
            row.cue.clone(),
            row.person_id.clone(),
        );
        last.insert(key, row);
    }
    let mut found = Confirmations::new();
    for row in last.into_values() {
        let station = row.station_id.parse().map_err(anyhow::Error::from)?;
        let cue = serde_json::from_value(row.cue.into())?;
        let Some(answer) = Answer::from_name(&row.answer) else {
            continue;
        };
        found.entry((station, cue)).or_default().push(Confirmation {
            person: row.person_id,
            by: row.person_name,
            answer,
            at: WallTime::from_millis(row.at_ms),
        });
    }
    Ok(found)
}
