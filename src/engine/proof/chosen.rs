//! Passwords that people choose: a word with digits or signs about it, letters that make no word, a number.

use super::generic::kinds;
use super::held::Held;
use super::vocabulary::{FIELDS, FOREIGN, KINDS_OF_PASSWORDS};
use super::{identifier, letters, random, words};

/// Whether `value`, which a password's name stands before, is one that somebody chose, and no name of something.
///
/// `literal`: nothing but a value can stand there. `exact`: the name is that of the password itself.
pub(super) fn is_password(value: &[u8], literal: bool, exact: bool) -> bool {
    let kinds = kinds(value);
    if kinds >= 3 && value.len() >= 8 && random::entropy(value) >= 2.7 {
        return true;
    }
    if letters::are_strange_in_any_language(value) && value.len() >= 6 && (literal || kinds >= 2) {
        return true;
    }
    if !exact {
        return false;
    }
    if !literal {
        // Variables rarely end in two digits and more.
        let digits = value.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        return is_number(value) || value.len() >= 6 && digits >= 2 && value.len() - digits >= 3;
    }
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let has_letter = value.iter().any(u8::is_ascii_alphabetic);
    match (has_letter, has_digit) {
        (true, true) => value.len() >= 6 || is_scrambled(value),
        (false, true) => is_number(value),
        // `kestrel!@#`
        (true, false) if value.len() >= 7 && ends_in_signs(value) => true,
        // Words joined by signs are names and regular expressions more often than passwords.
        (true, false) => kinds >= 3 && value.len() >= 8 && !words_joined(value),
        (false, false) => false,
    }
}

/// Four letters and more, then two signs and more of those above the digits of a keyboard.
fn ends_in_signs(value: &[u8]) -> bool {
    let signs =
        value.iter().rev().take_while(|b| matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*')).count();
    let mut last = value[value.len() - signs..].to_vec();
    last.dedup();
    last.len() >= 2 && value.len() - signs >= 4 && value[..value.len() - signs].iter().all(u8::is_ascii_alphabetic)
}

/// `kestrel42`, `DragonFly7`, `42kestrel`: letters and a number, nothing else.
pub(super) fn is_word_with_digits(value: &[u8]) -> bool {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    letters >= 3 && digits >= 1 && letters + digits == value.len()
}

/// `Sup3rS3cret!`, `MyP@ssw0rd#1`: words that somebody took the trouble to disguise, and not the one word alone.
pub(super) fn is_disguised(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let plain: Vec<u8> = lower.iter().copied().filter(u8::is_ascii_alphabetic).collect();
    // Signs and digits among the letters, not only behind them.
    let last = value.iter().rposition(u8::is_ascii_alphabetic).unwrap_or(0);
    let inside = value[..last].iter().filter(|b| !b.is_ascii_alphabetic()).count();
    kinds(value) == 4 && value.len() >= 12 && inside >= 2 && !words::is_the_word(&lower) && plain.len() >= 6
}

/// `admin123`, `P@ssw0rd2021`, `Oracle@123`, `123456`: the first that anyone tries, and in use all the same.
///
/// Words that say that the value is none, and names of fields such as `password1` and `pass_2`, are not among them.
pub(super) fn is_weak(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    if value.len() < 6 || value.len() > 24 || !value.iter().all(u8::is_ascii_graphic) {
        return false;
    }
    if value.iter().all(u8::is_ascii_digit) {
        return value.len() <= 9 && b"123456789".starts_with(value);
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let is_sign = |b: &u8| matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'*' | b'?' | b'+' | b'&' | b'^');
    let is_number_word = value.iter().all(|b| b.is_ascii_alphanumeric() || is_sign(b));
    // `A12345678`
    let counts = digits >= 6 && value.iter().rev().take(digits).all(u8::is_ascii_digit);
    (letters >= 3 || letters >= 1 && counts)
        && (digits >= 2 || digits == 1 && value.iter().any(is_sign))
        && (is_number_word || kinds(value) == 4)
        && (words::is_made_of_words(value) || letters < 3)
        && !words::says_none(&lower)
        && !identifier::is_term(value)
}

/// `gopher-42`, `kafka-pw-1`, `wp_81shop`: words and a number, joined by signs, and no name of a field or a form.
pub(super) fn is_joined(value: &[u8]) -> bool {
    let parts = || value.split(|b| !b.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let stem = |part: &[u8]| {
        let end = part.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |i| i + 1);
        part[..end].to_ascii_lowercase()
    };
    (8..=32).contains(&value.len())
        && letters >= 4
        && value.iter().any(u8::is_ascii_digit)
        && parts().count() >= 2
        && value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'!' | b'.'))
        // `SHOP_SECRET_2024`: no field is called after a year.
        && (parts().next_back().is_some_and(is_year) || !parts().any(|part| FIELDS.contains(&stem(part).as_slice())))
        && !words::is_made_of_words(value)
        && !words::says_none(&value.to_ascii_lowercase())
        && !identifier::is_version(value)
        && !identifier::is_algorithm(value)
}

fn is_year(part: &[u8]) -> bool {
    part.len() == 4 && part.iter().all(u8::is_ascii_digit) && part.starts_with(b"20")
}

/// `kestrel`, `mellon`: one word, and none that stands for a kind of password, a setting or a label.
pub(super) fn is_word(value: &[u8]) -> bool {
    // What first installations are given: `minioadmin`.
    const DEFAULTS: &[&[u8]] =
        &[b"admin", b"default", b"key", b"pass", b"pwd", b"root", b"secret", b"test", b"token", b"user"];
    (5..=24).contains(&value.len())
        && value.iter().all(u8::is_ascii_lowercase)
        && !KINDS_OF_PASSWORDS.contains(&value)
        && !DEFAULTS.iter().any(|word| memchr::memmem::find(value, word).is_some())
        && !words::is_made_of_words(value)
        && !words::says_none(value)
}

/// `harbor-training`: small words joined by one sign, and no name of a field or a setting.
pub(super) fn is_two_words(value: &[u8]) -> bool {
    let parts = || value.split(|b| matches!(b, b'-' | b'_'));
    (8..=32).contains(&value.len())
        && parts().count() == 2
        && parts().all(|part| {
            part.len() >= 3
                && part.iter().all(u8::is_ascii_lowercase)
                && !FIELDS.contains(&part)
                && !KINDS_OF_PASSWORDS.contains(&part)
        })
        && !words::is_made_of_words(value)
        && !words::says_none(value)
        && !identifier::is_algorithm(value)
}

/// `Torvalino`, `YouMustKnowThis`: words with capitals, and no label of a password, kind of value or name of a field.
pub(super) fn is_mixed_words(value: &[u8]) -> bool {
    // The word for a password in other languages, as labels have it.
    static KINDS_OF_FIELDS: Held<11> =
        Held::of(["pass", "pwd", "secret", "token", "user", "name", "field", "string", "type", "valid", "text"]);
    const LABELS: &[&[u8]] = &[
        b"adgangskode",
        b"contrasenya",
        b"geslo",
        b"jelszo",
        b"kod",
        b"lozinka",
        b"losenord",
        b"mot",
        b"parola",
        b"parole",
        b"passord",
        b"salasana",
        b"sandi",
        b"sifre",
        b"sifra",
        b"slaptazodis",
        b"clave",
        b"code",
        b"pin",
        b"kata",
    ];
    let lower = value.to_ascii_lowercase();
    (5..=24).contains(&value.len())
        && value.iter().all(u8::is_ascii_alphabetic)
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().filter(|b| b.is_ascii_lowercase()).count() >= 3
        && !LABELS.contains(&lower.as_slice())
        && !KINDS_OF_PASSWORDS.contains(&lower.as_slice())
        && !FOREIGN.any_in(&lower)
        && !KINDS_OF_FIELDS.any_in(&lower)
        && !words::is_made_of_words(value)
        && !words::says_none(&lower)
        && !identifier::is_class(value)
        && !identifier::is_algorithm(value)
}

/// `kestrel!`: one word and a mark behind it. Messages have blanks.
pub(super) fn is_exclaimed(value: &[u8]) -> bool {
    let Some(word) = value.strip_suffix(b"!") else { return false };
    (6..=16).contains(&word.len())
        && word.iter().all(u8::is_ascii_alphabetic)
        && word.iter().any(u8::is_ascii_lowercase)
        && !KINDS_OF_PASSWORDS.contains(&word.to_ascii_lowercase().as_slice())
        && !words::is_made_of_words(word)
        && !words::says_none(&word.to_ascii_lowercase())
}

/// `vagrant`, `spiderman`: a word that anyone would try, and no name of a field, of a kind of value or of a role.
pub(super) fn is_default(value: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"auth", b"cred", b"default", b"email", b"field", b"form", b"hash", b"key", b"label", b"login", b"name",
        b"pass", b"pwd", b"salt", b"secret", b"string", b"text", b"token", b"type", b"user", b"valid", b"value",
    ];
    (4..=16).contains(&value.len())
        && value.iter().all(u8::is_ascii_lowercase)
        && !KINDS_OF_PASSWORDS.contains(&value)
        && !NAMES.iter().any(|word| memchr::memmem::find(value, word).is_some())
        && !words::is_made_of_words(value)
        && !words::says_none(value)
}

/// `acme-shop-signing-secret-dev`, `kestrel`: words, of which not all say only what the value is.
pub(super) fn is_phrase(value: &[u8]) -> bool {
    const SAYS: &[&[u8]] = &[
        b"api",
        b"app",
        b"auth",
        b"client",
        b"cookie",
        b"encrypted",
        b"generate",
        b"haslo",
        b"hash",
        b"hmac",
        b"jwt",
        b"key",
        b"my",
        b"pass",
        b"private",
        b"random",
        b"secret",
        b"senha",
        b"session",
        b"signing",
        b"string",
        b"test",
        b"the",
        b"token",
        b"value",
        b"word",
        b"wd",
    ];
    let lower = value.to_ascii_lowercase();
    let is_text = value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'!' | b'$' | b'@'));
    // `GENERATE_RANDOM_SECRET`, `txtGatewayPassword`: names of what is to be put there.
    let is_name = !value.iter().any(u8::is_ascii_lowercase)
        || [&b"passw"[..], b"haslo", b"senha"].iter().any(|word| memchr::memmem::find(&lower, word).is_some());
    let is_none = is_name
        || words::says_none(&lower)
        || KINDS_OF_PASSWORDS.contains(&&lower[..])
        || words::is_made_of_words(value);
    if !(6..=80).contains(&value.len()) || !is_text || is_none {
        return false;
    }
    let mut rest: Vec<u8> = lower.into_iter().filter(u8::is_ascii_alphabetic).collect();
    for word in SAYS {
        while let Some(at) = memchr::memmem::find(&rest, word) {
            rest.drain(at..at + word.len());
        }
    }
    rest.len() >= 3
}

/// `1234`, `654321`: digits and nothing else, so many as people choose.
pub(super) fn is_pin(value: &[u8]) -> bool {
    (4..=12).contains(&value.len()) && value.iter().all(u8::is_ascii_digit)
}

/// `qzvt`, `k4ban`: four or five letters that make no word, or five with a digit among them.
pub(super) fn is_short(value: &[u8]) -> bool {
    let has_both = value.len() == 5 && is_word_with_digits(value) && !identifier::is_term(value);
    matches!(value.len(), 4 | 5)
        && value.iter().all(u8::is_ascii_alphanumeric)
        && (has_both || letters::are_strange_in_any_language(value))
}

/// Letters and digits in turns, as no word with a number has them.
pub(super) fn is_scrambled(value: &[u8]) -> bool {
    let changes = value
        .windows(2)
        .filter(|pair| {
            pair.iter().all(u8::is_ascii_alphanumeric) && pair[0].is_ascii_digit() != pair[1].is_ascii_digit()
        })
        .count();
    changes >= 3 || changes >= 1 && letters::are_strange(value)
}

/// A number that is no row of digits, no date and no round one.
fn is_number(value: &[u8]) -> bool {
    let is_near = |pair: &&[u8]| pair[0].abs_diff(pair[1]) <= 1;
    let near = value.windows(2).filter(is_near).count();
    let is_date = value.len() == 8 && (value.starts_with(b"19") || value.starts_with(b"20"));
    value.len() >= 6
        && value.len() <= 16
        && value.iter().all(u8::is_ascii_digit)
        && random::entropy(value) >= 2.2
        && near * 2 < value.len()
        && !value.ends_with(b"00")
        && !is_date
}

/// Words and nothing else between signs.
fn words_joined(value: &[u8]) -> bool {
    value.split(|b| !b.is_ascii_alphabetic()).all(|part| !letters::is_strange_word(part))
        && value
            .iter()
            .filter(|b| b.is_ascii_punctuation())
            .all(|b| matches!(b, b'-' | b'_' | b'.' | b'/' | b':' | b'|'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_passwords() {
        for text in [
            "qzvkt84x",
            "wzqhkvtn",
            "kestrel42",
            "hunter2x",
            "84629173",
            "ilovecats99",
            "s3rv3r_r00m",
            "qwzx#91",
            "heron!@#",
        ] {
            assert!(is_password(text.as_bytes(), true, true), "{text}");
        }
    }

    #[test]
    fn other_values() {
        for text in ["kestrel", "123456", "20240512", "86400", "600000", "user-name", "required|confirmed", "kestrel!!"]
        {
            assert!(!is_password(text.as_bytes(), true, true), "{text}");
        }
    }

    #[test]
    fn weak_passwords() {
        for text in
            ["admin123", "Test1234!", "P@ssw0rd2021", "Oracle@123", "123456", "password123", "Vulhub123", "A12345678"]
        {
            assert!(is_weak(text.as_bytes()), "{text}");
        }
        for text in ["password1", "pass_2", "token", "sha256", "fake1234", "example123", "20240512", "user-name-12"] {
            assert!(!is_weak(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_joined_with_a_number() {
        for text in ["gopher-42", "kafka-pw-1", "storm-cloud1", "wpress_81"] {
            assert!(is_joined(text.as_bytes()), "{text}");
        }
        for text in
            ["user-name-2", "password_field2", "form-input-1", "col-md-4x", "1.2.3-beta4", "aes-256-cbc", "gopher-owl"]
        {
            assert!(!is_joined(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_that_are_given_as_passwords() {
        for text in ["vagrant", "spiderman", "tutu"] {
            assert!(is_default(text.as_bytes()), "{text}");
        }
        for text in ["root", "admin", "password", "username", "required", "bool", "Spiderman", "senha"] {
            assert!(!is_default(text.as_bytes()), "{text}");
        }
        for text in ["acme-shop-signing-secret-dev", "cloudwave", "bezKoderSecretKey"] {
            assert!(is_phrase(text.as_bytes()), "{text}");
        }
        for text in ["supersecretkey", "GENERATE_RANDOM_SECRET", "txtGatewayPassword", "your-heron-key", "jwt_secret"] {
            assert!(!is_phrase(text.as_bytes()), "{text}");
        }
        assert!(is_two_words(b"harbor-training") && is_two_words(b"heron_lake"));
        for text in ["new-password", "form-control", "test-user", "one-two-three", "aes-cbc", "heron lake"] {
            assert!(!is_two_words(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_with_capitals_and_marks() {
        for text in ["Torvalino", "TheKestrel", "YouMustKnowThis", "kesTrel"] {
            assert!(is_mixed_words(text.as_bytes()), "{text}");
        }
        for text in ["Password", "Kennwort", "Senha", "Required", "userName", "SecretKey", "kestrel", "Parola", "Other"]
        {
            assert!(!is_mixed_words(text.as_bytes()), "{text}");
        }
        assert!(is_exclaimed(b"kestrel!") && !is_exclaimed(b"required!") && !is_exclaimed(b"password!"));
    }

    #[test]
    fn one_word() {
        for text in ["kestrel", "mellon", "tiger"] {
            assert!(is_word(text.as_bytes()), "{text}");
        }
        for text in ["password", "required", "plaintext", "Kestrel", "changeme", "owl", "minioadmin"] {
            assert!(!is_word(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn numbers_and_short_passwords() {
        assert!(is_pin(b"1024") && !is_pin(b"123") && !is_pin(b"10.4"));
        assert!(is_short(b"qzvk") && is_short(b"ldap7") && !is_short(b"sha1") && !is_short(b"name"));
    }

    #[test]
    fn disguised_words() {
        assert!(is_disguised(b"Sup3rS3cret!"));
        assert!(!is_disguised(b"Password123!"));
        assert!(!is_disguised(b"P@ssw0rd123!"));
    }
}
