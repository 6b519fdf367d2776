//! Writing a bulletin, and asking for one, in a real browser: the reading time while somebody
//! types, the templates, and a document that an officer sends to a village.

use serde_json::json;
use town::browser::{Browser, DESK, PHONE};
use town::town::{Town, VILLAGE, Who, as_wav, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";
/// Types into the script at once what would take a person minutes.
const TYPES: &str = "const e = document.querySelector('textarea[name=script]'); \
    e.value = arguments[0]; e.dispatchEvent(new Event('input', {bubbles: true}));";
/// Whether the script holds the argument.
const HOLDS: &str =
    "return document.querySelector('textarea[name=script]').value.includes(arguments[0])";
/// What stands in the script.
const SCRIPT: &str = "return document.querySelector('textarea[name=script]').value";
/// Answers what the page asks before it replaces something.
const ANSWERS: &str = "window.confirm = () => arguments[0]";

#[tokio::test(flavor = "multi_thread")]
async fn the_form_says_how_long_a_script_takes_and_a_template_replaces_nothing_unasked() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town, Who::Secretary).await;

    phone.goto("/bulletins/new").await;
    phone.fits_its_width().await;
    let typed = "Kính mời bà con đến họp thôn lúc 19h30.";
    phone.write("textarea[name=script]", typed).await;
    phone
        .until("it is timed", SAYS, "Cả lời đọc khoảng 5 giây.")
        .await;
    phone.run(TYPES, vec![json!("bà con ".repeat(200))]).await;
    phone
        .until("it is too long", SAYS, "Dài hơn 2 phút, bà con khó nhớ")
        .await;
    phone.fits_its_width().await;
    phone.picture("writing-too-long-phone").await;
    phone.run(TYPES, vec![json!(typed)]).await;
    phone
        .until("it is short again", SAYS, "Cả lời đọc khoảng 5 giây.")
        .await;
    let warned = "return document.querySelector('#reading .warning').hidden";
    assert_eq!(phone.run(warned, Vec::new()).await, true);

    phone.run(ANSWERS, vec![json!(false)]).await;
    let meeting = "a[href*='template=village-meeting']";
    phone.press(meeting).await;
    assert_eq!(phone.run(SCRIPT, Vec::new()).await, typed);
    phone.run(ANSWERS, vec![json!(true)]).await;
    phone.press(meeting).await;
    phone
        .until("the template is there", HOLDS, "Nội dung: …")
        .await;
    phone.fits_its_width().await;
    phone.picture("writing-template-phone").await;
}

/// What the form offers to take up again; nothing where it offers nothing.
const OFFERS: &str = "const e = document.getElementById('begun'); \
    return e.hidden ? '' : e.innerText";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_offered_again_after_a_reload_until_it_is_saved() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town, Who::Secretary).await;
    phone.goto("/bulletins/new").await;
    assert_eq!(phone.run(OFFERS, Vec::new()).await, "");
    phone.write("input[name=title]", "Họp thôn").await;
    phone.run(TYPES, vec![json!("Kính mời bà con")]).await;

    phone.goto("/bulletins/new").await;
    phone.until("it is offered", SAYS, "Dùng lại phần đó").await;
    phone.fits_its_width().await;
    phone.picture("begun-phone").await;
    assert_eq!(phone.run(SCRIPT, Vec::new()).await, "", "nothing unasked");
    // Another person in the same browser is offered nothing.
    phone.forget_cookies().await;
    sign_in(&phone, &town, Who::Officer).await;
    phone.goto("/bulletins/new").await;
    let offered = phone.run(SAYS, vec![json!("Dùng lại phần đó")]).await;
    assert_eq!(offered, false);
    phone.forget_cookies().await;
    sign_in(&phone, &town, Who::Secretary).await;
    phone.goto("/bulletins/new").await;
    phone.press("#begun .button:not(.second)").await;
    phone.until("it is there", HOLDS, "Kính mời bà con").await;
    phone.press("main form.fields .actions button").await;
    let is_bulletin = |path: &str| path.starts_with("/bulletins/") && path != "/bulletins/new";
    phone.leads_to("the bulletin", is_bulletin).await;
    phone.goto("/bulletins/new").await;
    assert_eq!(phone.run(OFFERS, Vec::new()).await, "", "it is saved");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_sends_a_document_and_the_village_takes_it_up() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let document = folder.path().join("cong-van-12.pdf");
    recordings::durable::write(&document, b"%PDF-1.7\n").expect("a document");

    let desk = Browser::open(&town.url(), DESK, &voice).await;
    sign_in(&desk, &town, Who::Officer).await;
    desk.goto("/requests/new").await;
    desk.write("input[name=title]", "Khám sức khoẻ").await;
    desk.write("input[name=on_behalf_of]", "Trạm Y tế xã").await;
    let village = format!("input[value='{}']", town.village);
    desk.tick(&village).await;
    desk.picture("request-form-desk").await;
    desk.press("main form button").await;
    let is_request = |path: &str| path.starts_with("/requests/") && path != "/requests/new";
    let request = desk.leads_to("the request", is_request).await;
    desk.until("it is not sent", SAYS, "Chưa gửi đến thôn nào")
        .await;
    desk.choose("input[type=file]", &document).await;
    desk.press("form[enctype] button").await;
    desk.until("it is attached", SAYS, "cong-van-12.pdf").await;

    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town, Who::Secretary).await;
    phone.goto("/").await;
    phone
        .until("it waits", SAYS, "Yêu cầu ghi âm chờ thôn của bạn")
        .await;
    phone.fits_its_width().await;
    phone.picture("front-request-phone").await;
    phone.press("ul.list a.button[href^='/requests/']").await;
    phone.leads_to("the request", |path| path == request).await;
    phone.fits_its_width().await;
    phone.picture("request-phone").await;
    phone.press("form[action$='/take'] button").await;
    let is_draft = |path: &str| path.starts_with("/bulletins/");
    phone.leads_to("the draft", is_draft).await;
    phone.until("it says for whom", SAYS, "Trạm Y tế xã").await;
    phone.fits_its_width().await;

    desk.goto(&request).await;
    desk.until("the officer sees who", SAYS, "nhận lúc").await;
    let words = desk.words().await;
    assert!(
        words.contains(VILLAGE) && words.contains("Bản nháp"),
        "{words}"
    );
    desk.picture("request-fates-desk").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_trimmed_by_drawing_on_its_shape() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let secretary = town.script(Who::Secretary);
    let voice_file = sample("vneid.vi.m4a");
    let sent = secretary.upload(&voice_file, &town.village, "vi").await;
    let whole = sent["id"].as_str().unwrap_or_default().to_owned();
    secretary.worked_on(&whole).await;
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town, Who::Secretary).await;

    phone.goto(&format!("/recordings/{whole}")).await;
    phone.drag(".grip.start", 60.0).await;
    phone.drag(".grip.end", -60.0).await;
    let kept =
        "return [...document.querySelectorAll('#cut input[type=number]')].map(e => +e.value)";
    let kept = phone.run(kept, Vec::new()).await;
    let (from, until) = (kept[0].as_f64(), kept[1].as_f64());
    let (from, until) = (from.unwrap_or_default(), until.unwrap_or_default());
    assert!(from > 0.5 && until > from + 1.0, "{kept}");
    phone.fits_its_width().await;
    phone.picture("recording-trim-phone").await;
    phone.press("#cut button").await;
    let is_other = |path: &str| path.starts_with("/recordings/") && !path.ends_with(&whole);
    let part = phone.leads_to("the part", is_other).await;
    let part = secretary
        .worked_on(part.trim_start_matches("/recordings/"))
        .await;
    let length = part["sound"]["duration_ms"].as_f64().unwrap_or_default();
    assert!((length / 1_000.0 - (until - from)).abs() < 0.05, "{part}");
    phone
        .until("it offers the whole", SAYS, "Bản trước khi cắt")
        .await;
    // The chime and the beginning, as the village will hear them, can be played.
    let plays = "const a = document.querySelector('audio[src*=as-aired]'); \
        a.muted = true; a.play(); return a.currentTime > 0.2";
    phone.until("it sounds as it will", plays, "").await;
}

async fn sign_in(browser: &Browser, town: &Town, who: Who) {
    let (name, password) = town.credentials(who);
    browser.goto("/sign-in").await;
    browser.write("input[name=name]", name).await;
    browser.write("input[name=password]", password).await;
    browser.press("main form button").await;
    browser
        .leads_to("signed in", |path| !path.starts_with("/sign-in"))
        .await;
}
