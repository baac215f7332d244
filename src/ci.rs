//! What a run in continuous integration is about: which commits are new, from what the CI system tells about its event.
//!
//! Never too little: where the event names a commit that the clone lacks, more is scanned or the run says that it is
//! incomplete; nothing is fetched. An empty variable is a mistake to hear of, and no empty range.

mod checkout;
mod github;
mod others;

pub use checkout::Checkout;

use crate::problem::Problem;
use serde_json::Value;

/// A CI system that is known by its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions, and Forgejo's and Gitea's, which speak the same.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
    /// CircleCI.
    CircleCi,
    /// Jenkins.
    Jenkins,
    /// Azure Pipelines.
    Azure,
    /// Bitbucket Pipelines.
    Bitbucket,
}

impl System {
    /// Every system with the variable that it sets in every job. (Source: their documentations of predefined variables.)
    pub const ALL: [(System, &'static str, &'static str); 6] = [
        (System::GitHub, "GITHUB_ACTIONS", "GitHub Actions"),
        (System::GitLab, "GITLAB_CI", "GitLab CI"),
        (System::CircleCi, "CIRCLECI", "CircleCI"),
        (System::Azure, "TF_BUILD", "Azure Pipelines"),
        (System::Bitbucket, "BITBUCKET_BUILD_NUMBER", "Bitbucket Pipelines"),
        // Last, for a Jenkins may run within another.
        (System::Jenkins, "JENKINS_URL", "Jenkins"),
    ];

    /// The system whose variables are set.
    pub fn of(variables: &dyn Fn(&str) -> Option<String>) -> Option<System> {
        Self::ALL.iter().find(|(_, variable, _)| variables(variable).is_some()).map(|(system, _, _)| *system)
    }
}

/// What is to be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What these commits add: a range as `git log` takes it.
    Commits(String),
    /// Files and the whole history.
    Everything,
    /// Nothing: the event adds no commit.
    Nothing,
}

/// What a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What is to be scanned.
    pub scope: Scope,
    /// Why, in a sentence's end: `the commits of the pull request`.
    pub why: String,
    /// What the clone lacks, and what may surprise.
    pub problems: Vec<Problem>,
}

impl Job {
    fn new(scope: Scope, why: impl Into<String>) -> Self {
        Self { scope, why: why.into(), problems: Vec::new() }
    }
}

/// What the current job is about. `variables` gives the value of a variable that is set and not empty; `event` is what
/// GitHub's event file holds.
///
/// # Errors
///
/// No CI system is known by the variables, its event is not understood, or the commit in question is not in the clone.
pub fn job(
    variables: &dyn Fn(&str) -> Option<String>,
    event: Option<&Value>,
    clone: &dyn Checkout,
) -> Result<Job, Problem> {
    match System::of(variables) {
        Some(System::GitHub) => github::job(variables, event, clone),
        Some(System::GitLab) => others::gitlab(variables, clone),
        Some(System::CircleCi) => others::circleci(variables, clone),
        Some(System::Jenkins) => others::jenkins(variables, clone),
        Some(System::Azure) => others::azure(variables, clone),
        Some(System::Bitbucket) => others::bitbucket(variables, clone),
        None => {
            let names: Vec<&str> = System::ALL.iter().map(|(_, _, name)| *name).collect();
            let message = format!("no CI system is known by its variables ({})", names.join(", "));
            Err(Problem::fatal("ci", message)
                .with_next_step("name the commits with --range A..B, or use 'keyhound scan'"))
        }
    }
}

/// A range that somebody typed or put together from variables.
///
/// # Errors
///
/// A side is empty: nearly always because a variable is.
pub fn checked(range: &str) -> Result<(), String> {
    let terms: Vec<&str> = range.split_whitespace().collect();
    if terms.is_empty() {
        return Err(
            "the range is empty; is a variable not set? Leave out --range to use what the CI system tells".to_owned()
        );
    }
    for term in terms {
        let dots = if term.contains("...") { "..." } else { ".." };
        let Some((from, to)) = term.split_once(dots) else { continue };
        for (side, what, other) in [(from, "before", "after"), (to, "after", "before")] {
            if side.is_empty() {
                return Err(format!(
                    "'{term}' has no commit {what} the dots, only one {other} them: is a variable empty? 'keyhound ci' \
                     does not guess HEAD; write it, or leave out --range to use what the CI system tells"
                ));
            }
        }
    }
    Ok(())
}

/// Git's way to say "no commit".
fn is_zero(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b == b'0')
}

/// What lies between two commits that an event names, as far as the clone has them.
fn between(clone: &dyn Checkout, base: &str, head: &str, why: &str) -> Result<Job, Problem> {
    if !clone.holds(head) {
        return Err(missing(clone, head));
    }
    let mut job = Job::new(Scope::Commits(format!("{head} --not {base}")), why);
    if clone.holds(base) {
        return Ok(job);
    }
    if clone.is_shallow() {
        job.scope = Scope::Commits(head.to_owned());
        job.problems.push(shallow(format!(
            "the commit {base}, with which {why} begin, is not in this shallow clone; what is there was scanned"
        )));
    } else {
        job.scope = Scope::Commits(new_branch(clone, head));
        let message = format!(
            "the commit {base} is not in this clone (force-pushed away?), so everything that no other branch has was scanned"
        );
        job.problems.push(Problem::note("ci", message));
    }
    Ok(job)
}

/// Everything that leads to `head` and that no other branch of the remote has.
fn new_branch(clone: &dyn Checkout, head: &str) -> String {
    let own = clone.remote_branch_at(head);
    let zero = "0".repeat(head.len().max(40));
    format!("{zero}..{}", own.unwrap_or_else(|| head.to_owned()))
}

/// What a branch has that `base` has not, where nothing tells what was there before.
fn branch(clone: &dyn Checkout, head: &str, base: &str, why: &str) -> Result<Job, Problem> {
    let name = base.strip_prefix("refs/heads/").unwrap_or(base);
    let found = [format!("refs/remotes/origin/{name}"), format!("refs/heads/{name}")];
    let Some(base) = found.iter().find(|name| clone.holds(name)) else {
        if !clone.holds(head) {
            return Err(missing(clone, head));
        }
        let mut job = Job::new(Scope::Commits(head.to_owned()), why);
        let message = format!("the branch '{name}' is not in this clone, so all that leads to {head} was scanned");
        let problem = if clone.is_shallow() { shallow(message) } else { Problem::note("ci", message) };
        job.problems.push(
            problem
                .with_next_step(format!("fetch it: git fetch origin '+refs/heads/{name}:refs/remotes/origin/{name}'")),
        );
        return Ok(job);
    };
    between(clone, base, head, why)
}

/// A shallow clone is said to be one by the scan itself.
fn everything(why: &str) -> Job {
    Job::new(Scope::Everything, why)
}

/// What a shallow clone needs. Nothing is fetched unasked: the token may not allow it, and a job's time is someone's.
const DEEPEN: &str = "check out with the whole history: 'fetch-depth: 0' (GitHub), 'GIT_DEPTH: 0' (GitLab), 'fetchDepth: 0' (Azure), 'clone: depth: full' (Bitbucket), or run 'git fetch --unshallow'";

fn shallow(message: String) -> Problem {
    Problem::incomplete("ci", message).with_next_step(DEEPEN)
}

fn missing(clone: &dyn Checkout, id: &str) -> Problem {
    let problem = Problem::fatal("ci", format!("the commit {id}, which the event is about, is not in this clone"));
    if clone.is_shallow() {
        problem.with_next_step(DEEPEN)
    } else {
        problem.with_next_step("check out the commit of the event, with its history")
    }
}

#[cfg(test)]
#[path = "ci/tests.rs"]
mod tests;
