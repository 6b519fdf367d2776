//! Bulletins by the interface: from draft to approval and out again.

use loaban_server::areas::area::Area;
use loaban_server::bulletins::approved::approved;
use loaban_server::people::rights::Role;
use programme::ids::BulletinId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::phone::{record, sample};
use crate::support::{Answer, Browser, Server};

/// A commune with a village, and those who make and approve its bulletins.
struct Commune {
    server: Server,
    village: Area,
    secretary: Browser,
    officer: Browser,
}

async fn commune() -> Commune {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server
        .area("Thôn Tòng Xành", "village", Some(&commune))
        .await;
    let secretary = server.person("bi.thu", Role::Secretary, &commune).await;
    let officer = server.person("can.bo", Role::Officer, &commune).await;
    let secretary = server.script(&server.token(&secretary).await);
    let officer = server.script(&server.token(&officer).await);
    Commune {
        server,
        village,
        secretary,
        officer,
    }
}

fn vneid(area: &Area) -> Value {
    json!({
        "area_id": area.id, "title": "Kích hoạt VNeID", "class": "ordinary", "topic": "vneid",
        "script": "Kính mời bà con…", "valid_until_day": "2026-11-30",
    })
}

fn path(bulletin: &Value, step: &str) -> String {
    format!(
        "/api/v1/bulletins/{}{step}",
        bulletin["id"].as_str().unwrap()
    )
}

async fn step(who: &mut Browser, bulletin: &Value, step: &str, reason: &str) -> Answer {
    let seen = json!({ "version": bulletin["version"], "reason": reason });
    who.post_json(&path(bulletin, step), seen).await
}

/// A bulletin with a Vietnamese recording.
async fn recorded(town: &mut Commune) -> Value {
    let made = town
        .secretary
        .post_json("/api/v1/bulletins", vneid(&town.village))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let bulletin = made.json();
    let said = [
        ("bulletin", bulletin["id"].as_str().unwrap()),
        ("language", "vi"),
    ];
    let recording = record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await;
    assert_eq!(recording["state"], "ready", "{recording}");
    let bulletin = town.secretary.get(&path(&bulletin, "")).await.json();
    assert_eq!(
        bulletin["recordings"][0]["recording_id"], recording["id"],
        "{bulletin}"
    );
    bulletin
}

fn problem(answer: &Answer) -> String {
    let said = answer.json();
    said["type"]
        .as_str()
        .unwrap()
        .trim_start_matches("urn:loa-ban:problem:")
        .to_owned()
}

#[tokio::test]
async fn a_bulletin_comes_from_draft_to_approval_and_its_content_is_bound() {
    let mut town = commune().await;
    let bulletin = recorded(&mut town).await;
    let submitted = step(&mut town.secretary, &bulletin, "/submit", "").await;
    assert_eq!(submitted.status, StatusCode::OK, "{}", submitted.body);
    let approval = step(&mut town.officer, &submitted.json(), "/approve", "").await;
    assert_eq!(approval.status, StatusCode::OK, "{}", approval.body);
    let approval = approval.json();
    assert_eq!(approval["state"], "approved");
    let id: BulletinId = bulletin["id"].as_str().unwrap().parse().unwrap();
    let mut connection = town.server.state.database.read().await.unwrap();
    let aired = approved(&mut connection, &[id.clone()].into())
        .await
        .unwrap();
    let spoken = &aired[&id].recordings[0];
    assert_eq!(
        approval["recordings"][0]["approved_hash"],
        spoken.sound.hash.to_string()
    );
    // The last day ends at midnight in Viet Nam, which is 17:00 in Greenwich.
    let until: jiff::Timestamp = "2026-11-30T17:00:00Z".parse().unwrap();
    assert_eq!(
        aired[&id].valid_until.unwrap().as_millis(),
        until.as_millisecond()
    );
}

#[tokio::test]
async fn after_approval_nothing_about_a_bulletin_can_change() {
    let mut town = commune().await;
    let bulletin = recorded(&mut town).await;
    let submitted = step(&mut town.secretary, &bulletin, "/submit", "")
        .await
        .json();
    let approval = step(&mut town.officer, &submitted, "/approve", "")
        .await
        .json();
    let other = record(&mut town.secretary, &sample("vssid.vi.mp3"), &[]).await;
    let put = json!({ "recording_id": other["id"] }).to_string();
    let kind = [("content-type", "application/json")];
    let place = path(&bulletin, "/recordings/vi");
    let swapped = town.secretary.send(Method::PUT, &place, &kind, put).await;
    assert_eq!(
        (swapped.status, problem(&swapped).as_str()),
        (StatusCode::CONFLICT, "bulletin-not-open")
    );
    let taken_out = town
        .secretary
        .send(Method::DELETE, &place, &[], String::new())
        .await;
    assert_eq!(taken_out.status, StatusCode::CONFLICT);
    let mut changed = vneid(&town.village);
    changed["version"] = approval["version"].clone();
    changed["title"] = json!("Khác");
    let changed = changed.to_string();
    let changed = town
        .secretary
        .send(Method::PUT, &path(&bulletin, ""), &kind, changed)
        .await;
    assert_eq!(problem(&changed), "bulletin-not-open");
    let used = bulletin["recordings"][0]["recording_id"].as_str().unwrap();
    let used = format!("/api/v1/recordings/{used}");
    let deleted = town
        .secretary
        .send(Method::DELETE, &used, &[], String::new())
        .await;
    assert_eq!(problem(&deleted), "recording-used");
    let said = [("bulletin", bulletin["id"].as_str().unwrap())];
    let said = crate::phone::metadata(&said);
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-length", "9"),
        ("upload-metadata", &said),
    ];
    let late = town
        .secretary
        .send(Method::POST, "/api/v1/uploads", &headers, String::new())
        .await;
    assert_eq!(problem(&late), "bulletin-not-open");
    assert_eq!(
        town.officer.get(&path(&bulletin, "")).await.json(),
        approval
    );
}

#[tokio::test]
async fn a_bulletin_without_a_recording_is_not_submitted_and_says_what_to_do() {
    let mut town = commune().await;
    let bulletin = town
        .secretary
        .post_json("/api/v1/bulletins", vneid(&town.village))
        .await
        .json();
    let refused = step(&mut town.secretary, &bulletin, "/submit", "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.json()["title"], "Bản tin chưa có bản ghi âm");
    assert_eq!(
        refused.json()["detail"],
        "Hãy ghi âm ít nhất một ngôn ngữ rồi gửi duyệt."
    );
}

#[tokio::test]
async fn whoever_helped_to_make_a_bulletin_does_not_approve_it_unless_the_commune_says_so() {
    let mut town = commune().await;
    let bulletin = recorded(&mut town).await;
    let mut changed = vneid(&town.village);
    changed["version"] = bulletin["version"].clone();
    let kind = [("content-type", "application/json")];
    let place = path(&bulletin, "");
    let changed = town
        .officer
        .send(Method::PUT, &place, &kind, changed.to_string())
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let submitted = step(&mut town.secretary, &changed.json(), "/submit", "")
        .await
        .json();
    let own = step(&mut town.officer, &submitted, "/approve", "").await;
    assert_eq!(
        (own.status, problem(&own).as_str()),
        (StatusCode::FORBIDDEN, "bulletin-own")
    );
    let not_hers = step(&mut town.secretary, &submitted, "/approve", "").await;
    assert_eq!(not_hers.status, StatusCode::FORBIDDEN);
    let sql = "UPDATE areas SET approver_may_be_author = 1";
    let mut write = town.server.state.database.write().await.unwrap();
    sqlx::query(sql).execute(&mut *write).await.unwrap();
    write.commit().await.unwrap();
    let allowed = step(&mut town.officer, &submitted, "/approve", "").await;
    assert_eq!(allowed.json()["state"], "approved");
}

#[tokio::test]
async fn a_rejected_bulletin_goes_back_with_its_reason_and_may_come_again() {
    let mut town = commune().await;
    let bulletin = recorded(&mut town).await;
    let submitted = step(&mut town.secretary, &bulletin, "/submit", "")
        .await
        .json();
    let wordless = step(&mut town.officer, &submitted, "/reject", "  ").await;
    assert_eq!(problem(&wordless), "bulletin-needs-reason");
    let rejected = step(&mut town.officer, &submitted, "/reject", "Sai ngày họp")
        .await
        .json();
    assert_eq!(
        (&rejected["state"], &rejected["reason"]),
        (&json!("rejected"), &json!("Sai ngày họp"))
    );
    let again = step(&mut town.secretary, &rejected, "/submit", "")
        .await
        .json();
    assert_eq!(again["state"], "submitted");
    let stale = step(&mut town.officer, &submitted, "/approve", "").await;
    assert_eq!(
        problem(&stale),
        "bulletin-changed-meanwhile",
        "approval is of what was heard"
    );
    let approval = step(&mut town.officer, &again, "/approve", "").await;
    assert_eq!(approval.json()["state"], "approved");
    let twice = step(&mut town.officer, &again, "/approve", "").await;
    assert_eq!(
        twice.status,
        StatusCode::OK,
        "the same word twice is one word"
    );
    let withdrawn = step(
        &mut town.officer,
        &approval.json(),
        "/withdraw",
        "Đã họp xong",
    )
    .await;
    assert_eq!(withdrawn.json()["state"], "withdrawn");
    let id: BulletinId = bulletin["id"].as_str().unwrap().parse().unwrap();
    let mut connection = town.server.state.database.read().await.unwrap();
    assert!(
        approved(&mut connection, &[id].into())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_edit_of_something_older_is_refused_and_nothing_is_overwritten() {
    let mut town = commune().await;
    let mut sent = vneid(&town.village);
    let bulletin = town
        .secretary
        .post_json("/api/v1/bulletins", sent.clone())
        .await
        .json();
    let kind = [("content-type", "application/json")];
    let place = path(&bulletin, "");
    sent["version"] = bulletin["version"].clone();
    sent["title"] = json!("Bản của cán bộ");
    let first = town
        .officer
        .send(Method::PUT, &place, &kind, sent.to_string())
        .await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    sent["title"] = json!("Bản của bí thư");
    let second = town
        .secretary
        .send(Method::PUT, &place, &kind, sent.to_string())
        .await;
    assert_eq!(problem(&second), "bulletin-changed-meanwhile");
    assert_eq!(
        town.secretary.get(&place).await.json()["title"],
        "Bản của cán bộ"
    );
}

#[tokio::test]
async fn only_officers_make_emergencies_and_nobody_makes_what_is_over() {
    let mut town = commune().await;
    let mut sent = vneid(&town.village);
    sent["class"] = json!("emergency");
    let refused = town
        .secretary
        .post_json("/api/v1/bulletins", sent.clone())
        .await;
    assert_eq!(
        (refused.status, problem(&refused).as_str()),
        (StatusCode::FORBIDDEN, "bulletin-emergency")
    );
    let made = town.officer.post_json("/api/v1/bulletins", sent).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    for (field, wrong, said) in [
        ("valid_until_day", "2026-11-22", "bulletin-day"),
        ("valid_until_day", "30/11/2026", "bulletin-day"),
        ("title", "  ", "bulletin-title"),
        ("class", "urgent", "bulletin-class"),
        ("topic", "lottery", "bulletin-topic"),
    ] {
        let mut sent = vneid(&town.village);
        sent[field] = json!(wrong);
        let refused = town.secretary.post_json("/api/v1/bulletins", sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem(&refused), said);
    }
}

#[tokio::test]
async fn a_request_sent_twice_makes_one_bulletin() {
    let mut town = commune().await;
    let mut sent = vneid(&town.village);
    sent["id"] = json!("bul_0123456789abcdef");
    for _ in 0..2 {
        let made = town
            .secretary
            .post_json("/api/v1/bulletins", sent.clone())
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    }
    let taken = town.officer.post_json("/api/v1/bulletins", sent).await;
    assert_eq!(problem(&taken), "bulletin-name-taken");
    let listed = town
        .secretary
        .get("/api/v1/bulletins?state=draft")
        .await
        .json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_village_sees_what_the_commune_approved_and_not_what_it_drafts() {
    let mut town = commune().await;
    let head = town
        .server
        .person("truong.thon", Role::Head, &town.village)
        .await;
    let mut head = town.server.script(&town.server.token(&head).await);
    let commune = town
        .server
        .find_area(town.village.parent.as_ref().unwrap())
        .await;
    town.village = commune;
    let bulletin = recorded(&mut town).await;
    assert_eq!(
        head.get(&path(&bulletin, "")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(head.get("/api/v1/bulletins").await.json(), json!([]));
    let submitted = step(&mut town.secretary, &bulletin, "/submit", "")
        .await
        .json();
    step(&mut town.officer, &submitted, "/approve", "").await;
    assert_eq!(
        head.get(&path(&bulletin, "")).await.json()["state"],
        "approved"
    );
    assert_eq!(
        head.get("/api/v1/bulletins").await.json()[0]["id"],
        bulletin["id"]
    );
    let take = bulletin["recordings"][0]["recording_id"].as_str().unwrap();
    let heard = head
        .bytes(&format!("/api/v1/recordings/{take}/sound"))
        .await;
    assert_eq!(
        &heard[..4],
        b"OggS",
        "what airs in the village may be heard there"
    );
}
