//! `keyhound rules list`

use super::{json, plan, print};
use crate::cli::Outcome;
use crate::cli::shape::Rules;
use crate::exit::Exit;
use crate::pipeline;
use crate::rule::{Rule, RuleSet};
use serde::Serialize;
use std::io::Write;

/// What can be typed after `list`.
#[derive(Debug, clap::Args)]
pub struct List {
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
    tags: Vec<&'r str>,
}

impl List {
    /// Prints the rules.
    pub(super) fn run(&self) -> Outcome {
        let rules = pipeline::rules(&plan(&self.rules))?;
        print(Exit::Clean, |out| {
            if self.json {
                let records: Vec<Record<'_>> = rules.iter().map(|(_, rule)| record(rule)).collect();
                return json(&records, out);
            }
            table(&rules, out)
        })
    }
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
        tags: rule.tags().collect(),
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
