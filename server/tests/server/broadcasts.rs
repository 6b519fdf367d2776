//! Broadcasts: what is refused, what is shown in advance, what reaches the programme.

use loaban_server::areas::area::{QuietSpan, Ways};
use loaban_server::areas::draft::Draft;
use loaban_server::areas::tree;
use loaban_server::audit::Author;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::town::{Town, problem};

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_with_the_sentence_what_to_do() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let cases = [
        (
            json!({ "kind": "once", "at": "2026-11-22T17:00" }),
            "broadcast-in-past",
        ),
        (
            json!({ "kind": "once", "at": "2026-11-23T23:00" }),
            "broadcast-in-quiet-hours",
        ),
        (
            json!({ "kind": "once", "at": "2026-11-23T20:59" }),
            "broadcast-in-quiet-hours",
        ),
        (
            json!({ "kind": "daily", "times": [] }),
            "broadcast-needs-time",
        ),
        (
            json!({ "kind": "weekly", "days": [], "times": ["17:00"] }),
            "broadcast-needs-day",
        ),
        (
            json!({
                "kind": "daily", "times": ["17:00"], "from": "2026-12-02", "until": "2026-12-01",
            }),
            "broadcast-end-before-start",
        ),
        (
            json!({ "kind": "once", "at": "5 giờ chiều" }),
            "broadcast-unreadable-time",
        ),
        (
            json!({ "kind": "once", "at": "2027-01-05T17:00" }),
            "broadcast-never-airs",
        ),
    ];
    for (rule, expected) in cases {
        let answer = town.ordered(&bulletin, rule.clone()).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{rule}: {}",
            answer.body
        );
        assert_eq!(problem(&answer), expected, "{rule}");
    }
    assert_eq!(town.head.get("/api/v1/broadcasts").await.json(), json!([]));
}

#[tokio::test]
async fn only_what_is_approved_airs_and_only_where_one_may_schedule() {
    let mut town = Town::start().await;
    let new = json!({
        "area_id": town.village.id, "title": "Nháp", "class": "ordinary", "topic": "vneid",
        "script": "", "valid_until_day": "2026-12-31",
    });
    let draft = town
        .secretary
        .post_json("/api/v1/bulletins", new)
        .await
        .json();
    let draft = draft["id"].as_str().unwrap().to_owned();
    let rule = json!({ "kind": "once", "at": "2026-11-23T17:00" });
    let refused = town.ordered(&draft, rule.clone()).await;
    assert_eq!(problem(&refused), "broadcast-bulletin-not-approved");

    let bulletin = town.approved("Kích hoạt VNeID").await;
    let wide = json!({ "bulletins": [bulletin], "areas": [town.commune.id], "rule": rule });
    let refused = town
        .head
        .post_json("/api/v1/broadcasts", wide.clone())
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
    let refused = town
        .secretary
        .post_json("/api/v1/broadcasts", wide.clone())
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
    let placed = town.officer.post_json("/api/v1/broadcasts", wide).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_broadcast() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let new = json!({
        "bulletins": [bulletin], "areas": [town.village.id], "request_key": "once",
        "rule": { "kind": "daily", "times": ["17:00"] },
    });
    let first = town
        .head
        .post_json("/api/v1/broadcasts", new.clone())
        .await
        .json();
    let again = town.head.post_json("/api/v1/broadcasts", new).await.json();
    assert_eq!(first["id"], again["id"]);
    assert_eq!(
        town.head
            .get("/api/v1/broadcasts")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn the_preview_shows_the_next_starts_and_what_they_clash_with() {
    let mut town = Town::start().await;
    let first = town.approved("Kích hoạt VNeID").await;
    let second = town.approved("Họp thôn").await;
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let placed = town.ordered(&first, rule.clone()).await.json();
    let new = json!({ "bulletins": [second], "areas": [town.village.id], "rule": rule });
    let preview = town
        .head
        .post_json("/api/v1/broadcasts/preview", new.clone())
        .await
        .json();
    let village = &preview[0];
    assert_eq!(village["name"], "Thôn Tòng Xành");
    let planned = town.today(17, 0).as_millis();
    assert_eq!(village["cues"][0]["planned_ms"], planned);
    assert!(village["cues"][0]["expected_ms"].as_i64().unwrap() > planned);
    assert!(finds(village, "clash"), "{village}");

    let mut replacing = new.clone();
    replacing["replaces"] = json!([placed["id"]]);
    let preview = town
        .head
        .post_json("/api/v1/broadcasts/preview", replacing.clone())
        .await
        .json();
    assert!(!finds(&preview[0], "clash"), "{preview}");
    let replaced = town.head.post_json("/api/v1/broadcasts", replacing).await;
    assert_eq!(replaced.status, StatusCode::CREATED, "{}", replaced.body);
    let path = format!("/api/v1/broadcasts/{}", placed["id"].as_str().unwrap());
    assert!(town.head.get(&path).await.json()["cancelled_at_ms"].is_i64());
}

fn finds(village: &Value, kind: &str) -> bool {
    let findings = village["findings"].as_array().unwrap();
    findings.iter().any(|finding| finding["finding"] == kind)
}

#[tokio::test]
async fn a_cancelled_broadcast_leaves_the_programme() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let placed = town
        .ordered(&bulletin, json!({ "kind": "now" }))
        .await
        .json();
    assert_eq!(pc.programme(0).await.broadcasts.len(), 1);
    let path = format!(
        "/api/v1/broadcasts/{}/cancel",
        placed["id"].as_str().unwrap()
    );
    let refused = town.secretary.post_json(&path, json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert_eq!(
        town.head.post_json(&path, json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        town.head.post_json(&path, json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    assert!(pc.programme(0).await.broadcasts.is_empty());
}

#[tokio::test]
async fn languages_and_quiet_hours_of_the_commune_reach_the_village() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let time = |hour| jiff::civil::Time::constant(hour, 0, 0, 0);
    let quiet = QuietSpan {
        from: time(20),
        until: time(6),
    };
    let draft = Draft {
        id: None,
        kind: town.commune.kind.clone(),
        name: town.commune.name.clone(),
        households: None,
        ways: Ways {
            languages: Some(vec!["pcc".into(), "vi".into()]),
            quiet_hours: Some(quiet),
            ..Ways::default()
        },
        despite_quiet_hours: false,
    };
    let state = &town.server.state;
    tree::change(state, &Author::server(), &town.commune, &draft, None)
        .await
        .unwrap();
    loaban_server::programmes::duty::all(&town.server.state)
        .await
        .unwrap();
    let programme = pc.programme(0).await;
    assert_eq!(programme.quiet_hours.from, time(20));
    let languages: Vec<&str> = programme.languages.iter().map(|one| one.as_str()).collect();
    assert_eq!(languages, ["pcc", "vi"]);
}

#[tokio::test]
async fn a_withdrawn_bulletin_marks_its_broadcasts_and_leaves_nothing_to_come() {
    let mut town = Town::start().await;
    let kept = town.approved("Họp thôn").await;
    let withdrawn = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let alone = town.ordered(&withdrawn, rule.clone()).await.json()["id"].clone();
    let both = json!({
        "bulletins": [withdrawn, kept], "areas": [town.village.id],
        "rule": { "kind": "daily", "times": ["18:30"] },
    });
    let both = town.head.post_json("/api/v1/broadcasts", both).await.json()["id"].clone();
    let path = format!("/api/v1/bulletins/{withdrawn}");
    let version = town.officer.get(&path).await.json()["version"].clone();
    let seen = json!({ "version": version, "reason": "" });
    let done = town
        .officer
        .post_json(&format!("{path}/withdraw"), seen)
        .await;
    assert!(done.status.is_success(), "{}", done.body);

    assert_eq!(listed(&mut town, false).await, [both]);
    assert_eq!(listed(&mut town, true).await, [alone]);
    let mut head = town.server.signed_in("truong.thon").await;
    for list in ["/broadcasts", "/broadcasts?past=true"] {
        let page = head.get(list).await.body;
        assert!(page.contains("Bản tin đã thu hồi"), "{list}: {page}");
    }
}

#[tokio::test]
async fn what_airs_at_once_is_past_when_its_station_said_what_became_of_it() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let id = town
        .ordered(&bulletin, json!({ "kind": "now" }))
        .await
        .json()["id"]
        .clone();
    let daily = json!({ "kind": "daily", "times": ["17:00"] });
    let daily = town.ordered(&bulletin, daily).await.json()["id"].clone();
    assert_eq!(listed(&mut town, true).await, [Value::Null; 0]);
    let planned = town.today(8, 0).as_millis();
    let line = |sequence: u64, broadcast: &Value| {
        json!({
            "sequence": sequence, "wall_ms": planned, "boot_ms": 60_000, "boot_id": "monday",
            "generation": 1, "record": "outcome", "outcome": "aired",
            "cue": format!("{}@2026-11-23T08:00", broadcast.as_str().unwrap()),
            "broadcast": broadcast, "planned_ms": planned,
        })
    };
    let answer = pc.report(json!([line(1, &id), line(2, &daily)])).await;
    assert_eq!(
        answer.json(),
        json!({ "stored_through": 2, "also_takes": ["status_spoken", "disk_unwritable"] }),
        "{}",
        answer.body
    );
    assert_eq!(listed(&mut town, true).await, [id]);
    assert_eq!(listed(&mut town, false).await, [daily]);
}

/// The names of the broadcasts that the head is shown, those to come or the past ones.
async fn listed(town: &mut Town, past: bool) -> Vec<Value> {
    let found = town
        .head
        .get(&format!("/api/v1/broadcasts?past={past}"))
        .await
        .json();
    let found = found.as_array().unwrap().iter();
    found.map(|one| one["id"].clone()).collect()
}
