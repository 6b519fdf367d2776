//! The emergencies and the stops that a station holds, beyond a power cut.

use programme::signed::Envelope;
use serde::{Deserialize, Serialize};

use super::{Fact, State};

/// Emergencies as they came, each by the last word about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldEmergencies {
    /// The signed bytes.
    pub envelopes: Vec<Envelope>,
    /// Stops from the panel, as they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Envelope>,
    /// The server's name for the list that it gave last.
    pub etag: Option<String>,
}

impl State {
    /// The emergencies that were found good.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn emergencies(&mut self) -> anyhow::Result<Option<HeldEmergencies>> {
        self.get(Fact::Emergencies).await
    }

    /// Keeps emergencies that were found good.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn hold_emergencies(&mut self, held: &HeldEmergencies) -> anyhow::Result<()> {
        self.set(Fact::Emergencies, held).await
    }
}
