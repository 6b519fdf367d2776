//! How far a recording is recognised behind a horn, a valley, a microphone and noise, and how often
//! another one is taken for it. Run it with `--no-capture` to see the table.

use std::fs::File;

use recordings::decode;
use recordings::recognise::{
    BANDS, Bands, EARLIEST, FRAMES, Frame, LATEST, Recogniser, SHORTEST, Verdict, WINDOW,
};

use crate::files::sample;

const NAMES: [&str; 10] = [
    "vneid.vi.m4a",
    "vneid.pcc.m4a",
    "vssid.vi.mp3",
    "vssid.pcc.mp3",
    "health-book.vi.ogg",
    "health-book.pcc.ogg",
    "village-meeting.vi.m4a",
    "village-meeting.pcc.m4a",
    "online-services.vi.webm",
    "online-services.pcc.webm",
];

/// What a cheap microphone takes a second.
const RATE: f32 = 16_000.0;

/// How a place answers: echoes as (seconds, part), and the seconds in which its ring dies away.
struct Place {
    name: &'static str,
    echoes: &'static [(f32, f32)],
    ring: Option<f32>,
}

const PLACES: [Place; 3] = [
    Place {
        name: "a room without echo",
        echoes: &[],
        ring: None,
    },
    Place {
        name: "a valley, echoes to 1.7 s",
        echoes: &[(0.11, 0.6), (0.35, 0.4), (0.9, 0.3), (1.7, 0.2)],
        ring: Some(0.8),
    },
    Place {
        name: "many horns, echoes to 2.0 s",
        echoes: &[(0.18, 0.9), (0.45, 0.7), (1.1, 0.5), (2.0, 0.4)],
        ring: Some(2.0),
    },
];

/// Frames by which the sound arrives late, on top of the way.
const DELAYS: [usize; 3] = [5, 60, 120];

#[test]
fn a_recording_is_recognised_in_noise_and_echo_and_no_other_is_taken_for_it() {
    let sounds: Vec<Vec<f32>> = NAMES.iter().map(|name| spoken(name)).collect();
    let own: Vec<Vec<Frame>> = sounds.iter().map(|sound| frames(sound)).collect();
    for place in &PLACES {
        for (noise, of_voices) in [("rumble", false), ("voices", true)] {
            for decibels in [20.0, 10.0, 5.0, 0.0, -5.0] {
                let mut found = Count::default();
                for (number, sound) in sounds.iter().enumerate() {
                    let delay = DELAYS[number % DELAYS.len()];
                    let other = of_voices.then(|| &*sounds[(number + 3) % sounds.len()]);
                    let arrived = arrived(sound, place, delay, (decibels, other));
                    found.add(verdict(&own[number], &frames(&arrived)));
                }
                eprintln!("{}, {noise} {decibels:+} dB below: {found}", place.name);
                // What is louder than the sound itself may drown it.
                if decibels >= 0.0 && place.ring.is_none_or(|ring| ring < 1.0) {
                    assert_eq!(found.heard, sounds.len(), "{} {decibels}", place.name);
                }
                if decibels >= 5.0 {
                    assert_eq!(found.not_heard, 0, "{} {decibels}", place.name);
                }
            }
        }
        let mut taken = Count::default();
        for (number, sound) in sounds.iter().enumerate() {
            let heard = frames(&arrived(sound, place, 0, (20.0, None)));
            let others = own.iter().enumerate().filter(|(other, _)| *other != number);
            others.for_each(|(_, other)| taken.add(verdict(other, &heard)));
        }
        eprintln!("{}, another recording: {taken}", place.name);
        assert_eq!(taken.heard, 0, "{}", place.name);
        assert!(taken.not_heard * 100 >= taken.all() * 95, "{}", place.name);
    }
}

#[derive(Default)]
struct Count {
    heard: usize,
    unclear: usize,
    not_heard: usize,
    range: Option<(u8, u8)>,
}

impl Count {
    fn add(&mut self, verdict: Verdict) {
        let (place, percent) = match verdict {
            Verdict::Heard(percent) => (&mut self.heard, percent),
            Verdict::Unclear(percent) => (&mut self.unclear, percent),
            Verdict::NotHeard(percent) => (&mut self.not_heard, percent),
            Verdict::TooShort => panic!("every sample is long enough"),
        };
        *place += 1;
        let (low, high) = self.range.unwrap_or((percent, percent));
        self.range = Some((low.min(percent), high.max(percent)));
    }

    fn all(&self) -> usize {
        self.heard + self.unclear + self.not_heard
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            heard,
            unclear,
            not_heard,
            range,
        } = self;
        let (low, high) = range.unwrap_or_default();
        write!(
            f,
            "{heard} heard, {unclear} unclear, {not_heard} not; {low}..{high} %"
        )
    }
}

/// What is said at the end of `own` when `heard` came in while it was aired, looked at each second
/// as the player does.
fn verdict(own: &[Frame], heard: &[Frame]) -> Verdict {
    let mut recogniser = Recogniser::default();
    let silence = [[0.0; BANDS]; LATEST + WINDOW];
    let padded = [&silence, own, &silence].concat();
    for until in (SHORTEST..=own.len().min(heard.len())).step_by(FRAMES as usize) {
        let from = until.saturating_sub(WINDOW);
        // The padding holds more than what lies before.
        let first = silence.len() + from - LATEST;
        let last = silence.len() + until + EARLIEST;
        recogniser.compare(&padded[first..last], &heard[from..until]);
    }
    recogniser.verdict()
}

fn frames(sound: &[f32]) -> Vec<Frame> {
    let mut frames = Vec::new();
    Bands::new(RATE as u32).push(sound, &mut frames);
    frames
}

/// A sample announcement, as a microphone's card would number its samples.
fn spoken(name: &str) -> Vec<f32> {
    let file = File::open(sample(name)).expect("a sample");
    let mut decoder = decode::open(file).expect("a sound");
    let step = f64::from(decoder.rate_hz()) / f64::from(RATE);
    let mut sound = Vec::new();
    while let Some(block) = decoder.next_block().expect("a whole sound") {
        sound.extend_from_slice(block);
    }
    resampled(&sound, step)
}

/// Every `step`th sample, between the samples if need be; the mean of those in a long step.
fn resampled(sound: &[f32], step: f64) -> Vec<f32> {
    let span = (step.round() as usize).max(1);
    let count = ((sound.len() - span) as f64 / step) as usize;
    let at = |number: usize| {
        let place = number as f64 * step;
        let (whole, part) = (place as usize, place.fract() as f32);
        if span > 1 {
            sound[whole..whole + span].iter().sum::<f32>() / span as f32
        } else {
            sound[whole] * (1.0 - part) + sound[(whole + 1).min(sound.len() - 1)] * part
        }
    };
    (0..count).map(at).collect()
}

/// What the microphone's card takes: band-limited to 300–5000 Hz, echoed, late, quiet, by a clock
/// that is 200 millionths off, under noise that is so many decibels weaker.
fn arrived(
    sound: &[f32],
    place: &Place,
    delay: usize,
    (decibels, voices): (f32, Option<&[f32]>),
) -> Vec<f32> {
    let silence = vec![0.0; delay * RATE as usize / FRAMES as usize];
    let way = [silence, echoed(&limited(sound), place)].concat();
    let way = resampled(&way, 1.0002);
    let noise: Vec<f32> = match voices {
        Some(voices) => voices.iter().copied().cycle().take(way.len()).collect(),
        None => rumble(way.len()),
    };
    let gain = loudness(&way) / loudness(&noise) * 10_f32.powf(-decibels / 20.0);
    let both = way
        .iter()
        .zip(&noise)
        .map(|(way, noise)| way + gain * noise);
    both.map(|sample| 0.05 * sample).collect()
}

fn limited(sound: &[f32]) -> Vec<f32> {
    let keep = |corner: f32| (-std::f32::consts::TAU * corner / RATE).exp();
    let mut out = sound.to_vec();
    for _ in 0..2 {
        let (mut low, mut smooth) = (0.0, 0.0);
        for sample in &mut out {
            low = keep(300.0) * low + (1.0 - keep(300.0)) * *sample;
            let high = *sample - low;
            smooth = keep(5_000.0) * smooth + (1.0 - keep(5_000.0)) * high;
            *sample = smooth;
        }
    }
    out
}

fn echoed(sound: &[f32], place: &Place) -> Vec<f32> {
    let mut out = [sound, &vec![0.0; RATE as usize * 5 / 2]].concat();
    for (late, part) in place.echoes {
        let late = (late * RATE) as usize;
        for (echo, sample) in out[late..].iter_mut().zip(sound) {
            *echo += part * sample;
        }
    }
    let dry = out.clone();
    // Four combs that die away, as Schroeder made rooms (J. Audio Eng. Soc. 10, 1962).
    for length in [0.0297, 0.0371, 0.0411, 0.0437] {
        let Some(ring) = place.ring else {
            break;
        };
        let (step, part) = ((length * RATE) as usize, 10_f32.powf(-3.0 * length / ring));
        let mut comb = dry.clone();
        for at in step..comb.len() {
            comb[at] += part * comb[at - step];
        }
        for (sample, ringing) in out.iter_mut().zip(comb) {
            *sample += 0.15 * ringing;
        }
    }
    out
}

/// Noise that is stronger the lower it is, as of motors and of wind.
fn rumble(count: usize) -> Vec<f32> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut low = 0.0;
    let noise = (0..count).map(|_| {
        // Marsaglia's xorshift64 (Journal of Statistical Software 8/14).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        low = 0.95 * low + 0.05 * ((state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0);
        low
    });
    noise.collect()
}

fn loudness(sound: &[f32]) -> f32 {
    (sound.iter().map(|sample| sample * sample).sum::<f32>() / sound.len() as f32).sqrt()
}
