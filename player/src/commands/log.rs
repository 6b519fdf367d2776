//! What the program says while it runs: lines on standard error.

use std::fmt::{self, Debug};
use std::io::IsTerminal;

use tracing::field::Field;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{self, Writer};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::plain::plain;

/// Begins it. By `RUST_LOG` somebody may ask for more or less, by module. That is all that is
/// understood of it: to read spans and values too takes regular expressions, which a village PC
/// would keep in its memory for nothing.
pub(super) fn begin() {
    let asked = std::env::var("RUST_LOG").unwrap_or_default();
    let lines = layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .fmt_fields(format::debug_fn(in_plain).delimited(" "));
    registry().with(wanted(&asked)).with(lines).init();
}

/// What is logged when `asked` is what somebody asks for. The scheduler tells its own beginnings as
/// news.
fn wanted(asked: &str) -> Targets {
    let usual = || {
        let all = Targets::new().with_default(LevelFilter::INFO);
        all.with_target("tokio_cron_scheduler", LevelFilter::WARN)
    };
    let asked = Some(asked.trim()).filter(|asked| !asked.is_empty());
    let asked = asked.and_then(|asked| asked.parse().ok());
    asked.unwrap_or_else(usual)
}

/// Writes a field of a line.
fn in_plain(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    let text = format!("{value:?}");
    match field.name() {
        "message" => write!(writer, "{}", plain(&text)),
        // Where a line of the log crate comes from is said already.
        name if name.starts_with("log.") => Ok(()),
        name => write!(writer, "{name}={}", plain(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn what_is_asked_for_is_logged_and_what_is_no_wish_changes_nothing() {
        for usual in ["", " ", "loaban_player=loud"] {
            let wanted = wanted(usual);
            assert!(wanted.would_enable("loaban_player::sync", &Level::INFO));
            assert!(!wanted.would_enable("loaban_player::sync", &Level::DEBUG));
            assert!(!wanted.would_enable("tokio_cron_scheduler", &Level::INFO));
        }
        let asked = wanted("warn,loaban_player=debug");
        assert!(asked.would_enable("loaban_player::sync", &Level::DEBUG));
        assert!(!asked.would_enable("sqlx", &Level::INFO));
    }
}
