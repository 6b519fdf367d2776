//! `doctor`: looks for what is wrong, and says with each finding what to do about it.

mod certificate;
mod service;

use std::net::TcpListener;
use std::process::ExitCode;

use programme::units::WallTime;

use crate::clock::{Clock, Randomness};
use crate::config::Config;
use crate::database::Database;
use crate::objects::Objects;
use crate::people::identity::new_secret;
use crate::state::make_data_folder;

/// Less free space than this is a warning: about a year of one commune's recordings.
const ROOM_BYTES: u64 = 2_000_000_000;
/// No release is older than this, so no right clock shows less (2026-01-01T00:00:00Z).
const EARLIEST: WallTime = WallTime::from_millis(1_767_225_600_000);

/// What was found.
enum Finding {
    Good(String),
    /// It works, and will not for long, or not for everybody.
    Doubtful {
        what: String,
        cure: String,
    },
    /// It does not work.
    Bad {
        what: String,
        cure: String,
    },
}

fn good(what: impl Into<String>) -> Finding {
    Finding::Good(what.into())
}

fn doubtful(what: impl Into<String>, cure: impl Into<String>) -> Finding {
    Finding::Doubtful {
        what: what.into(),
        cure: cure.into(),
    }
}

fn bad(what: impl Into<String>, cure: impl Into<String>) -> Finding {
    Finding::Bad {
        what: what.into(),
        cure: cure.into(),
    }
}

/// Prints every finding; the exit code says whether something does not work.
pub(super) async fn examine(config: &Config) -> anyhow::Result<ExitCode> {
    let now = Clock::system().now();
    let mut findings = vec![good("the configuration can be read")];
    findings.push(folder(config));
    findings.push(room(config));
    findings.extend(database(config, now).await);
    findings.push(objects(config).await);
    findings.push(certificate::examine(config, now));
    findings.push(port(config));
    findings.extend(service::examine());
    let mut code = ExitCode::SUCCESS;
    for finding in findings {
        match finding {
            Finding::Good(what) => println!("good      {what}"),
            Finding::Doubtful { what, cure } => println!("doubtful  {what}\n          → {cure}"),
            Finding::Bad { what, cure } => {
                println!("bad       {what}\n          → {cure}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

fn folder(config: &Config) -> Finding {
    let folder = &config.storage.data_dir;
    let probe = folder.join("doctor.probe");
    let written = make_data_folder(config)
        .and_then(|()| Ok(recordings::durable::write_private(&probe, b"probe")?))
        .and_then(|_| Ok(recordings::durable::remove(&probe)?));
    match written {
        Ok(()) => good(format!(
            "the data folder {} can be written",
            folder.display()
        )),
        Err(error) => bad(
            format!(
                "the data folder {} cannot be written: {error:#}",
                folder.display()
            ),
            "give the folder to the user that runs the server, or set storage.data_dir",
        ),
    }
}

fn room(config: &Config) -> Finding {
    match rustix::fs::statvfs(&config.storage.data_dir) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let free_mb = free / 1_000_000;
            if free < ROOM_BYTES {
                doubtful(
                    format!("only {free_mb} MB are free for the data folder"),
                    "make room, or move storage.data_dir to a larger disk",
                )
            } else {
                good(format!("{free_mb} MB are free for the data folder"))
            }
        }
        Err(error) => doubtful(
            format!("the free space of the data folder cannot be read: {error}"),
            "look with df -h",
        ),
    }
}

async fn database(config: &Config, now: WallTime) -> Vec<Finding> {
    let cure =
        "see database.url; for PostgreSQL: does it run, does the user exist, may it connect?";
    let database = match Database::open(&config.database_url(), 2).await {
        Ok(database) => database,
        Err(error) => {
            return vec![bad(
                format!("the database cannot be opened: {error:#}"),
                cure,
            )];
        }
    };
    if let Err(error) = database.migrate().await {
        let cure = "a database of a later release needs that release; otherwise restore a backup";
        return vec![bad(format!("the database cannot be used: {error:#}"), cure)];
    }
    let mut findings = vec![good("the database answers and is up to date")];
    match facts(&database).await {
        Ok((latest, admins)) => findings.extend([clock(now, latest), administrators(admins)]),
        Err(error) => findings.push(bad(format!("the database cannot be read: {error}"), cure)),
    }
    findings
}

/// When something was last changed, and how many administrators can sign in.
async fn facts(database: &Database) -> sqlx::Result<(Option<i64>, i64)> {
    let mut connection = database.read().await?;
    let (latest,) = sqlx::query_as("SELECT MAX(at_ms) FROM audit")
        .fetch_one(&mut *connection)
        .await?;
    let (admins,) = sqlx::query_as(
        "SELECT COUNT(DISTINCT p.id) FROM people p JOIN roles r ON r.person_id = p.id \
         WHERE r.role = 'admin' AND p.closed_at_ms IS NULL",
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok((latest, admins))
}

fn clock(now: WallTime, latest: Option<i64>) -> Finding {
    let cure =
        "set it: timedatectl set-ntp true. A server with a wrong clock misleads every station";
    let shown = now.timestamp().strftime("%d/%m/%Y %H:%M UTC").to_string();
    if now < EARLIEST {
        bad(
            format!("the clock shows {shown}, before this program was made"),
            cure,
        )
    } else if latest.is_some_and(|latest| now < WallTime::from_millis(latest)) {
        bad(
            format!("the clock shows {shown}, before the last change on record"),
            cure,
        )
    } else {
        good(format!("the clock shows {shown}"))
    }
}

fn administrators(count: i64) -> Finding {
    if count > 0 {
        good(format!("{count} administrator(s) can sign in"))
    } else {
        doubtful(
            "nobody is an administrator",
            "loaban-server area add \"Xã …\" && \
             loaban-server user add NAME --role admin --area \"Xã …\"",
        )
    }
}

async fn objects(config: &Config) -> Finding {
    let stamp = new_secret(&Randomness::system());
    let probed = match Objects::open(config) {
        Ok(objects) => objects.probe(&stamp).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    match probed {
        Ok(()) => good("the store of recordings takes and gives back"),
        Err(error) => bad(
            format!("the store of recordings fails: {error:#}"),
            "see objects.url; for S3: is the bucket there, do the keys fit, may they write?",
        ),
    }
}

fn port(config: &Config) -> Finding {
    let listen = config.server.listen;
    match TcpListener::bind(listen) {
        Ok(_) => good(format!("{listen} is free")),
        Err(error) => doubtful(
            format!("{listen} cannot be listened on: {error}"),
            "fine if that is this server running; otherwise set server.listen, or for ports below \
             1024 give the service AmbientCapabilities=CAP_NET_BIND_SERVICE",
        ),
    }
}
