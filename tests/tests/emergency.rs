//! An emergency, told with the real programs and heard on a sound card: it takes the air from an
//! announcement, which airs again from its beginning when the emergency is over.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use serde_json::json;
use town::capture::{Capture, Captured};
use town::correlate::{Found, find_in};
use town::deeds::{once, text};
use town::sound_card::{SoundCard, with_virtual_card};
use town::town::{Town, Who, full_minute};
use town::village::Village;

/// A recording that was found is itself, bit by bit, but for the gain.
const ITSELF: f64 = 0.999;
const SECOND: usize = 48_000;

#[test]
fn an_emergency_interrupts_an_announcement_which_airs_again_after_it() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(story(card));
    });
}

async fn story(card: SoundCard) {
    let mut village = Village::with_card(&card);
    let town = Town::built().await;
    let (admin, officer) = (town.script(Who::Admin), town.script(Who::Officer));
    let (station, code) = admin.new_station(&town.village).await;
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let planned = town
        .approved("Họp thôn", &[("vi", "village-meeting.vi.m4a")])
        .await;
    let flood = town
        .approved("Lũ ống", &[("vi", "health-book.vi.ogg")])
        .await;
    let at = full_minute(Duration::from_secs(15));
    let mut order = once(&planned.id, &town.village, at);
    order["missed"] = json!({ "kind": "until", "until": "23:59" });
    officer.post("/broadcasts", order).await.done();
    admin.holds(&station).await;
    officer.choose_pin(&town, Who::Officer).await;

    let capture = Capture::of(&card);
    village.says("on air: Họp thôn").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let ordered = officer.order_emergency(&flood.id, &town.village, 1).await;
    let line = officer
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let heard = capture.stop();

    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    let attempts = line["attempts"].as_array().expect("attempts");
    assert_eq!(attempts.len(), 2, "{line}");
    assert_eq!(attempts[0]["cut"], "emergency", "{line}");
    let shown = officer
        .get(&format!("/emergencies/{}", text(&ordered, "id")))
        .await
        .done();
    assert_eq!(shown["stations"][0]["progress"], "heard", "{shown}");

    let folder = tempfile::tempdir().expect("a folder");
    let meeting = officer.sound(&planned.recordings[0], &folder).await;
    let warning = officer.sound(&flood.recordings[0], &folder).await;
    is_heard_between(&heard, &meeting, &warning);
}

/// The beginning of the announcement, then the whole of the emergency, then the whole of the
/// announcement.
fn is_heard_between(heard: &Captured, meeting: &[f32], warning: &[f32]) {
    let samples = heard.samples();
    // Speech rises within a second after the chime that opens an emergency.
    let risen = &warning[SECOND..];
    let emergency = find_in(risen, samples, 0..samples.len());
    assert!(emergency.likeness > ITSELF, "{emergency:?}");
    let begun = find_in(&meeting[..SECOND], samples, 0..emergency.frame);
    assert!(begun.likeness > ITSELF, "it was on air before: {begun:?}");
    let after = emergency.frame + risen.len();
    let whole: Found = find_in(meeting, samples, after..samples.len());
    assert!(whole.likeness > ITSELF, "it airs again, whole: {whole:?}");
    let cut_off = begun.frame + meeting.len();
    assert!(
        emergency.frame < cut_off,
        "the emergency did not wait for its end"
    );
}
