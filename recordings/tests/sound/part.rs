//! A part of a recording that a person chose, and how a cue with it begins.

use std::fs::File;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::time::Duration;

use recordings::Error;
use recordings::error::Limit;
use recordings::foretaste::{Opening, foretaste};
use recordings::ingest::{Ingested, Part, Settings, ingest_part};

use crate::Outcome;
use crate::compare::measured;
use crate::files::{Folder, heard_by_ffmpeg, sample};

fn cut(folder: &Folder, name: &str, part: Option<Part>) -> Result<Ingested, Error> {
    let source = File::open(sample("health-book.vi.ogg"))?;
    let (scratch, output) = (folder.path(""), folder.path(name));
    let go_on = |_| ControlFlow::Continue(());
    ingest_part(
        source,
        part,
        &Settings::default(),
        &scratch,
        &output,
        &go_on,
    )
}

#[test]
fn a_part_is_the_same_sound_and_as_loud_as_a_whole() -> Outcome {
    let folder = Folder::new();
    let whole = cut(&folder, "whole.opus", None)?;
    let part = Part {
        from_ms: 2_000,
        until_ms: 7_500,
    };
    let ingested = cut(&folder, "part.opus", Some(part))?;
    assert!(ingested.duration_ms.abs_diff(5_500) <= 1, "{ingested:?}");
    assert_ne!(ingested.hash, whole.hash, "another sound is another name");
    assert_eq!(ingested.source_duration_ms, whole.source_duration_ms);
    let heard = |name| heard_by_ffmpeg(&folder.path(name), &["-c:a", "libopus"], 48_000);
    let (all, some) = (heard("whole.opus"), heard("part.opus"));
    let (loudness, peak) = measured(&some);
    assert!((loudness + 16.0).abs() < 1.0, "{loudness} LUFS");
    assert!(peak <= -1.5, "{peak} dBTP");
    // Where it was cut from, it sounds the same but for its loudness.
    let (ours, theirs) = (&some[48_000..96_000], &all[3 * 48_000..4 * 48_000]);
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let both = a.iter().zip(b);
        both.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let alike = dot(ours, theirs) / (dot(ours, ours) * dot(theirs, theirs)).sqrt();
    assert!(alike > 0.9, "{alike}");
    Ok(())
}

#[test]
fn a_part_behind_the_end_is_refused_and_one_beyond_it_ends_where_the_sound_does() -> Outcome {
    let folder = Folder::new();
    let part = |from_ms, until_ms| Some(Part { from_ms, until_ms });
    for nothing in [
        part(900_000, 901_000),
        part(3_000, 3_100),
        part(5_000, 4_000),
    ] {
        match cut(&folder, "nothing.opus", nothing) {
            Err(Error::OverLimit(Limit::Shortest { .. })) => {}
            other => panic!("{nothing:?}: {other:?}"),
        }
    }
    let whole = cut(&folder, "whole.opus", None)?;
    let rest = cut(&folder, "rest.opus", part(1_000, u64::MAX))?;
    let missing = whole.duration_ms - rest.duration_ms;
    assert!(missing.abs_diff(1_000) <= 1, "{rest:?}");
    Ok(())
}

#[test]
fn a_cue_begins_with_the_chime_and_then_speech_that_rises() -> Outcome {
    let folder = Folder::new();
    let whole = cut(&folder, "whole.opus", None)?;
    assert!(whole.duration_ms > 6_000, "{whole:?}");
    let mut bytes = std::fs::read(folder.path("whole.opus"))?;
    // A link that brought the first kilobytes only.
    bytes.truncate(60_000);
    let opening = Opening {
        gain_db: -6.0,
        pause: Duration::from_millis(1_500),
        ramp: Duration::from_secs(1),
        ramp_from_db: -12.0,
        most: Duration::from_secs(5),
    };
    let made = foretaste(Cursor::new(bytes), &opening)?;
    let heard = folder.keep("foretaste.opus", &made);
    let heard = heard_by_ffmpeg(&heard, &["-c:a", "libopus"], 48_000);
    let chime = recordings::chime::chime().len();
    let loud = |from: usize, until: usize| {
        let some = &heard[from..until];
        let power: f64 = some.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
        (power / some.len() as f64).sqrt()
    };
    let speech = chime + 72_000;
    assert!(loud(0, 24_000) > 0.01, "the chime sounds");
    assert!(
        loud(chime + 9_600, speech - 4_800) < 0.001,
        "then it is silent"
    );
    let (first, later) = (
        loud(speech, speech + 12_000),
        loud(speech + 72_000, speech + 192_000),
    );
    assert!(first < later && later > 0.01, "{first} rises to {later}");
    let seconds = heard.len() as f64 / 48_000.0;
    let wanted = speech as f64 / 48_000.0 + 5.0;
    assert!((seconds - wanted).abs() < 0.1, "{seconds} of {wanted}");
    Ok(())
}
