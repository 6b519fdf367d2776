//! Somebody changed a line of the configuration, and the player does not understand it: it goes on
//! with what it understood last, and says so.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use loaban_player::config::Origin;
use programme::wire::{Fault, FaultName};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::pc::{Pc, at, is_on_air};
use crate::stick::put;

/// The installed program, with a configuration of its own.
struct Installed {
    folder: TempDir,
    listen: SocketAddr,
}

impl Installed {
    fn new() -> Self {
        // For whoever asks for its page; the same in each test of the process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            listen: port.local_addr().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("loaban-player.toml")
    }

    fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// What the amplifier leaves when it is switched off.
    fn switched_off(&self) -> PathBuf {
        self.folder.path().join("off")
    }

    /// What a player is told that airs here, with one line more.
    fn told(&self, line: &str) -> String {
        let path = |path: &Path| path.display().to_string();
        format!(
            "state_dir = \"{}\"\n{line}\noutput = \"wav:{}\"\nscreen_listen = \"{}\"\n\
             usb_folders = []\namplifier = \"command\"\namplifier_on = [\"true\"]\n\
             amplifier_off = [\"touch\", \"{}\"]\n",
            path(&self.state_dir()),
            path(&self.folder.path().join("horn.wav")),
            self.listen,
            path(&self.switched_off()),
        )
    }

    fn tell(&self, text: &str) {
        put(&self.file(), text.as_bytes());
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loaban-player"));
        command.arg("--config").arg(self.file()).args(words);
        // As systemd tells it.
        command.env("STATE_DIRECTORY", self.state_dir());
        command.current_dir(self.folder.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        command
    }

    async fn says(&self, words: &[&str]) -> (bool, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(words).output().await.unwrap();
        let said = [stdout, stderr].concat();
        (status.success(), String::from_utf8(said).unwrap())
    }

    /// Starts the player, and waits until its page is there.
    async fn start(&self) -> (Child, Value) {
        let mut player = self.command(&["run"]).spawn().unwrap();
        let url = format!("http://{}/status", self.listen);
        for _ in 0..200 {
            if let Some(ended) = player.try_wait().unwrap() {
                panic!("the player ended: {ended}");
            }
            if let Ok(answer) = reqwest::get(&url).await {
                return (player, answer.json().await.unwrap());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("there is no page");
    }

    /// Waits until the page says of a fault, and gives the status.
    async fn until_fault(&self, fault: &str) -> Value {
        let url = format!("http://{}/status", self.listen);
        for _ in 0..100 {
            let status: Value = reqwest::get(&url).await.unwrap().json().await.unwrap();
            let faults = status["faults"].as_array().unwrap();
            if faults.contains(&json!(fault)) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{fault} is never told");
    }
}

/// Each is what somebody made of the file, and what is said of it.
fn mistakes(pc: &Installed) -> [(String, &'static str); 4] {
    [
        (pc.told("volume = 3"), "there is no key volume"),
        (pc.told("poll_interval_s = 0"), "at least one second"),
        (pc.told("language = "), "loaban-player.toml"),
        ("state_dir \u{0} (".to_owned(), "loaban-player.toml"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_not_understood_silences_no_village_and_leaves_no_amplifier_on() {
    let pc = Installed::new();
    pc.tell(&pc.told(""));
    let (mut player, _) = pc.start().await;
    player.kill().await.unwrap();
    for (text, why) in mistakes(&pc) {
        pc.tell(&text);
        let (mut player, _) = pc.start().await;
        let status = pc.until_fault("settings_refused").await;
        let remarks = status["remarks"].to_string();
        assert!(remarks.contains(why), "{why}: {remarks}");
        let page = reqwest::get(format!("http://{}/", pc.listen)).await;
        let page = page.unwrap().text().await.unwrap();
        assert!(page.contains("Tệp cấu hình có lỗi"), "{page}");
        player.kill().await.unwrap();

        recordings::durable::remove(&pc.switched_off()).unwrap();
        let (well, said) = pc.says(&["amplifier-off"]).await;
        assert!(well && said.contains(why), "{said}");
        assert!(pc.switched_off().exists(), "the former command was run");
        let (well, said) = pc.says(&["doctor"]).await;
        assert!(!well && said.contains("!!  settings: "), "{said}");
        assert!(said.contains("understood last"), "{said}");
        let (well, said) = pc.says(&["today"]).await;
        assert!(!well && said.contains(why), "{said}");
    }
    pc.tell(&pc.told(""));
    let (_player, _) = pc.start().await;
    let (_, said) = pc.says(&["doctor"]).await;
    assert!(!said.contains("!!  settings"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_that_never_understood_anything_goes_on_with_the_defaults() {
    let pc = Installed::new();
    pc.tell("volume = 3");
    let listen = format!("--screen-listen={}", pc.listen);
    let mut command = pc.command(&[&listen, "run"]);
    let _player = command.spawn().unwrap();
    let url = format!("http://{}/status", pc.listen);
    for _ in 0..200 {
        if reqwest::get(&url).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    pc.until_fault("settings_refused").await;
    assert!(pc.state_dir().join("lock").exists(), "where systemd says");
    assert!(!pc.state_dir().join("settings.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn by_former_settings_the_programme_airs_and_the_panel_is_told() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.enrol().await.unwrap();
    pc.settings.origin = Origin::Former("there is no key volume".to_owned());
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    let status = pc.prepared(1).await;
    assert!(status.faults.contains(&Fault::SettingsRefused));
    assert_eq!(status.remarks, ["there is no key volume"]);
    let told = FaultName::Known(Fault::SettingsRefused);
    pc.pass_until(|_| {
        let inside = pc.commune.look();
        let health = inside.health.as_ref();
        health.is_some_and(|health| health.faults.contains(&told))
    })
    .await;
    let english = reqwest::get(format!("{}/?language=en", pc.screen())).await;
    let english = english.unwrap().text().await.unwrap();
    assert!(
        english.contains("The configuration has a mistake"),
        "{english}"
    );
    pc.skip(Duration::from_secs(29 * 60)).await;
    pc.pass_until(is_on_air).await;
}
