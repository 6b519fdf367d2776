//! Ingest of ten minutes of speech, beside ffmpeg doing the same job: wall time, processor time and
//! peak memory of whole processes, in one run, by turns.
//!
//! ffmpeg does the job three times: as lean as it can (one pass to measure, one to gain, limit and
//! encode), which ends too quiet; with one more pass, which measures what the limiter took and
//! comes nearer; and with its two-pass `loudnorm`. All write Ogg Opus, mono, 48 kHz, 32 kbit/s,
//! complexity 10. What came out is judged by one ruler, ffmpeg's `ebur128` on the decoded Opus.
#![expect(
    clippy::panic,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use town::budget::judge;

const RUNS: usize = 3;
const OPUS: &str = "-ac 1 -ar 48000 -c:a libopus -b:a 32k -compression_level 10";
/// Budgets beside the leanest chain: shares of its wall time, over two cores, and of its processor
/// time.
const OF_LEAN: (f64, f64) = (0.4, 0.7);
/// Share of two-pass loudnorm's wall and processor time.
const OF_LOUDNORM: f64 = 0.3;
const PEAK_MB: f64 = 32.0;
/// How far the loudness may be from −16 LUFS, in LU, and the true peak, in dBTP.
const SOUNDS: (f64, f64) = (1.0, -1.5);

fn main() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("a folder: {error}"));
    let inputs = speech(folder.path());
    println!("\nIngest of 10 min of speech, medians of {RUNS} runs by turns");
    println!(
        "{:5} {:25} {:>7} {:>7} {:>8} {:>6} {:>6} {:>6} {:>7} {:>7}",
        "in", "program", "wall s", "CPU s", "peak MB", "LUFS", "dBTP", "kB", "wall ×", "CPU ×"
    );
    for input in inputs {
        let chains = [Chain::Ours, Chain::Lean, Chain::Again, Chain::Loudnorm];
        let mut costs = [const { Vec::new() }; 4];
        for _ in 0..RUNS {
            for (chain, costs) in chains.iter().zip(&mut costs) {
                costs.push(chain.run(&input, folder.path()));
            }
        }
        let [ours, lean, again, loudnorm] = costs.map(|costs| median(&costs));
        let name = input.extension().unwrap_or_default().to_string_lossy();
        for (chain, cost) in chains.iter().zip([ours, lean, again, loudnorm]) {
            let out = folder.path().join(chain.file());
            let heard = ebur128(&out, &["-c:a", "libopus"]);
            let size_kb = std::fs::metadata(&out).map_or(0, |file| file.len() / 1000);
            println!(
                "{name:5} {:25} {:7.2} {:7.2} {:8.1} {:6.1} {:6.1} {size_kb:6} {:7.2} {:7.2}",
                chain.name(),
                cost.wall_s,
                cost.cpu_s,
                cost.peak_mb,
                heard.lufs,
                heard.peak_dbtp,
                ours.wall_s / cost.wall_s,
                ours.cpu_s / cost.cpu_s,
            );
        }
        let beside = [
            ("leanest chain", lean),
            ("chain that measures again", again),
        ];
        for (chain, cost) in beside {
            let (wall, cpu) = (ours.wall_s / cost.wall_s, ours.cpu_s / cost.cpu_s);
            judge(&format!("wall beside the {chain}"), wall, OF_LEAN.0);
            judge(&format!("CPU beside the {chain}"), cpu, OF_LEAN.1);
        }
        let (wall, cpu) = (ours.wall_s / loudnorm.wall_s, ours.cpu_s / loudnorm.cpu_s);
        judge("wall beside two-pass loudnorm", wall, OF_LOUDNORM);
        judge("CPU beside two-pass loudnorm", cpu, OF_LOUDNORM);
        judge("peak memory, MB", ours.peak_mb, PEAK_MB);
        let heard = ebur128(
            &folder.path().join(Chain::Ours.file()),
            &["-c:a", "libopus"],
        );
        judge("LU from −16 LUFS", (heard.lufs + 16.0).abs(), SOUNDS.0);
        judge("true peak, dBTP", heard.peak_dbtp, SOUNDS.1);
    }
}

/// Ten minutes of synthetic speech as a phone would send it.
fn speech(folder: &Path) -> Vec<PathBuf> {
    let sentence = "Kính thưa bà con. Sáng mai, lúc bảy giờ, mời bà con đến nhà văn hoá thôn. Tổ \
                    công nghệ số giúp bà con cài đặt và dùng dịch vụ công trực tuyến. ";
    let text = sentence.repeat(100);
    let wav = folder.join("speech.wav");
    run(Command::new("espeak-ng")
        .args(["-v", "vi", "-w"])
        .arg(&wav)
        .arg(text));
    let coded = [("mp3", "libmp3lame"), ("m4a", "aac")].map(|(ending, codec)| {
        let out = folder.join("speech").with_extension(ending);
        let mut ffmpeg = ffmpeg(&wav, &[]);
        ffmpeg
            .args("-t 600 -ar 44100 -ac 1 -b:a 96k -c:a".split(' '))
            .arg(codec)
            .arg(&out);
        run(&mut ffmpeg);
        out
    });
    coded.to_vec()
}

/// A way to do the job.
enum Chain {
    Ours,
    Lean,
    Again,
    Loudnorm,
}

impl Chain {
    fn name(&self) -> &'static str {
        match self {
            Self::Ours => "Loa Bản",
            Self::Lean => "ffmpeg, leanest chain",
            Self::Again => "ffmpeg, measured again",
            Self::Loudnorm => "ffmpeg, two-pass loudnorm",
        }
    }

    fn file(&self) -> &'static str {
        match self {
            Self::Ours => "ours.ogg",
            Self::Lean => "lean.ogg",
            Self::Again => "again.ogg",
            Self::Loudnorm => "loudnorm.ogg",
        }
    }

    fn run(&self, input: &Path, folder: &Path) -> Cost {
        let out = folder.join(self.file());
        let filter = match self {
            Self::Ours => {
                let mut ours = Command::new(ingest());
                return Cost::of(ours.arg(input).arg(out)).0;
            }
            Self::Lean => {
                let (measuring, heard) = measure_cost(input, "");
                let chain = limited(-16.0 - heard.lufs);
                return measuring.then(encode(input, &chain, &out));
            }
            Self::Again => {
                let (measuring, heard) = measure_cost(input, "");
                let gain_db = -16.0 - heard.lufs;
                let (second, left) = measure_cost(input, &(limited(gain_db) + ","));
                let chain = limited(gain_db - 16.0 - left.lufs);
                return measuring.then(second).then(encode(input, &chain, &out));
            }
            Self::Loudnorm => "loudnorm=I=-16:TP=-1.5:LRA=11",
        };
        let mut pass = ffmpeg(input, &[]);
        pass.args([
            "-af",
            &format!("{filter}:print_format=json"),
            "-f",
            "null",
            "-",
        ]);
        let (measuring, printed) = Cost::of(&pass);
        let of = |name: &str| quoted(&printed, name);
        let chain = format!(
            "{filter}:linear=true:measured_I={}:measured_TP={}:measured_LRA={}:\
             measured_thresh={}:offset={}",
            of("input_i"),
            of("input_tp"),
            of("input_lra"),
            of("input_thresh"),
            of("target_offset"),
        );
        measuring.then(encode(input, &chain, &out))
    }
}

fn encode(input: &Path, chain: &str, out: &Path) -> Cost {
    Cost::of(
        ffmpeg(input, &[])
            .args(["-af", chain])
            .args(OPUS.split(' '))
            .arg(out),
    )
    .0
}

/// The example beside this bench: both are built in release.
fn ingest() -> PathBuf {
    let bench = std::env::current_exe().unwrap_or_else(|error| panic!("this bench: {error}"));
    let release = bench.ancestors().nth(2).unwrap_or(&bench);
    release.join("examples/ingest")
}

fn ffmpeg(input: &Path, before: &[&str]) -> Command {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-hide_banner", "-y"])
        .args(before)
        .arg("-i")
        .arg(input);
    ffmpeg
}

/// What a process, or one after another, cost.
#[derive(Clone, Copy)]
struct Cost {
    wall_s: f64,
    cpu_s: f64,
    peak_mb: f64,
}

impl Cost {
    /// Runs a command under GNU `time` and returns with it all that was printed.
    fn of(command: &Command) -> (Self, String) {
        let mut timed = Command::new("/usr/bin/time");
        timed
            .args(["-f", "cost %e %U %S %M"])
            .arg(command.get_program())
            .args(command.get_args());
        let printed = run(&mut timed);
        let line = printed.lines().rfind(|line| line.starts_with("cost "));
        let cost: Vec<f64> = line
            .unwrap_or_else(|| panic!("no cost in {printed}"))
            .split(' ')
            .filter_map(|number| number.parse().ok())
            .collect();
        let &[wall_s, user_s, system_s, peak_kib] = cost.as_slice() else {
            panic!("an odd cost: {cost:?}");
        };
        let cost = Self {
            wall_s,
            cpu_s: user_s + system_s,
            peak_mb: peak_kib * 1024.0 / 1e6,
        };
        (cost, printed)
    }

    fn then(self, next: Self) -> Self {
        Self {
            wall_s: self.wall_s + next.wall_s,
            cpu_s: self.cpu_s + next.cpu_s,
            peak_mb: self.peak_mb.max(next.peak_mb),
        }
    }
}

fn median(costs: &[Cost]) -> Cost {
    let middle = |of: fn(&Cost) -> f64| {
        let mut values: Vec<_> = costs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Cost {
        wall_s: middle(|cost| cost.wall_s),
        cpu_s: middle(|cost| cost.cpu_s),
        peak_mb: middle(|cost| cost.peak_mb),
    }
}

/// Loudness and true peak by EBU R128.
struct Heard {
    lufs: f64,
    peak_dbtp: f64,
}

fn ebur128(sound: &Path, decoder: &[&str]) -> Heard {
    let mut pass = ffmpeg(sound, decoder);
    Heard::read(&run(pass.args([
        "-af",
        "ebur128=peak=true",
        "-f",
        "null",
        "-",
    ])))
}

/// Gain into a limiter, which sees samples and not true peaks: 0.7 dB are left for what lies
/// between.
fn limited(gain_db: f64) -> String {
    format!("volume={gain_db}dB,alimiter=limit=-2.2dB:level=false")
}

/// The leanest measure behind filters: no true peak is asked for, the limiter does not need it.
fn measure_cost(input: &Path, filters: &str) -> (Cost, Heard) {
    let mut pass = ffmpeg(input, &[]);
    let chain = format!("{filters}ebur128");
    let (cost, printed) = Cost::of(pass.args(["-af", &chain, "-f", "null", "-"]));
    (cost, Heard::read(&printed))
}

impl Heard {
    fn read(printed: &str) -> Self {
        let summary = printed.rsplit("Summary:").next().unwrap_or_default();
        let after = |name: &str| {
            let line = summary
                .lines()
                .find_map(|line| line.trim().strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            number
                .and_then(|number| number.parse().ok())
                .unwrap_or(f64::NAN)
        };
        Self {
            lufs: after("I:"),
            peak_dbtp: after("Peak:"),
        }
    }
}

/// The value of a string in the JSON that `loudnorm` prints among other lines.
fn quoted<'a>(printed: &'a str, name: &str) -> &'a str {
    let line = printed
        .lines()
        .find(|line| line.contains(&format!("\"{name}\"")));
    let value = line.and_then(|line| line.split('"').nth(3));
    value.unwrap_or_else(|| panic!("loudnorm printed no {name}: {printed}"))
}

fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {printed}");
    printed
}
