//! What was ordered at this PC, and the PINs that were tried, beyond a power cut.

use programme::standby::{OrderedHere, Tries};

use super::{Fact, State};

impl State {
    /// What was ordered at this PC.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn ordered_here(&mut self) -> anyhow::Result<Option<Vec<OrderedHere>>> {
        self.get(Fact::OrderedHere).await
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_ordered_here(&mut self, orders: &[OrderedHere]) -> anyhow::Result<()> {
        self.set(Fact::OrderedHere, &orders).await
    }

    /// The PINs that were tried since the last right one.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn pin_tries(&mut self) -> anyhow::Result<Option<Tries>> {
        self.get(Fact::PinTries).await
    }

    /// Keeps that.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_pin_tries(&mut self, tries: &Tries) -> anyhow::Result<()> {
        self.set(Fact::PinTries, tries).await
    }
}
