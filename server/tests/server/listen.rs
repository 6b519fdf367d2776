//! Listen again: closed until somebody opens it, then for everybody, with what truly aired and may
//! still be heard.

use loaban_server::people::rights::Role;
use programme::ids::ContentHash;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE, RETRY_AFTER,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::emergencies::{held, order, ordered, ready};
use crate::figures::Journal;
use crate::support::{Answer, Browser};
use crate::town::{Pc, Town, problem};

/// The order that somebody gave at the PC.
const AT_PC: &str = "bro_0123456789abcdef";

/// A broadcast of a bulletin that was just approved, by their names, and its content.
async fn scheduled(town: &mut Town, pc: &mut Pc, title: &str, at: &str) -> (String, String, Value) {
    let bulletin = town.approved(title).await;
    let rule = json!({ "kind": "once", "at": at });
    let broadcast = town.ordered(&bulletin, rule).await.json()["id"].clone();
    let programme = pc.programme(0).await;
    let held = &programme.bulletins[&bulletin.parse().unwrap()];
    let hash = json!(held.recordings[0].sound.hash);
    (bulletin, broadcast.as_str().unwrap().to_owned(), hash)
}

/// A town in which one bulletin aired twice, one was cut, and one aired in an exercise; the first
/// bulletin, and its content.
async fn aired() -> (Town, String, String) {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (bulletin, twice, hash) =
        scheduled(&mut town, &mut pc, "Họp thôn tối nay", "2026-11-24T15:00").await;
    let (_, cut, _) = scheduled(&mut town, &mut pc, "Bản tin bị cắt", "2026-11-24T16:00").await;
    let (_, drill, _) = scheduled(&mut town, &mut pc, "Bản tin diễn tập", "2026-11-24T17:00").await;
    let mut journal = Journal::default();
    for (cue, hour, seconds) in [
        (format!("{twice}@2026-11-22T17:00"), -7, 60),
        (format!("{twice}@2026-11-23T06:00"), 6, 60),
        (format!("{cut}@2026-11-23T06:01"), 6, 4),
    ] {
        let planned = town.today(hour, 0).as_millis();
        journal.start(&cue, planned, &hash, &[seconds], json!({}));
    }
    let exercise = json!({ "order": { "by": "Lý Thị Mai", "why": "Lũ", "drill": true } });
    let cue = format!("{drill}@2026-11-23T06:02");
    journal.start(&cue, town.today(6, 2).as_millis(), &hash, &[60], exercise);
    let sent = pc.report(json!(journal.0)).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    (town, bulletin, hash.as_str().unwrap().to_owned())
}

/// The officer opens the page; where it is.
async fn opened(town: &mut Town) -> String {
    let village = town.village.id.to_string();
    let answer = switched(&mut town.officer, &village, true).await;
    answer["path"].as_str().unwrap().to_owned()
}

async fn switched(who: &mut Browser, area: &str, open: bool) -> Value {
    let answer = switch(who, area, open).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

async fn switch(who: &mut Browser, area: &str, open: bool) -> Answer {
    let json = [("content-type", "application/json")];
    let body = json!({ "open": open }).to_string();
    let path = format!("/api/v1/areas/{area}/listen");
    who.send(Method::PUT, &path, &json, body).await
}

#[tokio::test]
async fn everybody_hears_again_what_truly_aired_and_nothing_else() {
    let (mut town, ..) = aired().await;
    let path = opened(&mut town).await;
    let mut anybody = town.server.visitor();
    let page = anybody.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for said in [
        "Nghe lại loa: Thôn Tòng Xành",
        "Họp thôn tối nay",
        "Phát 2 lần, gần nhất lúc 06:00 23/11/2026",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    for hidden in [
        "Bản tin bị cắt",
        "Bản tin diễn tập",
        "Lý Thị Mai",
        "Người ",
        "Máy nhà văn hoá",
        "<script",
    ] {
        assert!(!page.body.contains(hidden), "{hidden}: {}", page.body);
    }
    assert!(page.body.len() <= 60_000);
    assert_eq!(page.headers["x-robots-tag"], "noindex");
    assert_eq!(
        page.headers[CACHE_CONTROL],
        "public, max-age=0, s-maxage=60"
    );
    assert!(!page.headers.contains_key("set-cookie"));
    let same = town.server.signed_in("can.bo").await.get(&path).await;
    assert_eq!(same.body, page.body, "it is kept on the way for all");
    let known = [(IF_NONE_MATCH.as_str(), page.headers[ETAG].to_str().unwrap())];
    let again = anybody.send(Method::GET, &path, &known, "").await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let english = anybody.get(&format!("{path}?language=en")).await.body;
    assert!(english.contains("Heard 2 times, last at 06:00 23/11/2026"));
    let typed = path.replace("/nghe/", "").to_uppercase();
    let typed = anybody.get(&format!("/nghe/{typed}")).await;
    assert_eq!(typed.body, page.body, "as it is typed from a poster");
}

#[tokio::test]
async fn the_sound_comes_as_it_is_kept_and_as_the_plain_file_whole_or_in_parts() {
    let (mut town, _, hash) = aired().await;
    let path = opened(&mut town).await;
    let mut anybody = town.server.visitor();
    let opus = anybody.bytes(&format!("{path}/{hash}.opus")).await;
    assert_eq!(ContentHash::of(&opus).to_string(), hash);
    let file = format!("{path}/{hash}.wav");
    let wav = anybody.bytes(&file).await;
    assert!(wav.starts_with(b"RIFF") && wav[8..].starts_with(b"WAVE"));
    assert!(wav.len() > 200_000, "more than one piece: {}", wav.len());
    let said = u32::from_le_bytes([wav[4], wav[5], wav[6], wav[7]]);
    assert_eq!(wav.len() as u64, u64::from(said) + 8);

    let all = wav.len();
    for (asked, said) in [
        ("bytes=160000-160099", format!("bytes 160000-160099/{all}")),
        ("bytes=-1", format!("bytes {}-{}/{all}", all - 1, all - 1)),
        ("bytes=0-999999999999", format!("bytes 0-{}/{all}", all - 1)),
    ] {
        let range = [(RANGE.as_str(), asked)];
        let answer = anybody.send(Method::GET, &file, &range, "").await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT, "{asked}");
        assert_eq!(answer.headers[CONTENT_TYPE], "audio/wav");
        assert_eq!(answer.headers[CACHE_CONTROL], "private, max-age=3600");
        assert_eq!(answer.headers[CONTENT_RANGE], said.as_str());
    }
    let behind = [(RANGE.as_str(), "bytes=999999999999-")];
    let behind = anybody.send(Method::GET, &file, &behind, "").await;
    assert_eq!(behind.status, StatusCode::RANGE_NOT_SATISFIABLE);
    let other = [
        (RANGE.as_str(), "bytes=0-9"),
        (IF_RANGE.as_str(), "\"other\""),
    ];
    let whole = anybody.send(Method::GET, &file, &other, "").await;
    assert_eq!(whole.status, StatusCode::OK);
    let head = anybody.send(Method::HEAD, &file, &[], "").await;
    assert_eq!(head.headers["content-length"], all.to_string().as_str());
    for wrong in [
        format!("{path}/{hash}.mp3"),
        format!("{path}/{hash}"),
        format!("{path}/{}.opus", "0".repeat(64)),
        format!("/nghe/aaaaaaaaaa/{hash}.opus"),
    ] {
        let refused = anybody.get(&wrong).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn what_is_withdrawn_is_gone_and_so_is_what_aired_long_ago() {
    let (mut town, bulletin, hash) = aired().await;
    let path = opened(&mut town).await;
    let mut anybody = town.server.visitor();
    let file = format!("{path}/{hash}.opus");
    assert!(anybody.get(&path).await.body.contains("Họp thôn tối nay"));
    assert_eq!(anybody.get(&file).await.status, StatusCode::OK);
    let seen = format!("/api/v1/bulletins/{bulletin}");
    let seen = town.officer.get(&seen).await.json();
    let body = json!({ "version": seen["version"], "reason": "Sai ngày" });
    let withdraw = format!("/api/v1/bulletins/{bulletin}/withdraw");
    let done = town.officer.post_json(&withdraw, body).await;
    assert!(done.status.is_success(), "{}", done.body);
    let page = anybody.get(&path).await.body;
    assert!(!page.contains("Họp thôn tối nay"), "{page}");
    assert_eq!(anybody.get(&file).await.status, StatusCode::NOT_FOUND);

    let (mut town, ..) = aired().await;
    let path = opened(&mut town).await;
    let month = std::time::Duration::from_hours(31 * 24);
    town.server.clock.advance(month);
    let page = town.server.visitor().get(&path).await.body;
    assert!(page.contains("chưa có bản tin nào"), "{page}");
}

#[tokio::test]
async fn an_emergency_is_marked_and_is_gone_once_somebody_said_that_it_is_over() {
    let (mut town, mut pc, bulletin) = ready().await;
    let mut real = order(&town, &bulletin);
    real["drill"] = json!(false);
    let flood = ordered(&mut town, real).await;
    let hash = json!(held(&mut pc).await.0[0].content.recordings[0].sound.hash);
    let fire = town.approved("Cháy rừng: tránh xa").await;
    let planned = town.today(8, 0).as_millis();
    let told = json!({ "by": "Vàng Văn Sáng", "why": "Cháy", "at_pc": true });
    let mut journal = Journal::default();
    let cue = format!("{flood}@emergency-1");
    let flooded = json!({ "order": { "by": "Người can.bo", "why": "Lũ" } });
    journal.start(&cue, planned, &hash, &[60], flooded);
    journal.write(json!({
        "record": "emergency_ordered", "broadcast": AT_PC, "bulletin": fire, "order": told,
        "title": "Cháy rừng: tránh xa", "person": "per_0123456789abcdef",
    }));
    let burning = json!({ "order": told });
    journal.start(
        &format!("{AT_PC}@emergency-1"),
        planned,
        &hash,
        &[60],
        burning,
    );
    pc.report(json!(journal.0)).await;

    let path = opened(&mut town).await;
    let mut anybody = town.server.visitor();
    let page = anybody.get(&path).await.body;
    assert!(
        page.contains("Lũ ống") && page.contains("Cháy rừng"),
        "{page}"
    );
    assert_eq!(page.matches(">Khẩn cấp</span>").count(), 2, "{page}");
    assert!(!page.contains("Vàng Văn Sáng"), "{page}");
    let cancel = format!("/api/v1/emergencies/{flood}/cancel");
    town.officer.post_json(&cancel, json!({})).await;
    let page = anybody.get(&path).await.body;
    assert!(
        !page.contains("Lũ ống") && page.contains("Cháy rừng"),
        "{page}"
    );
    journal.write(json!({ "record": "emergency_stopped", "broadcast": AT_PC }));
    pc.report(json!(journal.0)).await;
    let page = anybody.get(&path).await.body;
    assert!(page.contains("chưa có bản tin nào"), "{page}");
}

#[tokio::test]
async fn only_officers_and_administrators_open_and_close_it_and_whoever_sees_the_village_prints() {
    let (mut town, ..) = aired().await;
    let village = town.village.id.to_string();
    let stranger = town.server.area("Xã khác", "commune", None).await;
    let stranger = town
        .server
        .person("xa.khac", Role::Officer, &stranger)
        .await;
    let mut stranger = town.server.script(&town.server.token(&stranger).await);
    let poster = format!("/areas/{village}/poster");
    let state = format!("/api/v1/areas/{village}/listen");
    assert_eq!(
        town.officer.get(&poster).await.status,
        StatusCode::NOT_FOUND
    );
    let mut anybody = town.server.visitor();
    let refused = switch(&mut anybody, &village, true).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    for (who, seen, may) in [
        (&mut stranger, StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        (&mut town.secretary, StatusCode::OK, StatusCode::FORBIDDEN),
        (&mut town.head, StatusCode::OK, StatusCode::FORBIDDEN),
        (&mut town.admin, StatusCode::OK, StatusCode::OK),
        (&mut town.officer, StatusCode::OK, StatusCode::OK),
    ] {
        let answer = switch(who, &village, true).await;
        assert_eq!(answer.status, may, "{}", answer.body);
        assert_eq!(who.get(&state).await.status, seen);
    }
    for (name, status, may_switch) in [
        ("xa.khac", StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        ("bi.thu", StatusCode::OK, StatusCode::FORBIDDEN),
        ("truong.thon", StatusCode::OK, StatusCode::FORBIDDEN),
        ("quan.tri", StatusCode::OK, StatusCode::SEE_OTHER),
        ("can.bo", StatusCode::OK, StatusCode::SEE_OTHER),
    ] {
        let mut browser = town.server.signed_in(name).await;
        assert_eq!(browser.get(&poster).await.status, status, "{name}");
        let page = format!("/areas/{village}/listen");
        let answer = browser.post(&page, &[("open", "yes")]).await;
        assert_eq!(answer.status, may_switch, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_closed_page_says_whom_to_ask_and_keeps_its_address_for_the_posters_on_the_walls() {
    let (mut town, _, hash) = aired().await;
    let village = town.village.id.to_string();
    let path = opened(&mut town).await;
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get(&format!("/areas/{village}")).await.body;
    assert!(page.contains(&path), "{page}");
    let poster = officer.get(&format!("/areas/{village}/poster")).await.body;
    let address = format!("{}{path}", town.server.address);
    for said in ["<svg", "Thôn Tòng Xành", &address] {
        assert!(poster.contains(said), "{said}: {poster}");
    }
    let mut anybody = town.server.visitor();
    assert_eq!(anybody.get(&path).await.status, StatusCode::OK);
    switched(&mut town.admin, &village, false).await;
    switched(&mut town.admin, &village, false).await;
    let closed = anybody.get(&path).await;
    assert_eq!(closed.status, StatusCode::NOT_FOUND);
    assert!(closed.body.contains("hỏi trưởng thôn"), "{}", closed.body);
    assert_eq!(closed.headers[CACHE_CONTROL], "no-store");
    let never = anybody.get("/nghe/aaaaaaaaaa").await;
    assert_eq!((never.status, never.body), (closed.status, closed.body));
    let sound = anybody.get(&format!("{path}/{hash}.opus")).await;
    assert_eq!(sound.status, StatusCode::NOT_FOUND);
    assert_eq!(opened(&mut town).await, path);

    let audit = town.officer.get("/api/v1/audit").await.json();
    let audit = audit.as_array().unwrap().iter();
    let verbs = audit.map(|one| one["verb"].as_str().unwrap());
    let mut verbs: Vec<&str> = verbs.filter(|verb| verb.starts_with("listen.")).collect();
    verbs.sort_unstable();
    assert_eq!(verbs, ["listen.close", "listen.open", "listen.open"]);
}

#[tokio::test]
async fn strangers_who_ask_too_often_are_refused_and_nobody_else_is() {
    let (mut town, ..) = aired().await;
    let path = opened(&mut town).await;
    let mut anybody = town.server.visitor();
    let now = town.server.state.now();
    while town.server.state.listeners.allows("127.0.0.1", now) {}
    let refused = anybody.get(&path).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers[RETRY_AFTER], "300");
    assert_eq!(anybody.get("/sign-in").await.status, StatusCode::OK);
    let now = town.server.state.now();
    let other = town.server.state.listeners.allows("192.0.2.1", now);
    assert!(other, "another house is not meant");
    let unread = switch(&mut town.officer, "are_0123456789abcdef", true).await;
    assert_eq!(problem(&unread), "not-found");
    town.server.clock.advance(std::time::Duration::from_mins(5));
    assert_eq!(anybody.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_village_that_opens_its_page_at_once_costs_one_look_and_sees_news_soon() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let (_, broadcast, hash) =
        scheduled(&mut town, &mut pc, "Họp thôn tối nay", "2026-11-24T15:00").await;
    let path = opened(&mut town).await;
    let mut journal = Journal::default();
    let mut anybody = town.server.visitor();
    for (hour, said, seen_at_once) in [
        (6, "gần nhất lúc 06:00", true),
        (7, "gần nhất lúc 07:00", false),
    ] {
        let cue = format!("{broadcast}@2026-11-23T0{hour}:00");
        let planned = town.today(hour, 0).as_millis();
        journal.start(&cue, planned, &hash, &[60], json!({}));
        let sent = pc.report(json!(journal.0)).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
        let page = anybody.get(&path).await.body;
        assert_eq!(page.contains(said), seen_at_once, "{page}");
        let some_seconds = std::time::Duration::from_secs(if seen_at_once { 5 } else { 6 });
        town.server.clock.advance(some_seconds);
    }
    let page = anybody.get(&path).await.body;
    assert!(page.contains("gần nhất lúc 07:00"), "{page}");
}

#[tokio::test]
async fn a_house_with_many_requests_waits_in_a_short_row_and_is_told_when_to_come_back() {
    let (mut town, ..) = aired().await;
    let path = opened(&mut town).await;
    let turn = town.server.state.listeners.turn("192.0.2.9").await.unwrap();
    let asks = |_| {
        let (mut somebody, path) = (town.server.visitor(), path.clone());
        tokio::spawn(async move { somebody.get(&path).await })
    };
    let asked: Vec<_> = (0..20).map(asks).collect();
    let answered = || asked.iter().filter(|one| one.is_finished()).count();
    while answered() < 4 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    drop(turn);
    let mut statuses = Vec::new();
    for one in asked {
        let answer = one.await.unwrap();
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(answer.headers[RETRY_AFTER], "20");
            let said = &answer.body;
            assert!(said.contains("Hãy thử lại sau 20 giây"), "{said}");
        }
        statuses.push(answer.status);
    }
    let refused = statuses.iter().filter(|one| **one != StatusCode::OK);
    assert_eq!(refused.count(), 4, "{statuses:?}");
}
