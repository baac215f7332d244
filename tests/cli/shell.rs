//! First contact: help, version, completions, the manual, `init`.

use super::{ONE, Place, Ran, commit, key, stage};
use clap::Command;
use keyhound::cli;

/// Every subcommand with the words that lead to it, the program itself first.
fn all(command: &Command, words: Vec<String>, into: &mut Vec<(Vec<String>, Command)>) {
    into.push((words.clone(), command.clone()));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        all(sub, [&words[..], &[sub.get_name().to_owned()]].concat(), into);
    }
}

fn shapes() -> Vec<(Vec<String>, Command)> {
    let mut shapes = Vec::new();
    all(&cli::command(), Vec::new(), &mut shapes);
    shapes
}

/// The long options that a text names.
fn options(text: &str) -> std::collections::BTreeSet<String> {
    let option = regex::Regex::new(r"(?:^|[\s,\[(`'])--([a-z][a-z-]*[a-z])").expect("a pattern");
    option.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn the_manual_says_what_the_help_says() {
    let place = Place::new();
    place.run(&["man", "--output", "man1"]).exits(0);
    let mut pages = 0;
    for (words, command) in shapes() {
        let help = place.run(&[&words[..], &["--help".to_owned()]].concat()).exits(0).out;
        let name = [&["keyhound".to_owned()][..], &words].concat().join("-");
        let page = std::fs::read_to_string(place.path(&format!("man1/{name}.1"))).expect(&name);
        pages += 1;
        // In roff a dash is written with a backslash.
        let page =
            page.replace("\\-", "-").replace("\\fB", " ").replace("\\fR", "").replace("\\fI", "").replace("\\f[", "[");
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let Some(long) = arg.get_long() else { continue };
            assert!(options(&page).contains(long), "{name}.1 lacks --{long}");
            assert!(options(&help).contains(long), "{name} --help lacks --{long}");
        }
        let unknown: Vec<String> = options(&page).difference(&options(&help)).cloned().collect();
        assert!(unknown.is_empty(), "{name}.1 names {unknown:?}, which --help does not");
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            assert!(page.contains(sub.get_name()) && help.contains(sub.get_name()), "{name}: {}", sub.get_name());
        }
    }
    assert_eq!(std::fs::read_dir(place.path("man1")).expect("lists").count(), pages);
    assert!(place.run(&["man"]).exits(0).out.contains("keyhound"));
}

#[test]
fn every_shell_completes_every_option() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.run(&["completions", shell]).exits(0).out;
        for (words, command) in shapes() {
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                let Some(long) = arg.get_long() else { continue };
                // fish writes `-l name`.
                let is_there = script.contains(&format!("--{long}")) || script.contains(&format!("-l {long}"));
                assert!(is_there, "{shell}: {words:?} --{long}");
            }
        }
    }
    let said = place.run(&["completions", "bahs"]).exits(2).err;
    assert!(said.contains("bash"), "{said}");
}

#[test]
fn the_first_screen_groups_every_subcommand() {
    let place = Place::new();
    let help = place.run(&["--help"]).exits(0).out;
    for sub in cli::command().get_subcommands() {
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        assert_eq!(help.matches(&format!(" {about}\n")).count(), 1, "{}: {help}", sub.get_name());
    }
    assert!(help.contains("Find keys:\n  scan ") && !help.contains("\nMore:"), "{help}");
    assert!(help.contains("Exit codes:"));
}

#[test]
fn a_wrong_word_gets_a_way_on() {
    let place = Place::new();
    place.write("src/x", "");
    assert!(place.run(&["scna"]).exits(2).err.contains("scan"));
    let said = place.run(&["src"]).exits(2).err;
    assert!(said.contains("to scan that path: keyhound scan src"), "{said}");
}

#[test]
fn the_version_names_the_rules() {
    let place = Place::new();
    let said = place.run(&["--version"]).exits(0).out;
    let form =
        regex::Regex::new(r"^keyhound \d+\.\d+\.\d+ \((?:[0-9a-f]{7,}, )?rules [0-9a-f]{10}\)\n$").expect("a pattern");
    assert!(form.is_match(&said), "{said}");
    assert_eq!(place.run(&["-V"]).exits(0).out, said);
}

#[test]
fn a_project_begins_with_a_configuration_and_hooks_if_it_wants() {
    let place = Place::new();
    let repository = place.repository(".");
    let said = place.run(&["init"]).exits(0).err;
    assert!(said.contains("wrote ./keyhound.toml") && said.contains("'keyhound hook install'"), "{said}");
    place.run(&["scan"]).exits(0);
    place.write("keyhound.toml", "# mine\n");
    let said = place.run(&["init", "--hook"]).exits(0).err;
    assert!(said.contains("stays as it is") && said.contains("pre-push: installed in"), "{said}");
    assert_eq!(std::fs::read_to_string(place.path("keyhound.toml")).expect("reads"), "# mine\n");
    assert!(place.path(".git/hooks/pre-commit").is_file());
    // And the hook does its work.
    place.write("a.py", key(ONE));
    stage(&repository, "a.py");
    let hook = place.command(&["hook", "run", "pre-commit"]).output().expect("runs");
    assert!(Ran::of(hook).exits(1).err.contains("keyhound stops this commit"));
    commit(&repository);
    let outside = Place::new();
    outside.run(&["init", "--hook"]).exits(2);
    outside.run(&["init", "--no-hook"]).exits(0);
}
