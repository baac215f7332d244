//! Many repositories, one after another: each with its own configuration and baseline, all in one report.
//!
//! A run can take a part of them, so that several machines share the work; and it can keep what is finished in a folder, so
//! that a run that was stopped goes on where it was.

use super::divide;
use super::plan::{Input, Plan, Which};
use super::setup::Ready;
use crate::atomic;
use crate::engine::Engine;
use crate::git::Repo;
use crate::history::Share;
use crate::problem::Problem;
use crate::report::{Format, Run, Shard, Style, adopt, join, read, render};
use crate::rule::{self, RuleSet};
use crate::tally::Tally;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Many repositories, and how they are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// All of them, whoever scans them.
    pub units: Vec<PathBuf>,
    /// The part that this run takes, from 1, and how many there are.
    pub shard: Option<(u32, u32)>,
    /// Where finished repositories are kept.
    pub work: Option<PathBuf>,
    /// Every part takes a share of repositories whose packs are larger than this, in bytes.
    pub divide_above: u64,
    /// The command line, by which pieces are put together.
    pub words: Vec<String>,
}

/// The repositories that a folder holds, or those that a file lists, one a line; `-` is standard input.
///
/// # Errors
///
/// It cannot be read, or names none.
pub fn list(from: &Path) -> Result<Vec<PathBuf>, Problem> {
    let wrong = |message: String| Problem::fatal(from.display().to_string(), message);
    let units = if from.is_dir() {
        let mut found = Vec::new();
        find(from, &mut found).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        found.sort();
        found
    } else {
        let text = match from == Path::new("-") {
            true => std::io::read_to_string(std::io::stdin()),
            false => std::fs::read_to_string(from),
        };
        let text = text.map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let mut seen = BTreeSet::new();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.filter(|line| seen.insert(*line)).map(PathBuf::from).collect()
    };
    if units.is_empty() {
        return Err(wrong("names no repository".to_owned())
            .with_next_step("give a folder that holds clones, or a file with a path on each line"));
    }
    Ok(units)
}

/// Repositories in `folder`, itself among them; what lies in one belongs to it.
fn find(folder: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let is_bare = folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir();
    if is_bare || folder.join(".git").symlink_metadata().is_ok() {
        into.push(folder.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // A link could lead anywhere, and in circles.
        if entry.file_type()?.is_dir() {
            find(&entry.path(), into)?;
        }
    }
    Ok(())
}

/// Scans the repositories that this run takes.
///
/// # Errors
///
/// What keeps the run as a whole from its work; of one repository it is a problem.
pub fn scan(plan: &Plan, fleet: &Fleet, tally: &Tally) -> Result<Run, Problem> {
    let which = match &plan.input {
        Input::Paths { which, .. } => *which,
        _ => Which::Both,
    };
    let now = plan.now.unwrap_or_else(super::clock);
    // Names are no place for keys, and yet a folder may be called like one.
    let rules = RuleSet::new(rule::embedded()).map_err(|message| Problem::fatal("the rules", message))?;
    let engine = Engine::new(Arc::new(rules));
    let names: Vec<String> =
        fleet.units.iter().map(|unit| engine.redact(&unit.display().to_string().replace('\\', "/"))).collect();
    let made = made_by(plan);
    let (part, of) = fleet.shard.unwrap_or((1, 1));
    let mut runs = Vec::new();
    let mut pieces = BTreeMap::new();
    for (ix, unit) in fleet.units.iter().enumerate() {
        let plan = Plan { input: Input::Paths { paths: vec![unit.clone()], which }, ..plan.clone() };
        if of > 1 && divide::is_huge(unit, fleet.divide_above) {
            // A mistake in its configuration is for the part that takes it whole.
            let ready = Ready::for_plan(&plan).ok().filter(|ready| divide::obstacle(&plan, ready).is_none());
            if let Some(ready) = ready {
                let shared = divide::share(&plan, &ready, Share { part, of }, tally)?;
                pieces.insert(names[ix].clone(), divide::written(&shared.pieces)?);
                let problems = shared
                    .problems
                    .into_iter()
                    .map(|problem| Problem { subject: format!("{}: {}", names[ix], problem.subject), ..problem });
                // Its coverage is that of the whole, when the parts are put together.
                runs.push(Run { problems: problems.collect(), ..Run::default() });
                continue;
            }
        }
        if ix as u64 % u64::from(of) != u64::from(part - 1) {
            continue;
        }
        let kept = fleet.work.as_ref().map(|work| work.join(format!("{}.jsonl", state(&made, unit))));
        if let Some(run) = kept.as_deref().and_then(|file| read(&std::fs::read(file).ok()?, now).ok()) {
            runs.push(run.run);
            continue;
        }
        let mut run = match super::run(&plan, tally) {
            Ok(done) => done.run,
            Err(problem) => Run { problems: vec![problem], ..Run::default() },
        };
        adopt(&mut run, &names[ix]);
        // What could not be seen is to be looked at again.
        if let Some(file) = kept.filter(|_| run.complete()) {
            keep(&file, &run)?;
        }
        runs.push(run);
    }
    let mut joined = join(runs, &names, now).map_err(|message| Problem::fatal("the rules", message))?;
    joined.each = plan.each;
    joined.show_secrets = plan.show_secrets;
    let words = if pieces.is_empty() { Vec::new() } else { divide::told(fleet.words.clone(), &engine)? };
    joined.shard = fleet.shard.map(|(part, of)| Shard { part, of, made, units: names, words, pieces });
    Ok(joined)
}

fn keep(file: &Path, run: &Run) -> Result<(), Problem> {
    let written = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    written
        .and_then(|()| atomic::write(file, |out| render(Format::Jsonl, run, &Style::default(), out)))
        .map_err(|error| Problem::fatal(file.display().to_string(), format!("cannot be written: {error}")))
}

/// A hash of what decides about the findings besides the repositories: two runs with different ones cannot be joined.
pub fn made_by(plan: &Plan) -> String {
    let plan = Plan {
        input: Input::Stdin { path: None },
        threads: None,
        verify: None,
        limits: Default::default(),
        ..plan.clone()
    };
    hash(&[env!("CARGO_PKG_VERSION"), &rule::digest(), &format!("{plan:?}")])
}

/// A hash of a repository as it is now, as far as its refs tell.
fn state(made: &str, unit: &Path) -> String {
    let refs = Repo::open(unit, false).map(|repo| (repo.head(), repo.refs()));
    let refs = refs.map_or_else(|error| error.to_string(), |(head, refs)| format!("{head:?} {refs:?}"));
    let real = std::fs::canonicalize(unit).unwrap_or_else(|_| unit.to_owned());
    hash(&[made, &unit.display().to_string(), &real.display().to_string(), &refs])
}

fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..16])
}

/// Joins the reports of all parts of a run. `plan_of` understands a command line: where a repository was divided, its scan
/// is finished with what the parts found, so it must be there.
///
/// # Errors
///
/// One is missing, given twice, or of another run; a divided repository is not there or has changed.
pub fn merge(
    parts: Vec<Run>,
    now: i64,
    tally: &Tally,
    plan_of: &dyn Fn(&[String]) -> Result<Plan, Problem>,
) -> Result<Run, Problem> {
    let wrong = |message: String| Problem::fatal("the parts", message);
    let shards = shards(&parts).map_err(wrong)?;
    let Some(first) = shards.first() else { return Err(wrong("no report is given".to_owned())) };
    let divided: BTreeSet<&String> = shards.iter().flat_map(|shard| shard.pieces.keys()).collect();
    let words = shards.iter().map(|shard| shard.words.as_slice()).find(|words| !words.is_empty());
    let mut runs = parts;
    if let Some(words) = words {
        let plan = plan_of(words)?;
        if made_by(&plan) != first.made {
            return Err(wrong("were made with other options, rules or another version than this one".to_owned()));
        }
        let plan = Plan { now: plan.now.or(Some(now)), ..plan };
        // What the parts say of a divided repository its own run says again.
        let is_divided =
            |problem: &Problem| divided.iter().any(|unit| problem.subject.starts_with(&format!("{unit}: ")));
        for run in &mut runs {
            run.problems.retain(|problem| !is_divided(problem));
        }
        for unit in divided {
            let pieces = Some(Arc::new(divide::gather(&shards, unit).map_err(wrong)?));
            if unit.is_empty() {
                return super::run(&Plan { pieces, ..plan }, tally).map(|done| done.run);
            }
            let which = match &plan.input {
                Input::Paths { which, .. } => *which,
                _ => Which::Both,
            };
            let input = Input::Paths { paths: vec![PathBuf::from(unit)], which };
            let mut run = match super::run(&Plan { input, pieces, ..plan.clone() }, tally) {
                Ok(done) => done.run,
                Err(problem) => Run { problems: vec![problem], ..Run::default() },
            };
            adopt(&mut run, unit);
            runs.push(run);
        }
    }
    join(runs, &first.units, now).map_err(wrong)
}

/// The parts of a run, which must belong together, in their order.
fn shards(parts: &[Run]) -> Result<Vec<Shard>, String> {
    let mut shards: Vec<Shard> = Vec::new();
    for run in parts {
        shards.push(run.shard.clone().ok_or("a report is not one of 'keyhound scan --shard'")?);
    }
    let first = shards.first().cloned().ok_or("no report is given")?;
    let is_same = |shard: &Shard| (shard.of, &shard.made, &shard.units) == (first.of, &first.made, &first.units);
    if let Some(other) = shards.iter().find(|shard| !is_same(shard)) {
        let what = match () {
            () if other.of != first.of => "divides the work by another number",
            () if other.units != first.units => "is about other repositories",
            () => "was made with other options, rules or another version",
        };
        return Err(format!("part {} {what} than part {}", other.part, first.part));
    }
    for part in 1..=first.of {
        match shards.iter().filter(|shard| shard.part == part).count() {
            1 => {}
            0 => return Err(format!("part {part} of {} is missing", first.of)),
            _ => return Err(format!("part {part} of {} is given twice", first.of)),
        }
    }
    shards.sort_by_key(|shard| shard.part);
    Ok(shards)
}
