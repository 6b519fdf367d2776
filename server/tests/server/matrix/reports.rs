//! The log of what aired, reports of it, and what the village says of it.

use super::crowd::Crowd;
use super::reached::{CONFIRM, Row, SEE, SOMEBODY, done};

const TAPPED: &str = "station={station}&cue={cue}&answer=clear&back=/as-run";
const HEARD: &str = r#"{"station":"{station}","cue":"{cue}","answer":"clear"}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /as-run?area={village}", "", SOMEBODY),
    ("GET /as-run.csv?area={village}", "", SOMEBODY),
    ("GET /reports?area={village}", "", SEE),
    ("GET /reports/day?area={village}", "", SEE),
    ("GET /reports/topics?area={village}", "", SEE),
    ("GET /reports/month?area={village}", "", SEE),
    ("GET /reports/month.csv?area={village}", "", SEE),
    ("GET /reports/broadcasts/{broadcast}", "", SEE),
    ("POST /reports/confirm", TAPPED, done(303, CONFIRM)),
    ("GET /api/v1/as-run?station={station}", "", SEE),
    ("GET /api/v1/reports/coverage?area={village}", "", SEE),
    ("GET /api/v1/reports/campaign?topic=vneid&area={village}", "", SEE),
    ("GET /api/v1/reports/month?month=2026-11&area={village}", "", SEE),
    ("POST /api/v1/confirmations", HEARD, done(204, CONFIRM)),
];

#[tokio::test]
async fn what_aired_is_read_by_who_sees_the_village_and_the_village_says_how_it_was_heard() {
    Crowd::start().await.hold(ROWS).await;
}
