//! Where the internet costs money: recordings come at night, up to so many megabytes a month, and
//! never too late for that.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::date;
use loaban_player::daemon::Status;
use programme::clock::Voucher;
use programme::programme::MissedRule;
use programme::units::WallTime;
use programme::wire::Fault;

use crate::pc::{Pc, at, instant};
use crate::people;

/// Longer than a minute, which is how often the player looks for itself.
const A_LOOK: Duration = Duration::from_secs(61);

fn waits_for_the_month(status: &Status) -> bool {
    status.faults.contains(&Fault::DataSpent)
}

async fn pc_that_fetches(hours: &str, megabytes: u64) -> Pc {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    if !hours.is_empty() {
        pc.settings.download_hours = Some(hours.parse().unwrap());
    }
    pc.settings.download_mb_per_month = megabytes;
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc
}

fn days_later(days: i64) -> jiff::civil::DateTime {
    at(7, 0).checked_add(days.days()).unwrap()
}

/// The player looks, and whatever it then wants has time to come.
async fn a_look_passes(pc: &Pc) {
    pc.skip(A_LOOK).await;
    pc.pass(Duration::from_secs(2)).await;
}

async fn skip_to(pc: &Pc, wall: WallTime) {
    pc.skip(wall.since(pc.commune.wall())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_day_only_what_the_night_would_bring_too_late_is_fetched() {
    let pc = pc_that_fetches("22:00-05:00", 0).await;
    let mut programme = pc.commune.one(1, 1, at(17, 0), 2);
    let only = MissedRule::OnlyThen;
    pc.commune.add(&mut programme, 2, days_later(1), 2, only);
    pc.commune.publish(&programme);
    let status = pc.until(|status| status.ready == 1).await;
    assert_eq!(status.wanted, 2);
    a_look_passes(&pc).await;
    assert_eq!(pc.status().await.ready, 1);
    assert!(!waits_for_the_month(&pc.status().await));

    skip_to(&pc, instant(at(22, 0))).await;
    pc.pass_until(|status| status.ready == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_month_is_said_and_what_airs_within_a_day_comes_all_the_same() {
    let mut pc = pc_that_fetches("", 1).await;
    let mut programme = pc.commune.one(1, 1, at(17, 0), 150);
    let only = MissedRule::OnlyThen;
    pc.commune.add(&mut programme, 2, days_later(2), 150, only);
    pc.commune.publish(&programme);
    let sizes = programme.recordings();
    assert!(sizes.values().all(|sound| sound.size_bytes < 1_000_000));
    let both: u64 = sizes.values().map(|sound| sound.size_bytes).sum();
    assert!(both > 1_000_000, "{both} bytes do not fill the month");
    pc.until(|status| status.ready == 1 && waits_for_the_month(status))
        .await;
    let page = reqwest::get(pc.screen()).await.unwrap().text().await;
    assert!(page.unwrap().contains("hết dung lượng mạng"));

    // What was spent outlives a power cut.
    a_look_passes(&pc).await;
    pc.power_off(Duration::from_secs(60), pc.commune.wall())
        .await;
    pc.switch_on().await;
    pc.until(|status| status.ready == 1 && waits_for_the_month(status))
        .await;
    a_look_passes(&pc).await;
    assert_eq!(pc.status().await.ready, 1);

    skip_to(&pc, instant(days_later(1))).await;
    let status = pc.pass_until(|status| status.ready == 2).await;
    assert!(!waits_for_the_month(&status));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_was_cut_is_not_paid_for_twice() {
    let pc = pc_that_fetches("", 1).await;
    pc.commune.look().cut_after = Some(500_000);
    let programme = pc.commune.one(1, 1, days_later(2), 150);
    let size = programme
        .recordings()
        .into_values()
        .next()
        .unwrap()
        .size_bytes;
    assert!((500_001..1_000_000).contains(&size), "{size} bytes");
    pc.commune.publish(&programme);
    let status = pc.pass_until(|status| status.ready == 1).await;
    assert!(!waits_for_the_month(&status));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_a_person_got_wrong_gives_no_bytes_back_and_what_is_held_is_ready_at_once() {
    let mut pc = pc_that_fetches("", 1).await;
    let mut programme = pc.commune.one(1, 1, at(17, 0), 150);
    let only = MissedRule::OnlyThen;
    pc.commune.add(&mut programme, 2, days_later(2), 150, only);
    pc.commune.publish(&programme);
    pc.until(|status| status.ready == 1 && waits_for_the_month(status))
        .await;
    a_look_passes(&pc).await;

    let back = pc.commune.wall() + Duration::from_secs(60);
    pc.commune.look().away = true;
    pc.power_off(Duration::from_secs(60), back).await;
    pc.switch_on().await;
    let status = pc.until(|status| status.ready == 1).await;
    assert!(status.wall.is_none(), "what is held costs nothing");
    let (status, page) = people::press(&pc, &people::typed("24/12/2026", "6h10")).await;
    assert!(status.is_redirection(), "{page}");
    pc.until(|status| status.wall.is_some()).await;
    a_look_passes(&pc).await;

    pc.commune.look().away = false;
    pc.pass_until(|status| status.clock == Some(Voucher::Server))
        .await;
    a_look_passes(&pc).await;
    pc.until(waits_for_the_month).await;
    assert_eq!(pc.status().await.ready, 1);
}

/// Lets the minute pass in which the station looks at its hardware clock, which is right.
async fn a_right_minute_passes(pc: &Pc) {
    pc.set_hardware_clock(pc.commune.wall() + Duration::from_secs(60));
    pc.skip(Duration::from_secs(60)).await;
}

/// The month's bytes are spent on its last evening. Without NTP, after a night without power, the
/// hardware clock vouches for the time, and the server's answer is `slow`.
async fn the_next_month_begins(slow: Duration) {
    let mut pc = Pc::beside_server(date(2026, 11, 30).at(20, 0, 0, 0)).await;
    pc.settings.download_mb_per_month = 1;
    pc.set_hardware_clock(pc.commune.wall());
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    let noon = date(2026, 12, 1).at(12, 0, 0, 0);
    let mut programme = pc.commune.one(1, 1, noon, 150);
    let (later, only) = (date(2026, 12, 5).at(7, 0, 0, 0), MissedRule::OnlyThen);
    pc.commune.add(&mut programme, 2, later, 150, only);
    pc.commune.publish(&programme);
    let spent = |status: &Status| status.ready == 1 && waits_for_the_month(status);
    pc.until(spent).await;
    a_right_minute_passes(&pc).await;
    // A power cut over which the hardware clock is measured.
    let hour = Duration::from_hours(1);
    pc.power_off(hour, pc.commune.wall() + hour).await;
    pc.switch_on().await;
    pc.until(|status| status.wall.is_some()).await;
    a_right_minute_passes(&pc).await;
    pc.commune.look().away = true;
    let night = Duration::from_hours(4);
    pc.power_off(night, pc.commune.wall() + night).await;
    pc.switch_on().await;
    let own = Some(Voucher::HardwareClock);
    pc.until(|status| status.clock == own).await;
    pc.commune.look().time_takes = slow;
    pc.commune.look().away = false;
    let status = pc.pass_until(|status| status.ready == 2).await;
    assert_eq!(status.clock, own);
    assert!(!waits_for_the_month(&status));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_begins_over_a_link_whose_answer_is_less_sure_than_the_hardware_clock() {
    the_next_month_begins(Duration::from_secs(8)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_begins_over_a_link_that_is_too_slow_to_set_a_clock_by() {
    the_next_month_begins(Duration::from_secs(14)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_nothing_hurries_comes_on_the_connection_of_a_poll() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    pc.pass(Duration::from_secs(3)).await;
    pc.commune.look().asked.clear();
    let (mut polls, mut reports) = (0, 0);
    for minute in 0..13 * 60 {
        pc.skip(Duration::from_secs(60)).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let asked = std::mem::take(&mut pc.commune.look().asked);
        let of = |end: &str| asked.iter().filter(|(path, _)| path.ends_with(end)).count();
        assert!(
            of("/health") <= of("/programme"),
            "minute {minute}: {asked:?}"
        );
        polls += of("/programme");
        reports += of("/health");
    }
    assert!(
        (47..=58).contains(&polls),
        "every quarter of an hour: {polls}"
    );
    assert_eq!(reports, 2, "every six hours");
}
