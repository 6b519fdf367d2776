//! A sound card without hardware: a PulseAudio daemon of one's own with a sink that leads nowhere.
//!
//! It takes sound at the pace of a real card, its monitor can be captured, and it can be unplugged,
//! plugged in again and frozen. Each card has its own socket, so that tests may run side by side.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, io, thread};

use recordings::durable;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Set in a process whose sound system is the virtual card; the folder of its socket.
const FOLDER: &str = "LOABAN_VIRTUAL_CARD";

/// The file in the folder of a card that says what ALSA knows.
const ALSA_FILE: &str = "alsa.conf";

/// A name, beside `default`, under which the virtual card is known to ALSA.
pub const HORN: &str = "horn";

/// What ALSA knows on a machine with a virtual card: nothing but that card, so that no test ever
/// sounds on a real one.
const ALSA: &str = "\
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.horn { type pulse hint { show on description \"The village horn\" } }
pcm.ear { type pulse device \"horn.monitor\" hint { show on description \"Beside the horn\" } }
pcm.far { type pulse device \"far.monitor\" hint { show on description \"Far from the horn\" } }
";

/// A name under which what the horn sounds can be listened to.
pub const EAR: &str = "ear";

/// A name under which silence can be listened to, once there is [`SoundCard::a_place_far_away`].
pub const FAR: &str = "far";

/// A name under which a second card is known to a PC, once it [`SoundCard::knows`] one.
pub const HALL: &str = "hall";

/// One virtual sound card.
pub struct SoundCard {
    folder: PathBuf,
    daemon: Option<Child>,
    /// Removed with the card, when the card made it.
    _own: Option<TempDir>,
}

impl SoundCard {
    /// A card for programs that are started with [`SoundCard::environment`].
    pub fn plugged_in() -> Self {
        let own = tempfile::tempdir().expect("a folder for the card");
        let mut card = Self::lying_in(own.path().to_owned(), Some(own));
        card.plug_in();
        card
    }

    fn lying_in(folder: PathBuf, own: Option<TempDir>) -> Self {
        let configuration = folder.join(ALSA_FILE);
        durable::write(&configuration, ALSA.as_bytes()).expect("a configuration of ALSA");
        Self {
            folder,
            daemon: None,
            _own: own,
        }
    }

    /// What a program must find in its environment to play on this card.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        environment(&self.folder)
    }

    /// Starts the daemon; afterwards it answers.
    pub fn plug_in(&mut self) {
        assert!(self.daemon.is_none(), "the card is plugged in already");
        let pulse = self.folder.join("pulse");
        fs::create_dir_all(&pulse).expect("a folder for the socket");
        let socket = pulse.join("native");
        let _ = fs::remove_file(&socket);
        let mut daemon = Command::new("pulseaudio");
        daemon.args([
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
        ]);
        daemon.args(["--disallow-exit=yes", "--high-priority=no", "--realtime=no"]);
        daemon.args(["--log-target=stderr", "--log-level=error"]);
        let socket = socket.display();
        let protocol = format!("module-native-protocol-unix auth-anonymous=1 socket={socket}");
        daemon.args(["-L", &protocol]);
        // A sink that may rewind holds blocks of 2 s and stalls every stream at its beginning.
        let sink = "module-null-sink sink_name=horn rate=48000 channels=2 format=s16le norewinds=1";
        daemon.args(["-L", sink, "-L", "module-always-sink"]);
        daemon
            .env_remove("PULSE_SERVER")
            .env("XDG_RUNTIME_DIR", &self.folder);
        daemon.env("PULSE_RUNTIME_PATH", &pulse);
        // Its warnings are about what a container lacks.
        let daemon = daemon.stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        self.daemon = Some(daemon.expect("pulseaudio is installed"));
        for _ in 0..500 {
            if self.answers() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the virtual sound card does not answer within 10 s");
    }

    /// Kills the daemon, as a cable that is pulled.
    pub fn unplug(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }

    /// The card stands still, and does not say so.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// The card goes on after [`SoundCard::freeze`].
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Makes another card the default, and takes the first one away.
    pub fn change_default(&self) {
        let other = ["module-null-sink", "sink_name=other", "norewinds=1"];
        self.tell(&[&["load-module"], &other[..]].concat());
        self.tell(&["set-default-sink", "other"]);
        let modules = self.tell(&["list", "short", "modules"]);
        let horn = modules.lines().find(|line| line.contains("sink_name=horn"));
        let number = horn.and_then(|line| line.split('\t').next());
        self.tell(&["unload-module", number.expect("the first card")]);
    }

    /// Makes a place where nothing of the horn is heard.
    pub fn a_place_far_away(&self) {
        self.tell(&[
            "load-module",
            "module-null-sink",
            "sink_name=far",
            "norewinds=1",
        ]);
        self.tell(&["set-default-sink", "horn"]);
    }

    /// What plays with the environment of this card has `default` as its default card from here on,
    /// and knows another one by the name [`HALL`].
    pub fn knows(&self, default: &Self, hall: &Self) {
        let [default, hall] = [default, hall].map(|card| server(&card.folder));
        let cards = format!(
            "pcm.!default {{ type pulse server \"{default}\" }}\n\
             pcm.hall {{ type pulse server \"{hall}\" \
             hint {{ show on description \"The hall\" }} }}\n"
        );
        durable::write(&self.folder.join(ALSA_FILE), cards.as_bytes()).expect("a configuration");
    }

    /// How many streams are open on the card at this moment.
    pub fn streams(&self) -> usize {
        self.tell(&["list", "short", "sink-inputs"]).lines().count()
    }

    /// Tells the daemon something, and gives its answer.
    fn tell(&self, words: &[&str]) -> String {
        let mut tell = Command::new("pactl");
        tell.args(words).envs(self.environment());
        let told = tell.output().expect("pactl is installed");
        assert!(told.status.success(), "the card refuses {words:?}");
        String::from_utf8_lossy(&told.stdout).into_owned()
    }

    fn signal(&self, signal: Signal) {
        let daemon = self.daemon.as_ref().expect("the card is plugged in");
        kill_process(Pid::from_child(daemon), signal).expect("the daemon lives");
    }

    fn answers(&self) -> bool {
        let mut ask = Command::new("pactl");
        ask.arg("info")
            .envs(self.environment())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        ask.status().expect("pactl is installed").success()
    }
}

impl Drop for SoundCard {
    fn drop(&mut self) {
        self.unplug();
    }
}

/// Runs the test that calls it in a process of its own, whose only sound card is a virtual one that
/// is not plugged in yet: libasound finds its card through the environment, and a process may not
/// change its own once it has threads.
///
/// # Panics
/// When the test fails there.
pub fn with_virtual_card(story: impl FnOnce(SoundCard)) {
    if let Some(card) = own_card() {
        return story(card);
    }
    let this = thread::current();
    let name = this.name().filter(|name| *name != "main");
    let name = name.expect("libtest names the thread after the test, unless --test-threads=1");
    let output = on_a_card(|again| {
        again
            .args([name, "--exact", "--nocapture", "--test-threads=1"])
            .output()
    });
    let told = String::from_utf8_lossy(&output.stdout);
    let moaned = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "with a virtual sound card:\n{told}\n{moaned}"
    );
    assert!(
        told.contains("1 passed"),
        "the test did not run:\n{told}\n{moaned}"
    );
    eprint!("{moaned}");
}

/// [`with_virtual_card`] for a program that is no test.
///
/// # Panics
/// When the program fails there.
pub fn bench_with_virtual_card(bench: impl FnOnce(SoundCard)) {
    if let Some(card) = own_card() {
        return bench(card);
    }
    assert!(on_a_card(Command::status).success(), "the bench failed");
}

/// The card of this process, if it was started with one.
fn own_card() -> Option<SoundCard> {
    let folder = PathBuf::from(env::var_os(FOLDER)?);
    Some(SoundCard::lying_in(folder, None))
}

/// Starts this program again, with a card.
fn on_a_card<T>(run: impl FnOnce(&mut Command) -> io::Result<T>) -> T {
    let folder = tempfile::tempdir().expect("a folder for the card");
    let mut again = Command::new(env::current_exe().expect("this program"));
    again
        .env(FOLDER, folder.path())
        .envs(environment(folder.path()));
    run(&mut again).expect("this program runs again")
}

fn environment(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    vec![
        ("XDG_RUNTIME_DIR", folder.to_owned()),
        ("PULSE_RUNTIME_PATH", folder.join("pulse")),
        ("PULSE_SERVER", server(folder).into()),
        ("ALSA_CONFIG_PATH", folder.join(ALSA_FILE)),
    ]
}

/// Where the daemon of the card with this folder is spoken to.
fn server(folder: &Path) -> String {
    format!("unix:{}", folder.join("pulse/native").display())
}
