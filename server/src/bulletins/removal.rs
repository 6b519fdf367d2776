//! Deleting what never aired: a draft that nobody needs. What was approved once stays on record for
//! good, and is withdrawn instead.

use serde_json::json;

use super::bulletin::{self, Bulletin};
use super::drafts;
use crate::areas::area::Area;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::requests::steps;
use crate::state::State;
use crate::web::errors::Result;

/// Deletes `seen` if it is still open and as its version was. Its recordings stay in the library,
/// also one that joined it since; where it was made for a request, the village is asked again.
///
/// # Errors
/// 403 without [`Right::Record`] there, 409 for one that is not open or was changed
/// meanwhile.
pub async fn delete(state: &State, actor: &Actor, area: &Area, seen: &Bulletin) -> Result<()> {
    actor.require_in_sight(Right::Record, area)?;
    let id = seen.id.as_str();
    let mut write = state.database.write().await?;
    write.hold(id).await?;
    let takes = bulletin::takes(&mut write, &seen.id).await?;
    let request = steps::ask_again(&mut write, &seen.id).await?;
    for sql in [
        "DELETE FROM bulletin_recordings WHERE bulletin_id = $1",
        "DELETE FROM bulletin_makers WHERE bulletin_id = $1",
    ] {
        sqlx::query(sql).bind(id).execute(&mut *write).await?;
    }
    let removed = sqlx::query(
        "DELETE FROM bulletins WHERE id = $1 AND version = $2 AND state IN ('draft', 'rejected')",
    )
    .bind(id)
    .bind(seen.version)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if removed == 0 {
        // What was done before goes with the transaction.
        return Err(drafts::why_not(&mut write, &seen.id).await);
    }
    let title = seen.content.title.trim();
    let detail = json!({ "title": title, "recordings": takes, "request": request });
    let verb = "bulletin.delete";
    drafts::note(state, &mut write, actor, verb, &seen.id, area, &detail).await?;
    write.commit().await?;
    state.wake.announce(id).await;
    Ok(())
}
