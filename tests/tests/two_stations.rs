//! Two villages within earshot of each other: their horns say the same at the same time, however
//! wrong the clocks of their PCs are.

use std::time::Duration;

use programme::units::BootTime;
use tokio::time::sleep;
use town::capture::{Capture, Captured, late_ms};
use town::correlate::find;
use town::sound_card::SoundCard;
use town::town::{Town, Who, full_minute};
use town::village::Village;

/// Nobody hears two horns as an echo that are nearer than this; and a hundred metres are 290 ms.
const APART_MS: f64 = 10.0;

/// A recording that was found is itself, bit by bit, but for the gain.
const ITSELF: f64 = 0.999;

#[tokio::test(flavor = "multi_thread")]
async fn two_stations_with_wrong_clocks_are_heard_at_its_instant_both() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (near, far) = (SoundCard::plugged_in(), SoundCard::plugged_in());
    let mut villages = [
        Village::with_card(&near).with_clock_ahead_by(3 * 3_600),
        Village::with_card(&far).with_clock_ahead_by(-37),
    ];
    let mut stations = Vec::new();
    for village in &mut villages {
        let (station, code) = admin.new_station(&town.village).await;
        village
            .enrol(&town.url(), &code)
            .expect("the code lets the PC in");
        village.power_on().await;
        stations.push(station);
    }
    let approved = town
        .approved("Họp thôn", &[("vi", "village-meeting.vi.m4a")])
        .await;
    let at = full_minute(Duration::from_secs(15));
    head.air_once(&approved.id, &town.village, at).await.done();
    for (station, ahead_ms) in stations.iter().zip([10_800_000, -37_000]) {
        admin.holds(station).await;
        let off = |health: &serde_json::Value| health["system_clock_error_ms"].as_i64();
        let is_wrong = |off: i64| (off - ahead_ms).abs() < 1_000;
        admin
            .says(station, |health| off(health).is_some_and(is_wrong))
            .await;
    }

    let captures = [Capture::of(&near), Capture::of(&far)];
    for station in &stations {
        let line = head
            .logged(station, at, |line| line["state"] == "known")
            .await;
        assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    }
    sleep(Duration::from_secs(1)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let meeting = head.sound(&approved.recordings[0], &folder).await;
    let [near, far] = captures.map(|capture| begun(&capture.stop(), &meeting));
    let apart = late_ms(near, far);
    assert!(apart.abs() <= APART_MS, "they are {apart} ms apart");
}

/// When the sound began.
fn begun(heard: &Captured, sound: &[f32]) -> BootTime {
    let found = find(sound, heard.samples());
    assert!(found.likeness > ITSELF, "{found:?}");
    heard.instant_of(found.frame)
}
