//! Proof: what separates a scanner from a grep. A match becomes a finding only if its value could be a key; checksums
//! and structure say how sure that is, in words.

mod between;
mod block;
mod checksum;
mod chosen;
mod code;
mod encoded;
mod generic;
mod guessable;
mod hash;
mod held;
mod host;
mod identifier;
mod jwt;
mod letters;
mod name;
mod number;
mod openpgp;
mod placeholder;
mod random;
mod setting;
mod structure;
mod tried;
mod user;
mod vocabulary;
mod words;

use crate::finding::{Confidence, Reason};
use crate::rule::Rule;
use std::fmt;
use std::ops::Range;

pub(super) use name::{Naming, words as words_of};
pub use random::entropy;

/// What a proof may look at: the window of the match and the secret within it.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The bytes of the window.
    pub window: &'a [u8],
    /// The secret within them.
    pub secret: Range<usize>,
}

impl<'a> Context<'a> {
    /// The secret's bytes.
    pub fn value(&self) -> &'a [u8] {
        &self.window[self.secret.clone()]
    }

    /// What stands before the secret.
    pub fn before(&self) -> &'a [u8] {
        &self.window[..self.secret.start]
    }

    /// What stands behind it.
    pub fn after(&self) -> &'a [u8] {
        &self.window[self.secret.end..]
    }
}

/// The outcome for a candidate that was not refuted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// How sure.
    pub confidence: Confidence,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// The verdict of one entry of the table.
enum Outcome {
    /// It cannot be a key.
    Refuted,
    /// Nothing speaks for or against it beyond its format.
    Plain(Option<Reason>),
    /// This confidence, for this reason.
    Is(Confidence, Reason),
}

type Proof = fn(&Context<'_>) -> Outcome;

/// Every proof that a rule can name.
const TABLE: &[(&str, Proof)] = &[
    ("app-password", random::app_password),
    ("aws-key-id", structure::aws_key_id),
    ("basic-auth", structure::basic_auth),
    ("atlassian-crc32", checksum::atlassian),
    ("bech32", checksum::bech32),
    ("base58-check", checksum::base58_check),
    ("bracketed", random::bracketed),
    ("certain", generic::certain),
    ("drawn", generic::drawn),
    ("generic", generic::generic),
    ("gitlab-crc32", checksum::gitlab),
    ("github-crc32", checksum::github),
    ("grafana-crc32", checksum::grafana),
    ("jwt", jwt::jwt),
    ("npm-crc32", checksum::npm),
    ("number", number::number),
    ("password-hash", hash::password_hash),
    ("password", generic::password),
    ("private-key", block::private_key),
    ("random", random::random),
    ("setting", setting::setting),
    ("stellar-crc16", checksum::stellar),
    ("url-password", structure::url_password),
    ("uuid", structure::uuid),
];

/// Proofs of formats that belong to no provider; their reasons say all there is to say.
const STRUCTURAL: &[&str] = &["basic-auth", "certain", "jwt", "password", "private-key", "url-password"];

/// Whether a value is written in hexadecimal digits alone, as most hashes and identifiers are.
pub(super) fn is_hexadecimal(value: &[u8]) -> bool {
    value.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-')
}

/// Whether a value is one that anyone would guess, and so the same in many places that have nothing to do with each
/// other: a word, digits, words that passwords are made up of.
pub fn is_widespread(value: &[u8]) -> bool {
    value.len() <= 24
        && (value.iter().all(u8::is_ascii_digit)
            || value.iter().all(u8::is_ascii_alphabetic) && !letters::are_strange(value)
            || words::is_made_of_words(value))
}

/// Whether the proof with this name judges values that nothing but their names gives away.
pub fn is_generic(name: Option<&str>) -> bool {
    matches!(name, Some("bracketed" | "certain" | "drawn" | "generic" | "number" | "password" | "setting"))
}

/// The names of all proofs.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// Why a candidate cannot be a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Refuted {
    /// It is filled in where a key belongs: `xxxx`, `YOUR_TOKEN`, `${VAR}`.
    Placeholder,
    /// The provider documents it as an example.
    Documented,
    /// Its entropy in bits a character, and the least that the rule demands.
    Entropy(f64, f32),
    /// The proof with that name.
    Proof(&'static str),
    /// An allowlist of the rule's own form, by where it is written.
    Allowed(String),
}

impl fmt::Display for Refuted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refuted::Placeholder => f.write_str("the value is a placeholder"),
            Refuted::Documented => f.write_str("the provider documents the value as an example"),
            Refuted::Entropy(bits, least) => {
                write!(f, "its entropy is {bits:.2} bits a character, and the rule asks for {least:.2}")
            }
            Refuted::Allowed(origin) => write!(f, "the allowlist at {origin} excuses it"),
            Refuted::Proof(name) => write!(f, "the proof '{name}' says that it is no key"),
        }
    }
}

/// A value of so many bytes may hold numbers.
const LONG: usize = 60;
/// So much of it is left behind its zeros, or it is zeros.
const LEFT: usize = 32;

/// A long value with every run of `A` cut to four, if that leaves enough of it: what a provider issues may be base64 of
/// numbers, whose leading zeros are `AAAAAA`.
fn without_zeros(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() < LONG {
        return None;
    }
    let mut left = Vec::with_capacity(value.len());
    for byte in value {
        if *byte != b'A' || !left.ends_with(b"AAAA") {
            left.push(*byte);
        }
    }
    (left.len() >= LEFT).then_some(left)
}

/// Judges a candidate.
///
/// # Errors
///
/// Why it cannot be a key.
pub fn prove(rule: &Rule, cx: &Context<'_>) -> Result<Proven, Refuted> {
    let value = cx.value();
    let body = &value[rule.public_prefix(value)..];
    // A PEM block holds rows of dashes and any four letters; its own proof knows it better.
    let is_block = rule.spec.proof == Some("private-key");
    // `12345678` stands where a key is to be put, and is a password all the same: proofs that read names decide. So do they
    // about `mysecretpassword`.
    let may_be_weak = || {
        matches!(rule.spec.proof, Some("generic" | "certain" | "setting")) && chosen::is_pin(value)
            || matches!(rule.spec.proof, Some("generic" | "certain" | "setting" | "url-password"))
                && guessable::may_be(value)
    };
    let cut = if rule.provider.is_generic() { None } else { without_zeros(body) };
    let body = cut.as_deref().unwrap_or(body);
    if !is_block && placeholder::is_placeholder(body) && !may_be_weak() {
        return Err(Refuted::Placeholder);
    }
    if rule.placeholders().iter().any(|p| p.is_match(value)) {
        return Err(Refuted::Documented);
    }
    let mut proven = Proven { confidence: rule.confidence, reasons: Vec::new() };
    if let Some(least) = rule.spec.entropy {
        let bits = entropy(value);
        if bits < f64::from(least) {
            return Err(Refuted::Entropy(bits, least));
        }
    }
    if let Some((name, proof)) = rule.spec.proof.and_then(|name| TABLE.iter().find(|(known, _)| *known == name)) {
        let outcome = match proof(cx) {
            Outcome::Refuted if *name == "random" && !rule.provider.is_generic() && random::may_be_drawn(cx) => {
                Outcome::Plain(None)
            }
            outcome => outcome,
        };
        match outcome {
            Outcome::Refuted => return Err(Refuted::Proof(name)),
            Outcome::Plain(reason) => proven.reasons.extend(reason),
            Outcome::Is(confidence, reason) => {
                proven.confidence = confidence;
                proven.reasons.push(reason);
            }
        }
    }
    let how = if rule.spec.proof.is_some_and(|name| STRUCTURAL.contains(&name)) {
        proven.reasons.is_empty().then_some("the format fits")
    } else if rule.public_prefix(value) > 0 {
        Some("the prefix is the provider's own")
    } else if rule.spec.assigned || rule.spec.gated {
        Some("assigned to a name that tells what it is")
    } else {
        Some("found by the words beside it")
    };
    if let Some(how) = how {
        proven.reasons.insert(0, how.into());
    }
    Ok(proven)
}

/// A line without the marks around its value, and where that stands, for tests.
#[cfg(test)]
fn marked(line: &str) -> (String, Range<usize>) {
    let (before, rest) = line.split_once('|').expect("a mark before the value");
    let (value, after) = rest.split_once('|').expect("a mark behind it");
    ([before, value, after].concat(), before.len()..before.len() + value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_within_a_long_value_are_cut_and_a_value_of_zeros_is_not() {
        let zeros = "A".repeat(30);
        let body = ["kX8vQ2mZ7pL4nR9tW3yB", "cD5fG6hJ1sK0aE"].concat();
        assert_eq!(without_zeros(format!("{zeros}{body}").as_bytes()), Some(format!("AAAA{body}").into_bytes()));
        assert_eq!(without_zeros("A".repeat(86).as_bytes()), None);
        assert_eq!(without_zeros(body.as_bytes()), None);
    }
}
