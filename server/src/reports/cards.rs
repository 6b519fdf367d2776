//! A broadcast as a card of a page: how many villages will hear or heard it, and which need
//! somebody.

use programme::ids::StationId;
use programme::units::WallTime;

use super::ahead::{self, Chance, Coming};
use super::days::{Day, Past};
use super::words::{self, Spoken};
use crate::areas::area;
use crate::as_run::day::{Fate, Line};
use crate::as_run::words as as_run_words;
use crate::bulletins::behalf::Behalves;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::web::shell::Shell;

/// A broadcast with its villages.
pub(super) struct Card {
    pub(super) title: String,
    pub(super) is_drill: bool,
    /// On whose behalf it speaks; may be empty.
    pub(super) behalf: String,
    /// Where its page is.
    pub(super) page: String,
    pub(super) times: String,
    /// How many hear it, with a tone each.
    pub(super) counts: Vec<(String, &'static str)>,
    /// Villages that need a look, and those that are well.
    pub(super) troubled: Vec<Row>,
    pub(super) well: Vec<Row>,
}

/// A village in a card.
pub(super) struct Row {
    pub(super) village: String,
    pub(super) text: String,
    pub(super) tone: &'static str,
    /// Why, and what to do.
    pub(super) detail: Option<(String, String)>,
    /// Where to do it.
    pub(super) link: Option<(String, &'static str)>,
    pub(super) spoken: Vec<Spoken>,
}

/// Whether a chance belongs to a group.
type Group = fn(Chance) -> bool;

pub(super) fn ahead_card(one: &Coming, actor: &Actor, behalves: &Behalves, shell: &Shell) -> Card {
    let whole = one.count(|_| true);
    let groups: [(&str, &str, Group); 3] = [
        ("reports-will", "good", |one| one == Chance::Will),
        ("reports-likely", "warn", |one| {
            matches!(one, Chance::Likely(_))
        }),
        ("reports-not", "bad", |one| matches!(one, Chance::Not(_))),
    ];
    let counts = groups.into_iter().filter_map(|(key, tone, holds)| {
        let part = one.count(holds);
        let text = format!("{}: {}", shell.say(key), words::count(part, whole, shell));
        (part.villages > 0).then_some((text, tone))
    });
    let lost = one.lost();
    let lost = lost.iter().map(|at| words::clock(*at, &one.zone));
    let lost: Vec<String> = lost.collect();
    // Where no start is heard, the count of the villages says so.
    let some = !lost.is_empty() && lost.len() < one.starts.len();
    let lost = some.then(|| shell.say1("reports-lost-starts", "times", lost.join(", ")));
    let row = |hearer: &ahead::Hearer| ahead_row(one, hearer, actor, shell);
    let (well, troubled): (Vec<_>, Vec<_>) = one
        .hearers
        .iter()
        .partition(|hearer| hearer.chance == Chance::Will && hearer.lost().is_empty());
    let times: Vec<String> = one
        .starts
        .iter()
        .map(|at| words::clock(*at, &one.zone))
        .collect();
    Card {
        title: one.title.clone(),
        is_drill: false,
        behalf: behalves.of_broadcast(&one.broadcast),
        page: format!("/broadcasts/{}", one.broadcast),
        times: times.join(", "),
        counts: counts.chain(lost.map(|text| (text, "bad"))).collect(),
        troubled: troubled.into_iter().map(row).collect(),
        well: well.into_iter().map(row).collect(),
    }
}

/// A village that is to hear it: which starts it will and which it will not, and why.
fn ahead_row(one: &Coming, hearer: &ahead::Hearer, actor: &Actor, shell: &Shell) -> Row {
    let lost = hearer.lost();
    let (text, tone) = match lost.is_empty() {
        true => words::chance(hearer.chance, shell),
        false => (words::some_starts(hearer, &one.zone, shell), "warn"),
    };
    let (station, chance) = match lost.first() {
        Some(start) => (&start.station, start.chance),
        None => (&hearer.station, hearer.chance),
    };
    // Why is for the eyes of those who see the village itself.
    let may_see = actor.may(Right::View, &hearer.area);
    let why = chance.why().filter(|_| may_see);
    let link = match station {
        Some(station) => (format!("/stations/{station}"), "reports-see-station"),
        None => (format!("/areas/{}", hearer.area.id), "reports-see-area"),
    };
    Row {
        village: hearer.area.name.clone(),
        text,
        tone,
        detail: why.map(|why| words::why(why, shell)),
        link: why.map(|_| link),
        spoken: Vec::new(),
    }
}

pub(super) fn past_card(one: &Past, day: &Day, behalves: &Behalves, shell: &Shell) -> Card {
    let villages = || one.villages.iter();
    let zone = |station: &StationId| {
        let own = day.stations.iter().find(|one| one.station == *station);
        own.map(|one| one.zone.clone())
    };
    let row = |(area, line, station): &(area::Area, Line, StationId)| {
        let said = as_run_words::fate(&line.fate, shell.language);
        let key = (station.clone(), line.cue.clone());
        let own = day.confirmations.get(&key);
        let zone = zone(station);
        Row {
            village: area.name.clone(),
            text: said.text,
            tone: said.tone,
            detail: None,
            link: None,
            spoken: zone.map_or_else(Vec::new, |zone| words::said(own, &zone, shell)),
        }
    };
    let (well, troubled): (Vec<_>, Vec<_>) =
        villages().partition(|(_, line, station)| day.was_heard(line, station));
    let clocks = |starts: &[WallTime]| -> String {
        let Some(own) = villages().find_map(|(_, _, station)| zone(station)) else {
            return String::new();
        };
        let clocks = starts.iter().map(|at| words::clock(*at, &own));
        let mut clocks: Vec<String> = clocks.collect();
        clocks.dedup();
        clocks.join(", ")
    };
    let mut counts = past_counts(one, day, shell);
    // Where no start was heard, the count of the villages says so.
    if !one.lost.is_empty() && one.lost.len() < one.starts.len() {
        let lost = shell.say1("reports-lost-then", "times", clocks(&one.lost));
        counts.push((lost, "bad"));
    }
    let deaf = |area: &area::Area| Row {
        village: area.name.clone(),
        text: shell.say("reports-why-no-station"),
        tone: "bad",
        detail: None,
        link: Some((format!("/areas/{}", area.id), "reports-see-area")),
        spoken: Vec::new(),
    };
    Card {
        title: one.title.clone(),
        is_drill: one.is_drill,
        behalf: behalves.of_broadcast(&one.broadcast),
        page: one.page.clone(),
        times: clocks(&one.starts),
        counts,
        troubled: troubled
            .into_iter()
            .map(row)
            .chain(one.without.iter().map(deaf))
            .collect(),
        well: well.into_iter().map(row).collect(),
    }
}

/// How many villages heard it, and in how many it sounds.
fn past_counts(one: &Past, day: &Day, shell: &Shell) -> Vec<(String, &'static str)> {
    let villages = || one.villages.iter();
    let whole = villages().map(|(area, ..)| area).chain(&one.without);
    let whole = ahead::Count::of(whole);
    let heard = villages().filter(|(_, line, station)| day.was_heard(line, station));
    let heard = ahead::Count::of(heard.map(|(area, ..)| area));
    let sounding = villages().filter(|(_, line, _)| line.fate == Fate::OnAir);
    let sounding = ahead::Count::of(sounding.map(|(area, ..)| area));
    let is_open = |fate: &Fate| matches!(fate, Fate::OnAir | Fate::ToCome);
    let open = villages().any(|(_, line, _)| is_open(&line.fate));
    let tone = match heard.villages {
        0 if !open => "bad",
        some if some < whole.villages => "warn",
        _ => "good",
    };
    let text = |key: &str, part| {
        let said = shell.say(key);
        format!("{said}: {}", words::count(part, whole, shell))
    };
    let mut counts = Vec::new();
    if sounding.villages > 0 {
        counts.push((text("as-run-on-air", sounding), "good"));
    }
    if sounding.villages == 0 || heard.villages > 0 {
        counts.push((text("reports-heard", heard), tone));
    }
    counts
}
