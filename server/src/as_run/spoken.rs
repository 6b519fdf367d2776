//! What a station said of itself over its loudspeakers on a day.

use jiff::ToSpan;
use jiff::civil::Date;
use programme::as_run::{Entry, Record, STATUS_SPOKEN};
use programme::zone::Zone;

use crate::database::Connection;
use crate::stations::station::Station;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// Most lines of a day; a station speaks once.
const MOST: i64 = 10;

/// What `station` said on `date`, as sentences, soonest first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    connection: &mut Connection,
    station: &Station,
    zone: &Zone,
    date: Date,
    shell: &Shell,
) -> Result<Vec<String>> {
    let midnight = |date: Date| zone.instant(date.at(0, 0, 0, 0));
    let next = date.checked_add(1.day()).unwrap_or(date);
    let (Some(from), Some(until)) = (midnight(date), midnight(next)) else {
        return Ok(Vec::new());
    };
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT entry FROM as_run WHERE station_id = $1 AND record = $2 \
         AND planned_ms >= $3 AND planned_ms < $4 ORDER BY planned_ms LIMIT $5",
    )
    .bind(station.id.as_str())
    .bind(STATUS_SPOKEN)
    .bind(from.as_millis())
    .bind(until.as_millis())
    .bind(MOST)
    .fetch_all(connection)
    .await?;
    let mut spoken = Vec::new();
    for (json,) in rows {
        let entry: Entry = serde_json::from_str(&json)?;
        if let (Some(wall), Record::StatusSpoken { said }) = (entry.wall, entry.record) {
            let at = zone.civil(wall).strftime("%H:%M").to_string();
            let values = [("at", at.into()), ("said", said.into())];
            spoken.push(shell.language.say_with("as-run-status-spoken", &values));
        }
    }
    Ok(spoken)
}
