//! What villages are looked at from: all that they hold and go by, read from the database at once,
//! so that the days are planned while nobody waits for the database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context;
use programme::day_plan::Cue;
use programme::ids::{AreaId, BroadcastId, BulletinId, StationId};
use programme::lint::lint_on;
use programme::programme::{Bulletin, Programme, Sound};
use programme::timetable::Timetable;
use programme::units::WallTime;
use programme::zone::Zone;
use tokio::task::spawn_blocking;

use super::days::{self, Days};
use super::{Hearer, Outlook, Outlooks, SEARCHED_DAYS, SHOWN, concerns, cues_on, next_cues};
use crate::areas::area::{self, QuietSpan};
use crate::areas::policy::Policy;
use crate::areas::sessions::Sessions;
use crate::broadcasts::broadcast::{self, Broadcast};
use crate::bulletins::approved::approved;
use crate::database::Connection;
use crate::programmes::{build, chime};
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// So many different programmes are looked at. The villages of a commune share a few; that a
/// province has more of them takes a broadcast of its own in each of hundreds of villages.
const MOST_PROGRAMMES: usize = 200;

/// What villages that are alike share: their languages, quiet hours, limits, timetable and zone,
/// and the broadcasts that they hold beside the one that is looked at.
type Sameness = (
    Vec<String>,
    QuietSpan,
    (Sessions, Policy, Timetable),
    String,
    Vec<BroadcastId>,
);

/// Villages, once for all that are alike.
type Alike = Vec<(Sameness, Vec<Hearer>)>;

/// Villages, each with the broadcasts that its stations are to hold.
pub type Villages = Vec<(Hearer, Vec<BroadcastId>)>;

/// Broadcasts that make room, each with what stands in its place.
pub type Instead = BTreeMap<BroadcastId, Vec<Broadcast>>;

/// What the villages of a broadcast hold beside it, and what they go by.
pub struct Gathered {
    /// The broadcast.
    pub wanted: Broadcast,
    /// What is looked at, once for all villages that are alike.
    alike: Alike,
    /// How many villages are meant.
    meant: usize,
    shelf: Arc<Shelf>,
}

impl Gathered {
    /// What the villages will hear.
    ///
    /// # Errors
    /// What was read makes no sense.
    pub async fn look(&self) -> Result<Outlooks> {
        let (wanted, alike) = (self.wanted.clone(), self.alike.clone());
        let shelf = Arc::clone(&self.shelf);
        // Hundreds of days are planned, each in milliseconds, and others wait for this thread.
        let looked = spawn_blocking(move || {
            let alike = alike.into_iter();
            let look = alike.map(|((.., held), hearers)| shelf.look(hearers, &wanted, &held));
            look.filter_map(|one| one.transpose())
                .collect::<Result<Vec<_>>>()
        });
        Ok(Outlooks {
            outlooks: looked.await.context("look at the villages")??,
            meant: self.meant,
        })
    }

    /// Whether the villages will hear just what they would by `other`, apart from the names of what
    /// is new and the moments at which both were read: whether a start has passed between them is
    /// for [`Outlooks::are_to_come`] to say.
    pub fn is_like(&self, other: &Self) -> bool {
        let villages = |one: &Self| -> Vec<(Sameness, Vec<AreaId>)> {
            let areas =
                |hearers: &[Hearer]| hearers.iter().map(|one| one.area.id.clone()).collect();
            let alike = one.alike.iter();
            alike
                .map(|(same, hearers)| (same.clone(), areas(hearers)))
                .collect()
        };
        let instead = |one: &Self| -> Vec<(BroadcastId, Vec<Broadcast>)> {
            let instead = one.shelf.instead.iter();
            let nameless = |all: &Vec<Broadcast>| all.iter().map(nameless).collect();
            instead
                .map(|(id, all)| (id.clone(), nameless(all)))
                .collect()
        };
        let (own, others) = (&self.shelf, &other.shelf);
        self.meant == other.meant
            && nameless(&self.wanted) == nameless(&other.wanted)
            && villages(self) == villages(other)
            && instead(self) == instead(other)
            && own.known == others.known
            && own.approved == others.approved
            && own.chime == others.chime
    }
}

/// A broadcast that is new, without its name and the moment of its making.
fn nameless(one: &Broadcast) -> Broadcast {
    Broadcast {
        id: BroadcastId::from_random([0; 10]),
        since: WallTime::from_millis(0),
        ..one.clone()
    }
}

/// Reads what the villages of `wanted` hold beside it, where others make room as `instead` says.
///
/// # Errors
/// The database failed.
pub async fn gather(
    state: &State,
    connection: &mut Connection,
    wanted: &Broadcast,
    instead: &Instead,
) -> Result<Gathered> {
    let villages = villages(state, connection, &wanted.targets, wanted.since).await?;
    let (alike, meant, shelf) = read(state, connection, villages, Some(wanted), instead).await?;
    Ok(Gathered {
        wanted: wanted.clone(),
        alike,
        meant,
        shelf: Arc::new(shelf),
    })
}

/// What villages will hear next, of all that they hold.
///
/// # Errors
/// The database failed, or holds what makes no sense.
pub async fn next(
    state: &State,
    connection: &mut Connection,
    villages: Villages,
) -> Result<Outlooks> {
    let instead = Instead::new();
    let (alike, meant, shelf) = read(state, connection, villages, None, &instead).await?;
    let looked = spawn_blocking(move || {
        let alike = alike.into_iter();
        let next = alike.map(|((.., held), hearers)| shelf.next(hearers, &held));
        next.filter_map(|one| one.transpose())
            .collect::<Result<Vec<_>>>()
    });
    Ok(Outlooks {
        outlooks: looked.await.context("look at the villages")??,
        meant,
    })
}

/// Reads what villages hold beside what is `wanted`, once for those that are alike, and how many
/// they are.
async fn read(
    state: &State,
    connection: &mut Connection,
    villages: Villages,
    wanted: Option<&Broadcast>,
    instead: &Instead,
) -> Result<(Alike, usize, Shelf)> {
    let mut alike = Alike::new();
    let mut places: BTreeMap<Sameness, usize> = BTreeMap::new();
    let mut meant = 0;
    for (village, mut held) in villages {
        meant += 1;
        let is_wanted = |id: &BroadcastId| wanted.is_some_and(|wanted| wanted.id == *id);
        held.retain(|id| !is_wanted(id) && instead.get(id).is_none_or(|own| !own.is_empty()));
        let ways = village.area.ways.clone();
        let same = (
            ways.languages,
            ways.quiet_hours,
            (ways.sessions, ways.policy, ways.timetable),
            ways.zone,
            held,
        );
        let place = *places.entry(same.clone()).or_insert_with(|| {
            alike.push((same, Vec::new()));
            alike.len() - 1
        });
        if let Some((_, hearers)) = alike.get_mut(place) {
            hearers.push(village);
        }
    }
    alike.truncate(MOST_PROGRAMMES);
    let mut shelf = Shelf {
        known: BTreeMap::new(),
        instead: instead.clone(),
        approved: BTreeMap::new(),
        chime: chime::kept(connection).await?,
        now: state.now(),
    };
    for ((.., held), _) in &alike {
        for id in held {
            if !shelf.known.contains_key(id) {
                let found = broadcast::find(connection, id).await?;
                shelf.known.insert(id.clone(), found);
            }
        }
    }
    let named = build::named(shelf.known.values().chain(wanted));
    shelf.approved = approved(connection, &named).await?;
    Ok((alike, meant, shelf))
}

/// What all programmes are put together from.
struct Shelf {
    known: BTreeMap<BroadcastId, Broadcast>,
    instead: Instead,
    approved: BTreeMap<BulletinId, Bulletin>,
    chime: Option<Sound>,
    now: WallTime,
}

/// The villages that hear what was ordered for `targets` at `since`, each with the broadcasts that
/// its stations are to hold.
pub async fn villages(
    state: &State,
    connection: &mut Connection,
    targets: &[AreaId],
    since: WallTime,
) -> Result<Villages> {
    let mut seen = BTreeSet::new();
    let mut villages = Vec::new();
    for target in targets {
        let areas = area::with_all_below(state, connection, target).await?;
        let mut held = broadcast::in_force_below(connection, target, state.now()).await?;
        let mut stations: BTreeMap<AreaId, Vec<Station>> = BTreeMap::new();
        for station in station::below(connection, target).await? {
            stations
                .entry(station.area.clone())
                .or_default()
                .push(station);
        }
        let containing: BTreeSet<AreaId> = areas
            .iter()
            .filter_map(|area| area.parent.clone())
            .collect();
        for area in areas {
            let stations = stations.remove(&area.id).unwrap_or_default();
            let closed = area.within_closed_ms.map(WallTime::from_millis);
            let reached = closed.is_none_or(|closed| closed > since);
            let is_village = !stations.is_empty() || !containing.contains(&area.id);
            if reached && is_village && seen.insert(area.id.clone()) {
                let held = held.remove(&area.id).unwrap_or_default();
                villages.push((Hearer { area, stations }, held));
            }
        }
    }
    Ok(villages)
}

impl Shelf {
    /// What villages that are alike will hear of `wanted` beside what they hold, read from the
    /// programme of the first of them.
    fn look(
        &self,
        villages: Vec<Hearer>,
        wanted: &Broadcast,
        held: &[BroadcastId],
    ) -> Result<Option<Outlook>> {
        let Some(first) = villages.first() else {
            return Ok(None);
        };
        let area = &first.area;
        let (programme, zone) = self.programme(first, held, Some(wanted))?;
        let today = zone.date(self.now);
        let own = days::starting(
            &wanted.rule,
            &zone,
            &programme.timetable,
            today,
            SEARCHED_DAYS,
        );
        let cues = cues_on(&programme, own, self.now, SHOWN, |cue| {
            cue.broadcast == wanted.id
        });
        let days = Days::of(&programme, wanted, &zone, today);
        let mut findings = lint_on(&programme, &days.dates, &area.ways.limits());
        findings.retain(|finding| concerns(finding, &wanted.id, &wanted.bulletins));
        Ok(Some(Outlook {
            quiet: area.ways.quiet_hours,
            villages,
            zone,
            cues,
            findings,
            until: days.until,
        }))
    }

    /// What villages that are alike will hear next.
    fn next(&self, villages: Vec<Hearer>, held: &[BroadcastId]) -> Result<Option<Outlook>> {
        let Some(first) = villages.first() else {
            return Ok(None);
        };
        let (programme, zone) = self.programme(first, held, None)?;
        let is_next = |cue: &Cue| cue.planned >= self.now;
        Ok(Some(Outlook {
            quiet: first.area.ways.quiet_hours,
            cues: next_cues(&programme, &zone, self.now, SHOWN, is_next),
            villages,
            zone,
            findings: Vec::new(),
            until: None,
        }))
    }

    /// The programme of a village that airs what is `wanted` beside what it holds, and its zone.
    fn programme(
        &self,
        village: &Hearer,
        held: &[BroadcastId],
        wanted: Option<&Broadcast>,
    ) -> Result<(Programme, Zone)> {
        let Hearer { area, stations } = village;
        let mut broadcasts: Vec<Broadcast> = held.iter().flat_map(|id| self.standing(id)).collect();
        broadcasts.extend(wanted.cloned());
        let station = stations.first();
        let loudness = station.map(|station| station.loudness.clone());
        let loudness = loudness.unwrap_or_default();
        let station = station.map_or_else(|| StationId::from_random([0; 10]), |one| one.id.clone());
        let mut bulletins = self.approved.clone();
        let named = build::named(&broadcasts);
        bulletins.retain(|id, _| named.contains(id));
        let chime = self.chime.clone();
        let programme =
            build::put_together(area, &station, &loudness, chime, &broadcasts, bulletins)?;
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        Ok((programme, zone))
    }

    /// What of a broadcast stays, or stands in its place.
    fn standing(&self, id: &BroadcastId) -> Vec<Broadcast> {
        match self.instead.get(id) {
            Some(others) => others.clone(),
            None => self.known.get(id).cloned().into_iter().collect(),
        }
    }
}
