//! "Quy định": what holds in an area, with the area that says so, on one page; and the same for
//! scripts.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::Time;
use programme::ids::AreaId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::area::{self, Area};
use super::policy::{self, Above, MOST_SESSIONS, OwnPolicy, Policy};
use crate::audit::entries::Trail;
use crate::broadcasts::next::{self, Next};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Json as Body, Path, Query};
use crate::web::frame::Problem;
use crate::web::overtaken::{self, Meant, Opened, Overtaken, Told, Version};
use crate::web::shell::{Shell, done, page_with};

/// The words for yes and for no of what is either.
const APPROVAL: [&str; 2] = ["policy-approval-head-too", "policy-approval-officer"];
const WEEKENDS: [&str; 2] = ["policy-weekends-yes", "policy-weekends-no"];
const LIMITS: [&str; 2] = ["policy-limits-bind", "policy-limits-warn"];

/// `/areas/{area}/policy`
pub fn routes() -> Router<State> {
    Router::new().route("/areas/{area}/policy", get(show).post(save))
}

/// `/api/v1/areas/{area}/policy`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(show_policy, lay_down))
}

#[derive(Template)]
#[template(path = "areas/policy.html")]
struct PolicyPage {
    shell: Shell,
    area: Area,
    /// What holds, in words, each with its label and with who says so.
    held: Vec<Held>,
    /// The form, for those who may change it.
    fields: Option<Fields>,
    /// Who has changed it since the form was opened, and how.
    overtaken: Option<Overtaken>,
    /// What is heard here next, once something was changed.
    next: Option<Next>,
}

#[derive(Clone)]
struct Held {
    key: &'static str,
    value: String,
    from: Source,
}

/// Who says so.
#[derive(Clone)]
enum Source {
    /// The area itself.
    Here,
    /// An area that contains it, by its name.
    Above(String),
    /// Nobody: it is so by default.
    Nobody,
}

/// The fields as they were typed: `yes`, `no`, or empty for "as above".
#[derive(Debug, Clone, Deserialize)]
struct Fields {
    head_may_approve: String,
    sessions_per_day: String,
    ordinary_on_weekends: String,
    limits_bind: String,
    #[serde(flatten)]
    opened: Opened,
}

/// A policy, with what the area says of it itself.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyWhole {
    /// What holds, with what the areas above say.
    held: Policy,
    /// What the area says itself; `null` is as the area above.
    own: OwnPolicy,
    /// Names what it says itself.
    version: Version,
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
) -> Result<Response> {
    let area = seen(&state, &actor, &id).await?;
    let fields = Fields::of(&area);
    answer(&state, shell, &actor, area, StatusCode::OK, fields, None).await
}

async fn save(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let area = seen(&state, &actor, &id).await?;
    actor.require(Right::ManageAreas, &area)?;
    let saved = match fields.own() {
        Ok(own) => policy::lay_down(&state, &actor, &area, &own, fields.opened.seen()).await,
        Err(error) => Err(error),
    };
    let Err(error) = saved else {
        return Ok(done(&format!("/areas/{id}/policy"), "notice-policy-saved"));
    };
    if error.key() != overtaken::CHANGED {
        fields.opened = fields.opened.again();
        let status = shell.alert(error)?;
        return answer(&state, shell, &actor, area, status, fields, None).await;
    }
    let area = seen(&state, &actor, &id).await?;
    let there = Fields::of(&area);
    let told = [&there, &fields].map(|one| one.told(&area, &shell));
    let (trail, over) = (
        Trail::of(id.as_str(), &["area.policy"]),
        there.opened.version,
    );
    let mut connection = state.database.read().await?;
    let (status, told) = Overtaken::told(&mut connection, &mut shell, trail, over, told).await?;
    drop(connection);
    answer(&state, shell, &actor, area, status, fields, Some(told)).await
}

async fn answer(
    state: &State,
    shell: Shell,
    actor: &Actor,
    area: Area,
    status: StatusCode,
    fields: Fields,
    overtaken: Option<Overtaken>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let way = policy::way_up(state, &mut connection, &area).await?;
    let telling = Telling {
        shell: &shell,
        area: &area,
        way: &way,
    };
    let held = telling.held();
    let within = std::slice::from_ref(&area.id);
    let next = next::after_change(state, &mut connection, &shell, actor, within).await?;
    let may_change = actor.may(Right::ManageAreas, &area);
    page_with(
        status,
        &PolicyPage {
            held,
            fields: may_change.then_some(fields),
            overtaken,
            next,
            shell,
            area,
        },
    )
}

impl PolicyPage {
    fn action(&self) -> String {
        format!("/areas/{}/policy", self.area.id)
    }
}

/// An area in words, with what each area on the way up says.
struct Telling<'t> {
    shell: &'t Shell,
    area: &'t Area,
    way: &'t [Above],
}

impl Telling<'_> {
    /// Everything that holds, with the nearest area that says so.
    fn held(&self) -> Vec<Held> {
        [self.approval(), self.hours(), self.limits()].concat()
    }

    fn approval(&self) -> Vec<Held> {
        let ways = &self.area.ways;
        let author = ["areas-approval-author-too", "areas-approval-other"];
        vec![
            self.one(
                "policy-approval",
                self.either(ways.policy.head_may_approve, APPROVAL),
                |above| above.policy.head_may_approve.is_some(),
            ),
            self.one(
                "areas-approval",
                self.either(ways.approver_may_be_author, author),
                |above| above.ways.approver_may_be_author.is_some(),
            ),
        ]
    }

    fn hours(&self) -> Vec<Held> {
        let span = |from: Time, until: Time| {
            let (from, until) = (from.strftime("%H:%M"), until.strftime("%H:%M"));
            format!("{from}–{until}")
        };
        let (quiet, sessions) = (self.area.ways.quiet_hours, self.area.ways.sessions);
        let both = [sessions.morning, sessions.evening].map(|one| span(one.from, one.until));
        let most = sessions.most_minutes.to_string();
        let most = self.shell.say1("areas-session-limit", "minutes", most);
        let own_sessions = |above: &Above| above.ways.sessions.is_some();
        vec![
            self.one(
                "areas-quiet-hours",
                span(quiet.from, quiet.until),
                |above| above.ways.quiet_hours.is_some(),
            ),
            self.one("areas-sessions", both.join(", "), own_sessions),
            self.one("policy-session-minutes", most, own_sessions),
        ]
    }

    fn limits(&self) -> Vec<Held> {
        let policy = &self.area.ways.policy;
        let most = match policy.sessions_per_day {
            Some(most) => self.shell.say1("policy-at-most", "most", most.to_string()),
            None => self.shell.say("policy-unlimited"),
        };
        vec![
            self.one("policy-sessions-per-day", most, |above| {
                above.policy.sessions_per_day.is_some()
            }),
            self.one(
                "policy-weekends",
                self.either(policy.ordinary_on_weekends, WEEKENDS),
                |above| above.policy.ordinary_on_weekends.is_some(),
            ),
            self.one(
                "policy-limits",
                self.either(policy.limits_bind, LIMITS),
                |above| above.policy.limits_bind.is_some(),
            ),
        ]
    }

    fn one(&self, key: &'static str, value: String, says: fn(&Above) -> bool) -> Held {
        let from = match self.way.iter().find(|above| says(above)) {
            Some(above) if above.id == self.area.id => Source::Here,
            // Whoever sees a village hears the name of its commune anyway.
            Some(above) => Source::Above(above.name.clone()),
            None => Source::Nobody,
        };
        Held { key, value, from }
    }

    fn either(&self, yes: bool, [so, not_so]: [&'static str; 2]) -> String {
        self.shell.say(if yes { so } else { not_so })
    }
}

/// What holds in an area beyond what stations are told: who approves, and how much may be said.
#[utoipa::path(get, path = "/api/v1/areas/{area}/policy", tag = "areas",
    params(("area" = String, Path)),
    responses((status = 200, body = PolicyWhole), (status = 404, body = Problem)))]
async fn show_policy(
    state: State,
    actor: Actor,
    Path(id): Path<AreaId>,
) -> Result<Json<PolicyWhole>> {
    Ok(Json(seen(&state, &actor, &id).await?.into()))
}

/// Lays down for an area what is in the body, and nothing else: what is left out is as above.
#[utoipa::path(put, path = "/api/v1/areas/{area}/policy", tag = "areas", request_body = OwnPolicy,
    params(("area" = String, Path), Meant),
    responses((status = 200, body = PolicyWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn lay_down(
    state: State,
    actor: Actor,
    Path(id): Path<AreaId>,
    Query(meant): Query<Meant>,
    Body(own): Body<OwnPolicy>,
) -> Result<Json<PolicyWhole>> {
    let area = seen(&state, &actor, &id).await?;
    policy::lay_down(&state, &actor, &area, &own, meant.version.as_ref()).await?;
    Ok(Json(seen(&state, &actor, &id).await?.into()))
}

/// The area, for whoever may look at it.
///
/// # Errors
/// 404 when there is none; 403 without [`Right::View`].
pub(super) async fn seen(state: &State, actor: &Actor, id: &AreaId) -> Result<Area> {
    let mut connection = state.database.read().await?;
    let area = area::find(state, &mut connection, id).await?;
    actor.require(Right::View, &area)?;
    Ok(area)
}

impl Fields {
    /// What an area says itself; of the topmost what holds, for nothing is above it.
    fn of(area: &Area) -> Self {
        let (own, held) = (&area.own_policy, &area.ways.policy);
        let said = |own: Option<bool>, held: bool| match own {
            None if area.parent.is_some() => String::new(),
            own => if own.unwrap_or(held) { "yes" } else { "no" }.to_owned(),
        };
        Self {
            head_may_approve: said(own.head_may_approve, held.head_may_approve),
            sessions_per_day: own
                .sessions_per_day
                .map(|most| most.to_string())
                .unwrap_or_default(),
            ordinary_on_weekends: said(own.ordinary_on_weekends, held.ordinary_on_weekends),
            limits_bind: said(own.limits_bind, held.limits_bind),
            opened: Opened::with(own.version()),
        }
    }

    /// What they say in words.
    fn told(&self, area: &Area, shell: &Shell) -> Told {
        let above = || match area.parent {
            Some(_) => shell.say("areas-as-above-option"),
            None => shell.say("policy-unlimited"),
        };
        let said = |text: &str, [yes, no]: [&'static str; 2]| match text {
            "yes" => shell.say(yes),
            "no" => shell.say(no),
            _ => above(),
        };
        let most = match self.sessions_per_day.trim() {
            "" => above(),
            text => text.to_owned(),
        };
        let told = [
            ("policy-approval", said(&self.head_may_approve, APPROVAL)),
            ("policy-sessions-per-day", most),
            (
                "policy-weekends",
                said(&self.ordinary_on_weekends, WEEKENDS),
            ),
            ("policy-limits", said(&self.limits_bind, LIMITS)),
        ];
        told.map(|(label, text)| (shell.say(label), text)).into()
    }

    fn own(&self) -> Result<OwnPolicy> {
        let said = |text: &str| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let wrong = |_| Error::invalid("error-area-sessions-per-day").with("most", MOST_SESSIONS);
        let sessions = match self.sessions_per_day.trim() {
            "" => None,
            text => Some(text.parse().map_err(wrong)?),
        };
        Ok(OwnPolicy {
            head_may_approve: said(&self.head_may_approve),
            sessions_per_day: sessions,
            ordinary_on_weekends: said(&self.ordinary_on_weekends),
            limits_bind: said(&self.limits_bind),
        })
    }
}

impl From<Area> for PolicyWhole {
    fn from(area: Area) -> Self {
        Self {
            held: area.ways.policy,
            version: area.own_policy.version(),
            own: area.own_policy,
        }
    }
}
