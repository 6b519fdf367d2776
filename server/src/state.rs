//! What every handler is given: one handle on everything that the server holds.

use std::convert::Infallible;
use std::fs::Permissions;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use anyhow::Context;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use programme::units::WallTime;
use tokio::sync::watch;

use crate::clock::{Clock, Randomness};
use crate::config::Config;
use crate::database::Database;
use crate::emergencies::push::Bus;
use crate::listen::looks::Looks;
use crate::listen::pace::Pace;
use crate::metrics::Metrics;
use crate::objects::Objects;
use crate::wake::Wake;

/// A cheap handle: clones share everything. As an extractor it costs nothing and never fails.
#[derive(Clone)]
pub struct State(Arc<Held>);

/// What a [`State`] is a handle on.
pub struct Held {
    /// What the server was told.
    pub config: Config,
    /// What says the time.
    pub clock: Clock,
    /// Where names and secrets come from.
    pub randomness: Randomness,
    /// The database.
    pub database: Database,
    /// The store of recordings.
    pub objects: Objects,
    /// Who waits is woken through it.
    pub wake: Wake,
    /// Hands words about emergencies to the streams of stations.
    pub emergencies: Bus,
    /// How much strangers ask of public pages.
    pub listeners: Pace,
    /// What they were told of the log last.
    pub looks: Looks,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// Signs programmes, emergencies and the time for stations.
    pub signing_key: SigningKey,
    stopping: watch::Sender<bool>,
}

impl State {
    /// Opens database and store, brings the tables up to date, and makes the signing key at the
    /// first start.
    ///
    /// # Errors
    /// Whatever cannot be opened, in words for the person at the console.
    pub async fn open(
        config: Config,
        clock: Clock,
        randomness: Randomness,
    ) -> anyhow::Result<Self> {
        make_data_folder(&config)?;
        let database = Database::open(&config.database_url(), config.database.connections).await?;
        database.migrate().await?;
        let objects = Objects::open(&config)?;
        Self::assemble(config, clock, randomness, database, objects).await
    }

    /// A state of parts that are open already; the database must be up to date.
    ///
    /// # Errors
    /// The database fails, or holds a signing key that is none.
    pub async fn assemble(
        config: Config,
        clock: Clock,
        randomness: Randomness,
        database: Database,
        objects: Objects,
    ) -> anyhow::Result<Self> {
        let signing_key = signing_key(&database, &randomness).await?;
        let (stopping, _) = watch::channel(false);
        Ok(Self(Arc::new(Held {
            wake: Wake::new(database.clone()),
            emergencies: Bus::default(),
            listeners: Pace::default(),
            looks: Looks::default(),
            metrics: Metrics::default(),
            config,
            clock,
            randomness,
            database,
            objects,
            signing_key,
            stopping,
        })))
    }

    /// Civil time.
    pub fn now(&self) -> WallTime {
        self.clock.now()
    }

    /// Ends the server: it takes no more requests, and what waits lets go.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Comes back when the server ends. Whatever answers for long waits for this too.
    pub async fn stopped(&self) {
        // An error means that the sender is gone, and with it the server.
        let _ = self
            .stopping
            .subscribe()
            .wait_for(|stopping| *stopping)
            .await;
    }
}

impl Deref for State {
    type Target = Held;
    fn deref(&self) -> &Held {
        &self.0
    }
}

impl FromRequestParts<State> for State {
    type Rejection = Infallible;
    async fn from_request_parts(_: &mut Parts, state: &Self) -> Result<Self, Infallible> {
        Ok(state.clone())
    }
}

/// Makes the data folder; what it holds is nobody's business but the server's.
///
/// # Errors
/// The folder cannot be made.
pub fn make_data_folder(config: &Config) -> anyhow::Result<()> {
    let folder = &config.storage.data_dir;
    let cannot = || format!("make the data folder {}", folder.display());
    if !folder.is_dir() {
        recordings::durable::make_folder(folder).with_context(cannot)?;
    }
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).with_context(cannot)?;
    Ok(())
}

/// The key that stations pin. It lies in the database, so that all replicas sign alike and a backup
/// that is restored goes on with the key that the villages know.
async fn signing_key(database: &Database, randomness: &Randomness) -> anyhow::Result<SigningKey> {
    let fresh = STANDARD.encode(randomness.bytes::<32>());
    let mut write = database.write().await?;
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ('signing_key', $1) ON CONFLICT DO NOTHING",
    )
    .bind(fresh)
    .execute(&mut *write)
    .await?;
    let (kept,): (String,) =
        sqlx::query_as("SELECT value FROM settings WHERE name = 'signing_key'")
            .fetch_one(&mut *write)
            .await?;
    write.commit().await?;
    let bytes = STANDARD.decode(kept).context("read the signing key")?;
    let bytes: [u8; 32] = bytes
        .as_slice()
        .try_into()
        .context("read the signing key")?;
    Ok(SigningKey::from_bytes(&bytes))
}
