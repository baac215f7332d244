//! How random a value looks.

use super::generic::kinds;
use super::name::Naming;
use super::{Context, Outcome, identifier, letters, words};
use crate::finding::Confidence;

/// Shannon entropy of the bytes, in bits a byte.
pub fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in bytes {
        counts[*byte as usize] += 1;
    }
    let total = bytes.len() as f64;
    counts.iter().filter(|n| **n > 0).map(|n| f64::from(*n) / total).map(|p| -p * p.log2()).sum()
}

/// The least entropy that a random value of this length over its alphabet has in all but one of some thousands.
///
/// A sample of `n` characters over `k` letters has an entropy of about `log2(min(n, k))` less a share that shrinks with
/// the length; 80 % of that bound lies below nearly all samples of 16 and more characters.
fn least_entropy(bytes: &[u8]) -> f64 {
    let has = |is: fn(&u8) -> bool, letters: f64| if bytes.iter().any(is) { letters } else { 0.0 };
    let letters = if bytes.iter().all(u8::is_ascii_hexdigit) && bytes.iter().any(u8::is_ascii_digit) {
        has(u8::is_ascii_digit, 10.0) + has(u8::is_ascii_alphabetic, 6.0)
    } else {
        has(u8::is_ascii_digit, 10.0) + has(u8::is_ascii_lowercase, 26.0) + has(u8::is_ascii_uppercase, 26.0)
    };
    0.8 * f64::min(letters.max(10.0), bytes.len() as f64).log2()
}

/// The drawn part of a value: hexadecimal digits behind a head (`rc_…`, `agent:acme:…`, `0x…`) or between dots and dashes,
/// else all of it.
fn drawn_part(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_prefix(b"0x").unwrap_or(bytes);
    let parts: Vec<&[u8]> = bytes.split(|b| !b.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let is_hex = |part: &&[u8]| part.iter().all(u8::is_ascii_hexdigit);
    let hex: Vec<u8> = parts.iter().copied().filter(is_hex).flatten().copied().collect();
    let rest = parts.iter().filter(|part| !is_hex(part)).map(|part| part.len()).sum::<usize>();
    if hex.len() >= 20 && rest * 2 <= hex.len() { hex } else { bytes.to_vec() }
}

/// Whether it looks like the output of a random generator: even letters, and digits among them or no words.
pub(super) fn looks_random(bytes: &[u8]) -> bool {
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let drawn = drawn_part(bytes);
    entropy(&drawn) >= least_entropy(&drawn) && (digits > 0 || letters::are_strange(bytes)) && letters > 0
}

/// Whether it is drawn from letters, digits and the marks that generators of secret keys take, as Django's does
/// (`django.core.management.utils.get_random_secret_key`): no code, path or format looks like that, whatever marks it
/// begins with.
pub(super) fn has_drawn_marks(bytes: &[u8]) -> bool {
    const MARKS: &[u8] = b"!@#$%^&*(-_=+)";
    // Names and numbers are joined by the others.
    const TELLING: &[u8] = b"!@#$%^&*";
    let distinct = |of: &[u8]| of.iter().filter(|mark| bytes.contains(mark)).count();
    let count = |is: fn(&u8) -> bool| bytes.iter().filter(|b| is(b)).count();
    bytes.len() >= 24
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || MARKS.contains(b))
        && count(u8::is_ascii_digit) >= 2
        && count(u8::is_ascii_alphabetic) >= 6
        && distinct(MARKS) >= 4
        && distinct(TELLING) >= 2
        && bytes.windows(4).filter(|four| four[3] == b'(' && four[..3].iter().all(u8::is_ascii_alphabetic)).count() < 2
        && entropy(bytes) >= 0.8 * f64::min(bytes.len() as f64, 50.0).log2()
}

/// A value that must look machine-made.
pub(super) fn random(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    if !looks_random(value)
        || words::is_made_of_words(value)
        || identifier::is_name(value)
        || is_within_base64(cx.before())
    {
        return Outcome::Refuted;
    }
    Outcome::Plain(Some("the value looks random".into()))
}

/// A password with angle brackets in it: letters of both cases and digits in short runs, with other marks between, and
/// neither markup nor a template nor a set of characters.
pub(super) fn bracketed(cx: &Context<'_>) -> Outcome {
    const OTHER: [&[u8]; 9] = [b"</", b"/>", b"<%", b"%>", b"(?", b"=>", b"a-z", b"A-Z", b"0-9"];
    let value = cx.value();
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    let marks = b"!@#$%^&*_+~?;|[]{}".iter().filter(|mark| value.contains(mark)).count();
    let runs = value.split(|b| !b.is_ascii_alphabetic()).map(<[u8]>::len);
    let tag = value.strip_prefix(b"<").unwrap_or_default();
    let is_tag = tag.iter().find(|b| !b.is_ascii_alphanumeric()) == Some(&b'>');
    let is_other = is_tag || OTHER.iter().any(|mark| memchr::memmem::find(value, mark).is_some());
    let is_drawn = value.len() >= 12
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && marks >= 2
        && runs.max().is_some_and(|longest| longest <= 4)
        && entropy(value) >= 3.0;
    let is_no_secret = |naming: Naming<'_>| naming.is_about() || naming.is_public() || naming.is_no_real_one();
    if !is_drawn || is_other || Naming::before(cx.before()).is_some_and(is_no_secret) {
        return Outcome::Refuted;
    }
    Outcome::Plain(Some("letters, digits and signs as a machine mixes them".into()))
}

/// Four times four letters: without quotes, a sentence may have words of four. One of them has no vowel in nine of ten that
/// were drawn.
pub(super) fn app_password(cx: &Context<'_>) -> Outcome {
    let is_drawn = |four: &[u8]| !four.iter().any(|b| b"aeiouy".contains(b));
    match cx.value().split(|b| *b == b' ').any(is_drawn) {
        true => Outcome::Plain(Some("letters that make no words".into())),
        false => Outcome::Refuted,
    }
}

/// Whether a value is still one of a provider that is named beside it although it does not look random: one in hundreds
/// that are drawn from a small alphabet repeats itself, and base64 of digits does.
pub(super) fn may_be_drawn(cx: &Context<'_>) -> bool {
    let value = cx.value();
    value.len() >= 20
        && entropy(value) >= 3.0
        && value.iter().any(u8::is_ascii_digit)
        && letters::are_strange(value)
        && !words::is_made_of_words(value)
        && !is_within_base64(cx.before())
}

/// Whether what stands before a value says that it stands within the base64 of something larger, such as a picture.
fn is_within_base64(before: &[u8]) -> bool {
    let run = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).count();
    matches!(before.last(), Some(b'+' | b'/')) && run >= 24 && kinds(&before[before.len() - run..]) == 4
}

/// Shared by proofs whose checksum failed.
pub(super) fn wrong_checksum() -> Outcome {
    Outcome::Is(Confidence::Low, "the checksum in the value is wrong: mistyped, invented or cut".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_values_pass_and_words_do_not() {
        assert!(looks_random(b"9f86d081884c7d659a2feaa0c55ad015"));
        assert!(looks_random(b"kX8vQ2mZ7pL4nR9tW3yB"));
        assert!(looks_random(b"rc_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"));
        assert!(looks_random(b"9f86d081884c7d659a2feaa0.c55ad015a3bf4f1b2b0b822cd15d6c15"));
        assert!(!looks_random(b"my_secret_access_key"));
        assert!(!looks_random(b"aaaaaaaabbbbbbbb11111111"));
        assert!(!looks_random(b"0000000000000000"));
    }

    #[test]
    fn generators_of_keys_take_marks() {
        for value in [["$m6w*4&q)+^o*-aq=$a6t", "%0wkpwn!wy@r5efr%)^ig4)hfe7m2"], ["8kx%g-#1xj%sla8j-1g", "=a(93u_"]] {
            assert!(has_drawn_marks(value.concat().as_bytes()), "{value:?}");
        }
        for value in [
            "%s:%d/%s?x=1&y=22&z=%d#name!",
            "$this_is_my_name_1234567890_!",
            "foo(bar)*2+baz(qux)^2&mask(x)",
            "@$k7^m0l)t3c!z%w4p*a",
        ] {
            assert!(!has_drawn_marks(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn brackets_in_passwords_and_elsewhere() {
        let is_one = |value: &str| {
            let cx = Context { window: value.as_bytes(), secret: 0..value.len() };
            matches!(bracketed(&cx), Outcome::Plain(_))
        };
        assert!(is_one(&["]q>TW@v7", "n;_f4kB"].concat()) && is_one(&["<Xk7!pQ2$", "vN9&wL4"].concat()));
        for value in [
            "A-Za-z0-9!@#$%^&*<>?",
            "^(?<a>[A-Z])(?<b>[0-9])|x+$",
            "{a:1}=>{B:2};x|y?z:W",
            "<b>Ab1!x#</b>",
            "<p1>Ab1!x#c2D3",
            "Dictionary<String,List<Int32>>",
        ] {
            assert!(!is_one(value), "{value}");
        }
    }

    #[test]
    fn keys_of_a_provider_may_repeat_themselves() {
        let may_be = |value: &[u8]| may_be_drawn(&Context { window: value, secret: 0..value.len() });
        let upper = ["YU8XYAKX2282XQ9SY7", "189CXLN2TEV937UWAX"].concat();
        assert!(!looks_random(upper.as_bytes()) && may_be(upper.as_bytes()));
        assert!(!may_be(b"my_secret_access_key_1") && !may_be(b"00000000000000000000000000000000"));
    }

    #[test]
    fn pictures_hold_anything() {
        assert!(is_within_base64(b"src=data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAoQ7f+9Kd/"));
        assert!(!is_within_base64(b"https://api.corp.example/v1/accounts/tokens/"));
        assert!(!is_within_base64(b"token = "));
    }
}
