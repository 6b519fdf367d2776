//! Emergencies and what stands by: who lets it sound at once, who takes it back.

use super::crowd::Crowd;
use super::reached::{
    MEANT, Row, SEE, SOMEBODY, WARN, WARN_FIRST, WARN_MEANT, WARN_SOMEWHERE, done,
};

const LOOK: &str = "step=look&bulletin={approved}&area={village}&repeats=3&gap=10&holds=120&\
    why=Lũ ống";
const ORDER: &str = "step=order&pin=2580&key={each digits}&bulletin={approved}&area={village}&\
    seen={village}&repeats=3&gap=10&holds=120&why=Lũ ống";
const STAND_BY: &str = "step=stand_by&bulletin={approved}&area={village}&repeats=3&gap=10&\
    holds=120&why=Lũ ống";
const UNREASONED: &str =
    "step=look&bulletin={draft}&area={village}&repeats=3&gap=10&holds=120&why=";
const NEW: &str = r#"{"bulletin":"{approved}","areas":["{village}"],"why":"Lũ","pin":"2580"}"#;
const STANDBY: &str = r#"{"bulletin":"{approved}","areas":["{village}"],"when":"Suối dâng"}"#;

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /emergencies", "", SOMEBODY),
    ("GET /emergencies/new", "", WARN_SOMEWHERE),
    ("GET /emergencies/{emergency}", "", SEE),
    ("GET /emergencies/{emergency}/stations", "", SEE),
    ("GET /emergencies/{warning}", "", MEANT),
    ("GET /emergencies/{warning}/stations", "", MEANT),
    ("POST /emergencies/new", LOOK, WARN_FIRST),
    ("POST /emergencies/new", UNREASONED, done(409, WARN_FIRST)),
    ("POST /emergencies/new", ORDER, done(303, WARN_FIRST)),
    ("POST /emergencies/new", STAND_BY, done(303, WARN_FIRST)),
    ("POST /emergencies/{emergency}/cancel", "", done(303, WARN)),
    ("POST /emergencies/{warning}/cancel", "", done(303, WARN_MEANT)),
    ("POST /emergencies/standby/{standby}/take-back", "", done(303, WARN_FIRST)),
    ("POST /emergencies/standby/{approved 2}/take-back", "", done(303, WARN_FIRST)),
    ("GET /api/v1/emergencies", "", SOMEBODY),
    ("POST /api/v1/emergencies", NEW, done(201, WARN)),
    ("GET /api/v1/emergencies/{emergency}", "", SEE),
    ("GET /api/v1/emergencies/{warning}", "", MEANT),
    ("POST /api/v1/emergencies/{warning 2}/cancel", "", done(204, WARN_MEANT)),
    ("POST /api/v1/emergencies/{emergency 2}/cancel", "", done(204, WARN)),
    ("GET /api/v1/standbys", "", SOMEBODY),
    ("GET /api/v1/standbys/ordered", "", SOMEBODY),
    ("POST /api/v1/standbys", STANDBY, done(204, WARN)),
    ("DELETE /api/v1/standbys/{standby 2}", "", done(204, WARN_FIRST)),
    ("DELETE /api/v1/standbys/{approved 2}", "", done(204, WARN_FIRST)),
];

#[tokio::test]
async fn officers_and_administrators_order_emergencies_and_everybody_there_sees_them() {
    Crowd::start().await.hold(ROWS).await;
}
