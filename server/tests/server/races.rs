//! Two people at once: whichever comes first, no bulletin ends up as nobody wanted it.

use std::time::Duration;

use loaban_server::database::Write;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::phone::{record, sample};
use crate::town::{Town, problem};

/// A draft of the village with a Vietnamese recording.
async fn recorded(town: &mut Town) -> String {
    let new = json!({
        "area_id": town.village.id, "title": "Họp thôn", "class": "ordinary",
        "valid_until_day": "2026-12-31",
    });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let said = [("bulletin", id.as_str()), ("language", "vi")];
    record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await;
    id
}

/// Somebody takes the recording out of a draft, and is not done with it yet.
async fn half_detached(town: &Town, id: &str) -> Write {
    let mut write = town.server.state.database.write().await.unwrap();
    write.hold(id).await.unwrap();
    for sql in [
        "UPDATE bulletins SET changed_at_ms = changed_at_ms + 1 WHERE id = $1",
        "DELETE FROM bulletin_recordings WHERE bulletin_id = $1",
    ] {
        sqlx::query(sql)
            .bind(id)
            .execute(&mut *write)
            .await
            .unwrap();
    }
    write
}

/// So long, by a real clock, for another transaction to come to where it has to wait.
const MEANWHILE: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_bulletin_is_not_submitted_while_its_only_recording_is_taken_out() {
    let mut town = Town::start().await;
    let id = recorded(&mut town).await;
    let path = format!("/api/v1/bulletins/{id}");
    let version = town.secretary.get(&path).await.json()["version"].clone();
    let detaching = half_detached(&town, &id).await;
    let mut other = town.server.script(town.secretary.token());
    let submitting = tokio::spawn(async move {
        let seen = json!({ "version": version, "reason": "" });
        other.post_json(&format!("{path}/submit"), seen).await
    });
    tokio::time::sleep(MEANWHILE).await;
    detaching.commit().await.unwrap();
    let answer = submitting.await.unwrap();
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    assert_eq!(problem(&answer), "bulletin-needs-recording");
}

#[tokio::test]
async fn who_takes_a_recording_out_waits_for_whoever_is_at_the_bulletin() {
    let mut town = Town::start().await;
    let id = recorded(&mut town).await;
    let mut write = town.server.state.database.write().await.unwrap();
    write.hold(&id).await.unwrap();
    let mut other = town.server.script(town.secretary.token());
    let path = format!("/api/v1/bulletins/{id}/recordings/vi");
    let detaching =
        tokio::spawn(async move { other.send(Method::DELETE, &path, &[], String::new()).await });
    tokio::time::sleep(MEANWHILE).await;
    assert!(!detaching.is_finished());
    drop(write);
    let answer = detaching.await.unwrap();
    assert!(answer.status.is_success(), "{}", answer.body);
}

#[tokio::test]
async fn an_order_whose_only_start_passes_while_it_waits_to_be_kept_is_refused() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Họp thôn").await;
    let before = Duration::from_secs(2);
    town.server.clock.set(town.today(17, 0) - before);
    // That a token was used is written but once a minute: the order itself waits for nobody.
    town.head.get("/api/v1/areas").await;
    let mut write = town.server.state.database.write().await.unwrap();
    write.hold("broadcasts").await.unwrap();
    let mut head = town.server.script(town.head.token());
    let order = json!({
        "bulletins": [bulletin], "areas": [town.village.id],
        "rule": { "kind": "daily", "times": ["17:00"], "until": "2026-11-23" },
    });
    let placing = tokio::spawn(async move { head.post_json("/api/v1/broadcasts", order).await });
    tokio::time::sleep(MEANWHILE).await;
    assert!(!placing.is_finished());
    town.server.clock.advance(before * 2);
    drop(write);
    let answer = placing.await.unwrap();
    assert_eq!(problem(&answer), "broadcast-never-airs", "{}", answer.body);
}

/// An order of the village for this evening.
async fn for_this_evening(town: &mut Town, hour: &str) -> String {
    let bulletin = town.approved("Họp thôn").await;
    let rule = json!({ "kind": "once", "at": format!("2026-11-23T{hour}") });
    let placed = town.ordered(&bulletin, rule).await;
    placed.json()["id"].as_str().unwrap().to_owned()
}

/// Somebody gives a broadcast another time, or cancels it, and is not done with it yet.
async fn half_ended(town: &Town, id: &str, moved_to: Option<&str>) -> Write {
    let mut write = town.server.state.database.write().await.unwrap();
    write.hold("broadcasts").await.unwrap();
    let sql = "UPDATE broadcasts SET cancelled_at_ms = 1, moved_to = $1 WHERE id = $2";
    let ended = sqlx::query(sql).bind(moved_to).bind(id);
    ended.execute(&mut *write).await.unwrap();
    write
}

#[tokio::test]
async fn who_cancels_what_is_moved_at_the_same_moment_reads_that_it_airs() {
    let mut town = Town::start().await;
    let [id, new] = [
        for_this_evening(&mut town, "17:00").await,
        for_this_evening(&mut town, "19:30").await,
    ];
    let mut head = town.server.script(town.head.token());
    let moving = half_ended(&town, &id, Some(&new)).await;
    let path = format!("/api/v1/broadcasts/{id}/cancel");
    let cancelling = tokio::spawn(async move { head.post_json(&path, json!({})).await });
    tokio::time::sleep(MEANWHILE).await;
    assert!(!cancelling.is_finished());
    moving.commit().await.unwrap();
    let answer = cancelling.await.unwrap();
    assert_eq!(problem(&answer), "broadcast-moved-on", "{}", answer.body);
}

#[tokio::test]
async fn what_is_cancelled_at_the_same_moment_is_not_moved() {
    let mut town = Town::start().await;
    let id = for_this_evening(&mut town, "17:00").await;
    let mut head = town.server.script(town.head.token());
    let cancelling = half_ended(&town, &id, None).await;
    let path = format!("/api/v1/broadcasts/{id}/move");
    let later = json!({ "rule": { "kind": "once", "at": "2026-11-23T19:30" } });
    let moving = tokio::spawn(async move { head.post_json(&path, later).await });
    tokio::time::sleep(MEANWHILE).await;
    assert!(!moving.is_finished());
    cancelling.commit().await.unwrap();
    let answer = moving.await.unwrap();
    assert_eq!(problem(&answer), "broadcast-move-gone", "{}", answer.body);
}
