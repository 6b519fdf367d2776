//! Reports: who will hear, who heard, what the village says, and the month as a table.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::as_run::cut;
use crate::support::Browser;
use crate::town::{Pc, Town, problem};

/// A health in which nothing stands between the station and what it is to air.
pub async fn well(pc: &mut Pc, change: Value) {
    let generation = pc.programme(0).await.generation;
    let mut health = json!({
        "version": "0.1.0", "generation": generation, "clock": "server",
        "system_clock_error_ms": 3, "ready": 2, "wanted": 2, "output_ok": true, "faults": [],
        "disk_free_bytes": 9_000_000_000_u64, "uptime_ms": 60_000,
    });
    let fields = change.as_object().unwrap().clone();
    health.as_object_mut().unwrap().extend(fields);
    let answer = pc.http.post_json("/api/v1/station/health", health).await;
    assert!(answer.status.is_success(), "{}", answer.body);
}

/// A bulletin at 17:00 for the whole commune, which has a second village without a station.
pub async fn for_the_commune(town: &mut Town, title: &str) -> (Pc, Value, Value) {
    town.server
        .area("Thôn Ún Tà", "village", Some(&town.commune))
        .await;
    let pc = town.enrolled().await;
    let bulletin = town.approved(title).await;
    let new = json!({
        "bulletins": [bulletin], "areas": [town.commune.id],
        "rule": { "kind": "once", "at": "2026-11-23T17:00" },
    });
    let placed = town.officer.post_json("/api/v1/broadcasts", new).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let broadcast = placed.json()["id"].clone();
    let cue = json!(format!("{}@2026-11-23T17:00", broadcast.as_str().unwrap()));
    (pc, broadcast, cue)
}

/// The life of a start that was heard to its end.
pub fn aired(town: &Town, cue: &Value, broadcast: &Value) -> Value {
    let mut lines = cut(cue, broadcast, town.today(17, 0).as_millis());
    let end = lines[1].as_object_mut().unwrap();
    end.insert("position_ms".into(), json!(120_000));
    end.insert("cut".into(), Value::Null);
    let outcome = lines[2].as_object_mut().unwrap();
    outcome.insert("outcome".into(), json!("aired"));
    outcome.remove("why");
    outcome.remove("position_ms");
    json!(lines)
}

#[tokio::test]
async fn the_commune_sees_who_will_hear_and_who_will_not_why_and_what_to_do() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, _) = for_the_commune(&mut town, "Kích hoạt VNeID").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/reports").await.body;
    for said in [
        "Từ giờ trở đi: ai sẽ nghe",
        "Sẽ không nghe được: 2/2 thôn",
        "Trạm chưa báo tình trạng",
        "Chưa có trạm",
        "Thôn Ún Tà",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    well(&mut pc, json!({})).await;
    let page = officer.get("/reports").await.body;
    assert!(page.contains("Sẽ nghe được: 1/2 thôn"), "{page}");
    let one = format!("/reports/broadcasts/{}", broadcast.as_str().unwrap());
    let page = officer.get(&one).await.body;
    assert!(page.contains("Sẽ nghe được: 1/2 thôn"), "{page}");
    let faults = [
        (json!({ "clock": null }), "Trạm chưa biết chắc giờ"),
        (json!({ "output_ok": false }), "Trạm mất đường ra loa"),
        (json!({ "ready": 1 }), "Trạm đang tải thêm 1 bản ghi"),
        (json!({ "generation": 0 }), "Trạm đang tải chương trình mới"),
    ];
    for (fault, said) in faults {
        well(&mut pc, fault).await;
        let page = officer.get("/reports").await.body;
        assert!(page.contains(said), "{said}: {page}");
    }
    well(&mut pc, json!({})).await;
    town.server.clock.set(town.today(9, 30));
    let page = officer.get("/reports").await.body;
    assert!(page.contains("Trạm không có mạng từ 23/11/2026"), "{page}");
    assert!(
        page.contains("nếu không có gì thay đổi: 1/2 thôn"),
        "{page}"
    );
    let lines = officer.get("/api/v1/reports/coverage").await.json();
    assert_eq!(lines[0]["villages"].as_array().unwrap().len(), 2, "{lines}");
    // Whoever sees the broadcast sees how many hear it; why, only in their own village.
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&one).await.body;
    assert!(
        page.contains("Thôn Ún Tà") && !page.contains("Chưa có trạm"),
        "{page}"
    );
    assert!(!head.get("/reports").await.body.contains("Thôn Ún Tà"));
    let path = format!("/reports?area={}", town.commune.id);
    assert_eq!(head.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_pc_in_the_place_of_another_is_judged_by_what_it_holds_itself() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, _) = for_the_commune(&mut town, "Kích hoạt VNeID").await;
    let before = pc.programme(0).await.generation;
    town.server.clock.advance(Duration::from_secs(60));
    let bulletin = town.approved("Họp thôn").await;
    let evening = json!({ "kind": "once", "at": "2026-11-23T18:00" });
    town.ordered(&bulletin, evening).await;
    well(&mut pc, json!({})).await;
    // It was copied from a disk of some weeks ago: it holds what the one before held then.
    well(&mut pc, json!({ "generation": before })).await;
    let lines = town.officer.get("/api/v1/reports/coverage").await.json();
    for line in lines.as_array().unwrap() {
        let village = line["villages"].as_array().unwrap().last().unwrap();
        let wanted = if line["broadcast"] == broadcast {
            "will"
        } else {
            "likely"
        };
        assert_eq!(village["chance"], wanted, "{lines}");
    }
    assert_eq!(lines.as_array().unwrap().len(), 2, "{lines}");
}

/// Taps *Nghe rõ* at the first line of the log, and is led back to that line.
async fn comes_back_to_its_line(head: &mut Browser, page: &str, station: &str, cue: &str) {
    let line = format!("{station}-{cue}");
    assert!(page.contains(&format!("<li id=\"{line}\">")), "{page}");
    let (_, back) = page.split_once("name=\"back\" value=\"").unwrap();
    let back = back.split('"').next().unwrap();
    let back = back.replace("&amp;", "&").replace("&#38;", "&");
    let fields = [
        ("station", station),
        ("cue", cue),
        ("answer", "clear"),
        ("back", back.as_str()),
    ];
    let done = head.post("/reports/confirm", &fields).await;
    let ends = format!("notice=notice-reports-confirmed#{line}");
    assert!(done.location().ends_with(&ends), "{}", done.location());
}

/// The trail of actions says it to people.
async fn assert_trail_says(town: &Town, words: &[&str]) {
    let mut admin = town.server.signed_in("quan.tri").await;
    let trail = admin.get("/audit").await.body;
    for said in words {
        assert!(trail.contains(said), "{said}: {trail}");
    }
}

#[tokio::test]
async fn the_village_says_how_it_was_heard_by_one_tap_and_the_last_word_of_each_counts() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = for_the_commune(&mut town, "Kích hoạt VNeID").await;
    town.server.clock.set(town.today(17, 5));
    let station = town.station["id"].as_str().unwrap().to_owned();
    let word = |answer: &str| json!({ "station": station, "cue": cue, "answer": answer });
    let path = "/api/v1/confirmations";
    let early = town.head.post_json(path, word("clear")).await;
    assert_eq!(problem(&early), "reports-not-aired", "{}", early.body);
    pc.report(aired(&town, &cue, &broadcast)).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run").await.body;
    assert!(page.contains("Ở thôn nghe thế nào?"), "{page}");
    for answer in ["unclear", "clear", "clear"] {
        let fields = [
            ("station", station.as_str()),
            ("cue", cue.as_str().unwrap()),
            ("answer", answer),
            ("back", "//evil.example"),
        ];
        let done = head.post("/reports/confirm", &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        assert!(
            done.location().starts_with("/?notice="),
            "{}",
            done.location()
        );
    }
    let page = head.get("/as-run").await.body;
    assert!(
        page.contains("Nghe rõ · Người truong.thon, 17:05"),
        "{page}"
    );
    assert!(!page.contains("Không rõ · Người"), "{page}");
    comes_back_to_its_line(&mut head, &page, &station, cue.as_str().unwrap()).await;
    for refused in [&mut town.officer, &mut town.admin] {
        let answer = refused.post_json(path, word("clear")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    }
    let answer = town.secretary.post_json(path, word("silent")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert_trail_says(&town, &["Nghe thấy: nghe rõ", "Nghe thấy: không có tiếng"]).await;
    let month = "/api/v1/reports/month?month=2026-11";
    let month = town.officer.get(month).await.json();
    let planned = &month["planned"];
    let heard = [
        &planned["heard_clear"],
        &planned["heard_unclear"],
        &planned["heard_silent"],
    ];
    assert_eq!(heard, [&json!(1), &json!(0), &json!(1)], "{month}");
    let mut connection = town.server.state.database.read().await.unwrap();
    let (kept,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM confirmations")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(kept, 3, "every word is kept, the same word again is not");
    let change = sqlx::query("UPDATE confirmations SET answer = 'clear'")
        .execute(&mut *connection)
        .await;
    assert!(change.unwrap_err().to_string().contains("append-only"));
}

#[tokio::test]
async fn the_author_the_campaign_and_the_month_know_what_aired_and_no_title_is_a_formula() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = for_the_commune(&mut town, "=1+1 <b>VNeID</b>").await;
    town.server.clock.set(town.today(18, 0));
    pc.report(aired(&town, &cue, &broadcast)).await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get("/").await.body;
    assert!(page.contains("đã phát ở 1/2 thôn"), "{page}");
    assert!(!page.contains("<b>VNeID"), "{page}");
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/reports/month?month=2026-11").await.body;
    assert!(page.contains("Báo cáo tháng 11/2026"), "{page}");
    let topics = officer.get("/reports/topics?topic=vneid").await.body;
    assert!(topics.contains("Thôn chưa nghe lần nào"), "{topics}");
    let day = officer.get("/reports/day?day=2026-11-23").await.body;
    assert!(
        day.contains("<svg class=\"day\"") && day.contains("17:00"),
        "{day}"
    );
    assert!(!day.contains("<b>VNeID"), "{day}");
    town.server.clock.set(town.today(24 + 9, 0));
    let today = officer.get("/reports").await.body;
    assert!(today.contains("Đã nghe: 1/2 thôn"), "{today}");
    assert!(today.contains("Chưa có trạm"), "{today}");
    let csv = officer.get("/reports/month.csv?month=2026-11").await.body;
    assert!(
        csv.starts_with('\u{feff}') && csv.contains("\"Thôn Tòng Xành\""),
        "{csv}"
    );
    let wrong = officer.get("/reports/month?month=11").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let log = officer.get("/as-run.csv?day=2026-11-23").await.body;
    assert!(log.contains("\"'=1+1 <b>"), "{log}");
    let language = [("language", "en"), ("next", "/reports")];
    officer.post("/language", &language).await;
    let english = officer.get("/reports").await.body;
    assert!(english.contains("From now on: who will hear"), "{english}");
}

#[tokio::test]
async fn a_pc_that_was_away_for_many_publications_will_air_what_it_holds() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, _) = for_the_commune(&mut town, "Kích hoạt VNeID").await;
    well(&mut pc, json!({})).await;
    town.server
        .clock
        .set(town.today(9, 0) + Duration::from_secs(1));
    let bulletin = town.approved("Họp thôn").await;
    for minute in 10..32 {
        let rule = json!({ "kind": "once", "at": format!("2026-11-24T18:{minute}") });
        let placed = town.ordered(&bulletin, rule).await;
        assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    }
    let mut officer = town.server.signed_in("can.bo").await;
    let one = format!("/reports/broadcasts/{}", broadcast.as_str().unwrap());
    let page = officer.get(&one).await.body;
    assert!(page.contains("Sẽ nghe được: 1/2 thôn"), "{page}");
    // What came since it does not hold yet.
    let page = officer.get("/reports?day=2026-11-24").await.body;
    assert!(page.contains("Trạm đang tải chương trình mới"), "{page}");
    let day = officer.get("/reports/day?day=2026-11-23").await;
    assert_eq!(day.status, StatusCode::OK, "{}", day.body);
}

#[tokio::test]
async fn who_will_hear_the_next_start_says_its_day_and_sums_up_all_places() {
    let mut town = Town::start().await;
    let far = town
        .server
        .area("Thôn Ún Tà", "village", Some(&town.commune));
    let far = far.await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let new = json!({
        "bulletins": [bulletin], "areas": [town.village.id, far.id],
        "rule": { "kind": "weekly", "days": [1], "times": ["08:00"] },
    });
    let placed = town.officer.post_json("/api/v1/broadcasts", new).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let mut officer = town.server.signed_in("can.bo").await;
    let one = format!(
        "/reports/broadcasts/{}",
        placed.json()["id"].as_str().unwrap()
    );
    let page = officer.get(&one).await.body;
    assert!(page.contains("30/11/2026 08:00"), "{page}");
    assert!(page.contains("Sẽ không nghe được: 2/2 thôn"), "{page}");
    assert_eq!(page.matches("class=\"card coverage\"").count(), 1, "{page}");
}
