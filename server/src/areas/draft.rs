//! What makes or changes an area.

use programme::ids::AreaId;
use programme::zone::Zone;
use serde_json::{Value, json};

use super::area::{Area, Ways};
use super::tree::{kinds, spoken_languages};
use crate::database::Connection;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::Version;

/// What makes or changes an area.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The id that a new area gets where none has it yet. A form names one, so that it makes one
    /// area however often it is sent.
    pub id: Option<AreaId>,
    /// A row of `area_kinds`.
    pub kind: String,
    /// Its name for people.
    pub name: String,
    /// Households, where known.
    pub households: Option<i64>,
    /// What it says of itself.
    pub ways: Ways,
    /// Whether it is to be so although a session newly begins in quiet hours.
    pub despite_quiet_hours: bool,
}

impl Draft {
    /// What an area says.
    pub fn of(area: &Area) -> Self {
        Self {
            id: None,
            kind: area.kind.clone(),
            name: area.name.clone(),
            households: area.households,
            ways: area.own.clone(),
            despite_quiet_hours: false,
        }
    }

    /// Names what it says.
    pub fn version(&self) -> Version {
        Version::of(&self.says())
    }

    /// What it says, as the trail keeps it.
    pub(super) fn says(&self) -> Value {
        json!({
            "name": self.name.trim(),
            "kind": self.kind,
            "languages": self.ways.languages,
            "quiet_hours": self.ways.quiet_hours,
            "zone": self.ways.zone,
            "approver_may_be_author": self.ways.approver_may_be_author,
            "sessions": self.ways.sessions,
            "households": self.households,
        })
    }

    /// The sessions as the database keeps them.
    pub(super) fn sessions(&self) -> Result<Option<String>> {
        let own = self.ways.sessions.as_ref();
        Ok(own.map(serde_json::to_string).transpose()?)
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// 422 where it does not.
    pub(super) async fn check(&self, connection: &mut Connection) -> Result<()> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Error::invalid("error-area-needs-name"));
        }
        if self.households.is_some_and(|households| households < 0) {
            return Err(Error::invalid("error-area-households"));
        }
        if let Some(zone) = &self.ways.zone
            && Zone::named(zone).is_err()
        {
            return Err(Error::invalid("error-area-zone").with("zone", zone));
        }
        if self
            .ways
            .quiet_hours
            .is_some_and(|span| span.from == span.until)
        {
            return Err(Error::invalid("error-area-quiet-hours"));
        }
        if let Some(sessions) = &self.ways.sessions {
            sessions.check()?;
        }
        if !kinds(connection)
            .await?
            .iter()
            .any(|kind| kind.code == self.kind)
        {
            return Err(Error::invalid("error-area-kind"));
        }
        let spoken = spoken_languages(connection).await?;
        for language in self.ways.languages.iter().flatten() {
            if !spoken.iter().any(|known| known.code == *language) {
                return Err(Error::invalid("error-area-language").with("language", language));
            }
        }
        if self.ways.languages.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::invalid("error-area-needs-language"));
        }
        Ok(())
    }
}
