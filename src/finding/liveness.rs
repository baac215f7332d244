//! Whether a key still works, as its provider said when it was asked.

use serde::Serialize;
use std::fmt;

/// Whether a key still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Liveness {
    /// Nobody asked.
    NotAsked,
    /// Asked, and the answer proves neither.
    Unknown,
    /// The documented answer to a valid key.
    Live,
    /// The documented answer to a key that is no longer valid.
    Dead,
}

impl Liveness {
    /// The word of reports.
    pub fn word(self) -> &'static str {
        match self {
            Liveness::NotAsked => "not asked",
            Liveness::Unknown => "unknown",
            Liveness::Live => "live",
            Liveness::Dead => "dead",
        }
    }
}

impl fmt::Display for Liveness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a provider said about a key. Nothing in it comes from the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Id of the provider that was asked, or would have been.
    pub provider: &'static str,
    /// What follows from its answer.
    pub liveness: Liveness,
    /// From which answer it follows, or why nothing was asked.
    pub evidence: String,
    /// The key's id at the provider.
    pub key_id: Option<String>,
    /// What it may do, in the provider's words.
    pub permissions: Vec<String>,
    /// When it expires, in the provider's words.
    pub expires: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
}

impl Asked {
    /// An outcome without facts.
    pub fn plain(provider: &'static str, liveness: Liveness, evidence: impl Into<String>) -> Self {
        Self {
            provider,
            liveness,
            evidence: evidence.into(),
            key_id: None,
            permissions: Vec::new(),
            expires: None,
            owner: None,
        }
    }

    /// Whether one of its permissions is that of an administrator.
    pub fn is_admin(&self) -> bool {
        let admin = ["admin", "administrator", "owner", "superuser", "root", "full_access", "*"];
        self.permissions.iter().any(|word| {
            let word = word.to_ascii_lowercase();
            admin.contains(&word.as_str()) || word.split([':', '.', '/']).any(|part| admin.contains(&part))
        })
    }
}
