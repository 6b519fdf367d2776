//! The page on the PC in a real browser, with a keyboard: it renews itself each second, and leaves
//! alone what somebody is about to press.

use std::time::Duration;

use town::browser::{Browser, DESK};
use town::town::{as_wav, sample};
use town::village::Village;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_somebody_is_on_stays_where_it_is_while_the_page_is_kept_fresh() {
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let mut village = Village::with_wav_file();
    village.power_on().await;
    let browser = Browser::open(&village.screen(), DESK, &voice).await;
    browser.goto("/").await;
    browser.find("main button[value=louder]").await;
    let begin = "document.querySelector('main button[value=quieter]').focus();\
        window.renewed = 0;\
        const look = window.fetch;\
        window.fetch = (...asked) => { window.renewed += 1; return look(...asked); };";
    browser.run(begin, Vec::new()).await;
    let thrice = "return window.renewed >= 3 && !!arguments[0]";
    browser.until("the page renews itself", thrice, "now").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let on = "return document.activeElement.value ?? document.activeElement.nodeName";
    assert_eq!(browser.run(on, Vec::new()).await, "quieter");
}
