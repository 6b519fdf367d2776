//! What is heard of a cue, as somebody reads it: the chime, the recordings once through, and how
//! often that is repeated.

use std::time::Duration;

use programme::day_plan::{Cue, Segment};
use programme::ids::{BulletinId, ContentHash};
use programme::programme::Language;
use programme::units::Decibels;

/// A sound of a cue.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Its content.
    pub hash: ContentHash,
    /// What is spoken; `None` for the chime.
    pub language: Option<Language>,
    /// What it speaks for; `None` for the chime.
    pub bulletin: Option<BulletinId>,
    /// How long it lasts.
    pub duration: Duration,
    /// Gain on the recording's own level.
    pub gain_db: Decibels,
}

/// A cue, each of its sounds once.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What opens it.
    pub chime: Option<Piece>,
    /// What is spoken, once through.
    pub once: Vec<Piece>,
    /// How often that is heard.
    pub times: usize,
    /// Silence before it is heard again; zero where it is heard once.
    pub gap: Duration,
}

impl Reading {
    /// What is heard of `cue`.
    pub fn of(cue: &Cue) -> Self {
        let (mut chime, mut spoken) = (None, Vec::new());
        let mut silence = Duration::ZERO;
        for segment in &cue.segments {
            match segment {
                Segment::Silence { duration } => silence = *duration,
                Segment::Sound {
                    hash,
                    language,
                    bulletin,
                    duration,
                    gain_db,
                    ..
                } => {
                    let piece = Piece {
                        hash: *hash,
                        language: language.clone(),
                        bulletin: bulletin.clone(),
                        duration: *duration,
                        gain_db: *gain_db,
                    };
                    match language {
                        None => chime = Some(piece),
                        Some(_) => spoken.push((silence, piece)),
                    }
                    silence = Duration::ZERO;
                }
            }
        }
        let once = period(&spoken);
        let times = spoken.len() / once;
        let gap = spoken.get(once).map_or(Duration::ZERO, |(gap, _)| *gap);
        spoken.truncate(once);
        Self {
            chime,
            once: spoken.into_iter().map(|(_, piece)| piece).collect(),
            times,
            gap,
        }
    }

    /// All of its sounds, in order, each once.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.chime.iter().chain(&self.once)
    }
}

/// After so many sounds the same ones follow, up to the end; one at least.
fn period(spoken: &[(Duration, Piece)]) -> usize {
    let recurs = |after: &usize| {
        let later = spoken.iter().skip(*after);
        let same = |((_, one), (_, other)): (&(Duration, Piece), &(Duration, Piece))| one == other;
        spoken.len().is_multiple_of(*after) && spoken.iter().zip(later).all(same)
    };
    (1..=spoken.len()).find(recurs).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(letter: u8) -> (Duration, Piece) {
        let piece = Piece {
            hash: ContentHash::of(&[letter]),
            language: Some("vi".parse().unwrap()),
            bulletin: None,
            duration: Duration::from_secs(1),
            gain_db: Decibels(0.0),
        };
        (Duration::ZERO, piece)
    }

    fn period_of(letters: &str) -> usize {
        period(&letters.bytes().map(piece).collect::<Vec<_>>())
    }

    #[test]
    fn a_reading_ends_where_the_whole_of_it_begins_anew() {
        assert_eq!(period_of("a"), 1);
        assert_eq!(period_of("ab"), 2);
        assert_eq!(period_of("abab"), 2);
        assert_eq!(period_of("aabaab"), 3);
        assert_eq!(period_of("aba"), 3);
        assert_eq!(period_of("aaa"), 1);
        assert_eq!(period_of(""), 1);
    }
}
