//! The commits that a person chose: by range, branch, time and number.

use super::ancestry::{Ancestry, HIDDEN, Reached, Step};
use super::commit::CommitHead;
use super::revision::{self, DEEPEN, Tips, Unknown};
use super::{ReadError, Repo};
use crate::blob::ObjectId;
use crate::problem::Problem;
use std::collections::HashSet;

/// What was chosen; a commit counts if every part says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Revisions as `git log` takes them.
    pub range: Option<String>,
    /// Only what was committed then or later, in seconds since 1970 (UTC).
    pub since: Option<i64>,
    /// Only what this branch or tag reaches.
    pub branch: Option<String>,
    /// At most so many, newest first.
    pub max: Option<u64>,
}

/// What that comes to.
#[derive(Debug, Default)]
pub struct Selection {
    /// The commits, newest first. Parents that a shallow clone does not hold are left out.
    pub commits: Vec<(ObjectId, CommitHead)>,
    /// Annotated tags of these commits, and those that the range names.
    pub tags: Vec<ObjectId>,
    /// What could not be seen, and what may surprise.
    pub problems: Vec<Problem>,
}

/// Reached by the range, or by all refs.
const CHOSEN: Reached = 2;
/// Reached by the branch.
const BRANCH: Reached = 4;
/// So many commits older than `since` are passed before the walk ends: clocks of committers go wrong.
const PATIENCE: usize = 2_000;

/// Finds the commits.
///
/// # Errors
///
/// A name that leads to no commit: nothing was scanned.
pub fn select(repo: &Repo, choice: &Choice) -> Result<Selection, Problem> {
    let mut done = Selection::default();
    let (tips, wanted) = tips(repo, choice)?;
    let mut walk = Ancestry::new(repo);
    let starts = tips.hide.iter().map(|id| (*id, HIDDEN)).chain(tips.show);
    for (id, from) in starts {
        match walk.start(id, from) {
            // What is not to be shown need not be there.
            Ok(()) => {}
            Err(_) if from == HIDDEN => {}
            Err(error) => done.problems.push(lost(id, "to which a ref points", &error)),
        }
    }
    // Where nothing is left out, the newest commits can be told without a look at all the others.
    let may_stop = tips.hide.is_empty() && wanted == CHOSEN;
    let since = choice.since.unwrap_or(i64::MIN);
    let max = choice.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
    let (mut found, mut older) = (0, 0);
    walk.run(|step| {
        if step.head.committed < since {
            older += 1;
        } else {
            found += 1;
            older = 0;
        }
        may_stop && (found > max || older > PATIENCE)
    });
    let is_chosen = |step: &Step| step.reached & (wanted | HIDDEN) == wanted && step.head.committed >= since;
    let steps: Vec<Step> = walk.visited().into_iter().filter(is_chosen).take(max).collect();
    let cut = steps.iter().filter(|step| step.is_cut).count();
    if cut > 0 {
        done.problems.push(shallow(repo, cut));
    }
    for (parent, error) in steps.iter().filter_map(|step| step.lost.as_ref()) {
        done.problems.push(lost(*parent, "a parent in the range", error));
    }
    let chosen: HashSet<ObjectId> = steps.iter().map(|step| step.id).collect();
    done.tags = tips.tags;
    done.tags.extend(tags(repo, &chosen));
    done.tags.sort_unstable();
    done.tags.dedup();
    if steps.is_empty() {
        let remark = tips.remark.map_or_else(String::new, |remark| format!(": {remark}"));
        done.problems.push(Problem::note(subject(choice), format!("0 commits to scan{remark}")));
    }
    done.commits = steps.into_iter().map(|step| (step.id, step.head)).collect();
    Ok(done)
}

/// Those of `commits` that no ref reaches.
pub fn unreached(repo: &Repo, commits: &[ObjectId]) -> HashSet<ObjectId> {
    let mut walk = Ancestry::new(repo);
    let refs = revision::names(repo).into_iter().map(|(_, commit)| commit).chain(repo.head());
    let starts = refs.map(|id| (id, HIDDEN)).chain(commits.iter().map(|id| (*id, CHOSEN)));
    // What cannot be read leads to nothing.
    starts.for_each(|(id, from)| drop(walk.start(id, from)));
    walk.run(|_| false);
    let unreached: HashSet<ObjectId> =
        walk.visited().into_iter().filter(|step| step.reached & HIDDEN == 0).map(|step| step.id).collect();
    commits.iter().copied().filter(|id| unreached.contains(id)).collect()
}

/// The options as they are typed, for messages.
pub fn subject(choice: &Choice) -> String {
    let range = choice.range.as_ref().map(|range| format!("--range '{range}'"));
    let branch = choice.branch.as_ref().map(|branch| format!("--branch '{branch}'"));
    let since = choice.since.map(|_| "--since".to_owned());
    let max = choice.max.map(|max| format!("--max-commits {max}"));
    let all: Vec<String> = [range, branch, since, max].into_iter().flatten().collect();
    all.join(" ")
}

/// Starts of the walk.
struct Starts {
    show: Vec<(ObjectId, Reached)>,
    hide: Vec<ObjectId>,
    tags: Vec<ObjectId>,
    remark: Option<String>,
}

/// Where to start, and by what a commit must be reached.
fn tips(repo: &Repo, choice: &Choice) -> Result<(Starts, Reached), Problem> {
    let fatal =
        |option: String, unknown: Unknown| Problem::fatal(option, unknown.message).with_next_step(unknown.next_step);
    let branch = match &choice.branch {
        Some(name) => Some(revision::branch(repo, name).map_err(|e| fatal(format!("--branch '{name}'"), e))?),
        None => None,
    };
    let range = match (&choice.range, branch) {
        (Some(range), _) => revision::parse(repo, range).map_err(|e| fatal(format!("--range '{range}'"), e))?,
        (None, Some(commit)) => Tips { show: vec![commit], ..Tips::default() },
        (None, None) => {
            let refs = revision::names(repo).into_iter().map(|(_, commit)| commit);
            Tips { show: refs.chain(repo.head()).collect(), ..Tips::default() }
        }
    };
    let both = branch.filter(|_| choice.range.is_some());
    let show = range.show.into_iter().map(|id| (id, CHOSEN)).chain(both.map(|id| (id, BRANCH))).collect();
    let wanted = if both.is_some() { CHOSEN | BRANCH } else { CHOSEN };
    Ok((Starts { show, hide: range.hide, tags: range.tags, remark: range.remark }, wanted))
}

/// The annotated tags that lead to one of these commits.
fn tags(repo: &Repo, chosen: &HashSet<ObjectId>) -> Vec<ObjectId> {
    let Ok(refs) = repo.raw().references_glob("refs/tags/*") else { return Vec::new() };
    let mut tags = Vec::new();
    for tag in refs.flatten() {
        let (Some(target), peeled) = (tag.target(), tag.target_peel()) else { continue };
        let commit = peeled.or_else(|| tag.peel_to_commit().ok().map(|commit| commit.id()));
        let commit = commit.and_then(|id| ObjectId::from_slice(id.as_bytes()));
        if !commit.is_some_and(|commit| chosen.contains(&commit)) {
            continue;
        }
        // A tag may name another tag.
        let mut next = Some(target);
        while let Some(found) = next.and_then(|id| repo.raw().find_tag(id).ok()) {
            tags.extend(ObjectId::from_slice(found.id().as_bytes()));
            next = Some(found.target_id());
        }
    }
    tags
}

fn shallow(repo: &Repo, cut: usize) -> Problem {
    let commits = if cut == 1 { "1 commit".to_owned() } else { format!("{cut} commits") };
    let message = format!(
        "the clone is shallow: it was cut at {commits} of the range, whose files were scanned as if all were new, and \
         what came before was not scanned"
    );
    Problem::incomplete(repo.git_dir().display().to_string(), message).with_next_step(DEEPEN)
}

fn lost(id: ObjectId, what: &str, error: &ReadError) -> Problem {
    let step = match error {
        ReadError::Missing => "fetch it, or clone the repository anew",
        ReadError::Damaged(_) => "run `git fsck`, and fetch the repository anew",
    };
    Problem::incomplete(format!("commit {id}"), format!("{what}: {error}; what lies behind it was not scanned"))
        .with_next_step(step)
}
