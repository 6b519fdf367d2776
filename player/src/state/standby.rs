//! What was ordered at this PC, and the PINs that were tried, beyond a power cut.

use anyhow::Context;
use programme::as_run::Record;
use programme::clock::{BootId, Now};
use programme::standby::{OrderedHere, Tries};
use sqlx::Connection as _;

use super::{Fact, State, set};
use crate::journal::{append, entry};

impl State {
    /// What was ordered at this PC.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn ordered_here(&mut self) -> anyhow::Result<Option<Vec<OrderedHere>>> {
        self.get(Fact::OrderedHere).await
    }

    /// Puts an order at this PC on record and keeps it among `orders`, both or neither: a power cut
    /// leaves no line about an order that nobody keeps.
    ///
    /// # Errors
    /// The disk failed: nothing may sound.
    pub async fn order_here(
        &mut self,
        record: Record,
        (now, boot_id, generation): (Now, &BootId, u64),
        orders: &[OrderedHere],
    ) -> anyhow::Result<()> {
        let mut write = self.db.begin().await.context("write an order")?;
        let line = entry(record, now, boot_id, generation);
        append(&mut write, &self.journal, None, line).await?;
        set(&mut write, Fact::OrderedHere, &orders).await?;
        write.commit().await.context("write an order")
    }

    /// Keeps what was ordered.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_ordered_here(&mut self, orders: &[OrderedHere]) -> anyhow::Result<()> {
        self.set(Fact::OrderedHere, &orders).await
    }

    /// The PINs that were tried.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn pin_tries(&mut self) -> anyhow::Result<Tries> {
        Ok(self.get(Fact::PinTries).await?.unwrap_or_default())
    }

    /// Keeps that.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_pin_tries(&mut self, tries: &Tries) -> anyhow::Result<()> {
        self.set(Fact::PinTries, tries).await
    }
}
