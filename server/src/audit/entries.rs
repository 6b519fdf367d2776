//! Reading the trail: what concerns the areas of whoever reads.

use sqlx::AssertSqlSafe;

use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::Result;

crate::rows! {
    /// Something that was done.
    #[derive(Debug)]
    pub struct Entry {
        /// Its name, which only tells entries of one moment apart.
        pub id: String,
        /// When, in milliseconds since 1970.
        pub at_ms: i64,
        /// Who, if a person.
        pub person_id: Option<String>,
        /// What they typed to sign in, or what else acted.
        pub actor: String,
        /// What the person is called today.
        pub full_name: Option<String>,
        /// The person whom it was done to, if one.
        pub about: Option<String>,
        /// What was done.
        pub verb: String,
        /// To what.
        pub subject: String,
        /// The area that it concerns.
        pub area_name: Option<String>,
        /// A JSON object.
        pub detail: String,
    }
}

/// Which entries are meant.
#[derive(Debug, Clone)]
pub struct Meant {
    /// The person who acted; empty for whoever.
    pub who: String,
    /// What verbs begin with, before their dot; empty for whatever.
    pub kind: String,
    /// The area that is concerned, or one below it; empty for all.
    pub area: String,
    /// The first instant.
    pub from_ms: i64,
    /// The first instant after the last.
    pub until_ms: i64,
}

/// Where reading goes on: with what is older than this entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// Its moment.
    pub at_ms: i64,
    /// Its name.
    pub id: String,
}

/// What concerns the reader's areas, and, for readers of the whole tree, what concerns no area,
/// unless it is of or about somebody whose roles all lie in another tree: the newest `most` of
/// those that are `meant` and older than `before`.
///
/// # Errors
/// 403 without [`Right::ReadAudit`] anywhere.
pub async fn older(
    state: &State,
    actor: &Actor,
    meant: &Meant,
    before: &Before,
    most: usize,
) -> Result<Vec<Entry>> {
    actor.require_somewhere(Right::ReadAudit)?;
    let [secretary, head, officer, admin] = Role::names_with(Right::ReadAudit);
    // Kinds are words of the program's own, in which nothing is a sign of LIKE.
    let verbs = match meant.kind.as_str() {
        "" => "%".to_owned(),
        kind => format!("{kind}.%"),
    };
    let mut connection = state.database.read().await?;
    Ok(sqlx::query_as(
        "SELECT e.id, e.at_ms, e.person_id, e.actor, author.full_name, about.full_name AS about, \
         e.verb, e.subject, a.name AS area_name, e.detail FROM audit e \
         LEFT JOIN areas a ON a.id = e.area_id LEFT JOIN people author ON author.id = e.person_id \
         LEFT JOIN people about ON about.id = e.subject \
         WHERE (e.at_ms < $1 OR (e.at_ms = $1 AND e.id < $2)) AND e.at_ms >= $9 AND e.at_ms < $10 \
         AND (e.person_id = $11 OR $11 = '') AND e.verb LIKE $12 \
         AND ($13 = '' OR EXISTS (SELECT 1 FROM area_lines w \
         WHERE w.area_id = e.area_id AND w.above_id = $13)) AND EXISTS (\
         SELECT 1 FROM roles r JOIN areas own ON own.id = r.area_id \
         WHERE r.person_id = $3 AND r.role IN ($4, $5, $6, $7) AND (\
         (e.area_id IS NULL AND own.parent_id IS NULL AND NOT EXISTS (SELECT 1 FROM roles h \
         WHERE h.person_id IN (e.person_id, e.subject) AND NOT EXISTS (SELECT 1 FROM roles here \
         JOIN area_lines l ON l.area_id = here.area_id \
         WHERE here.person_id = h.person_id AND l.above_id = r.area_id))) \
         OR EXISTS (SELECT 1 FROM area_lines l \
         WHERE l.area_id = e.area_id AND l.above_id = r.area_id))) \
         ORDER BY e.at_ms DESC, e.id DESC LIMIT $8",
    )
    .bind(before.at_ms)
    .bind(&before.id)
    .bind(actor.id().as_str())
    .bind(secretary)
    .bind(head)
    .bind(officer)
    .bind(admin)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .bind(meant.from_ms)
    .bind(meant.until_ms)
    .bind(&meant.who)
    .bind(verbs)
    .bind(&meant.area)
    .fetch_all(&mut *connection)
    .await?)
}

/// People with a role where `actor` reads the trail, by name: at most `most`, for a list to choose
/// from.
///
/// # Errors
/// The database failed.
pub async fn people(
    connection: &mut Connection,
    actor: &Actor,
    most: i64,
) -> Result<Vec<(String, String)>> {
    let [secretary, head, officer, admin] = Role::names_with(Right::ReadAudit);
    Ok(sqlx::query_as(
        "SELECT DISTINCT p.id, p.full_name FROM roles own \
         JOIN area_lines l ON l.above_id = own.area_id JOIN roles held ON held.area_id = l.area_id \
         JOIN people p ON p.id = held.person_id \
         WHERE own.person_id = $1 AND own.role IN ($2, $3, $4, $5) \
         ORDER BY p.full_name, p.id LIMIT $6",
    )
    .bind(actor.id().as_str())
    .bind(secretary)
    .bind(head)
    .bind(officer)
    .bind(admin)
    .bind(most)
    .fetch_all(connection)
    .await?)
}

/// What `verb` was done to, with the detail of each time, the first time first.
///
/// # Errors
/// The database failed.
pub async fn of(connection: &mut Connection, verb: &str) -> Result<Vec<(String, String)>> {
    let entries = "SELECT subject, detail FROM audit WHERE verb = $1 ORDER BY at_ms, id";
    let entries = sqlx::query_as(entries).bind(verb);
    Ok(entries.fetch_all(connection).await?)
}

/// Which entries tell who changed what a form shows.
#[derive(Debug, Clone, Copy)]
pub struct Trail<'t> {
    /// What the form is about.
    pub subject: &'t str,
    /// The steps that change it.
    pub verbs: &'t [&'static str],
    /// A part that the form does not show: who changed that alone changed nothing of it.
    pub other: Option<&'static str>,
}

impl<'t> Trail<'t> {
    /// The trail of what is shown whole.
    pub fn of(subject: &'t str, verbs: &'t [&'static str]) -> Self {
        Self {
            subject,
            verbs,
            other: None,
        }
    }
}

crate::rows! {
    /// Who did something, and when.
    #[derive(Debug, Clone)]
    pub struct Done {
        /// The name of the person, where it was one.
        pub full_name: Option<String>,
        /// The person.
        pub person_id: Option<String>,
        /// The author as the trail knows it.
        pub actor: String,
        /// When.
        pub at_ms: i64,
    }
}

crate::rows! {
    /// Who did something, when, and what is kept about it.
    #[derive(Debug, Clone)]
    pub struct Detailed {
        /// The name of the person, where it was one.
        pub full_name: Option<String>,
        /// The person.
        pub person_id: Option<String>,
        /// The author as the trail knows it.
        pub actor: String,
        /// When.
        pub at_ms: i64,
        /// A JSON object.
        pub detail: String,
    }
}

/// Who did `verb` to `subject`, the last time first, at most `most` times.
///
/// # Errors
/// The database failed.
pub async fn with_detail(
    connection: &mut Connection,
    subject: &str,
    verb: &str,
    most: usize,
) -> Result<Vec<Detailed>> {
    Ok(sqlx::query_as(
        "SELECT p.full_name, e.person_id, e.actor, e.at_ms, e.detail FROM audit e \
         LEFT JOIN people p ON p.id = e.person_id WHERE e.subject = $1 AND e.verb = $2 \
         ORDER BY e.at_ms DESC, e.id DESC LIMIT $3",
    )
    .bind(subject)
    .bind(verb)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?)
}

/// The newest entry of a trail.
///
/// # Errors
/// The database failed.
pub async fn newest(connection: &mut Connection, trail: Trail<'_>) -> Result<Option<Done>> {
    let places: Vec<String> = (3..)
        .take(trail.verbs.len())
        .map(|n| format!("${n}"))
        .collect();
    let other = trail.other.map(|part| format!("%\"part\":\"{part}\"%"));
    let mut newest = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT p.full_name, e.person_id, e.actor, e.at_ms FROM audit e \
         LEFT JOIN people p ON p.id = e.person_id \
         WHERE e.subject = $1 AND e.detail NOT LIKE $2 AND e.verb IN ({}) \
         ORDER BY e.at_ms DESC, e.id DESC LIMIT 1",
        places.join(", ")
    )))
    .bind(trail.subject)
    .bind(other.unwrap_or_default());
    for verb in trail.verbs {
        newest = newest.bind(*verb);
    }
    Ok(newest.fetch_optional(connection).await?)
}
