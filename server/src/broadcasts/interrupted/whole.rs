//! Which bulletins of a start that was cut had come to their end before: by what the station began
//! to air, how long each sound of it is, and how far an attempt came.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::as_run::CueId;
use programme::day_plan::PAUSE;
use programme::ids::{BulletinId, ContentHash, StationId};
use programme::programme::Bulletin;

use crate::as_run::report;
use crate::bulletins::approved::approved;
use crate::database::Connection;
use crate::programmes::chime;
use crate::web::errors::Result;

/// Those of `bulletins`, in their order, that were heard to their end at `station`. Of one alone,
/// and of what is not known any more, nothing is said.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    connection: &mut Connection,
    station: &StationId,
    cue: &CueId,
    bulletins: &[BulletinId],
) -> Result<BTreeSet<BulletinId>> {
    let mut whole = BTreeSet::new();
    if bulletins.len() < 2 {
        return Ok(whole);
    }
    let Some(start) = report::of_cue(connection, station, cue).await? else {
        return Ok(whole);
    };
    let held = approved(connection, &bulletins.iter().cloned().collect()).await?;
    let chime = chime::kept(connection).await?;
    let sounds = held.values().flat_map(|one| &one.recordings);
    let lengths: BTreeMap<ContentHash, Duration> = sounds
        .map(|spoken| &spoken.sound)
        .chain(&chime)
        .map(|sound| (sound.hash, sound.duration))
        .collect();
    for attempt in &start.attempts {
        let Some((position, _)) = attempt.ended else {
            continue;
        };
        let mut ends = ends(&attempt.content, &lengths);
        ends.retain(|(hash, _)| chime.as_ref().is_none_or(|chime| chime.hash != *hash));
        let ended = heard_by(position, &ends, bulletins, &held);
        whole.extend(ended.into_iter().cloned());
    }
    Ok(whole)
}

/// Each sound with the moment at which it ends, counted from the first one: as far as it is known
/// how long they are, and right for the first time that all are heard.
fn ends(
    content: &[ContentHash],
    lengths: &BTreeMap<ContentHash, Duration>,
) -> Vec<(ContentHash, Duration)> {
    let mut at = Duration::ZERO;
    let mut ends = Vec::new();
    for hash in content {
        let Some(length) = lengths.get(hash) else {
            break;
        };
        at += *length;
        ends.push((*hash, at));
        at += PAUSE;
    }
    ends
}

/// Those of `bulletins` whose last sound ends before `position`: each takes its own sounds from
/// where the one before it ended.
fn heard_by<'b>(
    position: Duration,
    ends: &[(ContentHash, Duration)],
    bulletins: &'b [BulletinId],
    held: &BTreeMap<BulletinId, Bulletin>,
) -> Vec<&'b BulletinId> {
    let mut rest = ends.iter().peekable();
    let mut heard = Vec::new();
    for id in bulletins {
        let recordings = held.get(id).into_iter().flat_map(|one| &one.recordings);
        let mut own: Vec<ContentHash> = recordings.map(|spoken| spoken.sound.hash).collect();
        let mut last = None;
        while let Some((hash, end)) = rest.peek()
            && let Some(place) = own.iter().position(|one| one == hash)
        {
            own.remove(place);
            last = Some(*end);
            rest.next();
        }
        if last.is_some_and(|end| end <= position) {
            heard.push(id);
        }
    }
    heard
}
