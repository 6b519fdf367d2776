//! What follows from a change is shown to whoever made it: what their villages hear next.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::requests::field;
use crate::support::Browser;
use crate::town::Town;

const TITLE: &str = "Sắp tới các thôn nghe gì";

/// A broadcast of the village: its bulletin and its name.
async fn placed(town: &mut Town, title: &str, rule: Value) -> (String, String) {
    let bulletin = town.approved(title).await;
    let placed = town.ordered(&bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    (bulletin, placed.json()["id"].as_str().unwrap().to_owned())
}

fn once(time: &str) -> Value {
    json!({ "kind": "once", "at": format!("2026-11-23T{time}") })
}

/// What the page after a change says that the villages hear next.
async fn next(who: &mut Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let done = who.post(path, fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let (place, notice) = done.location().split_once("?notice=").unwrap();
    let later = who.get(place).await.body;
    assert!(!later.contains(TITLE), "it is news only once: {later}");
    let page = who.get(&format!("{place}?notice={notice}")).await.body;
    let (_, rest) = page.split_once(TITLE).unwrap_or_else(|| panic!("{page}"));
    rest.split("<dl").next().unwrap().to_owned()
}

fn airs(next: &str, at: &str, (_, id): &(String, String), title: &str) -> bool {
    let line = format!("<strong>{at}</strong> <a href=\"/broadcasts/{id}\">{title}</a>");
    next.contains(&line)
}

#[tokio::test]
async fn who_cancels_or_withdraws_sees_what_the_villages_hear_instead() {
    let mut town = Town::start().await;
    let cancelled = placed(&mut town, "Họp thôn", once("17:00")).await;
    let withdrawn = placed(&mut town, "Mất nước", once("17:30")).await;
    let stays = placed(&mut town, "Tiêm phòng", once("18:00")).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let cancel = format!("/broadcasts/{}/cancel", cancelled.1);
    let heard = next(&mut head, &cancel, &[]).await;
    assert!(
        airs(&heard, "23/11/2026 17:30", &withdrawn, "Mất nước"),
        "{heard}"
    );
    assert!(
        airs(&heard, "23/11/2026 18:00", &stays, "Tiêm phòng"),
        "{heard}"
    );
    assert!(!heard.contains("Họp thôn"), "{heard}");

    let mut officer = town.server.signed_in("can.bo").await;
    let bulletin = format!("/bulletins/{}", withdrawn.0);
    let version = field(&officer.get(&bulletin).await.body, "version");
    let seen = [("version", version.as_str()), ("reason", "Đã có nước")];
    let heard = next(&mut officer, &format!("{bulletin}/withdraw"), &seen).await;
    assert!(
        airs(&heard, "23/11/2026 18:00", &stays, "Tiêm phòng"),
        "{heard}"
    );
    assert!(!heard.contains("Mất nước"), "{heard}");
}

#[tokio::test]
async fn who_changes_an_area_its_policy_or_its_hours_sees_what_is_heard_there_next() {
    let mut town = Town::start().await;
    let evenings = json!({ "kind": "daily", "sessions": ["evening"], "from": "2026-11-23" });
    let evenings = placed(&mut town, "Họp thôn", evenings).await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let area = format!("/areas/{}", town.village.id);
    let timetable = [("from", ""), ("morning", "06:00"), ("evening", "18:15")];
    let heard = next(&mut admin, &format!("{area}/timetable"), &timetable).await;
    for day in ["23/11/2026 18:15", "24/11/2026 18:15"] {
        assert!(airs(&heard, day, &evenings, "Họp thôn"), "{day}: {heard}");
    }
    let policy = [
        ("head_may_approve", ""),
        ("sessions_per_day", ""),
        ("ordinary_on_weekends", ""),
        ("limits_bind", ""),
    ];
    let heard = next(&mut admin, &format!("{area}/policy"), &policy).await;
    assert!(
        airs(&heard, "23/11/2026 18:15", &evenings, "Họp thôn"),
        "{heard}"
    );
    // What quiet hours silence says so.
    let says = [
        ("name", "Thôn Tòng Xành"),
        ("kind", "village"),
        ("quiet_from", "18:00"),
        ("quiet_until", "05:30"),
        ("despite_quiet_hours", "yes"),
    ];
    let heard = next(&mut admin, &format!("{area}/edit"), &says).await;
    assert!(
        airs(&heard, "23/11/2026 18:15", &evenings, "Họp thôn"),
        "{heard}"
    );
    assert!(heard.contains("giờ yên lặng"), "{heard}");
}
