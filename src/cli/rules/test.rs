//! `keyhound rules test`

use super::{json, plan, print};
use crate::cli::Outcome;
use crate::cli::shape::Rules;
use crate::exit::Exit;
use crate::pipeline::workbench::{self, Tried};
use crate::problem::Problem;
use crate::report::text::{clean, count};
use serde::Serialize;
use std::io::{Read, Write};

/// What can be typed after `test`.
#[derive(Debug, clap::Args)]
pub struct Test {
    /// The text; `-` is standard input
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
    /// Print a JSON document, not lines
    #[arg(long)]
    json: bool,
    /// Show values in clear
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    rules: Rules,
}

/// What one rule made of one place, in the JSON document.
#[derive(Debug, Serialize)]
struct Record<'t> {
    rule: &'t str,
    found: bool,
    line: u64,
    column: u64,
    offset: u64,
    length: u64,
    value: String,
    confidence: Option<&'t str>,
    reasons: &'t [String],
}

impl Test {
    /// Prints what each rule made of the text.
    pub(super) fn run(&self) -> Outcome {
        let tried = workbench::try_text(&plan(&self.rules), &self.bytes()?)?;
        let found = tried.iter().filter(|tried| tried.confidence.is_some()).count();
        let exit = if found > 0 { Exit::Findings } else { Exit::Clean };
        print(exit, |out| {
            if self.json {
                let records: Vec<Record<'_>> = tried.iter().map(|tried| self.record(tried)).collect();
                return json(&records, out);
            }
            for tried in &tried {
                self.line(tried, out)?;
            }
            let places = |n: usize| count(n as u64, "place", "places");
            writeln!(out, "Found {}; {} refuted.", places(found), tried.len() - found)
        })
    }

    fn bytes(&self) -> Result<Vec<u8>, Problem> {
        if self.text != "-" {
            return Ok(self.text.clone().into_bytes());
        }
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|error| Problem::fatal("standard input", format!("cannot be read: {error}")))?;
        Ok(bytes)
    }

    fn value(&self, tried: &Tried) -> String {
        if self.show_secrets {
            return String::from_utf8_lossy(tried.value.expose()).into_owned();
        }
        tried.value.redacted()
    }

    fn record<'t>(&self, tried: &'t Tried) -> Record<'t> {
        Record {
            rule: tried.rule,
            found: tried.confidence.is_some(),
            line: tried.at.line,
            column: tried.at.column,
            offset: tried.at.offset,
            length: tried.at.length,
            value: self.value(tried),
            confidence: tried.confidence.map(|confidence| confidence.word()),
            reasons: &tried.reasons,
        }
    }

    fn line(&self, tried: &Tried, out: &mut dyn Write) -> std::io::Result<()> {
        let (at, value) = (tried.at, clean(&self.value(tried)));
        let length = count(tried.value.len() as u64, "byte", "bytes");
        let reasons = tried.reasons.join("; ");
        match tried.confidence {
            Some(confidence) => writeln!(
                out,
                "{}:{}: {}: found {value} ({length}), confidence {confidence}: {reasons}",
                at.line, at.column, tried.rule
            ),
            None => writeln!(out, "{}:{}: {}: not {value} ({length}): {reasons}", at.line, at.column, tried.rule),
        }
    }
}
