//! What a cue lets people hear: which bulletins, in which languages, how often, how loud.

use std::time::Duration;

use super::{PAUSE, RAMP, Segment};
use crate::ids::BulletinId;
use crate::programme::{
    Broadcast, Bulletin, Class, Language, MAX_REPEATS, Programme, Sound, Spoken,
};
use crate::units::{Decibels, WallTime};

/// The bulletins of `broadcast`, in its order, that the programme holds and that are valid at
/// `start`. A bulletin that has ended does not silence those beside it.
pub fn valid_at<'p>(
    programme: &'p Programme,
    broadcast: &'p Broadcast,
    start: WallTime,
) -> Vec<(&'p BulletinId, &'p Bulletin)> {
    let held = |id: &'p BulletinId| Some((id, programme.bulletins.get(id)?));
    let valid = |bulletin: &Bulletin| bulletin.valid_until.is_none_or(|until| start < until);
    let held = broadcast.bulletins.iter().filter_map(held);
    held.filter(|(_, bulletin)| valid(bulletin)).collect()
}

/// The recordings of `bulletin` that the village hears: its own languages, in its own order. A
/// bulletin in none of them airs in its first language, for silence would serve nobody.
pub fn heard<'p>(bulletin: &'p Bulletin, languages: &[Language]) -> Vec<&'p Spoken> {
    let in_language = |language: &Language| {
        let mut recordings = bulletin.recordings.iter();
        recordings.find(|spoken| spoken.language == *language)
    };
    let own: Vec<_> = languages.iter().filter_map(in_language).collect();
    if own.is_empty() {
        bulletin.recordings.first().into_iter().collect()
    } else {
        own
    }
}

/// The chime, then the whole as often as it repeats; empty when nothing can be heard.
pub fn segments(
    programme: &Programme,
    broadcast: &Broadcast,
    bulletins: &[(&BulletinId, &Bulletin)],
) -> Vec<Segment> {
    let mut once = Vec::new();
    for (id, bulletin) in bulletins {
        for spoken in heard(bulletin, &programme.languages) {
            pause(&mut once, PAUSE);
            once.push(Segment::Sound {
                hash: spoken.sound.hash,
                language: Some(spoken.language.clone()),
                bulletin: Some((*id).clone()),
                duration: spoken.sound.duration,
                gain_db: gain(programme, bulletin.class),
                ramp: Duration::ZERO,
            });
        }
    }
    if once.is_empty() {
        return once;
    }
    let chime = programme.chime.as_ref().filter(|_| broadcast.chime);
    let classes = bulletins.iter().map(|(_, bulletin)| bulletin.class);
    let gain_db = gain(programme, classes.max().unwrap_or(Class::Ordinary));
    let mut segments: Vec<_> = chime
        .map(|sound| opening(sound, gain_db))
        .into_iter()
        .collect();
    pause(&mut segments, PAUSE);
    for repeat in 0..broadcast.repeats.clamp(1, MAX_REPEATS) {
        if repeat > 0 {
            pause(&mut segments, broadcast.gap);
        }
        segments.extend(once.iter().cloned());
    }
    if chime.is_some() {
        rise_after_chime(&mut segments);
    }
    segments
}

/// The same as an exercise: `mark` says before its first word and after its last one that it is a
/// drill. What rose after the chime leaves that to the mark, which is heard there.
pub fn as_drill(programme: &Programme, mark: &Sound, mut segments: Vec<Segment>) -> Vec<Segment> {
    let spoken = |segment: &Segment| match segment {
        Segment::Sound { language, .. } => language.is_some(),
        Segment::Silence { .. } => false,
    };
    let Some(first) = segments.iter().position(spoken) else {
        return segments;
    };
    let marked = |rises| Segment::Sound {
        hash: mark.hash,
        language: None,
        bulletin: None,
        duration: mark.duration,
        gain_db: gain(programme, Class::Emergency),
        ramp: rises,
    };
    let mut rises = Duration::ZERO;
    if let Some(Segment::Sound { ramp, .. }) = segments.get_mut(first) {
        std::mem::swap(ramp, &mut rises);
    }
    segments.insert(first, Segment::Silence { duration: PAUSE });
    segments.insert(first, marked(rises));
    segments.push(Segment::Silence { duration: PAUSE });
    segments.push(marked(Duration::ZERO));
    segments
}

/// The station's volume with what the class adds to it.
fn gain(programme: &Programme, class: Class) -> Decibels {
    let louder = programme.class_volume_db.get(&class);
    Decibels(programme.volume_db.0 + louder.map_or(0.0, |louder| louder.0))
}

/// The first speech rises: horns are loud, and a chime is quieter than a voice that begins.
fn rise_after_chime(segments: &mut [Segment]) {
    let mut spoken = segments.iter_mut().filter_map(|segment| match segment {
        Segment::Sound {
            language: Some(_),
            ramp,
            ..
        } => Some(ramp),
        Segment::Sound { language: None, .. } | Segment::Silence { .. } => None,
    });
    if let Some(ramp) = spoken.next() {
        *ramp = RAMP;
    }
}

fn opening(chime: &Sound, gain_db: Decibels) -> Segment {
    Segment::Sound {
        hash: chime.hash,
        language: None,
        bulletin: None,
        duration: chime.duration,
        gain_db,
        ramp: Duration::ZERO,
    }
}

/// Silence after what is there; a cue opens with sound.
fn pause(segments: &mut Vec<Segment>, duration: Duration) {
    if !segments.is_empty() && !duration.is_zero() {
        segments.push(Segment::Silence { duration });
    }
}
