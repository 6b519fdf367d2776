//! The one way a file that matters reaches the disk.
//!
//! A village PC loses power at any line. A file is therefore written beside its place under a
//! temporary name, flushed to the disk, read back *from the disk* and compared, and only then
//! renamed into place; the folder is flushed last, because a rename lives in the folder. Whoever
//! finds a file under its own name finds all of it.
//!
//! A temporary file is locked while its writer lives, so that [`sweep`] removes what a power cut
//! left and never what another program is about to finish.

mod sweep;

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use programme::ids::ContentHash;
use sha2::{Digest, Sha256};

pub use sweep::sweep;

/// What [`sweep`] recognises a leftover by; no other file in our folders ends like this.
const TEMPORARY: &str = ".unfinished";

/// Bytes at the start of a file that may be written again before the commit. Formats such as WAV
/// keep their length in the header and know it last; no header of ours is longer.
const HEAD_BYTES: usize = 4096;

/// A file that is on the disk, whole and read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// SHA-256 of the content as it was read back.
    pub hash: ContentHash,
    /// Length of the content.
    pub size_bytes: u64,
}

/// Writes `bytes` to `path`, replacing what was there, or fails and leaves what was there.
///
/// # Errors
/// What the file system answers; `InvalidData` if the disk gave back other bytes than it took.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<Written> {
    write_through(Writer::create(path)?, bytes)
}

/// Like [`write()`], for secrets: only the owner of the process may read the file.
///
/// # Errors
/// As [`write()`].
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<Written> {
    write_through(Writer::create_with_mode(path, 0o600)?, bytes)
}

fn write_through(mut writer: Writer, bytes: &[u8]) -> io::Result<Written> {
    writer.write_all(bytes)?;
    writer.commit()
}

/// A durable file in the making: bytes go in, [`Writer::commit`] puts the file in its place.
///
/// Dropped without a commit it removes what it wrote, and the place keeps what it held. Seeking is
/// possible within the first 4 KiB only (and to the end), for headers that carry a length.
#[derive(Debug)]
pub struct Writer {
    place: PathBuf,
    temporary: PathBuf,
    file: Option<BufWriter<File>>,
    head: Vec<u8>,
    tail: Sha256,
    length: u64,
    position: u64,
}

impl Writer {
    /// Starts a file that will stand at `path`, whose folder must exist.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::create_with_mode(path, 0o644)
    }

    fn create_with_mode(path: &Path, mode: u32) -> io::Result<Self> {
        let (temporary, file) = open_temporary(path, mode)?;
        Ok(Self {
            place: path.to_owned(),
            temporary,
            file: Some(BufWriter::with_capacity(1 << 16, file)),
            head: Vec::new(),
            tail: Sha256::new(),
            length: 0,
            position: 0,
        })
    }

    /// Bytes written so far.
    pub fn size_bytes(&self) -> u64 {
        self.length
    }

    /// Flushes, reads back, compares and puts the file in its place.
    ///
    /// # Errors
    /// What the file system answers; `InvalidData` if the disk gave back other bytes than it took.
    /// The place then keeps what it held.
    pub fn commit(self) -> io::Result<Written> {
        self.finish(None)
    }

    /// Like [`Writer::commit`], if the content is what `wanted` names.
    ///
    /// # Errors
    /// As [`Writer::commit`], and `InvalidData` for any other content.
    pub fn commit_as(self, wanted: &ContentHash) -> io::Result<Written> {
        self.finish(Some(wanted))
    }

    fn finish(mut self, wanted: Option<&ContentHash>) -> io::Result<Written> {
        let Some(buffer) = self.file.take() else {
            return Err(io::Error::other("the file is finished already"));
        };
        let file = buffer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        flush_and_forget(&file)?;
        let seen = read_back(File::open(&self.temporary)?, HEAD_BYTES)?;
        let tail: [u8; 32] = self.tail.clone().finalize().into();
        if seen.head != self.head || seen.tail != tail || seen.written.size_bytes != self.length {
            return Err(altered("the disk gave back other bytes than were written"));
        }
        if wanted.is_some_and(|wanted| *wanted != seen.written.hash) {
            return Err(altered("the content is not what its hash names"));
        }
        move_into_place(&self.temporary, &self.place)?;
        // The rename took the temporary name away: nothing is left for the drop to remove.
        self.temporary = PathBuf::new();
        Ok(seen.written)
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else {
            return Err(io::Error::other("the file is finished already"));
        };
        let written = if self.position < self.length {
            // Only the head can be behind us: `seek` sees to it.
            let from = self.position as usize;
            let count = bytes.len().min(self.head.len() - from);
            if count == 0 && !bytes.is_empty() {
                return Err(head_only());
            }
            file.write_all(&bytes[..count])?;
            self.head[from..from + count].copy_from_slice(&bytes[..count]);
            count
        } else {
            file.write_all(bytes)?;
            let room = HEAD_BYTES.saturating_sub(self.head.len()).min(bytes.len());
            self.head.extend_from_slice(&bytes[..room]);
            self.tail.update(&bytes[room..]);
            self.length += bytes.len() as u64;
            bytes.len()
        };
        self.position += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Seek for Writer {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let wanted = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
        };
        let position = wanted
            .filter(|&position| position < self.head.len() as u64 || position == self.length)
            .ok_or_else(head_only)?;
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(position))?;
        }
        self.position = position;
        Ok(position)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            // A leftover that cannot be removed is harmless: the next sweep takes it.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Puts a file that was filled under a name of its own, such as a download, at `place`, if its
/// content is what `wanted` names. Both must lie on one file system.
///
/// # Errors
/// What the file system answers; `InvalidData` for any other content. The file stays where it is.
pub fn settle(filled: &Path, place: &Path, wanted: &ContentHash) -> io::Result<Written> {
    let file = File::open(filled)?;
    flush_and_forget(&file)?;
    let written = read_back(file, 0)?.written;
    if written.hash != *wanted {
        return Err(altered("the content is not what its hash names"));
    }
    move_into_place(filled, place)?;
    Ok(written)
}

/// Hash and length of the file at `path` as the disk holds it, not as memory remembers it.
///
/// # Errors
/// What the file system answers.
pub fn examine(path: &Path) -> io::Result<Written> {
    let file = File::open(path)?;
    flush_and_forget(&file)?;
    Ok(read_back(file, 0)?.written)
}

/// Makes `folder` and whatever is missing above it, so that it is still there after a power cut.
///
/// # Errors
/// What the file system answers.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    if above != folder {
        make_folder(above)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        made => made.and_then(|()| flush_folder(above)),
    }
}

/// Removes the file at `path` for good; a file that is not there is no error.
///
/// # Errors
/// What the file system answers.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.and_then(|()| flush_folder(folder_of(path))),
    }
}

/// A file in `folder` that no name leads to, for what need not outlive this process: it is gone
/// with its last handle, power cut or not.
///
/// # Errors
/// What the file system answers.
pub fn nameless(folder: &Path) -> io::Result<File> {
    let (path, file) = open_temporary(&folder.join("nameless"), 0o600)?;
    fs::remove_file(path)?;
    Ok(file)
}

/// A file at `path` that is filled over many runs, such as a download: what is written comes behind
/// what is there. It counts for nothing before [`settle`] has put it in its place.
///
/// # Errors
/// What the file system answers.
#[expect(
    clippy::disallowed_methods,
    reason = "settle flushes it and holds it to its hash"
)]
pub fn filling(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// The file at `path` that programs lock to keep each other out; what is in it matters to nobody.
///
/// # Errors
/// What the file system answers.
#[expect(clippy::disallowed_methods, reason = "nothing is written")]
pub fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Opens a file beside `place` under a name that nobody else has, locked.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that opens files to write"
)]
fn open_temporary(place: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    // The number keeps writers of one process apart, the process id those of several.
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = place
        .file_name()
        .and_then(OsStr::to_str)
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the path names no file"))?;
    // Bounded: a process id comes round again only after a crash left as many files.
    for _ in 0..10_000 {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let path = folder_of(place).join(format!(".{name}.{process}-{number}{TEMPORARY}"));
        match OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
        {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Ok(file) => {
                file.lock()?;
                return Ok((path, file));
            }
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Flushes `file` to the disk and drops it from memory, so that the next read asks the disk.
fn flush_and_forget(file: &File) -> io::Result<()> {
    file.sync_all()?;
    match rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed) {
        // A file system that takes no advice reads back from memory: weaker, still a check.
        Ok(()) | Err(_) => Ok(()),
    }
}

struct Seen {
    head: Vec<u8>,
    tail: [u8; 32],
    written: Written,
}

fn read_back(mut file: File, head_bytes: usize) -> io::Result<Seen> {
    let mut head = Vec::new();
    Read::by_ref(&mut file)
        .take(head_bytes as u64)
        .read_to_end(&mut head)?;
    let (mut whole, mut tail) = (Sha256::new_with_prefix(&head), Sha256::new());
    let mut size_bytes = head.len() as u64;
    let mut block = vec![0; 1 << 16];
    loop {
        let count = match file.read(&mut block) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            count => count?,
        };
        if count == 0 {
            break;
        }
        whole.update(&block[..count]);
        if head_bytes > 0 {
            tail.update(&block[..count]);
        }
        size_bytes += count as u64;
    }
    let hash = ContentHash::from_bytes(whole.finalize().into());
    Ok(Seen {
        head,
        tail: tail.finalize().into(),
        written: Written { hash, size_bytes },
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that renames files"
)]
fn move_into_place(temporary: &Path, place: &Path) -> io::Result<()> {
    fs::rename(temporary, place)?;
    flush_folder(folder_of(place))
}

fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn altered(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

fn head_only() -> io::Error {
    io::Error::new(ErrorKind::Unsupported, "only the head can be written again")
}
