//! What a file is, by its first bytes.
//!
//! The probe behind this one looks for sound anywhere in the first kilobytes, and finds some in
//! many a picture or archive; what is plainly something else is told apart here, by name, so that
//! the panel can say how to send it.

use std::io::{self, Read, Seek, SeekFrom};

use crate::error::What;

/// The step that takes the file on, or why none does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Empty,
    Amr,
    Container,
    Refused(What),
}

/// Looks at the head of `source` and rewinds it.
pub(super) fn sniff(source: &mut (impl Read + Seek)) -> io::Result<Kind> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    Read::by_ref(source)
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)?;
    source.seek(SeekFrom::Start(0))?;
    Ok(kind(&head))
}

/// Enough to tell text from bytes; every signature below is within the first 300.
const HEAD_BYTES: usize = 4096;

fn kind(head: &[u8]) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    if head.starts_with(b"#!AMR\n") {
        return Kind::Amr;
    }
    let signature = SIGNATURES
        .iter()
        .find(|(at, bytes, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(bytes)));
    if let Some((_, _, what)) = signature {
        return Kind::Refused(what.clone());
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") || is_picture_box(head) {
        return Kind::Refused(What::Picture);
    }
    if is_transport_stream(head) {
        return Kind::Refused(What::Video);
    }
    if is_text(head) {
        return Kind::Refused(What::Text);
    }
    Kind::Container
}

/// Offset, bytes and meaning, from the registries of the formats.
const SIGNATURES: &[(usize, &[u8], What)] = &[
    (0, b"#!AMR-WB\n", What::AmrWideband),
    (0, b"#!AMR_MC1.0\n", What::AmrMultichannel),
    (0, b"#!AMR-WB_MC1.0\n", What::AmrMultichannel),
    (0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", What::Wma),
    (0, b"MThd", What::Midi),
    (0, b"%PDF-", What::Pdf),
    (0, b"PK\x03\x04", What::Zip),
    (0, b"PK\x05\x06", What::Zip),
    (0, b"Rar!\x1A\x07", What::Archive),
    (0, b"7z\xBC\xAF\x27\x1C", What::Archive),
    (0, b"\x1F\x8B\x08", What::Archive),
    (0, b"\x89PNG\r\n\x1A\n", What::Picture),
    (0, b"\xFF\xD8\xFF", What::Picture),
    (0, b"GIF8", What::Picture),
    (0, b"BM", What::Picture),
    (0, b"II*\0", What::Picture),
    (0, b"MM\0*", What::Picture),
    (0, b"\x7FELF", What::Program),
    (0, b"MZ", What::Program),
    (0, b"FLV\x01", What::Video),
    (8, b"AVI LIST", What::Video),
    (0, b"\x00\x00\x01\xBA", What::Video),
];

/// A photo of an iPhone (HEIF) is an ISO file like an m4a; its brand says which (ISO/IEC 23008-12).
fn is_picture_box(head: &[u8]) -> bool {
    const BRANDS: [&[u8]; 7] = [
        b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif", b"hevc",
    ];
    head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|b| BRANDS.contains(&b))
}

/// MPEG transport streams repeat 0x47 every 188 bytes (ISO/IEC 13818-1).
fn is_transport_stream(head: &[u8]) -> bool {
    head.len() > 188 * 8 && (0..8).all(|n| head[n * 188] == 0x47)
}

/// Valid UTF-8 without control characters, save perhaps for a character that the head cuts.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if head.len() - error.valid_up_to() < 4 => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or("\0")
        }
        Err(_) => return false,
    };
    valid
        .chars()
        .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_content() {
        assert_eq!(kind(b""), Kind::Empty);
        assert_eq!(kind(b"#!AMR\n\x3C\x00"), Kind::Amr);
        assert_eq!(kind(b"%PDF-1.7\n%\xE2\xE3"), Kind::Refused(What::Pdf));
        assert_eq!(
            kind(b"\0\0\0\x18ftypheic\0\0"),
            Kind::Refused(What::Picture)
        );
        assert_eq!(kind(b"\0\0\0\x18ftypM4A \0\0"), Kind::Container);
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Kind::Refused(What::Picture));
        assert_eq!(kind(b"RIFF\0\0\0\0WAVEfmt "), Kind::Container);
    }

    #[test]
    fn text_in_vietnamese_is_text_even_where_the_head_cuts_a_letter() {
        let text = "Kính thưa bà con. ".repeat(300);
        assert_eq!(kind(&text.as_bytes()[..4096]), Kind::Refused(What::Text));
        let cut = text.find('í').map(|at| &text.as_bytes()[..at + 1]);
        assert_eq!(cut.map(kind), Some(Kind::Refused(What::Text)));
        assert_eq!(kind(b"ID3\x04\0\0"), Kind::Container);
    }
}
