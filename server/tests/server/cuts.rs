//! Trimming by hand, and hearing beforehand what a village will hear.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::phone::{outcome, record, sample};
use crate::support::Browser;
use crate::town::{Town, problem};

/// A draft of the village with a Vietnamese recording: the names of both.
async fn recorded(town: &mut Town) -> (String, Value) {
    let new = json!({ "area_id": town.village.id, "title": "Họp thôn", "class": "priority",
        "valid_until_day": "2026-12-31" });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let bulletin = made.json()["id"].as_str().unwrap().to_owned();
    let said = [("bulletin", bulletin.as_str()), ("language", "vi")];
    let recording = record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await;
    (bulletin, recording)
}

/// The recording that speaks for a bulletin.
async fn speaks(who: &mut Browser, bulletin: &str) -> Value {
    let bulletin = who.get(&format!("/api/v1/bulletins/{bulletin}")).await;
    bulletin.json()["recordings"][0]["recording_id"].clone()
}

fn api(recording: &Value) -> String {
    format!("/api/v1/recordings/{}", recording["id"].as_str().unwrap())
}

fn length(recording: &Value) -> u64 {
    recording["sound"]["duration_ms"].as_u64().unwrap()
}

#[tokio::test]
async fn a_part_takes_the_place_of_the_whole_and_the_whole_can_come_back() {
    let mut town = Town::start().await;
    let (bulletin, whole) = recorded(&mut town).await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let place = format!("/recordings/{}", whole["id"].as_str().unwrap());
    let page = secretary.get(&place).await.body;
    for said in ["Cắt lấy đoạn này", "Như sẽ nghe ở loa", "class=priority"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(
        !page.contains("đúng bản ghi này"),
        "a draft takes it: {page}"
    );
    let typed = [("from", "1,5"), ("until", "4.5")];
    let sent = secretary.post(&format!("{place}/cut"), &typed).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let cut = sent.location().split('?').next().unwrap().to_owned();
    let twice = secretary.post(&format!("{place}/cut"), &typed).await;
    assert!(twice.location().starts_with(&cut), "one part, not two");
    let part = outcome(&mut town.secretary, &format!("/api/v1{cut}")).await;
    assert_eq!(part["state"], "ready", "{part}");
    assert!(length(&part).abs_diff(3_000) <= 10, "{part}");
    assert_ne!(part["sound"]["hash"], whole["sound"]["hash"]);
    assert_eq!(part["original_hash"], whole["original_hash"], "{part}");
    assert_eq!(speaks(&mut town.secretary, &bulletin).await, part["id"]);

    // A part of the part is counted in the part.
    let wish = json!({ "from_ms": 1_000, "until_ms": 2_000 });
    let made = town
        .secretary
        .post_json(&format!("{}/cut", api(&part)), wish)
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let name = made.json()["recording_id"].clone();
    let smaller = api(&json!({ "id": name }));
    let smaller = outcome(&mut town.secretary, &smaller).await;
    assert!(length(&smaller).abs_diff(1_000) <= 10, "{smaller}");

    let mut admin = town.server.signed_in("quan.tri").await;
    let trail = admin.get("/audit").await.body;
    assert!(trail.contains("Từ: 2 giây"), "{trail}");
    assert!(trail.contains("Đến: 5 giây"), "{trail}");

    let page = secretary.get(&cut).await.body;
    assert!(
        page.contains(&place),
        "it says what it was cut from: {page}"
    );
    let back = format!("{}/cut", api(&smaller));
    for status in [StatusCode::OK, StatusCode::CONFLICT] {
        let done = town
            .secretary
            .send(Method::DELETE, &back, &[], String::new());
        let done = done.await;
        assert_eq!(done.status, status, "{}", done.body);
        assert_eq!(speaks(&mut town.secretary, &bulletin).await, part["id"]);
    }
    let done = secretary.post(&format!("{cut}/uncut"), &[]).await;
    assert_eq!(
        done.location(),
        format!("{place}?notice=notice-recording-uncut")
    );
    assert_eq!(speaks(&mut town.secretary, &bulletin).await, whole["id"]);
    let again = secretary.post(&format!("{cut}/uncut"), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
}

#[tokio::test]
async fn what_was_approved_airs_whatever_is_cut_afterwards() {
    let mut town = Town::start().await;
    let _pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let path = format!("/api/v1/bulletins/{bulletin}");
    let before = town.secretary.get(&path).await.json();
    let take = json!({ "id": before["recordings"][0]["recording_id"] });
    let place = format!("/recordings/{}", take["id"].as_str().unwrap());
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&place).await.body;
    for said in [
        "“Kích hoạt VNeID” đã được duyệt với đúng bản ghi này, nên loa vẫn phát cả bản",
        "nhờ cán bộ duyệt bấm “Thu hồi” ở bản tin cũ",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let wish = json!({ "from_ms": 1_000, "until_ms": 4_000 });
    let made = town
        .secretary
        .post_json(&format!("{}/cut", api(&take)), wish)
        .await;
    let name = made.json()["recording_id"].clone();
    let part = outcome(&mut town.secretary, &api(&json!({ "id": name }))).await;
    assert_eq!(part["state"], "ready", "{part}");
    let after = town.secretary.get(&path).await.json();
    assert_eq!(after["recordings"], before["recordings"], "{after}");
    assert_eq!(part["bulletin_id"], json!(null), "{part}");
    let page = secretary
        .get(&format!("/recordings/{}", part["id"].as_str().unwrap()))
        .await;
    let offered = "Soạn bản tin mới";
    assert!(page.body.contains(offered), "{}", page.body);
}

#[tokio::test]
async fn a_part_that_cannot_be_is_refused_and_only_who_records_there_cuts() {
    let mut town = Town::start().await;
    let (_, whole) = recorded(&mut town).await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let place = format!("/recordings/{}/cut", whole["id"].as_str().unwrap());
    for (from, until) in [
        ("3", "2"),
        ("0", "100000"),
        ("1", "1.2"),
        ("x", "2"),
        ("-inf", "nan"),
    ] {
        let typed = [("from", from), ("until", until)];
        let refused = secretary.post(&place, &typed).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{from} {until}"
        );
        assert!(
            refused.body.contains("Đoạn này không cắt được"),
            "{}",
            refused.body
        );
        // What was typed stays, with the reason beside it.
        for (name, typed) in [("from", from), ("until", until)] {
            let field = format!("name=\"{name}\"");
            let (_, field) = refused.body.split_once(&field).unwrap();
            let field = field.split('>').next().unwrap();
            assert!(field.contains(&format!("value=\"{typed}\"")), "{field}");
        }
        let form = refused.body.split("id=\"cut\"").nth(1).unwrap();
        assert!(form.contains("class=\"beside\""), "{form}");
    }
    let wish = json!({ "from_ms": 1_000, "until_ms": 2_000 });
    let path = format!("{}/cut", api(&whole));
    let mut visitor = town.server.visitor();
    for (who, wanted) in [
        (&mut town.head, StatusCode::FORBIDDEN),
        (&mut town.admin, StatusCode::FORBIDDEN),
        (&mut visitor, StatusCode::UNAUTHORIZED),
        (&mut town.officer, StatusCode::CREATED),
    ] {
        let answer = who.post_json(&path, wish.clone()).await;
        assert_eq!(answer.status, wanted, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_recording_is_heard_beforehand_as_the_station_will_air_it() {
    let mut town = Town::start().await;
    let (_, whole) = recorded(&mut town).await;
    let aired = format!("{}/as-aired", api(&whole));
    let plain = town.head.bytes(&format!("{aired}?class=priority")).await;
    assert!(plain.starts_with(b"OggS"), "it is Ogg Opus");
    let mut connection = town.server.state.database.read().await.unwrap();
    sqlx::query("UPDATE stations SET class_volume_db = '{\"priority\":-20.0}'")
        .execute(&mut *connection)
        .await
        .unwrap();
    drop(connection);
    let softer = town.head.bytes(&format!("{aired}?class=priority")).await;
    assert_ne!(plain, softer, "each class has its loudness");
    let ordinary = town.head.bytes(&aired).await;
    assert_eq!(plain, ordinary, "the others are as they were");
    let wrong = town.head.get(&format!("{aired}?class=loud")).await;
    assert_eq!(problem(&wrong), "bulletin-class", "{}", wrong.body);
    let visitor = town.server.visitor().get(&aired).await;
    assert_eq!(visitor.status, StatusCode::UNAUTHORIZED);
}
