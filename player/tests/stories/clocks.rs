//! What a station believes about the time.

use std::fs::OpenOptions;
use std::io::Write;
use std::pin::pin;
use std::time::Duration;

use loaban_player::daemon::Standing;
use loaban_player::doctor;
use loaban_player::station::Enrolment;
use programme::as_run::{Outcome, Record};
use programme::clock::Voucher;
use programme::units::WallTime;
use programme::wire::Fault;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tokio::time::timeout;

use crate::commune::clock_of;
use crate::pc::{Pc, at, instant, is_on_air};

/// 2030-03-17, in milliseconds.
const YEAR_2030: i64 = 1_900_000_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_that_boots_without_a_server_holds_its_cues_however_right_its_clock_looks() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    pc.cut_power().await;
    pc.commune.look().away = true;
    pc.clock.reboot(instant(at(6, 29)));
    pc.commune.look().wall_at_boot = instant(at(6, 29));

    pc.switch_on().await;
    let status = pc.until(|status| status.generation == 1).await;
    assert_eq!(status.standing, Standing::Held);
    assert_eq!(status.faults, [Fault::ClockUnknown]);
    pc.skip(Duration::from_secs(70)).await;
    assert_eq!(pc.status().await.standing, Standing::Held);
    assert!(!pc.wav_file().exists(), "no sound");

    pc.commune.look().away = false;
    let status = pc.pass_until(|status| status.wall.is_some()).await;
    assert_eq!(status.clock, Some(Voucher::Server));
    // Within its grace it airs as soon as the time is known.
    pc.pass_until(is_on_air).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_of_the_pc_is_reported_and_does_not_move_a_cue() {
    let pc = Pc::beside_server(at(6, 0)).await;
    pc.clock.set_system(WallTime::from_millis(946_684_800_000));
    let mut pc = pc;
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    let status = pc.prepared(1).await;
    assert!(status.faults.contains(&Fault::ClockWrong));
    let since = status.wall.unwrap().since(instant(at(6, 0)));
    assert!(since < Duration::from_secs(5), "{since:?}");
    pc.skip(Duration::from_secs(1795)).await;
    pc.clock.set_system(instant(at(12, 0)));
    let status = pc.pass_until(is_on_air).await;
    let late = status.wall.unwrap().since(instant(at(6, 30)));
    assert!(late < Duration::from_secs(2), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_in_2030_that_is_corrected_airs_each_cue_at_its_own_hour() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.clock.set_system(WallTime::from_millis(YEAR_2030));
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    let status = pc.prepared(1).await;
    assert!(status.faults.contains(&Fault::ClockWrong));
    pc.clock.set_system(pc.commune.wall());
    pc.skip(Duration::from_secs(1795)).await;
    assert!(!pc.wav_file().exists(), "no sound before its time");
    let status = pc.pass_until(is_on_air).await;
    let late = status.wall.unwrap().since(instant(at(6, 30)));
    assert!(late < Duration::from_secs(2), "{late:?}");
    assert_eq!(pc.status().await.faults, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_heartbeat_goes_on_when_the_system_clock_is_set_back_from_2030() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.clock.set_system(WallTime::from_millis(YEAR_2030));
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc.until(|status| status.wall.is_some()).await;
    // The heartbeat is what finds that this PC was enrolled anew.
    let mut enrolment = Enrolment::load(pc.state_dir()).unwrap().unwrap();
    "Bản Hai".clone_into(&mut enrolment.name);
    enrolment.save(pc.state_dir()).unwrap();
    pc.clock.set_system(pc.commune.wall());
    pc.skip(Duration::from_secs(60)).await;
    pc.until(|status| status.station.as_deref() == Some("Bản Hai"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ntp_vouches_for_the_time_when_the_server_is_away() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 40), 2));
    pc.prepared(1).await;
    pc.commune.look().away = true;
    // As systemd-timesyncd does, until it hears a time server: at the last time that was saved.
    pc.power_off(Duration::from_secs(1_800), instant(at(6, 1)))
        .await;
    pc.switch_on().await;
    pc.skip(Duration::from_secs(61)).await;
    assert_eq!(pc.status().await.standing, Standing::Held);

    pc.clock.set_system(pc.commune.wall());
    pc.clock.keep_by_ntp(Duration::from_millis(20));
    pc.skip(Duration::from_secs(61)).await;
    let status = pc.until(|status| status.wall.is_some()).await;
    assert_eq!(status.clock, Some(Voucher::Ntp));
    let to_come = instant(at(6, 40)).since(pc.commune.wall());
    pc.skip(to_come - Duration::from_secs(5)).await;
    pc.pass_until(is_on_air).await;
    pc.commune.look().away = false;
    let status = pc
        .pass_until(|status| status.clock == Some(Voucher::Server))
        .await;
    assert_eq!(status.faults, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cue_right_after_ntp_has_vouched_airs_at_its_own_second() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 40), 2));
    pc.prepared(1).await;
    pc.commune.look().away = true;
    pc.power_off(Duration::from_secs(1_800), instant(at(6, 1)))
        .await;
    pc.switch_on().await;
    let look = instant(at(6, 38)) + Duration::from_secs(25);
    pc.skip(look.since(pc.commune.wall())).await;
    pc.clock.set_system(pc.commune.wall());
    pc.clock.keep_by_ntp(Duration::from_millis(20));
    pc.skip(Duration::from_secs(61)).await;
    let status = pc.until(|status| status.wall.is_some()).await;
    assert_eq!(status.clock, Some(Voucher::Ntp));
    let status = pc.pass_until(is_on_air).await;
    let late = status.wall.unwrap().since(instant(at(6, 40)));
    assert!(late < Duration::from_secs(2), "{late:?}");
}

/// A PC beside its server from 6:00 on that notes how its hardware clock is.
async fn with_a_hardware_clock() -> Pc {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.set_hardware_clock(instant(at(6, 0)));
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(8, 30), 2));
    pc.prepared(1).await;
    a_minute_passes(&pc).await;
    pc
}

/// The same, measured over an hour without power; it is 7:02 by then.
async fn with_a_measured_clock() -> Pc {
    let mut pc = with_a_hardware_clock().await;
    let back = pc.commune.wall() + Duration::from_hours(1);
    pc.power_off(Duration::from_hours(1), back).await;
    pc.switch_on().await;
    pc.prepared(1).await;
    a_minute_passes(&pc).await;
    pc
}

/// The minute in which the station looks at its clocks; its hardware clock is right.
async fn a_minute_passes(pc: &Pc) {
    pc.set_hardware_clock(pc.commune.wall() + Duration::from_secs(60));
    pc.skip(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hardware_clock_that_was_right_once_lets_the_village_air_without_any_network() {
    let mut pc = with_a_measured_clock().await;
    pc.commune.look().away = true;
    let back = pc.commune.wall() + Duration::from_hours(1);
    pc.power_off(Duration::from_hours(1), back).await;
    pc.switch_on().await;
    let status = pc.until(|status| status.wall.is_some()).await;
    assert_eq!(status.clock, Some(Voucher::HardwareClock));
    pc.skip(instant(at(8, 30)).since(back) - Duration::from_secs(5))
        .await;
    let status = pc.pass_until(is_on_air).await;
    let late = status.wall.unwrap().since(instant(at(8, 30)));
    assert!(late < Duration::from_secs(2), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_that_was_shut_down_with_the_plug_in_has_proved_nothing_about_its_battery() {
    let mut pc = with_a_hardware_clock().await;
    let back = pc.commune.wall() + Duration::from_hours(1);
    pc.stay_off(Duration::from_hours(1), back).await;
    pc.switch_on().await;
    pc.prepared(1).await;
    a_minute_passes(&pc).await;
    // The mains fail while it is off the next time, and its clock stands still for a part of it.
    pc.commune.look().away = true;
    let behind = pc.commune.wall() + Duration::from_secs(600);
    pc.stay_off(Duration::from_hours(1), behind).await;
    pc.switch_on().await;
    pc.until(|status| status.generation == 1).await;
    pc.skip(Duration::from_hours(2)).await;
    let status = pc.status().await;
    assert_eq!((status.standing, status.wall), (Standing::Held, None));
    assert!(!pc.wav_file().exists(), "no sound");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_that_boots_at_its_last_saved_time_after_a_night_airs_nothing_at_the_wrong_hour() {
    let mut pc = with_a_measured_clock().await;
    pc.commune.look().away = true;
    // The clock stood still from the evening on: the PC believes that it is a minute later.
    let stood_still = pc.commune.wall() + Duration::from_secs(60);
    pc.power_off(Duration::from_hours(10), stood_still).await;
    pc.switch_on().await;
    pc.until(|status| status.generation == 1).await;
    // What it believes to be the hour of the cue comes and goes.
    pc.skip(Duration::from_hours(2)).await;
    let status = pc.status().await;
    assert_eq!(status.standing, Standing::Held);
    assert!(!pc.wav_file().exists(), "no sound");

    pc.commune.look().away = false;
    let records = pc.reported(1).await;
    let missed = |record: &Record| {
        matches!(
            record,
            Record::Outcome {
                outcome: Outcome::Missed { .. },
                ..
            }
        )
    };
    assert!(records.iter().all(missed), "{records:#?}");
    pc.pass(Duration::from_secs(120)).await;
    let status = pc.status().await;
    assert_eq!(status.faults, [Fault::HardwareClockBad, Fault::ClockWrong]);
    assert!(!pc.wav_file().exists(), "no sound");
    let findings = doctor::examine(&pc.settings, &clock_of(&pc.clock)).await;
    let said: Vec<_> = findings.iter().map(ToString::to_string).collect();
    let said = said.join("\n");
    assert!(
        said.contains("ok  station time: the server vouches for it"),
        "{said}"
    );
    assert!(
        said.contains("!!  hardware clock: 9 h behind after the last "),
        "{said}"
    );
    assert!(said.contains("replace the CMOS battery"), "{said}");
    assert!(
        said.contains("ok  NTP: does not keep the system clock"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_vouched_and_what_that_moved_is_on_record_with_both_clocks() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 20));
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    pc.power_off(Duration::from_secs(3_600), instant(at(6, 31)))
        .await;
    pc.switch_on().await;
    pc.reported(3).await;
    let became_known = (Voucher::Server, None);
    let vouchers = pc.commune.vouchers().into_iter();
    assert_eq!(vouchers.filter(|said| *said == became_known).count(), 2);
    let lines = pc.commune.lines();
    let line = |wanted: fn(&Record) -> bool| {
        let found = lines.iter().rfind(|line| wanted(&line.record));
        found.unwrap_or_else(|| panic!("{lines:#?}"))
    };
    let started = line(|record| matches!(record, Record::Started { .. }));
    let ended = line(|record| matches!(record, Record::Ended { .. }));
    let vouched = line(|record| matches!(record, Record::ClockVouched { .. }));
    assert_eq!(
        ended.wall, None,
        "the cut was noted before the time was known"
    );
    assert_ne!(ended.boot_id, started.boot_id);
    assert_eq!(ended.boot_id, vouched.boot_id);
    assert!(ended.boot <= vouched.boot);
    assert!(vouched.wall.is_some() && started.wall.is_some());
}

/// A file of the kernel that says nothing for a while: whoever reads it stands still.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a pipe is no file")]
async fn a_player_that_stands_still_says_that_it_is_behind_until_it_goes_on() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.until(|status| status.wall.is_some()).await;
    let place = &pc.settings.hardware_clock;
    mknodat(CWD, place, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let mut minute = pin!(pc.skip(Duration::from_secs(61)));
    let held_up = timeout(Duration::from_millis(500), &mut minute).await;
    let behind = pc.status().await.behind;
    let mut kernel = OpenOptions::new().write(true).open(place).unwrap();
    let shown = pc.commune.wall().as_millis() / 1_000;
    writeln!(kernel, "{shown}").unwrap();
    drop(kernel);
    assert!(
        held_up.is_err(),
        "time has passed for a player that stands still"
    );
    assert!(behind);
    minute.await;
    assert!(!pc.status().await.behind);
}
