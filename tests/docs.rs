//! The pages of documentation against the program: every command that a page shows is run, in the page's order, in a
//! repository that is made anew for each page.
//!
//! A block of ```` ```sh ```` is commands. Any other block that begins with a comment naming a file, such as
//! `# security/rules/acme.toml`, is that file from there on.

mod world;

use keyhound::cli;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use world::World;

/// Commands that are not run, by how they begin, each with the reason.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo ", "builds this program, for minutes"),
    ("benches/compare.py ", "measures for minutes, and needs other scanners"),
    ("checkov ", "another program, which nothing here installs"),
    ("gitleaks ", "another program, which nothing here installs"),
    ("kubectl ", "needs a cluster"),
    ("keyhound triage", "asks a person at a terminal"),
];

/// Fewer commands than this are not all: then the blocks were not found.
const LEAST: usize = 140;

/// Clean, findings, gaps. Whatever else a command ends with, a reader would not have expected.
const FINE: [i32; 3] = [0, 1, 3];

/// Whether a command ended well. Of a pipe only the end has an exit code; git and the shell complain about the rest.
fn is_fine(code: Option<i32>, errors: &str) -> bool {
    let complains = errors.lines().any(|line| line.starts_with("fatal: ") || line.ends_with("not found"));
    code.is_some_and(|code| FINE.contains(&code)) && !complains
}

/// One step of a page.
#[derive(Debug)]
enum Step {
    /// A command, and the line on which it begins.
    Run { line: usize, command: String },
    /// A file that the page shows.
    Write { path: String, text: String },
}

/// Pages with commands: the README and what `docs/` holds, but for the page that is generated from the checks, whose
/// blocks are their examples.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned()];
    pages.extend(in_docs().into_iter().map(|name| format!("docs/{name}")).filter(|page| page != "docs/checks.md"));
    pages
}

fn in_docs() -> Vec<String> {
    let names = std::fs::read_dir("docs").expect("docs/ can be listed").map(|entry| entry.expect("entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".md"));
    names.sort();
    names
}

fn read(page: &str) -> String {
    std::fs::read_to_string(page).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// What a page does, in its order.
fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((_, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<(usize, &str)> = lines.by_ref().take_while(|(_, line)| *line != "```").collect();
        if language == "sh" {
            steps.extend(commands(&block));
        } else if let Some(path) = block.first().and_then(|(_, line)| named(line)) {
            let text = block.iter().map(|(_, line)| format!("{line}\n")).collect();
            steps.push(Step::Write { path: path.to_owned(), text });
        }
    }
    steps
}

/// The file that a comment names.
fn named(line: &str) -> Option<&str> {
    let path = line.strip_prefix("# ")?;
    let is_path = path.contains('.') && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
    is_path.then_some(path)
}

/// The commands of a block; a backslash at the end of a line joins it with the next.
fn commands(block: &[(usize, &str)]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in block {
        let (first, before) = open.take().unwrap_or((*number, String::new()));
        match line.strip_suffix('\\') {
            Some(line) => open = Some((first, before + line.trim_start())),
            None => {
                let command = before + line.trim_start();
                if !command.is_empty() && !command.starts_with('#') {
                    steps.push(Step::Run { line: first, command });
                }
            }
        }
    }
    assert!(open.is_none(), "a block ends within a command");
    steps
}

/// Why a command is not run.
fn not_run(command: &str) -> Option<&'static str> {
    NOT_RUN.iter().find(|(start, _)| command.starts_with(start)).map(|(start, _)| *start)
}

/// The command as it is run: no provider is asked, and no key is revoked.
fn tamed(command: &str) -> String {
    let mut command = command.to_owned();
    if !command.contains("--dry-run") {
        command = command.replace("keyhound verify", "keyhound verify --dry-run");
    }
    if command.contains("keyhound revoke") {
        command = command.replace(" --execute", "");
    }
    // An address of an inner network is refused before anything is sent.
    command.replace(" --verify", " --verify --provider airclou --endpoint airclou=https://127.0.0.1:9")
}

/// Runs a command line as a reader would, with nothing of the caller's environment but where programs are.
fn sh(world: &World, command: &str) -> Output {
    let programs = Path::new(env!("CARGO_BIN_EXE_keyhound")).parent().expect("a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&others))).expect("a PATH");
    let mut sh = Command::new("sh");
    sh.args(["-c", command]).current_dir(world.shop()).env_clear().env("PATH", path).env("HOME", world.home());
    sh.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_PAGER", "cat").env("LC_ALL", "C");
    for who in ["AUTHOR", "COMMITTER"] {
        sh.env(format!("GIT_{who}_NAME"), "Ann Example").env(format!("GIT_{who}_EMAIL"), "ann@example.org");
    }
    sh.stdin(Stdio::null()).output().expect("a shell")
}

/// From here on the kernel ends whatever this thread starts that reaches for a network.
fn without_network() {
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    seccompiler::apply_filter(&crate::online::silence::filter()).expect("the kernel takes it");
}

/// Runs a page in a copy of the world; gives how many commands it ran and what went wrong.
fn run(page: &str, world: &World) -> (usize, Vec<String>) {
    without_network();
    let world = world.again();
    let (mut ran, mut wrong) = (0, Vec::new());
    for step in steps(&read(page)) {
        match step {
            Step::Write { path, text } => world.write(&path, &text),
            Step::Run { command, .. } if not_run(&command).is_some() => {}
            Step::Run { line, command } => {
                let output = sh(&world, &tamed(&command));
                ran += 1;
                let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
                if !is_fine(output.status.code(), &err) {
                    wrong.push(format!("{page}:{line}: {command}\n{}\n{out}{err}", output.status));
                }
            }
        }
    }
    (ran, wrong)
}

#[test]
fn every_command_does_what_its_page_says() {
    let (pages, world) = (pages(), World::new());
    // Each on a thread of its own, for what is forbidden to one is forbidden for good.
    let results: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = pages.iter().map(|page| scope.spawn(|| run(page, &world))).collect();
        running.into_iter().map(|page| page.join().expect("a page ends")).collect()
    });
    let wrong: Vec<&str> = results.iter().flat_map(|(_, wrong)| wrong.iter().map(String::as_str)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    let ran: usize = results.iter().map(|(ran, _)| ran).sum();
    assert!(ran >= LEAST, "only {ran} commands were found and run");
}

/// All commands of all pages.
fn all() -> Vec<(String, String)> {
    let of = |page: String| {
        let steps = steps(&read(&page)).into_iter();
        steps.filter_map(move |step| match step {
            Step::Run { command, .. } => Some((page.clone(), command)),
            Step::Write { .. } => None,
        })
    };
    pages().into_iter().flat_map(of).collect()
}

#[test]
fn what_is_not_run_is_in_some_page() {
    let met: BTreeSet<&str> = all().iter().filter_map(|(_, command)| not_run(command)).collect();
    let listed: BTreeSet<&str> = NOT_RUN.iter().map(|(start, _)| *start).collect();
    assert_eq!(met, listed);
}

#[test]
fn every_subcommand_stands_in_some_block() {
    let all = all();
    let mut open = vec![(cli::command(), "keyhound".to_owned())];
    let mut leaves = 0;
    while let Some((command, typed)) = open.pop() {
        for sub in command.get_subcommands() {
            open.push((sub.clone(), format!("{typed} {}", sub.get_name())));
        }
        if command.get_subcommands().next().is_none() {
            leaves += 1;
            assert!(all.iter().any(|(_, command)| command.contains(&typed)), "no page shows {typed}");
        }
    }
    assert!(leaves > 20, "{leaves}");
}

#[test]
fn the_index_lists_every_page_once() {
    let index = read("docs/README.md");
    for name in in_docs().iter().filter(|name| *name != "README.md") {
        let lines = index.lines().filter(|line| line.contains(&format!("]({name})"))).count();
        assert_eq!(lines, 1, "docs/README.md on {name}");
    }
}

#[test]
fn what_pages_point_to_exists() {
    let link = regex::Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").expect("a pattern");
    for page in pages() {
        let folder = Path::new(&page).parent().expect("a folder").to_owned();
        for found in link.captures_iter(&read(&page)) {
            assert!(folder.join(&found[1]).exists(), "{page} points to {}", &found[1]);
        }
    }
}

#[test]
fn blocks_are_read() {
    let text = "a\n```sh\nkeyhound scan \\\n  --staged\n\n# no command\nkeyhound audit  # why\n```\n```toml\n# a/b.toml\nx = 1\n```\n";
    let steps = steps(text);
    let [Step::Run { line: 3, command }, Step::Run { line: 7, command: audit }, Step::Write { path, text }] =
        &steps[..]
    else {
        panic!("{steps:?}");
    };
    assert_eq!(command, "keyhound scan --staged");
    assert_eq!(audit, "keyhound audit  # why");
    assert_eq!((path.as_str(), text.as_str()), ("a/b.toml", "# a/b.toml\nx = 1\n"));
    assert!(is_fine(Some(3), "keyhound: warning: it is shallow\n") && !is_fine(Some(2), "") && !is_fine(None, ""));
    assert!(!is_fine(Some(1), "fatal: invalid object name\n") && !is_fine(Some(0), "sh: 1: keyhuond: not found\n"));
    assert_eq!(tamed("keyhound verify - < key.txt"), "keyhound verify --dry-run - < key.txt");
    assert_eq!(tamed("keyhound verify --dry-run  # of whom"), "keyhound verify --dry-run  # of whom");
    assert_eq!(tamed("keyhound revoke abc --execute"), "keyhound revoke abc");
}
