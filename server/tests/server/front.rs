//! The front page leads each on to what waits for them.

use std::time::Duration;

use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::emergencies::{PIN, set_pin};
use crate::support::Browser;
use crate::town::Town;

/// The secretary, the officer and the head, each at a browser.
async fn three(town: &Town) -> [Browser; 3] {
    [
        town.server.signed_in("bi.thu").await,
        town.server.signed_in("can.bo").await,
        town.server.signed_in("truong.thon").await,
    ]
}

/// The page says both.
fn shows(page: &str, both: [&str; 2]) {
    assert!(both.iter().all(|said| page.contains(said)), "{page}");
}

#[tokio::test]
async fn an_announcement_leads_on_from_the_secretary_to_the_officer_to_the_head() {
    let mut town = Town::start().await;
    assert_eq!(
        town.server.visitor().get("/").await.location(),
        "/sign-in?next=/"
    );
    let [mut secretary, mut officer, mut head] = three(&town).await;
    for browser in [&mut secretary, &mut head, &mut officer] {
        let page = browser.get("/").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(!page.body.contains("Họp thôn"), "{}", page.body);
    }
    let id = town.draft("Họp thôn").await;
    let page = secretary.get("/").await.body;
    shows(&page, ["Bản nháp của bạn", "Họp thôn"]);
    assert!(!officer.get("/").await.body.contains("Họp thôn"));

    town.step(&id, "submit", "").await;
    let page = officer.get("/").await.body;
    shows(&page, ["Chờ bạn duyệt", "Họp thôn"]);
    let page = secretary.get("/").await.body;
    shows(&page, ["Đang chờ duyệt", "Họp thôn"]);
    town.step(&id, "reject", "Thiếu giờ họp").await;
    let page = secretary.get("/").await.body;
    shows(&page, ["Bị trả lại", "Lý do: Thiếu giờ họp"]);

    town.step(&id, "submit", "").await;
    town.step(&id, "approve", "").await;
    let link = format!("/bulletins/{id}#when");
    for browser in [&mut head, &mut officer] {
        let page = browser.get("/").await.body;
        shows(&page, ["chưa đặt lịch phát", &link]);
    }
    let other = format!("/broadcasts/new?bulletin={id}");
    let form = head.get(&other).await.body;
    assert!(form.contains(&format!("value=\"{id}\" selected")), "{form}");
    let rule = json!({ "kind": "once", "at": "2026-11-24T17:00" });
    let placed = town.ordered(&id, rule).await.json();
    assert!(!head.get("/").await.body.contains(&link));
    let cancel = format!(
        "/api/v1/broadcasts/{}/cancel",
        placed["id"].as_str().unwrap()
    );
    town.head.post_json(&cancel, json!({})).await;
    assert!(head.get("/").await.body.contains(&link));
}

#[tokio::test]
async fn whoever_has_no_role_is_told_whom_to_call_and_taking_one_away_is_asked_first() {
    let town = Town::start().await;
    let area = &town.commune;
    let person = town.server.person("a.pao", Role::Head, area).await;
    let place = format!("/people/{person}");
    let mut admin = town.server.signed_in("quan.tri").await;
    let page = admin.get(&place).await.body;
    for (asked, action) in [
        ("sẽ không còn làm được việc của vai trò", "roles/take"),
        ("bị đăng xuất ngay", "close"),
    ] {
        let (before, _) = page.split_once(&format!("{place}/{action}\"")).unwrap();
        let (_, confirm) = before.rsplit_once("<details").unwrap();
        assert!(confirm.contains(asked), "{action}: {page}");
    }
    let role = [("role", "head"), ("area", area.id.as_str())];
    admin.post(&format!("{place}/roles/take"), &role).await;
    let page = town.server.signed_in("a.pao").await.get("/").await.body;
    let call = "Bạn chưa có vai trò nào. Hãy gọi quản trị viên của xã.";
    assert!(page.contains(call), "{page}");
    assert!(!page.contains("Không có việc gì"), "{page}");
}

#[tokio::test]
async fn a_station_with_a_fault_or_without_a_word_stands_on_the_front_page() {
    let mut town = Town::start().await;
    obey(&town, "UPDATE people SET password_is_temporary = 0").await;
    let mut pc = town.enrolled().await;
    let mut head = town.server.signed_in("truong.thon").await;
    pc.health(1).await;
    assert!(
        head.get("/")
            .await
            .body
            .contains("Không có việc gì đang chờ bạn")
    );
    let health = json!({
        "version": "0.1.0", "generation": 1, "clock": "server", "system_clock_error_ms": 3,
        "ready": 1, "wanted": 2, "disk_free_bytes": 9_000_000_000_u64, "output_ok": false,
        "faults": ["output_lost"], "uptime_ms": 60_000,
    });
    pc.http.post_json("/api/v1/station/health", health).await;
    let page = head.get("/").await.body;
    assert!(
        page.contains("Trạm cần kiểm tra") && page.contains("Máy nhà văn hoá"),
        "{page}"
    );
    let mut secretary = town.server.signed_in("bi.thu").await;
    assert!(!secretary.get("/").await.body.contains("Trạm cần kiểm tra"));
}

#[tokio::test]
async fn nobody_is_asked_to_approve_what_they_made_unless_the_area_lets_them() {
    let mut town = Town::start().await;
    let id = town.draft("Họp thôn").await;
    town.step(&id, "submit", "").await;
    let mut officer = town.server.signed_in("can.bo").await;
    assert!(officer.get("/").await.body.contains("Chờ bạn duyệt"));
    // As when the officer had helped to write it.
    let made = "INSERT INTO bulletin_makers (bulletin_id, person_id) \
        SELECT id, (SELECT id FROM people WHERE name = 'can.bo') FROM bulletins";
    obey(&town, made).await;
    assert!(!officer.get("/").await.body.contains("Chờ bạn duyệt"));
    let lets = "UPDATE areas SET approver_may_be_author = 1 WHERE kind = 'commune'";
    obey(&town, lets).await;
    assert!(officer.get("/").await.body.contains("Chờ bạn duyệt"));
    let nearer = "UPDATE areas SET approver_may_be_author = 0 WHERE kind = 'village'";
    obey(&town, nearer).await;
    assert!(!officer.get("/").await.body.contains("Chờ bạn duyệt"));
}

async fn obey(town: &Town, sql: &'static str) {
    let mut connection = town.server.state.database.read().await.unwrap();
    sqlx::query(sql).execute(&mut *connection).await.unwrap();
}

#[tokio::test]
async fn what_is_for_an_emergency_or_was_aired_by_one_waits_for_no_schedule() {
    let mut town = Town::start().await;
    let _pc = town.enrolled().await;
    let ordinary = town.approved("Lũ về").await;
    let link = format!("/bulletins/{ordinary}#when");
    let mut head = town.server.signed_in("truong.thon").await;
    assert!(head.get("/").await.body.contains(&link));
    obey(&town, "UPDATE bulletins SET class = 'emergency'").await;
    assert!(!head.get("/").await.body.contains(&link));
    obey(&town, "UPDATE bulletins SET class = 'ordinary'").await;
    set_pin(&mut town.officer).await;
    let order = json!({
        "bulletin": ordinary, "areas": [town.commune.id], "why": "Lũ ống", "pin": PIN,
    });
    let answer = town.officer.post_json("/api/v1/emergencies", order).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert!(!head.get("/").await.body.contains(&link));
}

#[tokio::test]
async fn of_many_stations_to_look_at_twenty_are_listed_and_the_others_counted() {
    let mut town = Town::start().await;
    for number in 0..22 {
        let new = json!({ "area": town.village.id, "name": format!("Máy {number:02}") });
        town.admin.post_json("/api/v1/stations", new).await;
    }
    // "Máy nhà văn hoá" stands last by name, and is none to look at once it is closed.
    let closed = format!("/stations/{}/close", town.station["id"].as_str().unwrap());
    let mut admin = town.server.signed_in("quan.tri").await;
    admin.post(&closed, &[]).await;
    let page = admin.get("/").await.body;
    assert!(
        page.contains("Máy 19") && !page.contains("Máy 20"),
        "{page}"
    );
    assert!(page.contains("Còn 2 trạm khác cần kiểm tra"), "{page}");
}

#[tokio::test]
async fn whoever_made_it_and_does_not_schedule_is_told_that_it_was_approved_and_when_it_airs() {
    let mut town = Town::start().await;
    let id = town.approved("Họp thôn").await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get("/").await.body;
    shows(
        &page,
        ["Bản tin của bạn đã được duyệt", "Chờ chọn giờ phát"],
    );
    let rule = json!({ "kind": "once", "at": "2026-11-24T17:00" });
    town.ordered(&id, rule).await.json();
    let page = secretary.get("/").await.body;
    shows(&page, ["Họp thôn", "Sẽ phát lúc 24/11/2026 17:00"]);
    // Its hour has come, and the village says nothing yet.
    town.server.clock.advance(Duration::from_secs(33 * 3_600));
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get("/").await.body;
    shows(
        &page,
        ["Họp thôn", "Đã có lịch phát, trạm chưa báo kết quả"],
    );
    assert!(!page.contains("Chờ chọn giờ phát"), "{page}");
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/").await.body;
    assert!(!page.contains("Bản tin của bạn đã được duyệt"), "{page}");
}

#[tokio::test]
async fn whoever_made_it_is_told_when_quiet_hours_have_come_to_lie_over_its_hour() {
    let mut town = Town::start().await;
    let id = town.approved("Họp thôn").await;
    let rule = json!({ "kind": "once", "at": "2026-11-24T20:45" });
    town.ordered(&id, rule).await.json();
    let (path, name) = (
        format!("/api/v1/areas/{}", town.commune.id),
        &town.commune.name,
    );
    let quiet = json!({ "kind": "commune", "name": name, "quiet_from": "20:30",
        "quiet_until": "05:00", "despite_quiet_hours": true });
    let json = [("content-type", "application/json")];
    let said = town
        .admin
        .send(Method::PUT, &path, &json, quiet.to_string())
        .await;
    assert!(said.status.is_success(), "{}", said.body);
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get("/").await.body;
    shows(&page, ["Họp thôn", "Có lịch nhưng không lượt nào phát"]);
    assert!(
        !page.contains("trạm chưa báo"),
        "nothing was to be told: {page}"
    );
}

#[tokio::test]
async fn whose_password_somebody_else_knows_is_led_to_change_it() {
    let town = Town::start().await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get("/").await.body;
    shows(
        &page,
        ["Mật khẩu của bạn do người khác đặt", "href=\"/account\""],
    );
    obey(&town, "UPDATE people SET password_is_temporary = 0").await;
    let page = secretary.get("/").await.body;
    assert!(!page.contains("do người khác đặt"), "{page}");
}
