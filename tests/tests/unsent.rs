//! A take that waits to be sent: the page names it by its bulletin, its language and its length, and
//! takes nothing away without a question.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use serde_json::json;
use tempfile::TempDir;
use town::browser::{Browser, Colours, DESK, PHONE};
use town::judges::Axe;
use town::town::{Town, Who, as_wav, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

/// Whether the clock of the recorder has come to some seconds.
const HAS_SPOKEN: &str = "return /Đang ghi: 0:0[4-9]/.test(document.body.innerText)";

const IS_SEEN: &str = "return !!document.querySelector(arguments[0])?.checkVisibility()";

/// What is focused.
const FOCUSED: &str = "return document.activeElement.innerText";

/// What a key is to WebDriver.
const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_named_and_nothing_is_thrown_away_without_a_question() {
    let town = Town::built().await;
    let (phone, _folder) = a_phone(&town).await;
    let bulletin = town.script(Who::Secretary);
    let bulletin = bulletin.draft(&town.village, "Họp thôn tối nay").await;
    let page = format!("/recordings/new?bulletin={bulletin}&language=pcc");
    phone.goto(&page).await;
    record(&phone).await;
    phone.press("#again-asked summary").await;
    phone.until("it asks", SAYS, "bản vừa ghi sẽ bị bỏ").await;
    phone.picture("recorder-again-asks-phone").await;
    phone.fits_its_width().await;
    everybody_can_use_it(&phone, "asks").await;
    // By keys alone: the safe answer comes first.
    let summary = phone.find("#again-asked summary").await;
    summary.send_keys(TAB).await.expect("a key");
    let kept = phone.run(FOCUSED, Vec::new()).await;
    assert_eq!(kept, "Giữ lại");
    let keep = phone.find("#again-asked .keep").await;
    keep.send_keys(ENTER).await.expect("a key");
    let open = "return document.getElementById('again-asked').open";
    assert_eq!(phone.run(open, Vec::new()).await, false);
    let focused = phone.run(FOCUSED, Vec::new()).await;
    assert_eq!(focused, "Ghi lại từ đầu", "the focus is not lost");
    phone.close_page().await;

    phone.goto("/recordings/new").await;
    phone.until("it waits", IS_SEEN, "#unsent-takes").await;
    let known = "return document.getElementById('unsent-takes').innerText";
    let known = phone.run(known, Vec::new()).await;
    let known = known.as_str().unwrap_or_default();
    assert!(known.contains("Họp thôn tối nay"), "{known}");
    assert!(known.contains("Tiếng Giáy"), "{known}");
    let length = (4..=11).any(|s| known.contains(&format!("dài 0:{s:02} ")));
    assert!(length, "{known}");
    phone.picture("recorder-unsent-named-phone").await;
    phone.fits_its_width().await;
    everybody_can_use_it(&phone, "unsent").await;
    phone.press("#unsent-takes summary").await;
    phone.until("it asks", SAYS, "không lấy lại được").await;
    phone.picture("recorder-forget-asks-phone").await;
    phone.press("#unsent-takes .keep").await;
    phone.press("#unsent-takes summary").await;
    phone.press("#unsent-takes .drop").await;
    let gone = "return document.getElementById('unsent-takes').childElementCount === 0";
    phone.until("it is gone", gone, "").await;
    phone.goto("/recordings/new").await;
    phone.find("#start").await;
    assert_eq!(phone.run(IS_SEEN, vec![json!("#unsent")]).await, false);
}

/// A secretary's phone that hears one sample over and over, and keeps what it is given.
async fn a_phone(town: &Town) -> (Browser, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    let (name, password) = town.credentials(Who::Secretary);
    phone.sign_in(name, password).await;
    phone.set_lasting(true).await;
    (phone, folder)
}

/// Speaks for some seconds.
async fn record(phone: &Browser) {
    phone.press("#start").await;
    phone.until("some words", HAS_SPOKEN, "").await;
    phone.press("#stop").await;
    phone.until("it is there", SAYS, "Đã ghi xong").await;
    phone.until("it is kept", SAYS, "kể cả ngày mai").await;
}

/// By day and by night, in the hand and at a desk.
async fn everybody_can_use_it(phone: &Browser, name: &str) {
    let axe = Axe::installed();
    axe.begin(phone).await;
    for (size, colours) in [(DESK, Colours::Light), (PHONE, Colours::Dark)] {
        phone.show(size, colours).await;
        let stumbles = axe.stumbles(phone).await;
        assert_eq!(stumbles, Vec::<String>::new(), "{name}, {colours:?}");
    }
    phone.show(PHONE, Colours::Light).await;
}
