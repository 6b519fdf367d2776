//! Standbys at this PC: what is offered, the keepers who may order it, and what was ordered here.
//!
//! The PIN is looked at beside the loop, for that takes a part of a second; each try is counted on
//! the disk before. An order is on record and on the disk before it sounds.

use std::collections::BTreeMap;
use std::time::Duration;

use programme::as_run::Record;
use programme::clock::StationClock;
use programme::emergency::{EmergencyPlan, Order};
use programme::ids::{BroadcastId, BulletinId, ContentHash, PersonId};
use programme::programme::Programme;
use programme::signed::Verified;
use programme::standby::{Keeper, OrderedHere, Tries};
use programme::units::{BootTime, WallTime};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tracing::{error, info, warn};

use super::emergencies::KEPT_AFTER;
use super::{Daemon, Ended};
use crate::clock;
use crate::state::State;

/// So many orders are kept at most: with the same finger nobody makes more that matter.
const MOST_ORDERS: usize = 50;

/// What the page asks of the loop.
#[derive(Debug)]
pub enum Ask {
    /// To try a PIN: what it is checked against.
    Try {
        /// Whose PIN.
        person: PersonId,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<Keeper, Hindrance>>,
    },
    /// To count somebody's tries anew, for their PIN was right.
    Right {
        /// Whose PIN.
        person: PersonId,
    },
    /// To let a standby sound.
    Order {
        /// Which.
        bulletin: BulletinId,
        /// Who orders it, by a right PIN.
        person: PersonId,
        /// An exercise.
        drill: bool,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<(), Hindrance>>,
    },
}

/// Why a standby is not ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// Too many wrong PINs of this person, and perhaps of others too: so long theirs may not be
    /// tried.
    Wait(Duration),
    /// The programme does not name this person any more.
    NoKeeper,
    /// The programme does not offer this standby any more.
    NotOffered,
    /// It sounds already.
    Sounds,
}

/// What the screen shows of standbys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusStandby {
    /// What may be ordered, in the order of the programme.
    pub offered: Vec<Offered>,
    /// Who may order it, by name.
    pub keepers: Vec<(PersonId, String)>,
}

/// A standby that may be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// The bulletin.
    pub bulletin: BulletinId,
    /// Its title.
    pub title: String,
    /// When it is meant to be ordered.
    pub when: String,
    /// How often it is heard; without a number until it is stopped.
    pub repeats: Option<u32>,
    /// Whether all its recordings are ready.
    pub ready: bool,
}

impl StatusStandby {
    /// Those that can sound at once.
    pub fn ready(&self) -> impl Iterator<Item = &BulletinId> {
        let ready = self.offered.iter().filter(|offered| offered.ready);
        ready.map(|offered| &offered.bulletin)
    }
}

/// What was ordered here, and the PINs that were tried.
#[derive(Debug, Default)]
pub(super) struct OrdersHere {
    orders: Vec<OrderedHere>,
    tries: Tries,
    /// When somebody last gave a PIN, and may be about to order.
    pub asked_at: Option<BootTime>,
}

impl OrdersHere {
    pub async fn of_last_run(state: &mut State) -> anyhow::Result<Self> {
        Ok(Self {
            orders: state.ordered_here().await?.unwrap_or_default(),
            tries: state.pin_tries().await?,
            asked_at: None,
        })
    }

    /// What the orders let people hear, as far as the programme says so.
    pub fn plans(
        &self,
        programme: &Verified<Programme>,
        clock: &StationClock,
    ) -> Vec<Verified<EmergencyPlan>> {
        let planned = self.orders.iter();
        let planned = planned.filter_map(|order| match programme.plan_ordered(order, clock) {
            Ok(plan) => plan,
            Err(unknown) => {
                error!("an order at this PC cannot be planned: {unknown}");
                None
            }
        });
        planned.collect()
    }
}

impl Daemon {
    /// What may be ordered here. A bulletin that has surely ended is not offered.
    pub(super) fn offered(&self) -> StatusStandby {
        let Some(programme) = self.programme.as_ref().map(Verified::get) else {
            return StatusStandby::default();
        };
        // A time that is known beats what a clock that was ahead has left in the journal.
        let newest = self.now().wall.or_else(|| self.newest());
        let offered = programme.offered(newest).map(|(standby, title)| Offered {
            bulletin: standby.bulletin.clone(),
            title: title.to_owned(),
            when: standby.when.clone(),
            repeats: standby.repeats,
            ready: spoken(programme, &standby.bulletin).all(|hash| self.ready.contains(&hash)),
        });
        let keepers = programme.keepers.iter();
        StatusStandby {
            offered: offered.collect(),
            keepers: keepers
                .map(|keeper| (keeper.person.clone(), keeper.name.clone()))
                .collect(),
        }
    }

    /// The recordings of what stands by.
    pub(super) fn stands_by(&self) -> Vec<ContentHash> {
        let Some(programme) = self.programme.as_ref().map(Verified::get) else {
            return Vec::new();
        };
        let standby = programme.standby.iter();
        standby
            .flat_map(|standby| spoken(programme, &standby.bulletin))
            .collect()
    }

    pub(super) async fn take_ask(&mut self, ask: Ask) -> anyhow::Result<Option<Ended>> {
        // Whoever asked may be gone, and then wants no answer.
        match ask {
            Ask::Try { person, answer } => {
                let _ = answer.send(self.try_pin(&person).await?);
            }
            Ask::Right { person } => {
                self.here.tries.right(&person);
                self.state.set_pin_tries(&self.here.tries).await?;
            }
            Ask::Order {
                bulletin,
                person,
                drill,
                answer,
            } => {
                let _ = answer.send(self.order_here(&bulletin, &person, drill).await?);
            }
        }
        Ok(None)
    }

    async fn try_pin(&mut self, person: &PersonId) -> anyhow::Result<Result<Keeper, Hindrance>> {
        let Some(keeper) = self.keeper(person) else {
            return Ok(Err(Hindrance::NoKeeper));
        };
        let now = self.clock.boot();
        let tries = &mut self.here.tries;
        if let Some(wait) = tries.wait(person, &self.boot_id, now) {
            warn!(name = keeper.name, "a PIN is tried too often at this PC");
            return Ok(Err(Hindrance::Wait(wait)));
        }
        tries.note(person, &self.boot_id, now);
        self.here.asked_at = Some(now);
        self.state.set_pin_tries(&self.here.tries).await?;
        Ok(Ok(keeper))
    }

    fn keeper(&self, person: &PersonId) -> Option<Keeper> {
        let programme = self.programme.as_ref().map(Verified::get)?;
        let mut keepers = programme.keepers.iter();
        keepers.find(|keeper| keeper.person == *person).cloned()
    }

    async fn order_here(
        &mut self,
        bulletin: &BulletinId,
        person: &PersonId,
        drill: bool,
    ) -> anyhow::Result<Result<(), Hindrance>> {
        let Some(keeper) = self.keeper(person) else {
            return Ok(Err(Hindrance::NoKeeper));
        };
        let offered = self.offered().offered.into_iter();
        let Some(standby) = offered.into_iter().find(|one| one.bulletin == *bulletin) else {
            return Ok(Err(Hindrance::NotOffered));
        };
        if self.has_air(bulletin, drill) {
            return Ok(Err(Hindrance::Sounds));
        }
        let order = Order {
            by: keeper.name,
            why: standby.when,
            drill,
            at_pc: true,
        };
        let (now, shown) = (self.now(), self.clock.system());
        let ordered = OrderedHere {
            id: BroadcastId::from_random(clock::random()),
            bulletin: bulletin.clone(),
            order: order.clone(),
            at: now.boot,
            boot_id: self.boot_id.clone(),
            wall: now.wall,
            by: self.station_clock.vouched().map(|vouched| vouched.by),
            shown,
        };
        warn!(
            by = order.by,
            drill, "ordered at this PC: {}", standby.title
        );
        let record = Record::EmergencyOrdered {
            broadcast: ordered.id.clone(),
            bulletin: bulletin.clone(),
            title: standby.title,
            person: person.clone(),
            order,
            planned: Some(now.wall.unwrap_or(shown)),
        };
        self.keep(ordered, record).await?;
        self.look_for_unsent().await?;
        self.tell_emergencies();
        Ok(Ok(()))
    }

    /// On record and on the disk at once, before it sounds. The newest order of a bulletin counts,
    /// and an old one does not come back beside it.
    async fn keep(&mut self, ordered: OrderedHere, record: Record) -> anyhow::Result<()> {
        let generation = self.generation();
        let line = (self.now(), &self.boot_id, generation);
        let orders = &mut self.here.orders;
        orders.retain(|held| held.bulletin != ordered.bulletin);
        orders.push(ordered);
        let old = orders.len().saturating_sub(MOST_ORDERS);
        orders.drain(..old);
        self.state.order_here(record, line, orders).await
    }

    /// Whether such an order of this bulletin has the air. A drill keeps no flood warning waiting.
    fn has_air(&self, bulletin: &BulletinId, drill: bool) -> bool {
        let with_air = self.core.outlook(self.now()).emergency;
        let mut orders = self.here.orders.iter();
        orders.any(|order| {
            let has_air = with_air.as_ref().map(|cue| &cue.broadcast) == Some(&order.id);
            has_air && order.bulletin == *bulletin && order.order.drill == drill
        })
    }

    /// Takes the times of orders from a clock that has become known or was set.
    pub(super) async fn learn_times(&mut self) -> anyhow::Result<()> {
        let mut news = false;
        for order in &mut self.here.orders {
            news |= order.learn(&self.station_clock);
        }
        if news {
            self.state.set_ordered_here(&self.here.orders).await?;
        }
        Ok(())
    }

    /// Forgets orders that are long over, as emergencies of the panel are forgotten.
    pub(super) async fn prune_orders(&mut self, wall: WallTime) -> anyhow::Result<()> {
        let longest = self.programme.as_ref().map(Verified::get);
        let lasts: BTreeMap<_, _> = longest
            .into_iter()
            .flat_map(|programme| &programme.standby)
            .map(|standby| (&standby.bulletin, standby.lasts))
            .collect();
        let (boot_id, before) = (&self.boot_id, self.here.orders.len());
        self.here.orders.retain(|order| {
            let lasts = lasts.get(&order.bulletin).copied().unwrap_or_default();
            let kept = |at: WallTime| at + lasts + KEPT_AFTER > wall;
            order.boot_id == *boot_id || order.wall.is_some_and(kept)
        });
        if self.here.orders.len() != before {
            info!("orders at this PC that are long over are forgotten");
            self.state.set_ordered_here(&self.here.orders).await?;
        }
        Ok(())
    }
}

/// The recordings of a bulletin that the programme holds.
fn spoken<'p>(
    programme: &'p Programme,
    bulletin: &BulletinId,
) -> impl Iterator<Item = ContentHash> + 'p {
    let content = programme.bulletins.get(bulletin).into_iter();
    content.flat_map(|content| content.recordings.iter().map(|spoken| spoken.sound.hash))
}
