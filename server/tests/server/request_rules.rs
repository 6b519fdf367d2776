//! Requests for a recording: who may do what, and what is refused.

use loaban_server::areas::area::Area;
use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::requests::{PDF, asked, field, path};
use crate::support::{Answer, Browser};
use crate::town::{Town, problem};

/// What a role is answered to each step: ask, list, look, take, decline, attach, fetch, cancel.
type Answers = [StatusCode; 8];

#[tokio::test]
async fn each_role_asks_and_only_who_records_in_the_village_answers() {
    let mut town = Town::start().await;
    let elsewhere = town.server.area("Xã Tòng Sành", "commune", None).await;
    let stranger = town
        .server
        .person("nguoi.la", Role::Officer, &elsewhere)
        .await;
    let mut stranger = town.server.script(&town.server.token(&stranger).await);
    let village = town.village.clone();
    let (ok, done) = (StatusCode::OK, StatusCode::NO_CONTENT);
    let (no, hidden) = (StatusCode::FORBIDDEN, StatusCode::NOT_FOUND);
    let (made, out) = (StatusCode::CREATED, StatusCode::UNAUTHORIZED);
    let rows: [(&str, Answers); 6] = [
        ("secretary", [made, ok, ok, ok, done, no, ok, no]),
        ("head", [made, ok, ok, no, no, no, ok, no]),
        ("officer", [made, ok, ok, ok, done, done, ok, done]),
        ("admin", [made, ok, ok, no, no, no, ok, no]),
        (
            "stranger",
            [hidden, ok, hidden, hidden, hidden, hidden, hidden, hidden],
        ),
        ("visitor", [out; 8]),
    ];
    for (role, wanted) in rows {
        let taken = asked(&mut town, "Họp", &village).await;
        let declined = asked(&mut town, "Họp", &village).await;
        attach(&mut town.officer, &declined).await;
        let mut visitor = town.server.visitor();
        let who = match role {
            "secretary" => &mut town.secretary,
            "head" => &mut town.head,
            "officer" => &mut town.officer,
            "admin" => &mut town.admin,
            "stranger" => &mut stranger,
            _ => &mut visitor,
        };
        let answers = steps(who, &taken, &declined, &village).await;
        for (place, (answer, wanted)) in answers.iter().zip(wanted).enumerate() {
            assert_eq!(answer.status, wanted, "{role}, {place}: {}", answer.body);
        }
    }
    for page in ["/requests", "/requests/new"] {
        let visitor = town.server.visitor().get(page).await;
        assert_eq!(visitor.location(), format!("/sign-in?next={page}"));
    }
}

async fn steps(who: &mut Browser, taken: &Value, declined: &Value, village: &Area) -> [Answer; 8] {
    let area = format!("/areas/{}", village.id);
    let new = json!({ "title": "Họp", "script": "Họp", "due_day": "2026-11-25",
        "areas": [village.id] });
    let why = json!({ "reason": "Máy hỏng" });
    let take = path(taken, &format!("{area}/take"));
    let decline = path(declined, &format!("{area}/decline"));
    [
        who.post_json("/api/v1/requests", new).await,
        who.get("/api/v1/requests").await,
        who.get(&path(taken, "")).await,
        who.post_json(&take, json!({})).await,
        who.post_json(&decline, why).await,
        attach(who, taken).await,
        who.get(&path(declined, "/document")).await,
        who.post_json(&path(declined, "/cancel"), json!({})).await,
    ]
}

async fn attach(who: &mut Browser, request: &Value) -> Answer {
    let place = path(request, "/document?name=a.pdf");
    who.send(Method::PUT, &place, &[], PDF.to_vec()).await
}

#[tokio::test]
async fn of_two_who_take_it_up_one_has_it_and_the_other_is_told_who() {
    let mut town = Town::start().await;
    let village = town.village.clone();
    let request = asked(&mut town, "Họp", &village).await;
    let take = path(&request, &format!("/areas/{}/take", village.id));
    let (one, two) = tokio::join!(
        town.secretary.post_json(&take, json!({})),
        town.officer.post_json(&take, json!({})),
    );
    let (won, lost) = match one.status {
        StatusCode::OK => (one, two),
        _ => (two, one),
    };
    assert_eq!(won.status, StatusCode::OK, "{}", won.body);
    assert_eq!(problem(&lost), "request-taken", "{}", lost.body);
    assert!(
        lost.json()["title"].as_str().unwrap().contains("Người "),
        "{}",
        lost.body
    );
    let all = town.officer.get("/api/v1/bulletins").await.json();
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    assert_eq!(all[0]["id"], won.json()["bulletin_id"], "{all}");
    let late = path(&request, &format!("/areas/{}/decline", village.id));
    let late = town
        .secretary
        .post_json(&late, json!({ "reason": "Bận" }))
        .await;
    assert_eq!(problem(&late), "request-answered", "{}", late.body);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_nothing_typed_is_lost() {
    let mut town = Town::start().await;
    let closed = town
        .server
        .area("Thôn Cũ", "village", Some(&town.commune))
        .await;
    let mut admin = town.server.signed_in("quan.tri").await;
    admin
        .post(&format!("/areas/{}/close", closed.id), &[])
        .await;
    let wish = |due: &str, areas: Value| {
        json!({ "title": "Họp thôn", "script": "Kính mời bà con", "due_day": due,
            "areas": areas })
    };
    let here = json!([town.village.id]);
    for (new, wanted) in [
        (wish("2026-11-22", here.clone()), "request-due-day"),
        (wish("hôm nay", here.clone()), "request-due-day"),
        (wish("2026-11-25", json!([])), "request-needs-area"),
        (
            wish("2026-11-25", json!(["are_0000000000000000"])),
            "not-found",
        ),
        (wish("2026-11-25", json!(["x"])), "not-found"),
        (
            wish("2026-11-25", json!([closed.id])),
            "request-area-closed",
        ),
    ] {
        let refused = town.officer.post_json("/api/v1/requests", new).await;
        assert_eq!(problem(&refused), wanted, "{}", refused.body);
    }
    // The commune means its open villages.
    let commune = town.commune.clone();
    let request = asked(&mut town, "Họp", &commune).await;
    assert_eq!(
        request["villages"].as_array().unwrap().len(),
        1,
        "{request}"
    );

    let mut officer = town.server.signed_in("can.bo").await;
    let id = field(&officer.get("/requests/new").await.body, "id");
    let area = town.village.id.to_string();
    let fields = [
        ("id", id.as_str()),
        ("title", "<b>Họp</b>"),
        ("script", "Kính mời bà con"),
        ("on_behalf_of", "Công an xã"),
        ("due_day", "2026-11-01"),
        ("area", area.as_str()),
    ];
    let refused = officer.post("/requests/new", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.body;
    assert!(page.contains("Ngày cần có không hợp lệ"), "{page}");
    assert!(
        page.contains("Kính mời bà con") && page.contains("Công an xã"),
        "{page}"
    );
    assert!(
        page.contains(&format!("value=\"{area}\" checked")),
        "{page}"
    );
    assert!(!page.contains("<b>Họp"), "{page}");
}

#[tokio::test]
async fn what_was_taken_back_waits_for_nobody_and_what_is_late_is_marked() {
    let mut town = Town::start().await;
    let village = town.village.clone();
    let request = asked(&mut town, "Họp", &village).await;
    let place = format!("/requests/{}", request["id"].as_str().unwrap());
    let mut secretary = town.server.signed_in("bi.thu").await;
    let mut officer = town.server.signed_in("can.bo").await;
    assert!(!officer.get(&place).await.body.contains("Đã quá hạn"));
    town.server.clock.set(town.today(3 * 24 + 9, 0));
    assert!(
        officer
            .get(&place)
            .await
            .body
            .contains("Đã quá hạn 25/11/2026")
    );
    assert!(officer.get("/requests").await.body.contains("Quá hạn"));
    let done = officer.post(&format!("{place}/cancel"), &[]).await;
    assert_eq!(
        done.location(),
        format!("{place}?notice=notice-request-cancelled")
    );
    assert!(!secretary.get("/").await.body.contains(&place));
    let taken = [("area", village.id.as_str())];
    let refused = secretary.post(&format!("{place}/take"), &taken).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    let page = secretary.get(&place).await.body;
    assert!(page.contains("Người gửi đã rút yêu cầu này"), "{page}");
    let none = town.secretary.get("/api/v1/bulletins").await.json();
    assert_eq!(none, json!([]), "a bulletin that was begun in vain is gone");
}

#[tokio::test]
async fn what_is_due_first_stands_first() {
    let mut town = Town::start().await;
    for due in ["2026-11-28", "2026-11-24", "2026-11-26"] {
        let new = json!({ "title": format!("Việc {due}"), "script": "x", "due_day": due,
            "areas": [town.village.id] });
        town.officer.post_json("/api/v1/requests", new).await;
    }
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get("/").await.body;
    let place = |due: &str| page.find(&format!("Việc {due}")).unwrap();
    assert!(place("2026-11-24") < place("2026-11-26"), "{page}");
    assert!(place("2026-11-26") < place("2026-11-28"), "{page}");
}
