//! Play now: two taps, a look in between, and then village by village what became of it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Browser;
use crate::town::Town;

/// Taps *Phát ngay* on the page of the bulletin, and looks at where that leads.
async fn first_tap(head: &mut Browser, bulletin: &str) -> String {
    let page = head.get(&format!("/bulletins/{bulletin}")).await.body;
    let (before, _) = page.split_once("\">Phát ngay</a>").unwrap();
    let (_, address) = before.rsplit_once("href=\"").unwrap();
    let address = address.replace("&amp;", "&").replace("&#38;", "&");
    assert!(address.contains("when=now"), "{address}");
    head.get(address.trim_end_matches("#preview")).await.body
}

/// Taps *PHÁT NGAY*; where that leads.
pub async fn second_tap(head: &mut Browser, town: &Town, bulletin: &str) -> String {
    let area = town.village.id.to_string();
    let fields = [
        ("key", "k1"),
        ("bulletin", bulletin),
        ("area", area.as_str()),
        ("when", "now"),
        ("repeats", "2"),
        ("gap", "30"),
        ("missed", "only_then"),
        ("step", "save"),
    ];
    let sent = head.post("/broadcasts/new", &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let told = head.get(sent.location()).await.body;
    assert!(told.contains("Đang gửi lệnh phát"), "{told}");
    sent.location().split('?').next().unwrap().to_owned()
}

fn line(town: &Town, sequence: u64, record: Value) -> Value {
    let mut line = json!({
        "sequence": sequence, "wall_ms": town.today(9, 0).as_millis(), "boot_ms": 60_000,
        "boot_id": "monday", "generation": 2,
    });
    let fields = record.as_object().unwrap().clone();
    line.as_object_mut().unwrap().extend(fields);
    line
}

#[tokio::test]
async fn two_taps_and_the_head_sees_the_station_fetch_air_and_have_aired_it() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    assert_eq!(pc.health(1).await, StatusCode::NO_CONTENT);
    let bulletin = town.approved("Họp thôn tối nay").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let preview = first_tap(&mut head, &bulletin).await;
    assert!(preview.contains("PHÁT NGAY"), "{preview}");
    assert!(preview.contains("23/11/2026 09:00"), "{preview}");
    let path = second_tap(&mut head, &town, &bulletin).await;

    let part = format!("{path}/villages");
    let page = head.get(&path).await.body;
    assert!(page.contains(&part), "it is kept fresh: {page}");
    let look = head.get(&part).await.body;
    assert!(look.contains("Đã gửi, trạm đang nhận"), "{look}");
    town.server.clock.advance(Duration::from_secs(2));
    let generation = pc.programme(1).await.generation;
    let ready = json!({
        "version": "0.1.0", "generation": generation, "clock": "server", "system_clock_error_ms": 3,
        "ready": 2, "wanted": 2, "disk_free_bytes": 9_000_000_000_u64, "output_ok": true,
        "faults": [], "uptime_ms": 60_000,
    });
    pc.http.post_json("/api/v1/station/health", ready).await;
    let look = head.get(&part).await.body;
    assert!(look.contains("Trạm đã có, sắp phát"), "{look}");

    let broadcast = path.strip_prefix("/broadcasts/").unwrap();
    let (cue, planned) = (format!("{broadcast}@now"), town.today(9, 0).as_millis());
    let attempt = json!({ "cue": cue, "number": 1 });
    let started = line(
        &town,
        1,
        json!({
            "record": "started", "attempt": attempt, "broadcast": broadcast,
            "planned_ms": planned, "starts_ms": planned, "content": [], "duration_ms": 60_000,
        }),
    );
    assert!(!look.contains("DỪNG"), "nothing sounds yet: {look}");
    pc.report(json!([started])).await;
    let look = head.get(&part).await.body;
    assert!(look.contains("Đang phát"), "{look}");
    assert!(look.contains("DỪNG"), "{look}");
    assert!(!look.contains("Các lượt phát sắp tới"), "{look}");
    let ended = line(
        &town,
        2,
        json!({
            "record": "ended", "attempt": attempt, "position_ms": 60_000, "cut": null,
        }),
    );
    let aired = line(
        &town,
        3,
        json!({
            "record": "outcome", "cue": cue, "broadcast": broadcast, "planned_ms": planned,
            "outcome": "aired",
        }),
    );
    pc.report(json!([started, ended, aired])).await;
    let look = head.get(&part).await.body;
    assert!(look.contains("tag long good"), "{look}");
    for over in ["Đang phát", "DỪNG", "Hủy lịch phát"] {
        assert!(!look.contains(over), "{over}: {look}");
    }
    let outcomes = look.split_once("id=\"outcomes\"").unwrap().1;
    assert!(outcomes.contains("23/11/2026 09:00"), "{look}");
}

#[tokio::test]
async fn a_village_without_a_pc_will_not_hear_it_and_the_page_says_why() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Họp thôn tối nay").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let path = second_tap(&mut head, &town, &bulletin).await;
    let look = head.get(&format!("{path}/villages")).await.body;
    assert!(look.contains("tag long bad"), "{look}");
    let stranger = town.server.area("Xã khác", "commune", None).await;
    let officer = loaban_server::people::rights::Role::Officer;
    town.server.person("xa.khac", officer, &stranger).await;
    let mut stranger = town.server.signed_in("xa.khac").await;
    let hidden = stranger.get(&format!("{path}/villages")).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn in_quiet_hours_the_look_says_so_and_there_is_no_second_tap() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Họp thôn tối nay").await;
    town.server.clock.set(town.today(22, 0));
    let mut head = town.server.signed_in("truong.thon").await;
    let preview = first_tap(&mut head, &bulletin).await;
    assert!(preview.contains("giờ yên lặng (21:00–05:30)"), "{preview}");
    assert!(!preview.contains("PHÁT NGAY"), "{preview}");
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&format!("/bulletins/{bulletin}")).await.body;
    assert!(!page.contains("Phát ngay"), "she schedules nothing");
}
