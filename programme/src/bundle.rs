//! What goes by hand where there is no internet: a stick takes programme and recordings to the
//! station, and its as-run back.
//!
//! ```text
//! STICK/loaban/index.json             [`Index`], written last: without it the copying was cut off
//! STICK/loaban/stations/sta_….json    envelope of a [`StationBundle`], one for each station
//! STICK/loaban/recordings/ab…ef.opus  recordings by their content, shared by the stations
//! STICK/loaban/as-run/sta_….json      a [`Parcel`], written by the station
//! ```
//!
//! Every name is ASCII and short enough for FAT. A stick is worth what is signed on it and no more:
//! what a station believes of it is what it would believe of the network. It says nothing about the
//! time, for nobody knows how long it lay in a drawer.

pub mod archive;

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::as_run::chain::LineHash;
use crate::ids::{ContentHash, JournalId, StationId};
use crate::programme::{Programme, not_understood};
use crate::signed::{Envelope, Purpose, Refusal, Verified};
use crate::units::WallTime;
use crate::wire::AsRunBatch;

/// The format of bundles and parcels that this release writes and reads.
pub const BUNDLE_FORMAT_VERSION: u32 = 1;

/// The folder on a stick in which all of it lies.
pub const FOLDER: &str = "loaban";

/// The file of the [`Index`] in [`FOLDER`].
pub const INDEX: &str = "index.json";

/// The folder of the bundles in [`FOLDER`].
pub const STATIONS: &str = "stations";

/// The folder of the recordings in [`FOLDER`].
pub const RECORDINGS: &str = "recordings";

/// The folder of the parcels in [`FOLDER`].
pub const AS_RUN: &str = "as-run";

/// No bundle, index or parcel is longer, in bytes: a programme of a thousand bulletins is 1 MB, and
/// the lines of a year without internet are 3 MB.
pub const FILE_BYTES_MAX: u64 = 16_000_000;

/// Where in [`FOLDER`] the bundle of a station lies.
pub fn station_file(station: &StationId) -> String {
    format!("{STATIONS}/{station}.json")
}

/// Where in [`FOLDER`] a recording lies.
pub fn recording_file(hash: &ContentHash) -> String {
    format!("{RECORDINGS}/{hash}.opus")
}

/// Where in [`FOLDER`] the parcel of a station lies.
pub fn parcel_file(station: &StationId) -> String {
    format!("{AS_RUN}/{station}.json")
}

/// Everything that a stick carries to one station, apart from the recordings themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationBundle {
    /// Stands first, so that a reader can refuse before it reads on.
    pub format_version: u32,
    /// Names of restrictions; an unknown one refuses the bundle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_understand: Vec<String>,
    /// The one station it is for.
    pub station: StationId,
    /// The village of that station, for people.
    pub area_name: String,
    /// When it was put together.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: WallTime,
    /// The programme that was in force, signed for [`Purpose::Programme`].
    pub programme: Envelope,
    /// The server's name for exactly this programme, so that it does not come a second time when
    /// there is a network again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Every emergency that concerns the station, by the last word about it, until it expires: each
    /// signed for [`Purpose::Emergency`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emergencies: Vec<Envelope>,
    /// What the server holds of the station's as-run, signed for [`Purpose::Receipt`].
    pub receipt: Envelope,
    /// The recordings that lie beside it.
    pub recordings: Vec<Carried>,
}

/// A recording on a stick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What it is.
    pub hash: ContentHash,
    /// Its length.
    pub size_bytes: u64,
}

/// What the server held of a station's as-run when it put a bundle together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The station.
    pub station: StationId,
    /// When.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: WallTime,
    /// Each journal of the station of which something is stored.
    pub journals: Vec<StoredJournal>,
}

/// What is stored of a journal: all its lines up to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredJournal {
    /// The journal.
    pub journal: JournalId,
    /// The number of the last line.
    pub through: u64,
    /// The hash of that line, and by the chain of all before it.
    pub hash: LineHash,
}

/// What lies on a stick, for people and for what looks whether it is whole. Nothing is believed
/// because it stands here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// [`BUNDLE_FORMAT_VERSION`].
    pub format_version: u32,
    /// When it was written.
    #[serde(rename = "written_at_ms")]
    pub written_at: WallTime,
    /// The stations whose bundles are there.
    pub stations: Vec<Indexed>,
}

/// A bundle on a stick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indexed {
    /// The station.
    pub station: StationId,
    /// Its village.
    pub area_name: String,
    /// The generation of its programme.
    pub generation: u64,
}

/// What a stick brings back from a station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Stands first: [`BUNDLE_FORMAT_VERSION`].
    pub format_version: u32,
    /// The station.
    pub station: StationId,
    /// What it holds, signed for [`Purpose::StationWord`] with the key that signs its as-run.
    pub word: Envelope,
    /// Lines of its as-run that it does not know to be stored, journal by journal, in order. They
    /// are the same lines as go over the network, and vouched for in the same way.
    pub batches: Vec<AsRunBatch>,
}

/// What a station holds, by its own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationWord {
    /// The station.
    pub station: StationId,
    /// The generation that it airs; 0 when it holds none.
    pub generation: u64,
    /// When the newest bundle was put together that it has taken; `None` when it never took one.
    #[serde(rename = "bundle_ms", default)]
    pub bundle: Option<WallTime>,
    /// Station time when it said so; `None` while that is unknown.
    #[serde(rename = "wall_ms", default)]
    pub wall: Option<WallTime>,
}

/// Read before the rest, so that a later format is refused as such and not as unreadable.
#[derive(Deserialize)]
struct Head {
    format_version: u32,
    #[serde(default)]
    must_understand: Vec<String>,
}

impl StationBundle {
    /// Signs it, as it lies on the stick.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn sign(&self, key: &SigningKey) -> Result<Envelope, serde_json::Error> {
        Ok(Envelope::sign(
            Purpose::Bundle,
            serde_json::to_vec(self)?,
            key,
        ))
    }
}

impl Verified<StationBundle> {
    /// Opens a bundle, for whichever station it is.
    ///
    /// # Errors
    /// [`Refusal`]: foreign key, bad signature, unreadable, a later format, not understood.
    pub fn open(envelope: &Envelope, key: &VerifyingKey) -> Result<Self, Refusal> {
        let head = envelope.open::<Head>(Purpose::Bundle, key)?;
        let found = head.get().format_version;
        if found > BUNDLE_FORMAT_VERSION {
            let understood = BUNDLE_FORMAT_VERSION;
            return Err(Refusal::LaterFormat { found, understood });
        }
        if let Some(name) = not_understood(&head.get().must_understand) {
            return Err(Refusal::NotUnderstood(name.to_owned()));
        }
        envelope.open::<StationBundle>(Purpose::Bundle, key)
    }

    /// Opens the bundle of `station`.
    ///
    /// # Errors
    /// As [`Self::open`], and [`Refusal::ForeignStation`].
    pub fn open_for(
        envelope: &Envelope,
        key: &VerifyingKey,
        station: &StationId,
    ) -> Result<Self, Refusal> {
        let bundle = Self::open(envelope, key)?;
        if bundle.get().station == *station {
            Ok(bundle)
        } else {
            Err(Refusal::ForeignStation(bundle.get().station.clone()))
        }
    }

    /// The programme in it, for its station, which holds generation `held`: on the same terms as
    /// one from the network.
    ///
    /// # Errors
    /// As [`Verified::<Programme>::open`].
    pub fn programme(&self, key: &VerifyingKey, held: u64) -> Result<Verified<Programme>, Refusal> {
        let bundle = self.get();
        Verified::<Programme>::open(&bundle.programme, key, &bundle.station, held)
    }

    /// The receipt in it.
    ///
    /// # Errors
    /// As [`Verified::<Receipt>::open`].
    pub fn receipt(&self, key: &VerifyingKey) -> Result<Verified<Receipt>, Refusal> {
        Verified::<Receipt>::open(&self.get().receipt, key, &self.get().station)
    }
}

impl Verified<Receipt> {
    /// Opens a receipt for `station`.
    ///
    /// # Errors
    /// [`Refusal`]: foreign key, bad signature, unreadable, foreign station.
    pub fn open(
        envelope: &Envelope,
        key: &VerifyingKey,
        station: &StationId,
    ) -> Result<Self, Refusal> {
        let receipt = envelope.open::<Receipt>(Purpose::Receipt, key)?;
        if receipt.get().station == *station {
            Ok(receipt)
        } else {
            Err(Refusal::ForeignStation(receipt.get().station.clone()))
        }
    }
}

impl Receipt {
    /// Signs it.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn sign(&self, key: &SigningKey) -> Result<Envelope, serde_json::Error> {
        Ok(Envelope::sign(
            Purpose::Receipt,
            serde_json::to_vec(self)?,
            key,
        ))
    }
}

impl StationWord {
    /// Signs it with the station's own key.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn sign(&self, key: &SigningKey) -> Result<Envelope, serde_json::Error> {
        Ok(Envelope::sign(
            Purpose::StationWord,
            serde_json::to_vec(self)?,
            key,
        ))
    }
}

impl Parcel {
    /// Reads a parcel as it lies on a stick. Nothing in it is verified by that.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`], or [`Refusal::LaterFormat`].
    pub fn read(text: &[u8]) -> Result<Self, Refusal> {
        let unreadable = |error: serde_json::Error| Refusal::Unreadable(error.to_string());
        let head: Head = serde_json::from_slice(text).map_err(unreadable)?;
        if head.format_version > BUNDLE_FORMAT_VERSION {
            return Err(Refusal::LaterFormat {
                found: head.format_version,
                understood: BUNDLE_FORMAT_VERSION,
            });
        }
        serde_json::from_slice(text).map_err(unreadable)
    }

    /// What the station says that it holds, if `key` is its own.
    ///
    /// # Errors
    /// [`Refusal`]: foreign key, bad signature, unreadable, foreign station.
    pub fn word(&self, key: &VerifyingKey) -> Result<Verified<StationWord>, Refusal> {
        let word = self.word.open::<StationWord>(Purpose::StationWord, key)?;
        if word.get().station == self.station {
            Ok(word)
        } else {
            Err(Refusal::ForeignStation(word.get().station.clone()))
        }
    }
}
