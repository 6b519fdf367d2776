//! What a station costs its link: a real server, a real player, and a wire between them on which
//! every byte of TCP payload is counted, in both directions. Without TLS, which is told apart.
#![expect(
    clippy::expect_used,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::time::Duration;

use tokio::time::sleep;
use town::chatter::{chatter, write_wav};
use town::network::Network;
use town::town::{Town, Who, full_minute};
use town::village::Village;

/// Seconds between two polls in the bench; 900 in a village.
const POLL_S: u64 = 2;
const POLLS: u64 = 20;

/// The budgets, in bytes.
const POLL_BUDGET: u64 = 400;
const MONTH_BUDGET: u64 = 3_000_000;
/// What a player reads from its connection at once, at most.
const READ_BUFFER: u64 = 400_000;

/// A comment of the event stream that names what is in force (`: "123-0123456789abcdef" "…"`), with
/// the frame of its chunk and of its TLS record (RFC 8446 §5.2: 22 bytes).
const KEEP_ALIVE: u64 = 80;
/// A report of how the station is, in a connection of its own over TLS: the handshake with a chain
/// of two certificates is its greater part.
const HEALTH: u64 = 6_000;
/// Such reports in a month without news.
const REPORTS: u64 = 30 * 4;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(measure());
}

async fn measure() {
    let town = Town::built().await;
    let admin = town.script(Who::Admin);
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let mut village = Village::with_wav_file();
    village.set("LOABAN_PLAYER__POLL_INTERVAL_S", &POLL_S.to_string());
    let enrolled = village.enrol(&network.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    admin.holds(&station).await;

    let size = a_download_that_breaks(&town, &network, &station).await;
    // What came with the download comes to rest: its report, its health.
    sleep(Duration::from_secs(10)).await;
    let before = network.carried();
    sleep(Duration::from_secs(POLL_S * POLLS)).await;
    let after = network.carried();
    let (asked, answered) = (after.0 - before.0, after.1 - before.1);
    let poll = (asked + answered).div_ceil(POLLS);
    println!("\nNothing has changed, bytes of TCP payload");
    println!("{:>14} {:>14} {:>14}", "asked", "answered", "per poll");
    println!("{:14} {:14} {poll:14}", asked / POLLS, answered / POLLS);
    // While the stream names what is in force, nothing is polled.
    let month = 30 * 86_400 / 240 * KEEP_ALIVE + REPORTS * HEALTH;
    let without = 30 * 86_400 / 900 * poll + REPORTS * HEALTH;
    println!(
        "      per poll: {poll}, goal ≤ {POLL_BUDGET}: {}",
        met(poll <= POLL_BUDGET)
    );
    let verdict = met(month <= MONTH_BUDGET);
    println!("      per month over TLS: {month}, goal ≤ {MONTH_BUDGET}: {verdict}");
    println!("      on a link that holds no stream, without TLS: {without}");
    let (size, more) = size;
    println!("A download of {size} bytes, cut in its middle and gone on with");
    let verdict = met(more <= READ_BUFFER);
    println!("      carried beside it: {more} bytes, goal ≤ {READ_BUFFER}: {verdict}");
}

/// How large a recording is, and how much came from the server beside its bytes: heads of answers,
/// the programme, and what was sent twice.
async fn a_download_that_breaks(town: &Town, network: &Network, station: &str) -> (u64, u64) {
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let folder = tempfile::tempdir().expect("a folder");
    let wav = folder.path().join("long.wav");
    write_wav(&wav, &chatter(5, 300 * 48_000));
    let wav = wav.display().to_string();
    let told = town.approved("Bản tin dài", &[("vi", &wav)]).await;
    let path = format!("/recordings/{}", told.recordings[0]);
    let size = admin.get(&path).await.done()["sound"]["size_bytes"].as_u64();
    let size = size.expect("a size");
    let before = network.carried().1;
    network.cut_after(size / 2);
    let at = full_minute(Duration::from_secs(3_600));
    head.air_once(&told.id, &town.village, at).await.done();
    while !network.is_cut() {
        sleep(Duration::from_millis(20)).await;
    }
    sleep(Duration::from_secs(1)).await;
    network.mend();
    admin.holds(station).await;
    (size, (network.carried().1 - before).saturating_sub(size))
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}
