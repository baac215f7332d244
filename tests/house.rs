//! The house as a whole: who may know whom, and what no file may hold.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every room of `src/` and the rooms that it may name.
const ROOMS: &[(&str, &[&str])] = &[
    ("archive", &["content", "problem"]),
    ("atomic", &[]),
    ("blob", &[]),
    ("ci", &["git", "problem"]),
    (
        "cli",
        &[
            "atomic", "ci", "config", "exit", "finding", "git", "halt", "hook", "hygiene", "online", "pipeline",
            "policy", "problem", "report", "rule", "tally", "triage",
        ],
    ),
    ("config", &["finding", "policy", "rule"]),
    ("content", &[]),
    ("coverage", &[]),
    ("engine", &["archive", "blob", "content", "finding", "rule", "vectors"]),
    ("exit", &["coverage", "problem"]),
    ("finding", &["blob"]),
    ("git", &["blob", "finding", "problem"]),
    ("halt", &[]),
    ("history", &["archive", "atomic", "blob", "content", "coverage", "engine", "finding", "git", "problem", "tally"]),
    ("hook", &["atomic", "git", "problem"]),
    ("hygiene", &["blob", "finding", "rule"]),
    ("lib", &[]),
    ("online", &["finding", "rule"]),
    ("main", &["cli"]),
    (
        "pipeline",
        &[
            "atomic", "blob", "config", "content", "coverage", "engine", "exit", "finding", "git", "halt", "history", "hygiene",
            "online", "policy", "problem", "report", "rule", "source", "tally",
        ],
    ),
    ("policy", &["blob", "finding", "problem", "rule"]),
    ("problem", &[]),
    ("report", &["blob", "coverage", "finding", "hygiene", "policy", "problem", "rule"]),
    ("rule", &["finding", "vectors"]),
    ("source", &["blob", "content", "coverage", "finding", "git", "halt", "problem", "rule"]),
    ("tally", &["halt"]),
    ("triage", &["policy", "report"]),
    ("vectors", &[]),
];

/// Crates that only one place may name.
const KEPT: &[(&str, &str)] = &[
    ("bzip2", "src/archive/"),
    ("flate2", "src/archive/"),
    ("lzma_rust2", "src/archive/"),
    ("ruzstd", "src/archive/"),
    ("sevenz_rust2", "src/archive/"),
    ("tar", "src/archive/"),
    ("zip", "src/archive/"),
    ("git2", "src/git/"),
    ("gix_hash", "src/git/"),
    ("gix_object", "src/git/"),
    ("gix_pack", "src/git/"),
    ("libdeflater", "src/git/"),
    ("ureq", "src/online/client.rs"),
    ("rustls", "src/online/client.rs"),
    ("rustls_native_certs", "src/online/client.rs"),
    ("ctrlc", "src/cli/interrupt.rs"),
    ("clap", "src/cli/"),
    ("indicatif", "src/cli/progress.rs"),
    ("ratatui", "src/triage/"),
    ("serde_sarif", "src/report/sarif/"),
    ("toml_edit", "src/config/edit.rs"),
];

/// Where `unsafe` may stand, and how many times.
const UNSAFE: &[(&str, usize)] =
    &[("src/engine/prefilter/avx2.rs", 2), ("src/vectors.rs", usize::MAX), ("src/git/repository.rs", 1)];

/// A file longer than this is more than one idea.
const MOST_LINES: usize = 450;

fn sources() -> Vec<(String, String)> {
    fn walk(dir: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("src/ can be listed") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|e| e == "rs") {
                into.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(Path::new("src"), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
            (path.to_string_lossy().replace('\\', "/"), text)
        })
        .collect()
}

/// The code without its comments. Text in quotes that looks like a comment is lost with them, which hides nothing here.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn room_of(path: &str) -> &str {
    let below = path.strip_prefix("src/").expect("a source");
    below.split('/').next().expect("a name").trim_end_matches(".rs")
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file")
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_of_rooms_is_complete() {
    let there: BTreeSet<String> = sources().iter().map(|(path, _)| room_of(path).to_owned()).collect();
    let listed: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(there, listed);
}

#[test]
fn every_room_names_only_those_that_it_may() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let named = regex(r"\b(?:crate|keyhound)::(\w+)");
    let several = regex(r"\bcrate::\{");
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    // A test may look further to set its scene.
    for (path, text) in sources().into_iter().filter(|(path, _)| !path.ends_with("tests.rs")) {
        let (room, code) = (room_of(&path), code(&text));
        if several.is_match(&code) {
            wrong.push(format!("{path}: one `use` for each room, so that this test can read them"));
        }
        for other in named.captures_iter(&code).map(|found| found[1].to_owned()) {
            if other != room && !rooms.get(room).is_some_and(|may| may.contains(&other.as_str())) {
                wrong.push(format!("{path}: {room} may not name {other}"));
            }
            used.insert((room.to_owned(), other));
        }
    }
    for (room, may) in ROOMS {
        for other in *may {
            if !used.contains(&((*room).to_owned(), (*other).to_owned())) {
                wrong.push(format!("{room} does not name {other}, which it may: take it out of the table"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn some_crates_are_named_in_one_place() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let code = code(&text);
        for (name, place) in KEPT {
            if !path.starts_with(place) && regex(&format!(r"\b{name}::|\buse {name}\b")).is_match(&code) {
                wrong.push(format!("{path}: only {place} names {name}"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn unsafe_code_stands_where_it_is_proven() {
    let word = regex(r"\bunsafe\s*(?:\{|fn\b|impl\b|extern\b)");
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let found = word.find_iter(&code(&text)).count();
        let may = UNSAFE.iter().find(|(place, _)| *place == path).map_or(0, |(_, most)| *most);
        if found > may {
            wrong.push(format!("{path}: `unsafe` {found} times"));
        }
    }
    assert_none(&wrong);
}

#[test]
fn every_file_is_one_idea_and_says_which() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//! ") {
            wrong.push(format!("{path}: opens without saying what it is"));
        }
        let lines = text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{path}: {lines} lines"));
        }
    }
    assert_none(&wrong);
}

/// The files of the repository, those that the next commit would add among them; `None` outside of one, as in a package.
fn files() -> Option<Vec<(String, String)>> {
    if !Path::new(".git").exists() {
        return None;
    }
    // A checkout may belong to someone else than who runs the tests.
    let words = ["-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"];
    let listed = Command::new("git").args(words).output().expect("git lists files");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).expect("names of this repository are UTF-8");
    let read = |name: &str| std::fs::read(name).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Some(names.split('\0').filter_map(|name| read(name).map(|text| (name.to_owned(), text))).collect())
}

/// What `patterns` find in the repository, as sentences.
fn found(patterns: &[(&str, String)], spared: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let patterns: Vec<(&str, Regex)> = patterns.iter().map(|(what, pattern)| (*what, regex(pattern))).collect();
    let mut wrong = Vec::new();
    for (path, text) in files().unwrap_or_default() {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !spared(&path, line)) {
            for (what, pattern) in &patterns {
                if pattern.is_match(line) {
                    wrong.push(format!("{path}:{}: holds {what}", number + 1));
                }
            }
        }
    }
    wrong
}

#[test]
fn no_file_holds_a_whole_key() {
    // Hosts refuse pushes with such texts, whether the keys are real or not.
    let keys = [
        ("an Airclou key", r"\bac_(?:live|test)_[A-Za-z0-9]{16,}"),
        ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{60,}"),
        ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20}"),
        (
            "a Slack token or hook",
            r"\bxox[abeprs]-[0-9A-Za-z-]{20,}|hooks\.slack\.com/services/T\w{8,}/B\w{8,}/\w{20,}",
        ),
        ("a Stripe key", r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{20,}"),
        ("an AWS access key id", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
        ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
        ("an OpenAI or Anthropic key", r"\bsk-(?:proj-|ant-api03-)?[A-Za-z0-9_-]{40,}"),
        ("an npm or PyPI token", r"\bnpm_[A-Za-z0-9]{36}|\bpypi-AgEI[A-Za-z0-9_-]{50,}"),
        ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
        ("a Hugging Face token", r"\bhf_[A-Za-z]{34}\b"),
        ("a private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:\\[rn]|\s)*[A-Za-z0-9+/]{40,}"),
    ];
    assert_none(&found(&keys.map(|(what, pattern)| (what, pattern.to_owned())), |_, _| false));
}

#[test]
fn no_file_names_the_host_of_a_package_registry() {
    // In parts, for this file is looked at, too.
    let hosts: Vec<String> = [
        ["crates", ".io"],
        ["npmjs", ".org"],
        ["npmjs", ".com"],
        ["pypi", ".org"],
        ["pythonhosted", ".org"],
        ["debian", ".org"],
        ["ubuntu", ".com"],
        ["rubygems", ".org"],
        ["nuget", ".org"],
        ["proxy.golang", ".org"],
        ["yarnpkg", ".com"],
        ["packagist", ".org"],
        ["repo.maven", ".apache"],
    ]
    .iter()
    .map(|parts| regex::escape(&parts.concat()))
    .collect();
    let pattern = format!(r"(?i)\b(?:{})", hosts.join("|"));
    let spared = |path: &str, line: &str| path == "Cargo.lock" && line.starts_with("source = ");
    assert_none(&found(&[("the host of a package registry", pattern)], spared));
}

#[test]
fn no_file_names_a_place_on_its_authors_machine() {
    let roots = [["/wo", "rk/"], ["/ro", "ot/"], ["/home", "/ubuntu"], ["/Us", "ers/"], [".cargo", "/registry"]];
    let roots: Vec<String> = roots.iter().map(|parts| regex::escape(&parts.concat())).collect();
    let pattern = format!(r#"(?:^|[\s"'`(=:])(?:{})"#, roots.join("|"));
    assert_none(&found(&[("a place on its author's machine", pattern)], |_, _| false));
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest: toml::Table = std::fs::read_to_string("Cargo.toml").expect("manifest").parse().expect("TOML");
    let needed: BTreeSet<String> = ["dependencies", "build-dependencies", "dev-dependencies"]
        .iter()
        .filter_map(|section| manifest.get(*section)?.as_table())
        .flat_map(|section| section.keys().cloned())
        .collect();
    let text = std::fs::read_to_string("CONTRIBUTING.md").expect("CONTRIBUTING.md");
    let (_, table) = text.split_once("| crate | why | licence |").expect("the table of dependencies");
    let name = regex("`([a-z0-9_-]+)`");
    let rows = table.lines().skip(1).take_while(|line| line.is_empty() || line.starts_with('|'));
    let explained: BTreeSet<String> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| name.captures_iter(cell).map(|found| found[1].to_owned()).collect::<Vec<_>>())
        .collect();
    assert_eq!(explained, needed, "the table in CONTRIBUTING.md and Cargo.toml differ");
}
