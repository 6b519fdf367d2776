//! The sample announcements, from file to horn: uploaded, cleaned, approved, put on air.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use futures_util::stream;
use jiff::ToSpan;
use jiff::civil::Time;
use programme::ids::{BulletinId, PersonId};
use programme::programme::{Class, MissedRule, QuietHours};
use programme::rule::{Rule, Span};
use programme::timetable::DayType;
use programme::zone::Zone;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::commune::Commune;
use crate::audit::Author;
use crate::broadcasts::broadcast::{self, Which};
use crate::broadcasts::order::{GAP, NOW_HOLDS, Order};
use crate::broadcasts::place;
use crate::bulletins::bulletin::{self, Bulletin, Content};
use crate::bulletins::{approval, drafts};
use crate::people::identity::{self, Actor};
use crate::people::tokens;
use crate::recordings::{ingest, intake, uploads};
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Samples stay valid for so many days after they were made.
const VALID_DAYS: i64 = 30;
/// Hours of the daily broadcast: the first two outside the village's quiet hours.
const DAILY: [Time; 4] = [
    Time::constant(6, 0, 0, 0),
    Time::constant(17, 0, 0, 0),
    Time::constant(11, 30, 0, 0),
    Time::constant(20, 30, 0, 0),
];
/// Between two looks at recordings that are being cleaned.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// Looks before it is given up: a minute, for a machine that is slow at cleaning sound.
const LOOKS: u32 = 240;

/// The sounds and what is said in them.
#[derive(RustEmbed)]
#[folder = "../recordings/samples"]
struct Files;

#[derive(Debug, Deserialize)]
struct Samples {
    bulletin: Vec<Sample>,
}

#[derive(Debug, Deserialize)]
struct Sample {
    title: String,
    topic: String,
    recording: Vec<Take>,
}

#[derive(Debug, Deserialize)]
struct Take {
    language: String,
    file: String,
    synthetic: String,
    text: String,
}

/// How many samples are prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// One, so that the first announcement does not wait for the others.
    First,
    /// All, and a daily broadcast so that there is something to come.
    All,
}

/// Brings in the samples that are not there, or no longer valid.
///
/// # Errors
/// A sample cannot be read, or the database failed.
pub async fn prepare(state: &State, commune: &Commune, wanted: Wanted) -> Result<()> {
    let text = Files::get("samples.toml").context("find samples.toml")?;
    let text = std::str::from_utf8(&text.data)
        .context("read samples.toml")?
        .to_owned();
    let samples: Samples = toml::from_str(&text).context("read samples.toml")?;
    let ready = ready(state, commune).await?;
    let most = if wanted == Wanted::First {
        1
    } else {
        samples.bulletin.len()
    };
    if wanted == Wanted::First && !ready.is_empty() {
        return Ok(());
    }
    for sample in samples.bulletin.iter().take(most) {
        if !ready.iter().any(|(_, title)| *title == sample.title) {
            bring_in(state, commune, sample).await?;
        }
    }
    if wanted == Wanted::All {
        schedule_daily(state, commune).await?;
    }
    Ok(())
}

/// Puts the announcement on air whose turn it is, as the village head would: at once.
///
/// # Errors
/// There is none, or the villages would not hear it.
pub async fn air_next(state: &State, commune: &Commune) -> Result<()> {
    let ready = ready(state, commune).await?;
    // Minutes go round, so that each start and each turn airs another one.
    let minutes = state.now().as_millis() / 60_000;
    let count = i64::try_from(ready.len()).unwrap_or(1).max(1);
    let turn = usize::try_from((minutes / 3).rem_euclid(count)).unwrap_or(0);
    let (id, _) = ready.into_iter().nth(turn).ok_or_else(Error::not_found)?;
    let now = state.now();
    let rule = Rule::Now {
        ordered_at: now,
        until: now + NOW_HOLDS,
    };
    order(state, commune, vec![id], rule, 1).await
}

/// Bulletins of the village that may air, each with its title.
async fn ready(state: &State, commune: &Commune) -> Result<Vec<(BulletinId, String)>> {
    let mut connection = state.database.read().await?;
    let found = bulletin::list(&mut connection, &commune.secretary, "approved", 100, 0).await?;
    let mut ready: Vec<_> = found
        .into_iter()
        .filter(|one| one.valid_until > state.now() && one.area == commune.village.id)
        .map(|one| (one.id, one.content.title))
        .collect();
    ready.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(ready)
}

/// A sample's way from its files to approval.
async fn bring_in(state: &State, commune: &Commune, sample: &Sample) -> Result<()> {
    let id = BulletinId::from_random(state.randomness.bytes());
    let secretary = Acting::start(state, &commune.secretary).await?;
    let submitted = submit(state, commune, sample, &secretary.actor, &id).await;
    secretary.end(state).await?;
    submitted?;
    let seen = find(state, &id).await?;
    let officer = Acting::start(state, &commune.officer).await?;
    let approved = approval::approve(state, &officer.actor, &commune.village, &seen).await;
    officer.end(state).await?;
    approved
}

/// The secretary's part: the bulletin, its recordings, and the question for approval.
async fn submit(
    state: &State,
    commune: &Commune,
    sample: &Sample,
    secretary: &Actor,
    id: &BulletinId,
) -> Result<()> {
    let area = &commune.village;
    let content = content(state, commune, sample).await?;
    drafts::create(state, secretary, area, id, &content).await?;
    for take in &sample.recording {
        upload(state, secretary, id, take).await?;
    }
    await_takes(state, id, sample.recording.len()).await?;
    let seen = find(state, id).await?;
    approval::submit(state, secretary, area, &seen).await
}

/// Waits until all recordings have joined the bulletin. The work is done here, or by the server's
/// own worker where that was quicker.
async fn await_takes(state: &State, id: &BulletinId, wanted: usize) -> Result<()> {
    for _ in 0..LOOKS {
        while ingest::work_once(state).await? {}
        let mut connection = state.database.read().await?;
        let takes = bulletin::takes(&mut connection, id).await?;
        drop(connection);
        if takes.len() >= wanted {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Err(anyhow::anyhow!("the samples of {id} were not cleaned in time").into())
}

async fn find(state: &State, id: &BulletinId) -> Result<Bulletin> {
    let mut connection = state.database.read().await?;
    bulletin::find(&mut connection, id).await
}

async fn content(state: &State, commune: &Commune, sample: &Sample) -> Result<Content> {
    let zone = Zone::named(&commune.village.ways.zone).map_err(anyhow::Error::from)?;
    let today = zone.date(state.now());
    let mut connection = state.database.read().await?;
    let topics = bulletin::topics(&mut connection).await?;
    let topic = topics
        .into_iter()
        .find(|topic| topic.title_vi.contains(&sample.topic));
    let parts = sample.recording.iter().map(|take| {
        format!(
            "[{}] {} ({})",
            take.language,
            take.text.trim(),
            take.synthetic
        )
    });
    Ok(Content {
        title: sample.title.clone(),
        class: Class::Ordinary,
        topic: topic.map(|topic| topic.code),
        on_behalf_of: "Ủy ban nhân dân xã".to_owned(),
        script: parts.collect::<Vec<_>>().join("\n\n"),
        valid_until_day: today.checked_add(VALID_DAYS.days()).unwrap_or(today),
    })
}

async fn upload(
    state: &State,
    secretary: &Actor,
    bulletin: &BulletinId,
    take: &Take,
) -> Result<()> {
    let file = Files::get(&take.file).with_context(|| format!("find the sample {}", take.file))?;
    let bytes = Bytes::from(file.data.into_owned());
    let wish = intake::Wish {
        language: take.language.clone(),
        bulletin: bulletin.to_string(),
        file_name: take.file.clone(),
        ..intake::Wish::default()
    };
    let mut new = intake::settle(state, secretary, wish).await?;
    new.length_bytes = Some(bytes.len() as u64);
    let started = uploads::create(state, secretary, &new).await?;
    let body = stream::iter([Ok::<_, Infallible>(bytes)]);
    uploads::append(state.clone(), started, body, None).await?;
    Ok(())
}

/// Something to come each morning and evening, unless something is planned already.
async fn schedule_daily(state: &State, commune: &Commune) -> Result<()> {
    let mut connection = state.database.read().await?;
    let (head, now) = (commune.head.as_str(), state.now());
    let coming = broadcast::visible(&mut connection, head, Which::Coming, now).await?;
    drop(connection);
    if coming
        .iter()
        .any(|one| matches!(one.rule, Rule::Daily { .. }))
    {
        return Ok(());
    }
    let zone = Zone::named(&commune.village.ways.zone).map_err(anyhow::Error::from)?;
    let quiet = commune.village.ways.quiet_hours;
    let quiet = QuietHours {
        from: quiet.from,
        until: quiet.until,
    };
    let heard = DAILY.into_iter().filter(|time| !quiet.contains(*time));
    let rule = Rule::Daily {
        times: heard.take(2).collect(),
        sessions: Vec::new(),
        span: Span {
            from: zone.date(now),
            until: None,
            except: Vec::new(),
            on: DayType::Every,
        },
    };
    let two = ready(state, commune)
        .await?
        .into_iter()
        .take(2)
        .map(|(id, _)| id);
    order(state, commune, two.collect(), rule, 2).await
}

async fn order(
    state: &State,
    commune: &Commune,
    bulletins: Vec<BulletinId>,
    rule: Rule,
    repeats: u32,
) -> Result<()> {
    let head = Acting::start(state, &commune.head).await?;
    let order = Order {
        bulletins,
        targets: vec![commune.village.id.clone()],
        rule,
        repeats,
        gap: GAP,
        missed: MissedRule::OnlyThen,
        chime: true,
        moves: None,
        replaces: Vec::new(),
        skips: Vec::new(),
        over_limits: false,
        request_key: None,
    };
    let placed = place::place(state, &head.actor, &order).await;
    head.end(state).await?;
    placed.map(|_| ())
}

/// A person as somebody who asks, by a token as scripts have it, which nobody else holds.
struct Acting {
    actor: Actor,
    person: PersonId,
    token: String,
}

impl Acting {
    async fn start(state: &State, person: &PersonId) -> Result<Self> {
        let random = identity::new_secret(&state.randomness);
        // The title alone tells this token from those that the person made.
        let title = format!("loaban-server demo {}", random.get(..8).unwrap_or(&random));
        let secret = tokens::create(state, &Author::command_line(), person, &title).await?;
        let mut connection = state.database.read().await?;
        let open = tokens::list(&mut connection, person).await?;
        drop(connection);
        let token = open.into_iter().find(|token| token.title == title);
        let mut headers = HeaderMap::new();
        let bearer = format!("Bearer {secret}")
            .parse()
            .context("write a token")?;
        headers.insert(AUTHORIZATION, bearer);
        let actor = identity::identify(state, &headers).await?;
        Ok(Self {
            actor: actor.ok_or(Error::SignInNeeded)?,
            person: person.clone(),
            token: token.ok_or_else(Error::not_found)?.id,
        })
    }

    /// Ends this token, and none of the person's own.
    async fn end(self, state: &State) -> Result<()> {
        let author = Author::command_line();
        tokens::revoke(state, &author, Some(&self.person), &self.token).await
    }
}
