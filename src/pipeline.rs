//! A whole run on one screen: wires the stages.
//!
//! ```text
//! plan ─▶ setup ─▶ inputs ─▶ engine ─▶ group ─▶ fold ─▶ sort ─▶ judge ─▶ Run
//! ```

mod ask;
mod collect;
mod conceal;
mod context;
mod divide;
mod fleet;
mod fold;
mod foreign;
mod gitleaks;
mod group;
mod inputs;
mod known;
mod past;
mod pick;
pub mod plan;
pub mod revoke;
mod setup;
#[cfg(test)]
mod testing;
pub mod workbench;

pub use context::{Excerpt, excerpt};
pub use divide::part;
pub use fleet::{Fleet, list, merge, scan};
pub use plan::Plan;
pub use setup::{BASELINE, Home, clock};

use crate::coverage::Coverage;
use crate::engine::Engine;
use crate::exit::Exit;
use crate::finding::{Finding, Fingerprint};
use crate::halt::Why;
use crate::hygiene::inventory::Item;
use crate::hygiene::{self, Audit, Past};
use crate::policy::{Policy, Verdict};
use crate::problem::{Problem, Weight};
use crate::report::text::size;
use crate::report::{Judged, Repository, Run};
use crate::rule::{Rule, RuleSet};
use crate::source::Text;
use crate::tally::Tally;
pub use ask::Rehearsed;
use collect::Collector;
use inputs::Inputs;
use known::Known;
use plan::{Checks, Picks};
use setup::Ready;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// A run with what was decided before it; `baseline` goes on from here.
#[derive(Debug)]
pub struct Done {
    /// What reports show.
    pub run: Run,
    /// What the findings were judged by.
    pub policy: Policy,
    /// The file of known findings, where one is named.
    pub baseline: Option<PathBuf>,
    /// Where decisions about findings are written.
    pub home: Home,
    /// What found them.
    pub engine: Engine,
}

/// Does what `plan` asks for.
///
/// # Errors
///
/// The mistake in the configuration, the rules or the baseline because of which nothing was scanned.
pub fn run(plan: &Plan, tally: &Tally) -> Result<Done, Problem> {
    let started = Instant::now();
    let ready = Ready::for_plan(plan)?;
    tally.halt.arm(&plan.limits);
    let mut found = detect(plan, &ready, Inputs::of(plan, &ready), tally);
    if let (Some(online), None) = (&plan.verify, tally.halt.why()) {
        let rules = Arc::clone(ready.engine.rules());
        let reported = |finding: &Finding| ready.policy.judge(finding, &rules).reports();
        ask::about(&mut found.findings, &ready, online, plan.start(), &reported)?;
        let told = hygiene::of_answers(&found.findings, &rules, &ready.settings, &ready.policy.key);
        found.findings.extend(told);
        group::sort(&mut found.findings);
    }
    Ok(finish(plan, ready, found, started, false))
}

/// What was found, before it is judged.
struct Found {
    findings: Vec<Finding>,
    problems: Vec<Problem>,
    coverage: Coverage,
    repositories: Vec<Repository>,
    inventory: Option<Vec<Item>>,
    /// Whether the run ended early.
    cut: bool,
}

/// Runs the engine over inputs and puts together what it finds.
fn detect(plan: &Plan, ready: &Ready, inputs: Inputs, tally: &Tally) -> Found {
    let rules = Arc::clone(ready.engine.rules());
    let audit = (plan.audit != Checks::None)
        .then(|| Audit::new(Arc::clone(&rules), ready.settings.clone(), plan.audit == Checks::All));
    let collector = Collector::new(ready, tally, audit.as_ref());
    inputs.sources.iter().for_each(|source| collector.read(source.as_ref()));
    for (ix, history) in inputs.histories.iter().enumerate() {
        let pieces = plan.pieces.as_ref().map(|all| all.get(ix).map_or(&[][..], Vec::as_slice));
        collector.add(past::read(history, plan, ready, pieces, tally));
    }
    let mut collected = collector.finish();
    collected.coverage.add(&inputs.coverage);

    foreign::confine(&mut collected.parts, &rules, &ready.policy.folders);
    let drafts = group::group(collected.parts);
    // Rules of a configuration of gitleaks each speak for themselves, as they do there.
    let drafts = if ready.keeps_apart { drafts } else { fold::fold(drafts, &rules) };
    let mut findings: Vec<Finding> = drafts.into_iter().map(|draft| draft.finish(&rules, &ready.policy.key)).collect();
    let mut inventory = None;
    // A check of the whole project needs all of it.
    let audit = audit.map(|audit| if tally.halt.why().is_some() { audit.of_files() } else { audit });
    if let Some(audit) = audit {
        let known = Known::of(&inputs.histories);
        let known_as = |finding: &Finding| ready.policy.known_as(finding, &rules);
        let past = known.as_ref().map(|known| known as &dyn Past);
        let audited = audit.finish(&findings, past, &ready.policy.key, &known_as);
        findings.extend(audited.findings);
        collected.coverage.add(&Coverage { skipped: audited.skipped, ..Coverage::default() });
        let is_whole = plan.audit == Checks::All && tally.halt.why().is_none();
        inventory = is_whole.then_some(audited.inventory);
    }
    group::sort(&mut findings);

    let mut problems = inputs.problems;
    problems.extend(ready.notes.iter().cloned());
    problems.extend(collected.problems);
    problems.extend(tally.halt.why().map(|why| cut_short(why, plan)));
    let cut = tally.halt.why().is_some();
    Found { findings, problems, coverage: collected.coverage, repositories: inputs.repositories, inventory, cut }
}

/// What is said of a run that ended early.
fn cut_short(why: Why, plan: &Plan) -> Problem {
    let rest = "before everything was looked at; what was found until then is reported";
    match why {
        Why::Stopped => Problem::incomplete("the run", format!("was stopped {rest}")),
        Why::Time => {
            let seconds = plan.limits.time.unwrap_or_default().as_secs_f64();
            Problem::incomplete("the run", format!("took longer than {seconds} s and ended {rest}"))
                .with_next_step("give it more time with --timeout, or less to do")
        }
        Why::Memory => {
            let most = size(plan.limits.memory.unwrap_or_default());
            Problem::incomplete("the run", format!("held more than {most} of memory and ended {rest}"))
                .with_next_step("raise --max-memory, or use fewer --threads")
        }
    }
}

/// Judges what was found and makes it fit to be shown. With `all_meant`, a person named these very keys, so each counts.
fn finish(plan: &Plan, ready: Ready, found: Found, started: Instant, all_meant: bool) -> Done {
    let rules = Arc::clone(ready.engine.rules());
    let Found { mut findings, mut problems, coverage, mut repositories, mut inventory, cut } = found;
    let sees_everything = setup::sees_everything(plan) && !cut;
    problems.extend(ready.policy.remarks(findings.iter(), &rules, sees_everything));
    problems.sort();
    problems.dedup();
    let mut verdicts = Vec::with_capacity(findings.len());
    for finding in &mut findings {
        let judgement = ready.policy.weigh(finding, &rules);
        for (location, cover) in finding.locations.iter_mut().zip(&judgement.covers) {
            location.covered = cover.is_some();
        }
        verdicts.push(if all_meant { (Verdict::Report, Vec::new()) } else { (judgement.verdict, judgement.covers) });
    }
    // What a person declared to be no key is none that anyone keeps a list of.
    let denied: BTreeSet<Fingerprint> = findings
        .iter()
        .zip(&verdicts)
        .filter(|(_, (verdict, _))| verdict.denies())
        .map(|(finding, _)| finding.fingerprint)
        .collect();
    inventory
        .iter_mut()
        .for_each(|items| items.retain(|item| item.fingerprint.is_none_or(|print| !denied.contains(&print))));
    if !plan.show_secrets {
        inventory.iter_mut().for_each(|items| conceal::inventory(items, &ready.engine));
        conceal::findings(&mut findings, &ready.engine);
        conceal::problems(&mut problems, &ready.engine);
        conceal::repositories(&mut repositories, &ready.engine);
    }
    let run = Run {
        findings: findings
            .into_iter()
            .zip(verdicts)
            .map(|(finding, (verdict, covers))| Judged { finding, verdict, repository: None, covers })
            .collect(),
        below: 0,
        shard: None,
        rules,
        problems,
        coverage,
        repositories,
        inventory,
        show_secrets: plan.show_secrets,
        each: plan.each,
        gitleaks_columns: plan.gitleaks_strict,
        now: ready.policy.now,
        elapsed: started.elapsed(),
    };
    Done { run, policy: ready.policy, baseline: ready.baseline, home: ready.home, engine: ready.engine }
}

/// Finds the keys that a person means.
fn pick(plan: &Plan, ready: &Ready, picks: &Picks, tally: &Tally) -> Result<Found, Problem> {
    tally.halt.arm(&plan.limits);
    let rules = Arc::clone(ready.engine.rules());
    let mut named = Vec::new();
    let mut typed = String::new();
    let inputs = match picks {
        Picks::Report(file) => {
            named = pick::read_report(file)?;
            Inputs { sources: vec![Box::new(pick::places(&named))], ..Inputs::default() }
        }
        Picks::Lines => {
            let unreadable = |error| Problem::fatal("standard input", format!("cannot be read: {error}"));
            std::io::stdin().read_to_string(&mut typed).map_err(unreadable)?;
            Inputs { sources: vec![Box::new(Text(typed.clone().into_bytes()))], ..Inputs::default() }
        }
        Picks::Reported | Picks::Fingerprints(_) => Inputs::of(plan, ready),
    };
    let mut found = detect(plan, ready, inputs, tally);
    let known_as = |finding: &Finding| ready.policy.known_as(finding, &rules);
    found.problems.extend(pick::keep(&mut found.findings, picks, &named, &known_as));
    if let (Picks::Lines, true, [provider]) = (picks, found.findings.is_empty(), plan.providers()) {
        found.findings = pick::of_lines(&typed, provider, &rules, &ready.policy.key);
    }
    Ok(found)
}

/// Asks providers about the keys that a person means.
///
/// # Errors
///
/// The mistake because of which nobody was asked.
pub fn verify(plan: &Plan, picks: &Picks, tally: &Tally) -> Result<Done, Problem> {
    let started = Instant::now();
    let ready = Ready::for_plan(plan)?;
    let mut found = pick(plan, &ready, picks, tally)?;
    let rules = Arc::clone(ready.engine.rules());
    let all_meant = *picks != Picks::Reported;
    let wanted = |finding: &Finding| all_meant || ready.policy.judge(finding, &rules).reports();
    if let (Some(online), None) = (&plan.verify, tally.halt.why()) {
        ask::about(&mut found.findings, &ready, online, plan.start(), &wanted)?;
        group::sort(&mut found.findings);
    }
    Ok(finish(plan, ready, found, started, all_meant))
}

/// The requests that [`verify`] would send, redacted, and why there is none for some keys; in the order of the findings.
///
/// # Errors
///
/// The mistake because of which nobody would be asked.
pub fn rehearse(plan: &Plan, picks: &Picks, tally: &Tally) -> Result<Vec<Rehearsed>, Problem> {
    let ready = Ready::for_plan(plan)?;
    let found = pick(plan, &ready, picks, tally)?;
    if let Some(problem) = found.problems.iter().find(|problem| problem.weight == Weight::Fatal) {
        return Err(problem.clone());
    }
    let Some(online) = &plan.verify else { return Ok(Vec::new()) };
    let rules = ready.engine.rules();
    let all_meant = *picks != Picks::Reported;
    let wanted = found.findings.iter().filter(|finding| all_meant || ready.policy.judge(finding, rules).reports());
    ask::rehearse(wanted, &found.findings, rules, online, plan.start())
}

/// How a run ends.
pub fn exit(run: &Run) -> Exit {
    Exit::of_run(run.reported().count(), &run.problems, &run.coverage)
}

/// Whether a run failed at something that it was asked for.
pub fn fatal(run: &Run) -> bool {
    run.problems.iter().any(|problem| problem.weight == Weight::Fatal)
}

/// All rules that a run of `plan` knows, those that are switched off among them.
///
/// # Errors
///
/// The mistake in the configuration or the rules.
pub fn all_rules(plan: &Plan) -> Result<Vec<Rule>, Problem> {
    setup::configuration(plan).and_then(|config| setup::all_rules(plan, &config))
}

/// The rules that a run of `plan` would use.
///
/// # Errors
///
/// The mistake in the configuration or the rules.
pub fn rules(plan: &Plan) -> Result<RuleSet, Problem> {
    setup::configuration(plan).and_then(|config| setup::rules(plan, &config))
}
