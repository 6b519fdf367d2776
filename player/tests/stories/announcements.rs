//! Programmes and recordings for stories.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::{DateTime, Time};
use programme::ids::{AreaId, BroadcastId, BulletinId, ContentHash};
use programme::programme::{
    Broadcast, Bulletin, Class, FORMAT_VERSION, Item, MissedRule, Programme, QuietHours, Sound,
    Spoken,
};
use programme::rule::Rule;
use programme::timetable::Timetable;
use programme::units::{Decibels, WallTime};
use recordings::encode::{Coding, encode};

use crate::commune::{Commune, ZONE};

impl Commune {
    /// A programme of this station with nothing in it.
    pub fn empty_programme(&self, generation: u64) -> Programme {
        let station = self.look().station.clone();
        Programme {
            format_version: FORMAT_VERSION,
            must_understand: Vec::new(),
            station,
            area: AreaId::from_random([6; 10]),
            area_name: "Bản Một".to_owned(),
            within: Vec::new(),
            generation,
            issued_at: self.wall(),
            zone: ZONE.to_owned(),
            languages: vec!["vi".parse().unwrap()],
            quiet_hours: QuietHours {
                from: Time::constant(21, 0, 0, 0),
                until: Time::constant(5, 30, 0, 0),
            },
            timetable: Timetable::default(),
            chime: None,
            volume_db: Decibels(0.0),
            class_volume_db: BTreeMap::new(),
            bulletins: BTreeMap::new(),
            broadcasts: Vec::new(),
            standby: Vec::new(),
            keepers: Vec::new(),
        }
    }

    /// A programme with one announcement, `number`, once `at`, of `seconds` length.
    pub fn one(&self, generation: u64, number: u8, at: DateTime, seconds: u64) -> Programme {
        let mut programme = self.empty_programme(generation);
        self.add(&mut programme, number, at, seconds, MissedRule::OnlyThen);
        programme
    }

    /// Adds an announcement to a programme, and its recording to the server.
    pub fn add(
        &self,
        programme: &mut Programme,
        number: u8,
        at: DateTime,
        seconds: u64,
        missed: MissedRule,
    ) {
        let bytes = tone(seconds, number);
        let hash = ContentHash::of(&bytes);
        let sound = Sound {
            hash,
            size_bytes: bytes.len() as u64,
            duration: Duration::from_secs(seconds),
        };
        self.look().recordings.insert(hash, bytes);
        let bulletin = BulletinId::from_random([number; 10]);
        let spoken = Spoken {
            language: "vi".parse().unwrap(),
            sound,
        };
        programme.bulletins.insert(
            bulletin.clone(),
            Bulletin {
                title: format!("Bản tin số {number}"),
                class: Class::Ordinary,
                topic: None,
                recordings: vec![spoken],
                valid_until: None,
            },
        );
        programme
            .broadcasts
            .push(Item::Understood(Box::new(Broadcast {
                id: BroadcastId::from_random([number; 10]),
                must_understand: Vec::new(),
                bulletins: vec![bulletin],
                rule: Rule::Once { at },
                since: WallTime::from_millis(0),
                repeats: 1,
                gap: Duration::ZERO,
                missed,
                chime: false,
            })));
    }
}

/// An Ogg Opus file of ours: a tone whose pitch tells `number`.
pub fn tone(seconds: u64, number: u8) -> Vec<u8> {
    let hz = 300.0 + 100.0 * f32::from(number);
    let wave = |n: u64| 0.3 * (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin();
    let samples: Vec<f32> = (0..seconds * 48_000).map(wave).collect();
    let coding = Coding {
        complexity: 0,
        ..Coding::default()
    };
    let mut bytes = Vec::new();
    let encoded = encode(&samples[..], coding, None, &|_| Ok(())).unwrap();
    encoded.write(&mut bytes).unwrap();
    bytes
}
