//! A session that ends while somebody fills in a form, in a real browser: after signing in the form
//! is there as they left it, in its own look, and is sent once.

use serde_json::json;
use town::browser::{Browser, PHONE};
use town::town::{Town, Who, as_wav, sample};

const SCRIPT: &str = "Kính mời bà con\nra nhà văn hoá lúc 19 giờ.";
/// What stands in the field that the argument selects.
const VALUE: &str = "return document.querySelector(arguments[0]).value";
/// Whether the form is the one in which it was typed: that lets one choose a class.
const IS_ITS_OWN: &str = "\
    const form = document.querySelector('main form[action=\"/bulletins/new\"]');\
    return form.id !== 'typed' && !!form.querySelector('[name=class]')\
      && form.elements.kept.value.length > 10;";

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_as_it_was_left_after_signing_in_again_and_is_sent_once() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    let (name, password) = town.credentials(Who::Secretary);
    phone.sign_in(name, password).await;
    phone.goto("/bulletins/new").await;
    phone.write("input[name=title]", "Họp thôn").await;
    phone.write("textarea[name=script]", SCRIPT).await;
    phone.pick("[name=class]", "priority").await;
    phone
        .pick("input[name=valid_until_day]", "2027-12-31")
        .await;
    phone.forget_cookies().await;
    phone
        .press("main form[action='/bulletins/new'] button")
        .await;
    phone
        .leads_to("it asks who is there", |path| path == "/sign-in")
        .await;
    // What the page asked for while it was filled in may have come too late.
    phone.complaints().await;
    phone.write("input[name=name]", name).await;
    phone.write("input[name=password]", password).await;
    phone.press("main form button").await;
    phone
        .leads_to("what was typed", |path| path.starts_with("/typed/"))
        .await;

    phone.until("its own form", IS_ITS_OWN, "").await;
    for (field, left) in [
        ("input[name=title]", "Họp thôn"),
        ("textarea[name=script]", SCRIPT),
        ("[name=class]", "priority"),
        ("input[name=valid_until_day]", "2027-12-31"),
    ] {
        let value = phone.run(VALUE, vec![json!(field)]).await;
        assert_eq!(value, left, "{field}");
    }
    phone.fits_its_width().await;
    phone.picture("typed-phone").await;
    phone.write("input[name=title]", "Họp thôn tối nay").await;
    phone
        .press("main form[action='/bulletins/new'] button")
        .await;
    let is_bulletin = |path: &str| path.starts_with("/bulletins/") && path != "/bulletins/new";
    phone.leads_to("the bulletin", is_bulletin).await;
    assert_eq!(phone.complaints().await, Vec::<String>::new());

    let all = town.script(Who::Secretary).get("/bulletins").await.done();
    assert_eq!(all.as_array().map_or(0, Vec::len), 1, "{all}");
    assert_eq!(all[0]["title"], "Họp thôn tối nay", "{all}");
    assert_eq!(all[0]["class"], "priority", "{all}");
}
