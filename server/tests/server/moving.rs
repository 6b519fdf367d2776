//! "Đổi giờ": a broadcast is given another time, and nothing airs at the old one any more.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::requests::field;
use crate::support::{Answer, Browser};
use crate::town::{Pc, Town, problem};

fn once(time: &str) -> Value {
    json!({ "kind": "once", "at": format!("2026-11-23T{time}") })
}

/// A broadcast of the village that its head ordered.
pub async fn placed(town: &mut Town, rule: Value) -> String {
    let bulletin = town.approved("Họp thôn").await;
    let placed = town.ordered(&bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    placed.json()["id"].as_str().unwrap().to_owned()
}

/// What a page's form would send as it stands, but for what is typed into it.
fn filled(page: &str, typed: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
    let kept = [
        "key", "moves", "version", "bulletin", "area", "date", "looked",
    ];
    let said = kept.into_iter().filter_map(|name| {
        let start = format!("name=\"{name}\" value=\"");
        let is_typed = typed.iter().any(|(typed, _)| *typed == name);
        let there = page.contains(&start) && !is_typed;
        there.then(|| (name.to_owned(), field(page, name)))
    });
    let rest = [
        ("repeats", "2"),
        ("gap", "30"),
        ("missed", "only_then"),
        ("chime", "yes"),
    ];
    let typed = typed.iter().chain(&rest);
    let typed = typed.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    said.chain(typed).collect()
}

async fn send(who: &mut Browser, fields: &[(String, String)], step: &str) -> Answer {
    let step = [("step".to_owned(), step.to_owned())];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .chain(&step)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    who.post("/broadcasts/new", &fields).await
}

/// The hours at which a station airs something, as its programme says.
pub async fn rules(pc: &mut Pc) -> Vec<Value> {
    let programme = serde_json::to_value(pc.programme(0).await).unwrap();
    let broadcasts = programme["broadcasts"].as_array().unwrap().iter();
    broadcasts.map(|one| one["rule"].clone()).collect()
}

/// The head opens the form, types another hour and looks at it.
async fn looked(
    head: &mut Browser,
    id: &str,
    time: &'static str,
) -> (String, Vec<(String, String)>) {
    let form = head.get(&format!("/broadcasts/new?moves={id}")).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.body);
    let typed = [("when", "once"), ("time", time)];
    let to = send(head, &filled(&form.body, &typed), "preview").await;
    let page = head.get(to.location()).await.body;
    (page.clone(), filled(&page, &typed))
}

#[tokio::test]
async fn the_head_moves_this_evenings_notice_and_the_village_hears_it_once() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let id = placed(&mut town, once("17:00")).await;
    let generation = pc.programme(0).await.generation;
    let mut head = town.server.signed_in("truong.thon").await;
    let shown = head.get(&format!("/broadcasts/{id}")).await.body;
    assert!(
        shown.contains(&format!("href=\"/broadcasts/new?moves={id}\"")),
        "{shown}"
    );
    let form = head.get(&format!("/broadcasts/new?moves={id}")).await.body;
    for words in [
        "<h1>Đổi giờ</h1>",
        "Họp thôn",
        "Thôn Tòng Xành",
        "name=\"when\" value=\"once\" checked",
        "name=\"date\" value=\"2026-11-23\"",
        "name=\"time\" value=\"17:00\"",
    ] {
        assert!(form.contains(words), "{words}: {form}");
    }
    let (page, fields) = looked(&mut head, &id, "19:30").await;
    assert!(page.contains("<strong>23/11/2026 19:30</strong>"), "{page}");
    assert!(
        !page.contains("23/11/2026 17:00</strong>"),
        "the old is in nobody's way: {page}"
    );
    let saved = send(&mut head, &fields, "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert!(
        saved.location().ends_with("?notice=notice-broadcast-moved"),
        "{}",
        saved.location()
    );
    // A second tap moves nothing.
    let again = send(&mut head, &fields, "save").await;
    assert_eq!(again.location(), saved.location());

    assert_eq!(rules(&mut pc).await.len(), 1);
    let programme = pc.programme(0).await;
    assert_eq!(
        programme.generation,
        generation + 1,
        "one programme tells both"
    );
    assert!(json!(rules(&mut pc).await).to_string().contains("19:30"));
    let new = head.get(saved.location()).await.body;
    assert!(new.contains(&format!("href=\"/broadcasts/{id}\"")), "{new}");
    let old = head.get(&format!("/broadcasts/{id}")).await.body;
    assert!(
        old.contains("<strong>Đã đổi giờ</strong> 23/11/2026 09:00"),
        "{old}"
    );
    let trail = town
        .server
        .signed_in("can.bo")
        .await
        .get("/audit?kind=broadcast")
        .await
        .body;
    assert!(trail.contains("Đổi giờ lịch phát"), "{trail}");
    assert!(!trail.contains("Hủy lịch phát</"), "{trail}");
}

#[tokio::test]
async fn who_moves_what_somebody_else_moved_or_changed_is_told() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let id = placed(&mut town, once("17:00")).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let (_, heads) = looked(&mut head, &id, "19:30").await;
    let (_, officers) = looked(&mut officer, &id, "18:00").await;
    let saved = send(&mut officer, &officers, "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let late = send(&mut head, &heads, "save").await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    assert!(
        late.body.contains("không còn lượt nào để đổi giờ"),
        "{}",
        late.body
    );
    assert_eq!(field(&late.body, "time"), "19:30");
    assert_eq!(rules(&mut pc).await.len(), 1);

    let daily = json!({ "kind": "daily", "times": ["12:00"], "from": "2026-11-24" });
    let id = placed(&mut town, daily).await;
    let (_, heads) = looked(&mut head, &id, "11:30").await;
    let other = town.approved("Tiêm phòng").await;
    let order = json!({
        "bulletins": [other], "areas": [town.village.id],
        "rule": { "kind": "once", "at": "2026-11-25T12:00" },
        "skips": [{ "broadcast": id, "start": "2026-11-25T12:00" }],
    });
    let made_room = town.head.post_json("/api/v1/broadcasts", order).await;
    assert_eq!(made_room.status, StatusCode::CREATED, "{}", made_room.body);
    let late = send(&mut head, &heads, "save").await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    for words in [
        "Người truong.thon đã thay đổi lịch này lúc 23/11/2026 09:00",
        "25/11/2026",
    ] {
        assert!(late.body.contains(words), "{words}: {}", late.body);
    }
    // Told of it, they look once more and save.
    let fields = filled(&late.body, &[("when", "once"), ("time", "11:30")]);
    let to = send(&mut head, &fields, "preview").await;
    let page = head.get(to.location()).await.body;
    let mut fields = filled(&page, &[("when", "once"), ("time", "11:30")]);
    // What repeats does not end unsaid.
    let asked = send(&mut head, &fields, "save").await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["giờ mới chỉ phát một lần", "name=\"ends\" value=\"yes\">"] {
        assert!(asked.body.contains(words), "{words}: {}", asked.body);
    }
    fields.push(("ends".to_owned(), "yes".to_owned()));
    let saved = send(&mut head, &fields, "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
}

#[tokio::test]
async fn the_new_time_is_looked_at_as_any_other_and_the_old_one_stands_when_it_is_refused() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let id = placed(&mut town, once("17:00")).await;
    let path = format!("/api/v1/broadcasts/{id}/move");
    let night = town
        .head
        .post_json(&path, json!({ "rule": once("22:00") }))
        .await;
    assert_eq!(problem(&night), "broadcast-in-quiet-hours");
    let past = town
        .head
        .post_json(&path, json!({ "rule": once("08:00") }))
        .await;
    assert_eq!(problem(&past), "broadcast-in-past");
    let refused = town
        .secretary
        .post_json(&path, json!({ "rule": once("18:00") }))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let stale = format!("{path}?version=0");
    let stale = town
        .head
        .post_json(&stale, json!({ "rule": once("18:00") }))
        .await;
    assert_eq!(problem(&stale), "changed-meanwhile");
    assert!(json!(rules(&mut pc).await).to_string().contains("17:00"));

    let own = town
        .head
        .get(&format!("/api/v1/broadcasts/{id}"))
        .await
        .json();
    let seen = format!("{path}?version={}", own["version"].as_str().unwrap());
    let moved = town
        .head
        .post_json(&seen, json!({ "rule": once("18:00") }))
        .await;
    assert_eq!(moved.status, StatusCode::CREATED, "{}", moved.body);
    let moved = moved.json();
    for kept in ["bulletins", "areas", "repeats", "gap_ms", "missed", "chime"] {
        assert_eq!(moved[kept], own[kept], "{kept}");
    }
    let own = town
        .head
        .get(&format!("/api/v1/broadcasts/{id}"))
        .await
        .json();
    assert_eq!(own["moved_to"], moved["id"]);
    let late = town
        .head
        .post_json(&path, json!({ "rule": once("19:00") }))
        .await;
    assert_eq!(problem(&late), "broadcast-move-gone");
    assert_eq!(rules(&mut pc).await.len(), 1);
}

#[tokio::test]
async fn what_repeats_is_moved_from_its_next_start_on() {
    let mut town = Town::start().await;
    let daily = json!({
        "kind": "daily", "times": ["10:00"], "from": "2026-11-20", "until": "2026-12-20",
        "except": ["2026-11-22", "2026-12-01"],
    });
    let id = placed(&mut town, daily).await;
    town.server.clock.advance(Duration::from_secs(2 * 3_600));
    let mut head = town.server.signed_in("truong.thon").await;
    let form = head.get(&format!("/broadcasts/new?moves={id}")).await.body;
    for words in [
        "name=\"when\" value=\"daily\" checked",
        "name=\"times\" value=\"10:00\"",
        "name=\"from\" value=\"2026-11-24\"",
        "name=\"until\" value=\"2026-12-20\"",
        "name=\"except\" value=\"01/12/2026\"",
    ] {
        assert!(form.contains(words), "{words}: {form}");
    }
}

#[tokio::test]
async fn who_cancels_what_was_moved_meanwhile_is_led_to_where_it_airs() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let id = placed(&mut town, once("17:00")).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let path = format!("/api/v1/broadcasts/{id}");
    let later = json!({ "rule": once("19:30") });
    let moved = town.officer.post_json(&format!("{path}/move"), later).await;
    assert_eq!(moved.status, StatusCode::CREATED, "{}", moved.body);
    let new = moved.json()["id"].as_str().unwrap().to_owned();
    let late = head.post(&format!("/broadcasts/{id}/cancel"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    for words in ["chưa hủy gì", &format!("href=\"/broadcasts/{new}\"")] {
        assert!(late.body.contains(words), "{words}: {}", late.body);
    }
    let nothing = json!({});
    let late = town
        .head
        .post_json(&format!("{path}/cancel"), nothing)
        .await;
    assert_eq!(problem(&late), "broadcast-moved-on");
    assert!(json!(rules(&mut pc).await).to_string().contains("19:30"));
}

#[tokio::test]
async fn a_link_that_shows_one_broadcast_moves_no_other() {
    let mut town = Town::start().await;
    let id = placed(&mut town, once("17:00")).await;
    let other = town.approved("Tiêm phòng").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let form = head.get(&format!("/broadcasts/new?moves={id}")).await.body;
    let own = field(&form, "bulletin");
    let mut fields = filled(&form, &[("when", "once"), ("time", "18:00")]);
    for (_, value) in fields.iter_mut().filter(|(name, _)| name == "bulletin") {
        value.clone_from(&other);
    }
    let refused = send(&mut head, &fields, "preview").await;
    let refused = head.get(refused.location()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(
        refused.body.contains("không đổi bản tin"),
        "{}",
        refused.body
    );
    assert_eq!(field(&refused.body, "bulletin"), own);
}

#[tokio::test]
async fn of_what_has_expired_no_other_time_is_offered() {
    let mut town = Town::start().await;
    let daily = json!({ "kind": "daily", "times": ["10:00"] });
    let id = placed(&mut town, daily).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let offers = format!("href=\"/broadcasts/new?moves={id}\"");
    let page = head.get(&format!("/broadcasts/{id}")).await.body;
    assert!(page.contains(&offers), "{page}");
    // The bulletin holds until the end of the year.
    let weeks = Duration::from_secs(6 * 7 * 24 * 3_600);
    town.server.clock.advance(weeks);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&format!("/broadcasts/{id}")).await.body;
    assert!(page.contains("Hủy lịch phát"), "it goes on: {page}");
    assert!(!page.contains(&offers), "{page}");
}
