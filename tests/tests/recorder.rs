//! The recorder in a real browser, on a link that villages have: what was said into a phone is not
//! lost by a lost link, a closed browser, or a night.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;
use town::browser::{Browser, PHONE};
use town::town::{Town, Who, as_wav, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

/// Whether the meter has moved.
const IS_HEARD: &str = "return document.querySelector(arguments[0]).value > 20";

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_outlives_a_lost_link_and_a_closed_browser() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town).await;
    let secretary = town.script(Who::Secretary);

    phone.goto("/recordings/new").await;
    phone.press("#start").await;
    phone.until("it is heard", IS_HEARD, "#level").await;
    phone.picture("recorder-level-phone").await;
    phone.fits_its_width().await;
    // What is said arrives while it is being said.
    secretary
        .until("/recordings", |all| {
            all[0]["offset_bytes"]
                .as_u64()
                .is_some_and(|bytes| bytes > 0)
        })
        .await;

    phone.press("#pause").await;
    phone.until("it pauses", SAYS, "Đang tạm dừng").await;
    let stands = said(&phone).await;
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(said(&phone).await, stands, "the clock stands still");
    phone.press("#go-on").await;

    phone.set_offline(true).await;
    sleep(Duration::from_secs(4)).await;
    phone.press("#stop").await;
    phone
        .until("it is kept", SAYS, "được giữ trên máy này")
        .await;
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
    let is_recording = |path: &str| path.starts_with("/recordings/") && !path.ends_with("/new");
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
async fn who_records_again_leaves_nothing_of_the_first_take() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town).await;
    let secretary = town.script(Who::Secretary);

    phone.goto("/recordings/new").await;
    phone.press("#start").await;
    secretary
        .until("/recordings", |all| all[0]["state"] == "uploading")
        .await;
    let first = secretary.get("/recordings").await.done()[0]["id"].clone();
    sleep(Duration::from_secs(2)).await;
    phone.press("#stop").await;
    phone.press("#again").await;
    phone.until("it records again", IS_HEARD, "#level").await;
    sleep(Duration::from_secs(5)).await;
    phone.press("#stop").await;
    // Another language than was said when the upload began.
    phone.pick("select[name=language]", "pcc").await;
    phone.press("#send").await;
    let all = secretary
        .until("/recordings", |all| all[0]["state"] == "ready")
        .await;
    assert_eq!(count(&all), 1, "{all}");
    assert_ne!(all[0]["id"], first, "{all}");
    assert_eq!(all[0]["language"], "pcc", "{all}");
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
    let script = "return document.getElementById('said').textContent";
    phone.run(script, Vec::new()).await
}

fn count(all: &Value) -> usize {
    all.as_array().map_or(0, Vec::len)
}
