//! Emergencies: ordered with a PIN, signed, pushed to whom they concern, cancelled, and on record.

use std::time::Duration;

use loaban_server::State;
use loaban_server::clock::{Clock, Randomness};
use loaban_server::emergencies::place;
use programme::emergency::Emergency;
use programme::signed::{Envelope, Verified};
use programme::wire::{EMERGENCIES, EmergencyList};
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Browser, PASSWORD};
use crate::town::{Pc, Town, problem};

/// The PIN that [`set_pin`] sets.
pub const PIN: &str = "2580";
const OTHER_PC: &str = "jou_zzzzzzzzzzzzzzzz";

/// Sets the PIN of whoever holds `script`.
pub async fn set_pin(script: &mut Browser) {
    let json = [("content-type", "application/json")];
    let body = json!({ "password": PASSWORD, "pin": PIN }).to_string();
    let set = script
        .send(Method::PUT, "/api/v1/me/pin", &json, body)
        .await;
    assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.body);
}

/// The order for the whole commune, as a script sends it.
pub fn order(town: &Town, bulletin: &str) -> Value {
    json!({
        "bulletin": bulletin, "areas": [town.commune.id], "why": "Lũ ống", "pin": PIN,
        "drill": true,
    })
}

/// A town whose officer has a PIN, a PC of its village, and an approved bulletin.
pub async fn ready() -> (Town, Pc, String) {
    let mut town = Town::start().await;
    set_pin(&mut town.officer).await;
    let pc = town.enrolled().await;
    let bulletin = town.approved("Lũ ống: lên nhà văn hoá").await;
    (town, pc, bulletin)
}

pub async fn ordered(town: &mut Town, order: Value) -> String {
    let answer = town.officer.post_json("/api/v1/emergencies", order).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// What a station holds once it has asked, each as it accepts it.
pub async fn held(pc: &mut Pc) -> (Vec<Emergency>, String) {
    let answer = pc.http.get("/api/v1/station/emergencies").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let list: EmergencyList = serde_json::from_str(&answer.body).unwrap();
    let open = |envelope: &Envelope| accepted(envelope, pc);
    let emergencies = list.emergencies.iter().map(open).collect();
    (
        emergencies,
        answer.headers[ETAG].to_str().unwrap().to_owned(),
    )
}

pub fn accepted(envelope: &Envelope, pc: &Pc) -> Emergency {
    let verified = Verified::<Emergency>::open(envelope, &pc.key);
    verified.unwrap().get().clone()
}

/// The station's stream, and what it says next.
pub async fn stream(town: &Town, pc: &Pc) -> reqwest::Response {
    let url = format!("{}/api/v1/station/events", town.server.address);
    let request = reqwest::Client::new().get(url).bearer_auth(pc.http.token());
    request.send().await.unwrap()
}

/// Events until the network pauses after a whole one; a blank line ends each.
pub async fn next(stream: &mut reqwest::Response) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\n\n") {
        let piece = tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await;
        read.extend(piece.expect("an event within 30 seconds").unwrap().unwrap());
    }
    String::from_utf8(read).unwrap()
}

pub fn pushed(event: &str, pc: &Pc) -> Emergency {
    let data = event.strip_prefix("event: emergency\ndata: ").unwrap();
    let envelope: Envelope = serde_json::from_str(data.trim_end()).unwrap();
    accepted(&envelope, pc)
}

#[tokio::test]
async fn an_order_is_pushed_listed_and_named_by_every_poll_and_its_recordings_are_given_out() {
    let (mut town, mut pc, bulletin) = ready().await;
    let etag = pc.etag().await;
    let before = pc.holding(&etag).await;
    assert_eq!(before.status, StatusCode::NOT_MODIFIED);
    let mut events = stream(&town, &pc).await;
    assert!(next(&mut events).await.starts_with("event: programme"));
    let wanted = order(&town, &bulletin);
    let id = ordered(&mut town, wanted).await;
    let word = pushed(&next(&mut events).await, &pc);
    assert_eq!((word.id.as_str(), word.revision), (id.as_str(), 1));
    assert_eq!(word.areas, [town.commune.id.clone()]);
    assert_eq!(word.repeats, Some(3));
    assert_eq!(word.issued_at, town.server.state.now());
    assert_eq!(
        word.expires_at,
        word.issued_at + Duration::from_secs(2 * 3_600)
    );
    assert_eq!(
        (word.order.by.as_str(), word.order.why.as_str()),
        ("Người can.bo", "Lũ ống")
    );
    assert!(word.order.drill && !word.cancelled);

    let (list, tag) = held(&mut pc).await;
    assert_eq!(list, std::slice::from_ref(&word));
    let unchanged = pc.holding(&etag).await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    assert_eq!(unchanged.headers[EMERGENCIES], tag.as_str());
    assert_ne!(
        before.headers[EMERGENCIES], unchanged.headers[EMERGENCIES],
        "a poll tells that there is something to ask for"
    );
    let again = [(IF_NONE_MATCH.as_str(), tag.as_str())];
    let path = "/api/v1/station/emergencies";
    let again = pc.http.send(Method::GET, path, &again, "").await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    let hash = word.content.recordings[0].sound.hash;
    let path = format!("/api/v1/station/recordings/{hash}");
    assert_eq!(
        programme::ids::ContentHash::of(&pc.http.bytes(&path).await),
        hash
    );
    let mut late = stream(&town, &pc).await;
    assert_eq!(
        pushed(
            next(&mut late)
                .await
                .split_inclusive("\n\n")
                .next()
                .unwrap(),
            &pc
        ),
        word
    );
}

#[tokio::test]
async fn a_village_that_it_does_not_concern_hears_nothing_of_it() {
    let (mut town, mut pc, bulletin) = ready().await;
    let other = town
        .server
        .area("Thôn Luổng Láo", "village", Some(&town.commune))
        .await;
    let new = json!({ "area": other.id, "name": "Máy khác", "clusters": [] });
    town.station = town.admin.post_json("/api/v1/stations", new).await.json();
    let code = town.code().await;
    let enrolled = town.show_code(&code, OTHER_PC).await;
    let mut elsewhere = town.pc(&enrolled);
    let mut events = stream(&town, &elsewhere).await;
    next(&mut events).await;

    let mut near = order(&town, &bulletin);
    near["areas"] = json!([town.village.id]);
    let id = ordered(&mut town, near).await;
    let (list, _) = held(&mut elsewhere).await;
    assert_eq!(list, []);
    let hash = held(&mut pc).await.0[0].content.recordings[0].sound.hash;
    let path = format!("/api/v1/station/recordings/{hash}");
    let refused = elsewhere.http.get(&path).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let wide = order(&town, &bulletin);
    let wide = ordered(&mut town, wide).await;
    assert_ne!(wide, id);
    let first = pushed(&next(&mut events).await, &elsewhere);
    assert_eq!(first.id.as_str(), wide, "only the second one concerns it");
}

#[tokio::test]
async fn the_word_that_it_is_over_is_pushed_and_told_until_it_expires() {
    let (mut town, mut pc, bulletin) = ready().await;
    let wanted = order(&town, &bulletin);
    let id = ordered(&mut town, wanted).await;
    let path = format!("/api/v1/emergencies/{id}/cancel");
    for who in [&mut town.head, &mut town.secretary] {
        let refused = who.post_json(&path, json!({})).await;
        assert!(refused.status.is_client_error(), "{}", refused.body);
    }
    assert!(!held(&mut pc).await.0[0].cancelled);
    let mut events = stream(&town, &pc).await;
    let mut said = next(&mut events).await;
    while !said.contains("event: programme") {
        said = next(&mut events).await;
    }
    for _ in 0..2 {
        let done = town.officer.post_json(&path, json!({})).await;
        assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    }
    let word = pushed(&next(&mut events).await, &pc);
    assert_eq!((word.revision, word.cancelled), (2, true));
    assert_eq!(held(&mut pc).await.0, [word]);
    town.server.clock.advance(Duration::from_secs(2 * 3_600));
    assert_eq!(held(&mut pc).await.0, []);
}

#[tokio::test]
async fn what_cannot_sound_is_refused_with_the_sentence_what_to_do() {
    let (mut town, mut pc, bulletin) = ready().await;
    let closed = town
        .server
        .area("Thôn Cũ", "village", Some(&town.commune))
        .await;
    let author = loaban_server::audit::Author::server();
    let empty = town
        .server
        .area("Thôn Mới", "village", Some(&town.commune))
        .await;
    loaban_server::areas::tree::set_closed(&town.server.state, &author, &closed, true)
        .await
        .unwrap();
    for (field, value, expected) in [
        ("areas", json!([]), "emergency-needs-area"),
        ("areas", json!([closed.id]), "emergency-area-closed"),
        ("areas", json!([empty.id]), "emergency-no-station"),
        ("repeats", json!(0), "emergency-repeats"),
        ("gap_ms", json!(1_000), "emergency-gap"),
        ("gap_ms", json!(601_000), "emergency-gap"),
        ("holds_ms", json!(90_000_000), "emergency-holds"),
        ("why", json!(" "), "emergency-needs-reason"),
    ] {
        let mut new = order(&town, &bulletin);
        new[field] = value;
        let refused = town.officer.post_json("/api/v1/emergencies", new).await;
        assert_eq!(problem(&refused), expected);
    }
    let day = Duration::from_secs(24 * 3_600);
    town.server.clock.advance(day * 60);
    let late = order(&town, &bulletin);
    let refused = town.officer.post_json("/api/v1/emergencies", late).await;
    assert_eq!(problem(&refused), "emergency-bulletin-expired");
    assert_eq!(held(&mut pc).await.0, []);
}

#[tokio::test]
async fn withdrawing_the_bulletin_ends_its_emergency_and_no_other_is_ordered_with_it() {
    let (mut town, mut pc, bulletin) = ready().await;
    let new = order(&town, &bulletin);
    ordered(&mut town, new.clone()).await;
    let path = format!("/api/v1/bulletins/{bulletin}");
    let version = town.officer.get(&path).await.json()["version"].clone();
    let seen = json!({ "version": version, "reason": "sai" });
    let path = format!("{path}/withdraw");
    let done = town.officer.post_json(&path, seen).await;
    assert!(done.status.is_success(), "{}", done.body);
    let list = held(&mut pc).await.0;
    assert_eq!((list[0].revision, list[0].cancelled), (2, true));
    let refused = town.officer.post_json("/api/v1/emergencies", new).await;
    assert_eq!(problem(&refused), "emergency-bulletin-not-approved");
}

#[tokio::test]
async fn a_database_that_was_put_back_revives_nothing_that_was_cancelled_since() {
    let (mut town, mut pc, bulletin) = ready().await;
    let new = order(&town, &bulletin);
    let id = ordered(&mut town, new).await;
    let state = town.server.state.clone();
    let mut write = state.database.write().await.unwrap();
    let ended = place::end_restored(&state, &mut write).await.unwrap();
    assert_eq!(place::end_restored(&state, &mut write).await.unwrap(), 0);
    write.commit().await.unwrap();
    assert_eq!(ended, 1);
    let word = held(&mut pc).await.0.remove(0);
    assert!(word.cancelled && word.revision > 1_000, "{}", word.revision);
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get(&format!("/emergencies/{id}")).await.body;
    assert!(page.contains("khi máy chủ được khôi phục"), "{page}");
}

#[tokio::test]
async fn what_another_replica_was_told_is_pushed_here_although_nobody_heard_it_announced() {
    let (town, pc, bulletin) = ready().await;
    let mut events = stream(&town, &pc).await;
    next(&mut events).await;
    let config = town.server.state.config.clone();
    let clock = Clock::Set(town.server.clock.clone());
    let replica = State::open(config, clock, Randomness::seeded(7))
        .await
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://{}/api/v1/emergencies",
        listener.local_addr().unwrap()
    );
    tokio::spawn(loaban_server::serve(listener, replica));
    let asked = reqwest::Client::new()
        .post(url)
        .bearer_auth(town.officer.token())
        .header("content-type", "application/json")
        .body(order(&town, &bulletin).to_string());
    assert_eq!(asked.send().await.unwrap().status(), StatusCode::CREATED);
    let word = pushed(&next(&mut events).await, &pc);
    assert_eq!(word.bulletin.as_str(), bulletin);
}
