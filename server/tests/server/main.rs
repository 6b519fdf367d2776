//! The server by itself: its real router, over HTTP, on a SQLite file, with a clock that tests set.
//!
//! The top-level tests run the same stories on PostgreSQL: a new one has its line in
//! `tests/tests/databases.rs` too, unless it runs the program as a process.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::default_constructed_unit_structs,
    reason = "a story that cannot go on stops; where its database lies differs by engine"
)]

mod support;
mod bucket;
mod phone;
mod town;

mod sign_in;
mod signed_in_at;
mod forms;
mod typed;
mod rights;
mod invitations;
mod invitation_message;
mod matrix;
mod tokens;
mod objects;
mod pages;
mod described;
mod front;
mod languages;
mod configuration;
mod command_line;
mod audit;
mod uploads;
mod recordings;
mod cuts;
mod bulletins;
mod bulletin_pages;
mod sent_back;
mod deleted_drafts;
mod writing;
mod requests;
mod request_rules;
mod races;
mod overtaken;
mod broadcasts;
mod ordering;
mod upcoming;
mod play_now;
mod policies;
mod weekends;
mod timetables;
mod timetable_pages;
mod zones;
mod calendar;
mod rehearsal;
mod clashes;
mod replaced;
mod moving;
mod moving_today;
mod followed;
mod later_days;
mod villages;
mod emergencies;
mod emergency_orders;
mod emergency_pages;
mod emergency_places;
mod emergency_stations;
mod standbys;
mod drills;
mod stops;
mod stations;
mod position;
mod station_volume;
mod places_by_script;
mod station_health;
mod alarms;
mod as_run;
mod as_run_guard;
mod outcomes;
mod bundles;
mod bundle_pages;
mod traps;
mod reports;
mod today;
mod coverage;
mod left_waiting;
mod interrupted;
mod figures;
mod listen;

/// Where the database of a story lies: in the story's own folder, as is the default.
#[derive(Default)]
struct Place;

impl Place {
    fn url(&self) -> String {
        String::new()
    }
}
