//! What an area lays down about its year: when its sessions begin in each season, and its holidays.
//!
//! Seasons are those of the nearest area that has some. Holidays add up on the way down: a province
//! writes the New Year once, and a commune its own festival beside it.

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use programme::timetable::{DayOfYear, Holiday, Season, Timetable};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::area::{self, Area};
use super::change;
use super::sessions::Sessions;
use crate::audit::{self, Author};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::dates;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::{self, Version};

/// Most seasons of a year.
pub const MOST_SEASONS: usize = 2;
/// Most holidays of one area: some years of them.
pub const MOST_HOLIDAYS: usize = 60;
/// Most days of one holiday.
const MOST_DAYS: i32 = 31;
/// Letters of the longest name of a holiday.
const LONGEST_NAME: usize = 60;
/// Years in which holidays may lie: others are slips.
const YEARS: std::ops::RangeInclusive<i16> = 2_000..=2_199;

/// What an area says, as people and scripts write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenTimetable {
    /// The seasons of each year, at most two; none is as in the area above.
    #[serde(default)]
    pub seasons: Vec<WrittenSeason>,
    /// The holidays, beside those of the areas above; at most sixty.
    #[serde(default)]
    pub holidays: Vec<WrittenHoliday>,
    /// Whether it shall be laid down although an hour lies in the quiet hours of a village, where
    /// nothing will sound then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(write_only)]
    pub despite_quiet_hours: bool,
}

/// A season as it is written. It goes on until the other one begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenSeason {
    /// Its first day, as month and day, `04-16`, or as people write it, `16/04`; needed where there
    /// are two.
    #[serde(default)]
    pub from: String,
    /// When the morning's session begins, `05:00`.
    pub morning: String,
    /// When the evening's does, `17:30`.
    pub evening: String,
}

/// A holiday as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenHoliday {
    /// Its first day, `2027-02-05`.
    pub from: String,
    /// Its last day; left out for a single day.
    #[serde(default)]
    pub until: String,
    /// What it is called.
    pub name: String,
}

impl WrittenTimetable {
    /// What `timetable` says, as people would write it.
    pub fn of(timetable: &Timetable) -> Self {
        let minute = |time: Time| time.strftime("%H:%M").to_string();
        let mut seasons = timetable.seasons.clone();
        seasons.sort();
        let season = |season: Season| WrittenSeason {
            from: season.from.to_string(),
            morning: minute(season.morning),
            evening: minute(season.evening),
        };
        let holiday = |holiday: &Holiday| WrittenHoliday {
            from: holiday.from.to_string(),
            until: holiday.until.to_string(),
            name: holiday.name.clone(),
        };
        Self {
            seasons: seasons.into_iter().map(season).collect(),
            holidays: timetable.holidays.iter().map(holiday).collect(),
            despite_quiet_hours: false,
        }
    }

    /// What it means.
    ///
    /// # Errors
    /// 422 for what cannot be read or makes no sense; nothing is guessed.
    pub fn read(&self) -> Result<Timetable> {
        if self.seasons.len() > MOST_SEASONS {
            return Err(Error::invalid("error-timetable-seasons").with("most", MOST_SEASONS));
        }
        if self.holidays.len() > MOST_HOLIDAYS {
            return Err(Error::invalid("error-timetable-holidays").with("most", MOST_HOLIDAYS));
        }
        let only_one = self.seasons.len() == 1;
        let seasons = self.seasons.iter().map(|one| one.read(only_one));
        let mut seasons: Vec<Season> = seasons.collect::<Result<_>>()?;
        seasons.sort();
        if let [first, second] = seasons.as_slice()
            && first.from == second.from
        {
            return Err(Error::invalid("error-timetable-same-day"));
        }
        let holidays = self.holidays.iter().map(WrittenHoliday::read);
        let mut holidays: Vec<Holiday> = holidays.collect::<Result<_>>()?;
        holidays.sort();
        Ok(Timetable { seasons, holidays })
    }
}

impl WrittenSeason {
    fn read(&self, only_one: bool) -> Result<Season> {
        let hour = |text: &str| {
            let wrong = || Error::invalid("error-timetable-hour").with("text", text);
            dates::read_time(text).ok_or_else(wrong)
        };
        let (morning, evening) = (hour(&self.morning)?, hour(&self.evening)?);
        if morning >= evening {
            return Err(Error::invalid("error-timetable-order"));
        }
        let from = match self.from.trim() {
            "" if only_one => DayOfYear::FIRST,
            "" => return Err(Error::invalid("error-timetable-needs-day")),
            text => day_of_year(text)
                .ok_or_else(|| Error::invalid("error-timetable-day").with("text", text))?,
        };
        Ok(Season {
            from,
            morning,
            evening,
        })
    }
}

impl WrittenHoliday {
    fn read(&self) -> Result<Holiday> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Error::invalid("error-timetable-name").with("most", LONGEST_NAME));
        }
        let from = date(&self.from)?;
        let until = match self.until.trim() {
            "" => from,
            text => date(text)?,
        };
        let day = |date: Date| date.strftime("%d/%m/%Y").to_string();
        if until < from {
            let error = Error::invalid("error-timetable-ends-early").with("name", name);
            return Err(error.with("from", day(from)).with("until", day(until)));
        }
        let last = from.checked_add((MOST_DAYS - 1).days()).unwrap_or(from);
        if until > last {
            let error = Error::invalid("error-timetable-long").with("name", name);
            return Err(error.with("most", MOST_DAYS));
        }
        Ok(Holiday {
            from,
            until,
            name: name.to_owned(),
        })
    }
}

fn date(text: &str) -> Result<Date> {
    let read = dates::read_date(text.trim()).filter(|date| YEARS.contains(&date.year()));
    read.ok_or_else(|| Error::invalid("error-timetable-date").with("text", text))
}

/// `04-16`, as programs write it; `16/04` and `16/4`, as people do.
fn day_of_year(text: &str) -> Option<DayOfYear> {
    match text.split_once('/') {
        Some((day, month)) => {
            let read = |text: &str| text.trim().parse().ok();
            DayOfYear::new(read(month)?, read(day)?)
        }
        None => text.parse().ok(),
    }
}

/// What holds where `own` is said on the way up, the nearest first. Where nobody says anything of
/// seasons, sessions begin all year when villages are said to listen.
pub fn settled<'t>(
    own: impl Iterator<Item = &'t Timetable> + Clone,
    sessions: &Sessions,
) -> Timetable {
    let mut said = own.clone().map(|one| &one.seasons);
    let seasons = said.find(|seasons| !seasons.is_empty()).cloned();
    let all_year = || Season {
        from: DayOfYear::FIRST,
        morning: sessions.morning.from,
        evening: sessions.evening.from,
    };
    let mut holidays: Vec<Holiday> = own.flat_map(|one| one.holidays.iter().cloned()).collect();
    holidays.sort();
    holidays.dedup();
    Timetable {
        seasons: seasons.unwrap_or_else(|| vec![all_year()]),
        holidays,
    }
}

/// Names what `own` says.
pub fn version(own: &Timetable) -> Version {
    Version::of(&json!({ "seasons": own.seasons, "holidays": own.holidays }))
}

/// Lays down `own` for `area`, and nothing else, for somebody who `seen` it so. What follows from
/// it is published to the stations whose broadcasts keep to it.
///
/// # Errors
/// 403 without [`Right::ManageAreas`]; 422 where it would change what today began with, there or
/// below; 409 where an hour of it lies in quiet hours, unless it shall be so, and where somebody
/// else has laid down something.
pub async fn lay_down(
    state: &State,
    actor: &Actor,
    area: &Area,
    own: &Timetable,
    despite_quiet_hours: bool,
    seen: Option<&Version>,
) -> Result<()> {
    actor.require(Right::ManageAreas, area)?;
    let kept = (!own.is_empty()).then(|| serde_json::to_string(own));
    let id = area.id.as_str();
    let mut write = state.database.write().await?;
    write.hold("areas").await?;
    let there = area::find(state, &mut write, &area.id).await?.own_timetable;
    if !overtaken::is_to_write(seen, &version(&there), &version(own))? {
        return Ok(());
    }
    let says = sqlx::query("UPDATE areas SET timetable = $1 WHERE id = $2");
    let says = says.bind(kept.transpose()?).bind(id);
    change::write(state, &mut write, &area.id, says, despite_quiet_hours).await?;
    let detail = json!({
        "seasons": own.seasons, "holidays": own.holidays,
        "despite_quiet_hours": despite_quiet_hours.then_some(true),
    });
    let (author, verb) = (Author::from(actor), "area.timetable");
    audit::record(state, &mut write, &author, verb, id, Some(&area.id), detail).await?;
    write.commit().await?;
    state.wake.announce(id).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_year_are_read_as_people_and_as_programs_write_them() {
        for text in ["16/04", "16/4", "04-16"] {
            assert_eq!(day_of_year(text), DayOfYear::new(4, 16), "{text}");
        }
        for text in ["31/2", "16", "2-31", "/", "16/04/2026"] {
            assert_eq!(day_of_year(text), None, "{text}");
        }
    }

    #[test]
    fn seasons_are_those_of_the_nearest_and_holidays_add_up() {
        let holiday = |name: &str| Holiday {
            from: "2027-02-05".parse().unwrap(),
            until: "2027-02-09".parse().unwrap(),
            name: name.to_owned(),
        };
        let own = |hour: Option<i8>, name: &str| Timetable {
            seasons: hour
                .map(|hour| Season {
                    from: DayOfYear::FIRST,
                    morning: Time::constant(hour, 0, 0, 0),
                    evening: Time::constant(17, 0, 0, 0),
                })
                .into_iter()
                .collect(),
            holidays: vec![holiday(name)],
        };
        let way = [
            own(None, "Hội xuân"),
            own(Some(5), "Tết"),
            own(Some(7), "Tết"),
        ];
        let held = settled(way.iter(), &Sessions::default());
        assert_eq!(held.seasons, own(Some(5), "").seasons);
        assert_eq!(held.holidays, [holiday("Hội xuân"), holiday("Tết")]);
        let held = settled([].iter(), &Sessions::default());
        assert_eq!(held.seasons, own(Some(6), "").seasons);
    }
}
