//! `keyhound rules check`

use super::{json, plan, print};
use crate::cli::Outcome;
use crate::cli::shape::Rules;
use crate::exit::Exit;
use crate::pipeline::workbench;
use crate::report::text::{clean, count};
use crate::rule::lint::Gravity;
use std::path::PathBuf;

/// What can be typed after `check`.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// Folders of rule files, or single files [default: those that --rules and the configuration name, else keyhound's]
    #[arg(value_name = "DIR")]
    files: Vec<PathBuf>,
    /// Print a JSON document, not lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    rules: Rules,
}

impl Check {
    /// Prints every complaint with its file and line.
    pub(super) fn run(&self) -> Outcome {
        let checked = workbench::check(&plan(&self.rules), &self.files)?;
        let errors = checked.complaints.iter().filter(|c| c.weight == Gravity::Error).count();
        let exit = if errors > 0 { Exit::Findings } else { Exit::Clean };
        print(exit, |out| {
            if self.json {
                return json(&checked.complaints, out);
            }
            for complaint in &checked.complaints {
                writeln!(out, "{}", clean(&complaint.to_string()))?;
            }
            let number = |n: usize, one, many| count(n as u64, one, many);
            writeln!(
                out,
                "Checked {} with {} and {}: {}, {}.",
                number(checked.files, "file", "files"),
                number(checked.rules, "rule", "rules"),
                number(checked.examples, "example", "examples"),
                number(errors, "error", "errors"),
                number(checked.complaints.len() - errors, "warning", "warnings"),
            )
        })
    }
}
