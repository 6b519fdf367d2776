//! What is wrong at stations, and what becomes known of it; the trail of who did what.

use super::crowd::Crowd;
use super::reached::{Reached, Row, STOP_SOMEWHERE, WARN_SOMEWHERE, done};

/// Who is in charge of the station; to a secretary no alarm is there.
const CHARGE: Reached = [401, 404, 200, 200, 200, 404, 404, 401];

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /alarms", "", STOP_SOMEWHERE),
    ("POST /alarms/{alarm}/told", "person={guard}", done(303, CHARGE)),
    ("GET /api/v1/alarms", "", STOP_SOMEWHERE),
    ("POST /api/v1/alarms/{alarm}/told", r#"{"person":"{guard}"}"#, done(204, CHARGE)),
    ("GET /audit", "", WARN_SOMEWHERE),
    ("GET /audit.csv", "", WARN_SOMEWHERE),
    ("GET /api/v1/audit", "", WARN_SOMEWHERE),
];

#[tokio::test]
async fn who_may_stop_a_station_is_told_what_is_wrong_and_officers_read_who_did_what() {
    Crowd::start().await.hold(ROWS).await;
}
