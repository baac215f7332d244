//! What rules in the form of gitleaks need of a run: the text around a match, where their allowlists look; paths, to which
//! some are confined and which others are about alone.

use crate::blob::{Blob, ObjectId, Origin};
use crate::engine::Engine;
use crate::finding::{Confidence, Location, Matched, Part, Place, Position, RuleIx, Secret, inline_marks};
use crate::git::{Repo, commit};
use crate::policy::{Folders, gitleaks};
use crate::rule::foreign::{Foreign, Texts as Excusable};
use crate::rule::{Rule, RuleSet};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Whether any rule is of that form.
pub fn are_in(rules: &RuleSet) -> bool {
    rules.iter().any(|(_, rule)| rule.foreign.is_some())
}

/// Notes at each place what was matched there. `lines` says that the lines of all findings are asked for.
pub fn annotate(parts: &mut [Part], blob: &Blob<'_>, engine: &Engine, lines: bool) {
    let mut texts = Texts { engine, bytes: blob.bytes, lines, found: BTreeMap::new() };
    for part in parts {
        for location in &mut part.locations {
            let start = location.position.offset.saturating_sub(blob.bytes_before) as usize;
            let matched = texts.around(part.rule, start, location);
            texts.add_marks(matched.as_ref(), location);
            location.matched = matched.map(|mut matched| {
                matched.at.line += blob.lines_before;
                matched.at.end_line += blob.lines_before;
                Arc::new(matched)
            });
        }
    }
}

/// The same for places in a history, whose objects are read again.
pub fn annotate_history(parts: &mut [Part], repo: &Repo, engine: &Engine, lines: bool) {
    let rules = engine.rules();
    let mut wanted: BTreeMap<ObjectId, Vec<(usize, usize)>> = BTreeMap::new();
    for (i, part) in parts.iter().enumerate().filter(|(_, part)| lines || rules.get(part.rule).foreign.is_some()) {
        for (j, location) in part.locations.iter().enumerate() {
            wanted.entry(location.object().unwrap_or(ObjectId([0; 20]))).or_default().push((i, j));
        }
    }
    for (object, places) in wanted {
        let Ok((_, bytes)) = repo.read(object) else { continue };
        let is_message = places.iter().any(|(i, j)| matches!(parts[*i].locations[*j].place, Place::Message { .. }));
        let from = if is_message { commit::message_start(&bytes) } else { 0 };
        let mut texts = Texts { engine, bytes: &bytes[from.min(bytes.len())..], lines, found: BTreeMap::new() };
        for (i, j) in places {
            let location = &parts[i].locations[j];
            let start = (location.position.offset as usize).saturating_sub(from);
            let matched = texts.around(parts[i].rule, start, location);
            texts.add_marks(matched.as_ref(), &mut parts[i].locations[j]);
            parts[i].locations[j].matched = matched.map(Arc::new);
        }
    }
}

/// What each rule matched in one text.
struct Texts<'a> {
    engine: &'a Engine,
    bytes: &'a [u8],
    lines: bool,
    /// By rule and secret.
    found: BTreeMap<RuleIx, BTreeMap<(usize, usize), Matched>>,
}

impl Texts<'_> {
    fn around(&mut self, rule: RuleIx, start: usize, location: &Location) -> Option<Matched> {
        let secret = start..start + location.position.length as usize;
        // What was decoded or unpacked stands in no line as it was matched.
        if !location.wrap.is_none() || secret.end > self.bytes.len() {
            return None;
        }
        if self.engine.rules().get(rule).foreign.is_some() {
            let (engine, bytes) = (self.engine, self.bytes);
            let found = self.found.entry(rule).or_insert_with(|| engine.matched(bytes, rule));
            return found.get(&(secret.start, secret.end)).cloned();
        }
        self.lines.then(|| line(self.bytes, &secret, location.position))
    }

    /// Gives a place the comments of all lines of its match, not only of that on which the secret begins: gitleaks looks
    /// at them all.
    fn add_marks(&self, matched: Option<&Matched>, location: &mut Location) {
        let Some(matched) = matched.filter(|matched| matched.at.line != matched.at.end_line) else { return };
        let start = matched.at.offset as usize;
        let end = (start + matched.at.length as usize).min(self.bytes.len());
        let breaks =
            memchr::memchr_iter(b'\n', self.bytes.get(start..end).unwrap_or_default()).map(|at| start + at + 1);
        for line in std::iter::once(start).chain(breaks).filter(|line| *line <= end) {
            location.marks.extend(inline_marks(self.bytes, line));
        }
        location.marks.sort_unstable();
        location.marks.dedup();
    }
}

/// For rules of ours, which match the secret alone, the match is the line.
fn line(bytes: &[u8], secret: &Range<usize>, at: Position) -> Matched {
    let start = memchr::memrchr(b'\n', &bytes[..secret.start]).map_or(0, |i| i + 1);
    let end = memchr::memchr(b'\n', &bytes[secret.end..]).map_or(bytes.len(), |i| secret.end + i);
    let line = Secret::new(&bytes[start..end], 0);
    let columns = (at.column, at.end_column.saturating_sub(1));
    Matched { at, columns, text: line.clone(), line, shown: None }
}

/// Takes away the places to which a rule does not reach, because it is confined to other paths.
pub fn confine(parts: &mut Vec<Part>, rules: &RuleSet, folders: &Folders) {
    parts.retain_mut(|part| {
        let confined = rules.get(part.rule).foreign.as_deref().filter(|foreign| foreign.regex.is_some());
        let Some(path) = confined.and_then(|foreign| foreign.path.as_ref()) else { return true };
        part.locations.retain(|location| gitleaks::names(location, folders).iter().any(|name| path.is_in(name)));
        !part.locations.is_empty()
    });
    without_confined_echoes(parts, rules, folders);
}

/// Drops what a rule called generic found where a rule that depends on places found the same and more, its match beginning
/// on the same line. The engine, which knows no paths, has done so for all other rules. What an allowlist excuses at its
/// place counts for nothing, as gitleaks would not have looked for it there.
fn without_confined_echoes(parts: &mut Vec<Part>, rules: &RuleSet, folders: &Folders) {
    let form = |part: &Part| rules.get(part.rule).foreign.as_deref();
    let is_generic = |part: &Part| rules.get(part.rule).spec.id.to_lowercase().contains("generic");
    let mut known: Vec<(Location, Secret)> = Vec::new();
    for part in parts.iter().filter(|part| !is_generic(part)) {
        let Some(form) = form(part).filter(|form| form.depends_on_places()) else { continue };
        let stands = |location: &&Location| !is_excused(form, part, location, folders);
        known.extend(part.locations.iter().filter(stands).map(|location| (location.clone(), part.secret.clone())));
    }
    if known.is_empty() {
        return;
    }
    parts.retain_mut(|part| {
        if !is_generic(part) || form(part).is_none() {
            return true;
        }
        let secret = part.secret.expose();
        part.locations.retain(|own| {
            !known.iter().any(|(other, more)| {
                (&own.place, &own.path, gitleaks::line_of(own)) == (&other.place, &other.path, gitleaks::line_of(other))
                    && memchr::memmem::find(more.expose(), secret).is_some()
            })
        });
        !part.locations.is_empty()
    });
}

/// Whether an allowlist of the rule excuses what it found at a place.
fn is_excused(form: &Foreign, part: &Part, location: &Location, folders: &Folders) -> bool {
    let names = gitleaks::names(location, folders);
    let paths: Vec<&[u8]> = names.iter().map(AsRef::as_ref).collect();
    let commit = location.commit().map(|commit| commit.id.to_string());
    let secret = part.secret.expose();
    let texts = match &location.matched {
        Some(matched) => Excusable { secret, matched: matched.text.expose(), line: matched.line.expose() },
        None => Excusable { secret, matched: secret, line: secret },
    };
    form.allow.iter().any(|list| list.excuses(Some(&texts), &paths, commit.as_deref()))
}

/// Rules that are about paths alone.
pub fn about_paths(rules: &RuleSet) -> Vec<(RuleIx, &Foreign)> {
    let is_path_rule = |rule: &'_ Rule| rule.foreign.as_ref().is_some_and(|f| f.regex.is_none() && !f.skip_report);
    let found = rules.iter().filter(|(_, rule)| is_path_rule(rule));
    found.filter_map(|(ix, rule)| Some((ix, rule.foreign.as_deref()?))).collect()
}

/// What the path of a file says by itself.
pub fn of_path(rules: &RuleSet, origin: &Origin) -> Vec<Part> {
    let (place, path) = match origin {
        Origin::File { path } => (Place::File, path),
        Origin::Staged { path } => (Place::Staged, path),
        Origin::Stdin | Origin::Object(_) => return Vec::new(),
    };
    let matching =
        about_paths(rules).into_iter().filter(|(_, foreign)| foreign.path.as_ref().is_some_and(|p| p.is_in(path)));
    matching
        .map(|(rule, _)| part(rule, Location::now(place.clone(), Some(path.clone()), nowhere(), Vec::new())))
        .collect()
}

/// A finding that is about no key.
pub fn part(rule: RuleIx, location: Location) -> Part {
    Part {
        rule,
        secret: Secret::new(b"", 0),
        confidence: Confidence::Medium,
        reasons: vec!["the path of the file".into()],
        locations: vec![location],
        blobs: 0,
    }
}

/// The beginning of a file.
pub fn nowhere() -> Position {
    Position { line: 1, column: 1, end_line: 1, end_column: 1, offset: 0, length: 0 }
}
