//! The one screen on which an officer orders an emergency: what, where, who will hear it, and the
//! PIN. Nothing typed is lost when it is refused, and nothing is kept before the last tap.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use programme::ids::{AreaId, BulletinId};
use programme::programme::Class;
use serde::Deserialize;

use super::form::{self, Fields, GAP_CHOICES, HOLDS_CHOICES, REPEAT_CHOICES, Step, value};
use super::outlook::Outlook;
use super::sent_before::made_before;
use super::{place, places, standby};
use crate::areas::tree::{self, Listed};
use crate::bulletins::approved::approved;
use crate::bulletins::bulletin::{self, Bulletin};
use crate::database::Connection;
use crate::people::identity::{Actor, new_secret};
use crate::people::pins;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::standing::{Fact, is_online, presence};
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Query};
use crate::web::shell::{Shell, done, page_with};

/// Most stations and villages of one screen.
pub(super) const MOST_LINES: usize = 60;

/// Most bulletins to choose from, the newest first.
const MOST_BULLETINS: u32 = 200;

#[derive(Template)]
#[template(path = "emergencies/form.html")]
struct FormPage {
    shell: Shell,
    fields: Fields,
    /// What is wrong stands beside this field.
    wrong: &'static str,
    areas: Vec<Listed>,
    /// Bulletins that were made as warnings.
    warnings: Vec<Choice>,
    /// All others that may sound.
    others: Vec<Choice>,
    /// Who will hear it, once it is chosen where.
    looked: Option<Looked>,
    has_pin: bool,
    /// The name by which a browser knows whose password is asked for.
    user: String,
}

/// A bulletin to choose.
struct Choice {
    id: BulletinId,
    title: String,
    languages: String,
    class: Class,
}

/// Who will hear it, in words.
struct Looked {
    outlook: Outlook,
    /// Stations with their villages, those that are away first.
    stations: Vec<(String, Fact)>,
    /// How many more there are.
    more: usize,
}

/// What the form is opened with.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    bulletin: String,
}

pub(super) async fn new(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    actor.require_somewhere(Right::Emergency)?;
    let mut fields = Fields::empty(new_secret(&state.randomness));
    fields.bulletin = asked.bulletin;
    let areas = places::open_to(&state, &actor).await?;
    fields.areas.extend(places::whole_community(&areas));
    screen(&state, shell, &actor, fields, Ok(())).await
}

/// The step that a button asks for. What is refused shows the screen again as it was typed.
pub(super) async fn send(
    state: State,
    shell: Shell,
    actor: Actor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    actor.require_somewhere(Right::Emergency)?;
    let fields = Fields::sent(&pairs);
    match taken(&state, &actor, &fields, Step::sent(&pairs), &pairs).await {
        Ok(Some((place, notice))) => Ok(done(&place, notice)),
        Ok(None) => screen(&state, shell, &actor, fields, Ok(())).await,
        Err(error) => screen(&state, shell, &actor, fields, Err(error)).await,
    }
}

/// Takes the step, and says where it leads if it leads away from the screen.
async fn taken(
    state: &State,
    actor: &Actor,
    fields: &Fields,
    step: Step,
    pairs: &[(String, String)],
) -> Result<Option<(String, &'static str)>> {
    if step == Step::SetPin {
        let password = value(pairs, "password").to_owned();
        let (pin, again) = (value(pairs, "new_pin"), value(pairs, "new_pin_again"));
        pins::set(state, actor, password, pin, again).await?;
        return Ok(None);
    }
    let mut request = fields.request()?;
    if request.why.is_empty() && step != Step::StandBy {
        request.why = place::own_reason(state, actor, &request).await?;
    }
    match step {
        Step::Look | Step::SetPin => {
            place::try_out(state, actor, &request).await?;
            Ok(None)
        }
        Step::Order if !fields.was_seen() => {
            place::try_out(state, actor, &request).await?;
            Err(Error::conflict("error-emergency-not-seen"))
        }
        Step::Order => {
            let id = place::place(state, actor, &request, value(pairs, "pin")).await?;
            let page = format!("/emergencies/{id}");
            Ok(Some((page, "notice-emergency-ordered")))
        }
        Step::StandBy => {
            standby::set_up(state, actor, &request).await?;
            let page = "/emergencies".to_owned();
            Ok(Some((page, "notice-standby-set-up")))
        }
    }
}

/// The screen with what was typed, who will hear it, and what was wrong.
async fn screen(
    state: &State,
    mut shell: Shell,
    actor: &Actor,
    mut fields: Fields,
    done: Result<()>,
) -> Result<Response> {
    let (status, wrong) = match done {
        Ok(()) => (StatusCode::OK, ""),
        Err(error) => {
            let wrong = beside(error.key());
            (shell.alert(error)?, wrong)
        }
    };
    let areas = places::open_to(state, actor).await?;
    let looked = looked(state, actor, &fields, &shell).await;
    let mut connection = state.database.read().await?;
    renew_key(state, &mut connection, actor, &mut fields).await?;
    let has_pin = pins::is_set(&mut connection, actor.id()).await?;
    let choices = choices(state, &mut connection, actor, &shell).await?;
    let (warnings, others) = choices
        .into_iter()
        .partition(|choice| choice.class == Class::Emergency);
    let page = FormPage {
        shell,
        fields,
        wrong,
        areas,
        warnings,
        others,
        looked,
        has_pin,
        user: actor.name().to_owned(),
    };
    page_with(status, &page)
}

/// What may sound.
async fn choices(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    shell: &Shell,
) -> Result<Vec<Choice>> {
    let found = bulletin::list(connection, actor.id(), "approved", MOST_BULLETINS, 0).await?;
    let spoken = tree::spoken_languages(connection).await?;
    let valid: Vec<Bulletin> = found
        .into_iter()
        .filter(|bulletin| bulletin.valid_until > state.now())
        .collect();
    let names = valid.iter().map(|bulletin| bulletin.id.clone()).collect();
    let heard = approved(connection, &names).await?;
    let choice = |bulletin: Bulletin| {
        let heard = heard.get(&bulletin.id).into_iter();
        let heard = heard.flat_map(|content| &content.recordings);
        let languages = heard.map(|one| shell.title_of(&spoken, one.language.as_str()));
        Choice {
            id: bulletin.id,
            languages: languages.collect::<Vec<_>>().join(", "),
            title: bulletin.content.title,
            class: bulletin.content.class,
        }
    };
    Ok(valid.into_iter().map(choice).collect())
}

/// Who will hear it; `None` while no area is chosen that may be.
async fn looked(state: &State, actor: &Actor, fields: &Fields, shell: &Shell) -> Option<Looked> {
    let areas: Vec<AreaId> = fields
        .areas
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    if areas.is_empty() {
        return None;
    }
    let outlook = place::look(state, actor, &areas).await.ok()?;
    let mut stations: Vec<_> = outlook.stations.iter().collect();
    stations.sort_by_key(|(station, _)| is_online(station, state.now()));
    Some(Looked {
        more: stations.len().saturating_sub(MOST_LINES),
        stations: stations
            .into_iter()
            .take(MOST_LINES)
            .map(|(station, village)| (village.clone(), presence(station, state.now(), shell)))
            .collect(),
        outlook,
    })
}

/// Who went back after something was ordered, and looks at it again, orders another emergency.
async fn renew_key(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    fields: &mut Fields,
) -> Result<()> {
    if made_before(connection, actor, &fields.key).await? {
        fields.key = new_secret(&state.randomness);
    }
    Ok(())
}

/// The field that a refusal is about.
fn beside(key: &str) -> &'static str {
    match key {
        "error-emergency-needs-bulletin"
        | "error-emergency-bulletin-not-approved"
        | "error-emergency-bulletin-expired" => "bulletin",
        "error-emergency-needs-area"
        | "error-emergency-part-and-whole"
        | "error-emergency-area-closed"
        | "error-emergency-no-station" => "areas",
        "error-emergency-repeats" | "error-emergency-gap" | "error-emergency-holds" => "how",
        "error-emergency-needs-reason" => "why",
        "error-pin-not-set"
        | "error-pin-wrong"
        | "error-pin-too-many"
        | "error-pin-form"
        | "error-pin-easy"
        | "error-pins-differ"
        | "error-current-password-wrong"
        | "error-too-many-attempts" => "pin",
        _ => "",
    }
}

impl FormPage {
    /// Whether what is chosen is no warning.
    fn is_other(&self) -> bool {
        let mut others = self.others.iter();
        others.any(|choice| choice.id.as_str() == self.fields.bulletin)
    }

    /// How it sounds, in a line.
    fn how(&self) -> String {
        let minutes = self.fields.holds.parse().unwrap_or_default();
        let gap = self.fields.gap.parse().unwrap_or_default();
        let parts = [
            repeats_words(&self.fields.repeats, &self.shell),
            self.shell
                .say1("emergencies-gap-of", "span", gap_words(gap, &self.shell)),
            self.shell.say1(
                "emergencies-at-most",
                "span",
                holds_words(minutes, &self.shell),
            ),
        ];
        parts.join(" · ")
    }

    fn repeats(&self) -> Vec<(&'static str, String)> {
        let words = |choice| (choice, repeats_words(choice, &self.shell));
        REPEAT_CHOICES.into_iter().map(words).collect()
    }

    fn gaps(&self) -> Vec<(String, String)> {
        let words = |seconds: u64| (seconds.to_string(), gap_words(seconds, &self.shell));
        GAP_CHOICES.into_iter().map(words).collect()
    }

    fn holds(&self) -> Vec<(String, String)> {
        let words = |minutes: u64| (minutes.to_string(), holds_words(minutes, &self.shell));
        HOLDS_CHOICES.into_iter().map(words).collect()
    }
}

impl Looked {
    fn title(&self, shell: &Shell) -> String {
        match self.outlook.villages() {
            0 => shell.say("emergencies-no-stations"),
            villages => shell.say1("emergencies-will-sound", "villages", villages),
        }
    }

    /// Whether a station may not hear of it.
    fn is_some_away(&self) -> bool {
        self.stations
            .iter()
            .any(|(_, presence)| presence.tone != "good")
    }

    /// The chosen areas by their names.
    fn names(&self) -> String {
        let names = self.outlook.targets.iter().map(|area| area.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    }
}

/// How often, in words.
fn repeats_words(choice: &str, shell: &Shell) -> String {
    match choice {
        form::UNTIL_STOPPED => shell.say("emergencies-until-stopped"),
        number => shell.say1("emergencies-times", "times", number),
    }
}

fn gap_words(seconds: u64, shell: &Shell) -> String {
    match seconds {
        0..60 => shell.say1("emergencies-seconds", "seconds", seconds),
        more => shell.say1("emergencies-minutes", "minutes", more / 60),
    }
}

fn holds_words(minutes: u64, shell: &Shell) -> String {
    match minutes {
        0..60 => shell.say1("emergencies-minutes", "minutes", minutes),
        more => shell.say1("emergencies-hours", "hours", more / 60),
    }
}
