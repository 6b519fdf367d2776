//! The page that lists what was changed, for those who may read it, and the same as a table.

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use futures_util::stream;

use super::entries::{self, Before};
use super::search::{self, Row, Sought};
use super::words::KINDS;
use crate::areas::tree::{self, Listed};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::csv::{self, Table};
use crate::web::errors::{Error, Result};
use crate::web::forms::Query;
use crate::web::shell::{NavLink, Shell, page_with};

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/audit",
    key: "audit-title",
    right: Some(Right::ReadAudit),
};

/// So many people are offered to choose from; words find everybody.
const MOST_PEOPLE: i64 = 200;
/// Entries that are read for one piece of a table.
const PIECE: usize = 500;
/// Entries that one table looks at: a spreadsheet on an office PC still opens what comes of them.
const MOST_ENTRIES: usize = 100_000;

/// `/audit…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/audit", get(list))
        .route("/audit.csv", get(table))
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage {
    shell: Shell,
    sought: Sought,
    people: Vec<(String, String)>,
    areas: Vec<Listed>,
    rows: Vec<Row>,
    next: Option<Before>,
}

impl ListPage {
    /// Until when a search for words has come without an end.
    fn looked_until(&self) -> Option<String> {
        let next = self.next.as_ref();
        let next = next.filter(|_| self.rows.len() < search::PAGE);
        next.map(|next| self.shell.when_ms(&next.at_ms))
    }
}

async fn list(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Query(sought): Query<Sought>,
) -> Result<Response> {
    actor.require_somewhere(Right::ReadAudit)?;
    let found = search::page(&state, &actor, &sought, &shell).await;
    let (status, rows, next) = match found {
        Ok(found) => (StatusCode::OK, found.rows, found.next),
        Err(error) => (shell.alert(error)?, Vec::new(), None),
    };
    let mut connection = state.database.read().await?;
    let mut people = entries::people(&mut connection, &actor, MOST_PEOPLE).await?;
    let is_sought = |(id, _): &(String, String)| *id == sought.who;
    if !sought.who.is_empty() && !people.iter().any(is_sought) {
        people.push((sought.who.clone(), sought.who.clone()));
    }
    let areas = tree::with_right(&mut connection, actor.id(), Right::ReadAudit).await?;
    let page = ListPage {
        shell,
        sought,
        people,
        areas,
        rows,
        next,
    };
    page_with(status, &page)
}

/// A table while it is sent.
struct Sent {
    state: State,
    actor: Actor,
    shell: Shell,
    sought: Sought,
    table: Table,
    looked_at: usize,
    /// Where it goes on; `None` at its end.
    next: Option<Before>,
}

/// The same as a table for a spreadsheet, sent while it is read.
async fn table(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(sought): Query<Sought>,
) -> Result<Response> {
    actor.require_somewhere(Right::ReadAudit)?;
    // What cannot be meant is refused while there is still a status to refuse it with.
    sought.meant(&state)?;
    let mut table = Table::default();
    table.head(&shell.say("audit-csv-head"));
    let sent = Sent {
        next: Some(sought.begins()),
        state,
        actor,
        shell,
        sought,
        table,
        looked_at: 0,
    };
    let pieces = stream::try_unfold(sent, async |mut sent: Sent| {
        let piece = sent.piece().await.inspect_err(|error| {
            tracing::error!("a table of the audit trail was cut off: {error:?}");
        })?;
        Ok::<_, Error>(piece.map(|piece| (piece, sent)))
    });
    Ok(csv::file("audit.csv", Body::from_stream(pieces)))
}

impl Sent {
    /// The next piece.
    async fn piece(&mut self) -> Result<Option<String>> {
        let Some(before) = self.next.take() else {
            return Ok(None);
        };
        let (state, actor, shell) = (&self.state, &self.actor, &self.shell);
        let found = search::batch(state, actor, &self.sought, shell, &before, PIECE).await?;
        for row in &found.rows {
            self.table.row(row.columns());
        }
        self.next = found.next;
        self.looked_at += PIECE;
        if self.looked_at >= MOST_ENTRIES
            && let Some(next) = self.next.take()
        {
            let until = self.shell.when_ms(&next.at_ms);
            self.table
                .row([self.shell.say1("audit-csv-cut", "when", until)]);
        }
        Ok(Some(self.table.piece()))
    }
}
