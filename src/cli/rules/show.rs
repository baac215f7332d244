//! `keyhound rules show`

use super::{json, plan, print};
use crate::cli::Outcome;
use crate::cli::shape::Rules;
use crate::exit::Exit;
use crate::finding::Secret;
use crate::pipeline::{self, Plan, workbench};
use crate::problem::Problem;
use crate::report::text::clean;
use crate::rule::{Rule, nearest};
use serde::Serialize;
use std::io::Write;

/// What can be typed after `show`.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// The rule's id
    #[arg(value_name = "ID")]
    id: String,
    /// Print a JSON document, not lines
    #[arg(long)]
    json: bool,
    /// Show the keys of examples in clear
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    rules: Rules,
}

/// The rule in the JSON document, and what the lines are made of.
#[derive(Debug, Serialize)]
struct Record<'r> {
    id: &'r str,
    description: &'r str,
    provider: &'r str,
    provider_name: &'r str,
    docs: Option<&'r str>,
    console: Option<&'r str>,
    revoke_steps: &'r [&'r str],
    severity: &'r str,
    confidence: &'r str,
    environment: &'r str,
    tags: Vec<&'r str>,
    pattern: &'r str,
    prefixes: &'r [&'r str],
    keywords: &'r [&'r str],
    within: Option<u32>,
    span: Option<u32>,
    entropy: Option<f32>,
    proof: Option<&'r str>,
    placeholders: &'r [&'r str],
    file: Option<String>,
    line: Option<usize>,
    examples: Vec<String>,
    counter_examples: Vec<String>,
}

impl Show {
    /// Prints the rule.
    pub(super) fn run(&self) -> Outcome {
        let plan = plan(&self.rules);
        // A rule that is switched off can be looked at as well.
        let rules = pipeline::all_rules(&plan)?;
        let Some(rule) = rules.iter().find(|rule| rule.spec.id == self.id) else {
            let ids: Vec<&str> = rules.iter().map(|rule| rule.spec.id).collect();
            let problem = Problem::fatal(&self.id, "there is no rule with this id");
            return Err(match nearest(&self.id, &ids) {
                Some(near) => problem.with_next_step(format!("did you mean '{near}'?")),
                None => problem.with_next_step("'keyhound rules list' shows all"),
            });
        };
        let record = self.record(&plan, rule)?;
        print(Exit::Clean, |out| if self.json { json(&record, out) } else { lines(&record, out) })
    }

    fn record<'r>(&self, plan: &Plan, rule: &'r Rule) -> Result<Record<'r>, Problem> {
        let written = workbench::written(plan, rule.spec.id)?;
        let (spec, provider) = (rule.spec, rule.provider);
        let toml = written.as_ref().map(|written| &written.rule);
        let examples =
            toml.map(|toml| toml.examples.iter().map(|e| self.example(rule, &e.text.join(), &e.secret.join())));
        let counters = toml.map(|toml| toml.counter_examples.iter().map(|counter| counter.text.join()));
        Ok(Record {
            id: spec.id,
            description: spec.description,
            provider: provider.id,
            provider_name: provider.name,
            docs: provider.docs,
            console: provider.console,
            revoke_steps: provider.revoke_steps,
            severity: rule.severity.word(),
            confidence: rule.confidence.word(),
            environment: rule.environment.word(),
            tags: rule.tags().collect(),
            pattern: spec.pattern,
            prefixes: spec.prefixes,
            keywords: spec.keywords,
            within: spec.within,
            span: spec.span,
            entropy: spec.entropy,
            proof: spec.proof,
            placeholders: spec.placeholders,
            examples: examples.into_iter().flatten().collect(),
            counter_examples: counters.into_iter().flatten().collect(),
            file: written.as_ref().map(|written| written.file.clone()),
            line: written.as_ref().map(|written| written.line),
        })
    }

    /// An example with its key redacted wherever it stands.
    fn example(&self, rule: &Rule, text: &str, secret: &str) -> String {
        if self.show_secrets || secret.is_empty() {
            return text.to_owned();
        }
        let shown = Secret::new(secret.as_bytes(), rule.public_prefix(secret.as_bytes())).redacted();
        text.replace(secret, &shown)
    }
}

fn lines(record: &Record<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    let list = |words: &[&str]| words.join(", ");
    let from = record.file.as_ref().map(|file| format!("{file}:{}", record.line.unwrap_or(1)));
    let of = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
    let rows: [(&str, String); 17] = [
        ("rule", record.id.to_owned()),
        ("finds", record.description.to_owned()),
        ("provider", format!("{} ({})", record.provider_name, record.provider)),
        ("documented", record.docs.unwrap_or_default().to_owned()),
        ("revoke at", record.console.unwrap_or_default().to_owned()),
        ("severity", record.severity.to_owned()),
        ("confidence", record.confidence.to_owned()),
        ("environment", record.environment.to_owned()),
        ("tags", list(&record.tags)),
        ("pattern", record.pattern.to_owned()),
        ("prefixes", list(record.prefixes)),
        ("keywords", list(record.keywords)),
        ("within", of(record.within)),
        ("span", of(record.span)),
        ("entropy", record.entropy.map(|bits| bits.to_string()).unwrap_or_default()),
        ("proof", record.proof.unwrap_or_default().to_owned()),
        ("written in", from.unwrap_or_default()),
    ];
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "{name:<12} {}", clean(value))?;
    }
    let blocks = [("found", &record.examples), ("not found", &record.counter_examples)];
    for (name, texts) in blocks {
        for text in texts {
            writeln!(out, "{name:<12} {}", clean(text))?;
        }
    }
    for (number, step) in record.revoke_steps.iter().enumerate() {
        writeln!(out, "{:<12} {}. {}", "to revoke", number + 1, clean(step))?;
    }
    Ok(())
}
