//! `keyhound merge`: the reports of all parts of a scan become the report that one run would have made.

use super::output::deliver;
use super::shape::Reports;
use super::{Command, Outcome, interrupt, meaning, report, say, scan};
use crate::exit::Exit;
use crate::halt::Limits;
use crate::pipeline::{self, Plan};
use crate::problem::Problem;
use crate::tally::Tally;
use std::path::PathBuf;

/// What can be typed after `merge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Reports of `keyhound scan --shard`, one of each part, in any order
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reports: Reports,
    /// Time to which ages refer, as a date or time [default: now]
    #[arg(long, value_name = "DATE", value_parser = meaning::time, help_heading = "The run")]
    now: Option<i64>,
}

impl Args {
    /// What clap cannot check.
    pub(super) fn check(&self) -> Result<(), clap::Error> {
        report::no_secrets(&self.reports)?;
        self.reports.check()
    }
}

/// What the command line of a part asks for. Nothing that it says about reports counts.
fn plan_of(words: &[String]) -> Result<Plan, Problem> {
    let wrong = || Problem::fatal("the parts", "tell of a command line that this version does not understand");
    match super::parse(words.iter().map(Into::into)).map_err(|_| wrong())? {
        Command::Scan(args) => Ok(args.plan()),
        Command::Audit(args) => Ok(scan::audit_plan(&args)),
        _ => Err(wrong()),
    }
}

/// Joins, and exits like the scan.
pub(super) fn run(args: &Args) -> Outcome {
    let mut parts = Vec::with_capacity(args.files.len());
    for file in &args.files {
        parts.push(report::open(file, args.now)?.run);
    }
    let now = args.now.unwrap_or_else(pipeline::clock);
    let limits = Limits { stop: Some(interrupt::stop()), ..Limits::default() };
    let plan_of = |words: &[String]| Ok(Plan { limits: limits.clone(), ..plan_of(words)? });
    let mut run = pipeline::merge(parts, now, &Tally::default(), &plan_of)?;
    run.each |= args.reports.each;
    let failures = deliver(&run, &args.reports.targets(), args.reports.color, false);
    failures.iter().for_each(say::problem);
    let exit = if failures.is_empty() { pipeline::exit(&run) } else { Exit::Failed };
    Ok(match (exit, args.reports.exit_code) {
        (Exit::Findings, Some(code)) => code,
        (exit, _) => exit.code(),
    })
}
