//! Going back in a real browser after a form was refused: what was typed is there, and no page of
//! the browser asks whether it shall be sent once more.

use serde_json::json;
use town::browser::{Browser, PHONE};
use town::town::{Town, Who, as_wav, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";
/// Whether the form for an area is there, and no refusal stands above it.
const IS_FORM: &str = "return document.readyState === 'complete'\
    && !!document.querySelector('main input[name=quiet_from]')\
    && !document.querySelector('.alert')";
/// Whether the name that was typed stands in it.
const HOLDS: &str = "return document.querySelector('input[name=name]')?.value === arguments[0]";
const NAME: &str = "Thôn Mới";
const SAVE: &str = "main form[method=post] .actions button";

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_back_to_a_form_that_was_refused_finds_a_form_and_no_error_of_the_browser() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    let (name, password) = town.credentials(Who::Admin);
    phone.sign_in(name, password).await;
    let areas = town.script(Who::Admin).get("/areas").await.done();
    let form = format!("/areas/new?parent={}", areas[0]["id"].as_str().unwrap());

    phone.goto(&form).await;
    phone.write("input[name=name]", NAME).await;
    phone.pick("input[name=quiet_from]", "21:00").await;
    phone.press(SAVE).await;
    let refused = "Giờ yên lặng mới ghi được một nửa";
    phone.until("it is refused", SAYS, refused).await;
    let kept = "return document.querySelector('input[name=name]').value";
    assert_eq!(phone.run(kept, Vec::new()).await, json!(NAME));
    phone.run("history.back()", Vec::new()).await;
    phone.until("the form before", IS_FORM, "").await;
    phone.until("as it was typed", HOLDS, NAME).await;
    phone.run("history.forward()", Vec::new()).await;
    phone.until("the form, and no error", IS_FORM, "").await;

    phone.write("input[name=name]", NAME).await;
    phone.pick("input[name=quiet_from]", "21:00").await;
    phone.pick("input[name=quiet_until]", "").await;
    phone.press(SAVE).await;
    phone.until("it is refused again", SAYS, refused).await;
    phone.pick("input[name=quiet_until]", "05:00").await;
    phone.press(SAVE).await;
    phone.until("it is kept", SAYS, "Đã thêm địa bàn.").await;
    phone.run("history.back()", Vec::new()).await;
    phone.until("the form, and no error", IS_FORM, "").await;
    phone.screen("back-after-refusal-phone").await;
}
