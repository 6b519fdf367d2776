//! STOP, for everybody in the village but the secretary.

use super::crowd::Crowd;
use super::reached::{Row, SEE, STOP, done};

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("POST /stops", "area={village}", done(303, STOP)),
    ("GET /stops/{stop}", "", SEE),
    ("GET /stops/{stop}/stations", "", SEE),
    ("POST /api/v1/stops", r#"{"area":"{village}"}"#, done(201, STOP)),
    ("GET /api/v1/stops/{stop}", "", SEE),
];

#[tokio::test]
async fn everybody_there_but_the_secretary_stops_what_sounds() {
    Crowd::start().await.hold(ROWS).await;
}
