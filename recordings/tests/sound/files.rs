//! Makes files of every kind out of one spoken sample.

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use recordings::decode;
use recordings::ingest::{Ingested, Settings, ingest};
use tempfile::TempDir;

/// A folder that holds the files of one test and goes with it.
pub struct Folder {
    folder: TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `bytes` to the file `name`.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("a written file");
        path
    }

    /// Nine seconds of a spoken sample as WAV at `rate_hz` with `channels`: all other files are
    /// made from it.
    pub fn voice(&self, rate_hz: u32, channels: u32) -> PathBuf {
        let path = self.path(&format!("voice-{rate_hz}-{channels}.wav"));
        let sample = sample("vneid.vi.m4a");
        let (rate, channels) = (rate_hz.to_string(), channels.to_string());
        ffmpeg(
            &sample,
            &["-ar", &rate, "-ac", &channels, "-c:a", "pcm_s16le"],
            &path,
        );
        path
    }

    /// The file `name` made from `source` by ffmpeg with `arguments`.
    pub fn made(&self, source: &Path, arguments: &[&str], name: &str) -> PathBuf {
        let path = self.path(name);
        ffmpeg(source, arguments, &path);
        path
    }

    /// Like [`Folder::made`], through a pipe: the writer cannot go back to fill in lengths.
    pub fn piped(&self, source: &Path, arguments: &[&str], name: &str) -> PathBuf {
        let output = command(source, arguments)
            .arg("pipe:1")
            .stdout(Stdio::piped())
            .output()
            .expect("ffmpeg is needed for these tests");
        assert!(output.status.success(), "ffmpeg {arguments:?}");
        self.keep(name, &output.stdout)
    }

    /// Ingests the file at `path`.
    pub fn ingest(&self, path: &Path) -> Result<(Ingested, PathBuf), recordings::Error> {
        self.ingest_with(path, &Settings::default())
    }

    pub fn ingest_with(
        &self,
        path: &Path,
        settings: &Settings,
    ) -> Result<(Ingested, PathBuf), recordings::Error> {
        let output = self.path("recording.opus");
        let go_on = |_| ControlFlow::Continue(());
        let source = File::open(path).map_err(recordings::Error::Storage)?;
        let ingested = ingest(source, settings, self.folder.path(), &output, &go_on)?;
        Ok((ingested, output))
    }
}

/// A file under `recordings/samples`.
pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name)
}

fn command(source: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("ffmpeg");
    command
        .args(["-v", "error", "-nostdin", "-y", "-i"])
        .arg(source)
        .args(arguments);
    command
}

fn ffmpeg(source: &Path, arguments: &[&str], path: &Path) {
    let status = command(source, arguments).arg(path).status();
    assert!(
        status.expect("ffmpeg is needed for these tests").success(),
        "ffmpeg {arguments:?}"
    );
}

/// What ffmpeg, with libopus where that matters, hears in the file at `path`: mono at `rate_hz`.
pub fn heard_by_ffmpeg(path: &Path, decoder: &[&str], rate_hz: u32) -> Vec<f32> {
    let mut command = Command::new("ffmpeg");
    command
        .args(["-v", "error", "-nostdin"])
        .args(decoder)
        .arg("-i")
        .arg(path);
    command.args([
        "-f",
        "f32le",
        "-ac",
        "1",
        "-ar",
        &rate_hz.to_string(),
        "pipe:1",
    ]);
    let output = command.output().expect("ffmpeg is needed for these tests");
    assert!(output.status.success(), "ffmpeg reads {path:?}");
    let samples = output.stdout.as_chunks::<4>().0;
    samples
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

/// Everything that our decoder gives for the file at `path`.
pub struct Decoded {
    pub format: decode::Format,
    pub rate_hz: u32,
    pub samples: Vec<f32>,
}

pub fn decode(path: &Path) -> Result<Decoded, recordings::Error> {
    let mut decoder = decode::open(File::open(path)?)?;
    let mut samples = Vec::new();
    while let Some(block) = decoder.next_block()? {
        samples.extend_from_slice(block);
    }
    Ok(Decoded {
        format: decoder.format(),
        rate_hz: decoder.rate_hz(),
        samples,
    })
}

/// A WAV file of `samples` at `rate_hz`, 32-bit float, written to `path` as they come.
pub fn write_wav(path: &Path, rate_hz: u32, samples: impl Iterator<Item = f32>) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).expect("a written file");
    for sample in samples {
        let sample = (sample * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16;
        writer.write_sample(sample).expect("a written file");
    }
    writer.finalize().expect("a written file");
}
