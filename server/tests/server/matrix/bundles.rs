//! What goes to a village by hand, and its log back.

use super::crowd::Crowd;
use super::reached::{Row, STOP, STOP_SOMEWHERE};

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    ("GET /bundles", "", STOP_SOMEWHERE),
    ("POST /bundles/zip", "station={station}", STOP),
    ("POST /bundles/parcel", "<parcel.json", STOP),
    ("GET /api/v1/bundles", "", STOP_SOMEWHERE),
    ("POST /api/v1/bundles", r#"{"stations":["{station}"]}"#, STOP),
    ("POST /api/v1/bundles/as-run", "{parcel}", STOP),
];

#[tokio::test]
async fn everybody_there_but_the_secretary_carries_to_the_village_and_back() {
    Crowd::start().await.hold(ROWS).await;
}
