//! The code of an invitation, as it was made and as it was heard.

use crate::people::identity::secret_hash;

/// Letters of a code, without what stands between them.
const LETTERS: usize = 12;

/// The hash under which a code is kept, however it was typed.
pub fn hash_of(code: &str) -> String {
    secret_hash(&letters(code))
}

/// The letters of a code as it was made. Whoever hears them writes capitals, other dashes or none,
/// and letters that look like digits, none of which is in a code. A text of another length is none.
fn letters(typed: &str) -> String {
    let letters = typed.chars().filter(|letter| letter.is_alphanumeric());
    let letters = letters.map(|letter| match letter.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    });
    let letters: String = letters.collect();
    match letters.chars().count() {
        LETTERS => letters,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Randomness;
    use crate::people::passwords;

    #[test]
    fn a_code_is_the_same_however_it_was_heard() {
        for typed in ["K7QM-2x9d-1hf0", "k7qm2x9dlhfo", " k7qm 2x9d – ihfO "] {
            assert_eq!(letters(typed), "k7qm2x9d1hf0", "{typed}");
        }
        assert_eq!(letters("k7qm-2x9d"), "");
        let made = passwords::readable(&Randomness::seeded(3));
        assert_eq!(letters(&made), made.replace('-', ""));
    }
}
