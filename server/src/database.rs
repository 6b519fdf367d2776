//! One SQL for SQLite and PostgreSQL.
//!
//! What makes one text serve both, and every room keeps to: names are text, instants are BIGINT
//! milliseconds, amounts BIGINT, yes and no are BIGINT 1 and 0, ratios DOUBLE PRECISION, JSON is
//! text; placeholders are `$1`; a sum is `CAST(SUM(x) AS BIGINT)`; `ON CONFLICT … DO UPDATE` and
//! `RETURNING` work on both. SQL stands as a literal in the room whose table it touches.
//!
//! SQLite lets one writer in at a time. PostgreSQL lets in many, so a decision and the change that
//! rests on it stand in one statement (`UPDATE … WHERE state = 'draft'`, then look at the number of
//! rows), or the transaction first takes [`Write::hold`].

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use anyhow::{Context, bail};
use rust_embed::RustEmbed;
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, AssertSqlSafe, Executor, SqlSafeStr, Transaction};

/// What every function with SQL in it takes: inside a transaction or outside, on either engine.
pub type Connection = sqlx::AnyConnection;

/// Which engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file, one process that writes.
    Sqlite,
    /// A server, shared by any number of replicas.
    Postgres,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Database {
    pool: AnyPool,
    engine: Engine,
    url: String,
}

impl Database {
    /// Opens the database at `url`; a SQLite file that is not there is made.
    ///
    /// # Errors
    /// A scheme other than `sqlite:` and `postgres:`, or a database that cannot be reached.
    pub async fn open(url: &str, connections: u32) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of(url)?;
        let url = match engine {
            Engine::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            Engine::Sqlite | Engine::Postgres => url.to_owned(),
        };
        let pool = AnyPoolOptions::new()
            .max_connections(connections.max(2))
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(engine.greeting()).await.map(|_| ()) })
            })
            .connect(&url)
            .await
            .context("open the database")?;
        Ok(Self { pool, engine, url })
    }

    /// Brings the tables up to this release.
    ///
    /// # Errors
    /// A migration that fails, or a database that a later release has migrated.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let migrator = Migrator::with_migrations(migrations(self.engine)?);
        migrator
            .run(&self.pool)
            .await
            .context("migrate the database")
    }

    /// Which engine answers.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Its URL, password included: for opening what SQL over the pool cannot do.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection for reading. Give it back before asking for another.
    ///
    /// # Errors
    /// None free within ten seconds, or the database is gone.
    pub async fn read(&self) -> sqlx::Result<PoolConnection<Any>> {
        self.pool.acquire().await
    }

    /// A transaction for writing, which on SQLite shuts out other writers from its start. Dropped
    /// without [`Write::commit`] it has done nothing.
    ///
    /// # Errors
    /// As [`Database::read`]; on SQLite also another writer that does not come to its end.
    pub async fn write(&self) -> sqlx::Result<Write> {
        let transaction = self.pool.begin_with(self.engine.begin()).await?;
        Ok(Write {
            transaction,
            engine: self.engine,
        })
    }

    /// Closes all connections, so that files may be copied or removed.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Engine {
    /// The engine that a URL names.
    ///
    /// # Errors
    /// Any other scheme.
    pub fn of(url: &str) -> anyhow::Result<Self> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => bail!("database.url must start with sqlite: or postgres:"),
        }
    }

    fn greeting(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000;"
            }
            Self::Postgres => "SET lock_timeout = '10s'",
        }
    }

    fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite/",
            Self::Postgres => "postgres/",
        }
    }
}

/// A transaction that writes. It is a [`Connection`] to whoever is given `&mut write`.
#[derive(Debug)]
pub struct Write {
    transaction: Transaction<'static, Any>,
    engine: Engine,
}

impl Write {
    /// Makes what was written last.
    ///
    /// # Errors
    /// The database could not: nothing was written.
    pub async fn commit(self) -> sqlx::Result<()> {
        self.transaction.commit().await
    }

    /// Shuts out other transactions that hold the same name, until this one ends. On SQLite every
    /// transaction that writes is alone already.
    ///
    /// # Errors
    /// Another did not let go within ten seconds.
    pub async fn hold(&mut self, name: &str) -> sqlx::Result<()> {
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => {
                sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL")
                    .bind(name)
                    .execute(&mut *self.transaction)
                    .await
                    .map(|_| ())
            }
        }
    }
}

impl Deref for Write {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction
    }
}

/// Whether `error` says that such a row is there already.
pub fn is_taken(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// `migrations/NNNN_room.sql` for both engines, `migrations/{sqlite,postgres}/` where they differ.
#[derive(RustEmbed)]
#[folder = "migrations"]
struct Migrations;

fn migrations(engine: Engine) -> anyhow::Result<Vec<Migration>> {
    let mut found = BTreeMap::new();
    for path in Migrations::iter() {
        let name = path.strip_prefix(engine.folder()).unwrap_or(&path);
        let Some((stem, "sql")) = name.rsplit_once('.') else {
            continue;
        };
        if name.contains('/') {
            continue;
        }
        let (number, room) = stem
            .split_once('_')
            .with_context(|| format!("the migration {path} needs a name like 0001_room.sql"))?;
        let version: i64 = number
            .parse()
            .with_context(|| format!("the migration {path} needs a number"))?;
        let file = Migrations::get(&path).with_context(|| format!("read the migration {path}"))?;
        let sql = String::from_utf8(file.data.into_owned())
            .with_context(|| format!("read the migration {path}"))?;
        let migration = Migration::new(
            version,
            room.to_owned().into(),
            MigrationType::Simple,
            AssertSqlSafe(sql).into_sql_str(),
            false,
        );
        if found.insert(version, migration).is_some() {
            bail!("two migrations have the number {number}");
        }
    }
    Ok(found.into_values().collect())
}

/// Numbered places for `count` values in a statement, `$1, $2, …`: nothing else may be put together
/// into SQL.
pub fn places(count: usize) -> String {
    let places: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
    places.join(", ")
}

/// Rows as values: `rows! { /// Doc. pub struct Row { pub name: String, … } }` reads each field
/// from the column of its name.
#[macro_export]
macro_rules! rows {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $kind:ty),* $(,)?
    })*) => {$(
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $kind),* }

        impl<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> for $name {
            fn from_row(row: &'r sqlx::any::AnyRow) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                Ok(Self { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    )*};
}
