//! The rules of the house, kept by a test and not by memory.
//!
//! Each test reads the files that git knows and lists every place that breaks its rule.
#![expect(
    clippy::expect_used,
    reason = "a manifest that cannot be read ends the test"
)]

#[path = "house/by_hand.rs"]
mod by_hand;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use town::manifests::{Named, dependencies, manifest};
use town::sources::{files, files_in, numbered, output, read, root, rust_files, words};

/// Each crate may build on those before it in its row, and on none beside it.
const LINE: &[(&str, &[&str])] = &[
    ("programme", &[]),
    ("recordings", &["programme"]),
    ("server", &["programme", "recordings"]),
    ("player", &["programme", "recordings"]),
    (
        "tests",
        &["programme", "recordings", "loaban-server", "loaban-player"],
    ),
];

/// Crates that read a clock, wait, or touch the world; none may stand anywhere under `programme`.
const IMPURE: &str = "async-std axum cpal hyper mio object_store rand reqwest rodio rustix socket2 \
     sqlx tempfile tokio tokio-cron-scheduler tracing";

/// `recordings` is blocking code without a network.
const NETWORKED: &str = "axum hyper object_store reqwest sqlx tokio";

/// Words that stand for ideas which have another name here, and words that name nothing.
const NEVER: &str = "playlist playlists media manager managers helper helpers util utils utility \
     utilities common misc job jobs";

/// Words that mean something else in the rest of the house: a sound card is a device, a stylesheet
/// an asset, and a container of sound has tracks (ISO/IEC 14496-12); but a station is no device, a
/// recording neither an asset nor a track, and a cue no event.
const NEVER_IN: &[(&str, &str)] = &[
    (
        "programme/",
        "asset assets device devices event events track tracks",
    ),
    ("recordings/", "asset assets event events"),
    ("player/", "asset assets track tracks"),
    ("server/", "device devices track tracks"),
];

/// Modules of the server's stories that ask no database, or run the program as a process.
const WITHOUT_A_DATABASE: &str = "bucket command_line configuration languages objects";

#[test]
fn crates_stand_in_a_line() {
    let mut broken = Vec::new();
    for (folder, may_use) in LINE {
        let manifest = manifest(folder);
        for Named {
            table, dependency, ..
        } in dependencies(&manifest)
        {
            let ours = LINE
                .iter()
                .any(|(other, _)| crate_name(other) == dependency);
            if ours && !may_use.contains(&dependency.as_str()) {
                broken.push(format!("{folder}/Cargo.toml: {table} names {dependency}"));
            }
        }
    }
    assert_none("what a crate may not build on", &broken);
}

#[test]
fn a_crate_is_seen_for_any_target_and_under_any_name() {
    let manifest = r#"
        [dependencies]
        a = { workspace = true }
        recorded = { path = "../recordings", package = "recordings" }
        [target.'cfg(unix)'.dependencies]
        b = "1"
        [target.x86_64-unknown-linux-gnu.build-dependencies]
        c = { version = "1", package = "loaban-server" }
    "#;
    let manifest = manifest.parse::<toml::Table>().expect("a manifest");
    let named = dependencies(&manifest);
    let named: Vec<_> = named
        .iter()
        .map(|named| (named.table.as_str(), named.dependency.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("dependencies", "a"),
            ("dependencies", "recordings"),
            ("target.cfg(unix).dependencies", "b"),
            (
                "target.x86_64-unknown-linux-gnu.build-dependencies",
                "loaban-server"
            ),
        ]
    );
}

#[test]
fn members_of_the_workspace_are_the_line_in_order() {
    let members = toml::Value::from(read("Cargo.toml").parse::<toml::Table>().expect("a table"));
    let named = members["workspace"]["members"].as_array().expect("members");
    let named: Vec<_> = named.iter().filter_map(toml::Value::as_str).collect();
    let line: Vec<_> = LINE.iter().map(|(folder, _)| *folder).collect();
    assert_eq!(named, line);
}

#[test]
fn each_crate_takes_its_lints_and_versions_from_the_workspace() {
    let mut broken = Vec::new();
    for (folder, _) in LINE {
        let manifest = manifest(folder);
        if manifest["lints"]["workspace"].as_bool() != Some(true) {
            broken.push(format!(
                "{folder}/Cargo.toml: [lints] is not the workspace's"
            ));
        }
        for Named {
            table,
            dependency,
            wanted,
        } in dependencies(&manifest)
        {
            let shared = wanted.get("workspace").and_then(toml::Value::as_bool);
            if shared != Some(true) {
                broken.push(format!(
                    "{folder}/Cargo.toml: {table}.{dependency} has its own version"
                ));
            }
        }
    }
    assert_none("a crate that goes its own way", &broken);
}

#[test]
fn programme_is_pure_and_recordings_has_no_network() {
    let mut broken = under("programme", IMPURE);
    broken.extend(under("recordings", NETWORKED));
    assert_none("a dependency that reaches into the world", &broken);
}

#[test]
fn files_are_short_and_narrow() {
    let mut broken = Vec::new();
    for path in files_in(&["rs", "js", "css"]) {
        let text = read(&path);
        let lines = text.lines().count();
        if lines > 400 {
            broken.push(format!("{}: {lines} lines, at most 400", path.display()));
        }
        for (number, line) in numbered(&text) {
            let columns = line.chars().count();
            if columns > 100 {
                broken.push(format!(
                    "{}:{number}: {columns} columns, at most 100",
                    path.display()
                ));
            }
        }
    }
    assert_none("a file that is too long or too wide", &broken);
}

#[test]
fn functions_are_short() {
    let broken: Vec<_> = rust_files()
        .into_iter()
        .flat_map(|file| file.long_functions)
        .collect();
    assert_none("a function that is too long", &broken);
}

#[test]
fn names_are_the_words_of_the_house() {
    let mut broken = Vec::new();
    for file in rust_files() {
        for (line, name) in &file.names {
            if let Some(word) = foreign_word(&file.path, name) {
                broken.push(format!(
                    "{}:{line}: {name}: the word {word}",
                    file.path.display()
                ));
            }
        }
    }
    for path in files() {
        let bare = path.with_extension("").to_string_lossy().into_owned();
        if let Some(word) = foreign_word(&path, &bare) {
            broken.push(format!("{}: named with the word {word}", path.display()));
        }
    }
    for path in files_in(&["sql", "js"]) {
        for (number, line) in numbered(&read(&path)) {
            let code = line.split("--").next().unwrap_or_default();
            let code = if path.extension() == Some("js".as_ref()) {
                declared(line)
            } else {
                code
            };
            if let Some(word) = foreign_word(&path, code) {
                broken.push(format!("{}:{number}: the word {word}", path.display()));
            }
        }
    }
    assert_none("a word that the house does not use", &broken);
}

#[test]
fn the_stories_of_the_server_run_on_both_databases() {
    let modules = |path: &str| -> BTreeSet<String> {
        let text = read(Path::new(path));
        let named = text.lines().filter_map(|line| line.strip_prefix("mod "));
        named
            .map(|name| name.trim_end_matches(';').to_owned())
            .collect()
    };
    let here = modules("server/tests/server/main.rs");
    let there = modules("tests/tests/databases.rs");
    let alone = WITHOUT_A_DATABASE.split_whitespace().map(str::to_owned);
    let missing: Vec<String> = here.difference(&there).cloned().collect();
    assert_eq!(missing, alone.collect::<Vec<_>>());
}

#[test]
fn no_module_hides_in_a_mod_rs() {
    let broken = shown(
        files_in(&["rs"])
            .into_iter()
            .filter(|path| path.ends_with("mod.rs")),
    );
    assert_none("a mod.rs; write foo.rs beside foo/", &broken);
}

#[test]
fn each_file_says_first_what_it_is() {
    let silent = |path: &PathBuf| !read(path).starts_with("//! ");
    let broken = shown(files_in(&["rs"]).into_iter().filter(silent));
    assert_none("a file that does not open with //!", &broken);
}

#[test]
fn tests_stand_last_and_run() {
    let both = |file: town::sources::RustFile| [file.after_tests, file.ignored_tests].concat();
    let broken: Vec<_> = rust_files().into_iter().flat_map(both).collect();
    assert_none("code after the tests, or a test that does not run", &broken);
}

#[test]
fn nothing_is_left_for_later() {
    // Written apart, so that this file does not find itself.
    let marks = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
    ];
    let mut broken = Vec::new();
    for path in files_in(&["rs", "js", "css", "html", "sql", "sh", "toml", "ftl"]) {
        for (number, line) in numbered(&read(&path)) {
            let mut words = line.split(|c: char| !c.is_alphanumeric());
            if words.any(|word| marks.iter().any(|mark| mark == word)) {
                broken.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
        }
    }
    assert_none("a note for later", &broken);
}

#[test]
fn no_file_is_larger_than_one_mebibyte() {
    let size = |path: &PathBuf| std::fs::metadata(root().join(path)).map_or(0, |m| m.len());
    let broken = shown(files().into_iter().filter(|path| size(path) > 1 << 20));
    assert_none("a file over 1 MiB", &broken);
}

#[test]
fn the_changelog_keeps_its_form() {
    let text = read("CHANGELOG.md");
    assert!(
        text.starts_with("# Changelog\n"),
        "it opens with `# Changelog`"
    );
    let kinds = [
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
    ];
    let releases: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    assert_eq!(
        releases.first(),
        Some(&"[Unreleased]"),
        "what is new stands first"
    );
    for release in &releases[1..] {
        let dated = release
            .split_once("] - ")
            .map(|(_, date)| date.parse::<jiff::civil::Date>());
        assert!(
            matches!(dated, Some(Ok(_))),
            "`{release}` is not `[version] - yyyy-mm-dd`"
        );
    }
    for kind in text.lines().filter_map(|line| line.strip_prefix("### ")) {
        assert!(kinds.contains(&kind), "`{kind}` is none of {kinds:?}");
    }
}

fn assert_none(what: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{what}:\n{}", broken.join("\n"));
}

fn shown(paths: impl IntoIterator<Item = PathBuf>) -> Vec<String> {
    paths
        .into_iter()
        .map(|path| path.display().to_string())
        .collect()
}

fn crate_name(folder: &str) -> String {
    manifest(folder)["package"]["name"]
        .as_str()
        .expect("a package has a name")
        .to_owned()
}

/// Those of `banned` that stand anywhere below a crate.
fn under(package: &str, banned: &str) -> Vec<String> {
    let listed = output(
        env!("CARGO"),
        &[
            "tree",
            "--offline",
            "--locked",
            "--package",
            package,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ],
    );
    let names: BTreeSet<_> = listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        names.len() > 3,
        "the tree of {package} was not read: {listed}"
    );
    let found = banned
        .split_whitespace()
        .filter(|name| names.contains(name));
    found.map(|name| format!("{package}: {name}")).collect()
}

/// The first word of `text` that no name in the file at `path` may have.
fn foreign_word(path: &Path, text: &str) -> Option<String> {
    let here = NEVER_IN
        .iter()
        .filter(|(folder, _)| path.starts_with(folder));
    let banned: BTreeSet<_> = here
        .map(|(_, never)| *never)
        .chain([NEVER])
        .flat_map(str::split_whitespace)
        .collect();
    words(text)
        .into_iter()
        .find(|word| banned.contains(word.as_str()))
}

/// The name that a line of JavaScript declares.
fn declared(line: &str) -> &str {
    let line = line
        .trim_start()
        .trim_start_matches("export ")
        .trim_start_matches("async ");
    let name = ["const ", "let ", "function ", "class "]
        .iter()
        .find_map(|k| line.strip_prefix(k));
    name.and_then(|name| name.split([' ', '(', '=']).next())
        .unwrap_or_default()
}
