//! `keyhound ci` on clones as CI systems make them, with the events that they deliver.

mod action;
mod examples;

use crate::cli::Ran;
use crate::history::repo::{Repo, key};
use std::path::{Path, PathBuf};
use std::process::Command;

fn line(n: usize) -> String {
    format!("token = \"{}\"\n", key(n))
}

/// A remote with the branches main (an old key, and one more commit) and feature (a key that a later commit removes),
/// and GitHub's merge of the two.
struct Remote {
    repo: Repo,
    /// The last commit of main that a push would call `before`.
    before: String,
    main: String,
    feature: String,
    merge: String,
}

fn remote() -> Remote {
    let repo = Repo::new();
    let before = repo.commit_file("old", line(0));
    repo.git(&["checkout", "-q", "-b", "feature"]);
    repo.commit_file("leak", line(1));
    let feature = repo.commit_file("leak", "gone\n");
    repo.git(&["checkout", "-q", "main"]);
    let main = repo.commit_file("more", line(2));
    repo.git(&["checkout", "-q", "-b", "merging"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "feature"]);
    let merge = repo.head();
    repo.git(&["update-ref", "refs/pull/2/merge", "HEAD"]);
    repo.git(&["update-ref", "refs/pull/2/head", &feature]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "merging"]);
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    Remote { repo, before, main, feature, merge }
}

impl Remote {
    /// What actions/checkout does: fetches a ref, all branches where the depth is 0, and checks it out.
    fn checkout(&self, name: &str, depth: u32, id: &str, to: &str) -> PathBuf {
        let at = self.repo.beside(name);
        let git = |words: &[&str]| self.repo.git_at(&at, words);
        std::fs::create_dir(&at).expect("folder");
        git(&["init", "-q"]);
        git(&["remote", "add", "origin", &format!("file://{}", self.repo.root.display())]);
        let own = format!("+{id}:{to}");
        if depth == 0 {
            git(&[
                "fetch",
                "-q",
                "--prune",
                "origin",
                "+refs/heads/*:refs/remotes/origin/*",
                "+refs/tags/*:refs/tags/*",
            ]);
            git(&["fetch", "-q", "origin", &own]);
        } else {
            git(&["fetch", "-q", "--no-tags", &format!("--depth={depth}"), "origin", &own]);
        }
        match to.strip_prefix("refs/remotes/origin/") {
            Some(branch) => git(&["checkout", "-q", "-B", branch, to]),
            None => git(&["checkout", "-q", "--detach", to]),
        };
        at
    }

    /// A pull request's checkout.
    fn pull(&self, name: &str, depth: u32) -> PathBuf {
        self.checkout(name, depth, &self.merge, "refs/remotes/pull/2/merge")
    }

    fn event(&self, name: &str, pairs: &[(&str, &str)]) -> PathBuf {
        let text = std::fs::read_to_string(format!("tests/data/events/{name}.json")).expect("an event");
        let all = [&[("MERGE", self.merge.as_str()), ("BEFORE", self.before.as_str())], pairs].concat();
        let text = all.iter().fold(text, |text, (mark, id)| text.replace(&format!("{{{mark}}}"), id));
        let file = self.repo.beside(&format!("{name}-event.json"));
        std::fs::write(&file, text).expect("writes");
        file
    }
}

/// A run on GitHub.
fn github(at: &Path, event_name: &str, event: &Path, sha: &str, words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
    command.arg("ci").args(words).current_dir(at).env_clear().env("HOME", at);
    command.env("GITHUB_ACTIONS", "true").env("CI", "true").env("GITHUB_EVENT_NAME", event_name);
    command.env("GITHUB_EVENT_PATH", event).env("GITHUB_SHA", sha);
    command.env("GITHUB_STEP_SUMMARY", at.with_extension("summary")).env("GITHUB_OUTPUT", at.with_extension("output"));
    Ran::of(command.output().expect("runs"))
}

/// The numbers of the keys that are named, by the first characters that a report shows.
fn found(ran: &Ran) -> Vec<usize> {
    (0..4).filter(|n| ran.out.contains(&format!("{}…", &key(*n)[..8]))).collect()
}

#[test]
fn a_pull_request_is_what_its_branch_adds() {
    let remote = remote();
    for name in ["pull_request", "pull_request_fork"] {
        let event = remote.event(name, &[("BASE", &remote.main), ("HEAD", &remote.feature)]);
        let at = remote.pull(name, 0);
        let ran = github(&at, "pull_request", &event, &remote.merge, &[]).exits(1);
        assert_eq!(found(&ran), [1], "{}", ran.out);
        assert!(!ran.out.contains(&key(1)) && ran.out.contains("the commits of the pull request"), "{}", ran.out);
    }
}

#[test]
fn a_shallow_pull_request_scans_what_is_there_and_says_how_to_deepen() {
    let remote = remote();
    let event = remote.event("pull_request", &[("BASE", &remote.main), ("HEAD", &remote.feature)]);
    let ran = github(&remote.pull("one", 1), "pull_request", &event, &remote.merge, &[]).exits(1);
    assert_eq!(found(&ran), [0, 2], "{}", ran.out);
    assert!(ran.out.contains("fetch-depth: 0") && ran.out.contains("The scan is incomplete"), "{}", ran.out);
    // Two deep, the commits are there but for those before them.
    let ran = github(&remote.pull("two", 2), "pull_request", &event, &remote.merge, &[]);
    assert!(ran.out.contains("fetch-depth: 0") && ran.code != 0, "{}", ran.out);
    // Without any key it is incomplete all the same.
    remote.repo.git(&["rm", "-q", "old", "more"]);
    let clean = remote.repo.commit("Clean");
    let event = remote.event("push", &[("BASE", &remote.main), ("HEAD", &clean)]);
    let at = remote.checkout("shallow", 1, &clean, "refs/remotes/origin/main");
    let ran = github(&at, "push", &event, &clean, &[]).exits(3);
    assert!(ran.out.contains("fetch-depth: 0"), "{}", ran.out);
}

#[test]
fn a_pull_request_that_is_not_checked_out_is_an_error() {
    let remote = remote();
    let event = remote.event("pull_request_fork", &[("BASE", &remote.main), ("HEAD", &"d".repeat(40))]);
    let at = remote.checkout("base", 0, &remote.main, "refs/remotes/origin/main");
    let ran = github(&at, "pull_request_target", &event, &remote.main, &[]).exits(2);
    assert!(ran.err.contains("refs/pull/NUMBER/head"), "{}", ran.err);
}

#[test]
fn pushes() {
    let remote = remote();
    let (main, feature) = ("refs/remotes/origin/main", "refs/remotes/origin/feature");
    let on_main = remote.checkout("m", 0, &remote.main, main);
    let on_feature = remote.checkout("f", 0, &remote.feature, feature);
    let push = |name: &str, at: &Path, base: &str, head: &str| {
        let event = remote.event(name, &[("BASE", base), ("HEAD", head)]);
        github(at, "push", &event, head, &[])
    };
    assert_eq!(found(&push("push", &on_main, &remote.before, &remote.main).exits(1)), [2]);
    assert_eq!(found(&push("push_new_branch", &on_feature, "", &remote.feature).exits(1)), [1]);
    // Before and after are the same: nothing new, and no error.
    let ran = push("push", &on_main, &remote.main, &remote.main).exits(0);
    assert!(ran.out.contains("0 commits to scan"), "{}", ran.out);
    // What was there before a forced push is gone: what no other branch has counts.
    let gone = "d".repeat(40);
    let ran = push("push_forced", &on_feature, &gone, &remote.feature).exits(1);
    assert_eq!(found(&ran), [1]);
    assert!(ran.out.contains("is not in this clone (force-pushed"), "{}", ran.out);
    assert_eq!(found(&push("push_forced", &on_feature, &remote.before, &remote.feature).exits(1)), [1]);
    let ran = push("push_deleted", &on_main, &remote.before, "").exits(0);
    assert!(ran.err.contains("deletes a ref"), "{}", ran.err);
    let output = std::fs::read_to_string(on_main.with_extension("output")).expect("outputs");
    assert!(output.ends_with("findings=0\ncomplete=true\n"), "{output}");
}

#[test]
fn the_first_push_of_all_is_everything() {
    let remote = remote();
    remote.repo.git(&["branch", "-q", "-D", "feature"]);
    let at = remote.checkout("m", 0, &remote.main, "refs/remotes/origin/main");
    let event = remote.event("push_new_branch", &[("HEAD", &remote.main)]);
    assert_eq!(found(&github(&at, "push", &event, &remote.main, &[]).exits(1)), [0, 2]);
}

#[test]
fn tags_add_their_message_and_what_no_branch_has() {
    let remote = remote();
    remote.repo.git(&["tag", "-a", "v1", "-m", &line(3), "main"]);
    let tag = remote.repo.git(&["rev-parse", "v1"]);
    let at = remote.checkout("t", 0, &tag, "refs/tags/v1");
    let event = remote.event("push_tag", &[("HEAD", &tag)]);
    assert_eq!(found(&github(&at, "push", &event, &remote.main, &[]).exits(1)), [3]);
    remote.repo.git(&["checkout", "-q", "--detach"]);
    let loose = remote.repo.commit_file("released", line(3));
    remote.repo.git(&["tag", "v2"]);
    let at = remote.checkout("t2", 0, &loose, "refs/tags/v2");
    let event = remote.event("push_tag", &[("HEAD", &loose)]);
    let ran = github(&at, "push", &event, &loose, &[]).exits(1);
    assert!(ran.out.contains("released:1:10"), "{}", ran.out);
}

#[test]
fn a_merge_group_is_what_it_adds_to_its_base() {
    let remote = remote();
    remote.repo.git(&["checkout", "-q", "-b", "gh-readonly-queue/main/pr-2", &remote.merge]);
    let at = remote.checkout("g", 0, &remote.merge, "refs/remotes/origin/gh-readonly-queue/main/pr-2");
    let event = remote.event("merge_group", &[("BASE", &remote.main), ("HEAD", &remote.merge)]);
    let ran = github(&at, "merge_group", &event, &remote.merge, &[]).exits(1);
    assert_eq!(found(&ran), [1], "{}", ran.out);
}

#[test]
fn schedules_and_runs_by_hand_are_about_everything() {
    let remote = remote();
    for name in ["schedule", "workflow_dispatch"] {
        let at = remote.checkout(name, 0, &remote.main, "refs/remotes/origin/main");
        let event = remote.event(name, &[]);
        assert_eq!(found(&github(&at, name, &event, &remote.main, &[]).exits(1)), [0, 1, 2]);
        let shallow = remote.checkout(&format!("{name}-shallow"), 1, &remote.main, "refs/remotes/origin/main");
        let ran = github(&shallow, name, &event, &remote.main, &[]).exits(1);
        assert!(ran.out.contains("the clone is shallow"), "{}", ran.out);
    }
}

#[test]
fn github_gets_a_summary_annotations_and_outputs_without_secrets() {
    let remote = remote();
    // A file whose name would be a command to the runner, and Markdown.
    let name = "a|b`<img src=x>@ann\n::error::pwned";
    remote.repo.git(&["checkout", "-q", "feature"]);
    let head = remote.repo.commit_file(name, line(3));
    let at = remote.checkout("x", 0, &head, "refs/remotes/origin/feature");
    let event = remote.event("push", &[("BASE", &remote.feature), ("HEAD", &head)]);
    let ran = github(&at, "push", &event, &head, &["--report", "sarif=out.sarif"]).exits(1);
    let token =
        ran.out.lines().next().and_then(|line| line.strip_prefix("::stop-commands::")).expect("commands are off");
    let (report, commands) = ran.out.split_once(&format!("::{token}::\n")).expect("and on again");
    assert!(report.contains("github-personal-access-token"));
    assert_eq!(commands.lines().count(), 1, "{commands}");
    assert!(
        commands.starts_with(
            "::error file=a|b`<img src=x>@ann\\u{a}%3A%3Aerror%3A%3Apwned,line=1,endLine=1,col=10,title=keyhound%3A "
        ),
        "{commands}"
    );
    let summary = std::fs::read_to_string(at.with_extension("summary")).expect("a summary");
    for text in [&ran.out, &summary, &std::fs::read_to_string(at.join("out.sarif")).expect("SARIF")] {
        assert!(!text.contains(&key(3)));
    }
    assert!(summary.starts_with("## keyhound\n\n**Found 1 leak in 1 place: 1 critical.**\n"), "{summary}");
    assert!(!summary.contains("<img") && !summary.contains("@ann") && summary.contains("| critical | "), "{summary}");
    let output = std::fs::read_to_string(at.with_extension("output")).expect("outputs");
    assert_eq!(output, "findings=1\ncomplete=true\n");
}

#[test]
fn a_range_of_ones_own_goes_first_and_an_empty_side_is_refused() {
    let remote = remote();
    let at = remote.checkout("r", 0, &remote.main, "refs/remotes/origin/main");
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
        Ran::of(command.arg("ci").args(words).current_dir(&at).env_clear().output().expect("runs"))
    };
    assert_eq!(found(&run(&["--range", &format!("{}..{}", remote.before, remote.main)]).exits(1)), [2]);
    let said = run(&["--range", &format!("..{}", remote.main)]).exits(2).err;
    assert!(said.contains("no commit before the dots") && said.contains("variable"), "{said}");
    let said = run(&["--range", ""]).exits(2).err;
    assert!(said.contains("the range is empty"), "{said}");
    let said = run(&[]).exits(2).err;
    assert!(said.contains("no CI system is known") && said.contains("keyhound scan"), "{said}");
    let said = run(&["--range", "HEAD^!", "--show-secrets"]).exits(2).err;
    assert!(said.contains("refused in CI"), "{said}");
}
