//! Where an emergency sounds: what is chosen at first, what leaves a doubt, and what stands by.

use loaban_server::people::rights::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::emergency_pages::{PIN, drilling, sent};
use crate::town::{Town, problem};
use crate::typed::{WEEK, signed_in_again};

/// The areas that a page of the screen has chosen.
fn chosen(page: &str) -> Vec<String> {
    let boxes = page.split("name=\"area\" value=\"").skip(1);
    let chosen = boxes.filter(|area| area.split('>').next().unwrap().ends_with(" checked"));
    let name = |area: &str| area.split('"').next().unwrap().to_owned();
    chosen.map(name).collect()
}

#[tokio::test]
async fn of_a_whole_province_nothing_is_chosen_until_somebody_ticks_it() {
    let town = Town::start().await;
    let server = &town.server;
    let province = server.area("Tỉnh Lào Cai", "province", None).await;
    server.person("can.bo.tinh", Role::Admin, &province).await;
    let mut of_province = server.signed_in("can.bo.tinh").await;
    let page = of_province.get("/emergencies/new").await.body;
    assert_eq!(chosen(&page), Vec::<String>::new(), "alone: {page}");
    let mut villages = Vec::new();
    for commune in ["Xã Bát Xát", "Xã Bản Qua"] {
        let commune = server.area(commune, "commune", Some(&province)).await;
        let page = of_province.get("/emergencies/new").await.body;
        assert_eq!(chosen(&page), Vec::<String>::new(), "{commune:?}: {page}");
        villages.push(server.area("Thôn Một", "village", Some(&commune)).await);
    }
    let page = of_province.get("/emergencies/new").await.body;
    assert!(page.contains("Thôn Một"), "{page}");
    assert_eq!(chosen(&page), Vec::<String>::new());
    assert!(!page.contains("Sẽ phát NGAY"), "{page}");

    server
        .person("can.bo.thon", Role::Officer, &villages[0])
        .await;
    let mut of_village = server.signed_in("can.bo.thon").await;
    let page = of_village.get("/emergencies/new").await.body;
    assert_eq!(chosen(&page), [villages[0].id.to_string()]);
}

#[tokio::test]
async fn a_village_beside_its_commune_is_asked_about_and_sounds_nowhere() {
    let mut town = Town::start().await;
    town.enrolled().await;
    let bulletin = town.approved("Cháy rừng").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let village = town.village.id.to_string();
    let both = [
        ("step", "order"),
        ("pin", PIN),
        ("area", &village),
        ("seen", &village),
    ];
    let refused = sent(&mut officer, &town, &bulletin, &both).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "Đã chọn cả “Xã Cốc San” lẫn “Thôn Tòng Xành” nằm trong đó",
        "chỉ muốn phát ở “Thôn Tòng Xành” thì bỏ chọn “Xã Cốc San”",
        "wrong-areas",
    ] {
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    assert!(!refused.body.contains("name=\"seen\""), "{}", refused.body);
    let order = json!({ "bulletin": bulletin, "areas": [town.commune.id, town.village.id],
        "why": "Cháy rừng", "pin": PIN });
    let refused = town.officer.post_json("/api/v1/emergencies", order).await;
    assert_eq!(problem(&refused), "emergency-part-and-whole");
    let sounding = town.officer.get("/api/v1/emergencies").await.json();
    assert_eq!(sounding, json!([]));
}

#[tokio::test]
async fn what_stands_by_says_when_it_is_to_be_used() {
    let mut town = Town::start().await;
    town.enrolled().await;
    let bulletin = town.approved("Cháy rừng").await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/emergencies/new").await.body;
    assert!(page.contains("Cần ghi lý do ở trên"), "{page}");
    let fields = [
        ("bulletin", bulletin.as_str()),
        ("area", town.commune.id.as_str()),
        ("repeats", "3"),
        ("gap", "10"),
        ("holds", "120"),
        ("why", ""),
        ("step", "stand_by"),
    ];
    let refused = officer.post("/emergencies/new", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("wrong-why"), "{}", refused.body);
}

#[tokio::test]
async fn whoever_ticks_no_village_is_told_so_whatever_else_is_missing() {
    let mut town = Town::start().await;
    let warning = town.approved("Cháy rừng").await;
    // What was made for another village is not for their eyes.
    let (server, commune) = (&town.server, town.commune.clone());
    let village = server.area("Thôn Ún Tà", "village", Some(&commune)).await;
    server.person("can.bo.thon", Role::Officer, &village).await;
    let mut officer = server.signed_in("can.bo.thon").await;
    let fields = [
        ("key", "k1"),
        ("bulletin", warning.as_str()),
        ("repeats", "3"),
        ("gap", "10"),
        ("holds", "120"),
        ("why", ""),
        ("step", "order"),
        ("pin", PIN),
    ];
    let refused = officer.post("/emergencies/new", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("Chưa chọn nơi phát"),
        "{}",
        refused.body
    );
}

#[tokio::test]
async fn an_emergency_that_was_kept_is_looked_at_and_then_ordered() {
    let mut town = Town::start().await;
    town.enrolled().await;
    let (mut officer, _) = drilling(&mut town).await;
    let warning = town.approved("Cháy rừng").await;
    let csrf = officer.csrf().await;
    town.server.clock.advance(WEEK);
    let mut fields = vec![
        ("bulletin", warning.as_str()),
        ("area", town.commune.id.as_str()),
        ("repeats", "3"),
        ("gap", "10"),
        ("holds", "120"),
        ("why", "Cháy rừng ở Un Tà"),
        ("key", "k2"),
    ];
    let mut kept = fields.clone();
    kept.extend([("csrf", &*csrf), ("pin", PIN), ("step", "order")]);
    let answer = officer.post_raw("/emergencies/new", &kept, &[]).await;
    let back = signed_in_again(&mut officer, "can.bo", &answer).await;
    let page = officer.get(&back).await.body;
    let named = |page: &str| {
        let (_, rest) = page.split_once("name=\"kept\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let name = named(&page);
    fields.push(("kept", &name));
    let looked = officer.post("/emergencies/new", &fields).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
    assert_eq!(named(&looked.body), name, "it is the same form still");
    fields.extend([
        ("seen", town.commune.id.as_str()),
        ("pin", PIN),
        ("step", "order"),
    ]);
    let ordered = officer.post("/emergencies/new", &fields).await;
    assert_eq!(ordered.status, StatusCode::SEE_OTHER, "{}", ordered.body);
    assert!(ordered.location().starts_with("/emergencies/"));
    assert!(
        !officer.get("/").await.body.contains(&back),
        "it waits no longer"
    );
}
