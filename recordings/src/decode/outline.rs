//! What an MP4 looks like from outside, box by box.

use std::io::{Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use crate::error::{Damage, Error, What};

/// A file that ends before its first sound.
pub(super) const CUT_OFF: Error = Error::Unreadable(Damage::Truncated {
    present_ms: 0,
    promised_ms: None,
});

/// What the boxes of an ISO file (MP4, 3GP; ISO/IEC 14496-12 §4.2) say before anyone reads it:
/// it explains failures that the reader of such files can only report.
#[derive(Default)]
pub(super) struct Outline {
    /// A box is longer than the file: its end is missing.
    cut_off: bool,
    /// That box holds sound or says where sound is, or the last one is a fragment's head, which
    /// says where sound is that no longer stands behind it (§8.8.4).
    pub(super) torn: bool,
    /// A stream is coded in AMR (3GPP TS 26.244 §6.2).
    amr: bool,
}

/// Boxes on the top level; a long recording in fragments has one or two per second.
const BOXES_MAX: usize = 20_000;
/// The table of contents of speech is smaller than this; a larger one is not searched to its end.
const CONTENTS_BYTES: u64 = 256 * 1024;

impl Outline {
    pub(super) fn of(source: &mut Box<dyn MediaSource>) -> Result<Self, Error> {
        let mut outline = Self::default();
        let file_bytes = source.byte_len().unwrap_or(u64::MAX);
        let mut at = 0_u64;
        for _ in 0..BOXES_MAX {
            let mut head = Vec::with_capacity(16);
            source.seek(SeekFrom::Start(at))?;
            source.by_ref().take(16).read_to_end(&mut head)?;
            let Some((name, length)) = box_head(&head) else {
                break;
            };
            if at == 0 && name != *b"ftyp" {
                break;
            }
            if name == *b"moov" {
                let mut contents = Vec::new();
                source
                    .by_ref()
                    .take(length.min(CONTENTS_BYTES))
                    .read_to_end(&mut contents)?;
                outline.amr = contents
                    .windows(4)
                    .any(|name| matches!(name, b"samr" | b"sawb"));
            }
            at = at.saturating_add(length);
            outline.cut_off = at > file_bytes;
            outline.torn = match &name {
                b"moof" => true,
                b"mdat" | b"moov" => outline.cut_off,
                _ => false,
            };
            if at >= file_bytes {
                break;
            }
        }
        // Nothing was torn where a further box stands that was not looked at.
        outline.torn &= at.saturating_add(8) > file_bytes;
        source.seek(SeekFrom::Start(0))?;
        Ok(outline)
    }

    /// A failure, in the light of what the file looks like.
    pub(super) fn explain(&self, error: Error) -> Error {
        match (self.cut_off, self.amr) {
            (true, _) => CUT_OFF,
            (false, true) => Error::Unsupported(What::AmrIn3gp),
            (false, false) => error,
        }
    }
}

/// Name and length of the box that starts with `head`; `None` where none starts or it has no end.
fn box_head(head: &[u8]) -> Option<([u8; 4], u64)> {
    let (short, name) = (
        head.first_chunk::<4>()?,
        head.get(4..8)?.first_chunk::<4>()?,
    );
    let length = match u32::from_be_bytes(*short) {
        1 => u64::from_be_bytes(*head.get(8..16)?.first_chunk::<8>()?),
        short => u64::from(short),
    };
    (length >= 8).then_some((*name, length))
}
