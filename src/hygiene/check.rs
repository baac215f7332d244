//! What a check is, what it is given, and what it gives back.

use super::class::{self, Class};
use super::document::{Document, Kind, Piece};
use super::families::FAMILIES;
use super::project::Project;
use super::settings::Settings;
use crate::finding::{Confidence, Environment, RuleIx, Severity};
use crate::rule::{Advice, Provider, Rule, RuleSet};
use std::ops::Range;

/// A check: what it is called and what it tells a person. The texts are in `explain`, in SARIF and in the documentation.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// `group/name`, unique.
    pub id: &'static str,
    /// How bad it is, unless a note says otherwise.
    pub severity: Severity,
    /// Whether a scan makes it too: it needs one file only, and is right wherever it speaks.
    pub certain: bool,
    /// What is wrong where it speaks, as a short sentence without its full stop.
    pub summary: &'static str,
    /// What that leads to, as sentences.
    pub why: &'static str,
    /// What to do, as a clause.
    pub fix: &'static str,
}

/// Checks that are made in one go.
#[derive(Clone, Copy)]
pub struct Family {
    /// Every check that it makes.
    pub checks: &'static [Check],
    /// What makes them.
    pub run: Run,
}

/// What a family looks at.
#[derive(Clone, Copy)]
pub enum Run {
    /// One file.
    File(fn(&File<'_>, &mut Notes)),
    /// Everything that was read, and every key that was found.
    Project(fn(&Project<'_>, &mut Notes)),
}

/// All checks, in the order of the table.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    FAMILIES.iter().flat_map(|family| family.checks)
}

/// Which checks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checks {
    /// None.
    None,
    /// Those that need one file and are right wherever they speak.
    #[default]
    Certain,
    /// All.
    All,
}

/// Whether a check is among those.
pub fn is_made(id: &str, which: Checks) -> bool {
    which == Checks::All || (which == Checks::Certain && find(id).is_some_and(|check| check.certain))
}

/// Whether a check looks at one file at a time.
pub fn is_of_one_file(id: &str) -> bool {
    let own = |family: &&Family| family.checks.iter().any(|check| check.id == id);
    FAMILIES.iter().find(own).is_some_and(|family| matches!(family.run, Run::File(_)))
}

/// The check with that id.
pub fn find(id: &str) -> Option<&'static Check> {
    checks().find(|check| check.id == id)
}

impl Check {
    /// The part of the id before the slash: `rotation`.
    pub fn group(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }
}

/// The checks as rules, for policy, configuration and reports.
pub fn rules() -> Vec<Rule> {
    let tags = |group: &str| -> &'static [&'static str] {
        match group {
            "rotation" => &["rotation", "hygiene"],
            "expiry" => &["expiry", "hygiene"],
            "exposure" => &["exposure", "hygiene"],
            "transport" => &["transport", "hygiene"],
            "header" => &["header", "hygiene"],
            "env" => &["env", "hygiene"],
            "scope" => &["scope", "hygiene"],
            "storage" => &["storage", "hygiene"],
            "ci" => &["ci", "hygiene"],
            "lifecycle" => &["lifecycle", "hygiene"],
            _ => &["hygiene"],
        }
    };
    checks()
        .map(|check| {
            let advice = Advice { why: check.why, fix: check.fix };
            Rule::of_check(check.id, check.summary, check.severity, tags(check.group()), advice)
        })
        .collect()
}

/// The examples of a check: files that it speaks of, and files that it does not, as they lie in `fixtures/hygiene`.
pub fn examples(id: &str) -> Option<Example> {
    EXAMPLES.iter().find(|example| example.check == id).copied()
}

/// One file of each kind.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The check.
    pub check: &'static str,
    /// Name and text of a file that it speaks of.
    pub bad: (&'static str, &'static str),
    /// Name and text of one that it does not.
    pub good: (&'static str, &'static str),
}

static EXAMPLES: &[Example] = &include!(concat!(env!("OUT_DIR"), "/hygiene_examples.rs"));

/// A key in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The rule that found it.
    pub rule: RuleIx,
    /// Its bytes.
    pub span: Range<usize>,
    /// How sure that is.
    pub confidence: Confidence,
}

/// What a check is given of one file.
pub struct File<'f> {
    /// The file, read.
    pub document: &'f Document,
    /// Its text.
    pub text: &'f str,
    /// Keys in it by where they begin, those of low confidence left out.
    pub keys: &'f [Key],
    /// All rules, for what is known about the providers.
    pub rules: &'f RuleSet,
    /// Periods, and what time it is.
    pub settings: &'f Settings,
}

impl<'f> File<'f> {
    /// Its path.
    pub fn path(&self) -> &'f str {
        &self.document.path
    }

    /// Whether it is of that format.
    pub fn is(&self, kind: Kind) -> bool {
        self.document.kind == kind
    }

    /// The environment that its path names.
    pub fn class(&self) -> Option<Class> {
        class::class_of_path(self.settings.inner(self.path()))
    }

    /// Where a line of a script stands that begins at `script`; the script where it is not written so.
    pub fn line_of(&self, script: &Range<usize>, line: &str) -> Range<usize> {
        // A script that was folded or indented is another text, and a line of it is not.
        const FAR: usize = 1 << 16;
        let mut end = self.text.len().min(script.start + FAR);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let line = line.trim();
        let found = self.text.get(script.start..end).and_then(|text| text.find(line)).filter(|_| !line.is_empty());
        found.map_or_else(|| script.clone(), |at| script.start + at..script.start + at + line.len())
    }

    /// The first key within `span`, with its rule.
    pub fn key_in(&self, span: &Range<usize>) -> Option<(&'f Key, &'f Rule)> {
        let first = self.keys.partition_point(|key| key.span.start < span.start);
        let mut within = self.keys[first..].iter().take_while(|key| key.span.start <= span.end);
        let key = within.find(|key| key.span.end <= span.end)?;
        Some((key, self.rules.get(key.rule)))
    }

    /// Keys whose issuer is known, with their rules.
    pub fn issued_keys(&self) -> impl Iterator<Item = (&'f Key, &'f Rule)> {
        let all = self.keys.iter().map(|key| (key, self.rules.get(key.rule)));
        all.filter(|(key, rule)| key.confidence >= Confidence::Medium && !rule.provider.hosts.is_empty())
    }

    /// Keys whose format says that they are live, or that they are for tests.
    pub fn keys_for(&self, environment: Environment) -> impl Iterator<Item = (&'f Key, &'f Rule)> {
        self.issued_keys().filter(move |(_, rule)| rule.environment == environment)
    }

    /// The provider that a host belongs to.
    pub fn provider_of_host(&self, host: &str) -> Option<&'f Provider> {
        self.rules.provider_of_host(host)
    }

    /// The provider whose documented environment variable this is.
    pub fn provider_of_variable(&self, name: &str) -> Option<&'f Provider> {
        self.rules.provider_of_variable(name)
    }

    /// The provider whose key a text carries: by a literal key within its span, or by a variable that it names.
    pub fn provider_of_value(&self, piece: &Piece) -> Option<&'f Provider> {
        if let Some((_, rule)) = self.key_in(&piece.span).filter(|(_, rule)| !rule.provider.hosts.is_empty()) {
            return Some(rule.provider);
        }
        let names = piece.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        names.filter(|name| name.len() > 6 && name.contains('_')).find_map(|name| self.provider_of_variable(name))
    }
}

/// What checks note.
#[derive(Debug, Default)]
pub struct Notes {
    /// In the order in which they were made.
    pub all: Vec<Note>,
}

/// What a check saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The check.
    pub check: &'static str,
    /// Of a project's check the file; empty for the file at hand, or where it is about no file.
    pub path: String,
    /// Where.
    pub span: Range<usize>,
    /// What it is about, stable over edits of other lines, and no secret: `aws_kms_key.main`.
    pub subject: String,
    /// What was seen there, without a secret.
    pub message: String,
    /// Where it is not that of the check.
    pub severity: Option<Severity>,
    /// Whether the value is known; what is unknown is shown to those who ask for it.
    pub known: bool,
    /// Further places of the same.
    pub more: Vec<(String, Range<usize>)>,
}

impl Notes {
    /// Notes something about the file at hand.
    pub fn add(
        &mut self,
        check: &'static str,
        span: Range<usize>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> &mut Note {
        self.add_at(check, "", span, subject, message)
    }

    /// Notes something about a file of the project.
    pub fn add_at(
        &mut self,
        check: &'static str,
        path: &str,
        span: Range<usize>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> &mut Note {
        let note = Note {
            check,
            path: path.to_owned(),
            span,
            subject: subject.into(),
            message: message.into(),
            severity: None,
            known: true,
            more: Vec::new(),
        };
        let at = self.all.len();
        self.all.push(note);
        &mut self.all[at]
    }
}

impl Note {
    /// With another severity than that of the check.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(severity);
        self
    }

    /// About a value that only a program knows.
    pub fn unknown(&mut self) -> &mut Self {
        self.known = false;
        self
    }
}
