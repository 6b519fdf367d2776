//! As-run: what stations report, kept once and shown beside the plan.

use ed25519_dalek::SigningKey;
use loaban_server::as_run::journal;
use loaban_server::audit::Author;
use loaban_server::stations::draft::Draft;
use loaban_server::stations::station;
use programme::as_run::chain::Tip;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::town::{JOURNAL, Pc, Town, pc_key, problem, written};

/// A line of the journal.
fn line(sequence: u64, record: Value) -> Value {
    let mut line = json!({
        "sequence": sequence, "wall_ms": 1_795_399_200_000_i64, "boot_ms": 60_000,
        "boot_id": "monday", "generation": 1,
    });
    line.as_object_mut()
        .unwrap()
        .extend(record.as_object().unwrap().clone());
    line
}

/// The life of one start: sound on, the power goes at 1:23.
pub fn cut(cue: &Value, broadcast: &Value, planned_ms: i64) -> Vec<Value> {
    let attempt = json!({ "cue": cue, "number": 1 });
    vec![
        line(
            1,
            json!({
                "record": "started", "attempt": attempt, "broadcast": broadcast,
                "planned_ms": planned_ms, "starts_ms": planned_ms,
                "content": [], "duration_ms": 120_000,
            }),
        ),
        line(
            2,
            json!({
                "record": "ended", "attempt": attempt, "position_ms": 83_000, "cut": "power_lost",
            }),
        ),
        line(
            3,
            json!({
                "record": "outcome", "cue": cue, "broadcast": broadcast, "planned_ms": planned_ms,
                "outcome": "cut", "position_ms": 83_000, "why": "power_lost",
            }),
        ),
    ]
}

/// A broadcast at 17:00 today, its cue, and the PC that airs it.
pub async fn scheduled(town: &mut Town) -> (Pc, Value, Value) {
    let pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "once", "at": "2026-11-23T17:00" });
    let broadcast = town.ordered(&bulletin, rule).await.json()["id"].clone();
    let cue = json!(format!("{}@2026-11-23T17:00", broadcast.as_str().unwrap()));
    (pc, broadcast, cue)
}

/// How many lines are stored.
async fn stored(town: &Town) -> i64 {
    let mut connection = town.server.state.database.read().await.unwrap();
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM as_run")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    count
}

#[tokio::test]
async fn lines_sent_twice_are_stored_once_and_a_gap_is_asked_for_again() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let lines = written(&json!(cut(&cue, &broadcast, town.today(17, 0).as_millis())));
    for (sent, through) in [(&lines[..1], 1), (&lines[2..], 1), (&lines, 3), (&lines, 3)] {
        let answer = pc.send(sent).await;
        assert_eq!(answer.json()["stored_through"], through, "{}", answer.body);
    }
    // What was stored before counts for what it is: the first two alone change nothing.
    assert_eq!(
        pc.send(&lines[..2]).await.json(),
        json!({ "stored_through": 3, "also_takes": ["status_spoken", "disk_unwritable"] })
    );
    assert_eq!(stored(&town).await, 3);
    let line = {
        let mut connection = town.server.state.database.read().await.unwrap();
        let lines = journal::lines(&mut connection, &JOURNAL.parse().unwrap(), 2, 1).await;
        lines.unwrap().remove(0)
    };
    assert_eq!(line, lines[1], "a line is kept to the byte");
}

#[tokio::test]
async fn a_line_that_was_signed_keeps_what_turns_text_around() {
    let mut town = Town::start().await;
    let (mut pc, _, _) = scheduled(&mut town).await;
    let by = json!({ "by": "Vàng Văn \u{2068}Sáng\u{2069}", "why": "Lũ ống", "drill": true,
        "at_pc": true });
    let ordered = json!({
        "record": "emergency_ordered", "broadcast": "bro_0123456789abcdef",
        "bulletin": "bul_0123456789abcdef", "title": "\u{202e}Lũ ống",
        "person": "per_0123456789abcdef", "order": by,
    });
    let lines = written(&json!([line(1, ordered)]));
    let answer = pc.send(&lines).await;
    assert_eq!(answer.json()["stored_through"], 1, "{}", answer.body);
}

#[tokio::test]
async fn lines_that_do_not_fit_are_refused_and_the_panel_says_so_until_the_pc_is_enrolled_anew() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let entries = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    let lines = written(&json!(entries));
    assert!(!head.get("/as-run").await.body.contains("Nhật ký liền mạch"));
    pc.send(&lines[..2]).await;
    assert!(
        head.get("/as-run")
            .await
            .body
            .contains("Nhật ký liền mạch, đã ký")
    );

    let mut other = entries.clone();
    other[1]["position_ms"] = json!(119_000);
    let refused = pc.report(json!(other)).await;
    let named = (refused.status, problem(&refused));
    assert_eq!(named, (StatusCode::CONFLICT, "as-run-broken".into()));
    assert!(
        refused.body.contains("dòng 2 khác với lần gửi đầu tiên"),
        "{}",
        refused.body
    );
    assert_eq!(stored(&town).await, 2, "what was there stays");
    // The break stays to be seen although the lines that fit are taken.
    assert_eq!(pc.send(&lines).await.status, StatusCode::OK);
    for path in ["/as-run", "/stations", &format!("/stations/{}", pc.id)] {
        let page = head.get(path).await.body;
        assert!(
            page.contains("Nhật ký bị đứt, phát hiện 23/11/2026"),
            "{path}: {page}"
        );
        assert!(
            page.contains("dòng 2 khác với lần gửi đầu tiên"),
            "{path}: {page}"
        );
    }

    town.server.clock.set(town.today(19, 0));
    let code = town.code().await;
    let answer = town.show_code(&code, "jou_zzzzzzzzzzzzzzzz").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let page = head.get("/as-run").await.body;
    assert!(page.contains("Nhật ký liền mạch, đã ký"), "{page}");
}

#[tokio::test]
async fn only_the_pc_that_began_a_journal_can_go_on_with_it() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let lines = written(&json!(cut(&cue, &broadcast, town.today(17, 0).as_millis())));
    let (journal, end) = (JOURNAL.parse().unwrap(), Tip::at(&lines[2]).unwrap());
    let foreign = end.sign(&journal, &SigningKey::from_bytes(&[8; 32]));
    let earlier = Tip::at(&lines[1]).unwrap().sign(&journal, &pc_key());
    for head in [&foreign, &earlier] {
        let refused = pc.send_signed(&lines, head).await;
        assert_eq!(problem(&refused), "as-run-broken", "{}", refused.body);
    }
    let unknown = vec![lines[0].replace("started", "sung")];
    let refused = pc.send(&unknown).await;
    assert_eq!(problem(&refused), "as-run-line", "a later release wrote it");
    assert_eq!(stored(&town).await, 0);
}

#[tokio::test]
async fn a_journal_of_another_station_is_refused() {
    let mut town = Town::start().await;
    let (mut pc, ..) = scheduled(&mut town).await;
    let new = json!({ "area": town.village.id, "name": "Máy thứ hai" });
    town.station = town.admin.post_json("/api/v1/stations", new).await.json();
    let code = town.code().await;
    let other = town.show_code(&code, "jou_zzzzzzzzzzzzzzzz").await;
    let mut other = town.pc(&other);
    assert_eq!(pc.report(json!([])).await.status, StatusCode::OK);
    let refused = other.report(json!([])).await;
    assert_eq!(
        (refused.status, problem(&refused)),
        (StatusCode::CONFLICT, "as-run-journal".into())
    );
}

#[tokio::test]
async fn the_log_sets_what_happened_beside_what_was_planned() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run").await.body;
    assert!(
        page.contains("17:00") && page.contains("Chờ phát"),
        "{page}"
    );
    town.server.clock.set(town.today(18, 0));
    let page = head.get("/as-run").await.body;
    assert!(page.contains("Chưa có báo cáo từ trạm"), "{page}");

    let lines = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    pc.report(json!([lines[0]])).await;
    let page = head.get("/as-run?day=2026-11-23").await.body;
    assert!(!page.contains("Đang phát"), "{page}");
    assert!(page.contains("Chưa có báo cáo từ trạm"), "{page}");
    town.server.clock.set(town.today(17, 1));
    let page = head.get("/as-run?day=2026-11-23").await.body;
    assert!(page.contains("Đang phát"), "{page}");
    pc.report(json!(lines)).await;
    let path = format!("/broadcasts/{}", broadcast.as_str().unwrap());
    let ordered = town.head.get(&format!("/api/v1{path}")).await.json();
    let bulletin = ordered["bulletins"][0].as_str().unwrap();
    for path in ["/as-run", &path, &format!("/bulletins/{bulletin}")] {
        let page = head.get(path).await.body;
        assert!(
            page.contains("Bị ngắt sau 01:23 vì mất điện"),
            "{path}: {page}"
        );
        assert!(page.contains("Lần 1"), "{path}: {page}");
    }
    let csv = head.get("/as-run.csv?day=2026-11-23").await.body;
    assert!(
        csv.contains("\"23/11/2026\",\"17:00\",\"Thôn Tòng Xành\""),
        "{csv}"
    );

    let station = town.station["id"].as_str().unwrap();
    let path = format!("/api/v1/as-run?station={station}&date=2026-11-23");
    let line = town.head.get(&path).await.json()[0].clone();
    assert_eq!(line["state"], "known");
    assert_eq!(line["outcome"]["outcome"], "cut");
    assert_eq!(line["attempts"][0]["position_ms"], 83_000);
}

#[tokio::test]
async fn who_vouched_for_the_time_stands_in_the_log_and_changes_no_outcome() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let mut lines = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    lines.push(line(
        4,
        json!({
            "record": "clock_vouched", "by": "person", "moved_ms": null, "uncertainty_ms": 60_000,
        }),
    ));
    lines.push(line(
        5,
        json!({
            "record": "clock_vouched", "by": "server", "moved_ms": -83_250, "uncertainty_ms": 41,
        }),
    ));
    lines.push(line(
        6,
        json!({
            "record": "clock_vouched", "by": "ntp", "moved_ms": 172_740_000, "uncertainty_ms": 41,
        }),
    ));
    let answer = pc.report(json!(lines)).await;
    assert_eq!(
        answer.json(),
        json!({ "stored_through": 6, "also_takes": ["status_spoken", "disk_unwritable"] })
    );
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run?day=2026-11-23").await.body;
    let person = "09:00:00: trạm biết giờ do người tại máy xác nhận, sai số tối đa 0:01:00";
    assert!(page.contains(person), "{page}");
    let server = "09:00:00: giờ trạm được chỉnh theo máy chủ, lùi 0:01:23, sai số tối đa 0,04 s";
    assert!(page.contains(server), "{page}");
    assert!(page.contains("tiến 1 ngày 23:59:00"), "{page}");
    assert!(page.contains("Bị ngắt sau 01:23 vì mất điện"), "{page}");
    let said = json!({ "record": "status_spoken", "said": "Trạm loa đã sẵn sàng." });
    lines.push(line(7, said));
    let answer = pc.report(json!(lines)).await;
    assert_eq!(answer.json()["stored_through"], 7, "{}", answer.body);
    let page = head.get("/as-run?day=2026-11-23").await.body;
    let own = "trạm tự báo qua loa: “Trạm loa đã sẵn sàng.”";
    assert!(page.contains(own), "{page}");
    let day_before = head.get("/as-run?day=2026-11-22").await.body;
    assert!(!day_before.contains("09:00:00"), "{day_before}");
}

#[tokio::test]
async fn what_was_aired_stays_in_the_log_after_its_broadcast_is_cancelled() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    pc.report(json!(cut(&cue, &broadcast, town.today(17, 0).as_millis())))
        .await;
    let path = format!("/api/v1/broadcasts/{}/cancel", broadcast.as_str().unwrap());
    town.head.post_json(&path, json!({})).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run?day=2026-11-23").await.body;
    assert!(
        page.contains("Kích hoạt VNeID") && page.contains("mất điện"),
        "{page}"
    );
    let empty = head.get("/as-run?day=2026-11-22").await.body;
    assert!(empty.contains("Không có lượt phát nào"), "{empty}");
}

#[tokio::test]
async fn a_village_behind_many_others_has_its_page_and_every_village_is_in_the_table() {
    let town = Town::start().await;
    let mut officer = town.server.signed_in("can.bo").await;
    let author = Author::server();
    for number in 0..31 {
        let draft = Draft {
            name: format!("A{number:02}"),
            clusters: Vec::new(),
            ..Draft::default()
        };
        station::add(&town.server.state, &author, &town.commune, &draft)
            .await
            .unwrap();
    }
    let path = format!("/as-run?area={}", town.village.id);
    let page = officer.get(&path).await.body;
    assert!(page.contains("Máy nhà văn hoá"), "{page}");
    let mut town = town;
    let (_pc, ..) = scheduled(&mut town).await;
    let csv = officer.get("/as-run.csv?day=2026-11-23").await.body;
    assert!(csv.contains("Máy nhà văn hoá"), "{csv}");
}

#[tokio::test]
async fn a_start_that_was_not_reported_stays_in_the_log_although_its_broadcast_was_cancelled() {
    let mut town = Town::start().await;
    let _pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["10:00", "17:00"] });
    let broadcast = town.ordered(&bulletin, rule).await.json()["id"].clone();
    town.server.clock.set(town.today(12, 0));
    let cancel = format!("/api/v1/broadcasts/{}/cancel", broadcast.as_str().unwrap());
    town.head.post_json(&cancel, json!({})).await;
    let log = format!(
        "/api/v1/as-run?station={}",
        town.station["id"].as_str().unwrap()
    );
    let heard = |lines: &Value| -> Vec<(i64, String)> {
        let lines = lines.as_array().unwrap().iter();
        let line = |line: &Value| {
            (
                line["planned_ms"].as_i64().unwrap(),
                line["state"].to_string(),
            )
        };
        lines.map(line).collect()
    };
    let unreported = [(town.today(10, 0).as_millis(), "\"unreported\"".to_owned())];
    assert_eq!(heard(&town.head.get(&log).await.json()), unreported);
    // On later days too, and of the days after the cancellation nothing.
    town.server.clock.set(town.today(24 + 12, 0));
    let monday = format!("{log}&date=2026-11-23");
    assert_eq!(heard(&town.head.get(&monday).await.json()), unreported);
    assert_eq!(heard(&town.head.get(&log).await.json()), []);
}
