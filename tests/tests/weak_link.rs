//! Links as villages have them: packets are lost, the connection breaks every few seconds, and a
//! router forgets connections without a word.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use tokio::time::sleep;
use town::deeds::{Approved, once, text};
use town::network::Network;
use town::person::Script;
use town::town::{Town, Who, full_minute};
use town::village::Village;

/// Beside recordings, everything that a station and its server said in two minutes of cuts: the
/// programme, requests, health, and TLS-free headers.
const TALK_BYTES: u64 = 60_000;

/// What lies in the buffers between two ends when a connection breaks.
const BUFFERED_BYTES: u64 = 16_384;

#[tokio::test(flavor = "multi_thread")]
async fn a_village_whose_link_loses_a_third_and_breaks_every_ten_seconds_hears_its_bulletin() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let mut village = Village::with_wav_file();
    village.enrol(&network.url(), &code).expect("it is let in");
    let mut approved = Vec::new();
    for file in ["health-book.vi.ogg", "vssid.vi.mp3"] {
        approved.push(town.approved(file, &[("vi", file)]).await);
    }

    network.lose(30);
    village.power_on().await;
    let at = full_minute(Duration::from_secs(45));
    let bulletins: Vec<_> = approved.iter().map(|bulletin| &bulletin.id).collect();
    let mut order = once(&approved[0].id, &town.village, at);
    order["bulletins"] = serde_json::json!(bulletins);
    head.post("/broadcasts", order).await.done();
    let mut cuts = 0;
    let breaks = async {
        loop {
            sleep(Duration::from_secs(10)).await;
            network.cut();
            cuts += 1;
            sleep(Duration::from_millis(500)).await;
            network.mend();
        }
    };
    let heard = head.logged(&station, at, |line| line["state"] == "known");
    let line = tokio::select! {
        line = heard => line,
        () = breaks => unreachable!("a link that breaks for ever"),
    };
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    let started = line["attempts"][0]["started_ms"].as_i64().expect("a start");
    assert!((started - at.as_millisecond()).abs() <= 100, "{line}");
    assert!(cuts > 2, "the link broke {cuts} times");
    let lost = network.lost();
    assert!(
        lost.iter().all(|lost| *lost > 10),
        "lost each way: {lost:?}"
    );

    let needed = bytes(&head, &approved).await;
    let wasted = network.carried().1.saturating_sub(needed + TALK_BYTES);
    assert!(
        wasted <= cuts * BUFFERED_BYTES,
        "{wasted} bytes came for nothing, beside {needed} of recordings, in {cuts} cuts"
    );
}

/// How many bytes the recordings have.
async fn bytes(script: &Script, approved: &[Approved]) -> u64 {
    let mut sum = 0;
    for recording in approved.iter().flat_map(|bulletin| &bulletin.recordings) {
        let found = script.get(&format!("/recordings/{recording}")).await.done();
        sum += found["sound"]["size_bytes"].as_u64().expect("a size");
    }
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_a_router_forgot_keeps_an_emergency_no_longer_than_a_poll() {
    let town = Town::built().await;
    let (admin, officer) = (town.script(Who::Admin), town.script(Who::Officer));
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    // Longer than an idle connection is kept, but for that of the polls.
    let mut village = Village::with_wav_file();
    village.set("LOABAN_PLAYER__POLL_INTERVAL_S", "35");
    village.enrol(&network.url(), &code).expect("it is let in");
    village.power_on().await;
    let flood = town
        .approved("Lũ ống", &[("vi", "health-book.vi.ogg")])
        .await;
    officer.choose_pin(&town, Who::Officer).await;
    village.says("the server wakes this station").await;
    admin.holds(&station).await;

    network.forget();
    let ordered = officer.order_emergency(&flood.id, &town.village, 1).await;
    let path = format!("/emergencies/{}", text(&ordered, "id"));
    sleep(Duration::from_secs(2)).await;
    let told = officer.get(&path).await.done();
    assert_eq!(
        told["stations"][0]["progress"], "not_held",
        "nothing came: {told}"
    );
    officer
        .until(&path, |told| told["stations"][0]["progress"] == "heard")
        .await;
}

/// Where nobody holds the event stream, polls ride on one connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_poll_whose_connection_a_router_forgot_comes_by_another_and_so_do_those_after_it() {
    const POLL: &str = "GET /api/v1/station/programme";
    let town = Town::built().await;
    let admin = town.script(Who::Admin);
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let mut village = Village::with_wav_file();
    village.set("LOABAN_PLAYER__POLL_INTERVAL_S", "5");
    village.enrol(&network.url(), &code).expect("it is let in");
    village.power_on().await;
    admin.holds(&station).await;
    let polls = async |more: usize, within: u64| {
        let wanted = network.asked(POLL) + more;
        let come = async {
            while network.asked(POLL) < wanted {
                sleep(Duration::from_millis(100)).await;
            }
        };
        let come = tokio::time::timeout(Duration::from_secs(within), come).await;
        come.is_ok()
    };
    assert!(polls(3, 40).await, "one after the other");

    network.forget();
    assert!(!polls(1, 14).await, "it is asked where nobody answers");
    assert!(polls(1, 20).await, "and then by a new connection");
    assert!(polls(3, 30).await, "as are those that follow, in time");
}
