//! What makes or changes a station.

use programme::ids::StationId;
use serde_json::json;

use super::loudness::Loudness;
use super::position::Position;
use super::station::{self, Station};
use crate::database::Connection;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::Version;

/// Longest name of a station or a cluster, in characters.
const LONGEST_NAME: usize = 100;
/// Most clusters that one station feeds.
const MOST_CLUSTERS: usize = 50;

/// What makes or changes a station.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The id that a new station gets where none has it yet. A form names one, so that it makes one
    /// station however often it is sent.
    pub id: Option<StationId>,
    /// Its name for people.
    pub name: String,
    /// How loud it is.
    pub loudness: Loudness,
    /// Loudspeaker clusters that it feeds.
    pub clusters: Vec<String>,
    /// Where it stands, if that is known.
    pub position: Option<Position>,
}

/// What of a station somebody changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What it is called and feeds, and where it stands.
    Names,
    /// How loud it is.
    Loudness,
    /// All of it.
    Whole,
}

impl Part {
    /// The part that this one does not show, as the trail names it.
    pub fn other(self) -> Option<&'static str> {
        match self {
            Self::Names => Some("loudness"),
            Self::Loudness => Some("names"),
            Self::Whole => None,
        }
    }
}

impl Draft {
    /// What of the station is another than `before`, as the trail names it.
    pub fn changes(&self, before: &Self) -> &'static str {
        let is_as_before = |part| self.version(part) == before.version(part);
        match (is_as_before(Part::Names), is_as_before(Part::Loudness)) {
            (true, false) => "loudness",
            (false, true) => "names",
            (true, true) | (false, false) => "whole",
        }
    }

    /// Names what it says of a part of the station.
    pub fn version(&self, part: Part) -> Version {
        let names = json!([self.name, self.clusters, self.position]);
        let loudness = json!([self.loudness.volume, self.loudness.classes]);
        Version::of(&match part {
            Part::Names => names,
            Part::Loudness => loudness,
            Part::Whole => json!([names, loudness]),
        })
    }

    /// A station as it is.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(connection: &mut Connection, station: &Station) -> Result<Self> {
        Ok(Self {
            id: None,
            name: station.name.clone(),
            loudness: station.loudness.clone(),
            clusters: station::clusters(connection, &station.id).await?,
            position: station.position,
        })
    }

    /// The same as it is kept.
    ///
    /// # Errors
    /// 422 for what cannot be.
    pub fn checked(&self) -> Result<Self> {
        let fits = |name: &str| !name.is_empty() && name.chars().count() <= LONGEST_NAME;
        let name = self.name.trim().to_owned();
        if !fits(&name) {
            return Err(Error::invalid("error-station-needs-name"));
        }
        let clusters = self.clusters.iter().map(|name| name.trim().to_owned());
        let clusters: Vec<String> = clusters.filter(|name| !name.is_empty()).collect();
        if clusters.len() > MOST_CLUSTERS || !clusters.iter().all(|name| fits(name)) {
            return Err(Error::invalid("error-station-clusters").with("most", MOST_CLUSTERS));
        }
        Ok(Self {
            id: self.id.clone(),
            name,
            loudness: self.loudness.checked()?,
            clusters,
            position: self.position.map(Position::checked).transpose()?,
        })
    }
}
