//! Whoever presses a key sees it whole, and sees what became of it.

use std::time::Duration;

use serde_json::json;
use town::browser::{Browser, Colours, DESK, PHONE};
use town::deeds::once;
use town::town::{Town, Who, full_second};
use town::village::Village;

use super::{SAYS, in_front_of_a_pc};

/// Whether all of what the argument names is on the screen, and nothing stands before it.
const IS_SEEN: &str = "const e = document.querySelector(arguments[0]);\
    if (!e) return false;\
    const r = e.getBoundingClientRect();\
    const at = (y) => document.elementFromPoint(r.left + r.width / 2, y);\
    const own = (y) => e === at(y) || e.contains(at(y));\
    return r.top > -1 && r.bottom <= innerHeight && own(r.top + 2) && own(r.bottom - 2);";

/// A village whose head is asked when something could not be heard to its end, its PC, and the
/// page of that in a window of `size`.
async fn on_air(size: (u32, u32)) -> (Town, Village, Browser) {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (_station, code) = admin.new_station(&town.village).await;
    let (mut village, browser) = in_front_of_a_pc(size).await;
    village.shut_down().await;
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let bulletin = town.chatter(1, 40).await;
    let at = full_second(Duration::from_secs(8));
    let mut order = once(&bulletin.id, &town.village, at);
    order["missed"] = json!({ "kind": "ask_head" });
    head.post("/broadcasts", order).await.done();
    browser.goto("/").await;
    browser.until("it is on air", SAYS, "ĐANG PHÁT").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    (town, village, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_whether_to_air_what_was_cut_is_answered_without_scrolling() {
    let (_town, mut village, browser) = on_air(DESK).await;
    village.cut_power();
    village.power_on().await;
    browser.goto("/").await;
    for (size, place) in [(PHONE, "phone"), (DESK, "desk"), ((1280, 640), "low")] {
        browser.show(size, Colours::Light).await;
        browser.goto("/").await;
        browser.find(".ask .yes").await;
        browser.screen(&format!("pc-asked-{place}")).await;
        for key in [".ask .yes", ".ask .no"] {
            let seen = browser.run(IS_SEEN, vec![json!(key)]).await;
            assert_eq!(seen, json!(true), "{key} at a {place}");
        }
    }
    browser.press(".ask .yes").await;
    browser.until("it is on air", SAYS, "ĐANG PHÁT").await;
}

/// Scrolls as a finger does, so that what is meant stands in the middle.
async fn scroll(browser: &Browser, css: &str) {
    let script = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
    browser.run(script, vec![json!(css)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_play_again_shows_that_it_plays() {
    let (_town, _village, browser) = on_air(PHONE).await;
    browser.press(".stop button").await;
    browser.find(".again button").await;
    scroll(&browser, ".again button").await;
    browser.press(".again button").await;
    browser.until("it is on air", SAYS, "ĐANG PHÁT").await;
    browser.screen("pc-again-phone").await;
    browser.until("it is seen", IS_SEEN, "main .standing").await;
    // What is answered where it is pressed stays there.
    scroll(&browser, "main button[value=quieter]").await;
    browser.press("main button[value=quieter]").await;
    browser.until("it is quieter", SAYS, "−3 dB").await;
    let seen = browser.run(IS_SEEN, vec![json!(".volume output")]).await;
    assert_eq!(seen, json!(true), "{}", browser.words().await);
}
