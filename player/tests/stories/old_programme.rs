//! Weeks without a word from the commune: the old programme airs on, and the station says that it
//! is old.

use std::time::Duration;

use jiff::ToSpan;
use loaban_player::daemon::Status;
use loaban_player::doctor;
use programme::wire::Fault;

use crate::commune::clock_of;
use crate::pc::{Pc, at, instant, is_on_air};
use crate::people::page;
use crate::stick::Stick;

const SAID: &str = "Đã hơn hai tuần không có tin từ xã. Trạm vẫn phát theo chương trình cũ";

fn is_old(status: &Status) -> bool {
    status.faults.contains(&Fault::ProgrammeOld)
}

/// Lets days pass in which nothing airs, and gives the status at the end of each.
async fn live(pc: &Pc, days: u32) -> Vec<bool> {
    let mut old = Vec::new();
    for _ in 0..days {
        pc.skip(Duration::from_hours(24)).await;
        old.push(is_old(&pc.status().await));
    }
    old
}

/// No server answers from here on.
async fn cut_off(pc: &Pc) {
    pc.commune.look().away = true;
    pc.skip(pc.settings.health_interval).await;
    pc.pass_until(|status| status.server_trouble.is_some())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weeks_offline_the_page_says_so_and_all_airs_as_planned() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let planned = at(6, 30) + 17.days();
    pc.commune.publish(&pc.commune.one(1, 1, planned, 2));
    pc.prepared(1).await;
    cut_off(&pc).await;
    assert_eq!(live(&pc, 13).await, [false; 13]);
    assert_eq!(live(&pc, 3).await[1..], [true, true]);
    let shown = page(&pc, "/").await;
    assert!(shown.contains(SAID), "{shown}");
    pc.clock.set_system(pc.commune.wall());
    let findings = doctor::examine(&pc.settings, &clock_of(&pc.clock)).await;
    let found = findings.iter().find(|one| one.what == "programme").unwrap();
    let (old, unsaid) = found.how.split_once("; for ").unwrap();
    assert_eq!(old, "no. 1, 16 days old");
    assert!(unsaid.ends_with("days nobody has said that it is the newest"));

    let soon = instant(planned - 1.minute());
    pc.skip(soon.since(pc.commune.wall())).await;
    pc.pass_until(is_on_air).await;
    assert!(is_old(&pc.status().await));
    pc.pass_until(|status| status.on_air.is_none()).await;

    pc.commune.look().away = false;
    pc.commune.publish(&pc.commune.empty_programme(2));
    let status = pc.pass_until(|status| status.generation == 2).await;
    assert!(!is_old(&status), "{status:?}");
    let shown = page(&pc, "/").await;
    assert!(!shown.contains(SAID), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_that_somebody_still_says_is_the_newest_is_not_old() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let programme = pc.commune.one(1, 1, at(6, 30) + 60.days(), 2);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    assert_eq!(live(&pc, 20).await, [false; 20], "the server answers");
    cut_off(&pc).await;
    assert_eq!(live(&pc, 13).await, [false; 13]);
    assert!(live(&pc, 2).await[1]);

    // The commune has nothing newer, and a stick says so.
    Stick::with(&pc, &programme).plug_in(&pc);
    pc.pass_until(|status| !is_old(status)).await;
    assert_eq!(live(&pc, 10).await, [false; 10]);
}
