//! `keyhound scan`

use super::network::Network;
use super::output::{Target, To, deliver};
use super::progress::Progress;
use super::shape::{Instead, Judging, Many, Reports, Running, What, Which};
use super::{Outcome, interrupt, meaning, say};
use crate::exit::Exit;
use crate::halt::Limits;
use crate::pipeline::plan::Checks;
use crate::pipeline::{self, Fleet, Plan};
use crate::problem::{Problem, Weight};
use crate::report::Format;
use crate::tally::Tally;
use clap::error::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

/// What can be typed after `scan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    instead: Instead,
    #[command(flatten)]
    many: Many,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    pub(super) judging: Judging,
    /// Ask providers whether the reported keys are alive
    #[arg(long, help_heading = "Asking providers")]
    verify: bool,
    #[command(flatten)]
    network: Network,
    #[command(flatten)]
    reports: Reports,
    #[command(flatten)]
    running: Running,
}

impl Args {
    /// What clap cannot check.
    pub(super) fn check(&self) -> Result<(), clap::Error> {
        if self.network.is_used() && !self.verify {
            let text = "the options for asking providers mean something only with --verify\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
        }
        let is_read_back = |target: &Target| matches!(target.format, Format::Json | Format::Jsonl);
        if self.many.shard.is_some() && !self.reports.targets().iter().all(is_read_back) {
            let text = "the report of a part is for 'keyhound merge': write it with --format jsonl or json\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
        }
        self.reports.check()
    }

    /// The repositories, where many are asked for.
    fn fleet(&self) -> Result<Option<Fleet>, Problem> {
        let Many { repos, shard, work, divide_above } = &self.many;
        let of = |repos: &PathBuf| {
            let units = pipeline::list(repos)?;
            Ok(Fleet { units, shard: *shard, work: work.clone(), divide_above: *divide_above, words: words() })
        };
        repos.as_ref().map(of).transpose()
    }

    pub(super) fn plan(&self) -> Plan {
        let plan = meaning::plan(&self.what, &self.which, &self.judging, &self.running);
        Plan {
            input: meaning::instead(&self.what, &self.instead).unwrap_or(plan.input),
            each: self.reports.each,
            show_secrets: self.reports.show_secrets,
            verify: self.verify.then(|| self.network.online()),
            ..plan
        }
    }
}

/// Scans, writes the reports, and says how it went.
pub(super) fn run(args: &Args) -> Outcome {
    run_plan(args, &args.plan())
}

/// The same, with every check of key hygiene.
pub(super) fn run_audit(args: &Args) -> Outcome {
    run_plan(args, &audit_plan(args))
}

/// What an audit does.
pub(super) fn audit_plan(args: &Args) -> Plan {
    Plan { audit: Checks::All, ..args.plan() }
}

/// The command line, as a part of a run writes it down.
fn words() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}

fn run_plan(args: &Args, plan: &Plan) -> Outcome {
    let tally = Arc::new(Tally::default());
    let limits = Limits { stop: Some(interrupt::stop()), ..plan.limits.clone() };
    let plan = &Plan { limits, ..plan.clone() };
    let fleet = args.fleet()?;
    let progress = Progress::start(&args.running, &tally);
    let run = match (&fleet, args.many.shard) {
        (Some(fleet), _) => pipeline::scan(plan, fleet, &tally),
        (None, Some(shard)) => pipeline::part(plan, shard, words(), &tally),
        (None, None) => pipeline::run(plan, &tally).map(|done| done.run),
    };
    drop(progress);
    let run = run?;

    let targets = args.reports.targets();
    let failures = deliver(&run, &targets, args.reports.color, args.running.quiet);
    // A report for people on standard output tells them itself.
    let told = targets.contains(&Target { format: Format::Human, to: To::Stdout });
    let least = if args.running.quiet { Weight::Fatal } else { Weight::Incomplete };
    run.problems.iter().filter(|problem| !told && problem.weight >= least).for_each(say::problem);
    failures.iter().for_each(say::problem);

    let exit = if failures.is_empty() { pipeline::exit(&run) } else { Exit::Failed };
    // The process ends here, and the system takes back all of it at once.
    std::mem::forget(run);
    Ok(match (exit, args.reports.exit_code) {
        (Exit::Findings, Some(code)) => code,
        (exit, _) => exit.code(),
    })
}
