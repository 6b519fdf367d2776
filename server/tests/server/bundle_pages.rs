//! The page USB, and who may use it.

use loaban_server::people::rights::{Right, Role};
use reqwest::StatusCode;
use serde_json::json;

use crate::bundles::{day, parcel};
use crate::town::Town;

#[test]
fn everybody_but_the_secretary_may_carry() {
    for role in Role::ALL {
        assert_eq!(role.may(Right::Carry), role != Role::Secretary, "{role:?}");
    }
}

#[tokio::test]
async fn only_who_may_carry_to_a_village_gets_its_bundle_and_brings_its_log() {
    let mut town = Town::start().await;
    let (pc, lines) = day(&mut town).await;
    let other = town
        .server
        .area("Thôn Luổng Láo", "village", Some(&town.commune))
        .await;
    let head = town.server.person("truong.ll", Role::Head, &other).await;
    let mut neighbour = town.server.script(&town.server.token(&head).await);
    let wanted = json!({ "stations": [pc.id] });
    let brought = json!(parcel(&pc, &lines));
    let cases = [
        (&mut town.secretary, StatusCode::FORBIDDEN),
        (&mut neighbour, StatusCode::NOT_FOUND),
    ];
    for (script, refused) in cases {
        let listed = script.get("/api/v1/bundles").await;
        if refused == StatusCode::FORBIDDEN {
            assert_eq!(listed.status, refused);
        } else {
            assert_eq!(listed.json(), json!([]));
        }
        let given = script.post_json("/api/v1/bundles", wanted.clone()).await;
        assert_eq!(given.status, refused, "{}", given.body);
        let taken = script
            .post_json("/api/v1/bundles/as-run", brought.clone())
            .await;
        assert_eq!(taken.status, refused, "{}", taken.body);
    }
    for script in [&mut town.head, &mut town.officer, &mut town.admin] {
        let listed = script.get("/api/v1/bundles").await.json();
        assert_eq!(listed[0]["station"], json!(pc.id), "{listed}");
        let zip = script.download("/api/v1/bundles", wanted.clone()).await;
        assert!(zip.starts_with(b"PK"));
        let taken = script
            .post_json("/api/v1/bundles/as-run", brought.clone())
            .await;
        assert_eq!(taken.status, StatusCode::OK, "{}", taken.body);
    }
    let nobody = town.server.visitor().get("/api/v1/bundles").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get("/bundles").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(!secretary.get("/").await.body.contains("href=\"/bundles\""));
}

#[tokio::test]
async fn the_page_gives_bundles_takes_the_log_and_says_what_came_of_each() {
    let mut town = Town::start().await;
    let (pc, lines) = day(&mut town).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/bundles").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Thôn Tòng Xành"), "{}", page.body);
    let none = head.post("/bundles/zip", &[]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("Chưa chọn thôn nào"), "{}", none.body);
    let zip = head
        .post("/bundles/zip", &[("station", pc.id.as_str())])
        .await;
    assert_eq!(zip.status, StatusCode::OK);
    assert_eq!(zip.headers["content-type"], "application/zip");
    let named = zip.headers["content-disposition"].to_str().unwrap();
    assert!(named.contains("loaban-usb-2026-11-23.zip"), "{named}");

    let file = serde_json::to_vec(&parcel(&pc, &lines)).unwrap();
    let name = format!("{}.json", pc.id);
    let taken = head.post_file("/bundles/parcel", &[], &name, &file).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.body);
    assert!(taken.body.contains("đã nhận 3 dòng mới"), "{}", taken.body);
    let again = head.post_file("/bundles/parcel", &[], &name, &file).await;
    assert!(again.body.contains("đã nhận 0 dòng mới"), "{}", again.body);
    let page = head.get("/bundles").await.body;
    for said in [
        "Chép lần cuối 23/11/2026",
        "Nhật ký về lần cuối 23/11/2026",
        "3 dòng mới",
        "Trạm báo đang giữ chương trình số 2",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for (bytes, said) in [
        (&b"torn"[..], "không phải là nhật ký phát của trạm"),
        (b"", "Chưa chọn tệp nhật ký"),
    ] {
        let name = if bytes.is_empty() { "" } else { "x.json" };
        let refused = head.post_file("/bundles/parcel", &[], name, bytes).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(said), "{}", refused.body);
    }
    let trail = town.officer.get("/api/v1/audit").await.body;
    for verb in ["bundle.make", "bundle.return"] {
        assert_eq!(trail.matches(verb).count(), 1, "{verb}: {trail}");
    }
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get("/audit").await.body;
    assert!(page.contains("Nhận nhật ký phát từ USB"), "{page}");
}
