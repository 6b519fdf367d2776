//! An officer warns the commune from a phone: one screen, two taps and a PIN.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::path::Path;

use jiff::ToSpan as _;
use serde_json::json;
use town::browser::{Browser, Colours, DESK, PHONE};
use town::deeds::{PIN, day, text};
use town::judges::Axe;
use town::person::Script;
use town::town::{COMMUNE, Town, Who, now, sample};
use town::village::Village;

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

/// Counts what a person taps.
const COUNT_TAPS: &str = "addEventListener('click', (event) => {\
    const tapped = event.isTrusted && event.detail > 0;\
    sessionStorage.taps = Number(sessionStorage.taps ?? 0) + Number(tapped); }, true);";

/// The areas of which the screen says who will hear it.
const SEEN: &str = "return [...document.querySelectorAll('[name=seen]')].map((e) => e.value)";

/// The areas that are ticked.
const CHOSEN: &str =
    "return [...document.querySelectorAll('[name=area]:checked')].map((e) => e.value)";

#[tokio::test(flavor = "multi_thread")]
async fn the_commune_is_warned_by_two_taps_and_a_pin() {
    let (town, mut village, flood) = before_the_flood().await;
    let officer = town.script(Who::Officer);
    village.power_on().await;
    town.announcement(1).await;
    let phone = officers_phone(&town).await;
    phone.before_each_page(COUNT_TAPS).await;
    phone.goto("/emergencies/new").await;
    phone.until("it says who hears", SAYS, "tại 1 thôn").await;
    phone.picture("emergency-order-phone").await;
    phone.fits_its_width().await;
    everybody_can_use_it(&phone).await;
    phone.picture("emergency-order-desk").await;
    phone.show(PHONE, Colours::Light).await;

    // Where and how it sounds is chosen otherwise, and the screen says at once what will be.
    phone.goto("/emergencies/new").await;
    only_the_village(&phone, &town).await;
    phone.fits_its_width().await;
    phone
        .until("it is named", SAYS, "Phát ở đâu: Thôn Tòng Xành")
        .await;
    assert_eq!(phone.run(SEEN, Vec::new()).await, json!([town.village]));
    phone.press("details:has([name=repeats]) summary").await;
    phone.pick("[name=repeats]", "5").await;
    phone.until("it is said", SAYS, "Phát thế nào: 5 lần").await;

    // Whoever ends the line of the reason orders nothing yet.
    phone.press("[name=bulletin]").await;
    phone.write("[name=why]", "Lũ ống ở suối\n").await;
    phone.write("[name=pin]", PIN).await;
    let here = "return location.pathname === '/emergencies/new' \
        && !document.querySelector('.alert')";
    assert_eq!(phone.run(here, Vec::new()).await, true);
    let none = officer.get("/emergencies").await.done();
    assert_eq!(none, json!([]), "nothing is ordered");

    phone.goto("/emergencies/new").await;
    phone.run("sessionStorage.taps = 0", Vec::new()).await;
    phone.press("[name=bulletin]").await;
    phone.write("[name=pin]", PIN).await;
    phone.press("[value=order]").await;
    phone
        .leads_to("its page", |path| {
            path.starts_with("/emergencies/eme") || path.starts_with("/emergencies/bro")
        })
        .await;
    let taps = phone.run("return sessionStorage.taps", Vec::new()).await;
    assert_eq!(taps, "2");
    phone
        .until("the village airs it", SAYS, "Đang phát lần 1")
        .await;
    let ordered = officer.get("/emergencies").await.done();
    assert_eq!(ordered[0]["bulletin"], json!(flood), "{ordered}");
    assert_eq!(ordered[0]["why"], "Lũ ống", "{ordered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_was_to_sound_is_looked_at_anew_after_signing_in_again() {
    let (town, _village, _) = before_the_flood().await;
    let phone = officers_phone(&town).await;
    let (name, password) = town.credentials(Who::Officer);
    phone.goto("/emergencies/new").await;
    phone.press("[name=bulletin]").await;
    phone.forget_cookies().await;
    only_the_village(&phone, &town).await;
    phone
        .leads_to("it asks who is there", |path| path == "/sign-in")
        .await;
    phone.complaints().await;
    phone.write("input[name=name]", name).await;
    phone.write("input[name=password]", password).await;
    phone.press("main form button").await;
    phone
        .leads_to("what was chosen", |path| path.starts_with("/typed/"))
        .await;
    phone
        .until(
            "its own form",
            "return !!document.querySelector('#warning [name=pin]')",
            "",
        )
        .await;
    // The commune, which the screen chooses for those who come to it anew, is not promised.
    assert_eq!(phone.run(CHOSEN, Vec::new()).await, json!([town.village]));
    let says = phone.run(SAYS, vec![json!("Sẽ phát NGAY")]).await;
    assert_eq!(says, false);
    assert_eq!(phone.run(SEEN, Vec::new()).await, json!([]));
    phone.write("[name=pin]", PIN).await;
    phone.press("[value=order]").await;
    phone
        .until("it is said first", SAYS, "Nơi phát vừa được chọn lại")
        .await;
    assert_eq!(phone.run(SEEN, Vec::new()).await, json!([town.village]));
    let none = town.script(Who::Officer).get("/emergencies").await.done();
    assert_eq!(none, json!([]), "nothing is ordered");
}

/// A village PC that is let in, an officer with a PIN, and a warning that is approved.
async fn before_the_flood() -> (Town, Village, String) {
    let town = Town::built().await;
    let officer = town.script(Who::Officer);
    officer.choose_pin(&town, Who::Officer).await;
    let (_, code) = town.script(Who::Admin).new_station(&town.village).await;
    let village = Village::with_wav_file();
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    let flood = flood(&town).await;
    (town, village, flood)
}

/// A phone on which the officer has signed in; its microphone hears nothing.
async fn officers_phone(town: &Town) -> Browser {
    let phone = Browser::open(&town.url(), PHONE, Path::new("/dev/null")).await;
    let (name, password) = town.credentials(Who::Officer);
    phone.sign_in(name, password).await;
    phone
}

/// Ticks the village on a screen that has chosen the commune.
async fn only_the_village(phone: &Browser, town: &Town) {
    phone.press("details:has([name=area]) summary").await;
    let village = format!("[name=area][value={}]", town.village);
    phone.press(&village).await;
}

/// An approved warning.
async fn flood(town: &Town) -> String {
    let (secretary, officer) = (town.script(Who::Secretary), town.script(Who::Officer));
    let body = json!({ "area_id": town.village, "title": "Lũ ống", "class": "emergency",
        "valid_until_day": day(now() + (7 * 24).hours()) });
    let bulletin = text(&officer.post("/bulletins", body).await.done(), "id");
    let file = sample("health-book.vi.ogg");
    let recording = secretary.upload(&file, &town.village, "vi").await;
    let recording = text(&recording, "id");
    secretary.worked_on(&recording).await;
    officer.attach(&bulletin, "vi", &recording).await;
    officer.step(&bulletin, "submit", "").await.done();
    // Nobody approves what is their own.
    let colleague = [
        "user",
        "add",
        "colleague",
        "--role",
        "officer",
        "--area",
        COMMUNE,
    ];
    town.command_line(
        &[&colleague[..], &["--password-stdin"]].concat(),
        "hai-nguoi-cung-xem",
    );
    let token = town.command_line(&["token", "create", "colleague"], "");
    let colleague = Script::new(&town.url(), token.trim());
    colleague.step(&bulletin, "approve", "").await.done();
    bulletin
}

/// By day and by night, in the hand and at a desk.
async fn everybody_can_use_it(phone: &Browser) {
    let axe = Axe::installed();
    axe.begin(phone).await;
    for (size, colours) in [(PHONE, Colours::Dark), (DESK, Colours::Light)] {
        phone.show(size, colours).await;
        let stumbles = axe.stumbles(phone).await;
        assert_eq!(stumbles, Vec::<String>::new(), "{colours:?}");
    }
}
