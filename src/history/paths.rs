//! Which commits brought files to paths of interest: for rules that are about paths alone, whatever the files hold.

use crate::blob::ObjectId;
use crate::engine::Engine;
use crate::finding::{CommitInfo, Location, Place, Position};
use crate::git::changes::Trees;
use crate::git::commit::{self, CommitHead};
use crate::git::select::{Choice, select};
use crate::git::{ReadError, Repo};
use crate::problem::Problem;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Commits that one thread compares in a row: neighbours share most of their trees.
const STRETCH: usize = 256;

/// For each path that is `wanted`, the first of the chosen commits that put a file there.
///
/// # Errors
///
/// A name that leads to no commit.
pub fn arrivals(
    repo: &Repo,
    engine: &Engine,
    choice: &Choice,
    wanted: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Result<Vec<Location>, Problem> {
    let commits = select(repo, choice)?.commits;
    let git_dir = repo.git_dir();
    let found: Vec<(usize, Vec<u8>, ObjectId)> = commits
        .par_chunks(STRETCH)
        .enumerate()
        .flat_map_iter(|(stretch, commits)| match Repo::open(git_dir, false) {
            Ok(repo) => arrived(&repo, stretch * STRETCH, commits, wanted),
            // Whoever reads the contents says that it cannot be opened.
            Err(_) => Vec::new(),
        })
        .collect();
    // The oldest commit is the last.
    let mut first: BTreeMap<Vec<u8>, (usize, ObjectId)> = BTreeMap::new();
    for (commit, path, blob) in found {
        let known = first.entry(path).or_insert((commit, blob));
        if commit > known.0 {
            *known = (commit, blob);
        }
    }
    let mut trees = Trees::new(repo);
    let head = repo.head().and_then(|id| read(repo, id).ok()).and_then(|bytes| commit::head(&bytes));
    Ok(first
        .into_iter()
        .map(|(path, (number, blob))| {
            let in_head = head.as_ref().is_some_and(|head| trees.blob_at(head.tree, &path).is_some());
            let introduced = info(repo, engine, commits[number].0).map(Arc::new);
            let at = Position { line: 1, column: 1, end_line: 1, end_column: 1, offset: 0, length: 0 };
            let place = Place::History { blob, introduced, removed: None };
            Location { in_head, ..Location::now(place, Some(path), at, Vec::new()) }
        })
        .collect())
}

/// What each of these commits adds at a path where none of its parents holds anything.
fn arrived(
    repo: &Repo,
    number: usize,
    commits: &[(ObjectId, CommitHead)],
    wanted: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Vec<(usize, Vec<u8>, ObjectId)> {
    let mut trees = Trees::new(repo);
    let mut found = Vec::new();
    for (i, (_, head)) in commits.iter().enumerate() {
        let parents: Vec<ObjectId> = head.parents.iter().filter_map(|parent| tree_of(repo, *parent)).collect();
        // Trees that cannot be read are counted by the scan of what they hold.
        let _ = trees.compare(head.tree, &parents, &mut |change| {
            if let Some(blob) = change.now
                && change.before.iter().all(Option::is_none)
                && wanted(&change.path)
            {
                found.push((number + i, change.path, blob));
            }
        });
    }
    found
}

fn tree_of(repo: &Repo, id: ObjectId) -> Option<ObjectId> {
    read(repo, id).ok().and_then(|bytes| commit::head(&bytes)).map(|head| head.tree)
}

fn read(repo: &Repo, id: ObjectId) -> Result<Vec<u8>, ReadError> {
    repo.read(id).map(|(_, bytes)| bytes)
}

fn info(repo: &Repo, engine: &Engine, id: ObjectId) -> Option<CommitInfo> {
    let mut info = commit::info(id, &read(repo, id).ok()?)?;
    for text in [&mut info.author, &mut info.email, &mut info.summary] {
        *text = engine.redact(text);
    }
    Some(info)
}
