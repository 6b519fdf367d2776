//! The page of today: what became of the day so far, and what is to come.

use reqwest::StatusCode;
use serde_json::json;

use crate::reports::{aired, for_the_commune};
use crate::town::Town;

/// What stands on a page between two of its words.
fn between<'p>(page: &'p str, from: &str, until: &str) -> &'p str {
    let (_, rest) = page
        .split_once(from)
        .unwrap_or_else(|| panic!("{from}: {page}"));
    let (part, _) = rest
        .split_once(until)
        .unwrap_or_else(|| panic!("{until}: {page}"));
    part
}

#[tokio::test]
async fn the_page_of_today_tells_what_became_of_the_day_so_far_and_what_is_to_come_apart() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = for_the_commune(&mut town, "Kích hoạt VNeID").await;
    for (title, at, until) in [
        ("Tiêm chủng", "2026-11-23T16:00", None),
        ("Thu phí", "2026-11-23T16:30", Some("20:00")),
        ("Họp thôn", "2026-11-23T19:30", None),
    ] {
        let bulletin = town.approved(title).await;
        let missed = match until {
            Some(until) => json!({ "kind": "until", "until": until }),
            None => json!({ "kind": "only_then" }),
        };
        let new = json!({ "bulletins": [bulletin], "areas": [town.village.id], "missed": missed,
            "rule": { "kind": "once", "at": at } });
        let placed = town.head.post_json("/api/v1/broadcasts", new).await;
        assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    }
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/reports").await.body;
    assert!(page.contains("Hôm nay chưa đến lượt phát nào."), "{page}");

    town.server.clock.set(town.today(17, 1));
    let lines = aired(&town, &cue, &broadcast);
    pc.report(json!([lines[0]])).await;
    let (so_far, to_come) = ("Từ sáng đến giờ: ai đã nghe", "Từ giờ trở đi: ai sẽ nghe");
    let (past, coming) = {
        let page = head.get("/reports").await.body;
        let coming = between(&page, to_come, "Ai đã nghe ngày 22/11/2026").to_owned();
        (between(&page, so_far, to_come).to_owned(), coming)
    };
    for (title, said) in [
        ("Tiêm chủng", "Chưa có báo cáo từ trạm"),
        ("Thu phí", "Chờ phát"),
        ("Kích hoạt VNeID", "Đang phát: 1/1 thôn"),
    ] {
        assert!(
            past.contains(title) && past.contains(said),
            "{title}: {past}"
        );
        assert!(!coming.contains(title), "{title}: {coming}");
    }
    assert!(
        coming.contains("Họp thôn") && !past.contains("Họp thôn"),
        "{coming}"
    );

    town.server.clock.set(town.today(17, 30));
    // The line that is there already changes nothing.
    pc.report(lines).await;
    let page = head.get("/reports").await.body;
    let past = between(&page, so_far, to_come);
    let heard = between(past, "Kích hoạt VNeID", "</section>");
    assert!(
        heard.contains("Đã nghe: 1/1 thôn") && heard.contains("Đã phát"),
        "{heard}"
    );
    // Another day has no morning that is over.
    let page = head.get("/reports?day=2026-11-24").await.body;
    assert!(!page.contains(so_far), "{page}");
}

#[tokio::test]
async fn of_two_starts_that_are_over_the_lost_one_is_named_beside_the_one_that_was_heard() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["16:00", "17:00"] });
    let placed = town.ordered(&bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let broadcast = placed.json()["id"].clone();
    let cue = |hour: &str| format!("{}@2026-11-23T{hour}", broadcast.as_str().unwrap());
    town.server.clock.set(town.today(18, 0));
    let mut lines = aired(&town, &json!(cue("17:00")), &broadcast);
    let mut missed = lines[2].clone();
    missed["sequence"] = json!(4);
    missed["cue"] = json!(cue("16:00"));
    missed["planned_ms"] = json!(town.today(16, 0).as_millis());
    missed["outcome"] = json!("missed");
    missed["why"] = json!("power_off");
    lines.as_array_mut().unwrap().push(missed);
    let answer = pc.report(lines).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/reports").await.body;
    for said in [
        "16:00, 17:00",
        "Đã nghe: 1/1 thôn",
        "Lượt không thôn nào nghe được: 16:00",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}
