//! Where a page may use the phone's microphone, and the way on where it may not: over HTTPS under
//! the server's name it records; over plain HTTP, and in a browser that cannot record, it says why
//! not, each in its own words, and the phone's own recorder does it.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;
use town::browser::{Browser, PHONE};
use town::town::{CERTIFICATE_KEY, Town, Who, as_wav, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

/// Which of these a person sees.
const SEEN: &str = "return ['insecure-note', 'unsupported-note', 'start', 'send-file']\
    .filter((id) => document.getElementById(id)?.checkVisibility())";

/// A name of the server that browsers do not take for the machine on which they run.
const NAME: &str = "loa.test";

#[tokio::test(flavor = "multi_thread")]
async fn over_https_under_the_servers_name_a_phone_records_and_sends() {
    let town = Town::built_with_certificate().await;
    let trusted = format!("--ignore-certificate-errors-spki-list={CERTIFICATE_KEY}");
    let (phone, _folder) = a_phone(&town, &[&trusted]).await;
    phone.goto("/recordings/new").await;
    phone.press("#start").await;
    sleep(Duration::from_secs(8)).await;
    phone.press("#stop").await;
    phone.until("it was heard", SAYS, "Tiếng thu tốt").await;
    phone.press("#send").await;
    arrives(&town, &phone).await;
    assert_eq!(phone.complaints().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_plain_http_the_page_says_why_and_takes_the_phones_own_recorder() {
    let town = Town::built().await;
    let (phone, folder) = a_phone(&town, &[]).await;
    phone.goto("/recordings/new").await;
    phone.until("it says why", SAYS, "mở bằng http").await;
    let seen = phone.run(SEEN, Vec::new()).await;
    assert_eq!(seen, json!(["insecure-note", "send-file"]));
    phone.picture("recorder-insecure-phone").await;
    phone.fits_its_width().await;
    sends_what_the_phone_recorded(&town, &phone, &folder).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_cannot_record_is_told_so_and_not_that_the_page_is_insecure() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let phone = Browser::open(&town.url(), PHONE, &voice(&folder)).await;
    let (name, password) = town.credentials(Who::Secretary);
    phone.sign_in(name, password).await;
    phone.before_each_page("delete window.MediaRecorder").await;
    phone.goto("/recordings/new").await;
    phone.until("it says why", SAYS, "Zalo").await;
    let seen = phone.run(SEEN, Vec::new()).await;
    assert_eq!(seen, json!(["unsupported-note", "send-file"]));
    phone.picture("recorder-unsupported-phone").await;
    phone.fits_its_width().await;
    sends_what_the_phone_recorded(&town, &phone, &folder).await;
}

/// A secretary's phone that knows the server by its name.
async fn a_phone(town: &Town, further: &[&str]) -> (Browser, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let knows = format!("--host-resolver-rules=MAP {NAME} 127.0.0.1");
    let further = [&[knows.as_str()][..], further].concat();
    let server = town.url().replace("127.0.0.1", NAME);
    let phone = Browser::open_with(&server, PHONE, &voice(&folder), &further).await;
    let (name, password) = town.credentials(Who::Secretary);
    phone.sign_in(name, password).await;
    (phone, folder)
}

fn voice(folder: &TempDir) -> PathBuf {
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    voice
}

/// Chooses a file as the phone's own recorder leaves it in the page, and sends it.
async fn sends_what_the_phone_recorded(town: &Town, phone: &Browser, folder: &TempDir) {
    let file = folder.path().join("voice.wav");
    phone.choose("input[type=file][capture]", &file).await;
    phone.press("#send-file").await;
    arrives(town, phone).await;
}

/// The page leads to the one recording that there is, and it is ready.
async fn arrives(town: &Town, phone: &Browser) {
    let is_recording = |path: &str| path.starts_with("/recordings/") && !path.ends_with("/new");
    phone.leads_to("the recording", is_recording).await;
    let is_ready = |all: &Value| all[0]["state"] == "ready";
    let secretary = town.script(Who::Secretary);
    let all = secretary.until("/recordings", is_ready).await;
    assert_eq!(all.as_array().map_or(0, Vec::len), 1, "{all}");
    let length = all[0]["sound"]["duration_ms"].as_u64().unwrap_or_default();
    assert!(length > 4_000, "the whole of it arrived: {all}");
}
