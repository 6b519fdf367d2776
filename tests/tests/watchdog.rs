//! What systemd hears of the two programs: that they are ready, that they live, and that they say
//! no such thing when they hang.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use sqlx::{Connection, SqliteConnection};
use town::supervisor::Supervisor;
use town::town::{Town, Who, full_second, sleep_until};
use town::village::Village;

const WITHIN: Duration = Duration::from_secs(3);

async fn a_watched_village(town: &Town, supervisor: &Supervisor) -> (String, Village) {
    let admin = town.script(Who::Admin);
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    for (name, value) in supervisor.environment() {
        village.set(name, &value);
    }
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    (station, village)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_whose_disk_hangs_says_no_more_that_it_lives() {
    let town = Town::built().await;
    let supervisor = Supervisor::that_waits(WITHIN);
    let (_, mut village) = a_watched_village(&town, &supervisor).await;
    village.power_on().await;
    supervisor.hears("READY=1").await;
    for _ in 0..3 {
        supervisor.hears("WATCHDOG=1").await;
    }

    // Who writes has to wait, as for a disk that does not come back.
    let state = format!("sqlite:{}", village.state().join("state.db").display());
    let mut disk = SqliteConnection::connect(&state).await.expect("a state");
    let hang = sqlx::query("BEGIN IMMEDIATE").execute(&mut disk).await;
    hang.expect("nobody writes at this moment");
    // Nobody waits for what becomes of it: the loop cannot say.
    drop(village.command_line(&["volume", "-6"]));
    supervisor.would_start_it_anew().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_whose_output_hangs_says_no_more_that_it_lives() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let supervisor = Supervisor::that_waits(WITHIN);
    let (station, mut village) = a_watched_village(&town, &supervisor).await;
    village.power_on().await;
    let told = town.announcement(1).await;
    let at = full_second(Duration::from_secs(15));
    head.air_once(&told.id, &town.village, at).await.done();
    admin.holds(&station).await;

    // What is to air becomes a file that is never opened to its end.
    for found in std::fs::read_dir(village.state().join("ready")).expect("a folder") {
        let path = found.expect("a file").path();
        if path.extension().is_some_and(|ending| ending == "wav") {
            std::fs::remove_file(&path).expect("it was there");
            let made = std::process::Command::new("mkfifo").arg(&path).status();
            assert!(made.is_ok_and(|made| made.success()), "a pipe");
        }
    }
    sleep_until(at - Duration::from_secs(4)).await;
    supervisor.hears("WATCHDOG=1").await;
    supervisor.would_start_it_anew().await;
    village.says("the output does not answer").await;
    // The loop itself goes on, and its page is there.
    village.command_line(&["today"]).expect("it can be read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_does_not_listen_keeps_nothing_from_the_air() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("notify");
    let deaf = UnixDatagram::bind(&socket).expect("a socket");
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    village.set("NOTIFY_SOCKET", &socket.display().to_string());
    // It says that it lives so often that no datagram finds room after two seconds.
    village.set("WATCHDOG_USEC", "500000");
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let told = town.announcement(1).await;
    let at = full_second(Duration::from_secs(8));
    head.air_once(&told.id, &town.village, at).await.done();
    let known = |line: &serde_json::Value| line["state"] == "known";
    let line = head.logged(&station, at, known).await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    drop(deaf);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_does_not_listen_keeps_no_page_from_anybody_and_no_server_from_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("notify");
    let deaf = UnixDatagram::bind(&socket).expect("a socket");
    let socket = socket.display().to_string();
    // It says that it lives so often that no datagram finds room after two seconds.
    let settings = [("NOTIFY_SOCKET", &*socket), ("WATCHDOG_USEC", "500000")];
    let mut town = Town::built_with(&settings).await;
    let officer = town.script(Who::Officer);
    tokio::time::sleep(Duration::from_secs(5)).await;
    officer.get("/areas").await.done();
    // Whoever holds a thread here would keep the program from its end.
    let ended = tokio::time::timeout(Duration::from_secs(20), town.stop_server());
    ended.await.expect("the server ends when it is told to");
    drop(deaf);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_that_is_told_to_end_says_so() {
    let town = Town::built().await;
    let supervisor = Supervisor::that_waits(WITHIN);
    let (_, mut village) = a_watched_village(&town, &supervisor).await;
    village.power_on().await;
    let status = supervisor.hears("STATUS=").await;
    assert!(status.contains("programme no."), "{status}");
    assert!(village.shut_down().await.success(), "the player ends well");
    supervisor.hears("STOPPING=1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_more_connections_says_no_more_that_it_lives() {
    let supervisor = Supervisor::that_waits(WITHIN);
    let settings = supervisor.environment();
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    let town = Town::built_with(&settings).await;
    supervisor.hears("READY=1").await;
    supervisor.hears("WATCHDOG=1").await;

    let server = i32::try_from(town.server_id()).ok().and_then(Pid::from_raw);
    let none = Rlimit {
        current: Some(3),
        maximum: getrlimit(Resource::Nofile).maximum,
    };
    let before = prlimit(server, Resource::Nofile, none).expect("it runs");
    supervisor.would_start_it_anew().await;
    prlimit(server, Resource::Nofile, before).expect("it runs");
    supervisor.hears("WATCHDOG=1").await;
}
