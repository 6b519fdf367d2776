//! Whether what is stored of the as-run is what the stations wrote: their hashes and signatures
//! computed again, and what the panel says of it.

use anyhow::Context;
use programme::as_run::chain::{Break, Tip};
use programme::ids::{JournalId, StationId};
use programme::signed::{Envelope, parse_key};
use programme::units::WallTime;

use super::journal;
use crate::database::Connection;
use crate::state::State;
use crate::stations::station::Station;
use crate::web::errors::Result;
use crate::web::language::Value as _;
use crate::web::shell::Shell;

/// Lines that are read at once: some 300 KB.
const PAGE: usize = 1_000;

/// What is known of a station's log without computing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Soundness {
    /// It has no line.
    Empty,
    /// Each line fitted the one before it when it came, and the station signed the last one.
    Whole,
    /// Lines came, or were found, that do not fit.
    Broken {
        /// When that was seen.
        at: WallTime,
        /// What the sentence `as-run-break` calls it.
        by: String,
        /// The line that it speaks of.
        line: i64,
    },
}

crate::rows! {
    struct Row {
        stored_through: i64,
        broken_at_ms: Option<i64>,
        broken_by: Option<String>,
        broken_line: Option<i64>,
    }
}

impl Soundness {
    /// How the log of `station` stands. A break is told until the PC is enrolled anew.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(connection: &mut Connection, station: &Station) -> Result<Self> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT stored_through, broken_at_ms, broken_by, broken_line FROM journals \
             WHERE station_id = $1 ORDER BY broken_at_ms",
        )
        .bind(station.id.as_str())
        .fetch_all(connection)
        .await?;
        let empty = rows.iter().all(|row| row.stored_through == 0);
        let told = |at: &WallTime| station.enrolled_at.is_none_or(|enrolled| enrolled <= *at);
        for row in rows {
            if let Some(at) = row.broken_at_ms.map(WallTime::from_millis).filter(told) {
                return Ok(Self::Broken {
                    at,
                    by: row.broken_by.unwrap_or_default(),
                    line: row.broken_line.unwrap_or_default(),
                });
            }
        }
        Ok(if empty { Self::Empty } else { Self::Whole })
    }

    /// The same in words, with a tone; nothing of an empty log.
    pub fn words(&self, shell: &Shell) -> Option<(String, &'static str)> {
        match self {
            Self::Empty => None,
            Self::Whole => Some((shell.say("as-run-whole"), "good")),
            Self::Broken { .. } => self.alarm(shell).map(|text| (text, "bad")),
        }
    }

    /// What does not fit and what to do; nothing of a log that holds together.
    pub fn alarm(&self, shell: &Shell) -> Option<String> {
        let Self::Broken { at, by, line } = self else {
            return None;
        };
        let at = shell.when(at);
        let values = [
            ("at", at.value()),
            ("why", by.value()),
            ("line", line.value()),
        ];
        Some(shell.language.say_with("as-run-broken", &values))
    }
}

/// A journal whose lines were all read again.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The journal.
    pub journal: JournalId,
    /// The station that wrote it.
    pub station: StationId,
    /// The name of that station.
    pub name: String,
    /// Where it ends, or what does not fit.
    pub found: Result<Tip, Break>,
    /// When the station sent lines that did not fit; they are not stored.
    pub broken_at: Option<WallTime>,
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

/// Computes every hash and signature again, of all stations or of the one called `station`.
///
/// # Errors
/// The database failed.
pub async fn verify(state: &State, station: Option<&str>) -> Result<Vec<Checked>> {
    let mut connection = state.database.read().await?;
    let journals: Vec<Named> = sqlx::query_as(
        "SELECT j.id, j.station_id, s.name FROM journals j \
         JOIN stations s ON s.id = j.station_id ORDER BY s.name, s.id, j.id",
    )
    .fetch_all(&mut *connection)
    .await?;
    let wanted =
        |one: &Named| station.is_none_or(|name| name == one.name || name == one.station_id);
    let mut checked = Vec::new();
    for one in journals.into_iter().filter(wanted) {
        let journal: JournalId = one.id.parse().map_err(anyhow::Error::from)?;
        let (found, stored) = read_again(&mut connection, &journal).await?;
        if found == Ok(Tip::start(&journal)) && stored.broken_at_ms.is_none() {
            // It was begun and never written: there is nothing to say.
            continue;
        }
        checked.push(Checked {
            found,
            journal,
            station: one.station_id.parse().map_err(anyhow::Error::from)?,
            name: one.name,
            broken_at: stored.broken_at_ms.map(WallTime::from_millis),
        });
    }
    Ok(checked)
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

/// Looks at everything, and marks the journals in which something was changed here.
///
/// # Errors
/// The database failed.
pub async fn look(state: &State) -> Result<u64> {
    let mut broken = 0;
    for checked in verify(state, None).await? {
        let Err(found) = checked.found else { continue };
        broken += 1;
        let (journal, station) = (&checked.journal, &checked.name);
        tracing::error!(%journal, station, "the stored as-run is not what was sent: {found}");
        let mut connection = state.database.read().await?;
        journal::note_break(&mut connection, journal, &found, state.now()).await?;
    }
    Ok(broken)
}
