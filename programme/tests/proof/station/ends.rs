//! What ends the program of the station in miniature: the power, a crash, a disk that takes nothing
//! any more, or somebody who says so.

use programme::air::{Command, Input};
use programme::as_run::Record;

use super::Station;

/// What ends it in the midst of its commands: what was commanded and not yet obeyed is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The power goes.
    PowerCut,
    /// The program dies, and is started again in the same boot: its clock is known as before.
    Crash,
    /// The disk is full from here on: the next thing that has to be on it ends the program.
    DiskFull,
}

impl Station {
    /// The power goes.
    pub fn cut_power(&mut self) {
        self.end_program();
        self.powered = false;
    }

    /// The program dies, and the system starts it again.
    pub fn crash(&mut self) {
        self.end_program();
        self.deaths += 1;
        self.switch_on();
    }

    /// The program is told to end, and does so in order.
    pub fn shut_down(&mut self) {
        self.tell(Input::ShutDown);
        self.end_program();
    }

    /// The disk takes nothing from here on.
    pub fn fill_disk(&mut self) {
        self.disk_full = true;
    }

    /// There is room on the disk again, and a program that waited for it goes on.
    pub fn make_room(&mut self) {
        self.disk_full = false;
        if self.powered && !self.is_on() {
            self.switch_on();
        }
    }

    fn end_program(&mut self) {
        self.silence();
        self.core = None;
        self.fuse = None;
    }

    /// Whether something that must outlive this moment is kept. A program that cannot write ends:
    /// nothing airs without a record.
    pub(super) fn keeps(&mut self) -> bool {
        if self.disk_full && self.is_on() {
            self.unwritable_since = Some(self.now().boot);
            self.end_program();
            self.deaths += 1;
        }
        !self.disk_full
    }

    /// Whether the command was kept, if it is one that has to be.
    pub(super) fn is_kept(&mut self, command: &Command) -> bool {
        match command {
            Command::Record(_) | Command::RecordPosition { .. } => self.keeps(),
            Command::Air { .. } | Command::Silence { .. } => true,
        }
    }

    /// Whether the fuse ends the program before the next command.
    pub(super) fn burns_down(&mut self) -> bool {
        match &mut self.fuse {
            None => return false,
            Some((_, left)) if *left > 0 => {
                *left -= 1;
                return false;
            }
            Some((End::PowerCut, _)) => self.cut_power(),
            Some((End::Crash, _)) => self.crash(),
            Some((End::DiskFull, _)) => {
                self.fuse = None;
                self.fill_disk();
                return false;
            }
        }
        true
    }

    /// Writes a line. No line is written under an older programme than the one before it.
    pub(super) fn write(&mut self, record: Record) {
        let generation = self.held().generation;
        assert!(generation >= self.written_under, "the generation fell");
        self.written_under = generation;
        self.journal.push(record);
    }
}
