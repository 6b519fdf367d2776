//! The server is dead and it is night: the village head warns of the flood at the PC's own page.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use jiff::ToSpan;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;
use town::browser::{Browser, Colours, DESK, PHONE};
use town::chatter::read_wav;
use town::deeds::{PIN, text};
use town::judges::Axe;
use town::town::{Town, Who, as_wav, local, now, sample};
use town::village::Village;

/// Looks taken at the PC before the story gives up, half a second apart.
const LOOKS: u32 = 120;

/// Somebody in front of the PC.
struct Finger {
    browser: Client,
    screen: String,
}

impl Finger {
    fn at(village: &Village) -> Self {
        // Cryptography is chosen once for the process; who was first does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let browser = Client::builder().redirect(Policy::none());
        Self {
            browser: browser.build().expect("a browser"),
            screen: village.screen(),
        }
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let sent = self
            .browser
            .post(format!("{}{path}", self.screen))
            .form(form);
        let answer = sent.header("origin", &self.screen).send().await;
        let answer = answer.expect("the page answers");
        let status = answer.status();
        (status, answer.text().await.expect("a page"))
    }

    async fn page(&self, path: &str) -> String {
        let answer = self
            .browser
            .get(format!("{}{path}", self.screen))
            .send()
            .await;
        answer
            .expect("the page answers")
            .text()
            .await
            .expect("a page")
    }

    async fn type_pin(&self, bulletin: &str, pin: &str) -> (StatusCode, String) {
        let asked = self.page(&format!("/emergency?bulletin={bulletin}")).await;
        let person = field(&asked, "person");
        let form = [("bulletin", bulletin), ("person", &person), ("pin", pin)];
        self.post("/emergency", &form).await
    }

    /// Waits until what the PC shows is as wanted.
    async fn until(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let mut status = Value::Null;
        for _ in 0..LOOKS {
            status = serde_json::from_str(&self.page("/status").await).expect("a status");
            if fits(&status) {
                return status;
            }
            sleep(Duration::from_millis(500)).await;
        }
        panic!("it never came to be: {status}");
    }
}

/// The value of a field on a page.
fn field(page: &str, name: &str) -> String {
    let named = format!("name=\"{name}\" value=\"");
    let rest = page.split(&named).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Quiet hours in the village from an hour ago until in two hours.
async fn make_it_night(town: &Town) {
    let admin = town.script(Who::Admin);
    let path = format!("/areas/{}", town.village);
    let area = admin.get(&path).await.done();
    let clock = |hours: i64| local(now() + hours.hours())[11..].to_owned();
    let says = json!({ "kind": "village", "name": area["name"], "languages": ["vi"],
        "quiet_from": clock(-1), "quiet_until": clock(2),
        "despite_quiet_hours": true });
    let changed = admin.call(reqwest::Method::PUT, &path, Some(says)).await;
    changed.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_warns_of_the_flood_at_night_while_the_server_is_dead() {
    let mut town = Town::built().await;
    let (admin, officer) = (town.script(Who::Admin), town.script(Who::Officer));
    let head = town.script(Who::Head);
    make_it_night(&town).await;
    head.choose_pin(&town, Who::Head).await;
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let flood = town
        .approved("Lũ quét", &[("vi", "health-book.vi.ogg")])
        .await;
    let standby = json!({ "bulletin": flood.id, "areas": [town.village], "repeats": 3,
        "gap_ms": 5_000, "when": "Suối vượt mốc đỏ" });
    officer.post("/standbys", standby).await.done();
    admin
        .says(&station, |health| health["standby"] == json!([flood.id]))
        .await;
    let shown = officer.get("/standbys").await.done();
    assert_eq!(shown[0]["lacking"], json!([]), "{shown}");
    assert_eq!(shown[0]["nobody"], json!([]), "{shown}");

    town.cut_power();
    let finger = Finger::at(&village);
    assert!(finger.page("/").await.contains("href=\"/emergency\""));
    assert!(finger.page("/emergency").await.contains("Lũ quét"));
    let (status, page) = finger.type_pin(&flood.id, "159026").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    let (status, page) = finger.type_pin(&flood.id, PIN).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let key = field(&page, "key");
    let (status, page) = finger.post("/emergency/air", &[("key", &key)]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
    let sounds = |number: &'static str| {
        move |status: &Value| {
            let cue = status["on_air"]["cue"].as_str().unwrap_or_default();
            cue.ends_with(number) && status["on_air"]["position_ms"] != 0
        }
    };
    finger.until(sounds("@emergency-2")).await;
    let heard = read_wav(&village.wav_file());
    assert!(heard.iter().any(|sample| sample.abs() > 0.1), "it sounds");

    village.cut_power();
    village.power_on().await;
    let status = finger.until(sounds("@emergency-2")).await;
    assert_eq!(status["emergency"]["order"]["at_pc"], true, "{status}");
    finger.until(sounds("@emergency-3")).await;
    finger.until(|status| status["emergency"].is_null()).await;

    the_plug_wins_no_try(&mut village, &finger, &flood.id).await;
    town.start_server().await;
    the_panel_says_who(&town, 3).await;
}

/// Waits until the panel knows of so many hearings, and looks for who ordered them.
async fn the_panel_says_who(town: &Town, hearings: u32) {
    let officer = town.script(Who::Officer);
    let mut ordered = Value::Null;
    for _ in 0..LOOKS {
        ordered = officer.get("/standbys/ordered").await.done();
        if ordered[0]["heard"] == hearings {
            break;
        }
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(ordered[0]["heard"], hearings, "{ordered}");
    assert_eq!(ordered[0]["title"], "Lũ quét");
    assert_eq!(text(&ordered[0], "why"), "Suối vượt mốc đỏ");
    let page = town.sign_in(Who::Officer).await.open("/as-run").await;
    let page = format!("{page:?}");
    let who = format!("{} ra lệnh tại trạm", text(&ordered[0], "ordered_by"));
    assert!(page.contains(&who), "{who}: {page}");
}

/// Five wrong PINs, and the power gone and back.
async fn the_plug_wins_no_try(village: &mut Village, finger: &Finger, bulletin: &str) {
    for _ in 0..5 {
        let (status, page) = finger.type_pin(bulletin, "159026").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    }
    village.cut_power();
    village.power_on().await;
    finger.until(|status| status["generation"] != 0).await;
    let (status, page) = finger.type_pin(bulletin, PIN).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{page}");
}

/// What is red of all that is seen on a page.
const RED: &str = "const isRed = (colour) => {\
      const [r, g, b, a] = colour.match(/[\\d.]+/g).map(Number);\
      return r > 150 && g < 80 && b < 80 && a !== 0;\
    };\
    const lines = ['Top', 'Left'].map((side) => [`border${side}Width`, `border${side}Color`]);\
    return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility())\
      .filter((e) => {\
        const look = getComputedStyle(e);\
        const isLined = ([width, colour]) => parseFloat(look[width]) > 0 && isRed(look[colour]);\
        return isRed(look.color) || isRed(look.backgroundColor) || lines.some(isLined);\
      })\
      .map((e) => e.className || e.nodeName).join(' ')";

/// What is red there, on a phone and at a desk, where nobody stumbles and all is seen.
async fn red(browser: &Browser, name: &str) -> String {
    let axe = Axe::installed();
    let mut red = Value::Null;
    for (size, place) in [(PHONE, "phone"), (DESK, "desk")] {
        browser.show(size, Colours::Light).await;
        browser.fits_its_width().await;
        axe.begin(browser).await;
        let stumbles = axe.stumbles(browser).await;
        assert_eq!(stumbles, Vec::<String>::new(), "{name} on a {place}");
        browser
            .picture(&format!("pc-emergency-{name}-{place}"))
            .await;
        red = browser.run(RED, Vec::new()).await;
    }
    red.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_emergency_is_chosen_nothing_is_red_but_the_button_that_sounds_it() {
    let town = Town::built().await;
    let (admin, officer) = (town.script(Who::Admin), town.script(Who::Officer));
    let head = town.script(Who::Head);
    head.choose_pin(&town, Who::Head).await;
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let flood = town.approved("Lũ quét", &[("vi", "health-book.vi.ogg")]);
    let flood = flood.await;
    let standby = json!({ "bulletin": flood.id, "areas": [town.village], "repeats": 2,
        "gap_ms": 5_000, "when": "Suối vượt mốc đỏ" });
    officer.post("/standbys", standby).await.done();
    admin
        .says(&station, |health| health["standby"] == json!([flood.id]))
        .await;

    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let browser = Browser::open(&village.screen(), DESK, &voice).await;
    browser.goto("/emergency").await;
    browser.find(".standby button").await;
    assert_eq!(red(&browser, "list").await, "");
    browser.press(".standby button").await;
    browser.write("input[name=pin]", "159026").await;
    browser.press(".pin button").await;
    browser.find(".fault").await;
    assert_eq!(red(&browser, "pin").await, "");
    browser.write("input[name=pin]", PIN).await;
    browser.press(".pin button").await;
    browser.find(".sound-now").await;
    assert_eq!(red(&browser, "last").await, "sound-now");
    browser.press(".sound-now").await;
    browser.leads_to("it sounds", |path| path == "/").await;
    let says = "return document.body.innerText.includes(arguments[0])";
    browser.until("it is on air", says, "Người ra lệnh").await;

    browser.press(".stop button").await;
    browser.until("STOP asks", says, "Bấm DỪNG lần nữa").await;
    sleep(Duration::from_secs(2)).await;
    browser.press(".stop button").await;
    browser
        .until("it is stopped", says, "Đã dừng: Lũ quét")
        .await;
    for (size, place) in [(PHONE, "phone"), (DESK, "desk")] {
        browser.show(size, Colours::Light).await;
        browser.fits_its_width().await;
        browser.picture(&format!("pc-stopped-{place}")).await;
    }
}
