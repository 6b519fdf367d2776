//! Names of files that the oldest amplifier can show: ASCII, short, without a meaning for FAT.

use unicode_normalization::UnicodeNormalization;

/// Letters and digits of `text` without their marks; everything else is one dash.
pub fn ascii(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.nfd() {
        match letter {
            'đ' => plain.push('d'),
            'Đ' => plain.push('D'),
            // The marks that the decomposition has set apart.
            '\u{300}'..='\u{36f}' => {}
            letter if letter.is_ascii_alphanumeric() => plain.push(letter),
            _ if plain.ends_with('-') || plain.is_empty() => {}
            _ => plain.push('-'),
        }
    }
    plain.truncate(plain.trim_end_matches('-').len());
    plain
}

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
    fn vietnamese_loses_its_marks_and_nothing_else() {
        assert_eq!(ascii("Thông báo tiêm chủng"), "Thong-bao-tiem-chung");
        assert_eq!(
            ascii("ĐƯỜNG Ở Đà Nẵng: 50% (mới!)"),
            "DUONG-O-Da-Nang-50-moi"
        );
        assert_eq!(ascii("đ\u{1b0}\u{1a1}ng \u{1ea1}"), "duong-a");
        assert_eq!(ascii(" ../..\\x "), "x");
        assert_eq!(ascii("公告"), "");
    }

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
