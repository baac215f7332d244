//! The text around the places of a key: for the few keys whose format does not say whose they are, and, with every key
//! cut out, for a person who decides about one.

use crate::blob::{Blob, Origin};
use crate::content::Content;
use crate::engine::Engine;
use crate::finding::{Finding, Location, Place, Secret};
use crate::git::Repo;
use crate::git::commit::message_start;
use crate::report::text::clean_bytes;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How far around a key its context reaches, in bytes.
const REACH: usize = 300;
/// How many places of a key are looked at.
const PLACES: usize = 16;

/// The texts around the first places of a finding that can be read again.
pub fn around(finding: &Finding, repository: &Path) -> Vec<Vec<u8>> {
    let repo = Repo::open(repository, true).ok();
    let mut texts = Vec::new();
    for location in finding.locations.iter().take(PLACES) {
        let Some(bytes) = read(location, repo.as_slice()) else { continue };
        let start = usize::try_from(location.position.offset).unwrap_or(usize::MAX).min(bytes.len());
        let length = usize::try_from(location.position.length).unwrap_or(0);
        let end = start.saturating_add(length).min(bytes.len());
        let (before, after) = (&bytes[start.saturating_sub(REACH)..start], &bytes[end..bytes.len().min(end + REACH)]);
        texts.push([before, b" ", after].concat());
    }
    texts
}

/// What a place holds, where it can be read again.
fn read(location: &Location, repos: &[Repo]) -> Option<Vec<u8>> {
    match (&location.place, location.object(), &location.path) {
        (Place::Stdin | Place::Staged, ..) => None,
        (_, Some(object), _) => repos.iter().find_map(|repo| repo.read(object).ok()).map(|(_, bytes)| bytes),
        (_, None, Some(path)) => std::fs::read(PathBuf::from(String::from_utf8_lossy(path).as_ref())).ok(),
        (_, None, None) => None,
    }
}

/// Lines around a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line, from 1.
    pub first: u64,
    /// The lines, without keys and safe to be shown.
    pub lines: Vec<String>,
    /// Which of them holds the key.
    pub at: usize,
}

/// How many lines are shown before and after a key.
const LINES: usize = 3;
/// The most that is looked at before and after a key, in bytes: files of one line exist.
const WINDOW: usize = 64 << 10;

/// The lines around the place of a finding that can be read again, with all keys cut out. `paths` lie in the repositories
/// that hold the objects.
pub fn excerpt(finding: &Finding, engine: &Engine, paths: &[PathBuf]) -> Option<Excerpt> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let repos: Vec<Repo> = paths.iter().filter_map(|path| Repo::open(path, true).ok()).collect();
    // A file as it is now first; what lies in an archive has no lines to show.
    let open = |location: &&Location| location.wrap.member.is_none() && !finding.secret.is_empty();
    let mut places: Vec<&Location> = finding.locations.iter().filter(open).take(PLACES).collect();
    places.sort_by_key(|location| !matches!(location.place, Place::File));
    places.into_iter().find_map(|location| around_one(location, &finding.secret, &read(location, &repos)?, engine))
}

fn around_one(location: &Location, secret: &Secret, bytes: &[u8], engine: &Engine) -> Option<Excerpt> {
    let start = usize::try_from(location.position.offset).ok()?;
    let end = start.checked_add(usize::try_from(location.position.length).ok()?)?;
    // The file may be another one by now.
    let is_there = bytes.get(start..end).is_some_and(|there| !there.is_empty())
        && (!location.wrap.encodings.is_empty() || bytes.get(start..end) == Some(secret.expose()));
    if !is_there || Content::of(bytes) != Content::Text {
        return None;
    }
    let line_start = |from: usize| memchr::memrchr(b'\n', &bytes[..from]).map_or(0, |at| at + 1);
    let mut from = line_start(start);
    for _ in 0..LINES {
        from = if from > 0 { line_start(from - 1) } else { 0 };
    }
    // The lines of a message count from its beginning.
    let beginning = if matches!(location.place, Place::Message { .. }) { message_start(bytes) } else { 0 };
    from = from.max(start.saturating_sub(WINDOW)).max(beginning.min(start));
    let mut to = end;
    for _ in 0..=LINES {
        to = memchr::memchr(b'\n', &bytes[to..]).map_or(bytes.len(), |at| to + at + 1);
    }
    to = to.min(end.saturating_add(WINDOW)).min(bytes.len());
    // Whatever the engine sees in a wide window is cut, not this key alone.
    let wide = start.saturating_sub(WINDOW)..end.saturating_add(WINDOW).min(bytes.len());
    let blob = Blob::whole(&bytes[wide.clone()], Origin::Stdin);
    let mut cuts: Vec<(Range<usize>, Secret)> = vec![(start..end, secret.clone())];
    for key in engine.sightings(&blob, Content::Text) {
        let plain = Secret::new(&key.plain, engine.rules().get(key.rule).public_prefix(&key.plain));
        cuts.push((wide.start + key.span.start..wide.start + key.span.end, plain));
    }
    cuts.extend(
        memchr::memmem::find_iter(&bytes[from..to], secret.expose())
            .map(|at| (from + at..from + at + secret.len(), secret.clone())),
    );
    let at = memchr::memchr_iter(b'\n', &without(bytes, from..start, cuts.clone())).count();
    let text = without(bytes, from..to, cuts);
    let shown = text.split(|byte| *byte == b'\n').map(|line| clean_bytes(line.strip_suffix(b"\r").unwrap_or(line)));
    // Behind a key of several lines the numbers would be wrong.
    let behind = if location.position.end_line > location.position.line { 0 } else { LINES };
    let mut lines: Vec<String> = shown.take(at + 1 + behind).collect();
    if lines.len() > at + 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let first = location.position.line.saturating_sub(at as u64);
    (at < lines.len()).then_some(Excerpt { first, lines, at })
}

/// A part of a text with the redacted forms of keys in their places.
fn without(bytes: &[u8], part: Range<usize>, mut cuts: Vec<(Range<usize>, Secret)>) -> Vec<u8> {
    // Of two that begin at one place the longer one counts.
    cuts.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut out = Vec::new();
    let mut at = part.start;
    for (span, secret) in cuts.into_iter().filter(|(span, _)| span.end > part.start && span.start < part.end) {
        if span.start >= at {
            out.extend_from_slice(&bytes[at..span.start]);
            out.extend_from_slice(secret.redacted().as_bytes());
        }
        at = at.max(span.end);
    }
    out.extend_from_slice(&bytes[at.min(part.end)..part.end]);
    out
}
