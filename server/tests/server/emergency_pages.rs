//! Emergencies on the panel: one screen and a PIN, then village by village, then the log.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, Browser, PASSWORD};
use crate::town::{Pc, Town};

pub const PIN: &str = "2580";

/// The form as a browser sends it, with what was typed last behind.
pub async fn sent(
    officer: &mut Browser,
    town: &Town,
    bulletin: &str,
    more: &[(&str, &str)],
) -> Answer {
    let mut fields = vec![
        ("key", "k1"),
        ("bulletin", bulletin),
        ("area", town.commune.id.as_str()),
        ("seen", town.commune.id.as_str()),
        ("repeats", "3"),
        ("gap", "10"),
        ("holds", "120"),
        ("why", "Lũ ống ở suối <Tòng Xành>"),
        ("drill", "yes"),
    ];
    fields.extend_from_slice(more);
    officer.post("/emergencies/new", &fields).await
}

/// An officer who has a PIN and ordered a drill: the browser, and the address of its page.
pub async fn drilling(town: &mut Town) -> (Browser, String) {
    let bulletin = town.approved("Lũ ống: lên nhà văn hoá").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let pin = [
        ("password", PASSWORD),
        ("new_pin", PIN),
        ("new_pin_again", PIN),
    ];
    let set = officer.post("/account/pin", &pin).await;
    assert_eq!(set.location(), "/account?notice=notice-pin-set");
    let step = [("step", "order"), ("pin", PIN)];
    let done = sent(&mut officer, town, &bulletin, &step).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = done.location().split('?').next().unwrap().to_owned();
    (officer, page)
}

#[tokio::test]
async fn the_screen_says_what_will_happen_and_a_wrong_pin_loses_nothing_and_sounds_nothing() {
    let mut town = Town::start().await;
    town.enrolled().await;
    town.server
        .area("Thôn Mới", "village", Some(&town.commune))
        .await;
    let bulletin = town.approved("Lũ ống: lên nhà văn hoá").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/emergencies/new").await.body;
    assert!(page.contains("Bạn chưa có mã PIN") && page.contains("Lũ ống: lên nhà văn hoá"));
    let area = page.split("name=\"area\"").nth(1).unwrap();
    assert!(area.contains("Xã Cốc San"), "{page}");
    let areas = page.split("name=\"area\"").skip(1);
    let chosen = areas.filter(|area| area.split('>').next().unwrap().contains("checked"));
    assert_eq!(chosen.count(), 1, "the commune, as a whole: {page}");

    let look = sent(&mut officer, &town, &bulletin, &[("step", "look")]).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.body);
    for said in [
        "Sẽ phát NGAY, kể cả trong giờ yên lặng, tại 1 thôn.",
        "name=\"drill\" value=\"yes\" checked",
        "Loa vẫn phát thật",
        "Tiếng Việt",
        "tối đa 2 giờ",
        "Chưa có trạm nên sẽ không nghe được: Thôn Mới",
        "Lũ ống ở suối &#60;Tòng Xành&#62;",
        "name=\"new_pin\"",
    ] {
        assert!(look.body.contains(said), "{said}: {}", look.body);
    }
    let differ = [
        ("step", "set_pin"),
        ("password", PASSWORD),
        ("new_pin", PIN),
        ("new_pin_again", "2581"),
    ];
    let refused = sent(&mut officer, &town, &bulletin, &differ).await;
    assert!(refused.body.contains("Hai lần ghi mã PIN không giống nhau"));
    let mut same = differ;
    same[3].1 = PIN;
    let set = sent(&mut officer, &town, &bulletin, &same).await;
    assert!(set.body.contains("PHÁT NGAY"), "{}", set.body);

    let wrong = [("step", "order"), ("pin", "1590")];
    let refused = sent(&mut officer, &town, &bulletin, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["Mã PIN không đúng", "suối &#60;Tòng Xành&#62;", "PHÁT NGAY"] {
        assert!(refused.body.contains(kept), "{kept}: {}", refused.body);
    }
    assert!(!refused.body.contains("1590"), "a PIN is never shown");
    let none = town.officer.get("/api/v1/emergencies").await.json();
    assert_eq!(none, json!([]));
    let right = [("step", "order"), ("pin", PIN)];
    let done = sent(&mut officer, &town, &bulletin, &right).await;
    let twice = sent(&mut officer, &town, &bulletin, &right).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(done.location(), twice.location());
}

#[tokio::test]
async fn what_was_typed_is_there_again_when_it_is_refused_or_changed() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Lũ ống: lên nhà văn hoá").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let refused = sent(&mut officer, &town, &bulletin, &[("step", "look")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("wrong-areas") && refused.body.contains("chưa có trạm nào"));
    let page = refused.body;
    assert!(page.contains("suối &#60;Tòng Xành&#62;"), "{page}");
    assert!(page.contains("name=\"drill\" value=\"yes\" checked"));
    assert!(page.contains(&format!("value=\"{bulletin}\" checked")));
}

/// What stands in a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&start).expect("the field");
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_form_that_ordered_an_emergency_is_looked_at_again_before_it_orders_another() {
    let mut town = Town::start().await;
    town.enrolled().await;
    let (mut officer, first) = drilling(&mut town).await;
    let bulletin = town.approved("Cháy rừng").await;
    let swallowed = [("step", "order"), ("pin", PIN)];
    let refused = sent(&mut officer, &town, &bulletin, &swallowed).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    for said in ["đã ra lệnh một thông báo khẩn cấp khác", "PHÁT NGAY"] {
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    let key = hidden(&refused.body, "key");
    let page = sent(&mut officer, &town, &bulletin, &[("step", "look")]).await;
    assert_ne!(hidden(&page.body, "key"), "k1");
    let fields = [
        ("key", key.as_str()),
        ("bulletin", &bulletin),
        ("area", town.commune.id.as_str()),
        ("seen", town.commune.id.as_str()),
        ("repeats", "3"),
        ("gap", "10"),
        ("holds", "120"),
        ("why", "Cháy rừng"),
        ("step", "order"),
        ("pin", PIN),
    ];
    let done = officer.post("/emergencies/new", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(!done.location().starts_with(&first));
}

#[tokio::test]
async fn where_it_sounds_is_looked_at_before_and_the_title_is_the_reason_unless_one_is_typed() {
    let mut town = Town::start().await;
    town.enrolled().await;
    drilling(&mut town).await;
    let bulletin = town.approved("Cháy rừng").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let (commune, village) = (town.commune.id.as_str(), town.village.id.as_str());
    let order = [
        ("key", "k2"),
        ("bulletin", bulletin.as_str()),
        ("area", village),
        ("repeats", "3"),
        ("gap", "10"),
        ("holds", "120"),
        ("why", ""),
        ("step", "order"),
        ("pin", PIN),
    ];
    for seen in [
        vec![],
        vec![("seen", commune)],
        vec![("seen", commune), ("seen", village)],
    ] {
        let fields: Vec<_> = order.into_iter().chain(seen).collect();
        let refused = officer.post("/emergencies/new", &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
        assert!(refused.body.contains("Nơi phát vừa được chọn lại"));
        assert_eq!(hidden(&refused.body, "seen"), village, "it is seen now");
    }
    let sounding = town.officer.get("/api/v1/emergencies").await.json();
    assert_eq!(
        sounding.as_array().map(Vec::len),
        Some(1),
        "the drill alone"
    );
    let fields: Vec<_> = order.into_iter().chain([("seen", village)]).collect();
    let done = officer.post("/emergencies/new", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = officer.get(done.location()).await.body;
    assert!(page.contains("Cháy rừng"), "{page}");
    let id = done.location().split(['/', '?']).nth(2).unwrap().to_owned();
    let kept = town
        .officer
        .get(&format!("/api/v1/emergencies/{id}"))
        .await
        .json();
    assert_eq!(kept["why"], "Cháy rừng", "{kept}");
}

/// A line of the journal about the hearing with this number.
pub fn line(sequence: u64, town: &Town, id: &str, number: u32, record: Value) -> Value {
    let planned = town.today(9, 0).as_millis();
    let mut line = json!({
        "sequence": sequence, "wall_ms": planned, "boot_ms": 60_000, "boot_id": "monday",
        "generation": 1, "broadcast": id, "planned_ms": planned,
    });
    let cue = format!("{id}@emergency-{number}");
    let more = line.as_object_mut().unwrap();
    more.extend(record.as_object().unwrap().clone());
    if line["record"] == "started" {
        line["attempt"] = json!({ "cue": cue, "number": 1 });
    } else {
        line["cue"] = json!(cue);
    }
    line
}

pub fn started(town: &Town) -> Value {
    json!({
        "record": "started", "starts_ms": town.today(9, 0).as_millis(), "content": [],
        "duration_ms": 60_000, "in_quiet_hours": true,
        "order": { "by": "Người can.bo", "why": "Lũ ống", "drill": true },
    })
}

async fn holding(pc: &mut Pc, id: &str, ready: bool) {
    let health = json!({
        "version": "0.1.0", "generation": 1, "clock": "server", "system_clock_error_ms": 3,
        "emergencies": [{ "id": id, "revision": 1, "ready": ready }],
        "ready": 1, "wanted": 2, "disk_free_bytes": 9_000_000_000_u64, "output_ok": true,
        "faults": [], "uptime_ms": 60_000,
    });
    let said = pc.http.post_json("/api/v1/station/health", health).await;
    assert_eq!(said.status, StatusCode::NO_CONTENT, "{}", said.body);
}

#[tokio::test]
async fn the_page_says_of_each_village_how_far_it_is_until_somebody_there_stops_it() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (mut officer, page) = drilling(&mut town).await;
    let id = page.rsplit('/').next().unwrap().to_owned();
    let part = format!("{page}/stations");
    let whole = officer.get(&page).await.body;
    for said in [
        "DIỄN TẬP",
        "Người can.bo",
        "Chưa nhận được",
        "emergencies.js",
        "Cập nhật lúc 09:00:00",
        "Tải lại",
    ] {
        assert!(whole.contains(said), "{said}: {whole}");
    }
    let mut sees = async |expected: &str| {
        let part = officer.get(&part).await.body;
        assert!(part.contains(expected), "{expected}: {part}");
        assert!(!part.contains("<html"), "a part of the page alone");
    };
    holding(&mut pc, &id, false).await;
    sees("Đã nhận, đang tải bản ghi").await;
    holding(&mut pc, &id, true).await;
    sees("Đã nhận, sẵn sàng").await;
    let mut log = vec![line(1, &town, &id, 1, started(&town))];
    pc.report(json!(log)).await;
    sees("Đang phát lần 1").await;
    let aired = json!({ "record": "outcome", "outcome": "aired" });
    log.push(line(2, &town, &id, 1, aired));
    pc.report(json!(log)).await;
    sees("Đã phát 1 trên 3 lần").await;
    let stopped = json!({ "record": "emergency_stopped" });
    log.push(line(3, &town, &id, 2, stopped));
    pc.report(json!(log)).await;
    sees("Người tại máy đã bấm DỪNG, sau 1 lần phát").await;

    let cancel = officer.post(&format!("{page}/cancel"), &[]).await;
    assert_eq!(cancel.status, StatusCode::SEE_OTHER, "{}", cancel.body);
    town.server
        .clock
        .advance(std::time::Duration::from_secs(1_200));
    let whole = officer.get(&page).await.body;
    for said in [
        "Người can.bo đã hủy lúc 23/11/2026 09:00",
        "Chưa nhận được lệnh hủy",
        "Mất kết nối từ",
    ] {
        assert!(whole.contains(said), "{said}: {whole}");
    }
    assert!(
        !whole.contains("emergencies.js"),
        "nothing changes any more"
    );
    let list = officer.get("/emergencies").await.body;
    assert!(list.contains(&page) && list.contains("DIỄN TẬP"), "{list}");
}

#[tokio::test]
async fn its_hearings_stand_in_the_log_with_who_ordered_them_why_and_that_it_was_a_drill() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (mut officer, page) = drilling(&mut town).await;
    let id = page.rsplit('/').next().unwrap().to_owned();
    let aired = json!({ "record": "outcome", "outcome": "aired" });
    let missed = json!({ "record": "outcome", "outcome": "missed", "why": "power_off" });
    let lines = json!([
        line(1, &town, &id, 1, started(&town)),
        line(2, &town, &id, 1, aired),
        line(3, &town, &id, 2, missed),
    ]);
    let kept = pc.report(lines).await;
    assert_eq!(
        kept.json(),
        json!({ "stored_through": 3, "also_takes": ["status_spoken", "disk_unwritable"] }),
        "{}",
        kept.body
    );
    let day = officer.get("/as-run?day=2026-11-23").await.body;
    for said in [
        "Lũ ống: lên nhà văn hoá",
        page.as_str(),
        "DIỄN TẬP, Người can.bo ra lệnh: Lũ ống",
        "phát trong giờ yên lặng",
        "Đã phát",
        "máy đang tắt",
    ] {
        assert!(day.contains(said), "{said}: {day}");
    }
    let path = format!("/api/v1/emergencies/{id}");
    let bulletin = town.officer.get(&path).await.json()["bulletin"].clone();
    let path = format!("/bulletins/{}", bulletin.as_str().unwrap());
    let heard = officer.get(&path).await.body;
    assert!(heard.contains("DIỄN TẬP, Người can.bo ra lệnh"), "{heard}");
    let csv = officer.get("/as-run.csv?day=2026-11-23").await.body;
    assert!(csv.contains("DIỄN TẬP, Người can.bo ra lệnh"), "{csv}");
    let station = town.station["id"].as_str().unwrap();
    let path = format!("/api/v1/as-run?station={station}&date=2026-11-23");
    let lines = town.officer.get(&path).await.json();
    assert_eq!(lines[0]["attempts"][0]["in_quiet_hours"], true);
    assert_eq!(lines[0]["attempts"][0]["order"]["why"], "Lũ ống");
}
