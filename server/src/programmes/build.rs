//! What a village's station must hold and air, out of the database.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Context;
use programme::ids::{BulletinId, ContentHash, StationId};
use programme::programme::{
    Bulletin, FORMAT_VERSION, Item, Language, Programme, QuietHours, Sound,
};
use programme::rule::{DAY_TYPES, SESSIONS};
use programme::timetable::Timetable;
use programme::units::WallTime;

use super::chime;
use crate::areas::area::Area;
use crate::broadcasts::broadcast::{self, Broadcast};
use crate::bulletins::approved::approved;
use crate::database::Connection;
use crate::emergencies::standby;
use crate::state::State;
use crate::stations::loudness::Loudness;
use crate::web::errors::Result;

/// A broadcast that is over stays in the programme for so long, so that a station that was off
/// meanwhile still learns what it missed, and says so.
const KEPT_AFTER: Duration = Duration::from_secs(7 * 24 * 3_600);

/// A programme before it is published: generation 0, issued at 0.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_area(
    state: &State,
    connection: &mut Connection,
    area: &Area,
    station: &StationId,
    loudness: &Loudness,
) -> Result<Programme> {
    let over_since = state.now() - KEPT_AFTER;
    let broadcasts = broadcast::in_force(connection, &area.id, over_since).await?;
    let chime = chime::kept(connection).await?;
    let assembled = assemble(connection, area, station, loudness, chime, broadcasts);
    let mut programme = assembled.await?;
    standby::add_to(connection, area, state.now(), &mut programme).await?;
    Ok(programme)
}

/// Puts a programme together from the given broadcasts, whether they are kept or only asked about.
///
/// # Errors
/// As [`of_area`].
pub async fn assemble(
    connection: &mut Connection,
    area: &Area,
    station: &StationId,
    loudness: &Loudness,
    chime: Option<Sound>,
    broadcasts: Vec<Broadcast>,
) -> Result<Programme> {
    let held = approved(connection, &named(&broadcasts)).await?;
    put_together(area, station, loudness, chime, &broadcasts, held)
}

/// The bulletins that broadcasts name.
pub fn named<'b>(broadcasts: impl IntoIterator<Item = &'b Broadcast>) -> BTreeSet<BulletinId> {
    let bulletins = broadcasts
        .into_iter()
        .map(|one| one.bulletins.iter().cloned());
    bulletins.flatten().collect()
}

/// The same as [`assemble`], with the approved bulletins that the broadcasts name at hand.
///
/// # Errors
/// The area has languages that cannot be read.
pub fn put_together(
    area: &Area,
    station: &StationId,
    loudness: &Loudness,
    chime: Option<Sound>,
    broadcasts: &[Broadcast],
    held: BTreeMap<BulletinId, Bulletin>,
) -> Result<Programme> {
    let published = broadcasts.iter().filter_map(|broadcast| {
        broadcast
            .as_published(|id| held.contains_key(id))
            .map(Box::new)
            .map(Item::Understood)
    });
    let timetable = timetable(area, broadcasts);
    let broadcasts: Vec<Item> = published.collect();
    let quiet = area.ways.quiet_hours;
    Ok(Programme {
        format_version: FORMAT_VERSION,
        must_understand: Vec::new(),
        station: station.clone(),
        area: area.id.clone(),
        area_name: area.name.clone(),
        within: area.line.iter().skip(1).cloned().collect(),
        generation: 0,
        issued_at: WallTime::from_millis(0),
        zone: area.ways.zone.clone(),
        languages: languages(area)?,
        quiet_hours: QuietHours {
            from: quiet.from,
            until: quiet.until,
        },
        timetable,
        chime,
        volume_db: loudness.volume,
        class_volume_db: loudness.classes.clone(),
        bulletins: held,
        broadcasts,
        standby: Vec::new(),
        keepers: Vec::new(),
    })
}

/// What broadcasts need of the area's timetable: who keeps to none of it is not told when it
/// changes.
fn timetable(area: &Area, broadcasts: &[Broadcast]) -> Timetable {
    let needs = |name: &str| {
        let mut named = broadcasts.iter().flat_map(|one| one.rule.must_understand());
        named.any(|one| one == name)
    };
    let mut needed = area.ways.timetable.clone();
    if !needs(SESSIONS) {
        needed.seasons.clear();
    }
    if !needs(DAY_TYPES) {
        needed.holidays.clear();
    }
    needed
}

/// Names the content of a programme, whichever generation carries it and whenever.
///
/// # Errors
/// It cannot be written as JSON.
pub fn digest(programme: &Programme) -> Result<ContentHash> {
    Ok(ContentHash::of(&serde_json::to_vec(programme)?))
}

fn languages(area: &Area) -> Result<Vec<Language>> {
    let parsed = area.ways.languages.iter().map(|code| code.parse());
    let languages = parsed.collect::<Result<Vec<Language>, _>>();
    Ok(languages.with_context(|| format!("read the languages of {}", area.name))?)
}
