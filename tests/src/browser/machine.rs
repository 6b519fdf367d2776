//! The machine on which a browser runs: Chromium and its driver come up there and go down, and what
//! pages put down on its disk outlives them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::person::client;
use crate::program::{Program, free_address};

/// What Chromium keeps, and how it is started.
pub(super) struct Machine {
    arguments: Vec<String>,
    folder: TempDir,
}

/// Chromium with its one window, and the driver that leads it.
pub(super) struct Window {
    pub(super) client: Client,
    /// Where the driver knows the window.
    pub(super) session: String,
    chromium: Pid,
    _driver: Program,
}

impl Machine {
    /// One whose microphone plays the WAV file `voice` over and over.
    pub(super) fn new(voice: &Path, further: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let voice = format!("--use-file-for-fake-audio-capture={}", voice.display());
        let profile = folder.path().join("profile");
        let profile = format!("--user-data-dir={}", profile.display());
        let arguments = [
            "--headless=new",
            // Containers and root have no user namespaces for Chromium's sandbox.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=vi",
            // What a page plays is heard by nobody here; it goes on all the same.
            "--mute-audio",
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            &voice,
            &profile,
        ];
        let arguments = arguments.iter().chain(further);
        Self {
            arguments: arguments.map(|word| (*word).to_owned()).collect(),
            folder,
        }
    }

    /// Opens a window.
    pub(super) async fn open(&self) -> Window {
        let address = free_address();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={}", address.port()));
        let log = self.folder.path().join("log");
        let mut driver = Program::start("chromedriver", &mut command, &log);
        driver.listens(address).await;
        let capabilities = json!({ "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": self.arguments } });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("it is written above as an object");
        };
        let driver_url = format!("http://{address}");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver_url)
            .await
            .unwrap_or_else(|error| panic!("the browser opens: {error}\n{}", driver.log()));
        let id = client
            .session_id()
            .await
            .expect("a session")
            .unwrap_or_default();
        let said = client.capabilities();
        let chromium = said.and_then(|said| said.get("goog:processID")?.as_i64());
        let chromium = chromium.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Window {
            client,
            session: format!("{driver_url}/session/{id}"),
            chromium: chromium.expect("the driver says which process Chromium is"),
            _driver: driver,
        }
    }
}

impl Window {
    /// Ends Chromium at once, so that it can write nothing more: SIGKILL.
    pub(super) fn cut_power(&self) {
        kill_process(self.chromium, Signal::KILL).expect("Chromium runs");
    }

    /// Waits until Chromium has ended by itself, so that all is on its disk. What has ended has no
    /// command line any more, also while nobody has asked how it ended.
    pub(super) async fn is_gone(&self) {
        let line = format!("/proc/{}/cmdline", self.chromium.as_raw_nonzero());
        for _ in 0..300 {
            if std::fs::read(&line).is_ok_and(|line| !line.is_empty()) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            } else {
                return;
            }
        }
        panic!("the browser does not close");
    }
}

impl Drop for Window {
    /// Ends the browser too when a test fails: a driver that is killed leaves it behind. The
    /// request is a thread's, because a test that unwinds can wait for no future.
    fn drop(&mut self) {
        let session = std::mem::take(&mut self.session);
        let closing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let request = client().build().ok()?.delete(session);
            runtime.ok()?.block_on(request.send()).ok()
        });
        // Whatever went wrong with it, the test has its result.
        let _ = closing.join();
    }
}
