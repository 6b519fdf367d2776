//! What a person should look at, each with its own words; what can be read off elsewhere is not
//! kept.

use std::collections::BTreeMap;

use programme::ids::ContentHash;

/// What is wrong at this moment.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Why the output cannot be opened.
    pub output: Option<String>,
    /// Why the programme that the server offers, or the one on the disk, was refused.
    pub programme: Option<String>,
    /// Recordings that were refused, and why.
    pub recordings: BTreeMap<ContentHash, String>,
    /// Recordings wait for room on the disk.
    pub disk_low: bool,
    /// Recordings wait because the bytes of the month are spent.
    pub data_spent: bool,
}
