//! The form by which people order a broadcast: filled in, looked at in advance, then kept.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use programme::ids::{AreaId, BroadcastId};
use programme::programme::QuietHours;
use programme::rule::Rule;
use programme::timetable::Timetable;
use programme::zone::Zone;

use super::broadcast::{self, Broadcast};
use super::choices::quick;
use super::clash::clashes;
use super::form::Fields;
use super::form_page::{FormPage, Moved, Preview};
use super::limits;
use super::moving::{self, today};
use super::order::Order;
use super::pages::{looked, names};
use super::place;
use super::words::{self, Names};
use crate::areas::area::{self, Area};
use crate::areas::sessions::Sessions;
use crate::areas::timetable;
use crate::areas::tree;
use crate::audit::entries::Trail;
use crate::bulletins::bulletin;
use crate::database::Connection;
use crate::people::identity::{Actor, new_secret};
use crate::people::rights::Right;
use crate::state::State;
use crate::stops::on_air;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Query};
use crate::web::overtaken::{self, Opened};
use crate::web::shell::{Shell, done, page_with};

/// Most bulletins to choose from, the newest first.
const MOST_BULLETINS: u32 = 100;

/// Who moves what somebody else has just changed is told who it was.
const MOVED_WHILE_OPEN: &str = "error-broadcast-moved-while-open";

/// The empty form, or the one that its address fills in.
pub(super) async fn new(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response> {
    actor.require_somewhere(Right::Schedule)?;
    let looks = says(&pairs, "preview");
    if looks && pairs.iter().any(|(name, _)| name == "repeats") {
        let mut fields = Fields::sent(&pairs);
        if fields.key.is_empty() {
            // A link that is filled in: each look at it is a form of its own.
            fields.key = new_secret(&state.randomness);
        }
        return look(&state, shell, &actor, fields, Asked::Look).await;
    }
    if let Some((_, id)) = pairs.iter().find(|(name, _)| name == "moves") {
        return move_one(&state, shell, &actor, id).await;
    }
    let today = zone(&state)?.date(state.now());
    let fields = Fields::empty(today, new_secret(&state.randomness));
    let mut fields = fields.prefilled(&pairs);
    if looks {
        // A button beside a bulletin, or a free time of the calendar: it says no more than it must.
        return look(&state, shell, &actor, fields, Asked::Look).await;
    }
    let mut connection = state.database.read().await?;
    let areas = tree::open_with_right(&mut connection, actor.id(), Right::Schedule).await?;
    if let [only] = areas.as_slice() {
        fields.areas = vec![only.id.clone()];
    }
    let (shown, status) = (None, StatusCode::OK);
    form(
        &state,
        &mut connection,
        shell,
        &actor,
        fields,
        shown,
        status,
    )
    .await
}

/// The form by which a broadcast is given another time, as it stands.
async fn move_one(state: &State, shell: Shell, actor: &Actor, id: &str) -> Result<Response> {
    let id = id.parse().map_err(|_| Error::not_found())?;
    let mut connection = state.database.read().await?;
    let moving = moving::movable(state, &mut connection, actor, &id).await?;
    let first = moving.first_day(state).ok_or_else(Error::not_found)?;
    let fields = Fields::of(&moving.old, first, new_secret(&state.randomness));
    let (shown, status) = (None, StatusCode::OK);
    form(state, &mut connection, shell, actor, fields, shown, status).await
}

/// Keeps the broadcast, or leads on to the address at which it is looked at in advance, so that
/// going back and loading again send nothing twice. Nothing typed is lost when it is refused.
pub(super) async fn send(
    state: State,
    shell: Shell,
    actor: Actor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    actor.require_somewhere(Right::Schedule)?;
    let fields = Fields::sent(&pairs);
    if !says(&pairs, "save") {
        return match fields.address() {
            Some(address) => Ok(Redirect::to(&address).into_response()),
            None => look(&state, shell, &actor, fields, Asked::Look).await,
        };
    }
    // The button to keep it stands on no page without a look.
    let mut looked = pairs.iter().filter(|(name, _)| name == "looked");
    if looked.any(|(_, looked)| *looked != fields.looked_at()) {
        return look(&state, shell, &actor, fields, Asked::Unseen).await;
    }
    let asked = match fields.order(state.now(), &zone(&state)?) {
        Ok(order) => match place::place(&state, &actor, &order).await {
            Ok(id) => {
                let notice = match (&order.moves, &order.rule) {
                    (Some(_), _) => "notice-broadcast-moved",
                    (None, Rule::Now { .. }) => "notice-broadcast-now",
                    (None, Rule::Once { .. } | Rule::Daily { .. } | Rule::Weekly { .. }) => {
                        "notice-broadcast-placed"
                    }
                };
                return Ok(done(&format!("/broadcasts/{id}"), notice));
            }
            Err(error) => Asked::Refused(error),
        },
        // A look says the same.
        Err(_) => Asked::Look,
    };
    look(&state, shell, &actor, fields, asked).await
}

/// Why the form is shown with what the villages would hear.
enum Asked {
    /// Somebody wanted to see that.
    Look,
    /// Somebody wanted to keep it, and had looked at something else.
    Unseen,
    /// It was not kept.
    Refused(Error),
}

/// Which button was pressed.
fn says(pairs: &[(String, String)], wanted: &str) -> bool {
    pairs
        .iter()
        .any(|(name, step)| name == "step" && step == wanted)
}

/// The form as it is filled in with what the villages would hear, and why it was refused.
async fn look(
    state: &State,
    mut shell: Shell,
    actor: &Actor,
    mut fields: Fields,
    asked: Asked,
) -> Result<Response> {
    let (failed, was_unseen) = match asked {
        Asked::Look => (None, false),
        Asked::Unseen => (None, true),
        Asked::Refused(error) => (Some(error), false),
    };
    let preview = match fields.order(state.now(), &zone(state)?) {
        Ok(order) => preview(state, &shell, actor, &order).await,
        Err(error) => Err(error),
    };
    let (preview, failed) = match (preview, failed) {
        (Ok(mut preview), None) => {
            preview.was_unseen = was_unseen;
            let silent = preview.silent.clone();
            (Some(preview), silent.map(Error::Refused))
        }
        (Ok(preview), Some(failed)) => (Some(preview), Some(failed)),
        (Err(_), Some(failed)) => (None, Some(failed)),
        (Err(error), None) => (None, Some(error)),
    };
    let mut wrong = "";
    let mut connection = state.database.read().await?;
    let status = match failed {
        Some(error) if error.key() == overtaken::CHANGED => {
            let trail = Trail::of(
                &fields.moves,
                &["broadcast.skip", "broadcast.move", "broadcast.cancel"],
            );
            let by = overtaken::by(&mut connection, &shell, trail, MOVED_WHILE_OPEN).await?;
            shell.alert(by)?
        }
        Some(error) => {
            wrong = beside(error.key());
            shell.alert(error)?
        }
        None if was_unseen => StatusCode::CONFLICT,
        None => StatusCode::OK,
    };
    if place::made_before(&mut connection, actor, &fields.key).await? {
        // Who went back after it was kept orders another one, and sees that the two clash.
        fields.key = new_secret(&state.randomness);
    }
    let shown = Some((preview, wrong));
    form(state, &mut connection, shell, actor, fields, shown, status).await
}

async fn form(
    state: &State,
    connection: &mut Connection,
    shell: Shell,
    actor: &Actor,
    mut fields: Fields,
    shown: Option<(Option<Preview>, &'static str)>,
    status: StatusCode,
) -> Result<Response> {
    let areas = tree::open_with_right(connection, actor.id(), Right::Schedule).await?;
    let found = bulletin::list(connection, actor.id(), "approved", MOST_BULLETINS, 0).await?;
    let valid = found
        .into_iter()
        .filter(|bulletin| bulletin.valid_until > state.now());
    let bulletins = valid
        .map(|bulletin| (bulletin.id, bulletin.content.title))
        .collect();
    let read = |id: &str| id.parse::<AreaId>().ok();
    let own = |id: &AreaId| areas.iter().any(|listed| listed.id == id.as_str());
    let chosen = fields.areas.first().and_then(|id| read(id)).filter(own);
    let widest = areas.first().and_then(|listed| read(&listed.id));
    let (quiet, timetable) = match chosen.or(widest) {
        Some(id) => hours_of(area::find(state, connection, &id).await?),
        None => hours_of_nobody(state),
    };
    let (preview, wrong) = shown.unwrap_or_default();
    let quick = quick(state.now(), &zone(state)?, &quiet, &timetable);
    let moved = match fields.moves.parse::<BroadcastId>() {
        Ok(id) => {
            let old = broadcast::find(connection, &id).await?;
            // Whoever looks at this page sees it as it is, and moves nothing else.
            fields.opened = Opened::with(old.version());
            fields.bulletins = old.bulletins.iter().map(ToString::to_string).collect();
            fields.areas = old.targets.iter().map(ToString::to_string).collect();
            Some(moved(state, connection, &shell, actor, &old).await?)
        }
        Err(_) => None,
    };
    page_with(
        status,
        &FormPage {
            shell,
            fields,
            wrong,
            areas,
            bulletins,
            quick,
            timetable,
            preview,
            moved,
        },
    )
}

async fn moved(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    old: &Broadcast,
) -> Result<Moved> {
    let targets = place::seen(state, connection, actor, old).await?;
    let clocks = today::clocks(state, connection, &old.targets).await?;
    let timetable = words::timetable(&targets);
    let stays = today::stays(old, state.now(), &clocks);
    let sounds = on_air::sounds(state, connection, &old.id).await?;
    Ok(Moved {
        title: broadcast::titles(connection, &old.id).await?,
        places: names(&targets),
        rule: words::rule(&old.rule, timetable, shell),
        sounds: sounds && stays.is_none(),
        stays: stays.map(|stays| words::hours(&stays.rule, timetable, shell)),
        repeats: moving::repeats(&old.rule),
    })
}

async fn preview(state: &State, shell: &Shell, actor: &Actor, order: &Order) -> Result<Preview> {
    let (own, outlooks) = place::try_out(state, actor, order).await?;
    let mut connection = state.database.read().await?;
    let findings = || outlooks.outlooks.iter().flat_map(|one| &one.findings);
    let names = Names::of(&mut connection, &own, findings()).await?;
    let clashes = clashes(state, &mut connection, shell, actor, order, &own, &outlooks).await?;
    Ok(Preview {
        looked: looked(&outlooks, &names, shell),
        silent: place::silence(&outlooks),
        beyond: limits::beyond(actor, &outlooks),
        was_unseen: false,
        clashes,
    })
}

/// The field that a refusal is about.
fn beside(key: &str) -> &'static str {
    match key {
        "error-broadcast-needs-bulletin"
        | "error-broadcast-too-many-bulletins"
        | "error-broadcast-bulletin-not-approved"
        | "error-broadcast-bulletin-expired" => "bulletins",
        "error-broadcast-needs-area"
        | "error-broadcast-no-village"
        | "error-broadcast-area-closed" => "areas",
        "error-broadcast-repeats" | "error-broadcast-gap" => "repeats",
        "error-broadcast-until-before-start" => "missed",
        _ => "when",
    }
}

fn zone(state: &State) -> Result<Zone> {
    Ok(Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?)
}

/// When nothing sounds in an area, and when its sessions begin.
fn hours_of(area: Area) -> (QuietHours, Timetable) {
    let quiet = area.ways.quiet_hours;
    let quiet = QuietHours {
        from: quiet.from,
        until: quiet.until,
    };
    (quiet, area.ways.timetable)
}

/// The same where no area says anything.
fn hours_of_nobody(state: &State) -> (QuietHours, Timetable) {
    let commune = &state.config.commune;
    let quiet = QuietHours {
        from: commune.quiet_from,
        until: commune.quiet_until,
    };
    let timetable = timetable::settled([].iter(), &Sessions::default());
    (quiet, timetable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stands_beside_its_field() {
        assert_eq!(
            beside(Error::invalid("error-broadcast-needs-area").key()),
            "areas"
        );
        assert_eq!(
            beside(Error::invalid("error-broadcast-in-quiet-hours").key()),
            "when"
        );
    }
}
