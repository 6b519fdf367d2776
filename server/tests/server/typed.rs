//! What was typed when the session had ended is there after signing in again, for its author alone.

use std::time::Duration;

use loaban_server::people::rights::Role;
use loaban_server::people::sessions;
use reqwest::StatusCode;

use crate::support::{Answer, Browser, PASSWORD, Server};

pub const WEEK: Duration = Duration::from_secs(8 * 24 * 3_600);
const SCRIPT: &str = "Kính mời bà con\nra nhà văn hoá lúc 19 giờ.";

/// A commune, its secretary's browser, and the secret in the pages that lie open in it.
async fn commune() -> (Server, Browser, String) {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    server.person("bi.thu", Role::Secretary, &commune).await;
    server.person("can.bo", Role::Officer, &commune).await;
    let mut browser = server.signed_in("bi.thu").await;
    let csrf = browser.csrf().await;
    (server, browser, csrf)
}

/// What a secretary writes about a bulletin.
const BULLETIN: [(&str, &str); 6] = [
    ("version", "0"),
    ("title", "Họp thôn"),
    ("class", "ordinary"),
    ("topic", ""),
    ("script", SCRIPT),
    ("valid_until_day", "2026-12-31"),
];

/// Sends the form of a bulletin out of a page that lies open.
async fn sent(browser: &mut Browser, csrf: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("csrf", csrf), ("id", "bul_0123456789abcdef")];
    fields.extend_from_slice(&BULLETIN);
    fields.extend_from_slice(more);
    browser.post_raw("/bulletins/new", &fields, &[]).await
}

/// Signs in where one was sent, and gives where that leads.
pub async fn signed_in_again(browser: &mut Browser, name: &str, answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = browser.get(answer.location()).await.body;
    assert!(
        page.contains("Những gì bạn vừa nhập được giữ lại"),
        "{page}"
    );
    let (_, form) = page.split_once("action=\"/sign-in\"").unwrap();
    let (_, next) = form.split_once("name=\"next\" value=\"").unwrap();
    let next = next.split('"').next().unwrap().to_owned();
    let fields = [("name", name), ("password", PASSWORD), ("next", &next)];
    let answer = browser.post_raw("/sign-in", &fields, &[]).await;
    answer.location().to_owned()
}

/// The fields of the page's own form, as a browser would send them.
fn fields_of(page: &str) -> Vec<(String, String)> {
    let (_, form) = page.split_once("<form id=\"typed\"").unwrap();
    let form = form.split("</form>").next().unwrap();
    let field = |field: &str| {
        let (name, rest) = field.split_once('"').unwrap();
        let value = match rest.strip_prefix(" value=\"") {
            Some(value) => value.split('"').next(),
            None => rest.split(['<', '>']).nth(1),
        };
        (name.to_owned(), value.unwrap().to_owned())
    };
    form.split(" name=\"").skip(1).map(field).collect()
}

/// Sends the page's own form, with another value in one field.
async fn sent_on(browser: &mut Browser, page: &str, name: &str, value: &str) -> Answer {
    let mut fields = fields_of(page);
    let field = fields.iter_mut().find(|(other, _)| other == name);
    value.clone_into(&mut field.unwrap().1);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    browser.post_raw("/bulletins/new", &fields, &[]).await
}

/// The area of the first bulletin that a secretary writes.
async fn area(browser: &mut Browser) -> String {
    let page = browser.get("/areas").await.body;
    let place = page.split("/areas/").nth(1).unwrap();
    place.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_form_whose_session_ended_can_be_changed_and_is_sent_on_once() {
    let (server, mut browser, csrf) = commune().await;
    let area = area(&mut browser).await;
    server.clock.advance(WEEK);
    sessions::prune(&server.state).await.unwrap();
    let answer = sent(&mut browser, &csrf, &[("area", &area)]).await;
    let back = signed_in_again(&mut browser, "bi.thu", &answer).await;
    let page = browser.get(&back).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let script = format!("<textarea name=\"script\" rows=\"6\">{SCRIPT}</textarea>");
    let title = "<label>Tiêu đề <input type=\"text\" name=\"title\" value=\"Họp thôn\">";
    let until = "<input type=\"date\" name=\"valid_until_day\" value=\"2026-12-31\">";
    for kept in [&*script, title, until] {
        assert!(page.body.contains(kept), "{kept}: {}", page.body);
    }
    let nothing = browser.get("/bulletins").await.body;
    assert!(
        !nothing.contains("Họp thôn"),
        "nothing is done before somebody says so"
    );
    let front = browser.get("/").await.body;
    assert!(front.contains(&format!("href=\"{back}\"")), "{front}");

    assert_ne!(fields_of(&page.body)[0], ("csrf".to_owned(), csrf));
    let made = sent_on(&mut browser, &page.body, "title", "Họp thôn tối nay").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let bulletin = browser.get(made.location()).await.body;
    assert!(bulletin.contains(SCRIPT), "{bulletin}");
    assert!(bulletin.contains("Họp thôn tối nay"), "{bulletin}");

    // Whoever goes back in the browser, or taps once more.
    let again = sent_on(&mut browser, &page.body, "id", "bul_zzzzzzzzzzzzzzzz").await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    assert!(again.body.contains("đã được gửi rồi"), "{}", again.body);
    assert_eq!(browser.get(&back).await.status, StatusCode::CONFLICT);
    let front = browser.get("/").await.body;
    assert!(!front.contains(&back), "{front}");
    let list = browser.get("/bulletins").await.body;
    assert_eq!(list.matches("Họp thôn tối nay").count(), 1, "{list}");
}

#[tokio::test]
async fn what_is_refused_stands_in_its_own_form_again_and_a_second_end_costs_nothing() {
    let (server, mut browser, csrf) = commune().await;
    let area = area(&mut browser).await;
    server.clock.advance(WEEK);
    let answer = sent(&mut browser, &csrf, &[("area", &area)]).await;
    let back = signed_in_again(&mut browser, "bi.thu", &answer).await;
    let page = browser.get(&back).await.body;
    // The session ends once more while it is being changed.
    server.clock.advance(WEEK);
    let answer = sent_on(&mut browser, &page, "title", "Họp thôn mới").await;
    let again = signed_in_again(&mut browser, "bi.thu", &answer).await;
    assert_ne!(again, back);
    let page = browser.get(&again).await.body;
    assert!(page.contains("value=\"Họp thôn mới\""), "{page}");
    assert_eq!(browser.get(&back).await.status, StatusCode::NOT_FOUND);

    let refused = sent_on(&mut browser, &page, "title", "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains(SCRIPT), "{}", refused.body);

    // The phone's browser is closed before that is mended: what was kept is there still.
    let front = browser.get("/").await.body;
    assert!(front.contains(&format!("href=\"{again}\"")), "{front}");
    let page = browser.get(&again).await.body;
    assert!(page.contains(SCRIPT), "{page}");
    let made = sent_on(&mut browser, &page, "title", "Họp thôn mới").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let front = browser.get("/").await.body;
    assert!(!front.contains("/typed/"), "{front}");
}

#[tokio::test]
async fn of_two_that_send_it_on_at_once_one_is_first() {
    let (server, mut browser, csrf) = commune().await;
    let area = area(&mut browser).await;
    server.clock.advance(WEEK);
    let answer = sent(&mut browser, &csrf, &[("area", &area)]).await;
    let back = signed_in_again(&mut browser, "bi.thu", &answer).await;
    let kept = back.trim_start_matches("/typed/").to_owned();
    let mut pages = Vec::new();
    for _ in 0..6 {
        let mut page = server.signed_in("bi.thu").await;
        pages.push((page.csrf().await, page));
    }
    let pages = pages
        .into_iter()
        .enumerate()
        .map(|(number, (csrf, mut page))| {
            let (kept, area) = (kept.clone(), area.clone());
            // Each copy brings a name of its own, as after going back and loading the form anew.
            tokio::spawn(async move {
                let id = format!("bul_{number}123456789abcdef");
                let more = [("kept", &*kept), ("area", &*area), ("id", &*id)];
                let fields = [&[("csrf", &*csrf)][..], &more, &BULLETIN].concat();
                page.post_raw("/bulletins/new", &fields, &[]).await.status
            })
        });
    let pages: Vec<_> = pages.collect();
    let mut made = 0;
    for page in pages {
        let status = page.await.unwrap();
        made += usize::from(status == StatusCode::SEE_OTHER);
        let expected = [StatusCode::SEE_OTHER, StatusCode::CONFLICT];
        assert!(expected.contains(&status), "{status}");
    }
    assert_eq!(made, 1);
    let list = browser.get("/bulletins").await.body;
    assert_eq!(list.matches(">Họp thôn<").count(), 1, "{list}");
}

#[tokio::test]
async fn what_a_request_that_was_cut_off_was_to_send_is_not_said_to_be_sent() {
    let (server, mut browser, csrf) = commune().await;
    let area = area(&mut browser).await;
    server.clock.advance(WEEK);
    let answer = sent(&mut browser, &csrf, &[("area", &area)]).await;
    let back = signed_in_again(&mut browser, "bi.thu", &answer).await;
    let page = browser.get(&back).await.body;
    // What a request leaves that claimed it and was never answered.
    let mut write = server.state.database.write().await.unwrap();
    sqlx::query("UPDATE typed_forms SET sent_at_ms = $1")
        .bind(server.state.now().as_millis())
        .execute(&mut *write)
        .await
        .unwrap();
    write.commit().await.unwrap();
    let soon = sent_on(&mut browser, &page, "title", "Họp thôn").await;
    assert_eq!(soon.status, StatusCode::CONFLICT, "{}", soon.body);
    assert!(soon.body.contains("đang được gửi"), "{}", soon.body);
    server.clock.advance(Duration::from_secs(2 * 60));
    let later = sent_on(&mut browser, &page, "title", "Họp thôn").await;
    assert_eq!(later.status, StatusCode::SEE_OTHER, "{}", later.body);
}

#[tokio::test]
async fn what_nobody_wants_to_send_is_thrown_away() {
    let (server, mut browser, csrf) = commune().await;
    server.clock.advance(WEEK);
    let answer = sent(&mut browser, &csrf, &[]).await;
    let back = signed_in_again(&mut browser, "bi.thu", &answer).await;
    let mut other = server.signed_in("can.bo").await;
    other.post(&format!("{back}/discard"), &[]).await;
    assert_eq!(browser.get(&back).await.status, StatusCode::OK);
    let gone = browser.post(&format!("{back}/discard"), &[]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
    let front = browser.get(gone.location()).await.body;
    assert!(front.contains("Đã bỏ nội dung chưa gửi"), "{front}");
    assert_eq!(browser.get(&back).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_secret_is_asked_for_once_more_and_what_stood_beside_it_is_kept() {
    let (server, mut browser, csrf) = commune().await;
    server.clock.advance(WEEK);
    let fields = [
        ("csrf", &*csrf),
        ("bulletin", "bul_0123456789abcdef"),
        ("area", "are_0123456789abcdef"),
        ("seen", "are_0123456789abcdef"),
        ("why", "Lũ ống ở suối"),
        ("pin", "271828"),
        ("step", "order"),
    ];
    let stood = [("referer", "http://panel/emergencies/new?bulletin=x")];
    let answer = browser.post_raw("/emergencies/new", &fields, &stood).await;
    let back = signed_in_again(&mut browser, "bi.thu", &answer).await;
    let page = browser.get(&back).await.body;
    let stood = "data-page=\"/emergencies/new?bulletin=x\"";
    assert!(page.contains(stood) && page.contains("typed.js"), "{page}");
    let names: Vec<String> = fields_of(&page).into_iter().map(|(name, _)| name).collect();
    let kept = ["csrf", "kept", "bulletin", "area", "why"];
    assert_eq!(names, kept, "who will hear it is looked at anew: {page}");
    assert!(!page.contains("271828"), "{page}");
}

#[tokio::test]
async fn the_form_of_an_emergency_is_there_again_with_each_field_under_its_name() {
    let (server, mut browser, csrf) = commune().await;
    server.clock.advance(WEEK);
    let fields = [
        ("csrf", &*csrf),
        ("bulletin", "bul_0123456789abcdef"),
        ("repeats", "until_stopped"),
        ("gap", "30"),
        ("holds", "120"),
        ("why", "Lũ ống ở suối"),
        ("drill", "yes"),
        ("step", "look"),
    ];
    let answer = browser.post_raw("/emergencies/new", &fields, &[]).await;
    let back = signed_in_again(&mut browser, "bi.thu", &answer).await;
    let page = browser.get(&back).await.body;
    for (label, value) in [
        ("Số lần phát", "Đến khi dừng"),
        ("Nghỉ giữa hai lần (giây)", "30"),
        ("Thời gian hiệu lực tối đa (phút)", "120"),
        ("Diễn tập", "Có"),
    ] {
        let section = format!("<p>{label}: <strong>{value}</strong>");
        assert!(page.contains(&section), "{section}: {page}");
    }
    let why = "<label>Lý do <textarea name=\"why\" rows=\"6\">Lũ ống ở suối</textarea>";
    assert!(page.contains(why), "{why}: {page}");
}

#[tokio::test]
async fn somebody_else_who_signs_in_does_not_get_it() {
    let (server, mut browser, csrf) = commune().await;
    server.clock.advance(WEEK);
    let answer = sent(&mut browser, &csrf, &[]).await;
    let back = signed_in_again(&mut browser, "can.bo", &answer).await;
    let page = browser.get(&back).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(!page.body.contains("Họp thôn"), "{}", page.body);
    assert!(
        page.body.contains("chỉ người đã nhập mới xem được"),
        "{}",
        page.body
    );
    // Nor by sending another person's page in one's own session.
    let refused = sent(&mut browser, &csrf, &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_that_lay_open_over_another_sign_in_is_not_lost_either() {
    let (server, mut browser, csrf) = commune().await;
    server.clock.advance(WEEK);
    browser.sign_in("bi.thu", PASSWORD).await;
    let answer = sent(&mut browser, &csrf, &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = browser.get(answer.location()).await;
    assert!(page.body.contains(SCRIPT), "{}", page.body);
}

#[tokio::test]
async fn passwords_what_is_too_large_and_what_another_site_sent_is_not_kept() {
    let (server, mut browser, csrf) = commune().await;
    server.clock.advance(WEEK);
    let secrets = [
        ("csrf", &*csrf),
        ("current", PASSWORD),
        ("new", "x"),
        ("again", "x"),
    ];
    let answer = browser.post_raw("/account/password", &secrets, &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let answer = browser
        .post_raw("/sign-out", &[("csrf", &*csrf)], &[])
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let long = "x".repeat(300_000);
    let answer = sent(&mut browser, &csrf, &[("long", &long)]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let fields = [("csrf", &*csrf), ("title", "x")];
    let from = [("origin", "https://evil.example")];
    let answer = browser.post_raw("/bulletins/new", &fields, &from).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let mut connection = server.state.database.read().await.unwrap();
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM typed_forms")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn what_nobody_fetches_goes_after_a_day() {
    let (server, mut browser, csrf) = commune().await;
    server.clock.advance(WEEK);
    let answer = sent(&mut browser, &csrf, &[]).await;
    let back = signed_in_again(&mut browser, "bi.thu", &answer).await;
    server.clock.advance(Duration::from_secs(25 * 3_600));
    assert_eq!(browser.get(&back).await.status, StatusCode::NOT_FOUND);
    sessions::prune(&server.state).await.unwrap();
    let mut connection = server.state.database.read().await.unwrap();
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM typed_forms")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(count, 0);
}
