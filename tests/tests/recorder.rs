//! The recorder in a real browser, on a link that villages have: what was said into a phone is not
//! lost by a lost link, a closed browser, or a night.

#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

#[path = "recorder/shelves.rs"]
mod shelves;

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;
use town::browser::{Browser, PHONE};
use town::person::Script;
use town::town::{Town, Who, as_wav, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

/// Whether the meter has moved.
const IS_HEARD: &str = "const e = document.querySelector(arguments[0]);\
    return e.checkVisibility() && e.value > 20";

/// Whether the bar shows that some of it has arrived.
const HAS_ARRIVED: &str = "return document.getElementById('progress').value > 0";

/// Notes each microphone that is opened.
const WATCH: &str = "window.streams = []; const { mediaDevices } = navigator;\
    const open = mediaDevices.getUserMedia.bind(mediaDevices);\
    mediaDevices.getUserMedia = async (wish) => {\
        streams.push(await open(wish)); return streams.at(-1); };";

/// Taps twice, as people do when nothing seems to happen.
const TAP_TWICE: &str = "const e = document.querySelector(arguments[0]); e.click(); e.click();";

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_outlives_a_lost_link_and_a_closed_browser() {
    let (town, phone, _folder) = a_phone().await;
    let secretary = town.script(Who::Secretary);

    phone.set_lasting(true).await;
    phone.goto("/recordings/new").await;
    phone.press("#start").await;
    phone.until("it is heard", IS_HEARD, "#level").await;
    phone.picture("recorder-level-phone").await;
    phone.fits_its_width().await;
    // What is said arrives while it is being said.
    arrives(&secretary).await;

    phone.press("#pause").await;
    phone.until("it pauses", SAYS, "Đang tạm dừng").await;
    let stands = said(&phone).await;
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(said(&phone).await, stands, "the clock stands still");
    phone.press("#go-on").await;

    phone.set_offline(true).await;
    sleep(Duration::from_secs(4)).await;
    phone.press("#stop").await;
    phone.until("it is kept", SAYS, "kể cả ngày mai").await;
    phone
        .until("it was loud enough", SAYS, "Tiếng thu tốt")
        .await;
    phone.picture("recorder-take-phone").await;
    phone.fits_its_width().await;
    phone.press("#send").await;
    phone.until("it waits", SAYS, "Mất mạng").await;
    phone.close_page().await;

    phone.set_offline(false).await;
    phone.goto("/").await;
    phone.press("#unsent a").await;
    phone.find("#unsent-takes audio").await;
    phone.picture("recorder-unsent-phone").await;
    phone.press("#unsent-takes button").await;
    phone.leads_to("the recording", is_recording).await;
    let all = secretary
        .until("/recordings", |all| all[0]["state"] == "ready")
        .await;
    assert_eq!(count(&all), 1, "sent once: {all}");
    let length = all[0]["sound"]["duration_ms"].as_u64().unwrap_or_default();
    assert!(length > 5_000, "the whole of it arrived: {all}");

    phone.goto("/recordings/new").await;
    phone.find("#start").await;
    let left = "return document.getElementById('unsent').hidden";
    assert_eq!(phone.run(left, Vec::new()).await, true, "nothing is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_link_shows_what_has_arrived_within_seconds_and_says_when_it_is_gone() {
    let (town, phone, folder) = a_phone().await;
    let secretary = town.script(Who::Secretary);
    let file = folder.path().join("voice.wav");
    let size = std::fs::metadata(&file).expect("a file").len();
    phone.goto("/recordings/new").await;
    phone.set_narrow(8_000).await;
    phone.choose("input[type=file]:not([capture])", &file).await;
    phone.press("#send-file").await;
    phone.until("it sends", SAYS, "Đang gửi").await;
    phone.until("something arrived", HAS_ARRIVED, "").await;
    // Whoever looks on sees it move long before a quarter of a megabyte is through.
    let there = secretary.get("/recordings").await.done()[0]["offset_bytes"]
        .as_u64()
        .expect("an offset");
    assert!(there <= 128 * 1024, "{there} bytes came unseen");

    phone.set_offline(true).await;
    phone.until("it says so", SAYS, "Mất mạng").await;
    phone.picture("recorder-link-gone-phone").await;
    phone.fits_its_width().await;
    let bar = "const bar = document.getElementById('progress');\
        return bar.checkVisibility() && bar.className === 'waiting' ? bar.value : -1";
    let shown = phone.run(bar, Vec::new()).await.as_u64().expect("the bar");
    let there = secretary.get("/recordings").await.done()[0]["offset_bytes"]
        .as_u64()
        .expect("an offset");
    assert!(
        shown > 0 && shown * size <= there * 100,
        "{shown} % of {size}, {there} are there"
    );

    phone.set_offline(false).await;
    phone.leads_to("the recording", is_recording).await;
    only_one(&secretary).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_records_again_leaves_nothing_of_the_first_take() {
    let (town, phone, _folder) = a_phone().await;
    let secretary = town.script(Who::Secretary);

    phone.goto("/recordings/new").await;
    phone.press("#start").await;
    secretary
        .until("/recordings", |all| all[0]["state"] == "uploading")
        .await;
    let first = secretary.get("/recordings").await.done()[0]["id"].clone();
    sleep(Duration::from_secs(2)).await;
    phone.press("#stop").await;
    phone.press("#again-asked summary").await;
    phone.press("#again").await;
    phone.until("it records again", IS_HEARD, "#level").await;
    sleep(Duration::from_secs(5)).await;
    phone.press("#stop").await;
    // Another language than was said when the upload began.
    phone.pick("select[name=language]", "pcc").await;
    phone.press("#send").await;
    let all = only_one(&secretary).await;
    assert_ne!(all[0]["id"], first, "{all}");
    assert_eq!(all[0]["language"], "pcc", "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_for_a_bulletin_that_was_closed_meanwhile_goes_without_it() {
    let (town, phone, _folder) = a_phone().await;
    let closed = town
        .approved("Lịch tiêm", &[("vi", "health-book.vi.ogg")])
        .await;
    let page = format!("/recordings/new?bulletin={}", closed.id);
    phone.goto(&page).await;
    record(&phone).await;
    phone.press("#send").await;
    phone.until("it says why", SAYS, "không sửa được nữa").await;
    phone.picture("recorder-without-phone").await;
    phone.fits_its_width().await;
    phone.press("#send-without").await;
    phone.leads_to("the recording", is_recording).await;
    let secretary = town.script(Who::Secretary);
    let all = secretary
        .until("/recordings", |all| all[0]["state"] == "ready")
        .await;
    assert_eq!(count(&all), 2, "beside the bulletin's own: {all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_language_for_a_take_costs_nothing_of_it_on_a_dead_link() {
    let (town, phone, _folder) = a_phone().await;
    let secretary = town.script(Who::Secretary);
    phone.goto("/recordings/new").await;
    phone.press("#start").await;
    arrives(&secretary).await;
    phone.press("#stop").await;
    phone.until("it is there", SAYS, "Đã ghi xong").await;
    phone.set_hanging(true).await;
    phone.pick("select[name=language]", "pcc").await;
    phone.press("#send").await;
    phone.until("it says that it sends", SAYS, "Đang gửi").await;
    sleep(Duration::from_secs(1)).await;
    phone.close_page().await;

    phone.set_hanging(false).await;
    phone.goto("/").await;
    phone.press("#unsent a").await;
    phone.press("#unsent-takes button").await;
    phone.leads_to("the recording", is_recording).await;
    // What was begun on the dead link is none of these.
    let is_former = |one: &Value| one["language"] == "vi";
    let all = secretary
        .until("/recordings", |all| {
            let former = all.as_array().into_iter().flatten().any(is_former);
            !former && all[0]["state"] == "ready"
        })
        .await;
    assert_eq!(all[0]["language"], "pcc", "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tap_does_nothing() {
    let (town, phone, folder) = a_phone().await;
    let secretary = town.script(Who::Secretary);
    phone.goto("/recordings/new").await;
    record(&phone).await;
    phone.run(WATCH, Vec::new()).await;
    phone.run(TAP_TWICE, vec![json!("#again")]).await;
    phone.until("it records again", IS_HEARD, "#level").await;
    let opened = phone.run("return streams.length", Vec::new()).await;
    assert_eq!(opened, 1, "microphones were opened");
    sleep(Duration::from_secs(3)).await;
    phone.press("#stop").await;
    phone.press("#send").await;
    phone.leads_to("the recording", is_recording).await;
    only_one(&secretary).await;

    phone.goto("/recordings/new").await;
    let file = folder.path().join("voice.wav");
    phone.choose("input[type=file][capture]", &file).await;
    phone.run(TAP_TWICE, vec![json!("#send-file")]).await;
    phone.leads_to("the recording", is_recording).await;
    let all = secretary.get("/recordings").await.done();
    assert_eq!(count(&all), 2, "the first and the file, once: {all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_record_again_keeps_the_first_take() {
    let (town, phone, _folder) = a_phone().await;
    phone.goto("/recordings/new").await;
    record(&phone).await;
    let refuses = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no'))";
    phone.run(refuses, Vec::new()).await;
    phone.press("#again-asked summary").await;
    phone.press("#again").await;
    phone
        .until("it says so", SAYS, "Trang chưa được dùng micrô")
        .await;
    let shown = "return document.querySelector(arguments[0]).checkVisibility()";
    phone.until("the first is there", shown, "#send").await;
    phone.close_page().await;

    phone.goto("/").await;
    phone.press("#unsent a").await;
    phone.press("#unsent-takes button").await;
    phone.leads_to("the recording", is_recording).await;
    only_one(&town.script(Who::Secretary)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_microphone_that_goes_before_the_first_word_leaves_a_way_on() {
    let (town, phone, _folder) = a_phone().await;
    let secretary = town.script(Who::Secretary);
    phone.goto("/recordings/new").await;
    phone.run(WATCH, Vec::new()).await;
    let breaks = "window.Whole = MediaRecorder;\
        window.MediaRecorder = class { static isTypeSupported() { return true; }\
        constructor() { throw new Error('no'); } };";
    phone.run(breaks, Vec::new()).await;
    phone.press("#start").await;
    phone
        .until("it says so", SAYS, "Trang chưa được dùng micrô")
        .await;
    let state = "return streams[0].active";
    assert_eq!(phone.run(state, Vec::new()).await, false, "nobody listens");

    phone.run("window.MediaRecorder = Whole", Vec::new()).await;
    phone.press("#start").await;
    phone.until("it counts down", SAYS, "Chuẩn bị nói").await;
    let pulled = "streams[1].getTracks().forEach((source) => source.stop())";
    phone.run(pulled, Vec::new()).await;
    phone.until("it says so", SAYS, "Micrô vừa bị ngắt").await;
    let all = secretary.get("/recordings").await.done();
    assert_eq!(count(&all), 0, "nothing was begun: {all}");
    phone.press("#start").await;
    phone.until("it is heard", IS_HEARD, "#level").await;
}

/// A commune, and a secretary's phone that hears one sample over and over.
async fn a_phone() -> (Town, Browser, TempDir) {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town).await;
    (town, phone, folder)
}

/// Speaks for some seconds.
async fn record(phone: &Browser) {
    phone.press("#start").await;
    phone.until("it is heard", IS_HEARD, "#level").await;
    sleep(Duration::from_secs(4)).await;
    phone.press("#stop").await;
    phone.until("it is there", SAYS, "Đã ghi xong").await;
}

/// Waits until something of a recording has come.
async fn arrives(secretary: &Script) {
    secretary
        .until("/recordings", |all| {
            all[0]["offset_bytes"]
                .as_u64()
                .is_some_and(|bytes| bytes > 0)
        })
        .await;
}

/// Waits until there is one recording and it is ready.
async fn only_one(secretary: &Script) -> Value {
    secretary
        .until("/recordings", |all| {
            count(all) == 1 && all[0]["state"] == "ready"
        })
        .await
}

fn is_recording(path: &str) -> bool {
    path.starts_with("/recordings/") && !path.ends_with("/new")
}

async fn sign_in(phone: &Browser, town: &Town) {
    let (name, password) = town.credentials(Who::Secretary);
    phone.goto("/sign-in").await;
    phone.write("input[name=name]", name).await;
    phone.write("input[name=password]", password).await;
    phone.press("main form button").await;
    phone
        .leads_to("signed in", |path| !path.starts_with("/sign-in"))
        .await;
}

async fn said(phone: &Browser) -> Value {
    let script = "return document.getElementById('clock').textContent";
    phone.run(script, Vec::new()).await
}

fn count(all: &Value) -> usize {
    all.as_array().map_or(0, Vec::len)
}
