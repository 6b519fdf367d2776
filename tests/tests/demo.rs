//! The demonstration, as somebody runs it who has never seen the house: within a minute something
//! is on air, the panel lets one in and shows the log, and it can be run again on its own data.
//! Told nothing of where its sound goes, it takes the sound card, or a file where there is none.
#![expect(
    clippy::panic,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use town::capture::Capture;
use town::chatter::read_wav;
use town::person::Person;
use town::program::{Program, free_address, ours};
use town::sound_card::SoundCard;
use town::town::now;

/// What the greeting and the README promise.
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_airs_within_a_minute_and_again_on_its_own_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, wav) = (folder.path().join("data"), folder.path().join("on-air.wav"));
    let address = free_address().to_string();
    let panel = format!("http://{address}");
    let sound = format!("wav:{}", wav.display());
    for time in ["first", "second"] {
        let mut demo = ours("loaban-server");
        demo.args(["demo", "--listen", &address, "--output", &sound, "--data"])
            .arg(&data);
        let log = folder.path().join(time);
        let begun = now();
        let mut demo = Program::start("loaban-server demo", &mut demo, &log);
        // The greeting ends with this line; it speaks of what is on air before anything is.
        demo.says("Ctrl-C ends it all").await;
        let greeting = demo.log();
        assert!(greeting.contains(&panel), "{greeting}");
        assert!(!greeting.contains("no sound card"), "it was told where");
        let looks = async {
            let officer = Person::sign_in(&panel, "canbo", &password(&greeting, "canbo")).await;
            let before = aired(&officer).await;
            (officer, before)
        };
        let on_air = timeout(MINUTE, demo.says("on air: "));
        let (on_air, (officer, before)) = tokio::join!(on_air, looks);
        assert!(
            on_air.is_ok(),
            "{time}: not within a minute: {}",
            demo.log()
        );
        let span = now().duration_since(begun).unsigned_abs();
        assert!(span <= MINUTE, "{time}: {span:?}, the greeting included");
        demo.says("heard to its end").await;
        assert_one_more_aired(&officer, before).await;
        assert!(demo.shut_down().await.success(), "it ends well");
        assert_sounds(&wav);
        // What the next one airs is not what this one did.
        std::fs::remove_file(&wav).expect("the sound of this one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn told_nothing_it_plays_on_the_sound_card_and_writes_no_file() {
    let card = SoundCard::plugged_in();
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = told_nothing(&card, folder.path());
    demo.says("Ctrl-C ends it all").await;
    let capture = Capture::of(&card);
    demo.says("heard to its end").await;
    let heard = capture.stop();
    assert_loud(heard.samples());
    assert_eq!(place_of_sound(&demo.log()), "card:default");
    assert!(!in_the_folder(folder.path()).exists(), "a file as well");
    assert!(demo.shut_down().await.success(), "it ends well");
}

#[tokio::test(flavor = "multi_thread")]
async fn told_nothing_it_writes_a_file_that_it_names_where_no_sound_card_opens() {
    let mut card = SoundCard::plugged_in();
    card.unplug();
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = told_nothing(&card, folder.path());
    demo.says("heard to its end").await;
    let file = in_the_folder(folder.path());
    assert_eq!(
        place_of_sound(&demo.log()),
        format!("{} (no sound card opens here)", file.display())
    );
    assert!(demo.shut_down().await.success(), "it ends well");
    assert_sounds(&file);
}

/// The demonstration as `make demo` starts it, on a machine whose only sound card is this one.
fn told_nothing(card: &SoundCard, folder: &Path) -> Program {
    let mut demo = ours("loaban-server");
    demo.args(["demo", "--listen", &free_address().to_string(), "--data"])
        .arg(folder.join("data"))
        .envs(card.environment());
    Program::start("loaban-server demo", &mut demo, &folder.join("log"))
}

/// The file that it chooses by itself.
fn in_the_folder(folder: &Path) -> PathBuf {
    folder.join("data/on-air.wav")
}

/// Where the greeting says that the sound goes.
fn place_of_sound(printed: &str) -> String {
    let said = printed
        .split_once("Its sound goes to")
        .map(|(_, said)| said);
    let line = said.and_then(|said| said.lines().next());
    line.unwrap_or_else(|| panic!("no place of the sound: {printed}"))
        .trim()
        .to_owned()
}

/// The password that is printed beside a name.
fn password(printed: &str, name: &str) -> String {
    let after = printed
        .split_once(&format!("{name} / "))
        .map(|(_, after)| after);
    let word = after.and_then(|after| after.split_whitespace().next());
    word.unwrap_or_else(|| panic!("no password of {name}: {printed}"))
        .to_owned()
}

/// How often the log says that something was aired.
async fn aired(officer: &Person) -> usize {
    let page = officer.open("/as-run").await;
    page.all_words().matches("Đã phát").count()
}

async fn assert_one_more_aired(officer: &Person, before: usize) {
    for _ in 0..20 {
        if aired(officer).await > before {
            return;
        }
        sleep(Duration::from_millis(500)).await;
    }
    panic!("the log does not say that another one was aired");
}

fn assert_sounds(wav: &Path) {
    assert_loud(&read_wav(wav));
}

fn assert_loud(heard: &[f32]) {
    let loudest = heard
        .iter()
        .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!(loudest > 0.1, "the loudest sample is {loudest}");
}
