//! What a commune lays down: who approves, how many sessions a day has, what airs on weekends; and
//! what becomes of an order that goes beyond it.

use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::phone::{record, sample};
use crate::support::{Answer, Browser};
use crate::town::{Town, problem};

async fn lays_down(admin: &mut Browser, area: &loaban_server::areas::area::Area, own: Value) {
    let path = format!("/api/v1/areas/{}/policy", area.id);
    let json = [("content-type", "application/json")];
    let said = admin.send(Method::PUT, &path, &json, own.to_string()).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
}

/// A bulletin that waits for approval.
async fn submitted(town: &mut Town, class: &str) -> String {
    let new = json!({ "area_id": town.village.id, "title": format!("Họp {class}"),
        "class": class, "valid_until_day": "2026-12-31" });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let said = [("bulletin", id.as_str()), ("language", "vi")];
    record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await;
    let done = step(&mut town.secretary, &id, "submit").await;
    assert!(done.status.is_success(), "{}", done.body);
    id
}

async fn step(who: &mut Browser, id: &str, step: &str) -> Answer {
    let path = format!("/api/v1/bulletins/{id}");
    let version = who.get(&path).await.json()["version"].clone();
    let seen = json!({ "version": version, "reason": "Thiếu giờ họp" });
    who.post_json(&format!("{path}/{step}"), seen).await
}

fn daily(hour: &str) -> Value {
    json!({ "kind": "daily", "times": [hour] })
}

#[tokio::test]
async fn the_head_approves_what_is_ordinary_in_the_own_village_where_the_commune_says_so() {
    let mut town = Town::start().await;
    let (ordinary, priority) = (
        submitted(&mut town, "ordinary").await,
        submitted(&mut town, "priority").await,
    );
    let refused = step(&mut town.head, &ordinary, "approve").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let mut page = town.server.signed_in("truong.thon").await;
    assert!(!page.get("/").await.body.contains("Họp ordinary"));

    let says = json!({ "head_may_approve": true });
    lays_down(&mut town.admin, &town.commune, says).await;
    let front = page.get("/").await.body;
    assert!(
        front.contains("Họp ordinary") && !front.contains("Họp priority"),
        "{front}"
    );
    let shown = page.get(&format!("/bulletins/{ordinary}")).await.body;
    assert!(shown.contains("/approve\""), "{shown}");
    let refused = step(&mut town.head, &priority, "approve").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let rejected = step(&mut town.head, &ordinary, "reject").await;
    assert!(rejected.status.is_success(), "{}", rejected.body);
    step(&mut town.secretary, &ordinary, "submit").await;

    let other = town
        .server
        .area("Thôn Ún Tà", "village", Some(&town.commune))
        .await;
    let stranger = town.server.person("truong.un.ta", Role::Head, &other).await;
    let mut stranger = town.server.script(&town.server.token(&stranger).await);
    let path = format!("/api/v1/bulletins/{ordinary}/approve");
    let seen = json!({ "version": 1, "reason": "" });
    let refused = stranger.post_json(&path, seen).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
    let refused = step(&mut town.secretary, &ordinary, "approve").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);

    let approved = step(&mut town.head, &ordinary, "approve").await;
    assert!(approved.status.is_success(), "{}", approved.body);
    let refused = step(&mut town.head, &ordinary, "withdraw").await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "only officers take it off again"
    );
}

#[tokio::test]
async fn a_village_may_say_otherwise_than_its_commune() {
    let mut town = Town::start().await;
    let ordinary = submitted(&mut town, "ordinary").await;
    lays_down(
        &mut town.admin,
        &town.commune,
        json!({ "head_may_approve": true }),
    )
    .await;
    lays_down(
        &mut town.admin,
        &town.village,
        json!({ "head_may_approve": false }),
    )
    .await;
    let refused = step(&mut town.head, &ordinary, "approve").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
}

#[tokio::test]
async fn who_made_a_bulletin_does_not_approve_it_as_its_head_either() {
    let mut town = Town::start().await;
    lays_down(
        &mut town.admin,
        &town.commune,
        json!({ "head_may_approve": true }),
    )
    .await;
    let secretary = town.secretary.get("/api/v1/me").await.json()["id"].clone();
    let path = format!("/api/v1/people/{}/roles", secretary.as_str().unwrap());
    let given = json!({ "role": "head", "area_id": town.village.id });
    let given = town.admin.post_json(&path, given).await;
    assert_eq!(given.status, StatusCode::NO_CONTENT, "{}", given.body);
    let own = submitted(&mut town, "ordinary").await;
    let refused = step(&mut town.secretary, &own, "approve").await;
    assert_eq!(problem(&refused), "bulletin-own");
}

#[tokio::test]
async fn where_weekends_are_free_a_head_chooses_other_days_and_an_officer_may_stand_by_it() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    lays_down(
        &mut town.admin,
        &town.commune,
        json!({ "ordinary_on_weekends": false }),
    )
    .await;
    let refused = town.ordered(&bulletin, daily("17:00")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert_eq!(problem(&refused), "broadcast-over-limits");
    let insisting = json!({ "bulletins": [bulletin], "areas": [town.village.id],
        "rule": daily("17:00"), "over_limits": true });
    let refused = town
        .head
        .post_json("/api/v1/broadcasts", insisting.clone())
        .await;
    assert_eq!(
        problem(&refused),
        "broadcast-over-limits",
        "a head cannot insist"
    );
    let weekdays = json!({ "kind": "weekly", "days": [1, 2, 3, 4, 5], "times": ["17:00"] });
    let placed = town.ordered(&bulletin, weekdays).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);

    let asking = json!({ "bulletins": [bulletin], "areas": [town.village.id],
        "rule": daily("06:00") });
    let refused = town.officer.post_json("/api/v1/broadcasts", asking).await;
    assert_eq!(problem(&refused), "broadcast-stand-by");
    let placed = town
        .officer
        .post_json("/api/v1/broadcasts", insisting)
        .await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let trail = town
        .officer
        .get("/api/v1/audit?kind=broadcast")
        .await
        .json();
    let trail = trail.as_array().unwrap();
    let beyond = trail
        .iter()
        .filter(|one| one["detail"]["over_limits"] == true);
    assert_eq!((beyond.count(), trail.len()), (1, 2), "{trail:?}");
}

#[tokio::test]
async fn the_form_says_what_goes_beyond_and_offers_to_stand_by_it_to_officers_alone() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    lays_down(
        &mut town.admin,
        &town.commune,
        json!({ "ordinary_on_weekends": false }),
    )
    .await;
    let area = town.village.id.to_string();
    let address = format!(
        "/broadcasts/new?step=preview&key=k1&bulletin={bulletin}&area={area}&when=daily\
         &times=17:00&from=2026-11-23&repeats=2&gap=30&missed=only_then&chime=yes"
    );
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&address).await.body;
    assert!(
        page.contains("28/11/2026 17:00 là thứ bảy hoặc chủ nhật"),
        "{page}"
    );
    assert!(page.contains("Lịch này vượt quy định."), "{page}");
    assert!(
        !page.contains("value=\"save\"") && !page.contains("over_limits"),
        "{page}"
    );
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get(&address).await.body;
    assert!(
        page.contains("name=\"over_limits\"") && page.contains("value=\"save\""),
        "{page}"
    );
    let mut fields = vec![
        ("key", "k1"),
        ("bulletin", bulletin.as_str()),
        ("area", area.as_str()),
        ("when", "daily"),
        ("times", "17:00"),
        ("from", "2026-11-23"),
        ("repeats", "2"),
        ("gap", "30"),
        ("missed", "only_then"),
        ("step", "save"),
    ];
    let refused = officer.post("/broadcasts/new", &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(
        refused.body.contains("đánh dấu ô “Vẫn phát”"),
        "{}",
        refused.body
    );
    fields.push(("over_limits", "yes"));
    let placed = officer.post("/broadcasts/new", &fields).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.body);
}

#[tokio::test]
async fn more_sessions_than_allowed_are_warned_of_and_refused_only_where_limits_bind() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    lays_down(
        &mut town.admin,
        &town.commune,
        json!({ "sessions_per_day": 2 }),
    )
    .await;
    for hour in ["06:00", "11:30"] {
        let placed = town.ordered(&bulletin, daily(hour)).await;
        assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    }
    let third = json!({ "bulletins": [bulletin], "areas": [town.village.id],
        "rule": daily("17:00") });
    let looked = town
        .head
        .post_json("/api/v1/broadcasts/preview", third)
        .await;
    let looked = looked.json().to_string();
    assert!(looked.contains("too_many_sessions"), "{looked}");

    lays_down(
        &mut town.admin,
        &town.village,
        json!({ "limits_bind": true }),
    )
    .await;
    let refused = town.ordered(&bulletin, daily("17:00")).await;
    assert_eq!(
        problem(&refused),
        "broadcast-over-limits",
        "{}",
        refused.body
    );
    // What follows the morning's without a rest is no session of its own.
    let joined = town.ordered(&bulletin, daily("11:35")).await;
    assert_eq!(joined.status, StatusCode::CREATED, "{}", joined.body);
    lays_down(&mut town.admin, &town.village, json!({})).await;
    let warned = town.ordered(&bulletin, daily("17:00")).await;
    assert_eq!(warned.status, StatusCode::CREATED, "{}", warned.body);
}

#[tokio::test]
async fn of_two_orders_at_once_the_second_is_held_to_what_the_first_took() {
    let mut town = Town::start().await;
    let commune = town.commune.clone();
    let own = json!({ "sessions_per_day": 1, "limits_bind": true });
    lays_down(&mut town.admin, &commune, own).await;
    let bulletin = town.approved("Họp thôn").await;
    let village = town.village.id.clone();
    let order =
        |hour: &str| json!({ "bulletins": [bulletin], "areas": [village], "rule": daily(hour) });
    let (morning, evening) = (order("06:00"), order("17:00"));
    let mut other = town.server.script(town.head.token());
    let (first, second) = tokio::join!(
        town.head.post_json("/api/v1/broadcasts", morning),
        other.post_json("/api/v1/broadcasts", evening),
    );
    let mut answers = [first.status, second.status];
    answers.sort();
    assert_eq!(answers, [StatusCode::CREATED, StatusCode::CONFLICT]);
}

#[tokio::test]
async fn the_page_says_where_each_word_comes_from_and_only_administrators_change_it() {
    let mut town = Town::start().await;
    lays_down(
        &mut town.admin,
        &town.commune,
        json!({ "sessions_per_day": 3 }),
    )
    .await;
    let path = format!("/areas/{}/policy", town.village.id);
    let fields = [
        ("head_may_approve", ""),
        ("sessions_per_day", ""),
        ("ordinary_on_weekends", "no"),
        ("limits_bind", ""),
    ];
    let mut admin = town.server.signed_in("quan.tri").await;
    let saved = admin.post(&path, &fields).await;
    assert_eq!(
        saved.location(),
        format!("{path}?notice=notice-policy-saved")
    );
    let wrong = [("sessions_per_day", "11")];
    let wrong: Vec<_> = fields
        .iter()
        .filter(|(name, _)| *name != "sessions_per_day")
        .chain(&wrong)
        .copied()
        .collect();
    let refused = admin.post(&path, &wrong).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );

    let page = town.server.signed_in("bi.thu").await.get(&path).await.body;
    for said in [
        "Nhiều nhất 3 buổi<br><span class=\"small\">Theo Xã Cốc San",
        "Không phát bản tin thông thường<br><span class=\"small\">Quy định riêng của nơi này",
        "Chỉ cán bộ duyệt<br><span class=\"small\">Mặc định",
        "21:00–05:30<br><span class=\"small\">Mặc định",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("name=\"limits_bind\""), "{page}");
    for who in ["bi.thu", "truong.thon", "can.bo"] {
        let refused = town.server.signed_in(who).await.post(&path, &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
    let other = town.server.area("Xã Tòng Sành", "commune", None).await;
    town.server
        .person("quan.xa.khac", Role::Admin, &other)
        .await;
    let mut stranger = town.server.signed_in("quan.xa.khac").await;
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        stranger.post(&path, &fields).await.status,
        StatusCode::NOT_FOUND
    );
    let whole = town.head.get(&format!("/api/v1{path}")).await.json();
    assert_eq!(whole["held"]["sessions_per_day"], 3);
    assert_eq!(
        whole["own"],
        json!({ "head_may_approve": null, "sessions_per_day": null,
        "ordinary_on_weekends": false, "limits_bind": null })
    );
}

#[tokio::test]
async fn at_the_top_nothing_is_offered_that_an_area_above_would_say() {
    let town = Town::start().await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let village = format!("/areas/{}/policy", town.village.id);
    let page = admin.get(&village).await.body;
    assert!(page.contains(">Như cấp trên</option>"), "{page}");
    let path = format!("/areas/{}/policy", town.commune.id);
    let page = admin.get(&path).await.body;
    assert!(!page.to_lowercase().contains("như cấp trên"), "{page}");
    // What holds by default is what is chosen.
    for chosen in [
        "value=\"no\" selected>Chỉ cán bộ duyệt",
        "value=\"yes\" selected>Bản tin thông thường được phát",
        "value=\"no\" selected>Chỉ nhắc",
    ] {
        assert!(page.contains(chosen), "{chosen}: {page}");
    }
}
