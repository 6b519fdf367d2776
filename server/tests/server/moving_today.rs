//! A broadcast is given another time on a day on which it was due already: what was due stays, and
//! nobody hears it twice.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::moving::{placed, rules};
use crate::requests::field;
use crate::town::{Town, problem};

#[tokio::test]
async fn what_was_due_today_stays_and_nobody_hears_it_twice() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let daily = |hour: &str, from: &str| {
        let until = "2026-12-20";
        json!({ "kind": "daily", "times": [hour], "from": from, "until": until })
    };
    let id = placed(&mut town, daily("10:00", "2026-11-20")).await;
    town.server.clock.advance(Duration::from_secs(90 * 60));
    let mut head = town.server.signed_in("truong.thon").await;
    let form = head.get(&format!("/broadcasts/new?moves={id}")).await.body;
    assert!(form.contains("đã đến giờ (10:00) giữ nguyên"), "{form}");
    let path = format!("/api/v1/broadcasts/{id}");
    let twice = json!({ "rule": daily("11:00", "2026-11-23") });
    let twice = town.head.post_json(&format!("{path}/move"), twice).await;
    assert_eq!(problem(&twice), "broadcast-move-begun");
    let moved = json!({ "rule": daily("11:00", "2026-11-24") });
    let moved = town.head.post_json(&format!("{path}/move"), moved).await;
    assert_eq!(moved.status, StatusCode::CREATED, "{}", moved.body);
    let (old, new) = (town.head.get(&path).await.json(), moved.json());
    assert_eq!(old["rule"]["until"], "2026-11-23");
    assert_eq!(old["cancelled_at_ms"], Value::Null);
    assert_eq!(old["moved_to"], new["id"]);
    assert_eq!(rules(&mut pc).await.len(), 2, "today's start, and the new");
    // What waits may be cancelled by whoever sees that it is all that is left.
    let page = format!("/broadcasts/{id}");
    let shown = head.get(&page).await.body;
    assert!(!shown.contains("new?moves="), "{shown}");
    let cancel = format!("{page}/cancel");
    let late = head.post(&cancel, &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    let seen = field(&shown, "version");
    let done = head.post(&cancel, &[("version", &seen)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(rules(&mut pc).await.len(), 1);
}

#[tokio::test]
async fn a_village_whose_session_is_still_to_come_loses_nothing_by_one_that_has_heard_it() {
    let mut town = Town::start().await;
    let commune = town.commune.clone();
    let later = town
        .server
        .area("Thôn Luổng", "village", Some(&commune))
        .await;
    let seasons = json!({ "seasons": [{ "morning": "05:30", "evening": "18:00" }] });
    let json = [("content-type", "application/json")];
    let path = format!("/api/v1/areas/{}/timetable", later.id);
    let laid = town
        .admin
        .send(Method::PUT, &path, &json, seasons.to_string())
        .await;
    assert_eq!(laid.status, StatusCode::OK, "{}", laid.body);
    let bulletin = town.approved("Họp thôn").await;
    let evenings = json!({ "kind": "daily", "sessions": ["evening"], "from": "2026-11-23" });
    let order = json!({
        "bulletins": [bulletin], "areas": [town.village.id, later.id], "rule": evenings,
    });
    let placed = town.officer.post_json("/api/v1/broadcasts", order).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let id = placed.json()["id"].as_str().unwrap().to_owned();
    let mut officer = town.server.signed_in("can.bo").await;
    let form = format!("/broadcasts/new?moves={id}");
    let before = officer.get(&form).await.body;
    assert!(
        before.contains("name=\"from\" value=\"2026-11-23\""),
        "{before}"
    );
    town.server.clock.set(town.today(17, 30));
    let mut officer = town.server.signed_in("can.bo").await;
    let after = officer.get(&form).await.body;
    assert!(
        after.contains("name=\"from\" value=\"2026-11-24\""),
        "{after}"
    );
    let path = format!("/api/v1/broadcasts/{id}");
    let mornings = json!({ "kind": "daily", "sessions": ["morning"], "from": "2026-11-24" });
    let moved = json!({ "rule": mornings });
    let moved = town.officer.post_json(&format!("{path}/move"), moved).await;
    assert_eq!(moved.status, StatusCode::CREATED, "{}", moved.body);
    let old = town.officer.get(&path).await.json();
    assert_eq!(old["rule"]["sessions"], json!(["evening"]));
    assert_eq!(old["rule"]["until"], "2026-11-23");
}
