//! What other systems fell into, at the server: each story would fail if ours fell in too.

use std::time::Duration;

use loaban_server::bulletins::bulletin::{CLASSES, class_from_name, class_name};
use programme::as_run::Record;
use programme::programme::Class;
use programme::wire::Fault;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::emergencies::{held, order, ordered, ready};
use crate::emergency_pages::line;
use crate::town::Town;

/// Whoever made a programme could choose only loudspeakers that were online at that moment.
#[tokio::test]
async fn trap_only_online_stations_selectable_a_station_that_was_never_there_gets_it_all() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let daily = json!({ "kind": "daily", "times": ["17:00"] });
    let never_enrolled = town.ordered(&bulletin, daily.clone()).await;
    assert_eq!(
        never_enrolled.status,
        StatusCode::CREATED,
        "{}",
        never_enrolled.body
    );
    let mut head = town.server.signed_in("truong.thon").await;
    let form = head.get("/broadcasts/new").await.body;
    assert!(form.contains("Thôn Tòng Xành"), "{form}");

    let mut pc = town.enrolled().await;
    assert_eq!(pc.programme(0).await.broadcasts.len(), 1);
    // Three days without a word.
    town.server.clock.advance(Duration::from_hours(72));
    let other = json!({ "kind": "daily", "times": ["18:00"] });
    let away = town.ordered(&bulletin, other).await;
    assert_eq!(away.status, StatusCode::CREATED, "{}", away.body);
    assert_eq!(pc.programme(0).await.broadcasts.len(), 2);
}

/// Emergencies stood in the log as fallback music, for the log knew them by an old name.
#[tokio::test]
async fn trap_emergency_logged_under_the_wrong_class_the_log_tells_one_from_the_other() {
    let (mut town, mut pc, bulletin) = ready().await;
    let rule = json!({ "kind": "once", "at": "2026-11-23T09:00:30" });
    town.ordered(&bulletin, rule).await;
    let mut wanted = order(&town, &bulletin);
    wanted["drill"] = json!(false);
    let id = ordered(&mut town, wanted).await;
    let (words, _) = held(&mut pc).await;
    let began = json!({
        "record": "started", "starts_ms": town.today(9, 0).as_millis(), "content": [],
        "duration_ms": 60_000, "order": words[0].order,
    });
    let aired = json!({ "record": "outcome", "outcome": "aired" });
    let lines = json!([line(1, &town, &id, 1, began), line(2, &town, &id, 1, aired)]);
    let kept = pc.report(lines).await;
    assert_eq!(
        kept.json(),
        json!({ "stored_through": 2, "also_takes": ["status_spoken", "disk_unwritable"] }),
        "{}",
        kept.body
    );

    let station = town.station["id"].as_str().unwrap();
    let path = format!("/api/v1/as-run?station={station}&date=2026-11-23");
    let lines = town.officer.get(&path).await.json();
    for line in lines.as_array().unwrap() {
        let is_emergency = line["broadcast"] == json!(id);
        let ordered = &line["attempts"][0]["order"];
        assert_eq!(ordered.is_object(), is_emergency, "{line}");
    }
    let mut officer = town.server.signed_in("can.bo").await;
    for place in ["/as-run", "/as-run.csv"] {
        let log = officer.get(&format!("{place}?day=2026-11-23")).await.body;
        assert_eq!(
            log.matches("Khẩn cấp, Người can.bo ra lệnh").count(),
            1,
            "{log}"
        );
        assert!(!log.contains("DIỄN TẬP"), "{log}");
    }
}

/// A part was renamed, and a table of names elsewhere went on with the old one.
#[tokio::test]
async fn trap_controller_renamed_string_mapping_left_behind_names_are_those_of_the_rules() {
    for class in CLASSES {
        let wire = serde_json::to_value(class).unwrap();
        assert_eq!(wire, json!(class_name(class)));
        assert_eq!(class_from_name(class_name(class)), Some(class));
    }
    // Each sentence about a fault, a class or a reason belongs to a name that there is.
    let known = |prefix: &str, is_name: &dyn Fn(Value) -> bool| {
        for file in ["stations", "bulletins"] {
            let path = format!(
                "{}/../server/languages/vi/{file}.ftl",
                env!("CARGO_MANIFEST_DIR")
            );
            let text = std::fs::read_to_string(path).unwrap();
            let keys = text.lines().filter_map(|line| line.split_once(" = "));
            for name in keys.filter_map(|(key, _)| key.strip_prefix(prefix)) {
                let name = name.replace('-', "_");
                assert!(is_name(json!(name)), "{prefix}{name} is no name");
            }
        }
    };
    known("class-", &|name| {
        serde_json::from_value::<Class>(name).is_ok()
    });
    known("stations-fault-", &|name| {
        serde_json::from_value::<Fault>(name).is_ok()
    });

    // What a station of this release writes is found by the name under which it is looked for.
    let (mut town, mut pc, bulletin) = ready().await;
    let wanted = order(&town, &bulletin);
    let id = ordered(&mut town, wanted).await;
    let stopped = Record::EmergencyStopped {
        broadcast: id.parse().unwrap(),
    };
    let stopped = serde_json::to_value(stopped).unwrap();
    let mut stopped = line(1, &town, &id, 1, stopped);
    stopped.as_object_mut().unwrap().remove("cue");
    pc.report(json!([stopped])).await;
    let path = format!("/api/v1/emergencies/{id}");
    let shown = town.officer.get(&path).await.json();
    assert_eq!(shown["counts"], json!({ "stopped": 1 }), "{shown}");
}
