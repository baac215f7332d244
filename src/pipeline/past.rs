//! The history of one repository.

use super::collect::Collected;
use super::plan::Commits;
use crate::engine::Engine;
use crate::git::Repo;
use crate::problem::Problem;
use crate::tally::Tally;

/// Reads the history of `repo`, as far as `commits` asks for it.
pub fn read(repo: &Repo, _commits: &Commits, _max_size: Option<u64>, _engine: &Engine, _tally: &Tally) -> Collected {
    let subject = repo.git_dir().display().to_string();
    let problem = Problem::incomplete(subject, "this build of keyhound does not read histories");
    Collected { problems: vec![problem], ..Collected::default() }
}
