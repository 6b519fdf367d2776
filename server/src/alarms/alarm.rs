//! One alarm as the database holds it.

use std::time::Duration;

use programme::ids::{AlarmId, AreaId, PersonId, StationId};
use programme::units::WallTime;
use programme::wire::FaultName;

use crate::database::Connection;
use crate::web::errors::{Error, Result};

/// What is over for longer is forgotten.
pub(super) const LATELY: Duration = Duration::from_hours(30 * 24);
/// What was over sooner is no news: after each start a PC does not know the time for a moment.
pub(super) const SHORTEST: Duration = Duration::from_mins(5);

/// The name of [`About::Away`].
pub(super) const AWAY: &str = "away";

/// What an alarm is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Nothing was heard of the station.
    Away,
    /// Something that the station said of itself.
    Fault(FaultName),
}

/// Something that is or was wrong with a station.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Its name.
    pub id: AlarmId,
    /// The station.
    pub station: StationId,
    /// What people call that.
    pub station_name: String,
    /// Its village.
    pub area: AreaId,
    /// What people call that.
    pub area_name: String,
    /// What is wrong.
    pub about: About,
    /// Since when; a station that is away, since its last word.
    pub since: WallTime,
    /// Until when, if it is over.
    pub until: Option<WallTime>,
}

crate::rows! {
    struct Row {
        id: String,
        station_id: String,
        station_name: String,
        area_id: String,
        area_name: String,
        about: String,
        since_ms: i64,
        until_ms: Option<i64>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.station_id, s.name AS station_name, s.area_id, \
             v.name AS area_name, a.about, a.since_ms, a.until_ms FROM alarms a \
             JOIN stations s ON s.id = a.station_id JOIN areas v ON v.id = s.area_id ",
            $rest
        )
    };
}

/// In charge of a station of the area `s.area_id`: the roles that look after it.
macro_rules! in_charge {
    () => {
        "EXISTS (SELECT 1 FROM area_lines l JOIN roles r ON r.area_id = l.above_id \
         WHERE l.area_id = s.area_id AND r.person_id = $1 \
         AND r.role IN ('head', 'officer', 'admin'))"
    };
}

impl About {
    /// Its name in the database.
    ///
    /// # Errors
    /// A fault has no name.
    pub fn name(&self) -> Result<String> {
        match self {
            Self::Away => Ok(AWAY.to_owned()),
            Self::Fault(fault) => {
                let name = serde_json::to_value(fault)?;
                Ok(name.as_str().unwrap_or_default().to_owned())
            }
        }
    }

    fn from_name(name: String) -> Result<Self> {
        Ok(match name.as_str() {
            AWAY => Self::Away,
            _ => Self::Fault(serde_json::from_value(name.into())?),
        })
    }
}

impl Row {
    fn alarm(self) -> Result<Alarm> {
        Ok(Alarm {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            station: self.station_id.parse().map_err(anyhow::Error::from)?,
            station_name: self.station_name,
            area: self.area_id.parse().map_err(anyhow::Error::from)?,
            area_name: self.area_name,
            about: About::from_name(self.about)?,
            since: WallTime::from_millis(self.since_ms),
            until: self.until_ms.map(WallTime::from_millis),
        })
    }
}

/// The alarm with this name, if `person` is in charge of its station.
///
/// # Errors
/// 404 when there is none for them.
pub async fn find(connection: &mut Connection, person: &PersonId, id: &AlarmId) -> Result<Alarm> {
    let row: Option<Row> = sqlx::query_as(concat!(select!("WHERE a.id = $2 AND "), in_charge!()))
        .bind(person.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.ok_or_else(Error::not_found)?.alarm()
}

/// The alarms that go on at stations that `person` is in charge of, the newest first: `limit` of
/// them behind the first `skip`.
///
/// # Errors
/// The database failed.
pub async fn going_on(
    connection: &mut Connection,
    person: &PersonId,
    limit: u32,
    skip: u32,
) -> Result<Vec<Alarm>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        select!("WHERE a.until_ms IS NULL AND "),
        in_charge!(),
        " ORDER BY a.since_ms DESC, a.id LIMIT $2 OFFSET $3"
    ))
    .bind(person.as_str())
    .bind(i64::from(limit))
    .bind(i64::from(skip))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::alarm).collect()
}

/// The last `limit` of those that are over since [`LATELY`] and took [`SHORTEST`] at least.
///
/// # Errors
/// The database failed.
pub async fn over(
    connection: &mut Connection,
    person: &PersonId,
    now: WallTime,
    limit: u32,
) -> Result<Vec<Alarm>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        select!("WHERE a.until_ms >= $2 AND a.until_ms - a.since_ms >= $3 AND "),
        in_charge!(),
        " ORDER BY a.until_ms DESC, a.id LIMIT $4"
    ))
    .bind(person.as_str())
    .bind((now - LATELY).as_millis())
    .bind(i64::try_from(SHORTEST.as_millis()).unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::alarm).collect()
}

/// How many alarms that go on `person` is in charge of and has not seen.
///
/// # Errors
/// The database failed.
pub async fn unseen(connection: &mut Connection, person: &PersonId) -> Result<i64> {
    let (count,): (i64,) = sqlx::query_as(concat!(
        "SELECT COUNT(*) FROM alarms a JOIN stations s ON s.id = a.station_id \
         WHERE a.until_ms IS NULL AND NOT EXISTS (SELECT 1 FROM alarms_known k \
         WHERE k.alarm_id = a.id AND k.person_id = $1) AND ",
        in_charge!()
    ))
    .bind(person.as_str())
    .fetch_one(connection)
    .await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use programme::wire::Fault;

    use super::*;
    use crate::people::rights::{Right, Role};

    #[test]
    fn in_charge_of_a_station_is_whoever_may_stop_it() {
        for role in Role::ALL {
            let name = format!("'{}'", role.name());
            assert_eq!(
                in_charge!().contains(&name),
                role.may(Right::Stop),
                "{name}"
            );
        }
    }

    #[test]
    fn what_an_alarm_is_about_is_found_again_by_its_name() {
        let later = FaultName::Unknown("horn_stolen".to_owned());
        let known = FaultName::Known(Fault::OutputLost);
        for about in [About::Away, About::Fault(known), About::Fault(later)] {
            let name = about.name().unwrap();
            assert_eq!(About::from_name(name).unwrap(), about);
        }
    }
}
