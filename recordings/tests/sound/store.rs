//! A station's folder hands out whole recordings or none.

use std::fs;

use programme::ids::ContentHash;
use recordings::error::{Damage, Error};
use recordings::store::Store;

use crate::Outcome;

const CONTENT: &[u8] = b"a recording, as far as a folder cares";

#[test]
fn a_download_that_breaks_off_is_gone_on_with_and_becomes_a_recording() -> Outcome {
    let folder = tempfile::tempdir()?;
    let hash = ContentHash::of(CONTENT);
    {
        let store = Store::open(folder.path())?;
        let mut partial = store.partial(&hash)?;
        assert_eq!(partial.len(), 0);
        partial.append(&CONTENT[..10])?;
    }
    // The power was cut here: everything is opened anew.
    let store = Store::open(folder.path())?;
    assert!(!store.has(&hash));
    let mut partial = store.partial(&hash)?;
    assert_eq!(partial.len(), 10);
    partial.append(&CONTENT[10..])?;
    assert!(!store.has(&hash), "what is not verified is not there");
    let held = partial.finish()?;
    assert_eq!(held.size_bytes, CONTENT.len() as u64);
    assert!(store.has(&hash));
    assert_eq!(fs::read(store.path(&hash))?, CONTENT);
    assert_eq!(store.list()?, [held]);
    assert_eq!(store.list_partial()?, []);
    assert_eq!(store.used_bytes()?, CONTENT.len() as u64);
    Ok(())
}

#[test]
fn a_download_of_something_else_is_thrown_away_and_said_to_be_altered() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path())?;
    let hash = ContentHash::of(CONTENT);
    let mut partial = store.partial(&hash)?;
    partial.append(b"something else")?;
    let result = partial.finish();
    assert!(
        matches!(result, Err(Error::Unreadable(Damage::Altered))),
        "{result:?}"
    );
    assert!(!store.has(&hash));
    assert_eq!(store.partial(&hash)?.len(), 0);
    Ok(())
}

#[test]
fn a_recording_that_the_disk_altered_is_found_and_not_handed_out_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path())?;
    let hash = ContentHash::of(CONTENT);
    let held = store.put(&hash, CONTENT)?;
    assert_eq!(store.verify(&hash)?, held);
    let mut altered = CONTENT.to_vec();
    altered[3] ^= 0x40;
    fs::write(store.path(&hash), &altered)?;
    let result = store.verify(&hash);
    assert!(
        matches!(result, Err(Error::Unreadable(Damage::Altered))),
        "{result:?}"
    );
    assert!(!store.has(&hash));
    assert!(matches!(store.verify(&hash), Err(Error::Storage(_))));
    assert!(store.put(&hash, &altered).is_err());
    Ok(())
}

#[test]
fn leftovers_of_a_power_cut_are_swept_and_strangers_files_are_left_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path())?;
    let hash = ContentHash::of(CONTENT);
    store.put(&hash, CONTENT)?;
    let shelf = store
        .path(&hash)
        .parent()
        .map(|shelf| shelf.to_owned())
        .ok_or("no shelf")?;
    fs::write(shelf.join(".torn.7-0.unfinished"), b"to")?;
    fs::write(shelf.join("README"), b"somebody's")?;
    fs::write(folder.path().join("notes.txt"), b"somebody's")?;
    let store = Store::open(folder.path())?;
    assert!(!shelf.join(".torn.7-0.unfinished").exists());
    assert!(shelf.join("README").exists());
    assert_eq!(store.list()?.len(), 1);
    store.remove(&hash)?;
    store.remove(&hash)?;
    assert_eq!((store.list()?.len(), store.used_bytes()?), (0, 0));
    Ok(())
}
