//! Many repositories in one report: each is scanned and judged by itself, and what was found is put one after another.
//!
//! Nothing of one repository depends on another, so it does not matter which run scanned which: the report of all is the
//! same bytes whether one run made it or several did.

use super::{Account, Judged, Repository, Run};
use crate::coverage::Coverage;
use crate::finding::{Place, RuleIx};
use crate::hygiene::inventory::Item;
use crate::policy::Verdict;
use crate::rule::{Rule, RuleSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Makes the run of one repository a part of a larger one: its places and problems then say where they are.
pub fn adopt(run: &mut Run, name: &str) {
    let unit: Arc<str> = Arc::from(name);
    run.below += run.findings.len() as u64;
    run.findings.retain(|judged| !matches!(judged.verdict, Verdict::BelowThreshold { .. }));
    run.below -= run.findings.len() as u64;
    for judged in &mut run.findings {
        judged.repository = Some(Arc::clone(&unit));
        for location in &mut judged.finding.locations {
            // The paths of files begin with that of the repository already.
            if let (Place::History { .. } | Place::Staged, Some(path)) = (&location.place, &mut location.path) {
                *path = [name.as_bytes(), b"/", path.as_slice()].concat();
            }
        }
    }
    for problem in &mut run.problems {
        if !problem.subject.starts_with(name) {
            problem.subject = format!("{name}: {}", problem.subject);
        }
    }
    let own = run.repositories.iter().position(|repository| repository.path == name);
    let mut own = own.map_or_else(Repository::default, |at| run.repositories.remove(at));
    own.path = name.to_owned();
    let reported = run.reported().count() as u64;
    own.account = Some(Account { complete: run.complete(), reported, coverage: run.coverage.clone() });
    run.repositories.insert(0, own);
}

/// Joins runs whose repositories were adopted, in the order of `units`.
///
/// # Errors
///
/// The rules of two runs cannot stand together.
pub fn join(runs: Vec<Run>, units: &[String], now: i64) -> Result<Run, String> {
    let rules = Arc::new(all_rules(&runs)?);
    let mut findings: BTreeMap<Arc<str>, Vec<Judged>> = BTreeMap::new();
    let mut repositories: BTreeMap<String, Vec<Repository>> = BTreeMap::new();
    let mut joined = Run { rules: Arc::clone(&rules), now, ..Run::default() };
    for run in runs {
        let place = |ix: RuleIx| rules.find(run.rules.get(ix).spec.id).unwrap_or(ix);
        for mut judged in run.findings {
            judged.finding.rule = place(judged.finding.rule);
            judged.finding.also.iter_mut().for_each(|ix| *ix = place(*ix));
            let unit = judged.repository.clone().unwrap_or_else(|| Arc::from(""));
            findings.entry(unit).or_default().push(judged);
        }
        let mut unit = String::new();
        for repository in run.repositories {
            // Submodules follow the repository that holds them.
            if repository.account.is_some() {
                unit.clone_from(&repository.path);
            }
            repositories.entry(unit.clone()).or_default().push(repository);
        }
        joined.problems.extend(run.problems);
        joined.coverage.add(&run.coverage);
        if let Some(items) = run.inventory {
            joined.inventory.get_or_insert_default().extend(items);
        }
        joined.below += run.below;
        joined.each |= run.each;
        joined.show_secrets |= run.show_secrets;
        joined.gitleaks_columns |= run.gitleaks_columns;
        joined.elapsed += run.elapsed;
    }
    for unit in units {
        joined.findings.extend(findings.remove(unit.as_str()).into_iter().flatten());
        joined.repositories.extend(repositories.remove(unit).into_iter().flatten());
    }
    let of_item = |item: &Item| (item.places.clone(), item.kind, item.name.clone(), item.fingerprint);
    joined.inventory.iter_mut().for_each(|items| items.sort_by_cached_key(of_item));
    joined.problems.sort();
    joined.problems.dedup();
    Ok(joined)
}

/// The rules of all runs, each once.
fn all_rules(runs: &[Run]) -> Result<RuleSet, String> {
    let mut seen = BTreeSet::new();
    let rules = runs.iter().flat_map(|run| run.rules.all());
    RuleSet::new(rules.filter(|rule| seen.insert(rule.spec.id)).cloned().collect::<Vec<Rule>>())
}

impl Default for Run {
    /// A run over nothing.
    fn default() -> Self {
        Self {
            rules: Arc::default(),
            findings: Vec::new(),
            below: 0,
            problems: Vec::new(),
            coverage: Coverage::default(),
            repositories: Vec::new(),
            inventory: None,
            shard: None,
            show_secrets: false,
            each: false,
            gitleaks_columns: false,
            now: 0,
            elapsed: std::time::Duration::ZERO,
        }
    }
}
