//! Where a station stands, as provincial systems count it.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::web::errors::{Error, Result};

/// A place on Earth (WGS 84), to a metre.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Degrees north, −90 to 90.
    #[schema(minimum = -90, maximum = 90)]
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    #[schema(minimum = -180, maximum = 180)]
    pub longitude: f64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.5}, {:.5}", self.latitude, self.longitude)
    }
}

impl Position {
    /// What somebody typed, as maps on phones give it: `22.48637, 103.97066`; empty is none.
    ///
    /// # Errors
    /// 422 for what is no place on Earth.
    pub fn typed(text: &str) -> Result<Option<Self>> {
        let parts: Vec<&str> = text
            .split([',', ' ', '\t'])
            .filter(|part| !part.is_empty())
            .collect();
        match parts.as_slice() {
            [] => Ok(None),
            [latitude, longitude] => {
                let degrees = |text: &str| text.parse().map_err(|_| wrong());
                let (latitude, longitude) = (degrees(latitude)?, degrees(longitude)?);
                let position = Self {
                    latitude,
                    longitude,
                };
                Ok(Some(position.checked()?))
            }
            _ => Err(wrong()),
        }
    }

    /// The same to a hundred thousandth of a degree, as it is kept, where it lies on Earth.
    ///
    /// # Errors
    /// 422 where it does not.
    pub fn checked(self) -> Result<Self> {
        let on_earth = self.latitude.abs() <= 90.0 && self.longitude.abs() <= 180.0;
        let kept = |degrees: f64| (degrees * 1e5).round() / 1e5;
        match on_earth {
            true => Ok(Self {
                latitude: kept(self.latitude),
                longitude: kept(self.longitude),
            }),
            false => Err(wrong()),
        }
    }
}

fn wrong() -> Error {
    Error::invalid("error-station-position")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_maps_give_it_and_what_is_none_is_refused() {
        let read = |text: &str| Position::typed(text).map(|at| at.map(|at| at.to_string()));
        let here = Some("22.48637, 103.97066".to_owned());
        for text in ["22.48637, 103.97066", " 22.486371 103.970659 "] {
            assert_eq!(read(text).expect("a place"), here, "{text}");
        }
        assert_eq!(read("  ").expect("none"), None);
        for wrong in ["Cốc San", "22.5", "91, 103", "22, 181", "nan, 3", "1 2 3"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
