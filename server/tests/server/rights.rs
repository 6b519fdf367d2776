//! Roles on areas: what one may do, where, and what nobody may.

use loaban_server::audit::Author;
use loaban_server::people::rights::{Right, Role};
use loaban_server::people::roles;
use programme::units::WallTime;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{MORNING, Server};

#[tokio::test]
async fn a_role_holds_in_its_area_and_in_everything_below_and_nowhere_else() {
    let server = Server::start().await;
    let province = server.area("Tỉnh Lào Cai", "province", None).await;
    let commune = server.area("Xã Cốc San", "commune", Some(&province)).await;
    let village = server
        .area("Thôn Luổng Láo", "village", Some(&commune))
        .await;
    let other = server
        .area("Xã Tòng Sành", "commune", Some(&province))
        .await;
    server.person("can.bo", Role::Officer, &commune).await;
    let mut officer = server.signed_in("can.bo").await;

    assert_eq!(
        officer.get(&format!("/areas/{}", commune.id)).await.status,
        StatusCode::OK
    );
    assert_eq!(
        officer.get(&format!("/areas/{}", village.id)).await.status,
        StatusCode::OK
    );
    for hidden in [&province, &other] {
        let answer = officer.get(&format!("/areas/{}", hidden.id)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", hidden.name);
    }
    let list = officer.get("/areas").await.body;
    assert!(list.contains("Thôn Luổng Láo") && !list.contains("Xã Tòng Sành"));
}

#[tokio::test]
async fn who_may_see_but_not_change_is_told_so() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    server.person("bi.thu", Role::Secretary, &commune).await;
    let mut secretary = server.signed_in("bi.thu").await;
    let answer = secretary.get(&format!("/areas/{}/edit", commune.id)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("Bạn không có quyền làm việc này"));
    assert_eq!(secretary.get("/people").await.status, StatusCode::FORBIDDEN);
    assert_eq!(secretary.get("/audit").await.status, StatusCode::FORBIDDEN);
}

#[test]
fn nobody_who_records_or_schedules_approves_but_the_officer() {
    for role in [Role::Secretary, Role::Head, Role::Admin] {
        assert!(!role.may(Right::Approve), "{role:?}");
    }
    for role in Role::ALL {
        let may = matches!(role, Role::Officer | Role::Admin);
        assert_eq!(role.may(Right::Emergency), may, "{role:?}");
    }
    for role in Role::ALL {
        assert_eq!(role.may(Right::Stop), role != Role::Secretary, "{role:?}");
    }
    assert!(Role::Secretary.may(Right::Record) && !Role::Secretary.may(Right::Schedule));
    assert!(Role::Head.may(Right::Schedule) && Role::Head.may(Right::Stop));
    assert!(Role::Admin.may(Right::ManagePeople) && !Role::Admin.may(Right::Record));
}

#[tokio::test]
async fn an_administrator_adds_a_person_who_signs_in_with_the_password_that_is_shown_once() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    server.person("quan.tri", Role::Admin, &commune).await;
    let mut admin = server.signed_in("quan.tri").await;
    let area = commune.id.to_string();
    let fields = [
        ("full_name", "Sùng A Páo"),
        ("name", "a.pao"),
        ("phone", ""),
        ("role", "head"),
        ("area", area.as_str()),
    ];
    let answer = admin.post("/people/new", &fields).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let (_, rest) = answer.body.split_once("<code class=\"secret\">").unwrap();
    let password = rest.split('<').next().unwrap();
    let mut head = server.visitor();
    assert_eq!(
        head.sign_in("a.pao", password).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(
        head.get("/account")
            .await
            .body
            .contains("Mật khẩu của bạn do người khác đặt")
    );
    let taken = admin.post("/people/new", &fields).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    assert!(taken.body.contains("đã có người dùng"));
}

#[tokio::test]
async fn an_administrator_of_a_village_cannot_take_over_the_officer_of_the_commune() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server
        .area("Thôn Luổng Láo", "village", Some(&commune))
        .await;
    let officer = server.person("can.bo", Role::Officer, &commune).await;
    server.person("quan.thon", Role::Admin, &village).await;
    let mut admin = server.signed_in("quan.thon").await;

    let person = format!("/people/{officer}");
    assert_eq!(admin.get(&person).await.status, StatusCode::NOT_FOUND);
    let reset = admin.post(&format!("{person}/password"), &[]).await;
    assert_eq!(reset.status, StatusCode::NOT_FOUND);
    let id = village.id.to_string();
    let give = [("role", "secretary"), ("area", id.as_str())];
    let given = admin.post(&format!("{person}/roles"), &give).await;
    assert_eq!(given.status, StatusCode::NOT_FOUND);
    let id = commune.id.to_string();
    let fields = [
        ("full_name", "X"),
        ("name", "xx"),
        ("role", "officer"),
        ("area", id.as_str()),
    ];
    assert_eq!(
        admin.post("/people/new", &fields).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn whoever_is_closed_out_is_out_at_once_with_sessions_and_tokens() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    server.person("quan.tri", Role::Admin, &commune).await;
    let leaver = server.person("bi.thu", Role::Secretary, &commune).await;
    let mut admin = server.signed_in("quan.tri").await;
    let mut browser = server.signed_in("bi.thu").await;
    let mut script = server.script(&server.token(&leaver).await);
    assert_eq!(script.get("/api/v1/me").await.status, StatusCode::OK);

    let closed = admin.post(&format!("/people/{leaver}/close"), &[]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/areas").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        script.get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    let again = server
        .visitor()
        .sign_in("bi.thu", crate::support::PASSWORD)
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_village_has_the_ways_of_its_commune_until_it_says_otherwise() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let admin = server.person("quan.tri", Role::Admin, &commune).await;
    let mut script = server.script(&server.token(&admin).await);
    let says = json!({
        "kind": "village", "name": "Thôn Ún Tà",
        "languages": ["pcc", "vi"], "quiet_from": "20:30", "quiet_until": "05:00",
    });
    let village = json!({ "parent_id": commune.id, "area": says });
    let made = script.post_json("/api/v1/areas", village).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let made = made.json();
    assert_eq!(made["languages"], json!(["pcc", "vi"]));
    assert_eq!(made["quiet_from"], "20:30");
    assert_eq!(made["zone"], "Asia/Ho_Chi_Minh");
    let xom = json!({ "kind": "quarter", "name": "Xóm Trên" });
    let below = json!({ "parent_id": made["id"], "area": xom });
    let below = script.post_json("/api/v1/areas", below).await.json();
    assert_eq!(below["languages"], json!(["pcc", "vi"]));
    assert_eq!(below["quiet_until"], "05:00");
    let path = format!("/api/v1/areas/{}", made["id"].as_str().unwrap());
    let says = json!({ "kind": "village", "name": "Thôn Ún Tà", "households": 141 });
    let json = [("content-type", "application/json")];
    let said = script
        .send(Method::PUT, &path, &json, says.to_string())
        .await;
    assert_eq!(
        said.json()["languages"],
        json!(["vi"]),
        "what is left out is as above"
    );
    assert_eq!(said.json()["households"], 141);
    let whole = server.find_area(&commune.id).await;
    assert_eq!(whole.ways.languages, ["vi"]);
    assert_eq!(
        whole.ways.quiet_hours.from.strftime("%H:%M").to_string(),
        "21:00"
    );
}

#[tokio::test]
async fn a_script_of_an_administrator_keeps_people_as_the_pages_do() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let admin = server.person("quan.tri", Role::Admin, &commune).await;
    let mut script = server.script(&server.token(&admin).await);
    let new = json!({
        "name": "a.pao", "full_name": "Sùng A Páo", "role": "head", "area_id": commune.id,
    });
    let added = script.post_json("/api/v1/people", new.clone()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    assert_eq!(
        script.post_json("/api/v1/people", new).await.status,
        StatusCode::CONFLICT
    );
    let person = added.json()["person"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/people/{person}");
    let given = json!({ "role": "secretary", "area_id": commune.id });
    let given = script.post_json(&format!("{path}/roles"), given).await;
    assert_eq!(given.status, StatusCode::NO_CONTENT);
    let role = format!("{path}/roles/{}/head", commune.id);
    let taken = script.send(Method::DELETE, &role, &[], String::new()).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT);
    let shown = script.get(&path).await.json();
    assert_eq!(shown["roles"][0]["role"], "secretary");
    assert_eq!(shown["roles"].as_array().unwrap().len(), 1);

    let reset = script
        .post_json(&format!("{path}/password"), json!({}))
        .await
        .json();
    let mut browser = server.visitor();
    browser
        .sign_in("a.pao", reset["password"].as_str().unwrap())
        .await;
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    let closed = format!("{path}/closed");
    script.send(Method::PUT, &closed, &[], String::new()).await;
    assert_eq!(browser.get("/account").await.status, StatusCode::SEE_OTHER);
    let own = format!("/api/v1/people/{admin}/closed");
    let refused = script.send(Method::PUT, &own, &[], String::new()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.json()["type"], "urn:loa-ban:problem:not-on-oneself");
}

#[tokio::test]
async fn a_village_that_was_merged_away_is_closed_and_keeps_its_name_on_record() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server.area("Thôn Cũ", "village", Some(&commune)).await;
    server.person("quan.tri", Role::Admin, &commune).await;
    server.person("bi.thu", Role::Secretary, &commune).await;
    let path = format!("/areas/{}", village.id);
    let mut secretary = server.signed_in("bi.thu").await;
    let refused = secretary.post(&format!("{path}/close"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut admin = server.signed_in("quan.tri").await;
    admin.post(&format!("{path}/close"), &[]).await;
    assert!(admin.get(&path).await.body.contains("đã ngừng dùng"));
    assert!(admin.get("/areas").await.body.contains("Thôn Cũ"));
    admin.post(&format!("{path}/reopen"), &[]).await;
    assert!(!admin.get(&path).await.body.contains("đã ngừng dùng"));
}

#[tokio::test]
async fn a_role_is_taken_even_after_the_clock_was_put_back() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let person = server.person("can.bo", Role::Officer, &commune).await;
    server.clock.set(WallTime::from_millis(MORNING - 3_600_000));
    let author = Author::server();
    roles::change(
        &server.state,
        &author,
        &person,
        Role::Officer,
        &commune,
        false,
    )
    .await
    .unwrap();
    let mut connection = server.state.database.read().await.unwrap();
    let left = roles::of_person(&mut connection, &person).await.unwrap();
    assert_eq!(left, []);
}
