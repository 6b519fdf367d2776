//! What a village PC has to give: memory and processor of a player that waits and of one that
//! plays on a virtual sound card, and how soon it is back after a power cut, with a log of a
//! hundred thousand lines and two hundred recordings on its disk.
#![expect(
    clippy::expect_used,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::path::Path;
use std::time::Duration;

use programme::units::BootTime;
use sqlx::{Connection, SqliteConnection};
use tokio::time::sleep;
use town::budget::{judge, memory_mb};
use town::capture::boot_time;
use town::chatter::{chatter, write_wav};
use town::sound_card::{SoundCard, bench_with_virtual_card};
use town::town::{Town, Who, full_minute, full_second, sleep_until};
use town::village::Village;

const RECORDINGS: u64 = 200;
const LINES: i64 = 100_000;
/// Seconds of each of them.
const LENGTH_S: usize = 20;

/// The budgets: megabytes, percent of one core, seconds.
const MEMORY_MB: f64 = 20.0;
const IDLE_PERCENT: f64 = 0.3;
const PLAYING_PERCENT: f64 = 2.0;
const READY_S: f64 = 5.0;

fn main() {
    bench_with_virtual_card(|mut card| {
        card.plug_in();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(measure(&card));
    });
}

async fn measure(card: &SoundCard) {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_card(card);
    // As its unit has it (debian/loaban-player.service).
    village.set("MALLOC_ARENA_MAX", "1");
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let folder = tempfile::tempdir().expect("a folder");
    let first = full_minute(Duration::from_secs(7_200));
    let mut last = String::new();
    for number in 0..RECORDINGS {
        let wav = folder.path().join("said.wav");
        write_wav(&wav, &chatter(number, LENGTH_S * 48_000));
        let (title, wav) = (format!("Bản tin số {number}"), wav.display().to_string());
        last = town.approved(&title, &[("vi", &wav)]).await.id;
        let at = first + Duration::from_secs(60 * number);
        head.air_once(&last, &town.village, at).await.done();
    }
    admin.holds(&station).await;
    println!("\nA village PC that holds {RECORDINGS} recordings");
    println!("{:>10} {:>12} {:>12}", "", "memory MB", "CPU %");
    sleep(Duration::from_secs(5)).await;
    let idle = used(&village, 60).await;
    println!("{:>10} {:12.1} {:12.2}", "waits", idle.0, idle.1);
    let at = full_second(Duration::from_secs(6));
    head.air_once(&last, &town.village, at).await.done();
    sleep_until(at + Duration::from_secs(2)).await;
    let playing = used(&village, 15).await;
    println!("{:>10} {:12.1} {:12.2}", "plays", playing.0, playing.1);
    sleep(Duration::from_secs(6)).await;

    village.cut_power();
    let state = format!("sqlite:{}", village.state().join("state.db").display());
    lengthen(&state).await;
    let began = boot_time();
    village.press_power();
    let page = until(&village, began, |_| true).await;
    let planned = until(&village, began, |said| said["next"][0].is_object()).await;
    // What airs next is verified first.
    let next = until(&village, began, |said| said["ready"].as_u64() >= Some(1)).await;
    let whole = |said: &serde_json::Value| {
        said["ready"].as_u64() >= Some(RECORDINGS) && said["ready"] == said["wanted"]
    };
    let all = until(&village, began, whole).await;
    println!("Seconds after its start, with {LINES} lines of the log");
    println!(
        "{:>10} {:>12} {:>14} {:>12}",
        "page", "waits", "next verified", "all verified"
    );
    println!("{page:10.2} {planned:12.2} {next:14.2} {all:12.2}");
    judge("memory", idle.0.max(playing.0), MEMORY_MB);
    judge("CPU waiting", idle.1, IDLE_PERCENT);
    judge("CPU playing", playing.1, PLAYING_PERCENT);
    judge("ready for what airs next after", next, READY_S);
    judge("all ready after", all, READY_S);
}

/// Its share of memory (PSS) at the end, in megabytes, and of one core for `seconds`, in percent.
async fn used(village: &Village, seconds: u64) -> (f64, f64) {
    let process = format!("/proc/{}", village.player_id());
    let (before, from) = (ticks(&process), boot_time());
    sleep(Duration::from_secs(seconds)).await;
    let span = boot_time().since(from).as_secs_f64();
    // The kernel counts a hundred of them a second, on every machine with Debian.
    let percent = (ticks(&process) - before) / span;
    (memory_mb(village.player_id()), percent)
}

/// Time in user and in system mode (proc(5), the fields 14 and 15 of `stat`).
fn ticks(process: &str) -> f64 {
    let stat = read(format!("{process}/stat"));
    let (_, fields) = stat.rsplit_once(") ").expect("a line");
    let fields = fields.split(' ').skip(11).take(2);
    fields
        .map(|field| field.parse::<f64>().expect("a number"))
        .sum()
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("the player runs")
}

/// Adds lines of an older journal, as a station has them after years: four an hour.
async fn lengthen(state: &str) {
    let mut db = SqliteConnection::connect(state).await.expect("a state");
    let done = sqlx::query(
        "WITH RECURSIVE number (n) AS
         (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
         INSERT INTO journal (journal, sequence, entry, wall_ms, stored)
         SELECT 'jou_of_years_ago', n, entry, wall_ms - 900000 * ($1 - n), 1 FROM number,
         (SELECT * FROM journal WHERE wall_ms IS NOT NULL ORDER BY line LIMIT 1)",
    )
    .bind(LINES)
    .execute(&mut db)
    .await;
    done.expect("lines");
    db.close().await.expect("a state");
}

/// Seconds from `began` until the page of the PC says what `fits`.
async fn until(
    village: &Village,
    began: BootTime,
    fits: impl Fn(&serde_json::Value) -> bool,
) -> f64 {
    loop {
        if let Ok(answer) = reqwest::get(format!("{}/status", village.screen())).await
            && let Ok(said) = answer.json().await
            && fits(&said)
        {
            return boot_time().since(began).as_secs_f64();
        }
        sleep(Duration::from_millis(10)).await;
    }
}
