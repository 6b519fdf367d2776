//! Signed bytes: Ed25519 (RFC 8032) over exactly what travels, bound to a purpose.
//!
//! Bytes are verified before they are parsed, and [`Verified`] is the only way from a parsed value
//! to the scheduler.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ids::{ContentHash, StationId, base32};
use crate::programme::{FORMAT_VERSION, Programme, not_understood};
use crate::zone::{UnknownZone, Zone};

/// What a signed message is for. A message for one purpose is worthless for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A station's programme.
    Programme,
    /// An order to sound at once, or the word that it is over.
    Emergency,
    /// The order to be silent.
    Stop,
    /// An answer to a station that asked for the time.
    Time,
    /// Where a station's as-run journal ends, signed by the station.
    AsRun,
    /// What a stick carries to a station.
    Bundle,
    /// What the server holds of a station's as-run, for a station that cannot ask.
    Receipt,
    /// What a station holds, signed by the station, for a server that cannot ask.
    StationWord,
}

impl Purpose {
    fn context(self) -> &'static [u8] {
        match self {
            Self::Programme => b"loa-ban/1/programme\0",
            Self::Emergency => b"loa-ban/1/emergency\0",
            Self::Stop => b"loa-ban/1/stop\0",
            Self::Time => b"loa-ban/1/time\0",
            Self::AsRun => b"loa-ban/1/as-run\0",
            Self::Bundle => b"loa-ban/1/bundle\0",
            Self::Receipt => b"loa-ban/1/receipt\0",
            Self::StationWord => b"loa-ban/1/station-word\0",
        }
    }
}

/// Bytes with a signature, as they travel. The payload stays opaque until it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The exact bytes, in base 64 (RFC 4648 §4) on the wire.
    #[serde(with = "in_base64")]
    pub payload: Vec<u8>,
    /// Which key signed: [`key_id`] of it.
    pub key_id: String,
    /// The 64 bytes of the signature, in base 64 on the wire.
    #[serde(with = "in_base64")]
    pub signature: Vec<u8>,
}

/// Why signed bytes were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another key signed.
    #[error("it was signed by the key {found}, and this station trusts {trusted}")]
    ForeignKey {
        /// The key that the message names.
        found: String,
        /// The key that was pinned at enrolment.
        trusted: String,
    },
    /// The bytes are not what was signed, or were signed for another purpose.
    #[error("its signature does not fit: it was changed on the way or is meant for something else")]
    BadSignature,
    /// The signed bytes could not be read.
    #[error("it is signed but cannot be read: {0}")]
    Unreadable(String),
    /// A later format.
    #[error("it is written in format {found}; this release reads format {understood}: update it")]
    LaterFormat {
        /// The format of the message.
        found: u32,
        /// The latest format that this release reads.
        understood: u32,
    },
    /// A restriction that this release does not know.
    #[error("it needs the restriction `{0}`, which this release does not know: update it")]
    NotUnderstood(String),
    /// Its civil times cannot be read.
    #[error("it is written for the time zone `{0}`, which this release does not know: update it")]
    ZoneUnknown(String),
    /// Meant for another station.
    #[error("it is meant for the station {0}")]
    ForeignStation(StationId),
    /// Older than what is held.
    #[error("its generation {found} is older than {held}, which this station holds")]
    OlderGeneration {
        /// The generation of the message.
        found: u64,
        /// The generation that the station holds.
        held: u64,
    },
    /// An answer to another question.
    #[error("it answers another question")]
    ForeignNonce,
}

/// The name of a key: the first 80 bits of the SHA-256 of its 32 bytes, in base 32.
pub fn key_id(key: &VerifyingKey) -> String {
    use sha2::{Digest, Sha256};
    base32(&Sha256::digest(key.as_bytes())[..10])
}

/// A text that is not 64 hexadecimal digits of an Ed25519 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 64 hexadecimal digits, and these are not those of a key")]
pub struct NoKey;

/// A key in 64 hexadecimal digits, as it travels.
pub fn key_text(key: &VerifyingKey) -> String {
    ContentHash::from_bytes(key.to_bytes()).to_string()
}

/// The key that [`key_text`] wrote.
///
/// # Errors
/// Any other text.
pub fn parse_key(text: &str) -> Result<VerifyingKey, NoKey> {
    let digits: ContentHash = text.parse().map_err(|_| NoKey)?;
    VerifyingKey::from_bytes(digits.as_bytes()).map_err(|_| NoKey)
}

impl Envelope {
    /// Signs `payload` for `purpose`.
    pub fn sign(purpose: Purpose, payload: Vec<u8>, key: &SigningKey) -> Self {
        let signature = key.sign(&bound(purpose, &payload)).to_bytes().to_vec();
        Self {
            payload,
            key_id: key_id(&key.verifying_key()),
            signature,
        }
    }

    /// The payload, once `key` is seen to have signed it for `purpose`.
    ///
    /// # Errors
    /// [`Refusal::ForeignKey`] or [`Refusal::BadSignature`].
    pub fn verify(&self, purpose: Purpose, key: &VerifyingKey) -> Result<&[u8], Refusal> {
        let trusted = key_id(key);
        if self.key_id != trusted {
            return Err(Refusal::ForeignKey {
                found: self.key_id.clone(),
                trusted,
            });
        }
        let signature =
            Signature::from_slice(&self.signature).map_err(|_| Refusal::BadSignature)?;
        key.verify_strict(&bound(purpose, &self.payload), &signature)
            .map_err(|_| Refusal::BadSignature)?;
        Ok(&self.payload)
    }

    /// As [`Self::verify`], then the payload as a value.
    ///
    /// # Errors
    /// Those of [`Self::verify`], and [`Refusal::Unreadable`].
    pub fn open<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        key: &VerifyingKey,
    ) -> Result<Verified<T>, Refusal> {
        let bytes = self.verify(purpose, key)?;
        let value = serde_json::from_slice(bytes)
            .map_err(|error| Refusal::Unreadable(error.to_string()))?;
        Ok(Verified { value })
    }
}

fn bound(purpose: Purpose, payload: &[u8]) -> Vec<u8> {
    [purpose.context(), payload].concat()
}

/// A value whose bytes were signed by the trusted key. Only this module makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified<T> {
    value: T,
}

impl<T> Verified<T> {
    /// The value.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// The value, which is from there on as good as any other.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// A value derived from this one alone, which is as trustworthy.
    pub(crate) fn try_derive<U, E>(
        &self,
        with: impl FnOnce(&T) -> Result<U, E>,
    ) -> Result<Verified<U>, E> {
        with(&self.value).map(|value| Verified { value })
    }
}

impl<T> Verified<Option<T>> {
    /// The value, when there is one.
    pub(crate) fn transpose(self) -> Option<Verified<T>> {
        self.value.map(|value| Verified { value })
    }
}

/// Read before the rest, so that a later format is refused as such and not as unreadable.
#[derive(Deserialize)]
struct Head {
    format_version: u32,
    #[serde(default)]
    must_understand: Vec<String>,
}

impl Verified<Programme> {
    /// Opens a programme for `station`, which holds generation `held` (0 when it holds none).
    /// The generation that is held may come again; an older one is refused.
    ///
    /// # Errors
    /// Each [`Refusal`] but [`Refusal::ForeignNonce`].
    pub fn open(
        envelope: &Envelope,
        key: &VerifyingKey,
        station: &StationId,
        held: u64,
    ) -> Result<Self, Refusal> {
        let head = envelope.open::<Head>(Purpose::Programme, key)?.value;
        if head.format_version > FORMAT_VERSION {
            let found = head.format_version;
            return Err(Refusal::LaterFormat {
                found,
                understood: FORMAT_VERSION,
            });
        }
        if let Some(name) = not_understood(&head.must_understand) {
            return Err(Refusal::NotUnderstood(name.to_owned()));
        }
        let verified = envelope.open::<Programme>(Purpose::Programme, key)?;
        let programme = verified.get();
        if programme.station != *station {
            return Err(Refusal::ForeignStation(programme.station.clone()));
        }
        if let Err(UnknownZone(name)) = Zone::named(&programme.zone) {
            return Err(Refusal::ZoneUnknown(name));
        }
        if programme.generation < held {
            return Err(Refusal::OlderGeneration {
                found: programme.generation,
                held,
            });
        }
        Ok(verified)
    }
}

mod in_base64 {
    use super::{Engine, STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(d)?)
            .map_err(de::Error::custom)
    }
}
