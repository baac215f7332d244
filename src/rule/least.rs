//! What every match of a pattern needs at least, so that a regular expression is not run where it cannot match: a run of
//! bytes that can be the secret, and a byte that must be there.
//!
//! Derived, never declared: a mistake in these facts would lose keys. Also compiled into the build script.

use super::shape::class_has;
use regex_syntax::hir::{Hir, HirKind};

/// What every match of a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Least {
    /// The least length of the secret in bytes; 0 where nothing is known of what it is made of.
    pub run: u16,
    /// What it is made of.
    pub of: Of,
    /// A byte that stands somewhere in every match, the rarest that is known.
    pub must: Option<u8>,
}

/// What a secret is made of, from the narrowest; as far as it matters for telling it from the code around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Of {
    /// Letters, digits and `_-+/=`.
    Narrow,
    /// Everything but white space, quotes, backslashes and angle brackets.
    #[default]
    Broad,
    /// The same, and a quote stands behind it, perhaps escaped.
    Quoted,
}

/// Whether a byte is one of [`Of::Narrow`].
pub const fn is_narrow(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=')
}

/// Whether a byte is one of [`Of::Broad`].
pub const fn is_broad(byte: u8) -> bool {
    !matches!(byte, b'\t'..=b'\r' | b' ' | b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>')
}

/// The least byte by which a character of several bytes begins in UTF-8 (RFC 3629, section 4).
const FIRST_OF_TWO: u8 = 0xC2;

/// Marks by how rare they are in source code, the rarest first; what is missing is too common to tell anything.
const RARE: &[u8] = b"~^@`$|%?&!#\\+*<>[]{};'\"=:/(),";

impl Least {
    /// Of a pattern whose matches are found from one of `keywords`.
    pub fn of(hir: &Hir, keywords: &[String]) -> Self {
        let mut must = Set::must(hir);
        for byte in keywords.iter().flat_map(|keyword| keyword.bytes()) {
            must.0[usize::from(byte)] = false;
        }
        let must = RARE.iter().copied().find(|byte| must.0[usize::from(*byte)]);
        let Some(secret) = secret(hir, Behind::Nothing) else { return Self { must, ..Self::default() } };
        let all = Set::any(secret.hir);
        let run = secret.hir.properties().minimum_len().unwrap_or(0).min(usize::from(u16::MAX)) as u16;
        let is_broad = all.is_within(is_broad);
        let of = match secret.behind {
            Behind::Quote if is_broad => Of::Quoted,
            _ if all.is_within(is_narrow) => Of::Narrow,
            _ => Of::Broad,
        };
        Self { run: if is_broad { run } else { 0 }, of, must }
    }
}

/// What follows the secret in every match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    Nothing,
    Quote,
}

struct Secret<'h> {
    hir: &'h Hir,
    behind: Behind,
}

/// The group called `secret`, and what stands behind it. Patterns without one are not looked into.
fn secret(hir: &Hir, behind: Behind) -> Option<Secret<'_>> {
    match hir.kind() {
        HirKind::Capture(group) if group.name.as_deref() == Some("secret") => Some(Secret { hir: &group.sub, behind }),
        HirKind::Capture(group) => secret(&group.sub, behind),
        HirKind::Concat(parts) => parts.iter().enumerate().find_map(|(i, part)| {
            let rest = &parts[i + 1..];
            let behind = if rest.is_empty() { behind } else { behind_of(rest) };
            secret(part, behind)
        }),
        // A match of another branch has no secret.
        HirKind::Alternation(parts) => parts.iter().find_map(|part| secret(part, behind)),
        // Its last turn may be followed by another.
        HirKind::Repetition(repetition) => secret(&repetition.sub, Behind::Nothing),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => None,
    }
}

/// Whether a quote follows, perhaps behind one backslash.
fn behind_of(rest: &[Hir]) -> Behind {
    let is_quote = |byte: u8| matches!(byte, b'"' | b'\'' | b'`');
    let mut rest = rest.iter();
    let mut next = rest.next();
    let is_backslash = |hir: &Hir| {
        hir.properties().maximum_len() == Some(1)
            && hir.properties().minimum_len() == Some(0)
            && Set::any(hir).is_within(|byte| byte == b'\\')
    };
    if next.is_some_and(is_backslash) {
        next = rest.next();
    }
    let is_one_quote = next.is_some_and(|hir| {
        hir.properties().minimum_len().is_some_and(|len| len > 0) && Set::any(hir).is_within(is_quote)
    });
    if is_one_quote { Behind::Quote } else { Behind::Nothing }
}

/// A set of bytes.
struct Set([bool; 256]);

impl Set {
    fn is_within(&self, test: impl Fn(u8) -> bool) -> bool {
        (0..=255u8).all(|byte| !self.0[usize::from(byte)] || test(byte))
    }

    /// Every byte that a match may hold.
    fn any(hir: &Hir) -> Self {
        let mut set = Self([false; 256]);
        set.add_any(hir);
        set
    }

    fn add_any(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => literal.0.iter().for_each(|byte| self.0[usize::from(*byte)] = true),
            HirKind::Class(class) => {
                for byte in 0..=255u8 {
                    // What begins a character beyond ASCII is followed by bytes of 0x80 and more.
                    let follows = byte >= 0x80 && class_has(class, byte.max(FIRST_OF_TWO));
                    self.0[usize::from(byte)] |= follows || class_has(class, byte);
                }
            }
            HirKind::Repetition(repetition) => self.add_any(&repetition.sub),
            HirKind::Capture(group) => self.add_any(&group.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|part| self.add_any(part)),
        }
    }

    /// Every byte that each match holds.
    fn must(hir: &Hir) -> Self {
        let none = || Self([false; 256]);
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => none(),
            HirKind::Literal(_) => Self::any(hir),
            HirKind::Class(_) => {
                let any = Self::any(hir);
                if any.0.iter().filter(|there| **there).count() == 1 { any } else { none() }
            }
            HirKind::Repetition(repetition) if repetition.min == 0 => none(),
            HirKind::Repetition(repetition) => Self::must(&repetition.sub),
            HirKind::Capture(group) => Self::must(&group.sub),
            HirKind::Concat(parts) => parts.iter().map(Self::must).fold(none(), |mut all, set| {
                all.0.iter_mut().zip(set.0).for_each(|(there, here)| *there |= here);
                all
            }),
            HirKind::Alternation(parts) => {
                let sets = parts.iter().map(Self::must);
                let both = |mut all: Self, set: Self| {
                    all.0.iter_mut().zip(set.0).for_each(|(there, here)| *there &= here);
                    all
                };
                sets.reduce(both).unwrap_or_else(none)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn least(pattern: &str, keywords: &[&str]) -> Least {
        let keywords: Vec<String> = keywords.iter().map(|keyword| (*keyword).to_owned()).collect();
        Least::of(&crate::rule::shape::parse(pattern).expect("a pattern"), &keywords)
    }

    #[test]
    fn secrets_are_measured() {
        assert_eq!(least(r"key=(?P<secret>[a-z]{8,20})", &["key"]), Least { run: 8, of: Of::Narrow, must: Some(b'=') });
        assert_eq!(least(r"key=(?P<secret>[^\s'\\<>`\x22]{4,})", &[]).of, Of::Broad);
        assert_eq!(least(r"key=(?P<secret>[a-z ]{8,20})", &[]).run, 0);
        assert_eq!(least("key=[a-z]{8,20}", &[]), Least { run: 0, of: Of::Broad, must: Some(b'=') });
        let quoted = Least { run: 5, of: Of::Quoted, must: None };
        assert_eq!(least(r#"k["'](?:x|(?P<secret>[a-z][a-z.]{4,9}))\\?["']"#, &[]), quoted);
        assert_eq!(least(r#"k(?:(?P<secret>[a-z]{5})["'])+"#, &[]).of, Of::Quoted);
        assert_eq!(least(r#"k(?:(?P<secret>[a-z]{5}))+["']"#, &[]).of, Of::Narrow);
        assert_eq!(least(r#"k(?P<secret>[a-z]{5})["']?"#, &[]).of, Of::Narrow);
    }

    #[test]
    fn bytes_that_must_be_there() {
        assert_eq!(least(r"://[^@\s]+@h", &["://"]).must, Some(b'@'));
        assert_eq!(least(r"(?:a@b|c@|@)=", &[]).must, Some(b'@'));
        assert_eq!(least(r"(?:a@b|c)(?:=)?", &[]).must, None);
        assert_eq!(least(r"k(?:\?=){0,2}", &[]).must, None);
    }
}
