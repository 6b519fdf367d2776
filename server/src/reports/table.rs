//! The month as a table for a spreadsheet.

use std::time::Duration;

use axum::response::Response;

use super::month::{self, StationMonth, Tally};
use super::pages::Wanted;
use super::scope::Scope;
use super::sheets::{shares, span};
use crate::areas::tree;
use crate::bulletins::bulletin;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::csv::Table;
use crate::web::errors::Result;
use crate::web::forms::Query;
use crate::web::shell::Shell;

/// `/reports/month.csv`
pub(super) async fn csv(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let scope = Scope::of(&state, &mut connection, &actor, &wanted.area).await?;
    let span = span(&wanted, &scope, &state)?;
    let month = month::of(&mut connection, &scope, span).await?;
    let topics = bulletin::topics(&mut connection).await?;
    let spoken = tree::spoken_languages(&mut connection).await?;
    let mut table = Table::default();
    let name = span.from.strftime("%m/%Y").to_string();
    table.row([shell.say("reports-month"), scope.area.name.clone(), name]);
    if month.truncated {
        table.row([shell.say("reports-truncated")]);
    }
    table.head(&shell.say("reports-csv-stations"));
    for station in &month.stations {
        table.row(station_fields(station));
    }
    table.row([""]);
    table.head(&shell.say("reports-csv-kinds"));
    let kinds = [
        ("reports-planned", &month.planned),
        ("reports-emergencies", &month.emergencies),
        ("reports-drills", &month.drills),
    ];
    for (key, tally) in kinds {
        table.row(std::iter::once(shell.say(key)).chain(tally_fields(tally)));
    }
    table.row([""]);
    table.head(&shell.say("reports-csv-shares"));
    for (key, lines) in shares(&month, &topics, &spoken, &shell) {
        for (name, share) in lines {
            let numbers = [share.bulletins.len().to_string(), share.times.to_string()];
            let [bulletins, times] = numbers;
            let minutes = minutes(share.heard);
            table.row([shell.say(key), name, bulletins, times, minutes]);
        }
    }
    table.row([""]);
    table.head(&shell.say("reports-csv-causes"));
    for (key, count) in &month.causes {
        table.row([shell.say(key), count.to_string()]);
    }
    let file = span.from.strftime("report-%Y-%m.csv").to_string();
    Ok(table.file(&file))
}

/// The fields of a station, in the order of the names of the columns.
fn station_fields(station: &StationMonth) -> Vec<String> {
    let households = station.households.map(|count| count.to_string());
    let mut fields = vec![
        station.area_name.clone(),
        station.name.clone(),
        households.unwrap_or_default(),
        station.clusters.to_string(),
        station.position.clone(),
    ];
    fields.extend(tally_fields(&station.planned));
    let (able, known) = station.planned.able();
    fields.extend([
        able.to_string(),
        known.to_string(),
        station.emergencies.aired.to_string(),
        station.drills.aired.to_string(),
    ]);
    fields
}

fn tally_fields(tally: &Tally) -> Vec<String> {
    let numbers = [
        tally.bulletins.len(),
        tally.starts,
        tally.aired,
        tally.cut,
        tally.missed,
        tally.suppressed,
        tally.open,
    ];
    let mut fields: Vec<String> = numbers.iter().map(usize::to_string).collect();
    let ratio = tally.ratio().map(|ratio| ratio.to_string());
    fields.extend([
        minutes(tally.heard),
        minutes(tally.asked),
        minutes(tally.of_asked),
        ratio.unwrap_or_default(),
        tally.of_unknown_length.to_string(),
    ]);
    fields.extend(tally.answers.iter().map(usize::to_string));
    fields
}

/// Minutes as a table for Excel has them in Viet Nam, where nothing parts thousands.
fn minutes(span: Duration) -> String {
    format!("{:.1}", span.as_secs_f64() / 60.0).replace('.', ",")
}
