//! `--cache`: the same answer again, what is new, and no secret in the file.

use std::path::Path;
use std::process::{Command, Output};

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_DATE", "2024-01-02T03:04:05Z")
        .env("GIT_COMMITTER_DATE", "2024-01-02T03:04:05Z")
        .output()
        .expect("git runs");
    assert!(status.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&status.stderr));
}

fn key(n: u8) -> String {
    let letters = "kX8vQ2mZ7pL4nR9tW3yBcD5f";
    format!(
        "{}{}{}",
        "ac_li",
        "ve_",
        letters
            .bytes()
            .map(|b| char::from(b"QWERTYUIOPasdfghjklz1234"[(b as usize + usize::from(n) * 7) % 24]))
            .collect::<String>()
    )
}

fn commit(dir: &Path, file: &str, key: &str) {
    std::fs::write(dir.join(file), format!("key = \"{key}\"\n")).expect("writes");
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-qm", file]);
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("temp dir");
    git(dir.path(), &["init", "-q"]);
    commit(dir.path(), "a.py", &key(1));
    commit(dir.path(), "b.py", &key(2));
    let wide: Vec<u8> = format!("key = \"{}\"\n", key(5)).encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(dir.path().join("wide.txt"), wide).expect("writes");
    git(dir.path(), &["repack", "-adq"]);
    commit(dir.path(), "c.py", &key(3));
    dir
}

fn scan(dir: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_keyhound"))
        .args(["scan", "--history-only", "--format", "jsonl", "--no-config"])
        .args(more)
        .arg(dir)
        .output()
        .expect("keyhound runs")
}

fn cache_file(dir: &Path) -> std::path::PathBuf {
    dir.join(".git/keyhound/history-cache")
}

#[test]
fn a_second_run_gives_the_same_and_no_secret_is_kept() {
    let dir = repository();
    let plain = scan(dir.path(), &["--show-secrets"]).stdout;
    let first = scan(dir.path(), &["--cache", "--show-secrets"]).stdout;
    let kept = std::fs::read_to_string(cache_file(dir.path())).expect("the cache is written");
    let second = scan(dir.path(), &["--cache", "--show-secrets"]).stdout;
    assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&plain));
    assert_eq!(String::from_utf8_lossy(&second), String::from_utf8_lossy(&plain));
    for n in [1, 2, 3, 5] {
        assert!(!kept.contains(&key(n)[8..]), "the cache holds a secret");
        assert!(String::from_utf8_lossy(&second).contains(&key(n)), "the second run lost a key");
    }
}

#[test]
fn what_came_since_is_found_and_what_was_known_is_kept() {
    let dir = repository();
    scan(dir.path(), &["--cache"]);
    commit(dir.path(), "d.py", &key(4));
    git(dir.path(), &["rm", "-q", "a.py"]);
    git(dir.path(), &["commit", "-qm", "remove a"]);
    let plain = scan(dir.path(), &[]).stdout;
    assert_eq!(String::from_utf8_lossy(&scan(dir.path(), &["--cache"]).stdout), String::from_utf8_lossy(&plain));
    // Once more, with everything in another pack.
    git(dir.path(), &["gc", "-q"]);
    let plain = scan(dir.path(), &[]).stdout;
    assert_eq!(String::from_utf8_lossy(&scan(dir.path(), &["--cache"]).stdout), String::from_utf8_lossy(&plain));
}

#[test]
fn a_damaged_cache_is_ignored_with_a_note_and_written_anew() {
    let dir = repository();
    let first = scan(dir.path(), &["--cache"]).stdout;
    let file = cache_file(dir.path());
    let kept = std::fs::read(&file).expect("the cache is written");
    std::fs::write(&file, &kept[..kept.len() / 2]).expect("writes");
    let again = String::from_utf8_lossy(&scan(dir.path(), &["--cache"]).stdout).into_owned();
    assert!(again.contains("the cache is ignored and written anew"), "{again}");
    assert_eq!(std::fs::read(&file).expect("it is written anew"), kept);
    assert_eq!(scan(dir.path(), &["--cache"]).stdout, first);
}

#[test]
fn other_thresholds_are_another_question() {
    let dir = repository();
    scan(dir.path(), &["--cache", "--severity", "critical"]);
    let plain = scan(dir.path(), &["--confidence", "low"]).stdout;
    assert_eq!(scan(dir.path(), &["--cache", "--confidence", "low"]).stdout, plain);
}
