//! What every page and every answer has: safety, language, a way back.

use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};

use crate::support::Server;

#[tokio::test]
async fn every_answer_carries_a_strict_policy_and_a_number_to_find_it_in_the_log() {
    let server = Server::start().await;
    let answer = server.visitor().get("/sign-in").await;
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'self'") && policy.contains("media-src 'self' blob:"));
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.headers.contains_key("x-request-id"));
    assert!(!answer.body.contains("<script>") && !answer.body.contains(" style="));
}

#[tokio::test]
async fn what_is_not_there_is_a_page_with_a_way_back() {
    let server = Server::start().await;
    let answer = server.visitor().get("/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("Không tìm thấy") && answer.body.contains("href=\"/\""));
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_leads_to_signing_in() {
    let server = Server::start().await;
    let answer = server
        .visitor()
        .post_raw("/account/tokens", &[("title", "x")], &[])
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(
        answer.body.contains("href=\"/sign-in?next="),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn the_language_is_chosen_once_and_remembered() {
    let server = Server::start().await;
    let mut browser = server.visitor();
    assert!(
        browser
            .get("/sign-in")
            .await
            .body
            .contains("<html lang=\"vi\">")
    );
    let chosen = [("language", "en"), ("next", "/sign-in")];
    let answer = browser.post_raw("/language", &chosen, &[]).await;
    assert_eq!(answer.location(), "/sign-in");
    let page = browser.get("/sign-in").await.body;
    assert!(page.contains("<html lang=\"en\">") && page.contains("Forgotten your password?"));
}

#[tokio::test]
async fn style_is_kept_for_good_under_an_address_that_names_its_content() {
    let server = Server::start().await;
    let mut browser = server.visitor();
    let page = browser.get("/sign-in").await.body;
    let (_, rest) = page.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let address = rest.split('"').next().unwrap().to_owned();
    let style = browser.get(&address).await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert!(
        style.headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let tag = style.headers["etag"].to_str().unwrap().to_owned();
    let again = [("if-none-match", tag.as_str())];
    let again = browser
        .send(Method::GET, "/assets/base.css", &again, String::new())
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(
        browser.get("/assets/../Cargo.toml").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn monitors_see_that_it_lives_that_it_can_work_and_what_it_counted() {
    let server = Server::start().await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("bi.thu", Role::Secretary, &area).await;
    server.signed_in("bi.thu").await;
    let mut browser = server.visitor();
    assert_eq!(browser.get("/healthz").await.body, "ok\n");
    assert_eq!(browser.get("/readyz").await.body, "ready\n");
    let metrics = browser.get("/metrics").await.body;
    assert!(metrics.contains("loaban_sessions 1\n"), "{metrics}");
    assert!(metrics.contains("loaban_sign_ins_total 1\n"), "{metrics}");
    assert!(
        metrics.contains("route=\"/sign-in\",status=\"303\""),
        "{metrics}"
    );
    server.state.database.close().await;
    assert_eq!(
        browser.get("/readyz").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn a_head_request_is_answered_like_a_get_without_a_body() {
    let server = Server::start().await;
    let answer = server
        .visitor()
        .send(Method::HEAD, "/sign-in", &[], String::new())
        .await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn a_script_asks_for_its_language_and_a_browser_does_not() {
    let server = Server::start().await;
    let english = [("accept-language", "en-GB,en;q=0.9")];
    let mut visitor = server.visitor();
    let problem = visitor
        .send(Method::GET, "/api/v1/me", &english, String::new())
        .await;
    assert_eq!(problem.json()["title"], "Please sign in");
    let problem = visitor.get("/api/v1/me").await;
    assert_eq!(problem.json()["title"], "Bạn cần đăng nhập");
    let page = visitor
        .send(Method::GET, "/sign-in", &english, String::new())
        .await;
    assert!(page.body.contains("<html lang=\"vi\">"));
}

#[tokio::test]
async fn with_a_certificate_the_server_speaks_https_itself() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/tests/certificates");
    let server = Server::start_with(|config| {
        config.server.tls_certificate_file = format!("{folder}/lasting.pem").into();
        config.server.tls_key_file = format!("{folder}/key.pem").into();
    })
    .await;
    let pem = std::fs::read(format!("{folder}/lasting.pem")).unwrap();
    loaban_server::serve::choose_cryptography();
    let trusting = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .build()
        .unwrap();
    let address = server
        .address
        .replace("http://127.0.0.1", "https://localhost");
    let answer = trusting
        .get(format!("{address}/sign-in"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_bucket_that_never_answers_makes_it_unready_within_seconds_and_not_dead() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let server = Server::start_with(|config| {
        config.objects.url = "s3://loa/ban".to_owned();
        config.objects.s3_endpoint = endpoint;
        config.objects.s3_access_key_id = "loa".to_owned();
        config.objects.s3_secret_access_key = "ban".to_owned();
        config.objects.s3_allow_http = true;
    })
    .await;
    let (mut alive, mut ready) = (server.visitor(), server.visitor());
    assert_eq!(alive.get("/healthz").await.body, "ok\n");
    let asked = ready.get("/readyz");
    let answer = tokio::time::timeout(std::time::Duration::from_secs(15), asked).await;
    let answer = answer.expect("an answer that a watchdog and a proxy wait for");
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn the_address_of_a_form_that_is_opened_again_leads_to_the_page_it_belongs_to() {
    let server = Server::start().await;
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("quan.tri", Role::Admin, &area).await;
    let mut admin = server.signed_in("quan.tri").await;
    for (opened, page) in [
        ("/stops", "/"),
        ("/sign-out", "/"),
        ("/account/password", "/account"),
        ("/account/sessions/end", "/account"),
        ("/account/tokens/t/revoke", "/account"),
        ("/people/p/password", "/people/p"),
        ("/people/p/roles", "/people/p"),
        ("/people/p/roles/take", "/people/p"),
        ("/people/invitations/i/withdraw", "/people"),
        ("/recordings/r/cut?notice=x", "/recordings/r"),
        ("/bulletins/b/submit", "/bulletins/b"),
        ("/broadcasts/b/cancel", "/broadcasts/b"),
        ("/emergencies/standby/b/take-back", "/emergencies"),
        ("/reports/confirm", "/reports"),
        ("/bundles/zip", "/bundles"),
    ] {
        let answer = admin.get(opened).await;
        let found = (answer.status, answer.location());
        assert_eq!(found, (StatusCode::SEE_OTHER, page), "{opened}");
    }
    let sent = admin.post("/audit", &[]).await;
    assert_eq!(sent.status, StatusCode::METHOD_NOT_ALLOWED);
    let script = admin.get("/api/v1/people/p/password").await;
    assert_eq!(script.status, StatusCode::METHOD_NOT_ALLOWED);
}
