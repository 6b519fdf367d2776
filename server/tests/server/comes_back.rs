//! A start made room for another broadcast, and that one is cancelled: the start comes back, where
//! nothing else holds its place and what it airs may still be heard.

use std::time::Duration;

use programme::day_plan::DayPlan;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Browser;
use crate::town::{Pc, Town};

/// Tomorrow at five in the afternoon.
const FIVE: &str = "2026-11-24T17:00";

fn once(at: &str) -> Value {
    json!({ "kind": "once", "at": at })
}

fn daily() -> Value {
    json!({ "kind": "daily", "times": ["17:00"] })
}

/// Orders a bulletin of that title, and says which broadcast it became.
async fn placed(town: &mut Town, title: &str, rule: Value) -> String {
    placed_for(town, title, rule, &[]).await
}

/// The same, at five, where the start of each of `others` then makes room.
async fn placed_for(town: &mut Town, title: &str, rule: Value, others: &[&str]) -> String {
    let bulletin = town.approved(title).await;
    let skip = |id: &&str| json!({ "broadcast": id, "start": FIVE });
    let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": rule,
        "skips": others.iter().map(skip).collect::<Vec<_>>() });
    kept(&mut town.head, new).await
}

async fn kept(who: &mut Browser, new: Value) -> String {
    let placed = who.post_json("/api/v1/broadcasts", new).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    placed.json()["id"].as_str().unwrap().to_owned()
}

/// What the village's PC will air on a day, each with its hour.
async fn heard(pc: &mut Pc, day: &str) -> Vec<String> {
    let programme = pc.programme(0).await;
    let plan = DayPlan::of(&programme, day.parse().unwrap()).unwrap();
    let cues = plan.cues.iter().filter(|cue| cue.obstacle.is_none());
    let told = cues.map(|cue| {
        let at = plan.zone.civil(cue.planned).strftime("%H:%M");
        format!("{at} {}", cue.title)
    });
    told.collect()
}

/// The head presses "Hủy lịch phát" on the page of a broadcast, and reads the page that follows.
async fn cancels(head: &mut Browser, id: &str) -> String {
    let sent = head.post(&format!("/broadcasts/{id}/cancel"), &[]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    head.get(sent.location()).await.body
}

const IS_BACK: &str = "Lượt “Họp thôn” lúc 24/11/2026 17:00 đã trở lại";
const IS_NOT_BACK: &str = "Lượt “Họp thôn” lúc 24/11/2026 17:00 không trở lại";

#[tokio::test]
async fn whoever_cancels_what_replaced_a_start_is_told_that_it_is_back_and_the_village_hears_it() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let other = placed(&mut town, "Họp thôn", daily()).await;
    let new = placed_for(&mut town, "VNeID", once(FIVE), &[&other]).await;
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 VNeID"]);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&format!("/broadcasts/{new}")).await.body;
    let would = "lượt “Họp thôn” lúc 24/11/2026 17:00 đã nhường giờ cho lịch này trở lại";
    assert!(page.contains(would), "{page}");

    let page = cancels(&mut head, &new).await;
    assert!(page.contains(IS_BACK), "{page}");
    let (_, rest) = page.split_once(IS_BACK).unwrap();
    let (_, rest) = rest.split_once("href=\"").unwrap();
    let back = head.get(rest.split('"').next().unwrap()).await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.body);
    assert!(back.body.contains("Họp thôn"), "{}", back.body);
    for day in ["2026-11-24", "2026-11-25"] {
        assert_eq!(heard(&mut pc, day).await, ["17:00 Họp thôn"], "{day}");
    }
    let trail = town.server.signed_in("can.bo").await.get("/audit").await;
    assert!(trail.body.contains("Lượt bị ghi đè trở lại"));
    assert!(trail.body.contains("Lượt: 24/11/2026 17:00"));

    // A second tap lets nothing come back once more.
    let page = cancels(&mut head, &new).await;
    assert!(page.contains(IS_BACK), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 Họp thôn"]);
}

#[tokio::test]
async fn what_airs_once_comes_back_as_well_one_after_the_other_as_they_were_replaced() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let first = placed(&mut town, "Họp thôn", once(FIVE)).await;
    let second = placed_for(&mut town, "VNeID", once(FIVE), &[&first]).await;
    let third = placed_for(&mut town, "Tiêm chủng", once(FIVE), &[&second]).await;
    let mut head = town.server.signed_in("truong.thon").await;
    cancels(&mut head, &third).await;
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 VNeID"]);
    let listed = town.head.get("/api/v1/broadcasts").await.json();
    let [back] = &listed.as_array().unwrap()[..] else {
        panic!("{listed}");
    };
    let page = cancels(&mut head, back["id"].as_str().unwrap()).await;
    assert!(page.contains(IS_BACK), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 Họp thôn"]);
}

#[tokio::test]
async fn what_was_cancelled_as_a_whole_to_make_room_comes_back_if_it_was_one_start() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let one = placed(&mut town, "Họp thôn", once(FIVE)).await;
    let many = placed(&mut town, "Tiêm chủng", daily()).await;
    let bulletin = town.approved("VNeID").await;
    let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": once(FIVE),
        "replaces": [one, many] });
    let new = kept(&mut town.head, new).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = cancels(&mut head, &new).await;
    assert!(page.contains(IS_BACK), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 Họp thôn"]);
}

#[tokio::test]
async fn what_replaced_a_start_is_moved_and_then_cancelled_and_the_start_comes_back() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let other = placed(&mut town, "Họp thôn", daily()).await;
    let new = placed_for(&mut town, "VNeID", once(FIVE), &[&other]).await;
    let path = format!("/api/v1/broadcasts/{new}/move");
    let later = json!({ "rule": once("2026-11-24T19:00") });
    let moved = town.head.post_json(&path, later).await;
    assert_eq!(moved.status, StatusCode::CREATED, "{}", moved.body);
    // Until it is cancelled the time that it left stays as whoever replaced the start wanted it.
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["19:00 VNeID"]);
    let moved = moved.json()["id"].as_str().unwrap().to_owned();
    let mut head = town.server.signed_in("truong.thon").await;
    let page = cancels(&mut head, &moved).await;
    assert!(page.contains(IS_BACK), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 Họp thôn"]);
}

#[tokio::test]
async fn a_start_comes_back_in_the_village_that_it_was_taken_from_and_nowhere_twice() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let commune = town.commune.id.to_string();
    let bulletin = town.approved("Họp thôn").await;
    let new = json!({ "bulletins": [bulletin], "areas": [commune], "rule": daily() });
    let other = kept(&mut town.officer, new).await;
    let bulletin = town.approved("VNeID").await;
    let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": once(FIVE),
        "skips": [{ "broadcast": other, "start": FIVE }] });
    let new = kept(&mut town.officer, new).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = cancels(&mut officer, &new).await;
    assert!(page.contains(IS_BACK), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 Họp thôn"]);
    let listed = town.officer.get("/api/v1/broadcasts").await.json();
    let listed = listed.as_array().unwrap().iter();
    let back: Vec<&Value> = listed
        .filter(|one| one["areas"] == json!([town.village.id]))
        .collect();
    assert_eq!(back.len(), 1, "{back:?}");
    // It is an officer's still: the head does not cancel it.
    let path = format!(
        "/api/v1/broadcasts/{}/cancel",
        back[0]["id"].as_str().unwrap()
    );
    let refused = town.head.post_json(&path, json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
}

/// The broadcasts that go on beside those that are named.
async fn parts(town: &mut Town, but: [&str; 2]) -> Vec<String> {
    let listed = town.officer.get("/api/v1/broadcasts").await.json();
    let listed = listed.as_array().unwrap().iter();
    let ids = listed.map(|one| one["id"].as_str().unwrap().to_owned());
    ids.filter(|id| !but.contains(&id.as_str())).collect()
}

#[tokio::test]
async fn nothing_comes_back_of_what_was_cancelled_under_the_name_by_which_it_went_on() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let twice = json!({ "kind": "daily", "times": ["10:00", "17:00"] });
    let other = placed(&mut town, "Họp thôn", twice).await;
    // Today's first has aired, and keeps its name; the days after go on under another.
    town.server.clock.advance(Duration::from_secs(2 * 3_600));
    let at = "2026-11-23T17:00";
    let bulletin = town.approved("VNeID").await;
    let order = json!({ "bulletins": [bulletin], "areas": [town.village.id],
        "rule": once(at), "skips": [{ "broadcast": other, "start": at }] });
    let new = kept(&mut town.head, order).await;
    let both = ["10:00 Họp thôn", "17:00 Họp thôn"];
    assert_eq!(heard(&mut pc, "2026-11-24").await, both);
    let [onward] = &parts(&mut town, [&other, &new]).await[..] else {
        panic!("the days after go on under one name");
    };
    let mut head = town.server.signed_in("truong.thon").await;
    cancels(&mut head, onward).await;
    let page = cancels(&mut head, &new).await;
    assert!(
        page.contains("lúc 23/11/2026 17:00 không trở lại"),
        "{page}"
    );
    assert_eq!(heard(&mut pc, "2026-11-23").await, ["10:00 Họp thôn"]);
    assert_eq!(heard(&mut pc, "2026-11-24").await, [""; 0]);
}

#[tokio::test]
async fn nothing_comes_back_in_one_village_of_what_was_given_another_time_in_all_others() {
    for moved in [true, false] {
        let mut town = Town::start().await;
        let mut pc = town.enrolled().await;
        let (commune, server) = (town.commune.clone(), &town.server);
        server.area("Thôn Ún Tà", "village", Some(&commune)).await;
        let bulletin = town.approved("Họp thôn").await;
        let new = json!({ "bulletins": [bulletin], "areas": [commune.id], "rule": once(FIVE) });
        let other = kept(&mut town.officer, new).await;
        let bulletin = town.approved("VNeID").await;
        let new = json!({ "bulletins": [bulletin], "areas": [town.village.id],
            "rule": once(FIVE), "skips": [{ "broadcast": other, "start": FIVE }] });
        let new = kept(&mut town.officer, new).await;
        let [elsewhere] = &parts(&mut town, [&other, &new]).await[..] else {
            panic!("the other village hears it still");
        };
        let path = match moved {
            true => format!("/api/v1/broadcasts/{elsewhere}/move"),
            false => format!("/api/v1/broadcasts/{elsewhere}/cancel"),
        };
        let later = json!({ "rule": once("2026-11-24T19:00") });
        let said = town.officer.post_json(&path, later).await;
        assert!(said.status.is_success(), "{}", said.body);
        let mut officer = town.server.signed_in("can.bo").await;
        let page = cancels(&mut officer, &new).await;
        assert!(page.contains(IS_NOT_BACK), "{page}");
        assert_eq!(heard(&mut pc, "2026-11-24").await, [""; 0]);
    }
}

#[tokio::test]
async fn a_start_comes_back_although_the_last_day_of_the_rest_made_room_as_well() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let mut two_days = daily();
    two_days["from"] = json!("2026-11-24");
    two_days["until"] = json!("2026-11-25");
    let other = placed(&mut town, "Họp thôn", two_days).await;
    let new = placed_for(&mut town, "VNeID", once(FIVE), &[&other]).await;
    let left = parts(&mut town, [&new, ""]).await;
    let at = "2026-11-25T17:00";
    let bulletin = town.approved("Tiêm chủng").await;
    let order = json!({ "bulletins": [bulletin], "areas": [town.village.id],
        "rule": once(at), "skips": [{ "broadcast": left[0], "start": at }] });
    kept(&mut town.head, order).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = cancels(&mut head, &new).await;
    assert!(page.contains(IS_BACK), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 Họp thôn"]);
    assert_eq!(heard(&mut pc, "2026-11-25").await, ["17:00 Tiêm chủng"]);
}

#[tokio::test]
async fn nothing_comes_back_that_nobody_might_order_any_more() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let saturday = "2026-11-28T17:00";
    let other = placed(&mut town, "Họp thôn", once(saturday)).await;
    let bulletin = town.approved("VNeID").await;
    let order = json!({ "bulletins": [bulletin], "areas": [town.village.id],
        "rule": once(saturday), "skips": [{ "broadcast": other, "start": saturday }] });
    let new = kept(&mut town.head, order).await;
    let path = format!("/api/v1/areas/{}/policy", town.commune.id);
    let own = json!({ "ordinary_on_weekends": false }).to_string();
    let json = [("content-type", "application/json")];
    let said = town.admin.send(Method::PUT, &path, &json, own).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = cancels(&mut head, &new).await;
    assert!(
        page.contains("lúc 28/11/2026 17:00 không trở lại"),
        "{page}"
    );
    assert_eq!(heard(&mut pc, "2026-11-28").await, [""; 0]);
}

#[tokio::test]
async fn a_start_stays_away_when_its_place_was_taken_and_who_cancels_is_told() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let other = placed(&mut town, "Họp thôn", daily()).await;
    let new = placed_for(&mut town, "VNeID", once(FIVE), &[&other]).await;
    // It queues behind what is cancelled then.
    placed(&mut town, "Tiêm chủng", once(FIVE)).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = cancels(&mut head, &new).await;
    assert!(page.contains(IS_NOT_BACK), "{page}");
    assert!(!page.contains(IS_BACK), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 Tiêm chủng"]);
}

#[tokio::test]
async fn what_was_withdrawn_or_cancelled_meanwhile_or_is_past_does_not_come_back() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let mut head = town.server.signed_in("truong.thon").await;
    let bulletin = town.approved("Họp thôn").await;
    let order = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": daily() });
    let other = kept(&mut town.head, order.clone()).await;
    let new = placed_for(&mut town, "VNeID", once(FIVE), &[&other]).await;
    cancels(&mut head, &other).await;
    let page = cancels(&mut head, &new).await;
    assert!(!page.contains(IS_BACK), "it was cancelled: {page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, [""; 0]);

    let other = kept(&mut town.head, order.clone()).await;
    let new = placed_for(&mut town, "VNeID", once(FIVE), &[&other]).await;
    town.server.clock.advance(Duration::from_secs(33 * 3_600));
    let mut head = town.server.signed_in("truong.thon").await;
    let page = cancels(&mut head, &new).await;
    assert!(!page.contains("trở lại"), "it is past: {page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, [""; 0]);

    let other = town.head.get("/api/v1/broadcasts").await.json();
    let other = other[0]["id"].as_str().unwrap().to_owned();
    let at = "2026-11-26T17:00";
    let bulletin_of_new = town.approved("VNeID").await;
    let order = json!({ "bulletins": [bulletin_of_new], "areas": [town.village.id],
        "rule": once(at), "skips": [{ "broadcast": other, "start": at }] });
    let new = kept(&mut town.head, order).await;
    town.step(&bulletin, "withdraw", "Sai ngày họp").await;
    let page = cancels(&mut head, &new).await;
    let stays_away = "Lượt “Họp thôn” lúc 26/11/2026 17:00 không trở lại";
    assert!(page.contains(stays_away), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-26").await, [""; 0]);
}
