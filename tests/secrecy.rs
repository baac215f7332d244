//! No report, log or error ever holds a planted secret, wherever it was planted.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use std::path::Path;
use std::process::{Command, Stdio};

fn git(dir: &Path, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([
            ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ("GIT_COMMITTER_NAME", "C"),
            ("GIT_COMMITTER_EMAIL", "c@example.org"),
        ])
        .envs([("GIT_AUTHOR_DATE", "2024-01-02T03:04:05Z"), ("GIT_COMMITTER_DATE", "2024-01-02T03:04:05Z")])
        .env("GIT_AUTHOR_NAME", "A")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("git runs");
    assert!(done.success(), "git {args:?}");
}

/// Everything that a run prints or writes, joined.
fn everything(dir: &Path, args: &[&str]) -> String {
    let out = dir.join("report.out");
    let done = Command::new(env!("CARGO_BIN_EXE_keyhound"))
        .args(args)
        .arg("--report")
        .arg(format!("json={}", out.display()))
        .current_dir(dir)
        .output()
        .expect("keyhound runs");
    let written = std::fs::read(&out).unwrap_or_default();
    let _ = std::fs::remove_file(&out);
    [done.stdout, done.stderr, written].iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

/// Where a key may be planted.
const PLACES: &[&str] =
    &["content", "path", "branch", "message", "tag", "config", "argument", "stdin-path", "allow", "ref", "author"];

fn plant(dir: &Path, place: &str, key: &str) -> Vec<String> {
    std::fs::write(dir.join("a.txt"), "nothing here\n").expect("writes");
    git(dir, &["init", "-q"]);
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-qm", "one"]);
    match place {
        "content" => std::fs::write(dir.join("k.py"), format!("a = \"{key}\"; b = '{key}'\n")).expect("writes"),
        "path" => {
            std::fs::create_dir(dir.join(key)).expect("creates");
            std::fs::write(dir.join(key).join("k.py"), format!("a = \"{key}\"\n")).expect("writes");
        }
        "allow" => std::fs::write(dir.join("k.py"), format!("a = \"{key}\" # keyhound:allow\n")).expect("writes"),
        "config" => std::fs::write(dir.join("keyhound.toml"), format!("unknown = \"{key}\"\n")).expect("writes"),
        _ => {}
    }
    git(dir, &["add", "-A"]);
    let message = if place == "message" { format!("deploy {key}\n\nwith {key}") } else { "two".to_owned() };
    let author = if place == "author" { format!("{key} <{key}@example.org>") } else { "A <a@example.org>".to_owned() };
    if place == "author" {
        std::fs::write(dir.join("k.py"), format!("a = \"{key}\"\n")).expect("writes");
        git(dir, &["add", "-A"]);
    }
    git(dir, &["commit", "-q", "--allow-empty", "--author", &author, "-m", &message]);
    match place {
        "branch" => git(dir, &["checkout", "-qb", key]),
        "ref" => {
            std::fs::write(dir.join("k.py"), format!("a = \"{key}\"\n")).expect("writes");
            git(dir, &["add", "-A"]);
            git(dir, &["commit", "-qm", "three"]);
            git(dir, &["branch", key]);
        }
        "tag" => git(dir, &["tag", "-a", "v1", "-m", &format!("release {key}")]),
        _ => {}
    }
    match place {
        "argument" => vec!["scan".into(), format!("./{key}")],
        "stdin-path" => vec!["scan".into(), "--stdin".into(), "--stdin-path".into(), key.into()],
        _ => vec!["scan".into(), ".".into()],
    }
}

proptest! {
    #![proptest_config(Config { cases: 3, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_output_ever_holds_a_planted_secret(body in "[A-Za-z0-9]{24}") {
        let key = ["ac_li", "ve_", &body].concat();
        for place in PLACES {
            let dir = tempfile::tempdir().expect("temp dir");
            let args = plant(dir.path(), place, &key);
            for format in ["human", "json", "jsonl", "gitleaks-json", "sarif"] {
                let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
                args.extend(["--format", format]);
                let all = everything(dir.path(), &args);
                // The first four characters behind the prefix may be shown; nothing that goes on from there.
                prop_assert!(!all.contains(&key[..key.len() - 8]), "{} shows a key planted in {}", format, place);
            }
        }
    }
}
