//! The shape of a sound as a path of SVG.

use std::fmt::Write;

/// Height of the picture; its width is one unit per column.
pub const HEIGHT: u32 = 100;

/// The outline of `columns`, mirrored at the middle: above it from left to right, below it back.
pub fn path(columns: &[u8]) -> String {
    let half = |column: &u8| (u32::from(*column) * (HEIGHT / 2 - 2)).div_ceil(255).max(1);
    let mut path = String::with_capacity(columns.len() * 14);
    let above = columns
        .iter()
        .enumerate()
        .map(|(x, column)| (x, HEIGHT / 2 - half(column)));
    let below = columns
        .iter()
        .enumerate()
        .rev()
        .map(|(x, column)| (x, HEIGHT / 2 + half(column)));
    for (x, y) in above.chain(below) {
        let letter = if path.is_empty() { 'M' } else { 'L' };
        // Writing to a text does not fail.
        let _ = write!(path, "{letter}{x} {y}");
    }
    if !path.is_empty() {
        path.push('Z');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_a_line_and_full_scale_fills_the_picture() {
        assert_eq!(path(&[0, 255]), "M0 49L1 2L1 98L0 51Z");
        assert_eq!(path(&[]), "");
    }
}
