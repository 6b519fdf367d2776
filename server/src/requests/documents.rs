//! What is attached to a request: kept as an object that is known by its content, and only ever
//! saved to a disk, never shown by this server as a page.
//!
//! What a file is says its content, not its name. Nothing in it is opened here.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::response::{IntoResponse, Response};
use programme::ids::ContentHash;
use serde_json::json;

use super::request::{Document, Request};
use super::steps::{require_asker, shared_area};
use crate::audit::{self, Author};
use crate::objects::Key;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{escaped, without_nul, without_turns};

/// Largest document, in bytes: a dozen photographed pages.
pub const LIMIT_BYTES: usize = 10_000_000;
/// The same in megabytes, for people.
pub const LIMIT_MB: usize = LIMIT_BYTES / 1_000_000;
/// Longer names of files are cut.
const NAME_LIMIT: usize = 100;

/// What may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Portable Document Format (ISO 32000).
    Pdf,
    /// Office Open XML of a text (ECMA-376), without programs in it.
    Docx,
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Pdf, Self::Docx, Self::Png, Self::Jpeg, Self::Webp];

    /// Its name in the database and in JSON, and the end of a file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }

    /// The kind that a name names.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its type (IANA).
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// What `bytes` are, by their own marks; `None` for what is not taken.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let holds = |mark: &[u8]| bytes.windows(mark.len()).any(|found| found == mark);
        let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        // Names of the files within a ZIP stand in it as they are.
        let docx = || holds(b"word/document.xml") && !holds(b"vbaProject.bin");
        match bytes {
            _ if webp => Some(Self::Webp),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'P', b'K', 3, 4, ..] if docx() => Some(Self::Docx),
            _ => None,
        }
    }
}

/// Attaches a document to a request that has none.
///
/// # Errors
/// 404 for somebody else's request, 413 and 422 for what is no document that is taken, 409 for a
/// request that has one already or was taken back.
pub async fn attach(
    state: &State,
    actor: &Actor,
    request: &Request,
    name: &str,
    bytes: Bytes,
) -> Result<()> {
    require_asker(actor, request)?;
    without_nul(name)?;
    if bytes.len() > LIMIT_BYTES {
        return Err(too_large());
    }
    let kind = Kind::of(&bytes).ok_or_else(|| Error::invalid("error-request-document"))?;
    let hash = ContentHash::of(&bytes);
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let name = file_name(&without_turns(name), kind);
    let area = shared_area(state, request).await?;
    // A row never names what is not there; what no row names is a document that came to nothing.
    state.objects.put(&Key::Document(hash), bytes).await?;
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE requests SET document_hash = $1, document_kind = $2, document_size_bytes = $3, \
         document_name = $4 WHERE id = $5 AND cancelled_at_ms IS NULL \
         AND (document_hash IS NULL OR document_hash = $1)",
    )
    .bind(hash.to_string())
    .bind(kind.name())
    .bind(size)
    .bind(&name)
    .bind(request.id.as_str())
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(Error::conflict("error-request-has-document"));
    }
    audit::record(
        state,
        &mut write,
        &Author::from(actor),
        "request.attach",
        request.id.as_str(),
        area.as_ref(),
        json!({ "file_name": name, "hash": hash }),
    )
    .await?;
    write.commit().await?;
    Ok(())
}

/// Answers with the document as a file to be saved.
///
/// # Errors
/// 404 without one; the store failed.
pub async fn send(state: &State, request: &Request) -> Result<Response> {
    let document = request.document.as_ref().ok_or_else(Error::not_found)?;
    let found = state
        .objects
        .get(&Key::Document(document.hash), None)
        .await?;
    let headers = [
        (CONTENT_TYPE, document.kind.content_type().to_owned()),
        (CONTENT_LENGTH, found.size_bytes.to_string()),
        (CONTENT_DISPOSITION, disposition(document)),
        // Sent by strangers: should a browser show it all the same, nothing in it may run.
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, axum::body::Body::from_stream(found.bytes)).into_response())
}

/// The refusal of a document that is larger than any that is taken.
pub fn too_large() -> Error {
    Error::refused(
        StatusCode::PAYLOAD_TOO_LARGE,
        "error-request-document-large",
    )
    .with("most", LIMIT_MB)
}

/// A name for every browser, and the true one for those that read it (RFC 6266).
fn disposition(document: &Document) -> String {
    let (kind, name) = (document.kind.name(), escaped(&document.name));
    format!("attachment; filename=\"van-ban.{kind}\"; filename*=UTF-8''{name}")
}

/// A name for the file out of what its sender called it: no path, and the end that its content has.
fn file_name(name: &str, kind: Kind) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let plain = stem.chars().filter(|letter| !letter.is_control());
    let stem: String = plain.take(NAME_LIMIT).collect();
    let stem = match stem.trim() {
        "" => "van-ban",
        stem => stem,
    };
    format!("{stem}.{}", kind.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_its_content_says() {
        assert_eq!(Kind::of(b"%PDF-1.7 ..."), Some(Kind::Pdf));
        assert_eq!(
            Kind::of(b"PK\x03\x04..word/document.xml.."),
            Some(Kind::Docx)
        );
        assert_eq!(Kind::of(b"\xff\xd8\xff\xe0..."), Some(Kind::Jpeg));
        assert_eq!(Kind::of(b"\x89PNG\r\n\x1a\n..."), Some(Kind::Png));
        assert_eq!(Kind::of(b"RIFF....WEBPVP8 "), Some(Kind::Webp));
        let macros = b"PK\x03\x04..word/document.xml..word/vbaProject.bin";
        for refused in [
            &b"<html><script>"[..],
            b"PK\x03\x04..xl/workbook.xml",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            macros,
            b"",
        ] {
            assert_eq!(Kind::of(refused), None, "{refused:?}");
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
    }

    #[test]
    fn a_name_is_no_path_and_ends_as_the_content_does() {
        let name = |text| file_name(text, Kind::Pdf);
        assert_eq!(name("Công văn 12.pdf"), "Công văn 12.pdf");
        assert_eq!(name("../../etc/passwd"), "passwd.pdf");
        assert_eq!(name("C:\\Thư mục\\a.exe"), "a.pdf");
        assert_eq!(name("\r\n.html"), "van-ban.pdf");
        assert_eq!(name(""), "van-ban.pdf");
        let document = Document {
            hash: ContentHash::of(b""),
            kind: Kind::Pdf,
            size_bytes: 1,
            name: name("a\"; b\r\n.pdf"),
        };
        assert_eq!(
            disposition(&document),
            "attachment; filename=\"van-ban.pdf\"; filename*=UTF-8''a%22%3B%20b.pdf"
        );
    }
}
