//! Values that are something else in another form: a token, the base64 of words, the hash of a password, a sealed secret.

use super::generic::{judge, low, medium};
use super::name::Naming;
use super::{Outcome, jwt, placeholder};
use crate::finding::Confidence;
use data_encoding::BASE64;

/// What a value is worth whose text in base64 says more: a JSON Web Token, or the base64 of words.
pub(super) fn decoded(value: &[u8], naming: Option<&Naming<'_>>) -> Option<Outcome> {
    if value.starts_with(b"eyJ") {
        return match jwt::judge(value)? {
            Outcome::Is(Confidence::High, reason) => Some(Outcome::Is(Confidence::Medium, reason)),
            outcome => Some(outcome),
        };
    }
    if value.len() < 8 || !value.len().is_multiple_of(4) {
        return None;
    }
    let plain = BASE64.decode(value).ok()?;
    let text = plain.trim_ascii();
    // Three random bytes in four are no printable text.
    if text.len() < 4 || !text.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
        return None;
    }
    let inner = text.rsplit(|b| *b == b':').next().unwrap_or(text);
    // Nobody encodes a value that is to be replaced, or that is none.
    let is_named = naming.is_some_and(|naming| naming.is_exact() && (naming.is_password() || naming.is_secret()));
    if placeholder::is_placeholder(inner) && (!is_named || value.len() < 20) {
        return Some(Outcome::Refuted);
    }
    if is_named && !text.contains(&b' ') {
        return Some(medium("base64, given as a password or a secret"));
    }
    match judge(inner, naming, true) {
        Outcome::Is(Confidence::Medium, _) => {
            Some(Outcome::Is(Confidence::Medium, "the base64 of a value like a chosen password".into()))
        }
        Outcome::Refuted if !text.contains(&b' ') || text.len() > 40 => Some(low("the base64 of plain words")),
        _ => Some(low("the base64 of a plain value")),
    }
}

/// `sha1:…`, `{SSHA}…`, `pbkdf2_sha256$…`, and a star with forty digits, as `PASSWORD()` of MySQL gives: what is left of a
/// password.
pub(super) fn is_hash(lower: &[u8]) -> bool {
    if lower.len() == 41 && lower[0] == b'*' && lower[1..].iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    const STARTS: &[&[u8]] = &[b"sha1", b"sha224", b"sha256", b"sha384", b"sha512", b"md5", b"bcrypt", b"pbkdf2"];
    let lower = lower.strip_prefix(b"hmac-").unwrap_or(lower);
    let rest = STARTS.iter().find_map(|start| lower.strip_prefix(*start));
    rest.is_some_and(|rest| rest.first().is_some_and(|b| matches!(b, b':' | b'$' | b'_')))
}

/// Whether a value begins as Sealed Secrets do: two bytes that hold the length of a session key, 512 bytes for keys of
/// 4,096 bits, in base64 (source: the format of `HybridEncrypt` in github.com/bitnami-labs/sealed-secrets).
pub(super) fn is_sealed(value: &[u8]) -> bool {
    matches!(value, [b'A', b'g', b'A'..=b'D', ..])
}
