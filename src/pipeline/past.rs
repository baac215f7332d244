//! The histories of repositories: hands each to the history engine and takes what it found.

use super::collect::Collected;
use super::foreign;
use super::inputs::History;
use super::plan::{Commits, Plan};
use super::setup::Ready;
use crate::finding::{Confidence, Part, RuleIx};
use crate::git::Repo;
use crate::git::select::Choice;
use crate::history::{self, HistoryScan, Options};
use crate::problem::Problem;
use crate::tally::Tally;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn options(plan: &Plan, ready: &Ready) -> Options {
    if let Some(threads) = plan.threads {
        // Fails only where a pool exists already: then a run in the same process has decided.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    Options { max_blob_size: ready.max_file_size.unwrap_or(u64::MAX), whole_blobs: plan.commits.whole_blobs }
}

/// What is below the thresholds is counted and not traced: that saves most of the work where much is found.
fn wanted(ready: &Ready) -> impl Fn(RuleIx, Confidence) -> bool + Sync {
    let (policy, rules) = (&ready.policy, ready.engine.rules());
    move |rule, confidence| confidence >= policy.confidence && rules.get(rule).severity >= policy.severity
}

/// Scans a share of a history; others scan the rest.
///
/// # Errors
///
/// What keeps it from being scanned whole.
pub fn share(
    history: &History,
    plan: &Plan,
    ready: &Ready,
    share: history::Share,
    tally: &Tally,
) -> Result<history::Piece, Problem> {
    let (options, wanted) = (options(plan, ready), wanted(ready));
    history::scan_share(&history.repo, &ready.engine, &options, &wanted, share, tally)
}

/// Reads a history, as far as `plan` asks for it; from `pieces` where others scanned it.
pub fn read(
    history: &History,
    plan: &Plan,
    ready: &Ready,
    pieces: Option<&[history::Piece]>,
    tally: &Tally,
) -> Collected {
    let repo = &history.repo;
    let (options, wanted) = (options(plan, ready), wanted(ready));
    let (policy, rules) = (&ready.policy, ready.engine.rules());
    // A defect in one history must not take the files' findings with it; the panic's text may quote a blob.
    let choice = choice(&plan.commits, policy.now);
    let scan = catch_unwind(AssertUnwindSafe(|| match &choice {
        // Says itself whether the clone was cut within the choice.
        Some(choice) => history::scan_chosen(repo, &ready.engine, choice, &options, tally),
        None => {
            if let Some(pieces) = pieces {
                let mut scan = history::scan_pieces(repo, &ready.engine, &options, &wanted, pieces, tally)?;
                scan.problems.extend(cut_short(repo));
                return Ok(scan);
            }
            // What was matched around a secret is no less secret, and is not kept; these rules need it.
            let may_keep = !foreign::are_in(rules) && !ready.wants_lines();
            let scan = if plan.commits.cache && may_keep { history::scan_with_cache } else { history::scan };
            let mut scan = scan(repo, &ready.engine, &options, &wanted, tally);
            scan.problems.extend(cut_short(repo));
            if plan.commits.cache && !may_keep {
                let why = "rules of gitleaks need the text around a key, which is not kept: the history was read anew";
                scan.problems.push(Problem::note("--cache", why));
            }
            Ok(scan)
        }
    }));
    match scan {
        Ok(Err(problem)) => Collected { problems: vec![problem], ..Collected::default() },
        Ok(Ok(mut scan)) => {
            let lines = ready.wants_lines();
            if lines || foreign::are_in(rules) {
                foreign::annotate_history(&mut scan.parts, repo, &ready.engine, lines);
            }
            match by_path(repo, ready, &choice.clone().unwrap_or_default()) {
                Ok(found) => scan.parts.extend(found),
                Err(problem) => scan.problems.push(problem),
            }
            place(&history.prefix, &mut scan);
            Collected { parts: scan.parts, problems: scan.problems, coverage: scan.coverage }
        }
        Err(_) => {
            let message = "a defect in keyhound stopped the scan of this history";
            let problem = Problem::incomplete(repo.git_dir().display().to_string(), message);
            Collected { problems: vec![problem.with_next_step("please report it")], ..Collected::default() }
        }
    }
}

/// What paths alone say, where a rule asks for that.
fn by_path(repo: &Repo, ready: &Ready, choice: &Choice) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    for (rule, foreign) in foreign::about_paths(ready.engine.rules()) {
        let Some(path) = &foreign.path else { continue };
        let found = history::arrivals(repo, &ready.engine, choice, &|name| path.is_in(name))?;
        parts.extend(found.into_iter().map(|location| foreign::part(rule, location)));
    }
    Ok(parts)
}

/// A shallow clone looks like a whole one to whoever does not ask.
fn cut_short(repo: &Repo) -> Option<Problem> {
    let subject = repo.workdir().unwrap_or_else(|| repo.git_dir()).display().to_string();
    let problem =
        Problem::incomplete(subject, "the clone is shallow: older commits are not in it, so they were not scanned");
    repo.is_shallow().then(|| problem.with_next_step("git fetch --unshallow"))
}

/// The commits that `plan` chooses, if it chooses.
fn choice(commits: &Commits, now: i64) -> Option<Choice> {
    commits.are_chosen().then(|| Choice {
        range: commits.range.clone(),
        since: commits.since.map(|since| since.seconds(now)),
        branch: commits.branch.clone(),
        max: commits.max,
    })
}

/// Below a submodule's path, its paths are those that a person sees.
fn place(prefix: &[u8], scan: &mut HistoryScan) {
    if prefix.is_empty() {
        return;
    }
    for location in scan.parts.iter_mut().flat_map(|part| &mut part.locations) {
        if let Some(path) = &mut location.path {
            *path = [prefix, b"/", path.as_slice()].concat();
        }
    }
}
