//! Values without a format of their own: passwords, secrets and tokens that only their names give away.
//!
//! Most values beside such names are no secrets: types, references, messages, field names, file names. What is left is
//! a finding of medium confidence if it looks made by a machine or chosen by a careful person, else of low.

use super::{Context, Outcome, random, structure};
use crate::finding::Confidence;

/// A value assigned to a name that says password, secret, token or key.
pub(super) fn generic(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let lower = value.to_ascii_lowercase();
    if value.len() < 6 || !value.is_ascii() || structure::is_reference(&lower) || is_code(cx) || is_prose(&lower) {
        return Outcome::Refuted;
    }
    if is_name(value) || is_common(&lower) || is_path_or_type(&lower) {
        return Outcome::Refuted;
    }
    let kinds = kinds(value);
    if value.len() >= 16 && random::looks_random(value) && kinds >= 2 {
        return Outcome::Is(Confidence::Medium, "the value looks random".into());
    }
    if kinds >= 3 && value.len() >= 8 && random::entropy(value) >= 2.7 {
        return Outcome::Is(
            Confidence::Medium,
            "the value mixes letters, digits and signs like a chosen password".into(),
        );
    }
    Outcome::Is(Confidence::Low, "a plain value beside a telling name".into())
}

/// How many of lowercase, uppercase, digits and signs occur.
fn kinds(value: &[u8]) -> u32 {
    let has = |test: fn(&u8) -> bool| u32::from(value.iter().any(test));
    has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit) + has(u8::is_ascii_punctuation)
}

/// Calls, indexing, operators: the value is an expression, not a literal. Quoted values are literals.
fn is_code(cx: &Context<'_>) -> bool {
    let value = cx.value();
    let quoted = cx.before().last().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`'));
    if quoted {
        return cx.after().first().is_some_and(|b| *b == b'+') || value.ends_with(b"=") && value.len() < 16;
    }
    let follows_call = !cx.after().starts_with(b"</")
        && cx.after().first().is_some_and(|b| matches!(b, b'(' | b'[' | b'{' | b'.' | b'<'));
    follows_call
        || value
            .iter()
            .any(|b| matches!(b, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'|' | b';' | b'&' | b'\\'))
        || memchr::memmem::find(value, b"->").is_some()
        || memchr::memmem::find(value, b"::").is_some()
        || value.starts_with(b"self.")
        || value.starts_with(b"this.")
        || is_dotted_name(value)
}

/// `settings.SECRET`, `config.db.password`: names joined by dots.
fn is_dotted_name(value: &[u8]) -> bool {
    value.contains(&b'.') && value.split(|b| *b == b'.').all(|part| is_name(part) && !part.is_empty())
}

/// Sentences and messages.
fn is_prose(lower: &[u8]) -> bool {
    lower.contains(&b' ') || lower.contains(&b'\t')
}

/// An identifier made of words: camelCase, snake_case, kebab-case; letters with hardly a digit, of words' lengths.
fn is_name(value: &[u8]) -> bool {
    if !value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b'@')) {
        return false;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    if digits == 0 && value.iter().all(u8::is_ascii_lowercase) {
        return value.len() < 24 && vowels_are_plausible(value);
    }
    if digits * 6 > value.len() {
        return false;
    }
    let words = words(value);
    // Random letters change case and kind every other byte; names are made of words.
    if words.len() * 3 > value.len() {
        return false;
    }
    words.iter().all(|word| word.len() <= 2 || word.iter().all(u8::is_ascii_digit) || vowels_are_plausible(word))
}

/// Splits at signs and at changes from lower to upper case.
fn words(value: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let mut start = 0;
    for i in 1..=value.len() {
        let ends = i == value.len()
            || !value[i].is_ascii_alphanumeric()
            || (value[i].is_ascii_uppercase() && value[i - 1].is_ascii_lowercase())
            || (value[i].is_ascii_digit() != value[i - 1].is_ascii_digit());
        if ends {
            let word = &value[start..i];
            let word =
                word.strip_prefix(&[value[start]]).filter(|_| !value[start].is_ascii_alphanumeric()).unwrap_or(word);
            if !word.is_empty() {
                words.push(word);
            }
            start = i;
        }
    }
    words
}

/// Whether letters alternate as in words: a fifth to three quarters vowels, never five consonants in a row.
fn vowels_are_plausible(word: &[u8]) -> bool {
    let is_vowel = |b: &u8| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let vowels = word.iter().filter(|b| is_vowel(b)).count();
    let mut consonants = 0;
    for byte in word {
        consonants = if is_vowel(byte) { 0 } else { consonants + 1 };
        if consonants >= 5 {
            return false;
        }
    }
    vowels * 6 >= word.len() && vowels * 4 <= word.len() * 3 + 2
}

/// What people write where a secret goes later.
fn is_common(lower: &[u8]) -> bool {
    const COMMON: &[&str] = &[
        "password",
        "passwd",
        "secret",
        "token",
        "api_key",
        "apikey",
        "string",
        "null",
        "none",
        "true",
        "false",
        "undefined",
        "required",
        "optional",
        "test123",
        "password1",
        "password123",
        "passw0rd",
        "p@ssw0rd",
        "p@ssword",
        "admin123",
        "secret123",
        "123456",
        "12345678",
        "123456789",
        "test1234",
        "abc123",
        "letmein",
        "changeit",
        "default",
        "test-token",
        "testtoken",
        "mytoken",
        "s3cr3t",
        "hunter2",
        "correct-horse-battery-staple",
        "foobarbaz",
    ];
    COMMON.iter().any(|word| word.as_bytes() == lower)
        || lower.starts_with(b"test") && lower.len() < 16
        || lower.starts_with(b"my") && lower.len() < 16
}

fn is_path_or_type(lower: &[u8]) -> bool {
    lower.starts_with(b"/")
        || lower.starts_with(b"./")
        || lower.starts_with(b"../")
        || lower.starts_with(b"~/")
        || memchr::memmem::find(lower, b"://").is_some()
        || lower.starts_with(b"--")
        || lower.starts_with(b"@")
        || lower.starts_with(b"#")
        || lower.starts_with(b".")
        || [
            &b".py"[..],
            b".js",
            b".ts",
            b".rb",
            b".go",
            b".rs",
            b".java",
            b".json",
            b".yml",
            b".yaml",
            b".pem",
            b".key",
            b".txt",
            b".html",
            b".crt",
            b".md",
            b".com",
        ]
        .iter()
        .any(|end| lower.ends_with(end))
        || lower.starts_with(b"sha256-")
        || lower.starts_with(b"sha512-")
        || lower.starts_with(b"sha384-")
        || lower.starts_with(b"sha1-")
}
