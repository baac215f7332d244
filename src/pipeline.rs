//! A whole run on one screen: wires the stages.
//!
//! ```text
//! plan ─▶ setup ─▶ inputs ─▶ engine ─▶ group ─▶ fold ─▶ sort ─▶ judge ─▶ Run
//! ```

mod collect;
mod conceal;
mod fold;
mod foreign;
mod gitleaks;
mod group;
mod inputs;
mod past;
pub mod plan;
mod setup;
#[cfg(test)]
mod testing;
pub mod workbench;

pub use plan::Plan;
pub use setup::{BASELINE, clock};

use crate::exit::Exit;
use crate::finding::Finding;
use crate::hygiene::Audit;
use crate::policy::Policy;
use crate::problem::{Problem, Weight};
use crate::report::{Judged, Run};
use crate::rule::{Rule, RuleSet};
use crate::tally::Tally;
use collect::Collector;
use inputs::Inputs;
use plan::Checks;
use setup::Ready;
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
}

/// Does what `plan` asks for.
///
/// # Errors
///
/// The mistake in the configuration, the rules or the baseline because of which nothing was scanned.
pub fn run(plan: &Plan, tally: &Tally) -> Result<Done, Problem> {
    let started = Instant::now();
    let ready = Ready::for_plan(plan)?;
    let rules = Arc::clone(ready.engine.rules());

    let inputs = Inputs::of(plan, &ready);
    let audit = (plan.audit != Checks::None)
        .then(|| Audit::new(Arc::clone(&rules), ready.settings.clone(), plan.audit == Checks::All));
    let collector = Collector::new(&ready, tally, audit.as_ref());
    inputs.sources.iter().for_each(|source| collector.read(source.as_ref()));
    inputs.histories.iter().for_each(|history| collector.add(past::read(history, plan, &ready, tally)));
    let mut collected = collector.finish();
    collected.coverage.add(&inputs.coverage);

    foreign::confine(&mut collected.parts, &rules, &ready.policy.folders);
    let drafts = group::group(collected.parts);
    // Rules of a configuration of gitleaks each speak for themselves, as they do there.
    let drafts = if ready.keeps_apart { drafts } else { fold::fold(drafts, &rules) };
    let mut findings: Vec<Finding> = drafts.into_iter().map(|draft| draft.finish(&rules, &ready.policy.key)).collect();
    if let Some(audit) = audit {
        let tracked = past::tracked(&inputs.histories);
        let audited = audit.finish(&findings, tracked.as_deref(), &ready.policy.key);
        findings.extend(audited.findings);
    }
    group::sort(&mut findings);

    let mut problems = inputs.problems;
    problems.extend(ready.notes);
    problems.extend(collected.problems);
    problems.extend(ready.policy.remarks(findings.iter(), &rules, setup::sees_everything(plan)));
    problems.sort();
    problems.dedup();
    let mut verdicts = Vec::with_capacity(findings.len());
    for finding in &mut findings {
        let judgement = ready.policy.weigh(finding, &rules);
        for (location, cover) in finding.locations.iter_mut().zip(&judgement.covers) {
            location.covered = cover.is_some();
        }
        verdicts.push(judgement.verdict);
    }
    let mut repositories = inputs.repositories;
    if !plan.show_secrets {
        conceal::findings(&mut findings, &ready.engine);
        conceal::problems(&mut problems, &ready.engine);
        conceal::repositories(&mut repositories, &ready.engine);
    }
    let run = Run {
        findings: findings.into_iter().zip(verdicts).map(|(finding, verdict)| Judged { finding, verdict }).collect(),
        rules,
        problems,
        coverage: collected.coverage,
        repositories,
        show_secrets: plan.show_secrets,
        each: plan.each,
        gitleaks_columns: plan.gitleaks_strict,
        now: ready.policy.now,
        elapsed: started.elapsed(),
    };
    Ok(Done { run, policy: ready.policy, baseline: ready.baseline })
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
