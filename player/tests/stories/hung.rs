//! A player that hangs or cannot go on, and somebody at its keys: what was not heard is not done
//! later, and STOP is.

use std::time::Duration;

use loaban_player::daemon::{Standing, Status};
use programme::as_run::{Outcome, Record};
use programme::programme::MissedRule;
use reqwest::header::COOKIE;
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use sqlx::{Connection, SqliteConnection};

use crate::pc::{Pc, at, is_on_air};
use crate::traps::disk::NoDisk;

/// A PC on which an announcement of a minute sounds since 06:30, which airs again after a cut.
async fn on_air() -> Pc {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.empty_programme(1);
    let until = MissedRule::Until {
        until: at(8, 0).time(),
    };
    pc.commune.add(&mut programme, 1, at(6, 30), 60, until);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    pc
}

async fn press(pc: &Pc, key: &str, to: &str) -> StatusCode {
    answer(pc, key, to, "vi").await.status()
}

/// What a browser without JavaScript is answered whose page is in `language`.
async fn answer(pc: &Pc, key: &str, to: &str, language: &str) -> Response {
    let browser = reqwest::Client::builder().redirect(Policy::none());
    let press = browser
        .build()
        .unwrap()
        .post(format!("{}/{key}", pc.screen()))
        .header(COOKIE, format!("language={language}"));
    press.form(&[("to", to)]).send().await.unwrap()
}

fn is_silent(status: &Status) -> bool {
    status.on_air.is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_does_not_answer_only_stop_waits_and_whoever_presses_is_told() {
    let pc = on_air().await;
    // Who writes has to wait, for less than SQLite does.
    let file = format!("sqlite:{}", pc.state_dir().join("state.db").display());
    let mut disk = SqliteConnection::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut disk)
        .await
        .unwrap();
    let taken = press(&pc, "volume", "-6").await;
    assert_eq!(
        taken,
        StatusCode::SEE_OTHER,
        "it was taken, and the loop is at it"
    );
    let pressed = tokio::join!(
        press(&pc, "volume", "3"),
        press(&pc, "again", ""),
        press(&pc, "stop", ""),
        press(&pc, "stop", ""),
    );
    let unheard = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(pressed, (unheard, unheard, unheard, unheard));
    assert!(!is_silent(&pc.status().await));

    sqlx::query("ROLLBACK").execute(&mut disk).await.unwrap();
    pc.until(is_silent).await;
    pc.pass(Duration::from_secs(5)).await;
    let status = pc.status().await;
    assert_eq!(i8::from(status.volume), -6, "the other press is forgotten");
    assert!(is_silent(&status), "and nothing is heard again");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_while_the_player_cannot_go_on_keeps_what_was_cut_from_coming_back() {
    let pc = on_air().await;
    let no_disk = NoDisk::now();
    let is_unwritable = |status: &Status| status.standing == Standing::Unwritable;
    pc.pass_until(is_unwritable).await;
    let unheard = StatusCode::SERVICE_UNAVAILABLE;
    for (language, words) in [("vi", "KHÔNG nhận được"), ("en", "was NOT heard")] {
        let answer = answer(&pc, "volume", "3", language).await;
        assert_eq!(answer.status(), unheard, "nobody does it");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains(words) && page.contains("href=\"/\""),
            "{page}"
        );
        assert!(!page.contains("<main"), "the script takes it for an answer");
    }
    assert_eq!(press(&pc, "stop", "").await, StatusCode::SEE_OTHER);
    drop(no_disk);
    let outcome = |record: &Record| match record {
        Record::Outcome { outcome, .. } => Some(outcome.clone()),
        Record::Started { .. }
        | Record::Ended { .. }
        | Record::EmergencyStopped { .. }
        | Record::EmergencyOrdered { .. }
        | Record::NotUnderstood { .. }
        | Record::StatusSpoken { .. }
        | Record::ClockVouched { .. } => None,
    };
    let decided = || pc.commune.records().iter().find_map(outcome);
    pc.pass_until(|_| decided().is_some()).await;
    let aired = decided() == Some(Outcome::Aired);
    assert!(!aired, "it came back: {:#?}", pc.commune.records());
    let status = pc.status().await;
    assert_eq!(i8::from(status.volume), 0);
    assert!(is_silent(&status));
}
