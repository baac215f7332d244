//! However a repository keeps its objects, every one is scanned once.

use super::repo::{Repo, exit, files, key, plan, run, scan};
use keyhound::coverage::Skip;
use keyhound::report::Run;
use std::path::Path;

/// Which of the keys were found.
fn keys(run: &Run) -> Vec<usize> {
    (0..4).filter(|n| run.findings.iter().any(|j| j.finding.secret.expose() == key(*n).as_bytes())).collect()
}

fn line(n: usize) -> String {
    format!("token = \"{}\"\n", key(n))
}

/// A sentence of a problem of the run.
fn says(run: &Run, what: &str) -> bool {
    run.problems.iter().any(|problem| problem.to_string().contains(what))
}

/// A repository with two keys in its history.
fn two_keys() -> Repo {
    let repo = Repo::new();
    repo.write("a", line(0)).commit("Add");
    repo.write("a", "\n").write("b", line(1)).commit("Move on");
    repo
}

#[test]
fn loose_packed_and_both() {
    let repo = two_keys();
    let loose = repo.scan();
    assert_eq!(keys(&loose), [0, 1]);
    repo.git(&["repack", "-q", "-a"]);
    let both = repo.scan();
    repo.git(&["prune-packed", "-q"]);
    let packed = repo.scan();
    for run in [&both, &packed] {
        assert_eq!((&run.findings, &run.problems), (&loose.findings, &loose.problems));
        assert_eq!((run.coverage.blobs, run.coverage.commits), (loose.coverage.blobs, loose.coverage.commits));
    }
}

#[test]
fn an_object_in_two_packs_counts_once() {
    let repo = two_keys();
    repo.git(&["repack", "-q", "-a"]);
    repo.write("c", line(2)).commit("More");
    let objects = repo.git(&["rev-list", "--objects", "--no-object-names", "--all"]);
    repo.git_with(&["pack-objects", "-q", ".git/objects/pack/pack"], objects.as_bytes());
    assert_eq!(files(&repo.git_dir().join("objects/pack"), "pack").len(), 2);
    let run = repo.scan();
    assert_eq!((keys(&run), run.coverage.blobs, run.coverage.commits), (vec![0, 1, 2], 4, 3));
    assert_eq!((exit(&run), run.problems.len()), (1, 0));
}

#[test]
fn deltas_to_ids_and_very_long_chains() {
    let repo = Repo::new();
    let mut text = (0..400).map(|n| format!("line {n} of a text\n")).collect::<String>();
    let mut stream = "commit refs/heads/main\ncommitter Ada <a@b> 1700000000 +0000\ndata 0\n".to_owned();
    for n in 0..300 {
        text.push_str(&format!("number {n}\n"));
        if n == 250 {
            text.push_str(&line(0));
        }
        stream.push_str(&format!("M 100644 inline v{n:03}\ndata {}\n{text}\n", text.len()));
    }
    // Every blob a delta to the one before.
    repo.git_with(&["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--depth=4000"], stream.as_bytes());
    let depths = repo.git(&["verify-pack", "-v", &repo.pack().display().to_string()]);
    let deepest = depths.lines().filter_map(|l| l.split_whitespace().nth(5)?.parse::<u32>().ok()).max();
    assert!(deepest > Some(250), "{deepest:?}");
    let run = repo.scan();
    assert_eq!((keys(&run), run.coverage.blobs), (vec![0], 300));

    // The same pack with bases named by id, as a thin pack brings them.
    let objects = repo.git(&["rev-list", "--objects", "--no-object-names", "--all"]);
    let old = repo.pack();
    repo.git_with(&["pack-objects", "-q", "--depth=4000", "byid"], objects.as_bytes());
    std::fs::remove_file(&old).expect("removes");
    std::fs::remove_file(old.with_extension("idx")).expect("removes");
    for kind in ["pack", "idx"] {
        let made = &files(&repo.root, kind)[0];
        let into = repo
            .git_dir()
            .join("objects/pack")
            .join(made.file_name().expect("a name").to_str().expect("ASCII").replace("byid", "pack"));
        std::fs::rename(made, into).expect("moves");
    }
    let by_id = repo.scan();
    assert_eq!((&by_id.findings, &by_id.problems), (&run.findings, &run.problems));
}

#[test]
fn a_thin_pack_completed_on_arrival() {
    let repo = two_keys();
    let old = repo.head();
    repo.git(&["repack", "-adq"]);
    let clone = repo.beside("clone");
    repo.git(&["clone", "-q", "--bare", ".", &clone.display().to_string()]);
    let text = (0..200).map(|n| format!("line {n}\n")).collect::<String>();
    repo.write("b", format!("{text}{}", line(2))).commit("Long");
    repo.write("b", format!("{text}{}more\n", line(2))).commit("Longer");
    let thin = repo.git_dir().join("thin.pack");
    let list = format!("HEAD\n^{old}\n");
    let pack = repo
        .command(&repo.root)
        .args(["pack-objects", "--revs", "--thin", "--stdout", "-q"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let mut pack = pack.expect("git is installed");
    std::io::Write::write_all(&mut pack.stdin.take().expect("piped"), list.as_bytes()).expect("writes");
    std::fs::write(&thin, pack.wait_with_output().expect("git ends").stdout).expect("writes");
    let bytes = std::fs::read(&thin).expect("reads");
    let mut index = repo
        .command(&clone)
        .args(["index-pack", "--stdin", "--fix-thin"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("git is installed");
    std::io::Write::write_all(&mut index.stdin.take().expect("piped"), &bytes).expect("writes");
    assert!(index.wait().expect("git ends").success());
    let run = scan(&clone);
    assert_eq!((keys(&run), run.problems.len()), (vec![0, 1, 2], 0), "{:?}", run.problems);
}

#[test]
fn worktrees_git_files_and_alternates() {
    let repo = two_keys();
    let tree = repo.beside("tree");
    repo.git(&["worktree", "add", "-q", "-b", "side", &tree.display().to_string()]);
    let of_worktree = scan(&tree);
    assert_eq!((keys(&of_worktree), of_worktree.problems.len()), (vec![0, 1], 0), "{:?}", of_worktree.problems);
    let shared = repo.beside("shared");
    repo.git(&["clone", "-q", "--shared", ".", &shared.display().to_string()]);
    let of_shared = scan(&shared);
    assert_eq!((keys(&of_shared), of_shared.problems.len()), (vec![0, 1], 0), "{:?}", of_shared.problems);
    let separate = repo.beside("separate");
    let elsewhere = repo.beside("elsewhere.git");
    repo.git(&[
        "clone",
        "-q",
        "--separate-git-dir",
        &elsewhere.display().to_string(),
        ".",
        &separate.display().to_string(),
    ]);
    assert!(separate.join(".git").is_file());
    assert_eq!(keys(&scan(&separate)), [0, 1]);
    // An alternate that is gone is a gap.
    std::fs::write(shared.join(".git/objects/info/alternates"), "/nowhere/objects\n").expect("writes");
    let run = scan(&shared);
    assert!(says(&run, "/nowhere/objects") && exit(&run) == 3, "{:?}", run.problems);
}

#[test]
fn hostile_configuration_hides_nothing() {
    for config in [
        "[color]\n\tui = always\n[log]\n\tshowRoot = false\n[diff]\n\torderFile = /nowhere\n",
        "[include]\n\tpath = /nowhere/config\n",
        "[core]\n\tattributesFile = /nowhere\n\tquotePath = true\n\tprecomposeUnicode = true\n[gc]\n\tauto = 1\n",
        "[extensions]\n\tpartialClone = origin\n",
    ] {
        let repo = two_keys();
        repo.write(".gitattributes", "* -diff binary\n").commit("Attributes");
        let path = repo.git_dir().join("config");
        let old = std::fs::read_to_string(&path).expect("reads");
        std::fs::write(&path, format!("{old}{config}")).expect("writes");
        assert_eq!(keys(&repo.scan()), [0, 1], "{config}");
    }
}

#[test]
fn a_configuration_that_is_no_configuration_is_an_error_that_names_it() {
    let repo = two_keys();
    std::fs::write(repo.git_dir().join("config"), "[core\nbare = = false\n").expect("writes");
    let run = repo.scan();
    assert!(says(&run, "config"), "{:?}", run.problems);
    assert_eq!(exit(&run), 2);
}

#[test]
fn a_sha256_repository_is_refused_in_words() {
    let repo = Repo::made_with(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    repo.write("a", line(0)).commit("Add");
    let run = repo.scan();
    assert!(says(&run, "SHA-256") && exit(&run) == 2, "{:?}", run.problems);
    // Its files are still scanned where they are asked for.
    let mut both = plan(&repo.root);
    both.input = keyhound::pipeline::Plan::of_paths(vec![repo.root.clone()]).input;
    let run = super::repo::run(&both);
    assert!(keys(&run) == [0] && says(&run, "SHA-256"), "{:?}", run.problems);
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let repo = two_keys();
    repo.commit_file("c", "\n");
    let shallow = repo.beside("shallow");
    repo.git(&["clone", "-q", "--depth=1", &format!("file://{}", repo.root.display()), &shallow.display().to_string()]);
    let run = scan(&shallow);
    assert_eq!((keys(&run), exit(&run)), (vec![1], 1));
    assert!(says(&run, "git fetch --unshallow") && says(&run, "shallow"), "{:?}", run.problems);
    repo.write("b", "\n").commit("Drop");
    repo.git_at(&shallow, &["fetch", "-q", "--depth=1"]);
    let clean = repo.beside("clean");
    repo.git(&["clone", "-q", "--depth=1", &format!("file://{}", repo.root.display()), &clean.display().to_string()]);
    let run = scan(&clean);
    assert_eq!((keys(&run), exit(&run)), (vec![], 3));
}

#[test]
fn a_partial_clone_counts_what_it_lacks() {
    let repo = two_keys();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.root.display());
    let partial = repo.beside("partial");
    repo.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &url, &partial.display().to_string()]);
    let run = scan(&partial);
    assert_eq!((keys(&run), exit(&run)), (vec![], 3), "{:?}", run.problems);
    assert_eq!(run.coverage.skipped.get(&Skip::Missing), Some(&3), "{:?}", run.coverage);
    assert!(says(&run, "partial clone"), "{:?}", run.problems);
    let treeless = repo.beside("treeless");
    repo.git(&["clone", "-q", "--filter=tree:0", "--no-checkout", &url, &treeless.display().to_string()]);
    let run = scan(&treeless);
    assert_eq!((keys(&run), exit(&run)), (vec![], 3), "{:?}", run.problems);
    assert_eq!(run.coverage.skipped.get(&Skip::Missing), Some(&2), "{:?}", run.coverage);
    // One that was filled since lacks nothing.
    let full = repo.beside("full");
    repo.git(&["clone", "-q", "--filter=blob:limit=1m", &url, &full.display().to_string()]);
    let run = scan(&full);
    assert_eq!((keys(&run), run.coverage.skipped.get(&Skip::Missing)), (vec![0, 1], None), "{:?}", run.problems);
}

#[test]
fn the_path_decides_and_not_the_environment() {
    let repo = two_keys();
    let other = Repo::new();
    other.write("c", line(2)).commit("Other");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_keyhound"))
        .args(["scan", "--history-only", "--no-config", "--show-secrets", "--format", "jsonl"])
        .arg(&repo.root)
        .env("GIT_DIR", other.root.join(".git"))
        .env("GIT_OBJECT_DIRECTORY", other.root.join(".git/objects"))
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(&key(0)) && text.contains(&key(1)) && !text.contains(&key(2)), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn what_is_no_repository_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let outcome = run(&plan(folder.path()));
    assert!(says(&outcome, "not a git repository") && exit(&outcome) == 2, "{:?}", outcome.problems);
    let outcome = run(&plan(Path::new("/nowhere/at/all")));
    assert!(says(&outcome, "no such file") && exit(&outcome) == 2, "{:?}", outcome.problems);
}
