//! Whoever stands before the PC reads how long it is until the loudspeakers begin.

use std::time::Duration;

use loaban_player::daemon::Status;
use programme::clock::Voucher;

use crate::pc::{Pc, at, is_on_air};
use crate::people::{alone, page, press, typed};

/// What the page says of the time that is left, in its words and figures.
async fn left(pc: &Pc) -> String {
    let page = page(pc, "/").await;
    let rest = page.split("<p class=\"left\">").nth(1);
    let rest = rest.and_then(|rest| rest.split("</p>").next());
    let rest = rest.unwrap_or_else(|| panic!("nothing counts down: {page}"));
    rest.replace("<strong>", "").replace("</strong>", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_counts_down_to_the_next_start_and_without_a_script_too() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(7, 5), 30);
    let more = pc.commune.one(1, 2, at(7, 5), 2);
    programme.broadcasts.extend(more.broadcasts);
    programme.bulletins.extend(more.bulletins);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(1)).await;
    assert_eq!(left(&pc).await, "còn 1 giờ 4 phút");
    pc.skip(Duration::from_secs(52 * 60)).await;
    assert_eq!(left(&pc).await, "còn 12 phút");
    pc.skip(Duration::from_secs(12 * 60 + 14)).await;
    let said = left(&pc).await;
    let seconds = said.trim_start_matches("còn ").trim_end_matches(" giây");
    assert!(seconds.parse::<u64>().is_ok_and(|left| left < 60), "{said}");

    // Two are ordered for the same moment: while one sounds the other waits.
    pc.pass_until(is_on_air).await;
    assert_eq!(left(&pc).await, "Đang chờ đến lượt");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_counts_by_the_station_s_own_time_whoever_corrects_that() {
    let pc = alone(at(6, 20), at(6, 1)).await;
    let unknown = page(&pc, "/").await;
    assert!(!unknown.contains("class=\"left\""), "{unknown}");
    press(&pc, &typed("23/11/2026", "06:10:00")).await;
    pc.until(|status| status.wall.is_some()).await;
    let before = left(&pc).await;
    assert!(
        ["còn 19 phút", "còn 20 phút"].contains(&&*before),
        "{before}"
    );

    pc.commune.look().away = false;
    let by_server = |status: &Status| status.clock == Some(Voucher::Server);
    pc.pass_until(by_server).await;
    let after = left(&pc).await;
    assert!(["còn 8 phút", "còn 9 phút"].contains(&&*after), "{after}");
}
