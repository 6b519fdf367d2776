//! What strace wrote, read as things done to one folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One thing that a program did. Files are numbered as they are made.
#[derive(Debug, Clone)]
pub enum Act {
    /// Made a file, or a folder.
    Make {
        /// Where.
        path: PathBuf,
        /// Which file; `None` for a folder.
        file: Option<usize>,
    },
    /// Gave it another name.
    Move {
        /// Where it was.
        from: PathBuf,
        /// Where it is.
        to: PathBuf,
    },
    /// Took its name away.
    Remove {
        /// Where it was.
        path: PathBuf,
    },
    /// Wrote into a file.
    Write {
        /// Which.
        file: usize,
        /// The place in it.
        at: usize,
        /// What.
        bytes: Vec<u8>,
    },
    /// Set its length.
    Cut {
        /// Which.
        file: usize,
        /// The length.
        length: usize,
    },
    /// Flushed a file to the disk.
    Flush {
        /// Which.
        file: usize,
    },
    /// Flushed a folder to the disk.
    FlushFolder {
        /// Which.
        path: PathBuf,
    },
    /// Said something to the world: to a socket, a pipe, or a file that is not in the folder.
    Say(Vec<u8>),
}

const CALLS: &str = "openat,close,lseek,write,writev,pwrite64,sendto,sendmsg,ftruncate,fsync,\
                     fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat";

/// `program`, watched: what it does is written to `log`. It stays the child of whoever starts it.
pub fn watched(program: &Path, log: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-xx", "-s", "4194304", "-e"]);
    command
        .arg(format!("trace={CALLS}"))
        .arg("-o")
        .arg(log)
        .arg(program);
    command
}

/// An open file of the watched program.
enum Open {
    File { number: usize, at: usize },
    Folder(PathBuf),
}

/// The program as the log has told of it so far.
struct Reader<'r> {
    root: &'r Path,
    open: BTreeMap<i64, Open>,
    names: BTreeMap<PathBuf, Option<usize>>,
    lengths: Vec<usize>,
    acts: Vec<Act>,
}

/// What was done to the folder `root`, which held nothing before the first of `logs`.
pub fn read(logs: &[String], root: &Path) -> Vec<Act> {
    let mut reader = Reader {
        root,
        open: BTreeMap::new(),
        names: BTreeMap::new(),
        lengths: Vec::new(),
        acts: Vec::new(),
    };
    for log in logs {
        reader.open.clear();
        let mut begun: BTreeMap<&str, String> = BTreeMap::new();
        for line in log.lines() {
            let (thread, call) = line.split_once(' ').unwrap_or_default();
            let call = call.trim_start();
            if let Some(first) = call.strip_suffix(" <unfinished ...>") {
                begun.insert(thread, first.to_owned());
            } else if let Some((_, rest)) = call.split_once(" resumed>") {
                let first = begun.remove(thread).unwrap_or_default();
                reader.call(&(first + rest));
            } else {
                reader.call(call);
            }
        }
    }
    reader.acts
}

impl Reader<'_> {
    fn call(&mut self, call: &str) {
        let Some((name, rest)) = call.split_once('(') else {
            return;
        };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else {
            return;
        };
        let arguments = arguments.trim_end().trim_end_matches(')');
        let result = result.split(' ').next().and_then(|text| text.parse().ok());
        let Some(result) = result.filter(|result: &i64| *result >= 0) else {
            return;
        };
        let texts = texts(arguments);
        let path = |at: usize| PathBuf::from(String::from_utf8_lossy(&texts[at]).into_owned());
        let numbers = || {
            arguments
                .split(", ")
                .filter_map(|text| text.parse::<i64>().ok())
        };
        let handle = numbers().next().unwrap_or(-1);
        let last = numbers().last().unwrap_or(0);
        match name {
            "openat" => self.opened(&path(0), arguments, result),
            "close" => drop(self.open.remove(&handle)),
            "lseek" => self.seek(handle, result),
            "write" | "writev" | "sendto" | "sendmsg" => {
                self.written(handle, None, texts.concat(), result);
            }
            "pwrite64" => self.written(handle, usize::try_from(last).ok(), texts.concat(), result),
            "ftruncate" => self.cut(handle, last),
            "fsync" | "fdatasync" => self.flushed(handle),
            "rename" | "renameat" | "renameat2" => self.moved(path(0), path(1)),
            "unlink" | "unlinkat" => self.removed(path(0)),
            "mkdir" | "mkdirat" => self.made(path(0), None),
            _ => {}
        }
    }

    fn made(&mut self, path: PathBuf, file: Option<usize>) {
        if path.starts_with(self.root) {
            self.names.insert(path.clone(), file);
            self.acts.push(Act::Make { path, file });
        }
    }

    fn opened(&mut self, path: &Path, arguments: &str, handle: i64) {
        self.open.remove(&handle);
        if !path.starts_with(self.root) {
            return;
        }
        if !self.names.contains_key(path) && arguments.contains("O_CREAT") {
            self.lengths.push(0);
            self.made(path.to_owned(), Some(self.lengths.len() - 1));
        }
        let open = match self.names.get(path) {
            Some(Some(number)) => {
                let number = *number;
                if arguments.contains("O_TRUNC") && self.lengths[number] > 0 {
                    self.lengths[number] = 0;
                    self.acts.push(Act::Cut {
                        file: number,
                        length: 0,
                    });
                }
                let append = arguments.contains("O_APPEND");
                let at = if append { self.lengths[number] } else { 0 };
                Open::File { number, at }
            }
            Some(None) | None => Open::Folder(path.to_owned()),
        };
        self.open.insert(handle, open);
    }

    fn seek(&mut self, handle: i64, to: i64) {
        if let Some(Open::File { at, .. }) = self.open.get_mut(&handle) {
            *at = usize::try_from(to).unwrap_or(0);
        }
    }

    fn written(&mut self, handle: i64, place: Option<usize>, mut bytes: Vec<u8>, result: i64) {
        bytes.truncate(usize::try_from(result).unwrap_or(0));
        let Some(Open::File { number, at }) = self.open.get_mut(&handle) else {
            self.acts.push(Act::Say(bytes));
            return;
        };
        let file = *number;
        let start = place.unwrap_or(*at);
        if place.is_none() {
            *at += bytes.len();
        }
        self.lengths[file] = self.lengths[file].max(start + bytes.len());
        self.acts.push(Act::Write {
            file,
            at: start,
            bytes,
        });
    }

    fn cut(&mut self, handle: i64, length: i64) {
        if let Some(Open::File { number, .. }) = self.open.get(&handle) {
            let (file, length) = (*number, usize::try_from(length).unwrap_or(0));
            self.lengths[file] = length;
            self.acts.push(Act::Cut { file, length });
        }
    }

    fn flushed(&mut self, handle: i64) {
        match self.open.get(&handle) {
            Some(Open::File { number, .. }) => self.acts.push(Act::Flush { file: *number }),
            Some(Open::Folder(path)) => self.acts.push(Act::FlushFolder { path: path.clone() }),
            None => {}
        }
    }

    fn moved(&mut self, from: PathBuf, to: PathBuf) {
        if let Some(file) = self.names.remove(&from) {
            self.names.insert(to.clone(), file);
            self.acts.push(Act::Move { from, to });
        }
    }

    fn removed(&mut self, path: PathBuf) {
        if self.names.remove(&path).is_some() {
            self.acts.push(Act::Remove { path });
        }
    }
}

/// Each text in quotation marks, of which strace writes every byte as `\x` and two digits.
fn texts(arguments: &str) -> Vec<Vec<u8>> {
    let digits = |text: &str| {
        let bytes = text.split("\\x").skip(1);
        bytes
            .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
            .collect()
    };
    arguments
        .split('"')
        .skip(1)
        .step_by(2)
        .map(digits)
        .collect()
}
