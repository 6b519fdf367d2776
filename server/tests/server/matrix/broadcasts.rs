//! Broadcasts: who chooses the hour, who sees what airs when.

use super::crowd::Crowd;
use super::reached::{
    APPROVE_MEANT, MEANT, Reached, Row, SCHEDULE, SCHEDULE_SOMEWHERE, SEE, SOMEBODY, done,
};

/// An order for the village; the next head schedules, and not there.
const ORDERED: Reached = [401, 403, 303, 303, 403, 403, 404, 401];
/// The same, of the form by which one of the village is given another time.
const MOVES: Reached = [401, 403, 200, 200, 403, 403, 404, 401];
const LOOK: &str = "when=once&date=2026-11-25&time=17:00&area={village}&bulletin={approved}&\
    repeats=1&gap=10";
const PLACED: &str = "step=save&when=once&date=2026-11-25&time=17:00&area={village}&\
    bulletin={approved}&repeats=1&gap=10";
const NEW: &str = r#"{"bulletins":["{approved}"],"areas":["{village}"],
    "rule":{"kind":"once","at":"2026-11-26T17:00"}}"#;

const TIME: &str = r#"{"rule":{"kind":"once","at":"2026-11-27T17:00"},"ends":true}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /broadcasts", "", SOMEBODY),
    ("GET /broadcasts/new", "", SCHEDULE_SOMEWHERE),
    ("GET /broadcasts/new?moves={each broadcast}", "", MOVES),
    ("POST /broadcasts/new", LOOK, done(303, SCHEDULE_SOMEWHERE)),
    ("POST /broadcasts/new", PLACED, ORDERED),
    ("GET /broadcasts/calendar?area={village}", "", SEE),
    ("GET /broadcasts/rehearsal?area={village}", "", SEE),
    ("GET /broadcasts/rehearsal/{village}/{hash}", "", SEE),
    ("GET /broadcasts/{broadcast}", "", SEE),
    ("GET /broadcasts/{broadcast}/villages", "", SEE),
    ("GET /broadcasts/{wide}", "", MEANT),
    ("GET /broadcasts/{wide}/villages", "", MEANT),
    ("POST /broadcasts/{wide}/cancel", "", done(303, APPROVE_MEANT)),
    ("POST /broadcasts/{broadcast}/cancel", "", done(303, SCHEDULE)),
    ("GET /api/v1/broadcasts", "", SOMEBODY),
    ("POST /api/v1/broadcasts/preview", NEW, SCHEDULE),
    ("POST /api/v1/broadcasts", NEW, done(201, SCHEDULE)),
    ("GET /api/v1/broadcasts/{broadcast}", "", SEE),
    ("GET /api/v1/broadcasts/{wide}", "", MEANT),
    ("POST /api/v1/broadcasts/{each broadcast}/move", TIME, done(201, SCHEDULE)),
    ("POST /api/v1/broadcasts/{wide by script}/cancel", "", done(204, APPROVE_MEANT)),
    ("POST /api/v1/broadcasts/{broadcast by script}/cancel", "", done(204, SCHEDULE)),
];

#[tokio::test]
async fn who_schedules_for_the_village_orders_broadcasts_and_cancels_its_own() {
    Crowd::start().await.hold(ROWS).await;
}
