//! The sample commune: its villages, its people, its village PC.

use jiff::civil::Time;
use programme::ids::{AreaId, PersonId, StationId};
use programme::programme::QuietHours;
use programme::zone::Zone;

use crate::areas::area::{self, Area, QuietSpan, Ways};
use crate::areas::draft::Draft;
use crate::areas::tree;
use crate::audit::Author;
use crate::people::person::{self, NewPerson};
use crate::people::rights::Role;
use crate::people::roles;
use crate::state::State;
use crate::stations::{draft, station};
use crate::web::errors::Result;

const NAME: &str = "Xã Cốc San (dữ liệu mẫu)";

/// Villages with their households, 1,279 together. The names are those of the region and the
/// numbers are made up.
const VILLAGES: [(&str, i64); 9] = [
    ("Thôn Tòng Xành (mẫu)", 168),
    ("Thôn Tòng Chú (mẫu)", 142),
    ("Thôn Luổng Láo (mẫu)", 155),
    ("Thôn Luổng Đơ (mẫu)", 131),
    ("Thôn Ún Tà (mẫu)", 127),
    ("Thôn Tân Sơn (mẫu)", 149),
    ("Thôn An San (mẫu)", 138),
    ("Thôn Sơn Lầu (mẫu)", 124),
    ("Thôn Bằng San (mẫu)", 145),
];

/// Somebody who can sign in.
pub struct Sample {
    /// What they are, for whoever reads the console.
    pub what: &'static str,
    /// What they type to sign in.
    pub name: &'static str,
    /// Their password. It opens a server that listens on this machine alone.
    pub password: &'static str,
    full_name: &'static str,
    role: Role,
    /// Whether the role holds in the first village or in the whole commune.
    in_village: bool,
}

/// Everybody: who records, who chooses the hour, who approves, who keeps the rest.
pub const PEOPLE: [Sample; 4] = [
    Sample {
        what: "Secretary (records)",
        name: "bithu",
        password: "loa-bithu",
        full_name: "Lù Thị Mai (mẫu)",
        role: Role::Secretary,
        in_village: true,
    },
    Sample {
        what: "Village head (hour)",
        name: "truongthon",
        password: "loa-truongthon",
        full_name: "Vàng Văn Sơn (mẫu)",
        role: Role::Head,
        in_village: true,
    },
    Sample {
        what: "Officer (approves)",
        name: "canbo",
        password: "loa-canbo",
        full_name: "Nguyễn Thị Hoa (mẫu)",
        role: Role::Officer,
        in_village: false,
    },
    Sample {
        what: "Administrator",
        name: "quantri",
        password: "loa-quantri",
        full_name: "Trần Văn Bình (mẫu)",
        role: Role::Admin,
        in_village: false,
    },
];

/// The commune as far as the demonstration acts in it.
#[derive(Debug, Clone)]
pub struct Commune {
    /// The village that has a PC.
    pub village: Area,
    /// Its station.
    pub station: StationId,
    /// Who records there.
    pub secretary: PersonId,
    /// Who chooses the hour there.
    pub head: PersonId,
    /// Who approves.
    pub officer: PersonId,
}

/// Makes what is not there yet, and moves the quiet hours away from now.
///
/// # Errors
/// The database failed.
pub async fn prepare(state: &State) -> Result<Commune> {
    let commune = place(state, None, NAME, "commune", None).await?;
    move_quiet_hours(state, &commune).await?;
    let mut first = None;
    for (name, households) in VILLAGES {
        let village = place(state, Some(&commune), name, "village", Some(households)).await?;
        first.get_or_insert(village);
    }
    let village = first.unwrap_or_else(|| commune.clone());
    let mut people = Vec::with_capacity(PEOPLE.len());
    for sample in &PEOPLE {
        let area = if sample.in_village {
            &village
        } else {
            &commune
        };
        people.push(somebody(state, sample, area).await?);
    }
    let holder = |role| {
        let found = PEOPLE.iter().position(|sample| sample.role == role);
        found
            .and_then(|index| people.get(index).cloned())
            .ok_or_else(nobody)
    };
    Ok(Commune {
        station: village_station(state, &village).await?,
        secretary: holder(Role::Secretary)?,
        head: holder(Role::Head)?,
        officer: holder(Role::Officer)?,
        village,
    })
}

fn nobody() -> anyhow::Error {
    anyhow::anyhow!("the sample commune lacks somebody with a role")
}

async fn place(
    state: &State,
    parent: Option<&Area>,
    name: &str,
    kind: &str,
    households: Option<i64>,
) -> Result<Area> {
    let mut connection = state.database.read().await?;
    let found: Option<(String,)> = sqlx::query_as("SELECT id FROM areas WHERE name = $1")
        .bind(name)
        .fetch_optional(&mut *connection)
        .await?;
    drop(connection);
    let languages = vec!["vi".to_owned(), "pcc".to_owned()];
    let own = parent.is_none().then_some(languages);
    let id: AreaId = match found {
        Some((id,)) => id.parse().map_err(anyhow::Error::from)?,
        None => {
            let draft = Draft {
                id: None,
                kind: kind.to_owned(),
                name: name.to_owned(),
                households,
                ways: Ways {
                    languages: own,
                    ..Ways::default()
                },
                despite_quiet_hours: false,
            };
            tree::add(state, &Author::command_line(), parent, &draft).await?
        }
    };
    let mut connection = state.database.read().await?;
    area::find(state, &mut connection, &id).await
}

/// A demonstration may be started at night: what keeps villages asleep would keep it silent. So
/// quiet hours that are near lie on the other side of the clock.
async fn move_quiet_hours(state: &State, commune: &Area) -> Result<()> {
    let zone = Zone::named(&commune.ways.zone).map_err(anyhow::Error::from)?;
    let here = zone.civil(state.now()).time();
    let quiet = away_from(here);
    let span = QuietSpan {
        from: quiet.from,
        until: quiet.until,
    };
    if commune.own.quiet_hours == Some(span) {
        return Ok(());
    }
    let draft = Draft {
        id: None,
        kind: commune.kind.clone(),
        name: commune.name.clone(),
        households: commune.households,
        ways: Ways {
            quiet_hours: Some(span),
            ..commune.own.clone()
        },
        // A session that begins then is silent, which the commune of a demonstration can bear.
        despite_quiet_hours: true,
    };
    tree::change(state, &Author::command_line(), commune, &draft, None).await
}

/// The usual quiet hours when they are at least four hours away, else eight hours that begin in
/// eight hours.
fn away_from(here: Time) -> QuietHours {
    let usual = QuietHours::default();
    let ahead = |hours: i8| -> Time {
        let hour = (i16::from(here.hour()) + i16::from(hours)).rem_euclid(24);
        Time::new(i8::try_from(hour).unwrap_or(0), 0, 0, 0).unwrap_or(usual.from)
    };
    let far = (0..=4).all(|hours| !usual.contains(ahead(hours))) && !usual.contains(here);
    if far {
        usual
    } else {
        QuietHours {
            from: ahead(8),
            until: ahead(16),
        }
    }
}

async fn somebody(state: &State, sample: &Sample, area: &Area) -> Result<PersonId> {
    let author = Author::command_line();
    let mut connection = state.database.read().await?;
    let found = person::find_by_name(&mut connection, sample.name).await;
    drop(connection);
    if let Ok(known) = found {
        return known.person_id();
    }
    let new = NewPerson {
        name: sample.name.to_owned(),
        full_name: sample.full_name.to_owned(),
        phone: String::new(),
        password: sample.password.to_owned(),
    };
    let id = person::add(state, &author, new).await?;
    roles::change(state, &author, &id, sample.role, area, true).await?;
    Ok(id)
}

async fn village_station(state: &State, village: &Area) -> Result<StationId> {
    let mut connection = state.database.read().await?;
    let there = station::below(&mut connection, &village.id).await?;
    drop(connection);
    if let Some(station) = there.into_iter().next() {
        return Ok(station.id);
    }
    let draft = draft::Draft {
        name: "Máy nhà văn hoá thôn (mẫu)".to_owned(),
        clusters: vec![
            "Nhà văn hoá".to_owned(),
            "Đầu thôn".to_owned(),
            "Chợ".to_owned(),
        ],
        ..draft::Draft::default()
    };
    station::add(state, &Author::command_line(), village, &draft).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_villages_have_as_many_households_as_the_commune() {
        assert_eq!(
            VILLAGES
                .iter()
                .map(|(_, households)| households)
                .sum::<i64>(),
            1_279
        );
    }

    #[test]
    fn a_demonstration_is_never_started_in_quiet_hours() {
        for hour in 0..24 {
            let here = Time::new(hour, 30, 0, 0).unwrap();
            let quiet = away_from(here);
            for later in 0..3 {
                let then = Time::new((hour + later) % 24, 59, 0, 0).unwrap();
                assert!(
                    !quiet.contains(here) && !quiet.contains(then),
                    "{here} {then}"
                );
            }
        }
    }
}
