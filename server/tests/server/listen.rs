//! Listen again: closed until somebody opens it, then for everybody, with what truly aired.

use loaban_server::people::rights::Role;
use reqwest::header::{CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Browser;
use crate::town::{Pc, Town};

/// What the PC reported of a start of `broadcast`.
struct Report<'r> {
    broadcast: &'r str,
    /// Names the start, and numbers its lines.
    number: u64,
    content: &'r str,
    outcome: Value,
    drill: bool,
}

fn lines(town: &Town, report: &Report<'_>) -> Vec<Value> {
    let planned = town.today(6, 0).as_millis();
    let cue = format!("{}@2026-11-23T06:0{}", report.broadcast, report.number);
    let attempt = json!({ "cue": cue, "number": 1 });
    let line = |sequence, record: Value| {
        let mut line = json!({
            "sequence": sequence, "wall_ms": planned, "boot_ms": 60_000, "boot_id": "monday",
            "generation": 1, "broadcast": report.broadcast, "planned_ms": planned,
        });
        let fields = record.as_object().unwrap().clone();
        line.as_object_mut().unwrap().extend(fields);
        line
    };
    let mut started = json!({
        "record": "started", "attempt": attempt, "starts_ms": planned,
        "content": [report.content], "duration_ms": 60_000,
    });
    if report.drill {
        started["order"] = json!({ "by": "Lý Thị Mai", "why": "Lũ", "drill": true });
    }
    let first = report.number * 2 - 1;
    let mut outcome = report.outcome.clone();
    outcome["record"] = json!("outcome");
    outcome["cue"] = json!(cue);
    vec![line(first, started), line(first + 1, outcome)]
}

/// A broadcast for tomorrow of a bulletin that was just approved, and its content.
async fn scheduled(town: &mut Town, pc: &mut Pc, title: &str) -> (String, String, String) {
    let bulletin = town.approved(title).await;
    let rule = json!({ "kind": "once", "at": "2026-11-24T17:00" });
    let broadcast = town.ordered(&bulletin, rule).await.json()["id"].clone();
    let programme = pc.programme(0).await;
    let held = &programme.bulletins[&bulletin.parse().unwrap()];
    let hash = held.recordings[0].sound.hash.to_string();
    (bulletin, broadcast.as_str().unwrap().to_owned(), hash)
}

/// A town in which one bulletin aired, one was cut, and one aired in an exercise; and the content
/// of the first with its bulletin.
async fn aired() -> (Town, String, String) {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (bulletin, heard, hash) = scheduled(&mut town, &mut pc, "Họp thôn tối nay").await;
    let (_, cut, other) = scheduled(&mut town, &mut pc, "Bản tin bị cắt").await;
    let (_, drill, third) = scheduled(&mut town, &mut pc, "Bản tin diễn tập").await;
    let aired = json!({ "outcome": "aired" });
    let was_cut = json!({ "outcome": "cut", "position_ms": 4_000, "why": "power_lost" });
    let reports = [
        (heard, &hash, aired.clone(), false),
        (cut, &other, was_cut, false),
        (drill, &third, aired, true),
    ];
    let mut all = Vec::new();
    for (number, (broadcast, content, outcome, drill)) in (1..).zip(reports) {
        let report = Report {
            broadcast: &broadcast,
            number,
            content,
            outcome,
            drill,
        };
        all.extend(lines(&town, &report));
    }
    let sent = pc.report(json!(all)).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    (town, bulletin, hash)
}

/// The officer opens the page; where it is.
async fn opened(town: &mut Town) -> String {
    let answer = switched(&mut town.officer, &town.village.id.to_string(), true).await;
    answer["path"].as_str().unwrap().to_owned()
}

async fn switched(who: &mut Browser, area: &str, open: bool) -> Value {
    let json = [("content-type", "application/json")];
    let body = json!({ "open": open }).to_string();
    let path = format!("/api/v1/areas/{area}/listen");
    let answer = who.send(Method::PUT, &path, &json, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn everybody_hears_again_what_truly_aired_and_nothing_else() {
    let (mut town, bulletin, hash) = aired().await;
    let path = opened(&mut town).await;
    let mut anybody = town.server.visitor();
    let page = anybody.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("Họp thôn tối nay"), "{}", page.body);
    assert!(page.body.contains("06:00 23/11/2026"), "{}", page.body);
    for hidden in [
        "Bản tin bị cắt",
        "Bản tin diễn tập",
        "Người bi.thu",
        "Người can.bo",
    ] {
        assert!(!page.body.contains(hidden), "{hidden}");
    }
    assert!(page.body.len() <= 60_000);
    assert_eq!(page.headers["x-robots-tag"], "noindex");
    assert_eq!(page.headers[CACHE_CONTROL], "public, max-age=60");
    assert!(!page.headers.contains_key("set-cookie"));
    let held = [(IF_NONE_MATCH.as_str(), page.headers[ETAG].to_str().unwrap())];
    let again = anybody.send(Method::GET, &path, &held, "").await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    let opus = anybody.bytes(&format!("{path}/{hash}.opus")).await;
    assert_eq!(programme::ids::ContentHash::of(&opus).to_string(), hash);
    let wav = anybody.bytes(&format!("{path}/{hash}.wav")).await;
    assert!(
        wav.starts_with(b"RIFF") && wav.len() > 100_000,
        "{}",
        wav.len()
    );
    assert_eq!(
        wav.len() as u64,
        u64::from(u32::from_le_bytes([wav[4], wav[5], wav[6], wav[7]])) + 8
    );
    let part = [(RANGE.as_str(), "bytes=100000-100099")];
    let file = format!("{path}/{hash}.wav");
    let answer = anybody.send(Method::GET, &file, &part, "").await;
    assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(answer.headers[CONTENT_TYPE], "audio/wav");
    let range = format!("bytes 100000-100099/{}", wav.len());
    assert_eq!(answer.headers[CONTENT_RANGE], range.as_str());
    for wrong in [
        format!("{path}/{hash}.mp3"),
        format!("{path}/{}.opus", "0".repeat(64)),
        "/nghe/aaaaaaaa".to_owned(),
    ] {
        assert_eq!(
            anybody.get(&wrong).await.status,
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }

    let seen = town
        .officer
        .get(&format!("/api/v1/bulletins/{bulletin}"))
        .await
        .json();
    let body = json!({ "version": seen["version"], "reason": "Sai ngày" });
    let withdraw = format!("/api/v1/bulletins/{bulletin}/withdraw");
    let done = town.officer.post_json(&withdraw, body).await;
    assert!(done.status.is_success(), "{}", done.body);
    let page = anybody.get(&path).await.body;
    assert!(!page.contains("Họp thôn tối nay"), "{page}");
    let gone = anybody.get(&file).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn it_is_closed_until_an_officer_or_an_administrator_opens_it_and_keeps_its_address() {
    let (mut town, ..) = aired().await;
    let village = town.village.id.to_string();
    let mut officer = town.server.signed_in("can.bo").await;
    let poster = format!("/areas/{village}/poster");
    assert_eq!(officer.get(&poster).await.status, StatusCode::NOT_FOUND);
    let stranger = town.server.area("Xã khác", "commune", None).await;
    town.server
        .person("xa.khac", Role::Officer, &stranger)
        .await;
    for (who, status) in [
        ("bi.thu", StatusCode::FORBIDDEN),
        ("truong.thon", StatusCode::FORBIDDEN),
        ("xa.khac", StatusCode::NOT_FOUND),
        ("quan.tri", StatusCode::SEE_OTHER),
        ("can.bo", StatusCode::SEE_OTHER),
    ] {
        let mut who_asks = town.server.signed_in(who).await;
        let switch = format!("/areas/{village}/listen");
        let answer = who_asks.post(&switch, &[("open", "yes")]).await;
        assert_eq!(answer.status, status, "{who}: {}", answer.body);
    }
    let path = opened(&mut town).await;
    let page = officer.get(&format!("/areas/{village}")).await.body;
    assert!(page.contains(&path), "{page}");
    let poster = officer.get(&poster).await.body;
    assert!(
        poster.contains("<svg") && poster.contains(&path),
        "{poster}"
    );
    assert!(poster.contains("Thôn Tòng Xành"), "{poster}");
    let mut anybody = town.server.visitor();
    assert_eq!(anybody.get(&path).await.status, StatusCode::OK);
    switched(&mut town.admin, &village, false).await;
    assert_eq!(anybody.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(opened(&mut town).await, path, "posters hang on walls");
    let audit = town.officer.get("/api/v1/audit").await.json();
    let verbs = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["verb"].clone());
    let of_it: Vec<Value> = verbs
        .filter(|verb| verb.as_str().unwrap().starts_with("listen."))
        .collect();
    let [closed, opened] = ["listen.close", "listen.open"];
    assert_eq!(
        of_it,
        [opened, closed, opened],
        "what changed nothing is not there"
    );
}
