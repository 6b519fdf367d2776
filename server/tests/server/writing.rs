//! What helps to write a bulletin, in a browser that runs no JavaScript.

use loaban_server::people::rights::Role;
use reqwest::StatusCode;

use crate::support::{Browser, Server};

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
