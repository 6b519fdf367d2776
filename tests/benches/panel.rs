//! What a page costs whoever opens it: a commune of nine villages with 300 bulletins and a year of
//! as-run, and each page to which links lead, asked for again and again by a client that waits.
#![expect(
    clippy::expect_used,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jiff::ToSpan as _;
use programme::as_run::chain::Tip;
use programme::enrolment::EnrolmentCode;
use programme::ids::JournalId;
use reqwest::Method;
use serde_json::{Value, json};
use town::capture::boot_time;
use town::deeds::{day, text};
use town::person::{Person, Script};
use town::tour::{Routes, Tour};
use town::town::{COMMUNE, Town, Who, now, sample};

/// The villages beside the first.
const OTHER_VILLAGES: usize = 8;
const BULLETINS: usize = 300;
const DAYS: i64 = 365;
/// Starts of a day, and when they are, in hours.
const STARTS: [i64; 3] = [6, 11, 17];
/// Lines of a journal that are sent at once, as players do it.
const LINES: usize = 500;
/// So often each page is asked for.
const TIMES: usize = 60;

/// The budgets.
const BYTES: usize = 60_000;
const P95_MS: f64 = 50.0;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(measure());
}

async fn measure() {
    let town = Town::built().await;
    let mut villages = vec![town.village.clone()];
    for number in 1..=OTHER_VILLAGES {
        let name = format!("Thôn số {number}");
        let add = [
            "area", "add", &name, "--kind", "village", "--parent", COMMUNE,
        ];
        villages.push(town.command_line(&add, "").trim().to_owned());
    }
    let bulletins = write_bulletins(&town).await;
    let broadcast = order(&town, &bulletins, &villages).await;
    let mut lines = 0;
    for village in &villages {
        lines += air_a_year(&town, village, &broadcast).await;
    }
    let held = format!(
        "{} villages, {BULLETINS} bulletins, {lines} lines",
        villages.len()
    );
    for who in [Who::Secretary, Who::Head, Who::Officer, Who::Admin] {
        println!("\nPages of the panel as {who:?}: {held}");
        println!(
            "{:>44} {:>7} {:>9} {:>9}",
            "page", "bytes", "median ms", "95 % ms"
        );
        let person = town.sign_in(who).await;
        each_page(&person).await;
    }
}

/// Bulletins of one recording each; of ten, eight are approved, one waits and one is a draft.
async fn write_bulletins(town: &Town) -> Vec<String> {
    let (secretary, officer) = (town.script(Who::Secretary), town.script(Who::Officer));
    let file = sample("vneid.vi.m4a");
    let recording = secretary.upload(&file, &town.village, "vi").await;
    let recording = text(&recording, "id");
    secretary.worked_on(&recording).await;
    let mut approved = Vec::new();
    for number in 0..BULLETINS {
        let title = format!("Thông báo số {number} của thôn về việc chung");
        let bulletin = secretary.draft(&town.village, &title).await;
        secretary.attach(&bulletin, "vi", &recording).await;
        if number % 10 > 0 {
            secretary.step(&bulletin, "submit", "").await.done();
        }
        if number % 10 > 1 {
            officer.step(&bulletin, "approve", "").await.done();
            approved.push(bulletin);
        }
    }
    approved
}

/// Everyday broadcasts for all villages, and gives the first.
async fn order(town: &Town, bulletins: &[String], villages: &[String]) -> String {
    let officer = town.script(Who::Officer);
    let mut first = None;
    for (number, hour) in STARTS.into_iter().enumerate() {
        let times = [format!("{hour:02}:00")];
        let daily = json!({ "bulletins": [bulletins[number]], "areas": villages,
            "rule": { "kind": "daily", "times": times } });
        let placed = officer.post("/broadcasts", daily).await.done();
        first.get_or_insert(text(&placed, "id"));
    }
    first.expect("a broadcast")
}

/// A station of the village reports a year, and gives the number of its lines.
async fn air_a_year(town: &Town, village: &str, broadcast: &str) -> usize {
    let (_, code) = town.script(Who::Admin).new_station(village).await;
    let code: EnrolmentCode = code.parse().expect("a code");
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let seed: Vec<u8> = village.bytes().rev().take(10).collect();
    let journal = JournalId::from_random(seed.try_into().expect("ten bytes"));
    let request = json!({ "secret": code.secret(), "journal": journal, "version": "0.1.0",
        "key": programme::signed::key_text(&key.verifying_key()) });
    let nobody = Script::new(&town.url(), "nobody");
    let enrolled = nobody
        .call(Method::POST, "/enrol", Some(request))
        .await
        .done();
    let pc = Script::new(&town.url(), &text(&enrolled, "token"));
    let mut tip = Tip::start(&journal);
    let mut waiting = Vec::new();
    let mut sent = 0;
    let starts = (1..=DAYS)
        .rev()
        .flat_map(|ago| STARTS.map(|hour| (ago, hour)));
    for (ago, hour) in starts {
        for record in start(broadcast, now() - (24 * ago).hours(), hour) {
            let line = line(&tip, record);
            tip = Tip::at(&line).expect("a line");
            waiting.push(line);
        }
        if waiting.len() >= LINES || (ago, hour) == (1, STARTS[STARTS.len() - 1]) {
            sent += waiting.len();
            let head = tip.sign(&journal, &key);
            let batch = json!({ "journal": journal, "lines": waiting, "head": head });
            pc.post("/station/as-run", batch).await.done();
            waiting.clear();
        }
    }
    sent
}

/// The life of a start: of twenty one is missed, the others are heard.
fn start(broadcast: &str, on: Timestamp, hour: i64) -> Vec<Value> {
    let date = day(on);
    let cue = format!("{broadcast}@{date}T{hour:02}:00");
    let local = format!("{date}T{hour:02}:00:00+07:00");
    let at: Timestamp = local.parse().expect("an instant");
    let planned = at.as_millisecond();
    let outcome = json!({ "record": "outcome", "cue": cue, "broadcast": broadcast,
        "planned_ms": planned, "wall_ms": planned + 90_000 });
    let with = |more: Value| {
        let mut whole = outcome.clone();
        let fields = more.as_object().expect("fields").clone();
        whole.as_object_mut().expect("fields").extend(fields);
        whole
    };
    if planned / 3_600_000 % 20 == 0 {
        return vec![with(json!({ "outcome": "missed", "why": "power_off" }))];
    }
    let attempt = json!({ "cue": cue, "number": 1 });
    vec![
        json!({ "record": "started", "attempt": attempt, "broadcast": broadcast,
            "planned_ms": planned, "starts_ms": planned, "content": [], "duration_ms": 90_000,
            "wall_ms": planned - 2_000 }),
        json!({ "record": "ended", "attempt": attempt, "position_ms": 90_000, "cut": null,
            "wall_ms": planned + 90_000 }),
        with(json!({ "outcome": "aired" })),
    ]
}

/// A line of the journal behind `tip`.
fn line(tip: &Tip, record: Value) -> String {
    let mut line = json!({ "sequence": tip.sequence + 1, "previous": tip.hash, "boot_ms": 60_000,
        "boot_id": "monday", "generation": 1 });
    let fields = record.as_object().expect("fields").clone();
    line.as_object_mut().expect("fields").extend(fields);
    line.to_string()
}

/// Measures one page of each route that this person reaches.
async fn each_page(person: &Person) {
    let routes = Routes::declared_in("server/src");
    let tour = Tour::of(person, &routes, &["/"]).await;
    let mut known = BTreeSet::new();
    let (mut heaviest, mut slowest) = (0, 0.0_f64);
    for stop in &tour.stops {
        let route = stop.kind.split('?').next().unwrap_or_default();
        if !known.insert(route) {
            continue;
        }
        let mut bytes = person.weigh(&stop.path).await;
        let own = stop.page.addresses();
        for part in own.iter().filter(|part| part.starts_with("/assets/")) {
            bytes += person.weigh(part).await;
        }
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let asked = boot_time();
            person.weigh(&stop.path).await;
            took.push(boot_time().since(asked));
        }
        took.sort();
        let [median, p95] = [took[TIMES / 2], took[TIMES * 95 / 100]].map(millis);
        println!("{route:>44} {bytes:7} {median:9.1} {p95:9.1}");
        heaviest = heaviest.max(bytes);
        slowest = slowest.max(p95);
    }
    let verdict = |met| if met { "met" } else { "NOT MET" };
    println!(
        "      the heaviest: {heaviest} bytes, goal ≤ {BYTES}: {}",
        verdict(heaviest <= BYTES)
    );
    println!(
        "      the slowest: {slowest:.1} ms, goal ≤ {P95_MS}: {}",
        verdict(slowest <= P95_MS)
    );
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
