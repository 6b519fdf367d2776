//! Seasons and holidays: what follows the sessions and keeps to types of day, and what stations are
//! told.

use loaban_server::areas::area::Area;
use loaban_server::programmes::duty;
use programme::day_plan::DayPlan;
use programme::programme::Programme;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Browser};
use crate::town::{Pc, Town, problem};

pub async fn lays_down(admin: &mut Browser, area: &Area, own: &Value) -> Answer {
    let path = format!("/api/v1/areas/{}/timetable", area.id);
    let json = [("content-type", "application/json")];
    admin.send(Method::PUT, &path, &json, own.to_string()).await
}

/// Mornings at six until December, and at `winter` from the tenth of it on.
pub fn seasons(winter: &str) -> Value {
    json!({ "seasons": [
        { "from": "04-16", "morning": "06:00", "evening": "17:30" },
        { "from": "12-10", "morning": winter, "evening": "17:00" },
    ] })
}

/// The festival of this Wednesday and Thursday.
pub fn festival() -> Value {
    json!({ "holidays": [
        { "from": "2026-11-25", "until": "2026-11-26", "name": "Hội xuống đồng" },
    ] })
}

impl Town {
    /// The commune lays down a timetable, and stations are told.
    pub async fn timetable(&mut self, own: &Value) {
        let said = lays_down(&mut self.admin, &self.commune, own).await;
        assert_eq!(said.status, StatusCode::OK, "{}", said.body);
        duty::all(&self.server.state).await.unwrap();
    }

    /// What the village would hear of an order by the head.
    pub async fn outlook(&mut self, bulletin: &str, rule: Value) -> Value {
        let order = json!({ "bulletins": [bulletin], "areas": [self.village.id], "rule": rule });
        let looked = self
            .head
            .post_json("/api/v1/broadcasts/preview", order)
            .await;
        assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
        looked.json()[0].clone()
    }
}

/// The starts of a day, as the PC plans them.
fn hours(programme: &Programme, day: &str) -> Vec<String> {
    let plan = DayPlan::of(programme, day.parse().unwrap()).unwrap();
    let shown = plan.cues.iter().map(|cue| plan.zone.civil(cue.planned));
    shown.map(|at| at.strftime("%H:%M").to_string()).collect()
}

/// The days on which cues of an outlook are planned.
fn days(outlook: &Value) -> Vec<String> {
    let zone = programme::zone::Zone::named("Asia/Ho_Chi_Minh").unwrap();
    let cues = outlook["cues"].as_array().unwrap().iter();
    let at = |cue: &Value| cue["planned_ms"].as_i64().unwrap();
    let dates = cues.map(|cue| zone.date(programme::units::WallTime::from_millis(at(cue))));
    dates.map(|date| date.to_string()).collect()
}

async fn told(pc: &mut Pc) -> (u64, Programme) {
    let programme = pc.programme(0).await;
    (programme.generation, programme)
}

#[tokio::test]
async fn an_order_by_session_follows_the_seasons_at_the_station_by_itself() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    town.timetable(&seasons("06:30")).await;
    let rule = json!({ "kind": "daily", "sessions": ["morning"] });
    let placed = town.ordered(&bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    assert_eq!(placed.json()["rule"]["sessions"], json!(["morning"]));
    assert_eq!(placed.json()["rule"]["times"], json!([]));
    let (_, programme) = told(&mut pc).await;
    for (day, hour) in [
        ("2026-11-24", "06:00"),
        ("2026-12-09", "06:00"),
        ("2026-12-10", "06:30"),
    ] {
        assert_eq!(hours(&programme, day), [hour], "{day}");
    }
    let path = format!("/broadcasts/{}", placed.json()["id"].as_str().unwrap());
    let page = town.server.signed_in("truong.thon").await.get(&path).await;
    let said = "Hằng ngày, buổi sáng (từ 16/04: 06:00, từ 10/12: 06:30), từ 23/11/2026";
    assert!(page.body.contains(said), "{}", page.body);
}

#[tokio::test]
async fn a_changed_timetable_is_published_to_those_whose_broadcasts_keep_to_it() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let fixed = json!({ "kind": "daily", "times": ["17:00"] });
    town.ordered(&bulletin, fixed).await;
    let (before, _) = told(&mut pc).await;
    town.timetable(&seasons("06:30")).await;
    assert_eq!(told(&mut pc).await.0, before, "nothing there asks for it");

    let by_session = json!({ "kind": "weekly", "days": [1, 2, 3, 4, 5, 6, 7],
        "sessions": ["morning"] });
    let placed = town.ordered(&bulletin, by_session).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let (ordered, _) = told(&mut pc).await;
    town.timetable(&seasons("07:00")).await;
    let (changed, programme) = told(&mut pc).await;
    assert!(changed > ordered);
    assert_eq!(hours(&programme, "2026-12-10"), ["07:00", "17:00"]);
    // Holidays concern none of these broadcasts.
    let mut both = seasons("07:00");
    both["holidays"] = festival()["holidays"].clone();
    town.timetable(&both).await;
    assert_eq!(told(&mut pc).await.0, changed);

    let but_holidays = json!({ "kind": "daily", "times": ["18:00"], "on": "not_holidays" });
    let placed = town.ordered(&bulletin, but_holidays).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let (_, programme) = told(&mut pc).await;
    assert_eq!(hours(&programme, "2026-11-25"), ["06:00", "17:00"]);
    assert_eq!(hours(&programme, "2026-11-27"), ["06:00", "17:00", "18:00"]);
    town.timetable(&seasons("07:00")).await;
    let (_, programme) = told(&mut pc).await;
    assert_eq!(hours(&programme, "2026-11-25").len(), 3);
}

#[tokio::test]
async fn whoever_orders_is_told_of_a_season_whose_hour_lies_in_quiet_hours() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut early = seasons("05:00");
    early["despite_quiet_hours"] = json!(true);
    town.timetable(&early).await;
    let rule = json!({ "kind": "daily", "sessions": ["morning"] });
    let outlook = town.outlook(&bulletin, rule).await;
    let findings = outlook["findings"].as_array().unwrap();
    let quiet: Vec<_> = findings
        .iter()
        .filter(|one| one["finding"] == "in_quiet_hours")
        .collect();
    let [quiet] = quiet.as_slice() else {
        panic!("{findings:?}");
    };
    let cue = quiet["cue"].as_str().unwrap();
    assert!(cue.ends_with("@2026-12-10-morning"), "{cue}");
    let address = format!(
        "/broadcasts/new?step=preview&bulletin={bulletin}&area={}&when=daily&session=morning",
        town.village.id
    );
    let page = town
        .server
        .signed_in("truong.thon")
        .await
        .get(&address)
        .await;
    let said = "10/12/2026 05:00 nằm trong giờ yên lặng";
    assert!(page.body.contains(said), "{}", page.body);
    let policy = format!("/areas/{}/timetable", town.village.id);
    let page = town
        .server
        .signed_in("truong.thon")
        .await
        .get(&policy)
        .await;
    assert_eq!(
        page.body.matches("Có giờ nằm trong giờ yên lặng").count(),
        1
    );
}

#[tokio::test]
async fn types_of_day_leave_holidays_out_or_keep_to_them() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let on = |on: &str| json!({ "kind": "daily", "times": ["17:00"], "on": on });
    let refused = town.ordered(&bulletin, on("only_holidays")).await;
    assert_eq!(problem(&refused), "broadcast-no-holiday");
    town.timetable(&festival()).await;
    for (kind, expected) in [
        ("not_holidays", "23 24 27 28 29"),
        ("only_holidays", "25 26"),
        ("not_weekends", "23 24 25 26 27"),
        ("working_days", "23 24 27 30 01"),
    ] {
        let found = days(&town.outlook(&bulletin, on(kind)).await);
        let found: Vec<&str> = found.iter().filter_map(|day| day.get(8..)).collect();
        assert_eq!(found.join(" "), expected, "{kind}");
    }
    // Further ahead than the preview would look for a start.
    let far = json!({ "holidays": [{ "from": "2026-12-30", "name": "Hội làng" }] });
    town.timetable(&far).await;
    let outlook = town.outlook(&bulletin, on("only_holidays")).await;
    assert_eq!(days(&outlook), ["2026-12-30"]);
    let placed = town.ordered(&bulletin, on("only_holidays")).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let path = format!("/broadcasts/{}", placed.json()["id"].as_str().unwrap());
    let page = town.server.signed_in("truong.thon").await.get(&path).await;
    assert!(
        page.body
            .contains("Hằng ngày lúc 17:00, chỉ ngày lễ, từ 23/11/2026"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn the_calendar_names_holidays_and_shows_what_is_left_out() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    town.timetable(&festival()).await;
    let rule = json!({ "kind": "daily", "times": ["17:00"], "on": "not_holidays" });
    let placed = town.ordered(&bulletin, rule).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let mut head = town.server.signed_in("truong.thon").await;
    let calendar = |view: &str, day: &str| {
        let area = &town.village.id;
        format!("/broadcasts/calendar?area={area}&view={view}&day={day}")
    };
    let week = head.get(&calendar("week", "2026-11-23")).await.body;
    assert_eq!(week.matches("Ngày lễ: Hội xuống đồng").count(), 2, "{week}");
    let month = head.get(&calendar("month", "2026-11-23")).await.body;
    assert!(
        month.contains("T4 25/11, Hội xuống đồng, 0 lượt phát"),
        "{month}"
    );
    let page = format!(
        "href=\"/broadcasts/{}\"",
        placed.json()["id"].as_str().unwrap()
    );
    for (day, starts) in [("2026-11-24", 1), ("2026-11-25", 0), ("2026-11-27", 1)] {
        let shown = head.get(&calendar("day", day)).await.body;
        assert_eq!(shown.matches(&page).count(), starts, "{day}: {shown}");
    }
}

#[tokio::test]
async fn a_timetable_leaves_today_as_it_began() {
    let mut town = Town::start().await;
    town.timetable(&seasons("06:30")).await;
    town.server.clock.set(town.today(16, 0));
    let commune = town.commune.clone();
    let mut hours = seasons("06:30");
    hours["seasons"][0]["evening"] = json!("15:00");
    let slip = lays_down(&mut town.admin, &commune, &hours).await;
    assert_eq!(slip.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem(&slip), "timetable-hour-past");
    // Later today is another hour, and the morning is behind either way.
    hours["seasons"][0]["morning"] = json!("05:30");
    hours["seasons"][0]["evening"] = json!("18:00");
    town.timetable(&hours).await;

    for day in ["2026-11-22", "2026-11-23"] {
        let mut with = hours.clone();
        with["holidays"] = json!([{ "from": day, "name": "Hội làng" }]);
        let refused = lays_down(&mut town.admin, &commune, &with).await;
        assert_eq!(problem(&refused), "timetable-holiday-begun", "{day}");
    }
    // Nor may an area above change what a village below began its day with.
    let village = town.village.clone();
    let own = json!({ "seasons": [{ "morning": "05:30", "evening": "19:00" }] });
    lays_down(&mut town.admin, &village, &own).await;
    town.server.clock.set(town.today(18, 30));
    let none = json!({});
    let refused = lays_down(&mut town.admin, &village, &none).await;
    assert_eq!(problem(&refused), "timetable-hour-past", "{}", refused.body);
}

#[tokio::test]
async fn what_was_ordered_to_air_from_tomorrow_on_is_not_heard_today_after_all() {
    let mut town = Town::start().await;
    town.timetable(&seasons("06:30")).await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut pc = town.enrolled().await;
    // At nine the morning's session is behind.
    let mornings = json!({ "kind": "daily", "sessions": ["morning"] });
    let placed = town.ordered(&bulletin, mornings).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    assert!(hours(&told(&mut pc).await.1, "2026-11-23").is_empty());
    let mut moved = seasons("06:30");
    moved["seasons"][0]["morning"] = json!("11:30");
    let commune = town.commune.clone();
    for now in [town.today(9, 30), town.today(11, 31)] {
        town.server.clock.set(now);
        let refused = lays_down(&mut town.admin, &commune, &moved).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem(&refused), "timetable-newly", "{}", refused.body);
        let title = refused.json()["title"].to_string();
        let said = "Thôn Tòng Xành”: đổi như vậy thì hôm nay loa phát thêm “Kích hoạt VNeID”";
        assert!(title.contains(said), "{title}");
    }
    let mut earlier = seasons("06:30");
    earlier["seasons"][0]["morning"] = json!("05:45");
    town.timetable(&earlier).await;
    town.server.clock.set(town.today(24 + 9, 0));
    town.timetable(&moved).await;
    let (_, programme) = told(&mut pc).await;
    assert_eq!(hours(&programme, "2026-11-25"), ["11:30"]);
}

#[tokio::test]
async fn the_own_form_of_an_area_leaves_today_as_it_began() {
    let town = Town::start().await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let mut script = town.server.script(town.admin.token());
    let form = |evening: &'static str, zone: &'static str| {
        [
            ("name", "Thôn Tòng Xành"),
            ("kind", "village"),
            ("morning_from", "06:00"),
            ("morning_until", "12:00"),
            ("evening_from", evening),
            ("evening_until", "20:00"),
            ("session_minutes", "45"),
            ("zone", zone),
        ]
    };
    let path = format!("/areas/{}/edit", town.village.id);
    town.server.clock.set(town.today(16, 30));
    // In Tokyo it is half past six.
    for fields in [form("16:00", ""), form("17:00", "Asia/Tokyo")] {
        let refused = admin.post(&path, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = "“Thôn Tòng Xành”: hôm nay đã quá 1";
        assert!(refused.body.contains(said), "{}", refused.body);
        assert!(refused.body.contains("value=\"20:00\""), "{}", refused.body);
    }
    let saved = admin.post(&path, &form("18:00", "")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);

    // The same by a script, and from the commune down on a village that says nothing itself.
    town.server.clock.set(town.today(17, 30));
    let json = [("content-type", "application/json")];
    let none = json!({ "kind": "village", "name": "Thôn Tòng Xành" });
    let own = format!("/api/v1/areas/{}", town.village.id);
    let refused = script
        .send(Method::PUT, &own, &json, none.to_string())
        .await;
    assert_eq!(problem(&refused), "timetable-hour-past", "{}", refused.body);
    town.server.clock.set(town.today(18, 30));
    let saved = script
        .send(Method::PUT, &own, &json, none.to_string())
        .await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    town.server.clock.set(town.today(24 + 16, 30));
    let sessions = json!({ "morning": { "from": "06:00", "until": "08:00" },
        "evening": { "from": "16:00", "until": "19:00" }, "most_minutes": 45 });
    let says = json!({ "kind": "commune", "name": "Xã Cốc San", "sessions": sessions });
    let commune = format!("/api/v1/areas/{}", town.commune.id);
    let refused = script
        .send(Method::PUT, &commune, &json, says.to_string())
        .await;
    assert_eq!(problem(&refused), "timetable-hour-past", "{}", refused.body);
}

#[tokio::test]
async fn a_session_that_villages_air_at_different_hours_makes_no_room() {
    let mut town = Town::start().await;
    town.timetable(&seasons("06:30")).await;
    let (first, second) = (
        town.approved("Họp thôn").await,
        town.approved("VNeID").await,
    );
    let (commune, village) = (town.commune.clone(), town.village.clone());
    let evenings = json!({ "kind": "daily", "sessions": ["evening"] });
    let order = json!({ "bulletins": [first], "areas": [commune.id], "rule": evenings });
    let placed = town.officer.post_json("/api/v1/broadcasts", order).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let other = placed.json()["id"].clone();
    let new = json!({
        "bulletins": [second], "areas": [commune.id],
        "rule": { "kind": "once", "at": "2026-11-24T17:30" },
        "skips": [{ "broadcast": other, "start": "2026-11-24T17:30" }],
    });
    let preview = "/api/v1/broadcasts/preview";
    let alike = town.officer.post_json(preview, new.clone()).await;
    assert_eq!(alike.status, StatusCode::OK, "{}", alike.body);
    let own = json!({ "seasons": [{ "morning": "05:30", "evening": "18:00" }] });
    lays_down(&mut town.admin, &village, &own).await;
    let differ = town.officer.post_json("/api/v1/broadcasts", new).await;
    assert_eq!(differ.status, StatusCode::CONFLICT, "{}", differ.body);
    assert_eq!(problem(&differ), "broadcast-start-differs");
}
