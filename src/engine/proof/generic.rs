//! Values without a format of their own: passwords, secrets and tokens that only their names give away.
//!
//! Most values beside such names are no secrets: types, references, messages, field names, file names. What is left is
//! a finding of medium confidence if it looks made by a machine or chosen by a careful person, else of low.

use super::name::Naming;
use super::{
    Context, Outcome, chosen, code, encoded, guessable, hash, identifier, letters, placeholder, random, structure,
    tried, user, words,
};
use crate::finding::Confidence;

/// The shortest value that a name makes a secret, in bytes.
const SHORTEST: usize = 5;

/// A value assigned to a name that says password, secret, token or key.
pub(super) fn generic(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let naming = Naming::before(cx.before());
    let literal = code::is_literal(cx);
    if let Some(reason) = naming.as_ref().and_then(|naming| guessable::given(naming, cx)) {
        return medium(reason);
    }
    let is_users = |naming: &Naming<'_>| naming.is_password() && naming.is_exact() && !naming.holds(value);
    if literal && naming.as_ref().is_some_and(is_users) && user::is_same(cx) {
        return medium("the user's own name, given as a password");
    }
    let is_proven_short =
        value.len() + 1 == SHORTEST && (is_pin(cx) || chosen::is_short(value) || chosen::is_default(value));
    let is_drawn = literal && random::has_drawn_marks(value);
    if value.len() < SHORTEST && !is_proven_short || !is_drawn && code::is_code(cx) || hash::opens_nothing(value) {
        return Outcome::Refuted;
    }
    // Six or seven letters are a word, if they are not a secret by every sign.
    let says_password = naming.as_ref().is_none_or(Naming::is_password);
    if !says_password && value.len() < 8 && !(literal && is_no_name(value)) {
        return Outcome::Refuted;
    }
    let is_weak_one = is_weak(value, naming.as_ref(), literal);
    if let Some(naming) = &naming
        && (naming.is_neighbour_only()
            || naming.is_sentence()
            || naming.is_other_word()
            || naming.is_other_attribute()
            || naming.is_user(cx.after())
            || naming.is_shown(value)
            || naming.is_asked_for()
            || naming.is_repeated_by(value)
                && !is_weak_one
                && !(naming.is_password() && is_numbered(value)
                    || naming.is_of_environment() && chosen::is_default(value))
            || naming.function().is_some_and(code::is_other_function))
    {
        return Outcome::Refuted;
    }
    // `<string name="password">Neo-shuidhich</string>`: a label in some language.
    if letters::is_title(value) && cx.before().ends_with(b"\">") && cx.after().starts_with(b"</string>") {
        return Outcome::Refuted;
    }
    let random = is_random(value);
    if let Some(naming) = &naming
        && literal
        && let Some(reason) = chosen_for(naming, cx)
    {
        return medium(reason);
    }
    // Digits and words are a password only beside a name that says so.
    if placeholder::is_placeholder(value) {
        return Outcome::Refuted;
    }
    match judge(value, naming.as_ref(), literal) {
        Outcome::Is(Confidence::Medium, reason) => match naming {
            Some(naming) if naming.is_about() => low("its name says that it is about a secret, and not one"),
            Some(naming) if naming.is_public() => low("its name says that it is public"),
            Some(naming) if naming.is_encrypted() => low("its name says that it is encrypted"),
            Some(naming) if naming.is_no_real_one() && !random && !is_no_name(value) => {
                low("its name says that it is made up")
            }
            _ => Outcome::Is(Confidence::Medium, reason),
        },
        Outcome::Is(_, _) if naming.is_some_and(|naming| naming.is_about() || naming.is_public()) => Outcome::Refuted,
        outcome => outcome,
    }
}

/// `Heron27`: a name and a number of two digits or more says more than the name.
fn is_numbered(value: &[u8]) -> bool {
    value.iter().rev().take_while(|b| b.is_ascii_digit()).count() >= 2
}

/// Why a word, or words with a number, are a password beside a name that says so: names have that form as well, so no
/// other name may stand between the two.
fn chosen_for(naming: &Naming<'_>, cx: &Context<'_>) -> Option<&'static str> {
    let value = cx.value();
    let is_password = naming.is_password() && naming.is_exact();
    let is_signing = naming.is_signing_key();
    let is_chosen = is_password || is_signing || naming.is_secret();
    if !is_chosen || !(naming.is_direct() || naming.is_fallback()) || naming.is_made_up() || naming.is_public() {
        return None;
    }
    if (is_password || is_signing) && chosen::is_joined(value) {
        return Some("words and a number, joined as in a chosen password");
    }
    let is_given = naming.is_assigned() || naming.is_keyed() || naming.is_argument(cx.after()) || naming.is_fallback();
    if is_signing && is_given && chosen::is_phrase(value) {
        return Some("words, given as the secret that signs");
    }
    if naming.is_secret() && !naming.is_label() && is_given && chosen::is_mixed_words(value) {
        return Some("words, given as a secret");
    }
    if !is_password || naming.is_label() {
        return None;
    }
    let is_assigned = naming.is_assigned() || naming.has_user(cx.after());
    if is_assigned && chosen::is_word(value) {
        return Some("a word, assigned to a password");
    }
    if !is_assigned && !is_given {
        return None;
    }
    if is_given && !naming.is_listed() && ends_line(cx) && chosen::is_default(value) {
        return Some("a word that anyone would try, given as a password");
    }
    // Names of fields are not given to variables of the environment.
    if is_given && naming.is_of_environment() && chosen::is_phrase(value) {
        return Some("words, given to a variable for a password");
    }
    if naming.is_bare() && naming.is_assigned() && chosen::is_mixed_words(value) {
        return Some("words, assigned to a password");
    }
    if is_given && chosen::is_exclaimed(value) {
        return Some("a word and an exclamation mark, given as a password");
    }
    if naming.is_assigned() && chosen::is_two_words(value) {
        return Some("words, assigned to a password");
    }
    if (naming.says_password() || naming.is_assigned() && value.len() >= 6) && is_pin(cx) {
        return Some("digits, assigned to a password");
    }
    chosen::is_short(value).then_some("letters and digits that make no word, assigned to a password")
}

/// Whether the value is quoted, or the line ends behind it: no sentence goes on there.
fn ends_line(cx: &Context<'_>) -> bool {
    let is_quoted = cx.before().last().is_some_and(|b| matches!(b, b'"' | b'\'' | b'>'));
    is_quoted || cx.after().iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r')).is_none_or(|b| b"\n#,;}".contains(b))
}

/// Digits that are given as a value; backquotes are put around numbers in texts.
fn is_pin(cx: &Context<'_>) -> bool {
    chosen::is_pin(cx.value()) && !cx.before().ends_with(b"`")
}

/// A password where nothing else can stand: a word will do, too.
pub(super) fn certain(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let is_id = [&b"-id"[..], b"_id", b"Id"].iter().any(|end| value.ends_with(end));
    // As manuals of OpenSSL write it: `pass:phrase`.
    let is_kind = matches!(value, b"arg" | b"file" | b"passphrase" | b"phrase" | b"stdin");
    let is_name = is_id || is_kind || guessable::names_key(&value.to_ascii_lowercase());
    let is_chosen = || {
        chosen::is_word(value)
            || user::is_same(cx)
            || guessable::is_anything(value)
            || chosen::is_joined(value)
            || chosen::is_default(value)
            || chosen::is_pin(value)
            || chosen::is_phrase(value)
            || tried::is_tried(value)
            || guessable::is_compound(value)
            || has_digits_among_words(value)
    };
    match password(cx) {
        Outcome::Refuted | Outcome::Is(Confidence::Low, _) if !code::is_code(cx) && !is_name && is_chosen() => {
            Outcome::Plain(Some("nothing but a password can stand there".into()))
        }
        outcome => outcome,
    }
}

/// `user_0d_1_pwd`: few write digits into what only says what is to be put there.
fn has_digits_among_words(value: &[u8]) -> bool {
    let letters = value.iter().filter(|b| b.is_ascii_lowercase()).count();
    let ends = value.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    letters >= 4
        && value.len() >= 8
        && value.iter().filter(|b| b.is_ascii_digit()).count() > ends
        && !words::says_none(value)
        && !placeholder::is_placeholder(value)
}

/// A password that its surroundings prove to be one: refuted or lowered as a generic one is, else as sure as its rule.
pub(super) fn password(cx: &Context<'_>) -> Outcome {
    if code::is_code(cx) {
        return Outcome::Refuted;
    }
    if encoded::is_hash(&cx.value().to_ascii_lowercase()) {
        return low("a hash, by its prefix");
    }
    match judge(cx.value(), None, true) {
        Outcome::Is(Confidence::Low, _) if cx.value().len() < SHORTEST => low("too short for a real one"),
        Outcome::Is(Confidence::Low, _) if !words::is_made_of_words(cx.value()) => Outcome::Plain(None),
        Outcome::Is(Confidence::Medium, reason) => Outcome::Plain(Some(reason)),
        outcome => outcome,
    }
}

/// A value beside a name that says no more than "key" or "salt": only what a machine drew counts.
pub(super) fn drawn(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let is_hex = super::is_hexadecimal(value.strip_prefix(b"0x").unwrap_or(value));
    let naming = Naming::before(cx.before());
    let is_key_of = |naming: Naming<'_>| {
        !naming.is_of_vectors() && (naming.is_cryptographic() || naming.function().is_some_and(decodes_digits))
    };
    if is_hex && !naming.is_some_and(is_key_of) || !is_random(value) || letters::is_title(value) {
        return Outcome::Refuted;
    }
    generic(cx)
}

/// Whether a function makes bytes of hexadecimal digits: nobody does that to a hash of a file.
fn decodes_digits(function: &[u8]) -> bool {
    let name = function.rsplit(|b| matches!(b, b'.' | b':')).next().unwrap_or_default().to_ascii_lowercase();
    matches!(&name[..], b"fromhex" | b"unhexlify" | b"decodestring" | b"parsehex" | b"hex2bin" | b"fromhexstring")
}

pub(super) fn low(reason: &'static str) -> Outcome {
    Outcome::Is(Confidence::Low, reason.into())
}

pub(super) fn medium(reason: &'static str) -> Outcome {
    Outcome::Is(Confidence::Medium, reason.into())
}

/// Whether a machine drew it.
fn is_random(value: &[u8]) -> bool {
    value.len() >= 16 && random::looks_random(value) && kinds(value) >= 2
        || value.len() >= 16 && random::entropy(value) >= 3.0 && letters::are_strange(value)
}

/// What the value itself says. `literal`: it stands in quotes, or where nothing but values stand.
pub(super) fn judge(value: &[u8], naming: Option<&Naming<'_>>, literal: bool) -> Outcome {
    if literal && random::has_drawn_marks(value) {
        return medium("the value looks random");
    }
    let lower = value.to_ascii_lowercase();
    let is_text = value.iter().all(|b| b.is_ascii_graphic() || *b == b' ' || *b == b'\t');
    if !is_text || structure::is_reference(&lower) || code::is_prose(&lower) || code::is_expression(value) {
        return Outcome::Refuted;
    }
    let is_password = naming.is_none_or(Naming::is_password);
    let kinds = kinds(value);
    // People join words by signs in passwords, programmers in names.
    let may_be_chosen =
        is_password || value.len() >= 8 && naming.is_some_and(|naming| naming.is_secret() || naming.is_salt());
    let has_sign = || value.iter().any(|b| b"@!#$%^&*+=?".contains(b));
    let may_be_name = !(is_password && kinds == 4
        || may_be_chosen && (chosen::is_word_with_digits(value) || kinds == 4 && has_sign()));
    let bare = value.strip_prefix(b"+").or(value.strip_prefix(b":")).unwrap_or(value);
    let is_weak = is_weak(value, naming, literal);
    // Base64 may begin with a slash, too.
    let is_drawn = value.len() >= 40 && value.ends_with(b"=") && is_random(value)
        || is_base64_behind_slash(value)
        || begins_with_sign(value, if is_password { 8 } else { 10 });
    let is_place = code::is_path_or_type(&lower) && !is_drawn;
    // `--password`, `-p`: what a dash begins is a flag, if it is not drawn.
    let is_flag = value.starts_with(b"-")
        && !(is_password && value.len() >= 8 && (kinds == 4 || kinds == 3 && has_sign()) || is_random(value));
    // `myapp2016` is more than a placeholder.
    let is_common = is_common(&lower) && !(is_password && is_word_and_number(value));
    if (may_be_name && !is_weak && identifier::is_name(bare)) || is_common && !is_weak || is_place || is_flag {
        return Outcome::Refuted;
    }
    if !literal && identifier::is_variable(value) && !is_random(value) {
        return Outcome::Refuted;
    }
    if identifier::is_class(value)
        || identifier::is_numbered(value)
        || identifier::is_version(value)
        || identifier::is_algorithm(value)
        || identifier::is_term(value)
        || value.len() < 24 && value.iter().all(u8::is_ascii_alphanumeric) && identifier::begins_as_algorithm(value)
    {
        return Outcome::Refuted;
    }
    if encoded::is_hash(&lower) {
        return low("a hash, by its prefix");
    }
    if value.len() >= 150 && encoded::is_sealed(value) {
        return low("encrypted, by its beginning, as Sealed Secrets are");
    }
    if is_weak {
        return medium("a weak password, of the kind that is tried first");
    }
    if words::is_made_of_words(value) && !(is_password && chosen::is_disguised(value)) {
        let is_given = |naming: &Naming<'_>| naming.is_exact() && naming.is_direct() && !naming.is_label();
        let plain: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'-' | b'_')).collect();
        let is_text = plain.iter().all(|b| b.is_ascii_alphanumeric() || b"!@#$%&*+?~".contains(b));
        let least = if self::kinds(&plain) >= 3 { 8 } else { 10 };
        let is_one = plain.len() == value.len() || least == 8;
        let is_chosen = kinds >= 2 && is_text && is_one && value.len() >= least && !guessable::says_field(&lower);
        return match naming.filter(|naming| is_given(naming) && is_chosen) {
            Some(naming) if naming.is_password() || naming.is_secret() => {
                medium("words that people make up passwords of, with digits or signs")
            }
            _ => low("made of the words that people make up values of"),
        };
    }
    if value.len() <= 20 && placeholder::is_braided(&lower) {
        return low("the alphabet and the digits in turns");
    }
    if let Some(outcome) = encoded::decoded(value, naming) {
        return outcome;
    }
    if is_random(value) {
        return medium("the value looks random");
    }
    let is_wrapped = naming.is_some_and(|naming| naming.function().is_some_and(|name| !code::is_wrapper(name)));
    if may_be_chosen && chosen::is_password(value, literal, naming.is_none_or(Naming::is_exact)) && !is_wrapped {
        return medium("letters, digits and signs as in a chosen password");
    }
    // Nothing is called like that: `qzvkt8xw`.
    if literal && is_no_name(value) && !is_wrapped {
        return medium("letters and digits that make no word");
    }
    // Tokens are longer than passwords, and machines make them.
    let entropy = random::entropy(value);
    let is_mixed = kinds >= 3 && value.len() >= 12 && entropy >= 3.0
        || kinds == 4 && value.len() >= 10
        || kinds >= 2 && value.len() >= 10 && chosen::is_scrambled(value);
    if is_mixed && (!is_wrapped || kinds == 4) {
        return medium("the value mixes letters, digits and signs as generated ones do");
    }
    low("a plain value beside a telling name")
}

/// `qzvkt8xw`: letters and digits that make no word, and no name of anything.
fn is_no_name(value: &[u8]) -> bool {
    let is_capital = |b: &u8| !b.is_ascii_lowercase() && !b.is_ascii_digit();
    value.len() >= 6
        && (value.len() >= 12 || !value.iter().all(is_capital))
        && (letters::are_strange_in_any_language(value) || kinds(value) >= 2 && chosen::is_scrambled(value))
        && !identifier::begins_as_algorithm(value)
}

/// `/wpQK+jdryJT…`: what a path is not made of stands behind the slash, and no other slash.
fn is_base64_behind_slash(value: &[u8]) -> bool {
    value.len() >= 24
        && value.len().is_multiple_of(4)
        && value.starts_with(b"/")
        && value[1..].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'='))
        && kinds(&value[1..]) >= 3
        && is_random(&value[1..])
}

/// `@$k7^m0l)t3c!`: a sign before other signs begins no handle, color or selector, nor one before `least` bytes of all kinds.
fn begins_with_sign(value: &[u8], least: usize) -> bool {
    let signs =
        value.iter().filter(|b| matches!(b, b'!' | b'$' | b'%' | b'^' | b'&' | b'*' | b')' | b'+' | b'=')).count();
    let is_mixed = || value.len() >= least && kinds(value) == 4 && chosen::is_scrambled(&value[1..]);
    matches!(value.first(), Some(b'@' | b'#' | b'.'))
        && (signs >= 2 && kinds(value) >= 3 || is_mixed())
        && !value.contains(&b'/')
        && !value[1..].contains(&b'.')
}

/// A word of some letters and two digits or more behind it.
fn is_word_and_number(value: &[u8]) -> bool {
    let digits = value.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    digits >= 2 && value.len() - digits >= 5 && chosen::is_word_with_digits(value)
}

/// Whether a password's own name stands before a weak one.
fn is_weak(value: &[u8], naming: Option<&Naming<'_>>, literal: bool) -> bool {
    let is_named = |naming: &Naming<'_>| {
        naming.is_password() && naming.is_exact()
            || naming.is_signing_key() && value.iter().filter(|b| b.is_ascii_digit()).count() >= 3
    };
    literal && naming.is_none_or(is_named) && chosen::is_weak(value)
}

/// How many of lowercase, uppercase, digits and signs occur.
pub(super) fn kinds(value: &[u8]) -> u32 {
    let has = |test: fn(&u8) -> bool| u32::from(value.iter().any(test));
    has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit) + has(u8::is_ascii_punctuation)
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
