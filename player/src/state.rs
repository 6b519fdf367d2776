//! What must outlive a power cut, in one SQLite file.
//!
//! The file is in WAL mode with `synchronous = FULL`: a commit is one flushed append, each page of
//! it with a checksum, so that a cut in the middle leaves the commit before it. What the loop
//! writes is on the disk when the call returns.
//!
//! A file that SQLite finds damaged is moved aside and kept, and a new one begins: a village whose
//! disk lies must still hear tomorrow's bulletin. What was lost is said.

mod bundle;
mod copy;
mod emergencies;
mod file;
mod lock;
mod spent;
mod spoken;
mod standby;
mod volume;

use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::civil::Date;
use programme::as_run::AttemptId;
use programme::clock::StationClock;
use programme::clock::hardware::HardwareClock;
use programme::ids::{JournalId, StationId};
use programme::signed::Envelope;
use recordings::durable;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::{Connection, SqliteConnection};
use tracing::error;

use file::{connect, is_damage, migrate, move_aside};

pub use emergencies::HeldEmergencies;
pub use lock::{Taken, lock};

const FILE: &str = "state.db";

/// The state of one player. The loop owns it; nobody else writes.
#[derive(Debug)]
pub struct State {
    pub(crate) db: SqliteConnection,
    /// Whether somebody else owns the file, and this is only a look at it.
    looks_only: bool,
    /// What the disk made unreadable, in the words of the log; the station goes on without it.
    pub unreadable: Vec<String>,
    /// Names the as-run journal that this file holds the end of.
    pub journal: JournalId,
}

/// What a state had to do to become that of a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adoption {
    /// Nothing.
    Same,
    /// It starts a journal.
    NewJournal,
    /// It forgot another station.
    OtherStation,
}

/// The last programme that was found good, as it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldProgramme {
    /// The signed bytes.
    pub envelope: Envelope,
    /// The server's name for exactly this programme.
    pub etag: Option<String>,
}

/// The days that the station has planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The first day on which it had a programme.
    pub first: Date,
    /// The last day on which it was awake and knew the time.
    pub last: Date,
}

/// The facts by their names in the table.
#[derive(Debug, Clone, Copy)]
enum Fact {
    Journal,
    Adopted,
    Programme,
    Emergencies,
    OrderedHere,
    PinTries,
    Clock,
    HardwareClock,
    Days,
    OpenPosition,
    Volume,
    Spent,
    Spoken,
    AlsoTakes,
    Receipt,
    Bundle,
    Coming,
}

impl Fact {
    fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Adopted => "adopted",
            Self::Programme => "programme",
            Self::Emergencies => "emergencies",
            Self::OrderedHere => "ordered_here",
            Self::PinTries => "tries",
            Self::Clock => "clock",
            Self::HardwareClock => "hardware_clock",
            Self::Days => "days",
            Self::OpenPosition => "open_position",
            Self::Volume => "volume",
            Self::Spent => "spent",
            Self::Spoken => "spoken",
            Self::AlsoTakes => "also_takes",
            Self::Receipt => "receipt",
            Self::Bundle => "bundle",
            Self::Coming => "coming",
        }
    }
}

impl State {
    /// Opens the state in `folder`, which is made if need be, and says where a damaged one was
    /// moved. `fresh` names the journal if a new one begins.
    ///
    /// # Errors
    /// The disk failed, or a later release has written the file.
    pub async fn open(folder: &Path, fresh: JournalId) -> anyhow::Result<(Self, Option<PathBuf>)> {
        durable::make_folder(folder)
            .with_context(|| format!("make the folder {}", folder.display()))?;
        let path = folder.join(FILE);
        let (mut db, moved) = match connect(&path).await {
            Ok(db) => (db, None),
            Err(error) if is_damage(&error) => {
                let aside = move_aside(&path)?;
                let db = connect(&path).await.context("begin a new state")?;
                (db, Some(aside))
            }
            Err(error) => {
                return Err(error).with_context(|| format!("open the state {}", path.display()));
            }
        };
        migrate(&mut db).await?;
        let mut state = Self {
            db,
            looks_only: false,
            unreadable: Vec::new(),
            journal: fresh,
        };
        match state.get(Fact::Journal).await? {
            Some(journal) => state.journal = journal,
            None => state.set(Fact::Journal, &state.journal.clone()).await?,
        }
        Ok((state, moved))
    }

    /// Opens the state for reading beside a player that runs; `None` when none has run yet.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn open_existing(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let db = connect(&path)
            .await
            .with_context(|| format!("open the state {}", path.display()))?;
        let mut state = Self {
            db,
            looks_only: true,
            unreadable: Vec::new(),
            journal: JournalId::from_random([0; 10]),
        };
        let journal = state.get(Fact::Journal).await?;
        state.journal = journal.context("the state has no journal yet")?;
        Ok(Some(state))
    }

    /// The last good programme.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn programme(&mut self) -> anyhow::Result<Option<HeldProgramme>> {
        self.get(Fact::Programme).await
    }

    /// Keeps a programme that was found good.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn hold(&mut self, programme: &HeldProgramme) -> anyhow::Result<()> {
        self.set(Fact::Programme, programme).await
    }

    /// Station time as it was last vouched for.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn clock(&mut self) -> anyhow::Result<Option<StationClock>> {
        self.get(Fact::Clock).await
    }

    /// Keeps station time.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_clock(&mut self, clock: &StationClock) -> anyhow::Result<()> {
        self.set(Fact::Clock, clock).await
    }

    /// What is remembered of the PC's hardware clock.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn hardware_clock(&mut self) -> anyhow::Result<Option<HardwareClock>> {
        self.get(Fact::HardwareClock).await
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_hardware_clock(&mut self, clock: &HardwareClock) -> anyhow::Result<()> {
        self.set(Fact::HardwareClock, clock).await
    }

    /// The days that the station has planned.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn days(&mut self) -> anyhow::Result<Option<Days>> {
        self.get(Fact::Days).await
    }

    /// Keeps the days.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_days(&mut self, days: Days) -> anyhow::Result<()> {
        self.set(Fact::Days, &days).await
    }

    /// How far an attempt had come when that was last noted.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn open_position(&mut self) -> anyhow::Result<Option<(AttemptId, u64)>> {
        self.get(Fact::OpenPosition).await
    }

    /// Notes how far an attempt has come, in milliseconds.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_open_position(
        &mut self,
        attempt: &AttemptId,
        position_ms: u64,
    ) -> anyhow::Result<()> {
        self.set(Fact::OpenPosition, &(attempt, position_ms)).await
    }

    /// Makes the state that of an enrolled station. What belongs to another station is forgotten; a
    /// new enrolment of the same one starts another journal and keeps the lines of the old one.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn adopt(
        &mut self,
        station: &StationId,
        enrolled: &JournalId,
    ) -> anyhow::Result<Adoption> {
        let adopted: Option<(StationId, JournalId)> = self.get(Fact::Adopted).await?;
        let adoption = match &adopted {
            Some((old, journal)) if old == station && journal == enrolled => {
                return Ok(Adoption::Same);
            }
            Some((old, _)) if old != station => Adoption::OtherStation,
            Some(_) | None => Adoption::NewJournal,
        };
        // Before the first adoption a file keeps the journal that it was begun with: the enrolled
        // one may have lines that were lost with an earlier file.
        let journal = adopted.map_or(&self.journal, |_| enrolled).clone();
        let mut write = self.db.begin().await.context("write the state")?;
        if adoption == Adoption::OtherStation {
            for forget in ["DELETE FROM journal", "DELETE FROM refused"] {
                sqlx::query(forget)
                    .execute(&mut *write)
                    .await
                    .context("clear the as-run")?;
            }
            sqlx::query("DELETE FROM fact WHERE name NOT IN ($1, $2)")
                .bind(Fact::Clock.name())
                .bind(Fact::HardwareClock.name())
                .execute(&mut *write)
                .await
                .context("clear the state")?;
        }
        set(&mut write, Fact::Journal, &journal).await?;
        set(&mut write, Fact::Adopted, &(station, enrolled)).await?;
        write.commit().await.context("write the state")?;
        self.journal = journal;
        Ok(adoption)
    }

    /// Writes into `journal` from here on.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) async fn go_on_in(&mut self, journal: &JournalId) -> anyhow::Result<()> {
        self.set(Fact::Journal, journal).await?;
        self.journal = journal.clone();
        Ok(())
    }

    /// Writes everything home and closes the file.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn close(self) -> anyhow::Result<()> {
        self.db.close().await.context("close the state")?;
        Ok(())
    }

    /// A fact as it is kept. One that the disk made unreadable is moved aside and is as if it had
    /// never been: a village must hear tomorrow's bulletin all the same.
    async fn get<T: DeserializeOwned>(&mut self, fact: Fact) -> anyhow::Result<Option<T>> {
        let name = fact.name();
        let text: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT CAST(value AS BLOB) FROM fact WHERE name = $1")
                .bind(name)
                .fetch_optional(&mut self.db)
                .await
                .with_context(|| format!("read {name} from the state"))?;
        match text.map(|text| serde_json::from_slice(&text)).transpose() {
            Ok(value) => Ok(value),
            Err(error) if self.looks_only => {
                Err(error).with_context(|| format!("understand {name} in the state"))
            }
            Err(error) => {
                let aside = self.put_aside(fact).await?;
                error!("{name} in the state cannot be read and lies there as {aside}: {error}");
                self.unreadable
                    .push(format!("{name} in the state cannot be read: {error}"));
                Ok(None)
            }
        }
    }

    /// Gives a fact another name, so that whoever asks later finds what it was.
    async fn put_aside(&mut self, fact: Fact) -> anyhow::Result<String> {
        let aside = format!("{}.unreadable", fact.name());
        sqlx::query("UPDATE OR REPLACE fact SET name = $1 WHERE name = $2")
            .bind(&aside)
            .bind(fact.name())
            .execute(&mut self.db)
            .await
            .with_context(|| format!("put {} aside in the state", fact.name()))?;
        Ok(aside)
    }

    async fn set<T: Serialize>(&mut self, fact: Fact, value: &T) -> anyhow::Result<()> {
        set(&mut self.db, fact, value).await
    }
}

async fn set<T: Serialize>(db: &mut SqliteConnection, fact: Fact, value: &T) -> anyhow::Result<()> {
    let text = serde_json::to_string(value).context("write a fact")?;
    sqlx::query(
        "INSERT INTO fact (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(fact.name())
    .bind(text)
    .execute(db)
    .await
    .with_context(|| format!("write {} to the state", fact.name()))?;
    Ok(())
}
