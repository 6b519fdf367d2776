//! Sticks that are plugged in and bring nothing: what the kernel knows of them, for whoever asks
//! why the page does not.
//!
//! The player mounts nothing by itself: that takes rights which it has not.

use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Why nothing of a stick can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unseen {
    /// None is plugged in.
    NotPlugged,
    /// The system has not mounted it.
    NotMounted {
        /// What it is called under `/dev`.
        partition: String,
    },
    /// It is mounted for somebody else.
    NotReadable {
        /// What it is called under `/dev`.
        partition: String,
    },
}

/// A part of a stick that can be mounted.
struct Partition {
    name: String,
    mounted_at: Option<PathBuf>,
}

/// Why nothing is seen of a stick on a system at `root`; `None` where one can be read, and nothing
/// of ours is on it. What the system itself runs from is no stick.
pub(super) fn unseen(root: &Path) -> Option<Unseen> {
    let mounts = fs::read_to_string(root.join("proc/self/mountinfo")).unwrap_or_default();
    let drives = folders(&root.join("sys/block")).into_iter();
    let sticks = drives.filter(|drive| is_on_usb(drive));
    let sticks = sticks.map(|drive| partitions(&drive, &mounts));
    let sticks: Vec<_> = sticks.filter(|parts| !is_of_the_system(parts)).collect();
    let parts: Vec<Partition> = sticks.into_iter().flatten().collect();
    let readable = |part: &&Partition| {
        let at = part.mounted_at.as_ref();
        at.is_some_and(|at| fs::read_dir(beneath(root, at)).is_ok())
    };
    if parts.iter().any(|part| readable(&part)) {
        return None;
    }
    let locked = parts.iter().find(|part| part.mounted_at.is_some());
    let named = |part: &Partition| part.name.clone();
    Some(match (locked.map(named), parts.first().map(named)) {
        (Some(partition), _) => Unseen::NotReadable { partition },
        (None, Some(partition)) => Unseen::NotMounted { partition },
        (None, None) => Unseen::NotPlugged,
    })
}

/// A card reader without a card is a drive of no size.
fn is_on_usb(drive: &Path) -> bool {
    let link = fs::read_link(drive).unwrap_or_default();
    let mut parts = link.iter().filter_map(|part| part.to_str());
    let size = fs::read_to_string(drive.join("size")).unwrap_or_default();
    parts.any(|part| part.starts_with("usb"))
        && name(drive).starts_with("sd")
        && !["", "0"].contains(&size.trim())
}

/// The partitions of a drive; one without any is mounted whole.
fn partitions(drive: &Path, mounts: &str) -> Vec<Partition> {
    let mut parts = folders(drive);
    parts.retain(|part| part.join("partition").exists());
    if parts.is_empty() {
        parts.push(drive.to_owned());
    }
    let of = |part: &PathBuf| Partition {
        name: name(part),
        mounted_at: mounted_at(part, mounts),
    };
    parts.iter().map(of).collect()
}

fn is_of_the_system(parts: &[Partition]) -> bool {
    let mut places = parts.iter().filter_map(|part| part.mounted_at.as_deref());
    places.any(|place| place == Path::new("/") || place.starts_with("/boot"))
}

/// Where the kernel has it, by its number: a line of `mountinfo` says that third, the place fifth.
fn mounted_at(part: &Path, mounts: &str) -> Option<PathBuf> {
    let number = fs::read_to_string(part.join("dev")).ok()?;
    let mut lines = mounts.lines().map(|line| line.split(' '));
    lines.find_map(|mut fields| {
        let found = fields.nth(2)? == number.trim();
        found.then(|| fields.nth(1).map(unescaped))?
    })
}

/// The kernel writes a space as `\040`, and other such signs in the same way.
fn unescaped(text: &str) -> PathBuf {
    let mut pieces = text.split('\\');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let sign = piece
            .get(..3)
            .and_then(|octal| u8::from_str_radix(octal, 8).ok());
        bytes.extend(sign);
        bytes.extend(piece.as_bytes().iter().skip(3));
    }
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

fn beneath(root: &Path, place: &Path) -> PathBuf {
    root.join(place.strip_prefix("/").unwrap_or(place))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// What is in a folder, by name.
fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const USB: &str = "../devices/pci0000:00/0000:00:14.0/usb1/1-2/host6/6:0:0:0/block/sdb";
    const DISK: &str = "../devices/pci0000:00/0000:00:17.0/ata1/host0/0:0:0:0/block/sda";

    /// A system in a folder; its drives are where the kernel shows them.
    struct System(tempfile::TempDir);

    impl System {
        fn new() -> Self {
            let system = Self(tempfile::tempdir().unwrap());
            system.drive(DISK, "8:0", &[("sda1", "8:1")]);
            system.mounts(&[]);
            system
        }

        fn put(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            recordings::durable::write(&path, text.as_bytes()).unwrap();
        }

        fn drive(&self, link: &str, number: &str, parts: &[(&str, &str)]) {
            let drive = link.trim_start_matches("../");
            self.put(&format!("sys/{drive}/size"), "61440000\n");
            self.put(&format!("sys/{drive}/dev"), number);
            for (part, number) in parts {
                self.put(&format!("sys/{drive}/{part}/partition"), "1\n");
                self.put(&format!("sys/{drive}/{part}/dev"), &format!("{number}\n"));
            }
            let block = self.0.path().join("sys/block");
            fs::create_dir_all(&block).unwrap();
            symlink(link, block.join(name(Path::new(link)))).unwrap();
        }

        fn mounts(&self, mounts: &[(&str, &str)]) {
            let line = |(number, place): &(&str, &str)| {
                format!("22 1 {number} / {place} rw,relatime - ext4 /dev/x rw\n")
            };
            let system = line(&("8:1", "/"));
            let lines: String = mounts.iter().map(line).collect();
            self.put("proc/self/mountinfo", &format!("{system}{lines}"));
        }

        fn unseen(&self) -> Option<Unseen> {
            unseen(self.0.path())
        }
    }

    #[test]
    fn a_stick_is_told_from_the_disk_and_from_one_that_is_mounted() {
        let system = System::new();
        assert_eq!(system.unseen(), Some(Unseen::NotPlugged));
        system.drive(USB, "8:16", &[("sdb1", "8:17")]);
        let partition = "sdb1".to_owned();
        assert_eq!(system.unseen(), Some(Unseen::NotMounted { partition }));

        system.mounts(&[("8:17", "/media/b\\303\\240\\040An/USB")]);
        let partition = "sdb1".to_owned();
        assert_eq!(system.unseen(), Some(Unseen::NotReadable { partition }));
        fs::create_dir_all(system.0.path().join("media/bà An/USB")).unwrap();
        assert_eq!(system.unseen(), None, "it is there and can be read");
    }

    #[test]
    fn what_the_system_runs_from_is_no_stick_and_an_empty_card_reader_neither() {
        let system = System::new();
        system.drive(USB, "8:16", &[("sdb1", "8:17"), ("sdb2", "8:18")]);
        system.mounts(&[("8:17", "/boot/efi")]);
        assert_eq!(system.unseen(), Some(Unseen::NotPlugged));

        let system = System::new();
        system.drive(USB, "8:16", &[]);
        let partition = "sdb".to_owned();
        assert_eq!(system.unseen(), Some(Unseen::NotMounted { partition }));
        system.put(
            &format!("sys/{}/size", USB.trim_start_matches("../")),
            "0\n",
        );
        assert_eq!(system.unseen(), Some(Unseen::NotPlugged));
    }
}
