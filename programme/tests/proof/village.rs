//! A village to tell stories about: Cốc San's hours, its languages, a key that everybody trusts.

use std::time::Duration;

use ed25519_dalek::SigningKey;
use jiff::civil::{Date, DateTime, Time};
use programme::day_plan::DayPlan;
use programme::emergency::{Emergency, Order};
use programme::ids::{AreaId, BroadcastId, BulletinId, ContentHash, StationId, StopId};
use programme::programme::{
    Broadcast, Bulletin, Class, Item, MissedRule, Programme, QuietHours, Sound, Spoken,
};
use programme::rule::{Rule, Span};
use programme::signed::{Envelope, Purpose, Verified};
use programme::standby::Standby;
use programme::stop::{Stop, TOLD_FOR};
use programme::timetable::{DayType, Timetable};
use programme::units::{Decibels, WallTime};
use programme::zone::Zone;

pub const MINUTE: Duration = Duration::from_secs(60);
pub const ZONE: &str = "Asia/Ho_Chi_Minh";

/// The instant at which a clock in the village shows `civil`, written as `2026-11-23T17:00`.
pub fn at(civil: &str) -> WallTime {
    let civil: DateTime = civil.parse().expect("a civil time");
    zone().instant(civil).expect("an instant")
}

/// The Monday on which most stories take place, at `time`.
pub fn monday(time: &str) -> WallTime {
    at(&format!("2026-11-23T{time}"))
}

pub fn zone() -> Zone {
    Zone::named(ZONE).expect("the zone of Viet Nam")
}

pub fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

pub fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The village PC's own key.
pub fn station_key() -> SigningKey {
    SigningKey::from_bytes(&[8; 32])
}

pub fn station_id() -> StationId {
    StationId::from_random([1; 10])
}

pub fn bulletin_id(number: u8) -> BulletinId {
    BulletinId::from_random([number; 10])
}

pub fn broadcast_id(number: u8) -> BroadcastId {
    BroadcastId::from_random([number; 10])
}

pub fn sound(name: &str, duration: Duration) -> Sound {
    Sound {
        hash: ContentHash::of(name.as_bytes()),
        size_bytes: 1_000,
        duration,
    }
}

pub fn spoken(language: &str, name: &str, duration: Duration) -> Spoken {
    Spoken {
        language: language.parse().expect("a language"),
        sound: sound(name, duration),
    }
}

/// The village without anything to say: Giáy first, then Vietnamese.
pub fn village() -> Programme {
    Programme {
        format_version: 1,
        must_understand: Vec::new(),
        station: station_id(),
        area: AreaId::from_random([1; 10]),
        area_name: "Thôn Tòng Xành".to_owned(),
        within: Vec::new(),
        generation: 1,
        issued_at: monday("00:00"),
        zone: ZONE.to_owned(),
        languages: vec![
            "pcc".parse().expect("Giáy"),
            "vi".parse().expect("Vietnamese"),
        ],
        quiet_hours: QuietHours::default(),
        timetable: Timetable::default(),
        chime: None,
        volume_db: Decibels(0.0),
        class_volume_db: Default::default(),
        bulletins: Default::default(),
        broadcasts: Vec::new(),
        standby: Vec::new(),
        keepers: Vec::new(),
    }
}

/// A bulletin in Vietnamese that lasts `duration`.
pub fn bulletin(number: u8, duration: Duration) -> Bulletin {
    Bulletin {
        title: format!("Bulletin {number}"),
        class: Class::Ordinary,
        topic: None,
        recordings: vec![spoken("vi", &format!("recording {number}"), duration)],
        valid_until: None,
    }
}

/// A broadcast of the bulletin of the same number, heard once, only at its time.
pub fn broadcast(number: u8, rule: Rule) -> Broadcast {
    Broadcast {
        id: broadcast_id(number),
        must_understand: Vec::new(),
        bulletins: vec![bulletin_id(number)],
        rule,
        since: at("2026-01-01T00:00"),
        repeats: 1,
        gap: Duration::from_secs(30),
        missed: MissedRule::OnlyThen,
        chime: false,
    }
}

pub fn once(civil: &str) -> Rule {
    Rule::Once {
        at: civil.parse().expect("a civil time"),
    }
}

pub fn daily(times: &[&str]) -> Rule {
    Rule::Daily {
        times: times.iter().map(|text| time(text)).collect(),
        sessions: Vec::new(),
        span: Span {
            from: date("2026-01-01"),
            until: None,
            except: Vec::new(),
            on: DayType::Every,
        },
    }
}

pub fn until(text: &str) -> MissedRule {
    MissedRule::Until { until: time(text) }
}

/// Adds to a programme, one thing after another.
pub trait Adding {
    fn with(self, broadcast: Broadcast) -> Self;
    fn holding(self, number: u8, bulletin: Bulletin) -> Self;
    /// A daily broadcast of a bulletin of one minute, at `hour`.
    fn saying(self, number: u8, hour: &str) -> Self;
    /// The bulletin of this number stands by: heard twice with ten seconds between, for two hours.
    fn standing_by(self, number: u8) -> Self;
    fn at_generation(self, generation: u64) -> Self;
}

impl Adding for Programme {
    fn with(mut self, broadcast: Broadcast) -> Self {
        self.broadcasts.push(Item::Understood(Box::new(broadcast)));
        self
    }

    fn holding(mut self, number: u8, bulletin: Bulletin) -> Self {
        self.bulletins.insert(bulletin_id(number), bulletin);
        self
    }

    fn saying(self, number: u8, hour: &str) -> Self {
        self.holding(number, bulletin(number, MINUTE))
            .with(broadcast(number, daily(&[hour])))
    }

    fn standing_by(mut self, number: u8) -> Self {
        self.standby.push(Standby {
            bulletin: bulletin_id(number),
            must_understand: Vec::new(),
            when: "Suối vượt mốc đỏ".to_owned(),
            repeats: Some(2),
            gap: Duration::from_secs(10),
            lasts: MINUTE * 120,
        });
        self
    }

    fn at_generation(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }
}

/// The flood warning of `number`: one minute in Vietnamese, ordered for the village at `issued_at`,
/// heard twice with ten seconds between, for two hours at most.
pub fn emergency(number: u8, issued_at: WallTime) -> Emergency {
    let mut content = bulletin(number, MINUTE);
    content.class = Class::Emergency;
    Emergency {
        format_version: 1,
        must_understand: Vec::new(),
        id: broadcast_id(number),
        revision: 1,
        areas: vec![village().area],
        bulletin: bulletin_id(number),
        content,
        repeats: Some(2),
        gap: Duration::from_secs(10),
        issued_at,
        expires_at: issued_at + MINUTE * 120,
        order: Order {
            by: "Lý Thị Mai".to_owned(),
            why: "Lũ ống".to_owned(),
            drill: false,
            at_pc: false,
        },
        cancelled: false,
    }
}

pub fn ordered_envelope(emergency: &Emergency) -> Envelope {
    let payload = serde_json::to_vec(emergency).expect("a payload");
    Envelope::sign(Purpose::Emergency, payload, &key())
}

pub fn ordered(emergency: &Emergency) -> Verified<Emergency> {
    let envelope = ordered_envelope(emergency);
    Verified::<Emergency>::open(&envelope, &key().verifying_key()).expect("trusted")
}

/// The village head presses STOP on the panel at `issued_at`, for whatever sounds there.
pub fn panel_stop(number: u8, issued_at: WallTime) -> Stop {
    Stop {
        format_version: 1,
        must_understand: Vec::new(),
        id: StopId::from_random([number; 10]),
        areas: vec![village().area],
        broadcast: None,
        issued_at,
        expires_at: issued_at + TOLD_FOR,
        by: "Vàng Văn Sáng".to_owned(),
    }
}

pub fn believed(stop: &Stop) -> Verified<Stop> {
    let payload = serde_json::to_vec(stop).expect("a payload");
    let envelope = Envelope::sign(Purpose::Stop, payload, &key());
    Verified::<Stop>::open(&envelope, &key().verifying_key()).expect("trusted")
}

pub fn signed(programme: &Programme) -> Envelope {
    let payload = serde_json::to_vec(programme).expect("a payload");
    Envelope::sign(Purpose::Programme, payload, &key())
}

pub fn verified(programme: &Programme) -> Verified<Programme> {
    let key = key().verifying_key();
    Verified::<Programme>::open(&signed(programme), &key, &programme.station, 0).expect("trusted")
}

pub fn plan(programme: &Programme, day: &str) -> DayPlan {
    DayPlan::of(programme, date(day)).expect("a known zone")
}
