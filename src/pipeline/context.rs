//! The text around the places of a key, for the few keys whose format does not say whose they are.

use crate::finding::{Finding, Place};
use crate::git::Repo;
use std::path::{Path, PathBuf};

/// How far around a key its context reaches, in bytes.
const REACH: usize = 300;
/// How many places of a key are looked at.
const PLACES: usize = 16;

/// The texts around the first places of a finding that can be read again.
pub fn around(finding: &Finding, repository: &Path) -> Vec<Vec<u8>> {
    let mut repo = None;
    let mut texts = Vec::new();
    for location in finding.locations.iter().take(PLACES) {
        let bytes = match (&location.place, location.object(), &location.path) {
            (Place::Stdin | Place::Staged, ..) => None,
            (_, Some(object), _) => {
                let repo = repo.get_or_insert_with(|| Repo::open(repository, true));
                repo.as_ref().ok().and_then(|repo| repo.read(object).ok()).map(|(_, bytes)| bytes)
            }
            (_, None, Some(path)) => std::fs::read(PathBuf::from(String::from_utf8_lossy(path).as_ref())).ok(),
            (_, None, None) => None,
        };
        let Some(bytes) = bytes else { continue };
        let start = usize::try_from(location.position.offset).unwrap_or(usize::MAX).min(bytes.len());
        let length = usize::try_from(location.position.length).unwrap_or(0);
        let end = start.saturating_add(length).min(bytes.len());
        let (before, after) = (&bytes[start.saturating_sub(REACH)..start], &bytes[end..bytes.len().min(end + REACH)]);
        texts.push([before, b" ", after].concat());
    }
    texts
}
