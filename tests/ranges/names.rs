//! Names that lead nowhere: never "0 commits scanned".

use super::{chosen, fails, four, keys, range};
use crate::history::repo::{Repo, exit};
use std::process::Command;

#[test]
fn a_name_that_does_not_exist_is_an_error_with_the_nearest() {
    let (repo, _) = four();
    repo.git(&["branch", "feature/login"]);
    fails(&range(&repo, "main..feature/logn"), &["feature/logn", "did you mean 'feature/login'"]);
    fails(&range(&repo, "mian..HEAD"), &["'mian'", "did you mean 'main'"]);
    fails(&range(&repo, "HEAD~9..HEAD"), &["HEAD~9"]);
    let branch = |name: &str| chosen(&repo.root, |commits| commits.branch = Some(name.to_owned()));
    fails(&branch("feature/logn"), &["no branch and no tag has that name", "feature/login"]);
    fails(&branch("HEAD~1"), &["HEAD~1"]);
}

#[test]
fn a_commit_that_is_not_here_is_an_error_that_says_what_to_do() {
    let (repo, _) = four();
    let gone = "1234567890123456789012345678901234567890";
    fails(&range(&repo, &format!("{gone}..HEAD")), &["is not in this clone", "git fetch origin"]);
    fails(&range(&repo, &format!("HEAD..{gone}")), &["is not in this clone"]);
}

#[test]
fn what_is_no_revision_is_an_error() {
    let (repo, _) = four();
    for text in ["", " ", "..", "...", "^main", "--since=yesterday", "HEAD:a", "HEAD^{tree}", "HEAD^-9", "a b"] {
        fails(&range(&repo, text), &[]);
    }
    let empty = Repo::new();
    fails(&range(&empty, "HEAD~1..HEAD"), &[]);
    fails(&range(&empty, "HEAD"), &["no commit yet"]);
    // Nothing was asked for by name, and there is nothing.
    let run = chosen(&empty.root, |commits| commits.max = Some(3));
    assert_eq!(exit(&run), 0);
}

#[test]
fn a_branch_of_a_remote_has_two_names() {
    let (origin, _) = four();
    origin.git(&["branch", "topic", "HEAD~2"]);
    let clone = Repo::made_with(&["clone", "-q", &origin.root.display().to_string(), "."]);
    for name in ["topic", "origin/topic", "refs/remotes/origin/topic"] {
        let run = chosen(&clone.root, |commits| commits.branch = Some(name.to_owned()));
        assert_eq!(keys(&run), [0, 1], "{name}");
    }
    fails(&range(&clone, "HEAD..topic"), &["did you mean 'origin/topic'"]);
}

#[test]
fn a_shallow_clone_is_incomplete_where_it_was_cut_and_only_there() {
    let (origin, commits) = four();
    let url = format!("file://{}", origin.root.display());
    let clone = Repo::made_with(&["clone", "-q", "--depth", "3", &url, "."]);
    let run = range(&clone, "HEAD~1..HEAD");
    assert_eq!((keys(&run), run.problems.len()), (vec![3], 0), "{:?}", run.problems);
    fails(&range(&clone, &format!("{}..HEAD", commits[0])), &["not in this clone", "fetch-depth: 0"]);
    // The oldest commit's files may all be older than it.
    let run = range(&clone, "HEAD");
    assert_eq!((keys(&run), run.coverage.commits), (vec![0, 1, 2, 3], 3));
    assert!(super::said(&run).contains("git fetch --unshallow"), "{}", super::said(&run));

    let quiet = Repo::new();
    (0..3).for_each(|n| drop(quiet.commit_file("a", format!("{n}\n"))));
    let url = format!("file://{}", quiet.root.display());
    let clone = Repo::made_with(&["clone", "-q", "--depth", "2", &url, "."]);
    assert_eq!(exit(&range(&clone, "HEAD~1..HEAD")), 0);
    assert_eq!(exit(&range(&clone, "HEAD")), 3);
    assert_eq!(exit(&chosen(&clone.root, |commits| commits.max = Some(1))), 0);
    assert_eq!(exit(&chosen(&clone.root, |commits| commits.max = Some(2))), 3);
}

#[test]
fn the_program_scans_the_history_alone_and_exits_as_documented() {
    let (repo, _) = four();
    repo.write("untracked", super::line(0));
    let keyhound = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
        command.env_clear().args(["scan", "--no-config"]).args(words).current_dir(&repo.root);
        let output = command.output().expect("runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    };
    let (code, text) = keyhound(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(!text.contains("untracked"), "{text}");
    assert_eq!(keyhound(&["--range", "HEAD..HEAD"]).0, Some(0));
    assert_eq!(keyhound(&["--branch", "main", "--max-commits", "1"]).0, Some(1));
    assert_eq!(keyhound(&["--since", "1 week ago", "--now", "2023-11-15"]).0, Some(1));
    assert_eq!(keyhound(&["--since", "2d", "--now", "2033-11-15"]).0, Some(0));
    let (code, text) = keyhound(&["--range", "mian..HEAD"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("did you mean 'main'?"), "{text}");
    assert_eq!(keyhound(&["--range", "HEAD", "--submodules"]).0, Some(2));
}
