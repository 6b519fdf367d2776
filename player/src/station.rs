//! Which station this PC is: what `enrol` brought, and every run needs.
//!
//! It stands in a file of its own and not among the rest of the state: it is a secret, and it must
//! outlive a damaged state, for nobody in the village can issue a new code at night.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ed25519_dalek::VerifyingKey;
use programme::ids::{JournalId, StationId};
use recordings::durable;
use serde::{Deserialize, Serialize};

/// What this PC knows of itself and its server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// The server's address, without a slash at the end.
    pub server: String,
    /// The station.
    pub station: StationId,
    /// Its name on the panel.
    pub name: String,
    /// Opens the station's part of the interface.
    pub token: String,
    /// The journal that this PC starts as this station.
    pub journal: JournalId,
    /// The server's Ed25519 key, which the enrolment code pinned: 64 hexadecimal digits.
    pub signing_key: String,
}

impl Enrolment {
    /// The enrolment kept in the state folder `folder`, if this PC is enrolled.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged; the remedy is to enrol again.
    pub fn load(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = place(folder);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| format!("read {}", path.display()))?,
        };
        let enrolment = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged: enrol this PC again", path.display()))?;
        Ok(Some(enrolment))
    }

    /// Keeps the enrolment, for the owner of the process alone.
    ///
    /// # Errors
    /// The disk failed.
    pub fn save(&self, folder: &Path) -> anyhow::Result<()> {
        let path = place(folder);
        let text = serde_json::to_vec_pretty(self).context("write the enrolment")?;
        durable::write_private(&path, &text)
            .with_context(|| format!("write {}", path.display()))?;
        Ok(())
    }

    /// The key that every message of the server is held to.
    ///
    /// # Errors
    /// The text is no key.
    pub fn key(&self) -> anyhow::Result<VerifyingKey> {
        parse_key(&self.signing_key).context("the kept signing key is damaged: enrol again")
    }
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enrolment({} at {}, token …)", self.station, self.server)
    }
}

fn place(folder: &Path) -> PathBuf {
    folder.join("station.json")
}

/// The Ed25519 key in 64 hexadecimal digits (RFC 8032 §5.1.5).
///
/// # Errors
/// The text is anything else.
pub fn parse_key(text: &str) -> anyhow::Result<VerifyingKey> {
    let pair = |at: usize| text.get(2 * at..2 * at + 2);
    let byte = |at| u8::from_str_radix(pair(at).context("too short")?, 16).context("no digits");
    anyhow::ensure!(text.len() == 64, "a key has 64 hexadecimal digits");
    let mut bytes = [0; 32];
    for (at, slot) in bytes.iter_mut().enumerate() {
        *slot = byte(at)?;
    }
    let key = VerifyingKey::from_bytes(&bytes).context("no point of the curve")?;
    Ok(key)
}
