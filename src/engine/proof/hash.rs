//! Hashes of passwords: worth as much as the passwords are weak, unless they were made for tests.

use super::{Context, Outcome};
use crate::finding::Confidence;

/// A hash with its cost. Tests hash cheaply, and one hash of the word "password" stands in many of them.
pub(super) fn password_hash(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    if cost(value).is_some_and(|cost| cost < 8) || memory(value).is_some_and(|kilobytes| kilobytes < 4096) {
        return Outcome::Is(Confidence::Low, "made at the low cost that tests hash with".into());
    }
    let before = cx.before().to_ascii_lowercase();
    let has = |needle: &[u8]| memchr::memmem::find(&before, needle).is_some();
    if before.trim_ascii_start().starts_with(b"//") || before.trim_ascii_start().starts_with(b"#") {
        return Outcome::Is(Confidence::Low, "in a comment".into());
    }
    match has(b"insert") || has(b"values") || before.trim_ascii_start().starts_with(b"(") {
        true => Outcome::Is(Confidence::Medium, "the hash of a password in a dump of a database".into()),
        false => Outcome::Plain(Some("a password can be guessed from its hash".into())),
    }
}

/// Whether a value stands where the hash of a password would, and no password has it: Django writes an exclamation mark and
/// forty drawn characters (source: `UNUSABLE_PASSWORD_PREFIX` and `UNUSABLE_PASSWORD_SUFFIX_LENGTH` in Django's
/// `contrib.auth.hashers`).
pub(super) fn opens_nothing(value: &[u8]) -> bool {
    value.len() == 41 && value[0] == b'!' && value[1..].iter().all(u8::is_ascii_alphanumeric)
}

/// The cost of bcrypt: `$2b$12$…`.
fn cost(value: &[u8]) -> Option<u32> {
    let rest = value.strip_prefix(b"$2")?;
    let digits = rest.get(2..4)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The memory that Argon2 was given, in kilobytes: `$argon2id$v=19$m=65536,…`.
fn memory(value: &[u8]) -> Option<u32> {
    let at = memchr::memmem::find(value, b"$m=")? + 3;
    let digits = value[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    std::str::from_utf8(&value[at..at + digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_read() {
        assert_eq!(cost(b"$2b$12$abc"), Some(12));
        assert_eq!(cost(b"$2y$04$abc"), Some(4));
        assert_eq!(memory(b"$argon2id$v=19$m=65536,t=3,p=4$x"), Some(65536));
        assert_eq!(memory(b"$6$salt$hash"), None);
    }

    #[test]
    fn an_unusable_password_opens_nothing() {
        let drawn = "aB3".repeat(14);
        assert!(opens_nothing(format!("!{}", &drawn[..40]).as_bytes()));
        assert!(!opens_nothing(format!("!{}", &drawn[..39]).as_bytes()));
        assert!(!opens_nothing(format!("x{}", &drawn[..40]).as_bytes()));
    }
}
