//! Passwords and tokens that people make up for tests, documents and first installations: `Password123!`, `s3cr3t`,
//! `test-token-1`, `MyStr0ngP@ssword`. Whoever tries keys tries these first; as leaks they are worth little.

/// Words that such values are made of.
const WORDS: &[&str] = &[
    "abc",
    "abcd",
    "abcdef",
    "access",
    "account",
    "admin",
    "administrator",
    "alice",
    "anonymous",
    "another",
    "any",
    "api",
    "apikey",
    "app",
    "asdf",
    "auth",
    "bad",
    "bar",
    "basic",
    "baz",
    "bearer",
    "bob",
    "change",
    "changeme",
    "client",
    "code",
    "complex",
    "confidential",
    "config",
    "cookie",
    "correct",
    "cred",
    "credential",
    "custom",
    "data",
    "database",
    "default",
    "demo",
    "dev",
    "doe",
    "dummy",
    "empty",
    "enough",
    "example",
    "expired",
    "fake",
    "field",
    "first",
    "foo",
    "foobar",
    "for",
    "from",
    "guest",
    "hash",
    "here",
    "hidden",
    "hint",
    "host",
    "http",
    "incorrect",
    "input",
    "insecure",
    "invalid",
    "jane",
    "john",
    "jwt",
    "key",
    "keystore",
    "letmein",
    "local",
    "login",
    "long",
    "mail",
    "main",
    "master",
    "mock",
    "mongo",
    "mysql",
    "name",
    "new",
    "not",
    "number",
    "old",
    "only",
    "open",
    "operator",
    "org",
    "original",
    "other",
    "owner",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "passwort",
    "pgpass",
    "postgres",
    "private",
    "prod",
    "production",
    "proxy",
    "public",
    "pwd",
    "qux",
    "qwerty",
    "random",
    "read",
    "real",
    "redis",
    "refresh",
    "role",
    "root",
    "rpc",
    "safe",
    "sample",
    "second",
    "secret",
    "secrets",
    "secure",
    "sekret",
    "sentinel",
    "server",
    "service",
    "session",
    "short",
    "simple",
    "site",
    "some",
    "store",
    "string",
    "strong",
    "super",
    "system",
    "temp",
    "test",
    "tester",
    "testing",
    "text",
    "that",
    "the",
    "this",
    "token",
    "trust",
    "truststore",
    "unsafe",
    "use",
    "user",
    "username",
    "valid",
    "value",
    "very",
    "weak",
    "web",
    "with",
    "word",
    "write",
    "wrong",
    "xyz",
    "your",
    "zxcv",
];

/// Where the words with each first letter begin and end; the list is in the order of the alphabet.
const BY_LETTER: [(usize, usize); 26] = {
    let mut ranges = [(0, 0); 26];
    let mut word = 0;
    while word < WORDS.len() {
        let range = &mut ranges[(WORDS[word].as_bytes()[0] - b'a') as usize];
        if range.1 == 0 {
            range.0 = word;
        }
        range.1 = word + 1;
        word += 1;
    }
    ranges
};

/// The letters that a byte may stand for: itself, or those for which it is a usual sign ([`reads_as`]).
fn letters_of(byte: u8) -> [Option<u8>; 2] {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => [Some(letter), None],
        b'@' | b'4' => [Some(b'a'), None],
        b'3' => [Some(b'e'), None],
        b'1' | b'!' => [Some(b'i'), Some(b'l')],
        b'0' => [Some(b'o'), None],
        b'$' | b'5' => [Some(b's'), None],
        b'7' | b'+' => [Some(b't'), None],
        _ => [None, None],
    }
}

/// Words by which an author says that a value is none.
const NONE: &[&str] = &[
    "another",
    "bad",
    "bar",
    "baz",
    "change",
    "dummy",
    "example",
    "fake",
    "foo",
    "here",
    "incorrect",
    "invalid",
    "mock",
    "other",
    "sample",
    "some",
    "wrong",
    "your",
];

/// Whether `lower` holds a word by which its author says that it is no real one.
pub(super) fn says_none(lower: &[u8]) -> bool {
    NONE.iter().any(|word| memchr::memmem::find(lower, word.as_bytes()).is_some())
}

/// The share of letters that must belong to words, in percent.
const COVERED: usize = 80;

/// Whether `value` is made of such words, in any spelling with digits and signs for letters.
pub(super) fn is_made_of_words(value: &[u8]) -> bool {
    if value.len() > 48 {
        return false;
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if letters < 3 {
        return false;
    }
    // `secret7723^%&!^%&f2`: more than the word.
    let is_sign = |b: &&u8| b.is_ascii_punctuation() && !matches!(b, b'-' | b'_' | b'.');
    if value.iter().filter(is_sign).count() >= 5 && value.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let covered = covered_letters(value);
    if covered * 100 >= letters * COVERED {
        return true;
    }
    // The word itself, with a name or a year about it.
    let around = letters - covered;
    (has_word(value, b"password") || has_word(value, b"passwd") || has_word(value, b"secret")) && around <= 6
        || counts_up(value) && letters <= 9
}

/// `Forge123`, `Company1234!`: letters, then the row of digits.
fn counts_up(value: &[u8]) -> bool {
    let value = value.strip_suffix(b"!").unwrap_or(value);
    let start = value.iter().position(u8::is_ascii_digit).unwrap_or(value.len());
    let (word, digits) = value.split_at(start);
    digits.len() >= 3 && b"1234567890".starts_with(digits) && word.iter().all(|b| b.is_ascii_alphabetic() || *b == b'@')
}

/// The most letters that words can cover without overlapping.
fn covered_letters(value: &[u8]) -> usize {
    let mut best = vec![0; value.len() + 1];
    for start in (0..value.len()).rev() {
        best[start] = best[start + 1];
        for letter in letters_of(value[start]).into_iter().flatten() {
            let (first, behind) = BY_LETTER[usize::from(letter - b'a')];
            for word in WORDS[first..behind].iter().filter(|word| begins_with(&value[start..], word.as_bytes())) {
                let end = start + word.len();
                let letters = value[start..end].iter().filter(|b| b.is_ascii_alphabetic()).count();
                best[start] = best[start].max(letters + best[end]);
            }
        }
    }
    best[0]
}

/// Whether it is the word "password" in disguise, perhaps with something behind it.
pub(super) fn is_the_word(value: &[u8]) -> bool {
    [&b"password"[..], b"passwd", b"passwort"].iter().any(|word| begins_with(value, word))
}

/// Whether all of `text` is `word`, with digits and signs for letters or without.
pub(super) fn reads_as_word(text: &[u8], word: &[u8]) -> bool {
    text.len() == word.len() && begins_with(text, word)
}

fn has_word(value: &[u8], word: &[u8]) -> bool {
    (0..value.len()).any(|start| begins_with(&value[start..], word))
}

fn begins_with(text: &[u8], word: &[u8]) -> bool {
    text.len() >= word.len() && text.iter().zip(word).all(|(byte, letter)| reads_as(*byte, *letter))
}

/// Whether `byte` is `letter` or a usual sign for it.
fn reads_as(byte: u8, letter: u8) -> bool {
    byte.to_ascii_lowercase() == letter
        || match letter {
            b'a' => matches!(byte, b'@' | b'4'),
            b'e' => byte == b'3',
            b'i' | b'l' => matches!(byte, b'1' | b'!'),
            b'o' => byte == b'0',
            b's' => matches!(byte, b'$' | b'5'),
            b't' => matches!(byte, b'7' | b'+'),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_values_are_made_of_words() {
        for text in [
            "Password123!",
            "P@ssw0rd",
            "p@$$w0rD",
            "s3cr3t-v4lue",
            "MyStr0ngP@ssword!",
            "test-token-12345",
            "Admin_123",
            "VeryStrongPasswordHere!",
            "Forge123",
            "letmein!2",
            "verYs3cret",
        ] {
            assert!(is_made_of_words(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_are_found_by_their_first_letter() {
        assert!(WORDS.is_sorted());
        for byte in 0..=255 {
            let letters: Vec<u8> = letters_of(byte).into_iter().flatten().collect();
            assert_eq!(letters, (b'a'..=b'z').filter(|letter| reads_as(byte, *letter)).collect::<Vec<_>>());
        }
        for (letter, (first, behind)) in (b'a'..).zip(BY_LETTER) {
            assert!(WORDS[first..behind].iter().all(|word| word.as_bytes()[0] == letter));
        }
        assert_eq!(BY_LETTER.iter().map(|(first, behind)| behind - first).sum::<usize>(), WORDS.len());
    }

    #[test]
    fn chosen_and_generated_values_are_not() {
        for text in [
            "secret7723^%&!^%&f2",
            "Kestrel-Harbor42",
            "kT9#vQ2m!x",
            "Blaubeere2019!",
            "9fK2mQ7xLp4RtV8nB3cZ6wYd",
            "Tr0ub4dor&3",
        ] {
            assert!(!is_made_of_words(text.as_bytes()), "{text}");
        }
    }
}
