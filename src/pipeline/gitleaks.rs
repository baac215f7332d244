//! What the files of gitleaks do to a run: its configuration, `.gitleaksignore`, its reports as baselines.
//!
//! A configuration that was given (`--config`, the environment) is in force as it is there: without `[extend]
//! useDefault`, its rules are all there are. One that merely lies in what is scanned was written for another program:
//! its allowlists count and its rules are added, but it does not take ours away.

use super::plan::{ConfigFrom, Plan};
use super::setup::stop;
use crate::config::gitleaks::{self, FILE_NAME, Reading};
use crate::config::{Config, Gitleaks, Note};
use crate::policy::gitleaks::{Exceptions, Known, is_report};
use crate::problem::Problem;
use crate::rule::foreign::{Allowlist, Pattern, Target};
use crate::rule::{Rule, nearest};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The environment variables by which gitleaks is given its configuration: a file, and a content.
const ENVIRONMENT: [&str; 2] = ["GITLEAKS_CONFIG", "GITLEAKS_CONFIG_TOML"];

/// Reads `file` as gitleaks does if it is a configuration of gitleaks; else nothing.
pub fn given(file: &Path, bytes: &[u8], plan: &Plan) -> Result<Option<Config>, Problem> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if !gitleaks::is_gitleaks(text) {
        return Ok(None);
    }
    read(file, text, plan, true).map(Some)
}

/// The configuration that the environment names, or that lies where gitleaks looks for it.
pub fn found(plan: &Plan) -> Result<Config, Problem> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(file) = set(ENVIRONMENT[0]) {
        let file = PathBuf::from(file);
        return read(&file, &bytes_of(&file)?, plan, true);
    }
    if let Some(text) = set(ENVIRONMENT[1]) {
        return read(Path::new("$GITLEAKS_CONFIG_TOML"), &text.to_string_lossy(), plan, true);
    }
    match beside(plan) {
        Some(file) => read(&file, &bytes_of(&file)?, plan, false),
        None => Ok(Config::default()),
    }
}

/// `.gitleaks.toml` in the folder that is scanned.
fn beside(plan: &Plan) -> Option<PathBuf> {
    let file = start(plan).map(|folder| folder.join(FILE_NAME)).filter(|file| file.is_file())?;
    Some(file.strip_prefix(".").map(Path::to_owned).unwrap_or(file))
}

fn start(plan: &Plan) -> Option<&Path> {
    let start = plan.paths().first().map_or(Path::new("."), PathBuf::as_path);
    start.is_dir().then_some(start)
}

fn bytes_of(file: &Path) -> Result<String, Problem> {
    let bytes = crate::config::read_bytes(file).map_err(|error| stop(error.to_string(), "the configuration"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A note if there is a configuration of gitleaks that `ours` keeps from being read.
pub fn passed_over(plan: &Plan, ours: &Path) -> Option<Note> {
    let theirs = beside(plan).map(|file| file.display().to_string());
    let theirs = theirs.or_else(|| {
        let set = ENVIRONMENT.iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        set.map(|name| format!("${name}"))
    })?;
    let message = format!("not read, because there is {}", ours.display());
    Some((theirs, message, Some("'keyhound config import' turns it into one".to_owned())))
}

fn read(file: &Path, text: &str, plan: &Plan, is_given: bool) -> Result<Config, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let reading = Reading { strict: plan.gitleaks_strict };
    let mut theirs =
        gitleaks::read(file, text, reading).map_err(|error| stop(error.to_string(), "the configuration"))?;
    // Its own examples of secrets are none.
    let own = if is_given { file.to_string_lossy().into_owned() } else { FILE_NAME.to_owned() };
    theirs.allow.extend(itself(&own));
    let subject = file.display().to_string();
    let mut notes: Vec<Problem> = theirs.notes.iter().map(|note| stop_note(note)).collect();
    let replaces = is_given && !theirs.use_default;
    if theirs.use_default {
        notes.push(Problem::note(&subject, "useDefault: keyhound's own rules take the place of gitleaks' defaults"));
    } else if !is_given {
        let message = "its allowlists and rules are added to keyhound's own rules";
        notes.push(Problem::note(&subject, message).with_next_step("--config with this file runs its rules alone"));
    }
    if replaces && theirs.rules.is_empty() {
        let problem = Problem::fatal(&subject, "holds no rules, so nothing would be looked for");
        return Err(problem.with_next_step("add [extend] with useDefault = true for keyhound's own"));
    }
    Ok(Config::of_gitleaks(theirs, replaces, notes.into_iter().map(spoken).collect()))
}

/// What excuses findings in a file that speaks of secrets for good reason.
pub fn itself(path: &str) -> Option<Arc<Allowlist>> {
    let path = path.trim_start_matches("./");
    let pattern = Pattern::new(&format!("(?:^|/)\\Q{path}\\E$")).ok()?;
    Some(Arc::new(Allowlist {
        description: "a file of gitleaks that speaks of secrets".to_owned(),
        paths: vec![pattern],
        origin: path.to_owned(),
        ..Allowlist::default()
    }))
}

/// A note of the reader, which begins with the place that it is about.
fn stop_note(note: &str) -> Problem {
    let (subject, message) = note.split_once(": ").unwrap_or(("the configuration", note));
    Problem::note(subject, message)
}

/// Subject, message and next step, as the configuration keeps them: that room knows no problems.
fn spoken(problem: Problem) -> Note {
    (problem.subject, problem.message, problem.next_step)
}

/// The notes of a configuration.
pub fn notes(config: &Config) -> Vec<Problem> {
    let note = |(subject, message, next): &Note| {
        let problem = Problem::note(subject, message);
        match next {
            Some(next) => problem.with_next_step(next),
            None => problem,
        }
    };
    config.notes.iter().map(note).collect()
}

/// A file of rules in the form of gitleaks; nothing if it is one of ours.
pub fn rule_file(name: &str, text: &str, plan: &Plan) -> Result<Option<Gitleaks>, Problem> {
    if !gitleaks::is_gitleaks(text) {
        return Ok(None);
    }
    let read = gitleaks::read(Path::new(name), text, Reading { strict: plan.gitleaks_strict });
    read.map(Some).map_err(|error| stop(error.to_string(), "the rules"))
}

/// Adds the rules of a configuration to those that are there, and takes away what it disables or writes anew.
pub fn add_rules(all: &mut Vec<Rule>, theirs: &Gitleaks) -> Result<(), Problem> {
    for draft in &theirs.rules {
        all.retain(|rule| rule.spec.id != draft.id());
        all.push(draft.finish(&theirs.allow).map_err(|error| stop(error.to_string(), "the configuration"))?);
    }
    all.retain(|rule| rule.foreign.is_some() || !theirs.disabled.iter().any(|id| id == rule.spec.id));
    Ok(())
}

/// Exceptions for our own rules, and notes on what has no counterpart. `rules` are all that were loaded.
pub fn exceptions(plan: &Plan, config: &Config, rules: &[&Rule]) -> (Exceptions, Vec<Problem>) {
    let mut made = Exceptions::default();
    let mut notes = Vec::new();
    if let Some(theirs) = &config.gitleaks {
        made.allow.extend(theirs.allow.iter().map(|list| (Vec::new(), Arc::clone(list))));
        let changed =
            theirs.changes.iter().flat_map(|(id, lists)| lists.iter().map(move |list| (vec![id.clone()], list)));
        let targeted = theirs.targeted.iter().map(|(ids, list)| (ids.clone(), list));
        for (ids, list) in targeted.chain(changed) {
            let mut ours = Vec::new();
            for id in ids {
                let meant = counterparts(&id, rules);
                if meant.is_empty() {
                    let message = format!("keyhound has no rule '{id}', so exceptions for it change nothing");
                    notes.push(Problem::note(&list.origin, message));
                }
                ours.extend(meant);
            }
            if !ours.is_empty() {
                made.allow.push((ours, Arc::clone(list)));
            }
        }
        let known: Vec<&str> = rules.iter().map(|rule| rule.spec.id).collect();
        let ours = crate::rule::embedded();
        for id in theirs.disabled.iter().filter(|id| !ours.iter().any(|rule| rule.spec.id == **id)) {
            let problem = Problem::note(
                theirs.file.display().to_string(),
                format!("disabledRules: keyhound has no rule '{id}', so nothing was to be disabled"),
            );
            notes.push(match nearest(id, &known) {
                Some(near) => problem.with_next_step(format!("did you mean '{near}'?")),
                None => problem,
            });
        }
    }
    if plan.config != ConfigFrom::Nowhere {
        notes.extend(ignore_files(plan, &mut made));
    }
    (made, notes)
}

/// Our rules that a rule id of gitleaks means: the one of that name; for a generic one, all that know no issuer.
fn counterparts(id: &str, rules: &[&Rule]) -> Vec<String> {
    let generic = id.to_lowercase().contains("generic");
    let meant = |rule: &&&Rule| rule.spec.id == id || (generic && rule.provider.is_generic());
    rules.iter().filter(meant).map(|rule| rule.spec.id.to_owned()).collect()
}

/// Reads `.gitleaksignore` where the program runs and in every folder that is scanned.
fn ignore_files(plan: &Plan, into: &mut Exceptions) -> Vec<Problem> {
    let mut notes = Vec::new();
    let mut seen = BTreeSet::new();
    let folders = std::iter::once(Path::new(".")).chain(plan.paths().iter().map(PathBuf::as_path));
    for file in folders.filter(|path| path.is_dir()).map(|folder| folder.join(".gitleaksignore")) {
        let Ok(real) = std::fs::canonicalize(&file) else { continue };
        if !seen.insert(real) {
            continue;
        }
        let name = file.strip_prefix("./").unwrap_or(&file).display().to_string();
        match crate::config::read_bytes(&file) {
            Ok(bytes) => {
                let found = into.ignore.add(&name, &String::from_utf8_lossy(&bytes));
                notes.extend(found.iter().map(|note| stop_note(note)));
            }
            Err(error) => notes.push(Problem::note(name, error.to_string())),
        }
    }
    notes
}

/// A report of gitleaks that is named as the baseline; nothing if the file is no such report.
pub fn report(file: &Path) -> Result<Option<Known>, Problem> {
    // What cannot be read is said by whoever reads it next.
    let Ok(bytes) = std::fs::read(file) else { return Ok(None) };
    if !is_report(&bytes) {
        return Ok(None);
    }
    Known::parse(&file.to_string_lossy(), &bytes).map(Some).map_err(|message| stop(message, "the baseline"))
}

/// Whether some exception looks at the lines of findings of ours.
pub fn asks_for_lines(exceptions: &Exceptions) -> bool {
    exceptions.allow.iter().any(|(_, list)| list.target != Target::Secret && !list.regexes.is_empty())
}
