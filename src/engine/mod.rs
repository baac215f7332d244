//! The matching engine: prefilter → regex → proof.
//!
//! A rule is tried where the prefilter saw one of its literals, on a *window* around it that depends on nothing but the
//! bytes near the literal. Whatever lies outside of the window cannot change the outcome; that is what lets the history
//! engine keep the outcome of an earlier version of a file.
//!
//! [`Engine::scan`] is a pure function of a blob: no I/O, no clock, no order of threads.

mod attempt;
mod decode;
mod depths;
mod explain;
mod gate;
mod keywords;
mod kinds;
mod lists;
mod named;
mod nearby;
mod prefilter;
pub mod proof;
mod quiet;
mod regions;
mod searched;
mod settings;
mod sight;
pub mod trial;
mod whole;
mod whose;

pub use depths::Depths;
pub use explain::{Explained, Miss};
pub use regions::{Regions, merge_ranges};
pub use sight::{Look, Sighting};
pub use whose::Around;

use crate::blob::{Blob, Fresh};
use crate::content::Content;
use crate::finding::{Hit, Matched, RuleIx};
use crate::rule::RuleSet;
use attempt::{Spot, reach_of};
use keywords::{Keywords, Seen};
use prefilter::{Prefilter, Role};
pub use quiet::Memory;
use quiet::Quiet;
use searched::Searched;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use whole::Whole;

/// Rules ready to be matched. `Sync`: one engine serves all threads.
#[derive(Debug)]
pub struct Engine {
    rules: Arc<RuleSet>,
    prefilter: Prefilter,
    keywords: Keywords,
    whole: Whole,
    /// How far from its literal the window of any rule within lines can reach, in bytes.
    reach: usize,
    depths: Depths,
}

/// A place where the literal of a rule over several lines stands. Its outcome depends on other lines too, so it is
/// remembered even where nothing was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The rule.
    pub rule: RuleIx,
    /// Where the literal stands.
    pub literal: Range<usize>,
    /// The bytes on which the outcome depends.
    pub window: Range<usize>,
}

/// What a scan of some regions gives.
#[derive(Debug, Default)]
pub struct Scanned {
    /// Keys, in no particular order, one for each window in which they were found.
    pub hits: Vec<Hit>,
    /// Places of rules over several lines.
    pub marks: Vec<Mark>,
    /// What looked like a key and is none, where somebody asked to hear of it.
    pub misses: Option<Vec<Miss>>,
    searched: Searched,
    seen: Seen,
    /// Lines that are known to hold nothing, where somebody will look at many versions of texts.
    quiet: Option<Box<Quiet>>,
    /// Whether to remember lines was tried, and cost more than it saved.
    gave_up: bool,
    /// Whether encoded text may go on over several lines: [`Engine::scan_blocks`] looks at all of it.
    pub blocks: bool,
    /// Whether one of the words stands there that the engine watches for.
    pub watched: bool,
    /// Places in lines that may be more than they are to rules within lines.
    parts: Vec<usize>,
    /// Where runs start that may hold a text.
    starts: Vec<usize>,
}

impl Scanned {
    /// From now on lines in which nothing was found are remembered, for the texts that are scanned next.
    pub fn remember(&mut self, memory: &Arc<Memory>) {
        self.quiet.get_or_insert_with(|| Box::new(Quiet::with(Arc::clone(memory))));
    }

    /// The same where few lines may stand twice: once too few did, none are remembered any more.
    pub fn remember_while_it_pays(&mut self, memory: &Arc<Memory>) {
        if self.quiet.as_ref().is_some_and(|quiet| !quiet.pays()) {
            (self.quiet, self.gave_up) = (None, true);
        }
        if !self.gave_up {
            self.remember(memory);
        }
    }

    /// Forgets everything but keeps the memory.
    pub fn clear(&mut self) {
        self.hits.clear();
        self.marks.clear();
        self.misses = None;
        self.blocks = false;
        self.watched = false;
        self.parts.clear();
        self.starts.clear();
    }

    fn miss(&mut self, rule: RuleIx, at: Range<usize>, refuted: Option<proof::Refuted>) {
        if let Some(misses) = &mut self.misses {
            misses.push(Miss { rule, at, refuted });
        }
    }
}

impl Engine {
    /// Prepares the prefilter for `rules`; regular expressions are compiled on first use.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self::watching(rules, &[])
    }

    /// The same, saying of each text whether one of `words` stands in it, in any case: they are looked for on the way.
    pub fn watching(rules: Arc<RuleSet>, words: &[String]) -> Self {
        let prefilter = Prefilter::watching(&rules, words);
        let reach = rules.iter().filter(|(_, rule)| !rule.spans_lines()).map(|(_, rule)| reach_of(rule)).max();
        Self {
            prefilter,
            keywords: Keywords::new(&rules),
            whole: Whole::new(&rules),
            rules,
            reach: reach.unwrap_or(0),
            depths: Depths::default(),
        }
    }

    /// The same engine without vector instructions, for tests and comparisons.
    pub fn without_simd(self) -> Self {
        Self { prefilter: self.prefilter.without_simd(), ..self }
    }

    /// The rules it matches.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// How far from its literal the window of any rule within lines can reach, in bytes: where lines are longer, only
    /// this much around a change needs a new look.
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// Every key in the fresh part of `blob`, in the order of their positions.
    pub fn scan(&self, blob: &Blob<'_>) -> Vec<Hit> {
        self.scan_as(blob, Content::Text)
    }

    /// The same for content of a known kind: binary data is searched for structured keys only, media not at all, and
    /// UTF-16, UTF-32 and archives only by [`Engine::look`].
    pub fn scan_as(&self, blob: &Blob<'_>, content: Content) -> Vec<Hit> {
        self.scan_with(blob, content, &mut Scanned::default())
    }

    /// The same with memory that is used again.
    fn scan_with(&self, blob: &Blob<'_>, content: Content, scanned: &mut Scanned) -> Vec<Hit> {
        scanned.clear();
        match blob.fresh {
            Fresh::All => {
                let whole = 0..blob.bytes.len();
                self.scan_regions(blob.bytes, std::slice::from_ref(&whole), content, scanned);
            }
            Fresh::Ranges(ranges) => {
                let mut regions = Regions::default();
                regions.around(blob.bytes, ranges, self.reach);
                self.scan_regions(blob.bytes, regions.as_slice(), content, scanned);
            }
        }
        if scanned.blocks {
            self.scan_blocks(blob.bytes, scanned);
        }
        self.scan_whole(blob.bytes, content, scanned);
        one_each(std::mem::take(&mut scanned.hits))
    }

    /// Runs the rules whose matches have no bound over all of `bytes`, adding to `out`.
    pub fn scan_whole(&self, bytes: &[u8], content: Content, out: &mut Scanned) {
        if content == Content::Text && !self.whole.is_empty() {
            self.whole.scan(&self.rules, bytes, out);
        }
    }

    /// What a rule in the form of gitleaks matched around its secrets, by where these begin and end.
    pub fn matched(&self, bytes: &[u8], rule: RuleIx) -> BTreeMap<(usize, usize), Matched> {
        whole::matched(self.rules.get(rule), rule, bytes)
    }

    /// Tries every rule whose literal stands in one of `regions`, adding to `out`. Windows may reach beyond the regions.
    pub fn scan_regions(&self, bytes: &[u8], regions: &[Range<usize>], content: Content, out: &mut Scanned) {
        self.scan_to_depth(bytes, regions, content, self.depths.encodings, out);
    }

    /// Looks again at a place of a rule over several lines; the window is that of `bytes` now.
    pub fn try_again(&self, bytes: &[u8], rule: RuleIx, literal: Range<usize>, content: Content, out: &mut Scanned) {
        let role = if self.rules.get(rule).spec.prefixes.is_empty() { Role::Keyword } else { Role::Prefix };
        out.searched.forget();
        out.seen.forget();
        self.try_rule(bytes, rule, Spot { literal, role, line: None }, content, out);
    }

    /// `text` with every key in it cut out: for names and messages that reports repeat.
    pub fn redact(&self, text: &str) -> String {
        let hits = self.scan(&Blob::whole(text.as_bytes(), crate::blob::Origin::Stdin));
        let mut out = Vec::new();
        let mut at = 0;
        for hit in hits {
            if hit.secret.start >= at {
                out.extend_from_slice(&text.as_bytes()[at..hit.secret.start]);
                out.extend_from_slice("…".as_bytes());
            }
            at = at.max(hit.secret.end);
        }
        out.extend_from_slice(&text.as_bytes()[at..]);
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// Hits by position; where several windows gave the same hit, the first.
pub fn one_each(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(|a, b| {
        (a.secret.start, a.secret.end, a.rule, a.window.start).cmp(&(
            b.secret.start,
            b.secret.end,
            b.rule,
            b.window.start,
        ))
    });
    hits.dedup_by(|b, a| a.rule == b.rule && a.secret == b.secret);
    hits
}

#[cfg(test)]
mod tests;
