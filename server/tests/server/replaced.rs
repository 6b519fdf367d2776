//! A start made room for another broadcast, and that one is cancelled or moved: nothing comes back
//! by itself, and whoever may order finds the start on the page, to be ordered again.

use std::time::Duration;

use programme::day_plan::DayPlan;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::requests::field;
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

/// What the page of a broadcast says of a start that made room for it.
const MADE_ROOM: &str = "Lượt “Họp thôn” lúc 24/11/2026 17:00 đã nhường giờ cho lịch này";

/// Where the page offers to order again what made room, if it does.
fn offered(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("đã nhường giờ cho lịch này")?;
    let (sentence, _) = rest.split_once("</p>").unwrap();
    let (_, link) = sentence.split_once("href=\"")?;
    Some(link.split('"').next().unwrap().replace("&#38;", "&"))
}

/// The head taps what is offered, looks, and keeps it.
async fn orders_again(head: &mut Browser, link: &str) {
    let looked = head.get(link).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
    assert!(looked.body.contains("Họp thôn"), "{}", looked.body);
    let link = reqwest::Url::parse(&format!("http://panel{link}")).unwrap();
    let key = field(&looked.body, "key");
    assert!(!key.is_empty(), "sent twice it makes one: {}", looked.body);
    let pairs = link.query_pairs();
    let pairs = pairs.filter(|(name, _)| !["step", "key"].contains(&&**name));
    let mut fields: Vec<(String, String)> = pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    fields.push(("key".to_owned(), key));
    fields.push(("step".to_owned(), "save".to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
    for _ in 0..2 {
        let kept = head.post("/broadcasts/new", &fields).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    }
}

#[tokio::test]
async fn whoever_cancels_what_replaced_a_start_may_order_it_again_and_until_then_nothing_sounds() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Họp thôn").await;
    let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": daily(),
        "repeats": 2, "chime": false, "missed": { "kind": "until", "until": "18:00" } });
    let other = kept(&mut town.head, new).await;
    let new = placed_for(&mut town, "VNeID", once(FIVE), &[&other]).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&format!("/broadcasts/{new}")).await.body;
    assert!(page.contains(MADE_ROOM), "{page}");

    let page = cancels(&mut head, &new).await;
    assert!(page.contains(MADE_ROOM), "{page}");
    assert_eq!(heard(&mut pc, "2026-11-24").await, [""; 0]);
    orders_again(&mut head, &offered(&page).unwrap()).await;
    for day in ["2026-11-24", "2026-11-25"] {
        assert_eq!(heard(&mut pc, day).await, ["17:00 Họp thôn"], "{day}");
    }
    // All of it is as it was ordered.
    let listed = town.head.get("/api/v1/broadcasts").await.json();
    for said in ["repeats", "chime", "missed", "bulletins", "areas"] {
        assert_eq!(listed[0][said], listed[1][said], "{said}: {listed}");
    }
}

#[tokio::test]
async fn a_start_that_made_room_in_one_village_is_ordered_again_there_alone() {
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
    orders_again(&mut officer, &offered(&page).unwrap()).await;
    assert_eq!(heard(&mut pc, "2026-11-24").await, ["17:00 Họp thôn"]);
    let listed = town.officer.get("/api/v1/broadcasts").await.json();
    let listed = listed.as_array().unwrap().iter();
    let again: Vec<&Value> = listed
        .filter(|one| one["areas"] == json!([town.village.id]))
        .collect();
    assert_eq!(again.len(), 1, "{again:?}");
}

#[tokio::test]
async fn what_made_room_as_a_whole_is_ordered_again_wherever_it_was_meant() {
    let mut town = Town::start().await;
    let (commune, server) = (town.commune.clone(), &town.server);
    server.area("Thôn Ún Tà", "village", Some(&commune)).await;
    let bulletin = town.approved("Họp thôn").await;
    let new = json!({ "bulletins": [bulletin], "areas": [commune.id], "rule": once(FIVE) });
    let one = kept(&mut town.officer, new).await;
    let bulletin = town.approved("VNeID").await;
    let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": daily(),
        "replaces": [one] });
    let new = kept(&mut town.officer, new).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = cancels(&mut officer, &new).await;
    let link = offered(&page).unwrap();
    assert!(link.contains(&format!("area={}", commune.id)), "{link}");
}

#[tokio::test]
async fn what_goes_on_of_a_replacer_says_so_as_well_under_another_name_and_at_another_time() {
    let mut town = Town::start().await;
    let (commune, server) = (town.commune.clone(), &town.server);
    server.area("Thôn Ún Tà", "village", Some(&commune)).await;
    let bulletin = town.approved("Họp thôn").await;
    let new = json!({ "bulletins": [bulletin], "areas": [commune.id], "rule": daily() });
    let other = kept(&mut town.officer, new).await;
    let bulletin = town.approved("VNeID").await;
    let new = json!({ "bulletins": [bulletin], "areas": [commune.id], "rule": once(FIVE),
        "skips": [{ "broadcast": other, "start": FIVE }] });
    let replacer = kept(&mut town.officer, new).await;
    // The replacer makes room in one village, and goes on in the other.
    let bulletin = town.approved("Tiêm chủng").await;
    let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": once(FIVE),
        "skips": [{ "broadcast": replacer, "start": FIVE }] });
    let last = kept(&mut town.officer, new).await;
    let listed = town.officer.get("/api/v1/broadcasts").await.json();
    let listed = listed.as_array().unwrap().iter();
    let mut ids = listed.map(|one| one["id"].as_str().unwrap().to_owned());
    let elsewhere = ids
        .find(|id| ![&other, &replacer, &last].contains(&id))
        .unwrap();
    let path = format!("/api/v1/broadcasts/{elsewhere}/move");
    let later = json!({ "rule": once("2026-11-24T19:00") });
    let moved = town.officer.post_json(&path, later).await;
    assert_eq!(moved.status, StatusCode::CREATED, "{}", moved.body);
    let moved = moved.json()["id"].as_str().unwrap().to_owned();
    let mut officer = town.server.signed_in("can.bo").await;
    for id in [elsewhere, moved] {
        let page = officer.get(&format!("/broadcasts/{id}")).await.body;
        assert!(page.contains(MADE_ROOM), "{page}");
        assert!(offered(&page).is_some(), "{page}");
    }
}

#[tokio::test]
async fn nothing_is_offered_to_who_may_not_order_nor_of_what_no_village_could_hear() {
    let mut town = Town::start().await;
    let mut head = town.server.signed_in("truong.thon").await;
    // What somebody cancelled before made no room.
    let one = placed(&mut town, "Họp thôn", once(FIVE)).await;
    cancels(&mut head, &one).await;
    let bulletin = town.approved("VNeID").await;
    let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": once(FIVE),
        "replaces": [one] });
    let new = kept(&mut town.head, new).await;
    let page = cancels(&mut head, &new).await;
    assert!(!page.contains("đã nhường giờ"), "{page}");

    let bulletin = town.approved("Họp thôn").await;
    let order = json!({ "bulletins": [bulletin], "areas": [town.village.id], "rule": daily() });
    let other = kept(&mut town.head, order).await;
    let new = placed_for(&mut town, "VNeID", once(FIVE), &[&other]).await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&format!("/broadcasts/{new}")).await.body;
    assert!(page.contains(MADE_ROOM), "{page}");
    assert_eq!(offered(&page), None);

    town.step(&bulletin, "withdraw", "Sai ngày họp").await;
    let page = head.get(&format!("/broadcasts/{new}")).await.body;
    assert!(!page.contains(MADE_ROOM), "{page}");

    let other = placed(&mut town, "Họp thôn", daily()).await;
    let new = placed_for(&mut town, "Tiêm chủng", once(FIVE), &[&other]).await;
    let page = head.get(&format!("/broadcasts/{new}")).await.body;
    assert!(page.contains(MADE_ROOM), "{page}");
    town.server.clock.advance(Duration::from_secs(33 * 3_600));
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&format!("/broadcasts/{new}")).await.body;
    assert!(!page.contains(MADE_ROOM), "it is past: {page}");
}
