//! The two packages on a Debian that boots by its own systemd: whatever ends a program, it is up
//! again and does what it is for, inside the walls of its unit.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use tokio::time::{sleep, timeout};
use town::debian::Debian;
use town::network::Network;
use town::person::Script;
use town::program::free_address;
use town::town::{Town, VILLAGE, Who, certificate, full_second, sleep_until};

const PLAYER: &str = "loaban-player";
const SERVER: &str = "loaban-server";
/// Where a stick that is given to the player is mounted.
const STICK: &str = "/media/sdb1";
/// A switch of the amplifier that can be looked at.
const SWITCHED_ON: &str = "/var/lib/loaban-player/amplifier";

#[tokio::test(flavor = "multi_thread")]
async fn a_village_pc_airs_again_whatever_ends_its_player() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let told = town.announcement(1).await;
    let mut pc = Debian::fresh();
    pc.power_on().await;
    pc.install(PLAYER);
    let installed = pc.begins_anew(PLAYER, None).await;
    writes_a_wav_file(&pc);
    let mut player = pc.begins_anew(PLAYER, Some(installed)).await;
    let enrolled = pc.command_line(&[PLAYER, "enrol", &town.url(), &code]);
    enrolled.expect("the code lets the PC in");
    airs(&town, &head, &station, &told.id).await;
    assert!(!pc.has(SWITCHED_ON), "after the announcement it is off");

    // A bug ends the player in the middle of an announcement.
    let at = full_second(Duration::from_secs(10));
    head.air_once(&told.id, &town.village, at).await.done();
    sleep_until(at + Duration::from_millis(500)).await;
    assert!(pc.has(SWITCHED_ON), "the amplifier is on while it sounds");
    let kill = ["systemctl", "kill", "--signal=KILL", PLAYER];
    pc.command_line(&kill).expect("it is killed");
    player = pc.begins_anew(PLAYER, Some(player)).await;
    assert!(!pc.has(SWITCHED_ON), "nobody leaves the amplifier on");
    airs(&town, &head, &station, &told.id).await;

    // It hangs, and only the watchdog can tell.
    let hang = ["systemctl", "kill", "--signal=STOP", PLAYER];
    pc.command_line(&hang).expect("it hangs");
    player = pc.begins_anew(PLAYER, Some(player)).await;
    let journal = pc.told(PLAYER);
    assert!(journal.contains("Watchdog timeout"), "{journal}");
    airs(&town, &head, &station, &told.id).await;

    // A newer package is laid over it, which ends nothing until the player makes way.
    pc.install(PLAYER);
    assert_eq!(pc.program_of(PLAYER), Some(player), "dpkg ends nothing");
    pc.begins_anew(PLAYER, Some(player)).await;

    // The power goes while it sounds.
    let at = full_second(Duration::from_secs(10));
    head.air_once(&told.id, &town.village, at).await.done();
    sleep_until(at + Duration::from_millis(500)).await;
    pc.cut_power();
    sleep(Duration::from_secs(2)).await;
    pc.power_on().await;
    let known = |line: &serde_json::Value| line["state"] == "known";
    let line = head.logged(&station, at, known).await;
    assert_eq!(line["outcome"]["why"], "power_lost", "{line}");
    airs(&town, &head, &station, &told.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_its_walls_a_player_is_reached_by_tls_and_by_a_stick_that_is_mounted_meanwhile() {
    let town = Town::built_with_certificate().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let told = town.announcement(1).await;
    let network = Network::to(&town.url()).await;
    let mut pc = Debian::fresh();
    pc.power_on().await;
    pc.trust(&certificate());
    pc.install(PLAYER);
    let installed = pc.begins_anew(PLAYER, None).await;
    let screen = writes_a_wav_file(&pc);
    pc.begins_anew(PLAYER, Some(installed)).await;
    let enrolled = pc.command_line(&[PLAYER, "enrol", &network.url(), &code]);
    enrolled.expect("the code lets the PC in, and who vouches for the server is known");
    airs(&town, &head, &station, &told.id).await;

    // From here on nothing comes but by stick.
    network.cut();
    let at = full_second(Duration::from_secs(45));
    head.air_once(&told.id, &town.village, at).await.done();
    let carried = tempfile::tempdir().expect("a folder");
    let copied = carried.path().display().to_string();
    let export = ["bundle", "export", &copied, "--area", VILLAGE];
    let said = town.command_line(&export, "");
    assert!(said.contains("recordings were written"), "{said}");
    let stick = pc.stick(carried.path());
    stick.plug_in(STICK, PLAYER);
    comes_to(&screen, "in_force").await;
    stick.pull_out(STICK);
    sleep_until(at + Duration::from_secs(15)).await;

    // What was heard goes back by the stick, which is there this time when the player starts.
    pc.command_line(&["systemctl", "stop", PLAYER])
        .expect("it stops");
    stick.plug_in(STICK, PLAYER);
    pc.command_line(&["systemctl", "start", PLAYER])
        .expect("it starts");
    comes_to(&screen, "same").await;
    stick.pull_out(STICK);
    let back = stick.read();
    let folder = back.path().display().to_string();
    let said = town.command_line(&["bundle", "import", &folder], "");
    assert!(said.contains(VILLAGE), "{said}");
    let known = |line: &serde_json::Value| line["state"] == "known";
    let line = head.logged(&station, at, known).await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_answers_again_whatever_ends_it() {
    let mut machine = Debian::fresh();
    machine.power_on().await;
    machine.install(SERVER);
    let installed = machine.begins_anew(SERVER, None).await;
    let address = free_address();
    let listen = format!("s|^#listen = .*|listen = \"{address}\"|");
    let file = "/etc/loaban/loaban-server.toml";
    let set = machine.command_line(&["sed", "--in-place", &listen, file]);
    set.expect("it is set");
    let restart = machine.command_line(&["systemctl", "restart", SERVER]);
    restart.expect("it starts");
    let server = machine.begins_anew(SERVER, Some(installed)).await;
    // What root types goes on as the user of the service.
    let typed = |words: &[&str]| {
        let said = machine.command_line(&[&[SERVER], words].concat());
        said.expect("it is done")
    };
    typed(&["area", "add", "Xã Cốc San"]);
    typed(&[
        "user",
        "add",
        "quantri",
        "--role",
        "admin",
        "--area",
        "Xã Cốc San",
    ]);
    let token = typed(&["token", "create", "quantri"]);
    let admin = Script::new(&format!("http://{address}"), &token);
    let areas = |found: serde_json::Value| found.to_string().contains("Xã Cốc San");
    assert!(areas(admin.get("/areas").await.done()));

    for (signal, why) in [
        ("KILL", "code=killed, status=9"),
        ("STOP", "Watchdog timeout"),
    ] {
        let last = machine.program_of(SERVER).unwrap_or(server);
        let signal = format!("--signal={signal}");
        let sent = machine.command_line(&["systemctl", "kill", &signal, SERVER]);
        sent.expect("it is sent");
        machine.begins_anew(SERVER, Some(last)).await;
        let journal = machine.told(SERVER);
        assert!(journal.contains(why), "{journal}");
        assert!(areas(admin.get("/areas").await.done()));
    }
    machine.cut_power();
    machine.power_on().await;
    machine.begins_anew(SERVER, None).await;
    assert!(areas(admin.get("/areas").await.done()));
}

/// What hangs on this PC: no card, and an amplifier whose switch is a file. Answers where its page
/// is.
fn writes_a_wav_file(pc: &Debian) -> String {
    let screen = free_address();
    let lines = [
        "output = \"wav:/var/lib/loaban-player/horn.wav\"".to_owned(),
        format!("screen_listen = \"{screen}\""),
        "amplifier = \"command\"".to_owned(),
        format!("amplifier_on = [\"touch\", \"{SWITCHED_ON}\"]"),
        format!("amplifier_off = [\"rm\", \"-f\", \"{SWITCHED_ON}\"]"),
        "amplifier_lead_in_s = 0".to_owned(),
        "amplifier_hold_s = 0".to_owned(),
        "amplifier_tail_s = 0".to_owned(),
    ];
    for line in lines {
        let key = line.split(' ').next().unwrap_or_default();
        let set = format!("s|^#{key} = .*|{line}|");
        let file = "/etc/loaban/loaban-player.toml";
        let set = pc.command_line(&["sed", "--in-place", &set, file]);
        set.expect("it is set");
        pc.command_line(&["grep", "--quiet", &format!("^{key} = "), file])
            .expect("the configuration has such a key");
    }
    let restart = pc.command_line(&["systemctl", "restart", PLAYER]);
    restart.expect("it starts");
    format!("http://{screen}")
}

/// Waits until the page of the PC says that a stick is at `stage`.
async fn comes_to(screen: &str, stage: &str) {
    let mut told = serde_json::Value::Null;
    let comes = timeout(Duration::from_secs(60), async {
        while told["stick"]["stage"] != stage {
            sleep(Duration::from_millis(200)).await;
            let answer = reqwest::get(format!("{screen}/status")).await;
            told = answer.expect("the page").json().await.expect("a status");
        }
    });
    let came = comes.await.is_ok();
    assert!(came, "the page still tells {told:#}");
}

/// A bulletin is ordered for soon, and the log says that it was on the air.
async fn airs(town: &Town, head: &Script, station: &str, bulletin: &str) {
    let at = full_second(Duration::from_secs(15));
    head.air_once(bulletin, &town.village, at).await.done();
    let known = |line: &serde_json::Value| line["state"] == "known";
    let line = head.logged(station, at, known).await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
}
