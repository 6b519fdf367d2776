//! Proof of sound on a real sound system: a village that hears its horn, one whose horn is silent,
//! and one without a microphone; and that listening changes nothing of what sounds.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use loaban_player::loopback::{Listening, Loopback, inputs, listen_once};
use loaban_player::output::{Fault, Level, Report};
use programme::as_run::proof::{Heard, NotChecked};
use serde_json::Value;
use town::capture::{Capture, boot_time, late_ms, wait_until};
use town::chatter::chatter;
use town::correlate::find_in;
use town::deeds::day;
use town::horn::{Horn, ms};
use town::sound_card::{EAR, FAR, SoundCard, with_virtual_card};
use town::town::{Town, Who, full_minute, now};
use town::village::Village;

/// What the villages hear, in two languages.
const FILES: &[(&str, &str)] = &[("vi", "vneid.vi.m4a"), ("pcc", "vneid.pcc.m4a")];
const TITLE: &str = "Kích hoạt tài khoản VNeID";

/// The virtual card takes a block about 10 ms before a real one would sound it.
const BIAS_MS: f64 = -10.0;

/// How far a start may be off on a busy machine.
const TOLERANCE_MS: f64 = 20.0;

#[test]
fn a_horn_that_sounds_one_that_is_silent_and_a_station_without_a_microphone_are_told_apart() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(three_villages());
}

async fn three_villages() {
    let card = SoundCard::plugged_in();
    card.a_place_far_away();
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let mut villages = Vec::new();
    for input in [EAR, FAR, "nobody"] {
        let mut village = Village::with_card(&card).listening_on(input);
        let (station, code) = admin.new_station(&town.village).await;
        let enrolled = village.enrol(&town.url(), &code);
        enrolled.expect("the code lets the PC in");
        village.power_on().await;
        villages.push((village, station));
    }
    let approved = town.approved(TITLE, FILES).await;
    let at = full_minute(Duration::from_secs(15));
    let sent = head.air_once(&approved.id, &town.village, at).await;
    sent.done();
    for (_, station) in &villages {
        admin.holds(station).await;
    }
    assert!(now() < at, "the villages were ready in time");
    let mut said = Vec::new();
    for (_, station) in &villages {
        said.push(attempt(&town, station, at).await);
    }
    assert_eq!(said[0]["heard"]["verdict"], "yes", "{}", said[0]);
    assert_eq!(said[1]["heard"]["verdict"], "no", "{}", said[1]);
    assert_eq!(said[2]["heard"]["verdict"], "not_checked", "{}", said[2]);
    assert_eq!(said[2]["heard"]["why"], "no_input", "{}", said[2]);
    for said in &said {
        let level = said["level_db"].as_f64().expect("a level");
        assert!(
            (-30.0..-10.0).contains(&level),
            "it left the output: {said}"
        );
        assert_eq!(said["cut"], Value::Null, "{said}");
        let started = said["started_ms"].as_i64().expect("a start");
        let late = started - at.as_millisecond();
        assert!(late.abs() <= 100, "it began {late} ms late");
    }
    faults_and_pages(&town, &villages, at).await;
}

/// The one attempt of a station at what aired at `at`, once it is on record as aired.
async fn attempt(town: &Town, station: &str, at: Timestamp) -> Value {
    let head = town.script(Who::Head);
    let known = |line: &Value| line["state"] == "known";
    let line = head.logged(station, at, known).await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    line["attempts"][0].clone()
}

async fn faults_and_pages(town: &Town, villages: &[(Village, String)], at: Timestamp) {
    let admin = town.script(Who::Admin);
    let faulty = |health: &Value| {
        let faults = health["faults"].as_array();
        faults.is_some_and(|faults| faults.contains(&"not_heard".into()))
    };
    admin.says(&villages[1].1, faulty).await;
    for place in [0, 2] {
        let health = admin.says(&villages[place].1, |_| true).await;
        assert!(!faulty(&health), "{health}");
    }
    let words = ["CÓ TIẾNG", "KHÔNG CÓ TIẾNG", "CHƯA KIỂM TRA"];
    for ((village, _), words) in villages.iter().zip(words) {
        let page = reqwest::get(village.screen()).await.expect("the PC's page");
        let page = page.text().await.expect("a page");
        assert!(
            page.contains(&format!("<strong>{words}</strong>")),
            "{page}"
        );
        let is_silent = page.contains("Loa không có tiếng: kiểm tra âm-li");
        assert_eq!(is_silent, words == "KHÔNG CÓ TIẾNG", "{page}");
    }
    let head = town.sign_in(Who::Head).await;
    let log = head
        .open(&format!("/as-run?day={}", day(at)))
        .await
        .all_words();
    for words in [
        "Có tiếng",
        "Không có tiếng: kiểm tra âm-li",
        "Chưa kiểm tra: không nghe được từ micrô",
        "máy đưa tiếng ra âm-li bình thường",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let station = head.open(&format!("/stations/{}", villages[1].1)).await;
    let station = station.all_words();
    assert!(
        station.contains("Lần phát gần nhất không nghe thấy từ loa"),
        "{station}"
    );
    let doctor = |place: usize| villages[place].0.command_line(&["doctor"]);
    let (heard, nobody) = (doctor(0), doctor(2));
    let told = |said: Result<String, String>| said.unwrap_or_else(|moaned| moaned);
    let (heard, nobody) = (told(heard), told(nobody));
    assert!(heard.contains("loopback: input ear opens"), "{heard}");
    assert!(
        nobody.contains("!!  loopback: there is no sound card `nobody`"),
        "{nobody}"
    );
    assert!(
        nobody.contains("card:ear"),
        "the inputs there are: {nobody}"
    );
}

#[test]
fn listening_moves_no_start_and_alters_no_sample() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let capture = Capture::of(&card);
        let loopback = Loopback::start(EAR.into(), Arc::new(boot_time)).expect("a thread");
        let mut starts = Vec::new();
        for number in 0..4 {
            let sound = chatter(200 + number, 2 * 48_000);
            let wav = horn.wav(&number.to_string(), &sound);
            let start = horn.in_ms(1_500);
            horn.air(number, vec![wav.clone()], start);
            opened(&mut horn);
            let listening = loopback.listen(vec![wav]);
            begun(&mut horn, &[&listening]);
            horn.until_finished(number);
            let why = NotChecked::TooShort;
            assert_eq!(listening.heard(), Heard::NotChecked { why });
            starts.push((sound, start));
        }
        wait_until(horn.in_ms(300));
        let heard = capture.stop();
        for (sound, start) in starts {
            let from = heard.frame_at(start.saturating_sub(ms(400)));
            let until = heard.frame_at(start.saturating_add(ms(400))) + sound.len();
            let found = find_in(&sound, heard.samples(), from..until);
            let late = late_ms(heard.instant_of(found.frame), start) - BIAS_MS;
            assert!(found.likeness > 0.99, "{found:?}");
            assert!(late.abs() < TOLERANCE_MS, "{late} ms late");
        }
    });
}

#[test]
fn an_ear_beside_the_horn_hears_it_and_one_far_away_does_not() {
    with_virtual_card(|mut card| {
        card.plug_in();
        card.a_place_far_away();
        let mut horn = Horn::on_card();
        let known: Vec<String> = inputs().into_iter().map(|input| input.name).collect();
        assert!(known.iter().any(|name| name == EAR), "{known:?}");
        let ears = [EAR, FAR, "nobody"];
        let ears = ears.map(|ear| Loopback::start(ear.into(), Arc::new(boot_time)));
        let sound = chatter(7, 9 * 48_000);
        let wav = horn.wav("one", &sound);
        horn.air(1, vec![wav.clone()], horn.in_ms(1_500));
        opened(&mut horn);
        let ears = ears.map(|ear| ear.expect("a thread").listen(vec![wav.clone()]));
        begun(&mut horn, &ears.each_ref());
        horn.until_finished(1);
        let heard = ears.map(|ear| ear.heard());
        assert!(matches!(heard[0], Heard::Yes { .. }), "{heard:?}");
        assert_eq!(
            heard[1],
            Heard::No {
                likeness_percent: 0
            },
            "{heard:?}"
        );
        let why = NotChecked::NoInput;
        assert_eq!(heard[2], Heard::NotChecked { why }, "{heard:?}");
        let silence = listen_once(FAR).expect("it opens");
        assert_eq!(silence, Level::FLOOR);
        let nobody = listen_once("nobody");
        assert!(
            matches!(nobody, Err(Fault::NoSuchCard { .. })),
            "{nobody:?}"
        );
    });
}

fn opened(horn: &mut Horn) {
    horn.until(|report| matches!(report, Report::Opened { .. }).then_some(()));
}

/// Tells those who listen when the sound began, as the loop does.
fn begun(horn: &mut Horn, listening: &[&Listening]) {
    let at = horn.until(|report| {
        let Report::Started { at, .. } = report else {
            return None;
        };
        Some(*at)
    });
    for ear in listening {
        ear.sounds_from(at, Duration::ZERO);
    }
}
