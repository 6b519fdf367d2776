//! A small commune: its server as a process, its people, its one village.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use programme::units::BootTime;
use tempfile::TempDir;

use crate::capture::boot_time;
use crate::person::{Person, Script};
use crate::program::{Program, counted, free_address, ours};

/// Where the commune lies.
pub const ZONE: &str = "Asia/Ho_Chi_Minh";
/// The village that has a station.
pub const VILLAGE: &str = "Thôn Tòng Xành";
/// What it is a village of.
pub const COMMUNE: &str = "Xã Cốc San";
const CERTIFICATE_SETTING: &str = "LOABAN_SERVER__SERVER__TLS_CERTIFICATE_FILE";
const PASSWORD: &str = "bản tin buổi sáng 2026";

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Records and drafts, in the village.
    Secretary,
    /// Chooses the hour, in the village.
    Head,
    /// Approves, in the commune.
    Officer,
    /// Keeps stations and people, in the commune.
    Admin,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 4] = [Self::Secretary, Self::Head, Self::Officer, Self::Admin];

    /// What they type to sign in.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secretary => "secretary",
            Self::Head => "head",
            Self::Officer => "officer",
            Self::Admin => "admin",
        }
    }

    fn area(self) -> &'static str {
        match self {
            Self::Secretary | Self::Head => VILLAGE,
            Self::Officer | Self::Admin => COMMUNE,
        }
    }
}

/// The commune, with its server running unless it was stopped.
pub struct Town {
    /// The name of the village for programs.
    pub village: String,
    address: SocketAddr,
    settings: Vec<(&'static str, String)>,
    server: Option<Program>,
    /// Where the system calls of the server are counted, if they are.
    counted: Option<PathBuf>,
    folder: TempDir,
}

impl Town {
    /// A commune of one village and four people, whose server listens.
    pub async fn built() -> Self {
        Self::built_with(&[]).await
    }

    /// The same, whose server speaks HTTPS with the certificate of the tests.
    pub async fn built_with_certificate() -> Self {
        Self::built_with_certificate_and(&[]).await
    }

    /// Both: HTTPS, and further settings of the server.
    pub async fn built_with_certificate_and(settings: &[(&'static str, &str)]) -> Self {
        let [chain, key] = [certificate(), certificate().with_file_name("key.pem")];
        let (chain, key) = (chain.display().to_string(), key.display().to_string());
        let certificate = [
            (CERTIFICATE_SETTING, &*chain),
            ("LOABAN_SERVER__SERVER__TLS_KEY_FILE", &*key),
        ];
        Self::built_with(&[&certificate[..], settings].concat()).await
    }

    /// The same with further settings of the server, as environment variables.
    pub async fn built_with(settings: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let address = free_address();
        let mut town = Self {
            village: String::new(),
            address,
            settings: quiet_hours_far_from_now(),
            server: None,
            counted: None,
            folder,
        };
        town.set("LOABAN_SERVER__SERVER__LISTEN", &address.to_string());
        let data = town.folder.path().join("data").display().to_string();
        town.set("LOABAN_SERVER__STORAGE__DATA_DIR", &data);
        for (name, value) in settings {
            town.set(name, value);
        }
        town.command_line(&["area", "add", COMMUNE], "");
        let village = [
            "area", "add", VILLAGE, "--kind", "village", "--parent", COMMUNE,
        ];
        town.command_line(&village, "")
            .trim()
            .clone_into(&mut town.village);
        for who in Who::ALL {
            let (name, area) = (who.name(), who.area());
            let add = [
                "user",
                "add",
                name,
                "--role",
                name,
                "--area",
                area,
                "--password-stdin",
            ];
            town.command_line(&add, PASSWORD);
        }
        town.start_server().await;
        town.speak_both_languages().await;
        town
    }

    /// The village hears each announcement in Vietnamese and then in Giáy.
    async fn speak_both_languages(&self) {
        let admin = self.sign_in(Who::Admin).await;
        let path = format!("/areas/{}/edit", self.village);
        let form = admin
            .open(&path)
            .await
            .form(&format!("form[action='{path}']"));
        let form = form.with("language_1", "vi").with("language_2", "pcc");
        let saved = admin.send(form).await;
        assert_eq!(
            saved.path.split('?').next(),
            Some(&*format!("/areas/{}", self.village))
        );
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    /// The address of the server, without a slash at its end.
    pub fn url(&self) -> String {
        let mut settings = self.settings.iter();
        let scheme = match settings.any(|(name, _)| *name == CERTIFICATE_SETTING) {
            true => "https",
            false => "http",
        };
        format!("{scheme}://{}", self.address)
    }

    /// Starts the server where it listened before.
    pub async fn start_server(&mut self) {
        let mut command = ours("loaban-server");
        command.envs(self.settings.iter().cloned()).arg("serve");
        if let Some(calls) = &self.counted {
            command = counted(&command, calls);
        }
        let log = self.folder.path().join("server.log");
        let mut server = Program::start("loaban-server", &mut command, &log);
        server.listens(self.address).await;
        self.server = Some(server);
    }

    /// Has the system calls of the server counted from its next start on, into the file that this
    /// names.
    pub fn count_calls(&mut self) -> PathBuf {
        let log = self.folder.path().join("server.calls");
        self.counted = Some(log.clone());
        log
    }

    /// Stops the server as its machine would.
    pub async fn stop_server(&mut self) {
        let server = self.server.take().expect("the server runs");
        let status = server.shut_down().await;
        assert!(status.success(), "the server ends well: {status}");
    }

    /// Takes the server's power away.
    pub fn cut_power(&mut self) {
        self.server.take().expect("the server runs").cut_power();
    }

    /// Runs `loaban-server` with `arguments` beside the server and gives what it printed.
    pub fn command_line(&self, arguments: &[&str], input: &str) -> String {
        let mut command = ours("loaban-server");
        command.envs(self.settings.iter().cloned()).args(arguments);
        let (stdin, stdout) = (Stdio::piped(), Stdio::piped());
        let child = command
            .stdin(stdin)
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.expect("loaban-server starts");
        let mut stdin = child.stdin.take().expect("it reads");
        // A command that reads nothing may have ended already.
        let _ = writeln!(stdin, "{input}");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "loaban-server {arguments:?}: {said}"
        );
        String::from_utf8(output.stdout).expect("it prints text")
    }

    /// The server's number in the system.
    pub fn server_id(&self) -> u32 {
        self.server.as_ref().expect("the server runs").id()
    }

    /// The file in which the server keeps its tables.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("data/loaban.db")
    }

    /// Somebody signs in at the panel.
    pub async fn sign_in(&self, who: Who) -> Person {
        Person::sign_in(&self.url(), who.name(), PASSWORD).await
    }

    /// The name and the password that somebody types.
    pub fn credentials(&self, who: Who) -> (&'static str, &'static str) {
        (who.name(), PASSWORD)
    }

    /// A script that acts for somebody.
    pub fn script(&self, who: Who) -> Script {
        let token = self.command_line(&["token", "create", who.name()], "");
        Script::new(&self.url(), token.trim())
    }
}

/// The certificate of a server at 127.0.0.1, which only the tests trust; its key lies beside it.
pub fn certificate() -> PathBuf {
    crate::sources::root().join("server/tests/certificates/lasting.pem")
}

/// By this a browser knows the key of that certificate: `openssl x509 -pubkey -noout -in FILE |
/// openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`.
pub const CERTIFICATE_KEY: &str = "K0dRPglngaelfdpw3VpuynoQhM7h4T+dPMw0GDnjc+s=";

/// A folder of the repository's sample recordings.
pub fn sample(file: &str) -> PathBuf {
    crate::sources::root().join("recordings/samples").join(file)
}

/// What a phone's microphone would hear: the sample as the WAV file that a browser is given.
pub fn as_wav(sample: &Path, wav: &Path) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-v", "error", "-y", "-i"])
        .arg(sample);
    ffmpeg.args(["-ar", "48000", "-ac", "1"]).arg(wav);
    if let Err(said) = crate::program::run(&mut ffmpeg) {
        panic!("{}: {said}", sample.display());
    }
}

/// The clock of this machine, which both programs and the test share.
#[expect(
    clippy::disallowed_methods,
    reason = "a story happens at the time at which it is told"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The next full minute that is at least `after` away: a start that the panel can name.
pub fn full_minute(after: Duration) -> Timestamp {
    let at = now() + after;
    let minutes = at.as_second() / 60 + 1;
    Timestamp::from_second(minutes * 60).expect("an instant of this century")
}

/// The instant of the next full second that is at least `after` away.
pub fn full_second(after: Duration) -> Timestamp {
    let second = (now() + after).as_second() + 1;
    Timestamp::from_second(second).expect("an instant of this century")
}

/// The boot-time reading at a wall instant, on this machine that all of the story shares.
pub fn boot_time_at(at: Timestamp) -> BootTime {
    let (boot, wall) = (boot_time(), now());
    let span = Duration::from_micros(at.as_microsecond().abs_diff(wall.as_microsecond()));
    if at >= wall {
        boot.saturating_add(span)
    } else {
        boot.saturating_sub(span)
    }
}

/// Waits until the clock of this machine shows `at`.
pub async fn sleep_until(at: Timestamp) {
    let ahead = u64::try_from(at.as_millisecond() - now().as_millisecond());
    tokio::time::sleep(Duration::from_millis(ahead.unwrap_or(0))).await;
}

/// An instant as the village writes it: `2026-11-23T17:00`.
pub fn local(at: Timestamp) -> String {
    local_second(at)[..16].to_owned()
}

/// The same to the second: `2026-11-23T17:00:10`.
pub fn local_second(at: Timestamp) -> String {
    let zone = TimeZone::get(ZONE).expect("a zone");
    at.to_zoned_datetime(zone)
        .strftime("%Y-%m-%dT%H:%M:%S")
        .to_string()
}

/// When the hour of quiet of these towns begins. A test runs at any hour: it is far away from now
/// and from the sessions that the panel proposes and stories order, in the morning and late in the
/// afternoon.
pub fn quiet_hour() -> Timestamp {
    let at = now() + 12.hours();
    match &local(at)[11..13] {
        "05" | "06" | "16" | "17" => at - 3.hours(),
        _ => at,
    }
}

fn quiet_hours_far_from_now() -> Vec<(&'static str, String)> {
    let wall = |at: Timestamp| local(at)[11..].to_owned();
    vec![
        ("LOABAN_SERVER__COMMUNE__ZONE", ZONE.to_owned()),
        ("LOABAN_SERVER__COMMUNE__QUIET_FROM", wall(quiet_hour())),
        (
            "LOABAN_SERVER__COMMUNE__QUIET_UNTIL",
            wall(quiet_hour() + 1.hours()),
        ),
    ]
}
