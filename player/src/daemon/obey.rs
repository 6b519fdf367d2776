//! Does what the core decided, in its order, and tells the core what was heard.

use std::time::Duration;

use programme::air::{Command, Input};
use programme::as_run::{AttemptId, Record};
use programme::day_plan::{Cue, Segment};
use programme::units::BootTime;
use tracing::{debug, info, warn};

use super::stopped::{Stopped, marked_title};
use super::{Daemon, Ended};
use crate::loopback::Listening;
use crate::output::{self, Air, Attempt, Fault, Level, Report, Request};

/// Short enough for STOP, long enough not to click.
pub(super) const FADE: Duration = Duration::from_millis(30);

/// An attempt that the output was asked for.
#[derive(Debug)]
pub(super) struct Aired {
    pub id: AttemptId,
    pub title: String,
    /// When its first sound leaves the output.
    pub start: BootTime,
    /// What sounds, until somebody listens for it.
    pub segments: Vec<output::Segment>,
    pub listening: Option<Listening>,
    /// How loud it was until now.
    pub level: Option<Level>,
}

impl Daemon {
    /// Obeys every command that waits, and says whether there was one.
    pub(super) async fn obey(&mut self) -> anyhow::Result<bool> {
        let (mut obeyed, mut recorded) = (false, false);
        let mut stopped = Stopped::default();
        while let Some(command) = self.core.poll_command() {
            obeyed = true;
            match command {
                Command::Record(mut record) => {
                    recorded = true;
                    self.prove(&mut record);
                    log(&record);
                    stopped.title = self.stopped_by(&record).or(stopped.title);
                    self.write(record).await?;
                }
                Command::RecordPosition { attempt, position } => {
                    let position = u64::try_from(position.as_millis()).unwrap_or(u64::MAX);
                    self.state.set_open_position(&attempt, position).await?;
                }
                Command::Air {
                    attempt,
                    cue,
                    start,
                } => {
                    (stopped, self.stopped) = (Stopped::default(), Stopped::default());
                    self.core.take_left_out();
                    self.air(attempt, &cue, start);
                }
                Command::Silence { attempt } => {
                    debug!(?attempt, "silence");
                    self.output.ask(Request::Silence { fade: FADE });
                }
            }
        }
        for cue in self.core.take_left_out() {
            stopped.leave_out(&cue);
        }
        if !stopped.is_nothing() {
            self.stopped = stopped;
        }
        if recorded {
            self.look_for_unsent().await?;
        }
        Ok(obeyed)
    }

    /// Writes a line of the as-run, with both clocks.
    pub(super) async fn write(&mut self, record: Record) -> anyhow::Result<()> {
        let (now, generation) = (self.now(), self.generation());
        self.state
            .record(record, now, &self.boot_id, generation)
            .await
    }

    fn air(&mut self, id: AttemptId, cue: &Cue, start_at: BootTime) {
        self.attempts += 1;
        let attempt = Attempt(self.attempts);
        let segment = |segment: &Segment| match segment {
            Segment::Sound {
                hash,
                gain_db,
                ramp,
                ..
            } => output::Segment::Wav {
                path: self.shelf.wav(hash),
                gain: *gain_db,
                ramp: *ramp,
            },
            Segment::Silence { duration } => output::Segment::Silence(*duration),
        };
        let segments: Vec<_> = cue.segments.iter().map(segment).collect();
        let title = marked_title(cue);
        // A cue that was not foreseen waits for the amplifier, so that its first sound is heard.
        let start_at = self.amplifier.ready_at(start_at, self.clock.boot());
        let aired = Aired {
            id,
            title,
            start: start_at,
            segments: segments.clone(),
            listening: None,
            level: None,
        };
        self.on_output.insert(attempt, aired);
        self.output.ask(Request::Air(Air {
            attempt,
            segments,
            start_at,
            skip: Duration::ZERO,
        }));
    }

    /// Tells the core what the output says.
    pub(super) fn take_report(&mut self, report: Report) -> Option<Ended> {
        self.note_speech(&report);
        match report {
            Report::Opened { attempt } => {
                self.faults.output = None;
                self.listen(attempt);
            }
            Report::Started {
                attempt,
                at,
                length,
            } => {
                self.sounds(attempt, at, Duration::ZERO);
                if let Some(aired) = self.on_output.get(&attempt) {
                    let number = aired.id.number;
                    info!(cue = %aired.id.cue, number, ?length, "on air: {}", aired.title);
                }
            }
            Report::Progress {
                attempt,
                position,
                level,
            } => {
                self.note_level(attempt, level);
                if let Some(attempt) = self.attempt(attempt) {
                    self.tell(Input::Progress { attempt, position });
                }
            }
            Report::Finished { attempt, level, .. } => {
                if let Some(aired) = self.take_aired(attempt, level) {
                    info!(cue = %aired.id.cue, "heard to its end: {}", aired.title);
                    self.tell(Input::Finished { attempt: aired.id });
                }
            }
            Report::Silenced {
                attempt, position, ..
            } => {
                if let Some(aired) = self.on_output.remove(&attempt) {
                    info!(cue = %aired.id.cue, ?position, "silenced: {}", aired.title);
                }
            }
            Report::Failed {
                attempt,
                position,
                level,
                fault,
            } => self.take_failure(attempt, (position, level), &fault),
            Report::Lost { attempt, fault, .. } => {
                self.falls_silent(attempt);
                warn!("the output is lost, and tried again and again: {fault}");
                self.faults.output = Some(fault.to_string());
            }
            Report::Recovered { attempt, position } => {
                self.sounds(attempt, self.clock.boot(), position);
                info!(?position, "the output is back");
                self.faults.output = None;
            }
            Report::Timeline(timeline) => {
                info!(file = %timeline.path.display(), "writing the sound into a file");
            }
        }
        None
    }

    fn take_failure(
        &mut self,
        attempt: Attempt,
        (position, level): (Duration, Level),
        fault: &Fault,
    ) {
        warn!(?position, "the output gave up: {fault}");
        match fault {
            // The disk altered what was ready: it is looked at again before it may air.
            Fault::Recording { path, .. } => {
                let shelf = &self.shelf;
                self.ready.retain(|hash| shelf.wav(hash) != *path);
                self.tell(Input::Ready(self.ready.clone()));
            }
            Fault::NoSuchCard { .. }
            | Fault::Refused { .. }
            | Fault::Unsuitable { .. }
            | Fault::Broken { .. }
            | Fault::Stalled
            | Fault::File { .. }
            | Fault::Thread { .. } => self.faults.output = Some(fault.to_string()),
        }
        if let Some(aired) = self.take_aired(attempt, level) {
            let attempt = aired.id;
            self.tell(Input::Failed { attempt, position });
        }
    }

    fn attempt(&self, attempt: Attempt) -> Option<AttemptId> {
        self.on_output.get(&attempt).map(|aired| aired.id.clone())
    }
}

fn log(record: &Record) {
    match record {
        Record::Started { attempt, .. } => debug!(?attempt, "an attempt begins"),
        Record::Ended {
            attempt,
            position,
            cut,
            ..
        } => match cut {
            Some(why) => warn!(cue = %attempt.cue, number = attempt.number,
                "cut at {}: {why:?}", clock_face(*position)),
            None => debug!(?attempt, "an attempt ends"),
        },
        Record::Outcome { cue, outcome, .. } => info!(%cue, "outcome: {outcome:?}"),
        Record::NotUnderstood { broadcast, why } => {
            warn!(
                ?broadcast,
                "a broadcast is not understood and does not air: {why}"
            );
        }
        Record::EmergencyStopped { broadcast } => warn!(%broadcast, "the emergency is stopped"),
        // Said when they were taken.
        Record::EmergencyOrdered { .. }
        | Record::ClockVouched { .. }
        | Record::StatusSpoken { .. } => {}
    }
}

/// A position as minutes and seconds.
pub fn clock_face(position: Duration) -> String {
    let seconds = position.as_secs();
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}
