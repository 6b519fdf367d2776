//! `token …`: personal tokens for scripts.

use clap::Subcommand;
use programme::ids::PersonId;

use crate::audit::Author;
use crate::people::{person, tokens};
use crate::state::State;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a token and print it once.
    Create {
        /// Whose token: what they type to sign in. It may do what they may do.
        #[arg(value_parser = super::plain)]
        name: String,
        /// What it is for.
        #[arg(long, default_value = "command line", value_parser = super::plain)]
        title: String,
    },
    /// List a person's tokens.
    List {
        /// What they type to sign in.
        #[arg(value_parser = super::plain)]
        name: String,
    },
    /// End a token.
    Revoke {
        /// The id that `token list` shows.
        id: String,
    },
}

pub(super) async fn obey(state: &State, command: Command) -> anyhow::Result<()> {
    let author = Author::command_line();
    match command {
        Command::Create { name, title } => {
            let person = named(state, &name).await?;
            println!("{}", tokens::create(state, &author, &person, &title).await?);
        }
        Command::List { name } => {
            let person = named(state, &name).await?;
            let mut connection = state.database.read().await?;
            for token in tokens::list(&mut connection, &person).await? {
                let used = if token.used_at_ms.is_some() {
                    "used"
                } else {
                    "never used"
                };
                println!("{}  {:<10}  {}", token.id, used, token.title);
            }
        }
        Command::Revoke { id } => tokens::revoke(state, &author, None, &id).await?,
    }
    Ok(())
}

async fn named(state: &State, name: &str) -> anyhow::Result<PersonId> {
    let mut connection = state.database.read().await?;
    Ok(person::find_by_name(&mut connection, name)
        .await?
        .person_id()?)
}
