//! `keyhound rules check`, as far as a rule can be judged without running it: names, shape, cost, examples.
//!
//! What only the engine can say (whether examples are found) is in `engine::trial`. The project's own tests ask the same
//! questions in the same words, so that a rule which passes here passes there.

use super::format::{FormatError, ProviderFile, RuleToml, parse_toml};
use super::lines::{Lines, RuleLines};
use super::shape::{Derived, parse};
use super::{Rule, load};
use regex::bytes::RegexBuilder;
use std::collections::BTreeMap;
use std::fmt;

/// Something that is wrong with a rule file, or could be better.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Complaint {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// How much it weighs.
    pub weight: Gravity,
    /// The rule that it is about.
    pub rule: Option<String>,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// How much a complaint weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gravity {
    /// The rule does not do what it says.
    Error,
    /// It does, at a price.
    Warning,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Gravity::Error => "error",
            Gravity::Warning => "warning",
        };
        write!(f, "{}:{}: {weight}: ", self.file, self.line)?;
        match &self.rule {
            Some(rule) => write!(f, "rule '{rule}': {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// A rule file that was read, with what is wrong with it so far.
#[derive(Debug)]
pub struct Linted {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub file: ProviderFile,
    /// Where that stands.
    pub lines: Lines,
    /// The rules that can be run, each with its number in the file.
    pub rules: Vec<(usize, Rule)>,
}

/// Least number of examples and of counter-examples.
pub const LEAST_EXAMPLES: usize = 2;

/// A compiled pattern larger than this is worth a warning: compiling it is felt in every commit hook, in bytes.
const DEAR: usize = 1 << 20;

/// Judges the files among themselves; `taken` holds the ids of other rules beside which they are to run.
pub fn lint(files: &[(String, String)], taken: &[&str]) -> (Vec<Linted>, Vec<Complaint>) {
    let mut complaints = Vec::new();
    let mut linted = Vec::new();
    let mut seen: BTreeMap<String, String> =
        taken.iter().map(|id| ((*id).to_owned(), "keyhound itself".to_owned())).collect();
    for (name, text) in files {
        let file = match parse_toml::<ProviderFile>(name, text) {
            Ok(file) => file,
            Err(FormatError { file, line, message }) => {
                complaints.push(Complaint { file, line, weight: Gravity::Error, rule: None, message });
                continue;
            }
        };
        let lines = Lines::of(text);
        let mut desk = Desk { name, text, complaints: &mut complaints };
        let rules = desk.file(&file, &lines, &mut seen);
        linted.push(Linted { name: name.clone(), file, lines, rules });
    }
    (linted, complaints)
}

/// Whether an id is made of lowercase letters, digits and single dashes.
pub fn is_kebab(id: &str) -> bool {
    id.split('-').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

/// The file at hand.
struct Desk<'a> {
    name: &'a str,
    text: &'a str,
    complaints: &'a mut Vec<Complaint>,
}

impl Desk<'_> {
    fn say(&mut self, line: usize, weight: Gravity, rule: Option<&str>, message: String) {
        let (file, rule) = (self.name.to_owned(), rule.map(str::to_owned));
        self.complaints.push(Complaint { file, line, weight, rule, message });
    }

    fn file(&mut self, file: &ProviderFile, lines: &Lines, seen: &mut BTreeMap<String, String>) -> Vec<(usize, Rule)> {
        let id = &file.provider.id;
        if !is_kebab(id) {
            let message = format!("the provider's id '{id}' is not kebab-case: lowercase letters, digits and dashes");
            self.say(lines.provider(), Gravity::Error, None, message);
        }
        let provider = load::provider_of(file);
        let mut rules = Vec::new();
        for (number, rule) in file.rules.iter().enumerate() {
            let at = lines.rule(number);
            if let Some(elsewhere) = seen.insert(rule.id.clone(), format!("{}:{}", self.name, at.start)) {
                let message = format!("another rule has this id: {elsewhere}");
                self.say(at.of(&["id"]), Gravity::Error, Some(&rule.id), message);
            }
            if self.rule(rule, &at) {
                match load::rule_of(file, rule, provider) {
                    Ok(made) => rules.push((number, made)),
                    Err(message) => self.say(at.start, Gravity::Error, Some(&rule.id), message),
                }
            }
        }
        rules
    }

    /// Judges one rule; whether it can be run.
    fn rule(&mut self, rule: &RuleToml, at: &RuleLines) -> bool {
        let id = Some(rule.id.as_str());
        if !is_kebab(&rule.id) {
            let message = "the id is not kebab-case: lowercase letters, digits and dashes".to_owned();
            self.say(at.of(&["id"]), Gravity::Error, id, message);
        }
        let mut runs = true;
        match Derived::of(rule) {
            Ok(derived) => runs &= self.cost(rule, &derived.pattern, at),
            Err(message) => {
                let keys: &[&str] =
                    if message.contains("prefix") { &["prefixes", "pattern"] } else { &["pattern", "value"] };
                self.say(at.of(keys), Gravity::Error, id, message);
                runs = false;
            }
        }
        for placeholder in &rule.placeholders {
            if let Err(message) = parse(placeholder) {
                self.say(
                    at.of(&["placeholders"]),
                    Gravity::Error,
                    id,
                    format!("placeholder '{placeholder}': {message}"),
                );
                runs = false;
            }
        }
        for (what, count) in [("examples", rule.examples.len()), ("counter-examples", rule.counter_examples.len())] {
            if count < LEAST_EXAMPLES {
                let message = format!("has {count} {what}; it needs at least {LEAST_EXAMPLES}");
                self.say(at.start, Gravity::Error, id, message);
            }
        }
        for (i, example) in rule.examples.iter().enumerate() {
            let (text, secret) = (example.text.join(), example.secret.join());
            let line = at.examples.get(i).copied().unwrap_or(at.start);
            if secret.is_empty() || !text.contains(&secret) {
                self.say(line, Gravity::Error, id, format!("the text of example {} does not hold its secret", i + 1));
            } else if secret.len() >= 16 && self.text.contains(&secret) {
                let message = format!(
                    "example {} holds its secret in one piece; write it in parts, [\"…\", \"…\"], or scans of this file find it",
                    i + 1
                );
                self.say(line, Gravity::Warning, id, message);
            }
        }
        runs
    }

    /// Compiles the pattern as the engine does, and again within less.
    fn cost(&mut self, rule: &RuleToml, pattern: &str, at: &RuleLines) -> bool {
        let fits = |limit: usize| RegexBuilder::new(pattern).unicode(false).size_limit(limit).build();
        let line = at.of(&["pattern", "value"]);
        // Nearly all fit into the smaller limit, and to compile them twice would take half the time of a check.
        if fits(DEAR).is_ok() {
            return true;
        }
        match fits(super::matcher::SIZE_LIMIT) {
            Ok(_) => {
                let message =
                    format!("compiled, the pattern takes more than {} MiB, which slows the first match", DEAR >> 20);
                self.say(line, Gravity::Warning, Some(&rule.id), message);
                true
            }
            Err(error) => {
                let message = match error {
                    regex::Error::CompiledTooBig(limit) => {
                        format!(
                            "compiled, the pattern takes more than {} MiB; make its repetitions shorter",
                            limit >> 20
                        )
                    }
                    other => other.to_string().lines().last().unwrap_or_default().to_owned(),
                };
                self.say(line, Gravity::Error, Some(&rule.id), message);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> Vec<String> {
        let (_, mut all) = lint(&[("a.toml".to_owned(), text.to_owned())], &["taken"]);
        all.sort();
        all.iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = "[provider]\nid = 'acme'\nname = 'Acme'\n[[rule]]\nid = 'acme-key'\ndescription = 'd'\n\
        pattern = '\\b(acme_[a-z0-9]{20})\\b'\nprefixes = ['acme_']\n";
    const EXAMPLES: &str = "[[rule.example]]\ntext = ['acme_', 'a8a8a8a8a8a8a8a8a8a8']\nsecret = ['acme_', 'a8a8a8a8a8a8a8a8a8a8']\n\
        [[rule.example]]\ntext = ['acme_', 'b8a8a8a8a8a8a8a8a8a8']\nsecret = ['acme_', 'b8a8a8a8a8a8a8a8a8a8']\n\
        [[rule.counter_example]]\ntext = 'acme_'\n[[rule.counter_example]]\ntext = 'x'\n";

    #[test]
    fn a_sound_rule_has_no_complaints() {
        assert_eq!(complaints(&format!("{GOOD}{EXAMPLES}")), [""; 0]);
    }

    #[test]
    fn every_mistake_has_its_line() {
        let check = |from: &str, to: &str, want: &str| {
            let text = format!("{GOOD}{EXAMPLES}");
            assert!(text.contains(from), "{from}");
            let all = complaints(&text.replacen(from, to, 1));
            assert!(all.iter().any(|line| line.contains(want)), "{want}: {all:#?}");
        };
        check("id = 'acme'", "id = 'Acme'", "a.toml:1: error: the provider's id 'Acme' is not kebab-case");
        check("id = 'acme-key'", "id = 'taken'", "a.toml:5: error: rule 'taken': another rule has this id: keyhound");
        check("id = 'acme-key'", "id = 'acme--key'", "a.toml:5: error: rule 'acme--key': the id is not kebab-case");
        check("{20})", "{20}", "a.toml:7: error: rule 'acme-key': unclosed group at column 3");
        check("{20}", "+", "a.toml:7: error: rule 'acme-key': its matches have no bound");
        check("['acme_']", "['acne_']", "a.toml:8: error: rule 'acme-key': no match begins with the prefix 'acne_'");
        check("prefixes", "prefxes", "a.toml:8: error: unknown key 'prefxes'; did you mean 'prefixes'?");
        check("{20}", "{20}(?:x{0,40}y{0,40}){0,40}z{0,900}", "a.toml:7:");
        check(
            "text = ['acme_', 'a8",
            "text = ['acme_', 'c8",
            "a.toml:9: error: rule 'acme-key': the text of example 1",
        );
        check(EXAMPLES, "", "a.toml:4: error: rule 'acme-key': has 0 examples; it needs at least 2");
        check("'acme_', 'a8a8a8", "'acme_a8a8a8", "a.toml:9: warning: rule 'acme-key': example 1 holds its secret");
    }
}
