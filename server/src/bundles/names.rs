//! Names of files that the oldest amplifier can show: ASCII, short, without a meaning for FAT.

use crate::web::plain::ascii;

/// A name of at most `most` letters: `before`, as much of the title as fits, `after`.
pub fn fitted(before: &str, title: &str, after: &str, most: usize) -> String {
    let room = most.saturating_sub(before.len() + after.len());
    let title: String = ascii(title).chars().take(room).collect();
    format!("{before}{}{after}", title.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_longer_than_it_may_be() {
        let long = "Thông báo ".repeat(20);
        let name = fitted("2026-11-27_1700_", &long, "_vi.wav", 60);
        assert!(name.len() <= 60 && name.ends_with("_vi.wav"), "{name}");
        assert!(!name.contains("-_"), "{name}");
        let bare = fitted("2026-11-27_1700_", "公告", "_vi.wav", 60);
        assert_eq!(bare, "2026-11-27_1700__vi.wav");
    }
}
