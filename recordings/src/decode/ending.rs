//! Whether a file that does not promise its length ends where its recorder ended it.
//!
//! What can be known differs. An MP3 or an ADTS stream is frames, one behind the other, and WebM is
//! elements that say how long they are: whoever cut such a file off nearly always cut one in two.
//! An Ogg stream marks its last page (RFC 3533 §6), but RFC 7845 §4 asks readers to bear with
//! streams that lack the mark, and Android's recorder never writes it: its absence is a hint and no
//! proof. A file that was cut exactly between two frames or elements looks like a whole one.

use std::io::{BufReader, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use super::Format;
use crate::error::Error;

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As a whole file does, as far as anybody can know.
    Whole,
    /// Its last page is not marked as the last.
    Unmarked,
    /// Within a frame or an element.
    Torn,
}

/// What is looked at before a reader keeps the source for itself.
pub(super) struct Ends {
    /// The last bytes of the file; its largest page, and more than its largest frame, fits in.
    tail: Vec<u8>,
    torn_element: bool,
}

/// 27 bytes of header, 255 of lengths, and so many times 255 (RFC 3533 §6).
const TAIL_BYTES: u64 = 65_307;

impl Ends {
    /// Looks at `source` and rewinds it.
    pub(super) fn of(source: &mut Box<dyn MediaSource>) -> Result<Self, Error> {
        let torn_element = has_torn_element(source)?;
        let mut tail = Vec::new();
        if let Some(file_bytes) = source.byte_len() {
            let from = file_bytes.saturating_sub(TAIL_BYTES);
            source.seek(SeekFrom::Start(from))?;
            source.by_ref().take(TAIL_BYTES).read_to_end(&mut tail)?;
        }
        source.seek(SeekFrom::Start(0))?;
        Ok(Self { tail, torn_element })
    }

    /// How a file of `format` ends whose last packet of sound is `last`.
    pub(super) fn ending(&self, format: Format, last: &[u8]) -> Ending {
        match format {
            Format::Mp3 if self.begins_behind(last, is_mp3_like(last)) => Ending::Torn,
            Format::Adts if self.begins_behind(last, is_adts) => Ending::Torn,
            Format::Webm if self.torn_element => Ending::Torn,
            Format::Ogg if self.lacks_mark() => Ending::Unmarked,
            Format::Mp3
            | Format::Adts
            | Format::Webm
            | Format::Ogg
            | Format::Wav
            | Format::Aiff
            | Format::Caf
            | Format::Flac
            | Format::Mp4
            | Format::Amr => Ending::Whole,
        }
    }

    /// Whether a frame begins right behind the last one that could be read: it is not all there, or
    /// it would have been read as well. Tags and padding begin in another way.
    fn begins_behind(&self, last: &[u8], is_header: impl Fn(&[u8]) -> bool) -> bool {
        if last.is_empty() {
            return false;
        }
        let mut places = self.tail.windows(last.len());
        let Some(place) = places.rposition(|bytes| bytes == last) else {
            return false;
        };
        let behind = self.tail.get(place + last.len()..).unwrap_or_default();
        !behind.is_empty() && is_header(behind)
    }

    /// Whether the page that reaches to the end of the file is not the last of its stream.
    fn lacks_mark(&self) -> bool {
        let pages = self.tail.windows(4).enumerate().rev();
        let mut starts = pages.filter(|(_, bytes)| *bytes == b"OggS");
        let flags = starts.find_map(|(at, _)| page_to_the_end(self.tail.get(at..)?));
        flags.is_some_and(|flags| flags & LAST_PAGE == 0)
    }
}

/// The flag of the last page of a stream (RFC 3533 §6).
const LAST_PAGE: u8 = 4;

/// The flags of the page that `bytes` are, if they are one page and nothing else.
fn page_to_the_end(bytes: &[u8]) -> Option<u8> {
    let (version, flags) = (*bytes.get(4)?, *bytes.get(5)?);
    let segments = usize::from(*bytes.get(26)?);
    let lengths = bytes.get(27..27 + segments)?;
    let body: usize = lengths.iter().copied().map(usize::from).sum();
    (version == 0 && bytes.len() == 27 + segments + body).then_some(flags)
}

/// Whether bytes begin as an MP3 frame of the stream that `last` is a frame of (ISO/IEC 11172-3
/// §2.4.1.3): sync word, version, layer, and the rate of its samples, as far as they are there.
fn is_mp3_like(last: &[u8]) -> impl Fn(&[u8]) -> bool {
    // The bit rate may change from frame to frame, the padding does.
    const SAME: [u8; 3] = [0xFF, 0xFE, 0x0C];
    move |bytes| {
        let mut pairs = bytes.iter().zip(last).zip(SAME);
        pairs.all(|((a, b), mask)| a & mask == b & mask)
    }
}

/// Whether bytes begin as an ADTS frame (ISO/IEC 13818-7 §6.2): the sync word and layer 0, as far
/// as they are there.
fn is_adts(bytes: &[u8]) -> bool {
    bytes[0] == 0xFF && bytes.get(1).is_none_or(|byte| byte & 0xF6 == 0xF0)
}

/// The elements of a WebM file (RFC 9559 §5) that hold others and are walked through, known length
/// or not: a recorder that cannot go back leaves theirs open.
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1F43_B675;
/// Those, and the elements that stand between them: behind any other nothing can be known.
const KNOWN: [u32; 18] = [
    EBML,
    SEGMENT,
    CLUSTER,
    0x114D_9B74, // SeekHead
    0x1549_A966, // Info
    0x1654_AE6B, // Tracks
    0x1C53_BB6B, // Cues
    0x1254_C367, // Tags
    0x1043_A770, // Chapters
    0x1941_A469, // Attachments
    0xE7,        // Timestamp
    0xA3,        // SimpleBlock
    0xA0,        // BlockGroup
    0xA7,        // Position
    0xAB,        // PrevSize
    0xAF,        // EncryptedBlock
    0xEC,        // Void
    0xBF,        // CRC-32
];
/// A minute of Opus has three thousand; this is twenty hours.
const ELEMENTS_MAX: usize = 4_000_000;
/// Four bytes say what an element is, and eight how long.
const HEAD_BYTES_MAX: usize = 12;

/// The element with which every such file begins (RFC 8794 §11.2.1).
const EBML: u32 = 0x1A45_DFA3;

/// Whether the last element of a WebM file is longer than what is there of it.
fn has_torn_element(source: &mut Box<dyn MediaSource>) -> Result<bool, Error> {
    let Some(file_bytes) = source.byte_len() else {
        return Ok(false);
    };
    source.seek(SeekFrom::Start(0))?;
    let mut source = BufReader::new(source);
    let mut at = 0_u64;
    for _ in 0..ELEMENTS_MAX {
        let mut head = Vec::with_capacity(HEAD_BYTES_MAX);
        Read::by_ref(&mut source)
            .take(HEAD_BYTES_MAX as u64)
            .read_to_end(&mut head)?;
        let Some(element) = element(&head) else {
            return Ok(at > 0 && is_torn_head(&head));
        };
        if (at == 0) != (element.id == EBML) {
            return Ok(false);
        }
        let behind_head = at + element.head_bytes;
        let end = element
            .length
            .map(|length| behind_head.saturating_add(length));
        let next = match (element.id, end) {
            (id, _) if !KNOWN.contains(&id) => return Ok(false),
            (_, Some(end)) if end > file_bytes => return Ok(true),
            (SEGMENT | CLUSTER, _) => behind_head,
            (_, Some(end)) => end,
            (_, None) => return Ok(false),
        };
        source.seek_relative(next.cast_signed() - (at + head.len() as u64).cast_signed())?;
        at = next;
    }
    Ok(false)
}

/// Whether `head` is the beginning of the head of a known element, and the end of the file.
fn is_torn_head(head: &[u8]) -> bool {
    let begins = |id: &u32| {
        let id = id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0);
        id.zip(head).all(|(wanted, found)| wanted == *found)
    };
    (1..HEAD_BYTES_MAX).contains(&head.len()) && KNOWN.iter().any(begins)
}

/// The head of an element.
struct Element {
    id: u32,
    head_bytes: u64,
    /// Bytes behind the head; `None` where a recorder left it open.
    length: Option<u64>,
}

/// Reads the head of an element (RFC 8794 §4 to §6); `None` where `head` is none, or not all of it.
fn element(head: &[u8]) -> Option<Element> {
    let id_bytes = head.first()?.leading_zeros() as usize + 1;
    let id = head.get(..id_bytes).filter(|_| id_bytes <= 4)?;
    let id = id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let length = head.get(id_bytes..)?;
    let length_bytes = length.first()?.leading_zeros() as usize + 1;
    let length = length.get(..length_bytes).filter(|_| length_bytes <= 8)?;
    let length = length
        .iter()
        .fold(0, |all, byte| all << 8 | u64::from(*byte));
    let most = (1_u64 << (7 * length_bytes)) - 1;
    Some(Element {
        id,
        head_bytes: (id_bytes + length_bytes) as u64,
        length: Some(length & most).filter(|length| *length != most),
    })
}
