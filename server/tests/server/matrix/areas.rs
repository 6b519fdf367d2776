//! Areas, what they lay down, and whether what aired there is open to everybody.

use super::crowd::Crowd;
use super::reached::{KEEP, Reached, Row, SEE, SOMEBODY, WARN, done};

/// A role reaches down and not up.
const ABOVE: Reached = [401, 404, 404, 200, 200, 404, 404, 401];
const POLICY: &str = "head_may_approve=&sessions_per_day=&ordinary_on_weekends=&limits_bind=";
const HAMLET: &str = r#"{"parent_id":"{village}","area":{"name":"Xóm Mới","kind":"quarter"}}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /areas", "", SOMEBODY),
    ("GET /areas/new?parent={village}", "", KEEP),
    ("POST /areas/new?parent={village}", "name=Xóm Dưới&kind=quarter", done(303, KEEP)),
    ("GET /areas/{village}", "", SEE),
    ("GET /areas/{commune}", "", ABOVE),
    ("GET /areas/{village}/edit", "", KEEP),
    ("POST /areas/{village}/edit", "name=Thôn Tòng Xành&kind=village", done(303, KEEP)),
    ("POST /areas/{hamlet}/close", "", done(303, KEEP)),
    ("POST /areas/{hamlet}/reopen", "", done(303, KEEP)),
    ("GET /areas/{village}/policy", "", SEE),
    ("POST /areas/{village}/policy", POLICY, done(303, KEEP)),
    ("GET /areas/{village}/timetable", "", SEE),
    ("POST /areas/{village}/timetable", "", done(303, KEEP)),
    ("POST /areas/{village}/listen", "open=yes", done(303, WARN)),
    ("GET /areas/{village}/poster", "", SEE),
    ("GET /api/v1/areas", "", SOMEBODY),
    ("POST /api/v1/areas", HAMLET, done(201, KEEP)),
    ("GET /api/v1/areas/{village}", "", SEE),
    ("GET /api/v1/areas/{commune}", "", ABOVE),
    ("PUT /api/v1/areas/{village}", r#"{"name":"Thôn Tòng Xành","kind":"village"}"#, KEEP),
    ("PUT /api/v1/areas/{hamlet}/closed", "", done(204, KEEP)),
    ("DELETE /api/v1/areas/{hamlet}/closed", "", done(204, KEEP)),
    ("GET /api/v1/areas/{village}/policy", "", SEE),
    ("PUT /api/v1/areas/{village}/policy", "{}", KEEP),
    ("GET /api/v1/areas/{village}/timetable", "", SEE),
    ("PUT /api/v1/areas/{village}/timetable", "{}", KEEP),
    ("GET /api/v1/areas/{village}/listen", "", SEE),
    ("PUT /api/v1/areas/{village}/listen", r#"{"open":false}"#, WARN),
    ("GET /api/v1/area-kinds", "", SOMEBODY),
    ("GET /api/v1/spoken-languages", "", SOMEBODY),
];

#[tokio::test]
async fn areas_are_seen_from_within_and_above_and_kept_by_administrators() {
    Crowd::start().await.hold(ROWS).await;
}
