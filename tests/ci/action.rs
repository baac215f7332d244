//! `action.yml`: its steps are run as the runner does, with inputs that try to be more than text.

use super::{Remote, found, remote};
use crate::cli::Ran;
use crate::history::repo::key;
use regex::Regex;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

fn text() -> String {
    std::fs::read_to_string("action.yml").expect("action.yml is beside Cargo.toml")
}

/// A step of the action: its environment and its script.
struct Step {
    name: String,
    variables: Vec<(String, String)>,
    script: String,
}

/// The steps, read by their indentation: enough for one file that this test watches.
fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut within = "";
    for line in text().split_once("  steps:\n").expect("steps").1.lines() {
        if let Some(name) = line.strip_prefix("    - name: ") {
            steps.push(Step { name: name.to_owned(), variables: Vec::new(), script: String::new() });
            within = "";
            continue;
        }
        let step = steps.last_mut().expect("a step begins with its name");
        match line.strip_prefix("      ").unwrap_or_default() {
            "env:" => within = "env",
            "run: |" => within = "run",
            rest if rest.starts_with("  ") && within == "env" && !rest.trim().starts_with('#') => {
                let (name, value) = rest.trim().split_once(": ").expect("NAME: value");
                step.variables.push((name.to_owned(), value.trim_matches('"').to_owned()));
            }
            rest if rest.starts_with("  ") && within == "run" => step.script.push_str(&format!("{}\n", &rest[2..])),
            _ => {}
        }
    }
    steps
}

/// The inputs with their defaults.
fn inputs() -> BTreeMap<String, String> {
    let text = text();
    let inputs = text.split_once("\ninputs:\n").and_then(|(_, rest)| rest.split_once("\noutputs:")).expect("inputs").0;
    let input =
        Regex::new(r#"(?m)^  ([a-z-]+):\n    description: .+\n    default: "?([^"\n]*)"?$"#).expect("a pattern");
    input.captures_iter(inputs).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// Runs a step with `with` as the inputs of the workflow.
fn run(remote: &Remote, at: &Path, step: &Step, with: &[(&str, &str)], variables: &[(&str, &str)]) -> Ran {
    let mut inputs = inputs();
    for (name, value) in with {
        assert!(inputs.insert((*name).to_owned(), (*value).to_owned()).is_some(), "no input is called {name}");
    }
    let bin = remote.repo.beside("bin");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    // As the runner calls `shell: bash`.
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &step.script]).current_dir(at).env_clear();
    command
        .env("PATH", path)
        .env("HOME", at)
        .env("RUNNER_TEMP", remote.repo.beside("temp"))
        .env("GITHUB_ACTIONS", "true");
    for (name, value) in &step.variables {
        let value = match value.strip_prefix("${{ ").and_then(|value| value.strip_suffix(" }}")) {
            Some("github.action_path") => env!("CARGO_MANIFEST_DIR").to_owned(),
            Some(input) => inputs[input.strip_prefix("inputs.").expect("an input")].clone(),
            None => value.clone(),
        };
        command.env(name, value);
    }
    Ran::of(command.envs(variables.iter().copied()).output().expect("bash is installed"))
}

/// A cargo that installs this very program and remembers what it was asked for.
fn fake_cargo(remote: &Remote) {
    let bin = remote.repo.beside("bin");
    std::fs::create_dir_all(&bin).expect("folder");
    let script = format!(
        "#!/bin/sh\necho \"$@\" > \"$HOME/cargo-log\"\nwhile [ \"$1\" != --root ]; do shift; done\n\
         mkdir -p \"$2/bin\" && cp '{}' \"$2/bin/keyhound\"\n",
        env!("CARGO_BIN_EXE_keyhound")
    );
    std::fs::write(bin.join("cargo"), script).expect("writes");
    std::fs::set_permissions(bin.join("cargo"), std::fs::Permissions::from_mode(0o755)).expect("sets");
}

#[test]
fn its_steps_build_and_scan() {
    let remote = remote();
    fake_cargo(&remote);
    let at = remote.checkout("m", 0, &remote.main, "refs/remotes/origin/main");
    let event = remote.event("push", &[("BASE", &remote.before), ("HEAD", &remote.main)]);
    let (event, output) = (event.display().to_string(), remote.repo.beside("output").display().to_string());
    let variables = [
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_EVENT_PATH", event.as_str()),
        ("GITHUB_SHA", &remote.main),
        ("GITHUB_OUTPUT", &output),
    ];
    let steps = steps();
    assert_eq!(steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["Build keyhound", "Scan"]);
    run(&remote, &at, &steps[0], &[], &variables).exits(0);
    let asked = std::fs::read_to_string(at.join("cargo-log")).expect("cargo ran");
    assert!(asked.contains("--locked") && asked.contains(env!("CARGO_MANIFEST_DIR")), "{asked}");
    let ran = run(&remote, &at, &steps[1], &[], &variables).exits(1);
    assert_eq!(found(&ran), [2]);
    assert!(ran.out.contains("::error file=more,line=1,"), "{}", ran.out);
    let sarif = std::fs::read_to_string(at.join("keyhound.sarif")).expect("SARIF");
    assert!(sarif.contains("github-personal-access-token") && !sarif.contains(&key(2)));
    let outputs = std::fs::read_to_string(&output).expect("outputs");
    let promised = Regex::new(r"steps\.scan\.outputs\.(\w+)").expect("a pattern");
    for name in promised.captures_iter(&text()) {
        assert!(outputs.contains(&format!("{}=", &name[1])), "{outputs}");
    }
    // Inputs arrive.
    run(&remote, &at, &steps[1], &[("exit-code", "0")], &variables).exits(0);
    let range = format!("{}^!", remote.before);
    let ran = run(&remote, &at, &steps[1], &[("range", &range), ("sarif", "")], &variables).exits(1);
    assert_eq!(found(&ran), [0]);
    run(&remote, &at, &steps[1], &[("config", "none.toml")], &variables).exits(2);
    run(&remote, &at, &steps[1], &[("baseline", "none")], &variables).exits(2);
    run(&remote, &at, &steps[1], &[("severity", "huge")], &variables).exits(2);
    run(&remote, &at, &steps[1], &[("confidence", "high"), ("severity", "low")], &variables).exits(1);
}

#[test]
fn inputs_stay_text() {
    let remote = remote();
    let at = remote.checkout("m", 0, &remote.main, "refs/remotes/origin/main");
    let event = remote.event("schedule", &[]).display().to_string();
    let variables = [("GITHUB_EVENT_NAME", "schedule"), ("GITHUB_EVENT_PATH", event.as_str())];
    let scan = &steps()[1];
    let program = env!("CARGO_BIN_EXE_keyhound");
    for input in inputs().keys().filter(|name| !["keyhound", "working-directory"].contains(&name.as_str())) {
        for hostile in ["$(touch pwned)", "\"; touch pwned; \"", "`touch pwned`", "a b --show-secrets", "--help"] {
            run(&remote, &at, scan, &[("keyhound", program), (input, hostile)], &variables);
            assert!(!at.join("pwned").exists(), "{input}: {hostile}");
        }
    }
    // And nothing is pasted into a script.
    for step in steps() {
        assert!(!step.script.contains("${{"), "{}", step.name);
    }
}

#[test]
fn every_input_is_used_and_described() {
    let (text, inputs) = (text(), inputs());
    assert_eq!(inputs.len(), text.split_once("\noutputs:").expect("outputs").0.matches("    default: ").count());
    for input in inputs.keys() {
        assert!(text.contains(&format!("${{{{ inputs.{input} ")), "{input}");
    }
}
