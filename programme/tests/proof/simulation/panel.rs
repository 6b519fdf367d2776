//! The server in miniature: what it publishes, what it says of emergencies, and what it stores. A
//! backup of it may come back.

use programme::as_run::Record;
use programme::emergency::Emergency;
use programme::programme::Programme;

use crate::village::Adding;

#[derive(Clone)]
pub struct Panel {
    pub programme: Programme,
    /// The last word about each emergency.
    pub words: Vec<Emergency>,
    /// The lines of the as-run that it stores.
    pub stored: Vec<Record>,
}

impl Panel {
    pub fn new(programme: &Programme) -> Self {
        Self {
            programme: programme.clone(),
            words: Vec::new(),
            stored: Vec::new(),
        }
    }

    pub fn publish(&mut self, programme: &Programme) {
        let next = self.programme.generation + 1;
        self.programme = programme.clone().at_generation(next);
    }

    /// What it answers a station that holds `held`: nothing while that is what it published last.
    /// A number that is not past was given to other bytes before a backup was put back: the server
    /// goes on above it.
    pub fn asked(&mut self, held: &Programme) -> Option<Programme> {
        if self.programme == *held {
            return None;
        }
        if held.generation >= self.programme.generation {
            self.programme.generation = held.generation + 2;
        }
        Some(self.programme.clone())
    }

    pub fn cancel(&mut self, number: usize) {
        if let Some(word) = self.words.get_mut(number) {
            word.revision += 1;
            word.cancelled = true;
        }
    }

    /// The disk died, and the backup is put back: what it says of emergencies is cancelled.
    pub fn restored(backup: &Self) -> Self {
        let mut restored = backup.clone();
        for word in restored.words.iter_mut().filter(|word| !word.cancelled) {
            word.revision += 1;
            word.cancelled = true;
        }
        restored
    }

    /// Takes lines of the as-run, the first of which has the number `from`. Gives back how many
    /// it stores.
    pub fn take_lines(&mut self, from: usize, lines: &[Record]) -> usize {
        let again = self.stored.len().saturating_sub(from).min(lines.len());
        assert_eq!(
            self.stored.get(from..from + again).unwrap_or(&[]),
            &lines[..again]
        );
        if from <= self.stored.len() {
            self.stored.extend_from_slice(&lines[again..]);
        }
        self.stored.len()
    }
}
