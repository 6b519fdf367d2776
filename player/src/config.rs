//! Configuration: the manual's defaults, then a file, then the environment, then the command line.

mod former;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::civil::Time;
use serde::{Deserialize, Deserializer, de};
use toml::{Table, Value};

use crate::amplifier::carrier::Timing;
use crate::amplifier::{self, Switch, Wiring};
use crate::loopback::{Ear, Loopback};
use crate::output;
use crate::screen::words::ScreenLanguage;
use crate::thrift::{Hours, Thrift};
use crate::volume::Volume;

pub use former::{Beside, former};

/// The commented sample: the manual, and the source of every default.
pub const MANUAL: &str = include_str!("../loaban-player.toml");

/// Where the configuration lies on an installed PC.
pub const PLACE: &str = "/etc/loaban/loaban-player.toml";

const PREFIX: &str = "LOABAN_PLAYER__";

const MINUTE: Duration = Duration::from_secs(60);

/// Longer ones would look to the air core like an output that stands still.
const LONGEST_LEAD_IN: Duration = Duration::from_secs(120);

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The folder of everything that the player keeps.
    pub state_dir: PathBuf,
    /// Where the sound goes.
    pub output: Line,
    /// Frames that a card asks for at a time.
    pub card_block_frames: u32,
    /// Megabytes of 1,000,000 bytes at which an output file is full.
    pub wav_file_mb: u32,
    /// How many output files are kept.
    pub wav_files_kept: u32,
    /// What the station listens with, for proof of its sound.
    pub loopback: Ear,
    /// Where the page on the PC listens: a loopback address, unless others may see it.
    pub screen_listen: SocketAddr,
    /// Whether others in the network may see that page, and press its buttons.
    pub screen_from_network: bool,
    /// Language of that page until somebody chooses.
    pub language: ScreenLanguage,
    /// When the PC says over its output how it is, by the clock of the village; `None` never.
    #[serde(deserialize_with = "hour")]
    pub speak_status_at: Option<Time>,
    /// Span between two looks at the server without news.
    #[serde(rename = "poll_interval_s", deserialize_with = "seconds")]
    pub poll_interval: Duration,
    /// Span between two reports of health without a change.
    #[serde(rename = "health_interval_s", deserialize_with = "seconds")]
    pub health_interval: Duration,
    /// The hours in which recordings are fetched; `None` means all.
    #[serde(deserialize_with = "hours")]
    pub download_hours: Option<Hours>,
    /// Megabytes of 1,000,000 bytes of recordings in a calendar month; zero means any number.
    pub download_mb_per_month: u64,
    /// The file in which the kernel tells what the hardware clock shows.
    pub hardware_clock: PathBuf,
    /// The folders below which the system mounts sticks; none looks for none.
    pub usb_folders: Vec<PathBuf>,
    /// Megabytes of 1,000,000 bytes of the disk that stay free.
    pub disk_reserve_mb: u64,
    /// Days for which stored lines of the as-run are kept.
    pub journal_days: u32,
    /// What switches the amplifier.
    pub amplifier: Wiring,
    /// The command that switches it on: a program and its arguments.
    pub amplifier_on: Vec<String>,
    /// The command that switches it off.
    pub amplifier_off: Vec<String>,
    /// Span after which such a command has failed.
    #[serde(rename = "amplifier_timeout_s", deserialize_with = "seconds")]
    pub amplifier_timeout: Duration,
    /// Span from switching on to the first sound.
    #[serde(rename = "amplifier_lead_in_s", deserialize_with = "seconds_or_none")]
    pub amplifier_lead_in: Duration,
    /// The longest gap between two cues in which it stays on.
    #[serde(rename = "amplifier_hold_s", deserialize_with = "seconds_or_none")]
    pub amplifier_hold: Duration,
    /// Span for which it stays on after the last sound.
    #[serde(rename = "amplifier_tail_s", deserialize_with = "seconds_or_none")]
    pub amplifier_tail: Duration,
    /// Span between two orders to be on; zero gives it once.
    #[serde(rename = "amplifier_repeat_s", deserialize_with = "seconds_or_none")]
    pub amplifier_repeat: Duration,
    /// The longest span for which it is on, in minutes.
    pub amplifier_max_on_min: u32,
    /// Where all this comes from.
    #[serde(skip)]
    pub origin: Origin,
}

/// Where settings come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From what the player is told now; in the text in which that is kept.
    Told(String),
    /// From what it was told before, or the defaults: what it is told now is refused, and why.
    Former(String),
}

impl Default for Origin {
    fn default() -> Self {
        Self::Told(String::new())
    }
}

/// Where the sound goes, as it is written: `card:NAME` or `wav:FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A sound card by its stable name, or `default`.
    Card(String),
    /// A WAV file that is paced in real time.
    WavFile(PathBuf),
}

impl FromStr for Line {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text.split_once(':') {
            Some(("card", name)) if is_nowhere(name) => bail!(
                "card:{name} plays nowhere, and what nobody hears would go on record as aired; \
                 `loaban-player doctor` lists the cards, and wav:FILE is for a PC without one"
            ),
            Some(("card", name)) if !name.is_empty() => Ok(Self::Card(name.to_owned())),
            Some(("wav", file)) if !file.is_empty() => Ok(Self::WavFile(file.into())),
            _ => bail!("an output is card:default, card:NAME or wav:FILE, and not `{text}`"),
        }
    }
}

/// Whether ALSA throws away what is sent to `name`: `null`, also behind a plug-in (`plug:null`).
fn is_nowhere(name: &str) -> bool {
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.any(|word| word == "null")
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

fn hour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let read = Time::strptime("%H:%M", &text);
    read.map(Some)
        .map_err(|_| de::Error::custom(format!("an hour is like \"06:00\", and not `{text}`")))
}

fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hours>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(de::Error::custom)
}

fn seconds_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = u64::deserialize(deserializer)?;
    if seconds == 0 {
        return Err(de::Error::custom("an interval is at least one second"));
    }
    Ok(Duration::from_secs(seconds))
}

impl Settings {
    /// What the output needs to know.
    pub fn output(&self, volume: Volume) -> output::Settings {
        let sink = match &self.output {
            Line::Card(name) => output::Sink::Card {
                name: name.clone(),
                block_frames: self.card_block_frames,
            },
            Line::WavFile(path) => output::Sink::WavFile {
                path: path.clone(),
                max_bytes: self.wav_file_mb.saturating_mul(1_000_000),
                keep: self.wav_files_kept,
            },
        };
        output::Settings {
            sink,
            gain: volume.decibels(),
        }
    }

    /// What may be spent on recordings.
    pub fn thrift(&self) -> Thrift {
        let megabytes = self.download_mb_per_month;
        Thrift {
            hours: self.download_hours,
            month_bytes: (megabytes > 0).then(|| megabytes.saturating_mul(1_000_000)),
        }
    }

    /// The ear of the station, when it has one.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn loopback(&self, clock: output::Clock) -> anyhow::Result<Option<Loopback>> {
        match &self.loopback {
            Ear::Off => Ok(None),
            Ear::Card(name) => Loopback::start(name.clone(), clock)
                .map(Some)
                .context("prepare the loopback"),
        }
    }

    /// The amplifier, when there is one to be switched.
    pub fn amplifier(&self) -> Option<amplifier::Settings> {
        let switch = match &self.amplifier {
            Wiring::None => return None,
            Wiring::Command => Switch::Commands {
                on: self.amplifier_on.clone(),
                off: self.amplifier_off.clone(),
                timeout: self.amplifier_timeout,
            },
            Wiring::Serial { port, pin } => Switch::Serial {
                port: port.clone(),
                pin: *pin,
            },
        };
        let repeat = self.amplifier_repeat;
        let timing = Timing {
            lead_in: self.amplifier_lead_in,
            hold: self.amplifier_hold,
            tail: self.amplifier_tail,
            repeat: (!repeat.is_zero()).then_some(repeat),
            max_on: MINUTE * self.amplifier_max_on_min,
        };
        Some(amplifier::Settings { switch, timing })
    }

    fn check_amplifier(&self) -> anyhow::Result<()> {
        let commands = [&self.amplifier_on, &self.amplifier_off];
        if self.amplifier == Wiring::Command && commands.iter().any(|words| words.is_empty()) {
            bail!("amplifier = \"command\" needs both amplifier_on and amplifier_off");
        }
        let longest = LONGEST_LEAD_IN.as_secs();
        if self.amplifier_lead_in > LONGEST_LEAD_IN {
            bail!("amplifier_lead_in_s is {longest} at most");
        }
        if MINUTE * self.amplifier_max_on_min <= self.amplifier_lead_in {
            bail!("amplifier_max_on_min must be longer than the lead-in, or nothing is heard");
        }
        Ok(())
    }

    fn check(&self) -> anyhow::Result<()> {
        self.check_amplifier()?;
        if let (Line::WavFile(_), Ear::Card(_)) = (&self.output, &self.loopback) {
            bail!("loopback listens to loudspeakers, and output writes a file; leave it off");
        }
        let listen = self.screen_listen;
        if !listen.ip().is_loopback() && !self.screen_from_network {
            bail!(
                "screen_listen = \"{listen}\" is open to others, who could press STOP; write \
                 127.0.0.1 and a port, or allow it with screen_from_network = true"
            );
        }
        Ok(())
    }
}

/// Settings with the text that they came from, for `config show`.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The values.
    pub settings: Settings,
    merged: Table,
}

/// Reads the defaults, then `file`, then the variables of `environment`, then `options`, which are
/// pairs of a key and a text.
///
/// # Errors
/// A file that cannot be read, a key that does not exist, a value of the wrong kind.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    options: impl IntoIterator<Item = (&'static str, String)>,
) -> anyhow::Result<Loaded> {
    let mut merged: Table = MANUAL.parse().context("read the defaults")?;
    if let Some(file) = file {
        lay_over(&mut merged, file)
            .with_context(|| format!("understand the configuration {}", file.display()))?;
    }
    for (name, text) in environment {
        if let Some(key) = name.strip_prefix(PREFIX) {
            set_from_text(&mut merged, &key.to_lowercase(), &text)
                .with_context(|| format!("understand the environment variable {name}"))?;
        }
    }
    for (key, text) in options {
        set_from_text(&mut merged, key, &text)
            .with_context(|| format!("understand the option --{}", key.replace('_', "-")))?;
    }
    let mut settings = understood(&merged)?;
    settings.origin = Origin::Told(merged.to_string());
    Ok(Loaded { settings, merged })
}

fn understood(merged: &Table) -> anyhow::Result<Settings> {
    const WHAT: &str = "understand the configuration";
    let settings: Settings = merged.clone().try_into().context(WHAT)?;
    settings.check().context(WHAT)?;
    Ok(settings)
}

impl Loaded {
    /// The values in force as TOML. None of them is a secret.
    pub fn show(&self) -> String {
        self.merged.to_string()
    }
}

fn lay_over(merged: &mut Table, file: &Path) -> anyhow::Result<()> {
    let given: Table = std::fs::read_to_string(file)?.parse()?;
    for (key, value) in given {
        if !merged.contains_key(&key) {
            bail!("there is no key {key}; loaban-player config show lists them all");
        }
        merged.insert(key, value);
    }
    Ok(())
}

/// Sets `key` from a text, in the kind that its default has.
fn set_from_text(merged: &mut Table, key: &str, text: &str) -> anyhow::Result<()> {
    let Some(value) = merged.get_mut(key) else {
        bail!("there is no key {key}; loaban-player config show lists them all");
    };
    *value = match value {
        Value::Integer(_) => Value::Integer(text.parse().context("read a whole number")?),
        Value::Boolean(_) => Value::Boolean(text.parse().context("read true or false")?),
        Value::Array(_) => text
            .parse()
            .context("read a list, as in [\"/usr/local/bin/relay\", \"on\"]")?,
        Value::String(_) | Value::Float(_) | Value::Datetime(_) | Value::Table(_) => {
            Value::String(text.to_owned())
        }
    };
    Ok(())
}
