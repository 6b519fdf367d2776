//! What a station costs its link: a real server with a certificate, a real player, and a wire
//! between them on which every byte of TCP payload is counted, in both directions.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::ops::RangeBounds;
use std::time::Duration;

use tokio::time::sleep;
use town::chatter::{chatter, write_wav};
use town::network::Network;
use town::town::{Town, Who, certificate, full_minute};
use town::village::Village;

/// Seconds between two polls that ride on one connection.
const POLL_S: u64 = 4;
const POLLS: u64 = 20;
/// Seconds between two that begin a connection each where none is kept, as after 900 in a village.
const SELDOM_S: u64 = 40;
/// Seconds between two reports of health that come along with each of these polls.
const ALONG_S: u64 = 60;
/// Seconds between two reports of health, which begin one too; 21,600 in a village.
const HEALTH_S: u64 = 45;
/// Longer than the stream says nothing.
const STREAM_S: u64 = 270;
/// What closes a connection over TLS (RFC 8446 §6.1) is shorter than this, a comment longer.
const CLOSING_MAX: u64 = 40;
/// No comment of the stream is as long, and no connection can begin with less.
const COMMENT_MAX: u64 = 300;

/// The budgets, in bytes.
const POLL_BUDGET: u64 = 400;
const MONTH_BUDGET: u64 = 3_000_000;
/// What a player reads from its connection at once, at most.
const READ_BUFFER: u64 = 400_000;
const MONTH_S: u64 = 30 * 86_400;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(measure());
}

/// A village PC with its server and the wire between, set as its names say.
async fn station(set: &[(&'static str, u64)]) -> (Town, String, Network, Village) {
    let town = Town::built_with_certificate().await;
    let admin = town.script(Who::Admin);
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let mut village = Village::with_wav_file();
    village.trust(&certificate());
    for (name, seconds) in set {
        village.set(name, &seconds.to_string());
    }
    let enrolled = village.enrol(&network.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    admin.holds(&station).await;
    (town, station, network, village)
}

/// All at the same time, each with a town of its own: bytes do not depend on how busy a PC is.
async fn measure() {
    let ((poll, size, more), (beginning, closing), with_report, (comment, report)) = tokio::join!(
        polls_on_one_connection(),
        polls_that_are_forgotten(),
        polls_with_a_report(),
        a_stream_and_reports(),
    );
    let (report, along) = (report + closing, with_report - poll);
    println!("\nNothing has changed, bytes of TCP payload over TLS");
    let verdict = met(poll <= POLL_BUDGET);
    println!("      per poll: {poll}, goal ≤ {POLL_BUDGET}: {verdict}");
    println!("A poll that begins a connection {beginning}, a comment of the stream {comment},");
    println!("a report of health {report}, along with a poll {along}");
    // While the stream names what is in force, nothing is polled but when the server asks whether
    // somebody is there: with each seventh comment.
    let asked = MONTH_S / (7 * 240) * beginning;
    let held = MONTH_S / 240 * comment + MONTH_S / 21_600 * report + asked;
    let polled = |poll: u64| MONTH_S / 900 * poll + MONTH_S / 21_600 * along;
    for (link, month) in [
        ("that holds a stream", held),
        ("that holds none and keeps a connection", polled(poll)),
        ("that holds none and forgets connections", polled(beginning)),
    ] {
        let verdict = met(month <= MONTH_BUDGET);
        println!("      a month on a link {link}: {month}, goal ≤ {MONTH_BUDGET}: {verdict}");
    }
    println!("A download of {size} bytes, cut in its middle and gone on with");
    let verdict = met(more <= READ_BUFFER);
    println!("      carried beside it: {more} bytes, goal ≤ {READ_BUFFER}: {verdict}");
}

/// What a poll costs on a connection that is there; how large a recording is, and how much came
/// beside it when its download broke.
async fn polls_on_one_connection() -> (u64, u64, u64) {
    let (town, station, network, _village) =
        station(&[("LOABAN_PLAYER__POLL_INTERVAL_S", POLL_S)]).await;
    let (size, more) = a_download_that_breaks(&town, &network, &station).await;
    let heard = bursts(&network, POLL_S * POLLS).await;
    (middle(&heard, CLOSING_MAX..), size, more)
}

/// What a poll and a report of health cost together, on a connection that is there.
async fn polls_with_a_report() -> u64 {
    let set = [
        ("LOABAN_PLAYER__POLL_INTERVAL_S", SELDOM_S),
        ("LOABAN_PLAYER__HEALTH_INTERVAL_S", ALONG_S),
    ];
    let (_town, _, network, _village) = station(&set).await;
    sleep(Duration::from_secs(SELDOM_S + 10)).await;
    let heard = bursts(&network, SELDOM_S * 4).await;
    middle(&heard, COMMENT_MAX..)
}

/// What a comment of the stream costs, and a report of health that begins a connection.
async fn a_stream_and_reports() -> (u64, u64) {
    let set = [
        ("LOABAN_PLAYER__POLL_INTERVAL_S", 900),
        ("LOABAN_PLAYER__HEALTH_INTERVAL_S", HEALTH_S),
    ];
    let (_town, _, network, _village) = station(&set).await;
    let heard = bursts(&network, STREAM_S).await;
    (
        middle(&heard, CLOSING_MAX..COMMENT_MAX),
        middle(&heard, COMMENT_MAX..),
    )
}

/// What a poll costs that begins a connection, and what closes that: a router has forgotten the
/// one that was kept, and the stream.
async fn polls_that_are_forgotten() -> (u64, u64) {
    let (_town, _, network, _village) =
        station(&[("LOABAN_PLAYER__POLL_INTERVAL_S", SELDOM_S)]).await;
    sleep(Duration::from_secs(SELDOM_S + 10)).await;
    network.forget();
    sleep(Duration::from_secs(SELDOM_S * 2)).await;
    let heard = bursts(&network, SELDOM_S * 4).await;
    let closing = middle(&heard, ..CLOSING_MAX);
    (middle(&heard, COMMENT_MAX..) + closing, closing)
}

/// What a player carries in `seconds`, once what went before has come to rest: how many bytes each
/// time, whatever was carried with less than a second between.
async fn bursts(network: &Network, seconds: u64) -> Vec<u64> {
    let all = || {
        let (asked, answered) = network.carried();
        asked + answered
    };
    sleep(Duration::from_secs(10)).await;
    let (mut bursts, mut burst, mut before) = (Vec::new(), 0, all());
    for _ in 0..seconds {
        sleep(Duration::from_secs(1)).await;
        let now = all();
        if now == before && burst > 0 {
            bursts.push(std::mem::take(&mut burst));
        }
        burst += now - before;
        before = now;
    }
    bursts
}

/// The one in the middle, by size, of those of such a size.
fn middle(bursts: &[u64], sizes: impl RangeBounds<u64>) -> u64 {
    let fitting = bursts.iter().filter(|bytes| sizes.contains(bytes));
    let mut fitting: Vec<u64> = fitting.copied().collect();
    fitting.sort_unstable();
    let middle = fitting.get(fitting.len() / 2);
    *middle.unwrap_or_else(|| panic!("nothing of that size in {bursts:?}"))
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
