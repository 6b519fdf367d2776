//! The front page: what waits for whoever is signed in, by what they may do. It keeps nothing of
//! its own and asks the rooms.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use programme::ids::StationId;
use programme::programme::Class;
use programme::units::WallTime;
use programme::zone::Zone;

use crate::alarms::alarm;
use crate::areas::area;
use crate::as_run::soundness::Soundness;
use crate::as_run::words;
use crate::broadcasts::broadcast;
use crate::broadcasts::interrupted::{self, Interrupted};
use crate::broadcasts::lapsed::{self, Lapse, Lapsed};
use crate::broadcasts::upcoming::{self, Upcoming};
use crate::bulletins::bulletin::{self, Bulletin, Stage};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::people::typed;
use crate::reports::misses::{self, Misses};
use crate::reports::reach::{self, Reach};
use crate::reports::silent::{self, Silent};
use crate::requests::request::Request;
use crate::requests::rows::{self, Asked};
use crate::state::State;
use crate::stations::standing::{self, Fact};
use crate::stations::station;
use crate::stops::on_air::{self, Sounding};
use crate::web::errors::Result;
use crate::web::shell::{Shell, page};

/// Lines of each list; the rooms show the others.
const MOST: usize = 20;
/// So many orders that begin next are shown; the calendar shows all.
const NEXT: usize = 3;
/// So many of the reader's own that were approved last are shown.
const MOST_APPROVED: usize = 5;
/// Requests of the reader's own that are shown, of so long ago at most.
const MOST_ASKED: u32 = 5;
const LATELY: Duration = Duration::from_secs(30 * 24 * 3_600);

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    shell: Shell,
    /// What the reader typed when their session had ended.
    kept: Vec<typed::Waiting>,
    /// Waits for the reader's approval.
    submitted: Vec<Bulletin>,
    /// May air and is scheduled nowhere that the reader schedules for.
    unscheduled: Vec<Bulletin>,
    /// Requests for a recording that wait for the reader to take them up.
    waiting: Vec<Asked>,
    /// What the reader asked villages for lately.
    asked: Vec<Request>,
    today: Date,
    /// The reader's own, sent back.
    rejected: Vec<Bulletin>,
    /// The reader's own, which somebody else took back to change.
    taken_back: Vec<Bulletin>,
    /// The reader's own, which somebody else withdrew lately.
    withdrawn: Vec<Bulletin>,
    /// The reader's own, which somebody else is to approve.
    pending: Vec<Bulletin>,
    /// The reader's own that were approved and that others schedule; not those that were heard and
    /// come no more.
    approved: Vec<(Bulletin, Chosen)>,
    /// Orders of which nothing will be heard any more.
    lapsed: Vec<Lapsed>,
    /// What was cut short and does not air again by itself.
    interrupted: Vec<Interrupted>,
    /// How many villages miss something.
    misses: Misses,
    /// Where people say that there was no sound.
    silent: Vec<Silent>,
    /// How many alarms of stations that the reader looks after they have not seen.
    alarms: i64,
    /// The reader's own, begun.
    drafts: Vec<Bulletin>,
    /// How far the reader's own came lately.
    reaches: Vec<Reach>,
    stations: Vec<Troubled>,
    /// So many more than are listed.
    more_stations: usize,
    may_record: bool,
    may_schedule: bool,
    /// Brings in people and stations.
    may_keep: bool,
    /// What is to begin next, of what is ordered where the reader schedules.
    upcoming: Vec<Upcoming>,
    /// Sounds now.
    sounding: Vec<Sounding>,
}

/// A station that somebody should look at.
struct Troubled {
    id: StationId,
    area_name: String,
    name: String,
    facts: Vec<Fact>,
}

/// `/`
pub async fn show(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let (may_record, may_schedule) = (
        actor.may_somewhere(Right::Record),
        actor.may_somewhere(Right::Schedule),
    );
    let may_mend = may_schedule || actor.may_somewhere(Right::ManageStations);
    let (person, now) = (actor.id(), state.now());
    let limit = u32::try_from(MOST).unwrap_or(u32::MAX);
    let (stations, more_stations) = match may_mend {
        true => troubled(&state, &mut connection, &shell, &actor).await?,
        false => (Vec::new(), 0),
    };
    let (lapsed, misses) = match may_mend {
        true => (
            lapsed::of_reader(&state, &mut connection, &actor).await?,
            misses::of_reader(&state, &mut connection, &actor).await?,
        ),
        false => (Vec::new(), Misses::default()),
    };
    let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
    let may_be_author = state.config.commune.approver_may_be_author;
    let mut withdrawn = bulletin::own(&mut connection, person, "withdrawn", limit).await?;
    withdrawn.retain(|one| is_news(one, &actor, now));
    let drafts = bulletin::own(&mut connection, person, "draft", limit).await?;
    let (taken_back, drafts) = drafts.into_iter().partition(|one| is_taken(one, &actor));
    let submitted = bulletin::to_approve(&mut connection, person, may_be_author, limit).await?;
    let mut pending = bulletin::own(&mut connection, person, "submitted", limit).await?;
    pending.retain(|one| submitted.iter().all(|other| other.id != one.id));
    let approved = match may_schedule {
        true => Vec::new(),
        false => to_be_heard(&state, &mut connection, &shell, &actor).await?,
    };
    page(&FrontPage {
        kept: typed::waiting(&state, &mut connection, person).await?,
        submitted,
        taken_back,
        withdrawn,
        pending,
        approved,
        lapsed,
        interrupted: interrupted::of_reader(&state, &mut connection, &actor).await?,
        misses,
        silent: silent::of_reader(&state, &mut connection, &actor).await?,
        alarms: match actor.may_somewhere(Right::Stop) {
            true => alarm::unseen(&mut connection, person).await?,
            false => 0,
        },
        unscheduled: bulletin::unscheduled(&mut connection, person, now, limit).await?,
        waiting: rows::waiting_for(&mut connection, person, limit).await?,
        asked: rows::own_since(&mut connection, person, now - LATELY, MOST_ASKED).await?,
        today: zone.date(now),
        rejected: bulletin::own(&mut connection, person, "rejected", limit).await?,
        drafts,
        reaches: reach::of_author(&mut connection, person, now).await?,
        stations,
        more_stations,
        sounding: on_air::of_reader(&state, &mut connection, &actor).await?,
        upcoming: match may_schedule {
            true => upcoming::of_reader(&state, &mut connection, &shell, &actor, NEXT).await?,
            false => Vec::new(),
        },
        shell,
        may_record,
        may_schedule,
        may_keep: actor.may_somewhere(Right::ManageStations),
    })
}

/// Whether somebody has chosen when a bulletin airs.
enum Chosen {
    Not,
    /// It airs next at that instant.
    Next(WallTime),
    /// It is ordered, a start of that has been, and no station has told of it.
    Untold,
    /// It is ordered, and no start of that will be heard.
    Unheard,
}

/// What the reader made and others schedule: whoever recorded something hears when it is heard.
/// What is for an emergency waits for no schedule.
async fn to_be_heard(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
) -> Result<Vec<(Bulletin, Chosen)>> {
    let now = state.now();
    let limit = u32::try_from(MOST).unwrap_or(u32::MAX);
    let own = bulletin::own(connection, actor.id(), "approved", limit).await?;
    let waits = |one: &Bulletin| one.valid_until > now && one.content.class != Class::Emergency;
    let mut found = Vec::new();
    for one in own.into_iter().filter(waits) {
        let next = upcoming::of_bulletin(state, connection, shell, actor, &one).await?;
        let chosen = match next.first() {
            Some(first) => Chosen::Next(first.next),
            None if reach::of_bulletin(connection, &one.id).await?.is_some() => continue,
            None => {
                let mut ordered = broadcast::of_bulletin(connection, &one.id).await?;
                ordered.retain(|order| order.cancelled_at.is_none());
                if ordered.is_empty() {
                    Chosen::Not
                } else if upcoming::any_has_begun(state, connection, &ordered).await? {
                    Chosen::Untold
                } else {
                    Chosen::Unheard
                }
            }
        };
        found.push((one, chosen));
        if found.len() == MOST_APPROVED {
            break;
        }
    }
    Ok(found)
}

/// Whether somebody else took a draft back after it was submitted.
fn is_taken(draft: &Bulletin, actor: &Actor) -> bool {
    let step = draft.stage.taken_back();
    step.is_some_and(|step| step.by != *actor.id())
}

/// Whether somebody else withdrew a bulletin lately.
fn is_news(bulletin: &Bulletin, actor: &Actor, now: WallTime) -> bool {
    let step = bulletin.stage.step();
    step.is_some_and(|step| step.by != *actor.id() && step.at + lapsed::LATELY >= now)
}

/// The first stations to look at, and how many there are beside them.
async fn troubled(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
) -> Result<(Vec<Troubled>, usize)> {
    let wrong = Soundness::wrong(connection, actor.id()).await?;
    let stations = station::visible(connection, actor.id().as_str()).await?;
    let open = stations.into_iter().filter(|one| one.closed_at.is_none());
    let mut found = Vec::new();
    for station in open {
        let worst = standing::worst(&station, wrong.get(&station.id), shell);
        let presence = standing::presence(&station, state.now(), shell);
        let mut facts: Vec<Fact> = worst.into_iter().collect();
        facts.extend(Some(presence).filter(|fact| ["warn", "bad"].contains(&fact.tone)));
        if !facts.is_empty() {
            found.push((station, facts));
        }
    }
    let more = found.len().saturating_sub(MOST);
    let mut troubled = Vec::new();
    for (station, facts) in found.into_iter().take(MOST) {
        troubled.push(Troubled {
            area_name: area::find(state, connection, &station.area).await?.name,
            id: station.id,
            name: station.name,
            facts,
        });
    }
    Ok((troubled, more))
}

impl FrontPage {
    /// Whether the reader may do nothing yet, so that an idle page is no good news.
    fn has_no_role(&self) -> bool {
        let actor = self.shell.actor.as_ref();
        actor.is_some_and(|actor| actor.roles().is_empty())
    }

    /// Whether somebody else knows the reader's password.
    fn has_a_temporary_password(&self) -> bool {
        let actor = self.shell.actor.as_ref();
        actor.is_some_and(|actor| actor.password_is_temporary())
    }

    /// How far something came that was cut, and why no farther.
    fn ended(&self, one: &Interrupted) -> String {
        words::outcome(&one.outcome, self.shell.language).text
    }

    fn is_idle(&self) -> bool {
        let bulletins = [
            &self.submitted,
            &self.unscheduled,
            &self.rejected,
            &self.taken_back,
            &self.withdrawn,
            &self.pending,
            &self.drafts,
        ];
        let quiet = self.stations.is_empty() && self.waiting.is_empty() && self.sounding.is_empty();
        let heard = self.lapsed.is_empty() && self.silent.is_empty() && self.interrupted.is_empty();
        let heard = heard && self.misses == Misses::default() && self.alarms == 0;
        let nothing_to_mend = !self.has_a_temporary_password();
        quiet
            && heard
            && nothing_to_mend
            && self.kept.is_empty()
            && bulletins.into_iter().all(Vec::is_empty)
    }
}
