//! STOP, for everybody in the village but the secretary.

use super::crowd::Crowd;
use super::reached::{Reached, Row, SEE, STOP, done};

/// What airs in the whole commune a head stops in the own village; the next one has no station.
const OWN_PART: Reached = [401, 403, 200, 200, 200, 404, 422, 401];

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("POST /stops", "area={village}", done(303, STOP)),
    ("POST /stops", "broadcast={broadcast}", done(303, STOP)),
    ("POST /stops", "broadcast={wide}", done(303, OWN_PART)),
    ("GET /stops/{stop}", "", SEE),
    ("GET /stops/{stop}/stations", "", SEE),
    ("POST /api/v1/stops", r#"{"area":"{village}"}"#, done(201, STOP)),
    ("POST /api/v1/stops", r#"{"broadcast":"{wide}"}"#, done(201, OWN_PART)),
    ("GET /api/v1/stops/{stop}", "", SEE),
];

#[tokio::test]
async fn everybody_there_but_the_secretary_stops_what_sounds() {
    Crowd::start().await.hold(ROWS).await;
}
