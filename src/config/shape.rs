//! The configuration as a person types it. What it means is for `resolve` to say.
//!
//! Whatever can be wrong in a way that TOML does not know keeps its span, so that the error can name its line.

use super::rotation::RotationToml;
use crate::finding::{Confidence, Severity};
use crate::rule::format::{ProviderToml, RuleToml};
use serde::Deserialize;
use toml::{Spanned, Value};

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigToml {
    /// Least severity to report.
    pub severity: Option<Severity>,
    /// Least confidence to report.
    pub confidence: Option<Confidence>,
    /// What is scanned.
    #[serde(default)]
    pub scan: ScanToml,
    /// Which rules run.
    #[serde(default)]
    pub rules: RulesToml,
    /// How findings are identified.
    #[serde(default)]
    pub fingerprint: FingerprintToml,
    /// What is known already.
    #[serde(default)]
    pub baseline: BaselineToml,
    /// How long keys may live.
    #[serde(default)]
    pub rotation: RotationToml,
    /// Exceptions.
    #[serde(default)]
    pub allow: Vec<Spanned<AllowToml>>,
    /// Whose keys the rules below find; default: this project's.
    pub provider: Option<ProviderToml>,
    /// Rules, as in a rule file.
    #[serde(default)]
    pub rule: Vec<RuleToml>,
}

/// `[scan]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanToml {
    /// Path patterns.
    #[serde(default)]
    pub exclude: Vec<Spanned<String>>,
    /// `"1GB"`, or a number of bytes.
    pub max_file_size: Option<Spanned<Value>>,
    /// Whether the history of a repository is scanned.
    pub history: Option<bool>,
}

/// `[rules]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesToml {
    /// The only rules that run.
    #[serde(default)]
    pub only: Vec<Spanned<String>>,
    /// Rules that do not run.
    #[serde(default)]
    pub disable: Vec<Spanned<String>>,
    /// Rules that run although `disable` names them, too.
    #[serde(default)]
    pub enable: Vec<Spanned<String>>,
    /// Folders of rule files.
    #[serde(default)]
    pub dirs: Vec<Spanned<String>>,
}

/// `[fingerprint]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FingerprintToml {
    /// In hexadecimal.
    pub key: Option<Spanned<String>>,
}

/// `[baseline]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineToml {
    /// Its file.
    pub file: Option<Spanned<String>>,
}

/// `[[allow]]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowToml {
    /// Ids of rules.
    pub rules: Option<Spanned<Vec<Spanned<String>>>>,
    /// Ids of providers.
    pub providers: Option<Spanned<Vec<Spanned<String>>>>,
    /// Path patterns.
    pub paths: Option<Spanned<Vec<Spanned<String>>>>,
    /// Regular expressions over the secret.
    pub values: Option<Spanned<Vec<Spanned<String>>>>,
    /// As reports show them.
    pub fingerprints: Option<Spanned<Vec<Spanned<String>>>>,
    /// Ids of commits, or how they begin.
    pub commits: Option<Spanned<Vec<Spanned<String>>>>,
    /// Why it is no leak; required.
    pub reason: Option<Spanned<String>>,
    /// Who answers for that.
    pub owner: Option<String>,
    /// The last day on which it holds.
    pub expires: Option<Spanned<Value>>,
}
