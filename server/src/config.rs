//! Configuration: the manual's defaults, then a file, then the environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::civil::Time;
use serde::Deserialize;
use toml::{Table, Value};

use crate::web::language::PanelLanguage;

/// The commented sample: the manual, and the source of every default.
pub const MANUAL: &str = include_str!("../loaban-server.toml");

/// Where the configuration lies on an installed server.
pub const PLACE: &str = "/etc/loaban/loaban-server.toml";

const PREFIX: &str = "LOABAN_SERVER__";
/// Stations take a stream that is silent for five minutes for dead.
const STREAM_INTERVAL_MOST_S: u32 = 240;
const SECRETS: [&str; 1] = ["s3_secret_access_key"];

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How the server is reached.
    pub server: Server,
    /// Where it keeps things.
    pub storage: Storage,
    /// The database.
    pub database: Database,
    /// The store of recordings.
    pub objects: Objects,
    /// What an area has unless it says otherwise.
    pub commune: Commune,
    /// Limits on what comes in.
    pub uploads: Uploads,
    /// How long a sign-in lasts.
    pub sessions: Sessions,
}

/// How the server is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Its address as seen from outside, without a slash at the end; empty when unknown.
    pub public_url: String,
    /// Whether a proxy in front vouches for addresses.
    pub behind_proxy: bool,
    /// PEM certificate chain; empty for plain HTTP.
    pub tls_certificate_file: PathBuf,
    /// PEM private key; empty for plain HTTP.
    pub tls_key_file: PathBuf,
    /// Seconds between two words on the stream of a station.
    pub stream_interval_s: u32,
}

/// Where the server keeps things.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// The folder of everything that has no place of its own.
    pub data_dir: PathBuf,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its URL; empty for the file in the data folder.
    pub url: String,
    /// A file that holds the URL.
    pub url_file: PathBuf,
    /// Most connections at once.
    pub connections: u32,
}

/// The store of recordings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    /// `file:/path` or `s3://bucket/prefix`; empty for the folder in the data folder.
    pub url: String,
    /// Endpoint of an S3-compatible store.
    pub s3_endpoint: String,
    /// Region of the bucket.
    pub s3_region: String,
    /// Name of the access key.
    pub s3_access_key_id: String,
    /// The access key itself.
    pub s3_secret_access_key: String,
    /// A file that holds the access key.
    pub s3_secret_access_key_file: PathBuf,
    /// Whether an endpoint without TLS will do.
    pub s3_allow_http: bool,
}

/// What an area has unless it, or one above it, says otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commune {
    /// IANA time zone.
    pub zone: String,
    /// Start of the quiet hours.
    pub quiet_from: Time,
    /// End of the quiet hours.
    pub quiet_until: Time,
    /// Whether an author may approve.
    pub approver_may_be_author: bool,
    /// Language of the panel for people who have not chosen.
    pub language: PanelLanguage,
}

/// Limits on what comes in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uploads {
    /// Largest file, in megabytes of 1,000,000 bytes.
    pub size_limit_mb: u64,
    /// Longest recording, in minutes.
    pub length_limit_minutes: u32,
    /// Hours without a byte after which an upload is removed.
    pub abandoned_after_hours: u32,
}

/// How long a sign-in lasts, and how often one may try.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Hours without use after which it ends.
    pub idle_hours: u32,
    /// Days after which it ends in any case.
    pub absolute_days: u32,
    /// Wrong passwords for one name from one address within 15 minutes.
    pub attempts_per_name: i64,
    /// Wrong passwords from one address within 15 minutes.
    pub attempts_per_address: i64,
}

/// A configuration with the text it came from, for `config show`.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    merged: Table,
}

/// Reads the defaults, then `file`, then the variables of `environment`.
///
/// # Errors
/// A file that cannot be read, a key that does not exist, a value of the wrong kind.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> anyhow::Result<Loaded> {
    let mut merged: Table = MANUAL.parse().context("read the defaults")?;
    if let Some(file) = file {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("read the configuration {}", file.display()))?;
        let given: Table = text
            .parse()
            .with_context(|| format!("understand the configuration {}", file.display()))?;
        lay_over(&mut merged, given)
            .with_context(|| format!("understand the configuration {}", file.display()))?;
    }
    for (name, text) in environment {
        if let Some(path) = name.strip_prefix(PREFIX) {
            set_from_text(&mut merged, &path.to_lowercase(), &text)
                .with_context(|| format!("understand the environment variable {name}"))?;
        }
    }
    let mut config: Config = merged
        .clone()
        .try_into()
        .context("understand the configuration")?;
    config.read_secrets()?;
    config.check()?;
    Ok(Loaded { config, merged })
}

impl Config {
    fn read_secrets(&mut self) -> anyhow::Result<()> {
        let pairs = [
            (&mut self.database.url, &self.database.url_file),
            (
                &mut self.objects.s3_secret_access_key,
                &self.objects.s3_secret_access_key_file,
            ),
        ];
        for (secret, file) in pairs {
            if !file.as_os_str().is_empty() {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("read the secret in {}", file.display()))?;
                text.trim().clone_into(secret);
            }
        }
        Ok(())
    }

    fn check(&mut self) -> anyhow::Result<()> {
        programme::zone::Zone::named(&self.commune.zone).with_context(|| {
            format!("find the time zone commune.zone = {:?}", self.commune.zone)
        })?;
        let (certificate, key) = (&self.server.tls_certificate_file, &self.server.tls_key_file);
        if certificate.as_os_str().is_empty() != key.as_os_str().is_empty() {
            bail!("server.tls_certificate_file and server.tls_key_file belong together: set both");
        }
        let url = self.server.public_url.trim_end_matches('/').to_owned();
        if !(url.is_empty() || url.starts_with("https://") || url.starts_with("http://")) {
            bail!("server.public_url = {url:?} must start with https:// or http://");
        }
        self.server.public_url = url;
        let (interval, most) = (self.server.stream_interval_s, STREAM_INTERVAL_MOST_S);
        if !(1..=most).contains(&interval) {
            bail!("server.stream_interval_s = {interval} must be from 1 to {most}");
        }
        Ok(())
    }

    /// Span between two words on the stream of a station.
    pub fn stream_interval(&self) -> Duration {
        Duration::from_secs(self.server.stream_interval_s.into())
    }

    /// Whether people reach the server by HTTPS, so that cookies may insist on it.
    pub fn is_https(&self) -> bool {
        self.speaks_tls() || self.server.public_url.starts_with("https://")
    }

    /// Whether this process speaks TLS itself.
    pub fn speaks_tls(&self) -> bool {
        !self.server.tls_certificate_file.as_os_str().is_empty()
    }

    /// The database's URL, with the default filled in.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!(
                "sqlite:{}",
                self.storage.data_dir.join("loaban.db").display()
            )
        } else {
            self.database.url.clone()
        }
    }
}

impl Loaded {
    /// The values in force as TOML, with secrets masked.
    pub fn show(&self) -> String {
        let mut shown = self.merged.clone();
        for (_, section) in shown.iter_mut() {
            let Some(section) = section.as_table_mut() else {
                continue;
            };
            for (key, value) in section.iter_mut() {
                if let Value::String(text) = value {
                    *text = masked(key, text);
                }
            }
        }
        shown.to_string()
    }
}

/// What may be shown of a value: secrets not at all, and a URL without its password.
fn masked(key: &str, text: &str) -> String {
    const MASK: &str = "********";
    if SECRETS.contains(&key) && !text.is_empty() {
        return MASK.to_owned();
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}:{MASK}@{host}")
        }
        None => text.to_owned(),
    }
}

fn lay_over(merged: &mut Table, given: Table) -> anyhow::Result<()> {
    for (section, value) in given {
        let Some(Value::Table(known)) = merged.get_mut(&section) else {
            bail!("there is no section [{section}]");
        };
        let Value::Table(keys) = value else {
            bail!("[{section}] must be a section");
        };
        for (key, value) in keys {
            if !known.contains_key(&key) {
                bail!("there is no key {section}.{key}");
            }
            known.insert(key, value);
        }
    }
    Ok(())
}

/// Sets `section__key` from a text, in the kind that its default has.
fn set_from_text(merged: &mut Table, path: &str, text: &str) -> anyhow::Result<()> {
    let known = path.split_once("__").and_then(|(section, key)| {
        merged
            .get_mut(section)
            .and_then(Value::as_table_mut)
            .and_then(|keys| keys.get_mut(key))
    });
    let Some(value) = known else {
        bail!("there is no key {}", path.replace("__", "."));
    };
    *value = match value {
        Value::Integer(_) => Value::Integer(text.parse().context("read a whole number")?),
        Value::Boolean(_) => Value::Boolean(text.parse().context("read true or false")?),
        Value::String(_)
        | Value::Float(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => Value::String(text.to_owned()),
    };
    Ok(())
}
