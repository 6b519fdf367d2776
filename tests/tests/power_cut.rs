//! The power goes: while an announcement is on the air the log says so, and where it was; and at
//! whatever moment it goes, again and again, nothing is lost, torn, doubled or aired twice, by the
//! log and by what is heard.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on has failed, also outside a test function"
)]

#[path = "power_cut/log.rs"]
mod log;
#[path = "power_cut/heard.rs"]
mod heard;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use heard::{Known, each_sound_is_an_attempt, heard_by};
use loaban_server::clock::Randomness;
use log::{attempts, each_airs_once, lines_of, own_lines, settled};
use programme::ids::ContentHash;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use town::deeds::{Approved, day, text};
use town::network::Network;
use town::phase::{Phase, Traces};
use town::town::{Town, Who, full_minute, full_second, local, local_second, now, sleep_until};
use town::village::{Village, nothing_is_torn};

/// What was heard when the power goes; the sample lasts longer.
const HEARD: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_that_the_announcement_was_cut_and_at_what_position() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let approved = town
        .approved("Cấp lại thẻ", &[("vi", "vneid.vi.m4a")])
        .await;
    let at = full_minute(Duration::from_secs(10));
    head.air_once(&approved.id, &town.village, at).await.done();
    admin.holds(&station).await;

    sleep_until(at + HEARD).await;
    village.cut_power();
    sleep(Duration::from_secs(1)).await;
    village.power_on().await;

    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "cut", "{line}");
    assert_eq!(line["outcome"]["why"], "power_lost", "{line}");
    // The position is noted every two seconds.
    let position = line["outcome"]["position_ms"].as_i64().expect("a position");
    let heard = HEARD.as_millis() as i64;
    assert!((heard - 2_500..=heard + 300).contains(&position), "{line}");
    assert_eq!(
        line["attempts"].as_array().map(Vec::len),
        Some(1),
        "it airs once: {line}"
    );

    let page = town
        .sign_in(Who::Head)
        .await
        .open(&format!("/as-run?day={}", day(at)))
        .await;
    let said = format!("Bị ngắt sau 00:{:02}", position / 1_000);
    let words = page.all_words();
    assert!(
        words.contains(&said) && words.contains("mất điện"),
        "{said}: {page:?}"
    );
}

/// How often the power goes, unless `LOABAN_CUTS` says otherwise: `make cuts` asks for more.
const CUTS: u64 = 100;
/// So many PCs are cut side by side.
const PCS: u64 = 4;
/// Announcements of three seconds, each another one.
const ANNOUNCEMENTS: u32 = 8;
/// Something airs so often.
const EVERY: Duration = Duration::from_secs(6);
/// A packet is under way for so long: a recording of a minute takes three seconds.
const PACKET: Duration = Duration::from_millis(15);
/// What a PC is about to do it does within this.
const LIFE: Duration = Duration::from_secs(30);
/// Of so many lives one ends at any moment, often before the player has begun with anything.
const AT_RANDOM: u64 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn cut_at_random_moments_no_village_loses_a_line_or_airs_a_cue_twice() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("LOABAN_SEED").unwrap_or(now().as_microsecond().unsigned_abs());
    let cuts = number("LOABAN_CUTS").unwrap_or(CUTS);
    println!("LOABAN_SEED={seed} LOABAN_CUTS={cuts}");
    let mut town = Town::built().await;
    let long = recordings_for_later(&town).await;
    let mut pcs = Vec::new();
    for _ in 0..PCS {
        pcs.push(Pc::new(&town, long).await);
    }
    let mut bulletins = Vec::new();
    for number in 0..ANNOUNCEMENTS {
        bulletins.push(town.chatter(number, 3).await);
    }

    let over = AtomicBool::new(false);
    let each = cuts.div_ceil(PCS * Phase::ALL.len() as u64);
    let cutting = async {
        let cut = pcs.iter_mut().zip(1_u64..).map(|(pc, number)| {
            let chance = Chance(Randomness::seeded(seed.wrapping_add(number)));
            cut_in_each_phase(pc, chance, each)
        });
        let tallies = join_all(cut).await;
        over.store(true, Ordering::Relaxed);
        tallies
    };
    let chance = Chance(Randomness::seeded(seed));
    let (ordered, tallies) = tokio::join!(order(&mut town, &bulletins, &chance, &over), cutting);
    println!("{} cues at each of {PCS} stations", ordered.len());
    for phase in Phase::ALL {
        let hits: u64 = tallies.iter().map(|tally| tally[&Some(phase)]).sum();
        println!("{hits} cuts in {phase:?}");
    }
    let elsewhere: u64 = tallies.iter().filter_map(|tally| tally.get(&None)).sum();
    println!("{elsewhere} cuts elsewhere");

    for pc in &mut pcs {
        pc.village.power_on().await;
    }
    settled(&town, ordered.len() as u64 * PCS).await;
    let known = Known::of(&town, &bulletins).await;
    for Pc {
        station, village, ..
    } in &mut pcs
    {
        assert!(village.shut_down().await.success());
        let lines = lines_of(&town, station).await;
        assert_eq!(
            lines,
            own_lines(village).await,
            "{station}: no line is lost or doubled"
        );
        each_airs_once(&lines, &ordered);
        each_sound_is_an_attempt(&attempts(&lines), &heard_by(village, &known));
        nothing_is_torn(&village.state());
    }
    let verified = town.command_line(&["as-run", "verify"], "");
    assert!(verified.contains("Every line of 4 journals"), "{verified}");
}

/// Has two long recordings published that air when this is over. The first one is needed sooner.
async fn recordings_for_later(town: &Town) -> [ContentHash; 2] {
    let head = town.script(Who::Head);
    let mut hashes = Vec::new();
    for number in [1_u32, 2] {
        let bulletin = town.chatter(ANNOUNCEMENTS + number, 90).await;
        let at = now() + Duration::from_secs(3 * 3_600) * number;
        let ordered = head.air_once(&bulletin.id, &town.village, at).await;
        ordered.done();
        hashes.push(head.hash(&bulletin.recordings[0]).await);
    }
    [hashes[0], hashes[1]]
}

/// A PC on a slow wire of its own.
struct Pc {
    station: String,
    village: Village,
    network: Network,
    /// It loses what was made of the first one, and all of the second one, so that it has
    /// something to do.
    long: [ContentHash; 2],
}

impl Pc {
    async fn new(town: &Town, long: [ContentHash; 2]) -> Self {
        let (station, code) = town.script(Who::Admin).new_station(&town.village).await;
        let network = Network::to(&town.url()).await;
        network.slow(PACKET);
        let mut village = Village::with_wav_file();
        // Each life that airs something begins another one.
        village.keep_wav_files(2_000);
        village
            .enrol(&network.url(), &code)
            .expect("the code lets the PC in");
        Self {
            station,
            village,
            network,
            long,
        }
    }

    /// Lives until a random moment of `phase`. Gives whether the power went within it.
    async fn is_cut_in(&mut self, phase: Phase, chance: &Chance) -> bool {
        let state = self.village.state();
        match phase {
            Phase::Sync => self.village.loses(&self.long[1]),
            Phase::Readying => self.village.loses_wav(&self.long[0]),
            Phase::Airing | Phase::Report => {}
        }
        let before = Traces::of(&state).await;
        self.village.press_power();
        let begins = async {
            while !phase.is_on(&state, &self.network, &before).await {
                sleep(Duration::from_millis(10)).await;
            }
        };
        // What does not come in this life comes in another one.
        let _ = timeout(LIFE, begins).await;
        sleep(chance.within(length(phase))).await;
        let reports = phase.is_on(&state, &self.network, &before).await;
        self.village.cut_power();
        match phase {
            Phase::Report => reports,
            Phase::Sync | Phase::Readying | Phase::Airing => {
                phase.is_on(&state, &self.network, &before).await
            }
        }
    }
}

/// How long a phase lasts, about.
fn length(phase: Phase) -> Duration {
    Duration::from_millis(match phase {
        Phase::Sync => 1_500,
        Phase::Readying => 300,
        Phase::Airing => 3_000,
        Phase::Report => 40,
    })
}

/// Randomness as moments.
struct Chance(Randomness);

impl Chance {
    fn below(&self, limit: u64) -> u64 {
        u64::from_le_bytes(self.0.bytes()) % limit
    }

    fn within(&self, span: Duration) -> Duration {
        Duration::from_millis(self.below(span.as_millis() as u64))
    }
}

/// How often the power went in each phase, and elsewhere.
type Tally = BTreeMap<Option<Phase>, u64>;

/// So many tries are made for each cut that is wanted: most meet their phase.
const TRIES: u64 = 6;

/// Cuts a PC until the power went `each` times in each phase.
async fn cut_in_each_phase(pc: &mut Pc, chance: Chance, each: u64) -> Tally {
    let mut tally = Tally::new();
    let most = each * Phase::ALL.len() as u64 * TRIES;
    loop {
        let tries: u64 = tally.values().sum();
        assert!(tries < most, "a phase is hardly ever met: {tally:?}");
        let count = |phase| tally.get(&Some(phase)).copied().unwrap_or_default();
        let left: Vec<_> = Phase::ALL
            .into_iter()
            .filter(|phase| count(*phase) < each)
            .collect();
        if left.is_empty() {
            return tally;
        }
        let hit = if chance.below(AT_RANDOM) == 0 {
            pc.village.press_power();
            sleep(chance.within(Duration::from_secs(1))).await;
            pc.village.cut_power();
            None
        } else {
            let phase = left[chance.below(left.len() as u64) as usize];
            pc.is_cut_in(phase, &chance).await.then_some(phase)
        };
        nothing_is_torn(&pc.village.state());
        *tally.entry(hit).or_default() += 1;
    }
}

/// Orders one announcement after the other until it is over, and takes the server's power away now
/// and then. Gives the broadcasts.
async fn order(
    town: &mut Town,
    bulletins: &[Approved],
    chance: &Chance,
    over: &AtomicBool,
) -> BTreeSet<String> {
    let head = town.script(Who::Head);
    let mut ordered = BTreeSet::new();
    for (bulletin, again) in bulletins.iter().cycle().zip([true, false].iter().cycle()) {
        let order = json!({ "bulletins": [bulletin.id], "areas": [town.village], "repeats": 1,
            "chime": false, "missed": missed(*again),
            "rule": { "kind": "once", "at": local_second(full_second(EVERY)) } });
        let made = head.post("/broadcasts", order).await.done();
        ordered.insert(text(&made, "id"));
        let pause = Duration::from_millis(chance.below(EVERY.as_millis() as u64));
        sleep(pause).await;
        if chance.below(3) == 0 {
            town.cut_power();
            town.start_server().await;
        }
        sleep(EVERY.saturating_sub(pause)).await;
        if over.load(Ordering::Relaxed) {
            break;
        }
    }
    ordered
}

/// Whether a cut announcement airs again, within this day.
fn missed(again: bool) -> Value {
    let later = now() + Duration::from_secs(3_600);
    if again && day(later) == day(now()) {
        json!({ "kind": "until", "until": local(later)[11..] })
    } else {
        json!({ "kind": "only_then" })
    }
}
