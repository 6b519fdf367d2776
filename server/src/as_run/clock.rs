//! Who vouched for a station's time on a day, and how far that moved it.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use programme::as_run::{Entry, Record};
use programme::clock::Voucher;
use programme::units::WallTime;
use programme::zone::Zone;

use super::store::CLOCK_VOUCHED;
use crate::database::Connection;
use crate::stations::station::Station;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// Most lines of a day: a clock that is set all day long need not fill the page.
const MOST: i64 = 20;

/// A statement of the time that a station took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Station time right after it.
    pub wall: WallTime,
    /// Who made it.
    pub by: Voucher,
    /// By how many milliseconds station time moved; `None` when it was unknown before.
    pub moved_ms: Option<i64>,
    /// How wrong it can be.
    pub uncertainty: Duration,
}

/// The statements that `station` took on `date`, the newest of them, soonest first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    connection: &mut Connection,
    station: &Station,
    zone: &Zone,
    date: Date,
) -> Result<Vec<Statement>> {
    let midnight = |date: Date| zone.instant(date.at(0, 0, 0, 0));
    let next = date.checked_add(1.day()).unwrap_or(date);
    let (Some(from), Some(until)) = (midnight(date), midnight(next)) else {
        return Ok(Vec::new());
    };
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT entry FROM as_run WHERE station_id = $1 AND record = $2 \
         AND planned_ms >= $3 AND planned_ms < $4 ORDER BY planned_ms DESC LIMIT $5",
    )
    .bind(station.id.as_str())
    .bind(CLOCK_VOUCHED)
    .bind(from.as_millis())
    .bind(until.as_millis())
    .bind(MOST)
    .fetch_all(connection)
    .await?;
    let mut statements = Vec::new();
    for (json,) in rows.iter().rev() {
        let entry: Entry = serde_json::from_str(json)?;
        if let (
            Some(wall),
            Record::ClockVouched {
                by,
                moved_ms,
                uncertainty,
            },
        ) = (entry.wall, entry.record)
        {
            statements.push(Statement {
                wall,
                by,
                moved_ms,
                uncertainty,
            });
        }
    }
    Ok(statements)
}

impl Statement {
    /// The statement as a sentence.
    pub fn in_words(&self, zone: &Zone, shell: &Shell) -> String {
        let at = zone.civil(self.wall).strftime("%H:%M:%S").to_string();
        let by = shell.say(match self.by {
            Voucher::HardwareClock => "as-run-clock-hardware",
            Voucher::Person => "as-run-clock-person",
            Voucher::Ntp => "as-run-clock-ntp",
            Voucher::Server => "as-run-clock-server",
        });
        let within = span(self.uncertainty, shell);
        let text = |text: &str| text.to_owned().into();
        let mut values = vec![
            ("at", text(&at)),
            ("by", text(&by)),
            ("within", text(&within)),
        ];
        let Some(moved_ms) = self.moved_ms else {
            return shell.language.say_with("as-run-clock-began", &values);
        };
        let way = if moved_ms < 0 {
            "as-run-clock-back"
        } else {
            "as-run-clock-forward"
        };
        let moved = span(Duration::from_millis(moved_ms.unsigned_abs()), shell);
        let moved = shell.say1(way, "span", moved);
        values.push(("moved", text(&moved)));
        shell.language.say_with("as-run-clock-moved", &values)
    }
}

/// A span in digits, and days in words.
fn span(span: Duration, shell: &Shell) -> String {
    let seconds = span.as_secs();
    if seconds < 10 {
        return format!("{} s", shell.language.number(span.as_secs_f64(), 2));
    }
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let rest = format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60);
    match days {
        0 => rest,
        _ => shell.say2("as-run-clock-days", ("days", days), ("rest", rest)),
    }
}
