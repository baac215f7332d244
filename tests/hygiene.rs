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
    // What only those are told who ask for more.
    let pedantic = name(case) == "pedantic";
    let confidence = if pedantic { Some(Confidence::Low) } else { Some(Confidence::Medium) };
    pipeline::run(&Plan { pedantic, confidence, ..plan(&root) }, &Tally::default())
        .unwrap_or_else(|problem| panic!("{}: {problem}", case.display()))
        .run
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

/// A case with what the checks said about it.
struct Spoken {
    case: PathBuf,
    is_bad: bool,
    check: &'static str,
    /// Check and message.
    said: Vec<(&'static str, String)>,
}

/// What the checks say, by a folder at the beginning of the path where there are several cases in one run.
fn said(run: &Run, folder: Option<&str>) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for finding in run.reported() {
        let rule = run.rules.get(finding.rule);
        let is_here = |place: &keyhound::finding::Location| {
            let path = String::from_utf8_lossy(place.path.as_deref().unwrap_or_default()).into_owned();
            folder.is_none_or(|folder| path.contains(&format!("/{folder}/")))
        };
        if rule.advice.is_some() && (folder.is_none() || finding.locations.iter().any(is_here)) {
            let subject = finding.subject.clone().unwrap_or_default();
            out.push((rule.spec.id, format!("{subject}: {}", finding.reasons.join("; "))));
        }
    }
    out
}

/// Runs all cases that `wanted` takes: those of checks that look at one file all together, for a run costs more than a file.
fn all_cases(checks: Checks, wanted: impl Fn(&hygiene::Check) -> bool) -> Vec<Spoken> {
    let mut cases = Vec::new();
    for check in hygiene::checks().filter(|check| wanted(check)) {
        for (word, is_bad) in [("bad", true), ("good", false)] {
            for case in entries(&Path::new("fixtures/hygiene").join(check.id).join(word)) {
                cases.push(Spoken { case, is_bad, check: check.id, said: Vec::new() });
            }
        }
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    // What only those are told who ask for more needs a run of its own.
    let together = |spoken: &Spoken| hygiene::is_of_one_file(spoken.check) && name(&spoken.case) != "pedantic";
    for (at, spoken) in cases.iter().enumerate().filter(|(_, spoken)| together(spoken)) {
        let folder = dir.path().join(format!("c{at}"));
        std::fs::create_dir(&folder).expect("folder");
        if spoken.case.is_dir() {
            copy(&spoken.case, &folder);
        } else {
            let text = std::fs::read_to_string(&spoken.case).expect("fixtures are text").replace(JOIN, "");
            std::fs::write(folder.join(plain_name(&spoken.case)), text).expect("file");
        }
    }
    let plan = Plan { audit: checks, ..plan(dir.path()) };
    let run_of_all = pipeline::run(&plan, &Tally::default()).expect("a run").run;
    for (at, spoken) in cases.iter_mut().enumerate() {
        spoken.said = match together(spoken) {
            true => said(&run_of_all, Some(&format!("c{at}"))),
            false => said(&run(&spoken.case), None),
        };
    }
    cases
}

#[test]
fn every_check_speaks_of_its_bad_cases_and_of_no_good_one() {
    let mut wrong = Vec::new();
    let cases = all_cases(Checks::All, |_| true);
    for check in hygiene::checks() {
        let of = |is_bad| cases.iter().any(|spoken| spoken.check == check.id && spoken.is_bad == is_bad);
        if !of(true) || !of(false) {
            wrong.push(format!("{}: needs a bad and a good case", check.id));
        }
    }
    for spoken in &cases {
        let own: Vec<&str> =
            spoken.said.iter().filter(|(id, _)| *id == spoken.check).map(|(_, text)| text.as_str()).collect();
        let case = spoken.case.display();
        match (spoken.is_bad, own.is_empty()) {
            (true, true) => wrong.push(format!("{case}: the check says nothing; others: {:?}", spoken.said)),
            (false, false) => wrong.push(format!("{case}: the check says: {}", own.join(" | "))),
            _ => {}
        }
        let text: String = spoken.said.iter().map(|(_, text)| text.as_str()).collect();
        if secrets(&spoken.case).iter().any(|secret| text.contains(secret.as_str())) {
            wrong.push(format!("{case}: a message holds a key"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_scan_makes_the_certain_checks_too() {
    let cases = all_cases(Checks::Certain, |check| check.certain && hygiene::is_of_one_file(check.id));
    let silent: Vec<String> = cases
        .iter()
        .filter(|spoken| spoken.is_bad && !spoken.said.iter().any(|(id, _)| *id == spoken.check))
        .map(|spoken| spoken.case.display().to_string())
        .collect();
    assert!(cases.len() > 100 && silent.is_empty(), "a scan says nothing of {silent:#?}");
}

/// A finding of a script is on its line, where a comment can allow it.
#[test]
fn what_a_script_does_is_shown_on_its_line() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let root = dir.path().join("project");
    std::fs::create_dir_all(root.join(".github/workflows")).expect("folders");
    let lines = [
        "on: push",
        "permissions: {}",
        "jobs:",
        "  a:",
        "    runs-on: x",
        "    steps:",
        "      - env:",
        "          TOKEN: ${{ secrets.DEPLOY_TOKEN }}",
        "        run: |",
        "          git config user.name ann",
        "          git remote set-url origin \"https://x:${TOKEN}@git.example.org/a.git\"",
        "          make",
        "          echo \"$TOKEN\"",
    ];
    std::fs::write(root.join(".github/workflows/a.yml"), lines.join("\n") + "\n").expect("file");
    let run = pipeline::run(&plan(&root), &Tally::default()).expect("runs").run;
    let at = |check: &str| -> Vec<u64> {
        let found = run.reported().filter(|finding| run.rules.get(finding.rule).spec.id == check);
        found.map(|finding| finding.locations[0].position.line).collect()
    };
    assert_eq!((at("ci/secret-in-url"), at("ci/echo-secret")), (vec![11], vec![13]));
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

#[test]
fn the_documentation_is_that_of_the_table() {
    let rules: Vec<_> = hygiene::rules();
    let mut text = String::from(
        "# Checks of key hygiene\n\nGenerated from the table in `src/hygiene/families`; `keyhound explain ID` says the same. A scan makes those \
         that are marked, an audit makes all. A value that only a program knows is never a finding.\n\n| group | checks | in a scan |\n|---|---|---|\n",
    );
    let mut groups: BTreeMap<&str, Vec<&hygiene::Check>> = BTreeMap::new();
    hygiene::checks().for_each(|check| groups.entry(check.group()).or_default().push(check));
    for (group, checks) in &groups {
        let certain = checks.iter().filter(|check| check.certain).count();
        text.push_str(&format!("| {group} | {} | {certain} |\n", checks.len()));
    }
    text.push_str(&format!(
        "| all | {} | {} |\n",
        hygiene::checks().count(),
        hygiene::checks().filter(|c| c.certain).count()
    ));
    for (group, checks) in &groups {
        text.push_str(&format!("\n## {group}\n"));
        for check in checks {
            let rule = rules.iter().find(|rule| rule.spec.id == check.id).expect("a rule for each check");
            let examples = hygiene::examples(check.id).map(|example| [example.bad, example.good]);
            text.push('\n');
            text.push_str(&keyhound::report::explain::markdown(rule, examples));
            text.push_str(if check.certain { "\nA scan makes this check too.\n" } else { "" });
        }
    }
    let path = "docs/checks.md";
    if std::env::var_os("KEYHOUND_BLESS").is_some() {
        std::fs::write(path, &text).expect("docs/ is writable");
    }
    let there = std::fs::read_to_string(path).unwrap_or_default();
    assert!(there == text, "docs/checks.md differs from the table; if that is meant, bless it");
}

#[test]
fn limits_of_the_configuration_count() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let text = "resource \"time_rotating\" \"a\" {\n  rotation_days = 60\n}\n";
    std::fs::create_dir(dir.path().join("infra")).expect("folder");
    std::fs::write(dir.path().join("infra/main.tf"), text).expect("file");
    let said = || spoken(&pipeline::run(&plan(dir.path()), &Tally::default()).expect("a run").run);
    assert!(!said().contains("rotation/time-rotating-too-long"));
    std::fs::write(dir.path().join("keyhound.toml"), "[rotation]\nmax_age_days = 30\n").expect("file");
    assert!(said().contains("rotation/time-rotating-too-long"));
    let other = "[rotation]\nmax_age_days = 30\n[[rotation.limits]]\npaths = [\"**/infra/*.tf\"]\nmax_age_days = 90\n";
    std::fs::write(dir.path().join("keyhound.toml"), other).expect("file");
    assert!(!said().contains("rotation/time-rotating-too-long"));
}
