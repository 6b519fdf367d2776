//! A server that speaks HTTPS itself, and a village PC that comes to it.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use reqwest::Client;
use town::network::Network;
use town::person::client;
use town::town::{Town, Who, certificate, full_second};
use town::village::Village;

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_airs_and_reports_over_tls_and_tells_nothing_to_a_server_that_nobody_vouches_for() {
    let town = Town::built_with_certificate().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    let refused = village.enrol(&town.url(), &code);
    let said = refused.expect_err("nobody vouches for the server");
    assert!(said.contains("certificate"), "{said}");

    village.trust(&certificate());
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code was not spent on a server that could not be trusted");
    village.power_on().await;
    let file = "vssid.vi.mp3";
    let bulletin = town.approved(file, &[("vi", file)]).await;
    let at = full_second(Duration::from_secs(10));
    head.air_once(&bulletin.id, &town.village, at).await.done();
    let line = head.logged(&station, at, |line| line["state"] == "known");
    let line = line.await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_again_is_not_shown_the_certificate_again_however_many_came_since() {
    let town = Town::built_with_certificate().await;
    let network = Network::to(&town.url()).await;
    let newcomer = || {
        let alone = client().pool_max_idle_per_host(0);
        alone.build().expect("a client")
    };
    let visitor = newcomer();
    let first = answered(&network, &visitor).await;
    for _ in 0..300 {
        answered(&network, &newcomer()).await;
    }
    let again = answered(&network, &visitor).await;
    let pem = std::fs::read(certificate()).expect("a certificate");
    // Base 64 takes four letters for three bytes.
    let shown = pem.len() as u64 * 3 / 4;
    assert!(again + shown < first, "{first}, then {again} bytes");
}

/// How many bytes came in a connection that asks whether the server is there.
async fn answered(network: &Network, client: &Client) -> u64 {
    let before = network.carried().1;
    let answer = client.get(format!("{}/healthz", network.url())).send();
    let answer = answer.await.expect("an answer");
    assert!(answer.status().is_success(), "{answer:?}");
    answer.bytes().await.expect("all of it");
    network.carried().1 - before
}
