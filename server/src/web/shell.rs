//! The shell around each page: who reads, in which language, where they are.
//!
//! A page is a struct with a template and a field `shell`; [`page`] renders it.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use fluent_bundle::FluentValue;
use jiff::tz::TimeZone;
use programme::units::WallTime;

use super::errors::{Error, Result};
use super::language::{NamedValue, PanelLanguage, Titled, Value};
use super::{assets, cookies, dates};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;

/// The cookie that remembers a chosen language.
pub const LANGUAGE_COOKIE: &str = "language";

/// What every page is given.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The reader's language.
    pub language: PanelLanguage,
    /// Who is signed in.
    pub actor: Option<Actor>,
    /// Path and query of this page.
    pub here: String,
    /// A sentence about what was done on the page before.
    pub notice: Option<String>,
    /// What was wrong with what was sent.
    pub alert: Option<Alert>,
    /// As what the form that was sent was kept, where its session had ended before: a page that
    /// shows it again sends that along.
    pub kept: Option<String>,
    zone: TimeZone,
    /// When the page was asked for.
    asked_at: WallTime,
}

/// A refusal, in words.
#[derive(Debug, Clone)]
pub struct Alert {
    /// What is wrong.
    pub title: String,
    /// What to do.
    pub advice: String,
}

/// A page that the navigation leads to.
#[derive(Debug, Clone, Copy)]
pub struct NavLink {
    /// Its address.
    pub path: &'static str,
    /// Names its title.
    pub key: &'static str,
    /// Who sees it: those who hold this right anywhere. `None`: everybody who is signed in.
    pub right: Option<Right>,
}

/// So many places are named in a sentence.
const MOST_PLACES: usize = 60;

impl Shell {
    /// The shell of a request, before it is known whether its handler will fail.
    pub fn of(state: &State, headers: &HeaderMap, uri: &Uri, actor: Option<Actor>) -> Self {
        let language = chosen_language(headers, uri).unwrap_or(state.config.commune.language);
        let notice = notice_key(uri)
            .filter(|key| language.knows(key))
            .map(|key| language.say_with(&key, &[("count", count(uri).into())]));
        Self {
            language,
            actor,
            here: uri
                .path_and_query()
                .map_or("/", |here| here.as_str())
                .to_owned(),
            notice,
            alert: None,
            kept: None,
            // The configuration was checked: an unknown zone does not come this far.
            zone: TimeZone::get(&state.config.commune.zone).unwrap_or(TimeZone::UTC),
            asked_at: state.now(),
        }
    }

    /// The sentence named `key`.
    pub fn say(&self, key: &str) -> String {
        self.language.say(key)
    }

    /// The sentence named `key` with one value in it.
    pub fn say1(&self, key: &str, name: &str, value: impl Value) -> String {
        self.language.say_with(key, &[(name, value.value())])
    }

    /// The sentence named `key` with two values in it, each as `(name, value)`.
    pub fn say2(&self, key: &str, first: impl NamedValue, second: impl NamedValue) -> String {
        let values = [
            (first.name(), first.value()),
            (second.name(), second.value()),
        ];
        self.language.say_with(key, &values)
    }

    /// Names of places, the first [`MOST_PLACES`] of them, and how many more there are.
    pub fn places(&self, names: &[String]) -> String {
        let mut named: Vec<String> = names.iter().take(MOST_PLACES).cloned().collect();
        if names.len() > MOST_PLACES {
            named.push(self.say1("emergencies-more", "count", names.len() - MOST_PLACES));
        }
        named.join(", ")
    }

    /// The sentence for a name out of a closed set that the database holds, such as a verb of the
    /// audit trail or a state: `key-name`, with dashes for dots, or the bare name.
    pub fn say_or(&self, key: &str, name: &str) -> String {
        let key = format!("{key}-{}", name.replace(['.', '_'], "-"));
        if self.language.knows(&key) {
            self.say(&key)
        } else {
            name.to_owned()
        }
    }

    /// The title of what the database holds in both languages.
    pub fn title<'t>(&self, titled: &'t Titled) -> &'t str {
        titled.title(self.language)
    }

    /// The title of the one among `titled` that `code` names.
    pub fn title_of(&self, titled: &[Titled], code: &str) -> String {
        let found = titled.iter().find(|titled| titled.code == code);
        found.map_or(code, |titled| self.title(titled)).to_owned()
    }

    /// `dd/mm/yyyy hh:mm` in the commune's zone.
    pub fn when(&self, at: &WallTime) -> String {
        dates::day_and_time(*at, &self.zone)
    }

    /// The same from milliseconds, as rows hold them.
    pub fn when_ms(&self, at_ms: &i64) -> String {
        self.when(&WallTime::from_millis(*at_ms))
    }

    /// What stands below a page on paper: whose it is, and of when its figures are.
    pub fn printed(&self) -> String {
        self.say1("printed-at", "at", self.when(&self.asked_at))
    }

    /// The address of a file in `assets/`.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The secret that every form of this session carries in its first field, `csrf`.
    pub fn csrf(&self) -> &str {
        self.actor.as_ref().map_or("", |actor| actor.csrf())
    }

    /// Where the navigation leads this person, and whether they are there.
    pub fn nav(&self) -> Vec<(NavLink, bool)> {
        let Some(actor) = &self.actor else {
            return Vec::new();
        };
        crate::NAV
            .iter()
            .filter(|link| link.right.is_none_or(|right| actor.may_somewhere(right)))
            .map(|link| (*link, self.is_in(link.path)))
            .collect()
    }

    /// Where help for this page is.
    pub fn help(&self) -> String {
        crate::help::address(self)
    }

    fn is_in(&self, path: &str) -> bool {
        let here = self.here.split('?').next().unwrap_or_default();
        here == path
            || here
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
    }

    /// The languages that one may switch to.
    pub fn other_languages(&self) -> Vec<PanelLanguage> {
        PanelLanguage::ALL
            .into_iter()
            .filter(|language| *language != self.language)
            .collect()
    }

    /// Shows why something was refused, above the form that is shown again. Other errors go on.
    ///
    /// # Errors
    /// `error` itself when it is no refusal.
    pub fn alert(&mut self, error: Error) -> Result<StatusCode> {
        match &error {
            Error::Refused(refusal) => {
                self.alert = Some(self.words_of(&error));
                Ok(refusal.status)
            }
            Error::SignInNeeded | Error::Internal(_) => Err(error),
        }
    }

    /// What only scripts need to know of an error, if there is anything.
    pub fn for_scripts(&self, error: &Error) -> Option<String> {
        let key = format!("{}.api", error.key());
        self.language.knows(&key).then(|| self.say(&key))
    }

    /// An error as a sentence and an advice.
    pub fn words_of(&self, error: &Error) -> Alert {
        let values: Vec<_> = error
            .values()
            .iter()
            .map(|(name, value)| (*name, FluentValue::from(value.as_str())))
            .collect();
        Alert {
            title: self.language.say_with(error.key(), &values),
            advice: self
                .language
                .say_with(&format!("{}.advice", error.key()), &values),
        }
    }
}

/// The shell of the request, which the frame laid ready.
impl FromRequestParts<State> for Shell {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Infallible> {
        let laid_ready = parts.extensions.get::<Self>().cloned();
        Ok(laid_ready.unwrap_or_else(|| Self::of(state, &parts.headers, &parts.uri, None)))
    }
}

/// Renders a page.
///
/// # Errors
/// The template failed.
pub fn page(template: &impl Template) -> Result<Response> {
    page_with(StatusCode::OK, template)
}

/// Renders a page with a status of its own, for a form that is shown again.
///
/// # Errors
/// The template failed.
pub fn page_with(status: StatusCode, template: &impl Template) -> Result<Response> {
    Ok((status, Html(template.render()?)).into_response())
}

/// After a change: on to `path`, where the sentence `notice` (its name starts with `notice-`) says
/// what was done. A path that asks for a `count` has that number put into the sentence, one
/// that names a place on its page leads there.
pub fn done(path: &str, notice: &'static str) -> Response {
    let (path, place) = path.split_at(path.find('#').unwrap_or(path.len()));
    let mark = if path.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{path}{mark}notice={notice}{place}")).into_response()
}

/// A path of this server that a form may send its reader back to; anything else is the front page.
pub fn safe_path(path: &str) -> &str {
    let own =
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if own { path } else { "/" }
}

/// What a person chose once, or what a script asks for. Browsers ask for the language of the phone,
/// which in a village says little about its owner.
fn chosen_language(headers: &HeaderMap, uri: &Uri) -> Option<PanelLanguage> {
    let chosen = cookies::read(headers, LANGUAGE_COOKIE).and_then(PanelLanguage::from_code);
    let asked = || {
        let is_script = uri.path().starts_with("/api/");
        let header = headers.get(ACCEPT_LANGUAGE).filter(|_| is_script)?;
        PanelLanguage::from_code(header.to_str().ok()?.get(..2)?)
    };
    chosen.or_else(asked)
}

/// Only names that start with `notice-` are sentences that an address may put on a page.
fn notice_key(uri: &Uri) -> Option<String> {
    let key = asked_for(uri, "notice=")?;
    key.starts_with("notice-").then(|| key.to_owned())
}

/// The number that an address may put into such a sentence.
fn count(uri: &Uri) -> u32 {
    let count = asked_for(uri, "count=");
    count
        .and_then(|count| count.parse().ok())
        .unwrap_or_default()
}

fn asked_for<'u>(uri: &'u Uri, name: &str) -> Option<&'u str> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(safe_path("/areas?x=1"), "/areas?x=1");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
        ] {
            assert_eq!(safe_path(elsewhere), "/");
        }
    }
}
