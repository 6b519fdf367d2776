//! Requests for a recording: from whoever asks to the village, and what became of them back again.

use futures_util::TryStreamExt;
use loaban_server::areas::area::Area;
use loaban_server::objects::Key;
use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::as_run::cut;
use crate::phone::{record, sample};
use crate::support::Browser;
use crate::town::Town;

pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n";

/// A request to villages, as a script of the officer makes it.
pub async fn asked(town: &mut Town, script: &str, area: &Area) -> Value {
    let new = json!({
        "title": "Khám sức khoẻ miễn phí", "script": script, "on_behalf_of": "Trạm Y tế xã",
        "topic": "health-book", "due_day": "2026-11-25", "areas": [area.id],
    });
    let made = town.officer.post_json("/api/v1/requests", new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.json()
}

pub fn path(request: &Value, rest: &str) -> String {
    format!("/api/v1/requests/{}{rest}", request["id"].as_str().unwrap())
}

async fn step(who: &mut Browser, bulletin: &str, step: &str, reason: &str) {
    let path = format!("/api/v1/bulletins/{bulletin}");
    let version = who.get(&path).await.json()["version"].clone();
    let seen = json!({ "version": version, "reason": reason });
    let done = who.post_json(&format!("{path}/{step}"), seen).await;
    assert!(done.status.is_success(), "{}", done.body);
}

/// What stands in a field of a page.
pub fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&start).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_commune_asks_its_villages_and_each_answers_for_itself() {
    let mut town = Town::start().await;
    let second = second_village(&town).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let mut other = town.server.signed_in("bi.thu.hai").await;
    let place = asked_by_form(&mut officer, &town.commune).await;
    for browser in [&mut secretary, &mut other] {
        let front = browser.get("/").await.body;
        for said in [
            "Yêu cầu ghi âm chờ thôn của bạn",
            "cần trước hết ngày 25/11/2026",
            place.as_str(),
        ] {
            assert!(front.contains(said), "{said}: {front}");
        }
    }
    let front = officer.get("/").await.body;
    assert!(front.contains("0/2 thôn đã nhận"), "{front}");
    assert!(!front.contains("chờ thôn của bạn"), "{front}");

    let unreasoned = [("area", second.id.as_str()), ("reason", " ")];
    let refused = other
        .post(&format!("{place}/decline"), &unreasoned)
        .await
        .body;
    assert!(refused.contains("Thiếu lý do"), "{refused}");
    let reasoned = [("area", second.id.as_str()), ("reason", "Máy hỏng")];
    other.post(&format!("{place}/decline"), &reasoned).await;
    assert!(!other.get("/").await.body.contains(&place));

    let taken = [("area", town.village.id.as_str())];
    let begun = secretary.post(&format!("{place}/take"), &taken).await;
    let draft = begun.location().split('?').next().unwrap().to_owned();
    let page = secretary.get(begun.location()).await.body;
    for said in [
        "Đã nhận yêu cầu",
        "Kính mời bà con đến khám sức khoẻ.",
        "Trạm Y tế xã",
        "Theo yêu cầu",
        place.as_str(),
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let again = secretary.post(&format!("{place}/take"), &taken).await;
    assert!(
        again.location().starts_with(&draft),
        "one bulletin, not two"
    );
    let page = officer.get(&place).await.body;
    for said in [
        "Người bi.thu nhận lúc 23/11/2026 09:00",
        "Người bi.thu.hai từ chối lúc",
        "Lý do: Máy hỏng",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let mut admin = town.server.signed_in("quan.tri").await;
    let trail = admin.get("/audit").await.body;
    for verb in ["Gửi yêu cầu", "Nhận yêu cầu", "Không nhận yêu cầu"] {
        assert!(trail.contains(&format!("{verb} ghi âm")), "{verb}: {trail}");
    }
    // Nothing of it is for the village that declined.
    let all = town.secretary.get("/api/v1/bulletins").await.json();
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
}

async fn second_village(town: &Town) -> Area {
    let commune = Some(&town.commune);
    let second = town.server.area("Thôn Ún Tà", "village", commune).await;
    town.server
        .person("bi.thu.hai", Role::Secretary, &second)
        .await;
    second
}

/// Fills in the form and sends it twice, as an impatient thumb does.
async fn asked_by_form(officer: &mut Browser, area: &Area) -> String {
    let form = officer.get("/requests/new").await.body;
    let id = field(&form, "id");
    let fields = [
        ("id", id.as_str()),
        ("title", "Khám sức khoẻ miễn phí"),
        ("on_behalf_of", "Trạm Y tế xã"),
        (
            "script",
            "Kính mời bà con đến khám sức khoẻ.\r\nTại trạm y tế.",
        ),
        ("due_day", "2026-11-25"),
        ("area", area.id.as_str()),
    ];
    for _ in 0..2 {
        let sent = officer.post("/requests/new", &fields).await;
        let asked = format!("/requests/{id}?count=2&notice=notice-request-asked");
        assert_eq!(sent.location(), asked, "{}", sent.body);
        let page = officer.get(&asked).await.body;
        assert!(page.contains("Đã gửi yêu cầu đến 2 thôn."), "{page}");
        // Whoever asks does not take up what they ask of others.
        assert!(
            !page.contains("Nhận làm") && !page.contains("Không nhận"),
            "{page}"
        );
    }
    format!("/requests/{id}")
}

#[tokio::test]
async fn whoever_asks_sees_what_became_of_it_until_it_was_heard() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let village = town.village.clone();
    let request = asked(&mut town, "Kính mời bà con.", &village).await;
    let place = format!("/requests/{}", request["id"].as_str().unwrap());
    let take = path(&request, &format!("/areas/{}/take", village.id));
    let taken = town.secretary.post_json(&take, json!({})).await.json();
    let bulletin = taken["bulletin_id"].as_str().unwrap();
    let said = [("bulletin", bulletin), ("language", "vi")];
    record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await;

    let mut officer = town.server.signed_in("can.bo").await;
    step(&mut town.secretary, bulletin, "submit", "").await;
    says(&mut officer, &place, "Chờ duyệt").await;
    step(&mut town.officer, bulletin, "reject", "Thiếu giờ").await;
    says(&mut officer, &place, "Bị từ chối: Thiếu giờ").await;
    step(&mut town.secretary, bulletin, "submit", "").await;
    // Who asked may approve: somebody else spoke it.
    step(&mut town.officer, bulletin, "approve", "").await;
    says(&mut officer, &place, "Đã duyệt").await;
    let rule = json!({ "kind": "once", "at": "2026-11-23T17:00" });
    let broadcast = town.ordered(bulletin, rule).await.json()["id"].clone();
    says(&mut officer, &place, "Sẽ phát lúc 23/11/2026 17:00").await;
    let cue = json!(format!("{}@2026-11-23T17:00", broadcast.as_str().unwrap()));
    let mut lines = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    lines[1]["cut"] = json!(null);
    lines[1]["position_ms"] = json!(120_000);
    lines[2]["outcome"] = json!("aired");
    let outcome = lines[2].as_object_mut().unwrap();
    outcome.remove("why");
    outcome.remove("position_ms");
    pc.report(json!(lines)).await;
    town.server.clock.set(town.today(18, 0));
    says(&mut officer, &place, "đã phát ở 1/1 thôn").await;
    says(
        &mut officer,
        &place,
        "23/11/2026 17:00</strong> Thôn Tòng Xành",
    )
    .await;
    let whole = town.officer.get(&path(&request, "")).await.json();
    let fate = &whole["villages"][0];
    assert_eq!(fate["bulletin_state"], "approved", "{whole}");
    assert_eq!(fate["aired_villages"], 1, "{whole}");
}

async fn says(who: &mut Browser, place: &str, said: &str) {
    let page = who.get(place).await.body;
    assert!(page.contains(said), "{said}: {page}");
}

#[tokio::test]
async fn a_document_is_kept_as_it_is_and_only_ever_saved() {
    let mut town = Town::start().await;
    let village = town.village.clone();
    let request = asked(&mut town, "", &village).await;
    let place = format!("/requests/{}", request["id"].as_str().unwrap());
    let mut officer = town.server.signed_in("can.bo").await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = officer.get(&place).await.body;
    assert!(page.contains("Chưa gửi đến thôn nào"), "{page}");
    assert!(!secretary.get("/").await.body.contains(&place));
    assert_eq!(secretary.get(&place).await.status, StatusCode::NOT_FOUND);

    let upload = format!("{place}/document");
    let html = b"<html><script>alert(1)</script></html>";
    let refused = officer.post_file(&upload, &[], "a.pdf", html).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("Không nhận được tệp này"),
        "{}",
        refused.body
    );
    let mut large = PDF.to_vec();
    large.resize(10_000_001, b' ');
    let refused = officer.post_file(&upload, &[], "a.pdf", &large).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let put = path(&request, "/document");
    let refused = town.officer.send(Method::PUT, &put, &[], large).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let name = "../Công \u{202e}văn số 12.exe";
    let sent = officer.post_file(&upload, &[], name, PDF).await;
    assert_eq!(
        sent.location(),
        format!("{place}?count=1&notice=notice-request-asked")
    );

    assert!(
        secretary.get("/").await.body.contains(&place),
        "it is sent now"
    );
    let page = secretary.get(&place).await.body;
    assert!(page.contains("Công văn số 12.pdf"), "{page}");
    let saved = secretary.get(&upload).await;
    assert_eq!(saved.body.as_bytes(), PDF);
    let header = |name: &str| saved.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/pdf");
    assert!(header("content-disposition").starts_with("attachment; filename=\"van-ban.pdf\""));
    assert_eq!(
        header("content-security-policy"),
        "default-src 'none'; sandbox"
    );
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(documents(&town).await, 1, "a backup finds it");
    let another = officer
        .post_file(&upload, &[], "b.pdf", b"%PDF-1.4 other")
        .await;
    assert_eq!(another.status, StatusCode::CONFLICT, "{}", another.body);
}

/// How many documents the store holds, by the names by which a backup finds them.
async fn documents(town: &Town) -> usize {
    let objects = &town.server.state.objects;
    let kept: Vec<_> = objects.list_kept().try_collect().await.unwrap();
    let keys = kept.iter().filter_map(|(name, _)| Key::from_name(name));
    keys.filter(|key| matches!(key, Key::Document(_))).count()
}
