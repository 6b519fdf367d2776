//! Two people at one form: whoever saves second reads who was quicker, what is there and what they
//! typed, and nobody's word is written over unseen.

use std::time::Duration;

use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::requests::field;
use crate::support::{Answer, Browser};
use crate::town::{Town, problem};

type Fields<'f> = Vec<(&'f str, &'f str)>;

/// A form that two people have open: where it is, how it is filled in, what the first of them
/// changes and what the second, and how a page says both.
struct Form<'f> {
    path: String,
    filled: Fields<'f>,
    first: Fields<'f>,
    second: Fields<'f>,
    there: &'f str,
    typed: &'f str,
}

impl Form<'_> {
    async fn save(&self, who: &mut Browser, changes: &Fields<'_>, sent: Fields<'_>) -> Answer {
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let rest = self.filled.iter().filter(|(name, _)| !is_changed(name));
        let fields: Fields = rest.chain(changes).copied().chain(sent).collect();
        who.post(&self.path, &fields).await
    }
}

fn forms(town: &Town) -> [Form<'static>; 4] {
    let area = format!("/areas/{}", town.village.id);
    let station = town.station["id"].as_str().unwrap();
    [
        Form {
            path: format!("{area}/edit"),
            filled: vec![
                ("name", "Thôn Tòng Xành"),
                ("kind", "village"),
                ("households", ""),
            ],
            first: vec![("households", "120")],
            second: vec![("households", "95")],
            there: "120",
            typed: "95",
        },
        Form {
            path: format!("{area}/policy"),
            filled: vec![
                ("head_may_approve", ""),
                ("sessions_per_day", ""),
                ("ordinary_on_weekends", ""),
                ("limits_bind", ""),
            ],
            first: vec![("ordinary_on_weekends", "no")],
            second: vec![("ordinary_on_weekends", "yes")],
            there: "Không phát bản tin thông thường",
            typed: "Bản tin thông thường được phát",
        },
        Form {
            path: format!("{area}/timetable"),
            filled: vec![("from", ""), ("morning", "06:00"), ("evening", "17:00")],
            first: vec![("morning", "05:30")],
            second: vec![("morning", "07:00")],
            there: "cả năm: buổi sáng 05:30, buổi chiều 17:00",
            typed: "cả năm: buổi sáng 07:00, buổi chiều 17:00",
        },
        Form {
            path: format!("/stations/{station}/edit"),
            filled: vec![
                ("name", "Máy nhà văn hoá"),
                ("clusters", "Chợ"),
                ("volume_db", "0"),
                ("ordinary_db", "0"),
                ("priority_db", "0"),
                ("emergency_db", "0"),
            ],
            first: vec![("clusters", "Chợ\nTrường học")],
            second: vec![("clusters", "Đầu làng")],
            there: "Chợ\nTrường học",
            typed: "Đầu làng",
        },
    ]
}

#[tokio::test]
async fn who_is_overtaken_sees_who_was_quicker_and_both_words_and_may_save_theirs() {
    let town = Town::start().await;
    town.server
        .person("quan.tri.2", Role::Admin, &town.commune)
        .await;
    let mut mai = town.server.signed_in("quan.tri").await;
    let mut lan = town.server.signed_in("quan.tri.2").await;
    for form in forms(&town) {
        let opened = lan.get(&form.path).await.body;
        assert!(!opened.contains("Vẫn lưu bản của tôi"), "{opened}");
        let seen = field(&opened, "version");
        let seen = ("version", seen.as_str());
        let first = form.save(&mut mai, &form.first, vec![seen]).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
        // A thumb that taps twice overtakes nobody.
        let again = form.save(&mut mai, &form.first, vec![seen]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);

        town.server.clock.advance(Duration::from_secs(1));
        let second = form.save(&mut lan, &form.second, vec![seen]).await;
        assert_eq!(second.status, StatusCode::CONFLICT, "{}", second.body);
        for words in [
            "quan.tri đã lưu thay đổi lúc 23/11/2026 09:00, sau khi bạn mở trang này",
            &format!("<p class=\"as-typed\">{}</p>", form.there),
            &format!("<p class=\"as-typed\">{}</p>", form.typed),
            &format!("<a class=\"button second\" href=\"{}\">", form.path),
        ] {
            assert!(second.body.contains(words), "{words}: {}", second.body);
        }
        assert!(typed_again(&second.body, &form), "{}", second.body);
        town.server.clock.advance(Duration::from_secs(1));
        let over = field(&second.body, "over");
        let saved = form
            .save(&mut lan, &form.second, vec![seen, ("over", &over)])
            .await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
        town.server.clock.advance(Duration::from_secs(1));
        // The first one is told in turn.
        let late = form
            .save(&mut mai, &form.first, vec![seen, ("over", &over)])
            .await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
        assert!(
            late.body.contains("quan.tri.2 đã lưu thay đổi"),
            "{}",
            late.body
        );
    }
}

/// Whether the fields hold what the second one typed.
fn typed_again(page: &str, form: &Form) -> bool {
    form.second.iter().all(|(name, value)| {
        let field = page.split(&format!("name=\"{name}\"")).nth(1).unwrap();
        let field = &field[..field.find("</label>").unwrap()];
        let chosen = format!("value=\"{value}\" selected");
        let (input, text) = (format!("value=\"{value}\""), format!("{value}</textarea>"));
        match field.contains("<option") {
            true => field.contains(&chosen),
            false => field.contains(&input) || field.contains(&text),
        }
    })
}

#[tokio::test]
async fn what_two_people_change_of_different_parts_of_a_station_both_counts() {
    let mut town = Town::start().await;
    let station = town.station["id"].as_str().unwrap().to_owned();
    let path = format!("/stations/{station}/edit");
    let mut head = town.server.signed_in("truong.thon").await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let opened = field(&head.get(&path).await.body, "version");
    let form = &forms(&town)[3];
    let renamed = form.save(&mut admin, &form.first, Vec::new()).await;
    assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.body);
    let quieter = [("version", opened.as_str()), ("volume_db", "-6")];
    let set = head.post(&path, &quieter).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    // Who gives it a name afterwards changes nothing of the volume.
    town.server.clock.advance(Duration::from_secs(1));
    let named = json!({ "name": "Máy mới", "clusters": ["Chợ"] });
    let named = put(&mut town, &format!("stations/{station}"), &named).await;
    assert_eq!(named.status, StatusCode::OK, "{}", named.body);
    let louder = [("version", opened.as_str()), ("volume_db", "-3")];
    let late = head.post(&path, &louder).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    let who = "truong.thon đã lưu thay đổi";
    for words in [who, ">-6 dB</p>", ">-3 dB</p>"] {
        assert!(late.body.contains(words), "{words}: {}", late.body);
    }
    assert!(!late.body.contains("Trường học"), "{}", late.body);
}

async fn put(town: &mut Town, path: &str, body: &Value) -> Answer {
    let json = [("content-type", "application/json")];
    let path = format!("/api/v1/{path}");
    town.admin
        .send(Method::PUT, &path, &json, body.to_string())
        .await
}

#[tokio::test]
async fn a_script_that_names_the_version_it_saw_writes_over_nothing_else() {
    let mut town = Town::start().await;
    let area = format!("areas/{}", town.village.id);
    let station = format!("stations/{}", town.station["id"].as_str().unwrap());
    let village = |name: &str| json!({ "kind": "village", "name": name });
    let seasons = |hour: &str| json!({ "seasons": [{ "morning": hour, "evening": "17:00" }] });
    let named = |name: &str| json!({ "name": name, "clusters": [] });
    for (path, read, version, [first, second]) in [
        (
            area.clone(),
            &area,
            "version",
            ["Thôn Một", "Thôn Hai"].map(village),
        ),
        (
            format!("{area}/policy"),
            &format!("{area}/policy"),
            "version",
            [3, 4].map(|most| json!({ "sessions_per_day": most })),
        ),
        (
            format!("{area}/timetable"),
            &format!("{area}/timetable"),
            "version",
            ["05:30", "07:00"].map(seasons),
        ),
        (
            station.clone(),
            &station,
            "version",
            ["Máy một", "Máy hai"].map(named),
        ),
        (
            format!("{station}/loudness"),
            &station,
            "loudness_version",
            [-3, -6].map(|volume| json!({ "volume_db": volume })),
        ),
    ] {
        let whole = town.admin.get(&format!("/api/v1/{read}")).await.json();
        let seen = format!("{path}?version={}", whole[version].as_str().unwrap());
        let written = put(&mut town, &seen, &first).await;
        assert_eq!(written.status, StatusCode::OK, "{}", written.body);
        let late = put(&mut town, &seen, &second).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
        assert_eq!(problem(&late), "changed-meanwhile");
        let now = written.json()[version].clone();
        let now = format!("{path}?version={}", now.as_str().unwrap());
        let written = put(&mut town, &now, &second).await;
        assert_eq!(written.status, StatusCode::OK, "{}", written.body);
        // Who names none means whatever is there.
        let written = put(&mut town, &path, &first).await;
        assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    }
}

#[tokio::test]
async fn who_stands_by_their_word_and_is_refused_for_it_is_not_told_of_the_other_again() {
    let town = Town::start().await;
    let mut mai = town.server.signed_in("quan.tri").await;
    let mut lan = town.server.signed_in("quan.tri").await;
    let form = &forms(&town)[1];
    let seen = field(&lan.get(&form.path).await.body, "version");
    let seen = ("version", seen.as_str());
    let first = form.save(&mut mai, &form.first, vec![seen]).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    let second = form.save(&mut lan, &form.second, vec![seen]).await;
    let over = field(&second.body, "over");
    let too_many = [("sessions_per_day", "999")];
    let changes: Fields = form.second.iter().chain(&too_many).copied().collect();
    let sent = vec![seen, ("over", over.as_str())];
    let refused = form.save(&mut lan, &changes, sent).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let seen = field(&refused.body, "version");
    let sent = vec![("version", seen.as_str())];
    let saved = form.save(&mut lan, &form.second, sent).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
}
