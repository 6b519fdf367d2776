//! Text without the marks of Vietnamese: for what cannot show them, and for whoever does not type
//! them.

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
}
