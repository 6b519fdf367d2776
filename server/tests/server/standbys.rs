//! Standbys: set up by an officer, published with the people who may order them, taken back.

use loaban_server::audit::Author;
use loaban_server::people::rights::Role;
use loaban_server::people::{person, roles};
use loaban_server::programmes::duty;
use programme::programme::Programme;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::emergencies::{PIN, set_pin};
use crate::support::PASSWORD;
use crate::town::{Pc, Town, problem};

fn wanted(town: &Town, bulletin: &str) -> Value {
    json!({ "bulletin": bulletin, "areas": [town.commune.id], "repeats": 2,
        "when": "Suối Tòng Xành vượt mốc đỏ" })
}

/// A town whose head has a PIN, a PC of its village, and an emergency that stands by.
async fn standing_by() -> (Town, Pc, String) {
    let mut town = Town::start().await;
    set_pin(&mut town.head).await;
    let pc = town.enrolled().await;
    let bulletin = town.approved("Lũ quét: chạy lên đồi").await;
    let new = wanted(&town, &bulletin);
    let set = town.officer.post_json("/api/v1/standbys", new).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.body);
    (town, pc, bulletin)
}

/// What the PC is given once everything was published that has to be.
async fn published(town: &Town, pc: &mut Pc) -> Programme {
    duty::all(&town.server.state).await.unwrap();
    pc.programme(0).await
}

#[tokio::test]
async fn what_stands_by_travels_with_its_recordings_and_with_those_who_may_order_it() {
    let (town, mut pc, bulletin) = standing_by().await;
    let programme = published(&town, &mut pc).await;
    let [standby] = &programme.standby[..] else {
        panic!("{programme:#?}");
    };
    assert_eq!(standby.bulletin.as_str(), bulletin);
    assert_eq!(
        (&*standby.when, standby.repeats),
        ("Suối Tòng Xành vượt mốc đỏ", Some(2))
    );
    assert!(programme.bulletins.contains_key(&standby.bulletin));
    assert_eq!(programme.recordings().len(), 2, "the chime and the warning");
    let [head] = &programme.keepers[..] else {
        panic!("only the head has a PIN: {programme:#?}");
    };
    assert!(head.pin.starts_with("$argon2id$"), "{}", head.pin);
    assert!(
        !format!("{programme:?}").contains("$argon2id$"),
        "no log shows it"
    );
    let recording = programme.recordings().into_keys().next().unwrap();
    let path = format!("/api/v1/station/recordings/{recording}");
    assert_eq!(pc.http.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_changed_pin_a_lost_role_and_a_person_who_left_are_published() {
    let (mut town, mut pc, _) = standing_by().await;
    let first = published(&town, &mut pc).await.keepers[0].clone();
    set_pin(&mut town.head).await;
    let second = published(&town, &mut pc).await.keepers[0].clone();
    assert_ne!(first.pin, second.pin, "salted anew");

    let (state, author) = (&town.server.state, Author::command_line());
    roles::change(
        state,
        &author,
        &first.person,
        Role::Head,
        &town.village,
        false,
    )
    .await
    .unwrap();
    assert_eq!(published(&town, &mut pc).await.keepers, []);
    roles::change(
        state,
        &author,
        &first.person,
        Role::Head,
        &town.village,
        true,
    )
    .await
    .unwrap();
    assert_eq!(published(&town, &mut pc).await.keepers.len(), 1);
    let mut connection = state.database.read().await.unwrap();
    let left = person::find(&mut connection, &first.person).await.unwrap();
    drop(connection);
    person::set_closed(state, &author, &left, true)
        .await
        .unwrap();
    let programme = published(&town, &mut pc).await;
    assert_eq!((programme.keepers.len(), programme.standby.len()), (0, 1));
}

#[tokio::test]
async fn what_is_withdrawn_or_taken_back_stands_by_nowhere() {
    let (mut town, mut pc, bulletin) = standing_by().await;
    let path = format!("/api/v1/standbys/{bulletin}");
    let taken = town.head.send(Method::DELETE, &path, &[], "").await;
    assert_eq!(
        taken.status,
        StatusCode::FORBIDDEN,
        "not the head's: {}",
        taken.body
    );
    assert_eq!(published(&town, &mut pc).await.standby.len(), 1);
    for _ in 0..2 {
        let taken = town.officer.send(Method::DELETE, &path, &[], "").await;
        assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.body);
    }
    let programme = published(&town, &mut pc).await;
    assert!(programme.standby.is_empty() && programme.keepers.is_empty());

    let again = wanted(&town, &bulletin);
    town.officer.post_json("/api/v1/standbys", again).await;
    assert_eq!(published(&town, &mut pc).await.standby.len(), 1);
    let seen = town
        .officer
        .get(&format!("/api/v1/bulletins/{bulletin}"))
        .await
        .json();
    let withdrawn = json!({ "version": seen["version"], "reason": "Sai tên đồi" });
    let path = format!("/api/v1/bulletins/{bulletin}/withdraw");
    let done = town.officer.post_json(&path, withdrawn).await;
    assert!(done.status.is_success(), "{}", done.body);
    assert_eq!(published(&town, &mut pc).await.standby, []);
}

#[tokio::test]
async fn only_what_is_approved_stands_by_and_only_officers_let_it() {
    let (mut town, _pc, bulletin) = standing_by().await;
    let draft = json!({ "area_id": town.village.id, "title": "Nháp", "class": "ordinary",
        "topic": "vneid", "script": "", "valid_until_day": "2026-12-31" });
    let draft = town
        .secretary
        .post_json("/api/v1/bulletins", draft)
        .await
        .json();
    let new = wanted(&town, draft["id"].as_str().unwrap());
    let refused = town.officer.post_json("/api/v1/standbys", new).await;
    assert_eq!(problem(&refused), "emergency-bulletin-not-approved");
    let mut new = wanted(&town, &bulletin);
    new["areas"] = json!([town.village.id]);
    let refused = town.head.post_json("/api/v1/standbys", new).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let mut without = wanted(&town, &bulletin);
    without["when"] = json!(" ");
    let refused = town.officer.post_json("/api/v1/standbys", without).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
}

/// What a PC that did not know the time at first says of a drill that was heard once.
pub fn reported(bulletin: &str, at: i64) -> Value {
    let id = "bro_0123456789abcdef";
    let order = json!({ "by": "Vàng Văn Sáng", "why": "Suối Tòng Xành vượt mốc đỏ",
        "drill": true, "at_pc": true });
    let cue = format!("{id}@emergency-1");
    let line = |sequence, wall: Option<i64>| {
        json!({ "sequence": sequence, "wall_ms": wall,
        "boot_ms": 98_765, "boot_id": "a boot", "generation": 1 })
    };
    let mut entries = [
        line(1, None),
        line(2, Some(at)),
        line(3, Some(at)),
        line(4, Some(at)),
    ];
    let said = [
        json!({ "record": "emergency_ordered", "broadcast": id, "bulletin": bulletin,
            "title": "Lũ quét: chạy lên đồi", "person": "per_0123456789abcdef", "order": order }),
        json!({ "record": "started", "attempt": { "cue": cue, "number": 1 }, "broadcast": id,
            "planned_ms": at, "starts_ms": at, "content": [], "duration_ms": 2_000,
            "order": order, "in_quiet_hours": true }),
        json!({ "record": "ended", "attempt": { "cue": cue, "number": 1 }, "position_ms": 2_000,
            "cut": null }),
        json!({ "record": "outcome", "cue": cue, "broadcast": id, "planned_ms": at,
            "outcome": "aired" }),
    ];
    for (entry, said) in entries.iter_mut().zip(said) {
        entry
            .as_object_mut()
            .unwrap()
            .extend(said.as_object().unwrap().clone());
    }
    json!(entries)
}

#[tokio::test]
async fn what_sounds_by_an_order_at_the_pc_leads_to_what_ends_it() {
    let (town, mut pc, bulletin) = standing_by().await;
    let mut entries = reported(&bulletin, town.server.state.now().as_millis());
    let entries = entries.as_array_mut().unwrap();
    entries.truncate(2);
    entries[1]["duration_ms"] = json!(60_000);
    pc.report(json!(entries)).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let front = officer.get("/").await.body;
    assert!(front.contains("href=\"/emergencies#at-pcs\""), "{front}");
    for said in ["dừng bằng nút DỪNG ở máy", "“Bỏ đặt sẵn” ở trang khẩn cấp"]
    {
        assert!(front.contains(said), "{said}: {front}");
    }
    assert!(!front.contains("hủy trên trang"), "{front}");
    let press = format!("/emergencies/standby/{bulletin}/take-back");
    let page = officer.get("/emergencies").await.body;
    let (at_pcs, _) = page.split_once("id=\"standbys\"").unwrap();
    let (_, at_pcs) = at_pcs.split_once("id=\"at-pcs\"").unwrap();
    assert!(at_pcs.contains(&press), "{at_pcs}");
    assert!(
        at_pcs.contains("Máy của trạm dừng phát khi nhận"),
        "{at_pcs}"
    );
    let done = officer.post(&press, &[]).await;
    let after = officer.get(done.location()).await.body;
    assert!(after.contains("đang phát thông báo này sẽ dừng"), "{after}");
    let (at_pcs, _) = after.split_once("id=\"standbys\"").unwrap();
    assert!(!at_pcs.contains("/take-back"), "{at_pcs}");
}

#[tokio::test]
async fn the_page_says_where_it_is_ready_who_lacks_a_pin_and_who_ordered_it_at_the_pc() {
    let (mut town, mut pc, bulletin) = standing_by().await;
    let other = town
        .server
        .area("Thôn Mới", "village", Some(&town.commune))
        .await;
    let new = json!({ "area": other.id, "name": "Máy mới" });
    town.admin.post_json("/api/v1/stations", new).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/emergencies").await.body;
    for said in [
        "Đặt sẵn tại trạm",
        "Khi nào dùng: Suối Tòng Xành vượt mốc đỏ",
        "Chưa sẵn sàng: Thôn Mới, Thôn Tòng Xành",
        "Chưa ai có mã PIN để phát tại trạm: Thôn Mới",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let health = json!({
        "version": "0.1.0", "generation": 1, "clock": "server", "system_clock_error_ms": 3,
        "standby": [bulletin], "ready": 2, "wanted": 2, "disk_free_bytes": 9_000_000_000_u64,
        "output_ok": true, "faults": [], "uptime_ms": 60_000,
    });
    let kept = pc.http.post_json("/api/v1/station/health", health).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT);
    let page = officer.get("/emergencies").await.body;
    assert!(page.contains("Đã sẵn sàng: Thôn Tòng Xành"), "{page}");

    let entries = reported(&bulletin, town.server.state.now().as_millis());
    let told = pc.report(entries).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let page = officer.get("/emergencies").await.body;
    for said in [
        "Lũ quét: chạy lên đồi",
        "trạm chưa biết giờ, máy chủ nhận tin lúc",
        "DIỄN TẬP, đặt sẵn, Vàng Văn Sáng ra lệnh tại trạm: Suối Tòng Xành vượt mốc đỏ",
        "Đã phát 1 lần",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let day = officer.get("/as-run").await.body;
    assert!(
        day.contains("Lũ quét: chạy lên đồi") && day.contains("/emergencies#at-pcs"),
        "{day}"
    );
    assert!(day.contains("Vàng Văn Sáng ra lệnh tại trạm"), "{day}");
    let calendar = "/broadcasts/calendar?view=day&day=2026-11-23";
    let calendar = officer.get(calendar).await.body;
    assert!(
        calendar.contains("Lũ quét: chạy lên đồi")
            && calendar.contains("href=\"/emergencies#at-pcs\""),
        "{calendar}"
    );
}

#[tokio::test]
async fn two_who_let_the_same_stand_by_at_once_follow_one_another() {
    let (mut town, _pc, bulletin) = standing_by().await;
    let (first, second) = (wanted(&town, &bulletin), wanted(&town, &bulletin));
    let mut other = town.server.script(town.officer.token());
    let (first, second) = tokio::join!(
        town.officer.post_json("/api/v1/standbys", first),
        other.post_json("/api/v1/standbys", second),
    );
    for set in [first, second] {
        assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.body);
    }
}

#[tokio::test]
async fn the_form_of_emergencies_lets_one_stand_by_and_the_head_sets_a_pin_on_their_own_page() {
    let mut town = Town::start().await;
    town.enrolled().await;
    let bulletin = town.approved("Lũ quét: chạy lên đồi").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let pin = [
        ("password", PASSWORD),
        ("new_pin", PIN),
        ("new_pin_again", PIN),
    ];
    assert!(head.get("/account").await.body.contains("name=\"new_pin\""));
    let set = head.post("/account/pin", &pin).await;
    assert_eq!(set.location(), "/account?notice=notice-pin-set");

    let mut officer = town.server.signed_in("can.bo").await;
    let fields = [
        ("key", "k1"),
        ("bulletin", &*bulletin),
        ("area", town.commune.id.as_str()),
        ("repeats", "3"),
        ("gap", "10"),
        ("holds", "120"),
        ("why", "Suối vượt mốc đỏ"),
        ("step", "stand_by"),
    ];
    let set = officer.post("/emergencies/new", &fields).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    let page = officer.get(set.location()).await.body;
    assert!(page.contains("Khi nào dùng: Suối vượt mốc đỏ"), "{page}");
    let path = format!("/emergencies/standby/{bulletin}/take-back");
    assert!(page.contains(&path), "{page}");
    officer.post(&path, &[]).await;
    let page = officer.get("/emergencies").await.body;
    assert!(
        page.contains("Chưa có thông báo nào được đặt sẵn"),
        "{page}"
    );
    let none = town.officer.get("/api/v1/emergencies").await.json();
    assert_eq!(none, json!([]), "nothing sounded");
}
