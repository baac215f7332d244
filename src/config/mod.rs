//! `keyhound.toml`: what a project decided about its scans, found beside the code and read with errors that help.
//!
//! [`Config`] is what the file means; what a person types is in `shape`, and how the one becomes the other in
//! `resolve`. Options of the command line come after it and win. An unknown key or a rule that does not exist stops the
//! run: an exception with a typo in it must not be one that silently does nothing, or something else.

pub mod edit;
mod find;
pub mod gitleaks;
mod resolve;
mod rotation;
mod select;
mod shape;
mod size;

pub use find::{FILE_NAME, find, find_named};
pub use gitleaks::Gitleaks;
pub use rotation::{RotationForToml, RotationToml};
pub use select::{RuleChoice, Selector};
pub use size::parse_size;

use crate::finding::{Confidence, FingerprintKey, Severity};
use crate::policy::{Allow, PathSet};
use crate::rule::FormatError;
use crate::rule::format::ProviderFile;
use select::Mention;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a configuration means. The default is that of a project without one.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file it was read from.
    pub file: Option<PathBuf>,
    /// Least severity to report.
    pub severity: Option<Severity>,
    /// Least confidence to report.
    pub confidence: Option<Confidence>,
    /// What is scanned.
    pub scan: Scan,
    /// Which rules run.
    pub rules: RuleChoice,
    /// Key of the run's fingerprints.
    pub fingerprint_key: Option<FingerprintKey>,
    /// The baseline's file.
    pub baseline: Option<PathBuf>,
    /// How long keys may live, as far as the file says it.
    pub rotation: RotationToml,
    /// Exceptions, in the order of the file.
    pub allow: Vec<Allow>,
    /// Rules that it holds itself.
    pub own: Option<OwnRules>,
    /// What a configuration of gitleaks says, where one is in force.
    pub gitleaks: Option<Gitleaks>,
    /// Whether its rules take the place of keyhound's own.
    pub replaces: bool,
    /// What a reader should know of it: the place, what, and what to do.
    pub notes: Vec<Note>,
    /// Every rule, provider and tag that the file names, to be compared with those that exist.
    mentions: Vec<Mention>,
}

/// What is worth knowing of a configuration: the place, what it is, and what to do.
pub type Note = (String, String, Option<String>);

/// Rules in the configuration itself, in the form of a rule file.
#[derive(Debug, Clone)]
pub struct OwnRules {
    /// The configuration's text, for the lines of errors.
    pub text: String,
    /// The rules.
    pub file: ProviderFile,
}

/// `[scan]`: what is scanned.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Paths to leave out, counted from the configuration's folder.
    pub exclude: PathSet,
    /// Size in bytes above which a file is not scanned.
    pub max_file_size: Option<u64>,
    /// Whether the history of a repository is scanned.
    pub history: Option<bool>,
}

/// Why a configuration could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file does not open.
    #[error("{}: cannot be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Something in it is not what a configuration holds.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// The content of a configuration.
///
/// # Errors
///
/// It cannot be read.
pub fn read_bytes(file: &Path) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |error| ConfigError::Unreadable { path: file.to_owned(), error };
    // Asked first, because opening a pipe would wait for ever.
    if !std::fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::other("it is not a file")));
    }
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    opened.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable(std::io::Error::other("it is larger than any configuration")));
    }
    Ok(bytes)
}

/// No configuration is larger; a file that is was named by mistake.
const LARGEST: u64 = 16 << 20;

impl Config {
    /// Reads the configuration `file`. Relative paths in it count from its folder.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or something in it is wrong: then with its line.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        Ok(Self::parse(file, &read_bytes(file)?)?)
    }

    /// What a configuration of gitleaks comes to.
    pub fn of_gitleaks(theirs: Gitleaks, replaces: bool, notes: Vec<Note>) -> Self {
        Self { gitleaks: Some(theirs), replaces, notes, ..Self::default() }
    }

    /// Understands the content of the configuration `file`, without looking at any file.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with its line.
    pub fn parse(file: &Path, bytes: &[u8]) -> Result<Self, FormatError> {
        resolve::resolve(file, bytes)
    }

    /// The folder from which its paths count.
    pub fn folder(&self) -> Option<&Path> {
        self.file.as_deref().map(resolve::folder_of)
    }
}
