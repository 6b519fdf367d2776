//! systemd's end: hears what a program says of itself, as sd_notify(3) describes it.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::UnixDatagram;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// How long a program may take to say something.
const PATIENCE: Duration = Duration::from_secs(60);

/// A socket at which a program is heard.
pub struct Supervisor {
    said: Mutex<UnboundedReceiver<String>>,
    path: PathBuf,
    within: Duration,
    _folder: TempDir,
}

impl Supervisor {
    /// Starts a program anew that says nothing for longer than `within`, if it were systemd.
    pub fn that_waits(within: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        // It listens at all times, as systemd does, whether the story asks or not.
        let (heard, said) = unbounded_channel();
        tokio::spawn(async move {
            let mut bytes = vec![0; 4_096];
            while let Ok(length) = socket.recv(&mut bytes).await {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                if heard.send(text).is_err() {
                    break;
                }
            }
        });
        Self {
            said: Mutex::new(said),
            path,
            within,
            _folder: folder,
        }
    }

    /// What the program finds in its environment.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("NOTIFY_SOCKET", self.path.display().to_string()),
            ("WATCHDOG_USEC", self.within.as_micros().to_string()),
        ]
    }

    /// Waits until the program says a line that begins with `words`, and gives it.
    pub async fn hears(&self, words: &str) -> String {
        let heard = timeout(PATIENCE, async {
            loop {
                let said = self.next().await;
                if let Some(line) = said.lines().find(|line| line.starts_with(words)) {
                    return line.to_owned();
                }
            }
        });
        let heard = heard.await;
        heard.unwrap_or_else(|_| panic!("{words} was never said"))
    }

    /// Waits until the program has not said that it lives for as long as systemd would wait. It
    /// may have said so before.
    pub async fn would_start_it_anew(&self) {
        let silent = timeout(PATIENCE, async {
            while timeout(self.within, self.hears_that_it_lives())
                .await
                .is_ok()
            {}
        });
        let silent = silent.await;
        silent.expect("the program says again and again that it lives");
    }

    async fn hears_that_it_lives(&self) {
        while !self.next().await.lines().any(|line| line == "WATCHDOG=1") {}
    }

    async fn next(&self) -> String {
        let said = self.said.lock().await.recv().await;
        said.expect("a socket")
    }
}
