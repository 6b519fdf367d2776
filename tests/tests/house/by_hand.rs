//! Who may read a clock, draw by chance or write a file with their own hands, as `.clippy.toml`
//! forbids everybody, and why.

use std::path::{Path, PathBuf};

use town::sources::{files, files_in, read};

use super::{assert_none, shown};

/// Each file that may, at so many places, and for what.
const BY_HAND: &[(&str, usize, &str)] = &[
    ("player/src/clock.rs", 3, "the player's clocks and chance"),
    ("player/src/output/wav_file.rs", 2, "sound may be lost"),
    ("player/src/state/file.rs", 1, "a damaged file is put aside"),
    ("player/tests/output_wav_file.rs", 1, "recordings of a test"),
    ("player/tests/stories/clocks.rs", 1, "a pipe"),
    ("player/tests/stories/downloads.rs", 1, "a disk that lies"),
    ("player/tests/stories/outages.rs", 1, "a disk that rots"),
    ("player/tests/stories/sticks_refused.rs", 1, "a pipe"),
    ("player/tests/stories/traps.rs", 1, "a disk that lies"),
    ("player/tests/stories/upgrades.rs", 1, "a disk that tears"),
    ("recordings/src/durable.rs", 4, "the writer of all others"),
    ("recordings/tests/sound/hostile.rs", 1, "time that is spent"),
    ("recordings/tests/sound/main.rs", 1, "files that are torn"),
    ("server/src/clock.rs", 3, "the server's clocks and chance"),
    ("server/tests/server/recordings.rs", 1, "a pipe"),
    ("tests/src/capture.rs", 1, "the clock of what is heard"),
    ("tests/src/chatter.rs", 1, "recordings of a test"),
    ("tests/src/deeds.rs", 1, "recordings of a test"),
    ("tests/src/disk.rs", 1, "a disk that loses"),
    ("tests/src/postgres.rs", 2, "a lock, and what others print"),
    ("tests/src/program.rs", 1, "what programs print"),
    ("tests/src/town.rs", 1, "the clock of the stories"),
    ("tests/src/village.rs", 2, "programs laid as dpkg does"),
    ("tests/tests/sound_output.rs", 1, "time that is spent"),
];

#[test]
fn what_is_forbidden_to_all_is_allowed_to_these_alone() {
    // Written apart, so that this file does not find itself.
    let lint = ["disallowed", "methods"].join("_");
    let mut broken = Vec::new();
    for path in files_in(&["rs"]) {
        let count = read(&path).matches(&lint).count();
        let may = BY_HAND.iter().find(|(named, ..)| path == Path::new(named));
        let may = may.map_or(0, |(_, places, _)| *places);
        if count != may {
            broken.push(format!(
                "{}: at {count} places, and {may} are listed",
                path.display()
            ));
        }
    }
    let there = files();
    let listed = BY_HAND.iter().map(|(named, ..)| PathBuf::from(named));
    broken.extend(shown(listed.filter(|path| !there.contains(path))));
    assert_none(
        "what is done by hand and not listed, or listed and not done",
        &broken,
    );
}

#[test]
fn nobody_leaves_the_lint_in_another_way() {
    let mut broken = Vec::new();
    let groups = ["all", "style"].map(|group| ["clippy", group].join("::"));
    for path in files_in(&["rs"]) {
        let text = read(&path);
        let named = groups.iter().filter(|group| text.contains(*group));
        broken.extend(named.map(|group| format!("{}: {group}", path.display())));
    }
    let own = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.trim_start_matches('.') == "clippy.toml" && path.components().count() > 1
    };
    broken.extend(shown(files().into_iter().filter(own)));
    assert_none("a lint of all that is turned off for some", &broken);
}
