//! An emergency station by station: the worst first, nothing forgotten, and to each person only
//! what is in their areas.

use std::time::Duration;

use loaban_server::areas::area::Area;
use loaban_server::areas::tree;
use loaban_server::audit::Author;
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::emergencies::{pushed, set_pin};
use crate::town::{Pc, Town, problem, written};

const OTHER_PC: &str = "jou_zzzzzzzzzzzzzzzz";

/// A second village with a PC of its own.
async fn other_village(town: &mut Town) -> (Area, Pc) {
    let village = town
        .server
        .area("Thôn Luổng Láo", "village", Some(&town.commune))
        .await;
    let new = json!({ "area": village.id, "name": "Máy khác", "clusters": [] });
    town.station = town.admin.post_json("/api/v1/stations", new).await.json();
    let code = town.code().await;
    let enrolled = town.show_code(&code, OTHER_PC).await;
    let pc = town.pc(&enrolled);
    (village, pc)
}

/// The order for `area`, of a bulletin that was just approved.
async fn ordered(town: &mut Town, area: &Area) -> Result<String, String> {
    set_pin(&mut town.officer).await;
    let bulletin = town.approved("Lũ ống").await;
    let new = json!({
        "bulletin": bulletin, "areas": [area.id], "why": "Lũ ống", "pin": "2580",
        "repeats": null,
    });
    let answer = town.officer.post_json("/api/v1/emergencies", new).await;
    match answer.status {
        StatusCode::CREATED => Ok(answer.json()["id"].as_str().unwrap().to_owned()),
        _ => Err(problem(&answer)),
    }
}

/// What became of the hearing with this number.
fn outcome(town: &Town, id: &str, number: u64, outcome: Value) -> Value {
    let planned = town.today(9, 0).as_millis();
    let mut line = json!({
        "sequence": number, "wall_ms": planned, "boot_ms": 60_000, "boot_id": "monday",
        "generation": 1, "broadcast": id, "planned_ms": planned, "record": "outcome",
        "cue": format!("{id}@emergency-{number}"),
    });
    let more = outcome.as_object().unwrap().clone();
    line.as_object_mut().unwrap().extend(more);
    line
}

async fn close(town: &Town, area: &Area) {
    let author = Author::server();
    tree::set_closed(&town.server.state, &author, area, true)
        .await
        .unwrap();
}

/// How many emergencies a station is told of.
async fn told(pc: &mut Pc) -> usize {
    let list = pc.http.get("/api/v1/station/emergencies").await.json();
    list["emergencies"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_stop_stays_on_the_page_however_many_hearings_other_stations_report_after_it() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (_, other) = other_village(&mut town).await;
    let commune = town.commune.clone();
    let id = ordered(&mut town, &commune).await.unwrap();
    let stopped = json!({ "record": "emergency_stopped" });
    let sent = pc.report(json!([outcome(&town, &id, 1, stopped)])).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    let later = town.server.state.now().as_millis() + 60_000;
    let mut write = town.server.state.database.write().await.unwrap();
    let aired = |number| outcome(&town, &id, number, json!({ "outcome": "aired" }));
    let lines = written(&json!((1..=2_001).map(aired).collect::<Vec<_>>()));
    for (number, line) in (1_i64..).zip(lines) {
        sqlx::query(
            "INSERT INTO as_run (journal_id, sequence, station_id, received_at_ms, record, cue, \
             broadcast_id, planned_ms, entry) VALUES ($1, $2, $3, $4, 'outcome', $5, $6, $4, $7)",
        )
        .bind(OTHER_PC)
        .bind(number)
        .bind(other.id.as_str())
        .bind(later)
        .bind(format!("{id}@emergency-{number}"))
        .bind(&id)
        .bind(line)
        .execute(&mut *write)
        .await
        .unwrap();
    }
    write.commit().await.unwrap();
    let path = format!("/api/v1/emergencies/{id}");
    let shown = town.officer.get(&path).await.json();
    assert_eq!(shown["counts"], json!({ "stopped": 1, "heard": 1 }));
    assert_eq!(
        shown["stations"][0]["progress"], "stopped",
        "the worst first"
    );
    assert_eq!(shown["stations"][1]["heard"], 2_001);
}

#[tokio::test]
async fn each_sees_the_stations_of_their_own_areas_and_how_many_there_are_of_all() {
    let mut town = Town::start().await;
    town.enrolled().await;
    other_village(&mut town).await;
    let commune = town.commune.clone();
    let id = ordered(&mut town, &commune).await.unwrap();
    let path = format!("/api/v1/emergencies/{id}");
    let own = town.secretary.get(&path).await.json();
    assert_eq!(own["stations"].as_array().unwrap().len(), 1);
    assert_eq!(own["stations"][0]["village"], "Thôn Tòng Xành");
    assert_eq!(own["counts"], json!({ "not_held": 2 }));
    let all = town.officer.get(&path).await.json();
    assert_eq!(all["stations"].as_array().unwrap().len(), 2);

    let mut secretary = town.server.signed_in("bi.thu").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = format!("/emergencies/{id}");
    let seen = secretary.get(&page).await.body;
    assert!(seen.contains("Thôn Tòng Xành") && !seen.contains("Thôn Luổng Láo"));
    assert!(seen.contains("Chưa nhận được: 2") && seen.contains("địa bàn của bạn"));
    let seen = officer.get(&page).await.body;
    assert!(seen.contains("Thôn Luổng Láo") && !seen.contains("địa bàn của bạn"));
}

#[tokio::test]
async fn the_part_that_is_fetched_again_is_sent_again_only_when_something_changed() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let commune = town.commune.clone();
    let id = ordered(&mut town, &commune).await.unwrap();
    let mut officer = town.server.signed_in("can.bo").await;
    let part = format!("/emergencies/{id}/stations");
    let first = officer.get(&part).await;
    let etag = first.headers[ETAG].to_str().unwrap().to_owned();
    let held = [(IF_NONE_MATCH.as_str(), etag.as_str())];
    town.server.clock.advance(Duration::from_secs(2));
    let same = officer.send(Method::GET, &part, &held, "").await;
    assert_eq!(same.status, StatusCode::NOT_MODIFIED, "{}", same.body);
    assert_eq!(same.headers["x-made-at"], "09:00:02");
    let aired = json!({ "outcome": "aired" });
    pc.report(json!([outcome(&town, &id, 1, aired)])).await;
    let other = officer.send(Method::GET, &part, &held, "").await;
    assert_eq!(other.status, StatusCode::OK);
    assert!(other.body.contains("Đã phát 1 lần"), "{}", other.body);
}

#[tokio::test]
async fn a_page_has_at_most_sixty_stations_and_says_how_many_more_there_are() {
    let mut town = Town::start().await;
    town.enrolled().await;
    for number in 1..=60 {
        let new = json!({
            "area": town.village.id, "name": format!("Máy {number:02}"), "clusters": [],
        });
        let made = town.admin.post_json("/api/v1/stations", new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    }
    let commune = town.commune.clone();
    let id = ordered(&mut town, &commune).await.unwrap();
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get(&format!("/emergencies/{id}")).await.body;
    assert_eq!(page.matches("href=\"/stations/").count(), 60);
    for said in ["Chưa cài máy: 60", "Chưa nhận được: 1", "và 1 nơi nữa"] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn what_is_closed_does_not_sound_and_what_lies_in_it_is_not_ordered() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (closed, mut other) = other_village(&mut town).await;
    let commune = town.commune.clone();
    let before = ordered(&mut town, &commune).await.unwrap();
    town.server.clock.advance(Duration::from_secs(60));
    close(&town, &closed).await;
    let events = format!("{}/api/v1/station/events", town.server.address);
    let events = reqwest::Client::new().get(events);
    let mut events = events.bearer_auth(other.http.token()).send().await.unwrap();
    town.server.clock.advance(Duration::from_secs(60));
    let id = ordered(&mut town, &commune).await.unwrap();
    assert_eq!((told(&mut pc).await, told(&mut other).await), (2, 1));
    let path = format!("/api/v1/emergencies/{id}");
    let shown = town.officer.get(&path).await.json();
    assert_eq!(shown["stations"].as_array().unwrap().len(), 1);

    let path = format!("/api/v1/emergencies/{before}/cancel");
    town.officer.post_json(&path, json!({})).await;
    let mut said = String::new();
    while said.matches("event: emergency").count() < 2 || !said.ends_with("\n\n") {
        let piece = tokio::time::timeout(Duration::from_secs(30), events.chunk()).await;
        said.push_str(std::str::from_utf8(&piece.unwrap().unwrap().unwrap()).unwrap());
    }
    let words = said.split_inclusive("\n\n");
    let words = words.filter(|event| event.starts_with("event: emergency"));
    let words: Vec<_> = words.map(|event| pushed(event, &other)).collect();
    let heard: Vec<_> = words
        .iter()
        .map(|word| (word.id.as_str(), word.revision))
        .collect();
    assert_eq!(heard, [(before.as_str(), 1), (before.as_str(), 2)]);

    let mut officer = town.server.signed_in("can.bo").await;
    let bulletin = town.approved("Cháy rừng").await;
    let fields = [
        ("bulletin", bulletin.as_str()),
        ("area", town.commune.id.as_str()),
        ("repeats", "1"),
        ("gap", "10"),
        ("holds", "30"),
        ("why", "Cháy rừng"),
        ("step", "look"),
    ];
    let look = officer.post("/emergencies/new", &fields).await.body;
    for said in [
        "tại 1 thôn",
        "Đã ngừng dùng nên sẽ không phát: Thôn Luổng Láo",
    ] {
        assert!(look.contains(said), "{said}: {look}");
    }
    close(&town, &commune).await;
    let village = town.village.clone();
    let refused = ordered(&mut town, &village).await;
    assert_eq!(refused, Err("emergency-area-closed".to_owned()));
}
