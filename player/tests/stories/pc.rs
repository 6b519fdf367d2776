//! A village PC in this process: its disk, its clock, its power switch.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::{DateTime, date};
use loaban_player::clock::ManualClock;
use loaban_player::config::{self, Settings};
use loaban_player::daemon::{Standing, Status};
use programme::units::WallTime;
use programme::zone::Zone;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::commune::{Commune, ZONE, clock_of};

/// How long a story waits, by a real clock, for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A PC that may be on, off, or without power.
pub struct Pc {
    pub clock: ManualClock,
    pub settings: Settings,
    pub commune: Commune,
    screen: Option<SocketAddr>,
    player: Option<(JoinHandle<anyhow::Result<()>>, watch::Sender<bool>)>,
    folder: TempDir,
}

/// The day of every story.
pub fn at(hour: i8, minute: i8) -> DateTime {
    date(2026, 11, 23).at(hour, minute, 0, 0)
}

/// The instant at which a clock in the village shows `civil`.
pub fn instant(civil: DateTime) -> WallTime {
    Zone::named(ZONE).unwrap().instant(civil).unwrap()
}

impl Pc {
    /// A PC that boots at `time`, by a right clock, beside a server.
    pub async fn beside_server(time: DateTime) -> Self {
        // The provider is the same in each test of the process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // What the player says is shown when its story fails.
        let _ = tracing_subscriber::fmt().with_test_writer().try_init();
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::booted_at(instant(time));
        let commune = Commune::open(clock.clone(), instant(time)).await;
        let output = format!("wav:{}", folder.path().join("horn.wav").display());
        let state = folder.path().join("state").display().to_string();
        let hardware = folder.path().join("rtc").display().to_string();
        let options = [
            ("output", output),
            ("state_dir", state),
            ("hardware_clock", hardware),
        ];
        let mut settings = config::load(None, [], options).unwrap().settings;
        settings.disk_reserve_mb = 0;
        settings.usb_folders = vec![folder.path().join("media")];
        Self {
            clock,
            settings,
            commune,
            screen: None,
            player: None,
            folder,
        }
    }

    /// As [`Self::beside_server`], enrolled and switched on.
    pub async fn on_duty(time: DateTime) -> Self {
        let mut pc = Self::beside_server(time).await;
        pc.enrol().await.unwrap();
        pc.switch_on().await;
        pc
    }

    pub fn state_dir(&self) -> &Path {
        &self.settings.state_dir
    }

    /// Where the system mounts a stick.
    pub fn stick(&self) -> PathBuf {
        self.folder.path().join("media/USB")
    }

    pub fn wav_file(&self) -> PathBuf {
        self.folder.path().join("horn.wav")
    }

    pub async fn enrol(&self) -> anyhow::Result<()> {
        let (url, code) = (self.commune.url.clone(), self.commune.code());
        loaban_player::enrol::enrol(&self.settings, &url, &code).await?;
        Ok(())
    }

    /// Starts the player.
    pub async fn switch_on(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.screen = Some(listener.local_addr().unwrap());
        let (told, shutdown) = watch::channel(false);
        let (settings, clock) = (self.settings.clone(), clock_of(&self.clock));
        let run = loaban_player::run::run_on(listener, settings, clock, shutdown);
        self.player = Some((tokio::spawn(run), told));
        self.status().await;
    }

    /// Tells the player to end, and waits until it has.
    pub async fn shut_down(&mut self) {
        let (player, told) = self.player.take().unwrap();
        told.send(true).unwrap();
        player.await.unwrap().unwrap();
    }

    /// Takes the power away: nothing of the player runs another line.
    pub async fn cut_power(&mut self) {
        let (player, _told) = self.player.take().unwrap();
        player.abort();
        assert!(player.await.is_err_and(|ended| ended.is_cancelled()));
    }

    /// The address of the page, without a slash at its end.
    pub fn screen(&self) -> String {
        format!("http://{}", self.screen.unwrap())
    }

    pub async fn status(&self) -> Status {
        let url = format!("{}/status", self.screen());
        let answer = reqwest::get(url).await.unwrap();
        answer.json().await.unwrap()
    }

    /// Waits, while the PC's clock stands still, until its status is as `wanted`.
    pub async fn until(&self, wanted: impl Fn(&Status) -> bool) -> Status {
        let look = async {
            loop {
                let status = self.status().await;
                if wanted(&status) {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(status) => status,
            Err(_) => panic!("it never came to be: {:#?}", self.status().await),
        }
    }

    /// Waits until every recording of generation `generation` is ready and the time is known.
    pub async fn prepared(&self, generation: u64) -> Status {
        let done = |status: &Status| {
            status.generation == generation
                && status.ready == status.wanted
                && status.wall.is_some()
        };
        self.until(done).await
    }

    /// Lets `span` pass, in steps that the output can follow.
    pub async fn pass(&self, span: Duration) {
        const STEP: Duration = Duration::from_millis(100);
        let mut left = span;
        while !left.is_zero() {
            let step = left.min(STEP);
            self.clock.advance(step);
            left -= step;
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    }

    /// Makes the hardware clock show `wall`, in the file in which the kernel would tell it.
    pub fn set_hardware_clock(&self, wall: WallTime) {
        let seconds = wall.as_millis() / 1_000;
        let text = format!("{seconds}\n");
        recordings::durable::write(&self.settings.hardware_clock, text.as_bytes()).unwrap();
    }

    /// Takes the power away, and gives it back after `off`, with the system clock and the hardware
    /// clock at `shown`.
    pub async fn power_off(&mut self, off: Duration, shown: WallTime) {
        let truth = self.commune.wall() + off;
        self.cut_power().await;
        self.is_back(truth, shown);
    }

    /// Shuts the PC down in order, with the mains on, and boots it after `off`.
    pub async fn stay_off(&mut self, off: Duration, shown: WallTime) {
        let truth = self.commune.wall() + off;
        self.shut_down().await;
        self.is_back(truth, shown);
    }

    fn is_back(&self, truth: WallTime, shown: WallTime) {
        self.clock.reboot(shown);
        self.set_hardware_clock(shown);
        self.commune.look().wall_at_boot = truth;
    }

    /// Lets a long time pass in which nothing is on air, and waits until the player has done what
    /// was due by then. What it has set going beside itself may still be on its way.
    pub async fn skip(&self, span: Duration) {
        self.clock.advance(span);
        self.until(|status| !status.behind).await;
    }

    /// Lets time pass until the status is as `wanted`.
    pub async fn pass_until(&self, wanted: impl Fn(&Status) -> bool) -> Status {
        for _ in 0..600 {
            let status = self.status().await;
            if wanted(&status) {
                return status;
            }
            self.pass(Duration::from_millis(200)).await;
        }
        panic!("it never came to be: {:#?}", self.status().await);
    }

    /// Waits until the server holds `count` records, and gives them.
    pub async fn reported(&self, count: usize) -> Vec<programme::as_run::Record> {
        for _ in 0..400 {
            let records = self.commune.records();
            if records.len() >= count {
                return records;
            }
            self.pass(Duration::from_millis(500)).await;
        }
        panic!("the server holds only {:#?}", self.commune.records());
    }
}

pub fn is_on_air(status: &Status) -> bool {
    status.standing == Standing::OnAir
        && status
            .on_air
            .as_ref()
            .is_some_and(|cue| !cue.position.is_zero())
}
