//! Reports for scripts.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::confirm_api;
use super::coverage_api;
use super::month::{self, Share, Tally};
use super::scope::{Scope, Span};
use super::topics;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Query;
use crate::web::frame::Problem;
use crate::web::shell::Shell;

/// `/api/v1/reports…` and `/api/v1/confirmations`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(coverage_api::coverage))
        .routes(routes!(campaign))
        .routes(routes!(month_of))
        .routes(routes!(confirm_api::confirm))
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) area: String,
    #[serde(default)]
    pub(super) date: String,
    #[serde(default)]
    month: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

/// A campaign in an area and a span of days.
#[derive(Debug, Serialize, ToSchema)]
struct CampaignWhole {
    /// The campaign.
    topic: String,
    /// Starts that were heard to the end.
    times: usize,
    /// How long it was heard, over all villages.
    heard_ms: u64,
    /// Languages.
    languages: Vec<String>,
    /// Villages where it was heard to the end.
    reached: Vec<VillageReached>,
    /// Names of villages where it was not.
    never: Vec<String>,
    /// The villages where it aired to the end, and where the newest word of people is that there
    /// was no sound. They are not among `reached`.
    silent: Vec<VillageReached>,
    /// Of the villages where it aired, those where somebody said how.
    confirmed_villages: usize,
    /// Those where somebody understood every word.
    clear_villages: usize,
    /// Those where somebody did not understand every word.
    unclear_villages: usize,
    /// Those where somebody heard no sound.
    silent_villages: usize,
    /// Whether there was more than one report reads.
    truncated: bool,
}

/// A village where a campaign aired.
#[derive(Debug, Serialize, ToSchema)]
struct VillageReached {
    /// The village.
    area: String,
    /// Its name.
    name: String,
    /// Households, where known.
    households: Option<i64>,
    /// Starts that were heard to the end.
    times: usize,
    /// How long.
    heard_ms: u64,
    /// Languages.
    languages: Vec<String>,
    /// Words of people there: every word was understood.
    heard_clear: usize,
    /// Not every word was understood.
    heard_unclear: usize,
    /// There was no sound.
    heard_silent: usize,
}

/// Where a campaign was heard in a span of days.
#[utoipa::path(get, path = "/api/v1/reports/campaign", tag = "reports",
    params(("topic" = Option<String>, Query, description = "what is of no campaign unless given"),
        ("area" = Option<String>, Query),
        ("from" = Option<String>, Query, description = "`2026-11-01`; 30 days unless given"),
        ("until" = Option<String>, Query, description = "`2026-11-30`; today unless given")),
    responses((status = 200, body = CampaignWhole), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn campaign(
    state: State,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Json<CampaignWhole>> {
    let mut connection = state.database.read().await?;
    let scope = Scope::of(&state, &mut connection, &actor, &wanted.area).await?;
    let span = Span::days(&wanted.from, &wanted.until, scope.today(state.now()))?;
    let topic = Some(wanted.topic.as_str());
    let (found, truncated) = topics::of(&state, &mut connection, &scope, span, topic).await?;
    let one = found.into_iter().next().ok_or_else(Error::not_found)?;
    let village = |one: topics::Reached| {
        let [heard_clear, heard_unclear, heard_silent] = one.answers;
        VillageReached {
            area: one.area.id.to_string(),
            name: one.area.name,
            households: one.area.households,
            times: one.times,
            heard_ms: millis(one.heard),
            languages: one.languages.into_iter().collect(),
            heard_clear,
            heard_unclear,
            heard_silent,
        }
    };
    let confirmed = one.confirmed();
    let [clear_villages, unclear_villages, silent_villages] = confirmed.answers;
    Ok(Json(CampaignWhole {
        topic: one.topic,
        times: one.times,
        heard_ms: millis(one.heard),
        languages: one.languages.into_iter().collect(),
        reached: one.reached.into_iter().map(village).collect(),
        silent: one.silent.into_iter().map(village).collect(),
        never: one.never.into_iter().map(|area| area.name).collect(),
        confirmed_villages: confirmed.villages,
        clear_villages,
        unclear_villages,
        silent_villages,
        truncated,
    }))
}

/// Starts, counted by what became of them.
#[derive(Debug, Serialize, ToSchema)]
struct Counted {
    /// Bulletins that were heard to the end at least once.
    bulletins: usize,
    /// Starts that were reported.
    starts: usize,
    /// Heard to the end.
    aired: usize,
    /// Cut short.
    cut: usize,
    /// Not heard, and should have been.
    missed: usize,
    /// Forbidden by a rule or a person.
    suppressed: usize,
    /// Begun, with no outcome reported.
    open: usize,
    /// The station was not able when the time came.
    unable: usize,
    /// How long sound was on, over all attempts.
    heard_ms: u64,
    /// How long it would have been on, of starts whose length is known.
    asked_ms: u64,
    /// How much of that was heard: of each start the attempt that came furthest.
    of_asked_ms: u64,
    /// Starts whose length is not known, because it never sounded anywhere.
    of_unknown_length: usize,
    /// People who heard every word, not every word, nothing.
    heard_clear: usize,
    /// Not every word was understood.
    heard_unclear: usize,
    /// There was no sound.
    heard_silent: usize,
}

/// A month of an area.
#[derive(Debug, Serialize, ToSchema)]
struct MonthWhole {
    /// The area.
    area: String,
    /// The month.
    month: String,
    /// What was planned.
    planned: Counted,
    /// Emergencies.
    emergencies: Counted,
    /// Exercises of emergencies.
    drills: Counted,
    /// Each station.
    stations: Vec<StationCounted>,
    /// By campaign; the name is empty for bulletins that belong to none.
    topics: Vec<ShareLine>,
    /// By class.
    classes: Vec<ShareLine>,
    /// By language.
    languages: Vec<ShareLine>,
    /// Why starts were not heard to the end.
    causes: Vec<CauseLine>,
    /// Whether there was more than one report reads.
    truncated: bool,
}

/// A station's month.
#[derive(Debug, Serialize, ToSchema)]
struct StationCounted {
    /// The station.
    station: String,
    /// Its name.
    name: String,
    /// Its village.
    area_name: String,
    /// Households, where known.
    households: Option<i64>,
    /// Loudspeaker clusters.
    clusters: i64,
    /// Where it stands: degrees of latitude and longitude; empty where that is not known.
    position: String,
    /// When it was last heard of: what it aired since is not known.
    seen_at_ms: Option<i64>,
    /// What was planned.
    planned: Counted,
    /// Emergencies.
    emergencies: Counted,
    /// Exercises.
    drills: Counted,
}

/// What was heard of a campaign, a class or a language.
#[derive(Debug, Serialize, ToSchema)]
struct ShareLine {
    /// Its name.
    name: String,
    /// Bulletins that were heard to the end at least once.
    bulletins: usize,
    /// Starts in which it was heard to the end.
    times: usize,
    /// How long.
    heard_ms: u64,
}

/// Why starts were not heard to the end.
#[derive(Debug, Serialize, ToSchema)]
struct CauseLine {
    /// Why, in words.
    why: String,
    /// Starts.
    count: usize,
}

/// The numbers of a month of an area and below, by what its stations reported.
#[utoipa::path(get, path = "/api/v1/reports/month", tag = "reports",
    params(("area" = Option<String>, Query), ("month" = String, Query,
        description = "`2026-11`")),
    responses((status = 200, body = MonthWhole), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn month_of(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Json<MonthWhole>> {
    let mut connection = state.database.read().await?;
    let scope = Scope::of(&state, &mut connection, &actor, &wanted.area).await?;
    let span = Span::month(&wanted.month)?;
    let found = month::of(&mut connection, &scope, span).await?;
    let station = |one: month::StationMonth| StationCounted {
        station: one.id.to_string(),
        name: one.name,
        area_name: one.area_name,
        households: one.households,
        clusters: one.clusters,
        position: one.position,
        seen_at_ms: one.seen_at.map(|at| at.as_millis()),
        planned: counted(&one.planned),
        emergencies: counted(&one.emergencies),
        drills: counted(&one.drills),
    };
    let cause = |(key, count): (&'static str, usize)| CauseLine {
        why: shell.say(key),
        count,
    };
    Ok(Json(MonthWhole {
        area: scope.area.id.to_string(),
        month: wanted.month,
        planned: counted(&found.planned),
        emergencies: counted(&found.emergencies),
        drills: counted(&found.drills),
        stations: found.stations.into_iter().map(station).collect(),
        topics: found.topics.into_iter().map(share).collect(),
        classes: found.classes.into_iter().map(share).collect(),
        languages: found.languages.into_iter().map(share).collect(),
        causes: found.causes.into_iter().map(cause).collect(),
        truncated: found.truncated,
    }))
}

fn counted(tally: &Tally) -> Counted {
    let [heard_clear, heard_unclear, heard_silent] = tally.answers;
    Counted {
        bulletins: tally.bulletins.len(),
        starts: tally.starts,
        aired: tally.aired,
        cut: tally.cut,
        missed: tally.missed,
        suppressed: tally.suppressed,
        open: tally.open,
        unable: tally.unable,
        heard_ms: millis(tally.heard),
        asked_ms: millis(tally.asked),
        of_asked_ms: millis(tally.of_asked),
        of_unknown_length: tally.of_unknown_length,
        heard_clear,
        heard_unclear,
        heard_silent,
    }
}

fn share((name, share): (String, Share)) -> ShareLine {
    ShareLine {
        name,
        bulletins: share.bulletins.len(),
        times: share.times,
        heard_ms: millis(share.heard),
    }
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
