//! What goes wrong around a run, each made to happen: `docs/faults.md` is the list.

use crate::cli::{ONE, Place, Ran, commit, key, stage};
use crate::online::interrupt;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

/// Runs keyhound from a shell that first does what `before` says.
fn after(place: &Place, before: &str, words: &[&str]) -> Output {
    let program = place.command::<&str>(&[]).get_program().to_owned();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(program).args(words);
    command.current_dir(place.dir.path()).env_clear().env("HOME", place.dir.path()).stdin(Stdio::null());
    command.output().expect("a shell")
}

/// A file may not grow beyond so many blocks, and a write that would make it fails: a full disk.
fn on_a_full_disk(place: &Place, words: &[&str]) -> Ran {
    Ran::of(after(place, "ulimit -f 0; trap '' XFSZ", words))
}

/// The same, where such a write is the end of the process: as if it were killed in the middle of it.
fn killed_while_writing(place: &Place, words: &[&str]) {
    const SIGXFSZ: i32 = 25;
    let status = after(place, "ulimit -f 1", words).status;
    assert_eq!(status.signal(), Some(SIGXFSZ), "{words:?}");
}

/// A repository with a key in a file and in its history.
fn repository() -> Place {
    let place = Place::new();
    let repository = place.repository(".");
    place.write("a.txt", key(ONE));
    stage(&repository, "a.txt");
    commit(&repository);
    place.write("b.txt", "staged");
    stage(&repository, "b.txt");
    place
}

#[test]
fn a_run_ends_when_its_time_or_memory_is_used_up() {
    for (limit, says) in [
        (["--timeout", "0"], "the run: took longer than 0 s"),
        (["--max-memory", "1B"], "the run: held more than 1 byte of memory"),
    ] {
        for more in [&[][..], &["--no-history"], &["--history-only"], &["--staged"], &["--range", "HEAD"], &["a.txt"]] {
            let place = repository();
            let words = [&["scan", "--format", "jsonl"], &limit[..], more].concat();
            let ran = place.run(&words).exits(3);
            assert!(ran.err.contains(says), "{words:?}: {}", ran.err);
            assert!(ran.records("finding").is_empty(), "{words:?}: {}", ran.out);
            let summary = &ran.records("summary")[0];
            assert_eq!(summary["complete"], false, "{summary}");
            assert_eq!(summary["coverage"]["blobs"], 0, "{summary}");
        }
    }
}

#[test]
fn limits_that_are_not_reached_change_nothing() {
    let place = repository();
    let plain = place.run(&["scan", "--format", "json", "--now", "2026-01-01"]).exits(1);
    let limits = ["--timeout", "1h", "--max-memory", "100GB"];
    let limited = place.run(&[&["scan", "--format", "json", "--now", "2026-01-01"], &limits[..]].concat()).exits(1);
    assert_eq!(plain.out, limited.out);
    for wrong in [["--timeout", "soon"], ["--timeout", "-1"], ["--max-memory", "much"]] {
        place.run(&[&["scan"], &wrong[..]].concat()).exits(2);
    }
}

#[test]
fn a_run_that_ended_early_is_not_remembered() {
    let place = repository();
    place.run(&["scan", "--history-only", "--cache", "--timeout", "0"]).exits(3);
    let ran = place.run(&["scan", "--history-only", "--cache", "--format", "jsonl"]).exits(1);
    assert_eq!(ran.records("finding").len(), 1);
    // What it did not see is not taken for gone.
    place.run(&["baseline", "create"]).exits(0);
    let before = std::fs::read(place.path("keyhound.baseline")).expect("a baseline");
    for what in ["create", "prune"] {
        let ran = place.run(&["baseline", what, "--timeout", "0"]).exits(2);
        assert!(ran.err.contains("left as it was"), "{}", ran.err);
    }
    assert_eq!(std::fs::read(place.path("keyhound.baseline")).expect("a baseline"), before);
}

#[test]
fn a_person_who_stops_a_run_gets_what_was_found() {
    let place = Place::new();
    let mut command = place.command(&["scan", "--stdin", "--format", "jsonl"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut stdin = child.stdin.take().expect("stdin");
    // More than a pipe holds: when it is written, the run has begun to read.
    stdin.write_all(&vec![b'\n'; 1 << 20]).expect("written");
    interrupt(&child);
    let mut said = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let first = said.next().expect("a line").expect("text");
    assert!(first.contains("what is under way ends"), "{first}");
    // It comes too late.
    stdin.write_all(key(ONE).as_bytes()).expect("written");
    drop(stdin);
    let ran = Ran::of(child.wait_with_output().expect("ends")).exits(3);
    assert!(ran.records("finding").is_empty(), "{}", ran.out);
    assert_eq!(ran.records("summary")[0]["complete"], false);
    let problems = ran.records("problem");
    assert!(problems.iter().any(|one| one["subject"] == "the run"), "{}", ran.out);
}

#[test]
fn a_second_time_ends_it_at_once() {
    let place = Place::new();
    let mut command = place.command(&["scan", "--stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut stdin = child.stdin.take().expect("stdin");
    stdin.write_all(&vec![b'\n'; 1 << 20]).expect("written");
    interrupt(&child);
    let mut said = BufReader::new(child.stderr.take().expect("stderr")).lines();
    said.next().expect("a line").expect("text");
    interrupt(&child);
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    drop(stdin);
}

#[test]
fn a_full_disk_is_named_and_leaves_the_old_report() {
    let place = repository();
    place.write("report.json", "old");
    let ran = on_a_full_disk(&place, &["scan", "--output", "report.json"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("report.json: the report cannot be written"), "{}", ran.err);
    assert_eq!(std::fs::read(place.path("report.json")).expect("a report"), b"old");
    let left = std::fs::read_dir(place.dir.path()).expect("lists").flatten();
    let left: Vec<_> =
        left.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().contains("tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
    let ran = place.run(&["scan", "--output", "/dev/full"]).exits(2);
    assert!(ran.err.contains("/dev/full: the report cannot be written"), "{}", ran.err);
    let ran = Ran::of(after(&place, "exec >/dev/full", &["scan"]));
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("standard output"), "{}", ran.err);
    let ran = on_a_full_disk(&place, &["baseline", "create"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(!place.path("keyhound.baseline").exists());
}

#[test]
fn a_cache_that_cannot_be_written_costs_nothing_but_time() {
    let place = repository();
    let words = ["scan", "--history-only", "--cache", "--format", "jsonl"];
    let ran = on_a_full_disk(&place, &words);
    assert_eq!((ran.code, ran.records("finding").len()), (1, 1), "{}", ran.err);
    let problems = ran.records("problem");
    let said =
        |one: &serde_json::Value| one["message"].as_str().is_some_and(|text| text.contains("cache cannot be written"));
    assert!(problems.iter().any(said), "{}", ran.out);
    assert_eq!(place.run(&words).exits(1).records("finding").len(), 1);
}

#[test]
fn a_run_that_is_killed_while_it_writes_leaves_the_old_file_or_none() {
    let place = repository();
    for name in ["new.json", "old.json"] {
        if name == "old.json" {
            place.write(name, "old");
        }
        killed_while_writing(&place, &["scan", "--format", "html", "--output", name]);
    }
    assert!(!place.path("new.json").exists());
    assert_eq!(std::fs::read(place.path("old.json")).expect("a report"), b"old");
    // A repository whose cache is larger than a block.
    let repository = git2::Repository::open(place.dir.path()).expect("a repository");
    for n in 0..40 {
        place.write(&format!("f{n}"), format!("{}{n:04}", key(ONE)));
        stage(&repository, &format!("f{n}"));
    }
    commit(&repository);
    let words = ["scan", "--history-only", "--cache", "--format", "jsonl"];
    killed_while_writing(&place, &words);
    let after = place.run(&words).exits(1);
    let fresh = place.run(&["scan", "--history-only", "--format", "jsonl"]).exits(1);
    assert_eq!(after.records("finding"), fresh.records("finding"));
    assert!(after.records("problem").is_empty(), "{}", after.out);
}

#[test]
fn a_file_that_is_gone_is_named() {
    let place = Place::new();
    place.write("a.txt", "x");
    std::os::unix::fs::symlink("nowhere", place.path("gone")).expect("links");
    let ran = place.run(&["scan", "--follow", "--format", "jsonl"]).exits(0);
    let problems = ran.records("problem");
    assert!(problems.iter().any(|one| one["message"] == "is gone, or a link to nothing"), "{}", ran.out);
    let ran = place.run(&["scan", "missing"]).exits(2);
    assert!(ran.out.contains("missing"), "{}{}", ran.out, ran.err);
}
