//! Campaigns: where each was heard in a span of days, how often, in which languages, and which
//! villages it never reached.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::ids::{AreaId, StationId};

use super::ahead::Count;
use super::airings::{self, Airings, Kind};
use super::confirmations::{self, Answer, Confirmation};
use super::reading::Reading;
use super::scope::{self, Scope, Span};
use crate::areas::area::{self, Area};
use crate::as_run::report::Reported;
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::Result;

/// A campaign in an area and a span.
#[derive(Debug, Clone, Default)]
pub struct Campaign {
    /// A row of `topics`; empty for bulletins that belong to none.
    pub topic: String,
    /// The villages where it was heard to the end, those that heard it most first.
    pub reached: Vec<Reached>,
    /// The villages where it aired to the end, and where the newest word of people is that there
    /// was no sound: they have not heard it.
    pub silent: Vec<Reached>,
    /// The villages where it did not air to the end.
    pub never: Vec<Area>,
    /// Starts that were heard to the end.
    pub times: usize,
    /// How long it was heard, over all villages.
    pub heard: Duration,
    /// Languages in which it was heard.
    pub languages: BTreeSet<String>,
}

/// How many villages said something of what they heard of a campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// Those where somebody said anything.
    pub villages: usize,
    /// Those where somebody gave each answer, in the order of [`Answer::ALL`]; where people differ
    /// the village stands under several.
    pub answers: [usize; 3],
}

/// A village where a campaign was heard.
#[derive(Debug, Clone)]
pub struct Reached {
    /// The village.
    pub area: Area,
    /// Starts that were heard to the end.
    pub times: usize,
    /// How long.
    pub heard: Duration,
    /// Languages.
    pub languages: BTreeSet<String>,
    /// Words of people there about those starts, in the order of [`Answer::ALL`].
    pub answers: [usize; 3],
}

impl Campaign {
    /// How many of the villages where it aired said how they heard it.
    pub fn confirmed(&self) -> Confirmed {
        let mut confirmed = Confirmed::default();
        for one in self.reached.iter().chain(&self.silent) {
            confirmed.villages += usize::from(one.answers.iter().any(|count| *count > 0));
            for (villages, count) in confirmed.answers.iter_mut().zip(one.answers) {
                *villages += usize::from(count > 0);
            }
        }
        confirmed
    }

    /// How many villages it reached.
    pub fn count(&self) -> Count {
        Count::of(self.reached.iter().map(|one| &one.area))
    }

    /// How many villages it never reached.
    pub fn missing(&self) -> Count {
        let silent = self.silent.iter().map(|one| &one.area);
        Count::of(self.never.iter().chain(silent))
    }
}

/// The campaigns of which something was reported, or the one that is `wanted`. Exercises of
/// emergencies reach nobody.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    scope: &Scope,
    span: Span,
    wanted: Option<&str>,
) -> Result<(Vec<Campaign>, bool)> {
    let airings = airings::of(connection, scope, span).await?;
    let mut reading = Reading::of(connection, scope, span).await?;
    let villages = villages(state, connection, scope).await?;
    let stations = stations(connection, &scope.area.id).await?;
    let mut topics: BTreeSet<String> = wanted.map(str::to_owned).into_iter().collect();
    if wanted.is_none() {
        let bulletins = airings.bulletins.values().flatten();
        topics.extend(bulletins.map(|one| one.topic.clone().unwrap_or_default()));
    }
    let topics = topics.into_iter().map(|topic| (topic, Told::default()));
    let mut topics: BTreeMap<String, Told> = topics.collect();
    while let Some((station, starts)) = reading.next(connection).await? {
        let area = stations.get(&station);
        let Some(village) = area.and_then(|id| villages.iter().find(|one| one.id == *id)) else {
            continue;
        };
        for start in &starts {
            if airings::was_aired(start) && airings.kind(start) != Kind::Drill {
                let key = (station.clone(), start.cue.clone());
                let said = airings.confirmations.get(&key);
                let said = said.map(Vec::as_slice).unwrap_or_default();
                add(&mut topics, &airings, village, start, said);
            }
        }
    }
    let topics = topics.into_iter();
    let campaigns = topics.map(|(topic, told)| told.campaign(topic, &villages));
    Ok((campaigns.collect(), reading.truncated))
}

/// What was told of a campaign.
#[derive(Default)]
struct Told {
    reached: BTreeMap<AreaId, Reached>,
    /// What people in each village said of its airings.
    said: BTreeMap<AreaId, Vec<Confirmation>>,
    times: usize,
    heard: Duration,
    languages: BTreeSet<String>,
}

/// Adds a start that was heard in a village to the campaigns that it was about.
fn add(
    topics: &mut BTreeMap<String, Told>,
    airings: &Airings,
    village: &Area,
    start: &Reported,
    said: &[Confirmation],
) {
    let mut known = BTreeSet::new();
    for (bulletin, sound, heard) in airings.parts(start) {
        let topic = bulletin.topic.as_deref().unwrap_or_default();
        let Some(told) = topics.get_mut(topic) else {
            continue;
        };
        let times = usize::from(known.insert(topic));
        let place = told.reached.entry(village.id.clone());
        let one = place.or_insert_with(|| Reached {
            area: village.clone(),
            times: 0,
            heard: Duration::ZERO,
            languages: BTreeSet::new(),
            answers: [0; 3],
        });
        one.times += times;
        if times > 0 {
            let words = told.said.entry(village.id.clone()).or_default();
            words.extend_from_slice(said);
        }
        // Whatever parts of it were about the campaign, people spoke of the whole start.
        for (count, answer) in one.answers.iter_mut().zip(Answer::ALL) {
            *count += times * said.iter().filter(|one| one.answer == answer).count();
        }
        one.heard += heard;
        one.languages.insert(sound.language.clone());
        told.times += times;
        told.heard += heard;
        told.languages.insert(sound.language.clone());
    }
}

impl Told {
    fn campaign(self, topic: String, villages: &[Area]) -> Campaign {
        let never = villages.iter();
        let never = never.filter(|one| !self.reached.contains_key(&one.id));
        let never = never.cloned().collect();
        let mut reached: Vec<Reached> = self.reached.into_values().collect();
        reached.sort_by_key(|one| std::cmp::Reverse((one.times, one.heard)));
        let is_silent = |one: &Reached| {
            let said = self.said.get(&one.area.id);
            confirmations::says_silent(said.into_iter().flatten())
        };
        let (silent, reached) = reached.into_iter().partition(is_silent);
        Campaign {
            topic,
            reached,
            silent,
            never,
            times: self.times,
            heard: self.heard,
            languages: self.languages,
        }
    }
}

/// The villages of a report: what has or had a station, and what nothing lies below.
async fn villages(state: &State, connection: &mut Connection, scope: &Scope) -> Result<Vec<Area>> {
    let areas = area::with_all_below(state, connection, &scope.area.id).await?;
    let served: BTreeSet<AreaId> = stations(connection, &scope.area.id)
        .await?
        .into_values()
        .collect();
    let containing: BTreeSet<AreaId> = areas.iter().filter_map(|one| one.parent.clone()).collect();
    let mut villages = areas;
    villages.retain(|one| served.contains(&one.id) || !containing.contains(&one.id));
    villages.retain(|one| served.contains(&one.id) || one.within_closed_ms.is_none());
    for village in &mut villages {
        village.households = scope::households(village, &containing);
    }
    Ok(villages)
}

/// Where each station stands, closed ones too: what it aired was heard.
async fn stations(
    connection: &mut Connection,
    within: &AreaId,
) -> Result<BTreeMap<StationId, AreaId>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT s.id, s.area_id FROM stations s JOIN area_lines l ON l.area_id = s.area_id \
         WHERE l.above_id = $1",
    )
    .bind(within.as_str())
    .fetch_all(connection)
    .await?;
    let mut stations = BTreeMap::new();
    for (station, area) in rows {
        let station = station.parse().map_err(anyhow::Error::from)?;
        stations.insert(station, area.parse().map_err(anyhow::Error::from)?);
    }
    Ok(stations)
}
