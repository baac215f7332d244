//! Reads rule files of a person's own (`--rules DIR`, `keyhound.toml`): the same format and the same checks as `rules/`.
//!
//! Rules live as long as the process, so what is read here is leaked on purpose: every rule is then made of constants,
//! whether it was embedded or not.

use super::format::{FormatError, ProviderFile, RuleToml, parse_toml};
use super::lines::Lines;
use super::shape::{Derived, parse};
use super::{Auth, Provider, Rule, RuleSpec};
use std::path::{Path, PathBuf};

/// Why rules could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A folder or file could not be read.
    #[error("{}: cannot be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The TOML is not what a rule file holds.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A rule makes no sense.
    #[error("{file}:{line}: rule '{rule}': {message}")]
    Rule {
        /// The file.
        file: String,
        /// The line on which the rule begins.
        line: usize,
        /// The rule's id.
        rule: String,
        /// What is wrong and what would be right.
        message: String,
    },
}

/// The names and texts of every `*.toml` of a folder, in the order of their names; of a file, its own.
///
/// # Errors
///
/// The first that cannot be read.
pub fn read_dir(dir: &Path) -> Result<Vec<(String, String)>, LoadError> {
    let unreadable = |error| LoadError::Unreadable { path: dir.to_owned(), error };
    let mut paths = Vec::new();
    if dir.is_file() {
        paths.push(dir.to_owned());
    } else {
        for entry in std::fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|e| e == "toml") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let read = |path: PathBuf| match std::fs::read_to_string(&path) {
        Ok(text) => Ok((path.to_string_lossy().into_owned(), text)),
        Err(error) => Err(LoadError::Unreadable { path, error }),
    };
    paths.into_iter().map(read).collect()
}

/// Loads every rule file of a folder.
///
/// # Errors
///
/// The first file that cannot be read or understood.
pub fn load_dir(dir: &Path) -> Result<Vec<Rule>, LoadError> {
    let mut rules = Vec::new();
    for (name, text) in read_dir(dir)? {
        rules.extend(load_text(&name, &text)?);
    }
    Ok(rules)
}

/// Loads the rules of one file's text.
///
/// # Errors
///
/// What is wrong, with file and line.
pub fn load_text(file: &str, text: &str) -> Result<Vec<Rule>, LoadError> {
    rules_of(file, text, &parse_toml(file, text)?)
}

/// The rules of a file that was parsed already; `text` is the one that holds them, for the lines of errors.
///
/// # Errors
///
/// What is wrong, with file and line.
pub fn rules_of(file: &str, text: &str, parsed: &ProviderFile) -> Result<Vec<Rule>, LoadError> {
    let provider = provider_of(parsed);
    let rules = parsed.rules.iter().enumerate().map(|(number, rule)| {
        rule_of(parsed, rule, provider).map_err(|message| LoadError::Rule {
            file: file.to_owned(),
            line: Lines::of(text).rule(number).of(&["pattern", "value"]),
            rule: rule.id.clone(),
            message,
        })
    });
    rules.collect()
}

pub(super) fn provider_of(file: &ProviderFile) -> &'static Provider {
    let p = &file.provider;
    Box::leak(Box::new(Provider {
        id: leak(&p.id),
        name: leak(&p.name),
        docs: p.docs.as_deref().map(leak),
        console: p.console.as_deref().map(leak),
        remedy: p.remedy.as_deref().map(leak),
        revoke_steps: leak_all(&p.revoke_steps),
        hosts: leak_all(&p.hosts),
        env: leak_all(&p.env),
        auth: p.auth.as_ref().map(|a| Auth { header: leak(&a.header), scheme: a.scheme.as_deref().map(leak) }),
        https_only: p.https_only,
        rotation_days: p.rotation_days,
        publishable: p.client_side == super::format::ClientSide::Publishable,
    }))
}

pub(super) fn rule_of(file: &ProviderFile, rule: &RuleToml, provider: &'static Provider) -> Result<Rule, String> {
    let derived = Derived::of(rule)?;
    for placeholder in &rule.placeholders {
        parse(placeholder)?;
    }
    let spec = Box::leak(Box::new(RuleSpec {
        id: leak(&rule.id),
        description: leak(&rule.description),
        environment: leak(&rule.environment),
        severity: leak(&rule.severity),
        confidence: leak(&rule.confidence),
        pattern: leak(&derived.pattern),
        assigned: rule.value.is_some(),
        prefixes: leak_all(&rule.prefixes),
        keywords: leak_all(&rule.keywords),
        within: rule.within,
        span: rule.span,
        entropy: rule.entropy,
        proof: rule.proof.as_deref().map(leak),
        placeholders: leak_all(&rule.placeholders),
        tags: leak_all(&rule.tags),
        names: leak_all(&derived.names),
        telling: leak_all(&rule.names),
        value: rule.value.as_deref().map(leak),
        gated: rule.assigned,
        reach: derived.reach,
        anchors: derived.anchors.leak(),
        least: derived.least,
        longest: derived.longest,
        beside: derived.beside,
        follow: derived.follow.leak(),
        crosses_lines: derived.crosses_lines,
        online: file.online(rule)?.as_deref().map(leak),
    }));
    Rule::new(spec, provider)
}

fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn leak_all(texts: &[String]) -> &'static [&'static str] {
    texts.iter().map(|text| leak(text)).collect::<Vec<_>>().leak()
}
