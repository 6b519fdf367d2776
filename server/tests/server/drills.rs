//! A drill is said to be one wherever it is named: nobody who reads of it runs from a flood.

use serde_json::json;

use crate::emergency_pages::{drilling, line, started};
use crate::standbys::reported;
use crate::town::Town;

const TAG: &str = "DIỄN TẬP";

#[tokio::test]
async fn what_sounds_as_a_drill_is_no_emergency_on_the_front_page_nor_of_its_village() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (mut officer, page) = drilling(&mut town).await;
    let id = page.rsplit('/').next().unwrap().to_owned();
    pc.report(json!([line(1, &town, &id, 1, started(&town))]))
        .await;
    for path in [
        "/".to_owned(),
        format!("/areas/{}", town.village.id),
        format!("/stations/{}", pc.id),
    ] {
        let shown = officer.get(&path).await.body;
        assert!(shown.contains("Lũ ống: lên nhà văn hoá"), "{shown}");
        assert!(
            shown.contains("DIỄN TẬP: ai được ra thông báo khẩn cấp thì hủy"),
            "{path}: {shown}"
        );
        assert!(!shown.contains("Khẩn cấp: ai"), "{path}: {shown}");
    }
    officer.post(&format!("{page}/cancel"), &[]).await;
    let trail = town.officer.get("/api/v1/audit").await.json();
    let cancelled = |line: &&serde_json::Value| line["verb"] == "emergency.cancel";
    let cancelled = trail.as_array().unwrap().iter().find(cancelled).unwrap();
    assert_eq!(cancelled["detail"]["drill"], true, "{cancelled}");
}

#[tokio::test]
async fn what_became_of_a_drill_is_told_as_that_of_a_drill() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (mut officer, page) = drilling(&mut town).await;
    let id = page.rsplit('/').next().unwrap().to_owned();
    let missed = json!({ "record": "outcome", "outcome": "missed", "why": "power_off" });
    pc.report(json!([line(1, &town, &id, 1, missed)])).await;

    let day = officer
        .get("/broadcasts/calendar?view=day&day=2026-11-23")
        .await
        .body;
    assert!(day.contains("◆ DIỄN TẬP"), "{day}");
    assert!(!day.contains("◆ Khẩn cấp"), "{day}");
    let drawn = officer.get("/reports/day?day=2026-11-23").await.body;
    let marked = format!("09:00 {TAG}: Lũ ống: lên nhà văn hoá");
    assert!(drawn.contains(&marked), "{drawn}");
    assert!(drawn.contains(&format!("{TAG}</span>")), "{drawn}");
    let log = officer.get("/as-run?day=2026-11-23").await.body;
    assert!(log.contains("DIỄN TẬP, Người can.bo ra lệnh"), "{log}");
    let path = format!("/api/v1/emergencies/{id}");
    let bulletin = town.officer.get(&path).await.json()["bulletin"].clone();
    let path = format!("/bulletins/{}", bulletin.as_str().unwrap());
    let heard = officer.get(&path).await.body;
    assert!(heard.contains("DIỄN TẬP, Người can.bo ra lệnh"), "{heard}");
    let path = format!("/api/v1/as-run?station={}&date=2026-11-23", pc.id);
    let lines = town.officer.get(&path).await.json();
    assert_eq!(lines[0]["drill"], true, "{lines}");

    let a_day = std::time::Duration::from_hours(24);
    town.server.clock.advance(a_day);
    let mut officer = town.server.signed_in("can.bo").await;
    let yesterday = officer.get("/reports").await.body;
    assert!(yesterday.contains(&format!("{TAG}</span>")), "{yesterday}");
}

#[tokio::test]
async fn a_drill_that_was_cancelled_is_said_to_have_ended_by_that() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (mut officer, page) = drilling(&mut town).await;
    let id = page.rsplit('/').next().unwrap().to_owned();
    let ended = json!({ "record": "ended", "attempt": { "cue": format!("{id}@emergency-1"),
        "number": 1 }, "position_ms": 25_000, "cut": "withdrawn" });
    let mut ended = line(2, &town, &id, 1, ended);
    ended.as_object_mut().unwrap().remove("cue");
    let cut = json!({ "record": "outcome", "outcome": "cut", "why": "withdrawn",
        "position_ms": 25_000 });
    officer.post(&format!("{page}/cancel"), &[]).await;
    let begun = line(1, &town, &id, 1, started(&town));
    pc.report(json!([begun, ended, line(3, &town, &id, 1, cut)]))
        .await;
    let shown = officer.get(&page).await.body;
    assert!(shown.contains("Dừng vì lệnh hủy: 1"), "{shown}");
    assert!(shown.contains("Dừng vì lệnh hủy, sau 00:25"), "{shown}");
    assert!(!shown.contains("Không phát được"), "{shown}");
    let stations = town.officer.get(&format!("/api/v1/emergencies/{id}")).await;
    assert!(stations.body.contains("\"cancelled\""), "{}", stations.body);
    // What is said of the village PCs is not said of the panel.
    let list = officer.get("/emergencies").await.body;
    assert!(!list.contains("Chưa có thông báo khẩn cấp nào"), "{list}");
    assert!(
        list.contains("Chưa ai ra lệnh phát khẩn cấp tại máy"),
        "{list}"
    );
}

#[tokio::test]
async fn a_drill_at_the_pc_is_marked_too_although_it_never_sounded() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Lũ quét: chạy lên đồi").await;
    let mut entries = reported(&bulletin, town.server.state.now().as_millis());
    let entries = entries.as_array_mut().unwrap();
    entries.drain(1..3);
    entries[1]["sequence"] = json!(2);
    entries[1]["outcome"] = json!("missed");
    entries[1]["why"] = json!("power_off");
    pc.report(json!(entries)).await;
    let mut officer = town.server.signed_in("can.bo").await;
    for path in [
        "/as-run?day=2026-11-23",
        "/as-run.csv?day=2026-11-23",
        "/reports/day?day=2026-11-23",
        "/broadcasts/calendar?view=day&day=2026-11-23",
    ] {
        let shown = officer.get(path).await.body;
        assert!(shown.contains("Lũ quét: chạy lên đồi"), "{path}: {shown}");
        assert!(shown.contains(TAG), "{path}: {shown}");
    }
    let log = officer.get("/as-run?day=2026-11-23").await.body;
    assert!(log.contains("/emergencies#at-pcs"), "{log}");
}
