//! What is tried first: names of users and services, rows of keys, a word twice, the word for a password in disguise.

use super::words;

/// Words, and rows of keys with words.
const TRIED: &[&[u8]] = &[
    b"123",
    b"abcd1234",
    b"admin",
    b"admin1",
    b"admin123",
    b"administrator",
    b"asdf1234",
    b"changeit",
    b"dev",
    b"example",
    b"foobar",
    b"guest",
    b"hunter2",
    b"letmein",
    b"masterkey",
    b"minio123",
    b"minioadmin",
    b"monkey",
    b"mysql",
    b"oracle",
    b"password1",
    b"password123",
    b"pass123",
    b"pass1234",
    b"postgres",
    b"qwerty",
    b"qwerty123",
    b"raspberry",
    b"redis",
    b"root",
    b"root123",
    b"secret",
    b"secret123",
    b"shhhh",
    b"shhhhh",
    b"shhhhhh",
    b"supersecret",
    b"test",
    b"test123",
    b"test1234",
    b"testing",
    b"testing123",
    b"tiger",
    b"topsecret",
    b"toor",
    b"ubuntu",
    b"vagrant",
    b"welcome",
    b"welcome1",
    b"whatever",
    b"zaq12wsx",
];

/// Words that people write with digits and signs for letters.
const DISGUISED: &[&str] = &["admin", "letmein", "passwd", "password", "secret", "secure", "welcome"];

/// Words that are written twice.
const DOUBLED: &[&[u8]] = &[b"admin", b"demo", b"mysql", b"pass", b"root", b"secret", b"test"];

/// Whether it is one of the first that anyone tries. In small letters: with a capital they are labels.
pub(super) fn is_tried(value: &[u8]) -> bool {
    TRIED.contains(&value) || is_row(value) || is_doubled(value) || is_disguise(value) || is_titled(value)
}

/// `1234`, `123456789Aa`, `abc123`, `Aa123456!`: the row of digits, with three letters and a sign about it at most.
fn is_row(value: &[u8]) -> bool {
    let value = value.strip_suffix(b"!").or(value.strip_suffix(b"@")).unwrap_or(value);
    let Some(start) = value.iter().position(u8::is_ascii_digit) else { return false };
    let count = value[start..].iter().take_while(|b| b.is_ascii_digit()).count();
    let (before, row, behind) = (&value[..start], &value[start..start + count], &value[start + count..]);
    let letters = before.len() + behind.len();
    let least = match letters {
        0 => 4,
        _ if before.eq_ignore_ascii_case(b"abc") && behind.is_empty() => 3,
        _ => 6,
    };
    count >= least
        && b"1234567890".starts_with(row)
        && letters <= 3
        && before.iter().chain(behind).all(u8::is_ascii_alphabetic)
        && (letters == 0 || value.iter().any(u8::is_ascii_lowercase))
}

/// `testtest`
fn is_doubled(value: &[u8]) -> bool {
    let (first, second) = value.split_at(value.len() / 2);
    first == second && DOUBLED.contains(&first)
}

/// `p@ssw0rd`, `Passw0rd1`, `s3cr3t`: a word with a digit or a sign for a letter, and a number behind it at most.
fn is_disguise(value: &[u8]) -> bool {
    let word = value.strip_suffix(b"!").unwrap_or(value);
    DISGUISED.iter().any(|disguised| {
        let (word, number) = word.split_at(disguised.len().min(word.len()));
        words::reads_as_word(word, disguised.as_bytes())
            && (word.iter().any(|b| !b.is_ascii_alphabetic()) || has_capital_within(word))
            && number.len() <= 4
            && number.iter().all(u8::is_ascii_digit)
    })
}

/// `passwOrd`: a capital that begins no word.
fn has_capital_within(word: &[u8]) -> bool {
    word[0].is_ascii_lowercase() && word.iter().filter(|b| b.is_ascii_uppercase()).count() == 1
}

/// `Password1`, `KestrelPassword1`: words with capitals of which the last is that for a password, and a number. Fields have
/// none.
fn is_titled(value: &[u8]) -> bool {
    let value = value.strip_suffix(b"!").unwrap_or(value);
    let end = value.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |i| i + 1);
    let (word, number) = value.split_at(end);
    let Some(before) = word.strip_suffix(b"Password") else { return false };
    (1..=4).contains(&number.len())
        && before.len() <= 16
        && before.first().is_none_or(u8::is_ascii_uppercase)
        && before.iter().all(u8::is_ascii_alphabetic)
        && !words::says_none(&before.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried() {
        for text in [
            "1234",
            "1234567890",
            "123456789Aa",
            "abc123",
            "Aa123456",
            "a123456!",
            "testtest",
            "p@ssw0rd",
            "Passw0rd",
            "P@ssw0rd1",
            "s3cr3t",
            "S3cur3",
            "pa55word",
            "KestrelPassword1",
            "Password1",
            "Password123!",
            "passwOrd2",
            "root",
        ] {
            assert!(is_tried(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_is_not() {
        for text in [
            "password",
            "Password",
            "Secret",
            "kestrel",
            "1235",
            "ABC123456",
            "abcd123456",
            "pass",
            "userPassword1",
            "YourPassword1",
            "KestrelPassword",
            "kestrelkestrel",
            "sec",
        ] {
            assert!(!is_tried(text.as_bytes()), "{text}");
        }
    }
}
