//! Whether letters read like words. People and programmers write words, in whatever language; machines draw letters.
//!
//! `letters.txt` says how rare each letter is behind the two before it, in bits from 0 to 9: a row for each pair of
//! letters, the start of a word before the first, a column for each letter that follows. It was counted over the 19,000
//! words that occur in four and more files of twenty open-source projects (code, documentation and tests).

const RARITY: &[u8] = include_bytes!("letters.txt");

/// Bytes of a row of [`RARITY`]: 26 digits and a line feed.
const ROW: usize = 27;

/// Mean bits a letter above which letters are no word: 19 of 20 random strings of seven letters lie above, 98 of 100
/// words below.
const STRANGE: f32 = 5.2;

/// The same for fewer than six letters, which say less.
const STRANGE_SHORT: f32 = 5.7;

/// How rare the letters of `run` are on average, in bits a letter; 0 if there are none.
fn rarity(run: &[u8]) -> f32 {
    let (mut sum, mut row) = (0, 0);
    let mut last = None;
    for byte in run.iter().filter(|b| b.is_ascii_alphabetic()) {
        let letter = usize::from(byte.to_ascii_lowercase() - b'a');
        sum += u32::from(RARITY.get(row * ROW + letter).map_or(0, |digit| digit - b'0'));
        row = match last {
            None => 1 + letter,
            Some(last) => 27 + 26 * last + letter,
        };
        last = Some(letter);
    }
    if run.is_empty() { 0.0 } else { sum as f32 / run.len() as f32 }
}

fn bound(letters: usize) -> f32 {
    if letters < 6 { STRANGE_SHORT } else { STRANGE }
}

/// Whether one run of letters reads like no word. Fewer than four say nothing.
pub(super) fn is_strange_word(word: &[u8]) -> bool {
    word.len() >= 4 && rarity(word) > bound(word.len())
}

/// Whether the runs of letters in `value`, taken together, read like no words.
pub(super) fn are_strange(value: &[u8]) -> bool {
    are_stranger(value, 0.0)
}

/// Whether they do although they begin with a capital and go on without one, as words of any language do.
pub(super) fn are_strange_in_any_language(value: &[u8]) -> bool {
    are_stranger(value, if is_title(value) { 1.2 } else { 0.0 })
}

/// A capital and small letters behind it, as words of labels begin: `Kennwort`, `Neo-shuidhich`.
pub(super) fn is_title(value: &[u8]) -> bool {
    let is_within = |b: &u8| b.is_ascii_lowercase() || *b == b'-';
    value.first().is_some_and(u8::is_ascii_uppercase) && value[1..].iter().all(is_within)
}

fn are_stranger(value: &[u8], more: f32) -> bool {
    let (mut letters, mut bits) = (0, 0.0);
    for run in value.split(|b| !b.is_ascii_alphabetic()).filter(|run| run.len() >= 3) {
        letters += run.len();
        bits += rarity(run) * run.len() as f32;
    }
    letters >= 4 && bits / letters as f32 > bound(letters) + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_row_for_every_two_letters() {
        assert_eq!(RARITY.len(), (1 + 26 + 26 * 26) * ROW);
        assert!(RARITY.chunks(ROW).all(|row| row[..26].iter().all(u8::is_ascii_digit) && row[26] == b'\n'));
    }

    #[test]
    fn words_and_names_read_like_words() {
        for word in
            ["password", "Passwort", "kestrel", "contraseña", "motdepasse", "kubectl", "PropertyAccess", "tundra"]
        {
            assert!(!are_strange(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn labels_of_any_language_read_like_words() {
        for label in ["Facal-faire", "Neo-shuidhich", "Kennwort"] {
            assert!(!are_strange_in_any_language(label.as_bytes()), "{label}");
        }
        for text in ["wzqhk-vtnqx", "Wzqhkvtnqx", "Wzqhk-Vtnqx"] {
            assert!(are_strange_in_any_language(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn random_letters_do_not() {
        for text in ["wzqhkvtn", "qzvkt84x", "KQZXWVNTJHGR", "xkcdq-vbnrt"] {
            assert!(are_strange(text.as_bytes()), "{text}");
        }
    }
}
