//! The page of one bulletin: how far it is, its recordings, when it airs, what became of it, and
//! what its reader may do next.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::response::Response;
use programme::ids::{AreaId, BulletinId};
use programme::programme::Class;

use super::approvers::Approvers;
use super::bulletin::{self, Bulletin, Stage};
use super::coverage::{self, Missing};
use super::earlier::Earlier;
use super::may::May;
use super::reading::Estimate;
use super::{approved, rejecting};
use crate::areas::area::{self, Area};
use crate::areas::tree;
use crate::as_run::outcomes::{self, Outcomes};
use crate::as_run::starts::Whose;
use crate::broadcasts::broadcast;
use crate::broadcasts::choices::{Choice, choices};
use crate::broadcasts::next::{self, Next};
use crate::broadcasts::upcoming::{self, Upcoming};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::recordings::advice;
use crate::recordings::recording::{self, Recording};
use crate::reports::reach::{self, Reach};
use crate::requests::request::Request;
use crate::requests::rows as requests;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Path, Query};
use crate::web::language::Titled;
use crate::web::shell::{Alert, Shell, page, page_with};

#[derive(Template)]
#[template(path = "bulletins/show.html")]
struct ShowPage {
    shell: Shell,
    bulletin: Bulletin,
    topics: Vec<Titled>,
    spoken: Vec<Titled>,
    takes: Vec<Recording>,
    /// The hash of what was approved, by its language.
    approved: BTreeMap<String, String>,
    /// What was decided before it was submitted once more.
    earlier: Earlier,
    /// Who decides about it, for whoever does not.
    approvers: Option<Approvers>,
    /// Made for the bulletin and not part of it yet.
    coming: Vec<Recording>,
    /// Made for the bulletin, and refused.
    unusable: Vec<Recording>,
    missing: Vec<Missing>,
    /// The request that it was made for, where the reader may see it.
    request: Option<Request>,
    /// How long it takes to read the script out.
    estimate: Option<Estimate>,
    out_of_date: bool,
    /// What became of it on the air.
    outcomes: Outcomes,
    /// Times that one tap chooses.
    choices: Vec<Choice>,
    /// Whose calendar they come from.
    place: Option<AreaId>,
    /// The orders that will air it.
    upcoming: Vec<Upcoming>,
    /// In how many of its villages it was heard.
    reach: Option<Reach>,
    may: May,
    /// What the villages hear next that were to hear it, once it was withdrawn.
    next: Option<Next>,
}

pub(super) async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Query(wanted): Query<outcomes::Wanted>,
) -> Result<Response> {
    let one = show_page(&state, shell, &actor, &id, wanted).await?;
    page(&one)
}

async fn show_page(
    state: &State,
    shell: Shell,
    actor: &Actor,
    id: &BulletinId,
    wanted: outcomes::Wanted,
) -> Result<ShowPage> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(state, &mut connection, actor, id).await?;
    let mut takes = Vec::new();
    for (_, take) in bulletin::takes(&mut connection, id).await? {
        takes.push(recording::find(&mut connection, &take).await?);
    }
    let mut coming = recording::for_bulletin(&mut connection, id).await?;
    coming.retain(|recording| is_coming(&bulletin, recording, &takes));
    let (unusable, coming): (Vec<_>, Vec<_>) = coming
        .into_iter()
        .partition(|one| one.stage.name() == "refused");
    let heard: BTreeSet<String> = takes.iter().map(|take| take.language.to_string()).collect();
    let made_it = bulletin::is_maker(&mut connection, id, actor.id()).await?;
    let may = May::of(actor, &area, &bulletin, made_it);
    let place = match may.schedule && bulletin.valid_until > state.now() {
        true => place(state, &mut connection, actor, &area).await?,
        false => None,
    };
    let calm = bulletin.content.class != Class::Emergency;
    let choices = match place.as_ref().filter(|_| calm) {
        Some(place) => choices(id, place, state.now(), &shell)?,
        None => Vec::new(),
    };
    let approvers = match may.approve {
        true => None,
        false => Approvers::of(&mut connection, &bulletin, &area, &shell, state.now()).await?,
    };
    let targets = targets(&mut connection, &bulletin).await?;
    let next = next::after_change(state, &mut connection, &shell, actor, &targets).await?;
    let whose = Whose::Bulletin(id);
    let outcomes = outcomes::of(state, &mut connection, &shell, actor, whose, wanted).await?;
    Ok(ShowPage {
        choices,
        approved: approved::hashes(&mut connection, id).await?,
        earlier: Earlier::of(&mut connection, &bulletin, &shell).await?,
        place: place.map(|place| place.id),
        topics: bulletin::topics(&mut connection).await?,
        spoken: tree::spoken_languages(&mut connection).await?,
        missing: coverage::missing(&mut connection, &bulletin.area, &heard).await?,
        request: requests::visible_of_bulletin(state, &mut connection, actor, id).await?,
        estimate: Estimate::of(&bulletin.content.script, Some(&area), &state.config),
        out_of_date: bulletin.valid_until <= state.now(),
        outcomes,
        upcoming: match bulletin.stage {
            Stage::Approved(_) => {
                upcoming::of_bulletin(state, &mut connection, &shell, actor, &bulletin).await?
            }
            Stage::Draft { .. }
            | Stage::Submitted(_)
            | Stage::Rejected { .. }
            | Stage::Withdrawn { .. } => Vec::new(),
        },
        reach: reach::of_bulletin(&mut connection, id).await?,
        approvers,
        may,
        next,
        shell,
        bulletin,
        takes,
        coming,
        unusable,
    })
}

/// Where it was to be heard, once it was withdrawn.
async fn targets(connection: &mut Connection, bulletin: &Bulletin) -> Result<Vec<AreaId>> {
    if !matches!(bulletin.stage, Stage::Withdrawn { .. }) {
        return Ok(Vec::new());
    }
    let broadcasts = broadcast::of_bulletin(connection, &bulletin.id)
        .await?
        .into_iter();
    let standing = broadcasts.filter(|one| one.cancelled_at.is_none());
    let targets: BTreeSet<AreaId> = standing.flat_map(|one| one.targets).collect();
    Ok(targets.into_iter().collect())
}

/// Where the reader would air it: in its own area if they may, else in the one area that is theirs.
async fn place(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    home: &Area,
) -> Result<Option<Area>> {
    if actor.may(Right::Schedule, home) && home.within_closed_ms.is_none() {
        return Ok(Some(home.clone()));
    }
    let own = tree::open_with_right(connection, actor.id(), Right::Schedule).await?;
    let [only] = own.as_slice() else {
        return Ok(None);
    };
    let only = only.id.parse().map_err(anyhow::Error::from)?;
    Ok(Some(area::find(state, connection, &only).await?))
}

/// Of recordings that were made for a bulletin, those whose end its authors wait for, and refused
/// ones until a later take has come through.
fn is_coming(bulletin: &Bulletin, recording: &Recording, takes: &[Recording]) -> bool {
    let later = |take: &Recording| {
        take.language == recording.language && take.created_at >= recording.created_at
    };
    bulletin.stage.is_open() && recording.stage.name() != "ready" && !takes.iter().any(later)
}

/// The bulletin as it is, with the reason above it.
pub(super) async fn refused(
    state: &State,
    mut shell: Shell,
    actor: &Actor,
    id: &BulletinId,
    error: Error,
) -> Result<Response> {
    let status = shell.alert(error)?;
    let newest = outcomes::Wanted::default();
    let one = show_page(state, shell, actor, id, newest).await?;
    page_with(status, &one)
}

impl ShowPage {
    /// Names of the reasons for which a bulletin is sent back that one tap chooses.
    fn ready_reasons(&self) -> [&'static str; 5] {
        rejecting::READY
    }

    /// What languages are called.
    fn titles_of(&self, codes: &[String]) -> String {
        let titles = codes
            .iter()
            .map(|code| self.shell.title_of(&self.spoken, code));
        titles.collect::<Vec<_>>().join(", ")
    }

    /// Names of languages that the bulletin still lacks, to be recorded next.
    fn to_record(&self) -> Vec<String> {
        self.missing
            .iter()
            .map(|missing| missing.language.clone())
            .collect()
    }

    /// Why a recording cannot be used.
    fn refusal(&self, recording: &Recording) -> Option<Alert> {
        match &recording.stage {
            recording::Stage::Refused(refusal) => Some(refusal.words(self.shell.language)),
            recording::Stage::Uploading { .. }
            | recording::Stage::Processing
            | recording::Stage::Ready { .. } => None,
        }
    }

    fn is_waited_for(&self) -> bool {
        self.coming
            .iter()
            .any(|recording| recording.stage.is_under_way())
    }
}
