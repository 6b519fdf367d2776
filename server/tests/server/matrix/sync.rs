//! What stations ask and tell, which no person does for them.

use super::crowd::Crowd;
use super::reached::{EVERYBODY, Row, STATION, done};

/// A code that nobody issued.
const ENROL: &str = r#"{"secret":"0000000000","journal":"jou_0123456789abcdef",
    "key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","version":"0.1.0"}"#;
const HEALTH: &str = r#"{"version":"0.1.0","generation":1,"clock":"server","ready":1,"wanted":2,
    "system_clock_error_ms":3,"disk_free_bytes":9000000000,"output_ok":true,"faults":[],
    "uptime_ms":60000}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("POST /api/v1/enrol", ENROL, done(422, EVERYBODY)),
    ("POST /api/v1/station/time", r#"{"nonce":"0123456789abcdef0123456789abcdef"}"#, EVERYBODY),
    ("GET /api/v1/station/programme", "", STATION),
    ("GET /api/v1/station/emergencies", "", STATION),
    ("GET /api/v1/station/events", "", STATION),
    ("GET /api/v1/station/recordings/{hash}", "", STATION),
    ("POST /api/v1/station/as-run", "{batch}", STATION),
    ("POST /api/v1/station/health", HEALTH, done(204, STATION)),
];

#[tokio::test]
async fn only_a_station_is_told_what_it_airs_and_tells_what_it_aired() {
    Crowd::start().await.hold(ROWS).await;
}
