//! What became of a bulletin that was sent for approval is told to whoever made it and to whoever
//! decides: taken back, rejected before, or waiting where nobody may decide.

use loaban_server::people::rights::Role;
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

async fn obey(town: &Town, sql: &'static str) {
    let mut connection = town.server.state.database.read().await.unwrap();
    sqlx::query(sql).execute(&mut *connection).await.unwrap();
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

#[tokio::test]
async fn where_nobody_may_approve_the_page_says_why_and_who_can_change_that() {
    let mut town = Town::start().await;
    let id = town.draft("Họp thôn").await;
    town.step(&id, "submit", "").await;
    let nobody = "Chưa ai duyệt được bản tin này";
    let page = read_by(&town, "bi.thu", &id).await;
    let can = "Người duyệt được: Người can.bo (Cán bộ duyệt, Xã Cốc San)";
    assert!(page.contains(can) && !page.contains(nobody), "{page}");
    let page = read_by(&town, "can.bo", &id).await;
    assert!(!page.contains("Người duyệt được"), "it is theirs: {page}");

    town.step(&id, "retract", "").await;
    changed_by_the_officer(&mut town, &id).await;
    town.step(&id, "submit", "").await;
    for who in ["bi.thu", "can.bo", "quan.tri"] {
        let page = read_by(&town, who, &id).await;
        for said in [
            nobody,
            "Có quyền duyệt nhưng đã tham gia soạn: Người can.bo (Cán bộ duyệt, Xã Cốc San)",
            "nhờ Người quan.tri (Quản trị viên, Xã Cốc San) giao vai trò “Cán bộ duyệt” \
             ở Thôn Tòng Xành cho một người chưa tham gia soạn",
        ] {
            assert!(page.contains(said), "{who} {said}: {page}");
        }
        assert_eq!(page.contains("href=\"/people\">Giao"), who == "quan.tri");
    }

    // Each way out is true: another officer, then the head where the area lets them.
    let village = town.village.clone();
    town.server.person("pho.ban", Role::Officer, &village).await;
    let page = read_by(&town, "can.bo", &id).await;
    let can = "Người duyệt được: Người pho.ban (Cán bộ duyệt, Thôn Tòng Xành)";
    assert!(page.contains(can) && !page.contains(nobody), "{page}");
    let page = read_by(&town, "pho.ban", &id).await;
    assert!(page.contains("/approve\""), "{page}");
    obey(
        &town,
        "UPDATE people SET closed_at_ms = 1 WHERE name = 'pho.ban'",
    )
    .await;
    let page = read_by(&town, "can.bo", &id).await;
    assert!(
        page.contains(nobody),
        "nobody signs in by that name: {page}"
    );
    obey(
        &town,
        "UPDATE areas SET head_may_approve = 1 WHERE kind = 'village'",
    )
    .await;
    let page = read_by(&town, "can.bo", &id).await;
    let can = "Người duyệt được: Người truong.thon (Trưởng thôn, Thôn Tòng Xành)";
    assert!(page.contains(can), "{page}");
    obey(&town, "UPDATE bulletins SET class = 'priority'").await;
    let page = read_by(&town, "can.bo", &id).await;
    assert!(
        page.contains(nobody),
        "a head approves what is ordinary: {page}"
    );
}

#[tokio::test]
async fn where_nobody_gives_roles_either_the_page_leads_to_who_keeps_the_server() {
    let mut town = Town::start().await;
    let id = town.draft("Họp thôn").await;
    town.step(&id, "submit", "").await;
    obey(
        &town,
        "UPDATE people SET closed_at_ms = 1 WHERE name IN ('can.bo', 'quan.tri')",
    )
    .await;
    let page = read_by(&town, "bi.thu", &id).await;
    for said in [
        "Chưa ai duyệt được bản tin này",
        "Thôn Tòng Xành chưa có người duyệt",
        "không có quản trị viên nào của Thôn Tòng Xành, nhờ người giữ máy chủ",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    obey(&town, "UPDATE people SET closed_at_ms = NULL").await;
    // Out of date it is approved by nobody, whoever they are.
    town.server.clock.set(town.today(24 * 60, 0));
    let page = read_by(&town, "bi.thu", &id).await;
    assert!(!page.contains("Người duyệt được"), "{page}");
}
