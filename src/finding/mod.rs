//! What was found: a key, every place that holds it, and what is known about it.
//!
//! A [`Hit`] is one occurrence in one blob, as the engine reports it. Hits with the same rule and secret become one
//! [`Finding`] with all its [`Location`]s.

mod cursor;
mod fingerprint;
mod inline;
mod level;
mod liveness;
mod location;
mod part;
mod secret;
mod wrap;

pub use cursor::Cursor;
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use inline::{InlineMark, has_own_mark, inline_marks};
pub use level::{Confidence, Environment, Severity};
pub use liveness::{Asked, Liveness};
pub use location::{CommitInfo, Location, Matched, Place, Position, characters};
pub use part::Part;
pub use secret::Secret;
pub use wrap::{Decoded, Encoding, Wrap};

use std::borrow::Cow;
use std::ops::Range;

/// Index of a rule in the run's rule set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIx(pub u32);

/// Why a finding has its confidence, in words and without a secret.
pub type Reason = Cow<'static, str>;

/// One occurrence of a key in one blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule that found it.
    pub rule: RuleIx,
    /// The secret's bytes within the blob.
    pub secret: Range<usize>,
    /// The bytes on which this outcome depends: if none of them changes, the hit stays.
    pub window: Range<usize>,
    /// How sure the proof stage is.
    pub confidence: Confidence,
    /// What the proof stage saw.
    pub reasons: Vec<Reason>,
    /// The key, where `secret` are the bytes that it is encoded in.
    pub decoded: Option<Box<Decoded>>,
}

impl Hit {
    /// The plain key of a hit in `bytes`.
    pub fn plain<'b>(&'b self, bytes: &'b [u8]) -> &'b [u8] {
        self.decoded.as_ref().map_or_else(|| &bytes[self.secret.clone()], |decoded| &decoded.plain)
    }

    /// What stands between the bytes and the key.
    pub fn wrap(&self) -> Wrap {
        self.decoded.as_ref().map_or_else(Wrap::default, |decoded| Wrap {
            encodings: decoded.encodings.clone(),
            inner: Some((decoded.inner.start as u64, decoded.inner.end as u64)),
            member: None,
        })
    }
}

/// One key with every place that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleIx,
    /// Other rules that match the same bytes (a prefix that two providers share, a generic rule).
    pub also: Vec<RuleIx>,
    /// The key.
    pub secret: Secret,
    /// Identity that survives moves and reformatting.
    pub fingerprint: Fingerprint,
    /// How bad a leak of it is.
    pub severity: Severity,
    /// How sure we are that it is a key.
    pub confidence: Confidence,
    /// Live or test, where the format tells.
    pub environment: Environment,
    /// Why the confidence is what it is.
    pub reasons: Vec<Reason>,
    /// Every place, first introduction first.
    pub locations: Vec<Location>,
    /// How many distinct git blobs hold it.
    pub blobs: u64,
    /// What its provider said, where it was asked.
    pub asked: Option<Asked>,
    /// What it is about where that is no key: a resource, a file, a setting. Part of its identity, and never secret.
    pub subject: Option<String>,
}

impl Finding {
    /// The place where it was first introduced, as far as is known.
    pub fn first(&self) -> Option<&Location> {
        self.locations.first()
    }

    /// Whether the key is in the tree of HEAD, the worktree, the index or another input that exists now.
    pub fn present(&self) -> bool {
        self.locations.iter().any(|l| l.in_head || !matches!(l.place, Place::History { .. }))
    }
}
