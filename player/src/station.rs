//! Which station this PC is: what `enrol` brought, and every run needs.
//!
//! It stands in a file of its own and not among the rest of the state: it is a secret, and it must
//! outlive a damaged state, for nobody in the village can issue a new code at night.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ed25519_dalek::{SigningKey, VerifyingKey};
use programme::ids::{ContentHash, JournalId, StationId};
use programme::signed::parse_key;
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
    /// The secret half of this PC's own key (RFC 8032 §5.1.5), which signs the as-run: 64
    /// hexadecimal digits. It stays the same while the PC is enrolled again, for the lines of an
    /// earlier journal may still wait to be sent.
    pub own_key: String,
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

    /// The key that this PC signs with.
    ///
    /// # Errors
    /// The text is no key.
    pub fn own_key(&self) -> anyhow::Result<SigningKey> {
        own_key(&self.own_key)
    }
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Enrolment({} at {}, secrets …)",
            self.station, self.server
        )
    }
}

/// The key whose secret half is `digits`.
///
/// # Errors
/// The text is no key.
pub fn own_key(digits: &str) -> anyhow::Result<SigningKey> {
    let secret: ContentHash = digits
        .parse()
        .ok()
        .context("the kept key of this PC is damaged: enrol again")?;
    Ok(SigningKey::from_bytes(secret.as_bytes()))
}

fn place(folder: &Path) -> PathBuf {
    folder.join("station.json")
}
