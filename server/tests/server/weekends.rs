//! Weekends become free of ordinary bulletins: what becomes of what was ordered before.

use programme::day_plan::DayPlan;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::town::Town;

/// The first Saturday of the story.
const SATURDAY: &str = "2026-11-28";

/// What the page says of it.
const STILL_AIRS: &str = "lịch đã xếp từ trước vẫn phát";

#[tokio::test]
async fn what_was_ordered_before_weekends_were_free_still_airs_and_the_policy_says_so() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Họp thôn").await;
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let placed = town.ordered(&bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);

    // Whoever may free the weekends reads it before; whoever may not has nothing to ask yet.
    let path = format!("/areas/{}/policy", town.village.id);
    let mut admin = town.server.signed_in("quan.tri").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = admin.get(&path).await.body;
    assert_eq!(page.matches(STILL_AIRS).count(), 1, "{page}");
    let page = head.get(&path).await.body;
    assert!(!page.contains(STILL_AIRS), "{page}");

    let whole = format!("/api/v1/areas/{}/policy", town.commune.id);
    let json = [("content-type", "application/json")];
    let free = json!({ "ordinary_on_weekends": false }).to_string();
    let said = town.admin.send(Method::PUT, &whole, &json, free).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    for who in [&mut admin, &mut head] {
        let page = who.get(&path).await.body;
        assert_eq!(page.matches(STILL_AIRS).count(), 1, "{page}");
    }
    let programme = pc.programme(0).await;
    let plan = DayPlan::of(&programme, SATURDAY.parse().unwrap()).unwrap();
    let airs = plan.cues.iter().filter(|cue| cue.obstacle.is_none());
    assert_eq!(airs.count(), 1, "{plan:?}");
}
