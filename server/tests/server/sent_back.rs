//! What became of a bulletin that was sent for approval is told to whoever made it and to whoever
//! decides: taken back, rejected before, or waiting where nobody may decide.

use reqwest::StatusCode;

use crate::phone::{record, sample};
use crate::town::Town;

/// The officer saves the draft with another script, as whoever took it back to change it.
async fn changed_by_the_officer(town: &mut Town, id: &str) {
    let path = format!("/api/v1/bulletins/{id}");
    let version = town.officer.get(&path).await.json()["version"].to_string();
    let mut officer = town.server.signed_in("can.bo").await;
    let fields = [
        ("title", "Họp thôn"),
        ("class", "ordinary"),
        ("script", "Mời bà con đến họp."),
        ("valid_until_day", "2026-12-31"),
        ("version", version.as_str()),
    ];
    let saved = officer
        .post(&format!("/bulletins/{id}/edit"), &fields)
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
}

/// What is read on the page of a bulletin by `who`.
async fn read_by(town: &Town, who: &str, id: &str) -> String {
    let mut browser = town.server.signed_in(who).await;
    browser.get(&format!("/bulletins/{id}")).await.body
}

#[tokio::test]
async fn whoever_made_what_an_officer_took_back_reads_who_did_when_and_what_happens_now() {
    let mut town = Town::start().await;
    let id = town.draft("Họp thôn").await;
    town.step(&id, "submit", "").await;
    town.server.clock.set(town.today(10, 30));
    town.step(&id, "retract", "").await;
    let told = "Người can.bo đã lấy lại bản tin này lúc 23/11/2026 10:30 để sửa. \
                Bây giờ bản tin là bản nháp, chưa được duyệt và chưa phát. \
                Sửa xong phải gửi duyệt lại.";
    let mut secretary = town.server.signed_in("bi.thu").await;
    let front = secretary.get("/").await.body;
    for said in ["Bản tin bị lấy lại để sửa", "Họp thôn", told] {
        assert!(front.contains(said), "{said}: {front}");
    }
    assert!(!front.contains("Bản nháp của bạn"), "once: {front}");
    assert!(!front.contains("Không có việc gì"), "{front}");
    let page = read_by(&town, "bi.thu", &id).await;
    assert!(page.contains(told), "{page}");
    // Whoever did it needs no word of it, also once they have changed something.
    changed_by_the_officer(&mut town, &id).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let front = officer.get("/").await.body;
    assert!(!front.contains("Bản tin bị lấy lại"), "{front}");
    let front = secretary.get("/").await.body;
    assert!(front.contains(told), "it is still open: {front}");

    town.step(&id, "submit", "").await;
    let front = secretary.get("/").await.body;
    assert!(!front.contains("Bản tin bị lấy lại"), "{front}");
    let page = read_by(&town, "bi.thu", &id).await;
    assert!(!page.contains("đã lấy lại"), "{page}");
    let version = town
        .secretary
        .get(&format!("/api/v1/bulletins/{id}"))
        .await
        .json()["version"]
        .to_string();
    let retract = format!("/bulletins/{id}/retract");
    secretary.post(&retract, &[("version", &version)]).await;
    let front = secretary.get("/").await.body;
    assert!(front.contains("Bản nháp của bạn"), "{front}");
    assert!(!front.contains("Bản tin bị lấy lại"), "her own: {front}");
}

#[tokio::test]
async fn whoever_decides_once_more_reads_who_rejected_it_before_why_and_what_was_recorded_since() {
    let mut town = Town::start().await;
    let id = town.draft("Họp thôn").await;
    town.step(&id, "submit", "").await;
    let page = read_by(&town, "can.bo", &id).await;
    assert!(!page.contains("bị từ chối trước đây"), "{page}");
    town.server.clock.set(town.today(10, 0));
    town.step(&id, "reject", "Sai ngày họp").await;
    town.step(&id, "submit", "").await;
    let page = read_by(&town, "can.bo", &id).await;
    for said in [
        "Bản tin này đã bị từ chối trước đây",
        "Người can.bo, 23/11/2026 10:00: Sai ngày họp",
        "Từ lần từ chối gần nhất, bản ghi âm chưa thay đổi",
        "/approve\"",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }

    town.server.clock.set(town.today(11, 0));
    town.step(&id, "reject", "Khó nghe").await;
    let said = [("bulletin", id.as_str()), ("language", "vi")];
    record(
        &mut town.secretary,
        &sample("village-meeting.vi.m4a"),
        &said,
    )
    .await;
    town.step(&id, "submit", "").await;
    let page = read_by(&town, "can.bo", &id).await;
    for said in [
        "Người can.bo, 23/11/2026 11:00: Khó nghe",
        "Người can.bo, 23/11/2026 10:00: Sai ngày họp",
        "Từ lần từ chối gần nhất, bản ghi âm đã thay đổi: Tiếng Việt",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("bản ghi âm chưa thay đổi"), "{page}");
    town.step(&id, "approve", "").await;
    let page = read_by(&town, "can.bo", &id).await;
    assert!(!page.contains("bị từ chối trước đây"), "decided: {page}");
}
