//! The sample announcements are what `samples.toml` says, and worth airing.

use std::collections::BTreeSet;
use std::fs;

use crate::Outcome;
use crate::files::{Folder, sample};

#[test]
fn every_sample_is_listed_and_becomes_a_recording_without_a_remark() -> Outcome {
    let list = fs::read_to_string(sample("samples.toml"))?;
    let names = list
        .lines()
        .filter_map(|line| line.strip_prefix("file = \"")?.strip_suffix('"'));
    let listed: BTreeSet<String> = names.map(str::to_owned).collect();
    let sounds = ["m4a", "mp3", "ogg", "webm"];
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(sample(""))? {
        let name = entry?
            .file_name()
            .into_string()
            .map_err(|_| "a name in UTF-8")?;
        if name
            .rsplit('.')
            .next()
            .is_some_and(|kind| sounds.contains(&kind))
        {
            found.insert(name);
        }
    }
    assert_eq!(listed, found);
    for name in &listed {
        let (ingested, _) = Folder::new().ingest(&sample(name))?;
        assert_eq!(ingested.findings, [], "{name}");
        assert!(
            (7_000..25_000).contains(&ingested.duration_ms),
            "{name}: {ingested:?}"
        );
        assert!(ingested.size_bytes < 120_000, "{name}");
    }
    Ok(())
}
