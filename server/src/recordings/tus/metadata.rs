//! What the sender says about the file: `filename`, `language`, `area`, `bulletin`, and `filetype`,
//! which nothing depends on, because the content says it better.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::people::identity::Actor;
use crate::recordings::intake::{self, Wish};
use crate::recordings::uploads::NewUpload;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// What the headers of a creation ask for.
pub async fn read(
    state: &State,
    actor: &Actor,
    headers: &HeaderMap,
    length_bytes: Option<u64>,
) -> Result<NewUpload> {
    let text = match headers.get("upload-metadata") {
        Some(value) => value.to_str().map_err(|_| unreadable())?,
        None => "",
    };
    let mut said = parse(text).ok_or_else(unreadable)?;
    let mut take = |name: &str| said.remove(name).unwrap_or_default();
    // Clients of other servers say `name`.
    let file_name = Some(take("filename")).filter(|name| !name.is_empty());
    let file_name = file_name.unwrap_or_else(|| take("name"));
    let wish = Wish {
        area: take("area"),
        language: take("language"),
        bulletin: take("bulletin"),
        file_name,
    };
    let mut new = intake::settle(state, actor, wish).await?;
    new.length_bytes = length_bytes;
    new.metadata = text.to_owned();
    Ok(new)
}

/// Creation, Upload-Metadata: pairs divided by commas, each a key and, after a space, a value in
/// base 64, which may be left out.
fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    let mut said = BTreeMap::new();
    for pair in text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
    {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(value.trim()).ok()?;
        if said
            .insert(key.to_owned(), String::from_utf8(value).ok()?)
            .is_some()
        {
            return None;
        }
    }
    Some(said)
}

fn unreadable() -> Error {
    Error::refused(StatusCode::BAD_REQUEST, "error-unreadable-request")
        .with("reason", "the header upload-metadata cannot be understood")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_as_tus_clients_write_it() {
        let said = parse("filename YuG6o24gdGluLm00YQ==,language cGNj,is_draft").unwrap();
        assert_eq!(said["filename"], "bản tin.m4a");
        assert_eq!(said["language"], "pcc");
        assert_eq!(said["is_draft"], "");
        assert_eq!(parse(""), Some(BTreeMap::new()));
        assert_eq!(parse("filename not-base-64!"), None);
        assert_eq!(parse("a YQ==,a Yg=="), None);
    }
}
