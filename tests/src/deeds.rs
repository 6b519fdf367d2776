//! What the people of a commune do with the server, each deed a call of the interface.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hound::{SampleFormat, WavSpec, WavWriter};
use jiff::{Timestamp, ToSpan as _};
use programme::ids::ContentHash;
use reqwest::Method;
use reqwest::header::LOCATION;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::chatter::{chatter, read_wav, write_wav};
use crate::person::{Answer, Script};
use crate::town::{Town, Who, local, local_second, now, sample};

/// Plays each take, as somebody does who listens; whether all of them sound. A browser plays
/// nothing for whoever has touched nothing on the page.
pub const LISTENS: &str = "const all = [...document.querySelectorAll('.take audio')];\
    all.filter((one) => one.paused).forEach((one) => one.play().catch(() => {}));\
    return all.length > 0 && all.every((one) => one.currentTime > 0)";

/// Looks taken at the server before a test gives up, half a second apart: a start at the next full
/// minute may be 80 s away, and what airs then lasts.
const LOOKS: u32 = 300;

/// What people of a test remember.
pub const PIN: &str = "271828";

/// A bulletin that may air, with the recordings that the officer approved.
pub struct Approved {
    /// The bulletin.
    pub id: String,
    /// Its recordings, in the order in which they were given.
    pub recordings: Vec<String>,
}

impl Script {
    /// Sends a file in one piece, by tus, and names the recording that comes out of it.
    pub async fn upload(&self, file: &Path, area: &str, language: &str) -> Value {
        let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let said = [
            ("filename", name.as_ref()),
            ("language", language),
            ("area", area),
        ];
        let said = said.map(|(key, value)| format!("{key} {}", STANDARD.encode(value)));
        let request = self.request(Method::POST, "/uploads");
        let request = request
            .header("tus-resumable", "1.0.0")
            .header("upload-length", bytes.len())
            .header("upload-metadata", said.join(","))
            .header("content-type", "application/offset+octet-stream");
        let answer = Answer::of(request.body(bytes)).await;
        let place = answer
            .headers
            .get(LOCATION)
            .and_then(|place| place.to_str().ok());
        let place = place.unwrap_or_else(|| panic!("no upload: {answer:?}"));
        let place = place
            .strip_prefix("/api/v1")
            .expect("uploads are part of the interface");
        self.get(place).await.done()
    }

    /// Waits until the server has done its work on a recording, whatever came of it.
    pub async fn worked_on(&self, recording: &str) -> Value {
        self.until(&format!("/recordings/{recording}"), |found| {
            found["state"] == "ready" || found["state"] == "refused"
        })
        .await
    }

    /// Begins a bulletin that is valid for a week.
    pub async fn draft(&self, area: &str, title: &str) -> String {
        let body = json!({ "area_id": area, "title": title, "class": "ordinary",
            "valid_until_day": day(now() + (7 * 24).hours()) });
        text(&self.post("/bulletins", body).await.done(), "id")
    }

    /// Lets a recording speak for a bulletin.
    pub async fn attach(&self, bulletin: &str, language: &str, recording: &str) {
        let path = format!("/bulletins/{bulletin}/recordings/{language}");
        let body = json!({ "recording_id": recording });
        self.call(Method::PUT, &path, Some(body)).await.done();
    }

    /// Takes a step with a bulletin as it is: `submit`, `approve`, `reject` or `withdraw`.
    pub async fn step(&self, bulletin: &str, step: &str, reason: &str) -> Answer {
        let seen = self.get(&format!("/bulletins/{bulletin}")).await.done();
        let body = json!({ "version": seen["version"], "reason": reason });
        self.post(&format!("/bulletins/{bulletin}/{step}"), body)
            .await
    }

    /// Orders a broadcast that airs once, without the chime.
    pub async fn air_once(&self, bulletin: &str, area: &str, at: Timestamp) -> Answer {
        self.post("/broadcasts", once(bulletin, area, at)).await
    }

    /// Chooses the PIN that emergencies ask for.
    pub async fn choose_pin(&self, town: &Town, who: Who) {
        let (_, password) = town.credentials(who);
        let body = json!({ "password": password, "pin": PIN });
        self.call(Method::PUT, "/me/pin", Some(body)).await.done();
    }

    /// Orders an emergency, heard so often.
    pub async fn order_emergency(&self, bulletin: &str, area: &str, repeats: u32) -> Value {
        let body = json!({ "bulletin": bulletin, "areas": [area], "repeats": repeats,
            "why": "Lũ ống trên suối", "pin": PIN });
        self.post("/emergencies", body).await.done()
    }

    /// Cancels an emergency wherever it sounds.
    pub async fn cancel_emergency(&self, id: &str) {
        self.post(&format!("/emergencies/{id}/cancel"), json!({}))
            .await
            .done();
    }

    /// Lets everybody hear again what a village heard, and says where.
    pub async fn opens_to_listen(&self, area: &str) -> String {
        let path = format!("/areas/{area}/listen");
        let open = json!({ "open": true });
        let opened = self.call(Method::PUT, &path, Some(open)).await.done();
        text(&opened, "path")
    }

    /// The hash of what the server made of a recording.
    pub async fn hash(&self, recording: &str) -> ContentHash {
        let found = self.get(&format!("/recordings/{recording}")).await.done();
        text(&found["sound"], "hash").parse().expect("a hash")
    }

    /// What the server made of a recording, decoded here, in a file of `folder`.
    pub async fn sound(&self, recording: &str, folder: &TempDir) -> Vec<f32> {
        let hash = self.hash(recording).await;
        let path = format!("/recordings/{recording}/sound");
        let request = self.request(Method::GET, &path);
        let answer = request.send().await.expect("the sound");
        let bytes = answer.bytes().await.expect("the sound, whole");
        let opus = folder.path().join(recording);
        recordings::durable::write(&opus, &bytes).expect("a file");
        let wav = opus.with_extension("wav");
        recordings::wav::ready(&opus, &hash, &wav).expect("a recording of ours");
        read_wav(&wav)
    }

    /// A new station and the code with which a PC becomes it.
    pub async fn new_station(&self, area: &str) -> (String, String) {
        let body = json!({ "area": area, "name": "Máy nhà văn hoá" });
        let station = text(&self.post("/stations", body).await.done(), "id");
        let code = self.issue_code(&station).await;
        (station, code)
    }

    /// A new code for a station.
    pub async fn issue_code(&self, station: &str) -> String {
        text(
            &self
                .post(&format!("/stations/{station}/code"), json!({}))
                .await
                .done(),
            "code",
        )
    }

    /// Waits until a station says that it holds what was published last, every recording ready.
    pub async fn holds(&self, station: &str) -> Value {
        self.until(&format!("/stations/{station}"), |found| {
            let health = &found["health"];
            let current = health["generation"] == found["published_generation"];
            current && health["generation"] != 0 && health["ready"] == health["wanted"]
        })
        .await
    }

    /// Waits until what a station says of its health is as wanted.
    pub async fn says(&self, station: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/stations/{station}");
        self.until(&path, |found| fits(&found["health"])).await["health"].clone()
    }

    /// Waits until the log of a day has one line that is as wanted.
    pub async fn logged(
        &self,
        station: &str,
        at: Timestamp,
        fits: impl Fn(&Value) -> bool,
    ) -> Value {
        let path = format!("/as-run?station={station}&date={}", day(at));
        let fits = |line: &&Value| line["planned_ms"] == at.as_millisecond() && fits(line);
        let found = self.until(&path, |lines| {
            lines
                .as_array()
                .into_iter()
                .flatten()
                .any(|line| fits(&line))
        });
        let lines = found.await;
        lines
            .as_array()
            .into_iter()
            .flatten()
            .find(fits)
            .expect("it was just there")
            .clone()
    }

    /// Waits until what the server tells at `path` is as wanted.
    pub async fn until(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut found = Value::Null;
        for _ in 0..LOOKS {
            found = self.get(path).await.done();
            if fits(&found) {
                return found;
            }
            sleep(Duration::from_millis(500)).await;
        }
        panic!("{path} is still {found}");
    }
}

impl Town {
    /// An approved bulletin of the sample recordings in `files`, each with its language. The
    /// secretary makes it, the officer approves it.
    pub async fn approved(&self, title: &str, files: &[(&str, &str)]) -> Approved {
        let files = files
            .iter()
            .map(|(language, file)| (*language, sample(file)));
        self.approved_of(title, &files.collect::<Vec<_>>()).await
    }

    /// An approved bulletin of three seconds, of another tone for each number.
    pub async fn announcement(&self, number: u32) -> Approved {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tone.wav");
        tone(&path, 300.0 + 60.0 * number as f32);
        let title = format!("Bản tin số {number}");
        self.approved_of(&title, &[("vi", path)]).await
    }

    /// An approved bulletin of so many seconds, of another sound for each number, to be found again
    /// in what was heard.
    pub async fn chatter(&self, number: u32, seconds: usize) -> Approved {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("chatter.wav");
        write_wav(&path, &chatter(number.into(), seconds * 48_000));
        let title = format!("Bản tin {seconds} giây số {number}");
        self.approved_of(&title, &[("vi", path)]).await
    }

    /// The same of recordings anywhere.
    pub async fn approved_of(&self, title: &str, files: &[(&str, PathBuf)]) -> Approved {
        let (secretary, officer) = (self.script(Who::Secretary), self.script(Who::Officer));
        let bulletin = secretary.draft(&self.village, title).await;
        let mut recordings = Vec::new();
        for (language, file) in files {
            let recording = secretary.upload(file, &self.village, language).await;
            let recording = text(&recording, "id");
            let done = secretary.worked_on(&recording).await;
            assert_eq!(done["state"], "ready", "{}: {done}", file.display());
            secretary.attach(&bulletin, language, &recording).await;
            recordings.push(recording);
        }
        secretary.step(&bulletin, "submit", "").await.done();
        officer.step(&bulletin, "approve", "").await.done();
        Approved {
            id: bulletin,
            recordings,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a story hears goes with its folder"
)]
fn tone(path: &Path, hz: f32) {
    let spec = WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut wav = WavWriter::create(path, spec).expect("a file");
    for n in 0..3 * 48_000 {
        let wave = (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin();
        wav.write_sample((wave * 9_000.0) as i16).expect("a sample");
    }
    wav.finalize().expect("a file");
}

/// What orders a broadcast that airs once, without the chime.
pub fn once(bulletin: &str, area: &str, at: Timestamp) -> Value {
    json!({ "bulletins": [bulletin], "areas": [area], "repeats": 1, "chime": false,
        "rule": { "kind": "once", "at": local_second(at) } })
}

/// A text in an answer.
pub fn text(found: &Value, name: &str) -> String {
    let text = found[name].as_str();
    text.unwrap_or_else(|| panic!("no {name} in {found}"))
        .to_owned()
}

/// The local date of an instant.
pub fn day(at: Timestamp) -> String {
    local(at)[..10].to_owned()
}
