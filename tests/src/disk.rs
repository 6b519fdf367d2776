//! A disk that loses its power: what a program wrote, as the kernel saw it (strace), and what of
//! that may be there afterwards.
//!
//! What was flushed is there. Of what was not, each file keeps any part: nothing, all, some of the
//! writes, the last one torn. Names are made, moved and removed in order, up to any point.

mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use loaban_server::clock::Randomness;

pub use trace::{Act, read, watched};

/// Disks tear writes at sectors of so many bytes.
const SECTOR: usize = 512;

/// A folder as a program fills it.
#[derive(Debug, Default)]
pub struct Disk {
    files: Vec<File>,
    /// What stands where for sure; `None` is a folder.
    names: BTreeMap<PathBuf, Option<usize>>,
    /// What was done to names and not flushed, each with the folder that must be.
    renamed: Vec<(PathBuf, Naming)>,
}

#[derive(Debug, Default, Clone)]
struct File {
    bytes: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

#[derive(Debug, Clone)]
enum Naming {
    Made(PathBuf, Option<usize>),
    Moved(PathBuf, PathBuf),
    Removed(PathBuf),
}

impl Disk {
    /// Does one thing that the program did.
    pub fn act(&mut self, act: &Act) {
        match act {
            Act::Make { path, file } => self.name(path, Naming::Made(path.clone(), *file)),
            Act::Move { from, to } => self.name(to, Naming::Moved(from.clone(), to.clone())),
            Act::Remove { path } => self.name(path, Naming::Removed(path.clone())),
            Act::Write { file, at, bytes } => {
                let (at, bytes) = (*at, bytes.clone());
                self.file(*file).pending.push(Change::Write { at, bytes });
            }
            Act::Cut { file, length } => {
                let length = *length;
                self.file(*file).pending.push(Change::Cut { length });
            }
            Act::Flush { file } => {
                let file = self.file(*file);
                for change in std::mem::take(&mut file.pending) {
                    change.apply(&mut file.bytes);
                }
            }
            Act::FlushFolder { path } => {
                let pending = std::mem::take(&mut self.renamed);
                let (here, elsewhere): (Vec<_>, Vec<_>) =
                    pending.into_iter().partition(|(folder, _)| folder == path);
                here.iter()
                    .for_each(|(_, naming)| naming.apply(&mut self.names));
                self.renamed = elsewhere;
            }
            Act::Say(_) => {}
        }
    }

    fn file(&mut self, number: usize) -> &mut File {
        if self.files.len() <= number {
            self.files.resize(number + 1, File::default());
        }
        &mut self.files[number]
    }

    fn name(&mut self, path: &Path, naming: Naming) {
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        self.renamed.push((folder, naming));
    }

    /// What the power cut leaves, by chance, of the folder `root`: each file with its bytes.
    pub fn cut(&self, root: &Path, chance: &Randomness) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut names = self.names.clone();
        let kept = below(chance, self.renamed.len() + 1);
        let kept = if below(chance, 2) == 0 {
            kept
        } else {
            self.renamed.len()
        };
        let namings = self.renamed.iter().take(kept);
        namings.for_each(|(_, naming)| naming.apply(&mut names));
        let stands = |path: &Path| {
            let above = path.ancestors().skip(1).take_while(|above| *above != root);
            above
                .into_iter()
                .all(|above| names.get(above) == Some(&None))
        };
        let mut left = BTreeMap::new();
        for (path, file) in &names {
            if let Some(number) = file.filter(|_| stands(path)) {
                let none = File::default();
                let file = self.files.get(number).unwrap_or(&none);
                let within = path.strip_prefix(root).unwrap_or(path).to_owned();
                left.insert(within, file.cut(chance));
            }
        }
        left
    }
}

impl File {
    fn cut(&self, chance: &Randomness) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let all = self.pending.len();
        let way = below(chance, 4);
        let whole = match way {
            0 => all,
            1 => 0,
            _ => below(chance, all + 1),
        };
        for (number, change) in self.pending.iter().enumerate() {
            let (before, this) = (number < whole, number == whole);
            match change {
                _ if before && (way < 3 || below(chance, 2) == 0) => change.apply(&mut bytes),
                Change::Write { at, bytes: written } if this && way > 1 => {
                    let sectors = below(chance, written.len() / SECTOR + 1);
                    let torn = written[..sectors * SECTOR].to_vec();
                    Change::Write {
                        at: *at,
                        bytes: torn,
                    }
                    .apply(&mut bytes);
                }
                Change::Write { .. } | Change::Cut { .. } => {}
            }
        }
        bytes
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { bytes, .. } if bytes.is_empty() => {}
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[*at..end].copy_from_slice(bytes);
            }
            Self::Cut { length } => to.resize(*length, 0),
        }
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<PathBuf, Option<usize>>) {
        match self {
            Self::Made(path, file) => drop(names.insert(path.clone(), *file)),
            Self::Moved(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Self::Removed(path) => drop(names.remove(path)),
        }
    }
}

/// Puts what is left into a folder.
pub fn lay_out(left: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path) {
    for (path, bytes) in left {
        let path = folder.join(path);
        let above = path.parent().unwrap_or(folder);
        fs::create_dir_all(above).expect("a folder");
        write(&path, bytes);
    }
}

#[expect(clippy::disallowed_methods, reason = "a power cut asks nobody")]
fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("a file");
}

/// A number below `limit`, by chance.
fn below(chance: &Randomness, limit: usize) -> usize {
    u64::from_le_bytes(chance.bytes()) as usize % limit
}
