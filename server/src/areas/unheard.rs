//! Villages in which nothing is heard, because no village PC stands there: open areas that contain
//! no open area and have no station. A country may have more of them than the first thousand.

use programme::ids::{AreaId, PersonId};

use crate::database::Connection;
use crate::web::errors::Result;

macro_rules! unheard {
    ($within:literal) => {
        concat!(
            "SELECT DISTINCT a.name FROM areas a JOIN area_lines l ON l.area_id = a.id ",
            $within,
            " AND NOT EXISTS (SELECT 1 FROM area_lines u JOIN areas c ON c.id = u.above_id \
             WHERE u.area_id = a.id AND c.closed_at_ms IS NOT NULL) \
             AND NOT EXISTS (SELECT 1 FROM areas b \
             WHERE b.parent_id = a.id AND b.closed_at_ms IS NULL) \
             AND NOT EXISTS (SELECT 1 FROM stations s \
             WHERE s.area_id = a.id AND s.closed_at_ms IS NULL) ORDER BY a.name LIMIT 1000"
        )
    };
}

/// Their names, of those in `area`, itself included.
///
/// # Errors
/// The database failed.
pub async fn below(connection: &mut Connection, area: &AreaId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = sqlx::query_as(unheard!("WHERE l.above_id = $1"))
        .bind(area.as_str())
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The same of those in the areas in which a person has a role.
///
/// # Errors
/// The database failed.
pub async fn of_reader(connection: &mut Connection, person: &PersonId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = sqlx::query_as(unheard!(
        "JOIN roles r ON r.area_id = l.above_id WHERE r.person_id = $1"
    ))
    .bind(person.as_str())
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}
