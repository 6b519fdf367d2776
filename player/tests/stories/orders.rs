//! Orders at the PC and the PINs for them, when somebody guesses or the power goes.

use std::time::Duration;

use programme::as_run::{MissedCause, Outcome, Record};
use reqwest::StatusCode;
use sqlx::{Connection, SqliteConnection};

use crate::amplifier::Relay;
use crate::standby::{
    OFFICERS_PIN, PIN, alone, head, hears_it, is_over, officer, order, outcomes, type_pin_of,
};
use crate::unreadable::alter;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_orders_nothing_and_after_five_not_even_the_plug_helps() {
    let mut pc = alone(6, 2, 1).await;
    for _ in 0..5 {
        let (status, page) = type_pin_of(&pc, &head(), "2581", "").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
        assert!(page.contains("Mã PIN không đúng"), "{page}");
    }
    let (status, page) = type_pin_of(&pc, &head(), PIN, "").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{page}");
    assert!(page.contains("Hãy chờ 5 phút"), "{page}");

    let back = pc.commune.wall() + Duration::from_secs(10);
    pc.cut_power().await;
    pc.clock.reboot(back);
    pc.switch_on().await;
    pc.until(|status| status.generation == 1).await;
    let (status, page) = type_pin_of(&pc, &head(), PIN, "").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{page}");
    pc.skip(Duration::from_secs(5 * 60)).await;
    order(&pc, "").await;
    pc.pass_until(hears_it).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_at_one_pin_keeps_nobody_else_out_and_wins_no_try_by_another_right_one() {
    let mut pc = alone(6, 2, 1).await;
    for _ in 0..5 {
        let (status, page) = type_pin_of(&pc, &head(), "2581", "").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    }
    for _ in 0..2 {
        let (status, page) = type_pin_of(&pc, &officer(), OFFICERS_PIN, "").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let (status, page) = type_pin_of(&pc, &head(), PIN, "").await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{page}");
        let back = pc.commune.wall() + Duration::from_secs(10);
        pc.cut_power().await;
        pc.clock.reboot(back);
        pc.switch_on().await;
        pc.until(|status| status.generation == 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_at_two_pins_in_turn_wins_no_tries_beyond_the_free_ones() {
    let pc = alone(6, 2, 1).await;
    for person in [officer(), head()] {
        for _ in 0..5 {
            let (status, page) = type_pin_of(&pc, &person, "2581", "").await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
        }
    }
    pc.skip(Duration::from_secs(5 * 60)).await;
    let (status, page) = type_pin_of(&pc, &officer(), "2582", "").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    let (status, page) = type_pin_of(&pc, &head(), "2582", "").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{page}");
    assert!(page.contains("Hãy chờ 5 phút"), "{page}");
    pc.skip(Duration::from_secs(5 * 60)).await;
    order(&pc, "").await;
    pc.pass_until(hears_it).await;
}

/// The order is on record, and the power goes before anything else is.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_power_cut_before_it_was_heard_is_missed_on_record() {
    let mut pc = alone(23, 4, 1).await;
    order(&pc, "").await;
    pc.cut_power().await;
    alter(&pc, "DELETE FROM fact WHERE name = 'ordered_here'").await;
    // What came after it in that moment, if anything did.
    let file = format!("sqlite:{}", pc.state_dir().join("state.db").display());
    let mut state = SqliteConnection::connect(&file).await.unwrap();
    let forgotten = sqlx::query(
        "DELETE FROM journal WHERE line >
         (SELECT MAX(line) FROM journal WHERE entry LIKE '%emergency_ordered%')",
    );
    forgotten.execute(&mut state).await.unwrap();
    state.close().await.unwrap();
    let back = pc.commune.wall() + Duration::from_secs(60);
    pc.clock.reboot(back);
    pc.commune.look().wall_at_boot = back;
    pc.switch_on().await;
    pc.commune.look().away = false;
    let records = pc.reported(2).await;
    assert!(
        matches!(&records[0], Record::EmergencyOrdered { .. }),
        "{records:#?}"
    );
    let why = MissedCause::PowerOff;
    assert_eq!(outcomes(&records), [Outcome::Missed { why }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn between_two_hearings_in_unknown_time_the_amplifier_stays_on() {
    let mut pc = alone(6, 2, 2).await;
    let relay = Relay::new();
    pc.settings.amplifier = loaban_player::amplifier::Wiring::Command;
    pc.settings.amplifier_on = relay.command("on");
    pc.settings.amplifier_off = relay.command("off");
    pc.settings.amplifier_tail = Duration::ZERO;
    pc.settings.amplifier_hold = Duration::from_secs(60);
    let back = pc.commune.wall() + Duration::from_secs(60);
    pc.power_off(Duration::from_secs(60), back).await;
    pc.switch_on().await;
    pc.until(|status| status.generation == 1).await;
    order(&pc, "").await;
    let status = pc.pass_until(hears_it).await;
    assert!(status.wall.is_none());
    pc.pass_until(is_over).await;
    pc.pass(Duration::from_secs(3)).await;
    relay.until(&["off", "on", "off"]).await;
}
