//! When a block will be heard, out of what the card says about each block.
//!
//! A single statement is late when the sounding thread was kept waiting between the card's answer
//! and our reading of the clock, so the median of the last few is believed. When several in a row
//! disagree with it, the card itself has moved: it ran empty, which not every card reports.

use std::time::Duration;

use programme::units::BootTime;

use super::frames;

/// Statements that are weighed: 0.4 s of blocks of 2048 frames, within which the drift of a card's
/// clock (below 0.1 ‰) stays under 40 µs.
const WEIGHED: usize = 9;

/// Statements in a row that are believed against all earlier ones.
const AGREEING: usize = 3;

/// How far such statements are from the earlier ones at the least, and how close to each other:
/// several times what a virtual card's statements scatter by.
const MOVED: Duration = Duration::from_millis(2);

/// The timing of one open card.
pub(super) struct Timing {
    rate: u32,
    asked: u64,
    /// The instants at which frame 0 would have been heard, one per statement, newest first.
    origins: [BootTime; WEIGHED],
    statements: usize,
}

impl Timing {
    pub(super) fn new(rate: u32) -> Self {
        Self {
            rate,
            asked: 0,
            origins: [BootTime::ZERO; WEIGHED],
            statements: 0,
        }
    }

    /// Forgets what was said: the card ran empty, and every frame from here on is heard later.
    pub(super) fn begin_anew(&mut self) {
        self.statements = 0;
    }

    /// When a block of `count` frames is heard, of which the card says that it is at `stated`.
    pub(super) fn next_block(&mut self, stated: BootTime, count: u64) -> BootTime {
        let before = frames::span(self.asked, self.rate);
        self.origins.rotate_right(1);
        self.origins[0] = stated.saturating_sub(before);
        self.statements = (self.statements + 1).min(WEIGHED);
        self.asked += count;
        if self.has_moved() {
            self.statements = AGREEING;
        }
        median(&self.origins[..self.statements]).saturating_add(before)
    }

    /// Whether the last statements agree with each other and not with those before them.
    fn has_moved(&self) -> bool {
        let known = &self.origins[..self.statements];
        let Some((last, earlier)) = known.split_at_checked(AGREEING) else {
            return false;
        };
        if earlier.is_empty() {
            return false;
        }
        let (known, new) = (median(earlier), median(last));
        last.iter()
            .all(|origin| apart(*origin, new) < MOVED && apart(*origin, known) > MOVED)
    }
}

fn median(origins: &[BootTime]) -> BootTime {
    let mut sorted = [BootTime::ZERO; WEIGHED];
    let sorted = &mut sorted[..origins.len()];
    sorted.copy_from_slice(origins);
    sorted.sort_unstable();
    sorted[origins.len() / 2]
}

fn apart(one: BootTime, other: BootTime) -> Duration {
    one.since(other).max(other.since(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: u64 = 2048;

    fn at(micros: u64) -> BootTime {
        BootTime::after_boot(Duration::from_micros(micros))
    }

    #[test]
    fn one_late_statement_moves_nothing() {
        let mut timing = Timing::new(48_000);
        for block in 0..20 {
            let truth = at(5_000_000).saturating_add(frames::span(block * BLOCK, 48_000));
            let late = Duration::from_millis(if block % 5 == 4 { 30 } else { 0 });
            assert_eq!(timing.next_block(truth.saturating_add(late), BLOCK), truth);
        }
    }

    #[test]
    fn a_card_that_ran_empty_unsaid_is_believed_by_the_third_block() {
        let mut timing = Timing::new(48_000);
        for block in 0..20 {
            let truth = at(5_000_000).saturating_add(frames::span(block * BLOCK, 48_000));
            let emptied = Duration::from_millis(if block >= 12 { 60 } else { 0 });
            let truth = truth.saturating_add(emptied);
            let said = timing.next_block(truth, BLOCK);
            assert!(
                (12..14).contains(&block) || said == truth,
                "block {block}: {said:?}"
            );
        }
    }

    #[test]
    fn after_being_told_that_it_ran_empty_the_next_statement_counts_at_once() {
        let mut timing = Timing::new(48_000);
        for block in 0..20 {
            timing.next_block(at(5_000_000 + block * 42_666), BLOCK);
        }
        timing.begin_anew();
        let truth = at(9_000_000);
        let said = timing.next_block(truth, BLOCK);
        assert!(said.since(truth) < Duration::from_micros(1), "{said:?}");
        assert!(truth.since(said) < Duration::from_micros(1), "{said:?}");
    }
}
