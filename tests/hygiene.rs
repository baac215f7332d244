//! Every check against its fixtures, and every fixture against its check.
//!
//! `fixtures/hygiene/<group>/<check>/bad/` holds cases of which the check must speak, `good/` those of which it must not.
//! A case is a file, or a folder with several. A folder with a `history.toml` is a repository: its commits are in there.
//! Keys are written in parts, joined by `[+]`. A name that begins with `dot.` begins with a dot where the case is run, so that
//! the `.gitignore` of a case is not that of this repository.

use crate::history::repo::{Repo, START, TICK};
use keyhound::finding::Confidence;
use keyhound::hygiene;
use keyhound::pipeline::plan::Checks;
use keyhound::pipeline::{self, Plan};
use keyhound::report::Run;
use keyhound::tally::Tally;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// 2026-11-01
const NOW: i64 = 1_793_491_200;

/// What joins the parts of a key.
const JOIN: &str = "[+]";

fn entries(dir: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(dir).map(|entries| entries.map(|e| e.expect("entry").path()).collect());
    let mut paths: Vec<PathBuf> = listed.unwrap_or_default();
    paths.sort();
    paths
}

fn plan(dir: &Path) -> Plan {
    Plan {
        audit: Checks::All,
        now: Some(NOW),
        threads: Some(1),
        confidence: Some(Confidence::Medium),
        ..Plan::of_paths(vec![dir.to_owned()])
    }
}

/// The name of a file of a case where it is run.
fn plain_name(path: &Path) -> String {
    let name = name(path);
    name.strip_prefix("dot.").map_or(name.clone(), |rest| format!(".{rest}"))
}

/// Copies a case with its keys joined.
fn copy(from: &Path, to: &Path) {
    for path in entries(from) {
        let target = to.join(plain_name(&path));
        if path.is_dir() {
            std::fs::create_dir(&target).expect("folder");
            copy(&path, &target);
        } else {
            let text = std::fs::read_to_string(&path).expect("fixtures are text");
            std::fs::write(target, text.replace(JOIN, "")).expect("file");
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct History {
    commit: Vec<Commit>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Commit {
    /// When, as a date.
    date: String,
    #[serde(default)]
    message: Option<String>,
    /// Files and their texts; an empty text removes one.
    files: BTreeMap<String, String>,
}

/// Runs every check on a case.
fn run(case: &Path) -> Run {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let history = case.join("history.toml");
    let mut root = dir.path().join("project");
    let repo = Repo::new();
    if history.exists() {
        let text = std::fs::read_to_string(&history).expect("history").replace(JOIN, "");
        let history: History = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
        for commit in history.commit {
            let date: jiff::civil::Date = commit.date.parse().expect("a date");
            let time = date.to_zoned(jiff::tz::TimeZone::UTC).expect("UTC").timestamp().as_second();
            for (path, text) in &commit.files {
                if text.is_empty() {
                    std::fs::remove_file(repo.root.join(path)).expect("it was there");
                } else {
                    repo.write(path, text);
                }
            }
            repo.at_tick((time - START) / TICK).commit(commit.message.as_deref().unwrap_or("Change it"));
        }
        root = repo.root.clone();
    } else {
        std::fs::create_dir(&root).expect("folder");
        if case.is_dir() {
            copy(case, &root);
        } else {
            let text = std::fs::read_to_string(case).expect("fixtures are text").replace(JOIN, "");
            std::fs::write(root.join(plain_name(case)), text).expect("file");
        }
    }
    pipeline::run(&plan(&root), &Tally::default()).unwrap_or_else(|problem| panic!("{}: {problem}", case.display())).run
}

/// The checks that speak in a run.
fn spoken(run: &Run) -> BTreeSet<&'static str> {
    run.reported()
        .map(|finding| run.rules.get(finding.rule))
        .filter(|rule| rule.advice.is_some())
        .map(|rule| rule.spec.id)
        .collect()
}

/// A key as a part of a fixture that must not be seen again.
fn secrets(case: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let files = if case.is_dir() { entries(case) } else { vec![case.to_owned()] };
    for file in files {
        if file.is_dir() {
            all.extend(secrets(&file));
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("fixtures are text");
        for (_, rest) in text.match_indices(JOIN).map(|(at, _)| text.split_at(at + JOIN.len())) {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-".contains(c))).unwrap_or(rest.len());
            // Four characters of a key may be shown.
            if end >= 12 {
                all.push(rest[4..end].to_owned());
            }
        }
    }
    all
}

#[test]
fn every_check_speaks_of_its_bad_cases_and_of_no_good_one() {
    let mut wrong = Vec::new();
    for check in hygiene::checks() {
        let dir = Path::new("fixtures/hygiene").join(check.id);
        let (bad, good) = (entries(&dir.join("bad")), entries(&dir.join("good")));
        if bad.is_empty() || good.is_empty() {
            wrong.push(format!("{}: needs a bad and a good case", check.id));
        }
        for case in bad {
            let run = run(&case);
            if !spoken(&run).contains(check.id) {
                wrong.push(format!("{}: the check says nothing; others: {:?}", case.display(), spoken(&run)));
            }
            let said: String = run
                .reported()
                .flat_map(|f| f.reasons.iter().map(ToString::to_string).chain(f.subject.clone()))
                .collect();
            if secrets(&case).iter().any(|secret| said.contains(secret.as_str())) {
                wrong.push(format!("{}: a message holds a key", case.display()));
            }
        }
        for case in good {
            let run = run(&case);
            if spoken(&run).contains(check.id) {
                let said: Vec<_> = run
                    .reported()
                    .filter(|finding| run.rules.get(finding.rule).spec.id == check.id)
                    .map(|finding| finding.reasons.join("; "))
                    .collect();
                wrong.push(format!("{}: the check says: {}", case.display(), said.join(" | ")));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_fixture_is_that_of_a_check() {
    let mut wrong = Vec::new();
    for group in entries(Path::new("fixtures/hygiene")) {
        for check in entries(&group) {
            let id = format!("{}/{}", name(&group), name(&check));
            if hygiene::find(&id).is_none() {
                wrong.push(id);
            }
        }
    }
    assert!(wrong.is_empty(), "no checks: {wrong:?}");
}

fn name(path: &Path) -> String {
    path.file_name().expect("name").to_string_lossy().into_owned()
}

#[test]
fn the_table_is_sound() {
    let mut ids = BTreeSet::new();
    for check in hygiene::checks() {
        assert!(ids.insert(check.id), "{} is there twice", check.id);
        let (group, name) = check.id.split_once('/').expect("group/name");
        let is_word = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        assert!(
            is_word(group) && is_word(name) && check.id.contains('-'),
            "{}: an id is in lower case with a dash",
            check.id
        );
        assert!(
            !check.summary.ends_with('.') && !check.fix.ends_with('.') && check.why.ends_with('.'),
            "{}: full stops",
            check.id
        );
        assert!(hygiene::examples(check.id).is_some(), "{}: no example", check.id);
    }
    assert!(ids.len() >= 20, "{} checks", ids.len());
}

#[test]
fn copies_of_our_fixtures_are_left_alone() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let vendored = dir.path().join("vendor/keyhound/fixtures/hygiene/transport/plain-http-api-call/bad");
    std::fs::create_dir_all(&vendored).expect("folders");
    let text = "curl -H \"Authorization: Bearer $PIORA_API_TOKEN\" http://app.piora.dev/api/v1/servers\n";
    std::fs::write(vendored.join("a.sh"), text).expect("file");
    let run = |dir: &Path| pipeline::run(&plan(dir), &Tally::default()).expect("a run").run;
    assert!(spoken(&run(dir.path())).is_empty());
    std::fs::write(dir.path().join("a.sh"), text).expect("file");
    assert!(spoken(&run(dir.path())).contains("transport/plain-http-api-call"));
}
