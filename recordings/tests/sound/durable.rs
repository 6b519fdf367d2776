//! Files that matter survive a power cut, or were never there.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};

use programme::ids::ContentHash;
use recordings::durable::{self, Writer};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[test]
fn a_written_file_is_whole_and_named_by_what_was_read_back() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("programme.json");
    durable::write(&path, b"old")?;
    let written = durable::write(&path, b"new content")?;
    assert_eq!(fs::read(&path)?, b"new content");
    assert_eq!(written.hash, ContentHash::of(b"new content"));
    assert_eq!(written.size_bytes, 11);
    assert_eq!(durable::examine(&path)?, written);
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}

#[test]
fn a_writer_dropped_before_its_commit_leaves_the_old_content_and_nothing_else() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("programme.json");
    durable::write(&path, b"old")?;
    let mut writer = Writer::create(&path)?;
    writer.write_all(b"half of the ne")?;
    writer.flush()?;
    assert_eq!(fs::read_dir(folder.path())?.count(), 2);
    drop(writer);
    assert_eq!(fs::read(&path)?, b"old");
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}

#[test]
fn a_header_may_be_written_last_and_nothing_else_may_be_written_twice() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sound.wav");
    let mut writer = Writer::create(&path)?;
    let body: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    writer.write_all(b"????")?;
    writer.write_all(&body)?;
    writer.seek(SeekFrom::Start(1))?;
    writer.write_all(b"me")?;
    assert!(writer.seek(SeekFrom::Start(50_000)).is_err());
    writer.seek(SeekFrom::End(0))?;
    writer.write_all(b"end")?;
    let written = writer.commit()?;
    let wanted = [b"?me?".as_slice(), &body, b"end"].concat();
    assert_eq!(fs::read(&path)?, wanted);
    assert_eq!(written.hash, ContentHash::of(&wanted));
    Ok(())
}

#[test]
fn a_writer_refuses_to_run_from_the_head_into_what_it_already_wrote() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sound.wav");
    let mut writer = Writer::create(&path)?;
    writer.write_all(&[1; 10_000])?;
    writer.seek(SeekFrom::Start(4_000))?;
    assert!(writer.write_all(&[2; 200]).is_err());
    drop(writer);
    assert!(!path.exists());
    Ok(())
}

#[test]
fn a_commit_under_the_wrong_hash_puts_nothing_in_place() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("recording");
    let mut writer = Writer::create(&path)?;
    writer.write_all(b"altered on the way")?;
    assert!(
        writer
            .commit_as(&ContentHash::of(b"as it was sent"))
            .is_err()
    );
    assert_eq!(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn a_sweep_takes_what_a_power_cut_left_and_spares_what_is_being_written() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("recording");
    let mut living = Writer::create(&path)?;
    living.write_all(b"being written")?;
    fs::write(folder.path().join(".recording.999-0.unfinished"), b"torn")?;
    fs::write(folder.path().join("unfinished"), b"somebody's file")?;
    assert_eq!(durable::sweep(folder.path())?, 1);
    living.commit()?;
    assert_eq!(fs::read(&path)?, b"being written");
    assert!(folder.path().join("unfinished").exists());
    Ok(())
}

#[test]
fn a_secret_is_readable_by_its_owner_alone() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("key");
    durable::write_private(&path, b"secret")?;
    assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
    Ok(())
}

#[test]
fn a_folder_and_those_above_it_are_made_once() -> Outcome {
    let folder = tempfile::tempdir()?;
    let deep = folder.path().join("a/b/c");
    durable::make_folder(&deep)?;
    durable::make_folder(&deep)?;
    durable::write(&deep.join("x"), b"x")?;
    let mut text = String::new();
    fs::File::open(deep.join("x"))?.read_to_string(&mut text)?;
    assert_eq!(text, "x");
    durable::remove(&deep.join("x"))?;
    durable::remove(&deep.join("x"))?;
    assert!(!deep.join("x").exists());
    Ok(())
}
