//! `keyhound rules check|list|show|test`

mod check;
mod list;
mod show;
mod test;

use super::Outcome;
use super::shape::Rules;
use crate::exit::Exit;
use crate::pipeline::Plan;
use crate::problem::Problem;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::PathBuf;

/// What can be typed after `rules`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What can be done with rules.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Check rule files as keyhound's own tests do: patterns, prefixes, examples, cost, overlaps
    Check(check::Check),
    /// List the rules that would run
    List(list::List),
    /// Show everything about a rule
    Show(show::Show),
    /// Say what each rule makes of a text
    Test(test::Test),
}

/// Does what was asked for.
pub(super) fn run(args: &Args) -> Outcome {
    match &args.action {
        Action::Check(check) => check.run(),
        Action::List(list) => list.run(),
        Action::Show(show) => show.run(),
        Action::Test(test) => test.run(),
    }
}

/// A plan that scans nothing, for the sake of its rules.
fn plan(rules: &Rules) -> Plan {
    Plan {
        config: super::meaning::config(rules),
        rules: super::meaning::rules(rules),
        gitleaks_strict: rules.gitleaks_compat == super::shape::Compat::Strict,
        ..Plan::of_paths(vec![PathBuf::from(".")])
    }
}

/// Writes to standard output; a reader that has gone away has read enough.
fn print(exit: Exit, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Outcome {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::fatal("standard output", format!("cannot be written: {error}")))
        }
        _ => Ok(exit.code()),
    }
}

/// Writes a JSON document.
fn json(value: &impl serde::Serialize, out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
