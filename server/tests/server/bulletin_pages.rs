//! The pages of bulletins and recordings, in a browser that runs no JavaScript.

use loaban_server::people::rights::Role;
use reqwest::StatusCode;

use crate::phone::sample;
use crate::support::{Answer, Browser, Server};

#[tokio::test]
async fn the_panel_brings_a_bulletin_from_draft_to_approval_without_javascript() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server
        .area("Thôn Tòng Xành", "village", Some(&commune))
        .await;
    server.person("bi.thu", Role::Secretary, &commune).await;
    server.person("can.bo", Role::Officer, &commune).await;
    let mut secretary = server.signed_in("bi.thu").await;
    let id = draft(&mut secretary, village.id.as_str()).await;
    let place = format!("/bulletins/{id}");
    let shown = secretary.get(&place).await.body;
    assert!(
        shown.contains("Tiếng Việt: chưa có bản ghi, cần cho Thôn Tòng Xành"),
        "{shown}"
    );
    let none = secretary
        .post(&format!("{place}/submit"), &[("version", "1")])
        .await;
    assert_eq!(none.status, StatusCode::CONFLICT);
    assert!(
        none.body.contains("Bản tin chưa có bản ghi âm"),
        "{}",
        none.body
    );
    record(&mut secretary, &id).await;
    let shown = secretary.get(&place).await.body;
    assert!(!shown.contains("chưa có bản ghi"), "{shown}");
    secretary
        .post(&format!("{place}/submit"), &[("version", "1")])
        .await;

    let mut officer = server.signed_in("can.bo").await;
    let queue = officer.get("/bulletins?state=submitted").await.body;
    assert!(queue.contains("Kích hoạt VNeID"), "{queue}");
    let version = value_of(&officer.get(&place).await.body, "version");
    let done = officer
        .post(&format!("{place}/approve"), &[("version", &version)])
        .await;
    assert_eq!(
        done.location(),
        format!("{place}?notice=notice-bulletin-approved")
    );
    let page = officer.get(done.location()).await.body;
    assert!(page.contains("Đã duyệt bản tin."), "{page}");
    let approval = officer.get(&format!("/api/v1{place}")).await.json();
    assert_eq!(approval["state"], "approved");
    let hash = approval["recordings"][0]["approved_hash"].as_str().unwrap();
    assert!(page.contains(hash), "which sound it was: {page}");
    assert!(
        !shown.contains("SHA-256"),
        "nothing was approved then: {shown}"
    );
}

#[tokio::test]
async fn whoever_was_overtaken_while_typing_sees_it_and_may_save_their_own_all_the_same() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    server.person("bi.thu", Role::Secretary, &commune).await;
    let mut secretary = server.signed_in("bi.thu").await;
    let id = draft(&mut secretary, commune.id.as_str()).await;
    let place = format!("/bulletins/{id}");
    let opened = secretary.get(&format!("{place}/edit")).await.body;
    let seen = value_of(&opened, "version");
    assert!(!opened.contains("Vẫn lưu bản của tôi"), "{opened}");
    let seen = ("version", seen.as_str());

    let first = save(&mut secretary, &place, "Tiêu đề của Mai", &[seen]).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    let second = save(&mut secretary, &place, "Tiêu đề của Lan", &[seen]).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    for words in [
        "Người bi.thu đã lưu thay đổi lúc 23/11/2026 09:00, sau khi bạn mở trang này",
        "value=\"Tiêu đề của Lan\"",
        "Vẫn lưu bản của tôi",
        "<p class=\"as-typed\">Tiêu đề của Mai</p>",
        "<p class=\"as-typed\">Tiêu đề của Lan</p>",
    ] {
        assert!(second.body.contains(words), "{words}: {}", second.body);
    }
    let over = value_of(&second.body, "over");
    let over = [seen, ("over", over.as_str())];
    let saved = save(&mut secretary, &place, "Tiêu đề của Lan", &over).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let shown = secretary.get(&place).await.body;
    assert!(shown.contains("Tiêu đề của Lan"), "{shown}");

    let again = save(&mut secretary, &place, "Tiêu đề của Lan", &over).await;
    let over = value_of(&again.body, "over");
    record(&mut secretary, &id).await;
    let submit = format!("{place}/submit");
    let sent = secretary.post(&submit, &[("version", &over)]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let late = save(&mut secretary, &place, "Muộn", &[seen, ("over", &over)]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let shown = secretary.get(&place).await.body;
    assert!(!shown.contains("Muộn"), "{shown}");
}

#[tokio::test]
async fn an_officer_sends_a_bulletin_back_with_ready_reasons_and_words_that_its_author_reads() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    server.person("bi.thu", Role::Secretary, &commune).await;
    server.person("can.bo", Role::Officer, &commune).await;
    let mut secretary = server.signed_in("bi.thu").await;
    let id = draft(&mut secretary, commune.id.as_str()).await;
    record(&mut secretary, &id).await;
    let place = format!("/bulletins/{id}");
    let version = value_of(&secretary.get(&place).await.body, "version");
    let submit = format!("{place}/submit");
    secretary.post(&submit, &[("version", &version)]).await;

    let mut officer = server.signed_in("can.bo").await;
    let page = officer.get(&place).await.body;
    for reason in ["sound", "facts", "language", "long", "authority"] {
        assert!(
            page.contains(&format!("name=\"ready\" value=\"{reason}\"")),
            "{page}"
        );
    }
    let seen = value_of(&page, "version");
    let seen = ("version", seen.as_str());
    let reject = format!("{place}/reject");
    let none = officer.post(&reject, &[seen, ("reason", " ")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("Thiếu lý do từ chối"), "{}", none.body);
    let focus = "role=\"alert\" tabindex=\"-1\" autofocus";
    assert!(none.body.contains(focus), "it is read first: {}", none.body);
    let why = [
        ("ready", "sound"),
        ("ready", "long"),
        ("reason", "Họp thứ Bảy, không phải Chủ nhật"),
    ];
    let sent = officer.post(&reject, &[&[seen], &why[..]].concat()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let read = secretary.get(&place).await.body;
    let all = "Khó nghe, quá to hoặc quá nhỏ. Quá dài. Họp thứ Bảy, không phải Chủ nhật";
    assert!(read.contains(all), "{read}");
}

/// Saves the form of a bulletin with another title.
async fn save(who: &mut Browser, place: &str, title: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("title", title),
        ("class", "ordinary"),
        ("valid_until_day", "2026-11-30"),
    ];
    fields.extend_from_slice(more);
    who.post(&format!("{place}/edit"), &fields).await
}

/// Fills in the form, and sends it twice, as an impatient thumb does.
async fn draft(secretary: &mut Browser, area: &str) -> String {
    let id = value_of(&secretary.get("/bulletins/new").await.body, "id");
    let fields = [
        ("id", id.as_str()),
        ("area", area),
        ("title", "Kích hoạt VNeID"),
        ("class", "ordinary"),
        ("topic", "vneid"),
        ("valid_until_day", "2026-11-30"),
    ];
    for _ in 0..2 {
        let made = secretary.post("/bulletins/new", &fields).await;
        assert_eq!(
            made.location(),
            format!("/bulletins/{id}?notice=notice-bulletin-saved")
        );
    }
    let listed = secretary.get("/api/v1/bulletins").await.json();
    assert_eq!(
        listed.as_array().unwrap().len(),
        1,
        "sent twice, it is one bulletin"
    );
    id
}

/// Sends a file by the form and waits until it can air.
async fn record(secretary: &mut Browser, bulletin: &str) {
    let sound = sample("vneid.vi.m4a");
    let said = [("language", "vi"), ("bulletin", bulletin)];
    let sent = secretary
        .post_file("/recordings", &said, "vneid.m4a", &sound)
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let recording = sent.location().split('?').next().unwrap().to_owned();
    let ready = wait_for(secretary, &recording, "Sẵn sàng").await;
    assert!(
        ready.contains("<svg") && ready.len() < 60_000,
        "its shape, on a small page"
    );
}

/// The value of a field of a form.
fn value_of(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn wait_for(browser: &mut Browser, path: &str, words: &str) -> String {
    for _ in 0..300 {
        let page = browser.get(path).await.body;
        if page.contains(words) {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{path} never said {words}");
}
