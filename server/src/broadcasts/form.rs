//! The form by which people order a broadcast: its fields as they were typed, and what they mean.

use std::time::Duration;

use jiff::civil::{Date, Time};
use programme::ids::BroadcastId;
use programme::programme::MissedRule;
use programme::rule::{Rule, Span};
use programme::timetable::{DayType, Session};
use programme::units::WallTime;
use programme::zone::Zone;

use super::moving::Move;
use super::order::{GAP, NOW_HOLDS, Order, REPEATS};
use super::room::Skip;
use super::words::DAYS;
use crate::web::dates;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::Opened;

/// Boxes for bulletins and for times of a day that an empty form shows.
const BOXES: usize = 3;
/// The fields as they were typed.
#[derive(Debug, Clone)]
pub struct Fields {
    /// Names of bulletins, in order; empty where a box was left empty.
    pub bulletins: Vec<String>,
    /// Names of areas.
    pub areas: Vec<String>,
    /// `now`, `once`, `daily`, `weekly`, or a quick choice such as `2026-11-24T06:00`.
    pub when: String,
    /// For `once`.
    pub date: String,
    /// For `once`.
    pub time: String,
    /// For `daily` and `weekly`.
    pub times: Vec<String>,
    /// For the same: names of sessions.
    pub sessions: Vec<String>,
    /// For `weekly`: Monday is 1.
    pub days: Vec<String>,
    /// The first day.
    pub from: String,
    /// The last day; may be empty.
    pub until: String,
    /// Days that are left out, separated by commas or spaces.
    pub except: String,
    /// The type of day, as a form sends it: the same fields name the same look.
    pub on: String,
    /// How often the whole is heard at each start.
    pub repeats: String,
    /// Seconds of silence between two repeats.
    pub gap: String,
    /// `only_then`, `until`, `ask_head`.
    pub missed: String,
    /// For `until`.
    pub missed_until: String,
    /// Whether the chime opens it.
    pub chime: bool,
    /// Broadcasts that are to make room.
    pub replaces: Vec<String>,
    /// Single starts that are to make room: the broadcast, and when it is planned.
    pub skips: Vec<(String, String)>,
    /// Whether an officer stands by it where it goes beyond what villages lay down.
    pub over_limits: bool,
    /// The broadcast that it gives another time; empty for a new one.
    pub moves: String,
    /// Whether what repeats may end with it.
    pub ends: bool,
    /// What that was when the form was opened.
    pub opened: Opened,
    /// Made with the empty form, so that sending it twice makes one broadcast.
    pub key: String,
}

impl Fields {
    /// An empty form on a day.
    pub fn empty(today: Date, key: String) -> Self {
        Self {
            bulletins: Vec::new(),
            areas: Vec::new(),
            when: String::new(),
            date: today.to_string(),
            time: String::new(),
            times: Vec::new(),
            sessions: Vec::new(),
            days: Vec::new(),
            from: today.to_string(),
            until: String::new(),
            except: String::new(),
            on: DayType::Every.name().to_owned(),
            repeats: REPEATS.to_string(),
            gap: GAP.as_secs().to_string(),
            missed: "only_then".to_owned(),
            missed_until: String::new(),
            chime: true,
            replaces: Vec::new(),
            skips: Vec::new(),
            over_limits: false,
            moves: String::new(),
            ends: false,
            opened: Opened::default(),
            key,
        }
    }

    /// The fields of a form that was sent, in which names may repeat.
    pub fn sent(pairs: &[(String, String)]) -> Self {
        let all = |name: &str| -> Vec<String> {
            let named = pairs.iter().filter(|(found, _)| found == name);
            named.map(|(_, value)| value.trim().to_owned()).collect()
        };
        let one = |name: &str| all(name).into_iter().next().unwrap_or_default();
        let replaces = pairs.iter().filter_map(|(name, value)| {
            name.strip_prefix("clash-")
                .filter(|_| value == "replace")
                .map(str::to_owned)
        });
        let skips = pairs.iter().filter_map(|(name, value)| {
            let (id, start) = (name.strip_prefix("clash-")?, value.strip_prefix("skip-")?);
            Some((id.to_owned(), start.to_owned()))
        });
        Self {
            bulletins: all("bulletin"),
            areas: all("area"),
            when: one("when"),
            date: one("date"),
            time: one("time"),
            times: all("times"),
            sessions: all("session"),
            days: all("day"),
            from: one("from"),
            until: one("until"),
            except: one("except"),
            on: one("on"),
            repeats: one("repeats"),
            gap: one("gap"),
            missed: one("missed"),
            missed_until: one("missed_until"),
            chime: one("chime") == "yes",
            replaces: replaces.collect(),
            skips: skips.collect(),
            over_limits: one("over_limits") == "yes",
            moves: one("moves"),
            ends: one("ends") == "yes",
            opened: Opened::sent(pairs),
            key: one("key"),
        }
    }

    /// The empty form with what the address of a button or of a day says already.
    pub fn prefilled(mut self, pairs: &[(String, String)]) -> Self {
        let said = Self::sent(pairs);
        let lists = [
            (&mut self.bulletins, said.bulletins),
            (&mut self.areas, said.areas),
            (&mut self.times, said.times),
            (&mut self.sessions, said.sessions),
            (&mut self.days, said.days),
        ];
        let fields = [
            (&mut self.when, said.when),
            (&mut self.date, said.date),
            (&mut self.time, said.time),
            (&mut self.from, said.from),
            (&mut self.until, said.until),
        ];
        for (own, said) in lists.into_iter().filter(|(_, said)| !said.is_empty()) {
            *own = said;
        }
        for (own, said) in fields.into_iter().filter(|(_, said)| !said.is_empty()) {
            *own = said;
        }
        self
    }

    /// What the fields mean, on a clock in `zone` that shows `now`.
    ///
    /// # Errors
    /// 422 for what cannot be read; nothing is guessed.
    pub fn order(&self, now: WallTime, zone: &Zone) -> Result<Order> {
        let chosen = self.bulletins.iter().filter(|id| !id.is_empty());
        let missed = match self.missed.as_str() {
            "until" => MissedRule::Until {
                until: time(&self.missed_until)?,
            },
            "ask_head" => MissedRule::AskHead,
            _ => MissedRule::OnlyThen,
        };
        Ok(Order {
            bulletins: names(chosen)?,
            targets: names(self.areas.iter())?,
            rule: self.rule(now, zone)?,
            repeats: self.repeats.parse().unwrap_or(0),
            gap: Duration::from_secs(self.gap.parse().unwrap_or(u64::MAX)),
            missed,
            chime: self.chime,
            moves: self.moved()?,
            replaces: names::<BroadcastId>(self.replaces.iter())?,
            skips: self.skips()?,
            over_limits: self.over_limits,
            request_key: Some(self.key.clone()).filter(|key| !key.is_empty()),
        })
    }

    fn moved(&self) -> Result<Option<Move>> {
        let moved = Some(&self.moves).filter(|id| !id.is_empty());
        let moved = moved.map(|id| id.parse().map_err(|_| Error::not_found()));
        Ok(moved.transpose()?.map(|broadcast| Move {
            broadcast,
            seen: self.opened.seen().cloned(),
            ends: self.ends,
        }))
    }

    fn skips(&self) -> Result<Vec<Skip>> {
        let skip = |(id, start): &(String, String)| {
            Ok(Skip {
                broadcast: id.parse().map_err(|_| Error::not_found())?,
                start: start.parse().map_err(|_| unreadable(start))?,
            })
        };
        self.skips.iter().map(skip).collect()
    }

    fn rule(&self, now: WallTime, zone: &Zone) -> Result<Rule> {
        Ok(match self.when.as_str() {
            "" => return Err(Error::invalid("error-broadcast-needs-when")),
            "now" => Rule::Now {
                ordered_at: now,
                until: now + NOW_HOLDS,
            },
            "once" => {
                let at = date(&self.date)?.to_datetime(time(&self.time)?);
                Rule::Once { at }
            }
            "daily" => Rule::Daily {
                times: self.times()?,
                sessions: self.sessions()?,
                span: self.span(zone.date(now))?,
            },
            "weekly" => {
                let chosen = DAYS
                    .into_iter()
                    .filter(|(day, _)| self.days.contains(&day.to_monday_one_offset().to_string()));
                let days = chosen.map(|(day, _)| day).collect();
                Rule::Weekly {
                    days,
                    times: self.times()?,
                    sessions: self.sessions()?,
                    span: self.span(zone.date(now))?,
                }
            }
            quick => Rule::Once {
                at: quick.parse().map_err(|_| unreadable(quick))?,
            },
        })
    }

    fn times(&self) -> Result<Vec<Time>> {
        self.times
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| time(text))
            .collect()
    }

    fn sessions(&self) -> Result<Vec<Session>> {
        let read = |name: &String| Session::from_name(name).ok_or_else(|| unreadable(name));
        self.sessions.iter().map(read).collect()
    }

    fn span(&self, today: Date) -> Result<Span> {
        let given = |text: &str| {
            if text.is_empty() {
                Ok(None)
            } else {
                date(text).map(Some)
            }
        };
        let days = self
            .except
            .split([',', ';', ' '])
            .filter(|text| !text.is_empty());
        Ok(Span {
            from: given(&self.from)?.unwrap_or(today),
            until: given(&self.until)?,
            except: days.map(date).collect::<Result<_>>()?,
            on: match self.on.as_str() {
                "" => DayType::Every,
                name => DayType::from_name(name).ok_or_else(|| unreadable(name))?,
            },
        })
    }

    /// What the boxes for bulletins show: what was chosen, and empty ones.
    pub fn bulletin_boxes(&self) -> Vec<String> {
        boxes(&self.bulletins)
    }

    /// What the boxes for times of the day show.
    pub fn time_boxes(&self) -> Vec<String> {
        boxes(&self.times)
    }
}

fn boxes(given: &[String]) -> Vec<String> {
    let mut boxes: Vec<String> = given
        .iter()
        .filter(|text| !text.is_empty())
        .cloned()
        .collect();
    let shown = BOXES.max(boxes.len() + 1);
    boxes.resize(shown, String::new());
    boxes
}

fn names<'t, T: std::str::FromStr>(texts: impl Iterator<Item = &'t String>) -> Result<Vec<T>> {
    texts
        .map(|text| text.parse().map_err(|_| Error::not_found()))
        .collect()
}

fn time(text: &str) -> Result<Time> {
    if text.is_empty() {
        return Err(Error::invalid("error-broadcast-needs-time"));
    }
    dates::read_time(text).ok_or_else(|| unreadable(text))
}

fn date(text: &str) -> Result<Date> {
    if text.is_empty() {
        return Err(Error::invalid("error-broadcast-needs-date"));
    }
    dates::read_date(text).ok_or_else(|| unreadable(text))
}

fn unreadable(text: &str) -> Error {
    Error::invalid("error-broadcast-unreadable-time").with("text", text)
}
