//! Enrolment: the code on the panel makes this PC the station.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error, bail};
use programme::enrolment::EnrolmentCode;
use programme::ids::{ContentHash, JournalId};
use programme::signed::{key_text, parse_key};
use programme::wire::{EnrolAnswer, EnrolRequest};
use recordings::durable;
use serde::{Deserialize, Serialize};

use crate::VERSION;
use crate::clock;
use crate::config::Settings;
use crate::station::{Enrolment, own_key};
use crate::sync::server::Server;

/// Asks the server at `url` to let this PC be the station that `code` was issued for, and keeps
/// what it answers in the state folder. A running player takes it up by itself.
///
/// # Errors
/// The code is mistyped, wrong, used or old; the server does not answer; or the server is not the
/// one that the code speaks of, in which case nothing is kept.
pub async fn enrol(settings: &Settings, url: &str, code: &str) -> anyhow::Result<Enrolment> {
    let (folder, language) = (settings.state_dir.as_path(), settings.language);
    let code: EnrolmentCode = code
        .parse()
        .map_err(|slip| Error::msg(language.mistyped(&slip)))?;
    let url = address(url)?;
    durable::make_folder(folder)
        .with_context(|| format!("make the folder {}", folder.display()))?;
    let tried = Tried::with(folder, &code)?;
    let request = EnrolRequest {
        secret: code.secret().to_owned(),
        journal: tried.journal,
        key: key_text(&own_key(&tried.own_key)?.verifying_key()),
        version: VERSION.to_owned(),
    };
    let server = Server::unknown_to(&url, language)?;
    let answer: EnrolAnswer = server.enrol(&request).await?;
    let key = parse_key(&answer.signing_key).context("read the server's signing key")?;
    if !code.pins(&key) {
        bail!(
            "{url} is not the server that issued this code: its signing key is another one. \
             Check the address; if it is right, somebody stands between this PC and the server"
        );
    }
    let enrolment = Enrolment {
        server: url,
        station: answer.station,
        name: answer.name,
        token: answer.token,
        journal: request.journal,
        signing_key: answer.signing_key,
        own_key: tried.own_key,
    };
    enrolment.save(folder)?;
    Ok(enrolment)
}

/// What a code was tried with. The answer may be lost on the way after the server has used the code
/// up; it then lets the same journal in again, and no other.
#[derive(Serialize, Deserialize)]
struct Tried {
    code: ContentHash,
    journal: JournalId,
    own_key: String,
}

impl Tried {
    fn with(folder: &Path, code: &EnrolmentCode) -> anyhow::Result<Self> {
        let path: PathBuf = folder.join("enrolling.json");
        let code = ContentHash::of(code.secret().as_bytes());
        let text = std::fs::read(&path).unwrap_or_default();
        let tried: Option<Self> = serde_json::from_slice(&text).ok();
        if let Some(tried) = tried.filter(|tried| tried.code == code) {
            return Ok(tried);
        }
        let enrolled = Enrolment::load(folder).ok().flatten();
        let kept = enrolled.map(|enrolled| enrolled.own_key);
        let fresh = || ContentHash::from_bytes(clock::random()).to_string();
        let tried = Self {
            code,
            journal: JournalId::from_random(clock::random()),
            own_key: kept
                .filter(|kept| own_key(kept).is_ok())
                .unwrap_or_else(fresh),
        };
        let text = serde_json::to_vec(&tried).context("write what the code is tried with")?;
        durable::write_private(&path, &text)
            .with_context(|| format!("write {}", path.display()))?;
        Ok(tried)
    }
}

/// The server's address as it is kept: with its scheme, without a slash at the end.
fn address(url: &str) -> anyhow::Result<String> {
    let url = url.trim().trim_end_matches('/');
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        bail!("the server's address begins with https:// (or http://), and not `{url}`");
    }
    Ok(url.to_owned())
}
