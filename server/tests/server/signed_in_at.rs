//! Where people are signed in: they see it, and end what is not theirs; administrators end it for
//! them.

use std::time::Duration;

use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};

use crate::support::{Browser, PASSWORD, Server};

const PHONE: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/130.0.0.0 Mobile Safari/537.36";
const DESK: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn commune() -> Server {
    let server = Server::start().await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("seo.giang", Role::Secretary, &area).await;
    server.person("quan.tri", Role::Admin, &area).await;
    server
}

/// A browser that says what it is, in which `name` has signed in.
async fn with(server: &Server, name: &str, says: &str) -> Browser {
    let mut browser = server.visitor();
    let fields = [("name", name), ("password", PASSWORD)];
    let says = [("user-agent", says)];
    let answer = browser.post_raw("/sign-in", &fields, &says).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    browser
}

/// The list of sessions on the account page.
async fn listed(browser: &mut Browser) -> String {
    let page = browser.get("/account").await.body;
    let (_, list) = page.split_once("id=\"sessions\"").unwrap();
    list.split("</ul>").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_and_ends_what_is_not_theirs() {
    let server = commune().await;
    let mut desk = with(&server, "seo.giang", DESK).await;
    server.clock.advance(Duration::from_secs(3_600));
    let mut phone = with(&server, "seo.giang", PHONE).await;

    let list = listed(&mut phone).await;
    let (first, second) = list.split_once("</li>").unwrap();
    assert!(
        first.contains("Chrome · Android") && first.contains("Bạn đang dùng"),
        "{list}"
    );
    assert!(second.contains("Firefox · Windows"), "{list}");
    assert!(second.contains("Đăng nhập 23/11/2026 09:00"), "{list}");
    assert!(!second.contains("Bạn đang dùng"), "{list}");

    let (_, address) = second.split_once("action=\"").unwrap();
    let address = address.split('"').next().unwrap().to_owned();
    let ended = phone.post(&address, &[]).await;
    assert_eq!(ended.location(), "/account?notice=notice-session-ended");
    assert_eq!(desk.get("/areas").await.status, StatusCode::SEE_OTHER);
    assert_eq!(phone.get("/areas").await.status, StatusCode::OK);
    let again = phone.post(&address, &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn all_others_end_at_once_and_this_one_goes_on() {
    let server = commune().await;
    let mut desk = with(&server, "seo.giang", DESK).await;
    let mut unknown = server.signed_in("seo.giang").await;
    let mut phone = with(&server, "seo.giang", PHONE).await;
    assert!(listed(&mut phone).await.contains("Không rõ trình duyệt"));
    phone.post("/account/sessions/end", &[]).await;
    assert_eq!(desk.get("/areas").await.status, StatusCode::SEE_OTHER);
    assert_eq!(unknown.get("/areas").await.status, StatusCode::SEE_OTHER);
    assert_eq!(phone.get("/areas").await.status, StatusCode::OK);
    let page = phone.get("/account").await.body;
    assert!(
        !page.contains("/account/sessions/end"),
        "nothing is left to end"
    );
    let trail = server.signed_in("quan.tri").await.get("/audit").await.body;
    assert!(trail.contains("Số nơi đã đăng xuất: 2"), "{trail}");
    assert!(trail.contains("Trình duyệt: Chrome · Android"), "{trail}");
}

#[tokio::test]
async fn nobody_ends_or_sees_the_sessions_of_another_but_the_administrator_who_keeps_them() {
    let server = commune().await;
    let province = server.area("Tỉnh Lào Cai", "province", None).await;
    let leaver = server.person("ma.phong", Role::Head, &province).await;
    server.person("can.bo", Role::Officer, &province).await;
    server.person("quan.tinh", Role::Admin, &province).await;
    let mut lost = with(&server, "ma.phong", PHONE).await;
    let script = server.token(&leaver).await;
    let own = server
        .script(&script)
        .get("/api/v1/me/sessions")
        .await
        .json();
    let session = own[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(own[0]["browser"], "Chrome · Android");

    let mut other = server.signed_in("seo.giang").await;
    let refused = other
        .post(&format!("/account/sessions/{session}/end"), &[])
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let (page, end) = (
        format!("/people/{leaver}"),
        format!("/people/{leaver}/sessions/end"),
    );
    let refused = server.signed_in("can.bo").await.post(&end, &[]).await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "an officer keeps nobody"
    );
    let refused = server.signed_in("quan.tri").await.post(&end, &[]).await;
    assert_eq!(
        refused.status,
        StatusCode::NOT_FOUND,
        "nor does another's administrator"
    );
    assert_eq!(lost.get("/areas").await.status, StatusCode::OK);

    let mut admin = server.signed_in("quan.tinh").await;
    assert!(admin.get(&page).await.body.contains("Chrome · Android"));
    let ended = admin.post(&end, &[]).await;
    let notice = format!("{page}?notice=notice-person-sessions-ended");
    assert_eq!(ended.location(), notice);
    assert_eq!(lost.get("/areas").await.status, StatusCode::SEE_OTHER);
    assert!(admin.get(&page).await.body.contains("chưa đăng nhập ở đâu"));
}

#[tokio::test]
async fn a_person_who_is_kept_only_in_part_is_not_signed_out() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server.area("Thôn Ún Tà", "village", Some(&commune)).await;
    let officer = server.person("can.bo", Role::Officer, &commune).await;
    let admin = server.person("quan.thon", Role::Admin, &village).await;
    server.person("quan.xa", Role::Admin, &commune).await;
    let id = village.id.to_string();
    let give = [("role", "head"), ("area", id.as_str())];
    let mut over = server.signed_in("quan.xa").await;
    over.post(&format!("/people/{officer}/roles"), &give).await;

    let mut script = server.script(&server.token(&admin).await);
    let path = format!("/api/v1/people/{officer}/sessions");
    assert_eq!(script.get(&path).await.status, StatusCode::FORBIDDEN);
    let ended = script.send(Method::DELETE, &path, &[], String::new()).await;
    assert_eq!(ended.status, StatusCode::FORBIDDEN);
    let mut browser = server.signed_in("quan.thon").await;
    let page = browser.get(&format!("/people/{officer}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("/sessions/end"), "{}", page.body);
}

#[tokio::test]
async fn a_script_signs_its_owner_out_everywhere_and_goes_on() {
    let server = commune().await;
    let area = server.area("Xã Tòng Sành", "commune", None).await;
    let person = server.person("ma.phong", Role::Head, &area).await;
    let mut script = server.script(&server.token(&person).await);
    let (mut phone, mut desk) = (
        with(&server, "ma.phong", PHONE).await,
        with(&server, "ma.phong", DESK).await,
    );
    let all = "/api/v1/me/sessions";
    let one = script.get(all).await.json();
    let one = format!("{all}/{}", one[0]["id"].as_str().unwrap());
    let ended = script.send(Method::DELETE, &one, &[], String::new()).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(script.get(all).await.json().as_array().unwrap().len(), 1);
    script.send(Method::DELETE, all, &[], String::new()).await;
    assert_eq!(script.get(all).await.json().as_array().unwrap().len(), 0);
    assert_eq!(phone.get("/areas").await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.get("/areas").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_password_that_somebody_else_sets_signs_out_everywhere_and_an_idle_session_is_not_listed()
{
    let server = commune().await;
    let area = server.area("Xã Tòng Sành", "commune", None).await;
    let person = server.person("ma.phong", Role::Head, &area).await;
    server.person("quan.xa", Role::Admin, &area).await;
    with(&server, "ma.phong", DESK).await;
    server.clock.advance(Duration::from_secs(8 * 24 * 3_600));
    let mut phone = with(&server, "ma.phong", PHONE).await;
    let list = listed(&mut phone).await;
    assert!(!list.contains("Firefox"), "{list}");
    let mut admin = server.signed_in("quan.xa").await;
    admin.post(&format!("/people/{person}/password"), &[]).await;
    assert_eq!(phone.get("/areas").await.status, StatusCode::SEE_OTHER);
}
