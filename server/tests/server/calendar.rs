//! The calendar: what will be heard and what was, day by day, and a time chosen in a few taps.

use reqwest::StatusCode;
use serde_json::json;

use crate::as_run::{cut, scheduled};
use crate::support::{Answer, Browser};
use crate::town::Town;

/// The page at `path`, which is there.
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

/// The first address on a page that begins with `start`, as a browser follows it.
fn link(page: &str, start: &str) -> String {
    let escaped = start.replace('&', "&amp;");
    let (_, rest) = page
        .split_once(&format!("href=\"{escaped}"))
        .or_else(|| page.split_once(&format!("href=\"{}", start.replace('&', "&#38;"))))
        .unwrap_or_else(|| panic!("no link {start}: {page}"));
    let rest = rest.split('"').next().unwrap();
    let rest = rest.replace("&amp;", "&").replace("&#38;", "&");
    // What stands behind the sign is for the browser alone.
    let rest = rest.split('#').next().unwrap();
    format!("{start}{rest}")
}

#[tokio::test]
async fn a_week_shows_each_start_where_it_will_be_heard() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "weekly", "days": [1, 3], "times": ["17:00"] });
    town.ordered(&bulletin, rule).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let week = page(&mut head, "/broadcasts/calendar").await;
    assert_shows(
        &week,
        &[
            "Lịch: Thôn Tòng Xành",
            "T2 23/11 – CN 29/11/2026",
            "id=\"d-2026-11-25\"",
            "Giờ yên lặng 21:00–24:00",
            "Buổi chiều 17:00–19:00",
            "<strong>17:00</strong>",
            "○",
            "Loa phát: ",
            "Chưa có trạm nên chưa nghe được: Thôn Tòng Xành",
        ],
    );
    assert_eq!(week.matches("Kích hoạt VNeID</a>").count(), 2, "{week}");
    let day = page(&mut head, "/broadcasts/calendar?view=day&day=2026-11-24").await;
    assert_shows(&day, &["T3 24/11/2026"]);
    assert!(!day.contains("Kích hoạt VNeID"), "{day}");
    let month = page(&mut head, "/broadcasts/calendar?view=month").await;
    assert_shows(&month, &["Tháng 11/2026", "T4 25/11, 1 lượt phát"]);
    assert_eq!(month.matches("<td").count(), 42, "{month}");
    let next = page(&mut head, &link(&week, "/broadcasts/calendar?area=")).await;
    assert_shows(&next, &["T2 16/11 – CN 22/11/2026"]);

    head.post("/language", &[("language", "en"), ("next", "/")])
        .await;
    let week = page(&mut head, "/broadcasts/calendar").await;
    assert_shows(&week, &["Evening 17:00–19:00", "Quiet hours 21:00–24:00"]);
}

#[tokio::test]
async fn what_became_of_a_start_stands_where_it_was_planned() {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let address = "/broadcasts/calendar?view=day&day=2026-11-23";
    let before = page(&mut officer, address).await;
    assert_shows(&before, &["Xã Cốc San", "Kích hoạt VNeID"]);
    assert!(!before.contains("Chưa có báo cáo"), "{before}");
    town.server.clock.set(town.today(18, 0));
    assert_shows(
        &page(&mut officer, address).await,
        &["Chưa có báo cáo từ trạm"],
    );
    pc.report(json!(cut(&cue, &broadcast, town.today(17, 0).as_millis())))
        .await;
    let after = page(&mut officer, address).await;
    assert_shows(&after, &["Bị ngắt sau 01:23 vì mất điện"]);
    assert_eq!(after.matches("Kích hoạt VNeID</a>").count(), 1, "{after}");
    let month = page(&mut officer, "/broadcasts/calendar?view=month").await;
    assert_shows(&month, &["1 lượt không trọn vẹn", "✕1"]);

    // What was cancelled after its time was planned all the same; what is to come is gone.
    let path = format!("/api/v1/broadcasts/{}/cancel", broadcast.as_str().unwrap());
    town.head.post_json(&path, json!({})).await;
    assert_shows(&page(&mut officer, address).await, &["Bị ngắt sau 01:23"]);
}

#[tokio::test]
async fn the_commune_sees_each_start_once_and_where_it_is_heard() {
    let mut town = Town::start().await;
    town.server
        .area("Thôn Ún Tà", "village", Some(&town.commune))
        .await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "once", "at": "2026-11-24T17:00" });
    town.ordered(&bulletin, rule.clone()).await;
    let everywhere = json!({
        "bulletins": [bulletin], "areas": [town.commune.id],
        "rule": { "kind": "once", "at": "2026-11-25T06:00" },
    });
    town.officer
        .post_json("/api/v1/broadcasts", everywhere)
        .await;
    let mut officer = town.server.signed_in("can.bo").await;
    let week = page(&mut officer, "/broadcasts/calendar").await;
    assert_eq!(week.matches("Kích hoạt VNeID</a>").count(), 2, "{week}");
    let here = |day: &str| {
        let (_, rest) = week.split_once(&format!("id=\"d-{day}\"")).unwrap();
        rest.split("</section>").next().unwrap().to_owned()
    };
    assert_shows(
        &here("2026-11-24"),
        &["· Thôn Tòng Xành</p>", "thôn nghe nhiều nhất"],
    );
    assert!(!here("2026-11-25").contains("Thôn"), "{week}");
}

#[tokio::test]
async fn a_bulletin_is_scheduled_for_this_evening_in_two_taps() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut head = town.server.signed_in("truong.thon").await;
    let shown = page(&mut head, &format!("/bulletins/{bulletin}")).await;
    assert_shows(
        &shown,
        &[
            "Phát khi nào?",
            "Chiều nay 17:00",
            "Sáng mai 06:00",
            "Thứ hai hằng tuần 17:00",
        ],
    );
    let start = format!("/broadcasts/new?step=preview&bulletin={bulletin}");
    let (before, _) = shown.split_once("Chiều nay 17:00").unwrap();
    let evening = &before[before.rfind("href=").unwrap()..];
    let preview = page(&mut head, &link(evening, &start)).await;
    assert_shows(
        &preview,
        &[
            "23/11/2026 17:00",
            "Loa sẽ phát",
            "value=\"save\"",
            "name=\"chime\" value=\"yes\" checked",
        ],
    );
    let village = town.village.id.as_str();
    let saved = sent(
        &mut head,
        &bulletin,
        village,
        ("2026-11-23", "17:00"),
        "save",
    )
    .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let weekly = format!("{start}&area={village}&when=weekly");
    let monday = page(&mut head, &link(&shown, &weekly)).await;
    assert_shows(
        &monday,
        &["name=\"day\" value=\"1\" checked", "30/11/2026 17:00"],
    );

    town.server.clock.set(town.today(18, 0));
    let shown = page(&mut head, &format!("/bulletins/{bulletin}")).await;
    assert!(!shown.contains("Chiều nay"), "{shown}");
    let mut secretary = town.server.signed_in("bi.thu").await;
    let shown = page(&mut secretary, &format!("/bulletins/{bulletin}")).await;
    assert!(!shown.contains("Phát khi nào?"), "{shown}");
}

/// The form of one start as a browser sends it.
async fn sent(
    browser: &mut Browser,
    bulletin: &str,
    area: &str,
    (date, time): (&str, &str),
    step: &str,
) -> Answer {
    let fields = [
        ("key", "k1"),
        ("bulletin", bulletin),
        ("area", area),
        ("when", "once"),
        ("date", date),
        ("time", time),
        ("repeats", "2"),
        ("gap", "30"),
        ("missed", "only_then"),
        ("step", step),
    ];
    browser.post("/broadcasts/new", &fields).await
}

#[tokio::test]
async fn what_one_should_know_of_a_day_is_what_is_still_to_come() {
    let mut town = Town::start().await;
    let rule = json!({ "kind": "once", "at": "2026-11-23T17:00" });
    for title in ["Kích hoạt VNeID", "Họp thôn"] {
        let bulletin = town.approved(title).await;
        let placed = town.ordered(&bulletin, rule.clone()).await;
        assert!(placed.status.is_success(), "{}", placed.body);
    }
    let mut head = town.server.signed_in("truong.thon").await;
    let address = "/broadcasts/calendar?view=day&day=2026-11-23";
    let before = page(&mut head, address).await;
    assert_shows(&before, &["1 điều cần biết"]);
    town.server.clock.set(town.today(18, 0));
    let after = page(&mut head, address).await;
    assert!(!after.contains("điều cần biết"), "{after}");
    assert_eq!(after.matches("id=\"d-2026-11-23\"").count(), 1, "{after}");
}

#[tokio::test]
async fn a_free_time_of_the_calendar_fills_in_the_form_and_lies_behind_what_is_planned() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "once", "at": "2026-11-24T17:00" });
    town.ordered(&bulletin, rule).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let address = format!("/broadcasts/calendar?bulletin={bulletin}");
    let week = page(&mut head, &address).await;
    assert_shows(
        &week,
        &["Đang chọn giờ phát cho “Kích hoạt VNeID”", "+ 17:05"],
    );
    let start = format!(
        "/broadcasts/new?step=preview&bulletin={bulletin}&area={}&when=once&date=2026-11-24\
         &time=17:05",
        town.village.id
    );
    let preview = page(&mut head, &link(&week, &start)).await;
    assert_shows(&preview, &["24/11/2026 17:05", "value=\"17:05\""]);
    assert!(!preview.contains("Trùng giờ"), "{preview}");
    // Without a bulletin the form is filled in as far as it can be, and complains of nothing.
    let week = page(&mut head, "/broadcasts/calendar").await;
    let start = format!("/broadcasts/new?area={}&when=once", town.village.id);
    let form = page(&mut head, &link(&week, &start)).await;
    assert_shows(&form, &["name=\"when\" value=\"once\" checked"]);
    assert!(!form.contains("role=\"alert\""), "{form}");

    let mut secretary = town.server.signed_in("bi.thu").await;
    let seen = page(&mut secretary, "/broadcasts/calendar").await;
    assert!(
        seen.contains("Kích hoạt VNeID") && !seen.contains("+ "),
        "{seen}"
    );
    let visitor = town.server.visitor().get("/broadcasts/calendar").await;
    assert_eq!(visitor.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_that_people_would_tire_of_is_warned_of_and_nothing_is_refused() {
    let mut town = Town::start().await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let path = format!("/areas/{}/edit", town.commune.id);
    let mut fields = vec![
        ("name", "Xã Cốc San"),
        ("kind", "commune"),
        ("morning_from", "05:45"),
        ("morning_until", "07:00"),
        ("evening_from", "16:30"),
        ("evening_until", "18:30"),
    ];
    let refused = admin.post(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_shows(
        &refused.body,
        &["Thời lượng tối đa mỗi buổi không hợp lệ", "value=\"16:30\""],
    );
    fields.push(("session_minutes", "1"));
    let saved = admin.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let long = json!({
        "bulletins": [bulletin], "areas": [town.village.id], "repeats": 5, "gap_ms": 60_000,
        "rule": { "kind": "once", "at": "2026-11-24T16:30" },
    });
    let placed = town.head.post_json("/api/v1/broadcasts", long).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let mut head = town.server.signed_in("truong.thon").await;
    let week = page(&mut head, "/broadcasts/calendar").await;
    assert_shows(
        &week,
        &[
            "Buổi chiều 16:30–18:30",
            "Buổi sáng 05:45–07:00",
            "quá 1 phút. Bà con dễ mệt",
        ],
    );
    let path = format!("/api/v1/areas/{}", town.village.id);
    let shown = town.admin.get(&path).await;
    assert_eq!(shown.json()["sessions"]["most_minutes"], 1);
    let audit = page(&mut admin, "/audit").await;
    assert_shows(&audit, &["Buổi phát: 05:45–07:00, 16:30–18:30"]);
}

#[tokio::test]
async fn addresses_that_make_no_sense_or_lead_to_others_are_refused_in_words() {
    let town = Town::start().await;
    let other = town.server.area("Xã Hợp Thành", "commune", None).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let start = "/broadcasts/calendar?";
    for query in [
        "day=hom-nay",
        "day=9999-12-31",
        "day=-009999-01-01",
        "day=2026-02-30",
    ] {
        let refused = head.get(&format!("{start}{query}")).await;
        let expected = StatusCode::UNPROCESSABLE_ENTITY;
        assert_eq!(refused.status, expected, "{query}: {}", refused.body);
    }
    let foreign = format!("area={}", other.id);
    let nowhere = [
        "area=x",
        "bulletin=%3Cscript%3E",
        "area=%27%20OR%201=1",
        foreign.as_str(),
    ];
    for query in nowhere.into_iter() {
        let refused = head.get(&format!("{start}{query}")).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{query}");
    }
    let shown = page(&mut head, &format!("{start}view=%3Cscript%3Ealert(1)")).await;
    assert!(!shown.contains("<script>alert"), "{shown}");
    for (view, day) in [
        ("month", "2099-12-31"),
        ("week", "2020-01-01"),
        ("day", "2028-02-29"),
    ] {
        page(&mut head, &format!("{start}view={view}&day={day}")).await;
    }
    let unfinished = "/broadcasts/new?step=preview&when=once&date=x&time=%3Cb%3E";
    let refused = head.get(unfinished).await;
    assert!(refused.status.is_client_error(), "{}", refused.body);
    assert!(!refused.body.contains("<b>"), "{}", refused.body);
}
