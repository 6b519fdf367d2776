//! What an order will do, seen before it is given.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::AreaId;

use crate::areas::area::{self, Area};
use crate::database::Connection;
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// What an order will do, seen before it is given.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// Where: the outermost of the chosen areas.
    pub targets: Vec<Area>,
    /// The stations that will sound, each with the name of its village.
    pub stations: Vec<(Station, String)>,
    /// Villages that will hear nothing, because they have no station.
    pub silent: Vec<String>,
    /// Villages with a station that will not sound, because they are closed.
    pub closed: Vec<String>,
}

impl Outlook {
    /// What an order for `targets` will do.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(
        state: &State,
        connection: &mut Connection,
        targets: Vec<Area>,
    ) -> Result<Self> {
        let mut outlook = Self {
            targets: Vec::new(),
            stations: Vec::new(),
            silent: Vec::new(),
            closed: Vec::new(),
        };
        for target in &targets {
            outlook.look_below(state, connection, target).await?;
        }
        outlook.targets = targets;
        Ok(outlook)
    }

    async fn look_below(
        &mut self,
        state: &State,
        connection: &mut Connection,
        target: &Area,
    ) -> Result<()> {
        let below = area::with_all_below(state, connection, &target.id).await?;
        let is_open = |area: &&Area| area.within_closed_ms.is_none();
        let containing: BTreeSet<AreaId> = below
            .iter()
            .filter(is_open)
            .filter_map(|area| area.parent.clone())
            .collect();
        let mut enrolled: BTreeMap<AreaId, Vec<Station>> = BTreeMap::new();
        for station in station::below(connection, &target.id).await? {
            if station.enrolled_at.is_some() {
                let here = enrolled.entry(station.area.clone());
                here.or_default().push(station);
            }
        }
        for area in below {
            let here = enrolled.remove(&area.id).unwrap_or_default();
            match (is_open(&&area), here.is_empty()) {
                (true, false) => {
                    let named = here.into_iter().map(|one| (one, area.name.clone()));
                    self.stations.extend(named);
                }
                (true, true) if !containing.contains(&area.id) => self.silent.push(area.name),
                (false, false) => self.closed.push(area.name),
                (true | false, true) => {}
            }
        }
        Ok(())
    }

    /// How many villages will hear it.
    pub fn villages(&self) -> usize {
        let mut areas: Vec<&AreaId> = self.stations.iter().map(|(one, _)| &one.area).collect();
        areas.sort();
        areas.dedup();
        areas.len()
    }
}
