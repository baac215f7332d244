//! `docs/ci/`: what each example runs is run as its system would, with the variables that it sets.

use super::{Remote, found, remote};
use crate::cli::Ran;
use crate::history::repo::key;
use std::path::Path;
use std::process::Command;

/// The words of the one command in an example that scans.
fn command_of(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new("docs/ci").join(name)).expect("an example");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("keyhound ci ")).collect();
    assert_eq!(lines.len(), 1, "{name}");
    let words = lines[0].split_once("keyhound ci ").expect("just found").1.trim_end_matches('\'');
    words.split(' ').map(str::to_owned).collect()
}

fn run(name: &str, at: &Path, variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
    command.arg("ci").args(command_of(name)).current_dir(at).env_clear().env("HOME", at).env("CI", "true");
    let _ = std::fs::create_dir(at.join("test-results"));
    Ran::of(command.envs(variables.iter().copied()).output().expect("runs"))
}

/// A clone with all branches, feature checked out.
fn feature(remote: &Remote) -> std::path::PathBuf {
    remote.checkout("feature", 0, &remote.feature, "refs/remotes/origin/feature")
}

#[test]
fn every_example_finds_what_a_pull_request_adds_and_writes_its_reports() {
    let remote = remote();
    let at = feature(&remote);
    let (head, base) = (remote.feature.as_str(), remote.before.as_str());
    let systems: [(&str, &[(&str, &str)]); 5] = [
        ("gitlab.yml", &[("GITLAB_CI", "true"), ("CI_COMMIT_SHA", head), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)]),
        ("circleci.yml", &[("CIRCLECI", "true"), ("CIRCLE_SHA1", head), ("CIRCLE_BRANCH", "feature")]),
        ("Jenkinsfile", &[("JENKINS_URL", "https://ci.example.org/"), ("GIT_COMMIT", head), ("CHANGE_TARGET", "main")]),
        (
            "azure.yml",
            &[
                ("TF_BUILD", "True"),
                ("BUILD_SOURCEVERSION", head),
                ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
            ],
        ),
        (
            "bitbucket.yml",
            &[("BITBUCKET_BUILD_NUMBER", "7"), ("BITBUCKET_COMMIT", head), ("BITBUCKET_PR_DESTINATION_BRANCH", "main")],
        ),
    ];
    for (name, variables) in systems {
        let ran = run(name, &at, variables).exits(1);
        assert_eq!(found(&ran), [1], "{name}: {}", ran.out);
        assert!(!ran.out.contains("stop-commands") && !ran.out.contains("::error"), "{name}: {}", ran.out);
        for word in command_of(name) {
            let Some((_, file)) = word.split_once('=') else { continue };
            let report =
                std::fs::read_to_string(at.join(file)).unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
            assert!(report.contains("github-personal-access-token") && !report.contains(&key(1)), "{name}: {file}");
        }
    }
}

#[test]
fn every_system_has_an_example_and_the_reports_that_it_uploads_are_written() {
    let names: Vec<String> = std::fs::read_dir("docs/ci")
        .expect("docs/ci")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names.len(), keyhound::ci::System::ALL.len(), "{names:?}");
    for name in names.iter().filter(|name| *name != "github.yml") {
        let text = std::fs::read_to_string(Path::new("docs/ci").join(name)).expect("an example");
        for word in command_of(name) {
            let Some((_, file)) = word.split_once('=') else { continue };
            let folder = file.split_once('/').map_or(file, |(folder, _)| folder);
            assert!(text.matches(folder).count() > 1, "{name} does nothing with {file}");
        }
    }
}

#[test]
fn a_log_of_azure_obeys_nothing_in_a_report() {
    let remote = remote();
    remote.repo.git(&["checkout", "-q", "feature"]);
    let head = remote.repo.commit_file("##vso[task.setvariable variable=x]y", super::line(3));
    let at = remote.checkout("azure", 0, &head, "refs/remotes/origin/feature");
    let variables =
        [("TF_BUILD", "True"), ("BUILD_SOURCEVERSION", head.as_str()), ("BUILD_SOURCEBRANCH", "refs/heads/feature")];
    let ran = run("azure.yml", &at, &variables).exits(1);
    assert!(ran.out.contains("## vso[task") && !ran.out.contains("##vso["), "{}", ran.out);
}
