//! A recording that has not come shortly before its hour: the page does not say that all is ready.

use std::time::Duration;

use loaban_player::daemon::Standing;

use crate::pc::{Pc, at, instant, is_on_air};
use crate::people::page;

#[tokio::test(flavor = "multi_thread")]
async fn within_an_hour_of_its_start_the_page_says_that_its_recording_has_not_come() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let programme = pc.commune.one(1, 1, at(7, 30), 2);
    let kept = std::mem::take(&mut pc.commune.look().recordings);
    pc.commune.publish(&programme);
    pc.pass_until(|status| status.generation == 1 && status.wall.is_some())
        .await;
    let status = pc.status().await;
    assert_eq!((status.ready, status.wanted), (0, 1));
    assert_eq!(status.standing, Standing::Ready, "it has more than an hour");

    pc.skip(Duration::from_secs(31 * 60)).await;
    pc.pass_until(|status| status.standing == Standing::Lacking)
        .await;
    let shown = page(&pc, "/").await;
    for said in [
        "<main class=\"held\">",
        "<h1>CHƯA CÓ BẢN GHI</h1>",
        "Bản ghi của bản tin sắp phát chưa về máy.",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }

    pc.commune.look().recordings = kept;
    pc.skip(Duration::from_secs(30 * 60)).await;
    let status = pc
        .pass_until(|status| status.standing == Standing::Ready)
        .await;
    let left = instant(at(7, 29)).since(status.wall.unwrap());
    pc.skip(left).await;
    pc.pass_until(is_on_air).await;
}
