//! The volume at the PC: turned on the page, heard at once, kept, and shown to the commune.

use std::time::Duration;

use programme::units::Decibels;
use reqwest::StatusCode;
use reqwest::redirect::Policy;

use crate::pc::{Pc, at, is_on_air};

async fn press(pc: &Pc, to: &str) -> StatusCode {
    let browser = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let press = browser.post(format!("{}/volume", pc.screen()));
    press.form(&[("to", to)]).send().await.unwrap().status()
}

/// The loudest sample of each second of the horn's file, from its first sound on.
fn seconds(pc: &Pc) -> Vec<u16> {
    let mut wav = hound::WavReader::open(pc.wav_file()).unwrap();
    let samples = wav
        .samples::<i16>()
        .map(|sample| sample.unwrap().unsigned_abs());
    let sound: Vec<u16> = samples.skip_while(|sample| *sample < 100).collect();
    let loudest = |second: &[u16]| second.iter().copied().max().unwrap();
    sound.chunks(48_000).map(loudest).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_is_heard_at_once_and_kept_and_the_commune_learns_of_it() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 6));
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    pc.pass(Duration::from_millis(1_500)).await;
    for _ in 0..4 {
        assert_eq!(press(&pc, "quieter").await, StatusCode::SEE_OTHER);
    }
    pc.until(|status| i8::from(status.volume) == -12).await;
    pc.reported(3).await;
    let heard = seconds(&pc);
    let quieter = f64::from(heard[4]) / f64::from(heard[0]);
    assert!(
        (0.23..0.27).contains(&quieter),
        "12 dB are a quarter: {heard:?}"
    );
    let health = pc.commune.look().health.clone().unwrap();
    assert_eq!(health.volume_db, Some(Decibels(-12.0)));
    let page = reqwest::get(pc.screen())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("−12 dB") && page.contains("Âm lượng"),
        "{page}"
    );

    pc.cut_power().await;
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(2, 2, at(7, 30), 2));
    let status = pc.prepared(2).await;
    assert_eq!(i8::from(status.volume), -12);
    pc.skip(Duration::from_secs(60 * 60 - 60)).await;
    pc.pass_until(is_on_air).await;
    pc.reported(6).await;
    let again = seconds(&pc);
    assert!(
        again[0].abs_diff(heard[4]) < 200,
        "{again:?} after {heard:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_volume_changes_nothing() {
    let pc = Pc::on_duty(at(6, 0)).await;
    for wrong in ["7", "-31", "off", ""] {
        assert_eq!(press(&pc, wrong).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(press(&pc, "6").await, StatusCode::SEE_OTHER);
    let status = pc.until(|status| i8::from(status.volume) == 6).await;
    assert_eq!(status.volume.to_string(), "+6 dB");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_volume_ends_the_page_says_so() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let turned = async |to: &str, db: i8| {
        press(&pc, to).await;
        pc.until(|status| i8::from(status.volume) == db).await;
        reqwest::get(pc.screen())
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    assert!(turned("6", 6).await.contains("to nhất"));
    let between = turned("quieter", 3).await;
    assert!(!between.contains("nhất"), "{between}");
    assert!(turned("-30", -30).await.contains("nhỏ nhất"));
}
