//! A stick as one file: a ZIP archive (PKWARE APPNOTE.TXT 6.3.10) in which nothing is compressed,
//! for Opus does not get smaller.
//!
//! Written as it is sent: the length and the checksum of a file stand behind it (§4.3.9), and the
//! directory of all at the end. Read by that directory alone. Nothing in it is believed: what is
//! read out is held to its hash or its signature, and never to the checksum here.

use super::FOLDER;

const LOCAL: u32 = 0x0403_4b50;
const BEHIND: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;

/// Length and checksum stand behind the file; its name is UTF-8 (§4.4.4, bits 3 and 11).
const FLAGS: u16 = 1 << 3 | 1 << 11;

/// A file that is encrypted (§4.4.4, bit 0).
const ENCRYPTED: u16 = 1;

/// 1 January 1980, the first day that the format knows (§4.4.6).
const DAY: u16 = 1 << 5 | 1;

/// Bytes of a header in front of a file, without its name.
pub const LOCAL_BYTES: usize = 30;

const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;

/// The end of an archive is found within so many bytes: a comment of 65,535 may stand behind it.
pub const TAIL_BYTES_MAX: u64 = END_BYTES as u64 + 0xffff;

/// No directory of ours is longer: tens of thousands of recordings.
pub const DIRECTORY_BYTES_MAX: u64 = 8_000_000;

/// An archive that cannot be written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More than the format holds without its later extensions.
    #[error("more than 4 GB do not fit into one file: choose fewer villages")]
    TooLarge,
    /// The bytes are no archive, or it broke off.
    #[error("the file is no whole .zip: download it again, or unpack it onto the stick")]
    Damaged,
}

/// An archive that is being written. It gives the bytes that stand around those of the files.
#[derive(Debug, Default)]
pub struct Writer {
    files: Vec<Written>,
    at: u64,
}

#[derive(Debug)]
struct Written {
    name: String,
    crc: Crc,
    length: u64,
    header_at: u64,
}

impl Writer {
    /// What stands in front of the file of this name in [`FOLDER`]; its bytes follow.
    pub fn begin(&mut self, name: &str) -> Vec<u8> {
        let name = format!("{FOLDER}/{name}");
        let mut bytes = Vec::new();
        put4(&mut bytes, LOCAL);
        // Version, flags, stored, time, day; checksum and both lengths stand behind the file.
        for field in [20, FLAGS, 0, 0, DAY, 0, 0, 0, 0, 0, 0] {
            put2(&mut bytes, field);
        }
        put2(&mut bytes, short(name.len() as u64));
        put2(&mut bytes, 0);
        bytes.extend_from_slice(name.as_bytes());
        self.files.push(Written {
            name,
            crc: Crc::default(),
            length: 0,
            header_at: self.at,
        });
        self.at += bytes.len() as u64;
        bytes
    }

    /// Notes bytes of the file that was begun last.
    pub fn add(&mut self, bytes: &[u8]) {
        if let Some(file) = self.files.last_mut() {
            file.crc.add(bytes);
            file.length += bytes.len() as u64;
        }
        self.at += bytes.len() as u64;
    }

    /// What stands behind the file that was begun last.
    pub fn end(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Some(file) = self.files.last() {
            put4(&mut bytes, BEHIND);
            put4(&mut bytes, file.crc.value());
            put4(&mut bytes, long(file.length));
            put4(&mut bytes, long(file.length));
        }
        self.at += bytes.len() as u64;
        bytes
    }

    /// What stands at the end of all.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn finish(self) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        for file in &self.files {
            put4(&mut bytes, CENTRAL);
            // Made by UNIX, so that the rights below count.
            for field in [3 << 8 | 20, 20, FLAGS, 0, 0, DAY] {
                put2(&mut bytes, field);
            }
            put4(&mut bytes, file.crc.value());
            put4(&mut bytes, long(file.length));
            put4(&mut bytes, long(file.length));
            put2(&mut bytes, short(file.name.len() as u64));
            for field in [0, 0, 0, 0] {
                put2(&mut bytes, field);
            }
            put4(&mut bytes, 0o100_644 << 16);
            put4(&mut bytes, long(file.header_at));
            bytes.extend_from_slice(file.name.as_bytes());
        }
        let (count, length) = (self.files.len() as u64, bytes.len() as u64);
        if count >= 0xffff || self.at + length >= 0xffff_ffff {
            return Err(Fault::TooLarge);
        }
        put4(&mut bytes, END);
        for field in [0, 0, short(count), short(count)] {
            put2(&mut bytes, field);
        }
        put4(&mut bytes, long(length));
        put4(&mut bytes, long(self.at));
        put2(&mut bytes, 0);
        Ok(bytes)
    }
}

/// Where the directory of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Directory {
    /// Where it begins.
    pub at: u64,
    /// Its bytes, [`DIRECTORY_BYTES_MAX`] at most.
    pub length: u64,
}

/// A file of ours in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in [`FOLDER`].
    pub name: String,
    /// Its length.
    pub length: u64,
    /// Where the header in front of it begins, of [`LOCAL_BYTES`] and a name.
    pub header_at: u64,
}

/// Finds the directory by the last bytes of an archive, up to [`TAIL_BYTES_MAX`] of them.
///
/// # Errors
/// [`Fault::Damaged`].
pub fn directory(tail: &[u8]) -> Result<Directory, Fault> {
    let mut places = (0..=tail.len().saturating_sub(END_BYTES)).rev();
    let found = places
        .find(|at| get4(tail, *at) == Some(END))
        .ok_or(Fault::Damaged)?;
    let field = |at| get4(tail, found + at).map(u64::from).ok_or(Fault::Damaged);
    let (length, at) = (field(12)?, field(16)?);
    if length > DIRECTORY_BYTES_MAX {
        return Err(Fault::Damaged);
    }
    Ok(Directory { at, length })
}

/// The files of ours in the bytes of a directory. What is compressed or encrypted is left out: it
/// is not ours.
///
/// # Errors
/// [`Fault::Damaged`].
pub fn entries(directory: &[u8]) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    let mut at = 0;
    while at < directory.len() {
        if get4(directory, at) != Some(CENTRAL) {
            return Err(Fault::Damaged);
        }
        let small = |place| get2(directory, at + place).ok_or(Fault::Damaged);
        let large = |place| get4(directory, at + place).ok_or(Fault::Damaged);
        let (flags, method) = (small(8)?, small(10)?);
        let [name, extra, comment] = [small(28)?, small(30)?, small(32)?].map(usize::from);
        let (length, header_at) = (u64::from(large(24)?), u64::from(large(42)?));
        let begins = at + CENTRAL_BYTES;
        let name_bytes = directory.get(begins..begins + name).ok_or(Fault::Damaged)?;
        at = begins + name + extra + comment;
        let ours = std::str::from_utf8(name_bytes).ok();
        let ours = ours.and_then(|name| name.strip_prefix(FOLDER)?.strip_prefix('/'));
        if let Some(name) = ours.filter(|_| method == 0 && flags & ENCRYPTED == 0) {
            entries.push(Entry {
                name: name.to_owned(),
                length,
                header_at,
            });
        }
    }
    Ok(entries)
}

/// Where the bytes of a file begin behind its header, by the first [`LOCAL_BYTES`] of that.
///
/// # Errors
/// [`Fault::Damaged`].
pub fn behind(header: &[u8]) -> Result<u64, Fault> {
    if get4(header, 0) != Some(LOCAL) {
        return Err(Fault::Damaged);
    }
    let field = |at| get2(header, at).map(u64::from).ok_or(Fault::Damaged);
    Ok(LOCAL_BYTES as u64 + field(26)? + field(28)?)
}

/// CRC-32 as the format wants it (§4.4.7): the polynomial of ISO 3309, reflected.
#[derive(Debug, Default)]
struct Crc(u32);

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                value >> 1 ^ 0xedb8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

impl Crc {
    fn add(&mut self, bytes: &[u8]) {
        let step = |value: u32, byte: &u8| {
            let place = usize::from((value & 0xff) as u8 ^ byte);
            TABLE[place] ^ value >> 8
        };
        self.0 = !bytes.iter().fold(!self.0, step);
    }

    fn value(&self) -> u32 {
        self.0
    }
}

/// What does not fit is found when the archive is finished.
fn long(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn short(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

fn put2(to: &mut Vec<u8>, value: u16) {
    to.extend_from_slice(&value.to_le_bytes());
}

fn put4(to: &mut Vec<u8>, value: u32) {
    to.extend_from_slice(&value.to_le_bytes());
}

fn get2(from: &[u8], at: usize) -> Option<u16> {
    from.get(at..)?
        .first_chunk()
        .copied()
        .map(u16::from_le_bytes)
}

fn get4(from: &[u8], at: usize) -> Option<u32> {
    from.get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = Writer::default();
        let mut whole = Vec::new();
        for (name, bytes) in files {
            whole.extend(writer.begin(name));
            for piece in bytes.chunks(3) {
                writer.add(piece);
                whole.extend_from_slice(piece);
            }
            whole.extend(writer.end());
        }
        whole.extend(writer.finish().unwrap());
        whole
    }

    fn read(whole: &[u8], name: &str) -> Result<Vec<u8>, Fault> {
        let tail = whole
            .len()
            .saturating_sub(usize::try_from(TAIL_BYTES_MAX).unwrap());
        let found = directory(&whole[tail..])?;
        let place = |at: u64| usize::try_from(at).unwrap();
        let listed = whole.get(place(found.at)..place(found.at + found.length));
        let entries = entries(listed.ok_or(Fault::Damaged)?)?;
        let entry = entries.iter().find(|entry| entry.name == name);
        let entry = entry.ok_or(Fault::Damaged)?;
        let header = whole.get(place(entry.header_at)..).ok_or(Fault::Damaged)?;
        let start = place(entry.header_at + behind(header)?);
        let bytes = whole.get(start..start + place(entry.length));
        bytes.map(<[u8]>::to_vec).ok_or(Fault::Damaged)
    }

    #[test]
    fn the_checksum_is_the_one_of_the_format() {
        let mut crc = Crc::default();
        crc.add(b"1234");
        crc.add(b"56789");
        assert_eq!(crc.value(), 0xcbf4_3926, "the check value of CRC-32");
    }

    #[test]
    fn each_file_is_found_by_the_directory_also_behind_a_comment() {
        let mut whole = archive(&[
            ("a.json", b"{}"),
            ("recordings/x.opus", &[7; 999]),
            ("e", b""),
        ]);
        assert_eq!(read(&whole, "a.json").unwrap(), b"{}");
        assert_eq!(read(&whole, "recordings/x.opus").unwrap(), [7; 999]);
        assert_eq!(read(&whole, "e").unwrap(), b"");
        assert!(read(&whole, "b").is_err());
        whole.extend_from_slice(b"a comment");
        assert_eq!(read(&whole, "a.json").unwrap(), b"{}");
    }

    #[test]
    fn what_is_cut_or_garbled_anywhere_is_a_fault_and_no_panic() {
        let whole = archive(&[("a.json", b"{}"), ("b", &[7; 50])]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length], "a.json").is_err(), "{length}");
        }
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut odd = whole.clone();
                odd[place] ^= 1 << bit;
                let _ = read(&odd, "b");
            }
        }
    }
}
