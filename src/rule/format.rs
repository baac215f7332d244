//! The rule file as a person types it: one TOML file a provider. Also compiled into the build script, which embeds
//! `rules/`, so this file and [`super::shape`] know nothing else of the crate.

use super::online::{Online, Revoke, Verify};
use serde::Deserialize;

/// A whole rule file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderFile {
    /// Who issues the keys.
    pub provider: ProviderToml,
    /// How each kind of key looks.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleToml>,
    /// How the provider is asked whether a key is alive.
    #[serde(default)]
    pub verify: Vec<Verify>,
    /// How a key is revoked by a request.
    #[serde(default)]
    pub revoke: Vec<Revoke>,
}

impl ProviderFile {
    /// The tables for the rule with that id as text, to be parsed when they are needed.
    ///
    /// # Errors
    ///
    /// A sentence: a table that is wrong, or that is for a rule which the file does not have.
    pub fn online(&self, rule: &RuleToml) -> Result<Option<String>, String> {
        for (kind, names) in self
            .verify
            .iter()
            .map(|table| ("verify", &table.rules))
            .chain(self.revoke.iter().map(|table| ("revoke", &table.rules)))
        {
            if let Some(name) = names.iter().find(|name| self.rules.iter().all(|rule| rule.id != **name)) {
                return Err(format!("[[{kind}]] is for '{name}', which is no rule of this file"));
            }
        }
        let is_for = |names: &[String]| names.is_empty() || names.contains(&rule.id);
        let own = |verify: &Option<Verify>| verify.iter().cloned().collect::<Vec<_>>();
        let mut online = Online { verify: own(&rule.verify), revoke: rule.revoke.iter().cloned().collect() };
        if online.verify.is_empty() {
            online.verify = self.verify.iter().filter(|table| is_for(&table.rules)).cloned().collect();
        }
        if online.revoke.is_empty() {
            online.revoke = self.revoke.iter().filter(|table| is_for(&table.rules)).cloned().collect();
        }
        online.check()?;
        if online.verify.is_empty() && online.revoke.is_empty() {
            return Ok(None);
        }
        toml::to_string(&online).map(Some).map_err(|error| error.to_string())
    }
}

/// `[provider]`: facts about who issues the keys, from the page named in `docs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderToml {
    /// kebab-case, unique, and the file's name.
    pub id: String,
    /// As the provider writes it.
    pub name: String,
    /// The page that documents the format.
    #[serde(default)]
    pub docs: Option<String>,
    /// Where a person revokes or rotates a key.
    #[serde(default)]
    pub console: Option<String>,
    /// What to do with a leaked key where there is no issuer to revoke it at, as one clause: `change the password`.
    #[serde(default)]
    pub remedy: Option<String>,
    /// The steps of a revocation by hand, in order.
    #[serde(default)]
    pub revoke_steps: Vec<String>,
    /// Hosts that its keys are sent to.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Environment variables under which its keys travel.
    #[serde(default)]
    pub env: Vec<String>,
    /// The documented way to send a key.
    #[serde(default)]
    pub auth: Option<AuthToml>,
    /// Whether the provider refuses or forbids plain HTTP.
    #[serde(default)]
    pub https_only: bool,
    /// The documented rotation period in days.
    #[serde(default)]
    pub rotation_days: Option<u32>,
    /// Whether a key may be shipped to browsers and apps.
    #[serde(default)]
    pub client_side: ClientSide,
}

/// How a key travels in a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthToml {
    /// The header's name.
    pub header: String,
    /// The scheme before the key (`Bearer`), where there is one.
    #[serde(default)]
    pub scheme: Option<String>,
}

/// Whether a key may be shipped to browsers and apps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientSide {
    /// It opens the account: never.
    #[default]
    Never,
    /// It is meant to be public.
    Publishable,
}

/// Where the secret of a match stands to its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stands {
    /// Behind it, on its line.
    Behind,
    /// Before it.
    Before,
    /// At most `within` bytes behind it, perhaps on another line: the match need not hold the keyword.
    After,
}

/// `[[rule]]`: one kind of key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleToml {
    /// kebab-case, unique over all files.
    pub id: String,
    /// What it finds, as a report says it: `Airclou live API key`.
    pub description: String,
    /// `live`, `test` or `unknown`.
    #[serde(default = "unknown")]
    pub environment: String,
    /// `critical`, `high`, `medium` or `low`.
    #[serde(default = "high")]
    pub severity: String,
    /// Confidence of a match that proof neither strengthens nor weakens: `high`, `medium` or `low`.
    #[serde(default = "medium")]
    pub confidence: String,
    /// Regular expression over the text; the secret is the group `secret`, else the first group, else the whole match.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Instead of `pattern`: regular expression of the value alone, which must be assigned to a name that holds one of
    /// `keywords` (and one of `names`).
    #[serde(default)]
    pub value: Option<String>,
    /// Case-sensitive literals with which every match of `pattern` begins: the prefilter.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Case-insensitive literals. With `value`: the name holds one of them. With `pattern`: one stands within `within`
    /// bytes of the secret.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// With `value`: words of which the name holds one, besides a keyword; default: key, token, secret and the like.
    #[serde(default)]
    pub names: Vec<String>,
    /// With `pattern` and `keywords`: every match has an operator and a value behind the keyword's
    /// name, as in `password = "…"`. The engine then looks for those before it runs the pattern.
    #[serde(default)]
    pub assigned: bool,
    /// With `pattern` and `keywords`: the secret stands so to the keyword from which it is found, and every match holds that
    /// (but for `after`).
    /// The engine then looks only where such a match can be; without it, a keyword may stand anywhere near.
    #[serde(default)]
    pub stands: Option<Stands>,
    /// How far from the secret a keyword may stand, in bytes.
    #[serde(default)]
    pub within: Option<u32>,
    /// For rules over several lines: the most bytes that a match with its context covers.
    #[serde(default)]
    pub span: Option<u32>,
    /// Least Shannon entropy of the secret, in bits a character.
    #[serde(default)]
    pub entropy: Option<f32>,
    /// Name in the proof table.
    #[serde(default)]
    pub proof: Option<String>,
    /// Regular expressions of values that the provider documents as examples.
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// Free words by which rules can be switched.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Rules of other issuers that find the same secret, because nobody can tell by its form and name whose it is. For
    /// `rules check`, which warns of others, and of those that find none of the examples.
    #[serde(default)]
    pub shares: Vec<String>,
    /// `[rule.verify]`: how the provider is asked about keys of this rule, in place of `[[verify]]`.
    #[serde(default)]
    pub verify: Option<Verify>,
    /// `[rule.revoke]`: likewise in place of `[[revoke]]`.
    #[serde(default)]
    pub revoke: Option<Revoke>,
    /// At least two texts that must be found.
    #[serde(default, rename = "example")]
    pub examples: Vec<ExampleToml>,
    /// At least two texts that must not.
    #[serde(default, rename = "counter_example")]
    pub counter_examples: Vec<CounterExampleToml>,
}

/// `[[rule.example]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleToml {
    /// The text to scan.
    pub text: Parts,
    /// The secret that must be found in it.
    pub secret: Parts,
}

/// `[[rule.counter_example]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterExampleToml {
    /// The text to scan.
    pub text: Parts,
}

/// Text written in parts, so that the file itself holds no contiguous token.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Parts {
    /// In one piece.
    Whole(String),
    /// To be joined.
    Split(Vec<String>),
}

impl Parts {
    /// The joined text.
    pub fn join(&self) -> String {
        match self {
            Parts::Whole(text) => text.clone(),
            Parts::Split(parts) => parts.concat(),
        }
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn high() -> String {
    "high".to_owned()
}

fn medium() -> String {
    "medium".to_owned()
}

/// A rule file that could not be understood: where, and what would have been right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct FormatError {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, with the nearest known key where a key is unknown.
    pub message: String,
}

/// Parses any TOML of ours; errors name file, line and the nearest known key.
pub fn parse_toml<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, FormatError> {
    toml::from_str(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| 1 + text.as_bytes()[..span.start].iter().filter(|b| **b == b'\n').count());
        FormatError { file: file.to_owned(), line, message: with_nearest(error.message()) }
    })
}

/// Turns serde's "unknown field `x`, expected one of `a`, `b`" into a sentence with the nearest name.
fn with_nearest(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let is_unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let (true, Some(typed)) = (is_unknown, quoted.next()) else {
        return message.to_owned();
    };
    let what = if message.starts_with("unknown field") { "key" } else { "value" };
    let known: Vec<&str> = quoted.collect();
    match nearest(typed, &known) {
        Some(near) => format!("unknown {what} '{typed}'; did you mean '{near}'?"),
        None => format!("unknown {what} '{typed}'; known are {}", known.join(", ")),
    }
}

/// The known word that a person who typed `typed` most likely meant.
pub fn nearest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|word| (strsim::jaro_winkler(typed, word), *word))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}
