//! Reading a script out into the recorder: the words are on the screen, and what ends, holds and
//! measures the recording stays beside them, on a phone in either direction and at a desk.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use jiff::ToSpan as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use town::browser::{Browser, Colours, DESK, PHONE};
use town::deeds::{day, text};
use town::judges::Axe;
use town::town::{Town, Who, as_wav, now, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

/// Whether the meter has moved.
const IS_HEARD: &str = "const e = document.querySelector(arguments[0]);\
    return e.checkVisibility() && e.value > 20";

/// Which of these somebody cannot see as the page stands, or sees something else in their place.
const OUT_OF_SIGHT: &str = "\
    const on_top = (id) => {\
      const e = document.getElementById(id);\
      const r = e.getBoundingClientRect();\
      const there = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);\
      return r.top >= 0 && r.bottom <= innerHeight && e.contains(there); };\
    return arguments[0].filter((id) => !on_top(id));";

/// Where the beginning of the script is, and how much of the screen it has to itself.
const SCRIPT: &str = "\
    const script = document.querySelector('.script').getBoundingClientRect();\
    const bar = document.getElementById('at-hand').getBoundingClientRect();\
    const beside = bar.left >= script.right;\
    return [script.top, (beside ? innerHeight : bar.top) / innerHeight];";

/// Brings the last words to where they can be read, and says whether something covers them.
const LAST_WORDS: &str = "\
    const words = document.createRange();\
    const text = document.querySelector('.script').firstChild;\
    words.setStart(text, text.length - 4);\
    words.setEnd(text, text.length);\
    const bar = document.getElementById('at-hand');\
    scrollTo(0, scrollY + words.getBoundingClientRect().bottom - innerHeight / 2);\
    const r = words.getBoundingClientRect();\
    return bar.contains(document.elementFromPoint(r.left, r.bottom - 2));";

/// A phone on its side.
const SIDEWAYS: (u32, u32) = (740, 360);

/// Where somebody reads, and how much of the screen's height is left to the words at least.
const SIZES: [((u32, u32), f64); 3] = [(DESK, 1.0), (SIDEWAYS, 0.6), (PHONE, 0.7)];

const AT_WORK: [&str; 4] = ["clock", "level", "pause", "stop"];

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_script_out_sees_it_and_the_controls_at_once() {
    let town = Town::built().await;
    let (phone, _folder) = a_phone(&town).await;
    let page = a_long_script(&town).await;
    phone.goto(&page).await;
    phone.find("#start:not([hidden])").await;
    for (size, _) in SIZES {
        phone.show(size, Colours::Light).await;
        phone.run("scrollTo(0, 300)", Vec::new()).await;
        phone.screen(&format!("reading-idle-{}", size.0)).await;
        assert_eq!(unseen(&phone, &["start"]).await, json!([]), "{size:?}");
    }
    everybody_can_use_it(&phone, "idle").await;

    phone.run("scrollTo(0, 700)", Vec::new()).await;
    phone.press("#start").await;
    phone.until("it counts down", SAYS, "Chuẩn bị nói").await;
    phone.screen("reading-count-360").await;
    let begins = phone.run(SCRIPT, Vec::new()).await;
    let top = begins[0].as_f64();
    assert!(
        top.is_some_and(|top| (0.0..60.0).contains(&top)),
        "{begins}"
    );
    phone.until("it is heard", IS_HEARD, "#level").await;
    for (size, share) in SIZES {
        phone.show(size, Colours::Light).await;
        phone.run("scrollTo(0, 300)", Vec::new()).await;
        phone.screen(&format!("reading-{}", size.0)).await;
        assert_eq!(unseen(&phone, &AT_WORK).await, json!([]), "{size:?}");
        let free = phone.run(SCRIPT, Vec::new()).await;
        assert!(free[1].as_f64() >= Some(share), "{size:?}: {free}");
        let covered = phone.run(LAST_WORDS, Vec::new()).await;
        assert_eq!(covered, false, "{size:?}");
        assert_eq!(unseen(&phone, &AT_WORK).await, json!([]), "{size:?}");
        phone.fits_its_width().await;
    }
    everybody_can_use_it(&phone, "recording").await;

    phone.run("scrollTo(0, 300)", Vec::new()).await;
    phone.press("#stop").await;
    phone.until("it is there", SAYS, "Đã ghi xong").await;
    let done = ["verdict", "send"];
    assert_eq!(unseen(&phone, &done).await, json!([]), "it is brought up");
    phone.screen("reading-stopped-360").await;
    phone.fits_its_width().await;
    everybody_can_use_it(&phone, "stopped").await;
    phone.show(DESK, Colours::Light).await;
    phone.screen("reading-stopped-1280").await;
}

/// A secretary's phone that hears one sample over and over.
async fn a_phone(town: &Town) -> (Browser, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    let (name, password) = town.credentials(Who::Secretary);
    phone.sign_in(name, password).await;
    (phone, folder)
}

/// The page that records a bulletin whose script takes two minutes to read.
async fn a_long_script(town: &Town) -> String {
    let sentence = "Kính mời bà con đến nhà văn hoá lúc mười chín giờ. ";
    let script = sentence.repeat(28);
    let bulletin = json!({ "area_id": town.village, "title": "Rất dài", "class": "ordinary",
        "script": script.trim(), "valid_until_day": day(now() + (7 * 24).hours()) });
    let secretary = town.script(Who::Secretary);
    let made = secretary.post("/bulletins", bulletin).await.done();
    let id = text(&made, "id");
    format!("/recordings/new?bulletin={id}&language=vi")
}

async fn unseen(phone: &Browser, ids: &[&str]) -> Value {
    phone.run(OUT_OF_SIGHT, vec![json!(ids)]).await
}

/// By day and by night.
async fn everybody_can_use_it(phone: &Browser, name: &str) {
    let axe = Axe::installed();
    axe.begin(phone).await;
    for colours in [Colours::Dark, Colours::Light] {
        phone.show(PHONE, colours).await;
        let stumbles = axe.stumbles(phone).await;
        assert_eq!(stumbles, Vec::<String>::new(), "{name}, {colours:?}");
    }
}
