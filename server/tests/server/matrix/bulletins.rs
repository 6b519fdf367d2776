//! Bulletins: who writes them, who lets them air.

use super::crowd::Crowd;
use super::reached::{
    APPROVE, APPROVE_MEANT, MEANT, RECORD, RECORD_SOMEWHERE, Row, SEE, SOMEBODY, done, once,
};

const BEGUN: &str = "id=bul_{each digits}&area={village}&title=Họp&class=ordinary&\
    valid_until_day=2026-12-31";
const WRITTEN: &str = "version={version}&title=Họp&class=ordinary&valid_until_day=2026-12-31";
const SCRIPT: &str = r#"{"script":"Kính mời","area_id":"{village}"}"#;
const SEEN: &str = r#"{"version":{version}}"#;
const NEW: &str = r#"{"area_id":"{village}","title":"Họp","class":"ordinary",
    "valid_until_day":"2026-12-31"}"#;
const CHANGED: &str = r#"{"version":{version},"title":"Họp","class":"ordinary",
    "valid_until_day":"2026-12-31"}"#;
const REJECTED: &str = r#"{"version":{version},"reason":"Nhỏ quá"}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /bulletins", "", SOMEBODY),
    ("GET /bulletins/new", "", RECORD_SOMEWHERE),
    ("POST /bulletins/new", BEGUN, done(303, RECORD)),
    ("GET /bulletins/{draft}", "", SEE),
    ("GET /bulletins/{draft}/edit", "", RECORD),
    ("POST /bulletins/{draft}/edit", WRITTEN, done(303, RECORD)),
    ("POST /bulletins/{draft}/{submit}", "version={version}", once(303, 409, RECORD)),
    ("POST /bulletins/{draft}/{retract}", "version={version}", once(303, 409, RECORD)),
    ("POST /bulletins/{draft}/detach", "language=vi", done(303, RECORD)),
    ("POST /bulletins/{each blank}/delete", "version={version}", done(303, RECORD)),
    ("POST /bulletins/{submitted}/reject", "version={version}&ready=sound", done(303, APPROVE)),
    ("POST /bulletins/{submitted 2}/{approve}", "version={version}", done(303, APPROVE)),
    ("POST /bulletins/{approved}/{withdraw}", "version={version}", done(303, APPROVE)),
    ("GET /bulletins/{notice}", "", MEANT),
    ("GET /bulletins/{notice}/edit", "", done(409, APPROVE_MEANT)),
    ("POST /bulletins/{notice}/{withdraw}", "version={version}", done(303, APPROVE_MEANT)),
    ("GET /api/v1/bulletins", "", SOMEBODY),
    ("POST /api/v1/reading-time", SCRIPT, RECORD_SOMEWHERE),
    ("POST /api/v1/bulletins", NEW, done(201, RECORD)),
    ("GET /api/v1/bulletins/{draft}", "", SEE),
    ("PUT /api/v1/bulletins/{draft}", CHANGED, RECORD),
    ("PUT /api/v1/bulletins/{draft}/recordings/{vi}", r#"{"recording_id":"{recording}"}"#, RECORD),
    ("POST /api/v1/bulletins/{draft}/submit", SEEN, once(200, 409, RECORD)),
    ("POST /api/v1/bulletins/{draft}/retract", SEEN, once(200, 409, RECORD)),
    ("DELETE /api/v1/bulletins/{draft}/recordings/{vi}", "", RECORD),
    ("DELETE /api/v1/bulletins/{each blank 2}?version={version}", "", done(204, RECORD)),
    ("POST /api/v1/bulletins/{submitted 3}/reject", REJECTED, APPROVE),
    ("POST /api/v1/bulletins/{submitted 4}/approve", SEEN, APPROVE),
    ("GET /api/v1/bulletins/{notice}", "", MEANT),
    ("POST /api/v1/bulletins/{notice 2}/submit", SEEN, done(409, APPROVE_MEANT)),
    ("POST /api/v1/bulletins/{notice 2}/withdraw", SEEN, APPROVE_MEANT),
    ("POST /api/v1/bulletins/{approved 2}/withdraw", SEEN, APPROVE),
];

#[tokio::test]
async fn who_records_writes_bulletins_and_an_officer_lets_them_air() {
    Crowd::start().await.hold(ROWS).await;
}
