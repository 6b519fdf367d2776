//! The page as HTML.

use askama::Template;
use programme::as_run::proof::Heard;
use programme::clock::Voucher;
use programme::units::WallTime;
use programme::wire::Fault;
use programme::zone::Zone;

use super::health::{self, HealthLine, Sign};
use super::time::Question;
use super::words::countdown::Countdown;
use super::words::time::TimeWords;
use super::words::{ScreenLanguage, Words};
use super::{Screen, stick};
use crate::HOME_ZONE;
use crate::bundle::{Stage, StickReport, Unseen};
use crate::daemon::{Standing, Status, StatusCue, clock_face};

/// How many cues are listed after the next one.
const LATER: usize = 4;

#[derive(Template)]
#[template(path = "screen.html")]
struct Page<'s> {
    words: Words,
    time_words: TimeWords,
    language: &'static str,
    other: (&'static str, &'static str),
    status: &'s Status,
    tone: &'static str,
    headline: (&'static str, &'static str),
    /// Clock, disk, sound, server and programme.
    health: Vec<HealthLine>,
    time: Option<(String, String)>,
    /// Who vouched for it, when it can be set by hand.
    by_hand: Option<&'static str>,
    /// Whether the PC's own clock is right, while the time is unknown.
    question: Option<Question>,
    on_air: Option<OnAir<'s>>,
    /// What stands before the titles of what STOP leaves out.
    stop_waits: &'static str,
    again: Option<&'s str>,
    next: Option<Line<'s>>,
    /// How long until it begins.
    left: Option<Countdown>,
    later: Vec<Line<'s>>,
    /// Why no cue is shown, where none is.
    nothing: &'static str,
    asked: Vec<Line<'s>>,
    issued: Option<String>,
    server_trouble: Option<&'static str>,
    faults: Vec<String>,
    /// Whether what was aired last was heard, and the colour of that.
    heard: Option<((&'static str, &'static str), &'static str)>,
    /// What became of a stick: its colour, big words, sentences.
    stick: Option<(&'static str, (&'static str, Vec<String>))>,
    /// What looks for one, at a station.
    look_for_stick: Option<&'static str>,
    /// What keeps the player from going on, in the words of the log, to be read to somebody.
    detail: Option<&'s str>,
    /// When the PC says each morning how it is, if it does.
    speaks_at: Option<String>,
    /// In words, and as a part of the whole.
    volume: (String, (u8, u8)),
    /// That there is no more to turn.
    volume_end: Option<&'static str>,
}

/// A cue in words.
struct Line<'s> {
    cue: &'s str,
    title: &'s str,
    class: &'static str,
    time: String,
    day: String,
    length: String,
}

struct OnAir<'s> {
    title: &'s str,
    position: String,
    position_s: u64,
    length: String,
    length_s: u64,
}

/// The zone of the programme.
pub(super) fn zone_of(status: &Status) -> Option<Zone> {
    Zone::named(status.zone.as_deref().unwrap_or(HOME_ZONE)).ok()
}

/// The page as it is at this moment.
pub(super) fn render(screen: &Screen, language: ScreenLanguage) -> askama::Result<String> {
    let status = &screen.status();
    let zone = zone_of(status);
    let (has_programme, knows_time) = (status.issued_at.is_some(), status.wall.is_some());
    let line = |cue| line(cue, status.wall, zone.as_ref(), language);
    let mut next = status.next.iter().map(line);
    let (other, name) = language.other();
    let date = |wall| date(wall, zone.as_ref(), language);
    let (tone, headline) = head(status, language);
    let page = Page {
        words: language.words(),
        time_words: language.time_words(),
        language: language.code(),
        other: (other.code(), name),
        status,
        tone,
        headline,
        health: health::lines(status, language),
        stop_waits: language.stop_waits(),
        again: status.again.as_ref().map(|cue| cue.title.as_str()),
        time: status
            .wall
            .map(|wall| (clock_time(wall, zone.as_ref(), true), date(wall))),
        by_hand: status
            .clock
            .filter(|by| *by <= Voucher::Person)
            .map(|by| language.voucher(by)),
        question: question(status, screen, zone.as_ref(), language),
        on_air: status.on_air.as_ref().map(|cue| OnAir {
            title: &cue.title,
            position: clock_face(cue.position),
            position_s: cue.position.as_secs(),
            length: clock_face(cue.duration),
            length_s: cue.duration.as_secs(),
        }),
        left: left(status, language),
        next: next.next(),
        later: next.take(LATER).collect(),
        nothing: nothing(status, language),
        asked: status.asked.iter().map(line).collect(),
        issued: status
            .issued_at
            .map(|at| format!("{} {}", clock_time(at, zone.as_ref(), false), date(at))),
        server_trouble: status
            .server_trouble
            .map(|trouble| language.server_trouble(trouble, has_programme, knows_time)),
        faults: faults(status, language),
        heard: status
            .heard
            .map(|heard| (language.heard(heard), heard_tone(heard))),
        stick: status
            .stick
            .as_ref()
            .map(|report| (stick_tone(report), stick::shown(report, status, language))),
        look_for_stick: status.station.as_ref().map(|_| language.look_for_stick()),
        detail: status
            .remarks
            .first()
            .filter(|_| status.standing.is_stuck())
            .map(String::as_str),
        speaks_at: screen
            .speak_status_at
            .map(|at| at.strftime("%H:%M").to_string()),
        volume: (status.volume.to_string(), status.volume.part()),
        volume_end: language.volume_end(status.volume),
    };
    page.render()
}

/// The colour of the page and its biggest words.
fn head(status: &Status, language: ScreenLanguage) -> (&'static str, (&'static str, &'static str)) {
    match &status.emergency {
        Some(emergency) => ("emergency", language.emergency(emergency.order.drill)),
        None if is_waiting(status) => ("held", language.waiting()),
        None => (tone(status.standing), language.standing(status.standing)),
    }
}

/// Why no cue is shown: what is planned is not laid on a day before the time is known.
fn nothing(status: &Status, language: ScreenLanguage) -> &'static str {
    let words = language.words();
    match status.wall.is_none() && status.issued_at.is_some() {
        true => words.nothing_yet,
        false => words.nothing,
    }
}

/// How long until the next cue begins, by the station's own time. An emergency goes first, and
/// nobody knows for how long.
fn left(status: &Status, language: ScreenLanguage) -> Option<Countdown> {
    let (now, next) = status.wall.zip(status.next.first())?;
    let free = status.emergency.is_none();
    free.then(|| language.countdown(now, next.planned))
}

/// What a person should look at, in words.
fn faults(status: &Status, language: ScreenLanguage) -> Vec<String> {
    // A person can be as wrong as the PC's own clock.
    let set = status.clock == Some(Voucher::Person);
    let apart = status.system_clock_error_ms.filter(|_| set);
    let has_programme = status.issued_at.is_some();
    let words = |fault: &Fault| match apart.filter(|_| *fault == Fault::ClockWrong) {
        Some(error_ms) => language.set_apart(error_ms),
        None => language.fault(*fault, has_programme).to_owned(),
    };
    status.faults.iter().map(words).collect()
}

/// Asked of a station that does not know the time.
fn question(
    status: &Status,
    screen: &Screen,
    zone: Option<&Zone>,
    language: ScreenLanguage,
) -> Option<Question> {
    // Nobody would take the answer while the player cannot go on.
    let heard = status.station.is_some() && !status.standing.is_stuck();
    let unknown = status.wall.is_none() && heard;
    let now = (screen.clock.system(), screen.clock.boot());
    unknown.then(|| Question::about(now, screen, zone, language))
}

fn line<'s>(
    cue: &'s StatusCue,
    now: Option<WallTime>,
    zone: Option<&Zone>,
    language: ScreenLanguage,
) -> Line<'s> {
    let day = date(cue.planned, zone, language);
    let is_today = now.is_some_and(|now| date(now, zone, language) == day);
    Line {
        cue: cue.cue.as_str(),
        title: &cue.title,
        class: language.class(cue.class),
        time: clock_time(cue.planned, zone, false),
        day: if is_today { String::new() } else { day },
        length: clock_face(cue.duration),
    }
}

/// Whether nothing is wrong but that no programme has come yet.
fn is_waiting(status: &Status) -> bool {
    let ill = |fault: &Fault| matches!(fault, Fault::OutputLost | Fault::ProgrammeRefused);
    status.standing == Standing::Trouble
        && status.issued_at.is_none()
        && !status.faults.iter().any(ill)
}

fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::OnAir => "on-air",
        Standing::Ready => "ready",
        Standing::Held | Standing::NotEnrolled | Standing::Lacking => "held",
        Standing::Trouble | Standing::Unwritable | Standing::Stuck => "trouble",
    }
}

fn heard_tone(heard: Heard) -> &'static str {
    match heard {
        Heard::Yes { .. } => "yes",
        Heard::No { .. } => "no",
        Heard::NotChecked { .. } => "unknown",
    }
}

fn stick_tone(report: &StickReport) -> &'static str {
    match report.stage {
        Stage::Copying => "busy",
        Stage::InForce | Stage::Same | Stage::LogOnly if report.is_good() => "yes",
        Stage::InForce | Stage::Same | Stage::LogOnly | Stage::Older => "unknown",
        Stage::NoBundle if report.unseen == Some(Unseen::NotPlugged) => "unknown",
        Stage::Foreign | Stage::Refused | Stage::PulledOut | Stage::NoBundle | Stage::NoRoom => {
            "no"
        }
    }
}

/// What a clock in the zone shows; in a zone that nobody knows, UTC is said to be so.
pub(super) fn clock_time(wall: WallTime, zone: Option<&Zone>, seconds: bool) -> String {
    let format = if seconds { "%H:%M:%S" } else { "%H:%M" };
    match zone {
        Some(zone) => zone.civil(wall).strftime(format).to_string(),
        None => format!("{} UTC", wall.timestamp().strftime(format)),
    }
}

/// The day of the week and the date in the zone.
pub(super) fn date(wall: WallTime, zone: Option<&Zone>, language: ScreenLanguage) -> String {
    let date = match zone {
        Some(zone) => zone.date(wall),
        None => jiff::tz::TimeZone::UTC.to_datetime(wall.timestamp()).date(),
    };
    let weekday = language.weekday(date.weekday().to_monday_one_offset());
    format!("{weekday}, {}", date.strftime("%d/%m/%Y"))
}
