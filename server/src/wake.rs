//! Who waits is woken: by this process at once, by other replicas through the database.
//!
//! A wake-up carries no news, only the name of what changed; who is woken looks for himself. So one
//! that is lost costs a delay until the next poll, and nothing else.

use anyhow::Context;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;

use crate::database::{Database, Engine};

const CHANNEL: &str = "loaban_wake";

/// Woken names that one slow listener may lag behind before it is told to look at everything.
const BACKLOG: usize = 1024;

/// The bus.
#[derive(Debug, Clone)]
pub struct Wake {
    local: broadcast::Sender<String>,
    database: Database,
}

impl Wake {
    /// The bus of the replicas that share `database`.
    pub fn new(database: Database) -> Self {
        let (local, _) = broadcast::channel(BACKLOG);
        Self { local, database }
    }

    /// Says that `subject` changed. Call it after the commit.
    pub async fn announce(&self, subject: &str) {
        // Nobody listening is no fault.
        let _ = self.local.send(subject.to_owned());
        if self.database.engine() == Engine::Postgres
            && let Err(error) = self.notify(subject).await
        {
            tracing::warn!("other replicas are not woken, and see it when they poll: {error}");
        }
    }

    /// Everything announced from here on, by any replica; lagging shows as
    /// [`broadcast::error::RecvError::Lagged`]. What this process announced itself may come twice.
    pub fn listen(&self) -> broadcast::Receiver<String> {
        self.local.subscribe()
    }

    /// Carries what other replicas announce to this one's listeners, until it fails. On SQLite
    /// there are no others, and it returns at once.
    ///
    /// # Errors
    /// The database cannot be reached; it reconnects by itself after that.
    pub async fn relay(&self) -> anyhow::Result<()> {
        if self.database.engine() == Engine::Sqlite {
            return Ok(());
        }
        let mut listener = PgListener::connect(self.database.url())
            .await
            .context("listen for other replicas")?;
        listener
            .listen(CHANNEL)
            .await
            .context("listen for other replicas")?;
        loop {
            let notice = listener.recv().await.context("listen for other replicas")?;
            let _ = self.local.send(notice.payload().to_owned());
        }
    }

    async fn notify(&self, subject: &str) -> sqlx::Result<()> {
        let mut connection = self.database.read().await?;
        sqlx::query("SELECT pg_notify($1, $2) IS NULL")
            .bind(CHANNEL)
            .bind(subject)
            .execute(&mut *connection)
            .await?;
        Ok(())
    }
}
