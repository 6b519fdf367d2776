//! What a PC sounded, listened to where it went: each announcement that is found there is one that
//! the log tells of, in the same order, and what it says was heard to its end is there whole.

use programme::ids::ContentHash;
use town::chatter::read_cut_wav;
use town::correlate::{Found, find_in};
use town::deeds::Approved;
use town::town::{Town, Who};
use town::village::Village;

use crate::log::Attempt;

/// A recording that was found is itself, bit by bit, but for the gain.
const ITSELF: f64 = 0.999;
/// So much of a beginning tells which recording it is: half a second, or what the power left of it.
const HEAD: usize = 24_000;
/// Of less nobody can tell which it is, nor hear it: a twentieth of a second.
const TELLING: usize = 2_400;
/// The first samples may be too quiet to be heard: a millisecond.
const SLACK: usize = 48;

/// One announcement that was heard.
#[derive(Debug)]
pub struct Heard {
    sound: ContentHash,
    whole: bool,
    /// Whether the PC sounded nothing after it in that life.
    last: bool,
}

/// The announcements as they are to be heard.
pub struct Known(Vec<(ContentHash, Vec<f32>)>);

impl Known {
    /// What the server made of them.
    pub async fn of(town: &Town, bulletins: &[Approved]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let officer = town.script(Who::Officer);
        let mut known = Vec::new();
        for recording in bulletins.iter().flat_map(|bulletin| &bulletin.recordings) {
            let sound = officer.sound(recording, &folder).await;
            let is_heard = |sample: &f32| *sample != 0.0;
            let begins = sound.iter().position(is_heard).expect("a sound");
            let ends = sound.iter().rposition(is_heard).expect("a sound") + 1;
            let sound = sound[begins..ends].to_vec();
            known.push((officer.hash(recording).await, sound));
        }
        Self(known)
    }

    /// Which one begins at `place`, as far as it goes.
    fn at(&self, place: usize, samples: &[f32]) -> (ContentHash, &[f32], Found) {
        let from = place.saturating_sub(SLACK);
        let there = samples.len() - from - 2 * SLACK;
        let fits = |sound: &[f32]| {
            let length = HEAD.min(there).min(sound.len());
            find_in(&sound[..length], samples, from..from + length + 2 * SLACK)
        };
        let found = self.0.iter();
        let found = found.map(|(hash, sound)| (*hash, &sound[..], fits(sound)));
        let best = found.max_by(|(.., one), (.., other)| one.likeness.total_cmp(&other.likeness));
        best.expect("there are announcements")
    }
}

/// What is found in the files of a PC, in the order in which it sounded.
pub fn heard_by(village: &Village, known: &Known) -> Vec<Heard> {
    let files = village.wav_files();
    assert!(!files.is_empty(), "nothing sounded");
    let lives = files.iter().map(|file| read_cut_wav(file));
    lives
        .flat_map(|samples| heard_in(&samples, known))
        .collect()
}

fn heard_in(samples: &[f32], known: &Known) -> Vec<Heard> {
    let mut heard: Vec<Heard> = Vec::new();
    let mut place = 0;
    let next = |place: usize| {
        let rest = samples.get(place..)?;
        Some(place + rest.iter().position(|sample| *sample != 0.0)?)
    };
    while let Some(begins) = next(place).filter(|begins| samples.len() - begins >= TELLING) {
        let (hash, sound, Found { frame, .. }) = known.at(begins, samples);
        let until = samples.len().min(frame + sound.len());
        let as_far = find_in(&sound[..until - frame], samples, frame..until);
        assert!(as_far.likeness > ITSELF, "another sound: {as_far:?}");
        heard.push(Heard {
            sound: hash,
            whole: until - frame == sound.len(),
            last: false,
        });
        place = until;
    }
    if let Some(heard) = heard.last_mut() {
        heard.last = true;
    }
    heard
}

/// Holds the log against what was heard: each sound is an attempt of the log, and no two are one;
/// an attempt that was heard to its end is whole; and one that the power cut is the last sound of
/// its life, when there was time for any.
pub fn each_sound_is_an_attempt(attempts: &[Attempt], heard: &[Heard]) {
    let fits = |attempt: &Attempt, heard: &Heard| {
        let as_told = if attempt.whole {
            heard.whole
        } else {
            heard.last
        };
        attempt.sound == heard.sound && as_told
    };
    // Whether the attempts from one on account for the sounds from this one on.
    let mut told = vec![false; heard.len()];
    told.push(true);
    for attempt in attempts.iter().rev() {
        for place in 0..=heard.len() {
            let here = heard.get(place).is_some_and(|heard| fits(attempt, heard));
            told[place] = (here && told[place + 1]) || (!attempt.whole && told[place]);
        }
    }
    assert!(
        told[0],
        "the log says {attempts:#?}, and heard was {heard:#?}"
    );
    let whole = heard.iter().filter(|heard| heard.whole).count();
    println!(
        "{} announcements were heard, {whole} of them whole",
        heard.len()
    );
}
