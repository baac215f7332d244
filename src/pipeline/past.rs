//! The histories of repositories: hands each to the history engine and takes what it found.

use super::collect::Collected;
use super::plan::{Commits, Plan};
use super::setup::Ready;
use crate::git::Repo;
use crate::history::{self, Options};
use crate::problem::Problem;
use crate::tally::Tally;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Reads the history of `repo`, as far as `plan` asks for it.
pub fn read(repo: &Repo, plan: &Plan, ready: &Ready, tally: &Tally) -> Collected {
    if let Some(problem) = cannot_yet(&plan.commits) {
        return Collected { problems: vec![problem], ..Collected::default() };
    }
    if let Some(threads) = plan.threads {
        // Fails only where a pool exists already: then a run in the same process has decided.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let options =
        Options { max_blob_size: ready.max_file_size.unwrap_or(u64::MAX), whole_blobs: plan.commits.whole_blobs };
    let (policy, rules) = (&ready.policy, ready.engine.rules());
    // What is below the thresholds is counted and not traced: that saves most of the work where much is found.
    let wanted = |rule, confidence| confidence >= policy.confidence && rules.get(rule).severity >= policy.severity;
    // A defect in one history must not take the files' findings with it; the panic's text may quote a blob.
    let scan = catch_unwind(AssertUnwindSafe(|| match plan.commits.cache {
        true => history::scan_with_cache(repo, &ready.engine, &options, &wanted, tally),
        false => history::scan(repo, &ready.engine, &options, &wanted, tally),
    }));
    match scan {
        Ok(scan) => Collected { parts: scan.parts, problems: scan.problems, coverage: scan.coverage },
        Err(_) => {
            let message = "a defect in keyhound stopped the scan of this history";
            let problem = Problem::incomplete(repo.git_dir().display().to_string(), message);
            Collected { problems: vec![problem.with_next_step("please report it")], ..Collected::default() }
        }
    }
}

/// What the history engine does not do yet must not look as if it had been done.
fn cannot_yet(commits: &Commits) -> Option<Problem> {
    let asked = [
        (commits.range.is_some(), "--range"),
        (commits.since.is_some(), "--since"),
        (commits.branch.is_some(), "--branch"),
        (commits.max.is_some(), "--max-commits"),
        (commits.submodules, "--submodules"),
    ];
    let (_, option) = asked.into_iter().find(|(is_asked, _)| *is_asked)?;
    Some(Problem::fatal(option, "is not supported by this version"))
}
