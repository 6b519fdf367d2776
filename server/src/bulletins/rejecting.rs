//! Sending a bulletin back to its authors on the panel: reasons that one tap chooses, and words.

use axum::response::Response;
use programme::ids::BulletinId;

use super::bulletin::{self, Bulletin};
use super::{approval, showing};
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path};
use crate::web::shell::{Shell, done};

/// Names of the ready reasons, as the form sends them; each has the sentence `bulletins-reason-…`.
pub(super) const READY: [&str; 5] = ["sound", "facts", "language", "long", "authority"];

/// `POST /bulletins/{bulletin}/reject`
pub(super) async fn send(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    let mut versions = pairs.iter().filter(|(name, _)| name == "version");
    let version = versions.next().and_then(|(_, value)| value.parse().ok());
    let seen = Bulletin {
        version: version.ok_or_else(Error::not_found)?,
        ..bulletin
    };
    let reason = reason(&pairs, &shell);
    match approval::reject(&state, &actor, &area, &seen, &reason).await {
        Ok(()) => Ok(done(
            &format!("/bulletins/{id}"),
            "notice-bulletin-rejected",
        )),
        Err(error) => showing::refused(&state, shell, &actor, &id, error).await,
    }
}

/// What the author reads: the chosen reasons, in the language of whoever chose them as their own
/// words are, and then those.
fn reason(pairs: &[(String, String)], shell: &Shell) -> String {
    let sent = |wanted: &str, given: &str| {
        let mut pairs = pairs.iter();
        pairs.any(|(name, value)| name == wanted && value == given)
    };
    let chosen = READY.into_iter().filter(|name| sent("ready", name));
    let chosen = chosen.map(|name| shell.say(&format!("bulletins-reason-{name}")) + ".");
    let typed = pairs.iter().filter(|(name, _)| name == "reason");
    let typed = typed.map(|(_, text)| text.trim().to_owned());
    let all: Vec<String> = chosen
        .chain(typed.filter(|text| !text.is_empty()))
        .collect();
    all.join(" ")
}
