//! Argument shapes → a plan; one file per subcommand. Parsing touches nothing: what was typed is in `shape`, what it
//! means in `meaning`, and only then is anything read.

mod audit;
mod baseline;
mod ci;
mod config;
mod explain;
mod help;
mod hook;
mod init;
mod interrupt;
mod inventory;
mod meaning;
mod merge;
mod network;
mod output;
mod progress;
mod report;
mod revoke;
mod rotation;
mod rules;
mod say;
mod scan;
mod shape;
mod shell;
mod targets;
mod triage;
mod verify;

pub use output::Color;

use crate::exit::Exit;
use crate::problem::Problem;
use clap::error::{ContextKind, ContextValue};
use clap::{FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Finds leaked API keys in source trees and whole git histories.
///
/// Says who introduced each, when, and whether it is still there. Keys are redacted in everything that it prints.
#[derive(Debug, Parser)]
#[command(
    name = "keyhound",
    version,
    after_help = exit_codes(),
    disable_help_subcommand = true,
    infer_long_args = false,
    max_term_width = 110
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan files, directories, repositories, the index or standard input
    #[command(after_help = exit_codes())]
    Scan(Box<scan::Args>),
    /// Ask providers whether keys are alive
    #[command(after_help = VERIFY_EXIT_CODES)]
    Verify(Box<verify::Args>),
    /// Revoke keys at their providers: prints the plan, and does it with --execute
    #[command(after_help = REVOKE_EXIT_CODES)]
    Revoke(Box<revoke::Args>),
    /// Check how keys are used: rotation, expiry, transport, exposure, age
    #[command(after_help = exit_codes())]
    Audit(Box<scan::Args>),
    /// Say what a rule or check finds, why, and what to do; or how a key is replaced
    Explain(explain::Args),
    /// Go through findings in the terminal: allow, baseline, or leave open
    Triage(Box<triage::Args>),
    /// Keep a list of keys that are known and accepted for now
    Baseline(baseline::Args),
    /// Keep a list of the keys that a project uses: owners, ages, ends
    Inventory(inventory::Args),
    /// Let git ask keyhound before it commits or pushes
    Hook(hook::Args),
    /// Scan what a CI job is about: a pull request, a push, or everything
    #[command(after_help = exit_codes())]
    Ci(Box<ci::Args>),
    /// Show a JSON report in another format
    Report(Box<report::Args>),
    /// Join the reports of the parts of a scan
    #[command(after_help = exit_codes())]
    Merge(Box<merge::Args>),
    /// Write a configuration to start from, and install the hooks
    Init(init::Args),
    /// Print a script that completes options in a shell
    Completions(shell::Completions),
    /// Print or write the manual
    Man(shell::Man),
    /// Look at the rules
    Rules(rules::Args),
    /// Bring the configuration of another program along
    Config(config::Args),
}

/// The shapes of all command lines, from which the documentation's tables are made.
pub fn command() -> clap::Command {
    let command = <Cli as clap::CommandFactory>::command();
    let template = help::template(&command);
    command.help_template(template)
}

/// Understands a command line.
///
/// # Errors
///
/// What is wrong with it, or the text of `--help` or `--version`.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let words: Vec<OsString> = words.into_iter().collect();
    let shape = match words.get(1) {
        // Not made for every start, for it costs a look at all rules.
        Some(word) if word == "--version" || word == "-V" => command().version(&*version().leak()),
        _ => command(),
    };
    let command = Cli::from_arg_matches(&shape.try_get_matches_from(words)?)?.command;
    match &command {
        Command::Scan(args) => args.check()?,
        Command::Revoke(args) => args.check()?,
        Command::Audit(args) => audit::check(args)?,
        Command::Ci(args) => args.check()?,
        Command::Report(args) => args.check()?,
        Command::Merge(args) => args.check()?,
        _ => {}
    }
    Ok(command)
}

/// Runs a command.
pub fn run(command: Command) -> ExitCode {
    let outcome = match command {
        Command::Scan(args) => scan::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Revoke(args) => revoke::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Triage(args) => triage::run(&args),
        Command::Baseline(args) => baseline::run(&args),
        Command::Inventory(args) => inventory::run(&args),
        Command::Ci(args) => ci::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
        Command::Report(args) => report::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Hook(args) => hook::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Config(args) => config::run(&args),
    };
    ExitCode::from(outcome.unwrap_or_else(|problem| {
        say::problem(&problem);
        Exit::Failed.code()
    }))
}

/// Says what is wrong with a command line, or prints the help that was asked for.
pub fn refuse(usage: &clap::Error) -> ExitCode {
    // A reader that has gone away, `keyhound --help | head -1`, has read enough.
    let _ = usage.print();
    if let Some(ContextValue::String(word)) = usage.get(ContextKind::InvalidSubcommand)
        && std::path::Path::new(word).exists()
    {
        say::line(&format!("to scan that path: keyhound scan {word}"));
    }
    ExitCode::from(if usage.use_stderr() { Exit::Failed.code() } else { Exit::Clean.code() })
}

/// Keeps panics from printing their message, which may quote a scanned text and so a secret. Where it happened is said,
/// because that is what a report of the defect needs.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        say::problem(
            &Problem::fatal("defect", format!("keyhound failed at {place}")).with_next_step("please report it"),
        );
    }));
}

/// The version, with the commit that a release was built from and what tells its rules from others.
fn version() -> String {
    let commit = option_env!("KEYHOUND_COMMIT").map(|commit| format!("{commit}, ")).unwrap_or_default();
    format!("{} ({commit}rules {})", env!("CARGO_PKG_VERSION"), &crate::rule::digest()[..10])
}

/// The end of the help: every exit code.
fn exit_codes() -> String {
    let lines: Vec<String> = Exit::ALL.iter().map(|exit| format!("  {}  {}", exit.code(), exit.meaning())).collect();
    format!("Exit codes:\n{}", lines.join("\n"))
}

/// The end of the help of `verify`.
const VERIFY_EXIT_CODES: &str = "Exit codes:
  0  every key is proven dead, or there is none
  1  a key is live
  2  could not do the job: usage, bad configuration, a key that is not there
  3  no key is live as far as is known, but of some nobody knows";

/// The end of the help of `revoke`.
const REVOKE_EXIT_CODES: &str = "Exit codes:
  0  every key that was asked for is proven dead
  1  a key is not revoked, or there was only a plan
  2  could not do the job: usage, bad configuration, a key that is not there, a receipt that cannot be written
  3  every key was revoked as far as its provider says, but of some that is not proven";

/// What a subcommand comes to: the code for the shell, or why it could not be done.
type Outcome = Result<u8, Problem>;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parsed(line: &str) -> Result<Command, clap::Error> {
        parse(std::iter::once("keyhound").chain(line.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn the_shapes_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_of_a_scan_stands_under_a_task() {
        let cli = Cli::command();
        let scan = cli.find_subcommand("scan").expect("scan");
        for arg in scan.get_arguments().filter(|arg| !arg.is_hide_set() && arg.get_id() != "help") {
            assert!(arg.get_help_heading().is_some(), "{} has no heading", arg.get_id());
            assert!(arg.get_help().is_some(), "{} has no help", arg.get_id());
        }
    }

    #[test]
    fn contradictions_are_usage_errors() {
        for line in [
            "scan --staged --stdin",
            "scan --stdin a",
            "scan --history-only --no-history",
            "scan --staged --range a..b",
            "scan --no-history --branch b",
            "scan --config a --no-config",
            "scan --show-secrets --format sarif",
            "scan --show-secrets --report sarif=x",
            "scan --show-secrets --output x.sarif",
            "scan --output x --report json=x",
            "scan --report nothing",
            "scan --severity huge",
            "scan --now yesterday",
            "scan --since soon",
            "scan --threads 0",
            "scan --max-file-size 0",
            "scan --stdin-path x a",
            "scan --frobnicate",
            "scna",
            "",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_typo_gets_a_suggestion() {
        let error = parsed("scan --no-ingore").expect_err("typo").to_string();
        assert!(error.contains("--no-ignore"), "{error}");
        let error = parsed("scan --format serif").expect_err("typo").to_string();
        assert!(error.contains("sarif"), "{error}");
    }

    #[test]
    fn help_names_every_exit_code() {
        let help = parsed("scan --help").expect_err("help").to_string();
        for exit in Exit::ALL {
            assert!(help.contains(&format!("  {}  ", exit.code())), "{help}");
        }
    }
}
