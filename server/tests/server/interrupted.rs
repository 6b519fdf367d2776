//! Of a broadcast of several bulletins that was cut, what was heard whole needs nobody.

use std::time::Duration;

use programme::day_plan::PAUSE;
use programme::programme::Programme;
use reqwest::StatusCode;
use serde_json::json;

use crate::as_run::cut;
use crate::phone::{record, sample};
use crate::town::Town;

/// The announcements of one broadcast, in its order.
const TITLES: [&str; 3] = ["Kích hoạt VNeID", "Họp thôn", "Tiêm chủng"];

/// A bulletin of the village with a sound of its own.
async fn approved(town: &mut Town, title: &str, sound: &str) -> String {
    let new = json!({
        "area_id": town.village.id, "title": title, "class": "ordinary",
        "valid_until_day": "2026-12-31",
    });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let said = [("bulletin", id.as_str()), ("language", "vi")];
    record(&mut town.secretary, &sample(sound), &said).await;
    town.step(&id, "submit", "").await;
    town.step(&id, "approve", "").await;
    id
}

/// What the head's front page offers to order again where the power went at `at` on the way
/// through the three announcements.
async fn offered_after(at: impl Fn(Duration, [Duration; 3]) -> Duration) -> Vec<&'static str> {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let ids = [
        approved(&mut town, TITLES[0], "vneid.vi.m4a").await,
        approved(&mut town, TITLES[1], "village-meeting.vi.m4a").await,
        approved(&mut town, TITLES[2], "vssid.vi.mp3").await,
    ];
    let order = json!({
        "bulletins": ids, "areas": [town.village.id], "repeats": 2, "gap_ms": 30_000,
        "rule": { "kind": "once", "at": "2026-11-23T17:00" },
    });
    let placed = town.head.post_json("/api/v1/broadcasts", order).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let broadcast = placed.json()["id"].clone();
    let cue = json!(format!("{}@2026-11-23T17:00", broadcast.as_str().unwrap()));
    let programme: Programme = pc.programme(0).await;
    let chime = programme.chime.clone().unwrap();
    let sounds = ids.map(|id| {
        let bulletin = &programme.bulletins[&id.parse().unwrap()];
        bulletin.recordings[0].sound.clone()
    });
    let lasting = [&sounds[0], &sounds[1], &sounds[2]].map(|sound| sound.duration);
    let position = u64::try_from(at(chime.duration, lasting).as_millis()).unwrap();
    town.server.clock.set(town.today(17, 10));
    let mut lines = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    let once = sounds.iter().map(|sound| sound.hash);
    let content: Vec<_> = [chime.hash]
        .into_iter()
        .chain(once.clone())
        .chain(once)
        .collect();
    lines[0]["content"] = json!(content);
    lines[0]["duration_ms"] = json!(600_000);
    lines[1]["position_ms"] = json!(position);
    lines[2]["position_ms"] = json!(position);
    pc.report(json!(lines)).await;
    let front = town
        .server
        .signed_in("truong.thon")
        .await
        .get("/")
        .await
        .body;
    let offered = |title: &&str| front.contains(&format!("<strong>{title}</strong>"));
    TITLES.into_iter().filter(offered).collect()
}

#[tokio::test]
async fn of_a_broadcast_that_was_cut_in_its_second_bulletin_the_first_is_not_offered_again() {
    let second =
        |chime, [first, ..]: [Duration; 3]| chime + PAUSE + first + PAUSE + Duration::from_secs(2);
    assert_eq!(offered_after(second).await, TITLES[1..]);
}

#[tokio::test]
async fn what_was_cut_before_its_end_is_offered_again_with_all_behind_it() {
    let first = |chime, [first, ..]: [Duration; 3]| chime + PAUSE + first - Duration::from_secs(1);
    assert_eq!(offered_after(first).await, TITLES);
}

#[tokio::test]
async fn what_was_cut_while_it_was_repeated_was_heard() {
    let repeated = |chime, [first, second, third]: [Duration; 3]| {
        chime + PAUSE + first + PAUSE + second + PAUSE + third + Duration::from_secs(10)
    };
    assert_eq!(offered_after(repeated).await, [""; 0]);
}
