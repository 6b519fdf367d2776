//! The page on which a village's day is heard before it has come.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use programme::day_plan::Cue;
use programme::ids::AreaId;
use programme::units::{Decibels, WallTime};
use programme::zone::Zone;
use serde::Deserialize;

use super::reading::{Piece, Reading};
use super::{Rehearsal, Silent, address, sound};
use crate::areas::area::Area;
use crate::areas::tree;
use crate::as_run::day::{Fate, bounds};
use crate::as_run::words as as_run_words;
use crate::broadcasts::calendar::span::View;
use crate::broadcasts::calendar::{gather, lines, pages};
use crate::broadcasts::outlook::Hearer;
use crate::broadcasts::words;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::Query;
use crate::web::language::Titled;
use crate::web::shell::{Shell, page};

/// So many starts are shown; no village has as many.
const MOST: usize = 200;

/// What the address of the page says.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Wanted {
    /// An area; the widest that the reader sees when it is empty.
    #[serde(default)]
    area: String,
    /// A day, `2026-11-23`; today when it is empty.
    #[serde(default)]
    day: String,
}

#[derive(Template)]
#[template(path = "broadcasts/rehearsal.html")]
struct RehearsalPage {
    shell: Shell,
    area: Area,
    day: Date,
    /// The day is over, so that it can be looked at and no longer rehearsed.
    is_past: bool,
    /// To choose among, where the area is no village itself.
    villages: Vec<(AreaId, String)>,
    /// Whether nothing is heard there yet.
    without_station: bool,
    lines: Vec<Line>,
    /// So many starts are not shown.
    more: usize,
    notes: Vec<String>,
    /// How long the day sounds; empty for a silent one.
    total: String,
    may_order: bool,
}

/// A start as the page shows it.
struct Line {
    /// `17:00`.
    time: String,
    /// Set where it begins later than planned.
    expected: Option<String>,
    title: String,
    /// Where the page of it is.
    page: String,
    /// `ordinary`, `priority` or `emergency`.
    class: &'static str,
    /// How long it lasts; empty where it does not sound.
    duration: String,
    /// Why it will not sound.
    off: Option<String>,
    /// Whether its time has passed.
    is_over: bool,
    /// What is heard, once through.
    pieces: Vec<PieceLine>,
    /// How often.
    times: usize,
    /// The silence in between, where it is heard more than once.
    gap: String,
}

/// A sound as the page shows it.
struct PieceLine {
    /// Whether it is the chime.
    is_chime: bool,
    name: String,
    duration: String,
    /// Where it is heard.
    address: String,
    /// How much quieter it is than the loudest of the day, in dB.
    below: f32,
}

/// What lines are written with.
struct Frame<'f> {
    shell: &'f Shell,
    area: &'f AreaId,
    zone: &'f Zone,
    now: WallTime,
    languages: &'f [Titled],
    rehearsal: &'f Rehearsal,
    /// The gain of the loudest sound.
    loudest: Decibels,
}

/// `/broadcasts/rehearsal`
pub async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let visible = tree::visible(&mut connection, actor.id()).await?;
    let area = pages::area_of(&state, &mut connection, &actor, &visible, &wanted.area).await?;
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let today = zone.date(state.now());
    let day = pages::day_of(&wanted.day, today)?;
    let mut shown = RehearsalPage {
        is_past: day < today,
        may_order: actor.may(Right::Schedule, &area) && area.within_closed_ms.is_none(),
        villages: Vec::new(),
        without_station: false,
        lines: Vec::new(),
        more: 0,
        notes: Vec::new(),
        total: String::new(),
        shell,
        area,
        day,
    };
    if shown.is_past {
        return page(&shown);
    }
    let from = bounds(&zone, day).map_or(state.now(), |(from, _)| from);
    let hearers = gather::hearers(&state, &mut connection, &shown.area, from).await?;
    let Some(village) = hearers.iter().find(|one| one.area.id == shown.area.id) else {
        let named = |one: Hearer| (one.area.id, one.area.name);
        shown.villages = hearers.into_iter().map(named).collect();
        return page(&shown);
    };
    let languages = tree::spoken_languages(&mut connection).await?;
    let rehearsal = Rehearsal::of(&mut connection, &shown.shell, village, day, &zone).await?;
    let mut enrolled = village.stations.iter();
    shown.without_station = enrolled.all(|one| one.enrolled_at.is_none());
    let frame = Frame {
        shell: &shown.shell,
        area: &shown.area.id,
        zone: &zone,
        now: state.now(),
        languages: &languages,
        rehearsal: &rehearsal,
        loudest: loudest(&rehearsal),
    };
    let total = sounding(&rehearsal).fold(Duration::ZERO, |sum, cue| sum + cue.duration());
    let lines = frame.lines();
    shown.total = match total.is_zero() {
        true => String::new(),
        false => words::span(total, &shown.shell),
    };
    shown.more = lines.len().saturating_sub(MOST);
    shown.lines = lines;
    shown.lines.truncate(MOST);
    shown.notes = rehearsal.notes;
    page(&shown)
}

/// The starts that nothing keeps off.
fn sounding(rehearsal: &Rehearsal) -> impl Iterator<Item = &Cue> {
    let cues = rehearsal.cues.iter();
    cues.filter(|cue| cue.obstacle.is_none())
}

/// The gain of the loudest sound of a day.
fn loudest(rehearsal: &Rehearsal) -> Decibels {
    let readings = sounding(rehearsal).map(Reading::of);
    let gains = readings.flat_map(|reading| {
        let gains = reading.pieces().map(|piece| piece.gain_db.0);
        gains.collect::<Vec<_>>()
    });
    Decibels(gains.reduce(f32::max).unwrap_or_default())
}

impl Frame<'_> {
    /// All starts, in the order in which they will sound or would have.
    fn lines(&self) -> Vec<Line> {
        let cues = self.rehearsal.cues.iter();
        let cues = cues.map(|cue| (cue.expected, self.cue(cue)));
        let silent = self.rehearsal.silent.iter();
        let silent = silent.map(|one| (one.planned, self.silent(one)));
        let mut lines: Vec<(WallTime, Line)> = cues.chain(silent).collect();
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().map(|(_, line)| line).collect()
    }

    fn civil(&self, at: WallTime, form: &str) -> String {
        self.zone.civil(at).strftime(form).to_string()
    }

    fn cue(&self, cue: &Cue) -> Line {
        let off = cue.obstacle.map(Fate::Hindered);
        let off = off.map(|fate| as_run_words::fate(&fate, self.shell.language).text);
        let reading = Reading::of(cue);
        let pieces = match off {
            None => {
                let named = cue.bulletins.len() > 1;
                let pieces = reading.pieces();
                pieces.map(|piece| self.piece(piece, named)).collect()
            }
            Some(_) => Vec::new(),
        };
        Line {
            time: self.civil(cue.planned, "%H:%M"),
            expected: (off.is_none() && cue.expected > cue.planned)
                .then(|| self.civil(cue.expected, "%H:%M:%S")),
            title: cue.title.clone(),
            page: format!("/broadcasts/{}", cue.broadcast),
            class: lines::class(cue.class),
            duration: match off {
                None => words::span(cue.duration(), self.shell),
                Some(_) => String::new(),
            },
            is_over: off.is_none() && cue.latest < self.now,
            off,
            pieces,
            times: reading.times,
            gap: words::span(reading.gap, self.shell),
        }
    }

    fn piece(&self, piece: &Piece, with_title: bool) -> PieceLine {
        let language = piece.language.as_ref();
        let language = language.map(|code| self.shell.title_of(self.languages, code.as_str()));
        let bulletin = piece.bulletin.as_ref().filter(|_| with_title);
        let bulletin = bulletin.and_then(|id| self.rehearsal.bulletins.get(id));
        let title = bulletin.map(|one| one.title.clone());
        let name: Vec<String> = title.into_iter().chain(language).collect();
        PieceLine {
            is_chime: piece.language.is_none(),
            name: match name.is_empty() {
                true => self.shell.say("rehearsal-chime"),
                false => name.join(" · "),
            },
            duration: words::span(piece.duration, self.shell),
            address: sound::address(self.area, piece.hash),
            below: self.loudest.0 - piece.gain_db.0,
        }
    }

    fn silent(&self, silent: &Silent) -> Line {
        let why = self.shell.say(silent.why);
        Line {
            time: self.civil(silent.planned, "%H:%M"),
            expected: None,
            title: silent.title.clone(),
            page: format!("/broadcasts/{}", silent.broadcast),
            class: "ordinary",
            duration: String::new(),
            off: Some(self.shell.say1("as-run-hindered", "why", why)),
            is_over: false,
            pieces: Vec::new(),
            times: 0,
            gap: String::new(),
        }
    }
}

impl RehearsalPage {
    /// `T2 23/11/2026`.
    fn day_text(&self) -> String {
        let title = lines::title(self.day, &self.shell);
        format!("{title}/{}", self.day.strftime("%Y"))
    }

    /// The day in the calendar.
    fn calendar(&self) -> String {
        let (area, view) = (&self.area.id, View::Day.name());
        format!(
            "/broadcasts/calendar?area={area}&view={view}&day={}",
            self.day
        )
    }

    /// The page of the day that lies so many days ahead.
    fn neighbour(&self, days: i64) -> String {
        let day = self.day.checked_add(days.days()).unwrap_or(self.day);
        address(&self.area.id, day)
    }

    /// The same day of another place.
    fn of(&self, area: &AreaId) -> String {
        address(area, self.day)
    }

    /// Whether anything sounds.
    fn sounds(&self) -> bool {
        self.lines.iter().any(|line| line.off.is_none())
    }

    /// Whether some of it is louder than the rest.
    fn has_levels(&self) -> bool {
        let mut pieces = self.lines.iter().flat_map(|line| &line.pieces);
        pieces.any(|piece| piece.below > 0.0)
    }
}
