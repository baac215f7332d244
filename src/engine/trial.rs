//! Tries rules on their own examples, through the whole engine and beside all other rules.

use super::{Engine, proof};
use crate::blob::{Blob, Origin};
use crate::finding::Hit;
use crate::rule::format::RuleToml;
use crate::rule::lint::{Complaint, Gravity, Linted};
use std::collections::BTreeSet;

/// What is wrong with the rules of a file once they are run. `engine` holds them and whatever else is to run beside them.
pub fn try_examples(engine: &Engine, linted: &Linted) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (number, made) in &linted.rules {
        let rule = &linted.file.rules[*number];
        let lines = linted.lines.rule(*number);
        let mut say = |line: usize, weight, message: String| {
            let (file, rule) = (linted.name.clone(), Some(made.spec.id.to_owned()));
            complaints.push(Complaint { file, line, weight, rule, message });
        };
        if let Some(name) = rule.proof.as_deref().filter(|name| !proof::names().any(|known| known == *name)) {
            let known: Vec<&str> = proof::names().collect();
            let message = match crate::rule::nearest(name, &known) {
                Some(near) => format!("there is no proof '{name}'; did you mean '{near}'?"),
                None => format!("there is no proof '{name}'; known are {}", known.join(", ")),
            };
            say(lines.of(&["proof"]), Gravity::Error, message);
        }
        let mut rivals = BTreeSet::new();
        for (i, example) in rule.examples.iter().enumerate() {
            let line = lines.examples.get(i).copied().unwrap_or(lines.start);
            let (text, secret) = (example.text.join(), example.secret.join());
            let hits = scan(engine, &text);
            let own: Vec<&Hit> = hits.iter().filter(|hit| is_of(engine, hit, rule)).collect();
            if own.iter().any(|hit| text.as_bytes()[hit.secret.clone()] == *secret.as_bytes()) {
                rivals.extend(rivals_of(engine, rule, &hits, &text, &secret));
            } else {
                say(line, Gravity::Error, not_found(engine, rule, &text, i, own.is_empty()));
            }
        }
        for rival in rivals.iter().filter(|rival| !rule.shares.iter().any(|known| known == *rival)) {
            let message = format!(
                "rule '{rival}' of another provider finds the same secret in its examples; if nobody can tell whose it \
                 is, name that rule in 'shares'"
            );
            say(lines.start, Gravity::Warning, message);
        }
        for known in rule.shares.iter().filter(|known| !rivals.contains(known.as_str())) {
            let message = format!("'shares' names '{known}', which finds the secret of none of its examples");
            say(lines.of(&["shares"]), Gravity::Warning, message);
        }
        for (i, counter) in rule.counter_examples.iter().enumerate() {
            let line = lines.counter_examples.get(i).copied().unwrap_or(lines.start);
            if scan(engine, &counter.text.join()).iter().any(|hit| is_of(engine, hit, rule)) {
                say(line, Gravity::Error, format!("counter-example {} is found", i + 1));
            }
        }
    }
    complaints
}

fn scan(engine: &Engine, text: &str) -> Vec<Hit> {
    engine.scan(&Blob::whole(text.as_bytes(), Origin::Stdin))
}

fn is_of(engine: &Engine, hit: &Hit, rule: &RuleToml) -> bool {
    engine.rules().get(hit.rule).spec.id == rule.id
}

/// Why an example is not found, as far as the engine can tell.
fn not_found(engine: &Engine, rule: &RuleToml, text: &str, number: usize, nothing: bool) -> String {
    let number = number + 1;
    if !nothing {
        return format!("example {number} is found with another secret than it says; check the pattern's groups");
    }
    let misses = engine.explain(text.as_bytes()).misses;
    let mut own = misses.iter().filter(|miss| engine.rules().get(miss.rule).spec.id == rule.id);
    match own.find_map(|miss| miss.refuted.as_ref()) {
        Some(refuted) => format!("example {number} is not found: {refuted}"),
        None => format!("example {number} is not found: the pattern does not match its text"),
    }
}

/// Rules of other issuers by which the same secret would be reported as well.
fn rivals_of<'e>(engine: &'e Engine, rule: &RuleToml, hits: &[Hit], text: &str, secret: &str) -> Vec<&'e str> {
    let own = engine.rules().find(&rule.id).map(|ix| engine.rules().get(ix).provider.id);
    hits.iter()
        .filter(|hit| text.as_bytes()[hit.secret.clone()] == *secret.as_bytes())
        .map(|hit| engine.rules().get(hit.rule))
        .filter(|other| other.spec.id != rule.id && !other.provider.is_generic() && Some(other.provider.id) != own)
        .map(|other| other.spec.id)
        .collect()
}
