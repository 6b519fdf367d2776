//! The form in which a bulletin is written and changed.

use askama::Template;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use programme::ids::{BulletinId, RecordingId};
use programme::programme::Class;
use programme::zone::Zone;
use serde::Deserialize;

use super::behalf;
use super::bulletin::{self, Bulletin, CLASSES, Content, class_from_name, class_name};
use super::drafts;
use super::reading::Estimate;
use super::templates::{self, ReadyText};
use crate::areas::area;
use crate::areas::tree::{self, Listed};
use crate::audit::entries::Trail;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::recordings::recording;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::language::Titled;
use crate::web::overtaken::{Overtaken, Told};
use crate::web::shell::{Shell, done, page, page_with};

/// A bulletin airs for so many days unless its author says otherwise: what nobody ends bores.
pub const DAYS: i64 = 30;

/// The steps that raise the version of a bulletin.
const CHANGES: &[&str] = &[
    "bulletin.change",
    "bulletin.submit",
    "bulletin.retract",
    "bulletin.reject",
];

#[derive(Template)]
#[template(path = "bulletins/form.html")]
struct FormPage {
    shell: Shell,
    /// Whether it is there already.
    exists: bool,
    id: BulletinId,
    areas: Vec<Listed>,
    topics: Vec<Titled>,
    /// Bodies that may be meant.
    bodies: Vec<String>,
    /// Names of the classes that may be chosen.
    classes: Vec<&'static str>,
    /// Texts to begin with, while nothing was typed yet.
    templates: &'static [ReadyText],
    fields: Fields,
    /// Who has changed it since the form was opened, and how.
    overtaken: Option<Overtaken>,
    /// Whether the reader could approve it, and no longer once they have changed it.
    gives_up_approving: bool,
    /// What is wrong stands beside this field.
    wrong: &'static str,
    /// How long it takes to read the script out, as far as it is written.
    estimate: Option<Estimate>,
}

/// The fields as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Fields {
    /// Of a new bulletin: made with the form, so that a form sent twice makes one bulletin.
    #[serde(default)]
    id: String,
    #[serde(default)]
    version: i64,
    /// The version that the author writes over, having been told that it is not the one they saw.
    #[serde(default)]
    over: Option<i64>,
    #[serde(default)]
    area: String,
    title: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    script: String,
    #[serde(default)]
    on_behalf_of: String,
    valid_until_day: String,
    /// A recording that speaks for the new bulletin.
    #[serde(default)]
    recording: String,
}

/// What a link to the form knows already.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Known {
    #[serde(default)]
    recording: String,
    #[serde(default)]
    template: String,
    /// A bulletin that is written again.
    #[serde(default)]
    from: String,
}

/// The empty form, or with the text of a template in it.
pub(super) async fn new(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(known): Query<Known>,
) -> Result<Response> {
    actor.require_somewhere(Right::Record)?;
    let mut fields = Fields {
        class: "ordinary".to_owned(),
        ..Fields::default()
    };
    let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
    let last = zone.date(state.now()).checked_add(DAYS.days());
    fields.valid_until_day = last.map_err(anyhow::Error::from)?.to_string();
    if let Ok(id) = known.recording.parse::<RecordingId>() {
        let mut connection = state.database.read().await?;
        let (take, _) = recording::visible(&state, &mut connection, &actor, &id).await?;
        fields.area = take.area.to_string();
        fields.recording = id.to_string();
    }
    if let Ok(id) = known.from.parse::<BulletinId>() {
        let mut connection = state.database.read().await?;
        let (seen, _) = bulletin::visible(&state, &mut connection, &actor, &id).await?;
        fields.begin_again(&seen);
    }
    if let Some(template) = ReadyText::named(&known.template) {
        fields.begin_with(template);
    }
    let id = BulletinId::from_random(state.randomness.bytes());
    let mut form = form(&state, shell, &actor, false, id, fields).await?;
    form.templates = templates::ALL;
    if let Some(area) = form.areas.first().filter(|_| form.leaves_no_choice()) {
        form.fields.script = templates::addressed(&form.fields.script, &area.name);
    }
    page(&form)
}

/// Begins a bulletin, and lets the recording that it came from speak for it.
pub(super) async fn create(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let id: BulletinId = fields
        .id
        .parse()
        .map_err(|_| Error::invalid("error-bulletin-name"))?;
    match begin(&state, &actor, &id, &fields).await {
        Ok(()) => Ok(done(&format!("/bulletins/{id}"), "notice-bulletin-saved")),
        Err(error) => {
            let wrong = beside(error.key());
            let status = shell.alert(error)?;
            let mut form = form(&state, shell, &actor, false, id, fields).await?;
            form.wrong = wrong;
            page_with(status, &form)
        }
    }
}

async fn begin(state: &State, actor: &Actor, id: &BulletinId, fields: &Fields) -> Result<()> {
    let content = fields.read()?;
    let area = fields.area.parse().map_err(|_| Error::not_found())?;
    let mut connection = state.database.read().await?;
    let area = area::find(state, &mut connection, &area).await?;
    drop(connection);
    drafts::create(state, actor, &area, id, &content).await?;
    if let Ok(take) = fields.recording.parse::<RecordingId>() {
        let mut connection = state.database.read().await?;
        let (take, _) = recording::visible(state, &mut connection, actor, &take).await?;
        let (bulletin, area) = bulletin::visible(state, &mut connection, actor, id).await?;
        drop(connection);
        drafts::attach(state, actor, &area, &bulletin, &take).await?;
    }
    Ok(())
}

/// The form with what the bulletin says.
pub(super) async fn edit(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BulletinId>,
) -> Result<Response> {
    let (bulletin, _) = drafts::open_for_change(&state, &actor, &id).await?;
    let form = form(&state, shell, &actor, true, id, Fields::of(&bulletin)).await?;
    page(&form)
}

/// Changes what the bulletin says.
pub(super) async fn save(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let (bulletin, area) = drafts::open_for_change(&state, &actor, &id).await?;
    let seen = Bulletin {
        version: fields.over.unwrap_or(fields.version),
        ..bulletin
    };
    let saved = match fields.read() {
        Ok(content) => drafts::update(&state, &actor, &area, &seen, &content).await,
        Err(error) => Err(error),
    };
    let Err(error) = saved else {
        return Ok(done(&format!("/bulletins/{id}"), "notice-bulletin-saved"));
    };
    let wrong = beside(error.key());
    let (status, overtaken) = match error.key() == drafts::CHANGED {
        true => {
            let mut connection = state.database.read().await?;
            let there = Fields::of(&bulletin::find(&mut connection, &id).await?);
            let topics = bulletin::topics(&mut connection).await?;
            let told = [&there, &fields].map(|one| one.told(&topics, &shell));
            let (trail, over) = (Trail::of(id.as_str(), CHANGES), there.version);
            let told = Overtaken::told(&mut connection, &mut shell, trail, over, told).await?;
            (told.0, Some(told.1))
        }
        false => {
            // What its author stands by is what they saw.
            (fields.version, fields.over) = (seen.version, None);
            (shell.alert(error)?, None)
        }
    };
    let mut form = form(&state, shell, &actor, true, id, fields).await?;
    (form.overtaken, form.wrong) = (overtaken, wrong);
    page_with(status, &form)
}

async fn form(
    state: &State,
    shell: Shell,
    actor: &Actor,
    exists: bool,
    id: BulletinId,
    fields: Fields,
) -> Result<FormPage> {
    let mut connection = state.database.read().await?;
    let areas = tree::open_with_right(&mut connection, actor.id(), Right::Record).await?;
    let topics = bulletin::topics(&mut connection).await?;
    let first = areas.first().map(|area| area.id.clone());
    let place = Some(fields.area.clone()).filter(|area| !area.is_empty());
    let place = match place.or(first).and_then(|id| id.parse().ok()) {
        // What was sent for an area that is none is shown again all the same.
        Some(id) => area::find(state, &mut connection, &id).await.ok(),
        None => None,
    };
    let estimate = Estimate::of(&fields.script, place.as_ref(), &state.config);
    let approves = place.as_ref().map(|area| actor.may(Right::Approve, area));
    let emergency = actor.may_somewhere(Right::Emergency);
    let may_choose = |class: &Class| {
        *class != Class::Emergency || emergency || fields.class == class_name(*class)
    };
    let classes = CLASSES
        .into_iter()
        .filter(may_choose)
        .map(class_name)
        .collect();
    Ok(FormPage {
        shell,
        exists,
        id,
        areas,
        topics,
        bodies: behalf::suggestions(&mut connection).await?,
        classes,
        templates: &[],
        fields,
        overtaken: None,
        gives_up_approving: exists && approves == Some(true),
        wrong: "",
        estimate,
    })
}

/// The field that a refusal is about; empty where it is about none.
fn beside(key: &str) -> &'static str {
    match key {
        "error-bulletin-title" => "title",
        "error-bulletin-on-behalf" => "on_behalf_of",
        "error-bulletin-topic" => "topic",
        "error-bulletin-class" | "error-bulletin-emergency" => "class",
        "error-bulletin-day" | "error-bulletin-far" | "error-bulletin-out-of-date" => {
            "valid_until_day"
        }
        "error-bulletin-script" => "script",
        _ => "",
    }
}

impl FormPage {
    /// Whether it can be of one area only, so that nobody is asked.
    fn leaves_no_choice(&self) -> bool {
        let chosen = &self.fields.area;
        let only = |area: &Listed| chosen.is_empty() || area.id == *chosen;
        matches!(&self.areas[..], [area] if only(area))
    }

    fn action(&self) -> String {
        match self.exists {
            true => format!("/bulletins/{}/edit", self.id),
            false => "/bulletins/new".to_owned(),
        }
    }

    fn is_too_long(&self) -> bool {
        self.estimate.is_some_and(|one| one.beyond.is_some())
    }

    /// Where the form with the text of a template in it is.
    fn begun_with(&self, template: &ReadyText) -> String {
        let (recording, code) = (&self.fields.recording, template.code);
        format!("/bulletins/new?template={code}&recording={recording}")
    }

    fn cancel(&self) -> String {
        match self.exists {
            true => format!("/bulletins/{}", self.id),
            false => "/bulletins".to_owned(),
        }
    }
}

impl Fields {
    fn of(bulletin: &Bulletin) -> Self {
        let content = &bulletin.content;
        Self {
            id: bulletin.id.to_string(),
            version: bulletin.version,
            over: None,
            area: bulletin.area.to_string(),
            title: content.title.clone(),
            class: class_name(content.class).to_owned(),
            topic: content.topic.clone().unwrap_or_default(),
            script: content.script.clone(),
            on_behalf_of: content.on_behalf_of.clone(),
            valid_until_day: content.valid_until_day.to_string(),
            recording: String::new(),
        }
    }

    /// What a bulletin says, in a new one that airs for as long as a new one does.
    fn begin_again(&mut self, bulletin: &Bulletin) {
        *self = Self {
            id: String::new(),
            version: 0,
            valid_until_day: self.valid_until_day.clone(),
            ..Self::of(bulletin)
        };
    }

    fn begin_with(&mut self, template: &ReadyText) {
        template.title.clone_into(&mut self.title);
        class_name(template.class).clone_into(&mut self.class);
        template.topic.clone_into(&mut self.topic);
        template.script.clone_into(&mut self.script);
        template.on_behalf_of.clone_into(&mut self.on_behalf_of);
    }

    /// What they say in words.
    fn told(&self, topics: &[Titled], shell: &Shell) -> Told {
        let day = self.valid_until_day.parse::<Date>().ok();
        let day = day.map(|day| day.strftime("%d/%m/%Y").to_string());
        let day = day.unwrap_or_else(|| self.valid_until_day.clone());
        let script = self.script.replace("\r\n", "\n");
        let trimmed = |text: &str| text.trim().to_owned();
        let told = [
            ("bulletins-name", trimmed(&self.title)),
            ("bulletins-on-behalf-of", trimmed(&self.on_behalf_of)),
            ("bulletins-topic", shell.title_of(topics, &self.topic)),
            ("bulletins-class", shell.say_or("class", &self.class)),
            ("bulletins-valid-until", day),
            ("bulletins-script", trimmed(&script)),
        ];
        told.map(|(label, text)| (shell.say(label), text)).into()
    }

    fn read(&self) -> Result<Content> {
        let class = class_from_name(&self.class)
            .ok_or_else(|| Error::invalid("error-bulletin-class").with("class", &self.class))?;
        let day = self.valid_until_day.parse();
        Ok(Content {
            title: self.title.clone(),
            class,
            topic: Some(self.topic.clone()).filter(|topic| !topic.is_empty()),
            script: self.script.replace("\r\n", "\n"),
            on_behalf_of: self.on_behalf_of.clone(),
            valid_until_day: day.map_err(|_| Error::invalid("error-bulletin-day"))?,
        })
    }
}
