//! The power goes: while an announcement is on the air the log says so, and where it was; and at
//! whatever moment it goes, again and again, nothing is lost, torn, doubled or aired twice.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on has failed, also outside a test function"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use loaban_server::clock::Randomness;
use programme::as_run::{Entry, Record};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::time::{sleep, timeout};
use town::deeds::{Approved, day, text};
use town::town::{Town, Who, full_minute, full_second, local, local_second, now, sleep_until};
use town::village::{Village, nothing_is_torn};

/// What was heard when the power goes; the sample lasts longer.
const HEARD: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_that_the_announcement_was_cut_and_at_what_position() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let approved = town
        .approved("Cấp lại thẻ", &[("vi", "vneid.vi.m4a")])
        .await;
    let at = full_minute(Duration::from_secs(10));
    head.air_once(&approved.id, &town.village, at).await.done();
    admin.holds(&station).await;

    sleep_until(at + HEARD).await;
    village.cut_power();
    sleep(Duration::from_secs(1)).await;
    village.power_on().await;

    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "cut", "{line}");
    assert_eq!(line["outcome"]["why"], "power_lost", "{line}");
    // The position is noted every two seconds.
    let position = line["outcome"]["position_ms"].as_i64().expect("a position");
    let heard = HEARD.as_millis() as i64;
    assert!((heard - 2_500..=heard + 300).contains(&position), "{line}");
    assert_eq!(
        line["attempts"].as_array().map(Vec::len),
        Some(1),
        "it airs once: {line}"
    );

    let page = town
        .sign_in(Who::Head)
        .await
        .open(&format!("/as-run?day={}", day(at)))
        .await;
    let said = format!("Bị ngắt sau 00:{:02}", position / 1_000);
    let words = page.all_words();
    assert!(
        words.contains(&said) && words.contains("mất điện"),
        "{said}: {page:?}"
    );
}

/// How often the power goes, unless `LOABAN_CUTS` says otherwise: `make cuts` asks for more.
const CUTS: u64 = 100;
/// So many PCs are cut side by side.
const PCS: u64 = 4;
/// Announcements of three seconds, each another one.
const ANNOUNCEMENTS: u32 = 8;
/// Something airs so often.
const EVERY: Duration = Duration::from_secs(7);
/// What must come at the end has come within this.
const PATIENCE: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn cut_at_random_moments_no_village_loses_a_line_or_airs_a_cue_twice() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("LOABAN_SEED").unwrap_or(now().as_microsecond().unsigned_abs());
    let cuts = number("LOABAN_CUTS").unwrap_or(CUTS);
    println!("LOABAN_SEED={seed} LOABAN_CUTS={cuts}");
    let mut town = Town::built().await;
    let admin = town.script(Who::Admin);
    let mut villages = Vec::new();
    for _ in 0..PCS {
        let (station, code) = admin.new_station(&town.village).await;
        let village = Village::with_wav_file();
        village
            .enrol(&town.url(), &code)
            .expect("the code lets the PC in");
        villages.push((station, village));
    }
    let mut bulletins = Vec::new();
    for number in 0..ANNOUNCEMENTS {
        bulletins.push(town.announcement(number).await);
    }

    let over = AtomicBool::new(false);
    let cutting = async {
        let each = villages.iter_mut().zip(1_u64..).map(|((_, village), pc)| {
            let chance = Chance(Randomness::seeded(seed.wrapping_add(pc)));
            cut_again_and_again(village, chance, cuts / PCS)
        });
        join_all(each).await;
        over.store(true, Ordering::Relaxed);
    };
    let chance = Chance(Randomness::seeded(seed));
    let (ordered, ()) = tokio::join!(order(&mut town, &bulletins, &chance, &over), cutting);
    println!("{} cues at each of {PCS} stations", ordered.len());

    for (_, village) in &mut villages {
        village.power_on().await;
    }
    settled(&town, &ordered).await;
    for (station, village) in &mut villages {
        assert!(village.shut_down().await.success());
        let lines = lines_of(&town, station).await;
        assert_eq!(
            lines,
            own_lines(village).await,
            "{station}: no line is lost or doubled"
        );
        each_airs_once(&lines, &ordered);
        nothing_is_torn(&village.state());
    }
    let verified = town.command_line(&["as-run", "verify"], "");
    assert!(verified.contains("Every line of 4 journals"), "{verified}");
}

/// Randomness as moments.
struct Chance(Randomness);

impl Chance {
    fn below(&self, limit: u64) -> u64 {
        u64::from_le_bytes(self.0.bytes()) % limit
    }

    /// How long the power stays: often too short to start, sometimes long enough to air.
    fn span(&self) -> Duration {
        let (from, to) = match self.below(10) {
            0..4 => (0, 500),
            4..8 => (500, 4_000),
            _ => (4_000, 9_000),
        };
        Duration::from_millis(from + self.below(to - from))
    }
}

async fn cut_again_and_again(village: &mut Village, chance: Chance, cuts: u64) {
    for _ in 0..cuts {
        village.press_power();
        sleep(chance.span()).await;
        village.cut_power();
        nothing_is_torn(&village.state());
    }
}

/// Orders one announcement after the other until it is over, and takes the server's power away now
/// and then. Gives the broadcasts.
async fn order(
    town: &mut Town,
    bulletins: &[Approved],
    chance: &Chance,
    over: &AtomicBool,
) -> BTreeSet<String> {
    let head = town.script(Who::Head);
    let mut ordered = BTreeSet::new();
    for (bulletin, again) in bulletins.iter().cycle().zip([true, false].iter().cycle()) {
        let order = json!({ "bulletins": [bulletin.id], "areas": [town.village], "repeats": 1,
            "chime": false, "missed": missed(*again),
            "rule": { "kind": "once", "at": local_second(full_second(EVERY)) } });
        let made = head.post("/broadcasts", order).await.done();
        ordered.insert(text(&made, "id"));
        let pause = Duration::from_millis(chance.below(EVERY.as_millis() as u64));
        sleep(pause).await;
        if chance.below(3) == 0 {
            town.cut_power();
            town.start_server().await;
        }
        sleep(EVERY.saturating_sub(pause)).await;
        if over.load(Ordering::Relaxed) {
            break;
        }
    }
    ordered
}

/// Whether a cut announcement airs again, within this day.
fn missed(again: bool) -> Value {
    let later = now() + Duration::from_secs(3_600);
    if again && day(later) == day(now()) {
        json!({ "kind": "until", "until": local(later)[11..] })
    } else {
        json!({ "kind": "only_then" })
    }
}

/// Waits until the server knows what became of every cue.
async fn settled(town: &Town, ordered: &BTreeSet<String>) {
    let wanted = ordered.len() as u64 * PCS;
    let known = async {
        loop {
            let count: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM as_run WHERE record = 'outcome'")
                    .fetch_one(&mut open(&town.database()).await)
                    .await
                    .expect("a count");
            if count.unsigned_abs() >= wanted {
                return;
            }
            sleep(Duration::from_millis(500)).await;
        }
    };
    timeout(PATIENCE, known)
        .await
        .expect("every cue has its outcome");
}

async fn open(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.expect("a database")
}

/// Journal, number and text of a line.
type Line = (String, i64, String);

/// What the server holds of a station.
async fn lines_of(town: &Town, station: &str) -> Vec<Line> {
    sqlx::query_as(
        "SELECT journal_id, sequence, entry FROM as_run WHERE station_id = $1
         ORDER BY journal_id, sequence",
    )
    .bind(station)
    .fetch_all(&mut open(&town.database()).await)
    .await
    .expect("the server's lines")
}

/// What the PC holds.
async fn own_lines(village: &Village) -> Vec<Line> {
    sqlx::query_as("SELECT journal, sequence, entry FROM journal ORDER BY journal, sequence")
        .fetch_all(&mut open(&village.state().join("state.db")).await)
        .await
        .expect("the PC's lines")
}

/// Each cue has one outcome, is heard to its end at most once, and is not begun after its outcome.
fn each_airs_once(lines: &[Line], ordered: &BTreeSet<String>) {
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    let mut heard: BTreeMap<String, u32> = BTreeMap::new();
    for (_, _, line) in lines {
        let entry: Entry = serde_json::from_str(line).expect("a line");
        match entry.record {
            Record::Started { attempt, .. } => {
                let over = outcomes
                    .keys()
                    .any(|id| attempt.cue.as_str().starts_with(id));
                assert!(!over, "{} begins after its outcome", attempt.cue);
            }
            Record::Ended { attempt, cut, .. } => {
                let cue = attempt.cue.as_str().to_owned();
                *heard.entry(cue).or_default() += u32::from(cut.is_none());
            }
            Record::Outcome { broadcast, .. } => {
                *outcomes.entry(broadcast.to_string()).or_default() += 1;
            }
            Record::ClockVouched { .. } | Record::StatusSpoken { .. } => {}
            Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. } => panic!("{line}"),
        }
    }
    assert!(outcomes.values().all(|count| *count == 1), "{outcomes:?}");
    assert!(outcomes.keys().eq(ordered), "{outcomes:?} of {ordered:?}");
    assert!(heard.values().all(|count| *count <= 1), "{heard:?}");
}
