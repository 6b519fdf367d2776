//! Words of others in lines of ours: in the log, in a terminal, in what systemd is told.
//!
//! A title may hold whatever the server signed. A line break in it would begin a line that we never
//! wrote, and a terminal obeys more than it shows.

use std::borrow::Cow;

/// `text` as one line that nothing obeys: each control character and each line break is a space.
pub fn plain(text: &str) -> Cow<'_, str> {
    let obeyed = |character: char| {
        let breaks_line = matches!(character, '\u{2028}' | '\u{2029}');
        character.is_control() || breaks_line
    };
    if text.contains(obeyed) {
        Cow::Owned(text.replace(obeyed, " "))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_neither_begins_a_line_nor_moves_the_cursor() {
        let title = "Tin\r\nWATCHDOG=1\u{1b}[2J\u{9b}31m\u{2028}hết";
        assert_eq!(plain(title), "Tin  WATCHDOG=1 [2J 31m hết");
        let title = "Lịch cắt điện – bản Tòng Xành";
        assert!(matches!(plain(title), Cow::Borrowed(same) if same == title));
    }
}
