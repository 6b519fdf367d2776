//! Ordering a standby at the PC: choose it, show who you are by a PIN, press once more.
//!
//! Nothing sounds before the last press, and the PIN travels once: what it confirmed is held here
//! for a minute under a name that nobody can guess.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::extract::{Form, Query, State as Given};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use programme::ids::{BulletinId, ContentHash, PersonId};
use programme::units::BootTime;
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::words::standby::StandbyWords;
use super::words::{ScreenLanguage, Words};
use super::{Choice, Screen, tell};
use crate::clock;
use crate::daemon::{Ask, Hindrance, Status};
use crate::pins;
use crate::press::{Press, Unheard};

/// Whoever presses later does not remember what they confirmed.
const FRESH: Duration = Duration::from_secs(60);

/// How long the page waits for what the loop has taken: with the time in which it is taken this is
/// less than the page is waited for itself.
const DONE_WITHIN: Duration = Duration::from_secs(1);

/// Why the loop does not answer.
enum Unanswered {
    /// It did not take the question, or ended over it: nothing comes of it.
    Refused,
    /// It took it, and is at it still.
    Late,
}

/// The order that was confirmed by a PIN last.
#[derive(Debug, Clone, Default)]
pub struct Confirmed(Arc<Mutex<Option<Pending>>>);

/// An order that waits for its last press.
#[derive(Debug, Clone)]
struct Pending {
    key: String,
    bulletin: BulletinId,
    person: PersonId,
    name: String,
    drill: bool,
    until: BootTime,
    /// It is ordered or about to be: a second press orders nothing more.
    pressed: bool,
}

impl Confirmed {
    fn keep(&self, order: Pending) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(order);
    }

    /// Takes what `key` names; until it is given back it is known as pressed.
    fn press(&self, key: &str, now: BootTime) -> Option<Pending> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let order = kept
            .as_mut()
            .filter(|order| order.key == key && now < order.until)?;
        let before = order.clone();
        order.pressed = true;
        Some(before)
    }

    /// Lets `key` be pressed once more, for nothing came of it.
    fn give_back(&self, key: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(order) = kept.as_mut().filter(|order| order.key == key) {
            order.pressed = false;
        }
    }
}

/// An order that is being pressed. It may be pressed once more as soon as this is dropped, also
/// because whoever pressed has gone, unless something comes of it.
struct Pressing<'c> {
    of: &'c Confirmed,
    key: String,
    ordered: bool,
}

impl Drop for Pressing<'_> {
    fn drop(&mut self) {
        if !self.ordered {
            self.of.give_back(&self.key);
        }
    }
}

#[derive(Template)]
#[template(path = "standby.html")]
struct Page<'s> {
    product: &'static str,
    words: StandbyWords,
    /// Those of every page.
    fixed: Words,
    language: &'static str,
    spoken: ScreenLanguage,
    status: &'s Status,
    /// Of what was chosen.
    title: String,
    /// The chosen bulletin, whose PIN is asked for.
    asked: Option<BulletinId>,
    chosen: String,
    drill: bool,
    last: Option<Last>,
    alert: Option<String>,
}

/// What the last press does.
struct Last {
    key: String,
    name: String,
    drill: bool,
}

/// What the list leads to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Chosen {
    bulletin: Option<BulletinId>,
}

/// The PIN with what it is for.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    bulletin: BulletinId,
    person: Option<PersonId>,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    drill: String,
}

/// The last press.
#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    key: String,
}

/// `GET /emergency`
pub(super) async fn show(
    Given(screen): Given<Screen>,
    Query(choice): Query<Choice>,
    Query(chosen): Query<Chosen>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let language = screen.spoken(&choice, &headers);
    let status = screen.status();
    let mut page = Page::of(&status, language);
    page.ask(chosen.bulletin);
    page.answer(StatusCode::OK)
}

/// `POST /emergency`: the PIN.
pub(super) async fn take(
    Given(screen): Given<Screen>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, StatusCode> {
    let language = screen.spoken(&choice, &headers);
    let status = screen.status();
    let drill = typed.drill == "yes";
    let mut page = Page::of(&status, language);
    page.drill = drill;
    page.ask(Some(typed.bulletin.clone()));
    let Some(person) = typed.person else {
        page.alert = Some(page.words.choose.to_owned());
        return page.answer(StatusCode::UNPROCESSABLE_ENTITY);
    };
    page.chosen = person.to_string();
    let keeper = ask(&screen, |answer| {
        let person = person.clone();
        Ask::Try { person, answer }
    });
    let keeper = match keeper.await {
        Ok(Ok(keeper)) => keeper,
        Ok(Err(hindrance)) => return page.hindered(hindrance),
        Err(Unanswered::Refused | Unanswered::Late) => return page.unheard(),
    };
    let (pin, name) = (typed.pin.trim().to_owned(), keeper.name.clone());
    let looked = tokio::task::spawn_blocking(move || pins::is_right(&pin, &keeper.pin)).await;
    if !looked.unwrap_or(false) {
        page.alert = Some(page.words.wrong_pin.to_owned());
        return page.answer(StatusCode::FORBIDDEN);
    }
    let right = Ask::Right {
        person: person.clone(),
    };
    if let Err(Unheard) = tell(&screen, Press::Standby(right)).await {
        return page.unheard();
    }
    let key = ContentHash::from_bytes(clock::random()).to_string();
    screen.confirmed.keep(Pending {
        key: key.clone(),
        bulletin: typed.bulletin,
        person,
        name: name.clone(),
        drill,
        until: screen.clock.boot().saturating_add(FRESH),
        pressed: false,
    });
    page.asked = None;
    page.last = Some(Last { key, name, drill });
    page.answer(StatusCode::OK)
}

/// `POST /emergency/air`: the last press.
pub(super) async fn air(
    Given(screen): Given<Screen>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
    Form(pressed): Form<Pressed>,
) -> Result<Response, StatusCode> {
    let language = screen.spoken(&choice, &headers);
    let status = screen.status();
    let mut page = Page::of(&status, language);
    let Some(order) = screen.confirmed.press(&pressed.key, screen.clock.boot()) else {
        page.alert = Some(page.words.stale.to_owned());
        return page.answer(StatusCode::CONFLICT);
    };
    if order.pressed {
        return Ok(Redirect::to("/").into_response());
    }
    let mut pressing = Pressing {
        of: &screen.confirmed,
        key: order.key.clone(),
        ordered: false,
    };
    let ordered = ask(&screen, |answer| Ask::Order {
        bulletin: order.bulletin.clone(),
        person: order.person,
        drill: order.drill,
        answer,
    });
    match ordered.await {
        // What is being done needs no second press; what becomes of it is seen there.
        Ok(Ok(())) | Err(Unanswered::Late) => {
            pressing.ordered = true;
            Ok(Redirect::to("/").into_response())
        }
        Ok(Err(hindrance)) => page.hindered(hindrance),
        Err(Unanswered::Refused) => {
            page.ask(Some(order.bulletin));
            page.asked = None;
            page.last = Some(Last {
                key: order.key,
                name: order.name,
                drill: order.drill,
            });
            page.unheard()
        }
    }
}

/// Asks the loop. While this PC is no station nobody answers.
async fn ask<T>(
    screen: &Screen,
    question: impl FnOnce(oneshot::Sender<T>) -> Ask,
) -> Result<T, Unanswered> {
    let (answer, answered) = oneshot::channel();
    let told = tell(screen, Press::Standby(question(answer))).await;
    told.map_err(|Unheard| Unanswered::Refused)?;
    let answered = timeout(DONE_WITHIN, answered).await;
    let answered = answered.map_err(|_| Unanswered::Late)?;
    answered.map_err(|_| Unanswered::Refused)
}

impl<'s> Page<'s> {
    fn of(status: &'s Status, language: ScreenLanguage) -> Self {
        let fixed = language.words();
        Self {
            product: fixed.product,
            words: language.standby_words(),
            fixed,
            language: language.code(),
            spoken: language,
            status,
            title: String::new(),
            asked: None,
            chosen: String::new(),
            drill: false,
            last: None,
            alert: None,
        }
    }

    fn unheard(mut self) -> Result<Response, StatusCode> {
        self.alert = Some(self.words.not_taken.to_owned());
        self.answer(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn hindered(mut self, hindrance: Hindrance) -> Result<Response, StatusCode> {
        self.alert = Some(self.spoken.hindrance(hindrance));
        self.answer(match hindrance {
            Hindrance::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Hindrance::NoKeeper | Hindrance::NotOffered | Hindrance::Sounds => StatusCode::CONFLICT,
        })
    }

    /// Asks for the PIN of what was chosen, if it is offered.
    fn ask(&mut self, bulletin: Option<BulletinId>) {
        let offered = self.status.standby.offered.iter();
        let mut chosen = offered.filter(|one| Some(&one.bulletin) == bulletin.as_ref());
        if let Some(chosen) = chosen.next() {
            self.title = chosen.title.clone();
            self.asked = bulletin;
        }
    }

    fn answer(&self, status: StatusCode) -> Result<Response, StatusCode> {
        let html = self
            .render()
            .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok((status, Html(html)).into_response())
    }
}
