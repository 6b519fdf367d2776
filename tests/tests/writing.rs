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
        .until("it is timed", SAYS, "Đọc hết khoảng 5 giây.")
        .await;
    phone.run(TYPES, vec![json!("bà con ".repeat(200))]).await;
    phone
        .until("it is too long", SAYS, "Dài hơn 2 phút, bà con khó nhớ")
        .await;
    phone.fits_its_width().await;
    phone.picture("writing-too-long-phone").await;
    phone.run(TYPES, vec![json!(typed)]).await;
    phone
        .until("it is short again", SAYS, "Đọc hết khoảng 5 giây.")
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
