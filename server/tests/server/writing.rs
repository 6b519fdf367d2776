//! What helps to write a bulletin, in a browser that runs no JavaScript.

use loaban_server::areas::sessions::Sessions;
use loaban_server::people::rights::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::as_run::cut;
use crate::phone::{record, sample};
use crate::support::{Browser, Server};
use crate::town::{Town, problem};

#[tokio::test]
async fn a_template_fills_the_form_and_what_was_not_filled_in_is_told() {
    let (server, mut secretary) = village().await;
    let choose = secretary.get("/bulletins/new").await.body;
    let links = links(&choose, "/bulletins/new?template=");
    assert!(links.len() >= 10, "{links:?}");
    for link in &links {
        let form = secretary.get(link).await;
        assert_eq!(form.status, StatusCode::OK, "{}", form.body);
        let begun = form.body;
        assert!(field(&begun, "title").contains('…'), "{link}: {begun}");
        assert!(script(&begun).contains("bà con"), "{link}: {begun}");
        let topics = begun.split("name=\"topic\"").nth(1).unwrap();
        let topics = topics.split("</select>").next().unwrap();
        assert!(
            topics.contains(" selected"),
            "{link} has no topic: {topics}"
        );
    }
    let begun = secretary.get("/bulletins/new?template=weather").await.body;
    assert!(begun.contains("value=\"priority\" selected"), "{begun}");

    let begun = secretary.get(&links[0]).await.body;
    let place = save(
        &mut secretary,
        &begun,
        "Họp thôn ngày 28/11",
        &script(&begun),
    )
    .await;
    let shown = secretary.get(&place).await.body;
    assert!(shown.contains("còn chỗ “…” chưa điền"), "{shown}");
    let whole = "Kính mời bà con thôn Tòng Xành họp lúc 19 giờ 30 tại nhà văn hoá.";
    let place = save(&mut secretary, &begun, "Họp thôn ngày 28/11", whole).await;
    let shown = secretary.get(&place).await.body;
    assert!(!shown.contains("chưa điền"), "{shown}");

    let other = secretary.get("/bulletins/new?template=nonsense").await;
    assert_eq!(
        other.status,
        StatusCode::OK,
        "an old link leads to the form"
    );
    assert_eq!(field(&other.body, "title"), "");
    drop(server);
}

#[tokio::test]
async fn the_form_and_the_bulletin_say_how_long_the_script_takes() {
    let (server, mut secretary) = village().await;
    let begun = secretary.get("/bulletins/new").await.body;
    assert!(!begun.contains("Cả lời đọc khoảng"), "{begun}");
    // 240 syllables.
    let minute_and_a_third = "bà con chú ý lắng nghe thông báo ".repeat(30);
    let place = save(&mut secretary, &begun, "Thông báo", &minute_and_a_third).await;
    let shown = secretary.get(&place).await.body;
    assert!(
        shown.contains("Cả lời đọc khoảng 1 phút 20 giây."),
        "{shown}"
    );
    assert!(!shown.contains("khó nhớ"), "{shown}");
    let form = secretary.get(&format!("{place}/edit")).await.body;
    assert!(form.contains("Cả lời đọc khoảng 1 phút 20 giây."), "{form}");

    let long = minute_and_a_third.repeat(2);
    let place = save(&mut secretary, &begun, "Thông báo", &long).await;
    let shown = secretary.get(&place).await.body;
    assert!(shown.contains("Dài hơn 2 phút, bà con khó nhớ"), "{shown}");
    let sessions = Sessions {
        most_minutes: 1,
        ..Sessions::default()
    };
    let mut connection = server.state.database.read().await.unwrap();
    sqlx::query("UPDATE areas SET sessions = $1 WHERE kind = 'commune'")
        .bind(serde_json::to_string(&sessions).unwrap())
        .execute(&mut *connection)
        .await
        .unwrap();
    drop(connection);
    let shown = secretary.get(&place).await.body;
    assert!(shown.contains("buổi phát của địa bàn (1 phút)"), "{shown}");
}

#[tokio::test]
async fn a_script_is_timed_while_it_is_written() {
    let (server, _) = village().await;
    let commune = server.area("Xã Tòng Sành", "commune", None).await;
    let head = server.person("truong.thon", Role::Head, &commune).await;
    let other = server
        .person("bi.thu.khac", Role::Secretary, &commune)
        .await;
    let mut head = server.script(&server.token(&head).await);
    let mut secretary = server.script(&server.token(&other).await);
    let ask = "/api/v1/reading-time";
    let script = json!({ "script": "Họp lúc 19h30 ngày 28/11/2026.", "area_id": commune.id });
    let timed = secretary.post_json(ask, script.clone()).await;
    assert_eq!(timed.status, StatusCode::OK, "{}", timed.body);
    // Họp lúc, mười chín giờ ba mươi, ngày, hai mươi tám tháng mười một năm hai nghìn không
    // trăm hai mươi sáu: 22 syllables.
    let timed = timed.json();
    assert_eq!(timed["duration_ms"], 10_000, "{timed}");
    assert_eq!(timed["text"], "Cả lời đọc khoảng 10 giây.");
    assert_eq!(timed["warning"], json!(null));
    let hours = json!({ "script": "bà con ".repeat(9_000) });
    let timed = secretary.post_json(ask, hours).await.json();
    assert_eq!(timed["beyond"], "recording", "{timed}");
    let nothing = json!({ "script": " " });
    let timed = secretary.post_json(ask, nothing).await.json();
    assert_eq!(
        (&timed["duration_ms"], &timed["text"]),
        (&json!(0), &json!(""))
    );
    let refused = head.post_json(ask, script.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let elsewhere = json!({ "script": "", "area_id": "are_0000000000000000" });
    let hidden = secretary.post_json(ask, elsewhere).await;
    assert_eq!(problem(&hidden), "not-found");
    let visitor = server.visitor().post_json(ask, script).await;
    assert_eq!(visitor.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn once_it_is_recorded_a_bulletin_says_how_long_it_is_and_guesses_nothing() {
    let mut town = Town::start().await;
    let new = json!({ "area_id": town.village.id, "title": "Họp thôn", "class": "ordinary",
        "script": "bà con ".repeat(60), "valid_until_day": "2026-12-31" });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let place = format!("/bulletins/{id}");
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&place).await.body;
    assert!(page.contains("Cả lời đọc khoảng 40 giây."), "{page}");
    let said = [("bulletin", id.as_str()), ("language", "vi")];
    record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await;
    let page = secretary.get(&place).await.body;
    assert!(page.contains("<h3>Tiếng Việt · "), "{page}");
    assert!(!page.contains("Cả lời đọc"), "{page}");
}

#[tokio::test]
async fn a_bulletin_that_holds_beyond_two_years_is_refused_on_the_page_and_by_script() {
    let mut town = Town::start().await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let id = field(&secretary.get("/bulletins/new").await.body, "id");
    let area = town.village.id.to_string();
    for year in ["9999", "2028"] {
        let day = format!("{year}-12-31");
        let new = json!({ "area_id": area, "title": "Làm VNeID", "class": "ordinary",
            "valid_until_day": day });
        let refused = town.secretary.post_json("/api/v1/bulletins", new).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        assert_eq!(problem(&refused), "bulletin-far", "{}", refused.body);
        let sent = [("id", &*id), ("area", &*area), ("title", "Làm VNeID")];
        let sent = [
            &sent[..],
            &[("class", "ordinary"), ("valid_until_day", &*day)],
        ]
        .concat();
        let refused = secretary.post("/bulletins/new", &sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{day}");
        let read = &refused.body;
        assert!(read.contains("Ngày hết hạn quá xa"), "{read}");
        assert!(read.contains("nhiều nhất 2 năm, tức là đến "), "{read}");
        assert!(read.contains("id=\"wrong-valid_until_day\""), "{read}");
        assert!(read.contains(&format!("value=\"{day}\"")), "{read}");
    }
    let new = json!({ "area_id": area, "title": "Làm VNeID", "class": "ordinary",
        "valid_until_day": "2028-11-01" });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
}

#[tokio::test]
async fn a_bulletin_says_on_whose_behalf_it_speaks_from_the_draft_to_the_log() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let mut secretary = town.server.signed_in("bi.thu").await;
    let form = secretary
        .get("/bulletins/new?template=vneid-day")
        .await
        .body;
    assert_eq!(field(&form, "on_behalf_of"), "Công an xã");
    assert!(form.contains("<option value=\"Trạm Y tế xã\">"), "{form}");
    let mut new = json!({
        "area_id": town.village.id, "title": "Làm VNeID", "class": "ordinary",
        "valid_until_day": "2026-12-31", "on_behalf_of": "x".repeat(121),
    });
    let long = town
        .secretary
        .post_json("/api/v1/bulletins", new.clone())
        .await;
    assert_eq!(problem(&long), "bulletin-on-behalf", "{}", long.body);
    new["on_behalf_of"] = json!("  Công an xã <b>  ");
    let made = town
        .secretary
        .post_json("/api/v1/bulletins", new)
        .await
        .json();
    assert_eq!(made["on_behalf_of"], "Công an xã <b>", "{made}");
    let id = made["id"].as_str().unwrap();
    let edit = secretary.get(&format!("/bulletins/{id}/edit")).await.body;
    assert!(
        field(&edit, "on_behalf_of").starts_with("Công an xã"),
        "{edit}"
    );
    let said = [("bulletin", id), ("language", "vi")];
    record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await;

    let mut officer = town.server.signed_in("can.bo").await;
    let path = format!("/api/v1/bulletins/{id}");
    let seen = json!({ "version": 1 });
    town.secretary
        .post_json(&format!("{path}/submit"), seen)
        .await;
    let place = format!("/bulletins/{id}");
    let queue = ["/", "/bulletins?state=submitted", place.as_str()];
    each_names_the_police(&mut officer, &queue).await;
    let seen = json!({ "version": 2 });
    town.officer
        .post_json(&format!("{path}/approve"), seen)
        .await;
    let rule = json!({ "kind": "once", "at": "2026-11-23T17:00" });
    let broadcast = town.ordered(id, rule).await.json()["id"].clone();
    let name = broadcast.as_str().unwrap();
    let coming = ["/reports", &format!("/broadcasts/{name}")];
    each_names_the_police(&mut officer, &coming).await;
    let cue = json!(format!("{name}@2026-11-23T17:00"));
    pc.report(json!(cut(&cue, &broadcast, town.today(17, 0).as_millis())))
        .await;
    town.server.clock.set(town.today(18, 0));
    let past = ["/as-run", "/reports/day?day=2026-11-23"];
    each_names_the_police(&mut officer, &past).await;
    let table = officer.get("/as-run.csv").await.body;
    assert!(table.contains("\"Công an xã <b>\""), "{table}");
    let mut admin = town.server.signed_in("quan.tri").await;
    let trail = admin.get("/audit").await.body;
    assert!(trail.contains("Thay mặt"), "{trail}");
}

/// Each page says that the police speak, and takes nothing of their name for more than a text.
#[tokio::test]
async fn whoever_could_approve_is_warned_before_they_change_it() {
    let mut town = Town::start().await;
    let draft = town.draft("Họp thôn").await;
    for (who, is_warned) in [("can.bo", true), ("bi.thu", false)] {
        let mut reader = town.server.signed_in(who).await;
        let form = reader.get(&format!("/bulletins/{draft}/edit")).await;
        assert_eq!(form.status, StatusCode::OK, "{who}: {}", form.body);
        let warned = form.body.contains("Ai đã sửa bản tin thì không duyệt");
        assert_eq!(warned, is_warned, "{who}: {}", form.body);
    }
    let new = town
        .server
        .signed_in("can.bo")
        .await
        .get("/bulletins/new")
        .await;
    assert!(!new.body.contains("không duyệt"), "{}", new.body);
}

async fn each_names_the_police(who: &mut Browser, pages: &[&str]) {
    for page in pages {
        let page = who.get(page).await.body;
        assert!(page.contains("Công an xã"), "{page}");
        assert!(!page.contains("Công an xã <b>"), "{page}");
    }
}

/// A village with its secretary.
async fn village() -> (Server, Browser) {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server
        .area("Thôn Tòng Xành", "village", Some(&commune))
        .await;
    server.person("bi.thu", Role::Secretary, &village).await;
    let secretary = server.signed_in("bi.thu").await;
    (server, secretary)
}

/// Sends the form `begun` as somebody does who typed a title and a script.
async fn save(secretary: &mut Browser, begun: &str, title: &str, script: &str) -> String {
    // Each time as a new bulletin.
    let id = field(&secretary.get("/bulletins/new").await.body, "id");
    let fields = [
        ("id", id.as_str()),
        ("area", &field(begun, "area")),
        ("title", title),
        ("class", "ordinary"),
        ("script", script),
        ("valid_until_day", &field(begun, "valid_until_day")),
    ];
    let saved = secretary.post("/bulletins/new", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    format!("/bulletins/{id}")
}

/// What stands in a field of a page.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// What stands in the field of the script.
fn script(page: &str) -> String {
    let (_, rest) = page.split_once("<textarea name=\"script\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split("</textarea>").next().unwrap().to_owned()
}

/// The addresses on a page that start so.
fn links(page: &str, start: &str) -> Vec<String> {
    let found = page.split("href=\"").skip(1);
    let found = found.filter_map(|rest| rest.split('"').next());
    let ours = found.filter(|link| link.starts_with(start));
    ours.map(|link| link.replace("&#38;", "&").replace("&amp;", "&"))
        .collect()
}
