//! The form in which an area is made and changed.

mod words;

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use programme::ids::AreaId;
use serde::Deserialize;

use super::area::{self, Area, QuietSpan, Ways};
use super::change;
use super::draft::Draft;
use super::pages::managed;
use super::sessions::Sessions;
use super::tree;
use crate::audit::{Author, entries::Trail};
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::language::Titled;
use crate::web::overtaken::{self, Opened, Overtaken};
use crate::web::shell::{Shell, done, page, page_with};

/// Before the place of a language, in the name of its box.
const LANGUAGE: &str = "language_";
/// Boxes for languages that an empty form shows.
const LANGUAGE_BOXES: usize = 3;

#[derive(Template)]
#[template(path = "areas/form.html")]
struct FormPage {
    shell: Shell,
    /// What is changed; `None` for a new area.
    area: Option<AreaId>,
    /// What a new area will lie in.
    parent: Option<AreaId>,
    /// Whether nothing lies above it.
    is_top: bool,
    fields: Fields,
    kinds: Vec<Titled>,
    spoken: Vec<Titled>,
    /// Whether to ask if it shall be kept although a session begins in quiet hours.
    asks: bool,
    /// Who has changed it since the form was opened, and how.
    overtaken: Option<Overtaken>,
}

/// The form's fields as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Fields {
    /// What a new area will be known by.
    #[serde(default)]
    id: String,
    name: String,
    kind: String,
    #[serde(default)]
    households: String,
    #[serde(default)]
    quiet_from: String,
    #[serde(default)]
    quiet_until: String,
    #[serde(default)]
    zone: String,
    /// `yes`, `no`, or empty for "as above".
    #[serde(default)]
    approver_may_be_author: String,
    #[serde(default)]
    morning_from: String,
    #[serde(default)]
    morning_until: String,
    #[serde(default)]
    evening_from: String,
    #[serde(default)]
    evening_until: String,
    #[serde(default)]
    session_minutes: String,
    /// `yes`, once whoever changes it stands by it.
    #[serde(default)]
    despite_quiet_hours: String,
    #[serde(flatten)]
    opened: Opened,
    /// Among what else was sent, the languages: `language_1` airs first.
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Under {
    #[serde(default)]
    parent: Option<AreaId>,
}

/// The empty form.
pub(super) async fn new(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(under): Query<Under>,
) -> Result<Response> {
    let parent = parent_for_new(&state, &actor, under.parent.as_ref()).await?;
    let fields = Fields {
        id: AreaId::from_random(state.randomness.bytes()).to_string(),
        ..Fields::default()
    };
    page(&form(&state, shell, None, Some(parent.id), fields).await?)
}

/// Adds an area.
pub(super) async fn create(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(under): Query<Under>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let parent = parent_for_new(&state, &actor, under.parent.as_ref()).await?;
    let added = match fields.draft() {
        Ok(draft) => tree::add(&state, &Author::from(&actor), Some(&parent), &draft).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(id) => Ok(done(&format!("/areas/{id}"), "notice-area-added")),
        Err(error) => {
            let form = form(&state, shell, None, Some(parent.id), fields).await?;
            refused(form, error)
        }
    }
}

/// The form with what the area says.
pub(super) async fn edit(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
) -> Result<Response> {
    let area = managed(&state, &actor, &id).await?;
    let form = form(&state, shell, Some(id), None, Fields::of(&area)).await?;
    page_with(StatusCode::OK, &form)
}

/// Changes what the area says.
pub(super) async fn save(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
    Form(mut fields): Form<Fields>,
) -> Result<Response> {
    let area = managed(&state, &actor, &id).await?;
    let (author, seen) = (Author::from(&actor), fields.opened.seen());
    let saved = match fields.draft() {
        Ok(draft) => tree::change(&state, &author, &area, &draft, seen).await,
        Err(error) => Err(error),
    };
    let Err(error) = saved else {
        return Ok(done(&format!("/areas/{id}"), "notice-area-saved"));
    };
    if error.key() != overtaken::CHANGED {
        fields.opened = fields.opened.again();
        return refused(form(&state, shell, Some(id), None, fields).await?, error);
    }
    let there = Fields::of(&managed(&state, &actor, &id).await?);
    let mut connection = state.database.read().await?;
    let kinds = tree::kinds(&mut connection).await?;
    let spoken = tree::spoken_languages(&mut connection).await?;
    let above = words::unsaid(area.parent.is_none());
    let told = [&there, &fields].map(|one| one.told(&shell, &kinds, &spoken, above));
    let trail = Trail::of(id.as_str(), &["area.change"]);
    let over = there.opened.version;
    let (status, told) = Overtaken::told(&mut connection, &mut shell, trail, over, told).await?;
    drop(connection);
    let mut form = form(&state, shell, Some(id), None, fields).await?;
    form.overtaken = Some(told);
    page_with(status, &form)
}

/// The form as it was typed. What only asks whether it shall be so can be stood by on it.
fn refused(mut form: FormPage, error: Error) -> Result<Response> {
    form.asks |= error.key() == change::IN_QUIET_HOURS;
    let status = form.shell.alert(error)?;
    page_with(status, &form)
}

/// Roots are made at the server's command line: nobody holds a right above them.
async fn parent_for_new(state: &State, actor: &Actor, parent: Option<&AreaId>) -> Result<Area> {
    let parent = parent.ok_or_else(Error::not_found)?;
    managed(state, actor, parent).await
}

async fn form(
    state: &State,
    shell: Shell,
    area: Option<AreaId>,
    parent: Option<AreaId>,
    fields: Fields,
) -> Result<FormPage> {
    let mut connection = state.database.read().await?;
    let kinds = tree::kinds(&mut connection).await?;
    let spoken = tree::spoken_languages(&mut connection).await?;
    let is_top = match &area {
        Some(id) => area::find(state, &mut connection, id)
            .await?
            .parent
            .is_none(),
        None => false,
    };
    Ok(FormPage {
        is_top,
        asks: fields.is_despite_quiet_hours(),
        overtaken: None,
        shell,
        area,
        parent,
        fields,
        kinds,
        spoken,
    })
}

impl FormPage {
    fn action(&self) -> String {
        match (&self.area, &self.parent) {
            (Some(area), _) => format!("/areas/{area}/edit"),
            (None, Some(parent)) => format!("/areas/new?parent={parent}"),
            (None, None) => "/areas/new".to_owned(),
        }
    }

    fn cancel(&self) -> String {
        match self.area.as_ref().or(self.parent.as_ref()) {
            Some(area) => format!("/areas/{area}"),
            None => "/areas".to_owned(),
        }
    }
}

impl Fields {
    fn of(area: &Area) -> Self {
        let own = &area.own;
        let quiet = own.quiet_hours;
        let minute = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
        let session = |at: fn(&Sessions) -> jiff::civil::Time| {
            own.sessions
                .as_ref()
                .map(|own| minute(at(own)))
                .unwrap_or_default()
        };
        Self {
            id: String::new(),
            morning_from: session(|own| own.morning.from),
            morning_until: session(|own| own.morning.until),
            evening_from: session(|own| own.evening.from),
            evening_until: session(|own| own.evening.until),
            session_minutes: own
                .sessions
                .map(|own| own.most_minutes.to_string())
                .unwrap_or_default(),
            name: area.name.clone(),
            kind: area.kind.clone(),
            households: area
                .households
                .map(|count| count.to_string())
                .unwrap_or_default(),
            quiet_from: quiet.map(|span| minute(span.from)).unwrap_or_default(),
            quiet_until: quiet.map(|span| minute(span.until)).unwrap_or_default(),
            zone: own.zone.clone().unwrap_or_default(),
            approver_may_be_author: match own.approver_may_be_author {
                Some(true) => "yes".to_owned(),
                Some(false) => "no".to_owned(),
                None => String::new(),
            },
            despite_quiet_hours: String::new(),
            opened: Opened::with(Draft::of(area).version()),
            others: (1..)
                .zip(own.languages.iter().flatten())
                .map(|(place, language)| (format!("{LANGUAGE}{place}"), language.clone()))
                .collect(),
        }
    }

    /// The languages in the order in which they air, each once.
    fn languages(&self) -> Vec<String> {
        let place = |(name, code): (&String, &String)| {
            let place: u32 = name.strip_prefix(LANGUAGE)?.parse().ok()?;
            let code = code.trim();
            (!code.is_empty()).then(|| (place, code.to_owned()))
        };
        let mut placed: Vec<(u32, String)> = self.others.iter().filter_map(place).collect();
        placed.sort_by_key(|(place, _)| *place);
        let mut languages = Vec::with_capacity(placed.len());
        for (_, code) in placed {
            if !languages.contains(&code) {
                languages.push(code);
            }
        }
        languages
    }

    /// What the boxes for languages show: those that were chosen, and empty ones.
    fn language_boxes(&self) -> Vec<String> {
        let mut boxes = self.languages();
        let count = LANGUAGE_BOXES.max(boxes.len() + 1);
        boxes.resize(count, String::new());
        boxes
    }

    fn is_despite_quiet_hours(&self) -> bool {
        self.despite_quiet_hours == "yes"
    }

    fn draft(&self) -> Result<Draft> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let households = given(&self.households)
            .map(|text| {
                text.parse()
                    .map_err(|_| Error::invalid("error-area-households"))
            })
            .transpose()?;
        let quiet_hours = match (given(&self.quiet_from), given(&self.quiet_until)) {
            (None, None) => None,
            (from, until) => Some(QuietSpan {
                from: time(from)?,
                until: time(until)?,
            }),
        };
        let languages = Some(self.languages()).filter(|chosen| !chosen.is_empty());
        let approver_may_be_author = match self.approver_may_be_author.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let sessions = Sessions::typed([
            &self.morning_from,
            &self.morning_until,
            &self.evening_from,
            &self.evening_until,
            &self.session_minutes,
        ])?;
        Ok(Draft {
            id: self.id.parse().ok(),
            kind: self.kind.clone(),
            name: self.name.clone(),
            households,
            ways: Ways {
                languages,
                quiet_hours,
                zone: given(&self.zone),
                approver_may_be_author,
                sessions,
            },
            despite_quiet_hours: self.is_despite_quiet_hours(),
        })
    }
}

fn time(text: Option<String>) -> Result<jiff::civil::Time> {
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::invalid("error-area-quiet-half"))
}
