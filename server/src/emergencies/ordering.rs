//! The two screens by which an officer orders an emergency: what and where, then what will happen
//! and the PIN. Nothing typed is lost on the way, and nothing is kept before the last tap.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use programme::ids::BulletinId;
use programme::programme::Class;
use serde::Deserialize;

use super::form::{self, Fields, GAP_CHOICES, HOLDS_CHOICES, REPEAT_CHOICES, Step, value};
use super::outlook::Outlook;
use super::request::Request;
use super::sent_before::made_before;
use super::{place, standby};
use crate::areas::tree::{self, Listed};
use crate::bulletins::bulletin;
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
    bulletins: Vec<Choice>,
    has_pin: bool,
}

/// A bulletin to choose.
struct Choice {
    id: BulletinId,
    title: String,
    class: Class,
}

#[derive(Template)]
#[template(path = "emergencies/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    fields: Fields,
    outlook: Outlook,
    languages: String,
    /// Those that are away first.
    stations: Vec<(String, Fact)>,
    /// How many more there are.
    more: usize,
    has_pin: bool,
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
    // Who may choose one area alone need not choose it. Of several none is chosen: what nobody
    // ticked must not sound.
    if let [only] = areas(&state, &actor).await?.as_slice() {
        fields.areas.push(only.id.clone());
    }
    form_page(&state, shell, &actor, fields, StatusCode::OK, "").await
}

/// The step that a button asks for. What is refused shows the screen again on which it was typed.
pub(super) async fn send(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    actor.require_somewhere(Right::Emergency)?;
    let (fields, step) = (Fields::sent(&pairs), Step::sent(&pairs));
    if step == Step::Edit {
        return form_page(&state, shell, &actor, fields, StatusCode::OK, "").await;
    }
    let request = match fields.request() {
        Ok(request) => request,
        Err(error) => return refused(&state, shell, &actor, fields, error).await,
    };
    let mut status = StatusCode::OK;
    match taken(&state, &actor, &request, step, &pairs).await {
        Ok(Some((place, notice))) => return Ok(done(&place, notice)),
        Ok(None) => {}
        Err(error) if is_seen_again(error.key()) => status = shell.alert(error)?,
        Err(error) => return refused(&state, shell, &actor, fields, error).await,
    }
    match place::try_out(&state, &actor, &request).await {
        Ok(outlook) => confirm_page(&state, shell, &actor, fields, outlook, status).await,
        Err(error) => refused(&state, shell, &actor, fields, error).await,
    }
}

/// Takes the step, and says where it leads if it leads away from the form.
async fn taken(
    state: &State,
    actor: &Actor,
    request: &Request,
    step: Step,
    pairs: &[(String, String)],
) -> Result<Option<(String, &'static str)>> {
    match step {
        Step::Look | Step::Edit => Ok(None),
        Step::SetPin => {
            let password = value(pairs, "password").to_owned();
            let (pin, again) = (value(pairs, "new_pin"), value(pairs, "new_pin_again"));
            pins::set(state, actor, password, pin, again).await?;
            Ok(None)
        }
        Step::Order => {
            let id = place::place(state, actor, request, value(pairs, "pin")).await?;
            let page = format!("/emergencies/{id}");
            Ok(Some((page, "notice-emergency-ordered")))
        }
        Step::StandBy => {
            standby::set_up(state, actor, request).await?;
            let page = "/emergencies".to_owned();
            Ok(Some((page, "notice-standby-set-up")))
        }
    }
}

async fn refused(
    state: &State,
    mut shell: Shell,
    actor: &Actor,
    fields: Fields,
    error: Error,
) -> Result<Response> {
    let wrong = beside(error.key());
    let status = shell.alert(error)?;
    form_page(state, shell, actor, fields, status, wrong).await
}

async fn form_page(
    state: &State,
    shell: Shell,
    actor: &Actor,
    mut fields: Fields,
    status: StatusCode,
    wrong: &'static str,
) -> Result<Response> {
    let areas = areas(state, actor).await?;
    let mut connection = state.database.read().await?;
    renew_key(state, &mut connection, actor, &mut fields).await?;
    let found = bulletin::list(&mut connection, actor.id(), "approved", MOST_BULLETINS, 0).await?;
    let has_pin = pins::is_set(&mut connection, actor.id()).await?;
    let valid = found
        .into_iter()
        .filter(|bulletin| bulletin.valid_until > state.now());
    let mut bulletins: Vec<Choice> = valid
        .map(|bulletin| Choice {
            id: bulletin.id,
            title: bulletin.content.title,
            class: bulletin.content.class,
        })
        .collect();
    bulletins.sort_by_key(|choice| choice.class != Class::Emergency);
    let page = FormPage {
        shell,
        fields,
        wrong,
        areas,
        bulletins,
        has_pin,
    };
    page_with(status, &page)
}

async fn confirm_page(
    state: &State,
    shell: Shell,
    actor: &Actor,
    mut fields: Fields,
    outlook: Outlook,
    status: StatusCode,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    renew_key(state, &mut connection, actor, &mut fields).await?;
    let spoken = tree::spoken_languages(&mut connection).await?;
    let languages: Vec<String> = outlook
        .languages()
        .map(|language| shell.title_of(&spoken, language.as_str()))
        .collect();
    let mut stations: Vec<_> = outlook.stations.iter().collect();
    stations.sort_by_key(|(station, _)| is_online(station, state.now()));
    let page = ConfirmPage {
        languages: languages.join(", "),
        more: stations.len().saturating_sub(MOST_LINES),
        stations: stations
            .into_iter()
            .take(MOST_LINES)
            .map(|(station, village)| (village.clone(), presence(station, state.now(), &shell)))
            .collect(),
        has_pin: pins::is_set(&mut connection, actor.id()).await?,
        shell,
        fields,
        outlook,
    };
    page_with(status, &page)
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

/// Where the actor may order an emergency, the widest first.
async fn areas(state: &State, actor: &Actor) -> Result<Vec<Listed>> {
    let mut connection = state.database.read().await?;
    tree::open_with_right(&mut connection, actor.id(), Right::Emergency).await
}

/// Whether a refusal leads back to the second screen: it is about what is typed there, or what will
/// happen is to be looked at again.
fn is_seen_again(key: &str) -> bool {
    matches!(
        key,
        "error-emergency-form-changed"
            | "error-emergency-form-over"
            | "error-pin-not-set"
            | "error-pin-wrong"
            | "error-pin-too-many"
            | "error-pin-form"
            | "error-pin-easy"
            | "error-pins-differ"
            | "error-current-password-wrong"
            | "error-too-many-attempts"
    )
}

/// The field that a refusal is about.
fn beside(key: &str) -> &'static str {
    match key {
        "error-emergency-needs-bulletin"
        | "error-emergency-bulletin-not-approved"
        | "error-emergency-bulletin-expired" => "bulletin",
        "error-emergency-needs-area"
        | "error-emergency-area-closed"
        | "error-emergency-no-station" => "areas",
        "error-emergency-repeats" | "error-emergency-gap" | "error-emergency-holds" => "how",
        "error-emergency-needs-reason" => "why",
        _ => "",
    }
}

impl FormPage {
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

impl ConfirmPage {
    fn title(&self) -> String {
        let villages = self.outlook.villages();
        self.shell
            .say1("emergencies-will-sound", "villages", villages)
    }

    fn repeats(&self) -> String {
        repeats_words(&self.fields.repeats, &self.shell)
    }

    fn gap(&self) -> String {
        gap_words(self.fields.gap.parse().unwrap_or_default(), &self.shell)
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
