//! What a pattern's structure proves about its matches: how long they get, and from which bytes they can be found.
//!
//! The prefilter may skip everything that these facts exclude, so they are derived, never declared. Also compiled into
//! the build script, which stores the facts of embedded rules.

use super::beside::Beside;
use super::least::Least;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Runs of this many token bytes are found without looking at each literal.
pub const RUN: usize = 16;

/// How the matches that begin with one literal are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At the start of a run of at least [`RUN`] token bytes, or behind a dash within one.
    RunStart,
    /// At the start of such a run; this many bytes of the literal, the last no token byte, stand before it.
    RunAfter(usize),
    /// By looking for the literal itself.
    Word,
}

/// A byte of `[A-Za-z0-9_-]`: what keys are made of.
pub const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Parses a pattern as the engine compiles it: bytes, ASCII classes.
///
/// # Errors
///
/// What is wrong with the pattern, as the parser says it.
pub fn parse(pattern: &str) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).map_err(|error| match &error {
        regex_syntax::Error::Parse(e) => format!("{} at column {}", e.kind(), e.span().start.column),
        regex_syntax::Error::Translate(e) => format!("{} at column {}", e.kind(), e.span().start.column),
        other => other.to_string(),
    })
}

/// The longest match in bytes; `None` if there is no bound.
pub fn longest(hir: &Hir) -> Option<usize> {
    hir.properties().maximum_len()
}

/// Whether a match can hold a line feed.
pub fn may_cross_lines(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.contains(&b'\n'),
        HirKind::Class(class) => class_has(class, b'\n'),
        HirKind::Repetition(r) => r.max != Some(0) && may_cross_lines(&r.sub),
        HirKind::Capture(c) => may_cross_lines(&c.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(may_cross_lines),
    }
}

/// How matches that begin with `prefix` are found, or `None` if no match begins with it.
pub fn anchor(hir: &Hir, prefix: &[u8]) -> Option<Anchor> {
    let mut rest = hir.clone();
    for byte in prefix {
        rest = derivative(&rest, *byte)?;
    }
    let tail_start = prefix.iter().rposition(|b| !is_token(*b)).map_or(0, |i| i + 1);
    let run = prefix.len() - tail_start + least_run(&rest).0;
    Some(match (tail_start, run >= RUN) {
        (0, true) if begins_at_word_boundary(hir) && prefix[0] != b'-' => Anchor::RunStart,
        (start, true) if start >= 2 => Anchor::RunAfter(start),
        _ => Anchor::Word,
    })
}

/// The bytes that can follow `prefix` in a match that begins with it, a bit for each; all where a match may end there.
fn follow(hir: &Hir, prefix: &[u8]) -> [u64; 4] {
    let rest = prefix.iter().try_fold(hir.clone(), |rest, byte| derivative(&rest, *byte));
    let Some(rest) = rest.filter(|rest| rest.properties().minimum_len().is_some_and(|len| len > 0)) else {
        return [u64::MAX; 4];
    };
    let mut bits = [0; 4];
    for (byte, there) in first_bytes(&rest).into_iter().enumerate() {
        bits[byte / 64] |= u64::from(there) << (byte % 64);
    }
    bits
}

/// Whether every match begins with one of `prefixes`.
pub fn covered_by(hir: &Hir, prefixes: &[String]) -> bool {
    fn covered(hir: &Hir, prefixes: &[&[u8]]) -> bool {
        if prefixes.iter().any(|p| p.is_empty()) {
            return true;
        }
        if hir.properties().minimum_len().is_none_or(|n| n == 0) {
            return false;
        }
        first_bytes(hir).iter().enumerate().filter(|(_, set)| **set).all(|(byte, _)| {
            let byte = byte as u8;
            let left: Vec<&[u8]> = prefixes.iter().filter(|p| p[0] == byte).map(|p| &p[1..]).collect();
            !left.is_empty() && derivative(hir, byte).is_none_or(|rest| covered(&rest, &left))
        })
    }
    let prefixes: Vec<&[u8]> = prefixes.iter().map(|p| p.as_bytes()).collect();
    covered(hir, &prefixes)
}

/// Which bytes a match can begin with.
fn first_bytes(hir: &Hir) -> [bool; 256] {
    let mut set = [false; 256];
    for (byte, slot) in set.iter_mut().enumerate() {
        *slot = derivative(hir, byte as u8).is_some();
    }
    set
}

/// The token bytes that every match begins with at least, and whether all of the match is token bytes.
fn least_run(hir: &Hir) -> (usize, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, true),
        HirKind::Literal(literal) => {
            let run = literal.0.iter().take_while(|b| is_token(**b)).count();
            (run, run == literal.0.len())
        }
        HirKind::Class(class) => {
            let all = (0..=255u8).all(|b| is_token(b) || !class_has(class, b));
            (usize::from(all), all)
        }
        HirKind::Repetition(r) => {
            let (run, all) = least_run(&r.sub);
            match (all, r.min) {
                (true, min) => (run * min as usize, true),
                (false, 0) => (0, false),
                (false, _) => (run, false),
            }
        }
        HirKind::Capture(c) => least_run(&c.sub),
        HirKind::Concat(parts) => {
            let mut total = 0;
            for part in parts {
                let (run, all) = least_run(part);
                total += run;
                if !all {
                    return (total, false);
                }
            }
            (total, true)
        }
        HirKind::Alternation(parts) => {
            let runs: Vec<_> = parts.iter().map(least_run).collect();
            (runs.iter().map(|r| r.0).min().unwrap_or(0), runs.iter().all(|r| r.1))
        }
    }
}

/// Whether the pattern asserts `\b` before anything else.
fn begins_at_word_boundary(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(look) => {
            matches!(look, Look::WordAscii | Look::WordStartAscii | Look::WordUnicode | Look::WordStartUnicode)
        }
        HirKind::Capture(c) => begins_at_word_boundary(&c.sub),
        HirKind::Concat(parts) => parts.first().is_some_and(begins_at_word_boundary),
        HirKind::Alternation(parts) => parts.iter().all(begins_at_word_boundary),
        _ => false,
    }
}

/// What remains to be matched after `byte` (assertions taken as true); `None` if no match begins with it.
fn derivative(hir: &Hir, byte: u8) -> Option<Hir> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Literal(literal) => (literal.0.first() == Some(&byte)).then(|| Hir::literal(literal.0[1..].to_vec())),
        HirKind::Class(class) => class_has(class, byte).then(Hir::empty),
        HirKind::Repetition(r) => {
            if r.max == Some(0) {
                return None;
            }
            let first = derivative(&r.sub, byte)?;
            let mut more = r.clone();
            more.min = r.min.saturating_sub(1);
            more.max = r.max.map(|max| max - 1);
            Some(Hir::concat(vec![first, Hir::repetition(more)]))
        }
        HirKind::Capture(c) => derivative(&c.sub, byte),
        HirKind::Concat(parts) => {
            let mut ways = Vec::new();
            for (i, part) in parts.iter().enumerate() {
                if let Some(first) = derivative(part, byte) {
                    let rest = std::iter::once(first).chain(parts[i + 1..].iter().cloned()).collect();
                    ways.push(Hir::concat(rest));
                }
                if part.properties().minimum_len().is_none_or(|n| n > 0) {
                    break;
                }
            }
            (!ways.is_empty()).then(|| Hir::alternation(ways))
        }
        HirKind::Alternation(parts) => {
            let ways: Vec<Hir> = parts.iter().filter_map(|part| derivative(part, byte)).collect();
            (!ways.is_empty()).then(|| Hir::alternation(ways))
        }
    }
}

/// Whether a byte can begin what a class matches.
pub(super) fn class_has(class: &Class, byte: u8) -> bool {
    match class {
        Class::Bytes(class) => class.ranges().iter().any(|r| r.start() <= byte && byte <= r.end()),
        Class::Unicode(class) => class.ranges().iter().any(|r| {
            // A character beyond ASCII begins with a byte of 0xC2 or more.
            (u32::from(r.start()) <= u32::from(byte) && u32::from(byte) <= u32::from(r.end()) && byte < 0x80)
                || (byte >= 0xC2 && u32::from(r.end()) >= 0x80)
        }),
    }
}

/// Words of which a name holds one if its value is a key, unless a rule says otherwise.
pub const KEY_NAMES: [&str; 9] = ["key", "token", "secret", "pass", "pwd", "auth", "cred", "pat", "sid"];

/// Whether a name is a word only where no letter of the same word follows: `path`, `pattern` and `side` are everywhere.
pub fn is_whole_name(name: &str) -> bool {
    matches!(name, "pat" | "sid")
}

/// A pattern of a name in any case, but for its last letter, which is small.
fn ends_small(name: &str) -> String {
    let (last, first) = (name.len() - 1, name);
    format!("(?i:{}){}", &first[..last], &first[last..])
}

/// The pattern of a `value` rule: a name with keyword and key word, an operator, the value.
///
/// ```text
/// HEROKU_API_KEY = "…"    heroku.token: …    "herokuApiKey" => '…'    --heroku-token …    herokuKey: String = "…"
/// HEROKU_KEY ?= …    HerokuKey { get; set; } = "…"
/// ```
pub fn assignment_pattern(keywords: &[String], names: &[String], value: &str) -> String {
    let flexible = |word: &String| {
        let parts: Vec<String> = word.split(['_', '-', '.', ' ']).map(regex_syntax::escape).collect();
        parts.join("[_. -]?")
    };
    let alternatives = |words: &[String]| words.iter().map(flexible).collect::<Vec<_>>().join("|");
    let keyword = alternatives(keywords);
    let gap = r"[\w.-]{0,24}";
    let names: Vec<String> = if names.is_empty() { KEY_NAMES.map(str::to_owned).to_vec() } else { names.to_vec() };
    let (whole, parts): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| is_whole_name(name));
    let mut ways = Vec::new();
    if !parts.is_empty() {
        ways.push(format!("(?i:{}){gap}?", alternatives(&parts)));
    }
    if !whole.is_empty() {
        let small: Vec<String> = whole.iter().map(|name| ends_small(name)).collect();
        ways.push(format!(r"(?i:{})(?:[0-9_.-][\w.-]{{0,23}}?)?", whole.join("|")));
        ways.push(format!(r"(?:{})[A-Z][\w.-]{{0,23}}?", small.join("|")));
    }
    let name = ways.join("|");
    format!(
        r#"(?i:{keyword}){gap}?(?:{name})["'`\]\)\\]{{0,3}}[ \t]{{0,24}}(?::[ \t]{{0,4}}(?:&?'?[A-Za-z]\w{{0,15}}[ \t]{{0,4}}){{1,2}})?(?:\{{[ \t]?get;[^{{}}\n"']{{0,24}}\}}[ \t]?)?(?:=>|:{{1,3}}=|[?|]{{1,2}}=|={{1,3}}|:{{1,2}}|,|\(|>|[ \t])[ \t]{{0,24}}(?i:(?:bearer|token|basic)[ \t]{{1,4}})?(?:[rbuf]?\\?["'`]{{1,3}})?(?P<secret>{value})(?:(?m:$)|[^A-Za-z0-9_+/=\n-])"#
    )
}

/// The pattern of the value of a `value` rule where it stands alone.
pub fn value_pattern(value: &str) -> String {
    format!(r"\A(?P<secret>{value})(?:(?m:$)|[^A-Za-z0-9_+/=\n-])")
}

/// Literals of so many bytes and more are looked up as they are; the prefilter looks at shorter ones by tables of ASCII.
pub const LONG: usize = 5;

/// The facts about a rule that the engine works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// The pattern to compile.
    pub pattern: String,
    /// The longest match in bytes, or the declared span.
    pub reach: usize,
    /// How each prefix is found, in the order of `prefixes`.
    pub anchors: Vec<Anchor>,
    /// With `value`: parts of words by which names are found.
    pub names: Vec<String>,
    /// What every match holds.
    pub least: Least,
    /// The longest match in bytes, if it has a bound.
    pub longest: Option<usize>,
    /// Of a rule over several lines, for each of `prefixes`, the bytes that can follow it in a match: a bit for each.
    pub follow: Vec<[u64; 4]>,
    /// Whether a match itself may go over lines, and not only what is looked for near it.
    pub crosses_lines: bool,
    /// With `stands`: where matches begin.
    pub beside: Option<Beside>,
}

/// The parts by which the name of an assigned value is found: each name holds one, however its parts are joined. Names
/// that do not say "key" are left out where every value begins with a run of token bytes, from which it is found itself
/// (`engine::nearby`).
fn name_parts(names: &[String], value: &Hir) -> Vec<String> {
    let defaults = KEY_NAMES.map(str::to_owned);
    let names = if names.is_empty() { &defaults[..] } else { names };
    let is_found_from_itself = least_run(value).0 >= RUN;
    let part = |name: &String| {
        let parts: Vec<String> = name.split(['_', '-', '.', ' ']).map(str::to_lowercase).collect();
        let holds =
            |word: &str| parts.iter().any(|part| if is_whole_name(word) { part == word } else { part.contains(word) });
        match KEY_NAMES.into_iter().find(|word| holds(word)) {
            Some(word) => Some(word.to_owned()),
            None if is_found_from_itself => None,
            None => parts.into_iter().max_by_key(String::len),
        }
    };
    let mut parts: Vec<String> = names.iter().filter_map(part).collect();
    parts.sort();
    parts.dedup();
    parts
}

/// The longest match that a rule without a declared span may have.
pub const MAX_REACH: usize = 4096;

impl Derived {
    /// Derives them, refusing rules whose matches the engine could lose.
    ///
    /// # Errors
    ///
    /// What is wrong with the rule and what would make it right.
    pub fn of(rule: &super::format::RuleToml) -> Result<Self, String> {
        let pattern = match (&rule.pattern, &rule.value) {
            (Some(pattern), None) => pattern.clone(),
            (None, Some(value)) if !rule.keywords.is_empty() => assignment_pattern(&rule.keywords, &rule.names, value),
            (None, Some(_)) => return Err("'value' needs 'keywords' that its name holds".to_owned()),
            _ => return Err("needs either 'pattern' or 'value'".to_owned()),
        };
        let hir = parse(&pattern)?;
        let longest = longest(&hir);
        let reach = match (rule.span, longest) {
            (Some(span), _) => span as usize,
            (None, Some(longest)) if longest <= MAX_REACH => longest,
            _ => {
                return Err(format!(
                    "its matches have no bound of {MAX_REACH} bytes; bound the pattern or declare 'span'"
                ));
            }
        };
        let crosses_lines = may_cross_lines(&hir);
        if rule.span.is_none() && crosses_lines {
            return Err("its matches may cross lines; exclude \\n or declare 'span'".to_owned());
        }
        if rule.value.is_none() && rule.prefixes.is_empty() && rule.keywords.is_empty() {
            return Err("needs 'prefixes' or 'keywords', without which it would be tried on every byte".to_owned());
        }
        let is_plain = |word: &String| word.len() >= 2 && word.is_ascii();
        let may_be_found = |word: &&String| is_plain(word) || rule.value.is_none() && word.len() >= LONG;
        let odd = rule.prefixes.iter().chain(&rule.names).find(|word| !is_plain(word));
        if let Some(word) = odd.or_else(|| rule.keywords.iter().find(|word| !may_be_found(word))) {
            return Err(format!(
                "the literal '{word}' must be ASCII and at least two bytes long; a keyword beside 'pattern' may be other \
                 text of five bytes and more"
            ));
        }
        if rule.value.is_some() && !rule.prefixes.is_empty() {
            return Err("'prefixes' go with 'pattern', not with 'value'".to_owned());
        }
        let mut anchors = Vec::new();
        for prefix in &rule.prefixes {
            let found = anchor(&hir, prefix.as_bytes());
            anchors.push(found.ok_or_else(|| format!("no match begins with the prefix '{prefix}'"))?);
        }
        if !rule.prefixes.is_empty() && !covered_by(&hir, &rule.prefixes) {
            return Err("some matches begin with none of its 'prefixes'".to_owned());
        }
        let least = Least::of(&hir, &rule.keywords);
        let names = match &rule.value {
            Some(value) => name_parts(&rule.names, &parse(value)?),
            None => Vec::new(),
        };
        let follow = match rule.span {
            Some(_) => rule.prefixes.iter().map(|prefix| follow(&hir, prefix.as_bytes())).collect(),
            None => Vec::new(),
        };
        let beside = match rule.stands {
            Some(_) if rule.keywords.is_empty() || !rule.prefixes.is_empty() || rule.value.is_some() => {
                return Err("'stands' goes with 'keywords' and 'pattern' alone".to_owned());
            }
            Some(stands) => Some(Beside::of(&hir, stands, rule.within)?),
            None => None,
        };
        Ok(Self { pattern, reach, anchors, names, least, longest, follow, crosses_lines, beside })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(names: &[&str], value: &str) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        name_parts(&names, &parse(value).expect("a pattern"))
    }

    #[test]
    fn names_are_left_out_only_where_values_are_found_from_themselves() {
        let names = ["api", "working_key", "client-id"];
        assert_eq!(parts(&names, "[a-f0-9]{32}"), ["key"]);
        // No run of token bytes is long enough to be looked at.
        for value in ["[a-f0-9]{8}", "[a-f0-9]{8}[.][a-z]{32}", "[A-Za-z0-9+/]{43}=", "[a-f0-9]{32}|[a-z]{8}"] {
            assert_eq!(parts(&names, value), ["api", "client", "key"], "{value}");
        }
        assert_eq!(parts(&["compat", "pat"], "[a-z]{8}"), ["compat", "pat"]);
    }
}
