//! How a key is replaced without downtime: four steps, with every place in this repository that holds it.

use super::Outcome;
use super::verify::print;
use crate::exit::Exit;
use crate::finding::{Finding, Location, Place};
use crate::pipeline::plan::{Checks, Picks, Plan};
use crate::pipeline::{self};
use crate::report::text::count;
use crate::report::when;
use crate::rule::Rule;
use crate::tally::Tally;
use std::path::{Path, PathBuf};

/// Whether a word is how a fingerprint begins, and not the id of a rule.
pub(super) fn is_meant(word: &str) -> bool {
    (6..=32).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Explains the rotation of the key whose fingerprint begins so. Nobody is asked.
pub(super) fn run(print_start: &str, path: &Path) -> Outcome {
    let plan = Plan { audit: Checks::None, ..Plan::of_paths(vec![PathBuf::from(path)]) };
    let picks = Picks::Fingerprints(vec![print_start.to_owned()]);
    let run = pipeline::verify(&plan, &picks, &Tally::default())?.run;
    if let Some(problem) = run.problems.iter().find(|problem| problem.weight == crate::problem::Weight::Fatal) {
        return Err(problem.clone());
    }
    let mut text = Vec::new();
    for finding in run.reported() {
        text.extend(steps(finding, run.rules.get(finding.rule)));
    }
    print(&text)?;
    Ok(if run.complete() { Exit::Clean } else { Exit::Incomplete }.code())
}

fn steps(finding: &Finding, rule: &Rule) -> Vec<String> {
    let provider = rule.provider;
    let print = finding.fingerprint.to_string();
    let print = &print[..16];
    let mut text = vec![format!("{} {} ({})", rule.spec.description, finding.secret, rule.spec.id), String::new()];

    text.push(format!("1. Create a new key at {}, with no more permissions than it needs.", provider.name));
    text.extend(provider.console.map(|url| format!("   {url}")));
    if let Some(days) = provider.rotation_days {
        text.push(format!("   {} wants keys to be rotated every {days} days: let it expire by then.", provider.name));
    }
    text.push(String::new());

    let (here, past): (Vec<&Location>, Vec<&Location>) = finding
        .locations
        .iter()
        .partition(|at| at.in_head || !matches!(at.place, Place::History { .. } | Place::Message { .. }));
    text.push("2. Update every system that uses the old one. In this repository it is in".to_owned());
    let mut shown: Vec<String> = here.iter().map(|at| format!("   {}", place(at))).collect();
    shown.dedup();
    if shown.is_empty() {
        text.push("   no file of today".to_owned());
    }
    text.extend(shown);
    if !past.is_empty() {
        text.push(format!(
            "   and in {} of its history, which step 4 makes harmless:",
            count(past.len() as u64, "place", "places")
        ));
        text.extend(past.iter().map(|at| format!("   {}", place(at))));
    }
    text.push("   Take it from the environment or a secret store there, not from a file that is committed.".to_owned());
    if let Some(name) = provider.env.first() {
        text.push(format!("   {} looks for it in {name}.", provider.name));
    }
    text.push(String::new());

    text.push("3. Verify that the new one works before the old one goes.".to_owned());
    if rule.online().verify.is_empty() {
        text.push("   Watch your systems: no request is known that would only ask about such a key.".to_owned());
    } else {
        text.push(format!("   keyhound verify --provider {} - < new-key.txt", provider.id));
    }
    text.push(String::new());

    text.push("4. Delete the old one, and prove that it is dead.".to_owned());
    if rule.online().revoke.is_empty() {
        text.extend(provider.revoke_steps.iter().map(|step| format!("   {step}")));
        if provider.revoke_steps.is_empty() {
            text.push(format!("   Revoke it where {} issued it.", provider.name));
        }
    } else {
        text.push(format!("   keyhound revoke {print}            shows what would be sent"));
        text.push(format!("   keyhound revoke {print} --execute  sends it after you agreed"));
    }
    if !rule.online().verify.is_empty() {
        text.push(format!("   keyhound verify {print}            asks whether it is dead"));
    }
    text
}

/// `config/prod.env:3 in 6e4870c6 of 2026-03-03`
fn place(at: &Location) -> String {
    let path = at.path.as_deref().map(|path| String::from_utf8_lossy(path).into_owned());
    let mut text = match (&at.place, path) {
        (Place::Message { object, .. }, _) => format!("the message of {}", object.short(8)),
        (_, Some(path)) => format!("{path}:{}", at.position.line),
        (Place::History { blob, .. }, None) => format!("blob {}", blob.short(8)),
        (_, None) => "standard input".to_owned(),
    };
    if let (false, Some(commit)) = (at.in_head, at.commit()) {
        text.push_str(&format!(" in {} of {} by {}", commit.id.short(8), when::day(commit.date), commit.author));
    }
    text
}
