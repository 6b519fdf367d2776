//! A country's stations on one server: ten thousand streams that a real server holds open over TLS,
//! and an emergency for all of them. The stations share the machine's cores with the server.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::time::Duration;

use ed25519_dalek::SigningKey;
use futures_util::StreamExt as _;
use futures_util::stream;
use programme::enrolment::EnrolmentCode;
use programme::signed::key_text;
use programme::units::BootTime;
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use town::budget::{judge, memory_mb};
use town::capture::boot_time;
use town::deeds::text;
use town::person::{Script, client};
use town::town::{COMMUNE, Town, Who};

const STATIONS: usize = 10_000;
/// So many are let in, or connect, at once.
const AT_ONCE: usize = 32;
/// Longer than anything here takes that goes well.
const GIVE_UP: Duration = Duration::from_secs(120);

/// The budgets: seconds, megabytes.
const REACHED_S: f64 = 3.0;
const MEMORY_MB: f64 = 400.0;

/// What a stream said, and when.
type Said = (&'static str, BootTime);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(measure());
}

async fn measure() {
    let town = Town::built_with_certificate_and(&[("LOABAN_SERVER__SERVER__BEHIND_PROXY", "true")]);
    let town = town.await;
    let (admin, officer) = (town.script(Who::Admin), town.script(Who::Officer));
    officer.choose_pin(&town, Who::Officer).await;
    let flood = town
        .approved("Lũ ống", &[("vi", "health-book.vi.ogg")])
        .await;
    let areas = admin.get("/areas").await.done();
    let mut areas = areas.as_array().expect("areas").iter();
    let commune = areas.find(|area| area["name"] == COMMUNE);
    let commune = text(commune.expect("the commune"), "id");

    let began = boot_time();
    let tokens: Vec<String> = stream::iter(0..STATIONS)
        .map(|number| let_in(&admin, &town, &commune, number))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    println!(
        "\n{STATIONS} stations of one server, let in within {:.0} s",
        boot_time().since(began).as_secs_f64()
    );
    let before = memory_mb(town.server_id());
    let http = client().http1_only().build().expect("a client");
    let (say, mut heard) = unbounded_channel();
    let began = boot_time();
    stream::iter(tokens)
        .for_each_concurrent(AT_ONCE, |token| listening(&http, &town, token, say.clone()))
        .await;
    drop(say);
    all_say("programme", &mut heard).await;
    let connected = boot_time().since(began).as_secs_f64();
    let held = memory_mb(town.server_id());
    let sent = boot_time();
    officer.order_emergency(&flood.id, &commune, 1).await;
    let mut reached: Vec<f64> = all_say("emergency", &mut heard)
        .await
        .into_iter()
        .map(|at| at.since(sent).as_secs_f64())
        .collect();
    reached.sort_by(f64::total_cmp);
    let told = memory_mb(town.server_id());
    println!("all connected within {connected:.1} s");
    println!(
        "{:>12} {:>12} {:>12}",
        "MB before", "MB connected", "MB then"
    );
    println!("{before:12.0} {held:12.0} {told:12.0}");
    println!("{:>12} {:>12} {:>12}", "first s", "median s", "last s");
    let (first, middle) = (reached[0], reached[STATIONS / 2]);
    let last = reached[STATIONS - 1];
    println!("{first:12.2} {middle:12.2} {last:12.2}");
    judge("seconds until the last has it", last, REACHED_S);
    judge("memory, MB", held.max(told), MEMORY_MB);
}

/// Makes a village, lets its PC in and gives its token.
async fn let_in(admin: &Script, town: &Town, commune: &str, number: usize) -> String {
    let area = json!({ "kind": "village", "name": format!("Thôn {number}") });
    let village = json!({ "parent_id": commune, "area": area });
    let village = text(&admin.post("/areas", village).await.done(), "id");
    let (_, code) = admin.new_station(&village).await;
    let code: EnrolmentCode = code.parse().expect("a code");
    let key = key_text(&SigningKey::from_bytes(&[7; 32]).verifying_key());
    let asked = json!({ "secret": code.secret(), "journal": format!("jou_{number:016}"),
        "key": key, "version": env!("CARGO_PKG_VERSION") });
    // Each has an address of its own, as the proxy in front would say.
    let from = format!("10.{}.{}.1", number / 256, number % 256);
    let enrol = admin.request(reqwest::Method::POST, "/enrol");
    let answer = enrol.header("x-forwarded-for", from).json(&asked).send();
    let answer = answer.await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "of {}", town.url());
    let answer = answer.json().await.expect("an answer");
    text(&answer, "token")
}

/// Opens the stream of a station, which says on until the bench ends what comes.
async fn listening(http: &Client, town: &Town, token: String, say: UnboundedSender<Said>) {
    let url = format!("{}/api/v1/station/events", town.url());
    let answer = http.get(url).bearer_auth(token).send().await;
    let mut answer = answer.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    tokio::spawn(async move {
        let mut event = Vec::new();
        while let Ok(Some(bytes)) = answer.chunk().await {
            let at = boot_time();
            event.extend_from_slice(&bytes);
            if event.ends_with(b"\n\n") {
                for kind in ["programme", "emergency"] {
                    if event.starts_with(format!("event: {kind}").as_bytes()) {
                        say.send((kind, at)).expect("the bench goes on");
                    }
                }
                event.clear();
            }
        }
    });
}

/// When each of the stations said so.
async fn all_say(kind: &str, heard: &mut UnboundedReceiver<Said>) -> Vec<BootTime> {
    let mut times = Vec::new();
    while times.len() < STATIONS {
        let next = timeout(GIVE_UP, heard.recv()).await;
        let next = next.unwrap_or_else(|_| panic!("{kind}: {} stations", times.len()));
        let (said, at) = next.expect("the streams are open");
        if said == kind {
            times.push(at);
        }
    }
    times
}
