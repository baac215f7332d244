//! Values without a format of their own: passwords, secrets and tokens that only their names give away.
//!
//! Most values beside such names are no secrets: types, references, messages, field names, file names. What is left is
//! a finding of medium confidence if it looks made by a machine or chosen by a careful person, else of low.

use super::name::Naming;
use super::{Context, Outcome, jwt, placeholder, random, structure, words};
use crate::finding::Confidence;
use data_encoding::BASE64;

/// Functions whose argument is no secret, or no longer.
const OTHER_FUNCTIONS: &[&str] = &[
    "compile",
    "contains",
    "crypt",
    "encode",
    "find",
    "generate",
    "hash",
    "load",
    "lookup",
    "match",
    "md5",
    "parse",
    "query",
    "random",
    "read",
    "replace",
    "require",
    "select",
    "sha",
    "split",
    "uuid",
    "verify",
    "get_",
    "getsecret",
    "translate",
    "gettext",
    "import",
    "include",
    "indexof",
    "equals",
    "endswith",
    "startswith",
    "print",
    "log",
    "error",
    "raise",
];

/// A value assigned to a name that says password, secret, token or key.
pub(super) fn generic(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let naming = Naming::before(cx.before());
    if value.len() < 6 || is_code(cx) {
        return Outcome::Refuted;
    }
    if let Some(naming) = &naming {
        let function = naming.function().map(|name| String::from_utf8_lossy(name).to_lowercase());
        let is_other = |name: String| OTHER_FUNCTIONS.iter().any(|other| name.contains(other));
        if naming.is_neighbour_only()
            || naming.is_sentence()
            || naming.is_other_word()
            || naming.is_repeated_by(value)
            || function.is_some_and(is_other)
        {
            return Outcome::Refuted;
        }
    }
    match judge(value, naming.as_ref()) {
        Outcome::Is(Confidence::Medium, reason) => match naming {
            Some(naming) if naming.is_about() => low("its name says that it is about a secret, and not one"),
            Some(naming) if naming.is_public() => low("its name says that it is public"),
            Some(naming) if naming.is_made_up() => low("its name says that it is made up"),
            _ => Outcome::Is(Confidence::Medium, reason),
        },
        Outcome::Is(_, _) if naming.is_some_and(|naming| naming.is_about() || naming.is_public()) => Outcome::Refuted,
        outcome => outcome,
    }
}

/// A password that its surroundings prove to be one: refuted or lowered as a generic one is, else as sure as its rule.
pub(super) fn password(cx: &Context<'_>) -> Outcome {
    if is_code(cx) {
        return Outcome::Refuted;
    }
    match judge(cx.value(), None) {
        Outcome::Is(Confidence::Low, _) if !words::is_made_of_words(cx.value()) => Outcome::Plain(None),
        Outcome::Is(Confidence::Medium, reason) => Outcome::Plain(Some(reason)),
        outcome => outcome,
    }
}

fn low(reason: &'static str) -> Outcome {
    Outcome::Is(Confidence::Low, reason.into())
}

/// What the value itself says.
fn judge(value: &[u8], naming: Option<&Naming<'_>>) -> Outcome {
    let lower = value.to_ascii_lowercase();
    let is_text = value.iter().all(|b| b.is_ascii_graphic() || *b == b' ' || *b == b'\t');
    if !is_text || structure::is_reference(&lower) || is_prose(&lower) || is_expression(value) {
        return Outcome::Refuted;
    }
    let is_password = naming.is_none_or(Naming::is_password);
    let kinds = kinds(value);
    // People join words by signs in passwords, programmers in names.
    let may_be_name = !(is_password && kinds == 4);
    let bare = value.strip_prefix(b"+").or(value.strip_prefix(b":")).unwrap_or(value);
    if (may_be_name && is_name(bare)) || is_common(&lower) || is_path_or_type(&lower) || is_version(value) {
        return Outcome::Refuted;
    }
    if is_hash(&lower) {
        return low("a hash, by its prefix");
    }
    if words::is_made_of_words(value) {
        return low("made of the words that people make up values of");
    }
    if value.len() <= 20 && placeholder::is_braided(&lower) {
        return low("the alphabet and the digits in turns");
    }
    if let Some(outcome) = decoded(value, naming) {
        return outcome;
    }
    let entropy = random::entropy(value);
    if value.len() >= 16 && random::looks_random(value) && kinds >= 2 {
        return Outcome::Is(Confidence::Medium, "the value looks random".into());
    }
    // Tokens are longer than passwords, and machines make them.
    let is_mixed = match is_password {
        true => kinds >= 3 && value.len() >= 8 && entropy >= 2.7,
        false => kinds >= 3 && value.len() >= 12 && entropy >= 3.0 || kinds == 4 && value.len() >= 10,
    };
    if is_mixed && naming.is_none_or(|naming| naming.function().is_none() || kinds == 4) {
        return Outcome::Is(
            Confidence::Medium,
            "the value mixes letters, digits and signs like a chosen password".into(),
        );
    }
    low("a plain value beside a telling name")
}

/// What a value is worth whose text in base64 says more: a JSON Web Token, or the base64 of words.
fn decoded(value: &[u8], naming: Option<&Naming<'_>>) -> Option<Outcome> {
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
    if placeholder::is_placeholder(inner) {
        return Some(Outcome::Refuted);
    }
    match judge(inner, naming) {
        Outcome::Is(Confidence::Medium, _) => {
            Some(Outcome::Is(Confidence::Medium, "the base64 of a value like a chosen password".into()))
        }
        Outcome::Refuted if !text.contains(&b' ') || text.len() > 40 => Some(low("the base64 of plain words")),
        _ => Some(low("the base64 of a plain value")),
    }
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
        let opening = cx.before().last().copied();
        let is_cut = cx.after().first().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`') && Some(*b) != opening);
        if is_cut && value.iter().any(|b| matches!(b, b'(' | b'{' | b'[')) {
            return true;
        }
        let (end, next) = (value.ends_with(b"="), cx.after().get(1..).unwrap_or_default().trim_ascii_start());
        return cx.after().first() == Some(&b'+') || end && (value.len() < 16 || next.starts_with(b"+"));
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

/// Literals that hold code: `SameSite=Lax`, `Vault(filename='%s')`, `&#xf14e;`.
fn is_expression(value: &[u8]) -> bool {
    if value.starts_with(b"&#") {
        return true;
    }
    if let Some(open) = value.iter().position(|b| *b == b'(')
        && value.ends_with(b")")
    {
        return is_name(&value[..open]);
    }
    match value.iter().position(|b| *b == b'=') {
        Some(at) if at + 1 < value.len() => is_name(&value[..at]) && is_name(&value[at + 1..]),
        _ => false,
    }
}

/// `v1.2.3-beta4`, `1.27.3-alpine3.18`, `2024-05-01T12:30:00Z`, `15.minutes`.
fn is_version(value: &[u8]) -> bool {
    let value = value.strip_prefix(b"v").unwrap_or(value);
    let numbers = value.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':')).count();
    if !value.first().is_some_and(u8::is_ascii_digit) || !value[..numbers].iter().any(|b| !b.is_ascii_digit()) {
        return false;
    }
    value[..numbers].split(|b| !b.is_ascii_digit()).all(|part| part.len() <= 4)
        && value[numbers..].split(|b| matches!(b, b'.' | b'-' | b':' | b'+' | b'T' | b'Z')).all(|part| {
            let letters = part.iter().take_while(|b| b.is_ascii_lowercase()).count();
            letters <= 10 && part[letters..].iter().all(u8::is_ascii_digit) && part.len() - letters <= 4
        })
}

/// `sha1:…`, `{SSHA}…`, `pbkdf2_sha256$…`: what is left of a password.
fn is_hash(lower: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[b"sha1", b"sha224", b"sha256", b"sha384", b"sha512", b"md5", b"bcrypt", b"pbkdf2"];
    let rest = STARTS.iter().find_map(|start| lower.strip_prefix(*start));
    rest.is_some_and(|rest| rest.first().is_some_and(|b| matches!(b, b':' | b'$' | b'_')))
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
    if is_slug(value) || is_algorithm(value) {
        return true;
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

/// Words and short numbers between signs: `hljs-keyword-2`, `X-CSRF-Token-2`, `KRB5_PASSWORD`, `domain2.tls`.
fn is_slug(value: &[u8]) -> bool {
    let is_sign = |b: &u8| !b.is_ascii_alphanumeric();
    if !value.iter().any(is_sign) || value.iter().filter(|b| b.is_ascii_digit()).count() * 5 > value.len() * 2 {
        return false;
    }
    value.split(is_sign).all(|part| {
        let letters = part.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (word, number) = part.split_at(letters);
        let is_one_case =
            |word: &[u8]| word.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_uppercase);
        number.iter().all(u8::is_ascii_digit)
            && number.len() <= 4
            && (word.is_empty() || is_one_case(word) || is_one_case(&word[1..]))
            && (word.len() <= 4 || vowels_are_plausible(word))
    })
}

/// Names of algorithms and of kinds of keys: `AES/CBC/PKCS5Padding`, `HMAC-SHA256`, `ssh-ed25519`.
fn is_algorithm(value: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[
        b"aes",
        b"argon2",
        b"chacha20",
        b"des",
        b"ecdsa",
        b"ecdh",
        b"ed25519",
        b"hmac",
        b"pbe",
        b"pbkdf2",
        b"pkcs",
        b"rsa",
        b"scram",
        b"secp",
        b"sha",
        b"ssh",
    ];
    let lower = value.to_ascii_lowercase();
    value.len() < 40
        && value.iter().any(|b| matches!(b, b'-' | b'_' | b'/'))
        && STARTS.iter().any(|start| lower.starts_with(start))
        && lower.iter().filter(|b| b.is_ascii_digit()).count() <= 8
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
        || lower.starts_with(b"ssh-")
        || lower.starts_with(b"aaaab3nzac1")
        || lower.starts_with(b"aaaac3nzac1")
        || lower.starts_with(b"mfkwewyhkozizj0")
        || lower.starts_with(b"miibijanbgkqhkig9w0")
        || lower.starts_with(b"migfma0gcsqgsib3")
        || lower.starts_with(b"sha256-")
        || lower.starts_with(b"sha512-")
        || lower.starts_with(b"sha384-")
        || lower.starts_with(b"sha1-")
}
