//! The main story, told with the real programs: one recording, all the way to the horn, and back as
//! a line in the log; on the sound card and into a file, and with either database.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use jiff::Timestamp;
use programme::units::BootTime;
use town::capture::{Capture, late_ms};
use town::chatter::read_wav;
use town::correlate::{Found, find, find_in};
use town::deeds::{Approved, day};
use town::postgres::Postgres;
use town::sound_card::{SoundCard, with_virtual_card};
use town::tape::Tape;
use town::town::{Town, Who, boot_time_at, full_minute, now};
use town::village::Village;

/// What the village hears: one announcement in two languages.
const FILES: &[(&str, &str)] = &[("vi", "vneid.vi.m4a"), ("pcc", "vneid.pcc.m4a")];
const TITLE: &str = "Kích hoạt tài khoản VNeID";

/// The virtual card takes a block about 10 ms before a real one would sound it.
const BIAS_MS: f64 = -10.0;
/// How far a start may be off on a busy machine, the answer about the time included.
const TOLERANCE_MS: f64 = 30.0;
/// Quieter than the last of 16 bits.
const NOTHING: f32 = 1e-5;
/// How near to a recording nothing is looked for.
const MARGIN: Duration = Duration::from_millis(100);
/// One language follows the other at once, but for the silence between two segments.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A recording that was found is itself, bit by bit, but for the gain.
const ITSELF: f64 = 0.999;

#[test]
fn a_recording_is_approved_scheduled_and_heard_at_its_instant_and_the_panel_says_so() {
    with_virtual_card(|mut card| {
        card.plug_in();
        told(on_the_card(card));
    });
}

async fn on_the_card(card: SoundCard) {
    let mut village = Village::with_card(&card);
    let story = Story::begun(&mut village).await;
    let capture = Capture::of(&card);
    let line = story.aired().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let heard = capture.stop();

    let sounds = story.sounds().await;
    let planned = boot_time_at(story.at);
    let start = heard.frame_at(planned);
    let mut last = start;
    for (place, sound) in sounds.iter().enumerate() {
        let found = find_in(
            sound,
            heard.samples(),
            last.saturating_sub(9_600)..last + sound.len() + 480_000,
        );
        assert!(
            found.likeness > ITSELF,
            "recording {place} is heard whole: {found:?}"
        );
        let between = (heard.instant_of(last), heard.instant_of(found.frame));
        if place > 0 {
            let pause = between.1.since(between.0);
            let expected = SHORTEST_PAUSE..LONGEST_PAUSE;
            assert!(
                expected.contains(&pause),
                "{pause:?} before recording {place}"
            );
            let within = (
                between.0.saturating_add(MARGIN),
                between.1.saturating_sub(MARGIN),
            );
            assert!(
                heard.peak_between(within.0, within.1) < NOTHING,
                "a sound between"
            );
        } else {
            let late = late_ms(heard.instant_of(found.frame), planned) - BIAS_MS;
            assert!(
                late.abs() < TOLERANCE_MS,
                "the first sound is {late:.1} ms late"
            );
        }
        last = found.frame + sound.len();
    }
    let quiet = |from: BootTime, to| heard.peak_between(from, to) < NOTHING;
    assert!(
        quiet(heard.instant_of(0), planned.saturating_sub(MARGIN)),
        "a sound before"
    );
    let end = heard.instant_of(last).saturating_add(MARGIN);
    assert!(
        quiet(end, heard.instant_of(heard.samples().len() - 1)),
        "a sound after"
    );
    assert_started_on_time(&line, story.at);
    story.is_on_the_panel().await;
}

#[test]
fn the_same_is_written_into_a_wav_file_where_there_is_no_sound_card() {
    told(async {
        let mut village = Village::with_wav_file();
        let story = Story::begun(&mut village).await;
        let tape = Tape::of(&village.wav_file());
        let line = story.aired().await;
        assert_started_on_time(&line, story.at);

        let [tape] = &tape.stop()[..] else {
            panic!("one file");
        };
        let heard = tape.samples();
        let mut last = 0;
        let mut sounding = 0;
        for (place, sound) in story.sounds().await.iter().enumerate() {
            let Found {
                frame, likeness, ..
            } = find_in(sound, heard, last..heard.len());
            assert!(likeness > ITSELF, "heard whole: {likeness}");
            if place == 0 {
                let late = late_ms(tape.instant_of(frame), boot_time_at(story.at));
                assert!(
                    late.abs() < TOLERANCE_MS,
                    "the first sound is in the file {late:.1} ms late"
                );
            }
            sounding += sound.iter().filter(|sample| **sample != 0.0).count();
            last = frame + sound.len();
        }
        let all = heard.iter().filter(|sample| **sample != 0.0).count();
        assert!(
            all.abs_diff(sounding) < 48,
            "{all} frames sound, the recordings have {sounding}"
        );
        story.is_on_the_panel().await;
    });
}

#[test]
fn a_server_on_postgresql_leads_it_all_the_way_and_keeps_it_while_it_is_away() {
    told(async {
        let postgres = Postgres::start();
        let url = postgres.database("commune");
        let settings = [("LOABAN_SERVER__DATABASE__URL", &*url)];
        let mut village = Village::with_wav_file();
        let mut story = Story::begun_with(&mut village, &settings).await;
        story.town.stop_server().await;
        story.town.start_server().await;
        story.aired().await;

        let heard = read_wav(&village.wav_file());
        for sound in story.sounds().await {
            let found = find(&sound, &heard);
            assert!(found.likeness > ITSELF, "heard whole: {found:?}");
        }
        story.is_on_the_panel().await;
        let file = story.town.database();
        assert!(!file.exists(), "nothing is kept in {}", file.display());
    });
}

/// The part of the story that is the same wherever the sound goes.
struct Story {
    town: Town,
    station: String,
    approved: Approved,
    at: Timestamp,
}

impl Story {
    /// Up to the moment when the village holds everything and waits for its instant.
    async fn begun(village: &mut Village) -> Self {
        Self::begun_with(village, &[]).await
    }

    /// The same with further settings of the server.
    async fn begun_with(village: &mut Village, settings: &[(&'static str, &str)]) -> Self {
        let town = Town::built_with(settings).await;
        let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
        let (station, code) = admin.new_station(&town.village).await;
        village
            .enrol(&town.url(), &code)
            .expect("the code lets the PC in");
        village.power_on().await;
        let approved = town.approved(TITLE, FILES).await;
        let at = full_minute(Duration::from_secs(15));
        head.air_once(&approved.id, &town.village, at).await.done();
        admin.holds(&station).await;
        assert!(now() < at, "the village was ready in time");
        Self {
            town,
            station,
            approved,
            at,
        }
    }

    /// The line of the log, once it says that the announcement was aired.
    async fn aired(&self) -> serde_json::Value {
        let head = self.town.script(Who::Head);
        let line = head
            .logged(&self.station, self.at, |line| line["state"] == "known")
            .await;
        assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
        assert_eq!(line["attempts"].as_array().map(Vec::len), Some(1), "{line}");
        line
    }

    /// The recordings as they are to be heard, in their order.
    async fn sounds(&self) -> Vec<Vec<f32>> {
        let folder = tempfile::tempdir().expect("a folder");
        let officer = self.town.script(Who::Officer);
        let mut sounds = Vec::new();
        for recording in &self.approved.recordings {
            sounds.push(officer.sound(recording, &folder).await);
        }
        sounds
    }

    /// Whether the village head finds it in the log of the panel.
    async fn is_on_the_panel(&self) {
        let head = self.town.sign_in(Who::Head).await;
        let page = head.open(&format!("/as-run?day={}", day(self.at))).await;
        let words = page.all_words();
        assert!(
            words.contains(TITLE) && words.contains("Đã phát"),
            "{page:?}"
        );
    }
}

fn assert_started_on_time(line: &serde_json::Value, at: Timestamp) {
    let started = line["attempts"][0]["started_ms"].as_i64().expect("a start");
    let late = started - at.as_millisecond();
    assert!(
        late.abs() <= 100,
        "by its own account it began {late} ms late"
    );
}

fn told(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(story);
}
