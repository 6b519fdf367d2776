//! An upgrade while an announcement is on the air: it is heard to its end, and the new program
//! begins in the quiet after it.

use std::time::Duration;

use tokio::time::sleep;
use town::supervisor::Supervisor;
use town::town::{Town, Who, full_second, sleep_until};
use town::village::Village;

/// The player looks once a minute whether another one was laid in its place.
const A_LOOK: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_cuts_nothing_and_begins_when_it_is_quiet() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let supervisor = Supervisor::that_waits(Duration::from_secs(60));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    for (name, value) in supervisor.environment() {
        village.set(name, &value);
    }
    village.install();
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let told = town.announcement(1).await;
    // Long enough ahead for a look before it, and near enough to be waited for.
    let at = full_second(A_LOOK + Duration::from_secs(20));
    head.air_once(&told.id, &town.village, at).await.done();
    admin.holds(&station).await;
    village.install();
    sleep_until(at + Duration::from_secs(1)).await;
    assert!(village.runs(), "it waits for what comes soon");

    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    let ended = village.player_ends_within(A_LOOK + Duration::from_secs(30));
    assert!(ended.await.success(), "it makes way in order");
    supervisor.hears("STOPPING=1").await;
    village.power_on().await;
    sleep(A_LOOK + Duration::from_secs(5)).await;
    assert!(village.runs(), "the new one stays");
}
