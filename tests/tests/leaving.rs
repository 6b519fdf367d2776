//! Leaving the page of the recorder: nobody is held there for what is not lost, who would lose
//! something is asked, and what was on its way when the battery died goes on the next day.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;
use tokio::time::sleep;
use town::browser::{Browser, PHONE};
use town::town::{Town, Who, as_wav, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

/// Before its script is there the page is an ordinary form.
const READY: &str = "#recorder:not([hidden])";

/// Notes whether the browser asks before the page is left: it asks once all scripts have said what
/// they think, and its driver answers it unseen.
const WATCH: &str = "addEventListener('beforeunload', (leaving) =>\
    sessionStorage.setItem('asked', leaving.defaultPrevented))";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_is_refused_with_advice_and_holds_nobody_on_the_page() {
    let town = Town::built_with(&[("LOABAN_SERVER__UPLOADS__SIZE_LIMIT_MB", "1")]).await;
    let (phone, folder) = a_phone(&town).await;
    phone.set_lasting(false).await;
    phone.goto("/recordings/new").await;
    phone.find(READY).await;
    let large = folder.path().join("large.wav");
    recordings::durable::write(&large, &vec![0; 1_500_000]).expect("a file");
    let field = "input[type=file]:not([capture])";
    phone.choose(field, &large).await;
    phone.press("#send-file").await;
    phone.until("it says so", SAYS, "Tệp lớn quá 1 MB").await;
    phone
        .until("it says what to do", SAYS, "m4a hoặc mp3")
        .await;
    phone.picture("recorder-too-large-phone").await;
    phone.fits_its_width().await;
    phone.run(WATCH, Vec::new()).await;
    phone.press("a.brand").await;
    phone.leads_to("the front page", |path| path == "/").await;
    assert_eq!(asked(&phone).await, "false", "nothing is lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_before_a_file_is_sent_is_asked_unless_the_browser_keeps_it() {
    let town = Town::built().await;
    let (phone, _folder) = a_phone(&town).await;
    for (lasting, says) in [(false, "Đừng đóng trang"), (true, "kể cả ngày mai")] {
        phone.set_lasting(lasting).await;
        phone.goto("/recordings/new").await;
        phone.find(READY).await;
        phone.set_offline(true).await;
        let file = sample("health-book.vi.ogg");
        let field = "input[type=file]:not([capture])";
        phone.choose(field, &file).await;
        phone.press("#send-file").await;
        phone.until("it waits", SAYS, "Mất mạng").await;
        phone.until("it says whether to stay", SAYS, says).await;
        phone.run(WATCH, Vec::new()).await;
        let leaves = "dispatchEvent(new Event('beforeunload', { cancelable: true }))";
        phone.run(leaves, Vec::new()).await;
        let asks = if lasting { "false" } else { "true" };
        assert_eq!(asked(&phone).await, asks, "{says}");
        phone.set_offline(false).await;
        phone.leads_to("the recording", is_recording).await;
        assert_eq!(asked(&phone).await, "false", "all of it is there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_whose_own_store_never_answers_sends_all_the_same() {
    let town = Town::built().await;
    let (phone, _folder) = a_phone(&town).await;
    let never = "IDBFactory.prototype.open = () => ({})";
    phone.before_each_page(never).await;
    phone.goto("/recordings/new").await;
    phone.find(READY).await;
    let file = sample("health-book.vi.ogg");
    phone.choose("input[type=file][capture]", &file).await;
    phone.press("#send-file").await;
    phone.leads_to("the recording", is_recording).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_its_way_when_the_battery_died_is_sent_to_its_end_the_next_day() {
    let town = Town::built().await;
    let (mut phone, _folder) = a_phone(&town).await;
    let secretary = town.script(Who::Secretary);
    phone.set_lasting(true).await;
    phone.goto("/recordings/new").await;
    phone.press("#start").await;
    let arrives = |all: &Value| {
        all[0]["offset_bytes"]
            .as_u64()
            .is_some_and(|there| there > 0)
    };
    secretary.until("/recordings", arrives).await;
    phone.set_narrow(500).await;
    sleep(Duration::from_secs(6)).await;
    phone.press("#stop").await;
    phone
        .until("it may be closed", SAYS, "kể cả ngày mai")
        .await;
    phone.press("#send").await;
    phone.until("it says that it sends", SAYS, "Đang gửi").await;
    phone
        .until("it may be closed", SAYS, "kể cả ngày mai")
        .await;
    phone.picture("recorder-sending-phone").await;
    phone.fits_its_width().await;
    let begun = secretary.get("/recordings").await.done()[0].clone();
    assert_eq!(begun["state"], "uploading", "in the middle of it: {begun}");
    phone.cut_power();

    a_day_passes(&town).await;
    phone.open_again().await;
    phone.set_lasting(true).await;
    phone.forget_cookies().await;
    sign_in(&phone, &town).await;
    phone.goto("/").await;
    phone.press("#unsent a").await;
    let whole = "const e = document.querySelector('#unsent-takes audio');\
        return e?.readyState > 0 && !e.error";
    phone.until("it can be heard", whole, "").await;
    phone.set_narrow(20_000).await;
    phone.press("#unsent-takes button").await;
    phone.until("it says that it sends", SAYS, "Đang gửi").await;
    phone
        .until("it may be closed", SAYS, "kể cả ngày mai")
        .await;
    phone.leads_to("the recording", is_recording).await;
    phone
        .until("it has come", SAYS, "Bạn có thể đóng trang")
        .await;
    let is_ready = |all: &Value| all[0]["state"] == "ready";
    let all = secretary.until("/recordings", is_ready).await;
    assert_eq!(all.as_array().map_or(0, Vec::len), 1, "{all}");
    assert_eq!(all[0]["id"], begun["id"], "the upload went on: {all}");
    let length = all[0]["sound"]["duration_ms"].as_u64().unwrap_or_default();
    assert!(length > 8_000, "the whole of it arrived: {all}");
}

/// A secretary's phone that hears one sample over and over.
async fn a_phone(town: &Town) -> (Browser, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, town).await;
    (phone, folder)
}

async fn sign_in(phone: &Browser, town: &Town) {
    let (name, password) = town.credentials(Who::Secretary);
    phone.sign_in(name, password).await;
}

/// Whether the browser asked when a page was left last.
async fn asked(phone: &Browser) -> Value {
    let script = "return sessionStorage.getItem('asked')";
    phone.run(script, Vec::new()).await
}

/// All that the server knows of recordings happened a day earlier.
async fn a_day_passes(town: &Town) {
    let url = format!("sqlite:{}", town.database().display());
    let mut database = SqliteConnection::connect(&url).await.expect("the database");
    for sql in [
        "UPDATE uploads SET expires_at_ms = expires_at_ms - 86400000",
        "UPDATE recordings SET created_at_ms = created_at_ms - 86400000",
    ] {
        let moved = sqlx::query(sql).execute(&mut database).await;
        assert_eq!(moved.expect("rows").rows_affected(), 1, "{sql}");
    }
}

fn is_recording(path: &str) -> bool {
    path.starts_with("/recordings/") && !path.ends_with("/new")
}
