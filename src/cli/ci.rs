//! `keyhound ci`

use super::output::{Target, To, deliver, style};
use super::shape::{Judging, Reports, Running};
use super::{Outcome, interrupt, meaning, say};
use crate::ci::{self, Job, Scope, System};
use crate::exit::Exit;
use crate::git::Repo;
use crate::halt::Limits;
use crate::pipeline::plan::{Commits, Input, Which};
use crate::pipeline::{self, Plan};
use crate::problem::{Problem, Weight};
use crate::report::{Format, Run, annotations, render, tame};
use crate::tally::Tally;
use clap::error::ErrorKind;
use std::fs::OpenOptions;
use std::io::{ErrorKind as Io, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What can be typed after `ci`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Scan what these commits add, whatever the CI system tells; an empty side is refused
    #[arg(long, value_name = "A..B", help_heading = "Which commits")]
    range: Option<String>,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    reports: Reports,
    #[command(flatten)]
    running: Running,
}

impl Args {
    /// What clap cannot check.
    pub(super) fn check(&self) -> Result<(), clap::Error> {
        let refuse = |text: &str| Err(clap::Error::raw(ErrorKind::ValueValidation, format!("{text}\n")));
        if self.reports.show_secrets {
            return refuse("--show-secrets is refused in CI: logs and artifacts are kept, and read by many");
        }
        if let Some(Err(message)) = self.range.as_deref().map(ci::checked) {
            return refuse(&format!("--range: {message}"));
        }
        self.reports.check()
    }
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Scans what the job is about, writes the reports, and tells the CI system.
pub(super) fn run(args: &Args) -> Outcome {
    let job = job(args)?;
    let system = System::of(&variable);
    let mut run = match plan(args, &job) {
        Some(plan) => {
            let limits = Limits { stop: Some(interrupt::stop()), ..plan.limits.clone() };
            pipeline::run(&Plan { limits, ..plan }, &Tally::default())?.run
        }
        None => return nothing(&job),
    };
    run.problems.extend(job.problems.iter().cloned());
    run.problems.push(Problem::note("ci", format!("scanned: {}", job.why)));
    run.problems.sort();
    run.problems.dedup();

    let targets = args.reports.targets();
    let on_screen = Target { format: Format::Human, to: To::Stdout };
    let mut failures: Vec<Problem> = Vec::new();
    for target in &targets {
        if *target == on_screen {
            failures.extend(print(&run, args, system).err());
        } else {
            failures.extend(deliver(&run, std::slice::from_ref(target), args.reports.color, args.running.quiet));
        }
    }
    let told = targets.contains(&on_screen);
    run.problems.iter().filter(|p| !told && p.weight >= Weight::Incomplete).for_each(say::problem);
    let exit = pipeline::exit(&run);
    failures.extend(tell(&run, exit));
    failures.iter().for_each(say::problem);
    Ok(match (if failures.is_empty() { exit } else { Exit::Failed }, args.reports.exit_code) {
        (Exit::Findings, Some(code)) => code,
        (exit, _) => exit.code(),
    })
}

/// What the job is about.
fn job(args: &Args) -> Result<Job, Problem> {
    if let Some(range) = &args.range {
        let scope = Scope::Commits(range.clone());
        return Ok(Job { scope, why: format!("the commits {range}, as --range says"), problems: Vec::new() });
    }
    let repo = Repo::open(Path::new("."), true).map_err(|error| {
        Problem::fatal("ci", error.to_string()).with_next_step("check the repository out before this step")
    })?;
    let event = variable("GITHUB_EVENT_PATH").filter(|_| System::of(&variable) == Some(System::GitHub));
    let event = event.map(|path| read_event(&path)).transpose()?;
    ci::job(&variable, event.as_ref(), &repo)
}

fn read_event(path: &str) -> Result<serde_json::Value, Problem> {
    let fail = |error: String| Problem::fatal(path, format!("the event cannot be read: {error}"));
    let bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| fail(format!("line {}: it is no JSON", error.line())))
}

fn plan(args: &Args, job: &Job) -> Option<Plan> {
    let (which, range) = match &job.scope {
        Scope::Commits(range) => (Which::History, Some(range.clone())),
        Scope::Everything => (Which::Both, None),
        Scope::Nothing => return None,
    };
    let settings = meaning::settings(&args.judging, &args.running);
    Some(Plan {
        input: Input::Paths { paths: vec![PathBuf::from(".")], which },
        commits: Commits { range, ..settings.commits.clone() },
        each: args.reports.each,
        ..settings
    })
}

/// An event that adds no commit is clean, and says that nothing was looked at.
fn nothing(job: &Job) -> Outcome {
    say::line(&format!("scanned {}", job.why));
    append("GITHUB_OUTPUT", "findings=0\ncomplete=true\n").map_or(Ok(Exit::Clean.code()), Err)
}

/// The report for people, so that the log obeys nothing in it, and GitHub's annotations.
fn print(run: &Run, args: &Args, system: Option<System>) -> Result<(), Problem> {
    let is_github = system == Some(System::GitHub);
    let mut report = Vec::new();
    let stdout = std::io::stdout();
    let style = style(args.reports.color, stdout.is_terminal());
    let written = render(Format::Human, run, &style, &mut report).and_then(|()| {
        let text = tame(&String::from_utf8_lossy(&report), is_github);
        let mut out = stdout.lock();
        out.write_all(text.as_bytes())?;
        if is_github {
            out.write_all(annotations(run).as_bytes())?;
        }
        out.flush()
    });
    match written {
        Err(error) if error.kind() != Io::BrokenPipe => {
            Err(Problem::fatal("standard output", format!("the report cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// GitHub's job summary and the outputs of the step.
fn tell(run: &Run, exit: Exit) -> Vec<Problem> {
    let mut summary = Vec::new();
    // Rendering to memory cannot fail.
    let _ = render(Format::Markdown, run, &crate::report::Style::default(), &mut summary);
    let complete = run.complete() && exit != Exit::Failed;
    let outputs = format!("findings={}\ncomplete={complete}\n", run.reported().count());
    let both = [("GITHUB_STEP_SUMMARY", String::from_utf8_lossy(&summary).into_owned()), ("GITHUB_OUTPUT", outputs)];
    both.into_iter().filter_map(|(file, text)| append(file, &text)).collect()
}

/// Appends to the file that a variable names, if it names one. Such files belong to the runner, which reads them after
/// the step.
fn append(variable_name: &str, text: &str) -> Option<Problem> {
    let file = variable(variable_name)?;
    let written =
        OpenOptions::new().append(true).create(true).open(&file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.err().map(|error| Problem::fatal(file, format!("{variable_name} cannot be written: {error}")))
}
