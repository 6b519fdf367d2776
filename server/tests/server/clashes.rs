//! Two broadcasts want the air at once: queue, replace one start, or choose another time.

use programme::day_plan::{Cue, DayPlan};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, Browser};
use crate::town::{Town, problem};

/// The form of one start tomorrow at 17:00 as a browser sends it, with what was chosen about
/// `other`.
async fn sent(
    browser: &mut Browser,
    bulletin: &str,
    area: &str,
    other: Option<(&str, &str)>,
    step: &str,
) -> Answer {
    let name = other.map_or_else(String::new, |(id, _)| format!("clash-{id}"));
    let mut fields = vec![
        ("key", "k1"),
        ("bulletin", bulletin),
        ("area", area),
        ("when", "once"),
        ("date", "2026-11-24"),
        ("time", "17:00"),
        ("repeats", "1"),
        ("gap", "30"),
        ("missed", "only_then"),
        ("step", step),
    ];
    if let Some((_, choice)) = other {
        fields.push((&name, choice));
    }
    let answer = browser.post("/broadcasts/new", &fields).await;
    match step {
        "preview" if answer.status == StatusCode::SEE_OTHER => browser.get(answer.location()).await,
        _ => answer,
    }
}

const SKIP: &str = "skip-2026-11-24T17:00:00";

async fn placed(who: &mut Browser, bulletin: &str, area: &str, rule: Value) -> String {
    let new = json!({ "bulletins": [bulletin], "areas": [area], "rule": rule });
    let placed = who.post_json("/api/v1/broadcasts", new).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    placed.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_start_makes_room_and_all_others_of_its_broadcast_air() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (first, second) = (
        town.approved("Họp thôn").await,
        town.approved("VNeID").await,
    );
    let village = town.village.id.to_string();
    let rule = json!({ "kind": "daily", "times": ["17:00", "18:00"] });
    let other = placed(&mut town.head, &first, &village, rule).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let preview = sent(&mut head, &second, &village, None, "preview").await;
    for said in [
        "Trùng giờ với “Họp thôn”",
        "Tiếp nối: bản tin này tự phát sau khi lịch kia đọc xong, bắt đầu lúc 17:0",
        "Ghi đè: chỉ bỏ lượt 24/11/2026 17:00 của lịch kia",
        "Chọn giờ khác",
    ] {
        assert!(preview.body.contains(said), "{said}: {}", preview.body);
    }
    let choice = Some((other.as_str(), SKIP));
    let looked = sent(&mut head, &second, &village, choice, "preview").await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
    assert!(!looked.body.contains("chậm "), "{}", looked.body);
    let kept = format!("value=\"{SKIP}\" checked");
    assert!(looked.body.contains(&kept), "{}", looked.body);

    let saved = sent(&mut head, &second, &village, choice, "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let changed = town.head.get(&format!("/api/v1/broadcasts/{other}")).await;
    assert_eq!(changed.json()["rule"]["except"], json!(["2026-11-24"]));
    assert_eq!(changed.json()["cancelled_at_ms"], Value::Null);
    let programme = pc.programme(0).await;
    let day = "2026-11-24".parse().unwrap();
    let plan = DayPlan::of(&programme, day).unwrap();
    let heard: Vec<(String, String)> = plan
        .cues
        .iter()
        .map(|cue| {
            (
                cue.title.clone(),
                plan.zone.civil(cue.expected).time().to_string(),
            )
        })
        .collect();
    let expected = [("VNeID", "17:00:00"), ("Họp thôn", "18:00:00")];
    assert_eq!(
        heard,
        expected.map(|(title, at)| (title.to_owned(), at.to_owned()))
    );
    let after = "2026-11-25".parse().unwrap();
    let plan = DayPlan::of(&programme, after).unwrap();
    assert_eq!(plan.cues.len(), 2);

    let mut officer = town.server.signed_in("can.bo").await;
    let audit = officer.get("/audit").await.body;
    for said in [
        "Ghi đè một lượt phát",
        "Lượt: 24/11/2026 17:00",
        "Nhường cho: VNeID",
    ] {
        assert!(audit.contains(said), "{said}: {audit}");
    }
}

#[tokio::test]
async fn what_began_earlier_that_day_goes_on_under_its_name_when_a_later_start_makes_room() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (first, second) = (
        town.approved("Họp thôn").await,
        town.approved("VNeID").await,
    );
    let village = town.village.id.to_string();
    let rule = json!({ "kind": "daily", "times": ["06:00", "17:00", "17:30", "18:00"],
        "from": "2026-11-01" });
    let other = placed(&mut town.head, &first, &village, rule).await;
    // At 17:02 the start of 17:00 sounds.
    town.server.clock.set(town.today(17, 2));
    let new = json!({
        "bulletins": [second], "areas": [village],
        "rule": { "kind": "once", "at": "2026-11-23T17:30" },
        "skips": [{ "broadcast": other, "start": "2026-11-23T17:30" }],
    });
    let saved = town.head.post_json("/api/v1/broadcasts", new).await;
    assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.body);
    let programme = pc.programme(0).await;
    let planned = |day: &str| -> Vec<(String, String, bool)> {
        let plan = DayPlan::of(&programme, day.parse().unwrap()).unwrap();
        let cue = |cue: &Cue| {
            let at = plan.zone.civil(cue.planned).strftime("%H:%M").to_string();
            (at, cue.title.clone(), cue.broadcast.as_str() == other)
        };
        plan.cues.iter().map(cue).collect()
    };
    let line = |at: &str, title: &str, own: bool| (at.to_owned(), title.to_owned(), own);
    let today = planned("2026-11-23");
    let expected = [
        line("17:00", "Họp thôn", true),
        line("17:30", "VNeID", false),
        line("18:00", "Họp thôn", false),
    ];
    assert_eq!(today[today.len() - 3..], expected, "{today:?}");
    let next: Vec<String> = planned("2026-11-24")
        .into_iter()
        .map(|(at, ..)| at)
        .collect();
    assert_eq!(next, ["06:00", "17:00", "17:30", "18:00"]);
}

#[tokio::test]
async fn the_head_cancels_no_broadcast_of_an_officer_and_is_told_whom_to_call() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Họp xã").await;
    let village = town.village.id.to_string();
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let own = placed(&mut town.head, &bulletin, &village, rule.clone()).await;
    let officers = placed(&mut town.officer, &bulletin, &village, rule).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let button = |id: &str| format!("action=\"/broadcasts/{id}/cancel\"");
    let page = head.get(&format!("/broadcasts/{own}")).await.body;
    assert!(page.contains(&button(&own)), "{page}");
    let page = head.get(&format!("/broadcasts/{officers}")).await.body;
    assert!(!page.contains(&button(&officers)), "{page}");
    assert!(page.contains("hãy gọi cán bộ của xã"), "{page}");
    let path = format!("/api/v1/broadcasts/{officers}/cancel");
    let refused = town.head.post_json(&path, json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert_eq!(problem(&refused), "broadcast-officers");
    let done = town.officer.post_json(&path, json!({})).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
}

#[tokio::test]
async fn an_order_that_replaces_too_much_at_once_is_refused() {
    let mut town = Town::start().await;
    let bulletin = town.approved("VNeID").await;
    let other = "bro_0123456789abcdef";
    let skip = json!({ "broadcast": other, "start": "2026-11-24T17:00" });
    for (name, all) in [
        ("skips", vec![skip; 31]),
        ("replaces", vec![json!(other); 31]),
    ] {
        let mut new = json!({
            "bulletins": [bulletin], "areas": [town.village.id],
            "rule": { "kind": "once", "at": "2026-11-24T17:00" },
        });
        new[name] = json!(all);
        let refused = town.head.post_json("/api/v1/broadcasts", new).await;
        assert_eq!(problem(&refused), "broadcast-too-many-clashes", "{name}");
    }
}

#[tokio::test]
async fn what_airs_once_is_cancelled_to_make_room() {
    let mut town = Town::start().await;
    let (first, second) = (
        town.approved("Họp thôn").await,
        town.approved("VNeID").await,
    );
    let village = town.village.id.to_string();
    let rule = json!({ "kind": "once", "at": "2026-11-24T17:00" });
    let other = placed(&mut town.head, &first, &village, rule).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let preview = sent(&mut head, &second, &village, None, "preview").await;
    let said = "lịch đó chỉ phát một lần";
    assert!(preview.body.contains(said), "{}", preview.body);
    let choice = Some((other.as_str(), SKIP));
    let saved = sent(&mut head, &second, &village, choice, "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let gone = town.head.get(&format!("/api/v1/broadcasts/{other}")).await;
    assert!(gone.json()["cancelled_at_ms"].is_i64(), "{}", gone.body);
}

#[tokio::test]
async fn the_head_queues_behind_the_officer_and_replaces_nothing_of_theirs() {
    let mut town = Town::start().await;
    let (first, second) = (town.approved("Họp xã").await, town.approved("VNeID").await);
    let (commune, village) = (town.commune.id.to_string(), town.village.id.to_string());
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    for area in [&commune, &village] {
        let other = placed(&mut town.officer, &first, area, rule.clone()).await;
        let mut head = town.server.signed_in("truong.thon").await;
        let preview = sent(&mut head, &second, &village, None, "preview").await;
        let said = "Lịch kia do cán bộ đặt";
        assert!(preview.body.contains(said), "{}", preview.body);
        assert!(!preview.body.contains("Ghi đè"), "{}", preview.body);
        for choice in [SKIP, "replace"] {
            let choice = Some((other.as_str(), choice));
            let refused = sent(&mut head, &second, &village, choice, "save").await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
        }
        let path = format!("/api/v1/broadcasts/{other}");
        let kept = town.officer.get(&path).await.json();
        assert_eq!(kept["rule"]["except"], json!([]), "{kept}");
        assert_eq!(kept["cancelled_at_ms"], Value::Null, "{kept}");
        town.officer
            .post_json(&format!("{path}/cancel"), json!({}))
            .await;
    }
}

#[tokio::test]
async fn a_start_makes_room_in_one_village_and_is_heard_in_all_others() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let commune = Some(&town.commune);
    let far = town.server.area("Thôn Ún Tà", "village", commune).await;
    let (first, second) = (town.approved("Họp xã").await, town.approved("VNeID").await);
    let (commune, village) = (town.commune.id.to_string(), town.village.id.to_string());
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let other = placed(&mut town.officer, &first, &commune, rule).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let choice = Some((other.as_str(), SKIP));
    let saved = sent(&mut officer, &second, &village, choice, "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let programme = pc.programme(0).await;
    let day = "2026-11-24".parse().unwrap();
    let plan = DayPlan::of(&programme, day).unwrap();
    let titles: Vec<&str> = plan.cues.iter().map(|cue| cue.title.as_str()).collect();
    assert_eq!(titles, ["VNeID"]);
    let address = format!(
        "/broadcasts/calendar?view=day&day=2026-11-24&area={}",
        far.id
    );
    let there = officer.get(&address).await.body;
    assert!(
        there.contains("Họp xã") && !there.contains("VNeID</a>"),
        "{there}"
    );
}

#[tokio::test]
async fn a_start_that_is_over_or_never_was_makes_no_room_and_nothing_is_kept() {
    let mut town = Town::start().await;
    let (first, second) = (
        town.approved("Họp thôn").await,
        town.approved("VNeID").await,
    );
    let village = town.village.id.to_string();
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let other = placed(&mut town.head, &first, &village, rule).await;
    for (start, expected) in [
        ("2026-11-22T17:00", "broadcast-start-gone"),
        ("2026-11-24T17:01", "broadcast-start-gone"),
        ("9999-12-31T23:59", "broadcast-start-gone"),
        ("hôm qua", "broadcast-unreadable-time"),
    ] {
        let new = json!({
            "bulletins": [second], "areas": [village],
            "rule": { "kind": "once", "at": "2026-11-24T17:00" },
            "skips": [{ "broadcast": other, "start": start }],
        });
        let refused = town.head.post_json("/api/v1/broadcasts", new).await;
        assert!(
            refused.status.is_client_error(),
            "{start}: {}",
            refused.body
        );
        assert_eq!(problem(&refused), expected, "{start}");
    }
    let mut head = town.server.signed_in("truong.thon").await;
    let choice = Some(("%00bro_x' OR 1=1", SKIP));
    let refused = sent(&mut head, &second, &village, choice, "save").await;
    assert!(refused.status.is_client_error(), "{}", refused.body);
    let all = town.head.get("/api/v1/broadcasts").await.json();
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
}
