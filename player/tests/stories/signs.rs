//! The five signs on the page are there whether or not something is wrong.

use std::time::Duration;

use loaban_player::daemon::Status;
use programme::wire::Fault;

use crate::pc::{Pc, at};
use crate::people::{alone, page, press, typed};

/// Clock, disk, sound, server and programme, each by its sign.
pub async fn signs(pc: &Pc) -> Vec<String> {
    let shown = page(pc, "/").await;
    let list = shown.split("<ul class=\"health\">").nth(1);
    let list = list.unwrap_or_else(|| panic!("{shown}"));
    let lines = list.split("</ul>").next().unwrap_or_default();
    let signs = lines.split("<li class=\"").skip(1);
    let signs: Vec<_> = signs
        .map(|line| line.split('"').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(lines.matches("<svg").count(), signs.len(), "{lines}");
    signs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_at_which_all_is_well_shows_five_signs_that_say_so() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(17, 0), 2));
    pc.prepared(1).await;
    pc.until(|status| status.server_answers).await;
    assert_eq!(signs(&pc).await, ["good"; 5]);
    let shown = page(&pc, "/").await;
    for line in [
        "<b>Giờ</b> theo máy chủ",
        "<b>Ổ đĩa</b> tốt",
        "<b>Đường ra loa</b> tốt",
        "<b>Máy chủ</b> có kết nối",
        "<b>Chương trình</b> mới hôm nay",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }

    pc.commune.look().away = true;
    pc.skip(Duration::from_hours(15 * 24)).await;
    let cut_off = |status: &Status| {
        let old = status.faults.contains(&Fault::ProgrammeOld);
        old && status.server_trouble.is_some()
    };
    pc.pass_until(cut_off).await;
    assert_eq!(signs(&pc).await, ["good", "good", "good", "look", "look"]);
    let shown = page(&pc, "/").await;
    assert!(
        shown.contains("<b>Chương trình</b> từ 15 ngày trước"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_say_has_a_sign_of_its_own() {
    let pc = alone(at(6, 20), at(6, 1)).await;
    pc.pass_until(|status| status.server_trouble.is_some())
        .await;
    assert_eq!(signs(&pc).await, ["bad", "good", "good", "look", "unsure"]);
    press(&pc, &typed("23/11/2026", "06:20:00")).await;
    pc.until(|status| status.wall.is_some()).await;
    assert_eq!(signs(&pc).await[4], "good");

    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.switch_on().await;
    let shown = page(&pc, "/").await;
    assert!(
        !shown.contains("class=\"health\""),
        "it is no station: {shown}"
    );
}
