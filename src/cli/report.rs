//! `keyhound report`

use super::output::deliver;
use super::shape::Reports;
use super::{Outcome, meaning, say};
use crate::exit::Exit;
use crate::pipeline;
use crate::problem::Problem;
use crate::report::{Read, read};
use std::path::{Path, PathBuf};

/// What can be typed after `report`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A report in the format json or jsonl; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    reports: Reports,
    /// Time to which ages refer, as a date or time [default: now]
    #[arg(long, value_name = "DATE", value_parser = meaning::time, help_heading = "The run")]
    now: Option<i64>,
}

impl Args {
    /// What clap cannot check.
    pub(super) fn check(&self) -> Result<(), clap::Error> {
        no_secrets(&self.reports)?;
        self.reports.check()
    }
}

/// Refuses to show what no report holds.
pub(super) fn no_secrets(reports: &Reports) -> Result<(), clap::Error> {
    if reports.show_secrets {
        let text = "--show-secrets: a report that was written holds no keys to show; scan again with it\n";
        return Err(clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, text));
    }
    Ok(())
}

/// Writes the report anew. It exits like the scan that it tells of.
pub(super) fn run(args: &Args) -> Outcome {
    let mut run = open(&args.file, args.now)?.run;
    run.each = args.reports.each;
    let failures = deliver(&run, &args.reports.targets(), args.reports.color, false);
    failures.iter().for_each(say::problem);
    let exit = if failures.is_empty() { pipeline::exit(&run) } else { Exit::Failed };
    Ok(match (exit, args.reports.exit_code) {
        (Exit::Findings, Some(code)) => code,
        (exit, _) => exit.code(),
    })
}

/// Reads a report from a file or from standard input.
pub(super) fn open(file: &Path, now: Option<i64>) -> Result<Read, Problem> {
    let shown = file.display().to_string();
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    let bytes = bytes.map_err(|error| Problem::fatal(&shown, format!("cannot be read: {error}")))?;
    read(&bytes, now.unwrap_or_else(pipeline::clock)).map_err(|message| {
        Problem::fatal(&shown, message).with_next_step("write one with 'keyhound scan --format json'")
    })
}
