//! The chain of a journal: each line carries the hash of the line before it, and the station signs
//! the last one.
//!
//! A line is the exact bytes that the station wrote, on its disk, on the way and in the database,
//! so that nobody must write JSON a second time to compute a hash. The first line carries the hash
//! of the journal's name. A signature of the last line therefore speaks for all of them: none can
//! be altered, dropped, doubled, moved or inserted without the station's key.

use std::fmt;

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::ids::{ContentHash, JournalId, ParseIdError};
use crate::signed::{Envelope, Purpose, Refusal};

/// The SHA-256 of the bytes of a line.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineHash(ContentHash);

impl LineHash {
    /// The hash of `line`.
    pub fn of(line: &str) -> Self {
        Self(ContentHash::of(line.as_bytes()))
    }
}

impl std::str::FromStr for LineHash {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for LineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for LineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why lines are not what the station wrote, one after the other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// The text has no number and no hash.
    #[error("what follows line {after} cannot be read")]
    Unreadable {
        /// The last line that fits.
        after: u64,
    },
    /// Lines are missing, doubled or moved.
    #[error("line {after} is followed by line {found}")]
    Order {
        /// The last line that fits.
        after: u64,
        /// The number of the next one.
        found: u64,
    },
    /// The line before is not the one that this line was written behind.
    #[error("line {line} does not carry the hash of the line before it")]
    Unlinked {
        /// The line.
        line: u64,
    },
    /// The station sent another text under this number before.
    #[error("line {line} was another one when it was first sent")]
    Rewritten {
        /// The line.
        line: u64,
    },
    /// The station's key did not sign this.
    #[error("the last line is not signed with the station's key")]
    Signature(#[from] Refusal),
    /// The station signed the end of another text.
    #[error("what was signed is not where the journal ends, at line {line}")]
    OtherEnd {
        /// The last line.
        line: u64,
    },
}

/// Where a journal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// The number of its last line; 0 before the first one.
    pub sequence: u64,
    /// What the next line must carry.
    pub hash: LineHash,
}

/// What of a line links it.
#[derive(Deserialize)]
struct Linked {
    sequence: u64,
    previous: LineHash,
}

impl Tip {
    /// The end of a journal that has no line.
    pub fn start(journal: &JournalId) -> Self {
        Self {
            sequence: 0,
            hash: LineHash::of(journal.as_str()),
        }
    }

    /// The end after `line`, whatever stands before it.
    ///
    /// # Errors
    /// [`Break::Unreadable`].
    pub fn at(line: &str) -> Result<Self, Break> {
        let linked: Linked =
            serde_json::from_str(line).map_err(|_| Break::Unreadable { after: 0 })?;
        Ok(Self {
            sequence: linked.sequence,
            hash: LineHash::of(line),
        })
    }

    /// The end after `line`, if that was written behind this one.
    ///
    /// # Errors
    /// [`Break::Unreadable`], [`Break::Order`] or [`Break::Unlinked`].
    pub fn follow(self, line: &str) -> Result<Self, Break> {
        let after = self.sequence;
        let linked: Linked = serde_json::from_str(line).map_err(|_| Break::Unreadable { after })?;
        let found = linked.sequence;
        if after.checked_add(1) != Some(found) {
            return Err(Break::Order { after, found });
        }
        if linked.previous != self.hash {
            return Err(Break::Unlinked { line: found });
        }
        Ok(Self {
            sequence: found,
            hash: LineHash::of(line),
        })
    }

    /// The end after all of `lines`.
    ///
    /// # Errors
    /// As [`Self::follow`], for the first line that does not fit.
    pub fn follow_all<L: AsRef<str>>(
        self,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<Self, Break> {
        let mut lines = lines.into_iter();
        lines.try_fold(self, |tip, line| tip.follow(line.as_ref()))
    }

    /// States by the station's key that `journal` ends here.
    pub fn sign(self, journal: &JournalId, key: &SigningKey) -> Envelope {
        Envelope::sign(Purpose::AsRun, self.statement(journal), key)
    }

    /// Whether the station stated by its key that `journal` ends here.
    ///
    /// # Errors
    /// [`Break::Signature`] or [`Break::OtherEnd`].
    pub fn require(
        self,
        journal: &JournalId,
        head: &Envelope,
        key: &VerifyingKey,
    ) -> Result<(), Break> {
        if head.verify(Purpose::AsRun, key)? == self.statement(journal) {
            Ok(())
        } else {
            let line = self.sequence;
            Err(Break::OtherEnd { line })
        }
    }

    /// What is signed. It names the journal, so that a signature of one serves no other.
    fn statement(self, journal: &JournalId) -> Vec<u8> {
        format!("{journal} {} {}", self.sequence, self.hash).into_bytes()
    }
}

/// Divides `lines`, which were sent, into those that were sent before and the rest. `held` is where
/// the journal ended until then, and `stored` are its lines from the number of the first of `lines`
/// on. Gives the new lines, and where the last of `lines` stands.
///
/// # Errors
/// [`Break::Rewritten`] for another text under a number that is held, or as [`Tip::follow_all`].
pub fn continued<'l>(
    held: Tip,
    stored: &[String],
    lines: &'l [String],
) -> Result<(&'l [String], Tip), Break> {
    for (old, sent) in stored.iter().zip(lines) {
        if old != sent {
            let line = Tip::at(old)?.sequence;
            return Err(Break::Rewritten { line });
        }
    }
    let (again, new) = lines.split_at(stored.len().min(lines.len()));
    let tip = match (new, again.last()) {
        ([], Some(last)) => Tip::at(last)?,
        ([] | [_, ..], _) => held.follow_all(new)?,
    };
    Ok((new, tip))
}

/// Whether `lines`, wherever in `journal` they begin, are as the station wrote them up to where it
/// signed `head`: none of them was altered on the way. Gives where the last one stands.
///
/// # Errors
/// The first [`Break`].
pub fn as_written(
    journal: &JournalId,
    lines: &[String],
    head: &Envelope,
    key: &VerifyingKey,
) -> Result<Tip, Break> {
    let [first, rest @ ..] = lines else {
        return Err(Break::Unreadable { after: 0 });
    };
    let tip = Tip::at(first)?.follow_all(rest)?;
    tip.require(journal, head, key)?;
    Ok(tip)
}

/// Whether `lines` are all that the station wrote into `journal`, up to where it signed `head`.
///
/// # Errors
/// The first [`Break`].
pub fn verify<L: AsRef<str>>(
    journal: &JournalId,
    lines: impl IntoIterator<Item = L>,
    head: &Envelope,
    key: &VerifyingKey,
) -> Result<Tip, Break> {
    let tip = Tip::start(journal).follow_all(lines)?;
    tip.require(journal, head, key)?;
    Ok(tip)
}
