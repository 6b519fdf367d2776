//! Who hears which start, which hours are suggested, and what villages say of a campaign.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::reports::{aired, for_the_commune, well};
use crate::town::Town;

/// Nothing sounds in the commune between these hours from now on.
async fn quiet(town: &mut Town, from: &str, until: &str) {
    let says = json!({
        "kind": "commune", "name": "Xã Cốc San", "quiet_from": from, "quiet_until": until,
        "despite_quiet_hours": true,
    });
    let path = format!("/api/v1/areas/{}", town.commune.id);
    let json = [("content-type", "application/json")];
    let said = town
        .admin
        .send(Method::PUT, &path, &json, says.to_string())
        .await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    loaban_server::programmes::duty::all(&town.server.state)
        .await
        .unwrap();
}

#[tokio::test]
async fn of_two_starts_of_a_day_the_one_that_is_lost_and_the_one_that_is_heard_are_told() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["17:00", "20:30"] });
    let placed = town.ordered(&bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let mut officer = town.server.signed_in("can.bo").await;
    for (from, until, heard, lost) in [
        ("16:00", "18:30", "20:30", "17:00"),
        ("20:00", "06:00", "17:00", "20:30"),
    ] {
        quiet(&mut town, from, until).await;
        well(&mut pc, json!({})).await;
        let page = officer.get("/reports").await.body;
        for said in [
            "Sẽ nghe được: 1/1 thôn".to_owned(),
            format!("Lượt không thôn nào nghe được: {lost}"),
            format!("Nghe được lúc {heard}, không nghe được lúc {lost}"),
            "Không phát vì rơi vào giờ yên lặng".to_owned(),
        ] {
            assert!(page.contains(&said), "{said}: {page}");
        }
        assert!(!page.contains("Sẽ không nghe được"), "{page}");
        let lines = town.officer.get("/api/v1/reports/coverage").await.json();
        let village = &lines[0]["villages"][0];
        assert_eq!(village["chance"], "will", "{lines}");
        let starts = village["starts"].as_array().unwrap();
        let chances: Vec<&str> = starts
            .iter()
            .map(|one| one["chance"].as_str().unwrap())
            .collect();
        let wanted = match lost {
            "17:00" => ["not", "will"],
            _ => ["will", "not"],
        };
        assert_eq!(chances, wanted, "{lines}");
    }
    // Where both are lost the village hears nothing.
    quiet(&mut town, "16:00", "22:00").await;
    well(&mut pc, json!({})).await;
    let page = officer.get("/reports").await.body;
    assert!(page.contains("Sẽ không nghe được: 1/1 thôn"), "{page}");
    assert!(!page.contains("Lượt không thôn nào"), "{page}");
}

#[tokio::test]
async fn no_hour_is_suggested_at_which_nothing_may_sound() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Họp thôn").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let place = format!("/bulletins/{bulletin}");
    let page = head.get(&place).await.body;
    for said in ["Sáng mai 06:00", "Chiều nay 17:00", "Hằng ngày 17:00"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    quiet(&mut town, "05:00", "13:00").await;
    let page = head.get(&place).await.body;
    assert!(!page.contains("Sáng mai"), "{page}");
    assert!(page.contains("Chiều nay 17:00"), "{page}");
    quiet(&mut town, "16:00", "18:00").await;
    let page = head.get(&place).await.body;
    assert!(page.contains("Sáng mai 06:00"), "{page}");
    for said in ["Chiều nay", "Chiều mai", "Hằng ngày", "Thứ hai hằng tuần"] {
        assert!(!page.contains(said), "{said}: {page}");
    }
}

/// A commune whose only station has aired a bulletin of a campaign, its broadcast and its
/// cue.
async fn campaign() -> (Town, Value, Value) {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = for_the_commune(&mut town, "Kích hoạt VNeID").await;
    town.server.clock.set(town.today(17, 5));
    let programme = pc.programme(0).await;
    let bulletin = programme.bulletins.values().next().unwrap();
    let mut lines = aired(&town, &cue, &broadcast);
    lines[0]["content"] = json!([bulletin.recordings[0].sound.hash]);
    pc.report(lines).await;
    (town, broadcast, cue)
}

#[tokio::test]
async fn a_campaign_says_how_many_villages_confirmed_that_they_heard_it() {
    let (mut town, _, cue) = campaign().await;
    let path = "/reports/topics?topic=vneid";
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get(path).await.body;
    assert!(page.contains("Thôn đã xác nhận: 0/1"), "{page}");
    let station = town.station["id"].as_str().unwrap().to_owned();
    let word = |answer: &str| json!({ "station": station, "cue": cue, "answer": answer });
    for (who, answer) in [(&mut town.head, "clear"), (&mut town.secretary, "silent")] {
        let said = who.post_json("/api/v1/confirmations", word(answer)).await;
        assert_eq!(said.status, StatusCode::NO_CONTENT, "{}", said.body);
    }
    let page = officer.get(path).await.body;
    for said in [
        "Thôn đã xác nhận: 1/1",
        "Nghe rõ: 1",
        "Không rõ: 0",
        "Không có tiếng: 1",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let path = "/api/v1/reports/campaign?topic=vneid";
    let whole = town.officer.get(path).await.json();
    assert_eq!(whole["confirmed_villages"], 1, "{whole}");
    assert_eq!(whole["clear_villages"], 1, "{whole}");
    assert_eq!(whole["unclear_villages"], 0, "{whole}");
    assert_eq!(whole["silent_villages"], 1, "{whole}");
    let village = &whole["reached"][0];
    assert_eq!(village["heard_clear"], 1, "{whole}");
    assert_eq!(village["heard_silent"], 1, "{whole}");
}

#[tokio::test]
async fn a_village_that_says_there_was_no_sound_has_not_heard_and_the_officer_is_told() {
    let (mut town, broadcast, cue) = campaign().await;
    let mut officer = town.server.signed_in("can.bo").await;
    let topic = "/reports/topics?topic=vneid";
    let (log, told) = (
        "/as-run.csv?day=2026-11-23",
        "Thôn Tòng Xành: không có tiếng",
    );
    for (answer, heard, word) in [("silent", 0, "Không có tiếng"), ("clear", 1, "Nghe rõ")] {
        town.server.clock.advance(Duration::from_secs(60));
        let station = town.station["id"].clone();
        let said = json!({ "station": station, "cue": cue, "answer": answer });
        let said = town.head.post_json("/api/v1/confirmations", said).await;
        assert_eq!(said.status, StatusCode::NO_CONTENT, "{}", said.body);
        let count = format!("Đã nghe: {heard}/2 thôn");
        let one = format!("/reports/broadcasts/{}", broadcast.as_str().unwrap());
        for path in [topic, &one] {
            let page = officer.get(path).await.body;
            assert!(page.contains(&count), "{path} {count}: {page}");
        }
        let page = officer.get(topic).await.body;
        assert!(page.contains("Thôn đã xác nhận: 1/1"), "{page}");
        assert_eq!(
            page.contains("Thôn báo không có tiếng"),
            heard == 0,
            "{page}"
        );
        let whole = "/api/v1/reports/campaign?topic=vneid";
        let whole = town.officer.get(whole).await.json();
        assert_eq!(whole["reached"].as_array().unwrap().len(), heard, "{whole}");
        assert_eq!(
            whole["silent"].as_array().unwrap().len(),
            1 - heard,
            "{whole}"
        );
        let table = officer.get(log).await.body;
        assert!(table.contains("Thay mặt,Xác nhận"), "{table}");
        assert!(
            table.contains(&format!("{word} · Người truong.thon")),
            "{table}"
        );
        // Who said it needs not be told.
        let front = officer.get("/").await.body;
        assert_eq!(front.contains(told), heard == 0, "{front}");
        assert_eq!(
            front.contains("17:00 của “Kích hoạt VNeID”"),
            heard == 0,
            "{front}"
        );
        let mut head = town.server.signed_in("truong.thon").await;
        let front = head.get("/").await.body;
        assert!(!front.contains(told), "{front}");
    }
}
