//! Who may approve a bulletin that waits: by name, so that nobody waits for a decision that nobody
//! may make.

use std::collections::BTreeSet;

use programme::programme::Class;
use programme::units::WallTime;

use super::bulletin::{Bulletin, Stage};
use crate::areas::area::Area;
use crate::database::Connection;
use crate::people::rights::{Right, Role};
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// So many people are named; the nearest ones.
const MOST: usize = 10;

crate::rows! {
    struct Row {
        person_id: String,
        full_name: String,
        role: String,
        area_name: String,
        has_made: i64,
    }
}

/// Who decides about a bulletin, each with the role by which they do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approvers {
    /// Those who may approve it.
    pub may: Vec<String>,
    /// So many more than are named.
    pub more: usize,
    /// Those who might, had they not helped to make it.
    pub made_it: Vec<String>,
    /// Those who may give somebody else the role; only looked for where nobody may approve.
    pub may_give: Vec<String>,
}

impl Approvers {
    /// Those of `bulletin` in `area`, while it waits for one of them; `None` where there is nothing
    /// to wait for, and where it is out of date, because then nobody may.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(
        connection: &mut Connection,
        bulletin: &Bulletin,
        area: &Area,
        shell: &Shell,
        now: WallTime,
    ) -> Result<Option<Self>> {
        if !matches!(bulletin.stage, Stage::Submitted(_)) || bulletin.valid_until <= now {
            return Ok(None);
        }
        let rows = rows(connection, bulletin, area).await?;
        let by_head =
            bulletin.content.class == Class::Ordinary && area.ways.policy.head_may_approve;
        let approves = |role: Role| role.may(Right::Approve) || (by_head && role == Role::Head);
        let bars = |row: &Row| row.has_made > 0 && !area.ways.approver_may_be_author;
        let mut may = named(&rows, shell, |row, role| approves(role) && !bars(row));
        let more = may.len().saturating_sub(MOST);
        may.truncate(MOST);
        let may_give = match may.is_empty() {
            true => named(&rows, shell, |_, role| role.may(Right::ManagePeople)),
            false => Vec::new(),
        };
        Ok(Some(Self {
            made_it: named(&rows, shell, |row, role| approves(role) && bars(row)),
            may,
            more,
            may_give,
        }))
    }
}

/// Each person once, by their nearest role of those that are `wanted`.
fn named(rows: &[Row], shell: &Shell, wanted: impl Fn(&Row, Role) -> bool) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut named = Vec::new();
    for row in rows {
        // A role that this release does not know gives no right.
        let role = Role::from_name(&row.role).filter(|role| wanted(row, *role));
        if let Some(role) = role
            && known.insert(&row.person_id)
        {
            let (role, area) = (shell.say(role.key()), &row.area_name);
            named.push(format!("{} ({role}, {area})", row.full_name));
        }
    }
    named
}

/// Everybody with a role in `area` or above it who can sign in, the nearest first.
async fn rows(connection: &mut Connection, bulletin: &Bulletin, area: &Area) -> Result<Vec<Row>> {
    Ok(sqlx::query_as(
        "SELECT p.id AS person_id, p.full_name, h.role, a.name AS area_name, \
         (SELECT COUNT(*) FROM bulletin_makers m \
         WHERE m.bulletin_id = $1 AND m.person_id = p.id) AS has_made \
         FROM area_lines l JOIN roles h ON h.area_id = l.above_id \
         JOIN people p ON p.id = h.person_id JOIN areas a ON a.id = h.area_id \
         WHERE l.area_id = $2 AND p.closed_at_ms IS NULL \
         ORDER BY l.distance, p.full_name, p.id, h.role",
    )
    .bind(bulletin.id.as_str())
    .bind(area.id.as_str())
    .fetch_all(connection)
    .await?)
}
