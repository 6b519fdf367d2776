//! Starts that one tap chooses: on the form, and beside a bulletin that was approved.

use jiff::ToSpan;
use jiff::civil::{DateTime, Weekday};
use programme::ids::{AreaId, BulletinId};
use programme::programme::QuietHours;
use programme::units::WallTime;
use programme::zone::Zone;

use crate::areas::area::Area;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// Hours at which villages listen; the quick choices are those of today and tomorrow.
const QUICK: [(i8, i8); 4] = [(6, 0), (11, 30), (17, 0), (19, 0)];

/// A start that one tap chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quick {
    /// As it is sent, `2026-11-24T06:00`.
    pub value: String,
    /// Names `today` or `tomorrow`.
    pub day: &'static str,
    /// The time of the day.
    pub time: String,
}

/// The starts of today and tomorrow at which villages listen, without what lies in quiet hours.
pub fn quick(now: WallTime, zone: &Zone, quiet: &QuietHours) -> Vec<Quick> {
    let here = zone.civil(now);
    let tomorrow = here.date().checked_add(1.day()).unwrap_or(here.date());
    let days = [
        ("broadcasts-today", here.date()),
        ("broadcasts-tomorrow", tomorrow),
    ];
    let mut quick = Vec::new();
    for (day, date) in days {
        for (hour, minute) in QUICK {
            let at: DateTime = date.at(hour, minute, 0, 0);
            if at > here && !quiet.contains(at.time()) {
                quick.push(Quick {
                    value: at.strftime("%Y-%m-%dT%H:%M").to_string(),
                    day,
                    time: at.strftime("%H:%M").to_string(),
                });
            }
        }
    }
    quick
}

/// A button that leads to the form, filled in and looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Where it leads.
    pub address: String,
    /// What it says.
    pub text: String,
}

/// When a bulletin may air in `area`: at once, this evening, tomorrow morning, each Monday, each
/// day.
///
/// # Errors
/// The area has a zone that cannot be read.
pub fn choices(
    bulletin: &BulletinId,
    area: &Area,
    now: WallTime,
    shell: &Shell,
) -> Result<Vec<Choice>> {
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let here = zone.civil(now);
    let sessions = area.ways.sessions;
    let (morning, evening) = (sessions.morning.from, sessions.evening.from);
    let tomorrow = here.date().checked_add(1.day()).unwrap_or(here.date());
    let once = |key: &str, at: DateTime| Choice {
        address: format!(
            "{}&when=once&date={}&time={}#preview",
            prefilled(Some(bulletin), &area.id),
            at.date(),
            at.strftime("%H:%M")
        ),
        text: shell.say1(key, "time", at.strftime("%H:%M").to_string()),
    };
    let mut choices = vec![Choice {
        address: format!("{}&when=now#preview", prefilled(Some(bulletin), &area.id)),
        text: shell.say("now-choose"),
    }];
    let tonight = here.date().to_datetime(evening);
    if tonight > here {
        choices.push(once("choose-this-evening", tonight));
    }
    choices.push(once(
        "choose-tomorrow-morning",
        tomorrow.to_datetime(morning),
    ));
    choices.push(once(
        "choose-tomorrow-evening",
        tomorrow.to_datetime(evening),
    ));
    let time = evening.strftime("%H:%M").to_string();
    let monday = Weekday::Monday.to_monday_one_offset();
    for (key, when) in [
        ("choose-mondays", format!("weekly&day={monday}")),
        ("choose-daily", "daily".to_owned()),
    ] {
        choices.push(Choice {
            address: format!(
                "{}&when={when}&times={time}#preview",
                prefilled(Some(bulletin), &area.id)
            ),
            text: shell.say1(key, "time", time.clone()),
        });
    }
    Ok(choices)
}

/// The beginning of the form's address; with a bulletin it is looked at at once.
pub fn prefilled(bulletin: Option<&BulletinId>, area: &AreaId) -> String {
    match bulletin {
        Some(bulletin) => {
            format!("/broadcasts/new?step=preview&bulletin={bulletin}&area={area}")
        }
        None => format!("/broadcasts/new?area={area}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_choices_lie_ahead_and_outside_quiet_hours() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        let now = zone.instant("2026-11-23T12:00".parse().unwrap()).unwrap();
        let values: Vec<String> = quick(now, &zone, &QuietHours::default())
            .into_iter()
            .map(|quick| quick.value)
            .collect();
        assert_eq!(values.first().map(String::as_str), Some("2026-11-23T17:00"));
        assert_eq!(values.len(), 6);
    }
}
