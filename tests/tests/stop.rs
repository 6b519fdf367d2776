//! STOP on the panel, told with the real programs and heard in what the village's output wrote: it
//! ends what sounds, within two seconds, and a word that comes late ends nothing else.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::sleep;
use town::chatter::read_wav;
use town::deeds::{Approved, once};
use town::network::Network;
use town::person::Script;
use town::town::{Town, Who, full_second, now};
use town::village::Village;

/// From the press to the last sound. An output tells its position at least every 200 ms, and the
/// as-run has the last one that was told: it may say too little by so much, and never too much.
const AT_ONCE_MS: RangeInclusive<i64> = -200..=2_000;

struct Story {
    town: Town,
    network: Network,
    village: Village,
    station: String,
    head: Script,
    admin: Script,
}

impl Story {
    /// A village that has its station, whose sound goes into a file.
    async fn begun() -> Self {
        let town = Town::built().await;
        let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
        let (station, code) = admin.new_station(&town.village).await;
        let network = Network::to(&town.url()).await;
        let mut village = Village::with_wav_file();
        village.set("LOABAN_PLAYER__POLL_INTERVAL_S", "35");
        village.enrol(&network.url(), &code).expect("it is let in");
        village.power_on().await;
        village.says("the server wakes this station").await;
        Self {
            town,
            network,
            village,
            station,
            head,
            admin,
        }
    }

    /// Orders `bulletin` in some seconds, to air again when power is back.
    async fn orders(&self, bulletin: &Approved, after: u64) -> Timestamp {
        let at = full_second(Duration::from_secs(after));
        let mut order = once(&bulletin.id, &self.town.village, at);
        order["missed"] = json!({ "kind": "until", "until": "23:59" });
        self.head.post("/broadcasts", order).await.done();
        self.admin.holds(&self.station).await;
        at
    }

    async fn logged(&self, at: Timestamp) -> Value {
        let known = |line: &Value| line["state"] == "known";
        self.head.logged(&self.station, at, known).await
    }

    /// The head opens the station's page and presses DỪNG; where that leads.
    async fn presses_stop(&self) -> String {
        let head = self.town.sign_in(Who::Head).await;
        let page = head.open(&format!("/stations/{}", self.station)).await;
        let form = page.form("form[action='/stops']");
        let page = head.send(form.with("area", &self.town.village)).await;
        assert!(page.path.starts_with("/stops/"), "{page:?}");
        page.path
    }

    /// Seconds of the sound that the output wrote.
    fn heard_seconds(&self) -> f64 {
        let samples = read_wav(&self.village.wav_file());
        let from = samples.iter().position(|sample| *sample != 0.0);
        let until = samples.iter().rposition(|sample| *sample != 0.0);
        let frames = from.zip(until).map_or(0, |(from, until)| until - from);
        frames as f64 / 48_000.0
    }
}

/// When the last attempt of a line ended, by the station's clock, which is that of this machine.
fn ended_ms(line: &Value) -> i64 {
    let attempts = line["attempts"].as_array().expect("attempts");
    let last = attempts.last().expect("an attempt");
    let number = |name: &str| last[name].as_i64().expect("a number");
    number("started_ms") + number("position_ms")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_on_the_panel_ends_what_sounds_in_the_village_and_it_stays_silent() {
    let mut story = Story::begun().await;
    let meeting = [("vi", "village-meeting.vi.m4a")];
    let meeting = story.town.approved("Họp thôn", &meeting).await;
    let at = story.orders(&meeting, 4).await;
    story.village.says("on air: Họp thôn").await;
    sleep(Duration::from_secs(2)).await;

    let pressed = now().as_millisecond();
    let page = story.presses_stop().await;
    let line = story.logged(at).await;
    assert_eq!(line["outcome"]["outcome"], "cut", "{line}");
    assert_eq!(line["outcome"]["why"], "operator", "{line}");
    let stop = page.trim_start_matches("/stops/");
    assert_eq!(line["stopped"]["stop"], stop, "{line}");
    let after = ended_ms(&line) - pressed;
    assert!(AT_ONCE_MS.contains(&after), "{after} ms: {line}");
    let heard = story.heard_seconds();
    let said = line["outcome"]["position_ms"].as_f64().expect("a position") / 1_000.0;
    assert!((heard - said).abs() < 0.3, "{heard} s heard, {said} s said");

    let obeyed = |shown: &Value| shown["stations"][0]["standing"] == "obeyed";
    let path = format!("/stops/{stop}");
    let shown = story.head.until(&path, obeyed).await;
    assert_eq!(shown["stations"][0]["ended"][0]["title"], "Họp thôn");

    story.village.cut_power();
    story.village.power_on().await;
    let said = |words: &str| story.village.log().matches(words).count();
    while said("the server wakes this station") < 2 {
        sleep(Duration::from_millis(200)).await;
    }
    sleep(Duration::from_secs(4)).await;
    assert_eq!(said("on air: Họp thôn"), 1, "it came back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ordered_at_once_after_the_press_is_heard() {
    let mut story = Story::begun().await;
    let wanted = story.town.announcement(1).await;
    let meeting = [("vi", "village-meeting.vi.m4a")];
    let meeting = story.town.approved("Họp thôn", &meeting).await;
    let at = story.orders(&meeting, 4).await;
    story.village.says("on air: Họp thôn").await;
    sleep(Duration::from_secs(1)).await;
    story.presses_stop().await;
    let mut order = once(&wanted.id, &story.town.village, at);
    order["rule"] = json!({ "kind": "now" });
    story.head.post("/broadcasts", order).await.done();
    story.village.says("heard to its end: Bản tin số 1").await;
    let line = story.logged(at).await;
    assert_eq!(line["outcome"]["why"], "operator", "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulletin_that_is_withdrawn_falls_silent_as_soon() {
    let mut story = Story::begun().await;
    let meeting = [("vi", "village-meeting.vi.m4a")];
    let meeting = story.town.approved("Họp thôn", &meeting).await;
    let at = story.orders(&meeting, 4).await;
    story.village.says("on air: Họp thôn").await;
    sleep(Duration::from_secs(2)).await;
    let officer = story.town.script(Who::Officer);
    let pressed = now().as_millisecond();
    let withdrawn = officer.step(&meeting.id, "withdraw", "Sai ngày họp").await;
    withdrawn.done();
    let line = story.logged(at).await;
    assert_eq!(line["outcome"]["why"], "withdrawn", "{line}");
    let after = ended_ms(&line) - pressed;
    assert!(AT_ONCE_MS.contains(&after), "{after} ms: {line}");
    let heard = story.heard_seconds();
    let said = line["outcome"]["position_ms"].as_f64().expect("a position") / 1_000.0;
    assert!((heard - said).abs() < 0.3, "{heard} s heard, {said} s said");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_that_reaches_the_village_late_ends_nothing_that_began_since() {
    let mut story = Story::begun().await;
    let first = story.town.announcement(1).await;
    let meeting = [("vi", "village-meeting.vi.m4a")];
    let meeting = story.town.approved("Họp thôn", &meeting).await;
    let early = story.orders(&first, 4).await;
    let late = story.orders(&meeting, 16).await;
    story.village.says("on air: Bản tin số 1").await;
    story.network.cut();
    let page = story.presses_stop().await;
    let shown = story.head.get(&page).await.done();
    assert_eq!(shown["stations"][0]["standing"], "waiting", "{shown}");

    story.village.says("on air: Họp thôn").await;
    story.network.mend();
    let obeyed = |shown: &Value| shown["stations"][0]["standing"] == "obeyed";
    let shown = story.head.until(&page, obeyed).await;
    assert_eq!(shown["stations"][0]["ended"], json!([]), "{shown}");
    for (at, what) in [(early, "what was over"), (late, "what began since")] {
        let line = story.logged(at).await;
        assert_eq!(line["outcome"]["outcome"], "aired", "{what}: {line}");
        assert_eq!(line["stopped"], Value::Null, "{what}: {line}");
    }
}
