//! Nobody is left waiting for what will not come: plans that died, bulletins that wait, requests
//! without content, recordings of no use, and documents that stand elsewhere.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::as_run::{cut, scheduled};
use crate::phone::record;
use crate::reports::{aired, for_the_commune};
use crate::requests::{PDF, asked, path};
use crate::town::Town;

#[tokio::test]
async fn whoever_planned_or_wrote_what_was_withdrawn_is_told_and_can_begin_again() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Họp thôn").await;
    let rule = json!({ "kind": "once", "at": "2026-11-24T17:00" });
    let placed = town.ordered(&bulletin, rule).await.json();
    let page_of = format!("/broadcasts/{}", placed["id"].as_str().unwrap());
    let mut head = town.server.signed_in("truong.thon").await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    assert!(head.get(&page_of).await.body.contains("Hủy lịch phát"));
    town.step(&bulletin, "withdraw", "Sai ngày họp").await;
    let front = head.get("/").await.body;
    for said in ["Lịch sẽ không phát nữa", &page_of, "Sai ngày họp"] {
        assert!(front.contains(said), "{said}: {front}");
    }
    assert!(!front.contains("Không có việc gì"), "{front}");
    let page = head.get(&page_of).await.body;
    assert!(
        page.contains("Bản tin của lịch này đã bị thu hồi"),
        "{page}"
    );
    assert!(page.contains("Sai ngày họp"), "{page}");
    assert!(!page.contains("Hủy lịch phát"), "{page}");

    let front = secretary.get("/").await.body;
    for said in ["Bản tin bị thu hồi", "Sai ngày họp", "Soạn lại từ bản này"] {
        assert!(front.contains(said), "{said}: {front}");
    }
    assert!(!front.contains("Không có việc gì"), "{front}");
    let again = format!("/bulletins/new?from={bulletin}");
    assert!(front.contains(&again), "{front}");
    let page = secretary.get(&format!("/bulletins/{bulletin}")).await.body;
    assert!(page.contains(&again), "{page}");
    let form = secretary.get(&again).await.body;
    assert!(form.contains("value=\"Họp thôn\""), "{form}");
    assert!(!form.contains(&format!("value=\"{bulletin}\"")), "{form}");
}

#[tokio::test]
async fn an_order_that_fell_into_quiet_hours_stands_on_the_front_page_of_its_head() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Họp thôn").await;
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let placed = town.ordered(&bulletin, rule.clone()).await.json();
    let page_of = format!("/broadcasts/{}", placed["id"].as_str().unwrap());
    let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": rule });
    let officers = town.officer.post_json("/api/v1/broadcasts", new).await;
    let officers = officers.json()["id"].as_str().unwrap().to_owned();
    let mut head = town.server.signed_in("truong.thon").await;
    let front = head.get("/").await.body;
    assert!(!front.contains("Lịch sẽ không phát nữa"), "{front}");
    let says = json!({
        "kind": "village", "name": "Thôn Tòng Xành", "quiet_from": "16:00",
        "quiet_until": "18:30", "despite_quiet_hours": true,
    });
    let json = [("content-type", "application/json")];
    let place = format!("/api/v1/areas/{}", town.village.id);
    let said = town
        .admin
        .send(Method::PUT, &place, &json, says.to_string())
        .await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    let front = head.get("/").await.body;
    for said in ["Lịch sẽ không phát nữa", &page_of, "giờ yên lặng"] {
        assert!(front.contains(said), "{said}: {front}");
    }
    // The way on stands beside it, as on its page, for who may go there.
    let other_time = |id: &str| format!("href=\"/broadcasts/new?moves={id}\"");
    let own = other_time(placed["id"].as_str().unwrap());
    assert!(front.contains(&own), "{front}");
    let page = head.get(&page_of).await.body;
    assert!(page.contains(&own), "{page}");
    let form = head
        .get(own.trim_start_matches("href=").trim_matches('"'))
        .await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.body);
    assert!(
        front.contains(&format!("/broadcasts/{officers}")),
        "{front}"
    );
    assert!(!front.contains(&other_time(&officers)), "{front}");
    let mut officer = town.server.signed_in("can.bo").await;
    let front = officer.get("/").await.body;
    assert!(front.contains(&other_time(&officers)), "{front}");
}

#[tokio::test]
async fn the_front_page_says_who_will_miss_tonight_and_who_missed_yesterday() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = for_the_commune(&mut town, "Kích hoạt VNeID").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let front = officer.get("/").await.body;
    assert!(
        front.contains("Hôm nay 2 thôn sẽ không nghe được"),
        "{front}"
    );
    assert!(front.contains("href=\"/reports\""), "{front}");
    town.server.clock.set(town.today(18, 0));
    pc.report(aired(&town, &cue, &broadcast)).await;
    town.server.clock.set(town.today(24 + 9, 0));
    let front = officer.get("/").await.body;
    assert!(front.contains("Hôm qua 1 thôn không nghe được"), "{front}");
    assert!(!front.contains("Không có việc gì"), "{front}");
    // The village of the head heard it.
    let mut head = town.server.signed_in("truong.thon").await;
    assert!(!head.get("/").await.body.contains("Hôm qua 1 thôn"));
}

#[tokio::test]
async fn what_waits_for_approval_stands_on_its_authors_page_and_may_be_taken_back() {
    let mut town = Town::start().await;
    let id = town.draft("Họp thôn").await;
    town.step(&id, "submit", "").await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let front = secretary.get("/").await.body;
    for said in [
        "Đang chờ duyệt",
        "Họp thôn",
        "Gửi duyệt lúc 23/11/2026 09:00",
    ] {
        assert!(front.contains(said), "{said}: {front}");
    }
    assert!(!front.contains("Không có việc gì"), "{front}");
    let place = format!("/bulletins/{id}");
    let page = secretary.get(&place).await.body;
    assert!(page.contains("Lấy lại để sửa"), "{page}");
    let mut officer = town.server.signed_in("can.bo").await;
    let seen = officer.get(&format!("/api/v1{place}")).await.json();
    let version = seen["version"].to_string();
    let fields = [("version", version.as_str())];
    let done = secretary.post(&format!("{place}/retract"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let front = secretary.get("/").await.body;
    assert!(front.contains("Bản nháp của bạn"), "{front}");
    assert!(!officer.get("/").await.body.contains("Chờ bạn duyệt"));
    // Who had it open approves nothing that is being changed.
    let late = json!({ "version": seen["version"], "reason": "" });
    let path = format!("/api/v1{place}/approve");
    let late = town.officer.post_json(&path, late).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    let mut admin = town.server.signed_in("quan.tri").await;
    let trail = admin.get("/audit").await.body;
    assert!(trail.contains("Lấy lại bản tin"), "{trail}");
    retracted_by_a_script(&mut town, &id).await;
}

/// The same by the interface, as far as somebody may and nobody has decided.
async fn retracted_by_a_script(town: &mut Town, id: &str) {
    let path = format!("/api/v1/bulletins/{id}");
    town.step(id, "submit", "").await;
    let version = town.secretary.get(&path).await.json()["version"].clone();
    let seen = json!({ "version": version, "reason": "" });
    let retract = format!("{path}/retract");
    let head = town.head.post_json(&retract, seen.clone()).await;
    assert_eq!(head.status, StatusCode::FORBIDDEN, "{}", head.body);
    let done = town.secretary.post_json(&retract, seen.clone()).await;
    assert_eq!(done.json()["state"], "draft", "{}", done.body);
    town.step(id, "submit", "").await;
    town.step(id, "approve", "").await;
    let version = town.secretary.get(&path).await.json()["version"].clone();
    let seen = json!({ "version": version, "reason": "" });
    let late = town.secretary.post_json(&retract, seen).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
}

#[tokio::test]
async fn a_request_without_content_waits_for_no_village() {
    let mut town = Town::start().await;
    let village = town.village.clone();
    let request = asked(&mut town, "", &village).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let place = format!("/requests/{}", request["id"].as_str().unwrap());
    let page = officer.get(&place).await.body;
    assert!(page.contains("Chưa gửi đến thôn nào"), "{page}");
    assert!(!page.contains("Chờ thôn nhận"), "{page}");
}

#[tokio::test]
async fn a_recording_of_no_use_is_not_said_to_be_on_the_way() {
    let mut town = Town::start().await;
    let new = json!({
        "area_id": town.village.id, "title": "Họp thôn", "class": "ordinary",
        "valid_until_day": "2026-12-31",
    });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let said = [("bulletin", id.as_str()), ("language", "vi")];
    record(&mut town.secretary, b"no sound at all, only letters", &said).await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&format!("/bulletins/{id}")).await.body;
    assert!(page.contains("Bản ghi không dùng được"), "{page}");
    assert!(!page.contains("Bản ghi đang đến"), "{page}");
    let list = secretary.get("/recordings").await.body;
    assert!(list.contains("Cho bản tin: Họp thôn"), "{list}");
    assert!(!list.contains("Dùng trong"), "it speaks nowhere: {list}");
}

#[tokio::test]
async fn the_document_of_a_request_is_linked_where_it_is_read_out() {
    let mut town = Town::start().await;
    let village = town.village.clone();
    let request = asked(&mut town, "Kính mời bà con.", &village).await;
    let place = format!("/requests/{}/document", request["id"].as_str().unwrap());
    let mut officer = town.server.signed_in("can.bo").await;
    let sent = officer.post_file(&place, &[], "giay-moi.pdf", PDF).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let take = path(&request, &format!("/areas/{}/take", village.id));
    let taken: Value = town.secretary.post_json(&take, json!({})).await.json();
    let bulletin = taken["bulletin_id"].as_str().unwrap();
    let mut secretary = town.server.signed_in("bi.thu").await;
    for read in [
        format!("/bulletins/{bulletin}"),
        format!("/recordings/new?bulletin={bulletin}"),
    ] {
        let page = secretary.get(&read).await.body;
        for said in [place.as_str(), "giay-moi.pdf", "Kính mời bà con."] {
            assert!(page.contains(said), "{read} {said}: {page}");
        }
    }
}

#[tokio::test]
async fn what_was_cut_short_waits_on_the_front_page_until_it_is_ordered_again() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let planned = town.today(17, 0).as_millis();
    town.server.clock.set(town.today(17, 5));
    let bulletin = pc
        .programme(0)
        .await
        .bulletins
        .keys()
        .next()
        .unwrap()
        .clone();
    pc.report(json!(cut(&cue, &broadcast, planned))).await;
    let again = format!(
        "/broadcasts/new?bulletin={bulletin}&#38;area={}",
        town.village.id
    );
    for who in ["truong.thon", "can.bo"] {
        let front = town.server.signed_in(who).await.get("/").await.body;
        for said in [
            "Bị ngắt giữa chừng",
            "Thôn Tòng Xành · 23/11/2026 17:00 · Bị ngắt sau 01:23 vì mất điện",
            &again,
        ] {
            assert!(front.contains(said), "{who} {said}: {front}");
        }
    }
    let mut head = town.server.signed_in("truong.thon").await;
    let form = head.get(&again.replace("&#38;", "&")).await.body;
    let chosen = form.matches(" checked").count() + form.matches(" selected").count();
    assert!(form.contains(bulletin.as_str()) && chosen > 0, "{form}");
    let secretary = town.server.signed_in("bi.thu").await.get("/").await.body;
    assert!(!secretary.contains("Bị ngắt giữa chừng"), "{secretary}");
    let rule = json!({ "kind": "once", "at": "2026-11-23T19:00" });
    let placed = town.ordered(bulletin.as_str(), rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let front = head.get("/").await.body;
    assert!(!front.contains("Bị ngắt giữa chừng"), "{front}");
}

#[tokio::test]
async fn what_was_cut_short_and_is_heard_again_by_an_order_of_before_needs_nobody() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let programme = pc.programme(0).await;
    let bulletin = programme.bulletins.keys().next().unwrap().clone();
    let rule = json!({ "kind": "once", "at": "2026-11-23T19:00" });
    let placed = town.ordered(bulletin.as_str(), rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    town.server.clock.set(town.today(17, 5));
    let lines = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    pc.report(json!(lines)).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let front = head.get("/").await.body;
    assert!(!front.contains("Bị ngắt giữa chừng"), "{front}");
    let path = format!(
        "/broadcasts/{}/cancel",
        placed.json()["id"].as_str().unwrap()
    );
    let cancelled = head.post(&path, &[]).await;
    assert_eq!(
        cancelled.status,
        StatusCode::SEE_OTHER,
        "{}",
        cancelled.body
    );
    let front = head.get("/").await.body;
    assert!(front.contains("Bị ngắt giữa chừng"), "{front}");
}

#[tokio::test]
async fn what_was_stopped_by_hand_is_not_offered_again() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    town.server.clock.set(town.today(17, 5));
    let mut lines = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    lines[1]["cut"] = json!("operator");
    lines[2]["why"] = json!("operator");
    pc.report(json!(lines)).await;
    let front = town.server.signed_in("truong.thon").await.get("/").await;
    assert!(!front.body.contains("Bị ngắt giữa chừng"), "{}", front.body);
}
