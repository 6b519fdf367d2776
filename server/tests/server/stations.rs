//! Stations: codes, programmes, downloads, the stream, and what the panel says of them.

use std::time::Duration;

use loaban_server::audit::Author;
use loaban_server::programmes::{duty, publish};
use loaban_server::stations::draft::Draft;
use loaban_server::stations::station;
use programme::signed::{Envelope, Purpose};
use programme::wire::TimeAnswer;
use reqwest::header::{CONTENT_RANGE, ETAG, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::town::{JOURNAL, Town, problem};

const OTHER_PC: &str = "jou_zzzzzzzzzzzzzzzz";

#[tokio::test]
async fn a_code_that_is_wrong_used_replaced_or_old_is_refused_each_with_its_own_advice() {
    let mut town = Town::start().await;
    let first = town.code().await;
    let second = town.code().await;
    let answer = town.show_code(&first, JOURNAL).await;
    assert_eq!(
        (answer.status, problem(&answer)),
        (StatusCode::GONE, "enrolment-code-replaced".into())
    );
    let answer = town.show_code("0000000000", JOURNAL).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem(&answer), "enrolment-code-wrong");

    assert_eq!(
        town.show_code(&second, JOURNAL).await.status,
        StatusCode::OK
    );
    let answer = town.show_code(&second, OTHER_PC).await;
    assert_eq!(
        (answer.status, problem(&answer)),
        (StatusCode::CONFLICT, "enrolment-code-used".into())
    );

    let third = town.code().await;
    town.server
        .clock
        .advance(Duration::from_secs(7 * 24 * 3_600 + 1));
    let answer = town.show_code(&third, OTHER_PC).await;
    assert_eq!(
        (answer.status, problem(&answer)),
        (StatusCode::GONE, "enrolment-code-expired".into())
    );
}

#[tokio::test]
async fn a_pc_whose_answer_was_lost_may_ask_again_and_another_pc_may_not() {
    let mut town = Town::start().await;
    let code = town.code().await;
    let lost = town.show_code(&code, JOURNAL).await;
    let again = town.show_code(&code, JOURNAL).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.body);
    let mut pc = town.pc(&again);
    assert_eq!(
        pc.http.get("/api/v1/station/programme").await.status,
        StatusCode::OK
    );
    let mut stale = town.pc(&lost);
    assert_eq!(
        stale.http.get("/api/v1/station/programme").await.status,
        StatusCode::UNAUTHORIZED
    );
    town.server.clock.advance(Duration::from_secs(16 * 60));
    assert_eq!(
        town.show_code(&code, JOURNAL).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let mut town = Town::start().await;
    for _ in 0..20 {
        town.show_code("0000000000", JOURNAL).await;
    }
    let code = town.code().await;
    let answer = town.show_code(&code, JOURNAL).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key(RETRY_AFTER));
    town.server.clock.advance(Duration::from_secs(15 * 60 + 1));
    assert_eq!(town.show_code(&code, JOURNAL).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_pc_takes_the_place_of_the_old_one_which_is_let_in_no_longer() {
    let mut town = Town::start().await;
    let mut old = town.enrolled().await;
    let code = town.code().await;
    assert_eq!(
        old.http.get("/api/v1/station/programme").await.status,
        StatusCode::OK
    );
    let new = town.show_code(&code, OTHER_PC).await;
    let mut new = town.pc(&new);
    assert_eq!(
        new.http.get("/api/v1/station/programme").await.status,
        StatusCode::OK
    );
    let refused = old.http.get("/api/v1/station/programme").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(problem(&refused), "station-unknown");
}

#[tokio::test]
async fn a_programme_verifies_with_the_pinned_key_and_costs_nothing_while_nothing_is_new() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let before = pc.programme(0).await;
    assert!(before.broadcasts.is_empty() && before.chime.is_some());
    let etag = pc.etag().await;
    let unchanged = pc.holding(&etag).await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    assert!(unchanged.body.is_empty() && unchanged.headers[ETAG] == etag.as_str());
    let headers = unchanged.headers.iter();
    let bytes: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    assert!(
        bytes < 150,
        "{bytes} bytes of headers: {:?}",
        unchanged.headers
    );

    let bulletin = town.approved("Kích hoạt VNeID").await;
    let ordered = town
        .ordered(
            &bulletin,
            json!({ "kind": "once", "at": "2026-11-23T17:00" }),
        )
        .await;
    assert_eq!(ordered.status, StatusCode::CREATED, "{}", ordered.body);
    assert_eq!(pc.holding(&etag).await.status, StatusCode::OK);
    let after = pc.programme(before.generation).await;
    assert_eq!(after.generation, before.generation + 1);
    assert_eq!(after.broadcasts.len(), 1);
}

#[tokio::test]
async fn a_programme_without_news_is_not_published_again() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let before = pc.programme(0).await.generation;
    assert_eq!(duty::all(&town.server.state).await.unwrap(), 0);
    assert_eq!(pc.programme(0).await.generation, before);
}

#[tokio::test]
async fn a_withdrawn_bulletin_leaves_the_programme() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    town.ordered(&bulletin, json!({ "kind": "daily", "times": ["17:00"] }))
        .await;
    assert_eq!(pc.programme(0).await.broadcasts.len(), 1);
    let path = format!("/api/v1/bulletins/{bulletin}");
    let version = town.officer.get(&path).await.json()["version"].clone();
    let seen = json!({ "version": version, "reason": "sai nội dung" });
    let done = town
        .officer
        .post_json(&format!("{path}/withdraw"), seen)
        .await;
    assert!(done.status.is_success(), "{}", done.body);
    duty::all(&town.server.state).await.unwrap();
    let programme = pc.programme(0).await;
    assert!(programme.broadcasts.is_empty() && programme.bulletins.is_empty());
}

#[tokio::test]
async fn a_server_restored_from_a_backup_goes_on_above_what_stations_hold() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let before = pc.programme(0).await.generation;
    assert_eq!(pc.health(before + 56).await, StatusCode::NO_CONTENT);
    assert_eq!(pc.programme(before + 56).await.generation, before + 57);

    // The number is the newest one, and the bytes under it are others.
    let other = format!("\"{}-0000000000000000\"", before + 57);
    assert_eq!(pc.holding(&other).await.status, StatusCode::OK);
    assert!(pc.programme(before + 58).await.generation > before + 57);
}

#[tokio::test]
async fn a_recording_is_downloaded_on_from_where_it_was_cut_and_no_other_is_given_out() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    town.ordered(&bulletin, json!({ "kind": "daily", "times": ["17:00"] }))
        .await;
    let programme = pc.programme(0).await;
    let chime = programme.chime.clone().unwrap().hash;
    let recordings = programme.recordings();
    let (hash, sound) = recordings.iter().find(|(hash, _)| **hash != chime).unwrap();
    let path = format!("/api/v1/station/recordings/{hash}");
    let whole = pc.http.bytes(&path).await;
    assert_eq!(whole.len() as u64, sound.size_bytes);
    assert_eq!(programme::ids::ContentHash::of(&whole), *hash);

    let tag = format!("\"{hash}\"");
    let headers = [("range", "bytes=1000-"), ("if-range", tag.as_str())];
    let rest = pc.http.send(Method::GET, &path, &headers, "").await;
    assert_eq!(rest.status, StatusCode::PARTIAL_CONTENT);
    let last = whole.len() - 1;
    let span = format!("bytes 1000-{last}/{}", whole.len());
    assert_eq!(rest.headers[CONTENT_RANGE], span.as_str());
    let beyond = [("range", "bytes=999999999-")];
    let refused = pc.http.send(Method::GET, &path, &beyond, "").await;
    assert_eq!(refused.status, StatusCode::RANGE_NOT_SATISFIABLE);
    let other = "0".repeat(64);
    let refused = pc
        .http
        .get(&format!("/api/v1/station/recordings/{other}"))
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_time_is_signed_for_one_question_and_asks_for_no_token() {
    let town = Town::start().await;
    let mut anybody = town.server.visitor();
    let nonce = "00112233445566778899aabbccddeeff";
    let answer = anybody
        .post_json("/api/v1/station/time", json!({ "nonce": nonce }))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let envelope: Envelope = serde_json::from_str(&answer.body).unwrap();
    let key = town.server.state.signing_key.verifying_key();
    let said = envelope.open::<TimeAnswer>(Purpose::Time, &key).unwrap();
    assert_eq!(said.get().nonce, nonce);
    assert_eq!(said.get().wall, town.server.state.now());
    let refused = anybody
        .post_json("/api/v1/station/time", json!({ "nonce": "1" }))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_new_broadcast_wakes_the_stations_stream() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let before = pc.programme(0).await.generation;
    let url = format!("{}/api/v1/station/events", town.server.address);
    let request = reqwest::Client::new().get(url).bearer_auth(pc.http.token());
    let mut stream = request.send().await.unwrap();
    let told = |generation| format!("event: programme\ndata: {generation}\n\n");
    assert_eq!(next(&mut stream).await, told(before));
    town.ordered(&bulletin, json!({ "kind": "now" })).await;
    assert_eq!(next(&mut stream).await, told(before + 1));
}

#[tokio::test]
async fn a_pc_that_was_replaced_is_told_nothing_more_and_is_not_taken_for_the_station() {
    let mut town = Town::start().await;
    let mut old = town.enrolled().await;
    let before = old.programme(0).await.generation;
    let url = format!("{}/api/v1/station/events", town.server.address);
    let request = reqwest::Client::new()
        .get(url)
        .bearer_auth(old.http.token());
    let mut stream = request.send().await.unwrap();
    assert_eq!(
        next(&mut stream).await,
        format!("event: programme\ndata: {before}\n\n")
    );
    let code = town.code().await;
    let enrolled = town.show_code(&code, "jou_zzzzzzzzzzzzzzzz").await;
    assert_eq!(enrolled.status, StatusCode::OK, "{}", enrolled.body);
    let ended = tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await;
    assert_eq!(ended.expect("it ends").unwrap(), None);
    let refused = old.http.get("/api/v1/station/programme").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

async fn next(stream: &mut reqwest::Response) -> String {
    let mut read = Vec::new();
    // The network may hand an event over in pieces.
    while !read.ends_with(b"\n\n") {
        let piece = tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await;
        read.extend(piece.expect("an event within 30 seconds").unwrap().unwrap());
    }
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn the_panel_says_how_a_station_is_and_shows_its_code_to_the_administrator_alone() {
    let mut town = Town::start().await;
    let id = town.station["id"].as_str().unwrap().to_owned();
    let mut admin = town.server.signed_in("quan.tri").await;
    let page = admin.get(&format!("/stations/{id}")).await.body;
    assert!(page.contains("Chưa cài đặt máy"), "{page}");
    let code = town.code().await;
    let page = admin.get(&format!("/stations/{id}/code")).await.body;
    assert!(page.contains(&code) && page.contains("loaban-player enrol http://127.0.0.1"));
    let mut head = town.server.signed_in("truong.thon").await;
    let refused = head.get(&format!("/stations/{id}/code")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let enrolled = town.show_code(&code, JOURNAL).await;
    let mut pc = town.pc(&enrolled);
    let generation = pc.programme(0).await.generation;
    pc.health(generation).await;
    let page = head.get(&format!("/stations/{id}")).await.body;
    for said in [
        "Trực tuyến, lần cuối thấy kết nối lúc 23/11/2026 09:00",
        "Sẵn sàng 1 trên 2",
        "Theo giờ máy chủ",
        "bản mới nhất",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let list = head.get("/stations").await.body;
    let heard = "Trực tuyến, lần cuối thấy kết nối lúc 23/11/2026 09:00";
    assert!(list.contains(heard), "{list}");
    // Its stream says so every four minutes; a minute more, and it is not there.
    town.server.clock.advance(Duration::from_secs(5 * 60));
    let page = head.get(&format!("/stations/{id}")).await.body;
    assert!(page.contains(heard), "{page}");
    town.server.clock.advance(Duration::from_secs(1));
    for path in ["/stations", &format!("/stations/{id}")] {
        let page = head.get(path).await.body;
        assert!(page.contains("Mất kết nối từ 23/11/2026 09:00"), "{page}");
    }
    town.server.clock.advance(Duration::from_secs(3_600));
    let page = head.get(&format!("/stations/{id}")).await.body;
    assert!(page.contains("Mất kết nối từ 23/11/2026 09:00"), "{page}");
    let page = admin.get(&format!("/stations/{id}/code")).await.body;
    assert!(!page.contains(&code));
}

#[tokio::test]
async fn a_closed_station_is_let_in_no_longer() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let path = format!("/stations/{}/close", town.station["id"].as_str().unwrap());
    let mut admin = town.server.signed_in("quan.tri").await;
    assert_eq!(admin.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    let refused = pc.http.get("/api/v1/station/programme").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_station_that_cannot_be_published_to_does_not_keep_the_others_from_it() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let before = pc.programme(0).await.generation;
    let state = &town.server.state;
    let broken = town.server.area("A", "village", Some(&town.commune)).await;
    let draft = Draft {
        name: "A".to_owned(),
        clusters: Vec::new(),
        ..Draft::default()
    };
    let author = Author::server();
    // By its name it comes before the other.
    station::add(state, &author, &broken, &draft).await.unwrap();
    let mut write = state.database.write().await.unwrap();
    for sql in [
        "UPDATE areas SET languages = 'not a list' WHERE name = 'A'",
        "UPDATE stations SET health = 'of another release', volume_db = -3",
    ] {
        sqlx::query(sql).execute(&mut *write).await.unwrap();
    }
    write.commit().await.unwrap();
    assert!(
        publish::to_areas(state, &[town.commune.id.clone()])
            .await
            .is_err()
    );
    assert_eq!(pc.programme(before).await.generation, before + 1);
    assert!(duty::all(state).await.is_err());
}

#[tokio::test]
async fn an_order_is_announced_before_it_is_published_and_so_is_what_it_replaces() {
    let mut town = Town::start().await;
    let pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let at = |hour| json!({ "kind": "once", "at": format!("2026-11-23T{hour}:00") });
    let old = town.ordered(&bulletin, at(17)).await.json()["id"].clone();
    let mut woken = town.server.state.wake.listen();
    let new = json!({
        "bulletins": [bulletin], "areas": [town.village.id], "rule": at(18), "replaces": [old],
    });
    let new = town.head.post_json("/api/v1/broadcasts", new).await.json()["id"].clone();
    let said = [woken.recv().await.unwrap(), woken.recv().await.unwrap()];
    assert_eq!(json!(said), json!([new, old]));
    assert_eq!(woken.recv().await.unwrap(), pc.id.as_str());
}
