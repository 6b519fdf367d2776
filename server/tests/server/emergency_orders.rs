//! Who orders emergencies: with a right and a PIN, and each form once.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::emergencies::{PIN, held, order, ordered, ready, set_pin};
use crate::town::problem;

#[tokio::test]
async fn wrong_pins_sound_nothing_and_after_five_even_the_right_one_waits() {
    let (mut town, mut pc, bulletin) = ready().await;
    let right = order(&town, &bulletin);
    let mut wrong = right.clone();
    wrong["pin"] = json!("1590");
    for _ in 0..5 {
        let refused = town
            .officer
            .post_json("/api/v1/emergencies", wrong.clone())
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem(&refused), "pin-wrong");
    }
    let refused = town
        .officer
        .post_json("/api/v1/emergencies", right.clone())
        .await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(problem(&refused), "pin-too-many");
    assert_eq!(held(&mut pc).await.0, []);
    town.server.clock.advance(Duration::from_secs(901));
    ordered(&mut town, right).await;
    let trail = town.officer.get("/api/v1/audit").await.body;
    assert!(trail.contains("emergency.order") && trail.contains("person.pin"));
    assert!(!trail.contains(PIN) && !trail.contains("1590"), "{trail}");
}

#[tokio::test]
async fn after_five_wrong_pins_the_password_sets_another_and_the_trail_says_once_what_happened() {
    let (mut town, _pc, bulletin) = ready().await;
    let right = order(&town, &bulletin);
    let mut wrong = right.clone();
    wrong["pin"] = json!("1590");
    for _ in 0..7 {
        let new = wrong.clone();
        town.officer.post_json("/api/v1/emergencies", new).await;
    }
    let trail = town.admin.get("/api/v1/audit").await.body;
    assert_eq!(trail.matches("person.pin_refused").count(), 1, "{trail}");
    set_pin(&mut town.officer).await;
    ordered(&mut town, right).await;

    let guess = json!({ "password": "không phải", "pin": "2580" }).to_string();
    let json = [("content-type", "application/json")];
    let mut last = StatusCode::OK;
    for _ in 0..6 {
        let (method, path) = (Method::PUT, "/api/v1/me/pin");
        let tried = town.officer.send(method, path, &json, guess.clone()).await;
        last = tried.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "passwords are counted");
}

#[tokio::test]
async fn the_same_form_sent_twice_at_once_orders_one_emergency() {
    let (town, _pc, bulletin) = ready().await;
    let mut new = order(&town, &bulletin);
    new["request_key"] = json!("once");
    let (mut one, mut other) = (
        town.server.script(town.officer.token()),
        town.server.script(town.officer.token()),
    );
    let (first, second) = tokio::join!(
        one.post_json("/api/v1/emergencies", new.clone()),
        other.post_json("/api/v1/emergencies", new.clone()),
    );
    assert_eq!(first.json()["id"], second.json()["id"], "{}", second.body);
    let listed = one.get("/api/v1/emergencies").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_used_request_key_orders_nothing_else_and_nothing_that_is_over_and_says_so() {
    let (mut town, mut pc, bulletin) = ready().await;
    let mut first = order(&town, &bulletin);
    first["request_key"] = json!("once");
    let id = ordered(&mut town, first.clone()).await;
    let other = town.approved("Tin khác").await;
    for (field, value) in [
        ("bulletin", json!(other)),
        ("areas", json!([town.village.id])),
        ("repeats", json!(null)),
        ("gap_ms", json!(30_000)),
        ("holds_ms", json!(3_600_000)),
        ("why", json!("Cháy rừng")),
        ("drill", json!(false)),
    ] {
        let mut new = first.clone();
        new[field] = value;
        let refused = town.officer.post_json("/api/v1/emergencies", new).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{field}");
        assert_eq!(problem(&refused), "emergency-form-changed", "{field}");
    }
    let mut twice = first.clone();
    twice["areas"] = json!([town.commune.id, town.commune.id]);
    assert_eq!(ordered(&mut town, twice).await, id, "the same place");
    let path = format!("/api/v1/emergencies/{id}/cancel");
    town.officer.post_json(&path, json!({})).await;
    let refused = town.officer.post_json("/api/v1/emergencies", first.clone());
    assert_eq!(problem(&refused.await), "emergency-form-over");
    assert_eq!(held(&mut pc).await.0.len(), 1);
    first["request_key"] = json!("twice");
    assert_ne!(ordered(&mut town, first).await, id);
}

#[tokio::test]
async fn officers_and_administrators_order_emergencies_and_nobody_else() {
    let (mut town, _pc, bulletin) = ready().await;
    let mut here = order(&town, &bulletin);
    here["areas"] = json!([town.village.id]);
    for who in [&mut town.secretary, &mut town.head] {
        set_pin(who).await;
        let refused = who.post_json("/api/v1/emergencies", here.clone()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    }
    let unset = town.admin.post_json("/api/v1/emergencies", here.clone());
    assert_eq!(problem(&unset.await), "pin-not-set");
    set_pin(&mut town.admin).await;
    let placed = town.admin.post_json("/api/v1/emergencies", here).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let id = placed.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/emergencies/{id}");
    assert_eq!(town.head.get(&path).await.status, StatusCode::OK);
    for (name, status) in [
        ("truong.thon", StatusCode::FORBIDDEN),
        ("can.bo", StatusCode::OK),
    ] {
        let mut browser = town.server.signed_in(name).await;
        assert_eq!(browser.get("/emergencies/new").await.status, status);
        let page = browser.get(&format!("/emergencies/{id}")).await.body;
        assert_eq!(page.contains("/cancel\""), status == StatusCode::OK);
    }
}
