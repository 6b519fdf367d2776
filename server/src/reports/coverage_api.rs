//! Who will hear what is still to come, for scripts.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::ahead::{self, Chance};
use super::api::Wanted;
use super::scope::Scope;
use super::words;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::Query;
use crate::web::frame::Problem;
use crate::web::shell::Shell;

/// A broadcast that is still to come on a day, and who will hear it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CoverageLine {
    /// The broadcast.
    broadcast: String,
    /// Titles of its bulletins.
    title: String,
    /// Its starts in any village.
    starts_ms: Vec<i64>,
    /// The villages that are meant.
    villages: Vec<VillageChance>,
}

/// A village, and whether it will hear.
#[derive(Debug, Serialize, ToSchema)]
struct VillageChance {
    /// The village.
    area: String,
    /// Its name.
    name: String,
    /// Households, where known.
    households: Option<i64>,
    /// The station on which this rests; `null` when it has none.
    station: Option<String>,
    /// Whether it will hear one of the starts at least: `will`, `likely` (when things stay or go on
    /// as they are) or `not` (as things stand).
    chance: String,
    /// What stands between, in words.
    why: Option<String>,
    /// What to do.
    advice: Option<String>,
    /// Each start that is meant for it.
    starts: Vec<StartChance>,
}

/// A start, and whether a village will hear it.
#[derive(Debug, Serialize, ToSchema)]
struct StartChance {
    /// When it is planned.
    at_ms: i64,
    /// As that of the village.
    chance: String,
    /// What stands between, in words.
    why: Option<String>,
}

/// A chance's name in JSON.
fn chance_name(chance: Chance) -> String {
    let name = match chance {
        Chance::Will => "will",
        Chance::Likely(_) => "likely",
        Chance::Not(_) => "not",
    };
    name.to_owned()
}

/// Who will hear what is still to come on a day in an area and below.
#[utoipa::path(get, path = "/api/v1/reports/coverage", tag = "reports",
    params(("area" = Option<String>, Query, description = "your widest one unless given"),
        ("date" = Option<String>, Query, description = "`2026-11-23`; today unless given")),
    responses((status = 200, body = Vec<CoverageLine>), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub(super) async fn coverage(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<CoverageLine>>> {
    let mut connection = state.database.read().await?;
    let scope = Scope::of(&state, &mut connection, &actor, &wanted.area).await?;
    let date = scope.day(&wanted.date, state.now())?;
    let coming = ahead::of(&state, &mut connection, &scope, date, None).await?;
    let start = |one: &ahead::Judged| StartChance {
        at_ms: one.at.as_millis(),
        chance: chance_name(one.chance),
        why: one.chance.why().map(|why| words::why(why, &shell).0),
    };
    let village = |hearer: ahead::Hearer| {
        let said = hearer.chance.why().map(|why| words::why(why, &shell));
        let (why, advice) = said.unzip();
        VillageChance {
            area: hearer.area.id.to_string(),
            name: hearer.area.name,
            households: hearer.area.households,
            station: hearer.station.map(|id| id.to_string()),
            chance: chance_name(hearer.chance),
            why,
            advice,
            starts: hearer.starts.iter().map(start).collect(),
        }
    };
    let line = |one: ahead::Coming| CoverageLine {
        broadcast: one.broadcast.to_string(),
        title: one.title,
        starts_ms: one.starts.iter().map(|at| at.as_millis()).collect(),
        villages: one.hearers.into_iter().map(village).collect(),
    };
    Ok(Json(coming.into_iter().map(line).collect()))
}
