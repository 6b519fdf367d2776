//! The page on the PC in a real browser: it renews itself each second, leaves alone what somebody
//! is about to press, and outlives the player that gave it.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

#[path = "screen/answers.rs"]
mod answers;

use std::time::Duration;

use serde_json::{Value, json};
use town::browser::{Browser, Colours, DESK, PHONE};
use town::judges::Axe;
use town::town::{Town, Who, as_wav, full_second, sample};
use town::village::Village;

const SAYS: &str = "return document.body.innerText.includes(arguments[0])";
const IS_SILENT: &str = "return !document.body.innerText.includes(arguments[0])";

/// A PC that is on, and its page in a window of `size`.
async fn in_front_of_a_pc(size: (u32, u32)) -> (Village, Browser) {
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let mut village = Village::with_wav_file();
    village.power_on().await;
    let browser = Browser::open(&village.screen(), size, &voice).await;
    browser.goto("/").await;
    browser.find("main button[value=louder]").await;
    (village, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_somebody_is_on_stays_where_it_is_while_the_page_is_kept_fresh() {
    let (_village, browser) = in_front_of_a_pc(DESK).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn while_the_player_is_away_the_page_says_so_and_that_stop_was_not_heard() {
    let (mut village, browser) = in_front_of_a_pc(DESK).await;
    browser.run("window.neverLeft = true", Vec::new()).await;
    village.cut_power();
    browser
        .until("the player is said to be away", SAYS, "CHƯA TRẢ LỜI")
        .await;
    let words = browser.words().await;
    assert!(words.contains("hãy tắt âm-li"), "{words}");
    assert!(!words.contains("CHƯA ĐĂNG KÝ"), "{words}");
    is_for_everybody(&browser, "pc-away").await;
    browser.press(".stop button").await;
    browser
        .until("STOP was not heard", SAYS, "KHÔNG nhận được nút")
        .await;
    browser.press("nav .urgent").await;

    village.power_on().await;
    browser
        .until("the page is back by itself", SAYS, "CHƯA ĐĂNG KÝ")
        .await;
    let words = browser.words().await;
    assert!(words.contains("hãy bấm lần nữa"), "{words}");
    assert!(!words.contains("CHƯA TRẢ LỜI"), "{words}");
    browser.press(".stop button").await;
    browser
        .until("now STOP is heard", IS_SILENT, "KHÔNG nhận được nút")
        .await;
    let never_left = "return window.neverLeft === true";
    assert_eq!(browser.run(never_left, Vec::new()).await, json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_beside_the_emergencies_outlives_the_player_too() {
    let (mut village, browser) = in_front_of_a_pc(DESK).await;
    browser.press("nav .urgent").await;
    browser.find("main.emergency").await;
    village.cut_power();
    browser.press(".stop button").await;
    browser
        .until("STOP was not heard", SAYS, "KHÔNG nhận được nút")
        .await;
    village.power_on().await;
    browser.press(".stop button").await;
    browser.leads_to("STOP is heard", |path| path == "/").await;
}

/// As low as a phone that shows its keyboard.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_what_is_scrolled_to_stands_above_stop() {
    let (_village, browser) = in_front_of_a_pc((PHONE.0, PHONE.1 - 240)).await;
    let place = "const e = document.querySelector(`main button[value=${arguments[0]}]`);\
        e.scrollIntoView({ block: 'nearest' });\
        const r = e.getBoundingClientRect();\
        const seen = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);\
        return [e === seen, r.top]";
    let quieter = browser.run(place, vec![json!("quieter")]).await;
    let louder = browser.run(place, vec![json!("louder")]).await;
    assert_eq!(quieter, louder, "both are seen, side by side");
    assert_eq!(louder[0], Value::Bool(true), "{louder}");
}

/// Whoever stands before the page at a desk or looks at it on a phone sees all of it, and nobody
/// stumbles.
async fn is_for_everybody(browser: &Browser, name: &str) {
    let axe = Axe::installed();
    for (size, place) in [(PHONE, "phone"), (DESK, "desk")] {
        browser.show(size, Colours::Light).await;
        browser.fits_its_width().await;
        axe.begin(browser).await;
        let stumbles = axe.stumbles(browser).await;
        assert_eq!(stumbles, Vec::<String>::new(), "{name} on a {place}");
        browser.picture(&format!("{name}-{place}")).await;
    }
}

/// The five signs, each by its name in the style.
const SIGNS: &str = "return [...document.querySelectorAll('.health li')]\
    .map((line) => line.className).join(' ') === arguments[0]";

#[tokio::test(flavor = "multi_thread")]
async fn each_state_has_its_signs_and_can_be_read_at_a_desk_and_on_a_phone() {
    let mut town = Town::built().await;
    let (admin, officer) = (town.script(Who::Admin), town.script(Who::Officer));
    let (station, code) = admin.new_station(&town.village).await;
    let (mut village, browser) = in_front_of_a_pc(DESK).await;
    is_for_everybody(&browser, "pc-not-enrolled").await;
    village.shut_down().await;
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    town.cut_power();
    village.power_on().await;
    browser.goto("/").await;
    let lonely = "bad good good look look";
    browser.until("nobody vouches", SIGNS, lonely).await;
    is_for_everybody(&browser, "pc-held").await;
    village.shut_down().await;
    town.start_server().await;
    village.power_on().await;
    browser.goto("/").await;
    let well = "good good good good good";
    browser.until("all is well", SIGNS, well).await;
    let bulletin = town.announcement(1).await;
    let at = full_second(Duration::from_secs(12 * 60));
    let ordered = officer.air_once(&bulletin.id, &town.village, at).await;
    ordered.done();
    admin.says(&station, |health| health["ready"] == 1).await;
    browser.until("it is ready", SAYS, "SẴN SÀNG").await;
    browser.until("it counts down", SAYS, "phút").await;
    is_for_everybody(&browser, "pc-ready").await;
    browser.press(".find-stick button").await;
    let found = "return document.querySelector('.stick h2') !== null && !!arguments[0]";
    browser.until("it says what it found", found, "now").await;
    is_for_everybody(&browser, "pc-looked").await;

    town.cut_power();
    village.shut_down().await;
    village.power_on().await;
    browser.goto("/").await;
    let alone = "good good good look good";
    browser.until("the server is away", SIGNS, alone).await;
    is_for_everybody(&browser, "pc-alone").await;
}

/// A page that hears of each second twice a second writes down what it shows.
const WRITE_DOWN: &str = "window.shown = [];\
    const look = () => {\
      const left = document.querySelector('main .left');\
      const seconds = left?.innerText.match(/^còn (\\d+) giây$/);\
      if (seconds) window.shown.push(Number(seconds[1]));\
    };\
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });\
    Date.now = () => 0;";

#[tokio::test(flavor = "multi_thread")]
async fn the_last_minute_is_counted_down_on_a_page_that_was_left_open() {
    let town = Town::built().await;
    let (admin, officer) = (town.script(Who::Admin), town.script(Who::Officer));
    let (_station, code) = admin.new_station(&town.village).await;
    let (mut village, browser) = in_front_of_a_pc(DESK).await;
    village.shut_down().await;
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let bulletin = town.announcement(1).await;
    let at = full_second(Duration::from_secs(70));
    let ordered = officer.air_once(&bulletin.id, &town.village, at).await;
    ordered.done();
    browser
        .until("the page says when", SAYS, "còn 1 phút")
        .await;
    browser.picture("pc-minutes").await;
    browser.run(WRITE_DOWN, Vec::new()).await;
    browser.until("seconds are counted", SAYS, "giây").await;
    browser.picture("pc-seconds").await;
    let few = "return window.shown.includes(Number(arguments[0]))";
    for seconds in ["40", "15"] {
        browser.until("they become few", few, seconds).await;
    }
    let shown = browser.run("return window.shown", Vec::new()).await;
    let shown: Vec<i64> = serde_json::from_value(shown).expect("numbers");
    let falls = shown
        .windows(2)
        .all(|two| (0..=2).contains(&(two[0] - two[1])));
    assert!(falls && shown.len() > 30, "{shown:?}");
    browser.until("it is on air", SAYS, "ĐANG PHÁT").await;
}
