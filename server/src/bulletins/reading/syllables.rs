//! How many syllables a Vietnamese script has when it is read out.
//!
//! In Vietnamese each syllable stands by itself, so most are counted by the spaces between them.
//! What is written shorter than it is spoken is counted as it is spoken: numbers, dates, hours,
//! abbreviations, signs.

use super::numbers;

/// Syllables that come into the place of a blank, mostly: a name, an hour, a day.
const BLANK: u64 = 2;

/// What may stand before the vowels of a Vietnamese syllable.
const ONSETS: [&str; 27] = [
    "", "b", "c", "ch", "d", "đ", "g", "gh", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p",
    "ph", "q", "r", "s", "t", "th", "tr", "v", "x",
];
/// What may stand behind them.
const CODAS: [&str; 9] = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];
/// Vowels with all their marks, in lower case.
const VOWELS: &str = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵ";
/// Units and signs, with the syllables that they are read as.
const SHORT: [(&str, u64); 9] = [
    ("%", 2),
    ("&", 1),
    ("km", 3),
    ("kg", 3),
    ("cm", 4),
    ("mm", 3),
    ("m2", 3),
    ("ha", 2),
    ("kv", 3),
];

/// How many syllables `script` has when it is read out.
pub fn syllables(script: &str) -> u64 {
    let mut rest = script;
    let mut count = 0;
    while let Some(first) = rest.chars().next() {
        let (spoken, length) = next(first, rest);
        count += spoken;
        rest = rest.get(length..).unwrap_or_default();
    }
    count
}

/// What the start of `rest` is read as, and how many bytes of it that was.
fn next(first: char, rest: &str) -> (u64, usize) {
    if let Some((spoken, length)) = short(rest) {
        return (spoken, length);
    }
    if first.is_ascii_digit() {
        return numbers::spoken(rest);
    }
    if first.is_alphabetic() {
        let length = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
        return (word(rest.get(..length).unwrap_or_default()), length);
    }
    let dots = rest.len() - rest.trim_start_matches(['.', '…']).len();
    if dots > 3 || first == '…' {
        return (BLANK, dots);
    }
    (0, first.len_utf8())
}

/// A unit or a sign by itself. Only a sign may stand right before something else.
fn short(rest: &str) -> Option<(u64, usize)> {
    SHORT.iter().find_map(|(text, spoken)| {
        let behind = rest
            .get(..text.len())
            .filter(|head| head.to_lowercase() == *text);
        behind?;
        let next = rest.get(text.len()..)?.chars().next();
        let alone = next.is_none_or(|next| !is_letter(next) && !next.is_ascii_digit());
        let is_sign = !text.chars().any(char::is_alphabetic);
        (alone || is_sign).then_some((*spoken, text.len()))
    })
}

/// Letters, and the marks that some keyboards put behind them.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || is_mark(c)
}

fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// How many syllables a word is read as.
fn word(word: &str) -> u64 {
    let letters: Vec<char> = word.chars().filter(|c| !is_mark(*c)).collect();
    let lower: String = letters.iter().flat_map(|c| c.to_lowercase()).collect();
    if is_syllable(&lower) {
        return 1;
    }
    let capitals = letters.iter().skip(1).any(|c| c.is_uppercase());
    let groups = vowel_groups(&lower);
    if capitals || groups == 0 {
        // UBND, BHYT, VNeID are read letter by letter.
        letters.len() as u64
    } else {
        groups
    }
}

/// Whether a word in lower case is one Vietnamese syllable.
fn is_syllable(word: &str) -> bool {
    let onset = word.find(is_vowel).unwrap_or(word.len());
    let (onset, rest) = word.split_at(onset);
    let vowels = rest.find(|c| !is_vowel(c)).unwrap_or(rest.len());
    let (vowels, coda) = rest.split_at(vowels);
    !vowels.is_empty() && ONSETS.contains(&onset) && CODAS.contains(&coda)
}

fn is_vowel(c: char) -> bool {
    VOWELS.contains(c)
}

/// How often vowels begin in a word: the syllables of a foreign one.
fn vowel_groups(word: &str) -> u64 {
    let (mut groups, mut within) = (0, false);
    for c in word.chars() {
        if is_vowel(c) && !within {
            groups += 1;
        }
        within = is_vowel(c);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_syllables_stand_by_themselves() {
        assert_eq!(
            syllables("Kính mời bà con thôn Tòng Xành chú ý lắng nghe."),
            11
        );
        assert_eq!(syllables("Nguyễn Thị Quyên, khuỷu tay, giếng khoan"), 7);
        assert_eq!(syllables("KÍNH MỜI BÀ CON"), 4);
        // The same with the marks behind the letters.
        assert_eq!(syllables("Ki\u{301}nh mo\u{31b}\u{300}i"), 2);
    }

    #[test]
    fn abbreviations_and_signs_count_as_they_are_read() {
        for (text, spoken) in [
            ("UBND xã", 5),
            ("CCCD", 4),
            ("BHYT", 4),
            ("VNeID", 5),
            ("VssID", 5),
            ("Zalo", 2),
            ("internet", 3),
            ("50%", 4),
            ("3 km", 4),
            ("2 kg", 4),
            ("kho", 1),
        ] {
            assert_eq!(syllables(text), spoken, "{text}");
        }
    }

    #[test]
    fn a_blank_counts_as_what_comes_into_its_place() {
        assert_eq!(syllables("… giờ …, ngày …"), 8);
        assert_eq!(syllables("tại ……"), 3);
        assert_eq!(syllables("tại ......."), 3);
        assert_eq!(syllables("v.v... Xin cảm ơn"), 5);
    }

    #[test]
    fn hostile_text_is_counted_and_nothing_panics() {
        let _ = syllables("\u{301}\u{fe0f}🙂%%%\u{200b}12/\u{0}99999999999999999999999999/1");
        assert_eq!(syllables("🙂"), 0);
    }
}
