//! People, their roles and what lets them in.

use super::crowd::Crowd;
use super::reached::{KEEP, KEEP_FIRST, KEEP_SOMEWHERE, Row, done};

const INVITE: &str = "full_name=A Páo&name=a.pao&role=head&area={village}&how=invite";
const ADD: &str = "full_name=A Páo&name=a.pao&role=head&area={village}";
const NEW: &str = r#"{"name":"a.lu","full_name":"A Lử","role":"secretary","area_id":"{village}"}"#;
const INVITED: &str =
    r#"{"name":"a.sung","full_name":"A Sùng","role":"secretary","area_id":"{village}"}"#;
const ROLE: &str = r#"{"role":"head","area_id":"{village}"}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /people", "", KEEP_SOMEWHERE),
    ("GET /people/new", "", KEEP_SOMEWHERE),
    ("POST /people/new", INVITE, done(201, KEEP)),
    ("POST /people/new", ADD, done(201, KEEP)),
    ("POST /people/invitations/{invitation}/renew", "", KEEP),
    ("POST /people/invitations/{invitation}/withdraw", "", done(303, KEEP)),
    ("GET /people/{person}", "", KEEP_FIRST),
    ("POST /people/{person}/roles", "role=head&area={village}", done(303, KEEP_FIRST)),
    ("POST /people/{person}/roles/take", "role=head&area={village}", done(303, KEEP)),
    ("POST /people/{person}/password", "", KEEP_FIRST),
    ("POST /people/{person}/sessions/end", "", done(303, KEEP_FIRST)),
    ("POST /people/{person}/close", "", done(303, KEEP_FIRST)),
    ("POST /people/{person}/reopen", "", done(303, KEEP_FIRST)),
    ("GET /api/v1/people", "", KEEP_SOMEWHERE),
    ("POST /api/v1/people", NEW, done(201, KEEP)),
    ("GET /api/v1/people/{person}", "", KEEP_FIRST),
    ("POST /api/v1/people/{person}/roles", ROLE, done(204, KEEP_FIRST)),
    ("DELETE /api/v1/people/{person}/roles/{village}/{head}", "", done(204, KEEP)),
    ("POST /api/v1/people/{person}/password", "", KEEP_FIRST),
    ("GET /api/v1/people/{person}/sessions", "", KEEP_FIRST),
    ("DELETE /api/v1/people/{person}/sessions", "", done(204, KEEP_FIRST)),
    ("PUT /api/v1/people/{person}/closed", "", done(204, KEEP_FIRST)),
    ("DELETE /api/v1/people/{person}/closed", "", done(204, KEEP_FIRST)),
    ("GET /api/v1/invitations", "", KEEP_SOMEWHERE),
    ("POST /api/v1/invitations", INVITED, done(201, KEEP)),
    ("POST /api/v1/invitations/{invitation by script}/code", "", KEEP),
    ("DELETE /api/v1/invitations/{invitation by script}", "", done(204, KEEP)),
];

#[tokio::test]
async fn administrators_keep_the_people_of_their_own_areas() {
    Crowd::start().await.hold(ROWS).await;
}
