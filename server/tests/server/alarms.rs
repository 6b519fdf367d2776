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

    /// What the officer's script is told, without when.
    async fn alarms(&mut self) -> Vec<(String, bool)> {
        let all = self.officer.get("/api/v1/alarms").await.json();
        let all = all.as_array().unwrap().iter();
        let line = |one: &Value| {
            let about = one["about"].as_str().unwrap().to_owned();
            (about, one["until_ms"].is_null())
        };
        all.map(line).collect()
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
    for said in ["Không mở được đường ra loa", "Chưa ai biết"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(
        !head.get("/").await.body.contains("chưa xem"),
        "it was seen"
    );
    let page = officer.get("/alarms").await.body;
    assert!(page.contains("Người truong.thon đã xem"), "{page}");
    assert!(page.contains("Người quan.tri chưa biết"), "{page}");

    let id = nobody[0]["id"].as_str().unwrap().to_owned();
    let admin = town.admin.get("/api/v1/people").await.json();
    let all = admin.as_array().unwrap().iter();
    let named = |name: &str| all.clone().find(|one| one["name"] == name).unwrap();
    let (admin, secretary) = (&named("quan.tri")["id"], &named("bi.thu")["id"]);
    let told = format!("/alarms/{id}/told");
    let done = officer
        .post(&told, &[("person", admin.as_str().unwrap())])
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = officer.get("/alarms").await.body;
    let page = of(&page, "Người quan.tri đã được báo");
    assert!(page.contains("(Người can.bo, "), "{page}");
    assert!(!page.contains("chưa biết"), "{page}");
    let trail = town.admin.get("/api/v1/audit").await.body;
    assert!(trail.contains("alarm.tell"), "{trail}");

    let told = format!("/api/v1{told}");
    let head = &named("truong.thon")["id"];
    let done = town
        .officer
        .post_json(&told, json!({ "person": head }))
        .await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    let all = town.officer.get("/api/v1/alarms").await.json();
    let first = &all[0]["known"][0];
    assert_eq!(
        first["told_by"],
        Value::Null,
        "who saw it needs not be told"
    );

    // Who is not in charge is not told in their name, and does not read it.
    let to_secretary = json!({ "person": secretary });
    let other = town.officer.post_json(&told, to_secretary).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.body);
    let mut secretary = town.server.signed_in("bi.thu").await;
    let closed = secretary.get("/alarms").await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN, "{}", closed.body);
}

#[tokio::test]
async fn an_alarm_goes_on_until_the_station_no_longer_names_it_and_is_one_however_often_said() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    for _ in 0..2 {
        pc.names(&["amplifier", "horn_stolen"]).await;
    }
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
}

#[tokio::test]
async fn a_station_that_says_nothing_any_more_is_an_alarm_until_it_comes_again() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    pc.names(&[]).await;
    let last = town.server.state.now();
    town.server.clock.set(town.later(9));
    assert_eq!(settle::by_silence(&town.server.state).await.unwrap(), 0);
    town.server.clock.set(town.later(2));
    for begun in [1, 0] {
        assert_eq!(settle::by_silence(&town.server.state).await.unwrap(), begun);
    }
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
    settle::by_silence(&town.server.state).await.unwrap();
    assert_eq!(town.alarms().await, [("away".to_owned(), false)]);
}
