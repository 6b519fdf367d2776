//! Bulletins that wait for somebody.

use programme::ids::PersonId;
use programme::units::WallTime;

use super::Bulletin;
use super::rows::{Row, select};
use crate::database::Connection;
use crate::people::rights::{Right, Role};
use crate::web::errors::Result;

/// What waits for approval in areas where `person` approves, or is the head who approves what is
/// ordinary there ([`may_approve`](crate::areas::policy::may_approve)), what was sent first first.
/// What they made themselves waits for somebody else where the area, or what is above it, says so;
/// `default` holds where none says anything.
///
/// # Errors
/// The database failed.
pub async fn to_approve(
    connection: &mut Connection,
    person: &PersonId,
    default: bool,
    limit: u32,
) -> Result<Vec<Bulletin>> {
    let [a, b, c, d] = Role::names_with(Right::Approve);
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE b.state = 'submitted' AND (EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles h ON h.area_id = l.above_id \
         WHERE l.area_id = b.area_id AND h.person_id = $1 AND h.role IN ($2, $3, $4, $5)) \
         OR (b.class = 'ordinary' AND EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles h ON h.area_id = l.above_id \
         WHERE l.area_id = b.area_id AND h.person_id = $1 AND h.role = $8) AND COALESCE(\
         (SELECT w.head_may_approve FROM area_lines l JOIN areas w ON w.id = l.above_id \
         WHERE l.area_id = b.area_id AND w.head_may_approve IS NOT NULL \
         ORDER BY l.distance LIMIT 1), 0) = 1)) \
         AND (NOT EXISTS (SELECT 1 FROM bulletin_makers m \
         WHERE m.bulletin_id = b.id AND m.person_id = $1) OR COALESCE(\
         (SELECT w.approver_may_be_author FROM area_lines l JOIN areas w ON w.id = l.above_id \
         WHERE l.area_id = b.area_id AND w.approver_may_be_author IS NOT NULL \
         ORDER BY l.distance LIMIT 1), $6) = 1) \
         ORDER BY b.submitted_at_ms, b.id LIMIT $7"
    ))
    .bind(person.as_str())
    .bind(a)
    .bind(b)
    .bind(c)
    .bind(d)
    .bind(i64::from(default))
    .bind(i64::from(limit))
    .bind(Role::Head.name())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_bulletin).collect()
}

/// What may air at `now` in an area where `person` schedules, and is in no broadcast for it that
/// was not cancelled; what was approved last first. What is for an emergency, or was aired by one,
/// is ordered at its hour and waits for no schedule.
///
/// # Errors
/// The database failed.
pub async fn unscheduled(
    connection: &mut Connection,
    person: &PersonId,
    now: WallTime,
    limit: u32,
) -> Result<Vec<Bulletin>> {
    let [a, b, c, d] = Role::names_with(Right::Schedule);
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE b.state = 'approved' AND b.valid_until_ms > $2 AND b.class <> 'emergency' \
         AND NOT EXISTS (SELECT 1 FROM emergencies e WHERE e.bulletin_id = b.id) \
         AND EXISTS (SELECT 1 FROM roles h \
         WHERE h.person_id = $1 AND h.role IN ($3, $4, $5, $6) \
         AND EXISTS (SELECT 1 FROM area_lines l \
         WHERE (l.area_id = b.area_id AND l.above_id = h.area_id) \
         OR (l.area_id = h.area_id AND l.above_id = b.area_id)) \
         AND NOT EXISTS (SELECT 1 FROM broadcast_bulletins m \
         JOIN broadcasts c ON c.id = m.broadcast_id AND c.cancelled_at_ms IS NULL \
         JOIN broadcast_targets t ON t.broadcast_id = c.id JOIN area_lines l \
         ON (l.area_id = t.area_id AND l.above_id = h.area_id) \
         OR (l.area_id = h.area_id AND l.above_id = t.area_id) WHERE m.bulletin_id = b.id)) \
         ORDER BY b.decided_at_ms DESC, b.id LIMIT $7"
    ))
    .bind(person.as_str())
    .bind(now.as_millis())
    .bind(a)
    .bind(b)
    .bind(c)
    .bind(d)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_bulletin).collect()
}

/// What `person` helped to make and is in the state `of`, what changed last first.
///
/// # Errors
/// The database failed.
pub async fn own(
    connection: &mut Connection,
    person: &PersonId,
    of: &str,
    limit: u32,
) -> Result<Vec<Bulletin>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "JOIN bulletin_makers m ON m.bulletin_id = b.id AND m.person_id = $1 \
         WHERE b.state = $2 ORDER BY b.changed_at_ms DESC, b.id LIMIT $3"
    ))
    .bind(person.as_str())
    .bind(of)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_bulletin).collect()
}
