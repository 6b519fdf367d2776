//! Recordings, and uploads on their way to become some.

use super::crowd::Crowd;
use super::reached::{RECORD, Reached, Row, SEE, SOMEBODY, done, once};

/// An upload of the secretary.
const SENDER: Reached = [401, 200, 404, 404, 404, 404, 404, 401];
const PART: &str = r#"{"from_ms":1000,"until_ms":4000}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /recordings", "", SOMEBODY),
    ("GET /recordings/new", "", SOMEBODY),
    ("POST /recordings", "area={village}&language=vi&<vneid.vi.m4a", done(303, RECORD)),
    ("GET /recordings/{recording}", "", SEE),
    ("POST /recordings/{recording}/cut", "from=1&until=4", done(303, RECORD)),
    ("POST /recordings/{part}/uncut", "", once(303, 409, RECORD)),
    ("POST /recordings/{recording}/try-again", "", done(409, RECORD)),
    ("POST /recordings/{each recording}/delete", "", done(303, RECORD)),
    ("GET /api/v1/recordings", "", SOMEBODY),
    ("GET /api/v1/recordings/{recording}", "", SEE),
    ("GET /api/v1/recordings/{recording}/sound", "", SEE),
    ("GET /api/v1/recordings/{recording}/original", "", SEE),
    ("GET /api/v1/recordings/{recording}/as-aired", "", SEE),
    ("POST /api/v1/recordings/{recording}/cut", PART, done(201, RECORD)),
    ("DELETE /api/v1/recordings/{part by script}/cut", "", once(200, 409, RECORD)),
    ("POST /api/v1/recordings/{recording}/try-again", "", done(409, RECORD)),
    ("DELETE /api/v1/recordings/{each recording by script}", "", done(204, RECORD)),
    ("POST /api/v1/uploads", "area={village}&language=vi", done(201, RECORD)),
    ("POST /api/v1/uploads", "bulletin={draft}&language=vi", done(201, RECORD)),
    ("POST /api/v1/uploads", "bulletin={approved}&language=vi", done(409, RECORD)),
    ("HEAD /api/v1/uploads/{upload}", "", SENDER),
    ("PATCH /api/v1/uploads/{upload}", "<vneid.vi.m4a", done(204, SENDER)),
    ("GET /api/v1/uploads/{upload}", "", SENDER),
    ("DELETE /api/v1/uploads/{upload}", "", done(204, SENDER)),
];

#[tokio::test]
async fn who_records_uploads_for_the_village_and_an_upload_is_its_senders_alone() {
    Crowd::start().await.hold(ROWS).await;
}
