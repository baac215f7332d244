//! Whose key is it that was found by its own name alone? A program names the service that it talks to, in an import, a
//! host, a comment, the name of a class; its key is then just `api_key`.
//!
//! This changes nothing about whether something is a key. The value must have the form that the provider's keys have, and
//! the nearest provider of which that is true has it.

use super::{Engine, proof};
use crate::finding::RuleIx;
use crate::rule::Rule;
use crate::rule::shape::KEY_NAMES;
use std::cmp::Reverse;
use std::ops::Range;

/// How far before a key its provider may be named, in bytes.
const BEFORE: usize = 2048;
/// How far behind it.
const BEHIND: usize = 512;
/// A form that so few bytes have says nothing.
const LEAST: usize = 16;
/// Shorter names are those of other things, too.
const LONG: usize = 6;

/// Names that are words as well.
const WORDS: &[&str] = &[
    "access",
    "accesskey",
    "accesslink",
    "account",
    "alchemy",
    "alpaca",
    "ambient",
    "amplitude",
    "anaconda",
    "appkey",
    "astronomer",
    "atlas",
    "backlog",
    "bamboo",
    "beamer",
    "beams",
    "blizzard",
    "breezy",
    "canvas",
    "catapult",
    "census",
    "chromatic",
    "cognitive",
    "comet",
    "confluence",
    "congress",
    "consumer",
    "convex",
    "copernicus",
    "cosmos",
    "currents",
    "dandelion",
    "delighted",
    "deployer",
    "deputy",
    "discord",
    "docker",
    "elastic",
    "facebook",
    "fireflies",
    "fireworks",
    "fixer",
    "fulcrum",
    "galileo",
    "gemini",
    "genius",
    "gladly",
    "google",
    "greenhouse",
    "guardian",
    "hologram",
    "honeycomb",
    "hyperbolic",
    "influx",
    "intercom",
    "interline",
    "iterable",
    "keeper",
    "kraken",
    "linear",
    "matrix",
    "medium",
    "meister",
    "miniprogram",
    "mistral",
    "momento",
    "monday",
    "mongodb",
    "neutrino",
    "nimble",
    "octopus",
    "optimistic",
    "paddle",
    "pantheon",
    "parasail",
    "phantom",
    "pinecone",
    "placid",
    "plausible",
    "polygon",
    "postgres",
    "postman",
    "primary",
    "private",
    "prodigi",
    "pusher",
    "railway",
    "refiner",
    "resemble",
    "reservoir",
    "roaring",
    "rudder",
    "scopus",
    "secondary",
    "secret",
    "segment",
    "sentry",
    "shortcut",
    "signable",
    "smarty",
    "snowflake",
    "solcast",
    "spaces",
    "speechservice",
    "springer",
    "stability",
    "starling",
    "storage",
    "supersonic",
    "supervisor",
    "synapse",
    "tableau",
    "teller",
    "terminus",
    "thesaurus",
    "together",
    "transit",
    "translator",
    "travis",
    "twitter",
    "unleash",
    "unstructured",
    "wallet",
    "weather",
    "windmill",
    "windsurf",
    "workable",
    "zapper",
];

/// Rules that find whatever stands beside a telling name, passwords apart: people choose those.
fn asks(rule: &Rule) -> bool {
    let chosen = ["password", "sql", "login", "url", "openssl", "powershell"];
    rule.provider.is_generic() && !chosen.iter().any(|word| rule.spec.id.contains(word))
}

impl Engine {
    /// The rule of the provider that is named around a key which `rule` found without knowing whose it is.
    pub fn whose(&self, bytes: &[u8], rule: RuleIx, secret: &Range<usize>) -> Option<RuleIx> {
        if !asks(self.rules.get(rule)) || secret.len() < LEAST {
            return None;
        }
        let range = secret.start.saturating_sub(BEFORE)..bytes.len().min(secret.end + BEHIND);
        let start = line_start(bytes, secret.start);
        let name = bytes[start.max(secret.start.saturating_sub(64))..secret.start].to_ascii_lowercase();
        let window = start..bytes.len().min(secret.end + 2);
        let mut best: Option<(u64, Reverse<usize>, RuleIx)> = None;
        self.keywords.within(bytes, range, &mut |keyword, ix, _| {
            let candidate = self.rules.get(RuleIx(ix));
            let is_within = keyword.start < secret.end && keyword.end > secret.start;
            if candidate.provider.is_generic() || is_within || tells(&bytes[keyword.clone()]) {
                return;
            }
            // A provider's kinds of keys have names of their own.
            let names = if candidate.spec.telling.is_empty() { &KEY_NAMES[..] } else { candidate.spec.telling };
            let holds = |part: &str| memchr::memmem::find(&name, part.to_ascii_lowercase().as_bytes()).is_some();
            if !names.iter().any(|name| name.split(['_', '-', '.', ' ']).all(holds)) {
                return;
            }
            // What stands on the way counts in lines; above is where services are named.
            let (between, is_behind) = match keyword.end <= secret.start {
                true => (&bytes[keyword.end..secret.start], 0),
                false => (&bytes[secret.end..keyword.start], 1),
            };
            let far = 2 * memchr::memchr_iter(b'\n', between).count() as u64 + is_behind;
            if best.as_ref().is_some_and(|(nearest, ..)| *nearest < far) || !is_named(bytes, &keyword) {
                return;
            }
            let has_form = candidate.value_at(bytes, secret.start).is_some_and(|value| value == *secret);
            if !has_form || usize::from(candidate.spec.least.run) < LEAST {
                return;
            }
            let context = proof::Context {
                window: &bytes[window.clone()],
                secret: secret.start - window.start..secret.end - window.start,
            };
            if proof::prove(candidate, &context).is_err() {
                return;
            }
            let found = (far, Reverse(keyword.len()), RuleIx(ix));
            if best.as_ref().is_none_or(|known| found < *known) {
                best = Some(found);
            }
        });
        best.map(|(.., rule)| rule)
    }
}

/// Where the line that holds `at` begins, or how far back it is looked at: lines may be as long as files.
fn line_start(bytes: &[u8], at: usize) -> usize {
    let far = at.saturating_sub(512);
    memchr::memrchr(b'\n', &bytes[far..at]).map_or(far, |i| far + i + 1)
}

/// Whether a keyword says that something is a key, whoever issued it: `app_key`.
fn tells(keyword: &[u8]) -> bool {
    ["key", "secret", "token", "auth", "pass"]
        .iter()
        .any(|word| keyword.to_ascii_lowercase().ends_with(word.as_bytes()))
}

/// Whether a keyword stands there as a name: at the beginning of a word, and whole if it is short; a word of the language
/// must be a part of a host, a path or an identifier.
fn is_named(bytes: &[u8], keyword: &Range<usize>) -> bool {
    let before = keyword.start.checked_sub(1).map(|i| bytes[i]);
    let after = bytes.get(keyword.end).copied();
    let begins = before.is_none_or(|b| {
        !b.is_ascii_alphanumeric() || b.is_ascii_lowercase() && bytes[keyword.start].is_ascii_uppercase()
    });
    let ends = after.is_none_or(|b| !b.is_ascii_lowercase());
    let letters = bytes[keyword.clone()].iter().filter(|b| b.is_ascii_alphabetic()).count();
    let is_host = before.is_some_and(|b| matches!(b, b'.' | b'/' | b'@')) && after == Some(b'.');
    let joined = |byte: Option<u8>| byte.is_some_and(|b| matches!(b, b'_' | b'-' | b'.' | b'/' | b'@' | b'"' | b'\''));
    let is_word = WORDS.iter().any(|word| bytes[keyword.clone()].eq_ignore_ascii_case(word.as_bytes()));
    begins
        && match (letters >= LONG, is_word) {
            _ if is_host => true,
            (true, false) => true,
            (true, true) => ends && (joined(before) || joined(after) || is_brought_in(bytes, keyword.start)),
            (false, false) => ends && joined(before) && joined(after),
            (false, true) => false,
        }
}

/// Whether what stands at `at` is brought in there: `import stripe`, `from amplitude import`, `using Pusher`.
fn is_brought_in(bytes: &[u8], at: usize) -> bool {
    let line = bytes[line_start(bytes, at)..at].trim_ascii_start();
    [&b"import "[..], b"from ", b"use ", b"using ", b"require ", b"require(", b"include ", b"open "]
        .iter()
        .any(|word| line.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::{Blob, Origin};
    use crate::rule::{RuleSet, embedded};
    use std::sync::{Arc, LazyLock};

    fn whose(text: &str, key: &str) -> Option<&'static str> {
        static ENGINE: LazyLock<Engine> =
            LazyLock::new(|| Engine::new(Arc::new(RuleSet::new(embedded()).expect("rules"))));
        let hits = ENGINE.scan(&Blob::whole(text.as_bytes(), Origin::Stdin));
        let hit = hits.iter().find(|hit| text[hit.secret.clone()] == *key).expect("it is found");
        Some(ENGINE.rules().get(ENGINE.whose(text.as_bytes(), hit.rule, &hit.secret)?).provider.id)
    }

    /// 40 hexadecimal digits, in parts.
    fn hex() -> String {
        ["f0a7c2e94b1d", "6835a0ce17fb", "92d4806ce3a5", "71b9"].concat()
    }

    #[test]
    fn a_service_is_named_where_programs_name_it() {
        let key = hex();
        for text in [
            format!("from sendbird import Client\n\nclient = Client()\napi_key = \"{key}\"\n"),
            format!("# talks to Sendbird\nheaders = {{\n  \"X-Api-Token\": \"{key}\",\n}}\n"),
            format!("api_token = '{key}'\nurl = 'https://api-x.sendbird.com/v3/users'\n"),
            format!("const sendbird = new SendBird()\n\n\n\nsendbird.connect(user)\nlet token = '{key}'\n"),
        ] {
            assert_eq!(whose(&text, &key), Some("sendbird"), "{text}");
        }
    }

    #[test]
    fn the_nearest_has_it_and_what_has_another_form_has_not() {
        let key = hex();
        let far = "x = 1\n".repeat(4);
        for (first, second) in [("sendbird", "deepgram"), ("deepgram", "sendbird")] {
            let text = format!("import {first}\n{far}\nimport {second}\napi_key = \"{key}\"\n");
            assert_eq!(whose(&text, &key), Some(second));
        }
        let text = format!("import nobodysservice\napi_key = \"{key}\"\n");
        assert_eq!(whose(&text, &key), None);
        // Its keys begin with words of their own.
        let text = format!("import openai\napi_key = \"{key}\"\n");
        assert_eq!(whose(&text, &key), None);
    }

    #[test]
    fn words_are_no_names() {
        assert!(is_named(b"https://api.segment.io", &(12..19)));
        assert!(!is_named(b"the segment of", &(4..11)));
        assert!(is_named(b"x\n  from segment import", &(9..16)));
        assert!(is_named(b"new SendbirdClient", &(4..12)));
        assert!(!is_named(b"resendbird", &(2..10)));
    }
}
