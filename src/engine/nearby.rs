//! Values that stand beside a provider's name in whatever way people write that down: in a nested object, in a URL, in a
//! header of a request to the provider's host, in an element, in a sentence.
//!
//! Such values are found from themselves: a run of token bytes that looks drawn. Only then is its line read back for the
//! name of a provider, and what stands between the two must link them.

use super::keywords::{SHORT, end_of};
use super::proof::{Naming, words_of};
use crate::rule::RuleSpec;
use std::ops::Range;

/// How far before a value its provider may be named, in bytes.
pub(super) const BACK: usize = 128;

/// How far behind a value the URL may stand to which it is sent.
pub(super) const AHEAD: usize = 120;

/// How much of a name can be told from a distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// The line says that it is a key, a token or a secret.
    Named,
    /// The value is assigned to the provider's bare name.
    Bare,
}

/// Whether a run of 16 token bytes at `at` looks drawn, for a look at its neighbourhood: digits among letters, or humps
/// in odd places. Cheap, and asked of every run.
#[inline(always)]
pub(super) fn may_begin(bytes: &[u8], at: usize) -> bool {
    const fn all(byte: u8) -> u128 {
        u128::from_le_bytes([byte; 16])
    }
    let Some(before) = at.checked_sub(1).map(|i| bytes[i]) else { return false };
    if !matches!(before, b'"' | b'\'' | b'`' | b' ' | b'\t' | b'=' | b':' | b'>' | b'(' | b'[' | b'|' | b',') {
        return false;
    }
    let Some(Ok(run)) = bytes.get(at..at + 16).map(<[u8; 16]>::try_from) else { return false };
    let run = u128::from_le_bytes(run);
    // Token bytes are ASCII: a sum of two bytes stays within its byte.
    let from = |byte: u8| run.wrapping_add(all(0x80 - byte)) & all(0x80);
    let digits = from(b'0') & !from(b'9' + 1);
    let capitals = from(b'A') & !from(b'Z' + 1);
    let changes = |bits: u128| (bits ^ bits >> 8).count_ones();
    (digits != 0 && changes(digits) + changes(capitals) >= 4) || changes(capitals) >= 6
}

/// Words that say of a value that it is no key.
const OTHER: &[&str] = &[
    "sha",
    "md",
    "hash",
    "hashes",
    "digest",
    "checksum",
    "integrity",
    "commit",
    "revision",
    "rev",
    "etag",
    "fingerprint",
    "resolved",
    "guid",
    "uuid",
    "version",
    "image",
    "public",
    "publishable",
    "csrf",
    "xsrf",
    "nonce",
];

/// Words between a name and its value that are no name of another value.
const FILLERS: &[&str] = &[
    "is", "was", "as", "to", "of", "the", "a", "an", "for", "with", "here", "value", "val", "default", "string", "str",
    "text", "content", "bearer", "basic", "token", "const", "static", "final", "public", "private", "let", "var",
    "char", "std", "env", "equals", "set", "amp", "quot", "gt", "u", "b", "r", "f", "n", "x",
];

/// Words that a provider's name may stand beside where it is the whole name of a key.
const AROUND: &[&str] = &[
    "prod",
    "production",
    "dev",
    "development",
    "test",
    "testing",
    "staging",
    "stage",
    "live",
    "default",
    "new",
    "client",
    "my",
    "our",
    "the",
    "app",
    "export",
    "create",
    "connect",
    "configure",
    "init",
    "set",
    "env",
    "value",
    "v",
    "const",
    "let",
    "var",
    "string",
    "login",
];

/// Words of what is called to make a client or to let it in: `acmeco.createRestClient("`.
const MAKERS: &[&str] = &[
    "client",
    "api",
    "sdk",
    "service",
    "session",
    "connection",
    "handler",
    "config",
    "configuration",
    "credential",
    "credentials",
    "init",
    "initialize",
    "setup",
    "connect",
    "login",
    "load",
    "start",
    "auth",
    "authenticate",
];

/// Words of a command line between the provider's program and the key that it is given.
const COMMANDS: &[&str] = &[
    "auth",
    "authenticate",
    "authtoken",
    "config",
    "configure",
    "connect",
    "init",
    "link",
    "login",
    "register",
    "set",
    "add",
];

/// Whether nothing but a command stands between the name of a program and a value: ` init `, ` auth login "`.
fn is_command(rest: &[u8]) -> bool {
    let words = words_of(rest);
    let is_plain = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b' ' | b'"' | b'\'');
    rest.starts_with(b" ")
        && rest.len() <= 32
        && !words.is_empty()
        && rest.iter().all(is_plain)
        && words.iter().all(|word| COMMANDS.contains(&word.as_str()))
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// What links the keyword in `before`, which is what the line holds before the value, to the value.
pub(super) fn link(before: &[u8], keyword: Range<usize>, spec: &RuleSpec) -> Option<Link> {
    if !is_whole(before, &keyword) {
        return None;
    }
    let start = before[..keyword.start].iter().rposition(|b| !is_part(*b)).map_or(0, |i| i + 1);
    let end = before[keyword.end..].iter().position(|b| !is_part(*b)).map_or(before.len(), |i| keyword.end + i);
    if end == before.len() || words_of(&before[start..]).iter().any(|word| OTHER.contains(&word.as_str())) {
        return None;
    }
    // What a URL says is part of its address, up to its parameters.
    let scheme = memchr::memmem::rfind(before, b"://").filter(|scheme| *scheme < keyword.end + AHEAD);
    let from = match scheme {
        Some(scheme) => {
            let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'?' | b'&' | b'"' | b'\'' | b'<' | b',');
            scheme + 3 + before[scheme + 3..].iter().position(is_end)?
        }
        None => start.saturating_sub(40),
    };
    if scheme.is_none() && spec.telling_is_general() && end == keyword.end && is_command(&before[end..]) {
        return Some(Link::Named);
    }
    let telling = last_telling(before, from, spec);
    if let Some(telling) = telling {
        let rest = &before[telling.end.max(if scheme.is_some() { from } else { end })..];
        let gap = if telling.start >= end { &before[end..telling.start] } else { &[][..] };
        let named = joins(rest, scheme.is_none()) && (scheme.is_some() || owns(gap)) && !is_about(before, spec);
        return named.then_some(Link::Named);
    }
    if scheme.is_none() && spec.telling_is_general() && calls(before, &keyword, end) {
        return Some(Link::Named);
    }
    let name = words_of(&before[start..end]);
    let provider = before[keyword.clone()].to_ascii_lowercase();
    let is_bare = scheme.is_none()
        && name
            .iter()
            .all(|word| AROUND.contains(&word.as_str()) || memchr::memmem::find(&provider, word.as_bytes()).is_some());
    let rest = &before[end..];
    let operators = rest.iter().filter(|b| matches!(b, b'=' | b':' | b'>' | b'(')).count();
    let is_plain = rest.len() <= 8 && !rest.iter().any(|b| b.is_ascii_alphanumeric() || matches!(b, b',' | b';'));
    (spec.telling_is_general() && is_bare && operators > 0 && is_plain).then_some(Link::Bare)
}

/// The same for a value before the URL of the provider's host, as in a call of curl: the header must tell.
pub(super) fn link_to_host(before: &[u8], spec: &RuleSpec) -> bool {
    let from = before.len().saturating_sub(48);
    let telling = last_telling(before, from, spec);
    telling.is_some_and(|telling| joins(&before[telling.end..], false)) && !is_about(before, spec)
}

/// Whether the value is an argument of a call that makes a client of the provider: `new AcmecoClient("app", "`. What is
/// called ends at `end`, and is written as types are, or is the provider's whole name.
fn calls(before: &[u8], keyword: &Range<usize>, end: usize) -> bool {
    let start = before[..keyword.start].iter().rposition(|b| !is_part(*b)).map_or(0, |i| i + 1);
    let is_type =
        before[keyword.start].is_ascii_uppercase() && before[keyword.clone()].iter().any(u8::is_ascii_lowercase);
    let makes = || words_of(&before[keyword.end..end]).iter().any(|word| MAKERS.contains(&word.as_str()));
    let is_made =
        before[..start].ends_with(b"new ") || is_type || before[start..end].len() <= keyword.len() + 8 || makes();
    // `Acmeco::Client.new("`, `\\Acmeco\\Client("`, `acmeco::new("`: what stands behind a path is a part of it.
    let is_path = |b: &&u8| is_part(**b) || matches!(**b, b':' | b'\\' | b'>' | b'!');
    let path = before[end..].iter().take_while(is_path).count();
    let (is_made, end) = match path {
        0 => (is_made, end),
        _ => (matches!(before[end], b':' | b'\\' | b'>'), end + path),
    };
    let Some(arguments) = before[end..].strip_prefix(b"(") else { return false };
    let is_argument =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'"' | b'\'' | b'`' | b',' | b' ' | b'_' | b'-' | b'.');
    let quoted = arguments.iter().filter(|b| matches!(b, b'"' | b'\'' | b'`')).count() % 2 == 1;
    is_made && quoted && arguments.len() <= 48 && arguments.iter().all(is_argument)
}

/// Short keywords must also end where a word does.
fn is_whole(before: &[u8], keyword: &Range<usize>) -> bool {
    let text = &before[keyword.clone()];
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    // `DPLAClient` is a name and another word; `DPLACE` is none.
    let is_hump = before.get(keyword.end + 1).is_some_and(u8::is_ascii_lowercase);
    let goes_on = |next: &u8| {
        next.is_ascii_lowercase()
            || next.is_ascii_uppercase() && !is_hump && text.iter().all(|t| !t.is_ascii_lowercase())
    };
    letters > SHORT
        || letters < text.len()
        || !before.get(keyword.end).is_some_and(goes_on)
        || telling_follows(&before[keyword.end..])
}

/// `XAIKEY`: the word that tells stands right behind the keyword.
fn telling_follows(rest: &[u8]) -> bool {
    ["key", "token", "secret", "api", "pass", "auth"].iter().any(|word| end_of(rest, 0, word).is_some())
}

/// The last name in `before[from..]` that says "key".
fn last_telling(before: &[u8], from: usize, spec: &RuleSpec) -> Option<Range<usize>> {
    let is_general = spec.telling_is_general();
    // Names beside those that tell of any key: `X-Honeycomb-Team`.
    let is_own = |name: &&&str| !is_general || !words_of(name.as_bytes()).iter().any(|word| is_telling(word));
    let names = || spec.telling.iter().filter(is_own);
    let mut end = before.len();
    while end > from {
        let last = from + before[from..end].iter().rposition(|b| is_part(*b))? + 1;
        let start = before[from..last].iter().rposition(|b| !is_part(*b)).map_or(from, |i| from + i + 1);
        if is_general && words_of(&before[start..last]).iter().any(|word| is_telling(word)) {
            return Some(start..last);
        }
        // A name of several words may be written with blanks between them.
        let ends = |at: usize| names().filter_map(move |name| end_of(before, at, name)).max();
        let begins = |at: &usize| !is_general || *at == 0 || !before[*at - 1].is_ascii_alphanumeric();
        if let Some(told) = (start..last).filter(begins).filter_map(ends).max() {
            return Some(start..told.max(last));
        }
        end = start;
    }
    None
}

/// Whether a word says that a value is a key.
fn is_telling(word: &str) -> bool {
    const PARTS: &[&str] = &["key", "token", "secret", "passw", "pwd", "auth", "cred", "bearer", "appid"];
    const WHOLE: &[&str] = &["pass", "pat", "sid", "jwt", "api", "access", "webhook", "license", "licence", "dsn"];
    const NOT: &[&str] = &["author", "authors", "authority", "keyboard", "keyword", "keywords", "tokenizer", "monkey"];
    (PARTS.iter().any(|part| word.contains(part)) || WHOLE.contains(&word)) && !NOT.contains(&word)
}

/// Whether what stands between a name and its value joins them.
fn joins(rest: &[u8], may_be_prose: bool) -> bool {
    if rest.len() > 64
        || rest.iter().any(|b| matches!(b, b';' | b'}' | b'#' | b'@' | b'$' | b'%')) && !has(rest, b"&quot;")
    {
        return false;
    }
    let words: Vec<String> = words_of(rest);
    let known = words.iter().all(|word| FILLERS.contains(&word.as_str()));
    let is_prose = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b' ' | b':' | b'-' | b'=' | b'(' | b')' | b'\'');
    known && words.len() <= 5 || may_be_prose && words.len() <= 5 && rest.starts_with(b" ") && rest.iter().all(is_prose)
}

/// Whether what stands between the provider and the name makes the name the provider's: no comma, unless it opens
/// something that is not closed.
fn owns(gap: &[u8]) -> bool {
    let count = |open: u8, close: u8| {
        gap.iter().filter(|b| **b == open).count() as isize - gap.iter().filter(|b| **b == close).count() as isize
    };
    let opens = count(b'{', b'}') > 0 || count(b'(', b')') > 0 || count(b'[', b']') > 0;
    !gap.contains(&b';') && (opens || gap.len() <= 2 || !gap.contains(&b','))
}

/// Whether what stands before a value, in lower case, says no kind of key: no word for one, or that it authorizes. `api` is
/// no kind.
pub(super) fn says_no_kind(before: &[u8]) -> bool {
    const KINDS: &[&str] = &["key", "token", "secret", "pass", "pwd", "cred", "sid", "hash", "webhook", "dsn"];
    let words = words_of(&before[before.len().saturating_sub(48)..]);
    let authorizes = |word: &String| word.contains("auth") || word == "bearer" || word == "basic";
    let is_kind = |word: &String| KINDS.iter().any(|kind| word.contains(kind));
    words.iter().any(authorizes) || !words.iter().any(is_kind)
}

/// Whether nothing before a value says that it is about a key, public, or no key at all.
pub(super) fn may_be_secret(before: &[u8], spec: &RuleSpec) -> bool {
    let last = before.iter().rposition(|b| is_part(*b)).map_or(0, |i| i + 1);
    let start = before[..last].iter().rposition(|b| !is_part(*b)).map_or(0, |i| i + 1);
    let words = words_of(&before[start..last]);
    let is_id = words.last().is_some_and(|word| matches!(word.as_str(), "id" | "ids" | "sid"));
    let wants_id = spec.telling.iter().any(|name| name.ends_with("id"));
    let is_other = words.iter().any(|word| OTHER.contains(&word.as_str()));
    !is_about(before, spec) && !is_other && (wants_id || !is_id)
}

/// Whether the name says that the value is about a key, or public.
fn is_about(before: &[u8], spec: &RuleSpec) -> bool {
    let wants_id = spec.telling.iter().any(|name| name.ends_with("id"));
    Naming::before(before)
        .is_some_and(|naming| naming.is_about() && !wants_id || naming.is_public() || naming.is_neighbour_only())
}

fn has(text: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(text, needle).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_look_drawn() {
        let begins = |text: &str| may_begin(text.as_bytes(), 1);
        assert!(begins("=9f86d081884c7d659a2feaa0c55ad015"));
        assert!(begins("\"kX8vQ2mZ7pL4nR9tW3yB"));
        assert!(!begins("=my_secret_access_key"));
        assert!(!begins("/9f86d081884c7d659a2feaa0c55ad015"));
        assert!(!begins("\"ControlPlaneEndpoint"));
    }

    fn spec(telling: &'static [&'static str]) -> RuleSpec {
        let rule = crate::rule::embedded().into_iter().find(|rule| rule.spec.assigned).expect("there are some");
        RuleSpec { telling, ..*rule.spec }
    }

    fn linked(before: &str) -> Option<Link> {
        let at = before.to_lowercase().find("acmeco").expect("the keyword");
        link(before.as_bytes(), at..at + 6, &spec(&[]))
    }

    #[test]
    fn what_links_a_name_to_a_value() {
        for before in [
            "{\"acmeco\": {\"key\": \"",
            "{\"acmeco\": {\"enabled\": true, \"api_key\": \"",
            "https://acmeco.io/api/v1/quote?symbol=AAPL&token=",
            "curl https://api.acmeco.io/v1/x -H \"Authorization: Bearer ",
            "# acmeco secret ",
            "acmeco api key is ",
            "<acmeco><apiKey>",
            "<add key=\"AcmecoApiKey\" value=\"",
            "acmeco.Client(api_key=\"",
            "TOKEN_ACMECO=",
            "secret for acmeco: ",
            "[acmeco] token = ",
            "process.env.ACMECO_KEY || \"",
            "acmeco - key - '",
            "acmeco api key for staging: ",
            "| acmeco key | `",
        ] {
            assert_eq!(linked(before), Some(Link::Named), "{before}");
        }
        for before in [
            "new Acmeco(\"",
            "new AcmecoFetch('",
            "acmeco.Client(\"",
            "acmecosearch(\"Y7\", \"",
            "x = Acmeco(app, '",
            "acmeco.createRestClient(\"MA1\", \"",
            "acmeco init ",
            "acmeco auth login \"",
            "Acmeco::Client.new('",
            "acmeco::Client::new(\"",
            "new \\Acmeco\\Client('",
        ] {
            assert_eq!(linked(before), Some(Link::Named), "{before}");
        }
        for before in ["acmeco: ", "ACMECO=", "acmeco_prod = \""] {
            assert_eq!(linked(before), Some(Link::Bare), "{before}");
        }
        for before in [
            "acmeco ",
            "\"acmeco\": \"1.0.2\", \"cache-key\": \"",
            "\"acmeco\": { \"sha\": \"",
            "uses: acmeco/token-action@",
            "acmeco_key_sha256 = \"",
            "acmeco_api_key_id = \"",
            "acmeco_public_key = \"",
            "acmeco_key = x(); y = \"",
            "https://acmeco.io/api/key?commit=",
            "acmeco_project = \"",
            "acmeco_checksum_of_all(\"",
            "log(acmeco, \"",
            "acmeco(load(\"a.js\"), \"",
        ] {
            assert_eq!(linked(before), None, "{before}");
        }
    }
}
