//! Whether what is stored of the as-run is what the stations wrote: their hashes and signatures
//! computed again, with the keys that are on record with the enrolments, and nothing missing.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Context;
use programme::as_run::chain::{Break, Tip};
use programme::ids::{JournalId, StationId};
use programme::signed::{Envelope, parse_key};
use programme::units::WallTime;
use serde::Deserialize;

use super::journal;
use crate::audit::entries;
use crate::database::Connection;
use crate::state::State;
use crate::stations::enrol;
use crate::stations::station;
use crate::web::errors::Result;

/// Lines that are read at once: some 300 KB.
const PAGE: usize = 1_000;

/// A journal whose lines were all read again.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The journal.
    pub journal: JournalId,
    /// The station that wrote it.
    pub station: StationId,
    /// The name of that station.
    pub name: String,
    /// Where it ends, or what is wrong.
    pub found: Result<Tip, Flaw>,
    /// When the station sent lines that did not fit; they are not stored.
    pub broken_at: Option<WallTime>,
}

/// What is stored and is not as its station wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// The lines do not hold together.
    Lines(Break),
    /// No enrolment on record gave the journal its key.
    Key,
    /// Lines or an enrolment name a journal that is not there, or is another station's.
    Missing,
}

impl Flaw {
    /// What the sentence `as-run-break` calls it, and the line that it speaks of.
    pub fn name(&self) -> (&'static str, u64) {
        match self {
            Self::Lines(found) => journal::name(found),
            Self::Key => ("key", 0),
            Self::Missing => ("missing", 0),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines(found) => found.fmt(f),
            Self::Key => f.write_str("its key is not that of the enrolment on record"),
            Self::Missing => f.write_str("it is named and is not there as this station's"),
        }
    }
}

crate::rows! {
    struct Named {
        id: String,
        station_id: String,
        name: String,
    }

    struct Stored {
        key: String,
        stored_through: i64,
        head: Option<String>,
        broken_at_ms: Option<i64>,
    }
}

/// What the audit trail says of a PC that came in.
struct Enrolment {
    station: String,
    pc: Pc,
}

#[derive(Deserialize)]
struct Pc {
    journal: String,
    key: String,
}

/// Computes every hash and signature again, of all stations or of the one called `station`, and
/// looks for journals that are missing.
///
/// # Errors
/// The database failed.
pub async fn journals(state: &State, station: Option<&str>) -> Result<Vec<Checked>> {
    let mut connection = state.database.read().await?;
    let named: Vec<Named> = sqlx::query_as(
        "SELECT j.id, j.station_id, s.name FROM journals j \
         JOIN stations s ON s.id = j.station_id ORDER BY s.name, s.id, j.id",
    )
    .fetch_all(&mut *connection)
    .await?;
    // An enrolment is on record with the journal that it begins, so what was read before is there.
    let enrolments = enrolments(&mut connection).await?;
    let missing = missing(&mut connection, &named, &enrolments).await?;
    let wanted =
        |one: &Named| station.is_none_or(|name| name == one.name || name == one.station_id);
    let mut checked = Vec::new();
    for one in named.into_iter().filter(wanted) {
        let journal: JournalId = one.id.parse().map_err(anyhow::Error::from)?;
        let (found, stored) = read_again(&mut connection, &journal).await?;
        let found = match is_on_record(&enrolments, &one, &stored.key) {
            true => found.map_err(Flaw::Lines),
            false => Err(Flaw::Key),
        };
        if found == Ok(Tip::start(&journal)) && stored.broken_at_ms.is_none() {
            // It was begun and never written: there is nothing to say.
            continue;
        }
        let broken_at = stored.broken_at_ms.map(WallTime::from_millis);
        checked.push(one.checked(found, broken_at)?);
    }
    for one in missing.into_iter().filter(wanted) {
        checked.push(one.checked(Err(Flaw::Missing), None)?);
    }
    Ok(checked)
}

impl Named {
    fn checked(self, found: Result<Tip, Flaw>, broken_at: Option<WallTime>) -> Result<Checked> {
        Ok(Checked {
            journal: self.id.parse().map_err(anyhow::Error::from)?,
            station: self.station_id.parse().map_err(anyhow::Error::from)?,
            name: self.name,
            found,
            broken_at,
        })
    }
}

async fn enrolments(connection: &mut Connection) -> Result<Vec<Enrolment>> {
    let mut enrolments = Vec::new();
    for (station, detail) in entries::of(connection, enrol::VERB).await? {
        let pc = serde_json::from_str(&detail).context("read an enrolment on record")?;
        enrolments.push(Enrolment { station, pc });
    }
    Ok(enrolments)
}

/// A journal that was begun by an enrolment has that key; one that its PC began later has a key of
/// that station.
fn is_on_record(enrolments: &[Enrolment], journal: &Named, key: &str) -> bool {
    let fits = |one: &Enrolment| one.station == journal.station_id && one.pc.key == key;
    let first = enrolments.iter().find(|one| one.pc.journal == journal.id);
    first.map_or_else(|| enrolments.iter().any(fits), fits)
}

/// Journals that lines or enrolments name and that are not there, or are another station's.
async fn missing(
    connection: &mut Connection,
    named: &[Named],
    enrolments: &[Enrolment],
) -> Result<Vec<Named>> {
    let mut missing: Vec<Named> = sqlx::query_as(
        "SELECT DISTINCT r.journal_id AS id, r.station_id, s.name FROM as_run r \
         JOIN stations s ON s.id = r.station_id LEFT JOIN journals j \
         ON j.id = r.journal_id AND j.station_id = r.station_id WHERE j.id IS NULL",
    )
    .fetch_all(&mut *connection)
    .await?;
    for Enrolment { station, pc } in enrolments {
        let is_it = |one: &Named| one.id == pc.journal;
        if named.iter().any(is_it) || missing.iter().any(is_it) {
            continue;
        }
        let (begun,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM journals WHERE id = $1")
            .bind(&pc.journal)
            .fetch_one(&mut *connection)
            .await?;
        if begun == 0 {
            let id = station.parse().map_err(anyhow::Error::from)?;
            missing.push(Named {
                id: pc.journal.clone(),
                station_id: station.clone(),
                name: station::find(&mut *connection, &id).await?.name,
            });
        }
    }
    Ok(missing)
}

async fn read_again(
    connection: &mut Connection,
    journal: &JournalId,
) -> Result<(Result<Tip, Break>, Stored)> {
    let mut stored = find(connection, journal).await?;
    loop {
        let found = stored.compare(connection, journal).await?;
        let after = find(connection, journal).await?;
        // Lines that came meanwhile were read without their signature.
        if found.is_ok() || after.stored_through == stored.stored_through {
            return Ok((found, after));
        }
        stored = after;
    }
}

async fn find(connection: &mut Connection, journal: &JournalId) -> Result<Stored> {
    Ok(
        sqlx::query_as(
            "SELECT key, stored_through, head, broken_at_ms FROM journals WHERE id = $1",
        )
        .bind(journal.as_str())
        .fetch_one(connection)
        .await?,
    )
}

impl Stored {
    async fn compare(
        &self,
        connection: &mut Connection,
        journal: &JournalId,
    ) -> Result<Result<Tip, Break>> {
        let mut tip = Tip::start(journal);
        loop {
            let lines = journal::lines(connection, journal, tip.sequence + 1, PAGE).await?;
            if lines.is_empty() {
                break;
            }
            match tip.follow_all(&lines) {
                Ok(end) => tip = end,
                Err(found) => return Ok(Err(found)),
            }
        }
        let Some(head) = &self.head else {
            let line = tip.sequence;
            let empty = line == 0;
            return Ok(empty.then_some(tip).ok_or(Break::OtherEnd { line }));
        };
        let head: Envelope = serde_json::from_str(head).context("read where a journal ends")?;
        let key = parse_key(&self.key).context("read the key of a journal")?;
        Ok(tip.require(journal, &head, &key).map(|()| tip))
    }
}

/// Looks at everything, and notes which stations' logs were altered here and which are right again.
///
/// # Errors
/// The database failed.
pub async fn look(state: &State) -> Result<u64> {
    let mut altered = BTreeMap::new();
    let mut count = 0;
    for checked in journals(state, None).await? {
        let Err(flaw) = checked.found else { continue };
        count += 1;
        let (journal, station) = (&checked.journal, &checked.name);
        tracing::error!(%journal, station, "the stored as-run is not what was sent: {flaw}");
        altered.entry(checked.station).or_insert(flaw);
    }
    let mut write = state.database.write().await?;
    let noted: Vec<(String,)> = sqlx::query_as("SELECT station_id FROM altered_logs")
        .fetch_all(&mut *write)
        .await?;
    for (station,) in noted {
        if !altered.keys().any(|id| id.as_str() == station) {
            sqlx::query("DELETE FROM altered_logs WHERE station_id = $1")
                .bind(station)
                .execute(&mut *write)
                .await?;
        }
    }
    for (station, flaw) in altered {
        let (why, line) = flaw.name();
        sqlx::query(
            "INSERT INTO altered_logs (station_id, found_at_ms, why, line) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (station_id) \
             DO UPDATE SET why = excluded.why, line = excluded.line",
        )
        .bind(station.as_str())
        .bind(state.now().as_millis())
        .bind(why)
        .bind(i64::try_from(line).unwrap_or(i64::MAX))
        .execute(&mut *write)
        .await?;
    }
    write.commit().await?;
    Ok(count)
}
