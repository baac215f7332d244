//! Several runs share the work on one repository: each scans a share of its history, and whoever has the repository puts
//! together what they found.

use super::fleet::made_by;
use super::foreign;
use super::inputs::Inputs;
use super::past;
use super::plan::{Input, Plan, Which};
use super::setup::Ready;
use crate::coverage::Coverage;
use crate::engine::Engine;
use crate::git::Repo;
use crate::history::{Piece, Share};
use crate::problem::{Problem, Weight};
use crate::report::{Run, Shard};
use crate::tally::Tally;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What a run found in its share: a piece for each history, in the order in which a run reads them.
pub struct Shared {
    /// The pieces.
    pub pieces: Vec<Piece>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What was looked at.
    pub coverage: Coverage,
}

/// Why a scan cannot be divided within a repository, if it cannot.
pub fn obstacle(plan: &Plan, ready: &Ready) -> Option<&'static str> {
    let reads_history = match &plan.input {
        Input::Paths { which, .. } => *which == Which::History || (*which == Which::Both && ready.history),
        _ => false,
    };
    if !reads_history {
        Some("no history is read, and files are not divided")
    } else if plan.commits.are_chosen() {
        Some("chosen commits are not divided")
    } else if foreign::are_in(ready.engine.rules()) || ready.wants_lines() {
        Some("rules of gitleaks need the text around a key, which is not written down")
    } else {
        None
    }
}

/// Scans a share of every history of a plan.
///
/// # Errors
///
/// What keeps the share from being scanned whole.
pub fn share(plan: &Plan, ready: &Ready, share: Share, tally: &Tally) -> Result<Shared, Problem> {
    tally.halt.arm(&plan.limits);
    let inputs = Inputs::of(plan, ready);
    if let Some(problem) = inputs.problems.into_iter().find(|problem| problem.weight == Weight::Fatal) {
        return Err(problem);
    }
    let mut shared = Shared { pieces: Vec::new(), problems: Vec::new(), coverage: Coverage::default() };
    for history in &inputs.histories {
        let piece = past::share(history, plan, ready, share, tally)?;
        shared.coverage.add(piece.coverage());
        shared.problems.extend_from_slice(piece.problems());
        shared.pieces.push(piece);
    }
    shared.problems.sort();
    Ok(shared)
}

/// The run of one part of a scan of one repository. `words` is the command line, by which the whole is made later.
///
/// # Errors
///
/// What keeps the share from being scanned whole, or the scan from being divided.
pub fn part(plan: &Plan, (part, of): (u32, u32), words: Vec<String>, tally: &Tally) -> Result<Run, Problem> {
    let ready = Ready::for_plan(plan)?;
    if let Some(why) = obstacle(plan, &ready) {
        return Err(Problem::fatal("--shard", why).with_next_step("leave it out, or divide many repositories: --repos"));
    }
    let words = told(words, &ready.engine)?;
    let Shared { pieces, problems, coverage } = share(plan, &ready, Share { part, of }, tally)?;
    if pieces.is_empty() {
        return Err(Problem::fatal("--shard", "there is no repository with a history to divide"));
    }
    let pieces = BTreeMap::from([(String::new(), written(&pieces)?)]);
    let shard = Shard { part, of, made: made_by(plan), units: Vec::new(), words, pieces };
    let now = ready.policy.now;
    Ok(Run { rules: Arc::clone(ready.engine.rules()), problems, coverage, shard: Some(shard), now, ..Run::default() })
}

/// The command line as a report may hold it.
///
/// # Errors
///
/// A key is in it, such as the name of a folder.
pub fn told(words: Vec<String>, engine: &Engine) -> Result<Vec<String>, Problem> {
    if words.iter().all(|word| engine.redact(word) == *word) {
        return Ok(words);
    }
    let problem = Problem::fatal("--shard", "the command line holds what looks like a key, and a part writes it down");
    Err(problem.with_next_step("call the file or folder otherwise"))
}

/// Pieces as a report holds them.
///
/// # Errors
///
/// They cannot be written.
pub fn written(pieces: &[Piece]) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(pieces).map_err(|error| Problem::fatal("--shard", error.to_string()))
}

/// The pieces of all parts of a repository, by history.
///
/// # Errors
///
/// A sentence: a part lacks them, or they cannot be read.
pub fn gather(shards: &[Shard], unit: &str) -> Result<Vec<Vec<Piece>>, String> {
    let mut by_history: Vec<Vec<Piece>> = Vec::new();
    for shard in shards {
        let named = if unit.is_empty() { "the repository" } else { unit };
        let lacks = || format!("part {} did not scan its share of {named}; run it again", shard.part);
        let pieces = shard.pieces.get(unit).ok_or_else(lacks)?;
        let pieces: Vec<Piece> = serde_json::from_value(pieces.clone())
            .map_err(|error| format!("what part {} says of {named} cannot be read: {error}", shard.part))?;
        if by_history.is_empty() {
            by_history.resize_with(pieces.len(), Vec::new);
        }
        if by_history.len() != pieces.len() {
            return Err(format!("part {} saw another number of histories in {named}", shard.part));
        }
        by_history.iter_mut().zip(pieces).for_each(|(list, piece)| list.push(piece));
    }
    Ok(by_history)
}

/// Whether a repository is so large that every part takes a share of it: by the size of its packs.
pub fn is_huge(unit: &Path, above: u64) -> bool {
    let Ok(repo) = Repo::open(unit, false) else { return false };
    let (dirs, _) = repo.object_dirs();
    let packs = dirs.iter().flat_map(|dir| crate::git::loose::pack_indices(dir));
    packs.map(|index| index.with_extension("pack").metadata().map_or(0, |meta| meta.len())).sum::<u64>() > above
}
