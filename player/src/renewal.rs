//! Whether an upgrade laid another program in the place of this one. A package leaves a player
//! alone that runs, for it may be on air: the player ends in a quiet moment, and whoever supervises
//! it starts the new one.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::watchdog;

/// What the kernel adds to the name of a file that lies under that name no more.
const GONE: &[u8] = b" (deleted)";

/// Whether it did, and somebody starts the other program when this one ends.
pub fn is_due() -> bool {
    let own = std::fs::read_link("/proc/self/exe");
    let other = own.ok().and_then(|own| successor(&own));
    other.is_some_and(|other| other.exists()) && watchdog::is_supervised()
}

/// Where the program lay that the kernel calls `own`, if it was removed or replaced.
fn successor(own: &Path) -> Option<PathBuf> {
    let place = own.as_os_str().as_bytes().strip_suffix(GONE)?;
    Some(PathBuf::from(OsStr::from_bytes(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_lies_where_it_was_started_has_no_successor() {
        assert!(!is_due());
        let place = Path::new("/usr/bin/loaban-player");
        assert_eq!(successor(place), None);
        let gone = Path::new("/usr/bin/loaban-player (deleted)");
        assert_eq!(successor(gone).as_deref(), Some(place));
    }
}
