//! What was changed is on record, for those who may read it, and stays there.

use loaban_server::people::rights::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::Server;
use crate::town::Town;

#[tokio::test]
async fn what_was_changed_is_read_by_the_officer_of_the_area_and_by_no_other() {
    let server = Server::start().await;
    let province = server.area("Tỉnh Lào Cai", "province", None).await;
    let here = server.area("Xã Cốc San", "commune", Some(&province)).await;
    let there = server
        .area("Xã Tòng Sành", "commune", Some(&province))
        .await;
    server.person("can.bo", Role::Officer, &here).await;
    server.person("quan.tri", Role::Admin, &province).await;
    server.person("can.bo.khac", Role::Officer, &there).await;

    let here = server.signed_in("can.bo").await.get("/audit").await.body;
    assert!(
        here.contains("Xã Cốc San") && !here.contains("Xã Tòng Sành"),
        "{here}"
    );
    assert!(here.contains("Giao vai trò"));
    let whole = server.signed_in("quan.tri").await.get("/audit").await.body;
    assert!(whole.contains("Xã Cốc San") && whole.contains("Xã Tòng Sành"));
    assert!(
        whole.contains("Đăng nhập"),
        "the root's administrator sees what concerns no area"
    );
}

#[tokio::test]
async fn the_page_says_in_words_what_scripts_read_raw() {
    let mut town = Town::start().await;
    let _pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let placed = town.ordered(&bulletin, rule.clone()).await.json()["id"].clone();
    let replacing = json!({
        "bulletins": [bulletin], "areas": [town.village.id], "rule": rule, "replaces": [placed],
    });
    town.head.post_json("/api/v1/broadcasts", replacing).await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let fields = [
        ("name", "Thôn Tòng Xành"),
        ("kind", "village"),
        ("language_1", "vi"),
        ("language_2", "pcc"),
        ("quiet_from", "20:00"),
        ("quiet_until", "06:00"),
    ];
    let path = format!("/areas/{}/edit", town.village.id);
    assert_eq!(
        admin.post(&path, &fields).await.status,
        StatusCode::SEE_OTHER
    );

    let page = admin.get("/audit").await.body;
    let (_, list) = page.split_once("<ul class=\"list\">").unwrap();
    let list = list.split("</ul>").next().unwrap();
    for said in [
        "Khi nào: Hằng ngày lúc 17:00",
        "Nơi phát: Thôn Tòng Xành",
        "Ghi đè lịch: Kích hoạt VNeID",
        "Ngôn ngữ: Tiếng Việt, Tiếng Giáy",
        "Giờ yên lặng: 20:00–06:00",
        "Phát đến hết ngày: 31/12/2026",
        "Loại: Thông thường",
        "Vai trò: Trưởng thôn",
        "Loại: Thôn / bản",
    ] {
        assert!(list.contains(said), "{said}: {list}");
    }
    for raw in ['{', '[', '_'] {
        assert!(!list.contains(raw), "{raw}: {list}");
    }
    let raw = town.officer.get("/api/v1/audit").await.json();
    let raw = raw.as_array().unwrap();
    let placed = raw
        .iter()
        .find(|entry| entry["verb"] == "broadcast.add")
        .unwrap();
    assert_eq!(placed["detail"]["bulletins"], json!([bulletin]), "{placed}");
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_remove_what_is_on_record() {
    let server = Server::start().await;
    server.area("Xã Cốc San", "commune", None).await;
    for sql in ["UPDATE audit SET actor = 'ai đó'", "DELETE FROM audit"] {
        let mut write = server.state.database.write().await.unwrap();
        let refused = sqlx::query(sql).execute(&mut *write).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn a_script_reads_the_trail_to_its_beginning_and_meets_each_entry_once() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let officer = server.person("can.bo", Role::Officer, &commune).await;
    let mut script = server.script(&server.token(&officer).await);
    // All at one moment, which is the hardest case for reading on.
    for number in 0..70 {
        server
            .area(&format!("Thôn {number}"), "village", Some(&commune))
            .await;
    }
    let (mut seen, mut address) = (Vec::new(), "/api/v1/audit".to_owned());
    loop {
        let entries = script.get(&address).await.json();
        let entries = entries.as_array().unwrap();
        let Some(last) = entries.last() else { break };
        address = format!(
            "/api/v1/audit?before_ms={}&before={}",
            last["at_ms"],
            last["id"].as_str().unwrap()
        );
        seen.extend(
            entries
                .iter()
                .map(|entry| entry["subject"].as_str().unwrap().to_owned()),
        );
    }
    let villages: std::collections::BTreeSet<_> = seen.iter().collect();
    // Seventy villages, the commune itself, the officer's role and token; no subject comes twice
    // but the officer, who was added and given a role.
    assert!(villages.len() >= 72, "{}", villages.len());
    assert!(
        seen.len() <= villages.len() + 1,
        "{} of {}",
        seen.len(),
        villages.len()
    );
}

/// The entries on a page, without what stands around them.
fn entries(page: &str) -> String {
    let list = page.split_once("<ul class=\"list\">");
    let list = list.map_or("", |(_, rest)| rest);
    list.split("</ul>").next().unwrap().to_owned()
}

#[tokio::test]
async fn the_trail_is_searched_by_who_what_where_when_and_by_words_without_accents() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server
        .area("Thôn Tòng Xành", "village", Some(&commune))
        .await;
    let other = server.area("Thôn Ún Tà", "village", Some(&commune)).await;
    let admin = server.person("quan.tri", Role::Admin, &commune).await;
    server.person("bi.thu", Role::Secretary, &village).await;
    let mut before = server.signed_in("quan.tri").await;
    for area in [&village, &other] {
        before.post(&format!("/areas/{}/close", area.id), &[]).await;
    }
    server
        .clock
        .advance(std::time::Duration::from_secs(24 * 3_600));
    let mut page = server.signed_in("quan.tri").await;

    let within = format!("kind=area&area={}", other.id);
    let by_admin = format!("who={admin}&kind=area");
    for (sought, there, not_there) in [
        ("text=tong+xanh", "Thôn Tòng Xành", "Thôn Ún Tà"),
        ("text=QUAN.TRI", "Người quan.tri", "Bí thư"),
        ("kind=role", "Giao vai trò", "Thêm địa bàn"),
        (&within, "Thôn Ún Tà", "Thôn Tòng Xành"),
        (&by_admin, "Thôn Ún Tà", "Thêm địa bàn"),
        ("from=2026-11-24", "Đăng nhập", "23/11/2026"),
        ("until=2026-11-23", "23/11/2026", "24/11/2026"),
    ] {
        let found = entries(&page.get(&format!("/audit?{sought}")).await.body);
        assert!(found.contains(there), "{sought}: {found}");
        assert!(!found.contains(not_there), "{sought}: {found}");
    }
    // The second is Chinese, of which no Latin letter is left.
    for sought in ["khong+co+gi+ca", "%E5%85%AC%E5%91%8A"] {
        let nothing = page.get(&format!("/audit?text={sought}")).await;
        assert!(nothing.body.contains("Không tìm thấy."), "{}", nothing.body);
    }
    for wrong in ["/audit?from=hom-qua", "/audit?kind=%25"] {
        let refused = page.get(wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        let refused = page.get(&wrong.replace("/audit", "/audit.csv")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[tokio::test]
async fn a_search_shows_no_more_than_its_reader_may_read() {
    let server = Server::start().await;
    let province = server.area("Tỉnh Lào Cai", "province", None).await;
    let here = server.area("Xã Cốc San", "commune", Some(&province)).await;
    let there = server
        .area("Xã Tòng Sành", "commune", Some(&province))
        .await;
    server.person("can.bo", Role::Officer, &here).await;
    let hidden = server.person("can.bo.khac", Role::Officer, &there).await;
    server.person("truong.thon", Role::Head, &here).await;

    let mut officer = server.signed_in("can.bo").await;
    for asked in [
        "text=tong+sanh".to_owned(),
        format!("area={}", there.id),
        format!("area={}&kind=role", province.id),
        format!("who={hidden}"),
    ] {
        let page = officer.get(&format!("/audit?{asked}")).await.body;
        assert!(!page.contains("Xã Tòng Sành"), "{asked}: {page}");
        let table = officer.get(&format!("/audit.csv?{asked}")).await.body;
        assert!(!table.contains("Xã Tòng Sành"), "{asked}: {table}");
        let lines = officer.get(&format!("/api/v1/audit?{asked}")).await.body;
        assert!(!lines.contains("Xã Tòng Sành"), "{asked}: {lines}");
    }
    let mut head = server.signed_in("truong.thon").await;
    for path in ["/audit", "/audit.csv", "/api/v1/audit"] {
        let refused = head.get(path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn the_table_has_the_columns_of_the_page_and_all_that_the_pages_have() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    server.person("quan.tri", Role::Admin, &commune).await;
    for number in 0..120 {
        let name = format!("Thôn {number}");
        server.area(&name, "village", Some(&commune)).await;
    }
    let mut admin = server.signed_in("quan.tri").await;
    let answer = admin.get("/audit.csv?kind=area").await;
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    let table = answer
        .body
        .strip_prefix('\u{feff}')
        .expect("what Excel knows UTF-8 by");
    let mut lines = table.lines();
    assert_eq!(
        lines.next(),
        Some("Lúc,Ai,Việc,Địa bàn,Với ai hoặc với gì,Chi tiết")
    );
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 121);
    let first = "\"23/11/2026 09:00\",\"Máy chủ\",\"Thêm địa bàn\",";
    assert!(
        lines.iter().all(|line| line.starts_with(first)),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("\"Thôn 7\",\"Thôn 7\""))
    );

    let mut seen = 0;
    let mut address = Some("/audit?kind=area".to_owned());
    while let Some(path) = address {
        let page = admin.get(&path).await.body;
        seen += entries(&page).matches("<li>").count();
        let links = page
            .split("href=\"")
            .filter_map(|rest| rest.split('"').next());
        let mut links = links.map(|link| link.replace("&#38;", "&"));
        address = links.find(|link| link.starts_with("/audit?") && link.contains("before_ms="));
    }
    assert_eq!(seen, 121);
}

#[tokio::test]
async fn a_search_for_rare_words_stops_on_its_way_and_says_where_it_goes_on() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let officer = server.person("can.bo", Role::Officer, &commune).await;
    let mut write = server.state.database.write().await.unwrap();
    for number in 0..2_100 {
        let row = "INSERT INTO audit (id, at_ms, actor, verb, subject, area_id, detail) \
                   VALUES ($1, $2, 'server', 'area.change', $3, $3, '{}')";
        sqlx::query(row)
            .bind(format!("{number:064}"))
            .bind(crate::support::MORNING + 1_000 + number)
            .bind(commune.id.as_str())
            .execute(&mut *write)
            .await
            .unwrap();
    }
    write.commit().await.unwrap();
    let mut script = server.script(&server.token(&officer).await);
    let first = script.get("/api/v1/audit?text=cap+so+rieng").await;
    assert_eq!(first.json(), json!([]));
    let mut link = first.headers.get("link").cloned();
    let mut answers = 1;
    while let Some(next) = link {
        let next = next.to_str().unwrap().to_owned();
        let next = next.trim_start_matches('<').split('>').next().unwrap();
        let answer = script.get(next).await;
        assert_eq!(answer.status, StatusCode::OK, "{next}");
        link = answer.headers.get("link").cloned();
        answers += 1;
    }
    assert_eq!(answers, 2);
    let mut browser = server.signed_in("can.bo").await;
    let page = browser.get("/audit?text=giao+vai+tro").await.body;
    assert!(page.contains("Đã tìm đến 23/11/2026 09:00"), "{page}");
}
