//! The numbers of reports, counted by hand beside what is shown: a start that aired anew, one that
//! was cut, one that never sounded, and exercises ordered on the panel and at the PC.

use programme::ids::BulletinId;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::emergencies::{order, ordered, set_pin};
use crate::requests::asked;
use crate::timetables::seasons;
use crate::town::{Pc, Town};

/// The order that somebody gave at the PC.
const AT_PC: &str = "bro_0123456789abcdef";

/// A journal that a story writes, line by line.
#[derive(Default)]
pub struct Journal(pub Vec<Value>);

impl Journal {
    pub fn write(&mut self, record: Value) {
        let mut line = json!({
            "sequence": self.0.len() + 1, "wall_ms": 1_795_399_200_000_i64, "boot_ms": 60_000,
            "boot_id": "monday", "generation": 1,
        });
        let fields = record.as_object().unwrap().clone();
        line.as_object_mut().unwrap().extend(fields);
        self.0.push(line);
    }

    /// A start of a minute with its attempts, each heard until a second.
    pub fn start(&mut self, cue: &str, planned_ms: i64, hash: &Value, heard: &[u64], more: Value) {
        let broadcast = cue.split('@').next().unwrap();
        for (number, seconds) in (1..).zip(heard) {
            let attempt = json!({ "cue": cue, "number": number });
            let mut started = json!({
                "record": "started", "attempt": attempt, "broadcast": broadcast,
                "planned_ms": planned_ms, "starts_ms": planned_ms, "content": [hash],
                "duration_ms": 60_000,
            });
            let fields = more.as_object().unwrap().clone();
            started.as_object_mut().unwrap().extend(fields);
            self.write(started);
            let cut = (*seconds < 60).then_some("power_lost");
            let position = seconds * 1_000;
            self.write(json!({
                "record": "ended", "attempt": attempt, "position_ms": position, "cut": cut,
            }));
        }
        let position = heard.last().unwrap() * 1_000;
        let mut outcome = json!({
            "record": "outcome", "cue": cue, "broadcast": broadcast, "planned_ms": planned_ms,
            "outcome": "aired",
        });
        if position < 60_000 {
            outcome["outcome"] = json!("cut");
            outcome["position_ms"] = json!(position);
            outcome["why"] = json!("power_lost");
        }
        self.write(outcome);
    }
}

/// The hash of the recording that a bulletin has in the programme.
async fn recorded(pc: &mut Pc, bulletin: &str) -> Value {
    let programme = pc.programme(0).await;
    let bulletin: BulletinId = bulletin.parse().unwrap();
    let held = &programme.bulletins[&bulletin];
    json!(held.recordings[0].sound.hash)
}

async fn placed(town: &mut Town, bulletin: &str, rule: Value) -> String {
    let placed = town.ordered(bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    placed.json()["id"].as_str().unwrap().to_owned()
}

/// A day of a village, reported.
async fn reported() -> Town {
    let mut town = Town::start().await;
    set_pin(&mut town.officer).await;
    let mut pc = town.enrolled().await;
    let vneid = town.approved("Kích hoạt VNeID").await;
    let meeting = town.approved("Họp thôn").await;
    let flood = town.approved("Lũ ống").await;
    let rule = json!({ "kind": "daily", "times": ["10:00", "17:00"] });
    let twice = placed(&mut town, &vneid, rule).await;
    let rule = json!({ "kind": "once", "at": "2026-11-23T18:00" });
    let once = placed(&mut town, &meeting, rule).await;
    let drill = order(&town, &flood);
    let drill = ordered(&mut town, drill).await;
    let hash = recorded(&mut pc, &vneid).await;
    let other = recorded(&mut pc, &meeting).await;
    let mut journal = Journal::default();
    let at = |hour| town.today(hour, 0).as_millis();
    let (ten, five) = (
        format!("{twice}@2026-11-23T10:00"),
        format!("{twice}@2026-11-23T17:00"),
    );
    journal.start(&ten, at(10), &hash, &[40, 60], json!({}));
    journal.start(&five, at(17), &hash, &[30], json!({}));
    let six = format!("{once}@2026-11-23T18:00");
    journal.start(&six, at(18), &other, &[0], json!({}));
    let mut by = json!({ "by": "Vàng Văn Sáng", "why": "Thử loa", "drill": true });
    let hearing = format!("{drill}@emergency-1");
    journal.start(&hearing, at(9), &hash, &[60], json!({ "order": by }));
    by["at_pc"] = json!(true);
    journal.write(json!({
        "record": "emergency_ordered", "broadcast": AT_PC, "bulletin": flood, "title": "Lũ ống",
        "person": "per_0123456789abcdef", "order": by,
    }));
    let hearing = format!("{AT_PC}@emergency-1");
    journal.start(&hearing, at(11), &hash, &[60], json!({ "order": by }));
    town.server.clock.set(town.today(19, 0));
    let told = pc.report(json!(journal.0)).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    town
}

/// Some fields of a value, in order.
fn fields<const N: usize>(of: &Value, names: [&str; N]) -> [i64; N] {
    names.map(|name| of[name].as_i64().unwrap_or(-1))
}

#[tokio::test]
async fn the_month_counts_what_was_heard_once_and_exercises_apart() {
    let mut town = reported().await;
    let path = "/api/v1/reports/month?month=2026-11";
    let month = town.officer.get(path).await.json();
    let names = [
        "starts",
        "aired",
        "cut",
        "bulletins",
        "heard_ms",
        "asked_ms",
        "of_asked_ms",
    ];
    let planned = [3, 1, 2, 1, 130_000, 180_000, 90_000];
    assert_eq!(fields(&month["planned"], names), planned, "{month}");
    assert_eq!(
        fields(&month["stations"][0]["planned"], names),
        planned,
        "{month}"
    );
    let names = ["starts", "aired"];
    assert_eq!(fields(&month["emergencies"], names), [0, 0], "{month}");
    assert_eq!(fields(&month["drills"], names), [2, 2], "{month}");
    let names = ["bulletins", "times", "heard_ms"];
    for (share, name) in [
        ("topics", "vneid"),
        ("classes", "ordinary"),
        ("languages", "vi"),
    ] {
        assert_eq!(month[share][0]["name"], name, "{month}");
        assert_eq!(fields(&month[share][0], names), [1, 1, 130_000], "{month}");
    }
    assert_eq!(month["causes"][0]["count"], 2, "{month}");
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/reports/month?month=2026-11").await.body;
    assert!(
        page.contains("50 %") && page.contains("<td>3/3</td>"),
        "{page}"
    );
    let csv = officer.get("/reports/month.csv?month=2026-11").await.body;
    let planned = [
        "Theo lịch",
        "1",
        "3",
        "1",
        "2",
        "0",
        "0",
        "0",
        "2,2",
        "3,0",
        "1,5",
        "50",
        "0",
    ];
    let planned = planned.map(|field| format!("\"{field}\"")).join(",");
    assert!(csv.contains(&planned), "{csv}");
    assert!(
        csv.contains("\"3\",\"3\",\"0\",\"2\"") && !csv.contains("3/3"),
        "{csv}"
    );
}

#[tokio::test]
async fn a_session_at_a_fixed_hour_of_its_broadcast_is_one_start_before_it_and_after() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    town.timetable(&seasons("06:30")).await;
    let rule = json!({ "kind": "daily", "times": ["17:30"], "sessions": ["evening"] });
    let outlook = town.outlook(&bulletin, rule.clone()).await;
    let cues = outlook["cues"].as_array().unwrap();
    assert!(cues.iter().all(|cue| cue["obstacle"].is_null()), "{cues:?}");
    let daily = placed(&mut town, &bulletin, rule).await;
    let hash = recorded(&mut pc, &bulletin).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let calendar = "/broadcasts/calendar?view=month";
    let before = head.get(calendar).await.body;
    let planned = town.today(17, 30).as_millis();
    let mut journal = Journal::default();
    journal.write(json!({
        "record": "outcome", "cue": format!("{daily}@2026-11-23-evening"), "broadcast": daily,
        "planned_ms": planned, "outcome": "suppressed", "by": "newer",
    }));
    let fixed = format!("{daily}@2026-11-23T17:30");
    journal.start(&fixed, planned, &hash, &[60], json!({}));
    town.server.clock.set(town.today(19, 0));
    let told = pc.report(json!(journal.0)).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let after = head.get(calendar).await.body;
    for page in [before, after] {
        for day in ["T2 23/11, 1 lượt phát", "T4 25/11, 1 lượt phát"] {
            assert!(page.contains(day), "{day}: {page}");
        }
        assert!(!page.contains("lượt mới hơn"), "{page}");
    }
    let month = "/api/v1/reports/month?month=2026-11";
    let month = town.officer.get(month).await.json();
    let counted = fields(&month["planned"], ["starts", "aired", "suppressed"]);
    assert_eq!(counted, [1, 1, 0], "{month}");
}

#[tokio::test]
async fn while_a_fixed_start_waits_for_its_turn_its_session_is_no_line_beside_it() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    town.timetable(&seasons("06:30")).await;
    let rule = json!({ "kind": "daily", "times": ["17:30"], "sessions": ["evening"] });
    let daily = placed(&mut town, &bulletin, rule).await;
    pc.programme(0).await;
    let planned = town.today(17, 30).as_millis();
    let mut journal = Journal::default();
    journal.write(json!({
        "record": "outcome", "cue": format!("{daily}@2026-11-23-evening"), "broadcast": daily,
        "planned_ms": planned, "outcome": "suppressed", "by": "newer",
    }));
    town.server.clock.set(town.today(17, 31));
    let told = pc.report(json!(journal.0)).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let mut head = town.server.signed_in("truong.thon").await;
    for path in [
        "/broadcasts/calendar?view=day&day=2026-11-23",
        "/as-run?day=2026-11-23",
        "/reports/day?day=2026-11-23",
    ] {
        let page = head.get(path).await.body;
        assert!(page.contains("Kích hoạt VNeID"), "{path}: {page}");
        assert!(!page.contains("lượt mới hơn"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_campaign_reached_whom_it_reached_and_an_exercise_reaches_nobody() {
    let mut town = reported().await;
    let path = "/api/v1/reports/campaign?topic=vneid";
    let campaign = town.officer.get(path).await.json();
    assert_eq!(
        fields(&campaign, ["times", "heard_ms"]),
        [1, 100_000],
        "{campaign}"
    );
    assert_eq!(
        campaign["reached"][0]["name"], "Thôn Tòng Xành",
        "{campaign}"
    );
    assert_eq!(campaign["never"], json!([]), "{campaign}");
    let mut secretary = town.server.signed_in("bi.thu").await;
    let front = secretary.get("/").await.body;
    assert!(
        front.contains("“Kích hoạt VNeID” đã phát ở 1/1 thôn"),
        "{front}"
    );
    let cut = "“Họp thôn” chưa phát trọn ở thôn nào (0/1)";
    assert!(front.contains(cut), "{front}");
    assert!(!front.contains("“Lũ ống”"), "{front}");

    let village = town.village.clone();
    asked(&mut town, "Mời bà con", &village).await;
    let front = secretary.get("/").await.body;
    let (to_do, _) = front.split_once("Bản tin của bạn").unwrap();
    assert!(to_do.contains("Khám sức khoẻ miễn phí"), "{front}");
}

#[tokio::test]
async fn what_was_ordered_at_the_pc_has_its_title_and_leads_where_it_is_told_of() {
    let town = reported().await;
    town.server.clock.set(town.today(24 + 9, 0));
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/reports").await.body;
    assert!(
        page.contains("<a href=\"/emergencies#at-pcs\">Lũ ống</a>"),
        "{page}"
    );
    assert!(!page.contains(AT_PC), "{page}");
    let day = officer.get("/reports/day?day=2026-11-23").await.body;
    assert_eq!(
        day.matches("DIỄN TẬP</span> Lũ ống</td>").count(),
        2,
        "{day}"
    );
}

#[tokio::test]
async fn the_households_of_a_commune_with_a_station_of_its_own_are_those_of_its_villages() {
    let mut town = Town::start().await;
    for area in [&town.commune.id, &town.village.id] {
        let mut connection = town.server.state.database.write().await.unwrap();
        sqlx::query("UPDATE areas SET households = 1279 WHERE id = $1")
            .bind(area.as_str())
            .execute(&mut *connection)
            .await
            .unwrap();
        connection.commit().await.unwrap();
    }
    for area in [&town.commune.id, &town.village.id] {
        let new = json!({ "area": area, "name": "Máy thứ hai" });
        let made = town.admin.post_json("/api/v1/stations", new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    }
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let new = json!({
        "bulletins": [bulletin], "areas": [town.commune.id],
        "rule": { "kind": "once", "at": "2026-11-23T17:00" },
    });
    town.officer.post_json("/api/v1/broadcasts", new).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/reports").await.body;
    assert!(page.contains("2/2 thôn · 1.279/1.279 hộ"), "{page}");
    let path = "/api/v1/reports/month?month=2026-11";
    let month = town.officer.get(path).await.json();
    let stations = month["stations"].as_array().unwrap().iter();
    let households: Vec<i64> = stations
        .filter_map(|one| one["households"].as_i64())
        .collect();
    assert_eq!(households, [1_279], "{month}");
}
