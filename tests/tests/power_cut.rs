//! The power goes while an announcement is on the air: the log says so, and where it was.

use std::time::Duration;

use tokio::time::sleep;
use town::deeds::day;
use town::town::{Town, Who, full_minute, sleep_until};
use town::village::Village;

/// What was heard when the power goes; the sample lasts longer.
const HEARD: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_that_the_announcement_was_cut_and_at_what_position() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let approved = town
        .approved("Cấp lại thẻ", &[("vi", "vneid.vi.m4a")])
        .await;
    let at = full_minute(Duration::from_secs(10));
    head.air_once(&approved.id, &town.village, at).await.done();
    admin.holds(&station).await;

    sleep_until(at + HEARD).await;
    village.cut_power();
    sleep(Duration::from_secs(1)).await;
    village.power_on().await;

    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "cut", "{line}");
    assert_eq!(line["outcome"]["why"], "power_lost", "{line}");
    // The position is noted every two seconds.
    let position = line["outcome"]["position_ms"].as_i64().expect("a position");
    let heard = HEARD.as_millis() as i64;
    assert!((heard - 2_500..=heard + 300).contains(&position), "{line}");
    assert_eq!(
        line["attempts"].as_array().map(Vec::len),
        Some(1),
        "it airs once: {line}"
    );

    let page = town
        .sign_in(Who::Head)
        .await
        .open(&format!("/as-run?day={}", day(at)))
        .await;
    let said = format!("Bị ngắt lúc 00:{:02}", position / 1_000);
    let words = page.all_words();
    assert!(
        words.contains(&said) && words.contains("mất điện"),
        "{said}: {page:?}"
    );
}
