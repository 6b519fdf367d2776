//! Looks for what is wrong with this PC as a station, and says what to do about each finding.

mod clocks;
mod loopback;
mod service;

use std::fmt;
use std::time::Duration;

use programme::programme::{Programme, QuietHours};
use programme::signed::Verified;

use crate::age::Age;
use crate::amplifier;
use crate::clock::Clock;
use crate::config::{Line, Settings};
use crate::disk;
use crate::output;
use crate::ready::Shelf;
use crate::state::State;
use crate::station::Enrolment;
use crate::sync::server::Server;

/// A PC's clock that is this wrong confuses the people in front of it.
const CLOCK_WRONG: Duration = Duration::from_secs(60);

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// How it is.
    pub how: String,
    /// What to do; `None` when nothing is wrong.
    pub cure: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.cure.is_some() { "!!" } else { "ok" };
        write!(f, "{mark}  {}: {}", self.what, self.how)?;
        match &self.cure {
            Some(cure) => write!(f, "\n    → {cure}"),
            None => Ok(()),
        }
    }
}

fn fine(what: &'static str, how: impl Into<String>) -> Finding {
    let how = how.into();
    Finding {
        what,
        how,
        cure: None,
    }
}

fn wrong(what: &'static str, how: impl Into<String>, cure: impl Into<String>) -> Finding {
    Finding {
        what,
        how: how.into(),
        cure: Some(cure.into()),
    }
}

/// Looks at everything.
pub async fn examine(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    let mut findings = service::examine();
    findings.extend(settings.refused().map(|why| refused(why)));
    findings.extend([disk(settings), sound(settings), loopback::examine(settings)]);
    findings.extend(settings.amplifier().map(|own| amplifier(&own)));
    match Enrolment::load(&settings.state_dir) {
        Ok(Some(enrolment)) => {
            findings.push(fine("enrolment", format!("this PC is {}", enrolment.name)));
            findings.push(time(&enrolment, clock).await);
            findings.extend(clocks::examine(settings, clock).await);
            let held = held(settings, &enrolment).await;
            findings.push(programme(&held, clock));
            let held = held.ok().flatten().map(|(held, _)| held);
            findings.push(speech(settings, held.as_ref()));
        }
        Ok(None) => findings.push(wrong(
            "enrolment",
            "this PC is no station yet",
            "ask the commune for a code and run `loaban-player enrol URL CODE`",
        )),
        Err(error) => findings.push(wrong(
            "enrolment",
            format!("{error:#}"),
            "ask the commune for a new code and enrol again",
        )),
    }
    findings
}

/// Of a player that was told something that it does not understand.
fn refused(why: &str) -> Finding {
    wrong(
        "settings",
        format!(
            "{why}; the player airs on with the settings that it understood last, or the defaults"
        ),
        "mend that line and restart the player (`systemctl restart loaban-player`); \
         `loaban-player config manual` explains every key",
    )
}

fn disk(settings: &Settings) -> Finding {
    const WHAT: &str = "disk";
    if let Err(unwritable) = disk::prove(&settings.state_dir) {
        return wrong(
            WHAT,
            unwritable.to_string(),
            "if it is full, remove files; if it is read-only, restart the PC and look at \
             `dmesg`, for the disk may be dying; otherwise give the folder to the user that runs \
             the player, or set another state_dir",
        );
    }
    let free = Shelf::open(&settings.state_dir).and_then(|shelf| shelf.free_bytes());
    let reserve = settings.disk_reserve_mb;
    match free.map(|bytes| bytes / 1_000_000) {
        Ok(free) if free > reserve => fine(WHAT, format!("{free} MB free")),
        Ok(free) => wrong(
            WHAT,
            format!("{free} MB free, and {reserve} MB stay free for the system"),
            "remove files that nobody needs, or lower disk_reserve_mb",
        ),
        Err(error) => wrong(
            WHAT,
            format!("{} cannot be used: {error}", settings.state_dir.display()),
            "give the folder to the user that runs the player, or set another state_dir",
        ),
    }
}

fn sound(settings: &Settings) -> Finding {
    const WHAT: &str = "sound";
    let name = match &settings.output {
        Line::WavFile(path) => {
            return fine(WHAT, format!("goes into the file {}", path.display()));
        }
        Line::Card(name) => name,
    };
    match output::probe(name, settings.card_block_frames) {
        Ok(format) => fine(WHAT, format!("card {name} opens at {} Hz", format.rate)),
        Err(fault) => {
            let cards = output::cards().unwrap_or_default().into_iter();
            let cards: Vec<_> = cards.map(|card| format!("card:{}", card.name)).collect();
            let cure = if cards.is_empty() {
                "connect a sound card, or set output = \"wav:FILE\" to try without one".to_owned()
            } else {
                format!(
                    "look at the cable, or set output to one of {}; where a desktop's sound server \
                     holds the card, let it start for nobody: `sudo systemctl --global mask \
                     pipewire.socket pipewire-pulse.socket pulseaudio.socket`",
                    cards.join(", ")
                )
            };
            wrong(WHAT, fault.to_string(), cure)
        }
    }
}

fn amplifier(settings: &amplifier::Settings) -> Finding {
    const WHAT: &str = "amplifier";
    match amplifier::check(settings) {
        Ok(()) => fine(WHAT, format!("switched by {}", settings.switch)),
        Err(why) => wrong(
            WHAT,
            why,
            "install the program, plug the adapter in, or set amplifier; a serial port opens for \
             the user that runs the player when that user is in the group dialout",
        ),
    }
}

async fn time(enrolment: &Enrolment, clock: &Clock) -> Finding {
    const WHAT: &str = "server and time";
    let asked = async {
        let key = enrolment.key()?;
        let server = Server::of(enrolment)?;
        server.reach().await?;
        Ok::<_, anyhow::Error>(crate::sync::ask_time(&enrolment.server, &key, clock).await?)
    };
    let server = &enrolment.server;
    match asked.await {
        Ok(vouched) => {
            let own = clock.system();
            let right = vouched.wall + clock.boot().since(vouched.boot);
            let off = own.since(right).max(right.since(own));
            if off > CLOCK_WRONG {
                wrong(
                    WHAT,
                    format!(
                        "{server} answers; this PC's clock is {} s off",
                        off.as_secs()
                    ),
                    "set the PC's clock, and replace its battery if it is wrong after each night; \
                     the station keeps right time by itself",
                )
            } else {
                fine(
                    WHAT,
                    format!("{server} answers, and this PC's clock is right"),
                )
            }
        }
        Err(error) => wrong(
            WHAT,
            format!("{error:#}"),
            "look at the network; without it the kept programme airs, but after a restart of the \
             PC nothing airs until somebody vouches for the time",
        ),
    }
}

/// The programme that the station holds, and when it was known to be the newest.
async fn held(
    settings: &Settings,
    enrolment: &Enrolment,
) -> anyhow::Result<Option<(Verified<Programme>, Age)>> {
    let Some(mut state) = State::open_existing(&settings.state_dir).await? else {
        return Ok(None);
    };
    let (held, stick_made) = (state.programme().await?, state.bundle().await?);
    let server_seen = state.spoken().await?.server_seen;
    state.close().await?;
    let key = enrolment.key()?;
    let Some(held) = held else {
        return Ok(None);
    };
    let opened = Verified::<Programme>::open(&held.envelope, &key, &enrolment.station, 0)?;
    let age = Age {
        issued_at: opened.get().issued_at,
        server_seen,
        stick_made,
    };
    Ok(Some((opened, age)))
}

/// Whether the PC says each morning how it is, and can.
fn speech(settings: &Settings, programme: Option<&Verified<Programme>>) -> Finding {
    const WHAT: &str = "morning status";
    let Some(at) = settings.speak_status_at else {
        return fine(WHAT, "is not said; speak_status_at = \"06:00\" says it");
    };
    let quiet = programme.map_or_else(QuietHours::default, |held| held.get().quiet_hours);
    let at_hour = at.strftime("%H:%M");
    if quiet.contains(at) {
        return wrong(
            WHAT,
            format!("is to be said at {at_hour}, which lies in quiet hours: it never is"),
            format!(
                "set speak_status_at to an hour from {} on",
                quiet.until.strftime("%H:%M")
            ),
        );
    }
    fine(WHAT, format!("is said at {at_hour}"))
}

fn programme(held: &anyhow::Result<Option<(Verified<Programme>, Age)>>, clock: &Clock) -> Finding {
    const WHAT: &str = "programme";
    let days = |span: Duration| span.as_secs() / 86_400;
    match held {
        Ok(Some((programme, age))) => {
            let (programme, now) = (programme.get(), clock.system());
            let old = days(now.since(programme.issued_at));
            let how = format!("no. {}, {old} days old", programme.generation);
            if age.is_old(now) {
                let unsaid = days(age.unsaid_for(now));
                wrong(
                    WHAT,
                    format!("{how}; for {unsaid} days nobody has said that it is the newest"),
                    "it airs on; look at the network, or bring a stick from the commune",
                )
            } else {
                fine(WHAT, how)
            }
        }
        Ok(None) => wrong(
            WHAT,
            "none has come yet",
            "start the player (`loaban-player run`) with the network on",
        ),
        Err(error) => wrong(
            WHAT,
            format!("{error:#}"),
            "start the player: it moves a damaged state aside and fetches the programme again",
        ),
    }
}
