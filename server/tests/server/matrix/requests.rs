//! Requests for a recording: everybody asks, the village answers, who asked takes back.

use super::crowd::Crowd;
use super::reached::{RECORD, Reached, Row, SEE, SOMEBODY, done, once};

/// The officer asked.
const ASKER: Reached = [401, 403, 403, 200, 403, 404, 404, 401];
const ASKED: &str = "id=req_{each digits}&area={village}&title=Họp&script=Mời&\
    due_day=2026-11-25";
const DECLINED: &str = "area={village}&reason=Máy hỏng";
const REASON: &str = r#"{"reason":"Máy hỏng"}"#;
const NEW: &str = r#"{"title":"Khám bệnh","script":"Mời","due_day":"2026-11-25",
    "areas":["{village}"]}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /requests", "", SOMEBODY),
    ("GET /requests/new", "", SOMEBODY),
    ("POST /requests/new", ASKED, done(303, SEE)),
    ("GET /requests/{request}", "", SEE),
    ("GET /requests/{documented}/document", "", SEE),
    ("POST /requests/{request}/document", "<document.pdf", done(303, ASKER)),
    ("POST /requests/{request}/take", "area={village}", once(303, 409, RECORD)),
    ("POST /requests/{request 2}/decline", DECLINED, once(303, 409, RECORD)),
    ("POST /requests/{request}/cancel", "", done(303, ASKER)),
    ("GET /api/v1/requests", "", SOMEBODY),
    ("POST /api/v1/requests", NEW, done(201, SEE)),
    ("GET /api/v1/requests/{request}", "", SEE),
    ("GET /api/v1/requests/{documented}/document", "", SEE),
    ("PUT /api/v1/requests/{request 3}/document?name=a.pdf", "<document.pdf", done(204, ASKER)),
    ("POST /api/v1/requests/{request 3}/areas/{village}/take", "", once(200, 409, RECORD)),
    ("POST /api/v1/requests/{request 4}/areas/{village}/decline", REASON, once(204, 409, RECORD)),
    ("POST /api/v1/requests/{request 3}/cancel", "", done(204, ASKER)),
];

#[tokio::test]
async fn everybody_asks_the_village_which_answers_for_itself_and_who_asked_takes_it_back() {
    Crowd::start().await.hold(ROWS).await;
}
