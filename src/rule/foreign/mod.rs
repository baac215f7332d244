//! Rules in the form of gitleaks: found by a regular expression over the whole text, and not from literals.
//!
//! Nothing of them is promised about their length, so they are run on whole blobs, and their outcome depends on all of
//! one. What they say about paths and commits is for the policy to judge, which knows those.

mod core;
pub mod re2;
mod rule;

pub use core::Core;
pub use rule::foreign_rule;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::Hir;
use std::sync::{Arc, OnceLock};

/// A pattern as it was written, compiled on first use.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As Go reads it.
    written: String,
    /// As Rust reads it.
    translated: String,
    regex: OnceLock<Option<Regex>>,
    core: OnceLock<Option<Core>>,
}

/// Go bounds repetitions, and with them what a pattern takes: patterns that pass [`re2::translate`] fit into this.
const SIZE_LIMIT: usize = 1 << 30;

impl Pattern {
    /// Reads a pattern as Go does.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn new(written: &str) -> Result<Self, re2::Mistake> {
        let translated = re2::translate(written)?;
        Ok(Self { translated, written: written.to_owned(), regex: OnceLock::new(), core: OnceLock::new() })
    }

    /// One pattern that is any of several, as gitleaks joins a list: a flag in one of them holds for those behind it.
    ///
    /// # Errors
    ///
    /// What is wrong with the whole.
    pub fn joined(patterns: &[String]) -> Result<Self, re2::Mistake> {
        Self::new(&format!("(?:{})", patterns.join("|")))
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// As Rust reads it, in Unicode mode.
    pub fn translated(&self) -> &str {
        &self.translated
    }

    /// How many groups it has.
    pub fn groups(&self) -> usize {
        self.hir().map_or(0, |hir| hir.properties().explicit_captures_len())
    }

    /// What every match holds, where that can be told.
    pub fn core(&self) -> Option<&Core> {
        self.core.get_or_init(|| Core::of(&self.hir()?)).as_ref()
    }

    fn hir(&self) -> Option<Hir> {
        regex_syntax::ParserBuilder::new().utf8(false).build().parse(&self.translated).ok()
    }

    /// Compiled, in Unicode mode; nothing where the limit is too small after all, which no pattern was seen to do.
    pub fn regex(&self) -> Option<&Regex> {
        let compile = || RegexBuilder::new(&self.translated).size_limit(SIZE_LIMIT).build().ok();
        self.regex.get_or_init(compile).as_ref()
    }

    /// Whether it occurs in `text`.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }
}

/// What a rule of this kind has beyond [`super::RuleSpec`].
#[derive(Debug, Clone, Default)]
pub struct Foreign {
    /// What is searched for; without one, the rule is about paths alone.
    pub regex: Option<Pattern>,
    /// Paths to which it is confined, or which are themselves what it finds.
    pub path: Option<Pattern>,
    /// The group that is the secret; 0 is the first that holds something, else the whole match.
    pub secret_group: usize,
    /// The entropy that a secret must exceed; 0 asks for none.
    pub entropy: f64,
    /// Words of which one must stand somewhere in the text, in lower case; none means that it is always run.
    pub keywords: Vec<String>,
    /// Whether it only helps others.
    pub skip_report: bool,
    /// Other rules that must find something nearby.
    pub required: Vec<Required>,
    /// What excuses its findings, those for all rules first.
    pub allow: Vec<Arc<Allowlist>>,
    /// Whether the line that an allowlist looks at begins with the line break before it, as it does in gitleaks.
    pub breaks_before_lines: bool,
}

impl Foreign {
    /// Whether paths or commits decide where it holds.
    pub fn depends_on_places(&self) -> bool {
        self.path.is_some() || self.allow.iter().any(|list| list.asks_for_places())
    }
}

/// Another rule that must find something in the same text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// The rule's id.
    pub id: String,
    /// Most lines between the starts of the two matches.
    pub within_lines: Option<u64>,
    /// Most columns between them.
    pub within_columns: Option<u64>,
}

/// What a list of regular expressions is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// The secret.
    #[default]
    Secret,
    /// All that the rule's pattern matched.
    Match,
    /// The lines that hold the match.
    Line,
}

/// Findings that are none, in the terms of gitleaks.
#[derive(Debug, Default, Clone)]
pub struct Allowlist {
    /// Why.
    pub description: String,
    /// Whether everything that it names must hold; else one thing suffices.
    pub all: bool,
    /// Whole ids of commits, in lower case.
    pub commits: Vec<String>,
    /// Paths.
    pub paths: Vec<Pattern>,
    /// What the regular expressions are held against.
    pub target: Target,
    /// Regular expressions.
    pub regexes: Vec<Pattern>,
    /// Parts of secrets, in lower case.
    pub stopwords: Vec<String>,
    /// Where it is written: `.gitleaks.toml:12`.
    pub origin: String,
    /// Whether one of its paths alone excuses a file that is there now, as in gitleaks' walk over folders, which does
    /// not ask whether more must hold.
    pub skips_files: bool,
}

/// The texts of one finding that allowlists look at.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    /// The secret.
    pub secret: &'a [u8],
    /// The match.
    pub matched: &'a [u8],
    /// The lines that hold it.
    pub line: &'a [u8],
}

impl Allowlist {
    /// Whether it speaks of texts.
    pub fn asks_for_texts(&self) -> bool {
        !self.regexes.is_empty() || !self.stopwords.is_empty()
    }

    /// Whether it speaks of places.
    pub fn asks_for_places(&self) -> bool {
        !self.paths.is_empty() || !self.commits.is_empty()
    }

    /// Whether texts alone excuse a finding, wherever it is.
    pub fn excuses_texts(&self, texts: &Texts<'_>) -> bool {
        if self.all {
            return self.asks_for_texts() && !self.asks_for_places() && self.holds_for_all(texts);
        }
        self.has_regex(texts) || self.has_stopword(texts)
    }

    /// Whether it excuses a finding with these texts, where they are known, at a place with these paths (one file may be
    /// known under several names) in that commit.
    pub fn excuses(&self, texts: Option<&Texts<'_>>, paths: &[&[u8]], commit: Option<&str>) -> bool {
        let has_path = || paths.iter().any(|path| self.paths.iter().any(|pattern| pattern.is_in(path)));
        let has_commit = || commit.is_some_and(|commit| self.commits.iter().any(|known| known == commit));
        if self.all {
            return (self.commits.is_empty() || has_commit())
                && (self.paths.is_empty() || has_path())
                && (!self.asks_for_texts() || texts.is_some_and(|texts| self.holds_for_all(texts)));
        }
        has_commit() || has_path() || texts.is_some_and(|texts| self.excuses_texts(texts))
    }

    /// Whether one of its paths excuses a file by itself.
    pub fn skips_file(&self, paths: &[&[u8]]) -> bool {
        self.skips_files && paths.iter().any(|path| self.paths.iter().any(|pattern| pattern.is_in(path)))
    }

    fn holds_for_all(&self, texts: &Texts<'_>) -> bool {
        (self.regexes.is_empty() || self.has_regex(texts)) && (self.stopwords.is_empty() || self.has_stopword(texts))
    }

    fn has_regex(&self, texts: &Texts<'_>) -> bool {
        let text = match self.target {
            Target::Secret => texts.secret,
            Target::Match => texts.matched,
            Target::Line => texts.line,
        };
        self.regexes.iter().any(|regex| regex.is_in(text))
    }

    fn has_stopword(&self, texts: &Texts<'_>) -> bool {
        if self.stopwords.is_empty() {
            return false;
        }
        let secret = String::from_utf8_lossy(texts.secret).to_lowercase();
        self.stopwords.iter().any(|word| secret.contains(word.as_str()))
    }
}

/// Shannon entropy as gitleaks counts it: over characters, and divided by the number of bytes.
pub fn entropy(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text);
    let mut counts = std::collections::BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_insert(0_u32) += 1;
    }
    let length = text.len() as f64;
    counts.values().map(|count| f64::from(*count) / length).map(|share| share * share.recip().log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| Pattern::new(text).expect("a pattern")).collect()
    }

    const TEXTS: Texts<'_> =
        Texts { secret: b"s3cret-Example", matched: b"key=s3cret-Example", line: b"x; key=s3cret-Example;" };

    #[test]
    fn one_thing_suffices_unless_all_are_asked_for() {
        let list = |all| Allowlist {
            all,
            paths: patterns(&["^test/"]),
            stopwords: vec!["example".to_owned()],
            ..Allowlist::default()
        };
        assert!(list(false).excuses(Some(&TEXTS), &[b"src/a"], None));
        assert!(list(false).excuses(None, &[b"test/a"], None));
        assert!(list(false).excuses_texts(&TEXTS));
        assert!(!list(true).excuses(Some(&TEXTS), &[b"src/a"], None));
        assert!(!list(true).excuses(None, &[b"test/a"], None));
        assert!(list(true).excuses(Some(&TEXTS), &[b"src/a", b"test/a"], None));
        assert!(!list(true).excuses_texts(&TEXTS), "the place is asked for, too");
    }

    #[test]
    fn regexes_look_at_their_target() {
        let list = |target, pattern: &str| Allowlist { target, regexes: patterns(&[pattern]), ..Allowlist::default() };
        assert!(list(Target::Secret, "^s3").excuses_texts(&TEXTS));
        assert!(!list(Target::Secret, "^key").excuses_texts(&TEXTS));
        assert!(list(Target::Match, "^key").excuses_texts(&TEXTS));
        assert!(list(Target::Line, "^x; key.*;$").excuses_texts(&TEXTS));
    }

    #[test]
    fn commits_are_compared_whole() {
        let list = Allowlist { commits: vec!["ab12".to_owned()], ..Allowlist::default() };
        assert!(list.excuses(None, &[], Some("ab12")));
        assert!(!list.excuses(None, &[], Some("ab123")));
    }

    #[test]
    fn a_flag_leaks_into_what_follows_only_when_joined() {
        let texts = ["(?i)zzzz".to_owned(), "GHP_X".to_owned()];
        assert!(Pattern::joined(&texts).expect("joins").is_in(b"ghp_x"));
        assert!(!Pattern::new(&texts[1]).expect("reads").is_in(b"ghp_x"));
    }

    #[test]
    fn entropy_counts_characters_and_divides_by_bytes() {
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
        assert!(entropy("éé".as_bytes()) > 0.0, "one character, of four bytes two");
        assert_eq!(entropy(b""), 0.0);
    }
}
