//! What scripts change of villages and their PCs: names, clusters, loudness, and their end.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Browser, MORNING};
use crate::town::Town;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

async fn put(script: &mut Browser, path: &str, body: Value) -> Answer {
    let path = format!("/api/v1/{path}");
    script
        .send(Method::PUT, &path, &JSON, body.to_string())
        .await
}

async fn no_body(script: &mut Browser, method: Method, path: &str) -> StatusCode {
    let path = format!("/api/v1/{path}");
    script.send(method, &path, &[], String::new()).await.status
}

/// How often something was done, by the audit trail.
async fn times(town: &mut Town, verb: &str) -> usize {
    let entries = town.admin.get("/api/v1/audit").await.json();
    let entries = entries.as_array().unwrap().iter();
    entries.filter(|entry| entry["verb"] == verb).count()
}

#[tokio::test]
async fn a_script_says_what_a_station_is_called_and_feeds_and_leaves_its_loudness() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let station = format!("stations/{}", town.station["id"].as_str().unwrap());
    let loudness = format!("{station}/loudness");
    let quiet = json!({ "volume_db": -10, "class_volume_db": { "emergency": 6, "ordinary": 0 } });
    let set = put(&mut town.head, &loudness, quiet).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    assert_eq!(set.json()["class_volume_db"], json!({ "emergency": 6.0 }));

    let says = json!({ "name": " Máy ở chợ ", "clusters": ["Chợ", "Trường học"] });
    let changed = put(&mut town.admin, &station, says.clone()).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let whole = changed.json();
    assert_eq!(whole["name"], "Máy ở chợ");
    assert_eq!(whole["clusters"], says["clusters"]);
    assert_eq!(whole["volume_db"], -10.0);
    // What it hears of the next programme is what was set, and nobody has to publish.
    let programme = pc.programme(0).await;
    assert_eq!(programme.volume_db.0, -10.0);
    assert_eq!(
        json!(programme.class_volume_db),
        json!({ "emergency": 6.0 })
    );

    let refused = put(&mut town.head, &station, says).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let (unreadable, wrong) = (StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY);
    for (says, status) in [
        (json!({ "volume_db": 3 }), wrong),
        (json!({ "volume_db": -31 }), wrong),
        (
            json!({ "volume_db": 0, "class_volume_db": { "emergency": 7 } }),
            wrong,
        ),
        (
            json!({ "volume_db": 0, "class_volume_db": { "festive": 1 } }),
            unreadable,
        ),
        (json!({ "class_volume_db": {} }), unreadable),
    ] {
        let refused = put(&mut town.head, &loudness, says).await;
        assert_eq!(refused.status, status, "{}", refused.body);
    }
    assert_eq!(times(&mut town, "station.change").await, 2);
}

#[tokio::test]
async fn a_script_closes_a_station_once_and_for_good() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let station = format!("stations/{}", town.station["id"].as_str().unwrap());
    let closed = format!("{station}/closed");
    for _ in 0..2 {
        let done = no_body(&mut town.admin, Method::PUT, &closed).await;
        assert_eq!(done, StatusCode::NO_CONTENT);
        town.server.clock.advance(Duration::from_secs(60));
    }
    let shown = town.admin.get(&format!("/api/v1/{station}")).await.json();
    assert_eq!(shown["closed_at_ms"], MORNING);
    let asks = pc.http.get("/api/v1/station/programme").await;
    assert_eq!(asks.status, StatusCode::UNAUTHORIZED);
    assert_eq!(times(&mut town, "station.close").await, 1);
}

#[tokio::test]
async fn a_script_closes_a_village_and_opens_it_again_and_sees_which_are_closed() {
    let mut town = Town::start().await;
    let (commune, village) = (
        format!("areas/{}", town.commune.id),
        format!("areas/{}", town.village.id),
    );
    let shown = town.admin.get(&format!("/api/v1/{village}")).await.json();
    assert_eq!(shown["closed_at_ms"], Value::Null);

    let closed = format!("{commune}/closed");
    for _ in 0..2 {
        let done = no_body(&mut town.admin, Method::PUT, &closed).await;
        assert_eq!(done, StatusCode::NO_CONTENT);
        town.server.clock.advance(Duration::from_secs(60));
    }
    let since = json!(MORNING);
    let lines = town.admin.get("/api/v1/areas").await.json();
    let of = |id: &str| {
        let mut lines = lines.as_array().unwrap().iter();
        lines.find(|line| line["id"] == id).unwrap()["closed_at_ms"].clone()
    };
    assert_eq!(of(town.commune.id.as_str()), since);
    assert_eq!(of(town.village.id.as_str()), Value::Null);
    // The village is not closed itself, and nothing can be planned for it all the same.
    let shown = town.admin.get(&format!("/api/v1/{village}")).await.json();
    assert_eq!(shown["closed_at_ms"], Value::Null);
    assert_eq!(shown["within_closed_at_ms"], since);

    let done = no_body(&mut town.admin, Method::DELETE, &closed).await;
    assert_eq!(done, StatusCode::NO_CONTENT);
    let shown = town.admin.get(&format!("/api/v1/{village}")).await.json();
    assert_eq!(shown["within_closed_at_ms"], Value::Null);
    for verb in ["area.close", "area.reopen"] {
        assert_eq!(times(&mut town, verb).await, 1, "{verb}");
    }
}
