//! How long it takes from an officer's word to sound in the village: a real server, a real player,
//! a virtual sound card, everything in place beforehand. From the moment at which the order is sent
//! to the first audible sample, the chime's.
#![expect(
    clippy::expect_used,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::time::Duration;

use town::budget::judge;
use town::capture::{Capture, boot_time, late_ms};
use town::sound_card::{SoundCard, bench_with_virtual_card};
use town::town::{Town, Who};
use town::village::Village;

const ORDERS: usize = 10;

/// Louder than this is a sound.
const AUDIBLE: f32 = 1e-3;

/// The budget, in milliseconds.
const BUDGET_MS: f64 = 1_000.0;

fn main() {
    bench_with_virtual_card(|mut card| {
        card.plug_in();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        let mut late = runtime.expect("a runtime").block_on(measured(&card));
        late.sort_by(f64::total_cmp);
        let (median, max) = (late[late.len() / 2], late[late.len() - 1]);
        println!("\nFrom an officer's word to sound, in ms, {ORDERS} orders");
        println!("{:>9} {:>9} {:>9}", "min", "median", "max");
        println!("{:9.0} {median:9.0} {max:9.0}", late[0]);
        judge("the slowest", max, BUDGET_MS);
    });
}

async fn measured(card: &SoundCard) -> Vec<f64> {
    let mut village = Village::with_card(card);
    let town = Town::built().await;
    let (admin, officer) = (town.script(Who::Admin), town.script(Who::Officer));
    let (station, code) = admin.new_station(&town.village).await;
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let flood = town
        .approved("Lũ ống", &[("vi", "health-book.vi.ogg")])
        .await;
    officer.choose_pin(&town, Who::Officer).await;
    // What is ordered once is on the station from then on.
    let mut late = Vec::new();
    for number in 0..=ORDERS {
        let capture = Capture::of(card);
        tokio::time::sleep(Duration::from_millis(700)).await;
        let sent = boot_time();
        let ordered = officer.order_emergency(&flood.id, &town.village, 1).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let id = town::deeds::text(&ordered, "id");
        officer.cancel_emergency(&id).await;
        let heard = capture.stop();
        admin
            .says(&station, |health| health["output_ok"] == true)
            .await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let from = heard.frame_at(sent);
        let first = heard.samples()[from..]
            .iter()
            .position(|sample| sample.abs() > AUDIBLE);
        let first = from + first.expect("the emergency is heard");
        if number > 0 {
            late.push(late_ms(heard.instant_of(first), sent));
        }
    }
    late
}
