//! `area …`: the first commune of a new server, and a look at the tree.

use anyhow::Context;
use clap::Subcommand;
use programme::ids::AreaId;

use crate::areas::area::{self, Area};
use crate::areas::draft::Draft;
use crate::areas::tree;
use crate::audit::Author;
use crate::database::Connection;
use crate::state::State;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add an area.
    Add {
        /// Its name, such as "Xã Cốc San".
        #[arg(value_parser = super::plain)]
        name: String,
        /// What it is: country, province, commune, village, quarter.
        #[arg(long, default_value = "commune", value_parser = super::plain)]
        kind: String,
        /// What contains it: the name or id of an area that is there.
        #[arg(long, value_parser = super::plain)]
        parent: Option<String>,
    },
    /// List all areas.
    List,
}

pub(super) async fn obey(state: &State, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Add { name, kind, parent } => {
            let parent = match parent {
                Some(parent) => Some(named(state, &parent).await?),
                None => None,
            };
            let draft = Draft {
                kind,
                name,
                ..Draft::default()
            };
            let id = tree::add(state, &Author::command_line(), parent.as_ref(), &draft).await?;
            println!("{id}");
        }
        Command::List => {
            let mut connection = state.database.read().await?;
            for (id, kind, name) in all(&mut connection).await? {
                println!("{id}  {kind:<10}  {name}");
            }
        }
    }
    Ok(())
}

/// The area with this id or, if only one has it, this name.
pub(super) async fn named(state: &State, name: &str) -> anyhow::Result<Area> {
    let mut connection = state.database.read().await?;
    let found: Vec<AreaId> = all(&mut connection)
        .await?
        .into_iter()
        .filter(|(id, _, title)| id == name || title.to_lowercase() == name.to_lowercase())
        .map(|(id, _, _)| id.parse())
        .collect::<Result<_, _>>()?;
    match found.as_slice() {
        [id] => Ok(area::find(state, &mut connection, id).await?),
        [] => {
            anyhow::bail!("there is no area {name:?}; `area list` shows them, `area add` adds one")
        }
        _ => anyhow::bail!("several areas are called {name:?}: use the id that `area list` shows"),
    }
}

async fn all(connection: &mut Connection) -> anyhow::Result<Vec<(String, String, String)>> {
    sqlx::query_as(
        "SELECT a.id, a.kind, a.name FROM areas a JOIN area_kinds k ON k.kind = a.kind \
         ORDER BY k.position, a.created_at_ms, a.id",
    )
    .fetch_all(connection)
    .await
    .context("list the areas")
}
