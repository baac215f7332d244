//! The audit of a run: takes every file as it is read, keeps what later checks need, and makes findings of the notes.

use super::check::{File, Key, Note, Notes, Run, find};
use super::class;
use super::document::{Document, Kind, kind_of};
use super::families::FAMILIES;
use super::inventory::{Item, is_inventory};
use super::project::{Kept, Past, Project};
use super::settings::Settings;
use super::worth::Worth;
use crate::blob::{Blob, Fresh};
use crate::coverage::Skip;
use crate::finding::{Confidence, Cursor, Environment, Finding, Fingerprint, FingerprintKey, Location, Place};
use crate::rule::RuleSet;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Larger files are data and not configuration, in bytes: read as a document, a file takes many times its size.
const LARGEST: usize = 4 << 20;

/// Takes files from all threads.
pub struct Audit {
    rules: Arc<RuleSet>,
    settings: Settings,
    /// Whether every check is made, or those only that a scan makes too.
    whole: bool,
    /// Whether checks of the whole project are among them.
    projects: bool,
    worth: Worth,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    noted: Vec<(Note, Vec<Location>)>,
    kept: Vec<(Place, Kept)>,
    reads: BTreeMap<String, BTreeMap<String, u64>>,
    skipped: BTreeMap<Skip, u64>,
}

/// What an audit comes to.
#[derive(Debug, Default)]
pub struct Audited {
    /// Findings about no key, in no particular order.
    pub findings: Vec<Finding>,
    /// Every key and reference to one.
    pub inventory: Vec<Item>,
    /// Files that were not read as documents, or not as their parsers would.
    pub skipped: BTreeMap<Skip, u64>,
}

impl Seen {
    fn skip(&mut self, why: Skip) {
        *self.skipped.entry(why).or_default() += 1;
    }
}

impl Audit {
    /// Nothing yet. `whole` makes every check, else those that a scan makes.
    pub fn new(rules: Arc<RuleSet>, settings: Settings, whole: bool) -> Self {
        Self { rules, settings, whole, projects: true, worth: Worth::default(), seen: Mutex::default() }
    }

    /// The same without the checks that need everything, for a run that did not see it.
    pub fn of_files(mut self) -> Self {
        self.projects = false;
        self
    }

    /// Looks at one file, of which `keys` were found; `watched` says whether one of the [`super::watched`] words stands in
    /// it, if that is known.
    pub fn file(&self, blob: &Blob<'_>, place: &Place, path: &[u8], mut keys: Vec<Key>, watched: Option<bool>) {
        let Ok(path) = str::from_utf8(path) else { return };
        // Of a file that is read in pieces, a piece is no document.
        if blob.bytes_before > 0 {
            return;
        }
        let Ok(text) = str::from_utf8(blob.bytes) else { return };
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let text = &text[mark..];
        if is_example_of_ours(path) || !self.is_worth_reading(path, text, !keys.is_empty(), watched) {
            return;
        }
        if text.len() > LARGEST {
            return self.lock().skip(Skip::Unchecked);
        }
        let Some(document) = Document::read(path, text) else { return };
        keys.retain(|key| key.confidence >= Confidence::Medium && key.span.start >= mark);
        keys.iter_mut().for_each(|key| key.span = key.span.start - mark..key.span.end - mark);
        keys.sort_by_key(|key| key.span.start);
        let mut notes = Notes::default();
        let file = File { document: &document, text, keys: &keys, rules: &self.rules, settings: &self.settings };
        for family in FAMILIES {
            if let Run::File(run) = family.run
                && (self.whole || family.checks.iter().any(|check| check.certain))
            {
                run(&file, &mut notes);
            }
        }
        let inner = self.settings.inner(path);
        if class::is_foreign(inner) {
            notes.all.retain(|note| is_of_values(note.check));
        } else if class::is_aside(inner) {
            notes.all.retain(|note| !is_of_practice(note.check));
        }
        notes.all.retain(|note| self.wants(note) && is_fresh(blob, &(note.span.start + mark..note.span.end + mark)));
        notes.all.sort_by_key(|note| note.span.start);
        let mut cursor = Cursor::new(blob);
        let mut noted = Vec::new();
        for note in notes.all {
            let span = clamp(&note.span, text, mark);
            let (position, marks) = (cursor.position(span.clone()), cursor.marks(span.start));
            noted.push((note, vec![Location::now(place.clone(), Some(path.as_bytes().to_vec()), position, marks)]));
        }
        let reads: Vec<(String, u64)> = document
            .source
            .iter()
            .filter(|_| self.whole)
            .flat_map(|source| &source.reads)
            .map(|read| (read.name.clone(), cursor.position(read.span.start + mark..read.span.end + mark).line))
            .collect();
        let mut seen = self.lock();
        if document.by_line {
            seen.skip(Skip::ReadByLine);
        }
        for (name, line) in reads {
            seen.reads.entry(name).or_default().entry(path.to_owned()).or_insert(line);
        }
        seen.noted.extend(noted.into_iter().map(|(note, at)| (Note { path: path.to_owned(), ..note }, at)));
        if self.whole && !matches!(document.kind, Kind::Source(_)) {
            seen.kept.push((place.clone(), Kept { document, text: text.to_owned() }));
        }
    }

    /// Makes the checks that need everything, and findings of all notes.
    ///
    /// `known_as` tells every fingerprint under which a finding may have been written down.
    pub fn finish(
        self,
        findings: &[Finding],
        past: Option<&dyn Past>,
        key: &FingerprintKey,
        known_as: &dyn Fn(&Finding) -> Vec<Fingerprint>,
    ) -> Audited {
        let mut seen = std::mem::take(&mut *self.lock());
        seen.kept.sort_by(|a, b| a.1.document.path.cmp(&b.1.document.path));
        let (places, kept): (Vec<Place>, Vec<Kept>) = seen.kept.into_iter().unzip();
        let mut noted = seen.noted;
        let mut inventory = Vec::new();
        if self.whole && self.projects {
            let project = Project {
                files: &kept,
                findings,
                reads: &seen.reads,
                past,
                known_as,
                rules: &self.rules,
                settings: &self.settings,
                items: OnceCell::new(),
            };
            let mut notes = Notes::default();
            for family in FAMILIES {
                if let Run::Project(run) = family.run {
                    run(&project, &mut notes);
                }
            }
            inventory = project.inventory().to_vec();
            notes.all.retain(|note| self.wants(note));
            let found = found_at(findings);
            noted.extend(notes.all.into_iter().map(|note| {
                let at =
                    std::iter::once((&note.path, &note.span)).chain(note.more.iter().map(|(path, span)| (path, span)));
                let at = at.filter_map(|(path, span)| location(&kept, &places, &found, path, span)).collect();
                (note, at)
            }));
        }
        Audited { findings: self.findings(noted, key), inventory, skipped: seen.skipped }
    }

    /// One finding for each check, file and subject.
    fn findings(&self, mut noted: Vec<(Note, Vec<Location>)>, key: &FingerprintKey) -> Vec<Finding> {
        noted.sort_by(|(a, _), (b, _)| {
            (a.check, &a.path, &a.subject, a.span.start, &a.message).cmp(&(
                b.check,
                &b.path,
                &b.subject,
                b.span.start,
                &b.message,
            ))
        });
        let mut out: Vec<Finding> = Vec::new();
        let mut last: Option<(&'static str, String)> = None;
        for (note, at) in noted {
            let Some(rule) = self.rules.find(note.check) else { continue };
            let same = (note.check, format!("{}\0{}", note.path, note.subject));
            if last.as_ref() == Some(&same)
                && let Some(finding) = out.last_mut()
            {
                finding.locations.extend(at);
                finding.locations.dedup();
                continue;
            }
            last = Some(same);
            out.push(Finding {
                rule,
                also: Vec::new(),
                secret: crate::finding::Secret::new(b"", 0),
                asked: None,
                fingerprint: Fingerprint::of_subject(key, note.check, &note.subject, note.path.as_bytes()),
                severity: note.severity.unwrap_or(self.rules.get(rule).severity),
                confidence: if note.known { Confidence::High } else { Confidence::Low },
                environment: Environment::Unknown,
                reasons: vec![note.message.into()],
                locations: at,
                blobs: 0,
                subject: Some(note.subject),
            });
        }
        out
    }

    fn wants(&self, note: &Note) -> bool {
        (note.known || self.settings.pedantic)
            && self.rules.find(note.check).is_some()
            && (self.whole || find(note.check).is_some_and(|check| check.certain))
    }

    /// Whether a file can hold anything that a check speaks of; parsing costs more than looking for words.
    fn is_worth_reading(&self, path: &str, text: &str, has_key: bool, watched: Option<bool>) -> bool {
        match kind_of(path, text) {
            None => false,
            Some(_) if is_inventory(path) => true,
            Some(Kind::Source(_)) if !self.whole => has_key || self.worth.sends(text, &self.rules, watched),
            Some(Kind::Dotenv | Kind::Docker | Kind::Lines | Kind::Hcl | Kind::HclJson) => true,
            Some(_) => has_key || self.worth.any(text, &self.rules),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The examples of our own checks, wherever they were copied to.
fn is_example_of_ours(path: &str) -> bool {
    let Some((_, rest)) = path.split_once("fixtures/hygiene/") else { return false };
    let mut parts = rest.split('/');
    let id = format!("{}/{}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    find(&id).is_some() && matches!(parts.next(), Some("bad" | "good"))
}

/// Whether a check is about how a project treats keys that it has, and not about a key that should not be there.
fn is_of_practice(check: &str) -> bool {
    let (group, name) = check.split_once('/').unwrap_or((check, ""));
    matches!(group, "rotation" | "expiry" | "storage" | "ci")
        || matches!(name, "secret-logged" | "secret-on-command-line")
}

/// Whether a check is about a key that stands in a file, whoever wrote the file.
fn is_of_values(check: &str) -> bool {
    let (group, _) = check.split_once('/').unwrap_or((check, ""));
    !is_of_practice(check) && matches!(group, "exposure" | "env")
}

/// Whether a span touches what is new in a blob.
fn is_fresh(blob: &Blob<'_>, span: &Range<usize>) -> bool {
    match blob.fresh {
        Fresh::All => true,
        Fresh::Ranges(ranges) => ranges.iter().any(|range| range.start <= span.end && span.start <= range.end),
    }
}

/// A span within the file, on the borders of characters.
fn clamp(span: &Range<usize>, text: &str, mark: usize) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.floor_char_boundary(span.end.clamp(start, text.len()));
    // A whole block is pointed at by its first line.
    let end = text[start..end].find('\n').map_or(end, |line| start + line);
    start + mark..end + mark
}

/// The keys of files by path and offset: a note about one of them stands where the key stands, in any file.
fn found_at(findings: &[Finding]) -> BTreeMap<(&[u8], u64), &Location> {
    let files = findings.iter().flat_map(|finding| &finding.locations).filter(|place| place.place == Place::File);
    files.filter_map(|place| Some(((place.path.as_deref()?, place.position.offset), place))).collect()
}

/// The place of a note about a file of the project; of a path that was not read, its beginning.
fn location(
    kept: &[Kept],
    places: &[Place],
    found: &BTreeMap<(&[u8], u64), &Location>,
    path: &str,
    span: &Range<usize>,
) -> Option<Location> {
    if path.is_empty() {
        return None;
    }
    if let Some(place) = found.get(&(path.as_bytes(), span.start as u64)).filter(|_| !span.is_empty()) {
        return Some((*place).clone());
    }
    let found = kept.binary_search_by(|kept| kept.document.path.as_str().cmp(path)).ok();
    let Some(at) = found else {
        let position =
            crate::finding::Position { line: 1, column: 1, end_line: 1, end_column: 1, offset: 0, length: 0 };
        return Some(Location::now(Place::File, Some(path.as_bytes().to_vec()), position, Vec::new()));
    };
    let text = &kept[at].text;
    let blob = Blob::whole(text.as_bytes(), crate::blob::Origin::Stdin);
    let mut cursor = Cursor::new(&blob);
    let span = clamp(span, text, 0);
    let (position, marks) = (cursor.position(span.clone()), cursor.marks(span.start));
    Some(Location::now(places[at].clone(), Some(path.as_bytes().to_vec()), position, marks))
}
