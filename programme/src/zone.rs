//! Time zones: what the clock on the village wall shows at an instant, and back.
//!
//! Zones come from the database that is compiled in, never from the machine, so that server and
//! station of one release read the same hour in the same programme.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Serialize, Serializer};

use crate::units::WallTime;

/// A time zone of the IANA database (RFC 6557), such as `Asia/Ho_Chi_Minh`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A name that is no zone of the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone; write one like Asia/Ho_Chi_Minh")]
pub struct UnknownZone(pub String);

impl Zone {
    /// The zone called `name`.
    ///
    /// # Errors
    /// [`UnknownZone`] when the database of this release does not hold it.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let rules = TimeZoneDatabase::bundled().get(name);
        Ok(Self {
            rules: rules.map_err(|_| UnknownZone(name.to_owned()))?,
            name: name.to_owned(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its rules, for calendar arithmetic.
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// What a clock in the zone shows at `wall`.
    pub fn civil(&self, wall: WallTime) -> DateTime {
        self.rules.to_datetime(wall.timestamp())
    }

    /// The date in the zone at `wall`.
    pub fn date(&self, wall: WallTime) -> Date {
        self.civil(wall).date()
    }

    /// The instant at which a clock in the zone shows `civil`. A time that the zone leaves out (a
    /// clock put forward) is as much later as the clock was put forward; of a time that comes twice
    /// (a clock put back) the first is meant. `None` outside the years −9999 to 9999.
    pub fn instant(&self, civil: DateTime) -> Option<WallTime> {
        let instant = self.rules.to_ambiguous_timestamp(civil).compatible();
        instant.ok().map(WallTime::from)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}
