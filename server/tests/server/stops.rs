//! STOP from the panel: signed, pushed to whom it concerns, on record, and seen to be obeyed.

use std::time::Duration;

use loaban_server::people::rights::Role;
use programme::signed::{Envelope, Verified};
use programme::stop::{Stop, TOLD_FOR};
use programme::wire::{EMERGENCIES, EmergencyList};
use reqwest::StatusCode;
use reqwest::header::ETAG;
use serde_json::{Value, json};

use crate::emergencies::{next, stream};
use crate::support::Browser;
use crate::town::{Pc, Town, problem};

const OTHER_PC: &str = "jou_zzzzzzzzzzzzzzzz";

fn accepted(envelope: &Envelope, pc: &Pc) -> Stop {
    let verified = Verified::<Stop>::open(envelope, &pc.key);
    verified.unwrap().get().clone()
}

/// The stops that a station is told of, and the name of the list.
async fn told(pc: &mut Pc) -> (Vec<Stop>, String) {
    let answer = pc.http.get("/api/v1/station/emergencies").await;
    let list: EmergencyList = serde_json::from_str(&answer.body).unwrap();
    let stops = list.stops.iter().map(|envelope| accepted(envelope, pc));
    let stops = stops.collect();
    (stops, answer.headers[ETAG].to_str().unwrap().to_owned())
}

/// A broadcast at nine that sounds for two minutes, by what the PC reported.
async fn sounding(town: &mut Town, pc: &mut Pc) -> (String, Value) {
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let ordered = town.ordered(&bulletin, json!({ "kind": "now" })).await;
    assert_eq!(ordered.status, StatusCode::CREATED, "{}", ordered.body);
    let broadcast = ordered.json()["id"].as_str().unwrap().to_owned();
    let cue = json!(format!("{broadcast}@now"));
    let sent = pc.report(json!([started(town, &broadcast, &cue)])).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    (broadcast, cue)
}

fn line(town: &Town, sequence: u64, record: Value) -> Value {
    let mut line = json!({
        "sequence": sequence, "wall_ms": town.today(9, 0).as_millis(), "boot_ms": 60_000,
        "boot_id": "monday", "generation": 1,
    });
    let fields = record.as_object().unwrap().clone();
    line.as_object_mut().unwrap().extend(fields);
    line
}

fn started(town: &Town, broadcast: &str, cue: &Value) -> Value {
    let planned = town.today(9, 0).as_millis();
    line(
        town,
        1,
        json!({
            "record": "started", "attempt": { "cue": cue, "number": 1 }, "broadcast": broadcast,
            "planned_ms": planned, "starts_ms": planned, "content": [], "duration_ms": 120_000,
        }),
    )
}

/// What a station writes that has obeyed: with what began before.
fn obeyed(town: &Town, broadcast: &str, cue: &Value, stop: &str) -> Value {
    let stopped = json!({ "stop": stop, "by": "Người truong.thon" });
    json!([
        started(town, broadcast, cue),
        line(
            town,
            2,
            json!({
                "record": "ended", "attempt": { "cue": cue, "number": 1 }, "position_ms": 12_000,
                "cut": "operator", "stopped": stopped,
            })
        ),
        line(
            town,
            3,
            json!({
                "record": "outcome", "cue": cue, "broadcast": broadcast,
                "planned_ms": town.today(9, 0).as_millis(), "outcome": "cut",
                "position_ms": 12_000, "why": "operator", "stopped": stopped,
            })
        ),
    ])
}

async fn pressed(who: &mut Browser, wanted: Value) -> Value {
    let answer = who.post_json("/api/v1/stops", wanted).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn a_press_is_pushed_listed_and_named_by_every_poll_until_the_next_day() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let etag = pc.etag().await;
    let before = pc.holding(&etag).await;
    let mut events = stream(&town, &pc).await;
    assert!(next(&mut events).await.starts_with("event: programme"));
    let village = json!({ "area": town.village.id });
    let made = pressed(&mut town.head, village).await;

    let event = next(&mut events).await;
    let data = event.strip_prefix("event: stop\ndata: ").unwrap();
    let word = accepted(&serde_json::from_str(data.trim_end()).unwrap(), &pc);
    assert_eq!(made["id"], word.id.as_str());
    assert_eq!(word.areas, [town.village.id.clone()]);
    assert_eq!(
        (word.broadcast.as_ref(), word.by.as_str()),
        (None, "Người truong.thon")
    );
    let now = town.server.state.now();
    assert_eq!((word.issued_at, word.expires_at), (now, now + TOLD_FOR));

    let (list, tag) = told(&mut pc).await;
    assert_eq!(list, [word]);
    let polled = pc.holding(&etag).await;
    assert_eq!(polled.headers[EMERGENCIES], tag.as_str());
    assert_ne!(before.headers[EMERGENCIES], polled.headers[EMERGENCIES]);
    let mut late = stream(&town, &pc).await;
    assert!(next(&mut late).await.starts_with("event: stop"));

    town.server.clock.advance(TOLD_FOR);
    assert_eq!(told(&mut pc).await.0, []);
    let polled = pc.holding(&etag).await;
    assert_eq!(before.headers[EMERGENCIES], polled.headers[EMERGENCIES]);
}

#[tokio::test]
async fn a_head_stops_a_broadcast_of_the_commune_in_their_own_village_and_nowhere_else() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let other = town
        .server
        .area("Thôn Luổng Láo", "village", Some(&town.commune))
        .await;
    let new = json!({ "area": other.id, "name": "Máy khác", "clusters": [] });
    town.station = town.admin.post_json("/api/v1/stations", new).await.json();
    let code = town.code().await;
    let enrolled = town.show_code(&code, OTHER_PC).await;
    let mut elsewhere = town.pc(&enrolled);
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "once", "at": "2026-11-23T17:00" });
    let new = json!({ "bulletins": [bulletin], "areas": [town.commune.id], "rule": rule });
    let ordered = town.officer.post_json("/api/v1/broadcasts", new).await;
    let broadcast = ordered.json()["id"].clone();

    let wanted = json!({ "broadcast": broadcast });
    pressed(&mut town.head, wanted.clone()).await;
    let (list, _) = told(&mut pc).await;
    assert_eq!(list[0].areas, [town.village.id.clone()]);
    assert_eq!(json!(list[0].broadcast), broadcast);
    assert_eq!(told(&mut elsewhere).await.0, []);
    pressed(&mut town.officer, wanted).await;
    let (list, _) = told(&mut elsewhere).await;
    assert_eq!(list[0].areas, [town.commune.id.clone()]);
    assert_eq!(told(&mut pc).await.0.len(), 2);
}

#[tokio::test]
async fn who_may_press_and_who_may_not() {
    let mut town = Town::start().await;
    town.enrolled().await;
    let stranger = town.server.area("Xã khác", "commune", None).await;
    let stranger = town
        .server
        .person("xa.khac", Role::Officer, &stranger)
        .await;
    let mut stranger = town.server.script(&town.server.token(&stranger).await);
    let village = json!({ "area": town.village.id });
    let commune = json!({ "area": town.commune.id });
    let cases = [
        ("bi.thu", &village, StatusCode::FORBIDDEN),
        ("truong.thon", &village, StatusCode::CREATED),
        ("truong.thon", &commune, StatusCode::NOT_FOUND),
        ("can.bo", &commune, StatusCode::CREATED),
        ("quan.tri", &commune, StatusCode::CREATED),
        ("xa.khac", &village, StatusCode::NOT_FOUND),
    ];
    let mut last = Value::Null;
    for (name, wanted, status) in cases {
        let who = match name {
            "bi.thu" => &mut town.secretary,
            "truong.thon" => &mut town.head,
            "can.bo" => &mut town.officer,
            "quan.tri" => &mut town.admin,
            _ => &mut stranger,
        };
        let answer = who.post_json("/api/v1/stops", wanted.clone()).await;
        assert_eq!(answer.status, status, "{name}, {wanted}: {}", answer.body);
        if status == StatusCode::CREATED {
            last = answer.json()["id"].clone();
        }
    }
    let path = format!("/api/v1/stops/{}", last.as_str().unwrap());
    let seen = town.secretary.get(&path).await;
    assert_eq!(
        seen.status,
        StatusCode::OK,
        "whoever lives there may see it"
    );
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
    let nobody = town.server.visitor().get(&path).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    for senseless in [
        json!({}),
        json!({ "area": "are_0000000000000000" }),
        json!({ "area": town.village.id, "broadcast": "bro_0000000000000000" }),
    ] {
        let answer = town.officer.post_json("/api/v1/stops", senseless).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    }
    let audit = town.officer.get("/api/v1/audit").await.json();
    let entries = audit.as_array().unwrap().iter();
    let presses = entries.filter(|entry| entry["verb"] == "stop.press");
    assert_eq!(presses.count(), 3, "{audit}");
}

#[tokio::test]
async fn where_there_is_no_station_somebody_has_to_be_called() {
    let mut town = Town::start().await;
    let village = json!({ "area": town.village.id });
    let refused = town.head.post_json("/api/v1/stops", village).await;
    let said = (refused.status, problem(&refused));
    let no_station = (StatusCode::UNPROCESSABLE_ENTITY, "stop-no-station".into());
    assert_eq!(said, no_station);
}

#[tokio::test]
async fn the_head_sees_what_sounds_presses_once_and_sees_the_station_obey() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (broadcast, cue) = sounding(&mut town, &mut pc).await;
    let station = town.station["id"].as_str().unwrap().to_owned();
    let village = town.village.id.to_string();
    let mut head = town.server.signed_in("truong.thon").await;
    for path in [
        "/".to_owned(),
        format!("/stations/{station}"),
        format!("/areas/{village}"),
        format!("/broadcasts/{broadcast}"),
        "/broadcasts/calendar?view=day&day=2026-11-23".to_owned(),
    ] {
        let page = head.get(&path).await.body;
        assert!(page.contains("Kích hoạt VNeID"), "{path}");
        assert!(page.contains("DỪNG"), "{path}");
    }
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&format!("/stations/{station}")).await.body;
    assert!(page.contains("Kích hoạt VNeID") && !page.contains("DỪNG"));

    let sent = head.post("/stops", &[("area", &village)]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let path = sent.location().to_owned();
    let page = head.get(&path).await.body;
    assert!(page.contains("Đã gửi, đang chờ trạm"), "{page}");
    assert!(page.contains("Đã dừng ở 0 trên 1 trạm"), "{page}");
    let stop = path.strip_prefix("/stops/").unwrap();
    let before = head.get(&format!("/broadcasts/{broadcast}")).await.body;
    let reported = pc.report(obeyed(&town, &broadcast, &cue, stop)).await;
    assert_eq!(reported.status, StatusCode::OK, "{}", reported.body);
    let shown = head.get(&format!("/broadcasts/{broadcast}")).await.body;
    assert!(before.contains("Hủy lịch phát"), "{before}");
    assert!(
        !before.contains("Các lượt phát sắp tới"),
        "it has begun: {before}"
    );
    for over in ["Các lượt phát sắp tới", "Hủy lịch phát"] {
        assert!(!shown.contains(over), "{over}: {shown}");
    }
    let part = head.get(&format!("{path}/stations")).await.body;
    assert!(part.contains("Đã dừng ở cả 1 trạm"), "{part}");
    assert!(part.contains("Kích hoạt VNeID: "), "{part}");
    assert!(part.contains("00:12"), "{part}");

    let log = head.get("/as-run").await.body;
    assert!(
        log.contains("Người truong.thon bấm DỪNG từ bảng điều khiển"),
        "{log}"
    );
    let said = format!("/api/v1/as-run?station={station}");
    let said = town.head.get(&said).await.json();
    assert_eq!(said[0]["stopped"]["stop"], stop);
    let page = head.get(&format!("/stations/{station}")).await.body;
    assert!(page.contains("Không thấy trạm báo đang phát gì"), "{page}");
    assert!(page.contains(&path), "the last press stays to be seen");
}

/// What is said before a press beside what sounds, up to the end of its paragraph.
fn with_it(page: &str) -> Option<&str> {
    let (_, after) = page.split_once("bấm DỪNG thì cũng bỏ, không phát:")?;
    after.split_once('<').map(|(titles, _)| titles.trim())
}

#[tokio::test]
async fn what_waits_behind_what_sounds_is_named_before_the_press_and_what_airs_later_is_not() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (broadcast, _) = sounding(&mut town, &mut pc).await;
    let pages = [
        "/".to_owned(),
        format!("/stations/{}", town.station["id"].as_str().unwrap()),
        format!("/areas/{}", town.village.id),
    ];
    let mut head = town.server.signed_in("truong.thon").await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    for path in &pages {
        let page = head.get(path).await.body;
        assert_eq!(with_it(&page), None, "nothing waits: {path}: {page}");
    }
    let behind = town.approved("Họp thôn").await;
    town.ordered(&behind, json!({ "kind": "now" })).await;
    let later = town.approved("Tiêm chủng").await;
    let rule = json!({ "kind": "once", "at": "2026-11-23T09:01" });
    let ordered = town.ordered(&later, rule).await;
    assert_eq!(ordered.status, StatusCode::CREATED, "{}", ordered.body);
    for path in &pages {
        let page = head.get(path).await.body;
        assert_eq!(with_it(&page), Some("Họp thôn"), "{path}: {page}");
        let page = secretary.get(path).await.body;
        assert_eq!(with_it(&page), None, "who may not press: {path}");
    }
    let page = head.get(&format!("/broadcasts/{broadcast}")).await.body;
    assert_eq!(with_it(&page), None, "this button stops only its own");
    town.server.clock.advance(Duration::from_secs(70));
    for path in &pages {
        let page = head.get(path).await.body;
        let named = with_it(&page);
        assert_eq!(named, Some("Họp thôn, Tiêm chủng"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_press_before_the_order_says_nothing_of_what_sounds_since() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let village = json!({ "area": town.village.id });
    let made = pressed(&mut town.head, village.clone()).await;
    town.server.clock.advance(Duration::from_secs(2));
    sounding(&mut town, &mut pc).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let path = format!("/stations/{}", town.station["id"].as_str().unwrap());
    let page = head.get(&path).await.body;
    assert!(page.contains("Kích hoạt VNeID"), "{page}");
    let named = |page: &str, made: &Value| page.contains(made["id"].as_str().unwrap());
    assert!(!named(&page, &made), "the press was for what was before");
    let made = pressed(&mut town.head, village).await;
    assert!(named(&head.get(&path).await.body, &made));
}

#[tokio::test]
async fn what_was_cut_in_its_first_second_is_said_to_be_so_in_words() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (broadcast, cue) = sounding(&mut town, &mut pc).await;
    let stop = pressed(&mut town.head, json!({ "area": town.village.id })).await;
    let mut lines = obeyed(&town, &broadcast, &cue, stop["id"].as_str().unwrap());
    for line in lines.as_array_mut().unwrap().iter_mut().skip(1) {
        line["position_ms"] = json!(900);
    }
    assert_eq!(pc.report(lines).await.status, StatusCode::OK);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run").await.body;
    let said = "Bị ngắt khi vừa bắt đầu vì có người bấm DỪNG";
    assert!(page.contains(said) && !page.contains("00:00"), "{page}");
    let attempt = "dừng khi vừa bắt đầu vì có người bấm DỪNG";
    assert!(page.contains(attempt), "{page}");
}

#[tokio::test]
async fn a_station_that_is_away_is_said_to_be_and_one_that_had_nothing_on_air_obeys_too() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    town.server.clock.advance(Duration::from_secs(3_600));
    let village = json!({ "area": town.village.id });
    let made = pressed(&mut town.head, village).await;
    assert_eq!(made["stations"][0]["standing"], "waiting");
    assert_eq!(made["stations"][0]["online"], false);
    let mut head = town.server.signed_in("truong.thon").await;
    let path = format!("/stops/{}", made["id"].as_str().unwrap());
    assert!(head.get(&path).await.body.contains("Trạm mất kết nối"));

    let health = json!({
        "version": "0.1.0", "generation": 1, "clock": "server", "system_clock_error_ms": 3,
        "ready": 1, "wanted": 2, "disk_free_bytes": 9_000_000_000_u64, "output_ok": true,
        "faults": [], "uptime_ms": 60_000, "stops": [made["id"]],
    });
    pc.http.post_json("/api/v1/station/health", health).await;
    let shown = head.get(&path).await.body;
    assert!(shown.contains("lúc đó không có gì đang phát"), "{shown}");
    let shown = town.head.get(&format!("/api/v1{path}")).await.json();
    assert_eq!(shown["stations"][0]["standing"], "obeyed");
    assert_eq!(shown["stations"][0]["ended"], json!([]));
}
