//! Repositories: histories and the index.

use super::{ONE, Place, Ran, TWO, commit, jsonl, key, stage};
use std::path::Path;

#[test]
fn the_history_of_no_repository_cannot_be_scanned() {
    let place = Place::new();
    place.write("d/a", "x");
    let ran = place.run(&["scan", "--history-only", "d"]).exits(2);
    assert!(format!("{}{}", ran.out, ran.err).contains("not a git repository"));
    let ran = place.run(&["scan", "--staged", "d"]).exits(2);
    assert!(format!("{}{}", ran.out, ran.err).contains("not a git repository"));
}

#[test]
fn a_key_in_history_is_found_from_a_folder_below() {
    let place = Place::new();
    let repository = place.repository("r");
    place.write("r/a.py", key(ONE));
    stage(&repository, "a.py");
    commit(&repository);
    place.write("r/a.py", "gone").write("r/sub/b", "");
    stage(&repository, "a.py");
    commit(&repository);
    for words in [&["r"][..], &["--history-only", "r/sub"], &["r/.git"]] {
        let ran = place.run(&jsonl(words)).exits(1);
        assert_eq!(ran.paths(), ["a.py"], "{words:?}");
        assert_eq!(ran.records("finding")[0]["commit"]["author"], "Ann");
    }
    place.run(&jsonl(&["--no-history", "r"])).exits(0);
    place.run(&jsonl(&["r/sub"])).exits(0);
}

#[test]
fn one_key_in_history_and_worktree_is_one_finding() {
    let place = Place::new();
    let repository = place.repository(".");
    place.write("a.py", key(ONE));
    stage(&repository, "a.py");
    commit(&repository);
    let ran = place.run(&jsonl(&[])).exits(1);
    let findings = ran.records("finding");
    assert_eq!(findings.len(), 1);
    let kinds: Vec<_> = findings[0]["locations"].as_array().expect("places").iter().map(|p| &p["place"]).collect();
    assert_eq!(kinds, ["history", "file"]);
}

#[test]
fn staged_changes_are_scanned_before_the_first_commit_and_after() {
    let place = Place::new();
    let repository = place.repository("r");
    place.write("r/a.py", key(ONE)).write("r/unstaged.py", key(TWO));
    place.run(&jsonl(&["--staged", "r"])).exits(0);
    stage(&repository, "a.py");
    let ran = place.run(&jsonl(&["--staged", "r"])).exits(1);
    assert_eq!(ran.paths(), ["a.py"]);
    assert_eq!(ran.records("finding")[0]["place"], "staged");
    commit(&repository);
    place.run(&jsonl(&["--staged", "r"])).exits(0);
    stage(&repository, "unstaged.py");
    assert_eq!(place.run(&jsonl(&["--staged", "r"])).exits(1).paths(), ["unstaged.py"]);
}

#[test]
fn a_commit_of_named_files_is_scanned_through_its_own_index() {
    let place = Place::new();
    let repository = place.repository("r");
    place.write("r/a.py", "x");
    stage(&repository, "a.py");
    commit(&repository);
    // `git commit -a` leaves the usual index alone until the hook has agreed.
    place.write("r/a.py", key(ONE));
    let other = place.path("r/.git/index.lock");
    std::fs::copy(place.path("r/.git/index"), &other).expect("copies");
    let mut index = git2::Index::open(&other).expect("index");
    repository.set_index(&mut index).expect("sets");
    index.add_path(Path::new("a.py")).expect("adds");
    index.write().expect("writes");
    let hook = |path: &str| {
        let mut command = place.command(&jsonl(&["--staged", path]));
        command.current_dir(place.path("r")).env("GIT_INDEX_FILE", &other);
        Ran::of(command.output().expect("runs"))
    };
    assert_eq!(hook(".").exits(1).paths(), ["a.py"]);
    place.repository("elsewhere");
    hook("../elsewhere").exits(0);
}

#[test]
fn a_shallow_clone_is_incomplete_and_says_how_to_complete_it() {
    let place = Place::new();
    let repository = place.repository("r");
    place.write("r/a", "x");
    stage(&repository, "a");
    commit(&repository);
    place.run(&jsonl(&["r"])).exits(0);
    let head = repository.head().expect("head").target().expect("target");
    place.write("r/.git/shallow", format!("{head}\n"));
    let ran = place.run(&jsonl(&["r"])).exits(3);
    assert!(ran.err.contains("shallow") && ran.err.contains("git fetch --unshallow"), "{}", ran.err);
    place.run(&jsonl(&["--no-history", "r"])).exits(0);
}
