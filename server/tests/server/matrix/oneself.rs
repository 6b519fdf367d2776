//! Oneself: where one is signed in, one's tokens, PIN and password.

use super::crowd::Crowd;
use super::reached::{Reached, Row, SOMEBODY, done};

/// The session and the token of somebody else are not there.
const ANOTHERS: Reached = [401, 404, 404, 404, 404, 404, 404, 401];
const PIN: &str = "password={password}&new_pin=2580&new_pin_again=2580";
const PASSWORD: &str = "current={password}&new=suối chảy qua bản&again=suối chảy qua bản";

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /account", "", SOMEBODY),
    ("POST /account/tokens", "title=máy in", done(201, SOMEBODY)),
    ("POST /account/tokens/{own token}/revoke", "", done(303, SOMEBODY)),
    ("POST /account/sessions/{own session}/end", "", done(303, SOMEBODY)),
    ("POST /account/sessions/end", "", done(303, SOMEBODY)),
    ("POST /account/pin", PIN, done(303, SOMEBODY)),
    ("GET /api/v1/me", "", SOMEBODY),
    ("GET /api/v1/me/sessions", "", SOMEBODY),
    ("GET /api/v1/me/tokens", "", SOMEBODY),
    ("POST /api/v1/me/tokens", r#"{"title":"máy in"}"#, done(201, SOMEBODY)),
    ("DELETE /api/v1/me/tokens/{own token of a script}", "", done(204, SOMEBODY)),
    ("DELETE /api/v1/me/sessions/{own session of a script}", "", done(204, SOMEBODY)),
    ("DELETE /api/v1/me/tokens/{token}", "", ANOTHERS),
    ("DELETE /api/v1/me/sessions/{session}", "", ANOTHERS),
    ("PUT /api/v1/me/pin", r#"{"password":"{password}","pin":"2580"}"#, done(204, SOMEBODY)),
    ("POST /account/password", PASSWORD, done(303, SOMEBODY)),
    ("DELETE /api/v1/me/sessions", "", done(204, SOMEBODY)),
];

#[tokio::test]
async fn everybody_who_signed_in_keeps_their_own_sessions_tokens_and_secrets() {
    Crowd::start().await.hold(ROWS).await;
}
