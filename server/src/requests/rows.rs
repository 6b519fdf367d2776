//! Requests as rows of the database.

use std::collections::BTreeMap;

use jiff::civil::Date;
use programme::ids::{AreaId, BulletinId, PersonId, RequestId};
use programme::units::WallTime;
use sqlx::AssertSqlSafe;

use super::documents::Kind;
use super::request::{Answer, Document, Request, Target, Wish};
use crate::areas::area;
use crate::bulletins::bulletin::Step;
use crate::database::{Connection, places};
use crate::people::identity::Actor;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::{Error, Result};

/// So many requests are put together at once.
const AT_ONCE: usize = 100;

crate::rows! {
    struct Row {
        id: String,
        asker_id: String,
        asker_name: String,
        title: String,
        script: String,
        on_behalf_of: String,
        topic: Option<String>,
        due_day: String,
        created_at_ms: i64,
        cancelled_at_ms: Option<i64>,
        document_hash: Option<String>,
        document_kind: Option<String>,
        document_size_bytes: Option<i64>,
        document_name: Option<String>,
    }

    struct TargetRow {
        request_id: String,
        area_id: String,
        area_name: String,
        state: String,
        by_id: Option<String>,
        by_name: Option<String>,
        at_ms: Option<i64>,
        bulletin_id: Option<String>,
        reason: Option<String>,
    }

    /// A village that is asked, as the front page of whoever records there shows it.
    #[derive(Debug)]
    pub struct Asked {
        /// A [`RequestId`] as text.
        pub id: String,
        /// What people call it.
        pub title: String,
        /// The body for which it is to speak; may be empty.
        pub on_behalf_of: String,
        /// Who asks.
        pub asker_name: String,
        /// The village, or one of them.
        pub area_name: String,
        /// How many villages it waits for there.
        pub villages: i64,
        /// The last day on which it helps, as `2026-11-30`.
        pub due_day: String,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.asker_id, p.full_name AS asker_name, r.title, r.script, \
             r.on_behalf_of, r.topic, r.due_day, r.created_at_ms, r.cancelled_at_ms, \
             r.document_hash, r.document_kind, r.document_size_bytes, r.document_name \
             FROM requests r JOIN people p ON p.id = r.asker_id ",
            $rest
        )
    };
}

impl Asked {
    /// Its last day, as people in Viet Nam write it.
    pub fn due(&self) -> String {
        let day = self.due_day.parse::<Date>();
        day.map_or_else(
            |_| self.due_day.clone(),
            |day| day.strftime("%d/%m/%Y").to_string(),
        )
    }
}

/// The request with this name, whoever asks.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &RequestId) -> Result<Request> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE r.id = $1"))
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let found = whole(connection, row.into_iter().collect()).await?;
    found.into_iter().next().ok_or_else(Error::not_found)
}

/// The request with this name, if `actor` may see it: all of their own, and of what others sent
/// the answers of the villages that they may see.
///
/// # Errors
/// 404 when there is none that they may see.
pub async fn visible(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &RequestId,
) -> Result<Request> {
    let mut request = find(connection, id).await?;
    if request.asker == *actor.id() {
        return Ok(request);
    }
    let mut seen = Vec::new();
    for target in std::mem::take(&mut request.targets) {
        let area = area::find(state, connection, &target.area).await?;
        if actor.may(Right::View, &area) {
            seen.push(target);
        }
    }
    request.targets = seen;
    match request.targets.is_empty() || !request.is_sent() {
        true => Err(Error::not_found()),
        false => Ok(request),
    }
}

/// The request that a bulletin was made for, if `actor` may see it.
///
/// # Errors
/// The database failed.
pub async fn visible_of_bulletin(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    bulletin: &BulletinId,
) -> Result<Option<Request>> {
    let Some(request) = of_bulletin(connection, bulletin).await? else {
        return Ok(None);
    };
    match visible(state, connection, actor, &request).await {
        Ok(request) => Ok(Some(request)),
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Requests that `person` made, or that ask a village which they may see, the newest first.
///
/// # Errors
/// The database failed.
pub async fn list(
    connection: &mut Connection,
    person: &PersonId,
    only_own: bool,
    limit: u32,
    skip: u32,
) -> Result<Vec<Request>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE r.asker_id = $1 OR ($2 = 0 \
         AND (r.script <> '' OR r.document_hash IS NOT NULL) AND EXISTS \
         (SELECT 1 FROM request_targets t JOIN area_lines l ON l.area_id = t.area_id \
         JOIN roles h ON h.area_id = l.above_id \
         WHERE t.request_id = r.id AND h.person_id = $1)) \
         ORDER BY r.created_at_ms DESC, r.id LIMIT $3 OFFSET $4"
    ))
    .bind(person.as_str())
    .bind(i64::from(only_own))
    .bind(i64::from(limit))
    .bind(i64::from(skip))
    .fetch_all(&mut *connection)
    .await?;
    whole(connection, rows).await
}

/// What `person` asked for since an instant and did not take back, the newest first.
///
/// # Errors
/// The database failed.
pub async fn own_since(
    connection: &mut Connection,
    person: &PersonId,
    since: WallTime,
    limit: u32,
) -> Result<Vec<Request>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE r.asker_id = $1 AND r.cancelled_at_ms IS NULL AND r.created_at_ms >= $2 \
         ORDER BY r.created_at_ms DESC, r.id LIMIT $3"
    ))
    .bind(person.as_str())
    .bind(since.as_millis())
    .bind(i64::from(limit))
    .fetch_all(&mut *connection)
    .await?;
    whole(connection, rows).await
}

/// What waits for a secretary of a village to take it, what is due first first, each request once
/// however many of their villages it asks. Officers record too, and would see the same again for
/// each of their villages: it waits for them in no list.
///
/// # Errors
/// The database failed.
pub async fn waiting_for(
    connection: &mut Connection,
    person: &PersonId,
    limit: u32,
) -> Result<Vec<Asked>> {
    Ok(sqlx::query_as(
        "SELECT r.id, r.title, r.on_behalf_of, p.full_name AS asker_name, \
         MIN(a.name) AS area_name, COUNT(*) AS villages, r.due_day \
         FROM request_targets t JOIN requests r ON r.id = t.request_id \
         JOIN people p ON p.id = r.asker_id JOIN areas a ON a.id = t.area_id \
         WHERE t.state = 'waiting' AND r.cancelled_at_ms IS NULL \
         AND (r.script <> '' OR r.document_hash IS NOT NULL) AND EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles h ON h.area_id = l.above_id \
         WHERE l.area_id = t.area_id AND h.person_id = $1 AND h.role = $2) \
         GROUP BY r.id, r.title, r.on_behalf_of, p.full_name, r.due_day, r.created_at_ms \
         ORDER BY r.due_day, r.created_at_ms, r.id LIMIT $3",
    )
    .bind(person.as_str())
    .bind(Role::Secretary.name())
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?)
}

/// The request that a bulletin was made for.
///
/// # Errors
/// The database failed.
pub async fn of_bulletin(
    connection: &mut Connection,
    bulletin: &BulletinId,
) -> Result<Option<RequestId>> {
    let id: Option<String> =
        sqlx::query_scalar("SELECT request_id FROM request_targets WHERE bulletin_id = $1")
            .bind(bulletin.as_str())
            .fetch_optional(connection)
            .await?;
    let id = id.map(|id| id.parse()).transpose();
    Ok(id.map_err(anyhow::Error::from)?)
}

/// Puts requests together with the villages that they ask.
async fn whole(connection: &mut Connection, rows: Vec<Row>) -> Result<Vec<Request>> {
    let mut targets: BTreeMap<String, Vec<Target>> = BTreeMap::new();
    for some in rows.chunks(AT_ONCE) {
        let places = places(some.len());
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT t.request_id, t.area_id, a.name AS area_name, t.state, t.by_id, \
             p.full_name AS by_name, t.at_ms, t.bulletin_id, t.reason FROM request_targets t \
             JOIN areas a ON a.id = t.area_id LEFT JOIN people p ON p.id = t.by_id \
             WHERE t.request_id IN ({places}) ORDER BY a.created_at_ms, a.id"
        )));
        for row in some {
            query = query.bind(&row.id);
        }
        let found: Vec<TargetRow> = query.fetch_all(&mut *connection).await?;
        for row in found {
            let of = targets.entry(row.request_id.clone()).or_default();
            of.push(row.into_target()?);
        }
    }
    let request = |row: Row| {
        let targets = targets.remove(&row.id).unwrap_or_default();
        row.into_request(targets)
    };
    rows.into_iter().map(request).collect()
}

impl Row {
    fn into_request(self, targets: Vec<Target>) -> Result<Request> {
        let document = self.document()?;
        Ok(Request {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            asker: self.asker_id.parse().map_err(anyhow::Error::from)?,
            asker_name: self.asker_name,
            wish: Wish {
                title: self.title,
                script: self.script,
                on_behalf_of: self.on_behalf_of,
                topic: self.topic,
                due_day: self.due_day.parse().map_err(anyhow::Error::from)?,
            },
            created_at: WallTime::from_millis(self.created_at_ms),
            cancelled_at: self.cancelled_at_ms.map(WallTime::from_millis),
            document,
            targets,
        })
    }

    fn document(&self) -> Result<Option<Document>> {
        let (Some(hash), Some(kind), Some(size)) = (
            &self.document_hash,
            &self.document_kind,
            self.document_size_bytes,
        ) else {
            return Ok(None);
        };
        let unknown = || anyhow::anyhow!("{} has a document of the kind {kind}", self.id);
        Ok(Some(Document {
            hash: hash.parse().map_err(anyhow::Error::from)?,
            kind: Kind::named(kind).ok_or_else(unknown)?,
            size_bytes: size.unsigned_abs(),
            name: self.document_name.clone().unwrap_or_default(),
        }))
    }
}

impl TargetRow {
    fn into_target(self) -> Result<Target> {
        let area: AreaId = self.area_id.parse().map_err(anyhow::Error::from)?;
        let answer = match (self.state.as_str(), self.by_id, self.by_name, self.at_ms) {
            ("waiting", ..) => Answer::Waiting,
            (state, Some(by), Some(by_name), Some(at_ms)) => {
                let step = Step {
                    at: WallTime::from_millis(at_ms),
                    by: by.parse().map_err(anyhow::Error::from)?,
                    by_name,
                };
                match (state, self.bulletin_id) {
                    ("taken", Some(bulletin)) => Answer::Taken {
                        step,
                        bulletin: bulletin.parse().map_err(anyhow::Error::from)?,
                    },
                    _ => Answer::Declined {
                        step,
                        reason: self.reason.unwrap_or_default(),
                    },
                }
            }
            (state, ..) => {
                let id = self.request_id;
                return Err(anyhow::anyhow!("{id} is {state} by nobody in {area}").into());
            }
        };
        Ok(Target {
            area,
            area_name: self.area_name,
            answer,
        })
    }
}
