//! Quiet hours in a zone: whether an instant is quiet, and when that changes.

use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::programme::QuietHours;
use crate::units::WallTime;
use crate::zone::Zone;

impl QuietHours {
    /// Whether `wall` lies in quiet hours: the clock on the village wall decides, also on the days
    /// on which it is put forward or back.
    pub fn holds_at(&self, wall: WallTime, zone: &Zone) -> bool {
        self.contains(zone.civil(wall).time())
    }

    /// The first instant after `wall` at which quiet hours begin or end, within two days. `None`
    /// when there are no quiet hours.
    pub fn boundary_after(&self, wall: WallTime, zone: &Zone) -> Option<WallTime> {
        let before = self.holds_at(wall, zone);
        let mut turns = self.turns_near(wall, zone);
        turns.sort_unstable();
        let turned = |turn: &WallTime| *turn > wall && self.holds_at(*turn, zone) != before;
        turns.into_iter().find(turned)
    }

    /// The first quiet instant at or after `wall`, within two days.
    pub fn next_from(&self, wall: WallTime, zone: &Zone) -> Option<WallTime> {
        if self.holds_at(wall, zone) {
            Some(wall)
        } else {
            self.boundary_after(wall, zone)
        }
    }

    /// Every instant around `wall` at which the answer can change: both readings of both ends on
    /// the days around it, and the instants at which the zone puts its clocks.
    fn turns_near(&self, wall: WallTime, zone: &Zone) -> Vec<WallTime> {
        let today = zone.date(wall);
        let mut turns = Vec::new();
        for days in -1..=2 {
            let Ok(date) = today.checked_add(days.days()) else {
                continue;
            };
            for end in [self.from, self.until] {
                turns.extend(both_readings(date.to_datetime(end), zone));
            }
        }
        let last = turns.iter().copied().max().unwrap_or(wall);
        let puts = zone.rules().following(wall.timestamp());
        let puts = puts.map(|put| WallTime::from(put.timestamp()));
        turns.extend(puts.take_while(|put| *put <= last));
        turns
    }
}

fn both_readings(civil: DateTime, zone: &Zone) -> impl Iterator<Item = WallTime> {
    let ambiguous = zone.rules().to_ambiguous_timestamp(civil);
    let readings = [ambiguous.earlier(), ambiguous.later()];
    readings.into_iter().flatten().map(WallTime::from)
}
