//! Whether a keyword of a provider stands somewhere as the provider's name, and not as a word or within one.

use std::ops::Range;

/// Shorter names are those of other things, too.
const LONG: usize = 6;

/// Names that are words as well.
const WORDS: &[&str] = &[
    "access",
    "accesskey",
    "accesslink",
    "account",
    "agora",
    "alchemy",
    "alpaca",
    "amap",
    "ambient",
    "amplitude",
    "anaconda",
    "appkey",
    "ark",
    "astronomer",
    "atlas",
    "backlog",
    "bamboo",
    "beamer",
    "beams",
    "bling",
    "blizzard",
    "bls",
    "box",
    "brawl",
    "breezy",
    "canny",
    "canvas",
    "catapult",
    "cdc",
    "census",
    "chromatic",
    "cio",
    "clova",
    "cloze",
    "cmc",
    "coda",
    "cognitive",
    "comet",
    "confluence",
    "congress",
    "consumer",
    "convex",
    "copernicus",
    "cos",
    "cosmos",
    "crisp",
    "ctp",
    "currents",
    "dandelion",
    "deel",
    "delighted",
    "deployer",
    "deputy",
    "discord",
    "docker",
    "drone",
    "dune",
    "duo",
    "elastic",
    "ernie",
    "exa",
    "facebook",
    "fal",
    "fireflies",
    "fireworks",
    "firms",
    "fixer",
    "flock",
    "forem",
    "fossa",
    "fulcrum",
    "galileo",
    "gemini",
    "genie",
    "genius",
    "ghost",
    "gladly",
    "gong",
    "google",
    "greenhouse",
    "guardian",
    "gusto",
    "hass",
    "here",
    "hmac",
    "hms",
    "hologram",
    "honeycomb",
    "hyperbolic",
    "iaas",
    "iam",
    "influx",
    "insta",
    "intercom",
    "interline",
    "iterable",
    "kafka",
    "keeper",
    "kite",
    "knack",
    "knock",
    "kraken",
    "kuda",
    "lark",
    "linear",
    "lipa",
    "lora",
    "lovo",
    "luma",
    "luno",
    "lusha",
    "matrix",
    "medium",
    "meister",
    "miniprogram",
    "miro",
    "mistral",
    "momento",
    "monday",
    "mongo",
    "mongodb",
    "mute",
    "mux",
    "nasa",
    "neutrino",
    "ngc",
    "nimble",
    "noaa",
    "npm",
    "nyt",
    "octopus",
    "optimistic",
    "paddle",
    "pantheon",
    "parasail",
    "payer",
    "percy",
    "phantom",
    "pinecone",
    "placid",
    "plausible",
    "polygon",
    "postgres",
    "postman",
    "primary",
    "priv",
    "private",
    "prodigi",
    "prowl",
    "psql",
    "pusher",
    "pushy",
    "quay",
    "railway",
    "rave",
    "refiner",
    "resemble",
    "reservoir",
    "resin",
    "rms",
    "roaring",
    "rudder",
    "sasl",
    "scopus",
    "secondary",
    "secret",
    "segment",
    "sentry",
    "shortcut",
    "signable",
    "smarty",
    "smtp",
    "snowflake",
    "solcast",
    "sonar",
    "spaces",
    "spark",
    "speechservice",
    "springer",
    "stability",
    "starling",
    "steam",
    "storage",
    "sumo",
    "supersonic",
    "supervisor",
    "swell",
    "synapse",
    "tableau",
    "teller",
    "terminus",
    "thesaurus",
    "tmi",
    "together",
    "transit",
    "translator",
    "travis",
    "trove",
    "ttn",
    "twit",
    "twitter",
    "uber",
    "unleash",
    "unstructured",
    "vault",
    "volc",
    "wallet",
    "wave",
    "weather",
    "whoop",
    "windmill",
    "windsurf",
    "workable",
    "zapper",
    "zoom",
];

/// Hosts of code, which name where a program comes from and not what it talks to: `github.com/acmeco/client`.
const FORGES: &[&str] = &["github", "gitlab", "bitbucket"];

/// Whether a keyword stands there as a name: at the beginning of a word, and whole if it is short; a word of the language
/// must be a part of a host, a path or an identifier, and so must one that a rule wants joined (`box_`).
pub(super) fn is_named(bytes: &[u8], keyword: &Range<usize>, wants_joint: bool) -> bool {
    let text = &bytes[keyword.clone()];
    let is_in = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
    let before = keyword.start.checked_sub(1).map(|i| bytes[i]);
    let rest = &bytes[keyword.end..];
    let after = rest.first().copied();
    let begins = before.is_none_or(|b| {
        !b.is_ascii_alphanumeric() || b.is_ascii_lowercase() && bytes[keyword.start].is_ascii_uppercase()
    });
    if !begins || before != Some(b'.') && (rest.starts_with(b".com/") || rest.starts_with(b".org/")) && is_in(FORGES) {
        return false;
    }
    let ends = after.is_none_or(|b| !b.is_ascii_lowercase());
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let is_host = before.is_some_and(|b| matches!(b, b'.' | b'/' | b'@')) && after == Some(b'.');
    let joined = |byte: Option<u8>| byte.is_some_and(|b| matches!(b, b'_' | b'-' | b'.' | b'/' | b'@' | b'"' | b'\''));
    // `new Mistral(`, `Pusher::Client`, `OktaService`
    let is_hump = text.iter().any(u8::is_ascii_lowercase) && after.is_some_and(|b| b.is_ascii_uppercase());
    let is_type = text[0].is_ascii_uppercase() && (is_hump || after.is_some_and(|b| matches!(b, b'(' | b':' | b'\\')));
    // A short name that no rule wants joined is that of nothing else.
    let is_whole = !wants_joint
        && letters > 2
        && before.is_none_or(|b| !b.is_ascii_alphanumeric())
        && after.is_none_or(|b| !b.is_ascii_alphanumeric());
    match (letters >= LONG, is_in(WORDS)) {
        _ if is_host => true,
        (true, false) => ends || is_glued(rest),
        (true, true) => ends && (joined(before) || joined(after) || is_type || is_brought_in(bytes, keyword.start)),
        (false, false) => {
            let is_used = is_type && letters > 2 && !wants_joint;
            ends && (joined(before) && joined(after) || is_whole || is_used || is_brought_in(bytes, keyword.start))
        }
        (false, true) => ends && (joined(before) && joined(after) || is_brought_in(bytes, keyword.start)),
    }
}

/// Whether a word that people glue to names follows, so that the name ends there: `sendbirdclient`, and not `judgement`,
/// which begins as Judge.me does.
fn is_glued(rest: &[u8]) -> bool {
    const GLUED: &[&str] = &[
        "api", "app", "auth", "bot", "cli", "client", "config", "db", "go", "hook", "io", "js", "key", "lib", "node",
        "php", "plugin", "py", "rb", "sdk", "secret", "service", "token", "url",
    ];
    let word = rest.iter().take_while(|b| b.is_ascii_lowercase()).count();
    GLUED.iter().any(|glued| rest[..word] == *glued.as_bytes())
}

/// Where the line that holds `at` begins, or how far back it is looked at: lines may be as long as files.
pub(super) fn line_start(bytes: &[u8], at: usize) -> usize {
    let far = at.saturating_sub(512);
    memchr::memrchr(b'\n', &bytes[far..at]).map_or(far, |i| far + i + 1)
}

/// A keyword without the joint at its end: `box_` stands before a blank, too.
pub(super) fn trimmed(bytes: &[u8], keyword: Range<usize>) -> Range<usize> {
    let is_joint = |b: &u8| matches!(b, b'_' | b'.' | b'-' | b' ');
    let joints = bytes[keyword.clone()].iter().rev().take_while(|b| is_joint(b)).count();
    keyword.start..keyword.end - joints
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

    #[test]
    fn words_are_no_names() {
        assert!(is_named(b"https://api.segment.io", &(12..19), false));
        assert!(!is_named(b"the segment of", &(4..11), false));
        assert!(is_named(b"x\n  from segment import", &(9..16), false));
        assert!(is_named(b"new SendbirdClient", &(4..12), false));
        assert!(!is_named(b"resendbird", &(2..10), false));
        assert!(is_named(b"import sendbirdclient", &(7..15), false));
        assert!(!is_named(b"every judgement", &(6..13), false));
        assert!(is_named(b"new Segment('x')", &(4..11), false));
        assert!(is_named(b"class OktaService", &(6..10), false));
        assert!(!is_named(b"(Segment two)", &(1..8), false));
        assert!(is_named(b"import plaid\n", &(7..12), false));
        assert_eq!(trimmed(b"from box import", 5..9), 5..8);
        assert!(is_named(b"# Okta keys", &(2..6), false));
        assert!(!is_named(b"the box of", &(4..7), true));
        assert!(!is_named(b"import \"github.com/a/b\"", &(8..14), false));
        assert!(is_named(b"https://api.github.com/user", &(12..18), false));
    }
}
