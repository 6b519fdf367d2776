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
        ("languages", "vi pcc"),
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
        "Hạn phát: 31/12/2026",
        "Mức độ: Thông thường",
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
