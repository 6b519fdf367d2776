//! A village PC with more than one sound card: the one that its configuration names sounds and no
//! other, whichever is the default; and without a name each cue takes what is the default by then.

use std::time::Duration;

use programme::units::BootTime;
use tokio::time::sleep;
use town::capture::{Capture, Captured, wait_until};
use town::chatter::chatter;
use town::correlate::find;
use town::horn::{Horn, ms};
use town::sound_card::{HALL, SoundCard, with_virtual_card};
use town::town::{Town, Who, full_second};
use town::village::Village;

/// A recording that was found is itself, bit by bit, but for the gain.
const ITSELF: f64 = 0.999;

#[tokio::test(flavor = "multi_thread")]
async fn the_card_that_is_named_sounds_and_no_other_whichever_is_the_default() {
    let cards = [(); 3].map(|()| SoundCard::plugged_in());
    let [first, second, hall] = &cards;
    first.knows(first, hall);
    let mut village = Village::with_card(first);
    village.set("LOABAN_PLAYER__OUTPUT", &format!("card:{HALL}"));
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let meeting = town
        .approved("Họp thôn", &[("vi", "village-meeting.vi.m4a")])
        .await;
    let captures = [first, second, hall].map(Capture::of);
    let at = full_second(Duration::from_secs(15));
    head.air_once(&meeting.id, &town.village, at).await.done();

    village.says("on air: Họp thôn").await;
    sleep(Duration::from_secs(3)).await;
    first.knows(second, hall);
    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    sleep(Duration::from_secs(1)).await;

    let folder = tempfile::tempdir().expect("a folder");
    let meeting = head.sound(&meeting.recordings[0], &folder).await;
    let [first, second, hall] = captures.map(Capture::stop);
    let found = find(&meeting, hall.samples());
    assert!(
        found.likeness > ITSELF,
        "heard whole in the hall: {found:?}"
    );
    for (name, card) in [("first", first), ("second", second)] {
        let silent = card.samples().iter().all(|sample| *sample == 0.0);
        assert!(silent, "the {name} card sounds");
    }
}

#[test]
fn without_a_name_a_cue_stays_where_it_began_and_the_next_one_takes_the_new_default() {
    with_virtual_card(|mut first| {
        first.plug_in();
        let second = SoundCard::plugged_in();
        first.knows(&first, &second);
        let mut horn = Horn::on_card();
        let captures = [&first, &second].map(Capture::of);
        let (one, two) = (chatter(31, 3 * 48_000), chatter(32, 48_000));
        let start = horn.in_ms(800);
        horn.air(1, vec![horn.wav("one", &one)], start);
        wait_until(start.saturating_add(ms(1_000)));
        first.knows(&second, &first);
        let between = horn.until_finished(1).saturating_add(ms(300));
        wait_until(between);
        horn.air(2, vec![horn.wav("two", &two)], horn.in_ms(800));
        let ended = horn.until_finished(2);
        wait_until(ended.saturating_add(ms(300)));
        let [first, second] = captures.map(Capture::stop);
        assert_heard(&first, &one, first.instant_of(0)..between);
        assert_heard(&second, &two, between..ended.saturating_add(ms(200)));
    });
}

/// Whether the card sounds this within a span of time, and is silent outside it.
fn assert_heard(heard: &Captured, sound: &[f32], within: std::ops::Range<BootTime>) {
    let found = find(sound, heard.samples());
    assert!(found.likeness > ITSELF, "heard whole: {found:?}");
    let (from, to) = (heard.frame_at(within.start), heard.frame_at(within.end));
    let samples = heard.samples();
    let outside = samples[..from].iter().chain(&samples[to..]);
    assert!(
        outside.copied().all(|sample| sample == 0.0),
        "the card sounds at another time"
    );
}
