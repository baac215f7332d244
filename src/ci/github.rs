//! The events of GitHub Actions: the file at `GITHUB_EVENT_PATH` holds what the webhook of that name delivers.
//! (Source: GitHub's "Events that trigger workflows" and "Webhook events and payloads".)

use super::checkout::Checkout;
use super::{Job, Scope, between, everything, is_zero, missing, new_branch, shallow};
use crate::problem::Problem;
use serde_json::Value;

/// What the event asks for.
pub fn job(
    variables: &dyn Fn(&str) -> Option<String>,
    event: Option<&Value>,
    clone: &dyn Checkout,
) -> Result<Job, Problem> {
    let name = variables("GITHUB_EVENT_NAME").ok_or_else(|| odd("GITHUB_EVENT_NAME is not set"))?;
    let event = event.ok_or_else(|| odd("GITHUB_EVENT_PATH names no file"))?;
    let text = |pointer: &str| {
        let value = event.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        value
            .map(str::to_owned)
            .ok_or_else(|| odd(&format!("the event '{name}' has no {}", pointer[1..].replace('/', "."))))
    };
    let sha = variables("GITHUB_SHA");
    match name.as_str() {
        "pull_request" | "pull_request_target" | "pull_request_review" | "pull_request_review_comment" => {
            let (base, head) = (id(text("/pull_request/base/sha")?)?, id(text("/pull_request/head/sha")?)?);
            pull_request(clone, &base, &head, sha.as_deref())
        }
        "push" => push(clone, event, &text, sha.as_deref()),
        "merge_group" => {
            let (base, head) = (id(text("/merge_group/base_sha")?)?, id(text("/merge_group/head_sha")?)?);
            between(clone, &base, &head, "the commits of the merge group")
        }
        "schedule" => Ok(everything("everything, because the run is a scheduled one")),
        "workflow_dispatch" => Ok(everything("everything, because the run was asked for by hand")),
        _ => Ok(everything(&format!("everything, because the event '{name}' is not about certain commits"))),
    }
}

/// The checkout of a pull request is a merge of it that GitHub makes; what it adds is what its own branch adds.
fn pull_request(clone: &dyn Checkout, base: &str, head: &str, merge: Option<&str>) -> Result<Job, Problem> {
    const WHY: &str = "the commits of the pull request";
    match merge {
        // Cut so short that only the merge itself is there.
        Some(merge) if !clone.holds(head) && clone.is_shallow() && clone.holds(merge) => {
            let mut job = Job::new(Scope::Commits(merge.to_owned()), WHY);
            let message = "the clone is shallow and holds none of the pull request's commits; the files of its merge were scanned, as if all were new";
            job.problems.push(shallow(message.to_owned()));
            Ok(job)
        }
        _ if !clone.holds(head) && !clone.is_shallow() => {
            let step = "check out the pull request, not its base: for 'pull_request_target' that is 'ref: refs/pull/NUMBER/head', \
                        in a job that runs nothing of what it checks out";
            Err(missing(clone, head).with_next_step(step))
        }
        _ => between(clone, base, head, WHY),
    }
}

fn push(
    clone: &dyn Checkout,
    event: &Value,
    text: &dyn Fn(&str) -> Result<String, Problem>,
    sha: Option<&str>,
) -> Result<Job, Problem> {
    let flag = |name: &str| event.get(name).and_then(Value::as_bool).unwrap_or(false);
    let (before, after, name) = (id(text("/before")?)?, id(text("/after")?)?, text("/ref")?);
    if flag("deleted") || is_zero(&after) {
        return Ok(Job::new(Scope::Nothing, "nothing, because the push deletes a ref"));
    }
    // A checkout of an annotated tag may hold its commit alone.
    let head = match sha {
        Some(sha) if !clone.holds(&after) && clone.holds(sha) => sha.to_owned(),
        _ => after,
    };
    if !clone.holds(&head) {
        return Err(missing(clone, &head));
    }
    if name.starts_with("refs/tags/") {
        let mut job =
            Job::new(Scope::Commits(format!("{head} --not --remotes")), "the tag, and the commits that no branch has");
        if clone.is_shallow() {
            // Branches that a shallow clone lacks hide nothing, and its own commit may be one of theirs.
            job.scope = Scope::Commits(head);
            job.problems.push(shallow(
                "the clone is shallow, so what is new with the tag cannot be told; what is there was scanned"
                    .to_owned(),
            ));
        }
        return Ok(job);
    }
    if is_zero(&before) {
        let mut job = Job::new(Scope::Commits(new_branch(clone, &head)), "the commits of the new branch");
        if clone.is_shallow() {
            job.scope = Scope::Commits(head);
            job.problems.push(shallow(
                "the clone is shallow, so what is new on the branch cannot be told; what is there was scanned"
                    .to_owned(),
            ));
        }
        return Ok(job);
    }
    let why = if flag("forced") { "the commits of the forced push" } else { "the commits of the push" };
    between(clone, &before, &head, why)
}

/// The id of a commit: what an event says goes into a range, where other words would mean other things.
fn id(text: String) -> Result<String, Problem> {
    let is_id = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_id { Ok(text) } else { Err(odd("the event names a commit by something that is no id")) }
}

fn odd(message: &str) -> Problem {
    Problem::fatal("ci", message).with_next_step("name the commits with --range A..B")
}
