//! What lies before the sign-in and at it, and what no area is needed for.

use super::crowd::Crowd;
use super::reached::{EVERYBODY, Reached, Row, SOMEBODY, done};

/// Who has signed in is led on.
const SIGNED_OUT: Reached = [200, 303, 303, 303, 303, 303, 303, 200];
/// What a secretary typed is for nobody else.
const SECRETARY: Reached = [401, 200, 404, 404, 404, 404, 404, 401];

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /healthz", "", EVERYBODY),
    ("GET /readyz", "", EVERYBODY),
    ("GET /metrics", "", EVERYBODY),
    ("GET /assets/{base.css}", "", EVERYBODY),
    ("GET /api/openapi.json", "", EVERYBODY),
    ("GET /sign-in", "", SIGNED_OUT),
    ("POST /sign-in", "name=nguoi.la.{each digits}&password=sai", done(422, EVERYBODY)),
    ("POST /language", "language=vi&next=/", done(303, EVERYBODY)),
    ("GET /invitation", "", EVERYBODY),
    ("POST /invitation", "invitation=sai", done(422, EVERYBODY)),
    ("GET /invitation/take-up", "", EVERYBODY),
    ("POST /invitation/take-up", "invitation=sai&name=ai&password=x&again=x", done(422, EVERYBODY)),
    ("GET /nghe/{slug}/{heard}", "", EVERYBODY),
    ("GET /nghe/{slug}", "", EVERYBODY),
    ("GET /help", "", EVERYBODY),
    ("GET /typed/{typed}", "", SECRETARY),
    ("POST /typed/{typed}/discard", "", done(303, SOMEBODY)),
    ("POST /sign-out", "", done(303, SOMEBODY)),
];

#[tokio::test]
async fn everybody_comes_to_the_door_and_who_has_signed_in_comes_in() {
    Crowd::start().await.hold(ROWS).await;
}
