//! An order that meets others only weeks from now is held to them all the same; and a calendar that
//! cannot look at everything says so.

use std::time::Duration;

use loaban_server::broadcasts::broadcast::{self, Broadcast};
use programme::ids::BroadcastId;
use programme::programme::MissedRule;
use programme::rule::Rule;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::town::{Town, problem};

fn daily(hour: &str) -> Value {
    json!({ "kind": "daily", "times": [hour] })
}

#[tokio::test]
async fn what_clashes_in_four_weeks_is_found_when_it_is_ordered() {
    let mut town = Town::start().await;
    let meeting = town.approved("Họp thôn").await;
    let every_day = town.approved("Kích hoạt VNeID").await;
    let later = json!({ "kind": "once", "at": "2026-12-20T17:00" });
    let placed = town.ordered(&meeting, later).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let new = json!({ "bulletins": [every_day], "areas": [town.village.id],
        "rule": daily("17:00") });
    let path = "/api/v1/broadcasts/preview";
    let looked = town.head.post_json(path, new).await.json();
    let findings = looked[0]["findings"].as_array().unwrap();
    let clash = findings.iter().find(|one| one["finding"] == "clash");
    let clash = clash.unwrap_or_else(|| panic!("a clash in four weeks: {looked}"));
    let cue = clash["first"]["cue"].as_str().unwrap();
    assert!(cue.ends_with("@2026-12-20T17:00"), "{cue}");
    assert_eq!(looked[0]["looked_until"], Value::Null);
}

#[tokio::test]
async fn a_limit_that_is_passed_in_four_weeks_holds_an_order_today() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let path = format!("/api/v1/areas/{}/policy", town.commune.id);
    let own = json!({ "sessions_per_day": 1, "limits_bind": true });
    let json = [("content-type", "application/json")];
    let said = town.admin.send(Method::PUT, &path, &json, own.to_string());
    assert_eq!(said.await.status, StatusCode::OK);
    let later = json!({ "kind": "once", "at": "2026-12-20T06:00" });
    let placed = town.ordered(&bulletin, later).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let refused = town.ordered(&bulletin, daily("17:00")).await;
    assert_eq!(
        problem(&refused),
        "broadcast-over-limits",
        "{}",
        refused.body
    );
    // Whoever leaves that day out keeps to the limit.
    let mut rule = daily("17:00");
    rule["except"] = json!(["2026-12-20"]);
    let placed = town.ordered(&bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
}

#[tokio::test]
async fn a_calendar_that_lacks_broadcasts_says_so() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let path = "/broadcasts/calendar?view=day&day=2026-11-24";
    let lacks = "những lịch được đặt trước nhất không có ở đây";
    let mut write = town.server.state.database.write().await.unwrap();
    for number in 0..=1_000_u32 {
        let mut seed = [0; 10];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let one = Broadcast {
            id: BroadcastId::from_random(seed),
            bulletins: vec![bulletin.parse().unwrap()],
            targets: vec![town.village.id.clone()],
            rule: Rule::Once {
                at: "2026-12-24T17:00".parse().unwrap(),
            },
            since: town.today(9, 0),
            repeats: 1,
            gap: Duration::ZERO,
            missed: MissedRule::OnlyThen,
            chime: false,
            created_by: None,
            cancelled_at: None,
            moved_to: None,
        };
        broadcast::insert(&mut write, &one, None).await.unwrap();
    }
    write.commit().await.unwrap();
    let page = officer.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains(lacks), "{}", page.body);

    let mut write = town.server.state.database.write().await.unwrap();
    let id = BroadcastId::from_random([0; 10]);
    let now = town.today(9, 0);
    broadcast::cancel(&mut write, &id, None, now).await.unwrap();
    write.commit().await.unwrap();
    let page = officer.get(path).await;
    assert!(!page.body.contains(lacks), "{}", page.body);
}
