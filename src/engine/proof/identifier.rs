//! Names that programs give to things: identifiers, slugs, algorithms, versions. None is a secret.

use super::letters;

/// `settings.SECRET`, `config.db.password`: names joined by dots.
pub(super) fn is_dotted_name(value: &[u8]) -> bool {
    value.contains(&b'.')
        && value.split(|b| *b == b'.').all(|part| !part.is_empty() && (is_name(part) || is_term(part)))
}

/// `newPassword2`, `_mockKey_3`: words joined as in variables, with numbers behind them or within.
pub(super) fn is_variable(value: &[u8]) -> bool {
    let has_hump = value.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    value.first().is_some_and(|b| b.is_ascii_lowercase() || *b == b'_')
        && value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        && (has_hump || value.contains(&b'_'))
        && !letters::are_strange(value)
}

/// `django.contrib.auth.hashers.PBKDF2PasswordHasher`: a class within packages.
pub(super) fn is_class(value: &[u8]) -> bool {
    let mut parts = value.rsplit(|b| *b == b'.');
    let is_package = |part: &[u8]| part.len() >= 2 && part.iter().all(|b| b.is_ascii_lowercase() || *b == b'_');
    let is_type =
        |part: &[u8]| part.len() >= 3 && part[0].is_ascii_uppercase() && part.iter().all(u8::is_ascii_alphanumeric);
    parts.next().is_some_and(is_type) && parts.clone().count() >= 2 && parts.all(is_package)
}

/// `372.IBNSViewMetadataConstraints`: a name of words behind a number.
pub(super) fn is_numbered(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    let name = value[digits..].strip_prefix(b".").unwrap_or_default();
    digits > 0 && name.len() >= 8 && name.iter().all(u8::is_ascii_alphabetic) && !letters::are_strange(name)
}

/// `v1.2.3-beta4`, `^1.27.3`, `1.27.3-alpine3.18`, `2024-05-01T12:30:00Z`, `15.minutes`.
pub(super) fn is_version(value: &[u8]) -> bool {
    let signs = value.iter().take_while(|b| matches!(b, b'^' | b'~' | b'>' | b'<' | b'=' | b'v')).count();
    let value = &value[signs..];
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

/// An identifier made of words: camelCase, snake_case, kebab-case; letters with hardly a digit, of words' lengths.
pub(super) fn is_name(value: &[u8]) -> bool {
    if !value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b'@')) {
        return false;
    }
    if is_slug(value) || is_algorithm(value) {
        return true;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    if digits == 0 && value.iter().all(u8::is_ascii_lowercase) {
        return value.len() < 24 && !letters::is_strange_word(value);
    }
    if digits * 6 > value.len() {
        return false;
    }
    let words = words(value);
    // Random letters change case and kind every other byte; names are made of words.
    if words.len() * 3 > value.len() {
        return false;
    }
    words.iter().all(|word| word.iter().all(u8::is_ascii_digit) || !letters::is_strange_word(word))
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
            && number.len() <= 5
            && (word.is_empty() || is_one_case(word) || is_one_case(&word[1..]))
            && !letters::is_strange_word(word)
    })
}

/// How names of algorithms begin.
const ALGORITHMS: &[&[u8]] = &[
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
    b"prime192",
    b"prime256",
    b"rsa",
    b"scram",
    b"secp",
    b"sha",
    b"ssh",
];

/// `secp256k1`, `pbkdf2sha256`: whether it begins as the name of an algorithm.
pub(super) fn begins_as_algorithm(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    ALGORITHMS.iter().any(|start| start.len() >= 4 && lower.starts_with(start))
}

/// Names of algorithms and of kinds of keys: `AES/CBC/PKCS5Padding`, `HMAC-SHA256`, `ssh-ed25519`.
pub(super) fn is_algorithm(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    value.len() < 40
        && value.iter().any(|b| matches!(b, b'-' | b'_' | b'/'))
        && ALGORITHMS.iter().any(|start| lower.starts_with(start))
        && lower.iter().filter(|b| b.is_ascii_digit()).count() <= 8
}

/// `sha512`, `base64`, `utf8`, `x509`: words of the trade with the number that belongs to them.
pub(super) fn is_term(value: &[u8]) -> bool {
    const STEMS: &[&[u8]] = &[
        b"aes", b"amd", b"arg", b"argon", b"arm", b"base", b"crc", b"des", b"es", b"float", b"hs", b"http", b"int",
        b"ipv", b"iso", b"krb", b"latin", b"md", b"ntlmv", b"oauth", b"param", b"pbkdf", b"ps", b"rc", b"rfc", b"rs",
        b"rsa", b"sha", b"ssha", b"tls", b"uint", b"utf", b"win", b"x",
    ];
    let lower = value.to_ascii_lowercase();
    let stem = lower.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    lower[stem..].iter().all(u8::is_ascii_digit) && STEMS.contains(&&lower[..stem])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_joined_by_dots() {
        assert!(is_dotted_name(b"config.db.password"));
        assert!(is_dotted_name(b"userMap.sha256.password"));
        assert!(!is_dotted_name(b"kestrel.42"));
    }

    #[test]
    fn classes_in_packages() {
        assert!(is_class(b"django.contrib.auth.hashers.PBKDF2PasswordHasher"));
        assert!(!is_class(b"kestrel.Hbr42"));
    }

    #[test]
    fn variables() {
        assert!(is_variable(b"newPassword2") && is_variable(b"_mockEncryptedType2String2"));
        assert!(!is_variable(b"kestrel42") && !is_variable(b"DragonFly7") && !is_variable(b"wzqhKvtn7"));
    }

    #[test]
    fn names_of_algorithms() {
        assert!(is_algorithm(b"HMAC-SHA256") && is_algorithm(b"AES/CBC/PKCS5Padding"));
        assert!(begins_as_algorithm(b"secp256k1") && begins_as_algorithm(b"PBKDF2SHA256"));
        assert!(!begins_as_algorithm(b"k3v8x1z4"));
    }

    #[test]
    fn names_behind_numbers() {
        assert!(is_numbered(b"372.IBNSViewMetadataConstraints"));
        assert!(!is_numbered(b"372.qzvktwxhqz"));
    }
}
