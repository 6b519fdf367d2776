//! A village's day heard beforehand, in a real browser: one button plays it from its first sound
//! to its last, and leaves the hours in between out.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use serde_json::json;
use tokio::time::sleep;
use town::browser::{Browser, PHONE};
use town::deeds::{day, once};
use town::town::{Town, Who, as_wav, local, now, sample};

/// Whether the line says the argument.
const SAYS: &str = "return document.getElementById('said').innerText.includes(arguments[0])";
/// Whether a sound of the start that the argument names is heard, and goes on.
const SOUNDS: &str = "\
    const here = document.querySelector('[data-piece][aria-current]');\
    const sound = document.getElementById('sound');\
    return !!here && here.closest('.cue').innerText.includes(arguments[0])\
      && sound.src === here.querySelector('audio').src\
      && !sound.paused && sound.currentTime > 0.5;";
/// How far the sound is.
const PLACE: &str = "return document.getElementById('sound').currentTime";
/// Whether one of the page's own bars plays, and the day waits.
const BY_ITSELF: &str = "\
    const own = document.querySelector('.pieces audio');\
    if (own.paused) { own.play().catch(() => {}); }\
    return own.currentTime > 0.2 && document.getElementById('sound').paused;";

#[tokio::test(flavor = "multi_thread")]
async fn one_button_plays_the_day_and_moves_on_from_start_to_start() {
    let town = Town::built().await;
    let (early, late) = two_hours_of_one_day();
    let head = town.script(Who::Head);
    for (number, at) in [(1, early), (2, late)] {
        let said = town.announcement(number).await;
        let order = once(&said.id, &town.village, at);
        head.post("/broadcasts", order).await.done();
    }
    let phone = at_the_day(&town, early).await;
    phone.fits_its_width().await;
    phone.picture("rehearsal-phone").await;

    phone.press("#from-start").await;
    let first = "the first is heard";
    phone.until(first, SOUNDS, "Bản tin số 1").await;
    let until = format!("đến {}", &local(late)[11..]);
    phone.until("it says where it goes on", SAYS, &until).await;
    let second = "the second is heard";
    phone.until(second, SOUNDS, "Bản tin số 2").await;

    phone.press("#pause").await;
    phone.until("it pauses", SAYS, "Đang tạm dừng").await;
    let place = phone.run(PLACE, Vec::new()).await;
    phone.picture("rehearsal-playing-phone").await;
    phone.fits_its_width().await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(phone.run(PLACE, Vec::new()).await, place, "it stands still");
    phone.press("#go-on").await;
    phone.until("it goes on", SOUNDS, "Bản tin số 2").await;
    phone.until("the day ends", SAYS, "Đã nghe hết ngày").await;

    // To where one wants to be, and from there past it.
    phone.press(".cue:nth-child(2) .from-here").await;
    phone.until(second, SOUNDS, "Bản tin số 2").await;
    phone.press(".cue:nth-child(1) .from-here").await;
    phone.until(first, SOUNDS, "Bản tin số 1").await;
    phone.press("#next").await;
    phone.until(second, SOUNDS, "Bản tin số 2").await;
    // Whoever plays one sound by hand hears that one.
    phone.until("one by itself", BY_ITSELF, "").await;
    phone.press("#halt").await;
    phone.press("#from-start").await;
    phone.until(first, SOUNDS, "Bản tin số 1").await;
    assert_eq!(phone.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_network_costs_only_the_wait() {
    let town = Town::built().await;
    let (early, _) = two_hours_of_one_day();
    let said = town.announcement(1).await;
    let order = json!({ "bulletins": [said.id], "areas": [town.village], "repeats": 2,
        "gap_ms": 30_000, "rule": { "kind": "once", "at": local(early) } });
    town.script(Who::Head)
        .post("/broadcasts", order)
        .await
        .done();
    let phone = at_the_day(&town, early).await;
    phone.set_offline(true).await;
    phone.press("#from-start").await;
    phone.until("it says why", SAYS, "Chưa nghe được").await;
    phone.set_offline(false).await;
    phone.press("#go-on").await;
    phone.until("the chime", SAYS, "Nhạc hiệu").await;
    phone.until("once", SAYS, "Tiếng Việt · 1/2").await;
    phone
        .until("what is left out", SAYS, "Bỏ qua 30 giây im lặng")
        .await;
    phone.until("twice", SAYS, "Tiếng Việt · 2/2").await;
    phone.until("the day ends", SAYS, "Đã nghe hết ngày").await;
}

/// Two hours of tomorrow, or of the day after it.
fn two_hours_of_one_day() -> (Timestamp, Timestamp) {
    let (early, late) = (now() + 24.hours(), now() + 24.hours() + 10.minutes());
    match day(early) == day(late) {
        true => (early, late),
        false => (early + 10.minutes(), late + 10.minutes()),
    }
}

/// The head's phone, led from the calendar to the page of a day.
async fn at_the_day(town: &Town, at: Timestamp) -> Browser {
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    let (name, password) = town.credentials(Who::Head);
    phone.sign_in(name, password).await;
    let calendar = format!("/broadcasts/calendar?view=day&day={}", day(at));
    phone.goto(&calendar).await;
    phone.press("a[href^='/broadcasts/rehearsal']").await;
    phone
        .leads_to("the day", |path| path == "/broadcasts/rehearsal")
        .await;
    phone.find("#from-start:not([hidden])").await;
    phone
}
