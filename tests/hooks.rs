//! Hooks as git runs them: real commits and pushes, blocked and passed.

mod pushes;

use crate::cli::Ran;
use crate::history::repo::{Repo, key};
use std::path::Path;
use std::process::{Command, Output};

/// A line that holds a key.
fn line(n: usize) -> String {
    format!("token = \"{}\"\n", key(n))
}

/// The program, in an environment like that of git's own commands here.
fn keyhound(repo: &Repo, at: &Path, words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
    command.args(words).current_dir(at).env_clear().env("HOME", repo.beside("home"));
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    Ran::of(command.output().expect("runs"))
}

/// Runs `git`, which may fail.
fn git(repo: &Repo, at: &Path, words: &[&str]) -> (bool, String) {
    let Output { status, stderr, .. } = repo.command(at).args(words).output().expect("git is installed");
    (status.success(), String::from_utf8_lossy(&stderr).into_owned())
}

/// Stages everything and tries to commit it.
fn commit(repo: &Repo, at: &Path) -> (bool, String) {
    assert!(git(repo, at, &["add", "-A"]).0);
    git(repo, at, &["commit", "-m", "work"])
}

fn install(repo: &Repo, words: &[&str]) -> Ran {
    keyhound(repo, &repo.root, &[&["hook", "install"], words].concat())
}

/// Writes a hook of someone else.
fn other_hook(file: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("creates");
    std::fs::write(file, format!("#!/bin/sh\n{text}\n")).expect("writes");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("sets");
}

#[test]
fn a_blocked_commit_says_what_where_and_the_three_ways_on() {
    let repo = Repo::new();
    install(&repo, &[]).exits(0);
    repo.write("src/a.py", line(0));
    let (done, said) = commit(&repo, &repo.root);
    assert!(!done);
    for words in [
        "github-personal-access-token",
        "src/a.py:1:10 (staged)",
        "keyhound stops this commit: it would publish 1 leaked key.",
        "fix  take the key out",
        "allow  no secret after all? put the comment \"keyhound:allow github-personal-access-token",
        "later  known, and accepted for now? run \"keyhound baseline create --staged\"",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(!said.contains(&key(0)));
    // Each of the three ways leads on.
    repo.write("src/a.py", "token = os.environ[\"TOKEN\"]\n");
    assert!(commit(&repo, &repo.root).0);
    let allowed = line(1).replace('\n', " # keyhound:allow github-personal-access-token revoked in May\n");
    repo.write("src/b.py", allowed);
    let (done, said) = commit(&repo, &repo.root);
    assert!(done && !said.contains("keyhound"), "{said}");
    repo.write("src/c.py", line(2));
    assert!(!commit(&repo, &repo.root).0);
    keyhound(&repo, &repo.root, &["baseline", "create", "--staged"]).exits(0);
    assert!(commit(&repo, &repo.root).0);
    repo.write("src/d.py", line(3));
    assert!(!commit(&repo, &repo.root).0);
}

#[test]
fn a_commit_below_the_root_and_in_a_linked_worktree_is_looked_at() {
    let repo = Repo::new();
    repo.commit_file("sub/x", "x\n");
    install(&repo, &["pre-commit"]).exits(0);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", linked.to_str().expect("UTF-8"), "-b", "other"]);
    std::fs::write(linked.join("a"), line(0)).expect("writes");
    let (done, said) = commit(&repo, &linked);
    assert!(!done && said.contains("a:1:10 (staged)"), "{said}");
    repo.write("sub/a", line(0));
    let (done, said) = commit(&repo, &repo.root.join("sub"));
    assert!(!done && said.contains("sub/a:1:10"), "{said}");
    // From there the same hooks are asked about.
    let status = keyhound(&repo, &linked, &["hook", "status", "pre-commit"]).exits(0);
    assert!(status.out.contains("pre-commit: installed in"), "{}", status.out);
    // `git commit -a` has an index of its own.
    repo.git(&["rm", "-q", "--cached", "sub/a"]);
    repo.write("sub/x", line(1));
    assert!(!git(&repo, &repo.root, &["commit", "-a", "-m", "work"]).0);
}

#[test]
fn a_repository_beside_its_worktree_is_looked_at() {
    let repo = Repo::made_with(&["init", "-q", "-b", "main", "--bare"]);
    let files = repo.beside("files");
    std::fs::create_dir(&files).expect("folder");
    install(&repo, &["pre-commit"]).exits(0);
    std::fs::write(files.join("a"), line(0)).expect("writes");
    let (dir, tree) = (format!("--git-dir={}", repo.root.display()), format!("--work-tree={}", files.display()));
    assert!(git(&repo, &files, &[&dir, &tree, "add", "a"]).0);
    let (done, said) = git(&repo, &files, &[&dir, &tree, "commit", "-m", "work"]);
    assert!(!done && said.contains("a:1:10 (staged)"), "{said}");
}

#[test]
fn a_hook_that_is_there_runs_first_and_comes_back() {
    let repo = Repo::new();
    let file = repo.root.join(".git/hooks/pre-commit");
    other_hook(&file, "echo \"ran $# $0\" >> ../log; exit ${HOOK_EXIT:-0}");
    let before = std::fs::read(&file).expect("reads");
    let said = install(&repo, &["pre-commit"]).exits(0).err;
    assert!(said.contains("pre-commit.before-keyhound runs first"), "{said}");
    // Once more changes nothing.
    install(&repo, &["pre-commit"]).exits(0);
    let log = || std::fs::read_to_string(repo.beside("log")).unwrap_or_default().lines().count();
    repo.write("a", line(0));
    let (done, said) = commit(&repo, &repo.root);
    assert!(!done && log() == 1, "{said}");
    repo.write("a", "x\n");
    let failing = repo.command(&repo.root).args(["commit", "-am", "x"]).env("HOOK_EXIT", "3").output().expect("git");
    assert!(!failing.status.success() && log() == 2);
    assert!(commit(&repo, &repo.root).0 && log() == 3);
    let said = keyhound(&repo, &repo.root, &["hook", "uninstall"]).exits(0).err;
    assert!(said.contains("back in its place") && said.contains("pre-push: was not installed"), "{said}");
    assert_eq!(std::fs::read(&file).expect("reads"), before);
    assert_eq!(
        std::fs::read_dir(file.parent().expect("folder"))
            .expect("lists")
            .flatten()
            .filter(|entry| !entry.file_name().to_string_lossy().ends_with(".sample"))
            .count(),
        1
    );
}

#[test]
fn two_hooks_that_want_one_name_are_left_alone() {
    let repo = Repo::new();
    let folder = repo.root.join(".git/hooks");
    other_hook(&folder.join("pre-commit"), "true");
    other_hook(&folder.join("pre-commit.before-keyhound"), "false");
    let said = install(&repo, &["pre-commit"]).exits(2).err;
    assert!(said.contains("no place to go"), "{said}");
    assert!(std::fs::read_to_string(folder.join("pre-commit")).expect("reads").contains("true"));
}

#[test]
fn the_configured_folder_counts() {
    let repo = Repo::new();
    repo.git(&["config", "core.hooksPath", "tools/hooks"]);
    install(&repo, &[]).exits(0);
    assert!(repo.root.join("tools/hooks/pre-commit").is_file() && !repo.root.join(".git/hooks/pre-commit").exists());
    repo.write("a", line(0));
    assert!(!commit(&repo, &repo.root).0);

    let shared = repo.beside("shared");
    repo.git(&["config", "core.hooksPath", shared.to_str().expect("UTF-8")]);
    let said = install(&repo, &[]).exits(2).err;
    assert!(said.contains("--shared") && !shared.exists(), "{said}");
    install(&repo, &["--shared"]).exits(0);
    assert!(!commit(&repo, &repo.root).0);

    repo.git(&["config", "core.hooksPath", ".husky/_"]);
    let said = install(&repo, &[]).exits(2).err;
    assert!(said.contains(".husky/pre-commit"), "{said}");
}

#[test]
fn a_hook_that_cannot_look_stops_the_commit() {
    let repo = Repo::new();
    install(&repo, &[]).exits(0);
    repo.write("a", "x\n").write("keyhound.toml", "severty = \"low\"\n");
    let (done, said) = commit(&repo, &repo.root);
    assert!(!done && said.contains("severity"), "{said}");
    repo.write("keyhound.toml", "[scan]\nmax_file_size = \"4B\"\n").write("a", "longer than that\n");
    let (done, said) = commit(&repo, &repo.root);
    assert!(!done && said.contains("could not look at everything") && said.contains("larger than"), "{said}");
    // The program is gone.
    std::fs::remove_file(repo.root.join("keyhound.toml")).expect("removes");
    let file = repo.root.join(".git/hooks/pre-commit");
    let text = std::fs::read_to_string(&file).expect("reads");
    std::fs::write(&file, text.replace(env!("CARGO_BIN_EXE_keyhound"), "/nowhere/keyhound")).expect("writes");
    let (done, said) = commit(&repo, &repo.root);
    assert!(!done && said.contains("finds no keyhound to run"), "{said}");
}

#[test]
fn status_tells_what_runs() {
    let repo = Repo::new();
    let status = || keyhound(&repo, &repo.root, &["hook", "status"]);
    assert_eq!(status().exits(1).out, "pre-commit: not installed\npre-push: not installed\n");
    install(&repo, &[]).exits(0);
    assert!(status().exits(0).out.contains("pre-push: installed in"));
    let file = repo.root.join(".git/hooks/pre-push");
    let mut permissions = std::fs::metadata(&file).expect("stats").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    std::fs::set_permissions(&file, permissions).expect("sets");
    assert!(status().exits(1).out.contains("not executable"));
    other_hook(&file, "true");
    assert!(status().exits(1).out.contains("another hook"));
    let ran = keyhound(&repo, &repo.beside(""), &["hook", "status"]).exits(2);
    assert!(ran.err.contains("not a git repository"), "{}", ran.err);
    keyhound(&repo, &repo.root, &["hook", "install", "pre-comit"]).exits(2);
}

/// What the framework pre-commit does: it hands over files, and for a push two commits in variables.
#[test]
fn the_framework_hands_over_files_and_commits() {
    let repo = Repo::new();
    repo.commit_file("old", line(0));
    repo.commit_file("new", line(1));
    let framework = |words: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
        command.args(["hook", "run", "pre-commit"]).args(words).current_dir(&repo.root).env_clear();
        command.env("PRE_COMMIT", "1").envs(variables.iter().copied());
        Ran::of(command.output().expect("runs"))
    };
    // Nothing is staged, and all files are to be looked at.
    let ran = framework(&["old", "new"], &[]).exits(1);
    assert!(ran.err.contains("old:1:10") && ran.err.contains("new:1:10"), "{}", ran.err);
    framework(&[], &[]).exits(0);
    let ran = framework(&["new"], &[("PRE_COMMIT_FROM_REF", "HEAD~1"), ("PRE_COMMIT_TO_REF", "HEAD")]).exits(1);
    assert!(!ran.err.contains("old:") && ran.err.contains("new:1:10"), "{}", ran.err);
    let variables = [("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main"), ("PRE_COMMIT_REMOTE_NAME", "origin")];
    assert!(framework(&[], &variables).exits(1).err.contains("old:1:10"));
    // What is staged counts as it is in the index.
    repo.write("old", "gone\n").write("staged", line(2)).git(&["add", "staged", "old"]);
    repo.write("staged", "changed since\n").write("old", line(3));
    let ran = framework(&["staged", "old"], &[]).exits(1);
    assert!(ran.err.contains("staged:1:10 (staged)") && !ran.err.contains("old:"), "{}", ran.err);
}
