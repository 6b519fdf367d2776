//! Who knows of an alarm, and who is still to be told.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::{AlarmId, PersonId};
use programme::units::WallTime;
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::alarm::{self, Alarm};
use crate::audit::{self, Author};
use crate::database::{Connection, places};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

crate::rows! {
    struct Row {
        alarm_id: String,
        person_id: String,
        full_name: String,
        at_ms: i64,
        told_by: Option<String>,
    }

    /// Somebody in charge of a station.
    #[derive(Debug, Clone)]
    pub struct InCharge {
        /// A [`PersonId`] as text.
        pub id: String,
        /// What people call them.
        pub full_name: String,
        /// Where they are called; may be empty.
        pub phone: String,
    }
}

/// Somebody who knows of an alarm.
#[derive(Debug, Clone)]
pub struct Knows {
    /// A [`PersonId`] as text.
    pub person: String,
    /// What people call them.
    pub full_name: String,
    /// Since when.
    pub at: WallTime,
    /// Who told them; `None` where they saw it on the panel.
    pub told_by: Option<String>,
}

/// An alarm with whom it concerns.
#[derive(Debug, Clone)]
pub struct Spread {
    /// The alarm.
    pub alarm: Alarm,
    /// Who knows of it, the first first.
    pub known: Vec<Knows>,
    /// Who is in charge and does not; nobody any more once it is over.
    pub unknown: Vec<InCharge>,
}

/// Notes that `actor` sees those that go on, and says whether one of them is news to them.
///
/// # Errors
/// The database failed.
pub async fn note_seen(state: &State, actor: &Actor, spread: &[Spread]) -> Result<bool> {
    let person = actor.id().as_str();
    let news = spread.iter().filter(|one| {
        let knows = one.known.iter().any(|known| known.person == person);
        one.alarm.until.is_none() && !knows
    });
    let news: Vec<&AlarmId> = news.map(|one| &one.alarm.id).collect();
    if news.is_empty() {
        return Ok(false);
    }
    let mut write = state.database.write().await?;
    for alarm in news {
        put(state, &mut write, alarm, person, None).await?;
    }
    write.commit().await?;
    Ok(true)
}

/// Notes that `actor` has told somebody in charge of an alarm, by telephone or in person.
///
/// # Errors
/// 403 for whoever is in charge nowhere; 404 when there is no such alarm for `actor`, or the other
/// is not in charge; 409 when it is over.
pub async fn tell(state: &State, actor: &Actor, id: &AlarmId, person: &PersonId) -> Result<()> {
    actor.require_somewhere(Right::Stop)?;
    let mut write = state.database.write().await?;
    let alarm = alarm::find(&mut write, actor.id(), id).await?;
    if alarm.until.is_some() {
        return Err(Error::conflict("error-alarm-over"));
    }
    let others = in_charge(&mut write, &alarm).await?;
    if !others.iter().any(|one| one.id == person.as_str()) {
        return Err(Error::not_found());
    }
    if put(state, &mut write, id, person.as_str(), Some(actor.id())).await? {
        let (author, place) = (Author::from(actor), Some(&alarm.area));
        let detail = json!({ "person": person });
        audit::record(
            state,
            &mut write,
            &author,
            "alarm.tell",
            id.as_str(),
            place,
            detail,
        )
        .await?;
    }
    Ok(write.commit().await?)
}

/// Notes who knows of an alarm, and says whether that is news.
async fn put(
    state: &State,
    connection: &mut Connection,
    alarm: &AlarmId,
    person: &str,
    told_by: Option<&PersonId>,
) -> Result<bool> {
    let put = sqlx::query(
        "INSERT INTO alarms_known (alarm_id, person_id, at_ms, told_by_id) \
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(alarm.as_str())
    .bind(person)
    .bind(state.now().as_millis())
    .bind(told_by.map(PersonId::as_str))
    .execute(connection)
    .await?;
    Ok(put.rows_affected() > 0)
}

/// Who knows of each of `alarms`, and who is still to be told.
///
/// # Errors
/// The database failed.
pub async fn spread(connection: &mut Connection, alarms: Vec<Alarm>) -> Result<Vec<Spread>> {
    let mut known = known(connection, &alarms).await?;
    let mut stations = BTreeMap::new();
    let mut spread = Vec::new();
    for alarm in alarms {
        let known = known.remove(alarm.id.as_str()).unwrap_or_default();
        let knows: BTreeSet<&str> = known.iter().map(|one| one.person.as_str()).collect();
        let mut unknown = Vec::new();
        if alarm.until.is_none() {
            if !stations.contains_key(&alarm.area) {
                let all = in_charge(connection, &alarm).await?;
                stations.insert(alarm.area.clone(), all);
            }
            let all = stations.get(&alarm.area).into_iter().flatten();
            unknown.extend(all.filter(|one| !knows.contains(one.id.as_str())).cloned());
        }
        spread.push(Spread {
            alarm,
            known,
            unknown,
        });
    }
    Ok(spread)
}

async fn known(
    connection: &mut Connection,
    alarms: &[Alarm],
) -> Result<BTreeMap<String, Vec<Knows>>> {
    let mut known: BTreeMap<String, Vec<Knows>> = BTreeMap::new();
    if alarms.is_empty() {
        return Ok(known);
    }
    let sql = format!(
        "SELECT k.alarm_id, k.person_id, p.full_name, k.at_ms, t.full_name AS told_by \
         FROM alarms_known k JOIN people p ON p.id = k.person_id \
         LEFT JOIN people t ON t.id = k.told_by_id WHERE k.alarm_id IN ({}) \
         ORDER BY k.at_ms, p.full_name",
        places(alarms.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(sql));
    for alarm in alarms {
        query = query.bind(alarm.id.as_str());
    }
    let rows: Vec<Row> = query.fetch_all(connection).await?;
    for row in rows {
        known.entry(row.alarm_id).or_default().push(Knows {
            person: row.person_id,
            full_name: row.full_name,
            at: WallTime::from_millis(row.at_ms),
            told_by: row.told_by,
        });
    }
    Ok(known)
}

/// Who looks after the station of an alarm: heads, officers and administrators of its area and of
/// those above it up to the commune. A province's are not called for every PC.
async fn in_charge(connection: &mut Connection, alarm: &Alarm) -> Result<Vec<InCharge>> {
    let all = sqlx::query_as(
        "SELECT p.id, p.full_name, p.phone FROM people p WHERE p.closed_at_ms IS NULL AND \
         EXISTS (SELECT 1 FROM roles r JOIN area_lines l ON l.above_id = r.area_id \
         JOIN areas v ON v.id = r.area_id JOIN area_kinds k ON k.kind = v.kind \
         WHERE r.person_id = p.id AND l.area_id = $1 AND r.role IN ('head', 'officer', 'admin') \
         AND k.position >= (SELECT position FROM area_kinds WHERE kind = 'commune')) \
         ORDER BY p.full_name, p.id",
    )
    .bind(alarm.area.as_str())
    .fetch_all(connection)
    .await?;
    Ok(all)
}

impl InCharge {
    /// The first number that stands in what was typed, as a telephone dials it.
    pub fn dialled(&self) -> String {
        let first = self.phone.split(['/', ',', ';']).next().unwrap_or_default();
        let dialled = |sign: &char| sign.is_ascii_digit() || *sign == '+';
        first.chars().filter(dialled).collect()
    }
}
