//! Systems that tell about their events in variables. (Sources: GitLab's "Predefined CI/CD variables", CircleCI's
//! "Built-in environment variables", Jenkins' and its git plugin's variables, Azure's "Predefined variables",
//! Bitbucket's "Variables and secrets".)

use super::checkout::Checkout;
use super::{Job, Scope, between, branch, everything, is_zero, new_branch, shallow};
use crate::problem::Problem;

type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// GitLab: merge requests, pushes, tags, schedules.
pub fn gitlab(variables: Variables<'_>, clone: &dyn Checkout) -> Result<Job, Problem> {
    let head = needed(variables, "CI_COMMIT_SHA")?;
    if let Some(base) = variables("CI_MERGE_REQUEST_DIFF_BASE_SHA") {
        // In a pipeline of merged results CI_COMMIT_SHA is a merge that GitLab made.
        let head = variables("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").filter(|id| clone.holds(id)).unwrap_or(head);
        return between(clone, &base, &head, "the commits of the merge request");
    }
    match variables("CI_PIPELINE_SOURCE").as_deref() {
        Some("schedule" | "web" | "api" | "trigger" | "pipeline" | "chat") => {
            return Ok(everything("everything, because no push began the pipeline"));
        }
        _ if variables("CI_COMMIT_TAG").is_some() => return tag(clone, &head),
        _ => {}
    }
    match variables("CI_COMMIT_BEFORE_SHA").filter(|before| !is_zero(before)) {
        Some(before) => between(clone, &before, &head, "the commits of the push"),
        None => {
            match variables("CI_DEFAULT_BRANCH").filter(|name| variables("CI_COMMIT_BRANCH").as_ref() != Some(name)) {
                Some(default) => branch(clone, &head, &default, "the commits of the branch"),
                None => fresh(clone, head),
            }
        }
    }
}

/// CircleCI says what was built, and not what came before.
pub fn circleci(variables: Variables<'_>, clone: &dyn Checkout) -> Result<Job, Problem> {
    let head = needed(variables, "CIRCLE_SHA1")?;
    if variables("CIRCLE_TAG").is_some() {
        return tag(clone, &head);
    }
    of_branch(clone, &head, variables("CIRCLE_BRANCH").as_deref())
}

/// Jenkins: change requests of multibranch pipelines, and what the git plugin remembers of the last build.
pub fn jenkins(variables: Variables<'_>, clone: &dyn Checkout) -> Result<Job, Problem> {
    let head = variables("GIT_COMMIT").unwrap_or_else(|| "HEAD".to_owned());
    if variables("TAG_NAME").is_some() {
        return tag(clone, &head);
    }
    if let Some(target) = variables("CHANGE_TARGET") {
        return branch(clone, &head, &target, "the commits of the change request");
    }
    if let Some(before) = variables("GIT_PREVIOUS_COMMIT").filter(|before| clone.holds(before)) {
        return between(clone, &before, &head, "the commits since the last build");
    }
    let name = variables("BRANCH_NAME").or_else(|| variables("GIT_BRANCH"));
    of_branch(clone, &head, name.as_deref().map(|name| name.strip_prefix("origin/").unwrap_or(name)))
}

/// Azure Pipelines: pull requests, branches, schedules.
pub fn azure(variables: Variables<'_>, clone: &dyn Checkout) -> Result<Job, Problem> {
    let head = needed(variables, "BUILD_SOURCEVERSION")?;
    if let Some(target) = variables("SYSTEM_PULLREQUEST_TARGETBRANCH") {
        return branch(clone, &head, &target, "the commits of the pull request");
    }
    if let Some(reason @ ("Schedule" | "Manual")) = variables("BUILD_REASON").as_deref() {
        return Ok(everything(&format!("everything, because the build's reason is {reason}")));
    }
    let name = variables("BUILD_SOURCEBRANCH");
    match name.as_deref() {
        Some(tag_name) if tag_name.starts_with("refs/tags/") => tag(clone, &head),
        name => of_branch(clone, &head, name.map(|name| name.strip_prefix("refs/heads/").unwrap_or(name))),
    }
}

/// Bitbucket Pipelines: pull requests, branches, tags.
pub fn bitbucket(variables: Variables<'_>, clone: &dyn Checkout) -> Result<Job, Problem> {
    let head = needed(variables, "BITBUCKET_COMMIT")?;
    if let Some(target) = variables("BITBUCKET_PR_DESTINATION_BRANCH") {
        const WHY: &str = "the commits of the pull request";
        // The branch itself is often not in the clone, but its commit is: the checkout is a merge with it.
        return match variables("BITBUCKET_PR_DESTINATION_COMMIT").filter(|id| clone.holds(id)) {
            Some(base) => between(clone, &base, &head, WHY),
            None => branch(clone, &head, &target, WHY),
        };
    }
    if variables("BITBUCKET_TAG").is_some() {
        return tag(clone, &head);
    }
    of_branch(clone, &head, variables("BITBUCKET_BRANCH").as_deref())
}

/// The commits that a branch has and the default branch has not; of the default branch itself everything, for nothing
/// tells what was there before.
fn of_branch(clone: &dyn Checkout, head: &str, name: Option<&str>) -> Result<Job, Problem> {
    let default = clone.default_branch();
    let default = default.as_deref().and_then(|full| full.strip_prefix("refs/remotes/origin/"));
    match (default, name) {
        (Some(default), Some(name)) if default != name => {
            branch(clone, head, default, "the commits that the default branch does not have")
        }
        _ => Ok(everything("everything, because nothing tells what was built before")),
    }
}

fn tag(clone: &dyn Checkout, head: &str) -> Result<Job, Problem> {
    let mut job =
        Job::new(Scope::Commits(format!("{head} --not --remotes")), "the commits of the tag that no branch has");
    if !clone.holds(head) {
        return Err(super::missing(clone, head));
    }
    if clone.is_shallow() {
        job.scope = Scope::Commits(head.to_owned());
        let message = "the clone is shallow, so what is new with the tag cannot be told; what is there was scanned";
        job.problems.push(shallow(message.to_owned()));
    }
    Ok(job)
}

/// A branch of which nothing tells what was there before.
fn fresh(clone: &dyn Checkout, head: String) -> Result<Job, Problem> {
    if !clone.holds(&head) {
        return Err(super::missing(clone, &head));
    }
    Ok(Job::new(Scope::Commits(new_branch(clone, &head)), "the commits of the new branch"))
}

fn needed(variables: Variables<'_>, name: &str) -> Result<String, Problem> {
    variables(name).ok_or_else(|| {
        Problem::fatal("ci", format!("{name} is not set")).with_next_step("name the commits with --range A..B")
    })
}
