//! What waits for somebody, what is wrong at stations and who knows of it; the trail of who did
//! what.

use super::crowd::Crowd;
use super::reached::{Row, SOMEBODY, STOP, STOP_SOMEWHERE, WARN_SOMEWHERE, done};

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /", "", SOMEBODY),
    ("GET /alarms", "", STOP_SOMEWHERE),
    ("POST /alarms/{alarm}/told", "person={guard}", done(303, STOP)),
    ("GET /api/v1/alarms", "", STOP_SOMEWHERE),
    ("POST /api/v1/alarms/{alarm}/told", r#"{"person":"{guard}"}"#, done(204, STOP)),
    ("GET /audit", "", WARN_SOMEWHERE),
    ("GET /audit.csv", "", WARN_SOMEWHERE),
    ("GET /api/v1/audit", "", WARN_SOMEWHERE),
];

#[tokio::test]
async fn who_may_stop_a_station_is_told_what_is_wrong_and_officers_read_who_did_what() {
    Crowd::start().await.hold(ROWS).await;
}
