//! Somebody holds a stick, nothing happens, and the page has a button for that.

use std::time::Duration;

use loaban_player::bundle::{Stage, Unseen};
use loaban_player::daemon::Status;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use crate::pc::{Pc, at};
use crate::people::page;
use crate::stick::{Stick, pull_out};

/// Presses TÌM USB, by which no time passes.
async fn look(pc: &Pc) {
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let pressed = browser
        .post(format!("{}/stick/look", pc.screen()))
        .header("origin", pc.screen());
    let answer = pressed.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}

fn came_to(stage: Stage) -> impl Fn(&Status) -> bool {
    move |status| {
        status
            .stick
            .as_ref()
            .is_some_and(|report| report.stage == stage)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_for_a_stick_is_told_what_was_found_each_time() {
    let pc = Pc::offline(at(6, 0)).await;
    let shown = page(&pc, "/").await;
    assert!(shown.contains("<button>TÌM USB</button>"), "{shown}");
    let newer = Stick::with(&pc, &pc.commune.one(2, 1, at(6, 30), 3));
    newer.plug_in(&pc);
    look(&pc).await;
    pc.until(came_to(Stage::InForce)).await;
    assert!(page(&pc, "/").await.contains("ĐÃ NHẬN CHƯƠNG TRÌNH"));
    look(&pc).await;
    pc.until(came_to(Stage::Same)).await;
    assert!(page(&pc, "/").await.contains("CHƯƠNG TRÌNH NÀY ĐÃ CÓ"));

    pull_out(&pc);
    Stick::with(&pc, &pc.commune.one(1, 2, at(6, 30), 3)).plug_in(&pc);
    look(&pc).await;
    pc.until(came_to(Stage::Older)).await;
    assert!(page(&pc, "/").await.contains("USB CŨ HƠN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_stick_is_seen_the_page_says_why_for_a_while() {
    let pc = Pc::offline(at(6, 0)).await;
    look(&pc).await;
    let status = pc.until(came_to(Stage::NoBundle)).await;
    let shown = page(&pc, "/").await;
    // This machine may have a stick of its own.
    let Some(Unseen::NotPlugged) = status.stick.unwrap().unseen else {
        assert!(
            shown.contains("/dev/") || shown.contains("USB KHÔNG CÓ"),
            "{shown}"
        );
        return;
    };
    assert!(shown.contains("KHÔNG THẤY USB"), "{shown}");
    assert!(shown.contains("Hãy cắm USB vào máy này"), "{shown}");
    pc.skip(Duration::from_secs(61)).await;
    pc.pass_until(|status| status.stick.is_none()).await;
}
