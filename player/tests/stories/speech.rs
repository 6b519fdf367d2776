//! In the morning the PC says how it is, if somebody wants it to: in nobody's way, and on record.

use std::time::Duration;

use jiff::civil::time;
use loaban_player::doctor;
use programme::as_run::{Outcome, Record, STATUS_SPOKEN};

use crate::airing::sounding;
use crate::commune::clock_of;
use crate::pc::{Pc, at, instant, is_on_air};

const MINUTE: Duration = Duration::from_secs(60);

/// A PC that speaks at six and is on duty from `minute` after five on, with a server that takes
/// lines about it, or an older one.
async fn that_speaks(minute: i8, server_takes: bool) -> Pc {
    let mut pc = Pc::beside_server(at(5, minute)).await;
    pc.settings.speak_status_at = Some(time(6, 0, 0, 0));
    if server_takes {
        pc.commune.look().also_takes = vec![STATUS_SPOKEN.to_owned()];
    }
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc
}

/// A minute passes and the heartbeat comes, as it does at once when the system clock was set.
async fn heartbeat(pc: &Pc) {
    let another = Duration::from_secs(pc.clock.boot().since_boot().as_secs() % 50);
    pc.clock.set_system(pc.commune.wall() + another);
    pc.skip(MINUTE).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
}

/// The same, and long enough for what is then said.
async fn heartbeats(pc: &Pc, count: usize) {
    for _ in 0..count {
        heartbeat(pc).await;
        pc.pass(Duration::from_secs(15)).await;
    }
}

fn said(pc: &Pc) -> Vec<String> {
    let records = pc.commune.records().into_iter();
    let said = records.filter_map(|record| {
        if let Record::StatusSpoken { said } = record {
            Some(said)
        } else {
            None
        }
    });
    said.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_once_that_it_is_ready_and_what_airs_today() {
    let mut pc = that_speaks(57, true).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(17, 0), 2));
    pc.prepared(1).await;
    heartbeats(&pc, 1).await;
    assert!(!pc.wav_file().exists(), "it is not six yet");
    heartbeats(&pc, 4).await;
    let words = "Trạm loa đã sẵn sàng. Hôm nay có một lượt phát, lượt đầu lúc mười bảy giờ.";
    assert_eq!(pc.reported(1).await.len(), 1);
    assert_eq!(said(&pc), [words]);
    pc.shut_down().await;
    assert!(sounding(&pc) > 1.0, "{} s were heard", sounding(&pc));
    // A start on the same morning does not say it again.
    pc.switch_on().await;
    pc.prepared(1).await;
    heartbeats(&pc, 1).await;
    assert_eq!(said(&pc).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cue_at_that_hour_airs_and_the_status_is_said_after_it() {
    let pc = that_speaks(57, true).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 1), 90));
    pc.prepared(1).await;
    heartbeats(&pc, 3).await;
    pc.pass_until(is_on_air).await;
    let on_air = pc.status().await.on_air.unwrap();
    assert_eq!(on_air.planned, instant(at(6, 1)));
    pc.pass(Duration::from_secs(95)).await;
    heartbeats(&pc, 1).await;
    let records = pc.reported(4).await;
    let [
        Record::Started { .. },
        Record::Ended { cut: None, .. },
        Record::Outcome { outcome, .. },
        Record::StatusSpoken { said },
    ] = &records[..]
    else {
        panic!("{records:#?}");
    };
    assert_eq!(*outcome, Outcome::Aired);
    let words = "Trạm loa đã sẵn sàng. Hôm nay không có lượt phát nào.";
    assert_eq!(said, words);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_that_nobody_asked_says_nothing_and_one_without_the_time_neither() {
    let pc = Pc::on_duty(at(5, 59)).await;
    heartbeats(&pc, 3).await;
    assert!(!pc.wav_file().exists(), "no sound");
    let findings = doctor::examine(&pc.settings, &clock_of(&pc.clock)).await;
    let found = findings.iter().find(|one| one.what == "morning status");
    assert!(found.unwrap().how.contains("is not said"), "{found:?}");

    let mut pc = that_speaks(50, true).await;
    pc.cut_power().await;
    pc.commune.look().away = true;
    pc.clock.reboot(instant(at(5, 59)));
    pc.switch_on().await;
    heartbeats(&pc, 3).await;
    assert!(!pc.wav_file().exists(), "no sound");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_lies_in_quiet_hours_is_found_by_the_doctor_with_its_cure() {
    let mut pc = Pc::on_duty(at(9, 0)).await;
    let in_quiet_hours = "04:00, which lies in quiet hours";
    let cure = "set speak_status_at to an hour from 05:30 on";
    for (hour, how, expected) in [(4, in_quiet_hours, Some(cure)), (6, "06:00", None)] {
        pc.settings.speak_status_at = Some(time(hour, 0, 0, 0));
        let findings = doctor::examine(&pc.settings, &clock_of(&pc.clock)).await;
        let found = findings.iter().find(|one| one.what == "morning status");
        let found = found.unwrap();
        assert!(found.how.contains(how), "{found:?}");
        assert_eq!(found.cure.as_deref(), expected);
    }
}

/// A line that an older server refuses would hold up all after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_such_line_is_sent_none() {
    let mut pc = that_speaks(58, false).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(17, 0), 2));
    pc.prepared(1).await;
    heartbeats(&pc, 3).await;
    assert_eq!(said(&pc), Vec::<String>::new());
    pc.shut_down().await;
    assert!(sounding(&pc) > 1.0, "it was said all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_it() {
    let mut pc = that_speaks(58, true).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(17, 0), 2));
    pc.prepared(1).await;
    heartbeats(&pc, 1).await;
    heartbeat(&pc).await;
    pc.pass(Duration::from_millis(1_500)).await;
    let browser = reqwest::Client::new();
    let stop = browser.post(format!("{}/stop", pc.screen()));
    assert!(stop.send().await.unwrap().status().is_success());
    pc.pass(Duration::from_secs(15)).await;
    pc.shut_down().await;
    let frames = hound::WavReader::open(pc.wav_file()).unwrap().duration();
    let heard = sounding(&pc);
    assert!((0.1..1.5).contains(&heard), "{heard} s of {frames} frames");
}
