//! `keyhound triage`: goes through findings with a person, and writes down what was decided.

use super::baseline::{self, beside};
use super::progress::Progress;
use super::shape::{Judging, Running, What, Which};
use super::{Outcome, meaning, output, report, say};
use crate::atomic;
use crate::config::{edit, read_bytes};
use crate::exit::Exit;
use crate::finding::Finding;
use crate::git::Repo;
use crate::pipeline::plan::Picks;
use crate::pipeline::{self, Done, Plan, excerpt};
use crate::policy::Baseline;
use crate::problem::{Problem, Weight};
use crate::report::text::{clean, count};
use crate::report::{Run, Told, told};
use crate::tally::Tally;
use crate::triage::{self, Decision, Item, Leave, Look, Triage};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What can be typed after `triage`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    which: Which,
    /// The findings that this report of keyhound tells of: JSON or JSON Lines
    #[arg(long, value_name = "FILE", help_heading = "What to scan", conflicts_with_all = ["paths", "range", "since", "branch", "max_commits"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    running: Running,
}

/// A finding to decide about: as it is shown, and as it was found just now, if it was.
struct Case<'r> {
    told: Told<'r>,
    found: Option<&'r Finding>,
}

/// Asks about each finding, and writes the answers down.
pub(super) fn run(args: &Args) -> Outcome {
    let look = terminal()?;
    let mut plan = meaning::plan(&args.what, &args.which, &args.judging, &args.running);
    plan.may_lack_baseline = true;
    let tally = Arc::new(Tally::default());
    let progress = Progress::start(&args.running, &tally);
    let done = match &args.from {
        // Its keys are read again where it says that they are: a report holds none.
        Some(file) => pipeline::verify(&plan, &Picks::Report(file.clone()), &tally),
        None => pipeline::run(&plan, &tally),
    };
    drop(progress);
    let done = done?;
    let reported = args.from.as_deref().map(|file| report::open(file, args.running.now)).transpose()?;
    let least = if args.running.quiet { Weight::Fatal } else { Weight::Incomplete };
    done.run.problems.iter().filter(|problem| problem.weight >= least).for_each(say::problem);

    let cases = cases(&done, reported.as_ref().map(|read| &read.run));
    if cases.is_empty() {
        say::line("there is nothing to decide: no finding is open");
        return Ok(pipeline::exit(&done.run).code());
    }
    let files = files(&done);
    let mut triage =
        Triage::new(cases.iter().map(|case| item(case, &done, &plan)).collect(), options(&done, &plan, &files));
    let gone = |error: std::io::Error| Problem::fatal("the terminal", format!("cannot be used: {error}"));
    let leave = triage::open().and_then(|mut screen| triage::run(&mut screen, &mut triage, look)).map_err(gone)?;
    if leave == Leave::Write {
        write(&triage, &cases, &done, &files)?;
    }
    let decided = if leave == Leave::Write { cases.len() - triage.counts()[0] } else { 0 };
    let open = (cases.len() - decided) as u64;
    say::line(&format!(
        "{} left open",
        if open == 0 { "no finding is".to_owned() } else { count(open, "finding is", "findings are") }
    ));
    Ok(match (open, done.run.complete()) {
        (1.., _) => Exit::Findings,
        (0, true) => Exit::Clean,
        (0, false) => Exit::Incomplete,
    }
    .code())
}

/// What the terminal can show; who has none is told what to do instead.
fn terminal() -> Result<Look, Problem> {
    let refuse = |message: &str| {
        Problem::fatal("triage", message)
            .with_next_step("'keyhound baseline create' accepts all that is known, and 'keyhound scan' shows it")
    };
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(refuse("it asks a person, and standard input or output is no terminal"));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(refuse("this terminal (TERM=dumb) cannot move its cursor"));
    }
    let style = output::style(output::Color::Auto, true);
    Ok(Look { color: style.color, unicode: style.unicode })
}

/// The findings that are open, in the order of the report for people.
fn cases<'r>(done: &'r Done, reported: Option<&'r Run>) -> Vec<Case<'r>> {
    let Some(reported) = reported else {
        return told(&done.run).into_iter().map(|told| Case { found: Some(told.finding), told }).collect();
    };
    let rules = &done.run.rules;
    let again: Vec<_> =
        done.run.findings.iter().map(|j| (&j.finding, done.policy.known_as(&j.finding, rules))).collect();
    let mut cases = Vec::new();
    for told in told(reported) {
        let found = again.iter().find(|(_, names)| names.contains(&told.finding.fingerprint)).map(|(found, _)| *found);
        // Since the report was written, somebody may have decided.
        if found.is_none_or(|found| done.policy.judge(found, rules).reports()) {
            cases.push(Case { told, found });
        }
    }
    cases
}

fn item(case: &Case<'_>, done: &Done, plan: &Plan) -> Item {
    let told = &case.told;
    let excerpt = case.found.and_then(|found| excerpt(found, &done.engine, plan.paths()));
    let (lines, at) =
        excerpt.map_or((Vec::new(), 0), |excerpt| ((excerpt.first..).zip(excerpt.lines).collect(), excerpt.at));
    let no_baseline = match case.found {
        None => Some("the key is not where the report found it, so its fingerprint cannot be made".to_owned()),
        Some(_) if done.policy.gitleaks.known.is_some() => {
            Some("the baseline is a report of gitleaks, which 'keyhound baseline create' can replace".to_owned())
        }
        Some(_) => None,
    };
    Item {
        severity: told.finding.severity.word(),
        rule: told.rule.to_owned(),
        title: told.title.clone(),
        place: told.place.clone(),
        fields: told.fields.clone(),
        excerpt: lines,
        at,
        no_baseline,
    }
}

/// The configuration and the baseline that decisions go to.
fn files(done: &Done) -> [PathBuf; 2] {
    let here = |file: &Path| {
        let below = std::env::current_dir().ok().and_then(|here| file.strip_prefix(here).ok().map(Path::to_owned));
        below.unwrap_or_else(|| file.to_owned())
    };
    let config = done.home.config.clone().unwrap_or_default();
    [here(&config), done.baseline.clone().unwrap_or_else(|| beside(&done.home.folder))]
}

fn options(done: &Done, plan: &Plan, files: &[PathBuf; 2]) -> triage::Options {
    let owner = Repo::open(plan.start(), true).ok().and_then(|repo| repo.user_email());
    triage::Options {
        owner: owner.unwrap_or_default(),
        now: done.policy.now,
        no_allow: done.home.config.clone().err().map(str::to_owned),
        files: files.each_ref().map(|file| clean(&file.display().to_string())),
    }
}

/// Writes the decisions down. Both files are read again first: minutes may have passed.
fn write(triage: &Triage, cases: &[Case<'_>], done: &Done, [config, baseline]: &[PathBuf; 2]) -> Result<(), Problem> {
    let decided = || cases.iter().zip(triage.decisions());
    let allowed: Vec<edit::AllowKey> =
        decided().filter_map(|(case, decision)| allow(case, decision.as_ref()?)).collect();
    let mut failed = None;
    if !allowed.is_empty()
        && let Err(problem) = write_config(config, &allowed)
    {
        // The other file can be written all the same.
        failed = Some(problem);
    }
    let known = decided().filter(|(_, decision)| **decision == Some(Decision::Baseline));
    // Read again, a key in an object has no path; the report knows it.
    let placed =
        |case: &Case<'_>| Some(Finding { locations: case.told.finding.locations.clone(), ..case.found?.clone() });
    let known: Vec<Finding> = known.filter_map(|(case, _)| placed(case)).collect();
    if !known.is_empty() {
        let mut new: Baseline = baseline::usual(baseline, true)?;
        let before = new.entries().count();
        for finding in known {
            new = new.accept(&finding, &done.run.rules, &done.policy.folders, done.policy.now);
        }
        baseline::write(baseline, &new)?;
        let all = new.entries().count() as u64;
        let added = count(all - before as u64, "entry", "entries");
        say::line(&format!("{}: {added} added, {all} in all", baseline.display()));
    }
    failed.map_or(Ok(()), Err)
}

fn allow(case: &Case<'_>, decision: &Decision) -> Option<edit::AllowKey> {
    let Decision::Allow { reason, owner, expires } = decision else { return None };
    Some(edit::AllowKey {
        fingerprint: case.told.finding.fingerprint.to_string(),
        about: format!("{} in {}", case.told.title, case.told.place),
        reason: reason.clone(),
        owner: owner.clone(),
        expires: *expires,
    })
}

fn write_config(file: &Path, allowed: &[edit::AllowKey]) -> Result<(), Problem> {
    let wrong = |message: String| Problem::fatal(file.display().to_string(), message);
    let text = if file.symlink_metadata().is_ok() {
        let bytes = read_bytes(file).map_err(|error| Problem::fatal("the configuration", error.to_string()))?;
        String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8".to_owned()))?
    } else {
        String::new()
    };
    let text = edit::allow(file, &text, allowed).map_err(wrong)?;
    // A link is followed on purpose: the configuration is what it leads to.
    let real = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    atomic::write(&real, |out| out.write_all(text.as_bytes()))
        .map_err(|error| wrong(format!("cannot be written: {error}")))?;
    say::line(&format!("{}: {} added", file.display(), count(allowed.len() as u64, "allow entry", "allow entries")));
    Ok(())
}
