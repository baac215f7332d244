//! The README against the program: its tables are made of the code's, its screen is what the program prints, and its
//! examples are understood. `KEYHOUND_BLESS=1 cargo test readme` rewrites what is generated.

use clap::{Arg, ArgAction, Command};
use git2::{Repository, Signature, Time};
use keyhound::blob::{Blob, Origin};
use keyhound::cli;
use keyhound::config::Config;
use keyhound::coverage::Skip;
use keyhound::engine::Engine;
use keyhound::exit::Exit;
use keyhound::rule::{RuleSet, format, load_text};
use regex::Regex;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;

const README: &str = "README.md";

fn readme() -> String {
    std::fs::read_to_string(README).expect("README.md is beside Cargo.toml")
}

/// Compares the part of the README between its marks with `want`, or writes it there.
fn generated(part: &str, want: &str) {
    // One at a time, for they rewrite one file.
    static WRITER: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = WRITER.lock();
    let (open, text) = (format!("<!-- generated: {part} -->\n"), readme());
    let (before, rest) = text.split_once(&open).expect("the part's first mark");
    let (got, after) = rest.split_once("<!-- end -->").expect("the part's last mark");
    if got != want && std::env::var_os("KEYHOUND_BLESS").is_some() {
        std::fs::write(README, format!("{before}{open}{want}<!-- end -->{after}")).expect("README.md is writable");
        return;
    }
    assert!(got == want, "README.md: the part '{part}' differs; if that is meant, bless it\n--- want\n{want}");
}

/// The blocks of a language that the README holds.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let mut blocks = Vec::new();
    for rest in text.split(&format!("\n```{language}\n")).skip(1) {
        blocks.push(rest.split_once("\n```").expect("the block ends").0.to_owned() + "\n");
    }
    blocks
}

/// The subcommands that do something, as they are typed.
fn leaves(command: &Command, typed: &str, into: &mut Vec<(String, Command)>) {
    if command.get_subcommands().next().is_none() {
        into.push((typed.to_owned(), command.clone()));
    }
    for sub in command.get_subcommands() {
        leaves(sub, format!("{typed} {}", sub.get_name()).trim(), into);
    }
}

fn subcommands() -> Vec<(String, Command)> {
    let mut all = Vec::new();
    leaves(&cli::command(), "", &mut all);
    all
}

fn visible(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help")
}

/// `` `-f`, `--format FORMAT` ``
fn shown(arg: &Arg) -> String {
    let values: Vec<&str> = arg.get_value_names().into_iter().flatten().map(|name| name.as_str()).collect();
    let takes = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let value = if takes { format!(" {}", values.join(" ")) } else { String::new() };
    match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("`-{short}`, `--{long}{value}`"),
        (_, Some(long)) => format!("`--{long}{value}`"),
        _ => format!("`{}`", values.join(" ")),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn described(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let words: Vec<String> =
        arg.get_possible_values().iter().filter(|v| !v.is_hide_set()).map(|v| v.get_name().to_owned()).collect();
    if !words.is_empty() && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
        let _ = write!(text, ": {}", words.join(", "));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
        let _ = write!(text, " [default: {}]", defaults.join(" "));
    }
    cell(&text)
}

#[test]
fn the_options_are_those_of_the_program() {
    let all = subcommands();
    let (_, scan) = all.iter().find(|(typed, _)| typed == "scan").expect("scan");
    let mut headings: Vec<&str> = Vec::new();
    for heading in visible(scan).filter_map(Arg::get_help_heading) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    let mut text = String::new();
    for heading in headings {
        let _ = write!(text, "\n| {heading} | |\n|---|---|\n");
        for arg in visible(scan).filter(|arg| arg.get_help_heading() == Some(heading)) {
            let _ = writeln!(text, "| {} | {} |", shown(arg), described(arg));
        }
    }
    let known: BTreeSet<_> = visible(scan).map(Arg::get_id).collect();
    for (typed, command) in all.iter().filter(|(typed, _)| typed != "scan") {
        let own: Vec<&Arg> = visible(command).filter(|arg| !known.contains(arg.get_id())).collect();
        if !own.is_empty() {
            let _ = write!(text, "\n| Only `keyhound {typed}` | |\n|---|---|\n");
        }
        for arg in own {
            let _ = writeln!(text, "| {} | {} |", shown(arg), described(arg));
        }
    }
    text.push('\n');
    generated("options", &text);
}

#[test]
fn every_option_is_named_and_no_other_is() {
    let mut there: BTreeSet<String> = BTreeSet::from(["help".to_owned(), "version".to_owned()]);
    let mut hidden = BTreeSet::new();
    for (_, command) in subcommands() {
        for arg in command.get_arguments() {
            let set = if arg.is_hide_set() { &mut hidden } else { &mut there };
            set.extend(arg.get_long().map(str::to_owned));
        }
    }
    // Options of cargo stand before a lone `--`.
    let text = Regex::new(r"(?m)^cargo .*? -- |^cargo .*$").expect("a pattern").replace_all(&readme(), "").into_owned();
    let option = Regex::new(r"(?:^|[\s`(\[])--([a-z][a-z-]*)").expect("a pattern");
    let named: BTreeSet<String> = option.captures_iter(&text).map(|found| found[1].to_owned()).collect();
    let unnamed: Vec<_> =
        there.iter().filter(|long| !named.contains(*long) && !["help", "version"].contains(&long.as_str())).collect();
    assert!(unnamed.is_empty(), "README.md does not name {unnamed:?}");
    let unknown: Vec<_> = named.iter().filter(|long| !there.contains(*long) && !hidden.contains(*long)).collect();
    assert!(unknown.is_empty(), "README.md names {unknown:?}, which no subcommand has");
}

#[test]
fn the_subcommands_share_the_options_that_the_readme_says() {
    let all = subcommands();
    let longs = |typed: &str, keep: &dyn Fn(&Arg) -> bool| -> BTreeSet<String> {
        let (_, command) = all.iter().find(|(t, _)| t == typed).expect("a subcommand");
        visible(command).filter(|arg| keep(arg)).filter_map(|arg| arg.get_long().map(str::to_owned)).collect()
    };
    let instead = ["staged", "stdin", "stdin-path", "repos", "shard", "work"];
    let shared = longs("scan", &|arg| {
        !matches!(arg.get_help_heading(), Some("Reports" | "Asking providers"))
            && !arg.get_long().is_some_and(|long| instead.contains(&long))
    });
    let mut of_create = longs("baseline create", &|_| true);
    assert!(of_create.remove("staged"));
    assert_eq!(of_create, shared);
    assert_eq!(longs("baseline prune", &|_| true), shared);
    let choosing = ["config", "disable", "enable", "gitleaks-compat", "json", "no-config", "only", "rules"];
    for typed in ["rules check", "rules list", "rules show", "rules test"] {
        assert_eq!(longs(typed, &|arg| arg.get_id() != "show_secrets"), choosing.map(str::to_owned).into(), "{typed}");
    }
}

#[test]
fn every_subcommand_is_named() {
    let text = readme();
    for (typed, _) in subcommands() {
        assert!(text.contains(&format!("keyhound {typed}")), "README.md does not name keyhound {typed}");
    }
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let mut text = String::from("\n| code | meaning |\n|---|---|\n");
    for exit in Exit::ALL {
        let _ = writeln!(text, "| {} | {} |", exit.code(), cell(exit.meaning()));
    }
    text.push('\n');
    generated("exits", &text);
}

#[test]
fn what_is_not_scanned_is_what_the_program_counts() {
    let mut text = String::from("\n| not scanned | makes the scan incomplete |\n|---|---|\n");
    for skip in Skip::ALL {
        let _ = writeln!(text, "| {} | {} |", cell(skip.words()), if skip.is_gap() { "yes" } else { "no" });
    }
    text.push('\n');
    generated("skips", &text);
}

/// Commits `content` as the file `config/prod.env` of `repo`, or its removal.
fn commit(repo: &Repository, content: Option<&str>, summary: &str, (name, email): (&str, &str), time: i64) {
    let who = Signature::new(name, email, &Time::new(time, 0)).expect("a signature");
    let path = Path::new("config/prod.env");
    let file = repo.workdir().expect("a worktree").join(path);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("folder");
    std::fs::write(&file, content.unwrap_or_default()).expect("file");
    let mut index = repo.index().expect("an index");
    index.add_path(path).expect("added");
    index.write().expect("written");
    let tree = repo.find_tree(index.write_tree().expect("a tree")).expect("the tree");
    let parent = repo.head().ok().map(|head| head.peel_to_commit().expect("a commit"));
    let parents: Vec<_> = parent.iter().collect();
    repo.commit(Some("HEAD"), &who, &who, summary, &tree, &parents).expect("a commit");
}

#[test]
fn the_screen_is_what_the_program_prints() {
    let dir = tempfile::tempdir().expect("temp dir");
    let mut options = git2::RepositoryInitOptions::new();
    let repo = Repository::init_opts(dir.path().join("shop"), options.initial_head("main")).expect("a repository");
    let key = ["AIRCLOU_API_KEY=ac_", "live_9fK2mQ7xLp4RtV8nB3cZ6wYd\n"].concat();
    let settings = "REGION=eu-central\nLOG_LEVEL=info\n";
    let (ann, bob) = (("Ann Example", "ann@example.org"), ("Bob Example", "bob@example.org"));
    commit(&repo, Some(settings), "Start the shop", ann, 1_772_445_600);
    commit(&repo, Some(&format!("{settings}{key}")), "Deploy to production", ann, 1_772_532_000);
    commit(&repo, Some(settings), "Read the key from the environment", bob, 1_773_223_200);

    let typed = blocks("console").first().and_then(|block| block.lines().next().map(str::to_owned));
    let typed = typed.expect("the README's screen begins with what was typed");
    let words = typed.strip_prefix("$ keyhound ").expect("the screen's command").split(' ');
    let ran = Process::new(env!("CARGO_BIN_EXE_keyhound"))
        .args(words)
        .current_dir(dir.path())
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(ran.stdout).expect("UTF-8");
    assert_eq!(ran.status.code(), Some(i32::from(Exit::Findings.code())), "{printed}");
    // How long it took is the one thing that differs from run to run.
    let took = Regex::new(r"(?m)^( +took  ).*$").expect("a pattern");
    let printed = took.replace(&printed, "${1}9 ms");
    generated("screen", &format!("```console\n{typed}\n{printed}```\n"));
}

#[test]
fn the_configuration_is_understood_and_has_every_key() {
    let blocks = blocks("toml");
    let text = blocks.iter().find(|block| block.contains("[scan]")).expect("a configuration");
    Config::parse(Path::new("keyhound.toml"), text.as_bytes()).expect("the README's configuration is understood");
    let shape = std::fs::read_to_string("src/config/shape.rs").expect("the shape of configurations");
    let key = Regex::new(r"(?m)^    pub (\w+):").expect("a pattern");
    let keys: BTreeSet<String> = key.captures_iter(&shape).map(|found| found[1].to_owned()).collect();
    assert!(keys.len() > 15, "{keys:?}");
    for key in keys {
        let at = Regex::new(&format!(r"(?m)^(?:\[\[?{key}\]\]?|{key} = )")).expect("a pattern");
        assert!(at.is_match(text), "README.md: the configuration lacks {key}");
    }
}

#[test]
fn the_rule_finds_its_examples() {
    let blocks = blocks("toml");
    let text = blocks.iter().find(|block| block.contains("[[rule.example]]")).expect("a rule file");
    let engine = Engine::new(Arc::new(
        RuleSet::new(load_text("README.md", text).expect("the README's rule is understood")).expect("a rule set"),
    ));
    let file: format::ProviderFile = format::parse_toml("README.md", text).expect("parses");
    for rule in &file.rules {
        for example in &rule.examples {
            let (text, secret) = (example.text.join(), example.secret.join());
            let hits = engine.scan(&Blob::whole(text.as_bytes(), Origin::Stdin));
            assert!(hits.iter().any(|hit| text[hit.secret.clone()] == secret), "{}", rule.id);
        }
        for counter in &rule.counter_examples {
            let hits = engine.scan(&Blob::whole(counter.text.join().as_bytes(), Origin::Stdin));
            assert!(hits.is_empty(), "{}", rule.id);
        }
    }
}

#[test]
fn what_the_readme_points_to_exists() {
    let link = Regex::new(r"\]\(([^)#:]+)\)").expect("a pattern");
    for document in [README, "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(document).expect("the document");
        for found in link.captures_iter(&text) {
            assert!(Path::new(&found[1]).exists(), "{document} points to {}", &found[1]);
        }
    }
}
