//! The page of one broadcast: all of it that may change while somebody looks on is drawn as one
//! part, which the page fetches again and again, so that it never says two things at once.

use askama::Template;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use programme::ids::{BroadcastId, BulletinId, ContentHash};
use programme::rule::Rule;

use super::broadcast::{self, Broadcast};
use super::moving;
use super::next::{self, Next};
use super::now::{self, Left, Village};
use super::outlook::{self, Instead, Outlooks};
use super::pages::{Looked, looked, names};
use super::place;
use super::room::replaced::{self, Replaced};
use super::room::{self, Standing};
use super::words::{self, Names};
use crate::as_run::outcomes::{self, Outcomes};
use crate::as_run::starts::Whose;
use crate::bulletins::behalf::Behalves;
use crate::bulletins::bulletin::{self, Stage};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::stops::{on_air, press};
use crate::web::errors::Result;
use crate::web::forms::{Path, Query};
use crate::web::shell::{Shell, page, page_with};

/// Bulletins by their titles.
type Titled = Vec<(BulletinId, String)>;
/// Titles of bulletins that were withdrawn, each with the reason.
type Withdrawn = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "broadcasts/show.html")]
struct ShowPage {
    shell: Shell,
    going: Going,
    /// Something of it may still change.
    changes: bool,
    /// What its villages hear next, once it was cancelled.
    next: Option<Next>,
    /// Which page of outcomes it shows, as addresses say it.
    query: String,
}

/// What is fetched again and again.
#[derive(Template)]
#[template(path = "broadcasts/now.html")]
struct Going {
    shell: Shell,
    broadcast: Broadcast,
    bulletins: Titled,
    /// Those of them that were withdrawn, with the reason, which may be empty.
    withdrawn: Withdrawn,
    /// On whose behalf they speak; may be empty.
    behalf: String,
    rule: String,
    missed: String,
    gap: String,
    places: String,
    looked: Looked,
    outcomes: Outcomes,
    /// Whether the reader may cancel it; `None` once it is cancelled or over.
    standing: Option<Standing>,
    /// Whether the reader may give it another time.
    may_move: bool,
    /// What it was before it was given its time.
    moved_from: Option<BroadcastId>,
    /// The starts that made room for it and may be ordered again.
    replaced: Vec<Replaced>,
    /// Whether something of it is to begin yet.
    is_coming: bool,
    /// It sounds, and the reader may stop it.
    may_stop: bool,
    /// How far each village is, of what airs at once.
    villages_now: Vec<Village>,
}

/// `GET /broadcasts/{broadcast}`
pub(super) async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BroadcastId>,
    Query(wanted): Query<outcomes::Wanted>,
) -> Result<Response> {
    answer(state, shell, actor, &id, wanted, StatusCode::OK).await
}

/// The page, as the answer with this status.
pub(super) async fn answer(
    state: State,
    shell: Shell,
    actor: Actor,
    id: &BroadcastId,
    wanted: outcomes::Wanted,
    status: StatusCode,
) -> Result<Response> {
    let before = wanted.before.map(|before| format!("?before={before}"));
    let (going, changes) = going(&state, shell.clone(), &actor, id, wanted).await?;
    let mut connection = state.database.read().await?;
    let found = &going.broadcast;
    let targets = match found.cancelled_at {
        Some(_) => found.targets.as_slice(),
        None => &[],
    };
    let next = next::after_change(&state, &mut connection, &shell, &actor, targets).await?;
    drop(connection);
    let shown = ShowPage {
        shell,
        going,
        changes,
        next,
        query: before.unwrap_or_default(),
    };
    page_with(status, &shown)
}

/// `GET /broadcasts/{broadcast}/villages`, nothing but a status where it says what was shown.
pub(super) async fn part(
    state: State,
    shell: Shell,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<BroadcastId>,
    Query(wanted): Query<outcomes::Wanted>,
) -> Result<Response> {
    let (going, _) = going(&state, shell, &actor, &id, wanted).await?;
    let etag = format!("\"{}\"", ContentHash::of(going.render()?.as_bytes()));
    let held = headers.get(IF_NONE_MATCH);
    if held.is_some_and(|held| held.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, etag)]).into_response());
    }
    Ok(([(ETAG, etag)], page(&going)?).into_response())
}

/// The part, and whether something of it may still change.
async fn going(
    state: &State,
    shell: Shell,
    actor: &Actor,
    id: &BroadcastId,
    wanted: outcomes::Wanted,
) -> Result<(Going, bool)> {
    let mut connection = state.database.read().await?;
    let found = broadcast::find(&mut connection, id).await?;
    let targets = place::seen(state, &mut connection, actor, &found).await?;
    let standing = room::standing(state, &mut connection, actor, &found).await?;
    let mut outlooks = match found.cancelled_at {
        None => outlook::of(state, &mut connection, &found, &Instead::new()).await?,
        Some(_) => Outlooks {
            outlooks: Vec::new(),
            meant: 0,
        },
    };
    let at = state.now();
    let left = now::leave_out_begun(&mut connection, &found, &mut outlooks, at).await?;
    let findings = outlooks.outlooks.iter().flat_map(|one| &one.findings);
    let names_of = Names::of(&mut connection, &found, findings).await?;
    let (bulletins, withdrawn) = named(&mut connection, &found).await?;
    let whose = Whose::Broadcast(id);
    let outcomes = outcomes::of(state, &mut connection, &shell, actor, whose, wanted).await?;
    let behalves = Behalves::of(&mut connection, [id]).await?;
    let until = now::holds_until(&found).filter(|_| found.cancelled_at.is_none());
    let villages_now = match until {
        Some(_) => now::villages(state, &mut connection, &shell, actor, &found).await?,
        None => Vec::new(),
    };
    let sounds = on_air::sounds(state, &mut connection, id).await?;
    let may_stop = press::own_part(state, &mut connection, actor, id).await;
    let is_void = !bulletins.is_empty() && withdrawn.len() == bulletins.len();
    let is_gone = found.cancelled_at.is_some() || (is_void && !sounds);
    // Of what airs at once each village stands there with how far it is.
    let is_told = !villages_now.is_empty() && matches!(found.rule, Rule::Now { .. });
    let is_coming = !is_gone && !is_void && !is_told && left == Left::ToCome;
    let going = Going {
        may_move: is_coming && moving::is_offered(state, &mut connection, actor, &found).await?,
        moved_from: broadcast::moved_from(&mut connection, id).await?,
        replaced: replaced::of(state, &mut connection, actor, &found).await?,
        rule: words::rule(&found.rule, words::timetable(&targets), &shell),
        missed: words::missed(found.missed, &shell),
        gap: words::span(found.gap, &shell),
        places: names(&targets),
        looked: looked(&outlooks, &names_of, &shell),
        behalf: behalves.of_broadcast(id),
        standing: (!is_gone && (sounds || left != Left::Over)).then_some(standing),
        is_coming,
        may_stop: sounds && may_stop.is_ok(),
        villages_now,
        outcomes,
        bulletins,
        withdrawn,
        shell,
        broadcast: found,
    };
    Ok((going, sounds || until.is_some_and(|until| at < until)))
}

/// What a broadcast airs, each with its title, and what of it was withdrawn, each with the reason.
async fn named(connection: &mut Connection, found: &Broadcast) -> Result<(Titled, Withdrawn)> {
    let (mut bulletins, mut withdrawn) = (Titled::new(), Withdrawn::new());
    for id in &found.bulletins {
        let one = bulletin::find(connection, id).await?;
        if let Stage::Withdrawn { reason, .. } = one.stage {
            withdrawn.push((one.content.title.clone(), reason));
        }
        bulletins.push((id.clone(), one.content.title));
    }
    Ok((bulletins, withdrawn))
}

impl Replaced {
    /// What it was, with its hour.
    fn in_words(&self, key: &str, shell: &Shell) -> String {
        let at = self.start.strftime("%d/%m/%Y %H:%M").to_string();
        shell.say2(key, ("title", self.title.clone()), ("at", at))
    }
}
