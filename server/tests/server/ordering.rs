//! The form by which a broadcast is ordered: looked at in advance, gone back to, kept.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Answer, Browser};
use crate::town::Town;

/// The fields of the form as a browser sends them.
fn form<'f>(
    town: &'f Town,
    bulletin: &'f str,
    time: &'f str,
    step: &'f str,
) -> Vec<(&'f str, &'f str)> {
    vec![
        ("key", "k1"),
        ("bulletin", bulletin),
        ("bulletin", ""),
        ("area", town.village.id.as_str()),
        ("when", "daily"),
        ("times", time),
        ("times", ""),
        ("from", "2026-11-23"),
        ("until", ""),
        ("except", "25/12/2026, 01/01/2027"),
        ("repeats", "2"),
        ("gap", "30"),
        ("chime", "yes"),
        ("missed", "until"),
        ("missed_until", "19:00"),
        ("step", step),
    ]
}

async fn sent(head: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    head.post("/broadcasts/new", fields).await
}

#[tokio::test]
async fn the_form_shows_what_will_be_heard_then_keeps_it_and_loses_nothing_that_was_typed() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/broadcasts/new").await.body;
    assert!(
        page.contains("Kích hoạt VNeID") && page.contains("Hôm nay 17:00"),
        "{page}"
    );

    let mut fields = form(&town, &bulletin, "22:00", "save");
    fields.retain(|(name, _)| *name != "missed");
    let refused = sent(&mut head, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in [
        "22:00",
        "25/12/2026, 01/01/2027",
        "giờ yên lặng (21:00–05:30)",
        "wrong-when",
    ] {
        assert!(refused.body.contains(kept), "{kept}: {}", refused.body);
    }
    let fields = form(&town, &bulletin, "17:00", "preview");
    let preview = looked_at(&mut head, &fields).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    assert!(
        !refused.body.contains("id=\"preview\""),
        "the refusal on top is read first"
    );
    for shown in [
        "23/11/2026 17:00",
        "Thôn Tòng Xành",
        "Đặt lịch phát",
        "action=\"/broadcasts/new#preview\"",
        "<section id=\"preview\"",
    ] {
        assert!(preview.body.contains(shown), "{shown}: {}", preview.body);
    }
    assert_eq!(town.head.get("/api/v1/broadcasts").await.json(), json!([]));

    let fields = form(&town, &bulletin, "17:00", "save");
    let saved = sent(&mut head, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let page = head.get(saved.location()).await.body;
    assert!(page.contains("Hằng ngày lúc 17:00"), "{page}");
    assert!(page.contains("nghỉ 30 giây giữa hai lần"), "{page}");
    assert!(page.contains("không muộn hơn 19:00"), "{page}");
    let again = sent(&mut head, &fields).await;
    assert_eq!(again.location(), saved.location());
}

/// The page to which the form leads on when it is only looked at.
async fn looked_at(head: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let answer = sent(head, fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    head.get(answer.location()).await
}

#[tokio::test]
async fn a_look_in_advance_has_an_address_that_can_be_loaded_again_and_holds_no_secret() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let answer = sent(&mut head, &form(&town, &bulletin, "17:00", "preview")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let address = answer.location().to_owned();
    assert!(!address.contains(&head.csrf().await), "{address}");
    assert!(address.len() < 1_000, "{address}");
    for _ in 0..2 {
        let page = head.get(&address).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        for kept in [
            "23/11/2026 17:00",
            "value=\"25/12/2026, 01/01/2027\"",
            "value=\"19:00\"",
            "name=\"missed\" value=\"until\" checked",
            "name=\"chime\" value=\"yes\" checked",
            "name=\"key\" value=\"k1\"",
        ] {
            assert!(page.body.contains(kept), "{kept}: {}", page.body);
        }
    }
    // Signing in leads back to it.
    let visitor = town.server.visitor().get(&address).await;
    assert!(
        visitor.location().contains("when%3Ddaily"),
        "{}",
        visitor.location()
    );
}

#[tokio::test]
async fn going_back_after_it_was_kept_orders_another_one_and_shows_that_the_two_clash() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let address = sent(&mut head, &form(&town, &bulletin, "17:00", "preview")).await;
    let saved = sent(&mut head, &form(&town, &bulletin, "17:00", "save")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let back = head.get(address.location()).await;
    assert!(back.body.contains("Trùng giờ với"), "{}", back.body);
    assert!(!back.body.contains("value=\"k1\""), "{}", back.body);
}

#[tokio::test]
async fn what_was_changed_after_the_look_is_looked_at_again_and_not_kept_unseen() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let seen = looked_at(&mut head, &form(&town, &bulletin, "17:00", "preview")).await;
    let first = looked(&seen.body);

    let mut changed = form(&town, &bulletin, "18:00", "save");
    changed.push(("looked", &first));
    let again = sent(&mut head, &changed).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    for said in [
        "Bạn đã sửa sau khi xem trước",
        "23/11/2026 18:00",
        "id=\"preview\"",
    ] {
        assert!(again.body.contains(said), "{said}: {}", again.body);
    }
    assert_eq!(town.head.get("/api/v1/broadcasts").await.json(), json!([]));

    let second = looked(&again.body);
    let mut same = form(&town, &bulletin, "18:00", "save");
    same.push(("looked", &second));
    let saved = sent(&mut head, &same).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let page = head.get(saved.location()).await.body;
    assert!(page.contains("Hằng ngày lúc 18:00"), "{page}");
}

/// What names the look on a page.
fn looked(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"looked\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_no_address_can_hold_is_looked_at_all_the_same() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let many = "25/12/2026, ".repeat(400);
    let mut fields = form(&town, &bulletin, "17:00", "preview");
    fields.retain(|(name, _)| *name != "except");
    fields.push(("except", &many));
    let answer = sent(&mut head, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("25/12/2026, 25/12/2026"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn the_hours_that_one_tap_chooses_are_those_at_which_the_commune_listens() {
    let mut town = Town::start().await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/broadcasts/new").await.body;
    for hour in ["Hôm nay 11:30", "Hôm nay 17:00", "Ngày mai 06:00"] {
        assert!(page.contains(hour), "{hour}: {page}");
    }
    let sessions = json!({ "morning": { "from": "07:30", "until": "08:30" },
        "evening": { "from": "18:30", "until": "20:00" }, "most_minutes": 45 });
    let says = json!({ "kind": "commune", "name": "Xã Cốc San", "sessions": sessions });
    let path = format!("/api/v1/areas/{}", town.commune.id);
    let json = [("content-type", "application/json")];
    let saved = town.admin.send(Method::PUT, &path, &json, says.to_string());
    let saved = saved.await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    let page = head.get("/broadcasts/new").await.body;
    for hour in ["Hôm nay 18:30", "Ngày mai 07:30", "Ngày mai 18:30"] {
        assert!(page.contains(hour), "{hour}: {page}");
    }
    for hour in ["11:30", "17:00", "06:00", "19:00"] {
        assert!(
            !page.contains(&format!(" {hour}</label>")),
            "{hour}: {page}"
        );
    }
}
