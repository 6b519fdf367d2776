//! Reads what the crates of the house build on, for the tests of its rules.

use crate::sources::read;

/// The manifest of the crate in `folder`.
pub fn manifest(folder: &str) -> toml::Table {
    read(format!("{folder}/Cargo.toml"))
        .parse()
        .expect("a manifest is TOML")
}

/// A line of a manifest that names another crate.
#[derive(Debug)]
pub struct Named {
    /// The table in which it stands.
    pub table: String,
    /// What the crate is called by itself, whatever it is called here.
    pub dependency: String,
    /// What is wanted of it.
    pub wanted: toml::Value,
}

/// Every crate that a manifest names, for whatever target and under whatever name.
pub fn dependencies(manifest: &toml::Table) -> Vec<Named> {
    let mut places = vec![(String::new(), manifest)];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for (target, tables) in targets.into_iter().flatten() {
        let tables = tables.as_table().expect("a target has tables");
        places.push((format!("target.{target}."), tables));
    }
    let mut named = Vec::new();
    for (place, tables) in places {
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let entries = tables.get(table).and_then(toml::Value::as_table);
            for (name, wanted) in entries.into_iter().flatten() {
                named.push(Named {
                    table: format!("{place}{table}"),
                    dependency: own_name(name, wanted),
                    wanted: wanted.clone(),
                });
            }
        }
    }
    named
}

/// What the crate that a manifest calls `name` is called by itself: a name may be changed where the
/// crate is wanted, or where the workspace says which one that is.
fn own_name(name: &str, wanted: &toml::Value) -> String {
    let renamed = |wanted: &toml::Value| Some(wanted.get("package")?.as_str()?.to_owned());
    let shared = read("Cargo.toml").parse::<toml::Table>().expect("a table");
    let shared = shared["workspace"]["dependencies"].get(name);
    let shared = shared.filter(|_| wanted.get("workspace").is_some());
    renamed(wanted)
        .or_else(|| renamed(shared?))
        .unwrap_or_else(|| name.to_owned())
}
