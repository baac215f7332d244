//! What is run directly finds what a regular expression finds.

use super::*;
use crate::rule::shape::parse;

fn direct(pattern: &str) -> Option<Direct> {
    Direct::of(&parse(pattern).expect("a pattern"))
}

fn found(pattern: &str, text: &str, at: usize) -> Option<(Option<Range<usize>>, usize)> {
    let direct = direct(pattern).expect("it is run directly");
    direct.try_at(text.as_bytes(), at).expect("few turns").map(|found| (found.secret, found.end))
}

#[test]
fn the_secret_is_the_named_group_or_the_first_or_all() {
    assert_eq!(found("(a)(?P<secret>b)c", "abc", 0), Some((Some(1..2), 3)));
    assert_eq!(found("a(b)(c)", "abc", 0), Some((Some(1..2), 3)));
    assert_eq!(found("abc", "xabc", 1), Some((Some(1..4), 4)));
    assert_eq!(found("a(?P<secret>b)?c", "ac", 0), Some((None, 2)));
}

#[test]
fn preferences_are_those_of_a_regular_expression() {
    assert_eq!(found("(a{1,3})a", "aaaa", 0), Some((Some(0..3), 4)));
    assert_eq!(found("(a{1,3}?)a", "aaaa", 0), Some((Some(0..1), 2)));
    assert_eq!(found("(ab|a)(?:bc|c)?", "abc", 0), Some((Some(0..2), 3)));
    assert_eq!(found("x(?:-[a-f]{2}){1,3}", "x-ab-cd-e", 0), Some((Some(0..7), 7)));
    assert_eq!(found("x(?:-[a-f]{2}){1,3}?", "x-ab-cd", 0), Some((Some(0..4), 4)));
}

#[test]
fn places_are_asserted() {
    assert_eq!(found(r"\bab\b", "ab", 0), Some((Some(0..2), 2)));
    assert_eq!(found(r"\bab\b", "xab", 1), None);
    assert_eq!(found(r"ab(?m:$)", "ab\n", 0), Some((Some(0..2), 2)));
    assert_eq!(found(r"(?m:^)ab", "x\nab", 2), Some((Some(2..4), 4)));
    assert_eq!(found(r"ab\z", "abc", 0), None);
}

#[test]
fn what_would_take_long_is_left_to_others() {
    assert!(direct(r"(?:a*)*b").is_none());
    assert!(direct(r"(?:ab){1,500}").is_none());
    let slow = direct("a*a*a*a*b").expect("it is run directly");
    assert_eq!(slow.try_at(&[b'a'; 200], 0), Err(Overrun));
}

/// Numbers that look drawn, and are the same in every run (xorshift, Marsaglia 2003).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// A text that a pattern matches, assertions apart; the longest repetitions are left out.
    fn text(&mut self, hir: &Hir, out: &mut Vec<u8>) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
            HirKind::Class(class) => {
                // Few patterns are of characters; those need not match.
                let Some(set) = set_of(class) else { return out.push(b'a') };
                let bytes: Vec<u8> = (0..=255u8).filter(|b| set[usize::from(b / 64)] >> (b % 64) & 1 != 0).collect();
                out.push(bytes[self.below(bytes.len() as u64) as usize]);
            }
            HirKind::Repetition(r) => {
                let most = r.max.unwrap_or(u32::MAX).min(r.min + 12);
                let times = u64::from(r.min) + self.below(u64::from(most - r.min) + 1);
                (0..times).for_each(|_| self.text(&r.sub, out));
            }
            HirKind::Capture(capture) => self.text(&capture.sub, out),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.text(part, out)),
            HirKind::Alternation(parts) => {
                let way = self.below(parts.len() as u64) as usize;
                self.text(&parts[way], out);
            }
        }
    }
}

/// What a regular expression finds right at `at`.
fn by_regex(regex: &regex::bytes::Regex, text: &[u8], at: usize) -> Option<(Option<Range<usize>>, usize)> {
    let captures = regex.captures_at(text, at)?;
    let all = captures.get(0).filter(|all| all.start() == at)?;
    let secret = match (captures.name("secret"), captures.len()) {
        (Some(secret), _) => Some(secret),
        (None, 1) => Some(all),
        _ if regex.capture_names().any(|name| name == Some("secret")) => None,
        _ => captures.get(1),
    };
    Some((secret.map(|secret| secret.range()), all.end()))
}

#[test]
fn every_rule_finds_what_a_regular_expression_finds() {
    let mut drawn = Drawn(0x9E37_79B9_7F4A_7C15);
    let (mut tried, mut matched, mut searched) = (0, 0, 0);
    for rule in crate::rule::embedded() {
        let values = rule.spec.value.map(crate::rule::shape::value_pattern);
        for pattern in std::iter::once(rule.spec.pattern.to_owned()).chain(values) {
            let hir = parse(&pattern).expect("a pattern");
            let Some(direct) = Direct::of(&hir) else { continue };
            let regex = crate::rule::compile(&pattern);
            let mut apart = Vec::new();
            for _ in 0..3 {
                let mut text = Vec::new();
                drawn.text(&hir, &mut text);
                text.extend_from_slice([&b"\n"[..], b" ", b"", b"x", b"\","][drawn.below(5) as usize]);
                if drawn.below(2) == 0 && !text.is_empty() {
                    let at = drawn.below(text.len() as u64) as usize;
                    text[at] = b"aZ0_-. \"=\n"[drawn.below(10) as usize];
                }
                let Ok(found) = direct.try_at(&text, 0) else { continue };
                tried += 1;
                matched += u32::from(found.is_some());
                let found = found.map(|found| (found.secret, found.end));
                assert_eq!(found, by_regex(&regex, &text, 0), "{pattern} on {:?}", String::from_utf8_lossy(&text));
                apart.extend_from_slice(&text);
                let Some(found) = direct.search(&apart, 1, usize::MAX) else { continue };
                searched += 1;
                let first = regex.captures_at(&apart, 1).and_then(|all| all.get(0)).map(|all| all.range());
                let found = found.map(|(start, found)| start..found.end);
                assert_eq!(found, first, "{pattern} on {:?}", String::from_utf8_lossy(&apart));
            }
        }
    }
    assert!(matched > 3_000 && tried - matched > 500, "{matched} of {tried}");
    assert!(searched > 3_000, "{searched}");
}

#[test]
fn searches_from_known_beginnings_find_what_a_regular_expression_finds() {
    let mut drawn = Drawn(0x2545_F491_4F6C_DD1D);
    let (mut searched, mut matched) = (0, 0);
    for rule in crate::rule::embedded() {
        let hir = parse(rule.spec.pattern).expect("a pattern");
        if rule.spec.assigned || super::super::starts::Starts::of(&hir).is_none() {
            continue;
        }
        let (regex, matcher) = (crate::rule::compile(rule.spec.pattern), rule.matcher());
        let mut text = b"x ".to_vec();
        for _ in 0..3 {
            drawn.text(&hir, &mut text);
            text.extend_from_slice([&b"\n"[..], b" ", b"", b"key", b"\"]"][drawn.below(5) as usize]);
            let at = drawn.below(text.len() as u64) as usize;
            text[at] = b"aZ0_-. \"=\n"[drawn.below(10) as usize];
            let mut from = drawn.below(3) as usize;
            while let Some(found) = matcher.find(&text, from) {
                assert_eq!(
                    regex.captures_at(&text, from).and_then(|all| all.get(0)).map(|all| all.range()),
                    Some(found.range.clone())
                );
                let by_regex = by_regex(&regex, &text, found.range.start).map(|(secret, _)| secret);
                assert_eq!(by_regex.flatten().filter(|secret| !secret.is_empty()), found.secret);
                from = found.range.end.max(from + 1);
                matched += 1;
            }
            assert!(regex.find_at(&text, from).is_none(), "{} in {:?}", rule.spec.id, String::from_utf8_lossy(&text));
            searched += 1;
        }
    }
    assert!(searched > 300 && matched > 300, "{matched} in {searched}");
}
