//! `user …`: people who sign in, before there is anybody who could keep them in the panel.

use std::io::BufRead;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::areas::named;
use crate::areas::area;
use crate::audit::Author;
use crate::people::person::{self, NewPerson};
use crate::people::rights::Role;
use crate::people::{passwords, roles};
use crate::state::State;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add a person. Without --password-stdin a password is made and printed once.
    Add {
        /// What they type to sign in.
        #[arg(value_parser = super::plain)]
        name: String,
        /// What others call them.
        #[arg(long, value_parser = super::plain)]
        full_name: Option<String>,
        /// A first role: secretary, head, officer or admin. It needs --area.
        #[arg(long, requires = "area")]
        role: Option<String>,
        /// Where the role holds: the name or id of an area.
        #[arg(long, requires = "role", value_parser = super::plain)]
        area: Option<String>,
        /// Read the password from the first line of the standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List everybody with their roles.
    List,
    /// Set a new password. Without --password-stdin one is made and printed once.
    Password {
        /// What they type to sign in.
        #[arg(value_parser = super::plain)]
        name: String,
        /// Read the password from the first line of the standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give a role, or take it away with --take.
    Role {
        /// What they type to sign in.
        #[arg(value_parser = super::plain)]
        name: String,
        /// secretary, head, officer or admin.
        role: String,
        /// Where it holds: the name or id of an area.
        #[arg(long, value_parser = super::plain)]
        area: String,
        /// Take the role away.
        #[arg(long)]
        take: bool,
    },
}

pub(super) async fn obey(state: &State, command: Command) -> anyhow::Result<()> {
    let author = Author::command_line();
    match command {
        Command::Add {
            name,
            full_name,
            role,
            area,
            password_stdin,
        } => {
            let role = role.as_deref().map(role_named).transpose()?;
            let area = match area {
                Some(area) => Some(named(state, &area).await?),
                None => None,
            };
            let password = password(state, password_stdin)?;
            let new = NewPerson {
                full_name: full_name.unwrap_or_else(|| name.clone()),
                name: name.clone(),
                phone: String::new(),
                password: password.clone(),
            };
            let id = person::add(state, &author, new).await?;
            if let (Some(role), Some(area)) = (role, area) {
                roles::change(state, &author, &id, role, &area, true).await?;
            }
            report(&name, &password, password_stdin);
        }
        Command::List => list(state).await?,
        Command::Password {
            name,
            password_stdin,
        } => {
            let mut connection = state.database.read().await?;
            let person = person::find_by_name(&mut connection, &name).await?;
            drop(connection);
            let password = password(state, password_stdin)?;
            person::set_password(state, &author, &person, password.clone(), None).await?;
            report(&name, &password, password_stdin);
        }
        Command::Role {
            name,
            role,
            area,
            take,
        } => {
            let role = role_named(&role)?;
            let area = named(state, &area).await?;
            let mut connection = state.database.read().await?;
            let person = person::find_by_name(&mut connection, &name)
                .await?
                .person_id()?;
            drop(connection);
            roles::change(state, &author, &person, role, &area, !take).await?;
        }
    }
    Ok(())
}

async fn list(state: &State) -> anyhow::Result<()> {
    let mut connection = state.database.read().await?;
    for person in person::list(&mut connection).await? {
        let mut held = Vec::new();
        for (area, role) in roles::of_person(&mut connection, &person.person_id()?).await? {
            let area = area::find(state, &mut connection, &area).await?;
            held.push(format!("{} in {}", role.name(), area.name));
        }
        let closed = if person.closed_at_ms.is_some() {
            "  (closed)"
        } else {
            ""
        };
        println!(
            "{:<20}  {}{closed}  {}",
            person.name,
            person.full_name,
            held.join(", ")
        );
    }
    Ok(())
}

fn role_named(name: &str) -> anyhow::Result<Role> {
    match Role::from_name(name) {
        Some(role) => Ok(role),
        None => bail!("there is no role {name:?}: secretary, head, officer or admin"),
    }
}

fn password(state: &State, from_stdin: bool) -> anyhow::Result<String> {
    if !from_stdin {
        return Ok(passwords::readable(&state.randomness));
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A password that was typed is not repeated.
fn report(name: &str, password: &str, typed: bool) {
    if typed {
        println!("the password of {name} is set");
    } else {
        println!("the password of {name} is {password}");
    }
}
