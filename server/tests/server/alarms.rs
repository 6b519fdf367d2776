//! What goes wrong at a station is kept with who knows of it, and whoever does not know is named
//! for somebody else to call.

use std::time::Duration;

use loaban_server::alarms::settle;
use programme::units::WallTime;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::town::{Pc, Town};

fn said(faults: &[&str]) -> Value {
    json!({
        "version": "0.1.0", "generation": 1, "clock": "server", "system_clock_error_ms": 3,
        "ready": 1, "wanted": 1, "disk_free_bytes": 9_000_000_000_u64, "output_ok": true,
        "faults": faults, "uptime_ms": 60_000,
    })
}

impl Pc {
    async fn names(&mut self, faults: &[&str]) {
        let kept = self
            .http
            .post_json("/api/v1/station/health", said(faults))
            .await;
        assert_eq!(kept.status, StatusCode::NO_CONTENT, "{}", kept.body);
    }
}

impl Town {
    fn later(&self, minutes: u64) -> WallTime {
        self.server.state.now() + Duration::from_secs(minutes * 60)
    }

    async fn person_named(&mut self, name: &str) -> String {
        let people = self.admin.get("/api/v1/people").await.json();
        let mut people = people.as_array().unwrap().iter();
        let found = people.find(|one| one["name"] == name).unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    /// Minutes pass, in each of which somebody looks; how many alarms begin by that.
    async fn watched(&mut self, minutes: u64) -> u64 {
        let mut begun = 0;
        for _ in 0..minutes {
            self.server.clock.set(self.later(1));
            begun += settle::by_silence(&self.server.state).await.unwrap();
        }
        begun
    }

    /// What the officer's script is told, without when.
    async fn alarms(&mut self) -> Vec<(String, bool)> {
        let mut all = Vec::new();
        for path in ["/api/v1/alarms", "/api/v1/alarms?over=true"] {
            let told = self.officer.get(path).await.json();
            all.extend(told.as_array().unwrap().clone());
        }
        let line = |one: &Value| {
            let about = one["about"].as_str().unwrap().to_owned();
            (about, one["until_ms"].is_null())
        };
        all.iter().map(line).collect()
    }
}

/// What the page says of the alarm with this id, up to the next one.
fn of<'p>(page: &'p str, alarm: &str) -> &'p str {
    let from = page
        .find(alarm)
        .unwrap_or_else(|| panic!("{alarm}: {page}"));
    &page[page[..from].rfind("<li>").unwrap()..]
}

#[tokio::test]
async fn an_alarm_says_who_saw_it_who_was_told_and_whom_to_call() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    pc.names(&["output_lost"]).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let front = head.get("/").await.body;
    assert!(
        front.contains("1 cảnh báo về trạm mà bạn chưa xem"),
        "{front}"
    );
    let nobody = town.officer.get("/api/v1/alarms").await.json();
    assert_eq!(nobody[0]["known"], json!([]), "{nobody}");
    let in_charge = ["Người can.bo", "Người quan.tri", "Người truong.thon"];
    let unknown = nobody[0]["unknown"].as_array().unwrap().iter();
    let unknown: Vec<&str> = unknown.map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(unknown, in_charge, "the secretary is not");

    let page = head.get("/alarms").await.body;
    for said in ["Không mở được đường ra loa", "Người truong.thon đã xem"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(
        !head.get("/").await.body.contains("chưa xem"),
        "it was seen"
    );
    let page = officer.get("/alarms").await.body;
    assert!(page.contains("Người truong.thon đã xem"), "{page}");
    assert!(page.contains("Người quan.tri chưa biết"), "{page}");

    let id = nobody[0]["id"].as_str().unwrap();
    let admin = town.person_named("quan.tri").await;
    let told = format!("/alarms/{id}/told");
    let done = officer.post(&told, &[("person", &admin)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = officer.get("/alarms").await.body;
    let page = of(&page, "Người quan.tri đã được báo");
    assert!(page.contains("(Người can.bo, "), "{page}");
    assert!(!page.contains("chưa biết"), "{page}");
    let trail = town.admin.get("/api/v1/audit").await.body;
    assert!(trail.contains("alarm.tell"), "{trail}");
}

#[tokio::test]
async fn only_who_is_in_charge_is_told_while_an_alarm_goes_on_and_who_saw_it_needs_not_be() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    pc.names(&["output_lost"]).await;
    let mut head = town.server.signed_in("truong.thon").await;
    head.get("/alarms").await;
    let alarms = town.officer.get("/api/v1/alarms").await.json();
    let told = format!("/api/v1/alarms/{}/told", alarms[0]["id"].as_str().unwrap());
    for (name, status) in [
        ("truong.thon", StatusCode::NO_CONTENT),
        ("bi.thu", StatusCode::NOT_FOUND),
    ] {
        let person = json!({ "person": town.person_named(name).await });
        let answer = town.officer.post_json(&told, person).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
    }
    let alarms = town.officer.get("/api/v1/alarms").await.json();
    let known = alarms[0]["known"].as_array().unwrap();
    assert_eq!(known.len(), 1, "{alarms}");
    assert_eq!(known[0]["told_by"], Value::Null, "the head saw it");

    pc.names(&[]).await;
    let person = json!({ "person": town.person_named("quan.tri").await });
    let late = town.officer.post_json(&told, person).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    let closed = town.server.signed_in("bi.thu").await.get("/alarms").await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN, "{}", closed.body);
}

#[tokio::test]
async fn an_alarm_goes_on_until_the_station_no_longer_names_it_and_is_one_however_often_said() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    for _ in 0..2 {
        pc.names(&["amplifier", "horn_stolen"]).await;
    }
    let endless = "x".repeat(65);
    pc.names(&["amplifier", "horn_stolen", &endless, "away"])
        .await;
    let going_on = [("amplifier", true), ("horn_stolen", true)];
    let mut alarms = town.alarms().await;
    alarms.sort();
    assert_eq!(alarms, going_on.map(|(about, on)| (about.to_owned(), on)));

    town.server.clock.set(town.later(5));
    pc.names(&["horn_stolen"]).await;
    let now = [("horn_stolen", true), ("amplifier", false)];
    assert_eq!(
        town.alarms().await,
        now.map(|(about, on)| (about.to_owned(), on))
    );
    town.server.clock.set(town.later(5));
    pc.names(&["amplifier"]).await;
    let again = town.alarms().await;
    let going_on: Vec<_> = again.iter().filter(|(_, on)| *on).collect();
    assert_eq!(going_on, [&("amplifier".to_owned(), true)], "it began anew");
    assert_eq!(again.len(), 3, "and what was is on record: {again:?}");

    // What was over within five minutes, as an unknown time after a start, is no news.
    pc.names(&["amplifier", "clock_unknown"]).await;
    town.server.clock.set(town.later(4));
    pc.names(&["amplifier"]).await;
    assert_eq!(town.alarms().await, again);
    let page = town.server.signed_in("can.bo").await.get("/alarms").await;
    assert!(page.body.contains("Khi đó không ai biết"), "{}", page.body);

    town.server.clock.set(town.later(31 * 24 * 60));
    pc.names(&[]).await;
    let late = town.alarms().await;
    assert_eq!(
        late,
        [("amplifier".to_owned(), false)],
        "the rest is long over"
    );
    for pruned in [3, 0] {
        assert_eq!(settle::prune(&town.server.state).await.unwrap(), pruned);
    }
    assert_eq!(town.alarms().await, late);
}

#[tokio::test]
async fn a_station_that_says_nothing_any_more_is_an_alarm_until_it_comes_again() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    pc.names(&[]).await;
    let last = town.server.state.now();
    assert_eq!(town.watched(9).await, 0);
    // Nobody looked for an hour: the station may have been there.
    town.server.clock.set(town.later(60));
    assert_eq!(town.watched(10).await, 0, "the server itself was away");
    assert_eq!(town.watched(2).await, 1, "once");
    let told = town.officer.get("/api/v1/alarms").await.json();
    assert_eq!(told[0]["about"], "away", "{told}");
    assert_eq!(
        told[0]["since_ms"],
        json!(last.as_millis()),
        "since its last word"
    );
    let page = town.server.signed_in("can.bo").await.get("/alarms").await;
    assert!(page.body.contains("Trạm mất kết nối"), "{}", page.body);

    pc.programme(0).await;
    town.watched(1).await;
    assert_eq!(town.alarms().await, [("away".to_owned(), false)]);
}

#[tokio::test]
async fn a_province_is_not_called_and_a_closed_village_no_longer_alarms_anybody() {
    let mut town = Town::start().await;
    let (commune, village) = (town.commune.clone(), town.village.clone());
    let quarter = town.server.area("Tổ 1", "quarter", Some(&village)).await;
    let province = town.server.area("Tỉnh", "province", None).await;
    let moved = "UPDATE areas SET parent_id = $1 WHERE id = $2";
    let mut write = town.server.state.database.write().await.unwrap();
    sqlx::query(moved)
        .bind(province.id.as_str())
        .bind(commune.id.as_str())
        .execute(&mut *write)
        .await
        .unwrap();
    for (below, distance) in [(&commune, 1_i64), (&village, 2), (&quarter, 3)] {
        sqlx::query("INSERT INTO area_lines (area_id, above_id, distance) VALUES ($1, $2, $3)")
            .bind(below.id.as_str())
            .bind(province.id.as_str())
            .bind(distance)
            .execute(&mut *write)
            .await
            .unwrap();
    }
    sqlx::query("UPDATE stations SET area_id = $1")
        .bind(quarter.id.as_str())
        .execute(&mut *write)
        .await
        .unwrap();
    write.commit().await.unwrap();
    let who = loaban_server::people::rights::Role::Admin;
    town.server.person("tinh", who, &province).await;
    let mut pc = town.enrolled().await;
    pc.names(&["output_lost"]).await;
    let told = town.officer.get("/api/v1/alarms").await.json();
    let unknown = told[0]["unknown"].as_array().unwrap().iter();
    let unknown: Vec<&str> = unknown.map(|one| one["name"].as_str().unwrap()).collect();
    let near = ["Người can.bo", "Người quan.tri", "Người truong.thon"];
    assert_eq!(unknown, near, "the commune, over two steps, and no wider");

    town.watched(6).await;
    let path = format!("/api/v1/areas/{}/closed", quarter.id);
    let closed = town
        .admin
        .send(reqwest::Method::PUT, &path, &[], String::new())
        .await;
    assert!(closed.status.is_success(), "{}", closed.body);
    assert_eq!(town.watched(13).await, 0, "nobody waits for its PC");
    assert_eq!(town.alarms().await, [("output_lost".to_owned(), false)]);
}
