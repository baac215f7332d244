//! Files, folders and standard input: what is read, what is left out, and that it is counted.

use super::{ONE, Place, Ran, TWO, jsonl, key};

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

#[test]
fn what_the_configuration_excludes_is_counted() {
    let place = Place::new();
    place.write("keyhound.toml", "[scan]\nexclude = [\"vendor/\"]\n").write("vendor/a", key(ONE)).write("b", "x");
    let ran = place.run(&jsonl(&[])).exits(0);
    assert_eq!(ran.skipped("excluded"), 1);
}
