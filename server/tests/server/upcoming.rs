//! What is ordered stands where people look for it: on the page of its bulletin, on the front page,
//! and where somebody is about to withdraw it.

use serde_json::{Value, json};

use crate::phone::record;
use crate::town::Town;

/// Orders a bulletin for Tuesday at five in the afternoon, and names the order.
async fn on_tuesday(town: &mut Town, bulletin: &str) -> String {
    let rule = json!({ "kind": "once", "at": "2026-11-24T17:00" });
    let ordered = town.ordered(bulletin, rule).await.json();
    ordered["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_bulletin_says_when_it_airs_until_that_is_cancelled() {
    let mut town = Town::start().await;
    let id = town.approved("Họp thôn").await;
    let place = format!("/bulletins/{id}");
    let mut secretary = town.server.signed_in("bi.thu").await;
    let page = secretary.get(&place).await.body;
    assert!(!page.contains("Lịch phát sắp tới"), "{page}");

    let order = on_tuesday(&mut town, &id).await;
    let page = secretary.get(&place).await.body;
    let link = format!("href=\"/broadcasts/{order}\">24/11/2026 17:00<");
    assert!(
        page.contains("Lịch phát sắp tới") && page.contains(&link),
        "{page}"
    );
    let mut officer = town.server.signed_in("can.bo").await;
    let page = officer.get(&place).await.body;
    let (_, withdrawing) = page.split_once(&format!("{place}/withdraw\"")).unwrap();
    for said in [
        "các lịch này không phát nữa",
        "24/11/2026 17:00 · Thôn Tòng Xành",
    ] {
        assert!(withdrawing.contains(said), "{said}: {withdrawing}");
    }

    let cancel = format!("/api/v1/broadcasts/{order}/cancel");
    town.head.post_json(&cancel, json!({})).await;
    let page = secretary.get(&place).await.body;
    assert!(!page.contains("Lịch phát sắp tới"), "{page}");
}

#[tokio::test]
async fn the_front_page_of_the_head_says_what_begins_next_and_the_soonest_first() {
    let mut town = Town::start().await;
    let (later, sooner) = (
        town.approved("Tiêm chủng").await,
        town.approved("Họp thôn").await,
    );
    let daily = json!({ "kind": "daily", "times": ["18:00"], "from": "2026-11-25" });
    assert!(town.ordered(&later, daily).await.status.is_success());
    on_tuesday(&mut town, &sooner).await;
    let page = town
        .server
        .signed_in("truong.thon")
        .await
        .get("/")
        .await
        .body;
    let at = |said: &str| page.find(said).unwrap_or_else(|| panic!("{said}: {page}"));
    assert!(
        at("24/11/2026 17:00 · Họp thôn") < at("25/11/2026 18:00 · Tiêm chủng"),
        "{page}"
    );
    let page = town.server.signed_in("bi.thu").await.get("/").await.body;
    assert!(!page.contains("Lịch phát sắp tới"), "{page}");
}

#[tokio::test]
async fn who_decides_reads_what_was_found_about_a_recording_and_why_others_are_of_no_use() {
    let mut town = Town::start().await;
    let new = json!({
        "area_id": town.village.id, "title": "Họp thôn", "class": "ordinary",
        "valid_until_day": "2026-12-31",
    });
    let made = town.secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let said = |language, file| {
        [
            ("bulletin", id.as_str()),
            ("language", language),
            ("filename", file),
        ]
    };
    let take: Value = record(&mut town.secretary, &a_second(), &said("vi", "hop.wav")).await;
    let found = take["sound"]["advice"][0]["title"].as_str().unwrap();
    let useless = said("pcc", "giay-moi.pdf");
    record(
        &mut town.secretary,
        b"%PDF-1.7 khong phai am thanh",
        &useless,
    )
    .await;

    let place = format!("/bulletins/{id}");
    let page = town.server.signed_in("bi.thu").await.get(&place).await.body;
    for said in [found, "giay-moi.pdf", "Đây là văn bản, không phải âm thanh"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    town.step(&id, "submit", "").await;
    let page = town.server.signed_in("can.bo").await.get(&place).await.body;
    assert!(page.contains(found), "{found}: {page}");
    let (before, _) = page
        .split_once(&format!("{place}/retract\""))
        .unwrap_or((&page, ""));
    assert!(before.contains(&format!("{place}/approve\"")), "{page}");
}

/// A WAV file of a second, which is too short for an announcement.
fn a_second() -> Vec<u8> {
    const RATE: u32 = 48_000;
    let samples = (0..RATE).flat_map(|n| {
        let wave = (n as f32 * 300.0 * std::f32::consts::TAU / RATE as f32).sin();
        ((wave * 9_000.0) as i16).to_le_bytes()
    });
    let samples: Vec<u8> = samples.collect();
    let size = u32::try_from(samples.len()).unwrap();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + size).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(size.to_le_bytes());
    wav.extend(samples);
    wav
}
