//! Repositories within repositories.

use super::{keys, line, places, said};
use crate::history::repo::{Repo, exit, plan, run};
use keyhound::coverage::Skip;
use keyhound::pipeline::plan::{Input, Which};
use keyhound::report::Run;
use std::path::Path;

fn scan(path: &Path, with_submodules: bool) -> Run {
    let mut plan = plan(path);
    plan.commits.submodules = with_submodules;
    run(&plan)
}

fn add(outer: &Repo, inner: &Path, at: &str) {
    outer.git(&["submodule", "--quiet", "add", &inner.display().to_string(), at]);
    outer.commit("Add a submodule");
}

/// One repository in another in a third; the innermost lost its key since.
fn three() -> (Repo, Repo, Repo) {
    let (outer, middle, inner) = (Repo::new(), Repo::new(), Repo::new());
    inner.commit_file("a", line(0));
    inner.commit_file("a", "gone\n");
    middle.commit_file("b", line(1));
    add(&middle, &inner.root, "deep/inner");
    outer.commit_file("c", line(2));
    add(&outer, &middle.root, "lib/middle");
    (outer, middle, inner)
}

#[test]
fn submodules_are_counted_and_scanned_on_demand() {
    let (outer, _middle, _inner) = three();
    outer.git(&["submodule", "--quiet", "update", "--init", "--recursive"]);
    let without = scan(&outer.root, false);
    assert_eq!((keys(&without), without.coverage.skipped.get(&Skip::Submodule)), (vec![2], Some(&1)));
    let with = scan(&outer.root, true);
    assert_eq!((keys(&with), with.coverage.skipped.get(&Skip::Submodule)), (vec![0, 1, 2], None), "{}", said(&with));
    assert_eq!(places(&with, 0)[0].path.as_deref(), Some(b"lib/middle/deep/inner/a".as_slice()));
    assert_eq!(places(&with, 1)[0].path.as_deref(), Some(b"lib/middle/b".as_slice()));
    assert_eq!(with.repositories.len(), 3);
    // Their files belong to the worktree.
    let mut files = plan(&outer.root);
    files.input = Input::Paths { paths: vec![outer.root.clone()], which: Which::Both };
    files.commits.submodules = true;
    let both = run(&files);
    assert_eq!(keys(&both), [0, 1, 2]);
    assert_eq!(places(&both, 1).len(), 2, "{:?}", places(&both, 1));
}

#[test]
fn what_is_not_initialised_is_incomplete() {
    let (outer, _middle, _inner) = three();
    let run = scan(&outer.root, true);
    assert!(said(&run).contains("git submodule update --init"), "{}", said(&run));
    assert!(said(&run).contains("lib/middle/deep/inner"), "{}", said(&run));
    assert_eq!((keys(&run), run.coverage.skipped.get(&Skip::Submodule)), (vec![1, 2], Some(&1)));
    let clone = Repo::made_with(&["clone", "-q", &outer.root.display().to_string(), "."]);
    let run = scan(&clone.root, true);
    assert_eq!(keys(&run), [2]);
    assert!(run.problems.iter().any(|problem| problem.subject.ends_with("lib/middle")));
}

#[test]
fn a_gap_without_a_finding_is_exit_3() {
    let (outer, inner) = (Repo::new(), Repo::new());
    inner.commit_file("a", "x\n");
    outer.commit_file("b", "y\n");
    add(&outer, &inner.root, "inner");
    let clone = Repo::made_with(&["clone", "-q", &outer.root.display().to_string(), "."]);
    assert_eq!((exit(&scan(&clone.root, true)), exit(&scan(&clone.root, false))), (3, 0));
}

#[test]
fn a_repository_kept_in_the_git_directory_is_enough() {
    let (outer, _middle, _inner) = three();
    outer.git(&["submodule", "--quiet", "deinit", "--all", "--force"]);
    let run = scan(&outer.root, true);
    assert_eq!(keys(&run), [1, 2], "{}", said(&run));
}

#[test]
fn a_name_that_leads_out_is_not_followed() {
    let outer = Repo::new();
    let secret = Repo::new();
    secret.commit_file("a", line(0));
    let modules = "[submodule \"../../../secret\"]\n\tpath = lib\n\turl = x\n";
    std::fs::rename(secret.git_dir(), outer.beside("secret")).expect("moves");
    outer.write(".gitmodules", modules).commit("Evil");
    let head = outer.head();
    outer.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},lib")]);
    outer.git(&["commit", "-q", "-m", "Link"]);
    let run = scan(&outer.root, true);
    assert_eq!((keys(&run), exit(&run)), (vec![], 3), "{}", said(&run));
}

#[test]
fn a_repository_that_holds_itself_is_scanned_once() {
    let outer = Repo::new();
    outer.commit_file("a", line(0));
    let head = outer.head();
    outer.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},self")]);
    outer.git(&["commit", "-q", "-m", "Link"]);
    std::fs::create_dir(outer.root.join("self")).expect("a folder");
    std::fs::write(outer.root.join("self/.git"), format!("gitdir: {}\n", outer.git_dir().display())).expect("writes");
    let run = scan(&outer.root, true);
    assert_eq!((keys(&run), run.repositories.len()), (vec![0], 1), "{}", said(&run));
}
