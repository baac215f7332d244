//! Jobs of every system, with a clone that is made up.

use super::*;
use serde_json::json;
use std::collections::BTreeMap;

const ZERO: &str = "0000000000000000000000000000000000000000";
const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const M: &str = "cccccccccccccccccccccccccccccccccccccccc";

/// A clone that holds certain names.
struct Fake(Vec<&'static str>, bool);

impl Checkout for Fake {
    fn holds(&self, name: &str) -> bool {
        self.0.contains(&name) || name == "HEAD"
    }
    fn is_shallow(&self) -> bool {
        self.1
    }
    fn default_branch(&self) -> Option<String> {
        self.0.contains(&"refs/remotes/origin/main").then(|| "refs/remotes/origin/main".to_owned())
    }
    fn remote_branch_at(&self, id: &str) -> Option<String> {
        (id == B).then(|| "refs/remotes/origin/feature".to_owned())
    }
}

fn whole() -> Fake {
    Fake(vec![A, B, M, "refs/remotes/origin/main"], false)
}

fn told(pairs: &[(&str, &str)], event: Option<&Value>, clone: &Fake) -> Result<Job, Problem> {
    let map: BTreeMap<&str, &str> = pairs.iter().copied().collect();
    job(&|name| map.get(name).filter(|value| !value.is_empty()).map(|value| (*value).to_owned()), event, clone)
}

/// The range that a job comes to; whether it is incomplete.
fn range(pairs: &[(&str, &str)], clone: &Fake) -> (String, bool) {
    let job = told(pairs, None, clone).unwrap_or_else(|problem| panic!("{pairs:?}: {problem}"));
    let incomplete = job.problems.iter().any(|problem| problem.weight == crate::problem::Weight::Incomplete);
    let text = match job.scope {
        Scope::Commits(range) => range,
        Scope::Everything => "everything".to_owned(),
        Scope::Nothing => "nothing".to_owned(),
    };
    (text, incomplete)
}

#[test]
fn every_system_is_known_by_its_variable() {
    for (system, variable, _) in System::ALL {
        assert_eq!(System::of(&|name| (name == variable).then(|| "1".to_owned())), Some(system));
    }
    let problem = told(&[], None, &whole()).expect_err("nothing is set").to_string();
    assert!(problem.contains("GitLab CI") && problem.contains("--range"), "{problem}");
}

#[test]
fn an_empty_side_of_a_range_is_refused_with_a_sentence() {
    for range in ["", "  ", "..B", "A..", "..", "...B", "A...", "x ..B"] {
        let message = checked(range).expect_err(range);
        assert!(message.contains("variable") && message.contains("--range"), "{message}");
    }
    for range in ["A..B", "A...B", "A --not B", "HEAD^!", "v1.0..v1.1"] {
        assert_eq!(checked(range), Ok(()), "{range}");
    }
}

#[test]
fn gitlab() {
    let base = [("GITLAB_CI", "true"), ("CI_COMMIT_SHA", B), ("CI_DEFAULT_BRANCH", "main")];
    let with = |more: &[(&'static str, &'static str)], clone: &Fake| range(&[&base[..], more].concat(), clone);
    let not = |hidden: &str| (format!("{B} --not {hidden}"), false);
    assert_eq!(
        with(&[("CI_MERGE_REQUEST_DIFF_BASE_SHA", A), ("CI_PIPELINE_SOURCE", "merge_request_event")], &whole()),
        not(A)
    );
    // Merged results: what counts is the source branch.
    let merged = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", A), ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", M)];
    assert_eq!(with(&merged, &whole()), (format!("{M} --not {A}"), false));
    assert_eq!(with(&[("CI_COMMIT_BEFORE_SHA", A), ("CI_COMMIT_BRANCH", "main")], &whole()), not(A));
    let fresh = [("CI_COMMIT_BEFORE_SHA", ZERO), ("CI_COMMIT_BRANCH", "feature")];
    assert_eq!(with(&fresh, &whole()), not("refs/remotes/origin/main"));
    assert_eq!(with(&fresh, &Fake(vec![B], true)), (B.to_owned(), true));
    assert_eq!(with(&[("CI_COMMIT_BRANCH", "main")], &whole()).0, format!("{ZERO}..refs/remotes/origin/feature"));
    assert_eq!(with(&[("CI_COMMIT_TAG", "v1"), ("CI_COMMIT_BEFORE_SHA", ZERO)], &whole()), not("--remotes"));
    assert_eq!(with(&[("CI_PIPELINE_SOURCE", "schedule"), ("CI_COMMIT_BEFORE_SHA", ZERO)], &whole()).0, "everything");
    assert!(told(&base, None, &Fake(vec![A], false)).is_err(), "the commit is not there");
}

#[test]
fn the_systems_that_tell_less() {
    let main = "refs/remotes/origin/main";
    let of_main = (format!("{B} --not {main}"), false);
    let circle = |branch| range(&[("CIRCLECI", "true"), ("CIRCLE_SHA1", B), ("CIRCLE_BRANCH", branch)], &whole());
    assert_eq!(circle("feature"), of_main);
    assert_eq!(circle("main").0, "everything");
    assert_eq!(
        range(&[("CIRCLECI", "true"), ("CIRCLE_SHA1", B), ("CIRCLE_TAG", "v1")], &whole()).0,
        format!("{B} --not --remotes")
    );

    let azure =
        |more: (&'static str, &'static str)| range(&[("TF_BUILD", "True"), ("BUILD_SOURCEVERSION", B), more], &whole());
    assert_eq!(azure(("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main")), of_main);
    assert_eq!(azure(("SYSTEM_PULLREQUEST_TARGETBRANCH", "main")), of_main);
    assert_eq!(azure(("BUILD_SOURCEBRANCH", "refs/heads/feature")), of_main);
    assert_eq!(azure(("BUILD_SOURCEBRANCH", "refs/heads/main")).0, "everything");
    assert_eq!(azure(("BUILD_REASON", "Schedule")).0, "everything");
    assert_eq!(azure(("BUILD_SOURCEBRANCH", "refs/tags/v1")).0, format!("{B} --not --remotes"));

    let bucket = |more: &[(&'static str, &'static str)], clone: &Fake| {
        range(&[&[("BITBUCKET_BUILD_NUMBER", "7"), ("BITBUCKET_COMMIT", B)], more].concat(), clone)
    };
    let pull = [("BITBUCKET_PR_DESTINATION_BRANCH", "main"), ("BITBUCKET_PR_DESTINATION_COMMIT", A)];
    assert_eq!(bucket(&pull, &whole()), (format!("{B} --not {A}"), false));
    assert_eq!(bucket(&pull[..1], &whole()), of_main);
    assert_eq!(bucket(&pull[..1], &Fake(vec![B], true)), (B.to_owned(), true));
    // In a whole clone without that branch too much is scanned, which is complete.
    assert_eq!(bucket(&pull[..1], &Fake(vec![B], false)), (B.to_owned(), false));

    let jenkins = |more: &[(&'static str, &'static str)], clone: &Fake| {
        range(&[&[("JENKINS_URL", "https://ci.example.org/"), ("GIT_COMMIT", B)], more].concat(), clone)
    };
    assert_eq!(jenkins(&[("CHANGE_TARGET", "main"), ("GIT_PREVIOUS_COMMIT", A)], &whole()), of_main);
    assert_eq!(jenkins(&[("GIT_PREVIOUS_COMMIT", A)], &whole()), (format!("{B} --not {A}"), false));
    assert_eq!(
        jenkins(&[("GIT_PREVIOUS_COMMIT", M), ("GIT_BRANCH", "origin/feature")], &Fake(vec![B, main], false)),
        of_main
    );
    assert_eq!(jenkins(&[], &whole()).0, "everything");
}

#[test]
fn github_events_that_are_not_what_they_should_be_are_errors() {
    let with = |name: &str, event: Option<Value>| {
        told(&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", name)], event.as_ref(), &whole())
    };
    for (name, event) in [
        ("push", None),
        ("", Some(json!({}))),
        ("push", Some(json!({"before": A, "ref": "refs/heads/main"}))),
        ("push", Some(json!({"before": "--all", "after": B, "ref": "refs/heads/main"}))),
        ("pull_request", Some(json!({"pull_request": {"head": {"sha": B}, "base": {"sha": ""}}}))),
        ("pull_request", Some(json!({"pull_request": {"head": {"sha": "main"}, "base": {"sha": A}}}))),
        ("merge_group", Some(json!([]))),
    ] {
        let problem = with(name, event).expect_err(name).to_string();
        assert!(problem.contains("--range"), "{problem}");
    }
    // What is not about certain commits is about everything.
    assert_eq!(with("release", Some(json!({"action": "published"}))).expect("a job").scope, Scope::Everything);
}
