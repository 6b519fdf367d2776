//! Stations say how they are, and may be of a later release than the server that hears them.

use reqwest::StatusCode;
use serde_json::json;

use crate::town::Town;

#[tokio::test]
async fn a_fault_that_only_a_later_release_knows_is_shown_by_its_name_and_all_else_counts() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let id = town.station["id"].as_str().unwrap().to_owned();
    let health = json!({
        "version": "9.0.0", "generation": 1, "clock": "server", "system_clock_error_ms": 3,
        "ready": 1, "wanted": 2, "disk_free_bytes": 9_000_000_000_u64, "output_ok": true,
        "faults": ["horn_stolen", "amplifier"], "uptime_ms": 60_000,
    });
    let kept = pc.http.post_json("/api/v1/station/health", health).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT, "{}", kept.body);
    let shown = town.admin.get("/api/v1/stations").await.json();
    let faults = &shown[0]["health"]["faults"];
    assert_eq!(*faults, json!(["horn_stolen", "amplifier"]), "{shown}");

    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&format!("/stations/{id}")).await.body;
    for said in ["horn_stolen", "Hãy nâng cấp máy chủ", "9.0.0", "1 trên 2"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let list = head.get("/stations").await.body;
    let known = "Không bật tắt được tăng âm";
    assert!(
        list.contains(known),
        "what is known to be bad stands first: {list}"
    );
}

#[tokio::test]
async fn the_list_of_stations_shows_how_each_part_is() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let health = json!({
        "version": "0.1.0", "generation": pc.programme(0).await.generation, "clock": null,
        "system_clock_error_ms": 3, "ready": 1, "wanted": 2,
        "disk_free_bytes": 9_000_000_000_u64, "output_ok": false, "faults": [],
        "uptime_ms": 60_000,
    });
    let kept = pc.http.post_json("/api/v1/station/health", health).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT, "{}", kept.body);
    let mut head = town.server.signed_in("truong.thon").await;
    let list = head.get("/stations").await.body;
    let lights = [
        "good\">✓ Chương trình",
        "warn\">! Bản ghi",
        "bad\">✗ Đồng hồ",
        "bad\">✗ Đường ra loa",
        "good\">✓ Ổ đĩa",
    ];
    for light in lights {
        assert!(list.contains(light), "{light}: {list}");
    }
}

#[tokio::test]
async fn a_station_that_refuses_the_past_of_a_restored_server_needs_no_new_code() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let id = town.station["id"].as_str().unwrap().to_owned();
    let held = pc.programme(0).await.generation + 56;
    let health = |generation: u64, faults: &[&str]| {
        json!({
            "version": "0.1.0", "generation": generation, "clock": "server",
            "system_clock_error_ms": 3, "ready": 1, "wanted": 1,
            "disk_free_bytes": 9_000_000_000_u64, "output_ok": true, "faults": faults,
            "uptime_ms": 60_000,
        })
    };
    let refuses = ["programme_past"];
    let said = health(held, &refuses);
    pc.http.post_json("/api/v1/station/health", said).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let pages = ["/stations", "/", "/alarms"].map(str::to_owned);
    let pages = [vec![format!("/stations/{id}")], pages.into()].concat();
    for path in &pages {
        let page = head.get(path).await.body;
        for said in ["khôi phục từ bản sao lưu", "Không cần cài lại"] {
            assert!(page.contains(said), "{path}: {said}: {page}");
        }
        assert!(!page.contains("hãy cấp mã và cài lại"), "{path}: {page}");
    }
    let said = health(held + 1, &[]);
    pc.http.post_json("/api/v1/station/health", said).await;
    let page = head.get(&pages[0]).await.body;
    assert!(!page.contains("khôi phục"), "{page}");
    assert!(page.contains("Đang giữ bản mới nhất"), "{page}");

    // What it refuses while it holds the newest number came from elsewhere.
    for (refused, advice) in [
        ("programme_refused", "hãy cấp mã và cài lại"),
        ("programme_past", "hãy xem mạng ở thôn có bộ đệm, proxy"),
    ] {
        let said = health(held + 1, &[refused]);
        pc.http.post_json("/api/v1/station/health", said).await;
        let page = head.get(&pages[0]).await.body;
        assert!(page.contains(advice), "{refused}: {page}");
        assert!(!page.contains("khôi phục"), "{refused}: {page}");
    }
}

#[tokio::test]
async fn a_programme_that_a_station_refuses_is_told_on_its_page_until_it_takes_one() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let id = town.station["id"].as_str().unwrap().to_owned();
    let mut admin = town.server.signed_in("quan.tri").await;
    let refused = "Máy từ chối chương trình";
    for faults in [json!(["programme_refused"]), json!([])] {
        let health = json!({
            "version": "0.1.0", "generation": 1, "clock": "server", "system_clock_error_ms": 3,
            "ready": 1, "wanted": 1,
            "disk_free_bytes": 9_000_000_000_u64, "output_ok": true, "faults": faults,
            "uptime_ms": 60_000,
        });
        let kept = pc.http.post_json("/api/v1/station/health", health).await;
        assert_eq!(kept.status, StatusCode::NO_CONTENT, "{}", kept.body);
        let ill = faults != json!([]);
        for path in [&*format!("/stations/{id}"), "/stations"] {
            let page = admin.get(path).await.body;
            assert_eq!(page.contains(refused), ill, "{path}: {page}");
        }
    }
}
