//! What the server does with lines: it stores those that hold together.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use programme::as_run::chain::{self, Break, Tip};
use programme::wire::{AsRunBatch, AsRunReceipt, BROKEN_JOURNAL, Problem};

use super::Commune;

pub async fn take(State(commune): State<Commune>, Json(batch): Json<AsRunBatch>) -> Response {
    let mut inside = commune.look();
    if inside.refuses_lines {
        return broken(&Break::Unlinked { line: 1 });
    }
    let pc = inside.pc.unwrap();
    let known = inside
        .journals
        .iter()
        .position(|(id, _)| *id == batch.journal);
    let at = known.unwrap_or_else(|| {
        inside.journals.push((batch.journal.clone(), Vec::new()));
        inside.journals.len() - 1
    });
    let held = &mut inside.journals[at].1;
    let end = Tip::start(&batch.journal).follow_all(&*held).unwrap();
    let first = batch
        .lines
        .first()
        .map_or(1, |line| Tip::at(line).unwrap().sequence);
    let stored_through = if first > end.sequence + 1 {
        end.sequence
    } else {
        let stored = &held[usize::try_from(first).unwrap() - 1..];
        let fits = chain::continued(end, stored, &batch.lines).and_then(|(new, tip)| {
            tip.require(&batch.journal, &batch.head, &pc)?;
            Ok((new.to_vec(), tip))
        });
        match fits {
            Ok((new, tip)) => {
                held.extend(new);
                end.sequence.max(tip.sequence)
            }
            Err(found) => return broken(&found),
        }
    };
    let also_takes = inside.also_takes.clone();
    Json(AsRunReceipt {
        stored_through,
        also_takes,
    })
    .into_response()
}

fn broken(found: &Break) -> Response {
    let problem = Problem {
        kind: BROKEN_JOURNAL.to_owned(),
        title: "The as-run does not hold together".to_owned(),
        status: 409,
        detail: found.to_string(),
    };
    (StatusCode::CONFLICT, Json(problem)).into_response()
}
