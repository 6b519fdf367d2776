//! A village's day heard before it has come: what would air when, with its sound, and what would
//! not, and why.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::phone::{record, sample};
use crate::support::Browser;
use crate::town::Town;

/// The Tuesday after the day on which stories begin.
const TUESDAY: &str = "2026-11-24";

/// The page of a day of the village.
fn address(town: &Town, day: &str) -> String {
    format!("/broadcasts/rehearsal?area={}&day={day}", town.village.id)
}

async fn page(browser: &mut Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

fn assert_shows(page: &str, shown: &[&str]) {
    for words in shown {
        assert!(page.contains(words), "{words}: {page}");
    }
}

/// Each of `parts` stands behind the one before it.
fn assert_in_order(page: &str, parts: &[&str]) {
    let mut rest = page;
    for part in parts {
        let found = rest.split_once(part);
        (_, rest) = found.unwrap_or_else(|| panic!("no {part} behind the others: {page}"));
    }
}

/// Where the sounds of a page are, in its order.
fn sounds(page: &str) -> Vec<String> {
    let sources = page
        .split("<audio controls preload=\"none\" src=\"")
        .skip(1);
    let sources = sources.filter_map(|rest| rest.split('"').next());
    sources.map(str::to_owned).collect()
}

/// The village hears Giáy first, then Vietnamese.
async fn speaks_giay_first(town: &mut Town) {
    let path = format!("/api/v1/areas/{}", town.village.id);
    let says = json!({ "kind": "village", "name": "Thôn Tòng Xành", "languages": ["pcc", "vi"] });
    let headers = [("content-type", "application/json")];
    let admin = &mut town.admin;
    let said = admin.send(Method::PUT, &path, &headers, says.to_string());
    let said = said.await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.body);
}

/// An approved bulletin of a class, recorded in both languages, Vietnamese first.
async fn in_both(town: &mut Town, title: &str, class: &str) -> String {
    let new = json!({ "area_id": town.village.id, "title": title, "class": class,
        "valid_until_day": "2026-12-31" });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    for (language, file) in [("vi", "vneid.vi.m4a"), ("pcc", "vneid.pcc.m4a")] {
        let said = [("bulletin", id.as_str()), ("language", language)];
        record(&mut town.secretary, &sample(file), &said).await;
    }
    for step in ["submit", "approve"] {
        let path = format!("/api/v1/bulletins/{id}");
        let who = match step {
            "submit" => &mut town.secretary,
            _ => &mut town.officer,
        };
        let version = who.get(&path).await.json()["version"].clone();
        let seen = json!({ "version": version, "reason": "" });
        let done = who.post_json(&format!("{path}/{step}"), seen).await;
        assert!(done.status.is_success(), "{}", done.body);
    }
    id
}

/// Orders a start of the village on Tuesday.
async fn on_tuesday(town: &mut Town, bulletins: &[&str], time: &str, more: Value) -> String {
    let mut new = json!({ "bulletins": bulletins, "areas": [town.village.id],
        "rule": { "kind": "once", "at": format!("{TUESDAY}T{time}") } });
    for (name, value) in more.as_object().unwrap() {
        new[name.as_str()] = value.clone();
    }
    let made = town.head.post_json("/api/v1/broadcasts", new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_day_is_heard_in_the_order_and_the_languages_in_which_it_would_air() {
    let mut town = Town::start().await;
    speaks_giay_first(&mut town).await;
    let market = in_both(&mut town, "Phiên chợ", "ordinary").await;
    let meeting = in_both(&mut town, "Họp thôn", "priority").await;
    let twice = json!({ "repeats": 2, "gap_ms": 30_000, "chime": true });
    on_tuesday(&mut town, &[&market], "17:00", twice).await;
    let once = json!({ "repeats": 1, "chime": false });
    on_tuesday(&mut town, &[&meeting], "17:00", once).await;
    on_tuesday(&mut town, &[&market, &meeting], "06:00", json!({})).await;

    let mut head = town.server.signed_in("truong.thon").await;
    let day = format!(
        "/broadcasts/calendar?area={}&view=day&day={TUESDAY}",
        town.village.id
    );
    let calendar = page(&mut head, &day).await;
    assert_shows(&calendar, &["href=\"/broadcasts/rehearsal?area="]);
    let shown = page(&mut head, &address(&town, TUESDAY)).await;
    assert_shows(&shown, &["T3 24/11/2026", "Loa phát: ", "rehearsal.js"]);
    // What is urgent goes first; what waits for it says so.
    assert_in_order(
        &shown,
        &[
            "data-time=\"06:00\"",
            "Nhạc hiệu",
            "Phiên chợ · Tiếng Giáy",
            "Phiên chợ · Tiếng Việt",
            "Họp thôn · Tiếng Giáy",
            "Họp thôn · Tiếng Việt",
            "data-times=\"1\" data-time=\"17:00\" data-until=\"Bỏ qua khoảng lặng, đến 17:00\"",
            ">Họp thôn</a>",
            "data-piece=\"spoken\"",
            "Tiếng Giáy",
            "Tiếng Việt",
            "data-times=\"2\" data-time=\"17:00\"",
            ">Phiên chợ</a>",
            "đọc 2 lần, giữa hai lần nghỉ 30 giây",
            "data-piece=\"chime\"",
            "Tiếng Giáy",
            "Tiếng Việt",
        ],
    );
    assert_eq!(shown.matches("<li class=\"cue").count(), 3, "{shown}");
    assert_eq!(shown.matches("bắt đầu").count(), 1, "the market waits");
    let sounds = sounds(&shown);
    assert_eq!(sounds.len(), 5 + 2 + 3, "{sounds:?}");
    assert_eq!(sounds[0], sounds[7], "the chime of both");
    assert_eq!(sounds[1], sounds[8], "the market in Giáy");
    assert_ne!(sounds[1], sounds[2], "two languages");

    let secretary = town.server.signed_in("bi.thu").await;
    let officer = town.server.signed_in("can.bo").await;
    for mut who in [secretary, officer] {
        for sound in &sounds {
            let bytes = who.bytes(sound).await;
            assert_eq!(&bytes[..4], b"OggS", "{sound}");
        }
    }
    let part = [("range", "bytes=0-99")];
    let part = head.send(Method::GET, &sounds[0], &part, "").await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
}

#[tokio::test]
async fn a_class_that_is_louder_at_the_station_is_louder_in_rehearsal() {
    let mut town = Town::start().await;
    let path = format!("/stations/{}/edit", town.station["id"].as_str().unwrap());
    let fields = [
        ("volume_db", "-6"),
        ("ordinary_db", "0"),
        ("priority_db", "4"),
        ("emergency_db", "6"),
    ];
    let mut head = town.server.signed_in("truong.thon").await;
    let done = head.post(&path, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let market = in_both(&mut town, "Phiên chợ", "ordinary").await;
    let meeting = in_both(&mut town, "Họp thôn", "priority").await;
    on_tuesday(&mut town, &[&market], "06:00", json!({ "chime": false })).await;
    let shown = page(&mut head, &address(&town, TUESDAY)).await;
    assert_shows(&shown, &["data-piece=\"spoken\" data-below=\"0\""]);
    assert!(!shown.contains("id=\"levels\""), "all are alike: {shown}");
    on_tuesday(&mut town, &[&meeting], "17:00", json!({ "chime": false })).await;
    let shown = page(&mut head, &address(&town, TUESDAY)).await;
    assert_in_order(
        &shown,
        &[
            "id=\"levels\"",
            "data-time=\"06:00\"",
            "data-below=\"4\"",
            "data-time=\"17:00\"",
            "data-below=\"0\"",
        ],
    );
}

#[tokio::test]
async fn what_would_not_air_says_why_and_has_no_sound() {
    let mut town = Town::start().await;
    let market = town.approved("Phiên chợ").await;
    let gone = town.approved("Tiêm phòng").await;
    let daily = json!({ "rule": { "kind": "daily", "times": ["06:00", "21:30"] } });
    on_tuesday(&mut town, &[&market], "06:00", daily).await;
    on_tuesday(&mut town, &[&gone], "08:00", json!({})).await;
    let path = format!("/api/v1/bulletins/{gone}");
    let version = town.officer.get(&path).await.json()["version"].clone();
    let seen = json!({ "version": version, "reason": "Đổi ngày" });
    let withdraw = format!("{path}/withdraw");
    let done = town.officer.post_json(&withdraw, seen).await;
    assert!(done.status.is_success(), "{}", done.body);
    let mut head = town.server.signed_in("truong.thon").await;
    let shown = page(&mut head, &address(&town, TUESDAY)).await;
    assert_in_order(
        &shown,
        &[
            "data-time=\"06:00\"",
            "<h2>08:00",
            ">Tiêm phòng</a>",
            "Sẽ không phát vì đã bị hủy hoặc thu hồi",
            "<h2>21:30",
            "Sẽ không phát vì rơi vào giờ yên lặng",
        ],
    );
    assert_eq!(sounds(&shown).len(), 2, "one chime, one recording: {shown}");
}

#[tokio::test]
async fn a_day_without_starts_teaches_what_to_do_and_one_that_is_over_leads_to_what_was() {
    let mut town = Town::start().await;
    let mut head = town.server.signed_in("truong.thon").await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let empty = page(&mut head, &address(&town, TUESDAY)).await;
    assert_shows(&empty, &["chưa có gì để phát", "bấm vào ô +", "view=day"]);
    assert!(!empty.contains("rehearsal.js"), "{empty}");
    let empty = page(&mut secretary, &address(&town, TUESDAY)).await;
    assert_shows(&empty, &["Trưởng thôn hoặc cán bộ xã chọn giờ"]);

    let market = town.approved("Phiên chợ").await;
    on_tuesday(&mut town, &[&market], "06:00", json!({})).await;
    town.server.clock.set(town.today(9 + 24, 0));
    let today = page(&mut head, &address(&town, TUESDAY)).await;
    assert_shows(&today, &["Giờ này đã qua; kết quả có trong lịch"]);
    let over = page(&mut head, &address(&town, "2026-11-23")).await;
    assert_shows(&over, &["Ngày này đã qua", "Xem kế hoạch và kết quả"]);
    assert!(sounds(&over).is_empty(), "{over}");
    let calendar = format!(
        "/broadcasts/calendar?area={}&view=day&day=2026-11-23",
        town.village.id
    );
    let calendar = page(&mut head, &calendar).await;
    assert!(!calendar.contains("/broadcasts/rehearsal"), "{calendar}");
}

#[tokio::test]
async fn what_is_over_is_not_heard_by_its_old_address() {
    let mut town = Town::start().await;
    let market = town.approved("Phiên chợ").await;
    on_tuesday(&mut town, &[&market], "06:00", json!({})).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let sounds = sounds(&page(&mut head, &address(&town, TUESDAY)).await);
    // On the day itself the page has it still.
    town.server.clock.set(town.today(24 + 23, 0));
    assert_eq!(head.get(&sounds[1]).await.status, StatusCode::OK);
    town.server.clock.set(town.today(48, 1));
    let over = head.get(&sounds[1]).await;
    assert_eq!(over.status, StatusCode::NOT_FOUND, "{}", over.body);
    // Ordered once more, it is heard again.
    let daily = json!({ "rule": { "kind": "daily", "times": ["17:00"] } });
    on_tuesday(&mut town, &[&market], "17:00", daily).await;
    assert_eq!(head.get(&sounds[1]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_commune_leads_to_its_villages_and_others_hear_nothing() {
    let mut town = Town::start().await;
    let other = town.server.area("Xã Hợp Thành", "commune", None).await;
    let luong = town
        .server
        .area("Thôn Luổng Láo", "village", Some(&town.commune));
    let luong = luong.await;
    let person = loaban_server::people::rights::Role::Officer;
    town.server.person("nguoi.khac", person, &other).await;
    let market = town.approved("Phiên chợ").await;
    let draft = json!({ "area_id": town.village.id, "title": "Nháp", "class": "ordinary",
        "valid_until_day": "2026-12-31" });
    let draft = town.secretary.post_json("/api/v1/bulletins", draft).await;
    let draft = draft.json()["id"].as_str().unwrap().to_owned();
    let said = [("bulletin", draft.as_str()), ("language", "vi")];
    let unheard = record(&mut town.secretary, &sample("vssid.vi.mp3"), &said).await;
    on_tuesday(&mut town, &[&market], "06:00", json!({})).await;

    let mut officer = town.server.signed_in("can.bo").await;
    let path = format!(
        "/broadcasts/rehearsal?area={}&day={TUESDAY}",
        town.commune.id
    );
    let commune = page(&mut officer, &path).await;
    assert_shows(&commune, &[">Thôn Tòng Xành</a>", ">Thôn Luổng Láo</a>"]);
    let mut head = town.server.signed_in("truong.thon").await;
    let sounds = sounds(&page(&mut head, &address(&town, TUESDAY)).await);
    let hash = sounds[1].rsplit('/').next().unwrap();
    let elsewhere = format!("/broadcasts/rehearsal/{}/{hash}", luong.id);
    let unheard = unheard["sound"]["hash"].as_str().unwrap();
    let unheard = format!("/broadcasts/rehearsal/{}/{unheard}", town.village.id);
    for (who, path) in [
        ("nguoi.khac", address(&town, TUESDAY)),
        ("nguoi.khac", sounds[0].clone()),
        ("nguoi.khac", sounds[1].clone()),
        ("truong.thon", path),
        ("truong.thon", "/broadcasts/rehearsal?area=x".to_owned()),
        ("truong.thon", unheard),
        (
            "truong.thon",
            format!("/broadcasts/rehearsal/{}/x", town.village.id),
        ),
        ("can.bo", elsewhere),
    ] {
        let mut browser = town.server.signed_in(who).await;
        let refused = browser.get(&path).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{who} {path}");
    }
    for path in [address(&town, TUESDAY), sounds[1].clone()] {
        let visitor = town.server.visitor().get(&path).await;
        assert_eq!(visitor.status, StatusCode::SEE_OTHER, "{path}");
    }
    for day in ["hom-nay", "9999-12-31", "2026-02-30"] {
        let refused = head.get(&address(&town, day)).await;
        let expected = StatusCode::UNPROCESSABLE_ENTITY;
        assert_eq!(refused.status, expected, "{day}: {}", refused.body);
    }
}
