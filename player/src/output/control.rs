//! The one owner of what an output is doing: takes requests, watches the sink, tells what happened.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use programme::units::{BootTime, Decibels};
use tokio::sync::mpsc::UnboundedSender;

use super::call::Call;
use super::card::{self, CardFormat, Command, Part};
use super::cue::{Cue, MONO, SAMPLE_RATE};
use super::desk::Desk;
use super::feed::Feed;
use super::on_air::{Ending, Found, OnAir, Sound, Stage};
use super::render::Render;
use super::voice::Voice;
use super::wav_file::WavFile;
use super::{Air, Clock, Fault, Report, Request, Settings, Sink, Timeline, frames};

/// How often the sink is looked at while a cue is on air; otherwise nothing wakes.
const TICK: Duration = Duration::from_millis(20);

/// How long a fade may take: shorter clicks, longer is not a stop.
const FADE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(50));

/// The card is closed at the latest so long after it was asked to be silent, faded or not.
const SILENT_WITHIN: Duration = Duration::from_millis(150);

/// How often a closing output looks whether its fade has been heard: whoever closes it waits, and
/// must not wait for a clock that stands.
const LAST_LOOKS: u32 = 10;

/// How long a new volume takes to be reached, so that it does not click.
const GAIN_RAMP: Duration = Duration::from_millis(20);

/// How fast a cue rises that begins in the middle of a sound.
const ENTRY_RAMP: Duration = Duration::from_millis(5);

/// How much longer than the last sample the card stays open, in case it is late by itself.
const LINGER: Duration = Duration::from_millis(60);

/// What reaches the control.
pub(super) enum Input {
    Request(Request),
    CardOpened {
        serial: u64,
        opened: Result<CardFormat, Fault>,
    },
    FeedFailed {
        serial: u64,
        fault: Fault,
    },
    /// To be answered by whoever sounds.
    Call(Call),
    Close,
}

/// Starts the control's thread.
pub(super) fn start(
    settings: Settings,
    clock: Clock,
    reports: UnboundedSender<Report>,
) -> Result<(Sender<Input>, JoinHandle<()>), Fault> {
    let (inputs, incoming) = mpsc::channel();
    let line = match settings.sink {
        Sink::Card { name, block_frames } => {
            let inputs = inputs.clone();
            let tell = move |serial, opened| {
                let _ = inputs.send(Input::CardOpened { serial, opened });
            };
            Line::Card(card::start((name, block_frames), clock.clone(), tell)?)
        }
        Sink::WavFile {
            path,
            max_bytes,
            keep,
        } => Line::File(Box::new(WavFile::new(path, max_bytes, keep))),
    };
    let (gain, own) = (settings.gain, inputs.clone());
    let control = Control {
        inputs: own,
        clock,
        reports,
        gain,
        line,
        serial: 0,
        on_air: None,
        next: None,
    };
    let thread = thread::Builder::new()
        .name("output".to_owned())
        .spawn(|| control.run(incoming));
    let thread = thread.map_err(|source| Fault::Thread {
        source: Arc::new(source),
    })?;
    Ok((inputs, thread))
}

struct Control {
    inputs: Sender<Input>,
    clock: Clock,
    reports: UnboundedSender<Report>,
    gain: Decibels,
    line: Line,
    serial: u64,
    on_air: Option<OnAir>,
    /// Airs as soon as the cue on air has been silenced.
    next: Option<Air>,
}

/// Where the sound goes, as far as the control is concerned.
enum Line {
    Card(Sender<Command>),
    File(Box<WavFile>),
}

impl Control {
    fn run(mut self, incoming: Receiver<Input>) {
        let mut looks_left = None;
        while !(looks_left.is_some() && self.on_air.is_none()) {
            let input = match self.on_air {
                Some(_) => incoming.recv_timeout(TICK),
                None => incoming.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match input {
                Ok(Input::Request(request)) => self.take(request),
                Ok(Input::CardOpened { serial, opened }) => self.card_opened(serial, opened),
                Ok(Input::FeedFailed { serial, fault }) => self.feed_failed(serial, fault),
                Ok(Input::Call(call)) => self.pass_on(call),
                Err(RecvTimeoutError::Timeout) if looks_left == Some(0) => {
                    self.finish((self.clock)(), None);
                }
                Err(RecvTimeoutError::Timeout) => {
                    looks_left = looks_left.map(|left: u32| left - 1);
                }
                Ok(Input::Close) | Err(RecvTimeoutError::Disconnected) => {
                    looks_left = Some(LAST_LOOKS);
                    self.silence(Duration::ZERO);
                }
            }
            self.tick();
        }
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Air(air) if self.on_air.is_none() => self.begin(air),
            Request::Air(air) => {
                self.silence(Duration::ZERO);
                match self.on_air {
                    Some(_) => self.next = Some(air),
                    None => self.begin(air),
                }
            }
            Request::Silence { fade } => self.silence(fade),
            Request::SetGain(gain) => {
                self.gain = gain;
                if let Some(on_air) = self.on_air.as_mut().filter(|cue| cue.ending.is_none())
                    && let Some(sound) = on_air.sound()
                {
                    sound.desk.set_gain(gain, GAIN_RAMP);
                }
            }
        }
    }

    /// The thread that sounds answers: this one, or the card's.
    fn pass_on(&self, call: Call) {
        match &self.line {
            Line::Card(commands) => {
                let _ = commands.send(Command::Call(call));
            }
            Line::File(_) => call.answer(),
        }
    }

    fn begin(&mut self, air: Air) {
        let now = (self.clock)();
        let cue = Cue::open(&air.segments, 0);
        let length = cue.as_ref().map_or(0, Cue::left);
        self.on_air = Some(OnAir::new(air, length, now));
        if let Err(fault) = cue {
            self.end(Ending::Failed(fault), Duration::ZERO);
        }
    }

    /// Ends the cue on air by a fade, and whatever waits behind it.
    fn silence(&mut self, fade: Duration) {
        if let Some(air) = self.next.take() {
            let now = (self.clock)();
            let mut never = OnAir::new(air, u64::MAX, now);
            never.ending = Some((Ending::Silenced, now));
            let _ = self.reports.send(never.last_report(now, None));
        }
        self.end(Ending::Silenced, fade);
    }

    fn end(&mut self, ending: Ending, fade: Duration) {
        let now = (self.clock)();
        let Some(on_air) = self.on_air.as_mut().filter(|cue| cue.ending.is_none()) else {
            return;
        };
        on_air.ending = Some((ending, now.saturating_add(SILENT_WITHIN)));
        if !on_air.is_sounding() {
            return self.finish(now, None);
        }
        if let Some(sound) = on_air.sound() {
            sound.desk.silence(fade.clamp(FADE.0, FADE.1));
        }
    }

    fn card_opened(&mut self, serial: u64, opened: Result<CardFormat, Fault>) {
        let now = (self.clock)();
        let Some(on_air) = &mut self.on_air else {
            return;
        };
        if on_air.sound().is_none_or(|sound| sound.serial != serial) {
            return;
        }
        match opened {
            Ok(format) => {
                tracing::debug!(?format, "the sound card is open");
                on_air.opened(now);
                let _ = self.reports.send(Report::Opened {
                    attempt: on_air.air.attempt,
                });
            }
            Err(fault) => on_air.lose(fault, now, &self.reports),
        }
    }

    fn feed_failed(&mut self, serial: u64, fault: Fault) {
        let Some(on_air) = &mut self.on_air else {
            return;
        };
        if on_air.sound().is_some_and(|sound| sound.serial == serial) {
            self.end(Ending::Failed(fault), Duration::ZERO);
        }
    }

    fn tick(&mut self) {
        let now = (self.clock)();
        let Some(on_air) = &mut self.on_air else {
            return;
        };
        let went_on = match on_air.stage {
            Stage::Waiting(until) if until <= now => self.set_up(now),
            Stage::Writing { .. } => self.write(now),
            Stage::Waiting(_) | Stage::Opening(_) | Stage::Sounding(_) => Ok(()),
        };
        if let Err(fault) = went_on {
            return self.fail(now, fault);
        }
        let Some(on_air) = &mut self.on_air else {
            return;
        };
        match on_air.look(now, &self.reports) {
            Found::Ended(at) => self.finish(now, Some(at)),
            Found::Lost(fault) if on_air.ending.is_none() => {
                on_air.lose(fault, now, &self.reports);
                self.close(Duration::ZERO);
            }
            Found::Lost(_) => self.finish(now, None),
            Found::GoesOn => {
                if on_air
                    .ending
                    .as_ref()
                    .is_some_and(|(_, deadline)| *deadline <= now)
                {
                    self.finish(now, None);
                }
            }
        }
    }

    /// Puts what remains of the cue on the line.
    fn set_up(&mut self, now: BootTime) -> Result<(), Fault> {
        let Some(on_air) = &mut self.on_air else {
            return Ok(());
        };
        let cue = Cue::open(&on_air.air.segments, on_air.done)?;
        let entered = on_air.done > 0;
        let desk = Arc::new(Desk::new(if entered { SILENT } else { self.gain }));
        let frames = cue.left();
        let (feed, samples) = Feed::new(cue)?;
        let voice = Voice::new(samples, frames, desk.clone());
        if entered {
            desk.set_gain(self.gain, ENTRY_RAMP);
        }
        self.serial += 1;
        let (serial, start_at) = (self.serial, on_air.air.start_at);
        let sound = Sound::new(serial, desk.clone(), now);
        match &mut self.line {
            Line::Card(commands) => {
                let inputs = self.inputs.clone();
                feed.run(move |fault| {
                    let _ = inputs.send(Input::FeedFailed { serial, fault });
                })?;
                let trouble = sound.trouble.clone();
                let part = Part {
                    serial,
                    voice,
                    start_at,
                    desk,
                    trouble,
                };
                let _ = commands.send(Command::Open(Box::new(part)));
                on_air.stage = Stage::Opening(sound);
            }
            Line::File(file) => {
                tell_of(file.catch_up(now)?, &self.reports);
                let render = Render::new(voice, start_at, desk, (MONO, SAMPLE_RATE));
                on_air.stage = Stage::Writing {
                    sound,
                    render,
                    feed,
                };
                let _ = self.reports.send(Report::Opened {
                    attempt: on_air.air.attempt,
                });
            }
        }
        Ok(())
    }

    fn write(&mut self, now: BootTime) -> Result<(), Fault> {
        let (Line::File(file), Some(on_air)) = (&mut self.line, &mut self.on_air) else {
            return Ok(());
        };
        let Stage::Writing { render, feed, .. } = &mut on_air.stage else {
            return Ok(());
        };
        let mut fed = Ok(());
        let begun = file.write_until(now, |block, heard_at| {
            if fed.is_ok() {
                fed = feed.top_up().map(drop);
            }
            render.fill(block, (heard_at, heard_at), frames::to_16_bits);
        })?;
        tell_of(begun, &self.reports);
        fed
    }

    fn fail(&mut self, now: BootTime, fault: Fault) {
        if let Some(on_air) = &mut self.on_air {
            on_air.ending = Some((Ending::Failed(fault), now));
        }
        self.finish(now, None);
    }

    fn finish(&mut self, now: BootTime, ended_at: Option<BootTime>) {
        let Some(on_air) = self.on_air.take() else {
            return;
        };
        let by_itself = on_air.ending.is_none();
        // What is reported as heard is in the file, whatever happens to this program then.
        self.close(if by_itself { LINGER } else { Duration::ZERO });
        let _ = self.reports.send(on_air.last_report(now, ended_at));
        if let Some(air) = self.next.take() {
            self.begin(air);
        }
    }

    fn close(&mut self, after: Duration) {
        match &mut self.line {
            Line::Card(commands) => {
                let _ = commands.send(Command::Close(after));
            }
            Line::File(file) => {
                if let Err(fault) = file.flush() {
                    tracing::warn!(%fault, "the end of the output file may be missing");
                }
            }
        }
    }
}

/// Below the last bit of any card.
const SILENT: Decibels = Decibels(f32::NEG_INFINITY);

fn tell_of(begun: Option<Timeline>, reports: &UnboundedSender<Report>) {
    if let Some(timeline) = begun {
        tracing::info!(path = %timeline.path.display(), origin_us = timeline.origin.since_boot()
            .as_micros() as u64, "a new output file begins");
        let _ = reports.send(Report::Timeline(timeline));
    }
}
