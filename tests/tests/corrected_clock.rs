//! A machine boots in 2030, and its clock is set right later: what is done again and again goes on
//! within its span, at the village PC and at the server, and does not wait for 2030 to come.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::time::{sleep, timeout};
use town::deeds::day;
use town::network::Network;
use town::town::{Town, Who, full_minute, full_second, local, now};
use town::village::Village;
use town::wall_clock::WallClock;

/// Ten minutes past an hour of 2030, at which no duty is near.
const YEAR_2030: &str = "2030-03-17T04:10:00Z";

/// The PC looks at its clock each minute, and so does the server; each does something each minute.
/// What comes by the hour comes eighty seconds after the clock was set.
const PATIENCE: Duration = Duration::from_secs(240);

/// Between two looks at the server without news, and between two words of health, in seconds.
const POLL_S: &str = "10";
const HEALTH_S: &str = "15";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pc_does_again_and_again_goes_on_when_its_clock_is_set_back_from_2030() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let clock = WallClock::showing(YEAR_2030.parse().expect("a date"));
    let mut village = Village::with_wav_file();
    for (name, value) in clock.environment() {
        village.set(name, &value);
    }
    village.set("LOABAN_PLAYER__POLL_INTERVAL_S", POLL_S);
    village.set("LOABAN_PLAYER__HEALTH_INTERVAL_S", HEALTH_S);
    // By then somebody has set the clock.
    let morning = full_minute(Duration::from_secs(60));
    village.set("LOABAN_PLAYER__SPEAK_STATUS_AT", &local(morning)[11..]);
    village.enrol(&network.url(), &code).expect("it is let in");
    let first = town.announcement(1).await;
    let second = town.announcement(2).await;
    let later = now() + 3.hours();
    head.air_once(&first.id, &town.village, later).await.done();
    village.power_on().await;
    let held = admin.holds(&station).await;
    let wrong = held["health"]["system_clock_error_ms"].as_i64();
    assert!(wrong.is_some_and(|ms| ms > 100_000_000_000), "2030: {held}");
    let surplus = head.hash(&first.recordings[0]).await;

    // The nightly duties are due at 19:00 UTC: what nothing names is removed then.
    clock.set(before_the_night());
    let officer = town.script(Who::Officer);
    let step = officer.step(&first.id, "withdraw", "Sai ngày họp").await;
    step.done();
    let at = full_second(Duration::from_secs(20));
    head.air_once(&second.id, &town.village, at).await.done();
    let [polls, words] = asked(&network);
    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    until("it polls", async || asked(&network)[0] >= polls + 5).await;
    until("it says how it is", async || {
        asked(&network)[1] >= words + 3
    })
    .await;
    until("it makes room", async || {
        !village.recording(&surplus).exists()
    })
    .await;
    let page = format!("/as-run?station={station}&day={}", day(at));
    let head = town.sign_in(Who::Head).await;
    let says = async |words: &str| head.open(&page).await.all_words().contains(words);
    until("it speaks", async || says("trạm tự báo qua loa").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_does_again_and_again_goes_on_when_its_clock_is_set_back_from_2030() {
    // Who signed in two years ago is not signed in any more, and is forgotten within the hour.
    let clock = WallClock::showing(now() - (2 * 365 * 24).hours());
    let settings = clock.environment();
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    let mut town = Town::built_with(&settings).await;
    assert!(sessions(&town).await > 0, "somebody signed in");
    town.stop_server().await;
    clock.set(YEAR_2030.parse().expect("a date"));
    town.start_server().await;

    // Sessions are looked through seven minutes past each hour, and stations each minute.
    let set = seven_past_the_hour() - Duration::from_secs(80);
    clock.set(set);
    until("it forgets", async || sessions(&town).await == 0).await;
    let mut seen = set;
    for _ in 0..2 {
        let soon = seen..set + 1.hours();
        until("it looks", async || soon.contains(&last_look(&town).await)).await;
        seen = last_look(&town).await + 1.seconds();
    }
    town.stop_server().await;
}

/// Waits until something is so.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let comes = async {
        while !is_so().await {
            sleep(Duration::from_millis(500)).await;
        }
    };
    let came = timeout(PATIENCE, comes).await;
    assert!(came.is_ok(), "{what} again, within {PATIENCE:?}");
}

/// Seven minutes past the last full hour.
fn seven_past_the_hour() -> Timestamp {
    let hour = now().as_second() / 3_600;
    Timestamp::from_second(hour * 3_600 + 7 * 60).expect("an instant of this century")
}

/// How many sessions the server remembers.
async fn sessions(town: &Town) -> i64 {
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM sessions");
    count
        .fetch_one(&mut database(town).await)
        .await
        .expect("a count")
}

/// When the server last looked which stations are silent, by its own clock.
async fn last_look(town: &Town) -> Timestamp {
    let look = "SELECT value FROM settings WHERE name = 'stations_watched'";
    let look = sqlx::query_scalar(look)
        .fetch_optional(&mut database(town).await)
        .await;
    let look: Option<String> = look.expect("settings");
    let look = look.unwrap_or("[0,0]".to_owned());
    let (_, last): (i64, i64) = serde_json::from_str(&look).expect("two instants");
    Timestamp::from_millisecond(last).expect("an instant")
}

async fn database(town: &Town) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(town.database());
    options.connect().await.expect("the server's database")
}

/// How often the PC asked for its programme so far, and said how it is.
fn asked(network: &Network) -> [usize; 2] {
    let asked = [
        "GET /api/v1/station/programme",
        "POST /api/v1/station/health",
    ];
    asked.map(|words| network.asked(words))
}

/// Eighty seconds before the nightly duties of this day.
fn before_the_night() -> Timestamp {
    let today = now().to_string();
    let night: Timestamp = format!("{}T19:00:00Z", &today[..10])
        .parse()
        .expect("a date");
    night - Duration::from_secs(80)
}
