//! Whatever bytes come: a refusal or a plan, never a panic.

use std::time::Duration;

use jiff::civil::Date;
use programme::air::{AirCore, Input, Past};
use programme::as_run::{Entry, chain};
use programme::clock::Now;
use programme::day_plan::DayPlan;
use programme::enrolment::EnrolmentCode;
use programme::lint::{Limits, lint};
use programme::programme::Programme;
use programme::signed::{Envelope, Purpose, Verified};
use programme::units::{BootTime, WallTime};
use programme::wire::{AsRunBatch, Health};
use proptest::prelude::*;
use serde_json::Value;

use crate::village::{date, key, station_id};

const PROGRAMME: &str = include_str!("../golden/format_1/programme.json");
const TIMETABLE: &str = include_str!("../golden/format_1/timetable.json");
const ENVELOPE: &str = include_str!("../golden/format_1/envelope.json");
const AS_RUN: &str = include_str!("../golden/format_1/as_run.json");

/// Everything that is done with bytes that claim to be an envelope.
fn receive(bytes: &[u8]) {
    if let Ok(envelope) = serde_json::from_slice::<Envelope>(bytes) {
        let key = key().verifying_key();
        let _ = Verified::<Programme>::open(&envelope, &key, &station_id(), 0).map(live_through);
    }
}

/// Everything that is done with a payload whose signature fits.
fn trust(payload: Vec<u8>) -> bool {
    let envelope = Envelope::sign(Purpose::Programme, payload, &key());
    let key = key().verifying_key();
    let opened = Verified::<Programme>::open(&envelope, &key, &station_id(), 0);
    opened.map(live_through).is_ok()
}

fn live_through(programme: Verified<Programme>) {
    let days = [
        Date::MIN,
        date("2026-11-22"),
        date("2026-11-23"),
        date("2026-11-29"),
        Date::MAX,
    ];
    let mut plans = Vec::new();
    for day in days {
        let _ = lint(programme.get(), day, 3, &Limits::default());
        plans.extend(programme.plan(day));
    }
    let ends = |plan: &Verified<DayPlan>| plan.get().cues.iter().map(|cue| cue.planned).max();
    let last = plans
        .iter()
        .filter_map(ends)
        .max()
        .unwrap_or(WallTime::from_micros(0));
    let mut now = Now {
        wall: Some(last - Duration::from_secs(90_000)),
        boot: BootTime::ZERO,
    };
    let mut core = AirCore::new(Past::default(), now);
    core.handle(
        Input::Ready(programme.get().recordings().into_keys().collect()),
        now,
    );
    core.handle(Input::Plans(plans), now);
    for _ in 0..50 {
        while core.poll_command().is_some() {}
        let _ = core.outlook(now);
        let Some((at, _)) = core.poll_timeout() else {
            break;
        };
        now.wall = now.wall.map(|wall| wall + at.since(now.boot));
        now.boot = at;
        core.handle_timeout(now);
    }
}

/// `value` with the `place`-th of its leaves or branches replaced.
fn replace(value: &mut Value, place: &mut usize, by: &Value) {
    if *place == 0 {
        *value = by.clone();
    }
    *place = place.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, place, by)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| replace(field, place, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn nasty() -> impl Strategy<Value = Value> {
    let numbers = [-1, 0, 1, i64::MAX, i64::MIN, 1_000_000_000_000_000].map(Value::from);
    let texts = [
        "",
        "x",
        "9999-12-31",
        "-009999-01-01",
        "9999-12-31T23:59:59.999999999",
        "00:00",
        "23:59:59.999999999",
        "Europe/Berlin",
        "Pacific/Apia",
        "UTC",
        "emergency",
        "now",
        "pcc",
    ];
    let structures = [
        Value::Null,
        Value::from(u64::MAX),
        Value::from(1e300),
        serde_json::json!([]),
    ];
    let all = numbers
        .into_iter()
        .chain(texts.map(Value::from))
        .chain(structures);
    prop::sample::select(all.collect::<Vec<_>>())
}

fn altered(text: &str, bytes: Vec<(prop::sample::Index, u8)>) -> Vec<u8> {
    let mut altered = text.as_bytes().to_vec();
    for (place, byte) in bytes {
        let place = place.index(altered.len());
        altered[place] = byte;
    }
    altered
}

fn bytes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn bytes_that_come_from_anywhere(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        receive(&bytes);
        trust(bytes.clone());
        let _ = serde_json::from_slice::<AsRunBatch>(&bytes);
        let _ = serde_json::from_slice::<Health>(&bytes);
        let _ = String::from_utf8_lossy(&bytes).parse::<EnrolmentCode>();
    }

    #[test]
    fn an_envelope_with_bytes_altered(bytes in bytes()) {
        receive(&altered(ENVELOPE, bytes));
    }

    #[test]
    fn a_payload_with_bytes_altered_that_is_signed_all_the_same(bytes in bytes()) {
        trust(altered(PROGRAMME, bytes.clone()));
        trust(altered(TIMETABLE, bytes));
    }

    #[test]
    fn an_as_run_with_bytes_altered(bytes in bytes()) {
        if let Ok(batch) = serde_json::from_slice::<AsRunBatch>(&altered(AS_RUN, bytes)) {
            let key = key().verifying_key();
            let _ = chain::verify(&batch.journal, &batch.lines, &batch.head, &key);
        }
    }

    #[test]
    fn a_programme_with_nasty_values_in_odd_places(
        changes in prop::collection::vec((any::<prop::sample::Index>(), nasty()), 1..5),
    ) {
        for text in [PROGRAMME, TIMETABLE] {
            let mut programme: Value = serde_json::from_str(text).expect("JSON");
            for (place, by) in &changes {
                replace(&mut programme, &mut place.index(160), by);
            }
            trust(serde_json::to_vec(&programme).expect("JSON"));
        }
    }
}

#[test]
fn the_programmes_that_the_others_alter_are_good() {
    assert!(trust(PROGRAMME.as_bytes().to_vec()));
    assert!(trust(TIMETABLE.as_bytes().to_vec()));
}

#[test]
fn a_journal_that_cannot_be_is_read_all_the_same() {
    let batch: AsRunBatch = serde_json::from_str(AS_RUN).expect("JSON");
    let entries = batch.lines.iter().map(|line| serde_json::from_str(line));
    let entries: Vec<Entry> = entries.collect::<Result<_, _>>().expect("lines");
    let records: Vec<_> = entries.into_iter().map(|entry| entry.record).collect();
    let now = Now {
        wall: None,
        boot: BootTime::ZERO,
    };
    for first in 0..records.len() {
        let mut twisted = records.clone();
        twisted.rotate_left(first);
        twisted.reverse();
        let mut core = AirCore::new(
            Past {
                records: twisted,
                open_position: None,
                unwritable_since: None,
            },
            now,
        );
        while core.poll_command().is_some() {}
        assert_eq!(core.poll_timeout(), None);
    }
}
