//! `import` and `export`: the running player is asked, for it alone writes its state.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use reqwest::StatusCode;

use super::to_player;
use crate::config::Settings;

/// A slow stick with the recordings of a season takes this long at most.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Has the player take in what is at `path`, or write the as-run there alone, and says what became
/// of it.
pub(super) async fn ask(
    settings: &Settings,
    path: &Path,
    back_only: bool,
) -> anyhow::Result<String> {
    let path = path
        .canonicalize()
        .with_context(|| format!("find {}", path.display()))?;
    let (screen, language) = (settings.screen_listen, settings.language.code());
    let form = [
        ("path", path.display().to_string()),
        ("back_only", back_only.to_string()),
    ];
    let asked = to_player()?.post(format!("http://{screen}/stick?language={language}"));
    let answer = asked.timeout(PATIENCE).form(&form).send().await;
    let answer = answer.with_context(|| format!("no player answers at http://{screen}"))?;
    let status = answer.status();
    let text = answer.text().await.context("hear what the player says")?;
    match status {
        StatusCode::OK => Ok(text),
        StatusCode::UNPROCESSABLE_ENTITY => anyhow::bail!("{text}"),
        StatusCode::SERVICE_UNAVAILABLE => {
            anyhow::bail!("the player is no station yet, or reads another stick: try again")
        }
        _ => anyhow::bail!("the player at http://{screen} answers {status}"),
    }
}
