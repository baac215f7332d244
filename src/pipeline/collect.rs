//! Runs the engine over what the sources emit and keeps what it finds.
//!
//! Nearly every blob holds nothing, so the lock is taken only for those that do, and threads never wait on the way.

use super::foreign;
use super::setup::Ready;
use crate::blob::{Blob, Origin};
use crate::content::Content;
use crate::coverage::{Coverage, Skip};
use crate::engine::{Engine, Look, Memory, Scanned, Sighting};
use crate::finding::{Location, Part, Place, Secret};
use crate::hygiene::{Audit, Key};
use crate::problem::Problem;
use crate::source::Source;
use crate::tally::Tally;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What the parts of a run come to.
#[derive(Debug, Default)]
pub struct Collected {
    /// Keys, in the order in which threads found them.
    pub parts: Vec<Part>,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// What was looked at.
    pub coverage: Coverage,
}

/// Collects from all threads.
pub struct Collector<'r> {
    engine: &'r Engine,
    /// Whether the text around matches is asked for, and that around every key.
    texts: (bool, bool),
    /// Whether paths alone can be findings.
    paths: bool,
    tally: &'r Tally,
    audit: Option<&'r Audit>,
    collected: Mutex<Collected>,
    /// What the engine works with, one for each thread that is at work.
    spare: Mutex<Vec<Scanned>>,
    /// Lines in which nothing was found, as soon as there is much to read.
    memory: OnceLock<Arc<Memory>>,
}

/// Lines are remembered when so many bytes were read, and then for scanning about so many.
const MUCH: u64 = 4 << 20;
const AS_MUCH_AS: u64 = 128 << 20;

impl<'r> Collector<'r> {
    /// Nothing yet.
    pub fn new(ready: &'r Ready, tally: &'r Tally, audit: Option<&'r Audit>) -> Self {
        let (engine, rules) = (&ready.engine, ready.engine.rules());
        let texts = (foreign::are_in(rules), ready.wants_lines());
        let paths = !foreign::about_paths(rules).is_empty();
        let (spare, memory) = (Mutex::default(), OnceLock::new());
        Self { engine, texts, paths, tally, audit, collected: Mutex::default(), spare, memory }
    }

    /// Reads a source to its end.
    pub fn read(&self, source: &dyn Source) {
        let (problems, coverage) = source.read(&|blob, content| self.scan(blob, content), &self.tally.halt);
        self.add(Collected { parts: Vec::new(), problems, coverage });
    }

    /// Adds what was collected elsewhere.
    pub fn add(&self, other: Collected) {
        let mut collected = self.lock();
        collected.parts.extend(other.parts);
        collected.problems.extend(other.problems);
        collected.coverage.add(&other.coverage);
    }

    /// Everything.
    pub fn finish(self) -> Collected {
        self.collected.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn scan(&self, blob: &Blob<'_>, content: Content) {
        // The pieces of a huge input are many.
        if self.tally.halt.is_due() {
            return;
        }
        self.tally.read(u64::from(blob.bytes_before == 0), blob.bytes.len() as u64);
        // A panic leaves nothing half done: what the engine works with is kept only by those that end well.
        match catch_unwind(AssertUnwindSafe(|| self.parts(blob, content))) {
            Ok(parts) if parts.is_empty() => {}
            Ok(parts) => {
                self.tally.hits(parts.len() as u64);
                self.lock().parts.extend(parts);
            }
            Err(_) => {
                // What the panic said may quote the blob, so it is not repeated.
                let message = "a defect in keyhound stopped the scan of this input; the others were scanned";
                let problem = Problem::incomplete(name(&blob.origin), message);
                self.lock().problems.push(problem.with_next_step("please report it"));
            }
        }
    }

    /// What the engine works with.
    fn scanned(&self) -> Scanned {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scanned = spare.unwrap_or_default();
        if self.tally.counts().bytes >= MUCH {
            scanned.remember_while_it_pays(self.memory.get_or_init(|| Memory::for_bytes(AS_MUCH_AS)));
        }
        scanned
    }

    fn parts_of(&self, blob: &Blob<'_>, content: Content) -> Vec<Part> {
        let mut scanned = self.scanned();
        let Look { keys: seen, gaps, watched } = self.engine.look_with(blob, content, &mut scanned);
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(scanned);
        let is_closed = matches!(content, Content::Archive(_)) && self.engine.opened(content) == Content::Media;
        if is_closed || !gaps.is_empty() {
            let mut collected = self.lock();
            collected.coverage.skip(if is_closed { Skip::ClosedArchive } else { Skip::Archive });
            let name = name(&blob.origin);
            collected.problems.extend(gaps.iter().map(|gap| gap.problem(&name)));
        }
        if let (Some(audit), Content::Text, (place, Some(path))) = (self.audit, content, place(&blob.origin)) {
            // What lies in an archive is in a document of its own.
            let own = seen.iter().filter(|key| key.wrap.member.is_none());
            let key = |key: &Sighting| Key { rule: key.rule, span: key.span.clone(), confidence: key.confidence };
            audit.file(blob, &place, &path, own.map(key).collect(), watched);
        }
        parts_of(self.engine, blob, seen)
    }
}

impl Collector<'_> {
    fn parts(&self, blob: &Blob<'_>, content: Content) -> Vec<Part> {
        let mut parts = self.parts_of(blob, content);
        let (matches, lines) = self.texts;
        if !parts.is_empty() && (matches || lines) {
            foreign::annotate(&mut parts, blob, self.engine, lines);
        }
        if self.paths && blob.bytes_before == 0 {
            parts.extend(foreign::of_path(self.engine.rules(), &blob.origin));
        }
        parts
    }
}

fn parts_of(engine: &Engine, blob: &Blob<'_>, seen: Vec<Sighting>) -> Vec<Part> {
    let part = |seen: Sighting| {
        let (place, path) = place(&blob.origin);
        Part {
            rule: seen.rule,
            secret: Secret::new(&seen.plain, engine.rules().get(seen.rule).public_prefix(&seen.plain)),
            confidence: seen.confidence,
            reasons: seen.reasons,
            locations: vec![Location::now(place, path, seen.position, seen.marks).wrapped(seen.wrap)],
            blobs: 0,
        }
    };
    seen.into_iter().map(part).collect()
}

fn place(origin: &Origin) -> (Place, Option<Vec<u8>>) {
    match origin {
        Origin::File { path } => (Place::File, Some(path.clone())),
        Origin::Staged { path } => (Place::Staged, Some(path.clone())),
        Origin::Stdin => (Place::Stdin, Some(b"<stdin>".to_vec())),
        // History attributes its blobs itself; a lone object has no commit.
        Origin::Object(blob) => (Place::History { blob: *blob, introduced: None, removed: None }, None),
    }
}

fn name(origin: &Origin) -> String {
    match origin {
        Origin::File { path } | Origin::Staged { path } => String::from_utf8_lossy(path).into_owned(),
        Origin::Stdin => "<stdin>".to_owned(),
        Origin::Object(id) => id.to_string(),
    }
}
