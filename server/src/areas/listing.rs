//! The page that shows the tree of areas.

use askama::Template;
use axum::response::Response;

use super::tree::{self, Listed};
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::language::Titled;
use crate::web::shell::{Shell, page};

#[derive(Template)]
#[template(path = "areas/list.html")]
struct ListPage {
    shell: Shell,
    areas: Vec<Placed>,
    kinds: Vec<Titled>,
}

/// An area and how deep it lies below the first one that is shown.
struct Placed {
    area: Listed,
    depth: usize,
}

/// `/areas`
pub(super) async fn list(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let visible = tree::visible(&mut connection, actor.id()).await?;
    let kinds = tree::kinds(&mut connection).await?;
    page(&ListPage {
        shell,
        areas: placed(visible),
        kinds,
    })
}

/// The areas in the order of the tree, each with its depth among those that are shown.
fn placed(mut areas: Vec<Listed>) -> Vec<Placed> {
    let mut placed = Vec::with_capacity(areas.len());
    let shown: Vec<String> = areas.iter().map(|area| area.id.clone()).collect();
    let is_root = |area: &Listed| !area.parent_id.as_ref().is_some_and(|id| shown.contains(id));
    let roots: Vec<Listed> = areas.extract_if(.., |area| is_root(area)).collect();
    let mut waiting: Vec<(Listed, usize)> = roots.into_iter().rev().map(|area| (area, 0)).collect();
    while let Some((area, depth)) = waiting.pop() {
        let id = Some(area.id.clone());
        let below: Vec<Listed> = areas
            .extract_if(.., |other| other.parent_id == id)
            .collect();
        waiting.extend(below.into_iter().rev().map(|below| (below, depth + 1)));
        placed.push(Placed { area, depth });
    }
    placed
}
