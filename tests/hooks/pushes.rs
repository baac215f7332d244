//! Pushes, as the side that sends and the side that receives see them.

use super::{git, install, keyhound, line, other_hook};
use crate::history::repo::Repo;
use std::path::PathBuf;

/// A repository with a commit, and a bare one that it pushes to as `origin`.
fn two() -> (Repo, PathBuf) {
    let repo = Repo::new();
    let server = repo.beside("server.git");
    repo.git(&["init", "-q", "--bare", "-b", "main", server.to_str().expect("UTF-8")]);
    repo.git(&["remote", "add", "origin", server.to_str().expect("UTF-8")]);
    repo.commit_file("x", "x\n");
    (repo, server)
}

fn push(repo: &Repo, words: &[&str]) -> (bool, String) {
    git(repo, &repo.root, &[&["push", "origin"], words].concat())
}

#[test]
fn a_push_is_looked_at_as_far_as_the_remote_does_not_have_it() {
    let (repo, _) = two();
    repo.commit_file("old", line(0));
    repo.git(&["push", "-q", "origin", "main"]);
    install(&repo, &["pre-push"]).exits(0);
    // What is there already is not looked at again, on a known branch or a new one.
    repo.commit_file("y", "y\n");
    let (done, said) = push(&repo, &["main"]);
    assert!(done && !said.contains("keyhound"), "{said}");
    assert!(push(&repo, &["main:again"]).0);
    // A key that comes and goes between two pushes is published all the same.
    repo.commit_file("a", line(1));
    repo.commit_file("a", "gone\n");
    for words in [&["main"][..], &["main:new"], &["main:again", "main"]] {
        let (done, said) = push(&repo, words);
        assert!(!done && said.contains("a:1:10") && !said.contains("old:"), "{words:?} {said}");
        assert!(said.contains("keyhound stops this push") && said.contains("git rebase -i"), "{said}");
    }
    assert!(push(&repo, &[":again"]).0, "a deletion adds nothing");
    // In the message of an annotated tag, too.
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    repo.git(&["tag", "-a", "v1", "-m", &line(2)]);
    let (done, said) = push(&repo, &["v1"]);
    assert!(!done && said.contains("message of tag"), "{said}");
}

#[test]
fn a_forced_push_over_what_nobody_here_has_seen_is_looked_at() {
    let (repo, server) = two();
    repo.git(&["push", "-q", "origin", "main"]);
    let other = repo.beside("other");
    repo.git(&["clone", "-q", server.to_str().expect("UTF-8"), other.to_str().expect("UTF-8")]);
    repo.git_at(&other, &["commit", "-q", "--allow-empty", "-m", "theirs"]);
    repo.git_at(&other, &["push", "-q", "origin", "main"]);
    install(&repo, &["pre-push"]).exits(0);
    repo.commit_file("a", line(0));
    let (done, said) = push(&repo, &["--force", "main"]);
    assert!(!done && said.contains("a:1:10"), "{said}");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.commit_file("a", "x\n");
    let (done, said) = push(&repo, &["--force", "main"]);
    assert!(done, "{said}");
}

#[test]
fn a_hook_of_before_gets_the_lines_of_the_push_as_well() {
    let (repo, _) = two();
    other_hook(&repo.root.join(".git/hooks/pre-push"), "echo \"$1\" > ../log; cat >> ../log");
    install(&repo, &["pre-push"]).exits(0);
    assert!(push(&repo, &["main", "main:b"]).0);
    let log = std::fs::read_to_string(repo.beside("log")).expect("ran");
    let words: Vec<&str> = log.split_whitespace().collect();
    assert_eq!(
        (words[0], words[1], words[3], words[7]),
        ("origin", "refs/heads/main", "refs/heads/main", "refs/heads/b")
    );
    repo.commit_file("a", line(0));
    assert!(!push(&repo, &["main"]).0);
}

#[test]
fn a_server_refuses_what_waits_in_quarantine() {
    for unpack in ["1", "1000"] {
        let (repo, server) = two();
        // As a pack or as loose objects.
        repo.git_at(&server, &["config", "receive.unpackLimit", unpack]);
        repo.commit_file("old", line(0));
        repo.git(&["push", "-q", "origin", "main"]);
        keyhound(&repo, &server, &["hook", "install"]).exits(0);
        assert!(keyhound(&repo, &server, &["hook", "status"]).exits(0).out.starts_with("pre-receive: installed"));
        repo.commit_file("a", line(1));
        let leak = repo.commit_file("a", "gone\n");
        let (done, said) = push(&repo, &["main"]);
        assert!(!done && said.contains("a:1:10") && !said.contains("old:"), "{said}");
        assert!(said.contains("remote: keyhound stops this push"), "{said}");
        assert!(!git(&repo, &server, &["cat-file", "-e", &leak]).0, "git keeps what was refused");
        repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
        repo.commit_file("b", "x\n");
        let (done, said) = push(&repo, &["main", "main:refs/heads/new"]);
        assert!(done && !said.contains("keyhound"), "{said}");
        assert!(push(&repo, &[":new"]).0);
    }
}
