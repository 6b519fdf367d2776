//! A session that ends while somebody fills in a form, in a real browser: after signing in the form
//! is there as they left it, in its own look, and is sent once.

use serde_json::json;
use town::browser::{Browser, PHONE};
use town::person::Person;
use town::town::{Town, Who, as_wav, sample};

const SCRIPT: &str = "Kính mời bà con\nra nhà văn hoá lúc 19 giờ.";
/// The form for a new bulletin.
const NEW_BULLETIN: &str = "main form[action='/bulletins/new']";
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

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_form_that_is_refused_and_mended_on_that_page_waits_no_longer() {
    let town = Town::built().await;
    let before = town.sign_in(Who::Secretary).await;
    let form = before.open("/bulletins/new").await.form(NEW_BULLETIN);
    let secretary = town.sign_in(Who::Secretary).await;
    let kept = secretary.send(form.with("script", SCRIPT)).await;
    assert!(kept.path.starts_with("/typed/"), "{kept:?}");

    let refused = secretary.send(kept.form("#typed")).await;
    assert_eq!(refused.status, 422, "it has no title: {refused:?}");
    // Another form of that page is not what was kept.
    let language = refused.form("form[action='/language']");
    secretary.send(language.with("language", "en")).await;
    assert!(waits(&secretary).await, "nothing has been sent yet");

    let mended = refused.form(NEW_BULLETIN).with("title", "Họp thôn");
    let bulletin = secretary.send(mended).await;
    assert!(
        bulletin.all_words().contains("ra nhà văn hoá"),
        "{bulletin:?}"
    );
    assert!(!waits(&secretary).await, "it has arrived");
}

/// Whether the front page offers something that was kept.
async fn waits(secretary: &Person) -> bool {
    let addresses = secretary.open("/").await.addresses();
    addresses
        .iter()
        .any(|address| address.starts_with("/typed/"))
}
