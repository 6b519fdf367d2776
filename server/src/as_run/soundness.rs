//! How the log of a station stands, and what the panel says of it.

use std::collections::BTreeMap;

use programme::ids::{PersonId, StationId};
use programme::units::WallTime;

use crate::database::Connection;
use crate::web::errors::Result;
use crate::web::language::Value as _;
use crate::web::shell::Shell;

/// What is known of a station's log without computing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Soundness {
    /// It has no line.
    Empty,
    /// Each line fitted the one before it when it came, and the station signed the last one.
    Whole,
    /// Lines came that do not fit; they are not stored. Told until the PC is enrolled anew.
    Unfit(Alarm),
    /// What is stored is not what the station wrote. Told until a look finds it right again.
    Altered(Alarm),
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// When that was seen.
    pub at: WallTime,
    /// What the sentence `as-run-break` calls it.
    pub why: String,
    /// The line that it speaks of.
    pub line: i64,
}

crate::rows! {
    struct Row {
        station_id: String,
        found_at_ms: Option<i64>,
        why: Option<String>,
        line: Option<i64>,
        broken_at_ms: Option<i64>,
        broken_by: Option<String>,
        broken_line: Option<i64>,
    }
}

/// The stations `s` with something wrong, the first break first.
macro_rules! wrong {
    ($whose:literal) => {
        concat!(
            "SELECT s.id AS station_id, a.found_at_ms, a.why, a.line, j.broken_at_ms, \
             j.broken_by, j.broken_line FROM stations s \
             LEFT JOIN altered_logs a ON a.station_id = s.id \
             LEFT JOIN journals j ON j.station_id = s.id \
             AND j.broken_at_ms >= COALESCE(s.enrolled_at_ms, 0) \
             WHERE (a.station_id IS NOT NULL OR j.id IS NOT NULL) AND ",
            $whose,
            " ORDER BY j.broken_at_ms"
        )
    };
}

impl Row {
    fn soundness(self) -> Soundness {
        let alarm = |at_ms, why: Option<String>, line: Option<i64>| Alarm {
            at: WallTime::from_millis(at_ms),
            why: why.unwrap_or_default(),
            line: line.unwrap_or_default(),
        };
        match (self.found_at_ms, self.broken_at_ms) {
            (Some(at), _) => Soundness::Altered(alarm(at, self.why, self.line)),
            (None, Some(at)) => Soundness::Unfit(alarm(at, self.broken_by, self.broken_line)),
            (None, None) => Soundness::Whole,
        }
    }
}

impl Soundness {
    /// How the log of `station` stands.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(connection: &mut Connection, station: &StationId) -> Result<Self> {
        let wrong: Option<Row> = sqlx::query_as(wrong!("s.id = $1"))
            .bind(station.as_str())
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(row) = wrong {
            return Ok(row.soundness());
        }
        let written = "SELECT COUNT(*) FROM journals WHERE station_id = $1 AND stored_through > 0";
        let (written,): (i64,) = sqlx::query_as(written)
            .bind(station.as_str())
            .fetch_one(connection)
            .await?;
        Ok(if written == 0 {
            Self::Empty
        } else {
            Self::Whole
        })
    }

    /// What is wrong with logs of stations that `person` may see; all others hold together.
    ///
    /// # Errors
    /// The database failed.
    pub async fn wrong(
        connection: &mut Connection,
        person: &PersonId,
    ) -> Result<BTreeMap<StationId, Self>> {
        let rows: Vec<Row> = sqlx::query_as(wrong!(
            "EXISTS (SELECT 1 FROM area_lines l JOIN roles r ON r.area_id = l.above_id \
             WHERE l.area_id = s.area_id AND r.person_id = $1)"
        ))
        .bind(person.as_str())
        .fetch_all(connection)
        .await?;
        let mut wrong = BTreeMap::new();
        for row in rows {
            let station = row.station_id.parse().map_err(anyhow::Error::from)?;
            wrong.entry(station).or_insert_with(|| row.soundness());
        }
        Ok(wrong)
    }

    /// The same in words, with a tone; nothing of an empty log.
    pub fn words(&self, shell: &Shell) -> Option<(String, &'static str)> {
        match self {
            Self::Empty => None,
            Self::Whole => Some((shell.say("as-run-whole"), "good")),
            Self::Unfit(_) | Self::Altered(_) => self.alarm(shell).map(|text| (text, "bad")),
        }
    }

    /// What does not fit and what to do; nothing of a log that holds together.
    pub fn alarm(&self, shell: &Shell) -> Option<String> {
        let (key, Alarm { at, why, line }) = match self {
            Self::Empty | Self::Whole => return None,
            Self::Unfit(alarm) => ("as-run-broken", alarm),
            Self::Altered(alarm) => ("as-run-altered", alarm),
        };
        let at = shell.when(at);
        let values = [
            ("at", at.value()),
            ("why", why.value()),
            ("line", line.value()),
        ];
        Some(shell.language.say_with(key, &values))
    }
}
