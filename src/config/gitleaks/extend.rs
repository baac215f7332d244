//! Puts a configuration together with the files that it extends.

use super::{Extend, Gitleaks, OneFile, RuleDraft, Targeted, one_file};
use crate::config::ConfigError;
use crate::rule::{FormatError, nearest};
use std::path::{Path, PathBuf};

/// How configurations are read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// As gitleaks does, its mistakes among them: paths count from where the program runs, the third extension is
    /// forgotten, and a flag in one pattern of a list holds for the next ones.
    pub strict: bool,
}

/// More files than anybody chains on purpose.
const DEEPEST: usize = 16;
/// How many extensions gitleaks follows.
const DEEPEST_STRICT: usize = 2;

/// Understands the content of a configuration, and reads what it extends.
///
/// # Errors
///
/// The first thing that is wrong, with file and line; or a file that cannot be read.
pub fn read(file: &Path, text: &str, reading: Reading) -> Result<Gitleaks, ConfigError> {
    let mut notes = Vec::new();
    let mut chain = vec![one_file(&file.to_string_lossy(), text, reading.strict, &mut notes)?];
    let mut folder = file.to_owned();
    let deepest = if reading.strict { DEEPEST_STRICT } else { DEEPEST };
    while let Some(path) = chain.last().and_then(|last| last.extend.path.clone()) {
        let place = chain.last().map(|last| last.extend.place.clone()).unwrap_or_default();
        if chain.len() > deepest {
            if reading.strict {
                break;
            }
            let message = format!("more than {DEEPEST} files extend each other; do two of them extend one another?");
            return Err(FormatError { file: place.0, line: place.1, message }.into());
        }
        let next = found(&folder, path.get_ref(), reading);
        let text = crate::config::read_bytes(&next).map_err(|error| match error {
            ConfigError::Unreadable { path, error } => {
                let message = format!("[extend] path: {} cannot be read: {error}", path.display());
                FormatError { file: place.0.clone(), line: place.1, message }.into()
            }
            other => other,
        })?;
        let text = String::from_utf8_lossy(&text);
        chain.push(one_file(&next.to_string_lossy(), &text, reading.strict, &mut notes)?);
        folder = next;
    }
    let mut whole = Whole { notes, ..Whole::default() };
    // From the last base to the file itself: each is laid over what came before.
    for file in chain.into_iter().rev() {
        whole.lay(file);
    }
    whole.finish(file)
}

/// The file that is extended: as gitleaks counts paths, or beside the file that names it.
fn found(from: &Path, path: &str, reading: Reading) -> PathBuf {
    let here = PathBuf::from(path);
    if reading.strict || here.exists() {
        return here;
    }
    from.parent().map_or(here, |folder| folder.join(path))
}

#[derive(Default)]
struct Whole {
    rules: Vec<RuleDraft>,
    made: Gitleaks,
    targeted: Vec<Targeted>,
    notes: Vec<String>,
    used_default: bool,
}

impl Whole {
    /// Lays `file` over what is there.
    fn lay(&mut self, file: OneFile) {
        let OneFile { rules, allow, targeted, extend } = file;
        let Extend { use_default, disabled, place, .. } = extend;
        self.used_default |= use_default;
        for id in disabled {
            match self.rules.iter().position(|rule| rule.id == id) {
                Some(at) => drop(self.rules.remove(at)),
                None if use_default => self.made.disabled.push(id),
                None => {
                    let place = format!("{}:{}", place.0, place.1);
                    self.notes.push(format!("{place}: disabledRules: what is extended has no rule '{id}'"));
                }
            }
        }
        for rule in rules {
            match self.rules.iter_mut().find(|base| base.id == rule.id) {
                Some(base) => override_with(base, rule),
                None => self.rules.push(rule),
            }
        }
        self.made.allow.splice(0..0, allow);
        self.targeted.extend(targeted);
    }

    fn finish(self, file: &Path) -> Result<Gitleaks, ConfigError> {
        let Self { mut rules, mut made, targeted, notes, used_default } = self;
        made.notes = notes;
        made.use_default = used_default;
        made.file = file.to_owned();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        for (ids, allow, place) in targeted {
            let mut elsewhere = Vec::new();
            for id in ids {
                match rules.iter_mut().find(|rule| rule.id == id) {
                    Some(rule) => rule.allow.push(std::sync::Arc::clone(&allow)),
                    None if used_default => elsewhere.push(id),
                    None => {
                        let known: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
                        let advice = nearest(&id, &known).map(|near| format!("; did you mean '{near}'?"));
                        let message = format!("targetRules: there is no rule '{id}'{}", advice.unwrap_or_default());
                        return Err(FormatError { file: place.0, line: place.1, message }.into());
                    }
                }
            }
            if !elsewhere.is_empty() {
                made.targeted.push((elsewhere, allow));
            }
        }
        // A rule without a pattern changes one that is extended; gitleaks' own are not here to be changed.
        let (whole, parts): (Vec<_>, Vec<_>) =
            rules.into_iter().partition(|rule| rule.regex.is_some() || rule.path.is_some());
        for rule in parts {
            if !used_default {
                let message = format!("rule '{}' has neither 'regex' nor 'path'", rule.id);
                return Err(FormatError { file: rule.origin.0, line: rule.origin.1, message }.into());
            }
            made.changes.push((rule.id, rule.allow));
        }
        made.rules = whole;
        Ok(made)
    }
}

/// What gitleaks takes from a rule that has the id of one it extends: whatever is not zero, and lists are added up.
fn override_with(base: &mut RuleDraft, rule: RuleDraft) {
    if !rule.description.is_empty() {
        base.description = rule.description;
    }
    if rule.entropy != 0.0 {
        base.entropy = rule.entropy;
    }
    if rule.secret_group != 0 {
        base.secret_group = rule.secret_group;
    }
    base.regex = rule.regex.or_else(|| base.regex.take());
    base.path = rule.path.or_else(|| base.path.take());
    base.tags.extend(rule.tags);
    base.keywords.extend(rule.keywords);
    base.allow.extend(rule.allow);
    base.origin = rule.origin;
}
