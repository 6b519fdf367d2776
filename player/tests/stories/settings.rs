//! What the player is told, and what it answers to nonsense.

use std::time::Duration;

use loaban_player::amplifier::{Switch, Wiring};
use loaban_player::config::{Line, MANUAL, load};
use loaban_player::doctor;
use loaban_player::loopback::Ear;
use loaban_player::thrift::Thrift;
use loaban_player::today::today;

use crate::commune::clock_of;
use crate::pc::{Pc, at};

fn refused(file: &str, environment: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("player.toml");
    recordings::durable::write(&path, file.as_bytes()).unwrap();
    let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    let environment: Vec<_> = environment.iter().map(own).collect();
    format!("{:#}", load(Some(&path), environment, []).unwrap_err())
}

#[test]
fn the_manual_is_the_default_and_each_layer_lies_over_the_one_before() {
    let defaults = load(None, [], []).unwrap();
    assert_eq!(defaults.settings.output, Line::Card("default".to_owned()));
    assert_eq!(defaults.settings.poll_interval, Duration::from_secs(900));
    let variable = ("LOABAN_PLAYER__OUTPUT".to_owned(), "card:USB".to_owned());
    let by_environment = load(None, [variable.clone()], []).unwrap();
    assert_eq!(by_environment.settings.output, Line::Card("USB".to_owned()));
    let by_option = load(
        None,
        [variable],
        [("output", "wav:/tmp/horn.wav".to_owned())],
    )
    .unwrap();
    assert_eq!(
        by_option.settings.output,
        Line::WavFile("/tmp/horn.wav".into())
    );
    assert!(by_option.show().contains("output = \"wav:/tmp/horn.wav\""));
    assert!(MANUAL.contains("state_dir"));
}

#[test]
fn hours_without_meaning_are_refused_with_an_example() {
    let refusal = refused("download_hours = \"at night\"", &[]);
    assert!(refusal.contains("22:00-05:00"), "{refusal}");
    let defaults = load(None, [], []).unwrap().settings;
    assert_eq!(defaults.thrift(), Thrift::default());
}

#[test]
fn an_amplifier_is_named_with_its_commands_and_its_spans() {
    let named = [
        ("AMPLIFIER", "command"),
        ("AMPLIFIER_ON", "[\"relay\", \"on\"]"),
        ("AMPLIFIER_OFF", "[\"relay\", \"off\"]"),
        ("AMPLIFIER_LEAD_IN_S", "45"),
    ];
    let named = named.map(|(key, text)| (format!("LOABAN_PLAYER__{key}"), text.to_owned()));
    let settings = load(None, named, []).unwrap().settings;
    let amplifier = settings.amplifier().unwrap();
    let words = |order: &str| vec!["relay".to_owned(), order.to_owned()];
    let commands = Switch::Commands {
        on: words("on"),
        off: words("off"),
        timeout: Duration::from_secs(10),
    };
    assert_eq!(amplifier.switch, commands);
    assert_eq!(amplifier.timing.lead_in, Duration::from_secs(45));
    assert_eq!(amplifier.timing.max_on, Duration::from_secs(7_200));
    assert_eq!(amplifier.timing.repeat, None);
    let by_default = load(None, [], []).unwrap().settings;
    assert_eq!(by_default.amplifier(), None);
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    assert!(refused("volume = 3", &[]).contains("there is no key volume"));
    assert!(refused("", &[("LOABAN_PLAYER__VOLUME", "3")]).contains("LOABAN_PLAYER__VOLUME"));
    assert!(refused("output = \"speaker\"", &[]).contains("card:default, card:NAME or wav:FILE"));
    assert!(refused("output = \"card:null\"", &[]).contains("card:null plays nowhere"));
    assert!(refused("output = \"card:plug:null\"", &[]).contains("plays nowhere"));
    assert!(refused("poll_interval_s = 0", &[]).contains("at least one second"));
    assert!(refused("poll_interval_s = \"often\"", &[]).contains("poll_interval_s"));
    let open = "screen_listen = \"0.0.0.0:8090\"";
    assert!(refused(open, &[]).contains("screen_from_network = true"));
    assert!(refused("language = \"fr\"", &[]).contains("language"));
    assert!(refused("amplifier = \"gpio:4\"", &[]).contains("rts:PORT or dtr:PORT"));
    assert!(
        refused("amplifier = \"command\"", &[]).contains("both amplifier_on and amplifier_off")
    );
    assert!(refused("amplifier_lead_in_s = 121", &[]).contains("120 at most"));
    assert!(refused("amplifier_max_on_min = 0", &[]).contains("nothing is heard"));
    let list = "LOABAN_PLAYER__AMPLIFIER_ON";
    assert!(refused("", &[(list, "relay on")]).contains("read a list"));
}

#[tokio::test(flavor = "multi_thread")]
async fn today_tells_what_airs_and_what_has_become_of_it() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(6, 30), 2);
    let only = programme::programme::MissedRule::OnlyThen;
    pc.commune.add(&mut programme, 2, at(19, 0), 2, only);
    pc.commune.add(&mut programme, 3, at(17, 0), 2, only);
    programme.quiet_hours.from = at(16, 30).time();
    programme.quiet_hours.until = at(17, 30).time();
    for bulletin in programme.bulletins.values_mut() {
        bulletin.title = bulletin.title.replace(" số", "\r\u{1b}[2J\nsố");
    }
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(crate::pc::is_on_air).await;
    pc.reported(3).await;
    pc.shut_down().await;
    let text = today(&pc.settings, &clock_of(&pc.clock)).await.unwrap();
    assert!(
        text.contains("Bản Một, 23/11/2026, programme no. 1"),
        "{text}"
    );
    assert!(
        text.contains("06:30  00:02  Bản tin  [2J số 1: aired"),
        "{text}"
    );
    assert!(
        text.contains("19:00  00:02  Bản tin  [2J số 2: to come"),
        "{text}"
    );
    assert!(
        text.contains("17:00  00:02  Bản tin  [2J số 3: will not air (quiet hours)"),
        "{text}"
    );
}

#[test]
fn a_loopback_is_named_like_an_output_and_wants_loudspeakers() {
    assert_eq!(load(None, [], []).unwrap().settings.loopback, Ear::Off);
    let named = ("LOABAN_PLAYER__LOOPBACK".to_owned(), "card:USB".to_owned());
    let listening = load(None, [named], []).unwrap().settings.loopback;
    assert_eq!(listening, Ear::Card("USB".to_owned()));
    let why = refused("loopback = \"microphone\"", &[]);
    assert!(why.contains("off, card:default or card:NAME"), "{why}");
    let file = "loopback = \"card:USB\"\noutput = \"wav:horn.wav\"";
    let why = refused(file, &[]);
    assert!(why.contains("leave it off"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_each_ill_and_its_cure() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    let ill = async |pc: &Pc| {
        let findings = doctor::examine(&pc.settings, &clock_of(&pc.clock)).await;
        let ill = findings
            .into_iter()
            .filter(|finding| finding.cure.is_some());
        ill.map(|finding| finding.what).collect::<Vec<_>>()
    };
    assert_eq!(ill(&pc).await, ["enrolment"]);
    pc.enrol().await.unwrap();
    let none = today(&pc.settings, &clock_of(&pc.clock)).await.unwrap_err();
    assert!(
        none.to_string().contains("no programme has come yet"),
        "{none}"
    );
    pc.commune.publish(&pc.commune.empty_programme(1));
    assert_eq!(ill(&pc).await, ["station time", "programme"]);
    pc.switch_on().await;
    pc.prepared(1).await;
    assert_eq!(ill(&pc).await, [""; 0]);
    pc.clock.set_system(crate::pc::instant(at(3, 0)));
    assert_eq!(ill(&pc).await, ["server and time"]);
    pc.commune.look().away = true;
    pc.settings.output = Line::Card("no-such-card".to_owned());
    assert_eq!(ill(&pc).await, ["sound", "server and time"]);
    pc.settings.amplifier = Wiring::Command;
    pc.settings.amplifier_on = vec!["no-such-relay".to_owned()];
    pc.settings.amplifier_off = vec!["true".to_owned()];
    assert_eq!(ill(&pc).await, ["sound", "amplifier", "server and time"]);
}
