//! For people who write rules: checks rule files, shows where a rule comes from, tries rules on a text.

use super::plan::Plan;
use super::setup;
use crate::blob::{Blob, Origin};
use crate::config::ConfigError;
use crate::config::gitleaks::{self, Reading};
use crate::engine::{Engine, trial};
use crate::finding::{Confidence, Cursor, Position, Secret};
use crate::problem::Problem;
use crate::rule::format::{ProviderFile, RuleToml, parse_toml};
use crate::rule::lint::{Complaint, Gravity, Linted, lint};
use crate::rule::{self, FormatError, Lines, RuleSet};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a check of rule files came to.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many files.
    pub files: usize,
    /// How many rules in them.
    pub rules: usize,
    /// How many examples and counter-examples were run.
    pub examples: usize,
    /// In the order of files and lines.
    pub complaints: Vec<Complaint>,
}

/// Checks the rule files of `dirs`, or one that is a file; without any those of the plan, and without these the ones
/// that ship with keyhound.
///
/// # Errors
///
/// A file or folder that cannot be read.
pub fn check(plan: &Plan, dirs: &[PathBuf]) -> Result<Checked, Problem> {
    let (theirs, files): (Vec<_>, Vec<_>) =
        files(plan, dirs)?.into_iter().partition(|(_, text)| gitleaks::is_gitleaks(text));
    let mut foreign = Checked { files: theirs.len(), ..Checked::default() };
    for (name, text) in &theirs {
        check_theirs(name, text, plan, &mut foreign)?;
    }
    let providers: BTreeSet<String> = files.iter().filter_map(|(name, text)| provider(name, text)).collect();
    // A folder that holds the file of an embedded provider is meant to take its place.
    let mut beside = rule::embedded();
    beside.retain(|rule| !providers.contains(rule.provider.id));
    let taken: Vec<&str> = beside.iter().map(|rule| rule.spec.id).collect();
    let (linted, mut complaints) = lint(&files, &taken);
    complaints.extend(tried(beside, &linted)?);
    complaints.extend(foreign.complaints);
    complaints.sort();
    complaints.dedup();
    let toml: Vec<&RuleToml> = linted.iter().flat_map(|linted| &linted.file.rules).collect();
    Ok(Checked {
        files: files.len() + foreign.files,
        rules: toml.len() + foreign.rules,
        examples: toml.iter().map(|rule| rule.examples.len() + rule.counter_examples.len()).sum(),
        complaints,
    })
}

/// Checks a file of rules in the form of gitleaks: it is read as a scan does, and has no examples.
fn check_theirs(name: &str, text: &str, plan: &Plan, into: &mut Checked) -> Result<(), Problem> {
    let mut say = |weight, FormatError { file, line, message }: FormatError| {
        into.complaints.push(Complaint { file, line, weight, rule: None, message });
    };
    let reading = Reading { strict: plan.gitleaks_strict };
    match gitleaks::read(Path::new(name), text, reading) {
        Ok(read) => {
            into.rules += read.rules.len();
            let finished = read.rules.iter().map(|rule| rule.finish(&read.allow));
            finished.filter_map(Result::err).for_each(|error| say(Gravity::Error, error));
            for note in &read.notes {
                let (place, message) = note.split_once(": ").unwrap_or((name, note));
                let line = place.rsplit_once(':').and_then(|(_, line)| line.parse().ok()).unwrap_or(1);
                let message = message.to_owned();
                say(Gravity::Warning, FormatError { file: name.to_owned(), line, message });
            }
        }
        Err(ConfigError::Format(error)) => say(Gravity::Error, error),
        Err(error) => return Err(Problem::fatal(name, error.to_string())),
    }
    Ok(())
}

/// Runs the examples with every rule beside.
fn tried(beside: Vec<rule::Rule>, linted: &[Linted]) -> Result<Vec<Complaint>, Problem> {
    let mut all = beside;
    let mut ids: BTreeSet<&'static str> = all.iter().map(|rule| rule.spec.id).collect();
    for file in linted {
        // A second rule with the same id was complained of; the first one runs.
        let toml = &file.file;
        let again = rule::rules_of(&file.name, "", &runnable(toml, file));
        for made in again.map_err(|error| Problem::fatal(&file.name, error.to_string()))? {
            if ids.insert(made.spec.id) {
                all.push(made);
            }
        }
    }
    let rules = RuleSet::new(all).map_err(|message| Problem::fatal("the rules", message))?;
    let engine = Engine::new(Arc::new(rules));
    Ok(linted.par_iter().flat_map_iter(|file| trial::try_examples(&engine, file)).collect())
}

/// The file with those of its rules that can be run.
fn runnable(file: &ProviderFile, linted: &Linted) -> ProviderFile {
    let kept = linted.rules.iter().map(|(number, _)| file.rules[*number].clone());
    // The examples ask nobody.
    ProviderFile { provider: file.provider.clone(), rules: kept.collect(), verify: Vec::new(), revoke: Vec::new() }
}

fn files(plan: &Plan, dirs: &[PathBuf]) -> Result<Vec<(String, String)>, Problem> {
    let config = setup::configuration(plan)?;
    let dirs: Vec<&PathBuf> = if dirs.is_empty() {
        plan.rules.dirs.iter().chain(&config.rules.dirs).collect()
    } else {
        dirs.iter().collect()
    };
    let mut files = Vec::new();
    for dir in &dirs {
        let found = rule::read_dir(dir).map_err(|error| setup::stop(error.to_string(), "the rules"))?;
        if found.is_empty() {
            let problem = Problem::fatal(dir.display().to_string(), "holds no rule file");
            return Err(problem.with_next_step("their names end in .toml"));
        }
        files.extend(found);
    }
    if dirs.is_empty() {
        files.extend(rule::sources().map(|(name, text)| (name, text.to_owned())));
    }
    Ok(files)
}

fn provider(name: &str, text: &str) -> Option<String> {
    parse_toml::<ProviderFile>(name, text).ok().map(|file| file.provider.id)
}

/// A rule as it was written.
#[derive(Debug)]
pub struct Written {
    /// The file that holds it.
    pub file: String,
    /// The line on which it begins.
    pub line: usize,
    /// What was written.
    pub rule: RuleToml,
}

/// Where the rule `id` was written; nothing for a rule of another program's configuration.
///
/// # Errors
///
/// A mistake in the configuration, or a folder that cannot be read.
pub fn written(plan: &Plan, id: &str) -> Result<Option<Written>, Problem> {
    let config = setup::configuration(plan)?;
    let find = |name: &str, text: &str, file: ProviderFile| {
        let number = file.rules.iter().position(|rule| rule.id == id)?;
        let line = Lines::of(text).rule(number).start;
        file.rules.into_iter().nth(number).map(|rule| Written { file: name.to_owned(), line, rule })
    };
    if let (Some(own), Some(file)) = (&config.own, &config.file)
        && let Some(written) = find(&file.to_string_lossy(), &own.text, own.file.clone())
    {
        return Ok(Some(written));
    }
    let mut files = Vec::new();
    for dir in plan.rules.dirs.iter().chain(&config.rules.dirs) {
        files.extend(rule::read_dir(dir).map_err(|error| setup::stop(error.to_string(), "the rules"))?);
    }
    files.extend(rule::sources().map(|(name, text)| (name, text.to_owned())));
    let parsed = |(name, text): &(String, String)| {
        // Most files do not hold the word at all, and need no parsing.
        let file = text.contains(id).then(|| parse_toml::<ProviderFile>(name, text).ok()).flatten()?;
        find(name, text, file)
    };
    Ok(files.iter().find_map(parsed))
}

/// What one rule made of one place of a text.
#[derive(Debug)]
pub struct Tried {
    /// The rule's id.
    pub rule: &'static str,
    /// Where.
    pub at: Position,
    /// The value, or the literal that stands there.
    pub value: Secret,
    /// How sure the rule is that it is a key; nothing if it is none.
    pub confidence: Option<Confidence>,
    /// Why.
    pub reasons: Vec<String>,
}

/// Tries all rules of the plan on a text; keys and what was taken for one, in the order of the text.
///
/// # Errors
///
/// A mistake in the configuration or the rules.
pub fn try_text(plan: &Plan, text: &[u8]) -> Result<Vec<Tried>, Problem> {
    let config = setup::configuration(plan)?;
    let engine = Engine::new(Arc::new(setup::rules(plan, &config)?));
    let explained = engine.explain(text);
    let blob = Blob::whole(text, Origin::Stdin);
    let mut cursor = Cursor::new(&blob);
    let mut tried = Vec::new();
    for hit in explained.hits {
        let rule = engine.rules().get(hit.rule);
        let plain = &text[hit.secret.clone()];
        tried.push(Tried {
            rule: rule.spec.id,
            at: cursor.position(hit.secret.clone()),
            value: Secret::new(plain, rule.public_prefix(plain)),
            confidence: Some(hit.confidence),
            reasons: hit.reasons.iter().map(ToString::to_string).collect(),
        });
    }
    for miss in explained.misses {
        let rule = engine.rules().get(miss.rule);
        let plain = &text[miss.at.clone()];
        let reason = match miss.refuted {
            Some(refuted) => refuted.to_string(),
            None => "it begins like such a key, and the pattern does not match".to_owned(),
        };
        tried.push(Tried {
            rule: rule.spec.id,
            at: cursor.position(miss.at),
            value: Secret::new(plain, rule.public_prefix(plain)),
            confidence: None,
            reasons: vec![reason],
        });
    }
    tried.sort_by_key(|tried| (tried.at.offset, tried.confidence.is_none(), tried.rule, tried.at.length));
    Ok(tried)
}
