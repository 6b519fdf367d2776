//! A draft that nobody needs is deleted by whoever may write it, after one question; what was
//! approved never is.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::phone::{record, sample};
use crate::requests;
use crate::support::{Answer, Browser};
use crate::town::{Town, problem};

/// A draft of the village with a Vietnamese recording: the draft, and the recording's page.
async fn drafted(town: &mut Town) -> (Value, String) {
    let new = json!({ "area_id": town.village.id, "title": "Họp thôn", "class": "ordinary",
        "valid_until_day": "2026-12-31" });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let said = [("bulletin", id.as_str()), ("language", "vi")];
    let recording = record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await;
    let draft = town.secretary.get(&format!("/api/v1/bulletins/{id}")).await;
    let place = format!("/recordings/{}", recording["id"].as_str().unwrap());
    (draft.json(), place)
}

/// Deletes a bulletin as a script that saw `version` of it.
async fn delete(script: &mut Browser, id: &str, version: i64) -> Answer {
    let path = format!("/api/v1/bulletins/{id}?version={version}");
    script.send(Method::DELETE, &path, &[], String::new()).await
}

#[tokio::test]
async fn a_draft_is_deleted_after_one_question_and_its_recording_stays() {
    let mut town = Town::start().await;
    let (draft, recording) = drafted(&mut town).await;
    let id = draft["id"].as_str().unwrap();
    let place = format!("/bulletins/{id}");
    let mut head = town.server.signed_in("truong.thon").await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = head.get(&place).await.body;
    assert!(!page.contains("Xóa bản tin này"), "{page}");
    let page = secretary.get(&place).await.body;
    // The button lies in what is folded away until somebody asks for it.
    let (_, asked) = page
        .split_once("<summary>Xóa bản tin này</summary>")
        .unwrap();
    assert!(asked.contains("không lấy lại được") && asked.contains(&format!("{place}/delete")));
    let stale = secretary
        .post(&format!("{place}/delete"), &[("version", "99")])
        .await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);

    let version = draft["version"].to_string();
    let seen = [("version", version.as_str())];
    let done = secretary.post(&format!("{place}/delete"), &seen).await;
    assert_eq!(
        done.location(),
        "/bulletins?state=draft&notice=notice-bulletin-deleted"
    );
    let list = secretary.get(done.location()).await.body;
    assert!(
        list.contains("Đã xóa bản tin.") && !list.contains("Họp thôn"),
        "{list}"
    );
    assert_eq!(secretary.get(&place).await.status, StatusCode::NOT_FOUND);
    let again = secretary.post(&format!("{place}/delete"), &seen).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "{}", again.body);

    // The recording is in the library, leads to no bulletin, and can be deleted there.
    let page = secretary.get(&recording).await.body;
    assert!(!page.contains(id), "{page}");
    let gone = secretary.post(&format!("{recording}/delete"), &[]).await;
    assert_eq!(
        gone.location(),
        "/recordings?notice=notice-recording-deleted"
    );
    let mut admin = town.server.signed_in("quan.tri").await;
    let trail = admin.get("/audit?kind=bulletin").await.body;
    for said in [
        "Xóa bản tin chưa duyệt",
        "Tiêu đề: Họp thôn",
        "Ngôn ngữ: Tiếng Việt",
    ] {
        assert!(trail.contains(said), "{said}: {trail}");
    }
}

#[tokio::test]
async fn what_waits_or_was_approved_is_not_deleted_and_what_was_sent_back_is() {
    let mut town = Town::start().await;
    let approved = town.approved("Kích hoạt VNeID").await;
    let path = format!("/api/v1/bulletins/{approved}");
    let version = town.secretary.get(&path).await.json()["version"]
        .as_i64()
        .unwrap();
    let kept = delete(&mut town.secretary, &approved, version).await;
    assert_eq!(kept.status, StatusCode::CONFLICT, "{}", kept.body);
    assert_eq!(problem(&kept), "bulletin-not-open");
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&format!("/bulletins/{approved}")).await.body;
    assert!(!page.contains("Xóa bản tin này"), "{page}");

    let (draft, _) = drafted(&mut town).await;
    let id = draft["id"].as_str().unwrap();
    let path = format!("/api/v1/bulletins/{id}");
    let seen = json!({ "version": draft["version"], "reason": "Sai ngày" });
    let sent = town
        .secretary
        .post_json(&format!("{path}/submit"), seen)
        .await;
    let version = sent.json()["version"].as_i64().unwrap();
    let waits = delete(&mut town.secretary, id, version).await;
    assert_eq!(waits.status, StatusCode::CONFLICT, "{}", waits.body);
    let seen = json!({ "version": version, "reason": "Sai ngày" });
    let back = town
        .officer
        .post_json(&format!("{path}/reject"), seen)
        .await;
    let version = back.json()["version"].as_i64().unwrap();
    let gone = delete(&mut town.secretary, id, version).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert_eq!(
        town.secretary.get(&path).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_request_whose_draft_was_deleted_waits_for_the_village_again() {
    let mut town = Town::start().await;
    let village = town.village.clone();
    let request = requests::asked(&mut town, "Kính mời bà con.", &village).await;
    let take = requests::path(&request, &format!("/areas/{}/take", village.id));
    let taken = town.secretary.post_json(&take, json!({})).await;
    let id = taken.json()["bulletin_id"].as_str().unwrap().to_owned();
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&format!("/bulletins/{id}")).await.body;
    assert!(page.contains("lại chờ thôn nhận"), "{page}");
    let gone = delete(&mut town.secretary, &id, 1).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    let after = town.officer.get(&requests::path(&request, "")).await;
    assert!(after.body.contains("\"waiting\""), "{}", after.body);
    let again = town.secretary.post_json(&take, json!({})).await;
    assert!(again.status.is_success(), "{}", again.body);
    assert_ne!(again.json()["bulletin_id"], json!(id));
}
