//! Forms: what another site makes a browser send changes nothing.

use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};

use crate::requests::field;
use crate::support::{Browser, PASSWORD, Server};

async fn administrator() -> (Server, Browser, String) {
    let server = Server::start().await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("quan.tri", Role::Admin, &area).await;
    let browser = server.signed_in("quan.tri").await;
    (server, browser, format!("/areas/{}/edit", area.id))
}

const FIELDS: [(&str, &str); 2] = [("name", "Xã Khác"), ("kind", "commune")];

#[tokio::test]
async fn a_form_without_the_sessions_secret_changes_nothing() {
    let (server, mut browser, path) = administrator().await;
    let here = server.address.clone();
    let without = browser.post_raw(&path, &FIELDS, &[("origin", &here)]).await;
    assert_eq!(without.status, StatusCode::FORBIDDEN);
    assert!(without.body.contains("Biểu mẫu không còn hiệu lực"));
    let mut wrong = vec![("csrf", "x")];
    wrong.extend(FIELDS);
    let wrong = browser.post_raw(&path, &wrong, &[("origin", &here)]).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(browser.get("/areas").await.body.contains("Xã Cốc San"));
    let right = browser.post(&path, &FIELDS).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.body);
    assert!(browser.get("/areas").await.body.contains("Xã Khác"));
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_even_with_the_secret() {
    let (_server, mut browser, path) = administrator().await;
    let csrf = browser.csrf().await;
    let mut fields = vec![("csrf", csrf.as_str())];
    fields.extend(FIELDS);
    for header in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let answer = browser.post_raw(&path, &fields, &[header]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header:?}");
    }
}

#[tokio::test]
async fn a_script_in_the_browser_shows_the_secret_in_a_header() {
    let (_server, mut browser, _) = administrator().await;
    let csrf = browser.csrf().await;
    let body = || r#"{"title":"từ trang"}"#.to_owned();
    let json = ("content-type", "application/json");
    let without = browser
        .send(Method::POST, "/api/v1/me/tokens", &[json], body())
        .await;
    assert_eq!(without.status, StatusCode::FORBIDDEN);
    assert_eq!(without.json()["type"], "urn:loa-ban:problem:forged-form");
    let with = [json, ("x-csrf-token", csrf.as_str())];
    let with = browser
        .send(Method::POST, "/api/v1/me/tokens", &with, body())
        .await;
    assert_eq!(with.status, StatusCode::CREATED);
}

#[tokio::test]
async fn another_site_cannot_sign_anybody_in() {
    let (server, _, _) = administrator().await;
    let fields = [("name", "quan.tri"), ("password", PASSWORD)];
    let from = [("origin", "https://evil.example")];
    let answer = server.visitor().post_raw("/sign-in", &fields, &from).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_form_that_is_refused_comes_back_with_what_was_typed() {
    let (_server, mut browser, path) = administrator().await;
    let fields = [
        ("name", "Xã <Mới>"),
        ("kind", "commune"),
        ("zone", "Asia/Nowhere"),
    ];
    let answer = browser.post(&path, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("Không có múi giờ “Asia/Nowhere”"),
        "{}",
        answer.body
    );
    assert!(
        answer.body.contains("value=\"Xã &#60;Mới&#62;\""),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_in_words() {
    let (_server, mut browser, path) = administrator().await;
    let long = "x".repeat(1_100_000);
    let answer = browser
        .post(&path, &[("name", &long), ("kind", "commune")])
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("quá lớn"));
}

#[tokio::test]
async fn a_character_that_no_database_keeps_is_refused_in_words_wherever_it_is_written() {
    let (server, mut browser, path) = administrator().await;
    let named = |name: &'static str| [("name", name), ("kind", "commune")];
    let refused = browser.post(&path, &named("Xã\0 Khác")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("ký tự không nhìn thấy được"),
        "{}",
        refused.body
    );
    let written = browser.post(&path, &named("Xã %00 \\u0000")).await;
    assert_eq!(written.status, StatusCode::SEE_OTHER, "{}", written.body);

    let query = browser.get("/bulletins?state=a%00b").await;
    assert_eq!(query.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.get("/people/a%00b").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let page = browser.get("/typed/a%00b").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.body);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let fields = "csrf=a%00b&name=Xã".to_owned();
    let mut visitor = server.visitor();
    let ended = visitor.send(Method::POST, &path, &form, fields).await;
    assert!(ended.status.as_u16() < 500, "{}", ended.body);
    let sign_in = [("name", "quan\0tri"), ("password", PASSWORD)];
    let sign_in = server.visitor().post_raw("/sign-in", &sign_in, &[]).await;
    assert_eq!(sign_in.status, StatusCode::UNPROCESSABLE_ENTITY);
    let csrf = browser.csrf().await;
    let headers = [
        ("content-type", "application/json"),
        ("x-csrf-token", csrf.as_str()),
    ];
    let body = r#"{"title":"từ\u0000trang"}"#.to_owned();
    let json = browser
        .send(Method::POST, "/api/v1/me/tokens", &headers, body)
        .await;
    assert_eq!(
        json.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        json.body
    );
    assert_eq!(json.json()["type"], "urn:loa-ban:problem:nul-character");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_adds_once() {
    let (_server, mut admin, path) = administrator().await;
    let commune = path.trim_start_matches("/areas/").trim_end_matches("/edit");
    let path = format!("/areas/new?parent={commune}");
    let form = admin.get(&path).await;
    let id = field(&form.body, "id");
    let village = [
        ("id", id.as_str()),
        ("name", "Thôn Tòng Xành"),
        ("kind", "village"),
    ];
    let places = [
        admin.post(&path, &village).await,
        admin.post(&path, &village).await,
    ];
    for sent in &places {
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
    assert_eq!(places[0].location(), places[1].location());
    let listed = admin.get("/areas").await.body;
    assert_eq!(listed.matches("Thôn Tòng Xành").count(), 1, "{listed}");

    // Who goes back and writes another name means another village.
    let other = [village[0], ("name", "Thôn Ún Tà"), village[2]];
    let sent = admin.post(&path, &other).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    assert_ne!(sent.location(), places[0].location());

    let form = admin.get("/stations/new").await;
    let id = field(&form.body, "id");
    let station = [
        ("id", id.as_str()),
        ("area", commune),
        ("name", "Máy nhà văn hoá"),
        ("clusters", "Chợ"),
        ("volume_db", "0"),
    ];
    let places = [
        admin.post("/stations/new", &station).await,
        admin.post("/stations/new", &station).await,
    ];
    for sent in &places {
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
    assert_eq!(places[0].location(), places[1].location());
    let listed = admin.get("/stations").await.body;
    assert_eq!(listed.matches("Máy nhà văn hoá").count(), 1, "{listed}");
}
