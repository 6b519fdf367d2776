//! What a station believes about the time.

use std::time::Duration;

use loaban_player::daemon::Standing;
use programme::clock::Voucher;
use programme::units::WallTime;
use programme::wire::Fault;

use crate::pc::{Pc, at, instant, is_on_air};

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
