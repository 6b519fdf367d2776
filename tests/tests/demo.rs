//! The demonstration, as somebody runs it who has never seen the house: within a minute something
//! is on air, the panel lets one in and shows the log, and it can be run again on its own data.
#![expect(
    clippy::panic,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::path::Path;
use std::time::Duration;

use tokio::time::sleep;
use town::chatter::read_wav;
use town::person::Person;
use town::program::{Program, free_address, ours};

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
        let mut demo = Program::start("loaban-server demo", &mut demo, &log);
        // A program that a test starts is given one minute to say what is waited for.
        demo.says("on air").await;
        demo.says("heard to its end").await;
        assert!(demo.log().contains(&panel), "{}", demo.log());
        assert_is_in_the_log(&panel, &password(&demo.log(), "canbo")).await;
        assert!(demo.shut_down().await.success(), "it ends well");
        assert_sounds(&wav);
    }
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

async fn assert_is_in_the_log(panel: &str, password: &str) {
    let officer = Person::sign_in(panel, "canbo", password).await;
    let mut page = officer.open("/as-run").await;
    for _ in 0..20 {
        if page.all_words().contains("Đã phát") {
            return;
        }
        sleep(Duration::from_millis(500)).await;
        page = officer.open("/as-run").await;
    }
    panic!("the log does not say that it was aired: {page:?}");
}

fn assert_sounds(wav: &Path) {
    let loudest = read_wav(wav)
        .into_iter()
        .fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    assert!(loudest > 0.1, "the loudest sample is {loudest}");
}
