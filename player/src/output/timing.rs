//! When a block will be heard, out of what the card says about each block.
//!
//! A single statement is late when the sounding thread was kept waiting between the card's answer
//! and our reading of the clock, so the median of the last few is believed.

use programme::units::BootTime;

use super::frames;

/// Statements that are weighed: 0.4 s of blocks of 2048 frames, within which the drift of a card's
/// clock (below 0.1 ‰) stays under 40 µs.
const WEIGHED: usize = 9;

/// The timing of one open card.
pub(super) struct Timing {
    rate: u32,
    asked: u64,
    /// The instants at which frame 0 would have been heard, one per statement.
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
        self.origins[self.statements % WEIGHED] = stated.saturating_sub(before);
        self.statements += 1;
        self.asked += count;
        let mut known = self.origins;
        let known = &mut known[..self.statements.min(WEIGHED)];
        known.sort_unstable();
        known[known.len() / 2].saturating_add(before)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
    fn after_running_empty_the_next_statement_counts_at_once() {
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
