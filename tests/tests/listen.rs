//! Listening again, in a real browser: an officer opens the page of a village and prints the
//! poster; a phone on which nobody signed in plays what was heard there, also as older phones do;
//! once the officer closes the page, the phone is told whom to ask.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::process::Command;

use serde_json::{Value, json};
use town::browser::{Browser, DESK, PHONE, pictures};
use town::deeds::day;
use town::town::{Town, Who, as_wav, now, sample};
use town::village::Village;

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";
/// Whether the first sound of the page goes on playing; it is begun, without noise in this room.
const PLAYS: &str = "const a = document.querySelector('audio'); \
    if (a.paused) { a.muted = true; a.play().catch(() => {}); } \
    return a.readyState > 2 && a.duration > 2 && a.currentTime > 0.2;";
/// Lets the browser take the file of the type that the argument names, and no other.
const TAKES: &str = "const a = document.querySelector('audio'); \
    const file = a.querySelector(`source[type='${arguments[0]}']`); \
    a.src = file.src; a.load(); return a.src === file.src;";
/// Jumps into the last second, as a thumb does on the bar.
const JUMPS: &str = "const a = document.querySelector('audio'); \
    a.currentTime = a.duration - 0.8; return a.duration;";
/// Whether the sound came to its end.
const ENDS: &str = "return document.querySelector('audio').ended";

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_plays_what_was_heard_in_the_village_until_the_officer_closes_the_page() {
    let town = Town::built().await;
    let mut village = Village::with_wav_file();
    heard(&town, &mut village).await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);

    let desk = Browser::open(&town.url(), DESK, &voice).await;
    let (name, password) = town.credentials(Who::Officer);
    desk.sign_in(name, password).await;
    let area = format!("/areas/{}", town.village);
    desk.goto(&area).await;
    desk.press("form[action$='/listen'] button").await;
    let open = "the page is open";
    desk.until(open, SAYS, "Đã mở trang nghe lại").await;
    let link = "return document.querySelector(\"a[href^='/nghe/']\").getAttribute('href')";
    let link = desk.run(link, Vec::new()).await;
    let link = link.as_str().expect("an address");
    desk.press("a[href$='/poster']").await;
    desk.until("the poster", SAYS, &format!("{}{link}", town.url()))
        .await;
    desk.picture("listen-poster-desk").await;
    assert_eq!(
        read_by_a_phone("listen-poster-desk"),
        format!("{}{link}", town.url())
    );
    let poster = desk.printed().await;
    assert_eq!(poster.sheets(), 1, "it is one poster");
    assert_eq!(poster.size_mm(), (210, 297), "on A4");

    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    phone.goto(link).await;
    phone.until("it is listed", SAYS, "Bản tin số 1").await;
    phone.fits_its_width().await;
    phone.picture("listen-phone").await;
    // A browser lets no page sound that nobody has touched.
    phone.press("main h1").await;
    for kind in ["audio/ogg; codecs=opus", "audio/wav"] {
        let taken = phone.run(TAKES, vec![json!(kind)]).await;
        assert_eq!(taken, true, "{kind}");
        phone.until(&format!("{kind} plays"), PLAYS, "").await;
        phone.run(JUMPS, Vec::new()).await;
        phone.until(&format!("{kind} ends"), ENDS, "").await;
    }
    assert_eq!(phone.complaints().await, Vec::<String>::new());

    desk.goto(&area).await;
    desk.press("form[action$='/listen'] button").await;
    desk.until("it is closed", SAYS, "Đã tắt trang nghe lại")
        .await;
    phone.goto(link).await;
    phone
        .until("whom to ask", SAYS, "hỏi trưởng thôn hoặc cán bộ xã")
        .await;
    phone.fits_its_width().await;
    phone.picture("listen-closed-phone").await;
}

/// Lets the village hear an announcement, to its end.
async fn heard(town: &Town, village: &mut Village) {
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    village.enrol(&town.url(), &code).expect("it is let in");
    village.power_on().await;
    let said = town.announcement(1).await;
    let at_once = json!({ "bulletins": [said.id], "areas": [town.village], "chime": false,
        "rule": { "kind": "now" } });
    head.post("/broadcasts", at_once).await.done();
    let log = format!("/as-run?station={station}&date={}", day(now()));
    let is_aired = |line: &Value| line["outcome"]["outcome"] == "aired";
    let any = |lines: &Value| lines.as_array().is_some_and(|all| all.iter().any(is_aired));
    head.until(&log, any).await;
}

/// What a phone's camera makes of the code on a picture.
fn read_by_a_phone(picture: &str) -> String {
    let mut reader = Command::new("zbarimg");
    let picture = pictures().join(picture).with_extension("png");
    let read = reader.args(["--raw", "--quiet"]).arg(picture).output();
    let read = read.expect("zbar-tools is installed");
    String::from_utf8_lossy(&read.stdout).trim().to_owned()
}
