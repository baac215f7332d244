//! `keyhound rules list`

use super::Outcome;
use super::shape::Rules;
use crate::exit::Exit;
use crate::pipeline::{self, Plan};
use crate::problem::Problem;
use crate::rule::{Rule, RuleSet};
use serde::Serialize;
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
    /// List the rules that would run
    List(List),
}

/// What can be typed after `list`.
#[derive(Debug, clap::Args)]
struct List {
    /// Print a JSON document, not a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    rules: Rules,
}

/// One rule in the JSON document.
#[derive(Debug, Serialize)]
struct Record<'r> {
    id: &'r str,
    provider: &'r str,
    provider_name: &'r str,
    severity: &'r str,
    confidence: &'r str,
    environment: &'r str,
    description: &'r str,
    tags: &'r [&'r str],
}

/// Prints the rules.
pub(super) fn run(args: &Args) -> Outcome {
    let Action::List(list) = &args.action;
    let plan = Plan {
        config: super::meaning::config(&list.rules),
        rules: list.rules.dirs.clone(),
        ..Plan::of_paths(vec![PathBuf::from(".")])
    };
    let rules = pipeline::rules(&plan)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let written = if list.json { json(&rules, &mut out) } else { table(&rules, &mut out) };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::fatal("standard output", format!("cannot be written: {error}")))
        }
        _ => Ok(Exit::Clean.code()),
    }
}

fn json(rules: &RuleSet, out: &mut dyn Write) -> std::io::Result<()> {
    let records: Vec<Record<'_>> = rules.iter().map(|(_, rule)| record(rule)).collect();
    serde_json::to_writer_pretty(&mut *out, &records)?;
    writeln!(out)
}

fn record(rule: &Rule) -> Record<'_> {
    Record {
        id: rule.spec.id,
        provider: rule.provider.id,
        provider_name: rule.provider.name,
        severity: rule.severity.word(),
        confidence: rule.confidence.word(),
        environment: rule.environment.word(),
        description: rule.spec.description,
        tags: rule.spec.tags,
    }
}

/// Columns as wide as their widest word, two blanks apart; the description is the last and may run on.
fn table(rules: &RuleSet, out: &mut dyn Write) -> std::io::Result<()> {
    let head = ["RULE", "PROVIDER", "SEVERITY", "CONFIDENCE", "DESCRIPTION"];
    let rows: Vec<[&str; 5]> = std::iter::once(head)
        .chain(rules.iter().map(|(_, rule)| {
            let record = record(rule);
            [record.id, record.provider, record.severity, record.confidence, record.description]
        }))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    for row in &rows {
        for (word, width) in row.iter().zip(widths) {
            write!(out, "{word:width$}  ")?;
        }
        writeln!(out, "{}", row[4])?;
    }
    Ok(())
}
