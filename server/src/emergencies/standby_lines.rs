//! Standbys and orders at PCs in words, for the page of emergencies.

use super::at_pcs::{self, Ordered, Places};
use super::standby;
use super::standing::Progress;
use crate::areas::area::{self, Area};
use crate::as_run::words::{self, Said};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// A standby, in words.
pub(super) struct StandbyLine {
    pub bulletin: String,
    pub title: String,
    /// Where, who set it up and when.
    pub about: String,
    pub when: String,
    /// Where it is ready, where not, and where nobody may order it.
    pub coverage: Vec<Said>,
    pub may_take_back: bool,
}

/// An order at a PC, in words.
pub(super) struct OrderedLine {
    pub title: String,
    pub drill: bool,
    pub about: String,
    pub said: Said,
    /// While it sounds, the bulletin whose standby the reader may take back to end it.
    pub ends: Option<String>,
}

pub(super) async fn standbys(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    shell: &Shell,
) -> Result<Vec<StandbyLine>> {
    let mut lines = Vec::new();
    let mut found = Places::default();
    for kept in standby::visible(connection, actor.id()).await? {
        let coverage = found.coverage(state, connection, &kept).await?;
        let mut may_take_back = true;
        let mut places = Vec::new();
        for id in &kept.areas {
            let area = area::find(state, connection, id).await?;
            may_take_back &= actor.may(Right::Emergency, &area);
            places.push(area.name);
        }
        let named = [
            ("emergencies-standby-lacking", coverage.lacking, "warn"),
            ("emergencies-standby-nobody", coverage.nobody, "warn"),
            ("emergencies-standby-ready", coverage.ready, "good"),
        ];
        let said = named.into_iter().filter_map(|(key, areas, tone)| {
            let names = names(areas, actor, shell)?;
            let text = shell.say1(key, "villages", names);
            Some(Said { text, tone })
        });
        let set = shell.say2(
            "emergencies-standby-set",
            ("by", kept.set_by),
            ("at", shell.when(&kept.set_at)),
        );
        lines.push(StandbyLine {
            bulletin: kept.standby.bulletin.to_string(),
            title: kept.title,
            about: format!("{} · {set}", places.join(", ")),
            when: kept.standby.when,
            coverage: said.collect(),
            may_take_back,
        });
    }
    Ok(lines)
}

/// Names of one's own villages, each once; `None` where there is none.
fn names(areas: Vec<Area>, actor: &Actor, shell: &Shell) -> Option<String> {
    let own = areas
        .into_iter()
        .filter(|area| actor.may(Right::View, area));
    let mut names: Vec<String> = own.map(|area| area.name).collect();
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| shell.places(&names))
}

pub(super) async fn ordered(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    standbys: &[StandbyLine],
    shell: &Shell,
) -> Result<Vec<OrderedLine>> {
    let found = at_pcs::visible(state, connection, actor.id()).await?;
    let line = |ordered: Ordered| {
        let at = match ordered.at {
            Some(at) => shell.when(&at),
            None => {
                let at = shell.when(&ordered.received_at);
                shell.say1("emergencies-at-pc-unknown-time", "at", at)
            }
        };
        let who = words::order(&ordered.order, shell);
        let sounds = matches!(ordered.progress, Some(Progress::OnAir(_)));
        let bulletin = ordered.bulletin.to_string();
        let held = |one: &StandbyLine| one.may_take_back && one.bulletin == bulletin;
        OrderedLine {
            ends: (sounds && standbys.iter().any(held)).then_some(bulletin),
            about: format!("{at} · {} · {who}", ordered.village),
            said: said(&ordered, shell),
            title: ordered.title,
            drill: ordered.order.drill,
        }
    };
    Ok(found.into_iter().map(line).collect())
}

fn said(ordered: &Ordered, shell: &Shell) -> Said {
    let heard = ordered.heard.to_string();
    let (text, tone) = match &ordered.progress {
        Some(Progress::OnAir(number)) => {
            let number = number.to_string();
            (shell.say1("emergencies-on-air", "number", number), "good")
        }
        Some(Progress::Heard) => (shell.say1("emergencies-heard", "heard", heard), "good"),
        Some(Progress::Stopped) => (shell.say1("emergencies-stopped", "heard", heard), "warn"),
        Some(Progress::Cancelled(position)) => (words::cancelled(*position, shell), "warn"),
        Some(Progress::Ended(outcome)) => return words::outcome(outcome, shell.language),
        Some(Progress::NotEnrolled | Progress::NotHeld | Progress::Fetching | Progress::Ready)
        | None => (shell.say("emergencies-at-pc-no-word"), ""),
    };
    Said { text, tone }
}
