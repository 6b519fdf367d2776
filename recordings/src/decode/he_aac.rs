//! The AAC-LC core of HE-AAC.
//!
//! HE-AAC is AAC-LC at half the rate, with a recipe for the upper half of the band (SBR) and, in
//! version 2, for a second channel (PS). The recipes ride in elements that a decoder of AAC-LC
//! passes over (ISO/IEC 14496-3 §4.5.2.8), and speech lies in the lower half. Whether a file tells
//! of them up front is its maker's choice (§1.6.5): not at all, behind what a decoder of AAC-LC
//! reads, or before it. Symphonia's decoder gives the core of the first two and refuses the third.

/// Audio object types (ISO/IEC 14496-3 table 1.17).
const AAC_LC: u64 = 2;
const SBR: u64 = 5;
const PS: u64 = 29;

/// The index that stands for a rate written out in 24 bits.
const WRITTEN_OUT: u64 = 15;

/// The AudioSpecificConfig of the core alone, where `config` puts the recipes before it; `None`
/// for any other.
pub(super) fn core_config(config: &[u8]) -> Option<Box<[u8]>> {
    let bits = config
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1));
    let mut bits = Bits(bits);
    let object_type = bits.take(5)?;
    if object_type != SBR && object_type != PS {
        return None;
    }
    let (rate, rate_bits) = bits.rate()?;
    let channels = bits.take(4)?;
    bits.rate()?;
    let (core, flags) = (bits.take(5)?, bits.take(3)?);
    // The last two flags announce more bits, which AAC-LC in a file of its own has no use for.
    if core != AAC_LC || flags & 0b011 != 0 {
        return None;
    }
    // 16 bits, or 40 with the rate written out: whole bytes.
    let config = (((AAC_LC << rate_bits | rate) << 4 | channels) << 3) | flags;
    let bytes = (5 + rate_bits + 4 + 3) / 8;
    Some(config.to_be_bytes()[8 - bytes..].into())
}

/// Bits, the most significant of each byte first.
struct Bits<I>(I);

impl<I: Iterator<Item = u8>> Bits<I> {
    fn take(&mut self, count: u32) -> Option<u64> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u64::from(self.0.next()?)))
    }

    /// A sampling frequency as it stands there, and the bits it takes.
    fn rate(&mut self) -> Option<(u64, usize)> {
        match self.take(4)? {
            WRITTEN_OUT => Some((WRITTEN_OUT << 24 | self.take(24)?, 28)),
            index => Some((index, 4)),
        }
    }
}
