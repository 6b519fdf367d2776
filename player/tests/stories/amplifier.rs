//! The amplifier on real wires: commands that write down what they are told, a serial port that has
//! no lines, and a whole player whose cues it follows.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use loaban_player::amplifier::carrier::Timing;
use loaban_player::amplifier::{self, Amplifier, Pin, Settings, Switch, Switched, Wiring};
use loaban_player::clock::Clock;
use loaban_player::daemon::{Standing, Status};
use programme::as_run::{Outcome, Record};
use programme::rule::Rule;
use programme::wire::Fault;
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use crate::pc::{Pc, at, instant, is_on_air};

/// A relay: a script that writes down each order, and can be told to fail or to hang.
pub struct Relay {
    folder: TempDir,
}

impl Relay {
    pub fn new() -> Self {
        Self::that_does("exit 0")
    }

    pub fn that_does(last: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relay = Self { folder };
        let script = format!(
            "#!/bin/sh\necho \"$1\" >> \"{}\"\n{last}\n",
            relay.log().display()
        );
        recordings::durable::write(&relay.program(), script.as_bytes()).unwrap();
        let runs = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(relay.program(), runs).unwrap();
        relay
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("relay")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub fn command(&self, order: &str) -> Vec<String> {
        vec![self.program().display().to_string(), order.to_owned()]
    }

    pub fn orders(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn switch(&self) -> Switch {
        Switch::Commands {
            on: self.command("on"),
            off: self.command("off"),
            timeout: Duration::from_secs(1),
        }
    }

    /// Waits until as many orders have come.
    pub async fn until(&self, orders: &[&str]) {
        for _ in 0..500 {
            if self.orders() == orders {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?} never became {orders:?}", self.orders());
    }
}

fn timing(max_on: Duration) -> Timing {
    Timing {
        lead_in: Duration::ZERO,
        hold: Duration::ZERO,
        tail: Duration::ZERO,
        repeat: None,
        max_on,
    }
}

fn wired(switch: Switch, max_on: Duration) -> Amplifier {
    let timing = timing(max_on);
    let settings = Some(Settings { switch, timing });
    Amplifier::open(settings, Clock::System.for_output()).unwrap()
}

const LONG: Duration = Duration::from_secs(3_600);

#[tokio::test(flavor = "multi_thread")]
async fn it_is_switched_off_first_then_as_it_is_told_and_off_at_the_end() {
    let relay = Relay::new();
    let mut amplifier = wired(relay.switch(), LONG);
    relay.until(&["off"]).await;
    let now = Clock::System.boot();
    amplifier.follow(Some(now), None, now);
    relay.until(&["off", "on"]).await;
    drop(amplifier);
    assert_eq!(
        relay.orders(),
        ["off", "on", "off"],
        "and it waits for that"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_that_stands_still_does_not_keep_it_on() {
    let relay = Relay::new();
    let mut amplifier = wired(relay.switch(), Duration::from_millis(700));
    let now = Clock::System.boot();
    amplifier.follow(Some(now), None, now);
    relay.until(&["off", "on", "off"]).await;
    let on_for = Clock::System.boot().since(now);
    assert!(on_for >= Duration::from_millis(700), "{on_for:?}");
    let mut told = Vec::new();
    while told.last() != Some(&Switched::CutOff) {
        told.push(amplifier.switched().await.unwrap());
    }
    amplifier.take_switched(Switched::CutOff, Clock::System.boot());
    let fault = amplifier.fault().unwrap();
    assert!(fault.contains("amplifier_max_on_min"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_fails_hangs_or_is_not_there_is_told_of() {
    let told = async |switch: Switch| {
        let amplifier = wired(switch, LONG);
        let told = amplifier.switched().await.unwrap();
        drop(amplifier);
        let Switched::Failed { on: false, why } = told else {
            panic!("{told:?}");
        };
        why
    };
    let why = told(Relay::that_does("exit 3").switch()).await;
    assert!(why.contains("fails: exit status: 3"), "{why}");
    let hanging = Relay::that_does("sleep 60");
    let why = told(hanging.switch()).await;
    assert!(why.contains("has not ended after 1 s"), "{why}");
    let nowhere = vec!["/no/such/relay".to_owned()];
    let nowhere = Switch::Commands {
        on: nowhere.clone(),
        off: nowhere,
        timeout: Duration::from_secs(1),
    };
    let why = told(nowhere).await;
    assert!(why.contains("/no/such/relay cannot be started"), "{why}");
}

/// The master of a pseudo-terminal opens as a serial port does, and has no lines. That the lines of
/// a real port rise and fall can only be seen on one.
#[tokio::test(flavor = "multi_thread")]
async fn a_serial_port_that_is_absent_or_has_no_lines_is_told_of() {
    for port in ["/dev/no-such-port", "/dev/ptmx"] {
        let pin = Pin::Rts;
        let switch = Switch::Serial {
            port: port.into(),
            pin,
        };
        let timing = timing(LONG);
        let why = amplifier::check(&Settings {
            switch: switch.clone(),
            timing,
        });
        let why = why.unwrap_err();
        assert!(
            why.contains(port) && why.contains("cannot be used"),
            "{why}"
        );
        let mut amplifier = wired(switch, LONG);
        let first = amplifier.switched().await.unwrap();
        assert!(
            matches!(first, Switched::Failed { on: false, .. }),
            "{first:?}"
        );
        let now = Clock::System.boot();
        amplifier.follow(Some(now), None, now);
        let second = amplifier.switched().await.unwrap();
        assert!(
            matches!(second, Switched::Failed { on: true, .. }),
            "{second:?}"
        );
    }
}

/// A PC with a relay that needs `lead_in`, on duty.
pub async fn pc_with(relay: &Relay, lead_in: u64) -> Pc {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.settings.amplifier = Wiring::Command;
    pc.settings.amplifier_on = relay.command("on");
    pc.settings.amplifier_off = relay.command("off");
    pc.settings.amplifier_lead_in = Duration::from_secs(lead_in);
    pc.settings.amplifier_tail = Duration::from_secs(5);
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc
}

/// Lets time pass, slowly enough for a script, until it was told so; gives the instant.
async fn told(pc: &Pc, relay: &Relay, orders: &[&str]) -> programme::units::WallTime {
    for _ in 0..600 {
        if relay.orders() == orders {
            return pc.commune.wall();
        }
        pc.clock.advance(Duration::from_millis(100));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?} never became {orders:?}", relay.orders());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_on_before_the_cue_and_goes_off_after_the_tail() {
    let relay = Relay::new();
    let mut pc = pc_with(&relay, 20).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 3));
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 30)).await;
    let on = told(&pc, &relay, &["off", "on"]).await;
    let ahead = instant(at(6, 30)).since(on);
    assert!((18..=21).contains(&ahead.as_secs()), "on {ahead:?} ahead");
    let status = pc.pass_until(is_on_air).await;
    let late = status.wall.unwrap().since(status.on_air.unwrap().planned);
    assert!(late < Duration::from_secs(2), "{late:?} late");
    assert_eq!(relay.orders(), ["off", "on"]);
    let off = told(&pc, &relay, &["off", "on", "off"]).await;
    let after = off.since(instant(at(6, 30)));
    assert!(
        (8..=11).contains(&after.as_secs()),
        "off {after:?} after the start"
    );
    pc.shut_down().await;
    assert_eq!(relay.orders(), ["off", "on", "off", "off"]);
}

/// The kernel raises the lines of a serial port as it is opened: who opens one again and again
/// makes the loudspeakers crack.
#[tokio::test(flavor = "multi_thread")]
async fn a_player_that_cannot_begin_opens_it_once_however_often_it_tries() {
    let relay = Relay::new();
    let mut pc = pc_with(&relay, 0).await;
    pc.until(|status| status.station.is_some()).await;
    pc.shut_down().await;
    let before = relay.orders().len();
    let file = format!("sqlite:{}", pc.state_dir().join("state.db").display());
    let mut state = SqliteConnection::connect(&file).await.unwrap();
    let later_release = sqlx::query("PRAGMA user_version = 99");
    later_release.execute(&mut state).await.unwrap();
    state.close().await.unwrap();
    pc.switch_on().await;
    let is_stuck = |status: &Status| status.standing == Standing::Stuck;
    pc.until(is_stuck).await;
    for _ in 0..5 {
        pc.skip(Duration::from_secs(3_600)).await;
        pc.until(is_stuck).await;
    }
    assert_eq!(relay.orders()[before..], ["off"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ordered_for_now_waits_until_it_is_warm() {
    let relay = Relay::new();
    let pc = pc_with(&relay, 20).await;
    let mut programme = pc.commune.one(1, 1, at(6, 0), 3);
    let programme::programme::Item::Understood(order) = &mut programme.broadcasts[0] else {
        panic!("it is understood");
    };
    order.rule = Rule::Now {
        ordered_at: pc.commune.wall(),
        until: instant(at(6, 30)),
    };
    let ordered = pc.commune.wall();
    let order = order.id.clone();
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    relay.until(&["off", "on"]).await;
    let status = pc.pass_until(is_on_air).await;
    let waited = status.wall.unwrap().since(ordered);
    assert!((20..24).contains(&waited.as_secs()), "{waited:?}");
    let records = pc.reported(3).await;
    let aired = Record::Outcome {
        cue: programme::as_run::CueId::now(&order),
        broadcast: order,
        planned: ordered,
        outcome: Outcome::Aired,
        stopped: None,
    };
    assert_eq!(records[2], aired);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cue_airs_although_the_amplifier_fails_and_the_server_learns_of_both() {
    let relay = Relay::that_does("[ \"$1\" = off ]");
    let pc = pc_with(&relay, 0).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 3));
    let status = pc.prepared(1).await;
    assert_eq!(status.faults, []);
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    let status = pc.until(|status| !status.faults.is_empty()).await;
    assert_eq!(status.faults, [Fault::Amplifier]);
    assert!(
        status.remarks[0].contains("relay fails"),
        "{:?}",
        status.remarks
    );
    let page = reqwest::get(pc.screen())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("Không bật tắt được tăng âm"), "{page}");
    let records = pc.reported(3).await;
    assert!(matches!(
        &records[2],
        Record::Outcome {
            outcome: Outcome::Aired,
            ..
        }
    ));
}
