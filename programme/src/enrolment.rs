//! The enrolment code: typed once on the village PC, it brings the station's secret and pins the
//! server's signing key.
//!
//! Twenty-four letters and digits of Crockford's base 32 in groups of four: 50 bits of secret, 60
//! bits of the key's fingerprint, 10 bits that catch a slip of the finger. `o`, `i` and `l` are
//! read as `0`, `1` and `1`; case, spaces and dashes do not matter.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

use crate::ids::ALPHABET;
use crate::signed::key_id;

const SECRET: usize = 10;
const FINGERPRINT: usize = 12;
const CHECK: usize = 2;

/// An enrolment code, taken apart.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    secret: String,
    fingerprint: String,
}

/// A text that is no enrolment code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseCodeError {
    /// Too short or too long, or a letter that no code has.
    #[error("an enrolment code has 24 letters and digits; type it again as the panel shows it")]
    Shape,
    /// The last two letters do not fit the others.
    #[error("one letter of the code is wrong; compare it with the panel and type it again")]
    Check,
}

impl EnrolmentCode {
    /// A code for the server whose signing key is `key`, out of random bits.
    pub fn from_random(random: [u8; 7], key: &VerifyingKey) -> Self {
        let secret = crate::ids::base32(&random)[..SECRET].to_owned();
        Self {
            secret,
            fingerprint: key_id(key)[..FINGERPRINT].to_owned(),
        }
    }

    /// The part that the server knows the station by.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Whether `key` is the signing key that the code speaks of.
    pub fn pins(&self, key: &VerifyingKey) -> bool {
        key_id(key).starts_with(&self.fingerprint)
    }
}

fn check(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte & 31)]);
    [letter(digest[0]), letter(digest[1])].iter().collect()
}

impl fmt::Display for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format!("{}{}", self.secret, self.fingerprint);
        let whole = format!("{body}{}", check(&body)).to_uppercase();
        for (place, letter) in whole.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}

impl FromStr for EnrolmentCode {
    type Err = ParseCodeError;
    fn from_str(text: &str) -> Result<Self, ParseCodeError> {
        let read = |letter: char| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let skip = |letter: &char| !matches!(letter, ' ' | '-' | '\t' | '\n' | '\r');
        let plain: String = text.chars().filter(skip).map(read).collect();
        let known = plain.bytes().all(|byte| ALPHABET.contains(&byte));
        if !known || plain.len() != SECRET + FINGERPRINT + CHECK {
            return Err(ParseCodeError::Shape);
        }
        let (body, found) = plain.split_at(SECRET + FINGERPRINT);
        if check(body) != found {
            return Err(ParseCodeError::Check);
        }
        let (secret, fingerprint) = body.split_at(SECRET);
        Ok(Self {
            secret: secret.to_owned(),
            fingerprint: fingerprint.to_owned(),
        })
    }
}

impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrolmentCode(…, pins {})", self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_a_careless_hand_and_catches_a_wrong_letter() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]).verifying_key();
        let other = ed25519_dalek::SigningKey::from_bytes(&[8; 32]).verifying_key();
        let code = EnrolmentCode::from_random([0, 1, 2, 3, 4, 5, 6], &key);
        let shown = code.to_string();
        let typed = format!(
            " {} ",
            shown.replace('-', " ").to_lowercase().replace('0', "o")
        );
        assert_eq!(typed.parse(), Ok(code.clone()));
        assert!(code.pins(&key) && !code.pins(&other));
        let first = if shown.starts_with('2') { "3" } else { "2" };
        let wrong = format!("{first}{}", &shown[1..]);
        assert_eq!(wrong.parse::<EnrolmentCode>(), Err(ParseCodeError::Check));
        assert_eq!(
            "LOA-BAN".parse::<EnrolmentCode>(),
            Err(ParseCodeError::Shape)
        );
    }
}
