//! What the fuzz targets share.

pub mod entries;

use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;

/// A place for the files of this process.
pub fn folder() -> &'static Path {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    FOLDER.path()
}

/// Takes back the hook by which libFuzzer ends the process at the first panic. A decoder's panic
/// that `recordings` catches is what it promises; one that gets out still ends the process.
pub fn let_panics_be_caught() {
    drop(std::panic::take_hook());
    std::panic::set_hook(Box::new(|_| {}));
}
