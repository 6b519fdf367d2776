//! Names of things: one type per entity, so that a bulletin never fits where a station is wanted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`, so that a name survives being read
/// aloud.
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A text that is not a name of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}")]
pub struct ParseIdError {
    text: String,
    wanted: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A new name out of 80 random bits.
            pub fn from_random(random: [u8; 10]) -> Self {
                Self(format!(concat!($prefix, "_{}"), base32(&random)))
            }

            /// The name as text: the prefix of its kind, `_`, 16 letters and digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let rest = text.strip_prefix(concat!($prefix, "_")).unwrap_or_default();
                if rest.len() == 16 && rest.bytes().all(|letter| ALPHABET.contains(&letter)) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(ParseIdError {
                        text: text.to_owned(),
                        wanted: concat!("a name like ", $prefix, "_…"),
                    })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;
            fn try_from(text: String) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A node of the tree of places: province, commune, village.
    AreaId = "are";
    /// A person who signs in to the panel.
    PersonId = "per";
    /// A recording as the library lists it; its sound is known by [`ContentHash`].
    RecordingId = "rec";
    /// A bulletin.
    BulletinId = "bul";
    /// A request for a recording.
    RequestId = "req";
    /// A broadcast.
    BroadcastId = "bro";
    /// A station: one village PC with its output.
    StationId = "sta";
    /// One journal of one enrolled PC: a replaced PC starts another.
    JournalId = "jou";
    /// An upload that may still be under way.
    UploadId = "upl";
    /// A STOP from the panel.
    StopId = "sto";
    /// An alarm about a station.
    AlarmId = "ala";
}

/// The SHA-256 of a recording's bytes: what a recording *is*, wherever it lies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash that a finished SHA-256 computation gave.
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for ContentHash {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let refuse = || ParseIdError {
            text: text.to_owned(),
            wanted: "64 hexadecimal digits",
        };
        let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 64 || !text.bytes().all(lower_hex) {
            return Err(refuse());
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| refuse())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| refuse())?;
        }
        Ok(Self(digest))
    }
}

impl TryFrom<String> for ContentHash {
    type Error = ParseIdError;
    fn try_from(text: String) -> Result<Self, ParseIdError> {
        text.parse()
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> String {
        hash.to_string()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `bytes` in Crockford's base 32, five bits a letter, the last letter filled with zero bits.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for &byte in bytes {
        held = (held << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits) as usize & 31]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits)) as usize & 31]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_its_text_and_fits_no_other_kind() {
        let station = StationId::from_random([7; 10]);
        assert_eq!(station.as_str().parse(), Ok(station.clone()));
        assert!(station.as_str().parse::<BulletinId>().is_err());
        assert!("sta_".parse::<StationId>().is_err());
    }

    #[test]
    fn a_hash_survives_its_text_and_refuses_capitals() {
        let hash = ContentHash::of(b"bulletin");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert!(
            hash.to_string()
                .to_uppercase()
                .parse::<ContentHash>()
                .is_err()
        );
    }
}
