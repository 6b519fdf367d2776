//! Stations: who keeps them, who sets how loud they are.

use super::crowd::Crowd;
use super::reached::{KEEP, KEEP_FIRST, KEEP_SOMEWHERE, Row, SEE, SOMEBODY, STOP, done};

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /stations", "", SOMEBODY),
    ("GET /stations/new", "", KEEP_SOMEWHERE),
    ("POST /stations/new", "area={village}&name=Máy mới&volume_db=0", done(303, KEEP_FIRST)),
    ("GET /stations/{station}", "", SEE),
    ("GET /stations/{station}/edit", "", STOP),
    ("POST /stations/{station}/edit", "name=Máy nhà văn hoá&volume_db=-3", done(303, STOP)),
    ("GET /stations/{spare}/code", "", KEEP),
    ("POST /stations/{spare}/code", "", done(303, KEEP)),
    ("POST /stations/{spare}/close", "", done(303, KEEP)),
    ("GET /api/v1/stations", "", SOMEBODY),
    ("POST /api/v1/stations", r#"{"area":"{village}","name":"Máy mới"}"#, done(201, KEEP)),
    ("GET /api/v1/stations/{station}", "", SEE),
    ("PUT /api/v1/stations/{station}", r#"{"name":"Máy nhà văn hoá","clusters":[]}"#, KEEP),
    ("PUT /api/v1/stations/{station}/loudness", r#"{"volume_db":-6}"#, STOP),
    ("POST /api/v1/stations/{spare by script}/code", "", done(201, KEEP)),
    ("PUT /api/v1/stations/{spare by script}/closed", "", done(204, KEEP)),
];

#[tokio::test]
async fn administrators_keep_stations_and_who_may_stop_them_sets_how_loud_they_are() {
    Crowd::start().await.hold(ROWS).await;
}
