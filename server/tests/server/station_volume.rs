//! How loud a station is: set on the panel, for it and for each class, and turned at the PC.

use reqwest::StatusCode;
use serde_json::json;

use crate::town::Town;

#[tokio::test]
async fn the_head_sets_the_volume_and_nothing_else() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let path = format!("/stations/{}/edit", town.station["id"].as_str().unwrap());
    let mut head = town.server.signed_in("truong.thon").await;
    let fields = [("name", "Máy khác"), ("clusters", ""), ("volume_db", "-6")];
    let done = head.post(&path, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(pc.programme(0).await.volume_db.0, -6.0);
    let station = town.admin.get("/api/v1/stations").await.json()[0].clone();
    assert_eq!(station["name"], "Máy nhà văn hoá");
    assert_eq!(station["clusters"], json!(["Chợ"]));
}

#[tokio::test]
async fn the_head_makes_emergencies_louder_than_the_rest() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    assert!(pc.programme(0).await.class_volume_db.is_empty());
    let id = town.station["id"].as_str().unwrap().to_owned();
    let path = format!("/stations/{id}/edit");
    let mut head = town.server.signed_in("truong.thon").await;
    let mut fields = vec![
        ("volume_db", "-10"),
        ("ordinary_db", "0"),
        ("priority_db", "-3"),
        ("emergency_db", "6"),
    ];
    let done = head.post(&path, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let published = pc.programme(0).await;
    assert_eq!(published.volume_db.0, -10.0);
    let louder = json!({ "priority": -3.0, "emergency": 6.0 });
    assert_eq!(json!(published.class_volume_db), louder);
    let station = town.admin.get("/api/v1/stations").await.json()[0].clone();
    assert_eq!(station["class_volume_db"], louder);
    let page = head.get(&format!("/stations/{id}")).await.body;
    assert!(page.contains("Khẩn cấp 6 dB"), "{page}");
    let form = head.get(&path).await.body;
    assert!(form.contains("<option value=\"6\" selected>"), "{form}");
    fields[3] = ("emergency_db", "20");
    let refused = head.post(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_panel_shows_the_volume_at_the_pc_and_an_amplifier_that_fails() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let id = town.station["id"].as_str().unwrap().to_owned();
    let health = json!({
        "version": "0.1.0", "generation": 1, "clock": "server", "system_clock_error_ms": 3,
        "ready": 1, "wanted": 2, "disk_free_bytes": 9_250_000_000_u64, "output_ok": true,
        "faults": ["amplifier"], "volume_db": -6.0, "uptime_ms": 60_000,
    });
    let kept = pc.http.post_json("/api/v1/station/health", health).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&format!("/stations/{id}")).await.body;
    for said in [
        "<dt>Âm lượng chỉnh tại máy</dt>",
        "−6 dB",
        "<dt>Âm lượng đặt trên bảng điều khiển</dt>",
        "Còn trống 9,2 GB",
        "Không bật tắt được tăng âm",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}
