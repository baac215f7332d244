//! Which rules run, and whether what a configuration names exists.

use super::Config;
use crate::finding::Severity;
use crate::rule::{FormatError, Rule, nearest};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

/// `[rules]`: which rules run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleChoice {
    /// Where not empty, the only rules that run.
    pub only: Vec<Selector>,
    /// Rules that do not run.
    pub disable: Vec<Selector>,
    /// Rules that run although `disable` names them, too: one rule of a tag, one tag of a provider.
    pub enable: Vec<Selector>,
    /// Folders with more rules.
    pub dirs: Vec<PathBuf>,
}

impl RuleChoice {
    /// Whether `rule` runs.
    pub fn keeps(&self, rule: &Rule) -> bool {
        (self.only.is_empty() || names(&self.only, rule)) && !self.drops(rule)
    }

    /// Whether `rule` runs when this choice, of the command line, comes after that of a configuration and wins.
    pub fn keeps_over(&self, configured: &RuleChoice, rule: &Rule) -> bool {
        let before = if self.only.is_empty() { configured.keeps(rule) } else { names(&self.only, rule) };
        (before || names(&self.enable, rule)) && !self.drops(rule)
    }

    fn drops(&self, rule: &Rule) -> bool {
        names(&self.disable, rule) && !names(&self.enable, rule)
    }

    /// Every selector.
    pub fn selectors(&self) -> impl Iterator<Item = &Selector> {
        self.only.iter().chain(&self.disable).chain(&self.enable)
    }
}

fn names(selectors: &[Selector], rule: &Rule) -> bool {
    selectors.iter().any(|selector| selector.matches(rule))
}

/// A rule, or several by what they have in common: `github-token`, `provider:okta`, `tag:contextual`, `severity:low`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The rule with that id.
    Rule(String),
    /// All rules of a provider.
    Provider(String),
    /// All rules with a tag.
    Tag(String),
    /// All rules of a severity.
    Severity(Severity),
}

impl Selector {
    /// Whether it names `rule`.
    pub fn matches(&self, rule: &Rule) -> bool {
        match self {
            Selector::Rule(id) => rule.spec.id == id,
            Selector::Provider(id) => rule.provider.id == id,
            Selector::Tag(tag) => rule.tags().any(|own| own == tag),
            Selector::Severity(severity) => rule.severity == *severity,
        }
    }

    /// What must exist for it to name anything.
    fn mention(&self) -> Option<(Kind, &str)> {
        match self {
            Selector::Rule(id) => Some((Kind::Rule, id)),
            Selector::Provider(id) => Some((Kind::Provider, id)),
            Selector::Tag(tag) => Some((Kind::Tag, tag)),
            Selector::Severity(_) => None,
        }
    }

    /// Whether it names nothing among `rules`, and then what to say; for selectors of the command line.
    ///
    /// # Errors
    ///
    /// A sentence with the nearest name that exists.
    pub fn check<'r>(&self, rules: impl IntoIterator<Item = &'r Rule>) -> Result<(), String> {
        let Some((kind, name)) = self.mention() else { return Ok(()) };
        Known::of(rules).check(kind, name)
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((kind, name)) = text.split_once(':') else {
            return Ok(Selector::Rule(text.to_owned()));
        };
        match kind {
            "provider" => Ok(Selector::Provider(name.to_owned())),
            "tag" => Ok(Selector::Tag(name.to_owned())),
            "severity" => name.parse().map(Selector::Severity),
            "rule" | "id" => Ok(Selector::Rule(name.to_owned())),
            _ => Err(format!("'{text}': rules are named by id, provider:…, tag:… or severity:…")),
        }
    }
}

/// What kind of name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rule,
    Provider,
    Tag,
}

/// A name in the configuration that must exist.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub kind: Kind,
    pub name: String,
    pub line: usize,
}

impl Mention {
    /// What `selector` on that line mentions.
    pub fn of(selector: &Selector, line: usize) -> Option<Self> {
        selector.mention().map(|(kind, name)| Mention { kind, name: name.to_owned(), line })
    }
}

impl Config {
    /// Checks that every rule, provider and tag that the file names is among `rules`, which must be all that were
    /// loaded, before any is switched off: an exception for a rule that is off is no mistake.
    ///
    /// # Errors
    ///
    /// The first name that does not exist, with its line and the nearest one that does.
    pub fn check_names<'r>(&self, rules: impl IntoIterator<Item = &'r Rule>) -> Result<(), FormatError> {
        if self.mentions.is_empty() {
            return Ok(());
        }
        let known = Known::of(rules);
        for mention in &self.mentions {
            known.check(mention.kind, &mention.name).map_err(|message| FormatError {
                file: self.file.as_ref().map(|f| f.to_string_lossy().into_owned()).unwrap_or_default(),
                line: mention.line,
                message,
            })?;
        }
        Ok(())
    }
}

/// All names that exist.
struct Known<'r> {
    rules: BTreeSet<&'r str>,
    providers: BTreeSet<&'r str>,
    tags: BTreeSet<&'r str>,
}

impl<'r> Known<'r> {
    fn of(rules: impl IntoIterator<Item = &'r Rule>) -> Self {
        let mut known = Self { rules: BTreeSet::new(), providers: BTreeSet::new(), tags: BTreeSet::new() };
        for rule in rules {
            known.rules.insert(rule.spec.id);
            known.providers.insert(rule.provider.id);
            for tag in rule.tags() {
                known.tags.insert(tag);
            }
        }
        known
    }

    fn check(&self, kind: Kind, name: &str) -> Result<(), String> {
        let (word, names) = match kind {
            Kind::Rule => ("rule", &self.rules),
            Kind::Provider => ("provider", &self.providers),
            Kind::Tag => ("tag", &self.tags),
        };
        if names.contains(name) {
            return Ok(());
        }
        let all: Vec<&str> = names.iter().copied().collect();
        Err(match nearest(name, &all) {
            Some(near) => format!("there is no {word} '{name}'; did you mean '{near}'?"),
            None => format!("there is no {word} '{name}'; 'keyhound rules list' shows all"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::load_text;
    use std::path::Path;

    fn rules() -> Vec<Rule> {
        let text = r#"
            [provider]
            id = "okta"
            name = "Okta"
            [[rule]]
            id = "okta-token"
            description = "Okta token"
            severity = "high"
            pattern = '\b(00[A-Za-z0-9]{40})\b'
            keywords = ["okta"]
            tags = ["contextual"]
            [[rule]]
            id = "okta-id"
            description = "Okta id"
            severity = "low"
            pattern = '\b(0oa[A-Za-z0-9]{17})\b'
            keywords = ["okta"]
            tags = ["contextual"]
        "#;
        load_text("okta.toml", text).expect("rules")
    }

    fn kept(only: &[&str], disable: &[&str], enable: &[&str]) -> Vec<&'static str> {
        let all = |texts: &[&str]| texts.iter().map(|t| t.parse().expect("selector")).collect();
        let choice = RuleChoice { only: all(only), disable: all(disable), enable: all(enable), dirs: Vec::new() };
        rules().iter().filter(|rule| choice.keeps(rule)).map(|rule| rule.spec.id).collect()
    }

    #[test]
    fn rules_are_switched_by_what_they_have_in_common() {
        assert_eq!(kept(&[], &[], &[]), ["okta-token", "okta-id"]);
        assert_eq!(kept(&[], &["okta-id"], &[]), ["okta-token"]);
        assert_eq!(kept(&[], &["severity:high"], &[]), ["okta-id"]);
        assert_eq!(kept(&[], &["tag:contextual"], &["okta-id"]), ["okta-id"]);
        assert_eq!(kept(&["provider:okta"], &["severity:low"], &[]), ["okta-token"]);
        assert!(kept(&[], &["provider:okta"], &[]).is_empty());
        assert_eq!(kept(&[], &[], &["okta-id"]).len(), 2, "enabling one rule takes no other away");
    }

    #[test]
    fn the_command_line_wins_over_the_configuration() {
        let choice = |only: &[&str], disable: &[&str], enable: &[&str]| {
            let all = |texts: &[&str]| texts.iter().map(|t| t.parse().expect("selector")).collect();
            RuleChoice { only: all(only), disable: all(disable), enable: all(enable), dirs: Vec::new() }
        };
        let kept = |typed: RuleChoice, configured: RuleChoice| -> Vec<&str> {
            let rules = rules();
            rules.iter().filter(|rule| typed.keeps_over(&configured, rule)).map(|rule| rule.spec.id).collect()
        };
        let none = || choice(&[], &[], &[]);
        assert_eq!(kept(choice(&["okta-id"], &[], &[]), choice(&[], &["okta-id"], &[])), ["okta-id"]);
        assert_eq!(kept(choice(&[], &["okta-id"], &[]), choice(&[], &["okta-token"], &["okta-id"])), [""; 0]);
        assert_eq!(kept(choice(&[], &[], &["okta-id"]), choice(&["okta-token"], &[], &[])).len(), 2);
        assert_eq!(kept(choice(&[], &["provider:okta"], &["okta-id"]), none()), ["okta-id"]);
        assert_eq!(kept(none(), choice(&["okta-token"], &[], &[])), ["okta-token"]);
    }

    #[test]
    fn what_does_not_exist_is_named_with_its_line() {
        let check = |text: &str| {
            let config = Config::parse(Path::new("k.toml"), text.as_bytes()).expect("parses");
            config.check_names(&rules()).map_err(|e| e.to_string())
        };
        assert_eq!(check("[rules]\ndisable = ['okta-id', 'provider:okta', 'tag:contextual', 'severity:low']"), Ok(()));
        assert_eq!(
            check("[rules]\ndisable = [\n'okta-tokn']").expect_err("typo"),
            "k.toml:3: there is no rule 'okta-tokn'; did you mean 'okta-token'?"
        );
        assert!(check("[rules]\nenable = ['tag:contextul']").expect_err("typo").contains("'contextual'"));
        let allow = "[[allow]]\nreason = 'x'\nproviders = ['octa']";
        assert_eq!(check(allow).expect_err("typo"), "k.toml:3: there is no provider 'octa'; did you mean 'okta'?");
        assert!(check("[rules]\nonly = ['zzz']").expect_err("unknown").contains("rules list"));
    }

    #[test]
    fn selectors_of_other_kinds_are_refused() {
        assert!("colour:red".parse::<Selector>().is_err());
        assert!("severity:awful".parse::<Selector>().is_err());
        let typo: Selector = "provider:octa".parse().expect("selector");
        assert!(typo.check(&rules()).expect_err("typo").contains("did you mean 'okta'"));
    }
}
