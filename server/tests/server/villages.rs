//! Where a broadcast is heard: in every village that is meant, and in none that was closed.

use loaban_server::areas::area::{QuietSpan, Ways};
use loaban_server::areas::draft::Draft;
use loaban_server::areas::tree;
use loaban_server::audit::Author;
use loaban_server::programmes::duty;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::as_run::{cut, scheduled};
use crate::town::{Town, problem};

/// A village of the commune whose quiet hours end `minute` minutes after half past five.
async fn village(town: &Town, name: &str, minute: i16) {
    let (hour, past) = ((30 + minute) / 60, (30 + minute) % 60);
    let quiet = QuietSpan {
        from: jiff::civil::Time::constant(21, 0, 0, 0),
        until: jiff::civil::Time::constant(5 + hour as i8, past as i8, 0, 0),
    };
    let draft = Draft {
        id: None,
        kind: "village".to_owned(),
        name: name.to_owned(),
        households: None,
        ways: Ways {
            quiet_hours: (minute > 0).then_some(quiet),
            ..Ways::default()
        },
        despite_quiet_hours: true,
    };
    let parent = Some(&town.commune);
    tree::add(&town.server.state, &Author::server(), parent, &draft)
        .await
        .unwrap();
}

/// What the officer sees of an order for the whole commune at 17:00 each day.
fn everywhere(town: &Town, bulletin: &str) -> Value {
    json!({
        "bulletins": [bulletin], "areas": [town.commune.id],
        "rule": { "kind": "daily", "times": ["17:00"], "until": "2026-12-01" },
    })
}

fn address(town: &Town, bulletin: &str) -> String {
    format!(
        "/broadcasts/new?step=preview&bulletin={bulletin}&area={}&when=daily&times=17:00\
         &until=2026-12-01&repeats=2&gap=30&missed=only_then",
        town.commune.id
    )
}

#[tokio::test]
async fn every_village_is_looked_at_and_those_that_hear_the_same_are_shown_as_one() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    for number in 1..=80 {
        village(&town, &format!("Thôn {number}"), 0).await;
    }
    village(&town, "Thôn yên tĩnh", 15).await;
    let order = everywhere(&town, &bulletin);
    let outlook = town
        .officer
        .post_json("/api/v1/broadcasts/preview", order)
        .await
        .json();
    let outlook = outlook.as_array().unwrap();
    assert_eq!(outlook.len(), 82);
    for village in outlook {
        assert_eq!(village["cues"].as_array().unwrap().len(), 5, "{village}");
    }
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get(&address(&town, &bulletin)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for said in ["81 thôn nghe như nhau", "và 61 thôn nữa", "Thôn yên tĩnh"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert!(!page.body.contains("Mới xem được"), "{}", page.body);
    assert_eq!(page.body.matches("23/11/2026 17:00").count(), 2);
}

#[tokio::test]
async fn where_programmes_differ_too_much_the_page_says_how_many_villages_were_looked_at() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    for number in 1..=201 {
        village(&town, &format!("Thôn {number}"), number).await;
    }
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get(&address(&town, &bulletin)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(
        page.body.contains("Mới xem được 200 trên 202 thôn"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn others_write_while_an_order_for_many_villages_is_planned() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    for number in 1..=190 {
        village(&town, &format!("Thôn {number}"), number).await;
    }
    let mut order = everywhere(&town, &bulletin);
    order["rule"]["until"] = json!("2026-12-31");
    let mut officer = town.server.script(town.officer.token());
    let placing = tokio::spawn(async move { officer.post_json("/api/v1/broadcasts", order).await });
    let mut written = 0;
    while !placing.is_finished() {
        // Somebody who looks at a page, and then something that is kept.
        town.admin.get("/api/v1/areas").await;
        let write = town.server.state.database.write().await.unwrap();
        write.commit().await.unwrap();
        written += 1;
    }
    let placed = placing.await.unwrap();
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    assert!(written > 4, "others waited for the order: {written}");
}

#[tokio::test]
async fn nothing_is_ordered_for_a_closed_area_and_what_was_ordered_before_goes_on() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let before = town.ordered(&bulletin, rule.clone()).await.json()["id"].clone();
    town.server.clock.set(town.today(10, 0));
    let mut admin = town.server.signed_in("quan.tri").await;
    let path = format!("/areas/{}", town.village.id);
    let page = admin.get(&path).await.body;
    let link = format!("/broadcasts/{}", before.as_str().unwrap());
    assert!(
        page.contains("Lịch đã đặt vẫn phát") && page.contains(&link),
        "{page}"
    );
    let closed = admin.post(&format!("{path}/close"), &[]).await;
    let page = admin.get(closed.location()).await.body;
    assert!(
        page.contains("Muốn dừng thì mở ra và hủy") && page.contains(&link),
        "{page}"
    );

    town.server.clock.set(town.today(10, 1));
    let refused = town.ordered(&bulletin, rule).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert_eq!(problem(&refused), "broadcast-area-closed");
    assert!(refused.body.contains("Thôn Tòng Xành"), "{}", refused.body);
    let mut head = town.server.signed_in("truong.thon").await;
    let form = head.get("/broadcasts/new").await.body;
    assert!(!form.contains("name=\"area\""), "{form}");

    village(&town, "Thôn bên cạnh", 0).await;
    let order = everywhere(&town, &bulletin);
    let outlook = town
        .officer
        .post_json("/api/v1/broadcasts/preview", order.clone())
        .await
        .json();
    assert_eq!(outlook[0]["name"], "Thôn bên cạnh", "{outlook}");
    assert!(outlook[1].is_null(), "{outlook}");
    let placed = town.officer.post_json("/api/v1/broadcasts", order).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    assert_eq!(pc.programme(0).await.broadcasts.len(), 1);
    admin.post(&format!("{path}/reopen"), &[]).await;
    duty::all(&town.server.state).await.unwrap();
    assert_eq!(pc.programme(0).await.broadcasts.len(), 2);
}

#[tokio::test]
async fn an_area_about_to_be_closed_lists_of_its_orders_what_is_still_to_be_heard() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (over, late, daily) = (
        town.approved("Đã phát").await,
        town.approved("Chờ điện").await,
        town.approved("Hằng ngày").await,
    );
    let at = |hour: &str| json!({ "kind": "once", "at": format!("2026-11-23T{hour}:00") });
    town.ordered(&over, at("10")).await;
    let until = json!({
        "bulletins": [late], "areas": [town.village.id], "rule": at("11"),
        "missed": { "kind": "until", "until": "16:00" },
    });
    let placed = town.head.post_json("/api/v1/broadcasts", until).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let late = placed.json()["id"].clone();
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    town.ordered(&daily, rule).await;
    let path = format!("/areas/{}", town.village.id);
    let listed = |page: &str| {
        let titles = ["Đã phát", "Chờ điện", "Hằng ngày"].into_iter();
        titles
            .filter(|title| page.contains(&format!("\">{title}</a>")))
            .collect::<Vec<_>>()
    };
    for (hour, minute, wanted) in [
        (9, 30, vec!["Đã phát", "Chờ điện", "Hằng ngày"]),
        (10, 2, vec!["Đã phát", "Chờ điện", "Hằng ngày"]),
        (10, 30, vec!["Chờ điện", "Hằng ngày"]),
        (12, 0, vec!["Chờ điện", "Hằng ngày"]),
    ] {
        town.server.clock.set(town.today(hour, minute));
        let mut admin = town.server.signed_in("quan.tri").await;
        let page = admin.get(&path).await.body;
        assert_eq!(listed(&page), wanted, "{hour}:{minute}: {page}");
    }
    // Its only station has said what became of it.
    let cue = json!(format!("{}@2026-11-23T11:00", late.as_str().unwrap()));
    let planned = town.today(11, 0).as_millis();
    pc.report(json!(cut(&cue, &late, planned))).await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let page = admin.get(&path).await.body;
    assert_eq!(listed(&page), ["Hằng ngày"], "{page}");
    town.step(&daily, "withdraw", "").await;
    let page = admin.get(&path).await.body;
    assert_eq!(listed(&page), [""; 0], "nothing of it is heard: {page}");
}

#[tokio::test]
async fn an_area_about_to_be_closed_lists_what_sounds_there_until_it_has_ended() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let mut lines = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    lines[0]["duration_ms"] = json!(20 * 60_000);
    let path = format!("/areas/{}", town.village.id);
    let listed = format!("/broadcasts/{}\">", broadcast.as_str().unwrap());
    town.server.clock.set(town.today(17, 10));
    let mut admin = town.server.signed_in("quan.tri").await;
    let page = admin.get(&path).await.body;
    assert!(!page.contains(&listed), "its last moment is over: {page}");
    pc.report(json!(lines[..1])).await;
    let page = admin.get(&path).await.body;
    let (_, closing) = page.split_once("Các lịch này vẫn phát").expect("a list");
    assert!(closing.contains(&listed), "it sounds: {page}");
    pc.report(json!(lines)).await;
    let page = admin.get(&path).await.body;
    assert!(!page.contains("Các lịch này vẫn phát"), "{page}");
}
