//! The two engines side by side, and the place of a story in PostgreSQL.

use std::collections::BTreeSet;

use ::town::postgres::Postgres;
use loaban_server::database::{Database, Engine};
use tempfile::TempDir;

/// Where the database of a story lies: in a PostgreSQL of its own.
pub struct Place {
    _server: Postgres,
    url: String,
}

impl Default for Place {
    fn default() -> Self {
        let server = Postgres::start();
        let url = server.database("story");
        Self {
            _server: server,
            url,
        }
    }
}

impl Place {
    /// Its address.
    pub fn url(&self) -> String {
        self.url.clone()
    }
}

/// One database of each kind, brought up to date.
pub struct Both {
    pub sqlite: Database,
    pub postgres: Database,
    pub place: Place,
    pub folder: TempDir,
}

impl Both {
    /// Opens both.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::default();
        let file = format!("sqlite:{}", folder.path().join("loaban.db").display());
        let sqlite = Database::open(&file, 4).await.expect("SQLite");
        let postgres = Database::open(&place.url(), 4).await.expect("PostgreSQL");
        for database in [&sqlite, &postgres] {
            database
                .migrate()
                .await
                .expect("an empty database takes all tables");
        }
        Self {
            sqlite,
            postgres,
            place,
            folder,
        }
    }

    /// One after the other.
    pub fn each(&self) -> [&Database; 2] {
        [&self.sqlite, &self.postgres]
    }
}

/// `table.column` of everything that the migrations made.
pub async fn columns(database: &Database) -> BTreeSet<String> {
    let sql = match database.engine() {
        Engine::Sqlite => {
            "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' \
             AND m.name NOT LIKE 'sqlite%'"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name || '.' || column_name AS TEXT) \
             FROM information_schema.columns WHERE table_schema = 'public' \
             AND table_name NOT LIKE '\\_%'"
        }
    };
    let mut connection = database.read().await.expect("a connection");
    let rows: Vec<(String,)> = sqlx::query_as(sql)
        .fetch_all(&mut *connection)
        .await
        .expect("columns");
    rows.into_iter().map(|(name,)| name).collect()
}
