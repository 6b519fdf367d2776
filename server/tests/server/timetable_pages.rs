//! Seasons and holidays: what a commune lays down, how it is written, and where it is offered.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Browser};
use crate::timetables::{festival, lays_down, seasons};
use crate::town::{Town, problem};

/// What is answered to a script by which an area says this of itself.
async fn says_of_itself(script: &mut Browser, area: &str, says: &Value) -> Answer {
    let json = [("content-type", "application/json")];
    let own = format!("/api/v1/areas/{area}");
    script
        .send(Method::PUT, &own, &json, says.to_string())
        .await
}

#[tokio::test]
async fn a_village_has_its_own_seasons_and_the_holidays_of_its_commune_beside_its_own() {
    let mut town = Town::start().await;
    let mut commune = seasons("06:30");
    commune["holidays"] = festival()["holidays"].clone();
    town.timetable(&commune).await;
    let own = json!({
        "seasons": [{ "morning": "05:45", "evening": "18:00" }],
        "holidays": [{ "from": "2026-12-05", "name": "Lễ cúng rừng" }],
    });
    let village = town.village.clone();
    let said = lays_down(&mut town.admin, &village, &own).await.json();
    assert_eq!(said["held"]["seasons"], said["own"]["seasons"]);
    assert_eq!(said["own"]["seasons"][0]["from"], "01-01");
    assert_eq!(said["held"]["holidays"].as_array().unwrap().len(), 2);
    assert_eq!(said["own"]["holidays"][0]["until"], "2026-12-05");
    let path = format!("/areas/{}/timetable", village.id);
    let page = town.server.signed_in("bi.thu").await.get(&path).await.body;
    for said in [
        "cả năm: buổi sáng 05:45, buổi chiều 18:00<br><span class=\"small\">Quy định riêng",
        "25/11/2026–26/11/2026 Hội xuống đồng <span class=\"small\">Theo Xã Cốc San",
        "05/12/2026 Lễ cúng rừng <span class=\"small\">Quy định riêng của nơi này",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("name=\"morning\""), "{page}");
    lays_down(&mut town.admin, &village, &json!({})).await;
    let held = town.head.get(&format!("/api/v1{path}")).await.json();
    assert_eq!(held["held"]["seasons"].as_array().unwrap().len(), 2);
    let mut officer = town.server.signed_in("can.bo").await;
    let trail = officer.get("/audit?kind=area").await.body;
    for said in [
        "Sửa giờ theo mùa và ngày lễ",
        "từ 10/12: buổi sáng 06:30",
        "Hội xuống đồng",
    ] {
        assert!(trail.contains(said), "{said}: {trail}");
    }
}

#[tokio::test]
async fn only_administrators_fill_in_the_form_and_what_they_typed_stays() {
    let town = Town::start().await;
    let path = format!("/areas/{}/timetable", town.commune.id);
    let mut fields = vec![
        ("from", "16/4"),
        ("morning", "05:45"),
        ("evening", "17:30"),
        ("from", "31/2"),
        ("morning", "06:15"),
        ("evening", "17:00"),
        ("holiday_name", "Tết Nguyên đán"),
        ("holiday_from", "2027-02-05"),
        ("holiday_until", "2027-02-09"),
        ("holiday_name", ""),
        ("holiday_from", ""),
        ("holiday_until", ""),
    ];
    for who in ["bi.thu", "truong.thon", "can.bo"] {
        let refused = town.server.signed_in(who).await.post(&path, &fields).await;
        assert!(
            [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&refused.status),
            "{who}: {}",
            refused.status
        );
    }
    let mut admin = town.server.signed_in("quan.tri").await;
    let refused = admin.post(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "Không có ngày “31/2” trong năm",
        "value=\"05:45\"",
        "value=\"2027-02-09\"",
    ] {
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    fields[3] = ("from", "16/10");
    let saved = admin.post(&path, &fields).await;
    let there = format!("{path}?notice=notice-timetable-saved");
    assert_eq!(saved.location(), there);
    let page = admin.get(&path).await.body;
    for said in [
        "từ 16/04: buổi sáng 05:45, buổi chiều 17:30",
        "từ 16/10: buổi sáng 06:15, buổi chiều 17:00",
        "05/02/2027–09/02/2027 Tết Nguyên đán",
        "value=\"16/10\"",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn an_hour_at_which_a_village_below_is_quiet_is_asked_about_and_can_be_kept() {
    let mut town = Town::start().await;
    let (commune, village) = (town.commune.clone(), town.village.clone());
    let village = village.id.as_str();
    let mut sleeps = json!({ "kind": "village", "name": "Thôn Tòng Xành",
        "quiet_from": "20:00", "quiet_until": "06:30" });
    let refused = says_of_itself(&mut town.admin, village, &sleeps).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert_eq!(problem(&refused), "timetable-in-quiet-hours");
    sleeps["despite_quiet_hours"] = json!(true);
    let said = says_of_itself(&mut town.admin, village, &sleeps).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    let mut early = json!({ "seasons": [{ "morning": "06:15", "evening": "17:30" }] });
    let refused = lays_down(&mut town.admin, &commune, &early).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert_eq!(problem(&refused), "timetable-in-quiet-hours");
    let title = refused.json()["title"].to_string();
    let told = "giờ yên lặng: Thôn Tòng Xành 06:15 (20:00–06:30)\"";
    assert!(
        title.ends_with(told),
        "the commune itself is up by then: {title}"
    );

    let mut admin = town.server.signed_in("quan.tri").await;
    let path = format!("/areas/{}/timetable", commune.id);
    let mut fields = vec![("from", ""), ("morning", "06:15"), ("evening", "17:30")];
    let asked = admin.post(&path, &fields).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    for said in ["Vẫn lưu, dù loa", "value=\"06:15\"", "sửa giờ yên lặng"] {
        assert!(asked.body.contains(said), "{said}: {}", asked.body);
    }
    fields.push(("despite_quiet_hours", "yes"));
    let saved = admin.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let page = admin.get(&path).await.body;
    assert!(
        !page.contains("Vẫn lưu, dù loa"),
        "asked where it is new: {page}"
    );
    let trail = admin.get("/audit?kind=area").await.body;
    assert!(
        trail.contains("Có giờ nằm trong giờ yên lặng: có"),
        "{trail}"
    );

    // What was stood by is not asked about once more, and an area's own sessions are like a season.
    early["holidays"] = festival()["holidays"].clone();
    let said = lays_down(&mut town.admin, &commune, &early).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    let nothing = json!({ "despite_quiet_hours": true });
    let said = lays_down(&mut town.admin, &commune, &nothing).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
    let mut other = sleeps.clone();
    other["sessions"] = json!({ "morning": { "from": "05:00", "until": "08:00" },
        "evening": { "from": "17:00", "until": "19:00" }, "most_minutes": 45 });
    for (despite, status) in [(false, StatusCode::CONFLICT), (true, StatusCode::OK)] {
        other["despite_quiet_hours"] = json!(despite);
        let said = says_of_itself(&mut town.admin, village, &other).await;
        assert_eq!(said.status, status, "{}", said.body);
    }
}

#[tokio::test]
async fn quiet_hours_over_the_hour_of_a_session_are_asked_about_and_can_be_kept() {
    let town = Town::start().await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let path = format!("/areas/{}/edit", town.commune.id);
    let mut fields = vec![
        ("name", "Xã Cốc San"),
        ("kind", "commune"),
        ("quiet_from", "21:00"),
        ("quiet_until", "06:30"),
    ];
    let asked = admin.post(&path, &fields).await;
    assert_eq!(asked.status, StatusCode::CONFLICT, "{}", asked.body);
    for said in [
        "giờ yên lặng: Xã Cốc San 06:00 (21:00–06:30)",
        "Vẫn lưu, dù loa",
        "value=\"06:30\"",
    ] {
        assert!(asked.body.contains(said), "{said}: {}", asked.body);
    }
    fields.push(("despite_quiet_hours", "yes"));
    let saved = admin.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let form = admin.get(&path).await.body;
    assert!(!form.contains("Vẫn lưu, dù loa"), "{form}");
    let trail = admin.get("/audit?kind=area").await.body;
    let recorded = "Có giờ nằm trong giờ yên lặng: có";
    assert!(trail.contains(recorded), "{trail}");

    // What was stood by is not asked about once more; another session that falls silent is.
    fields.pop();
    fields[0] = ("name", "Xã Cốc San mới");
    let saved = admin.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    fields[2] = ("quiet_from", "16:30");
    let asked = admin.post(&path, &fields).await;
    assert_eq!(asked.status, StatusCode::CONFLICT, "{}", asked.body);
    assert!(asked.body.contains("mới 17:00 (16:30"), "{}", asked.body);
}

#[tokio::test]
async fn a_new_village_that_sleeps_when_a_session_of_its_commune_begins_is_asked_about() {
    let mut town = Town::start().await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let path = format!("/areas/new?parent={}", town.commune.id);
    let mut fields = vec![
        ("name", "Thôn Ún Tà"),
        ("kind", "village"),
        ("quiet_from", "20:00"),
        ("quiet_until", "06:30"),
    ];
    let asked = admin.post(&path, &fields).await;
    assert_eq!(asked.status, StatusCode::CONFLICT, "{}", asked.body);
    let said = "giờ yên lặng: Thôn Ún Tà 06:00 (20:00–06:30)";
    assert!(asked.body.contains(said), "{}", asked.body);
    assert!(asked.body.contains("Vẫn lưu, dù loa"), "{}", asked.body);
    let listed = admin.get("/areas").await.body;
    assert!(!listed.contains("Thôn Ún Tà"), "{listed}");

    // By a script it is the same question.
    let says = json!({ "kind": "village", "name": "Thôn Ún Tà",
        "quiet_from": "20:00", "quiet_until": "06:30" });
    let new = json!({ "parent_id": town.commune.id, "area": says });
    let asked = town.admin.post_json("/api/v1/areas", new).await;
    assert_eq!(problem(&asked), "timetable-in-quiet-hours");

    fields.push(("despite_quiet_hours", "yes"));
    let saved = admin.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let trail = admin.get("/audit?kind=area").await.body;
    let recorded = "Có giờ nằm trong giờ yên lặng: có";
    assert!(trail.contains(recorded), "{trail}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_sentence() {
    let mut town = Town::start().await;
    let season =
        |from: &str, morning: &str| json!({ "from": from, "morning": morning, "evening": "17:00" });
    let two = |first: Value, second: Value| json!({ "seasons": [first, second] });
    let holiday = |from: &str, until: &str, name: &str| {
        let one = json!({ "from": from, "until": until, "name": name });
        json!({ "holidays": [one] })
    };
    let many: Vec<Value> = (0..61)
        .map(|_| json!({ "from": "2027-02-05", "name": "Tết" }))
        .collect();
    let commune = town.commune.clone();
    for (own, name) in [
        (
            two(season("04-16", "06:00"), season("16/04", "05:30")),
            "same-day",
        ),
        (
            two(season("04-16", "06:00"), season("", "05:30")),
            "needs-day",
        ),
        (
            two(season("02-31", "06:00"), season("04-16", "05:30")),
            "day",
        ),
        (json!({ "seasons": [season("", "25:00")] }), "hour"),
        (json!({ "seasons": [season("", "17:00")] }), "order"),
        (
            json!({ "seasons": vec![season("", "06:00"); 3] }),
            "seasons",
        ),
        (holiday("2027-02-09", "2027-02-05", "Tết"), "ends-early"),
        (holiday("2027-02-05", "2027-03-08", "Tết"), "long"),
        (holiday("2027-02-30", "", "Tết"), "date"),
        (holiday("0027-02-05", "", "Tết"), "date"),
        (holiday("2027-02-05", "", " "), "name"),
        (json!({ "holidays": many }), "holidays"),
    ] {
        let refused = lays_down(&mut town.admin, &commune, &own).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{own}");
        assert_eq!(problem(&refused), format!("timetable-{name}"), "{own}");
    }
    let bulletin = town.approved("Kích hoạt VNeID").await;
    for rule in [
        json!({ "kind": "daily", "sessions": ["noon"] }),
        json!({ "kind": "daily", "times": ["17:00"], "on": "market_days" }),
    ] {
        let refused = town.ordered(&bulletin, rule).await;
        assert!(refused.status.is_client_error(), "{}", refused.body);
    }
    let refused = town.ordered(&bulletin, json!({ "kind": "daily" })).await;
    assert_eq!(problem(&refused), "broadcast-needs-time");
    let sundays =
        json!({ "kind": "weekly", "days": [7], "times": ["17:00"], "on": "working_days" });
    let refused = town.ordered(&bulletin, sundays).await;
    assert_eq!(problem(&refused), "broadcast-no-day-left");
}

#[tokio::test]
async fn quick_choices_offer_the_hour_of_the_session_on_that_date() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    // Winter begins tomorrow.
    let turning = json!({ "seasons": [
        { "from": "04-16", "morning": "06:00", "evening": "17:30" },
        { "from": "11-24", "morning": "06:45", "evening": "16:45" },
    ] });
    town.timetable(&turning).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let form = head.get("/broadcasts/new").await.body;
    for said in [
        "value=\"2026-11-23T17:30\"",
        "value=\"2026-11-24T06:45\"",
        "buổi sáng (từ 16/04: 06:00, từ 24/11: 06:45)",
    ] {
        assert!(form.contains(said), "{said}: {form}");
    }
    assert!(!form.contains("2026-11-24T06:00"), "{form}");
    let page = head.get(&format!("/bulletins/{bulletin}")).await.body;
    for said in [
        "Chiều nay 17:30",
        "Sáng mai 06:45",
        "Chiều mai 16:45",
        "session=evening",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}
