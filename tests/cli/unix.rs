//! Links, permissions, pipes, names that are no UTF-8.

use super::{ONE, Place, jsonl, key};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

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
