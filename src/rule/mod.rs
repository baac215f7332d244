//! Providers and rules: data, embedded at build time from `rules/`, or read from a person's own files.

mod beside;
pub mod call;
mod direct;
mod embedded;
pub mod foreign;
pub mod format;
mod known;
pub mod least;
mod lines;
pub mod lint;
mod load;
mod matcher;
pub mod online;
mod set;
pub mod shape;
mod starts;
mod tags;
pub mod template;

pub use beside::Beside;
pub use embedded::{digest, embedded, sources};
pub use format::{FormatError, nearest, parse_toml};
pub use least::{Least, Of};
pub use lines::{Lines, line_at};
pub use load::{LoadError, load_dir, load_text, read_dir, rules_of};
pub use matcher::Matcher;
pub use set::RuleSet;
pub use shape::{Anchor, MAX_REACH};

use crate::finding::{Confidence, Environment, Severity};
use online::Online;
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;
use std::sync::OnceLock;

/// Who issues keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// kebab-case, unique.
    pub id: &'static str,
    /// As the provider writes it.
    pub name: &'static str,
    /// The page that documents the format.
    pub docs: Option<&'static str>,
    /// Where a person revokes or rotates a key.
    pub console: Option<&'static str>,
    /// What to do with a leaked key where there is no issuer to revoke it at: `change the password`.
    pub remedy: Option<&'static str>,
    /// The steps of a revocation by hand.
    pub revoke_steps: &'static [&'static str],
    /// Hosts that its keys are sent to.
    pub hosts: &'static [&'static str],
    /// Environment variables under which its keys travel.
    pub env: &'static [&'static str],
    /// The documented way to send a key.
    pub auth: Option<Auth>,
    /// Whether plain HTTP is refused or forbidden.
    pub https_only: bool,
    /// The documented rotation period in days.
    pub rotation_days: Option<u32>,
    /// Whether its keys may be shipped to browsers and apps.
    pub publishable: bool,
}

/// How a key travels in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth {
    /// The header's name.
    pub header: &'static str,
    /// The scheme before the key.
    pub scheme: Option<&'static str>,
}

/// A rule as the table of embedded rules stores it: constants only.
#[derive(Debug, Clone, Copy)]
pub struct RuleSpec {
    /// kebab-case, unique over all providers.
    pub id: &'static str,
    /// What it finds.
    pub description: &'static str,
    /// Word of [`Environment`].
    pub environment: &'static str,
    /// Word of [`Severity`].
    pub severity: &'static str,
    /// Word of [`Confidence`].
    pub confidence: &'static str,
    /// The pattern to compile.
    pub pattern: &'static str,
    /// Whether the pattern is that of a value assigned to a name (`value` in the rule file).
    pub assigned: bool,
    /// Literals with which every match begins.
    pub prefixes: &'static [&'static str],
    /// Case-insensitive context.
    pub keywords: &'static [&'static str],
    /// How far from the secret a keyword may stand, in bytes.
    pub within: Option<u32>,
    /// The most bytes that a match over several lines covers with its context.
    pub span: Option<u32>,
    /// Least Shannon entropy in bits a character.
    pub entropy: Option<f32>,
    /// Name in the proof table.
    pub proof: Option<&'static str>,
    /// Regular expressions of documented example values.
    pub placeholders: &'static [&'static str],
    /// Words by which rules can be switched.
    pub tags: &'static [&'static str],
    /// Words by which the names of assigned values are found.
    pub names: &'static [&'static str],
    /// The same in full, as the rule file has them.
    pub telling: &'static [&'static str],
    /// The pattern of an assigned value alone.
    pub value: Option<&'static str>,
    /// Whether an operator and a value follow the keyword's name in every match.
    pub gated: bool,
    /// Longest match, or the span, in bytes.
    pub reach: usize,
    /// How each of `prefixes` is found.
    pub anchors: &'static [Anchor],
    /// What every match holds.
    pub least: Least,
    /// The longest match in bytes, if it has a bound.
    pub longest: Option<usize>,
    /// Where matches begin that are found from a keyword within them.
    pub beside: Option<Beside>,
    /// Of a rule over several lines, for each of `prefixes`, the bytes that can follow it: a bit for each.
    pub follow: &'static [[u64; 4]],
    /// Whether a match itself may go over lines, and not only what is looked for near it.
    pub crosses_lines: bool,
    /// How its keys are verified and revoked, as [`online::Online`] in TOML.
    pub online: Option<&'static str>,
}

/// What a check of key hygiene tells a person, beside what it checks. A rule that has this is a check: it matches nothing
/// itself, and stands among the rules so that policy, configuration and reports treat both alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// What it leads to.
    pub why: &'static str,
    /// What to do about it, as a clause: `set a period of at most 90 days`.
    pub fix: &'static str,
}

/// A rule ready for use; its regular expressions are compiled on first use.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The constants.
    pub spec: &'static RuleSpec,
    /// Who issues its keys.
    pub provider: &'static Provider,
    /// How bad a leak is.
    pub severity: Severity,
    /// Confidence before proof.
    pub confidence: Confidence,
    /// The environment that its keys open.
    pub environment: Environment,
    /// For a check of key hygiene, what it tells a person.
    pub advice: Option<Advice>,
    /// What a rule in the form of gitleaks has in the place of literals and proofs.
    pub foreign: Option<Box<foreign::Foreign>>,
    matcher: Matcher,
    value: OnceLock<Box<Matcher>>,
    placeholders: OnceLock<Vec<Regex>>,
    online: OnceLock<Box<Online>>,
}

impl RuleSpec {
    /// Matches nothing: what a rule has that is not made of a rule file.
    pub const EMPTY: Self = Self {
        id: "",
        description: "",
        environment: Environment::Unknown.word(),
        severity: Severity::Medium.word(),
        confidence: Confidence::Medium.word(),
        pattern: "",
        assigned: false,
        prefixes: &[],
        keywords: &[],
        within: None,
        span: None,
        entropy: None,
        proof: None,
        placeholders: &[],
        tags: &[],
        names: &[],
        telling: &[],
        value: None,
        gated: false,
        reach: 0,
        anchors: &[],
        least: Least { run: 0, of: Of::Broad, must: None },
        longest: None,
        beside: None,
        follow: &[],
        crosses_lines: false,
        online: None,
    };

    /// Whether any word for keys will do in the name of an assigned value, rather than those of the rule alone.
    pub fn telling_is_general(&self) -> bool {
        self.telling.is_empty() || ["key", "token", "secret"].iter().any(|word| self.telling.contains(word))
    }
}

/// Providers whose rules know a syntax and not an issuer.
const GENERIC: [&str; 4] = ["generic", "http", "jwt", "url"];

impl Provider {
    /// Nothing is known of it.
    pub const UNKNOWN: Self = Self {
        id: "",
        name: "",
        docs: None,
        console: None,
        remedy: None,
        revoke_steps: &[],
        hosts: &[],
        env: &[],
        auth: None,
        https_only: false,
        rotation_days: None,
        publishable: false,
    };

    /// Whether its rules know a syntax and not an issuer: any provider's own rule says more.
    pub fn is_generic(&self) -> bool {
        GENERIC.contains(&self.id)
    }
}

/// Default of `within`, in bytes.
const WITHIN: u32 = 120;

impl Rule {
    /// Makes a rule of its constants.
    ///
    /// # Errors
    ///
    /// A sentence naming a word that is on no scale.
    pub fn new(spec: &'static RuleSpec, provider: &'static Provider) -> Result<Self, String> {
        Ok(Self {
            severity: spec.severity.parse()?,
            confidence: spec.confidence.parse()?,
            environment: spec.environment.parse()?,
            spec,
            provider,
            advice: None,
            foreign: None,
            matcher: Matcher::new(spec.pattern),
            value: OnceLock::new(),
            placeholders: OnceLock::new(),
            online: OnceLock::new(),
        })
    }

    /// The rule that stands for a check of key hygiene; `tags` holds its group.
    pub fn of_check(
        id: &'static str,
        summary: &'static str,
        severity: Severity,
        tags: &'static [&'static str],
        advice: Advice,
    ) -> Self {
        let spec = RuleSpec {
            id,
            description: summary,
            severity: severity.word(),
            confidence: Confidence::High.word(),
            tags,
            ..RuleSpec::EMPTY
        };
        let provider = Provider { id: "hygiene", name: "key hygiene", remedy: Some(advice.fix), ..Provider::UNKNOWN };
        Self {
            spec: Box::leak(Box::new(spec)),
            provider: Box::leak(Box::new(provider)),
            severity,
            confidence: Confidence::High,
            environment: Environment::Unknown,
            advice: Some(advice),
            foreign: None,
            matcher: Matcher::new(""),
            value: OnceLock::new(),
            placeholders: OnceLock::new(),
            online: OnceLock::new(),
        }
    }

    /// The pattern, compiled on first use.
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// The value of a rule of assigned values that begins at `at`, whole.
    pub fn value_at(&self, bytes: &[u8], at: usize) -> Option<Range<usize>> {
        let value = self.spec.value?;
        let matcher = self.value.get_or_init(|| Box::new(Matcher::new(shape::value_pattern(value))));
        let (found, _) = matcher.secret(&bytes[at..], 0)?;
        let (end, after) = (at + found.end, bytes.get(at + found.end + 1));
        // A dot ends a sentence, or goes on.
        let goes_on = bytes.get(end) == Some(&b'.') && after.is_some_and(u8::is_ascii_alphanumeric);
        (!goes_on && found.start == 0).then_some(at..end)
    }

    /// Values that the provider documents as examples.
    pub fn placeholders(&self) -> &[Regex] {
        self.placeholders.get_or_init(|| self.spec.placeholders.iter().map(|p| compile(p)).collect())
    }

    /// How its keys are verified and revoked.
    pub fn online(&self) -> &Online {
        #[allow(clippy::expect_used)]
        self.online.get_or_init(|| {
            Box::new(self.spec.online.map_or_else(Online::default, |text| {
                toml::from_str(text).expect("the tables were written by us when the rule was loaded")
            }))
        })
    }

    /// Whether matches may cover several lines.
    pub fn spans_lines(&self) -> bool {
        self.spec.span.is_some()
    }

    /// How far from the secret a keyword may stand, in bytes.
    pub fn within(&self) -> usize {
        self.spec.within.unwrap_or(WITHIN) as usize
    }

    /// Length of the public prefix of `secret`, which reports may show.
    pub fn public_prefix(&self, secret: &[u8]) -> usize {
        let known = self.spec.prefixes.iter().filter(|p| secret.starts_with(p.as_bytes())).map(|p| p.len()).max();
        known.unwrap_or(0).max(pem_header(secret))
    }
}

/// Length of `-----BEGIN EC PRIVATE KEY-----` at the start of `text`: it says the kind of key and nothing of the key.
fn pem_header(text: &[u8]) -> usize {
    let Some(label) = text.strip_prefix(b"-----BEGIN ") else { return 0 };
    let end = label.iter().position(|b| !(b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' '));
    match end {
        Some(end) if label[end..].starts_with(b"-----") => text.len() - label.len() + end + 5,
        _ => 0,
    }
}

/// Compiles a pattern whose syntax was checked when its rule was loaded.
fn compile(pattern: &str) -> Regex {
    #[allow(clippy::expect_used)]
    RegexBuilder::new(pattern)
        .unicode(false)
        .build()
        .expect("patterns are compiled when their rules are loaded or tested")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_block_is_public_and_nothing_else_is() {
        assert_eq!(pem_header(b"-----BEGIN EC PRIVATE KEY-----\nMHcC"), 30);
        assert_eq!(pem_header(b"-----BEGIN EC PRIVATE KEY"), 0);
        assert_eq!(pem_header(b"-----BEGIN \xff-----"), 0);
        assert_eq!(pem_header(b"MHcC"), 0);
    }
}
