//! The volume at the PC: what people on the spot add to or take away from the programme's.
//!
//! There is no mute. A muted station would go on record as having aired what nobody heard; whoever
//! wants silence presses STOP, which is on record.

use std::fmt;
use std::str::FromStr;

use programme::units::Decibels;
use serde::{Deserialize, Serialize};

/// The least, in decibels: still heard beside the horn, so that nobody takes it for broken.
const QUIETEST: i8 = -30;

/// The most, in decibels: what exceeds full scale is limited.
const LOUDEST: i8 = 6;

/// What one press changes, in decibels: two presses are heard as a clear step.
const STEP: i8 = 3;

/// A volume in whole decibels, relative to what the programme wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "i8", into = "i8")]
pub struct Volume(i8);

/// What is done to a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// One step up.
    Louder,
    /// One step down.
    Quieter,
    /// To exactly this.
    To(Volume),
}

/// What is no volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a volume is a whole number of decibels from {QUIETEST} to {LOUDEST}, louder or quieter")]
pub struct NoVolume;

impl Volume {
    /// The volume after `turn`.
    #[must_use]
    pub fn turned(self, turn: Turn) -> Self {
        match turn {
            Turn::Louder => Self(self.0.saturating_add(STEP).min(LOUDEST)),
            Turn::Quieter => Self(self.0.saturating_sub(STEP).max(QUIETEST)),
            Turn::To(volume) => volume,
        }
    }

    /// As the output wants it.
    pub fn decibels(self) -> Decibels {
        Decibels(f32::from(self.0))
    }

    /// How much of the whole span it is, as a part and the whole.
    pub fn part(self) -> (u8, u8) {
        let above = |db: i8| db.abs_diff(QUIETEST);
        (above(self.0), above(LOUDEST))
    }
}

impl TryFrom<i8> for Volume {
    type Error = NoVolume;
    fn try_from(db: i8) -> Result<Self, NoVolume> {
        let fits = (QUIETEST..=LOUDEST).contains(&db);
        fits.then_some(Self(db)).ok_or(NoVolume)
    }
}

impl From<Volume> for i8 {
    fn from(volume: Volume) -> i8 {
        volume.0
    }
}

impl FromStr for Turn {
    type Err = NoVolume;
    fn from_str(text: &str) -> Result<Self, NoVolume> {
        match text {
            "louder" => Ok(Self::Louder),
            "quieter" => Ok(Self::Quieter),
            db => {
                let db: i8 = db.parse().map_err(|_| NoVolume)?;
                Volume::try_from(db).map(Self::To)
            }
        }
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Louder => f.write_str("louder"),
            Self::Quieter => f.write_str("quieter"),
            Self::To(volume) => volume.0.fmt(f),
        }
    }
}

/// With the signs that people read: `+3 dB`, `−6 dB`.
impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.0 {
            ..0 => "−",
            0 => "",
            1.. => "+",
        };
        write!(f, "{sign}{} dB", self.0.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_end_where_the_span_ends() {
        let pressed = |turn, times| (0..times).fold(Volume::default(), |at, _| at.turned(turn));
        assert_eq!(pressed(Turn::Quieter, 2).to_string(), "−6 dB");
        assert_eq!(pressed(Turn::Quieter, 100).to_string(), "−30 dB");
        assert_eq!(pressed(Turn::Louder, 100).to_string(), "+6 dB");
        assert_eq!(pressed(Turn::Louder, 100).part(), (36, 36));
        assert_eq!(pressed(Turn::Quieter, 100).part(), (0, 36));
    }

    #[test]
    fn what_is_typed_is_understood_or_refused() {
        assert_eq!("louder".parse(), Ok(Turn::Louder));
        assert_eq!("-12".parse(), Ok(Turn::To(Volume(-12))));
        assert_eq!("+6".parse(), Ok(Turn::To(Volume(6))));
        for wrong in ["7", "-31", "300", "", "loud", "1.5"] {
            assert_eq!(wrong.parse::<Turn>(), Err(NoVolume), "{wrong}");
        }
        assert!(serde_json::from_str::<Volume>("40").is_err());
    }
}
