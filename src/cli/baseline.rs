//! `keyhound baseline create|prune|diff`

use super::progress::Progress;
use super::shape::{Judging, Running, What, Which};
use super::{Outcome, meaning, output, say};
use crate::atomic;
use crate::exit::Exit;
use crate::pipeline::plan::Input;
use crate::pipeline::{self, BASELINE, Done, Home};
use crate::policy::{Baseline, Difference, Entry};
use crate::problem::{Problem, Weight};
use crate::report::text::{clean, count};
use crate::tally::Tally;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What can be typed after `baseline`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What can be done with a baseline.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add every finding that a scan would report now
    Create(Box<Create>),
    /// Remove the entries that a scan of everything does not find any more
    Prune(Box<Scan>),
    /// Show what one baseline accepts and another does not; exit code 1 if they differ
    Diff(Diff),
}

#[derive(Debug, clap::Args)]
struct Diff {
    /// The baseline as it was; `-` is standard input
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The baseline as it is
    #[arg(value_name = "NEW")]
    new: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Create {
    #[command(flatten)]
    scan: Scan,
    /// Add what the next commit would add, and nothing else
    #[arg(long, help_heading = "What to scan", conflicts_with_all = ["history_only", "no_history", "range", "since", "branch", "max_commits"])]
    staged: bool,
}

/// A scan whose findings go to the baseline and not to a report.
#[derive(Debug, clap::Args)]
struct Scan {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    running: Running,
}

/// Scans, and writes the baseline anew.
pub(super) fn run(args: &Args) -> Outcome {
    let (scan, creates, staged) = match &args.action {
        Action::Create(create) => (&create.scan, true, create.staged),
        Action::Prune(scan) => (&**scan, false, false),
        Action::Diff(files) => return diff(files),
    };
    let mut plan = meaning::plan(&scan.what, &scan.which, &scan.judging, &scan.running);
    plan.may_lack_baseline = creates;
    if staged {
        plan.input = Input::Staged { paths: plan.paths().to_vec(), also: Vec::new() };
    }
    let tally = Arc::new(Tally::default());
    let progress = Progress::start(&scan.running, &tally);
    let done = pipeline::run(&plan, &tally);
    drop(progress);
    let done = done?;

    let least = if scan.running.quiet { Weight::Fatal } else { Weight::Incomplete };
    done.run.problems.iter().filter(|problem| problem.weight >= least).for_each(say::problem);
    let file = done.baseline.clone().unwrap_or_else(|| place(&done.home));
    // What could not be scanned may hold the very keys that are missing.
    let is_cut = tally.halt.why().is_some();
    if is_cut || pipeline::fatal(&done.run) || (!creates && !done.run.complete()) {
        let message = "left as it was, because not everything could be scanned";
        return Err(Problem::fatal(file.display().to_string(), message));
    }
    let known = match done.policy.baseline.clone() {
        Some(known) => known,
        // Without any option or configuration, the usual file is the one that is meant.
        None => usual(&file, creates)?,
    };
    if creates { create(&done, &known, &file) } else { prune(&done, &known, &file) }
}

/// The usual place: beside the configuration, where scans look for it, or else right here.
fn place(home: &Home) -> PathBuf {
    match &home.config {
        Ok(config) if config.is_file() => beside(&home.folder),
        _ => PathBuf::from(BASELINE),
    }
}

/// The baseline's file in `folder`, named shortly where that is the folder in which we are.
pub(super) fn beside(folder: &Path) -> PathBuf {
    let is_here =
        std::fs::canonicalize(folder).is_ok_and(|folder| std::env::current_dir().is_ok_and(|here| here == folder));
    if is_here { PathBuf::from(BASELINE) } else { folder.join(BASELINE) }
}

/// Shows how two baselines differ.
fn diff(files: &Diff) -> Outcome {
    let read = |file: &Path| {
        let failed = |message: String| match message.strip_prefix(&format!("{}: ", file.display())) {
            Some(message) => Problem::fatal(file.display().to_string(), message),
            None => Problem::fatal("the baseline", message),
        };
        if file != Path::new("-") {
            return Baseline::read(file).map_err(|error| failed(error.to_string()));
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
            .map_err(|error| Problem::fatal("standard input", format!("cannot be read: {error}")))?;
        Baseline::parse("standard input", &bytes).map_err(|error| Problem::fatal("the baseline", error.to_string()))
    };
    let (old, new) = (read(&files.old)?, read(&files.new)?);
    let (differences, same) = old.diff(&new).map_err(|message| {
        Problem::fatal(files.new.display().to_string(), message)
            .with_next_step("a baseline keeps its key for life; was one of them created anew?")
    })?;
    let mut text: String = differences.iter().map(|one| clean(&one.line()) + "\n").collect();
    let of = |test: fn(&Difference<'_>) -> bool| differences.iter().filter(|one| test(one)).count();
    let added = of(|one| matches!(one, Difference::Added(_)));
    let removed = of(|one| matches!(one, Difference::Removed(_)));
    let changed = differences.len() - added - removed;
    text.push_str(&format!("{added} added, {removed} removed, {changed} changed, {same} the same\n"));
    output::print(text.as_bytes())?;
    Ok(u8::from(!differences.is_empty()))
}

/// The baseline in the usual place, or a new one.
pub(super) fn usual(file: &Path, creates: bool) -> Result<Baseline, Problem> {
    if file.exists() || !creates {
        return Baseline::read(file).map_err(|error| Problem::fatal("the baseline", error.to_string()));
    }
    let key = Baseline::random_key().map_err(|error| Problem::fatal("the baseline", error.to_string()))?;
    Ok(Baseline::new(&file.to_string_lossy(), &key))
}

fn create(done: &Done, known: &Baseline, file: &Path) -> Outcome {
    let (run, policy) = (&done.run, &done.policy);
    let judged = run.findings.iter().map(|judged| (&judged.finding, &judged.verdict));
    let created = known.create(judged, &run.rules, &policy.folders, policy.now);
    write(file, &created.baseline)?;
    remind(&created.expired);
    let all = created.baseline.entries().count() as u64;
    say::line(&format!("{}: {} added, {all} in all", file.display(), count(created.added as u64, "entry", "entries")));
    if done.baseline.is_none() {
        say::line("scans of this folder, and of those below it, use it from now on; commit it");
    }
    Ok(if run.complete() { Exit::Clean } else { Exit::Incomplete }.code())
}

fn prune(done: &Done, known: &Baseline, file: &Path) -> Outcome {
    let findings = done.run.findings.iter().map(|judged| &judged.finding);
    let pruned = known.prune(findings, &done.run.rules, &done.policy.folders, done.policy.now);
    if !pruned.dead.is_empty() {
        write(file, &pruned.baseline)?;
    }
    remind(&pruned.expired);
    let all = pruned.baseline.entries().count();
    let dead = count(pruned.dead.len() as u64, "entry", "entries");
    say::line(&format!("{}: {dead} removed, {all} left", file.display()));
    Ok(Exit::Clean.code())
}

/// Entries that cover nothing any more, because their day has passed.
fn remind(expired: &[Entry]) {
    for entry in expired {
        let day = entry.expires.map(|day| day.to_string()).unwrap_or_default();
        say::line(&format!("{} {}: expired on {day}; left as it is", entry.rule, entry.fingerprint));
    }
}

pub(super) fn write(file: &Path, baseline: &Baseline) -> Result<(), Problem> {
    atomic::write(file, |out| out.write_all(baseline.to_text().as_bytes()))
        .map_err(|error| Problem::fatal(file.display().to_string(), format!("cannot be written: {error}")))
}
