//! What became of what airs every day: the newest starts, how many there were in all, and a way to
//! the older ones.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::town::Town;

/// So many days the broadcast has aired; one in ten was cut.
const DAYS: i64 = 40;
/// So many starts stand on a page.
const PAGE: usize = 30;

/// The life of the start at 17:00 of a day, `ago` days before today.
fn start(town: &Town, broadcast: &str, ago: i64) -> Vec<Value> {
    let today: Date = "2026-11-23".parse().unwrap();
    let date = today.checked_sub(ago.days()).unwrap();
    let planned = town.today(17, 0).as_millis() - ago * 86_400_000;
    let cue = format!("{broadcast}@{date}T17:00");
    let attempt = json!({ "cue": cue, "number": 1 });
    let (position, cut) = match ago % 10 {
        0 => (83_000, json!("power_lost")),
        _ => (120_000, Value::Null),
    };
    let mut outcome = json!({ "record": "outcome", "cue": cue, "broadcast": broadcast,
        "planned_ms": planned, "outcome": "aired" });
    if ago % 10 == 0 {
        outcome["outcome"] = json!("cut");
        outcome["position_ms"] = json!(position);
        outcome["why"] = json!("power_lost");
    }
    let began = json!({ "record": "started", "attempt": attempt, "broadcast": broadcast,
        "planned_ms": planned, "starts_ms": planned, "content": [], "duration_ms": 120_000 });
    let ended = json!({ "record": "ended", "attempt": attempt, "position_ms": position,
        "cut": cut });
    vec![began, ended, outcome]
}

/// Records as entries of one journal.
fn numbered(records: Vec<Value>) -> Value {
    let entry = |(number, mut record): (usize, Value)| {
        let line = json!({ "sequence": number + 1, "wall_ms": 1_795_399_200_000_i64,
            "boot_ms": 60_000, "boot_id": "monday", "generation": 1 });
        record
            .as_object_mut()
            .unwrap()
            .extend(line.as_object().unwrap().clone());
        record
    };
    records.into_iter().enumerate().map(entry).collect()
}

/// How many starts a page lists.
fn listed(page: &str) -> usize {
    page.matches(" 17:00</strong> Thôn Tòng Xành").count()
}

/// Where the older ones are.
fn older(page: &str) -> Option<&str> {
    let at = page.find("?before=")?;
    let from = page[..at].rfind('"')? + 1;
    page[from..].split('#').next()
}

#[tokio::test]
async fn what_airs_every_day_is_told_by_the_newest_starts_and_the_older_ones_are_a_link_away() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let ordered = town.ordered(&bulletin, rule).await.json();
    let broadcast = ordered["id"].as_str().unwrap().to_owned();
    let mut records: Vec<Value> = (1..=DAYS)
        .rev()
        .flat_map(|ago| start(&town, &broadcast, ago))
        .collect();
    // One that began and of which no more was heard.
    records.extend(start(&town, &broadcast, 0).into_iter().take(1));
    let kept = pc.report(numbered(records)).await;
    assert!(kept.status.is_success(), "{}", kept.body);
    town.server.clock.set(town.today(20, 0));

    let mut head = town.server.signed_in("truong.thon").await;
    let paths = [
        format!("/bulletins/{bulletin}"),
        format!("/broadcasts/{broadcast}"),
    ];
    for path in &paths {
        let page = head.get(path).await.body;
        let all = "Tất cả 40 lượt đã có kết quả, trong đó 36 lượt phát hết";
        assert!(page.contains(all), "{path}: {page}");
        // The one that is open stands before them.
        assert_eq!(listed(&page), PAGE + 1, "{page}");
        assert!(page.contains("23/11/2026 17:00"), "{page}");
        let link = older(&page).expect("a way to the older ones");
        assert!(link.starts_with(path.as_str()), "{link}");
        let before = head.get(link).await.body;
        assert_eq!(listed(&before), 10, "{before}");
        assert!(before.contains("14/10/2026 17:00"), "{before}");
        assert!(before.contains("Bị ngắt sau 01:23 vì mất điện"), "{before}");
        assert!(!before.contains("Các lượt cũ hơn"), "{before}");
        assert!(before.contains("Các lượt mới nhất"), "{before}");
    }
}

#[tokio::test]
async fn few_starts_are_all_told_and_not_counted() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["17:00"] });
    let ordered = town.ordered(&bulletin, rule).await.json();
    let broadcast = ordered["id"].as_str().unwrap().to_owned();
    let records = (1..=3).rev().flat_map(|ago| start(&town, &broadcast, ago));
    let entries = numbered(records.collect());
    pc.report(entries).await;
    let mut head = town.server.signed_in("truong.thon").await;
    let path = format!("/bulletins/{bulletin}");
    let page = head.get(&path).await.body;
    assert_eq!(listed(&page), 3, "{page}");
    assert!(!page.contains("lượt đã có kết quả"), "{page}");
    // An address that was typed by hand finds nothing, and leads back.
    let none = head.get(&format!("{path}?before=0")).await.body;
    assert_eq!(listed(&none), 0, "{none}");
    assert!(none.contains("Các lượt mới nhất"), "{none}");
}

/// A start of today at this hour that a PC without power missed.
fn missed(town: &Town, broadcast: &str, hour: i64) -> Value {
    json!({ "record": "outcome", "cue": format!("{broadcast}@2026-11-23T{hour}:00"),
        "broadcast": broadcast, "planned_ms": town.today(hour, 0).as_millis(),
        "outcome": "missed", "why": "power_off" })
}

#[tokio::test]
async fn a_pc_that_was_off_missed_what_was_due_before_it_was_cancelled_and_no_more() {
    let mut town = Town::start().await;
    let mut pc = town.enrolled().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let rule = json!({ "kind": "daily", "times": ["10:00", "17:00"] });
    let ordered = town.ordered(&bulletin, rule).await.json();
    let broadcast = ordered["id"].as_str().unwrap().to_owned();
    pc.programme(0).await;
    town.server.clock.set(town.today(12, 0));
    let cancel = format!("/api/v1/broadcasts/{broadcast}/cancel");
    let cancelled = town.head.post_json(&cancel, json!({})).await;
    assert!(cancelled.status.is_success(), "{}", cancelled.body);
    // Power is back, and of the cancellation the PC hears when it has told this.
    town.server.clock.set(town.today(18, 0));
    let told = [10, 17].map(|hour| missed(&town, &broadcast, hour));
    let kept = pc.report(numbered(told.into())).await;
    assert!(kept.status.is_success(), "{}", kept.body);

    let station = town.station["id"].as_str().unwrap();
    let log = format!("/api/v1/as-run?station={station}&date=2026-11-23");
    let lines = town.head.get(&log).await.json();
    let planned: Vec<_> = lines.as_array().unwrap().iter().collect();
    assert_eq!(planned.len(), 1, "{lines}");
    assert_eq!(planned[0]["planned_ms"], town.today(10, 0).as_millis());
    assert_eq!(planned[0]["outcome"]["why"], "power_off", "{lines}");
    let month = "/api/v1/reports/month?month=2026-11";
    let month = town.officer.get(month).await.json();
    assert_eq!(month["planned"]["missed"], 1, "{month}");
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get(&format!("/broadcasts/{broadcast}")).await.body;
    assert!(page.contains("23/11/2026 10:00"), "{page}");
    assert!(!page.contains("23/11/2026 17:00"), "{page}");
    let calendar = "/broadcasts/calendar?view=day&day=2026-11-23";
    let page = head.get(calendar).await.body;
    assert!(page.contains("10:00"), "{page}");
    // Its sessions begin and end then.
    let page = page.replace("–17:00", "").replace("17:00–", "");
    assert!(!page.contains("17:00"), "{page}");
}
