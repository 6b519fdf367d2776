//! Emergencies of the station in miniature: the words that came, and what was ordered at its PC.

use std::time::Duration;

use programme::air::Input;
use programme::as_run::Record;
use programme::clock::{BootId, StationClock, Vouched, Voucher};
use programme::emergency::{Emergency, Order, drill_mark};
use programme::ids::PersonId;
use programme::standby::OrderedHere;

use super::Station;
use crate::village::{at, broadcast_id, bulletin_id, ordered};

impl Station {
    /// A word about an emergency comes, and its recordings with it.
    pub fn order(&mut self, emergency: Emergency) {
        if !self.keeps() {
            return;
        }
        let mut ready = self.ready.clone();
        ready.extend(emergency.recordings().map(|(hash, _)| hash));
        ready.insert(drill_mark().hash);
        self.emergencies.retain(|held| held.id != emergency.id);
        self.emergencies.push(emergency);
        self.make_ready(ready);
        self.tell_emergencies();
    }

    /// A word about an emergency comes, and no recording with it.
    pub fn hold_emergency(&mut self, emergency: Emergency) {
        self.emergencies.push(emergency);
        self.tell_emergencies();
    }

    /// Somebody at the PC orders the standby of this number, with its recordings there.
    pub fn order_here(&mut self, number: u8, name: u8, drill: bool) {
        if !self.keeps() {
            return;
        }
        let ordered = OrderedHere {
            id: broadcast_id(name),
            bulletin: bulletin_id(number),
            order: Order {
                by: "Vàng Văn Sáng".to_owned(),
                why: "Suối vượt mốc đỏ".to_owned(),
                drill,
                at_pc: true,
            },
            at: self.now().boot,
            boot_id: self.boot_id(),
            wall: self.wall(),
            by: self.station_clock().vouched().map(|vouched| vouched.by),
            shown: at("2020-01-01T00:00"),
        };
        self.journal.push(Record::EmergencyOrdered {
            broadcast: ordered.id.clone(),
            bulletin: ordered.bulletin.clone(),
            title: format!("Bulletin {number}"),
            person: PersonId::from_random([4; 10]),
            order: ordered.order.clone(),
            planned: Some(ordered.wall.unwrap_or(ordered.shown)),
        });
        self.ordered_here.push(ordered);
        self.tell_emergencies();
    }

    pub(super) fn boot_id(&self) -> BootId {
        BootId(self.boots.to_string())
    }

    /// What the station's clock knows of this boot.
    fn station_clock(&self) -> StationClock {
        let mut clock = StationClock::unknown(self.boot_id());
        let now = self.now();
        if let Some(wall) = now.wall {
            clock.vouch(Vouched {
                by: Voucher::Server,
                boot: now.boot,
                wall,
                uncertainty: Duration::ZERO,
            });
        }
        clock
    }

    pub(super) fn tell_emergencies(&mut self) {
        self.tell_stops();
        let clock = self.station_clock();
        for ordered in &mut self.ordered_here {
            ordered.learn(&clock);
        }
        let held = self.emergencies.iter().map(ordered);
        let planned = held.filter_map(|held| held.plan(&self.programme).expect("a known zone"));
        let here = self.ordered_here.iter().filter_map(|here| {
            let planned = self.programme.plan_ordered(here, &clock);
            planned.expect("a known zone")
        });
        let planned = planned.chain(here).collect();
        self.tell(Input::Emergencies(planned));
    }
}
