//! Signing in and out, and who is kept from trying for ever.

use std::time::Duration;

use loaban_server::people::rights::Role;
use loaban_server::people::sessions;
use reqwest::StatusCode;
use reqwest::header::SET_COOKIE;

use crate::support::{PASSWORD, Server};

const HOUR: Duration = Duration::from_secs(3_600);

async fn commune() -> Server {
    let server = Server::start().await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("seo.giang", Role::Secretary, &area).await;
    server
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_and_then_back() {
    let server = commune().await;
    let mut browser = server.visitor();
    let answer = browser.get("/areas?x=1").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/sign-in?next=/areas%3Fx%3D1");
    let fields = [
        ("name", " Seo.Giang "),
        ("password", PASSWORD),
        ("next", "/areas?x=1"),
    ];
    let answer = browser.post_raw("/sign-in", &fields, &[]).await;
    assert_eq!(answer.location(), "/areas?x=1");
    assert_eq!(browser.get("/areas?x=1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_from_other_sites_and_the_database_holds_no_secret() {
    let server = commune().await;
    let mut browser = server.visitor();
    let answer = browser.sign_in("seo.giang", PASSWORD).await;
    let cookie = answer
        .headers
        .get(SET_COOKIE)
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains("Secure"), "{cookie}");
    let secret = browser.cookie("session").unwrap().to_owned();
    let mut connection = server.state.database.read().await.unwrap();
    let (kept,): (String,) = sqlx::query_as("SELECT secret_hash FROM sessions")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert!(!kept.contains(&secret));
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_https_and_to_this_host() {
    let server = Server::start_with(|config| {
        config.server.public_url = "https://loa.example".to_owned();
    })
    .await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("seo.giang", Role::Secretary, &area).await;
    let mut browser = server.visitor();
    let fields = [("name", "seo.giang"), ("password", PASSWORD)];
    let from = [("origin", "https://loa.example")];
    let answer = browser.post_raw("/sign-in", &fields, &from).await;
    let cookie = answer.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert!(cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let server = commune().await;
    let wrong = server.visitor().sign_in("seo.giang", "không phải").await;
    let unknown = server.visitor().sign_in("nobody", "không phải").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong
            .body
            .contains("Tên đăng nhập hoặc mật khẩu không đúng")
    );
    assert!(
        unknown
            .body
            .contains("Tên đăng nhập hoặc mật khẩu không đúng")
    );
}

#[tokio::test]
async fn after_five_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour() {
    let server = commune().await;
    for _ in 0..5 {
        server.visitor().sign_in("seo.giang", "không phải").await;
    }
    let refused = server.visitor().sign_in("seo.giang", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        refused.body.contains("Hãy thử lại sau 15 phút"),
        "{}",
        refused.body
    );
    server.clock.advance(Duration::from_secs(901));
    let allowed = server.visitor().sign_in("seo.giang", PASSWORD).await;
    assert_eq!(allowed.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_password_that_an_administrator_sets_opens_at_once_after_wrong_ones() {
    let server = Server::start().await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    let locked_out = server.person("seo.giang", Role::Secretary, &area).await;
    server.person("quan.tri", Role::Admin, &area).await;
    let mut admin = server.signed_in("quan.tri").await;
    for _ in 0..5 {
        server.visitor().sign_in("seo.giang", "không phải").await;
    }
    let refused = server.visitor().sign_in("seo.giang", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let set = format!("/people/{locked_out}/password");
    let shown = admin.post(&set, &[]).await.body;
    let (_, rest) = shown.split_once("<code class=\"secret\">").unwrap();
    let fresh = rest.split('<').next().unwrap();
    let allowed = server.visitor().sign_in("seo.giang", fresh).await;
    assert_eq!(allowed.status, StatusCode::SEE_OTHER, "{}", allowed.body);
}

#[tokio::test]
async fn nobody_is_kept_out_by_somebody_elsewhere_who_knows_their_name() {
    let server = Server::start_with(|config| {
        config.server.behind_proxy = true;
        config.sessions.attempts_per_address = 1_000;
    })
    .await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("can.bo", Role::Officer, &area).await;
    let tried = async |password: &str, address: &str| {
        let fields = [("name", "can.bo"), ("password", password)];
        let from = [("x-forwarded-for", address)];
        let mut visitor = server.visitor();
        visitor.post_raw("/sign-in", &fields, &from).await.status
    };
    for _ in 0..5 {
        tried("không phải", "203.0.113.7").await;
    }
    let elsewhere = tried(PASSWORD, "203.0.113.7").await;
    assert_eq!(elsewhere, StatusCode::TOO_MANY_REQUESTS);
    let at_home = tried(PASSWORD, "203.0.113.8").await;
    assert_eq!(at_home, StatusCode::SEE_OTHER);
    // Many addresses together are stopped too.
    for number in 0..100 {
        tried("không phải", &format!("198.51.100.{number}")).await;
    }
    let refused = tried("không phải", "198.51.100.200").await;
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn wrong_passwords_for_many_names_from_one_address_are_stopped_too() {
    let server = Server::start_with(|config| config.sessions.attempts_per_address = 3).await;
    for name in ["a1", "b2", "c3"] {
        let answer = server.visitor().sign_in(name, "không phải").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = server.visitor().sign_in("d4", "không phải").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_wait_is_that_of_the_counter_which_is_full() {
    let server = Server::start_with(|config| config.sessions.attempts_per_address = 8).await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("seo.giang", Role::Secretary, &area).await;
    // It counts for the address, and not for the name that is tried ten minutes later.
    server.visitor().sign_in("a1", "không phải").await;
    server.clock.advance(Duration::from_secs(600));
    for _ in 0..5 {
        server.visitor().sign_in("seo.giang", "không phải").await;
    }
    let refused = server.visitor().sign_in("seo.giang", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let quarter = "Hãy thử lại sau 15 phút";
    assert!(refused.body.contains(quarter), "{}", refused.body);
    for name in ["b2", "c3"] {
        server.visitor().sign_in(name, "không phải").await;
    }
    let refused = server.visitor().sign_in("d4", "không phải").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let at_address = "Hãy thử lại sau 5 phút";
    assert!(refused.body.contains(at_address), "{}", refused.body);
}

#[tokio::test]
async fn a_session_ends_when_idle_for_a_week_and_in_any_case_after_a_month() {
    let server = commune().await;
    let mut browser = server.signed_in("seo.giang").await;
    server.clock.advance(HOUR * 24 * 8);
    assert_eq!(browser.get("/areas").await.status, StatusCode::SEE_OTHER);

    let mut browser = server.signed_in("seo.giang").await;
    for _ in 0..6 {
        assert_eq!(browser.get("/areas").await.status, StatusCode::OK);
        server.clock.advance(HOUR * 24 * 6);
    }
    assert_eq!(browser.get("/areas").await.status, StatusCode::SEE_OTHER);
    server.clock.advance(HOUR * 24 * 8);
    assert_eq!(sessions::prune(&server.state).await.unwrap(), 2);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let server = commune().await;
    let mut browser = server.signed_in("seo.giang").await;
    let mut stolen = server.visitor();
    let secret = browser.cookie("session").unwrap().to_owned();
    let with = format!("session={secret}");
    let with = [("cookie", with.as_str())];
    let get = reqwest::Method::GET;
    let before = stolen
        .send(get.clone(), "/areas", &with, String::new())
        .await;
    assert_eq!(before.status, StatusCode::OK);
    browser.post("/sign-out", &[]).await;
    let after = stolen.send(get, "/areas", &with, String::new()).await;
    assert_eq!(after.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_new_password_is_checked_and_ends_the_other_sessions() {
    let server = commune().await;
    let mut here = server.signed_in("seo.giang").await;
    let mut elsewhere = server.signed_in("seo.giang").await;
    let change = async |browser: &mut crate::support::Browser, current, new, again| {
        let fields = [("current", current), ("new", new), ("again", again)];
        browser.post("/account/password", &fields).await
    };
    let fresh = "ruộng bậc thang";
    let short = change(&mut here, PASSWORD, "ngắn", "ngắn").await;
    assert!(short.body.contains("Mật khẩu quá ngắn"), "{}", short.body);
    let differ = change(&mut here, PASSWORD, fresh, "ruộng bậc cao").await;
    assert_eq!(differ.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = change(&mut here, "không phải", fresh, fresh).await;
    assert!(wrong.body.contains("Mật khẩu hiện tại không đúng"));
    let changed = change(&mut here, PASSWORD, fresh, fresh).await;
    assert_eq!(
        changed.location(),
        "/account?notice=notice-password-changed"
    );
    assert_eq!(here.get("/areas").await.status, StatusCode::OK);
    assert_eq!(elsewhere.get("/areas").await.status, StatusCode::SEE_OTHER);
    let answer = server.visitor().sign_in("seo.giang", fresh).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}
