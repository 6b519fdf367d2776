//! "Giờ theo mùa và ngày lễ": the seasons and holidays of an area, with the area that says so, on
//! one page; and the same for scripts.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use programme::ids::AreaId;
use programme::programme::QuietHours;
use programme::timetable::{Session, Timetable};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::area::Area;
use super::change;
use super::policy::{self, Above};
use super::policy_page::seen;
use super::timetable::{self, MOST_SEASONS, WrittenHoliday, WrittenSeason, WrittenTimetable};
use super::timetable_words as words;
use crate::audit::entries::Trail;
use crate::broadcasts::next::{self, Next};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::{Form, Json as Body, Path, Query};
use crate::web::frame::Problem;
use crate::web::overtaken::{self, Meant, Opened, Overtaken, Told, Version};
use crate::web::shell::{Shell, done, page_with};

/// Empty rows for more holidays.
const MORE_HOLIDAYS: usize = 3;

/// `/areas/{area}/timetable`
pub fn routes() -> Router<State> {
    Router::new().route("/areas/{area}/timetable", get(show).post(save))
}

/// `/api/v1/areas/{area}/timetable`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(show_timetable, lay_down))
}

#[derive(Template)]
#[template(path = "areas/timetable.html")]
struct TimetablePage {
    shell: Shell,
    area: Area,
    /// Each season that holds, and whether a session of it begins in quiet hours.
    seasons: Vec<(String, bool)>,
    /// Who says so.
    seasons_from: String,
    /// Each holiday that holds: its days, its name, who says so.
    holidays: Vec<(String, String, String)>,
    /// The form, for those who may change it, and what it was opened with.
    fields: Option<WrittenTimetable>,
    opened: Opened,
    /// Who has changed it since the form was opened, and how.
    overtaken: Option<Overtaken>,
    /// What is heard here next, once something was changed.
    next: Option<Next>,
    /// Whether to ask if it shall be kept although an hour lies in quiet hours.
    asks: bool,
}

/// A timetable, with what the area says of it itself.
#[derive(Debug, Serialize, ToSchema)]
struct TimetableWhole {
    /// What holds, with what the areas above say.
    held: WrittenTimetable,
    /// What the area says itself.
    own: WrittenTimetable,
    /// Names what it says itself.
    version: Version,
}

/// The form as it is shown.
struct Shown {
    fields: WrittenTimetable,
    opened: Opened,
    /// Whether to ask if it shall be kept although an hour lies in quiet hours.
    asks: bool,
    overtaken: Option<Overtaken>,
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
) -> Result<Response> {
    let area = seen(&state, &actor, &id).await?;
    let shown = Shown {
        fields: as_people_write(WrittenTimetable::of(&area.own_timetable)),
        opened: Opened::with(timetable::version(&area.own_timetable)),
        asks: false,
        overtaken: None,
    };
    answer(&state, shell, &actor, area, StatusCode::OK, shown).await
}

async fn save(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let area = seen(&state, &actor, &id).await?;
    actor.require(Right::ManageAreas, &area)?;
    let mut form = Shown {
        fields: typed(&pairs),
        opened: Opened::sent(&pairs),
        asks: false,
        overtaken: None,
    };
    let despite = form.fields.despite_quiet_hours;
    let saved = match form.fields.read() {
        Ok(own) => {
            let seen = form.opened.seen();
            timetable::lay_down(&state, &actor, &area, &own, despite, seen).await
        }
        Err(error) => Err(error),
    };
    let Err(error) = saved else {
        let path = format!("/areas/{id}/timetable");
        return Ok(done(&path, "notice-timetable-saved"));
    };
    form.asks = despite || error.key() == change::IN_QUIET_HOURS;
    if error.key() != overtaken::CHANGED {
        form.opened = form.opened.again();
        let status = shell.alert(error)?;
        return answer(&state, shell, &actor, area, status, form).await;
    }
    let area = seen(&state, &actor, &id).await?;
    let there = &area.own_timetable;
    let told = [there, &form.fields.read()?].map(|one| told(one, &shell));
    let (trail, over) = (
        Trail::of(id.as_str(), &["area.timetable"]),
        timetable::version(there),
    );
    let mut connection = state.database.read().await?;
    let (status, told) = Overtaken::told(&mut connection, &mut shell, trail, over, told).await?;
    drop(connection);
    form.overtaken = Some(told);
    answer(&state, shell, &actor, area, status, form).await
}

/// What an area says of its year, in words.
fn told(own: &Timetable, shell: &Shell) -> Told {
    let only_one = own.seasons.len() == 1;
    let seasons = own.seasons.iter();
    let seasons = seasons.map(|season| words::season(season, only_one, shell));
    let holidays = own.holidays.iter().map(words::holiday);
    let lines = |texts: Vec<String>| texts.join("\n");
    let seasons = match own.seasons.is_empty() {
        true => shell.say("areas-as-above-option"),
        false => lines(seasons.collect()),
    };
    vec![
        (shell.say("timetable-sessions"), seasons),
        (shell.say("timetable-holidays"), lines(holidays.collect())),
    ]
}

async fn answer(
    state: &State,
    shell: Shell,
    actor: &Actor,
    area: Area,
    status: StatusCode,
    form: Shown,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let way = policy::way_up(state, &mut connection, &area).await?;
    let said_by = |says: &dyn Fn(&Above) -> bool| match way.iter().find(|above| says(above)) {
        Some(above) if above.id == area.id => shell.say("policy-from-here"),
        Some(above) => shell.say1("policy-from", "area", above.name.clone()),
        None => shell.say("policy-from-nobody"),
    };
    let held = &area.ways.timetable;
    let only_one = held.seasons.len() == 1;
    let quiet = QuietHours::from(area.ways.quiet_hours);
    let seasons = held.seasons.iter().map(|season| {
        let mut hours = Session::ALL.into_iter().map(|one| season.hour(one));
        let is_quiet = hours.any(|hour| quiet.contains(hour));
        (words::season(season, only_one, &shell), is_quiet)
    });
    let holidays = held.holidays.iter().map(|holiday| {
        let from = said_by(&|above: &Above| above.timetable.holidays.contains(holiday));
        (words::days(holiday), holiday.name.clone(), from)
    });
    let (seasons, holidays) = (seasons.collect(), holidays.collect());
    let seasons_from = said_by(&|above: &Above| !above.timetable.seasons.is_empty());
    let within = std::slice::from_ref(&area.id);
    let next = next::after_change(state, &mut connection, &shell, actor, within).await?;
    let may_change = actor.may(Right::ManageAreas, &area);
    page_with(
        status,
        &TimetablePage {
            asks: form.asks,
            seasons,
            seasons_from,
            holidays,
            fields: may_change.then_some(form.fields),
            opened: form.opened,
            overtaken: form.overtaken,
            next,
            shell,
            area,
        },
    )
}

impl TimetablePage {
    fn action(&self) -> String {
        format!("/areas/{}/timetable", self.area.id)
    }

    fn written(&self) -> WrittenTimetable {
        self.fields.clone().unwrap_or_default()
    }

    /// The rows for seasons, each with the name of its title.
    fn season_rows(&self) -> Vec<(&'static str, WrittenSeason)> {
        let titles = ["timetable-season-first", "timetable-season-second"];
        let mut rows = self.written().seasons;
        rows.resize(rows.len().max(MOST_SEASONS), WrittenSeason::default());
        titles.into_iter().zip(rows).collect()
    }

    /// The rows for holidays, some of them empty.
    fn holiday_rows(&self) -> Vec<WrittenHoliday> {
        let mut rows = self.written().holidays;
        rows.resize(rows.len() + MORE_HOLIDAYS, WrittenHoliday::default());
        rows
    }
}

/// The rows of the form that was sent, without empty ones.
fn typed(pairs: &[(String, String)]) -> WrittenTimetable {
    let all = |name: &str| -> Vec<String> {
        let named = pairs.iter().filter(|(found, _)| found == name);
        named.map(|(_, value)| value.trim().to_owned()).collect()
    };
    let hours = all("morning").into_iter().zip(all("evening"));
    let seasons = all("from").into_iter().zip(hours);
    let seasons = seasons.map(|(from, (morning, evening))| WrittenSeason {
        from,
        morning,
        evening,
    });
    let ends = all("holiday_until").into_iter().zip(all("holiday_name"));
    let holidays = all("holiday_from").into_iter().zip(ends);
    let holidays = holidays.map(|(from, (until, name))| WrittenHoliday { from, until, name });
    WrittenTimetable {
        despite_quiet_hours: all("despite_quiet_hours").contains(&"yes".to_owned()),
        seasons: seasons
            .filter(|one| *one != WrittenSeason::default())
            .collect(),
        holidays: holidays
            .filter(|one| *one != WrittenHoliday::default())
            .collect(),
    }
}

/// Days of the year as `16/04`, and no first day where one season holds all year; the fields for
/// dates stay as browsers want them.
fn as_people_write(mut written: WrittenTimetable) -> WrittenTimetable {
    let only_one = written.seasons.len() == 1;
    for season in &mut written.seasons {
        season.from = match season.from.parse() {
            Ok(day) if !only_one => words::day_of_year(day),
            Ok(_) | Err(_) => String::new(),
        };
    }
    written
}

/// When the sessions of an area begin in each season, and its holidays.
#[utoipa::path(get, path = "/api/v1/areas/{area}/timetable", tag = "areas",
    params(("area" = String, Path)),
    responses((status = 200, body = TimetableWhole), (status = 404, body = Problem)))]
async fn show_timetable(
    state: State,
    actor: Actor,
    Path(id): Path<AreaId>,
) -> Result<Json<TimetableWhole>> {
    Ok(Json(seen(&state, &actor, &id).await?.into()))
}

/// Lays down for an area what is in the body, and nothing else: without seasons it has those of the
/// area above; its holidays are kept beside those from above. Stations whose broadcasts keep to it
/// are told.
#[utoipa::path(put, path = "/api/v1/areas/{area}/timetable", tag = "areas",
    request_body = WrittenTimetable, params(("area" = String, Path), Meant),
    responses((status = 200, body = TimetableWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn lay_down(
    state: State,
    actor: Actor,
    Path(id): Path<AreaId>,
    Query(meant): Query<Meant>,
    Body(own): Body<WrittenTimetable>,
) -> Result<Json<TimetableWhole>> {
    let area = seen(&state, &actor, &id).await?;
    actor.require(Right::ManageAreas, &area)?;
    let (despite, seen_so) = (own.despite_quiet_hours, meant.version.as_ref());
    timetable::lay_down(&state, &actor, &area, &own.read()?, despite, seen_so).await?;
    Ok(Json(seen(&state, &actor, &id).await?.into()))
}

impl From<Area> for TimetableWhole {
    fn from(area: Area) -> Self {
        Self {
            held: WrittenTimetable::of(&area.ways.timetable),
            own: WrittenTimetable::of(&area.own_timetable),
            version: timetable::version(&area.own_timetable),
        }
    }
}
