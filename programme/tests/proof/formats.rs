//! The formats as they are published, frozen: each file is what this release writes, and what
//! each later release must read.
//!
//! A file is never changed. A format that changes gets a new number and new files beside these.

mod bundle;
mod faults;
mod also_taken;
mod standby;
mod stops;
mod timetable;

use std::fmt::Debug;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use jiff::civil::{Time, Weekday};
use programme::as_run::chain::Tip;
use programme::as_run::{
    AttemptId, CueId, CutCause, Entry, MissedCause, Outcome, Record, Suppressor,
};
use programme::clock::{BootId, Voucher};
use programme::ids::{ContentHash, JournalId};
use programme::programme::{Class, Item, MissedRule, Programme};
use programme::rule::{Rule, Span};
use programme::signed::{Envelope, Purpose, key_text};
use programme::timetable::DayType;
use programme::units::{BootTime, Decibels, WallTime};
use programme::wire::{
    AsRunBatch, AsRunReceipt, EnrolAnswer, EnrolRequest, Fault, FaultName, Health, Problem,
    TimeAnswer, TimeRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::village::{
    Adding, MINUTE, at, broadcast, broadcast_id, bulletin, bulletin_id, daily, date, emergency,
    key, monday, once, sound, spoken, station_id, time, until, village,
};

/// What is written is the file, and what is read from the file is the value.
pub fn is_frozen<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, file: &str) {
    let written = serde_json::to_value(value).expect("JSON");
    let frozen: serde_json::Value = serde_json::from_str(file).expect("JSON");
    assert_eq!(written, frozen);
    let read: T = serde_json::from_str(file).expect("what was once written can be read");
    assert_eq!(&read, value);
}

#[test]
fn a_programme() {
    is_frozen(
        &everything(),
        include_str!("../golden/format_1/programme.json"),
    );
}

#[test]
fn an_envelope() {
    let payload = include_bytes!("../golden/format_1/programme.json").to_vec();
    let envelope = Envelope::sign(Purpose::Programme, payload, &key());
    is_frozen(&envelope, include_str!("../golden/format_1/envelope.json"));
    let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
    assert!(envelope.verify(Purpose::Programme, &key).is_ok());
}

#[test]
fn an_as_run() {
    is_frozen(&as_run(), include_str!("../golden/format_1/as_run.json"));
}

#[test]
fn what_a_station_says_of_its_clock() {
    let said = (
        Record::ClockVouched {
            by: Voucher::Person,
            moved_ms: None,
            uncertainty: MINUTE,
        },
        Record::ClockVouched {
            by: Voucher::Server,
            moved_ms: Some(-83_250),
            uncertainty: Duration::from_millis(41),
        },
        Fault::HardwareClockBad,
    );
    is_frozen(&said, include_str!("../golden/format_1/clock.json"));
}

#[test]
fn each_cause_by_its_name() {
    let causes = (
        vec![
            CutCause::PowerLost,
            CutCause::Operator,
            CutCause::OutputLost,
            CutCause::QuietHours,
            CutCause::Expired,
            CutCause::Withdrawn,
            CutCause::ShutDown,
        ],
        vec![
            MissedCause::PowerOff,
            MissedCause::ClockUnknown,
            MissedCause::NotReady,
            MissedCause::LateProgramme,
            MissedCause::OutputFailed,
            MissedCause::Overrun,
            MissedCause::NotAnswered,
        ],
        vec![
            Suppressor::QuietHours,
            Suppressor::Expired,
            Suppressor::Withdrawn,
            Suppressor::Newer,
            Suppressor::Head,
            Suppressor::Operator,
        ],
    );
    is_frozen(&causes, include_str!("../golden/format_1/causes.json"));
}

#[test]
fn an_emergency_and_what_is_on_record_of_it() {
    let mut warning = emergency(9, monday("22:00"));
    warning.order.drill = true;
    warning.repeats = None;
    warning.cancelled = true;
    let heard = Record::Started {
        attempt: AttemptId {
            cue: CueId::emergency(&warning.id, 2),
            number: 1,
        },
        broadcast: warning.id.clone(),
        planned: monday("22:00"),
        starts: monday("22:01"),
        content: vec![ContentHash::of(b"recording 9")],
        duration: MINUTE,
        order: Some(warning.order.clone()),
        in_quiet_hours: true,
    };
    let stopped = Record::EmergencyStopped {
        broadcast: warning.id.clone(),
    };
    let cut = CutCause::Emergency;
    is_frozen(
        &(warning, heard, stopped, cut),
        include_str!("../golden/format_1/emergency.json"),
    );
}

#[test]
fn what_server_and_station_say() {
    let messages = (
        EnrolRequest {
            secret: "0123456789".to_owned(),
            journal: JournalId::from_random([3; 10]),
            key: key_text(&SigningKey::from_bytes(&[9; 32]).verifying_key()),
            version: "0.1.0".to_owned(),
        },
        EnrolAnswer {
            station: station_id(),
            name: "Thôn Tòng Xành".to_owned(),
            token: "a token".to_owned(),
            signing_key: "00".repeat(32),
        },
        TimeRequest {
            nonce: "0f".repeat(16),
        },
        TimeAnswer {
            nonce: "0f".repeat(16),
            wall: monday("17:00"),
        },
        AsRunReceipt {
            stored_through: 7,
            also_takes: Vec::new(),
        },
        health(),
        Problem {
            kind: "about:blank".to_owned(),
            title: "Forbidden".to_owned(),
            status: 403,
            detail: "The token is not that of a station; enrol the PC again.".to_owned(),
        },
    );
    is_frozen(&messages, include_str!("../golden/format_1/messages.json"));
}

fn everything() -> Programme {
    let mut news = bulletin(1, 2 * MINUTE);
    news.class = Class::Priority;
    news.topic = Some("VNeID".to_owned());
    news.recordings
        .push(spoken("pcc", "recording 1 in Giáy", 3 * MINUTE));
    news.valid_until = Some(at("2026-12-31T00:00"));
    let mut twice = broadcast(1, daily(&["06:00", "17:00"]));
    twice.repeats = 2;
    twice.chime = true;
    twice.missed = until("19:30");
    let mut weekly = broadcast(
        2,
        Rule::Weekly {
            days: vec![Weekday::Monday, Weekday::Sunday],
            times: vec![time("11:30")],
            sessions: Vec::new(),
            span: Span {
                from: date("2026-11-01"),
                until: Some(date("2026-12-31")),
                except: vec![date("2026-12-06")],
                on: DayType::Every,
            },
        },
    );
    weekly.missed = MissedRule::AskHead;
    let now = Rule::Now {
        ordered_at: monday("10:00"),
        until: monday("10:30"),
    };
    let mut programme = village()
        .holding(1, news)
        .holding(2, bulletin(2, MINUTE))
        .with(twice)
        .with(weekly)
        .with(broadcast(3, once("2026-11-23T08:15")))
        .with(broadcast(4, now))
        .at_generation(12);
    programme.chime = Some(sound("chime", Duration::from_millis(4_250)));
    programme.volume_db = Decibels(-3.5);
    let strange = serde_json::json!({
        "id": broadcast_id(5),
        "must_understand": ["only_on_market_days"],
    });
    programme.broadcasts.push(Item::from(strange));
    programme
}

fn as_run() -> AsRunBatch {
    let five = "2026-11-23T17:00".parse().expect("a civil time");
    let cue = CueId::new(&broadcast_id(1), five);
    let attempt = AttemptId {
        cue: cue.clone(),
        number: 1,
    };
    let settled = |outcome| Record::Outcome {
        cue: cue.clone(),
        broadcast: broadcast_id(1),
        planned: monday("17:00"),
        outcome,
        stopped: None,
    };
    let (position, why) = (Duration::from_millis(61_234), CutCause::PowerLost);
    let records = vec![
        Record::Started {
            attempt: attempt.clone(),
            broadcast: broadcast_id(1),
            planned: monday("17:00"),
            starts: monday("17:01"),
            content: vec![ContentHash::of(b"chime"), ContentHash::of(b"recording 1")],
            duration: 2 * MINUTE,
            order: None,
            in_quiet_hours: false,
        },
        Record::Ended {
            attempt: attempt.clone(),
            position,
            cut: Some(why),
            level_db: None,
            heard: None,
            stopped: None,
        },
        Record::Ended {
            attempt,
            position: 2 * MINUTE,
            cut: None,
            level_db: None,
            heard: None,
            stopped: None,
        },
        settled(Outcome::Aired),
        settled(Outcome::Cut { position, why }),
        settled(Outcome::Missed {
            why: MissedCause::ClockUnknown,
        }),
        settled(Outcome::Suppressed {
            by: Suppressor::QuietHours,
        }),
        Record::NotUnderstood {
            broadcast: None,
            why: "missing field `id`".to_owned(),
        },
    ];
    let journal = JournalId::from_random([3; 10]);
    let mut tip = Tip::start(&journal);
    let mut lines = Vec::new();
    for record in records {
        let line = serde_json::to_string(&entry(tip, record)).expect("JSON");
        tip = tip.follow(&line).expect("it follows");
        lines.push(line);
    }
    let head = tip.sign(&journal, &SigningKey::from_bytes(&[9; 32]));
    AsRunBatch {
        journal,
        lines,
        head,
    }
}

fn entry(end: Tip, record: Record) -> Entry {
    let sequence = end.sequence + 1;
    Entry {
        sequence,
        previous: end.hash,
        wall: (sequence > 1).then(|| WallTime::from_millis(1_795_428_000_000)),
        boot: BootTime::after_boot(Duration::from_millis(98_765)),
        boot_id: BootId("5f3c9a52-0f0c-4b52-9d6e-0f6d1d1f8a11".to_owned()),
        generation: 12,
        record,
    }
}

fn health() -> Health {
    Health {
        version: "0.1.0".to_owned(),
        generation: 12,
        clock: Some(Voucher::HardwareClock),
        system_clock_error_ms: Some(-1_500),
        emergencies: Vec::new(),
        standby: Vec::new(),
        stops: Vec::new(),
        ready: 3,
        wanted: 4,
        disk_free_bytes: 12_000_000_000,
        output_ok: true,
        faults: [
            Fault::ClockUnknown,
            Fault::ClockWrong,
            Fault::OutputLost,
            Fault::DiskLow,
            Fault::RecordingRefused,
            Fault::ProgrammeRefused,
            Fault::ItemNotUnderstood,
        ]
        .map(FaultName::from)
        .to_vec(),
        volume_db: None,
        uptime: Duration::from_secs(86_400),
    }
}

/// What later releases add stands beside the frozen files, which must read as they did.
#[test]
fn what_was_added_is_written_only_where_it_is_said() {
    let mut programme = everything();
    let louder = [
        (Class::Ordinary, Decibels(-3.0)),
        (Class::Emergency, Decibels(6.0)),
    ];
    programme.class_volume_db = louder.into();
    let written = serde_json::to_value(&programme).expect("JSON");
    let said = serde_json::json!({ "ordinary": -3.0, "emergency": 6.0 });
    assert_eq!(written["class_volume_db"], said);
    let read: Programme = serde_json::from_value(written).expect("what was written can be read");
    assert_eq!(read, programme);

    let programme = everything().standing_by(1);
    let written = serde_json::to_value(&programme).expect("JSON");
    assert_eq!(written["standby"][0]["lasts_ms"], 7_200_000);
    let read: Programme = serde_json::from_value(written).expect("what was written can be read");
    assert_eq!(read, programme);

    let mut health = health();
    health.standby.push(bulletin_id(1));
    health.volume_db = Some(Decibels(-6.0));
    health.faults.push(Fault::Amplifier.into());
    let written = serde_json::to_value(&health).expect("JSON");
    assert_eq!(written["volume_db"], -6.0);
    assert_eq!(written["faults"][7], "amplifier");
    let read: Health = serde_json::from_value(written).expect("what was written can be read");
    assert_eq!(read, health);
}

#[test]
fn names_that_stand_in_every_journal() {
    let civil = |time: Time| date("2026-11-23").to_datetime(time);
    let id = broadcast_id(1);
    let names = [
        CueId::new(&id, civil(time("06:00"))).to_string(),
        CueId::new(&id, civil(time("06:00:10"))).to_string(),
        CueId::now(&id).to_string(),
    ];
    assert_eq!(
        names,
        [
            "bro_040g2081040g2081@2026-11-23T06:00",
            "bro_040g2081040g2081@2026-11-23T06:00:10",
            "bro_040g2081040g2081@now",
        ]
    );
}
