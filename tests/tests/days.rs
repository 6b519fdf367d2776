//! Whole days of the people of a commune, each at the screen that they have, in a real browser:
//! what is done is done by what a person sees, the visible names of links, buttons and fields.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on ends with a sentence"
)]

#[path = "days/admin.rs"]
mod admin;
#[path = "days/head.rs"]
mod head;
#[path = "days/officer.rs"]
mod officer;
#[path = "days/secretary.rs"]
mod secretary;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use serde_json::json;
use tempfile::TempDir;
use town::browser::Browser;
use town::deeds::text;
use town::town::{Town, VILLAGE, Who, as_wav, full_minute, now, sample};
use town::village::Village;

/// The commune's hour at the beginning of each story: whatever it is elsewhere, the evening lies
/// ahead, and midnight and the quiet hours are far away.
const AFTERNOON: i8 = 14;

/// A commune whose day can be told at any hour.
struct Commune {
    town: Town,
    zone: TimeZone,
    /// What a phone's microphone hears.
    folder: TempDir,
}

impl Commune {
    async fn built() -> Self {
        let utc = now().to_zoned_datetime(TimeZone::UTC).hour();
        let ahead = AFTERNOON - utc;
        // These names count backwards.
        let name = format!("Etc/GMT{:+}", -ahead);
        let name = name.replace("+0", "");
        let town = Town::built_with(&[
            ("LOABAN_SERVER__COMMUNE__ZONE", &name),
            ("LOABAN_SERVER__COMMUNE__QUIET_FROM", "21:00"),
            ("LOABAN_SERVER__COMMUNE__QUIET_UNTIL", "05:30"),
        ])
        .await;
        Self {
            town,
            zone: offset(ahead).to_time_zone(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// A PC of the village that is on and has its place in the panel, and the name of its station.
    async fn village_pc(&self) -> (String, Village) {
        let admin = self.town.script(Who::Admin);
        let (station, code) = admin.new_station(&self.town.village).await;
        let mut village = Village::with_wav_file();
        village
            .enrol(&self.town.url(), &code)
            .expect("the code lets the PC in");
        village.power_on().await;
        village.says("the server wakes this station").await;
        (station, village)
    }

    /// A browser whose microphone hears a sample.
    async fn browser(&self, size: (u32, u32), heard: &str) -> Browser {
        let voice = self.folder.path().join("voice.wav");
        as_wav(&sample(heard), &voice);
        Browser::open(&self.town.url(), size, &voice).await
    }

    /// Somebody opens the panel and signs in.
    async fn signs_in(&self, browser: &Browser, who: Who) {
        let (name, password) = self.town.credentials(who);
        browser.goto("/").await;
        browser.comes_to("Đăng nhập").await;
        browser.fill("Tên đăng nhập", name).await;
        browser.fill("Mật khẩu", password).await;
        browser.tap("Đăng nhập").await;
        browser.comes_to("Việc cần làm").await;
    }

    /// The head orders `bulletin` once, at the next full minute, and the station holds it.
    async fn airs_soon(&self, bulletin: &str, station: &str) -> Timestamp {
        let at = full_minute(Duration::from_secs(25));
        let order = json!({ "bulletins": [bulletin], "areas": [self.town.village], "repeats": 1,
            "chime": false, "rule": { "kind": "once", "at": self.local(at) } });
        let head = self.town.script(Who::Head);
        head.post("/broadcasts", order).await.done();
        head.holds(station).await;
        at
    }

    /// An instant as the commune writes it: `2026-11-23T17:00`.
    fn local(&self, at: Timestamp) -> String {
        let at = at.to_zoned_datetime(self.zone.clone());
        at.strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// Its hour: `17:00`.
    fn hour(&self, at: Timestamp) -> String {
        self.local(at)[11..].to_owned()
    }
}

/// Whether a sound of the page goes on; it is begun where it stands.
const PLAYS: &str = "const a = document.querySelector(arguments[0]);\
    if (a.paused) { a.muted = true; a.play().catch(() => {}); }\
    return a.readyState > 2 && a.currentTime > 0.3;";

/// Presses the play button of the first sound that `css` selects.
async fn listens(browser: &Browser, css: &str) {
    browser.until("it is heard", PLAYS, css).await;
}
