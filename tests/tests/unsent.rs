//! A take that could not be sent: the page says why in a sentence, with a way on, names what waits
//! by its bulletin, its language and its length, and takes nothing away without a question.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use town::browser::{Browser, Colours, DESK, PHONE};
use town::deeds::text;
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
    phone.until("it is kept", SAYS, "kể cả ngày mai").await;
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
    let length = (4..=11).any(|s| known.contains(&format!("dài {s} giây ")));
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

#[tokio::test(flavor = "multi_thread")]
async fn whose_session_ended_while_they_spoke_signs_in_and_goes_on_sending() {
    let town = Town::built().await;
    let (phone, _folder) = a_phone(&town).await;
    let bulletin = town.script(Who::Secretary);
    let bulletin = bulletin.draft(&town.village, "Họp thôn tối nay").await;
    let page = format!("/recordings/new?bulletin={bulletin}&language=pcc");
    phone.goto(&page).await;
    phone.press("#start").await;
    phone.until("some words", HAS_SPOKEN, "").await;
    phone.forget_cookies().await;
    phone.press("#stop").await;
    phone.until("it is kept", SAYS, "kể cả ngày mai").await;
    phone.press("#send").await;
    phone.until("it says why", SAYS, "đã bị đăng xuất").await;
    assert!(!phone.words().await.contains("401"), "no number");
    phone.picture("recorder-signed-out-phone").await;
    phone.fits_its_width().await;
    everybody_can_use_it(&phone, "signed out").await;
    phone.press("#signed-out a").await;
    phone
        .leads_to("who is there", |path| path == "/sign-in")
        .await;
    let (name, password) = town.credentials(Who::Secretary);
    phone.write("input[name=name]", name).await;
    phone.write("input[name=password]", password).await;
    phone.press("main form button").await;
    phone
        .leads_to("the same page", |path| path == "/recordings/new")
        .await;

    phone.press("#unsent-takes .resume").await;
    phone.leads_to("the recording", is_recording).await;
    let all = town.script(Who::Secretary);
    let all = all
        .until("/recordings", |all| all[0]["state"] == "ready")
        .await;
    assert_eq!(count(&all), 1, "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_in_again_beside_it_sends_from_the_page_as_it_is() {
    let town = Town::built().await;
    let (phone, _folder) = a_phone(&town).await;
    phone.goto("/recordings/new").await;
    record(&phone).await;
    let (name, password) = town.credentials(Who::Secretary);
    phone.forget_cookies().await;
    phone.press("#send").await;
    phone.until("it says why", SAYS, "đã bị đăng xuất").await;
    let beside = "const done = arguments[arguments.length - 1];\
        const form = new URLSearchParams({ name: arguments[0], password: arguments[1] });\
        fetch('/sign-in', { method: 'POST', body: form }).then(() => done(true));";
    phone
        .run_to_its_end(beside, vec![json!(name), json!(password)])
        .await;
    phone.press("#send").await;
    phone.leads_to("the recording", is_recording).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_right_or_bulletin_went_meanwhile_is_told_so_with_a_way_on() {
    let town = Town::built().await;
    let (phone, _folder) = a_phone(&town).await;
    let admin = town.script(Who::Admin);
    let people = admin.get("/people").await.done();
    let is_secretary = |one: &&Value| one["name"] == "secretary";
    let secretary = people
        .as_array()
        .and_then(|all| all.iter().find(is_secretary));
    let roles = format!("/people/{}/roles", text(secretary.expect("one"), "id"));
    phone.goto("/recordings/new").await;
    phone.set_offline(true).await;
    record(&phone).await;
    let head = json!({ "area_id": town.village, "role": "head" });
    admin.post(&roles, head).await.done();
    let held = format!("{roles}/{}/secretary", town.village);
    admin.call(Method::DELETE, &held, None).await.done();
    phone.set_offline(false).await;
    phone.press("#send").await;
    phone
        .until("it says why", SAYS, "không còn quyền ghi âm")
        .await;
    phone.picture("recorder-no-right-phone").await;
    let again = json!({ "area_id": town.village, "role": "secretary" });
    admin.post(&roles, again).await.done();
    phone.press("#send").await;
    phone.leads_to("the recording", is_recording).await;

    let script = town.script(Who::Secretary);
    let bulletin = script.draft(&town.village, "Bị xóa").await;
    phone
        .goto(&format!("/recordings/new?bulletin={bulletin}"))
        .await;
    phone.set_offline(true).await;
    record(&phone).await;
    let address = format!("/bulletins/{bulletin}");
    let seen = script.get(&address).await.done();
    let deleted = format!("{address}?version={}", seen["version"]);
    script.call(Method::DELETE, &deleted, None).await.done();
    phone.set_offline(false).await;
    phone.press("#send").await;
    phone
        .until("it says why", SAYS, "bản tin này không còn")
        .await;
    assert!(!phone.words().await.contains("đường dẫn"), "no address");
    phone.picture("recorder-bulletin-gone-phone").await;
    phone.press("#send-without").await;
    phone.leads_to("the recording", is_recording).await;
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

fn is_recording(path: &str) -> bool {
    path.starts_with("/recordings/") && !path.ends_with("/new")
}

fn count(all: &Value) -> usize {
    all.as_array().map_or(0, Vec::len)
}
