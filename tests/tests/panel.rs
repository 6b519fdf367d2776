//! The panel in a real browser: a secretary records on a phone, an officer approves at a desk, the
//! village head chooses the hour on a phone. Pictures are kept in `target/screenshots`.

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use serde_json::json;
use town::browser::{Browser, Colours, DESK, PHONE};
use town::deeds::{LISTENS, day, once, text};
use town::town::{Town, Who, as_wav, full_minute, local, now, sample};

const TITLE: &str = "Lịch tiêm phòng tháng mười hai";

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_is_recorded_approved_and_scheduled_through_the_panel() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);

    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town, Who::Secretary).await;
    let bulletin = drafted(&phone).await;
    let spoken = recorded(&phone, &bulletin).await;
    sent_as_a_file(&phone, &bulletin).await;
    phone.goto(&bulletin).await;
    phone.picture("bulletin-phone").await;
    phone.fits_its_width().await;
    phone.press("form[action$='/submit'] button").await;
    phone
        .until("it waits for approval", SAYS, "Chờ duyệt")
        .await;
    drop(phone);
    assert_microphone_was_heard(&town, &spoken).await;

    let desk = Browser::open(&town.url(), DESK, &voice).await;
    sign_in(&desk, &town, Who::Officer).await;
    desk.goto(&bulletin).await;
    desk.picture("bulletin-desk").await;
    // A browser plays nothing for whoever has touched nothing.
    desk.press("h1").await;
    desk.until("it is listened to", LISTENS, "").await;
    desk.press("form[action$='/approve'] button").await;
    desk.until("it is approved", SAYS, "Đã duyệt").await;
    drop(desk);

    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town, Who::Head).await;
    let at = full_minute(Duration::from_secs(3_600));
    scheduled(&phone, &bulletin, at).await;
    drop(phone);
    let broadcasts = town.script(Who::Head).get("/broadcasts").await.done();
    let bulletin = bulletin.rsplit('/').next();
    assert_eq!(
        broadcasts[0]["bulletins"],
        json!([bulletin]),
        "{broadcasts}"
    );
    assert_eq!(
        broadcasts[0]["rule"],
        json!({ "kind": "once", "at": local(at) })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_copied_at_one_press_and_made_anew_when_it_was_lost() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    sign_in(&phone, &town, Who::Admin).await;
    phone.goto("/people/new").await;
    phone.write("input[name=full_name]", "Sùng A Páo").await;
    phone.write("input[name=name]", "a.pao").await;
    phone.pick("select[name=role]", "head").await;
    let village = town.village.to_string();
    phone.pick("select[name=area]", &village).await;
    phone.press("button[value=invite]").await;
    let first = copied(&phone, "invited-phone").await;

    phone.goto("/people").await;
    phone.fits_its_width().await;
    phone.picture("invitations-phone").await;
    phone.press("form[action$='/renew'] button").await;
    let second = copied(&phone, "invited-anew-phone").await;
    assert_ne!(first, second);
    assert_eq!(phone.complaints().await, Vec::<String>::new());
}

/// What of a row does not stand in it, or is broken into lines.
const BENT: &str = "\
    const all = [...document.querySelectorAll(arguments[0])];\
    const top = (e) => e.getBoundingClientRect().top;\
    const bent = (e) => Math.abs(top(e) - top(all[0])) > 4 || e.offsetHeight > 52;\
    return all.filter(bent).map((e) => e.innerText);";
/// A window that does not fill its screen.
const NARROW_DESK: (u32, u32) = (1_000, 800);
/// What is wrong with the links to the rooms: more than two rows, a link that is nearly alone in
/// its row, or one that stands out beyond the page.
const ROOMS: &str = "\
    const all = [...document.querySelectorAll('.rooms a')];\
    const rows = Map.groupBy(all, (e) => Math.round(e.getBoundingClientRect().top)).values();\
    const counts = [...rows].map((row) => row.length);\
    const page = document.querySelector('main').getBoundingClientRect();\
    const out = (e) => e.getBoundingClientRect().right > page.right || e.offsetHeight > 52;\
    const uneven = counts.length > 2 || Math.min(...counts) * 2 < Math.max(...counts);\
    return [...(uneven ? counts : []), ...all.filter(out).map((e) => e.innerText)];";
/// Who is there has a name as people have them.
const NAME: &str = "\
    const name = document.querySelector('.who summary span');\
    name.textContent = 'Nguyễn Hoàng Phương Thảo';";
/// Which menus lie open.
const OPEN: &str = "\
    return [...document.querySelectorAll('details[open]')].map((e) => e.className);";
/// Labels that something stands too near to.
const CRAMPED: &str = "\
    const near = (label) => {\
      const [name, fact] = [label, label.nextElementSibling].map((e) => {\
        const range = document.createRange();\
        range.selectNodeContents(e);\
        return range.getBoundingClientRect(); });\
      return fact.top < name.bottom && fact.left < name.right + 6; };\
    return [...document.querySelectorAll('dl.facts dt')].filter(near).map((e) => e.innerText);";

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_page_is_in_order_and_its_words_are_whole_for_each_role() {
    let town = Town::built().await;
    let said = town.announcement(1).await;
    let tomorrow = now() + 24.hours();
    let order = once(&said.id, &town.village, tomorrow);
    let placed = town
        .script(Who::Head)
        .post("/broadcasts", order)
        .await
        .done();
    let broadcast = format!("/broadcasts/{}", text(&placed, "id"));
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let browser = Browser::open(&town.url(), DESK, &voice).await;
    let head = ".top > a, .top > form, .who > summary";
    for who in Who::ALL {
        browser.forget_cookies().await;
        let (name, password) = town.credentials(who);
        browser.sign_in(name, password).await;
        for size in [DESK, NARROW_DESK, PHONE] {
            browser.show(size, Colours::Light).await;
            browser.goto(&broadcast).await;
            browser.run(NAME, Vec::new()).await;
            browser.picture(&format!("head-{name}-{}", size.0)).await;
            let bent = browser.run(BENT, vec![json!(head)]).await;
            assert_eq!(bent, json!([]), "{who:?} at {} px", size.0);
            let rooms = browser.run(ROOMS, Vec::new()).await;
            assert!(
                size == PHONE || rooms == json!([]),
                "{who:?} at {} px: {rooms}",
                size.0
            );
            let cramped = browser.run(CRAMPED, Vec::new()).await;
            assert_eq!(cramped, json!([]), "{who:?} at {} px", size.0);
            if size == PHONE {
                browser.press(".menu > summary").await;
                browser.press(".who > summary").await;
                let open = browser.run(OPEN, Vec::new()).await;
                assert_eq!(open, json!(["who"]), "one lies over the other");
            }
        }
    }
}

/// Copies the link of an invitation, as its page offers, and gives it.
async fn copied(phone: &Browser, picture: &str) -> String {
    phone.find("#link").await;
    phone.fits_its_width().await;
    phone.picture(picture).await;
    phone.press("button[data-copies=link]").await;
    phone.until("it is copied", SAYS, "Đã chép").await;
    let link = "return document.getElementById('link').value";
    let link = phone.run(link, Vec::new()).await;
    // What was copied is what is pasted, by the keys for it.
    phone.goto("/people/new").await;
    phone.write("input[name=full_name]", "\u{e009}v").await;
    let pasted = "return document.querySelector('input[name=full_name]').value";
    assert_eq!(phone.run(pasted, Vec::new()).await, link);
    link.as_str().unwrap_or_default().to_owned()
}

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

async fn sign_in(browser: &Browser, town: &Town, who: Who) {
    let (name, password) = town.credentials(who);
    browser.goto("/sign-in").await;
    browser.write("input[name=name]", name).await;
    browser.write("input[name=password]", password).await;
    browser.fits_its_width().await;
    browser.press("main form button").await;
    browser
        .leads_to("signed in", |path| !path.starts_with("/sign-in"))
        .await;
    browser.fits_its_width().await;
}

/// Begins a bulletin and gives its address.
async fn drafted(phone: &Browser) -> String {
    phone.goto("/bulletins/new").await;
    phone.write("input[name=title]", TITLE).await;
    phone.fits_its_width().await;
    phone.press("main form button").await;
    let is_bulletin = |path: &str| path.starts_with("/bulletins/") && path != "/bulletins/new";
    phone.leads_to("a draft", is_bulletin).await
}

/// Records with the microphone for some seconds, sends it, and gives the recording's address.
async fn recorded(phone: &Browser, bulletin: &str) -> String {
    phone.goto(bulletin).await;
    phone
        .press("a[href*='/recordings/new?'][href$='language=vi']")
        .await;
    phone
        .leads_to("the recorder", |path| path == "/recordings/new")
        .await;
    phone.press("#start").await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    phone.picture("recorder-phone").await;
    phone.fits_its_width().await;
    phone.press("#stop").await;
    phone.press("#send").await;
    ready(phone).await
}

/// Sends a file that the phone has already.
async fn sent_as_a_file(phone: &Browser, bulletin: &str) {
    phone.goto(bulletin).await;
    phone
        .press("a[href*='/recordings/new?'][href$='language=pcc']")
        .await;
    phone
        .leads_to("the recorder", |path| path == "/recordings/new")
        .await;
    phone
        .choose(
            "input[type=file]:not([capture])",
            &sample("health-book.pcc.ogg"),
        )
        .await;
    phone.press("#send-file").await;
    ready(phone).await;
}

/// Waits until the page of a recording offers it to be heard; it looks by itself.
async fn ready(phone: &Browser) -> String {
    let is_recording = |path: &str| path.starts_with("/recordings/") && !path.ends_with("/new");
    let path = phone.leads_to("the recording", is_recording).await;
    phone.find("audio").await;
    phone.picture("recording-phone").await;
    phone.fits_its_width().await;
    path
}

/// Chooses a day and an hour, looks at what the village will hear, and saves.
async fn scheduled(phone: &Browser, bulletin: &str, at: Timestamp) {
    phone.goto(bulletin).await;
    phone.press("a[href^='/broadcasts/new']").await;
    phone
        .leads_to("the order", |path| path == "/broadcasts/new")
        .await;
    phone.press("input[name=when][value=once]").await;
    phone.pick("input[name=date]", &day(at)).await;
    phone.pick("input[name=time]", &local(at)[11..]).await;
    phone.tick("input[name=area]").await;
    phone.fits_its_width().await;
    phone.press("button[name=step][value=preview]").await;
    phone.find("#preview").await;
    phone.picture("broadcast-phone").await;
    phone.fits_its_width().await;
    phone.press("button[name=step][value=save]").await;
    let is_broadcast = |path: &str| path.starts_with("/broadcasts") && path != "/broadcasts/new";
    phone.leads_to("the broadcast", is_broadcast).await;
}

/// Chromium's microphone played a file of speech: what arrived is some seconds of speech.
async fn assert_microphone_was_heard(town: &Town, spoken: &str) {
    let found = town.script(Who::Officer).get(spoken).await.done();
    let length = found["sound"]["duration_ms"].as_u64().unwrap_or_default();
    assert!((5_000..=12_000).contains(&length), "{found}");
    let loudness = found["sound"]["loudness_lufs"].as_f64().unwrap_or_default();
    assert!((loudness - -16.0).abs() <= 1.0, "{found}");
}
