//! The matching engine: prefilter → regex → proof.
//!
//! [`Engine::scan`] is a pure function of a blob: no I/O, no clock, no order of threads.

use crate::blob::Blob;
use crate::content::Content;
use crate::finding::Hit;
use crate::rule::RuleSet;
use std::sync::Arc;

/// Rules ready to be matched. `Sync`: one engine serves all threads.
#[derive(Debug)]
pub struct Engine {
    rules: Arc<RuleSet>,
}

impl Engine {
    /// Prepares the prefilter for `rules`; regular expressions are compiled on first use.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self { rules }
    }

    /// The rules it matches.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Every key in the fresh part of `blob`, in the order of their positions.
    pub fn scan(&self, _blob: &Blob<'_>) -> Vec<Hit> {
        Vec::new()
    }

    /// The same for content of a known kind.
    pub fn scan_as(&self, blob: &Blob<'_>, _content: Content) -> Vec<Hit> {
        self.scan(blob)
    }
}
