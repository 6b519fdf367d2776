//! Whether two sounds are the same sound.

use ebur128::{EbuR128, Mode};

/// How alike two sounds are.
#[derive(Debug)]
pub struct Likeness {
    /// Frames by which `ours` is late against the other.
    pub lag: i64,
    /// Normalised correlation at that lag over all that overlaps; 1 is the same shape.
    pub correlation: f64,
    /// Frames that `ours` has more than the other.
    pub longer: i64,
}

/// Frames searched to both sides for the lag: more than any coding's delay.
const REACH: i64 = 2_500;
/// Frames that the search compares; the figure that counts is over all of the sound.
const WINDOW: usize = 6_000;

pub fn compare(ours: &[f32], other: &[f32]) -> Likeness {
    // Where the most is heard: a pause is like any other pause.
    let power = |start: usize| {
        other[start..]
            .iter()
            .take(WINDOW)
            .map(|x| x * x)
            .sum::<f32>()
    };
    let starts = (0..other.len().saturating_sub(WINDOW)).step_by(WINDOW / 2);
    let start = starts
        .max_by(|&a, &b| power(a).total_cmp(&power(b)))
        .unwrap_or(0);
    let window = start..(start + WINDOW).min(other.len());
    let scored = (-REACH..=REACH).map(|lag| (correlation(ours, other, lag, window.clone()), lag));
    let (_, lag) = scored
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or((0.0, 0));
    Likeness {
        lag,
        correlation: correlation(ours, other, lag, 0..other.len()),
        longer: ours.len() as i64 - other.len() as i64,
    }
}

fn correlation(ours: &[f32], other: &[f32], lag: i64, window: std::ops::Range<usize>) -> f64 {
    let start = window.start.max((-lag).max(0) as usize);
    let end = window.end.min((ours.len() as i64 - lag).max(0) as usize);
    // A sliver that happens to fit is no likeness.
    if end.saturating_sub(start) < window.len() / 2 {
        return 0.0;
    }
    let ours = &ours[(start as i64 + lag) as usize..(end as i64 + lag) as usize];
    let (mut cross, mut a, mut b) = (0.0_f32, 0.0_f32, 0.0_f32);
    let (mut cross_sum, mut a_sum, mut b_sum) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (n, (x, y)) in ours.iter().zip(&other[start..end]).enumerate() {
        cross += x * y;
        a += x * x;
        b += y * y;
        if n % 4096 == 4095 {
            (cross_sum, a_sum, b_sum) = (
                cross_sum + f64::from(cross),
                a_sum + f64::from(a),
                b_sum + f64::from(b),
            );
            (cross, a, b) = (0.0, 0.0, 0.0);
        }
    }
    cross_sum += f64::from(cross);
    cross_sum
        / ((a_sum + f64::from(a)) * (b_sum + f64::from(b)))
            .sqrt()
            .max(1e-12)
}

/// Loudness (LUFS) and true peak (dBTP) as libebur128 measures them, at 48 kHz.
pub fn measured(samples: &[f32]) -> (f64, f64) {
    let mut meter = EbuR128::new(1, 48_000, Mode::I | Mode::TRUE_PEAK).expect("a meter");
    meter.add_frames_f32(samples).expect("samples");
    let peak = meter.true_peak(0).expect("a peak");
    (
        meter.loudness_global().expect("a loudness"),
        20.0 * peak.log10(),
    )
}

/// How loud each hundredth of a second is against the mean, to compare sounds that a filter turned.
pub fn envelope(samples: &[f32]) -> Vec<f32> {
    let level = |window: &[f32]| {
        let power = window.iter().map(|x| x * x).sum::<f32>() / 480.0;
        (power + 1e-6).log10()
    };
    let levels: Vec<f32> = samples.chunks_exact(480).map(level).collect();
    let mean = levels.iter().sum::<f32>() / levels.len() as f32;
    levels.into_iter().map(|level| level - mean).collect()
}
