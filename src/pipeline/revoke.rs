//! A revocation from the keys that a person means to the end of each: plan, agree, revoke. The dialog is the caller's.

use super::Found;
use super::ask::{self, Reach};
use super::plan::{Picks, Plan};
use super::setup::Ready;
use crate::finding::{Environment, Finding, Secret};
use crate::online::{Outcome, Planned, Receipt, Request, Revoker, Verifier, by_provider};
use crate::problem::{Problem, Weight};
use crate::rule::Provider;
use crate::rule::online::Revoke;
use crate::tally::Tally;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What a person allows.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whether anything may be sent; else there is only a plan.
    pub execute: bool,
    /// Only keys of a sandbox.
    pub only_test: bool,
    /// More keys than that are refused as a whole.
    pub most: usize,
    /// Whether keys are deleted where a provider can do less, too.
    pub delete: bool,
    /// Whether what an earlier run left open is taken up.
    pub resume: bool,
    /// The receipt.
    pub receipt: PathBuf,
    /// Ids of keys at their providers, by the beginning of the fingerprint; an empty one is for the only key.
    pub ids: Vec<(String, String)>,
    /// By provider, the environment variable with the credential that may revoke.
    pub credentials: Vec<(String, String)>,
}

/// A key and how it would be revoked, to be shown.
#[derive(Debug)]
pub struct Step<'p> {
    /// The key, redacted.
    pub key: String,
    /// The rule that found it.
    pub rule: &'static str,
    /// Where it was found.
    pub place: &'p str,
    /// The finding's fingerprint.
    pub fingerprint: &'p str,
    /// The request, or what is not known of it; `None` where a person has to do it.
    pub request: Option<Result<Request, String>>,
}

/// The keys of one provider.
#[derive(Debug)]
pub struct Group<'p> {
    /// The provider.
    pub provider: &'p Provider,
    /// The tables by which the keys are revoked.
    pub tables: Vec<&'p Revoke>,
    /// The keys.
    pub steps: Vec<Step<'p>>,
}

/// What passes between a revocation and the person.
pub trait Dialog {
    /// Shows the plan. `left` says which keys are not in it, and why.
    fn plan(&mut self, groups: &[Group<'_>], left: &[String]);
    /// Whether the keys of a provider may be revoked.
    fn agrees(&mut self, group: &Group<'_>) -> bool;
    /// Shows how a key is revoked by hand, and returns whether the person says that it is done.
    fn by_hand(&mut self, provider: &Provider, step: &Step<'_>, key_id: Option<&str>) -> bool;
    /// Shows how it went with a key.
    fn outcome(&mut self, step: &Step<'_>, outcome: &Outcome);
}

/// How a revocation ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// One for each key of the plan.
    pub outcomes: Vec<Outcome>,
    /// Keys that were asked for and are not in the plan.
    pub left: Vec<String>,
    /// What else went wrong.
    pub problems: Vec<Problem>,
}

/// Revokes the keys that a person means, as far as they agree.
///
/// # Errors
///
/// The mistake because of which nothing was sent, or because of which it was stopped.
pub fn revoke(
    plan: &Plan,
    picks: &Picks,
    wish: &Wish,
    tally: &Tally,
    dialog: &mut dyn Dialog,
) -> Result<Ended, Problem> {
    let Some(online) = &plan.verify else { return Ok(Ended::default()) };
    let ready = Ready::for_plan(plan)?;
    let Found { findings, problems, .. } = super::pick(plan, &ready, picks, tally)?;
    if let Some(problem) = problems.iter().find(|problem| problem.weight == Weight::Fatal) {
        return Err(problem.clone());
    }
    if tally.halt.why().is_some() {
        return Err(Problem::fatal("revoke", "stopped while the keys were looked for; nothing was sent"));
    }
    let rules = ready.engine.rules();
    let endpoints = ask::endpoints(online, rules)?;
    let meant = |finding: &&Finding| *picks != Picks::Reported || ready.policy.judge(finding, rules).reports();

    let mut planned: Vec<Planned<'_>> = Vec::new();
    let (mut left, mut seen, mut spared) = (Vec::new(), BTreeSet::new(), 0_u64);
    for finding in findings.iter().filter(meant) {
        if wish.only_test && finding.environment != Environment::Test {
            spared += 1;
            continue;
        }
        match ask::hold(finding, &findings, rules, &online.providers, plan.start()) {
            None => {}
            Some(Err(asked)) => left.push(format!("{}: {}", finding.secret, asked.evidence)),
            Some(Ok(held)) if held.rule.provider.publishable => {
                left.push(format!("{}: this kind is made to be public", finding.secret));
            }
            Some(Ok(held)) if held.rule.provider.remedy.is_some() && held.rule.spec.online.is_none() => {
                let remedy = held.rule.provider.remedy.unwrap_or_default();
                left.push(format!("{}: nobody issues such keys; {remedy}", finding.secret));
            }
            Some(Ok(held)) => {
                let is_new = seen.insert((held.rule.provider.id, held.secret.clone()));
                planned.extend(is_new.then(|| one(finding, held, wish)));
            }
        }
    }
    if spared > 0 {
        left.push(format!("{spared} that are not known to be test keys (--only-test)"));
    }
    let parts: Vec<bool> =
        planned.iter().map(|one| planned.iter().any(|other| one.held.is_part_of(&other.held))).collect();
    let mut parts = parts.into_iter();
    planned.retain(|_| !parts.next().unwrap_or(false));
    identify(&mut planned, &wish.ids)?;
    let groups: Vec<Group<'_>> = by_provider(&planned)
        .into_values()
        .map(|keys| Group {
            provider: keys[0].held.rule.provider,
            tables: distinct(keys.iter().filter_map(|one| one.table())),
            steps: keys.iter().map(|one| step(one, &endpoints)).collect(),
        })
        .collect();
    dialog.plan(&groups, &left);
    let mut ended = Ended { outcomes: Vec::new(), left, problems };
    if planned.len() > wish.most {
        let message = format!("{} keys are more than --max {} allows; nothing was sent", planned.len(), wish.most);
        return Err(Problem::fatal("revoke", message).with_next_step("name fewer keys, or a higher number"));
    }
    if !wish.execute || planned.is_empty() {
        let plan_only = "only a plan: nothing was sent";
        ended.outcomes.extend(planned.iter().map(|_| Outcome::NotDone(plan_only.to_owned())));
        return Ok(ended);
    }

    let receipt = Receipt::open(&wish.receipt).map_err(|error| Problem::fatal("revoke", error.to_string()))?;
    let reach = Reach::of(online, rules)?;
    let pace = reach.pace(online);
    let verifier = Verifier { pace: &pace, endpoints: &reach.endpoints };
    let mut revoker = Revoker { verifier, receipt, resume: wish.resume };
    let stopped = |error: crate::online::ReceiptError| {
        Problem::fatal("revoke", error.to_string())
            .with_next_step("nothing more was sent, because it could not be written down")
    };
    for (group, keys) in groups.iter().zip(by_provider(&planned).into_values()) {
        let agreed = dialog.agrees(group);
        for (step, one) in group.steps.iter().zip(keys) {
            let mut outcome = if agreed {
                revoker.revoke(one).map_err(stopped)?
            } else {
                Outcome::NotDone("left as it is, because you did not agree".to_owned())
            };
            if let Outcome::ByHand(_) = outcome {
                let id = revoker.known_id(one);
                if dialog.by_hand(group.provider, step, id.as_deref()) {
                    outcome = revoker.confirm(one).map_err(stopped)?;
                }
            }
            dialog.outcome(step, &outcome);
            ended.outcomes.push(outcome);
        }
    }
    Ok(ended)
}

fn one<'r>(finding: &Finding, held: crate::online::Held<'r>, wish: &Wish) -> Planned<'r> {
    let place = finding.first().map_or_else(String::new, |first| {
        let path = first.path.as_deref().map_or_else(|| "an object".into(), String::from_utf8_lossy);
        format!("{path}:{}", first.position.line)
    });
    let provider = held.rule.provider.id;
    let documented = held.rule.online().revoke.iter().find_map(|table| table.credential.clone());
    let named = wish.credentials.iter().find(|(id, _)| id == provider).map(|(_, variable)| variable.clone());
    let credential = named.or(documented).map(|variable| {
        let value = std::env::var(&variable).ok().filter(|value| !value.trim().is_empty());
        let value = value.map(|value| Secret::new(value.trim().as_bytes(), 0));
        (variable, value)
    });
    Planned { held, fingerprint: finding.fingerprint.to_string(), place, delete: wish.delete, id: None, credential }
}

/// Gives the keys the ids that the person named.
fn identify(planned: &mut [Planned<'_>], ids: &[(String, String)]) -> Result<(), Problem> {
    let mut given: BTreeMap<usize, &str> = BTreeMap::new();
    for (print, id) in ids {
        let needs = |one: &Planned<'_>| one.table().is_some_and(Revoke::needs_id);
        let hits = planned
            .iter()
            .enumerate()
            .filter(|(_, one)| if print.is_empty() { needs(one) } else { one.fingerprint.starts_with(print.as_str()) });
        let hits: Vec<usize> = hits.map(|(ix, _)| ix).collect();
        match hits.as_slice() {
            [ix] if given.insert(*ix, id).is_none() => {}
            [_] => return Err(Problem::fatal("--key-id", "a key has two ids")),
            [] => return Err(Problem::fatal("--key-id", format!("no key of the plan is meant by {id}"))),
            _ => {
                return Err(Problem::fatal("--key-id", format!("{} keys may be meant by {id}", hits.len()))
                    .with_next_step("say whose id it is: --key-id FINGERPRINT=ID"));
            }
        }
    }
    for (ix, id) in given {
        planned[ix].id = Some(id.to_owned());
    }
    Ok(())
}

fn step<'p>(one: &'p Planned<'_>, endpoints: &crate::online::Endpoints) -> Step<'p> {
    Step {
        key: one.held.secret.redacted(),
        rule: one.held.rule.spec.id,
        place: &one.place,
        fingerprint: &one.fingerprint,
        request: one.preview(endpoints),
    }
}

fn distinct<'t>(tables: impl Iterator<Item = &'t Revoke>) -> Vec<&'t Revoke> {
    let mut out: Vec<&Revoke> = Vec::new();
    for table in tables {
        if !out.contains(&table) {
            out.push(table);
        }
    }
    out
}
