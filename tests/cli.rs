//! The program as a person or a script runs it: what goes in, what comes out, with which exit code.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A key of the embedded rules, in parts so that this file holds none.
fn key(tail: &str) -> String {
    format!("ac_{}_{tail}", "live")
}

const ONE: &str = "9fK2mQ7xLp4RtV8nB3cZ6wYd";
const TWO: &str = "T3hG8kWq2ZrX5vNcJ4hP7sDf";

/// A temporary folder in which the program is run with nothing of the caller's environment.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("temp dir") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("creates");
        std::fs::write(path, content).expect("writes");
        self
    }

    fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
        command.args(words).current_dir(self.dir.path()).env_clear().env("HOME", self.dir.path());
        command.stdin(Stdio::null());
        command
    }

    fn run<S: AsRef<OsStr>>(&self, words: &[S]) -> Ran {
        Ran::of(self.command(words).output().expect("runs"))
    }

    fn repository(&self, name: &str) -> git2::Repository {
        git2::Repository::init(self.path(name)).expect("inits")
    }
}

fn stage(repository: &git2::Repository, path: &str) {
    let mut index = repository.index().expect("index");
    index.add_path(Path::new(path)).expect("adds");
    index.write().expect("writes");
}

fn commit(repository: &git2::Repository) {
    let id = repository.index().expect("index").write_tree().expect("tree");
    let tree = repository.find_tree(id).expect("tree");
    let who = git2::Signature::new("Ann", "ann@example.org", &git2::Time::new(1_600_000_000, 0)).expect("signature");
    let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
    let parents: Vec<_> = parent.iter().collect();
    repository.commit(Some("HEAD"), &who, &who, "work", &tree, &parents).expect("commits");
}

/// What a run came to.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("exits by itself"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n{}", self.out, self.err);
        self
    }

    /// The JSON Lines of a kind.
    fn records(&self, kind: &str) -> Vec<serde_json::Value> {
        let lines = self.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        lines.filter(|record| record["kind"] == kind).collect()
    }

    /// Paths of all findings' places.
    fn paths(&self) -> Vec<String> {
        let findings = self.records("finding");
        let places = findings.iter().flat_map(|finding| finding["locations"].as_array().expect("places").clone());
        places.map(|place| place["path"].as_str().unwrap_or("-").to_owned()).collect()
    }

    fn skipped(&self, why: &str) -> u64 {
        self.records("summary")[0]["coverage"]["skipped"][why].as_u64().unwrap_or(0)
    }
}

const JSONL: [&str; 3] = ["scan", "--format", "jsonl"];

fn jsonl<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&JSONL, more].concat()
}

#[test]
fn an_empty_folder_is_clean() {
    Place::new().run(&["scan"]).exits(0);
}

#[test]
fn a_missing_path_fails_and_the_rest_is_scanned() {
    let place = Place::new();
    place.write("a.py", key(ONE));
    let ran = place.run(&jsonl(&["gone", "a.py"])).exits(2);
    assert_eq!(ran.paths(), ["a.py"]);
    assert!(ran.err.contains("gone: no such file"), "{}", ran.err);
}

#[test]
fn two_paths_are_both_scanned_and_shown_as_given() {
    let place = Place::new();
    place.write("d1/a", key(ONE)).write("d2/deep/b", key(TWO)).write("d3/c", key(TWO));
    let ran = place.run(&jsonl(&["./d1", "d2/"])).exits(1);
    assert_eq!(ran.paths(), ["d1/a", "d2/deep/b"]);
}

#[test]
fn a_key_is_never_printed_unless_asked_for() {
    let place = Place::new();
    place.write("a.py", format!("k = '{}'\n", key(ONE)));
    for format in ["human", "json", "jsonl", "sarif"] {
        let ran = place.run(&["scan", "--format", format]).exits(1);
        assert!(!ran.out.contains(ONE) && !ran.err.contains(ONE), "{format}");
        assert!(ran.out.contains("airclou"), "{format}: {}", ran.out);
    }
    assert!(place.run(&jsonl(&["--show-secrets"])).exits(1).out.contains(ONE));
    let refused = place.run(&["scan", "--show-secrets", "--format", "sarif"]).exits(2);
    assert!(refused.err.contains("SARIF") && refused.out.is_empty(), "{}", refused.err);
}

#[test]
fn hidden_files_are_scanned_and_git_is_not() {
    let place = Place::new();
    place.write(".env", key(ONE)).write(".git/config", key(TWO)).write("sub/.git", key(TWO));
    assert_eq!(place.run(&jsonl(&[])).exits(1).paths(), [".env"]);
}

#[test]
fn ignored_files_are_counted_and_scanned_when_asked_for() {
    let place = Place::new();
    place.repository(".");
    place.write(".gitignore", "*.log\nbuild/\n").write("a.log", key(ONE)).write("build/x/b", key(TWO)).write("c", "");
    let ran = place.run(&jsonl(&["--no-history"])).exits(0);
    assert_eq!(ran.skipped("ignored"), 2);
    assert_eq!(place.run(&jsonl(&["--no-history", "--no-ignore"])).exits(1).paths(), ["a.log", "build/x/b"]);
    assert_eq!(place.run(&jsonl(&["a.log"])).exits(1).paths(), ["a.log"], "a file given by name");
}

#[test]
fn usage_errors_exit_with_2_and_help_with_0() {
    let place = Place::new();
    let ran = place.run(&["scan", "--formt", "json"]).exits(2);
    assert!(ran.err.contains("--format"), "{}", ran.err);
    place.run(&["scan", "--staged", "--history-only"]).exits(2);
    place.run::<&str>(&[]).exits(2);
    for words in [&["--help"][..], &["scan", "--help"], &["--version"], &["rules", "list", "--help"]] {
        let ran = place.run(words).exits(0);
        assert!(ran.err.is_empty() && !ran.out.is_empty());
    }
}

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
fn standard_input_goes_by_the_name_it_is_given() {
    let place = Place::new();
    place.write("in", format!("\nx = {}\n", key(ONE)));
    for (words, path) in
        [(&["--stdin"][..], "<stdin>"), (&["-"], "<stdin>"), (&["--stdin", "--stdin-path", "src/a.py"], "src/a.py")]
    {
        let file = std::fs::File::open(place.path("in")).expect("opens");
        let output = place.command(&jsonl(words)).stdin(file).output().expect("runs");
        let ran = Ran::of(output).exits(1);
        assert_eq!(ran.paths(), [path]);
        assert_eq!(ran.records("finding")[0]["line"], 2);
    }
}

#[test]
fn nul_bytes_do_not_hide_a_key() {
    let place = Place::new();
    place.write("n.txt", format!("x\0y\nk = \"{}\"\n{}", key(ONE), "a".repeat(2000)));
    assert_eq!(place.run(&jsonl(&[])).exits(1).paths(), ["n.txt"]);
}

#[test]
fn media_is_left_out_and_binaries_are_searched_for_structured_keys() {
    let place = Place::new();
    place.write("a.png", format!("\x1a\n{}", key(ONE)));
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(key(ONE).as_bytes());
    let mut elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0".to_vec();
    elf.extend(format!("\0{}\0", key(TWO)).as_bytes());
    place.write("real.png", png).write("program", elf);
    let ran = place.run(&jsonl(&[])).exits(1);
    assert_eq!(ran.paths(), ["a.png", "program"], "a name says nothing");
    assert_eq!((ran.skipped("media"), ran.skipped("binary_structured_only")), (1, 1));
}

#[test]
fn a_file_above_the_limit_makes_the_scan_incomplete() {
    let place = Place::new();
    place.write("big", "x".repeat(5000)).write("small", "x");
    let ran = place.run(&jsonl(&["--max-file-size", "1KB"])).exits(3);
    assert_eq!(ran.skipped("too_large"), 1);
    place.run(&jsonl(&["--max-file-size", "5KB"])).exits(0);
}

#[test]
fn an_inline_mark_covers_its_line_only() {
    let place = Place::new();
    place.write("a", format!("a = '{}' # keyhound:allow\nb = '{}'\n", key(ONE), key(TWO)));
    let ran = place.run(&jsonl(&[])).exits(1);
    let findings = ran.records("finding");
    let reported: Vec<_> = findings.iter().filter(|f| f["verdict"] == "report").collect();
    assert_eq!((findings.len(), reported.len()), (2, 1));
    assert_eq!(reported[0]["line"], 2);
}

#[test]
fn reports_go_where_they_are_told() {
    let place = Place::new();
    place.write("a", key(ONE));
    let words = ["scan", "a", "--output", "r.sarif", "--report", "json=r.json", "--report", "human=r.txt"];
    assert!(place.run(&words).exits(1).out.is_empty());
    let read = |name: &str| std::fs::read_to_string(place.path(name)).expect("written");
    assert!(read("r.sarif").contains("\"2.1.0\""));
    assert!(read("r.json").starts_with('{'));
    assert!(read("r.txt").contains("Airclou"));
    place.run(&["scan", "a", "--output", "/dev/null"]).exits(1);
    let ran = place.run(&["scan", "a", "--output", "no/such/folder/r.json"]).exits(2);
    assert!(ran.err.contains("cannot be written"), "{}", ran.err);
    place.run(&["scan", "a", "-o", "x", "--report", "json=x"]).exits(2);
}

#[test]
fn the_exit_code_of_findings_can_be_chosen() {
    let place = Place::new();
    place.write("a", key(ONE));
    place.run(&["scan", "--exit-code", "0"]).exits(0);
    place.run(&["scan", "--exit-code", "42"]).exits(42);
    place.run(&["scan", "--exit-code", "0", "gone"]).exits(2);
}

#[test]
fn quiet_says_nothing_when_there_is_nothing_to_say() {
    let place = Place::new();
    let ran = place.run(&["scan", "--quiet"]).exits(0);
    assert!(ran.out.is_empty() && ran.err.is_empty());
    place.write("a", key(ONE));
    assert!(place.run(&["scan", "--quiet"]).exits(1).out.contains("Airclou"));
}

#[test]
fn the_same_input_gives_the_same_bytes_whatever_the_threads() {
    let place = Place::new();
    for n in 0..60 {
        let shared = if n % 3 == 0 { ONE } else { TWO };
        place.write(&format!("d{}/f{n}", n % 7), format!("{}\n{}{n:02}\n", key(shared), key("Wn5RzK8vT2mLq7XcJ4hP")));
    }
    let one = place.run(&jsonl(&["--threads", "1"])).exits(1).out;
    for threads in ["2", "7"] {
        assert_eq!(place.run(&jsonl(&["--threads", threads])).out, one);
    }
}

#[test]
fn a_mistake_in_the_configuration_stops_the_run() {
    let place = Place::new();
    place.write("keyhound.toml", "severty = \"high\"\n").write("a", key(ONE));
    let ran = place.run(&["scan"]).exits(2);
    assert!(ran.out.is_empty() && ran.err.contains("keyhound.toml") && ran.err.contains("severity"), "{}", ran.err);
    place.run(&["scan", "--no-config"]).exits(1);
    place.run(&["scan", "--no-config", "--baseline", "none"]).exits(2);
    place.run(&["scan", "--no-config", "--rules", "none"]).exits(2);
}

#[test]
fn what_the_configuration_excludes_is_counted() {
    let place = Place::new();
    place.write("keyhound.toml", "[scan]\nexclude = [\"vendor/\"]\n").write("vendor/a", key(ONE)).write("b", "x");
    let ran = place.run(&jsonl(&[])).exits(0);
    assert_eq!(ran.skipped("excluded"), 1);
}

#[test]
fn a_baseline_is_made_used_and_pruned() {
    let place = Place::new();
    place.write("a", key(ONE));
    let made = place.run(&["baseline", "create", "--baseline", "known"]).exits(0);
    assert!(made.err.contains("1 entry added"), "{}", made.err);
    let text = std::fs::read_to_string(place.path("known")).expect("written");
    assert!(!text.contains(ONE));
    let ran = place.run(&jsonl(&["a", "--baseline", "known"])).exits(0);
    assert_eq!(ran.records("finding")[0]["verdict"], "baselined");
    place.write("b", key(TWO));
    place.run(&["scan", "--baseline", "known"]).exits(1);
    std::fs::remove_file(place.path("a")).expect("removes");
    let pruned = place.run(&["baseline", "prune", "--baseline", "known"]).exits(0);
    assert!(pruned.err.contains("1 entry removed, 0 left"), "{}", pruned.err);
    place.run(&["baseline", "prune", "--baseline", "none"]).exits(2);
    place.run(&["baseline", "prune", "--baseline", "known", "gone"]).exits(2);
}

#[test]
fn rules_are_listed() {
    let place = Place::new();
    let table = place.run(&["rules", "list"]).exits(0).out;
    assert!(table.starts_with("RULE ") && table.contains("airclou-live-key"), "{table}");
    let list: serde_json::Value =
        serde_json::from_str(&place.run(&["rules", "list", "--json"]).exits(0).out).expect("JSON");
    let rules = list.as_array().expect("array");
    assert!(rules.iter().any(|rule| rule["id"] == "airclou-live-key" && rule["severity"] == "critical"));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn an_unreadable_file_makes_the_scan_incomplete() {
        let place = Place::new();
        place.write("a", key(ONE)).write("b", "x");
        std::fs::set_permissions(place.path("a"), std::fs::Permissions::from_mode(0o000)).expect("sets");
        if std::fs::File::open(place.path("a")).is_ok() {
            return; // Whoever runs this may read everything.
        }
        let ran = place.run(&jsonl(&[])).exits(3);
        assert_eq!(ran.skipped("unreadable"), 1);
        assert!(ran.err.contains("a: cannot be read: permission denied"), "{}", ran.err);
    }

    #[test]
    fn a_loop_of_links_is_reported_and_ends() {
        let place = Place::new();
        place.write("d/a", key(ONE));
        symlink("..", place.path("d/up")).expect("links");
        let ran = place.run(&jsonl(&[])).exits(1);
        assert_eq!(ran.skipped("symlink"), 1);
        let ran = place.run(&jsonl(&["--follow"])).exits(1);
        assert_eq!(ran.paths(), ["d/a"]);
        let problems = ran.records("problem");
        assert!(problems.iter().any(|p| p["subject"] == "./d/up" || p["subject"] == "d/up"), "{}", ran.out);
    }

    #[test]
    fn links_given_by_name_and_links_to_nothing() {
        let place = Place::new();
        place.write("real/a", key(ONE));
        symlink("real", place.path("folder")).expect("links");
        symlink("real/a", place.path("file")).expect("links");
        symlink("nowhere", place.path("dangling")).expect("links");
        assert_eq!(place.run(&jsonl(&["folder"])).exits(1).paths(), ["folder/a"]);
        assert_eq!(place.run(&jsonl(&["file"])).exits(1).paths(), ["file"]);
        place.run(&jsonl(&["dangling"])).exits(2);
        let ran = place.run(&jsonl(&["--follow"])).exits(1);
        assert_eq!(ran.paths(), ["file", "folder/a", "real/a"]);
    }

    #[test]
    fn a_path_that_is_no_utf8_is_scanned_and_named() {
        let place = Place::new();
        let name = OsStr::from_bytes(b"caf\xe9.py");
        std::fs::write(place.dir.path().join(name), key(ONE)).expect("writes");
        assert_eq!(place.run(&jsonl(&[])).exits(1).records("finding").len(), 1);
        let words: Vec<&OsStr> = vec![OsStr::new("scan"), name];
        place.run(&words).exits(1);
    }

    #[test]
    fn pipes_and_sockets_are_never_opened() {
        let place = Place::new();
        let _socket = std::os::unix::net::UnixListener::bind(place.path("socket")).expect("binds");
        place.write("a", "x");
        assert_eq!(place.run(&jsonl(&[])).exits(0).skipped("special"), 1);
        place.run(&["scan", "socket"]).exits(2);
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error() {
        let place = Place::new();
        for n in 0..300 {
            place.write(&format!("f{n:03}"), format!("{}{n:03}", key(ONE)));
        }
        let mut child = place.command(&["scan"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("ends");
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), ""));
    }

    #[test]
    fn a_report_is_not_written_through_a_link() {
        let place = Place::new();
        place.write("a", "x").write("precious", "data");
        symlink("precious", place.path("r.json")).expect("links");
        place.run(&["scan", "a", "-o", "r.json"]).exits(0);
        assert_eq!(std::fs::read(place.path("precious")).expect("reads"), b"data");
        place.run(&["scan", "a", "-o", "/dev/stdout"]).exits(0);
    }

    #[test]
    fn terminal_escapes_in_names_are_written_out() {
        let place = Place::new();
        place.write("a\x1b[31m", key(ONE));
        for words in [&["scan"][..], &["scan", "--color", "never", "gone\x1b[2J"]] {
            let ran = place.run(words);
            assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn a_file_larger_than_the_buffers_is_scanned_in_pieces() {
    use std::io::{Seek, SeekFrom, Write};
    let place = Place::new();
    let mut file = std::fs::File::create(place.path("huge")).expect("creates");
    let filler = "lorem ipsum dolor sit amet\n".repeat(40_000);
    let mut lines = 0_u64;
    for n in 0..70 {
        if n == 0 || n == 69 {
            writeln!(file, "k = '{}{n}'", key(ONE)).expect("writes");
            lines += 1;
        }
        file.write_all(filler.as_bytes()).expect("writes");
        lines += 40_000;
    }
    assert!(file.seek(SeekFrom::End(0)).expect("seeks") > 64 << 20);
    drop(file);
    let ran = place.run(&jsonl(&[])).exits(1);
    let mut found: Vec<_> = ran.records("finding").iter().map(|f| f["line"].as_u64().expect("line")).collect();
    found.sort_unstable();
    assert_eq!(found, [1, lines - 40_000]);
}
