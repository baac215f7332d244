//! What an earlier run found, kept under the repository's own folder, without any secret.
//!
//! A key is stored as the rule that found it and the bytes of the object that hold it; the secret is read from there
//! again. A cache of other rules, another version or other thresholds, or one that is damaged, is ignored and written
//! anew. If nothing changed since (packs, loose objects, refs), the stored findings are the answer; if objects came,
//! only those are scanned.

use super::findings::{self, HistoryScan};
use super::look::Look;
use super::stored::Body;
use super::walk::Options;
use crate::atomic;
use crate::engine::Engine;
use crate::finding::{Confidence, RuleIx};
use crate::git::{Repo, loose};
use crate::problem::Problem;
use crate::tally::Tally;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Changes when the format or the meaning of what is stored changes.
const FORMAT: u32 = 4;

/// Everything on which the findings of a history depend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Version of keyhound, rules, thresholds and limits, as a hash.
    judged_by: String,
    /// Names and sizes of packs and their indices.
    packs: Vec<(PathBuf, u64)>,
    /// Loose objects.
    loose: Vec<String>,
    /// Refs, HEAD and shallow boundaries, as a hash.
    refs: String,
}

impl State {
    pub(super) fn now(repo: &Repo, engine: &Engine, options: &Options, wanted: &Wanted<'_>) -> Self {
        let (dirs, _) = repo.object_dirs();
        let mut packs = Vec::new();
        let mut ids = Vec::new();
        for dir in &dirs {
            for index in loose::pack_indices(dir) {
                for path in [index.with_extension("pack"), index] {
                    let size = path.metadata().map_or(0, |meta| meta.len());
                    packs.push((path, size));
                }
            }
            ids.extend(loose::list(dir).0);
        }
        ids.sort_unstable();
        ids.dedup();
        let mut refs = Sha256::new();
        for r in repo.refs() {
            refs.update(r.name.as_bytes());
            refs.update([0]);
            refs.update(r.commit.0);
            refs.update(r.target.0);
        }
        refs.update(repo.head().map_or([0; 20], |head| head.0));
        refs.update(std::fs::read(repo.common_dir().join("shallow")).unwrap_or_default());
        Self {
            judged_by: judged_by(engine, options, wanted),
            packs,
            loose: ids.iter().map(ToString::to_string).collect(),
            refs: hex(refs),
        }
    }

    /// Whether both saw the same objects by the same rules, in whichever folder they were.
    pub(super) fn is_alike(&self, other: &State) -> bool {
        let named = |state: &State| -> BTreeSet<(Option<OsString>, u64)> {
            state.packs.iter().map(|(path, size)| (path.file_name().map(ToOwned::to_owned), *size)).collect()
        };
        (&self.judged_by, &self.loose, &self.refs) == (&other.judged_by, &other.loose, &other.refs)
            && named(self) == named(other)
    }

    /// The same without where the packs are: a folder may be called like a key, and another machine has it elsewhere.
    pub(super) fn without_folders(mut self) -> Self {
        for (path, _) in &mut self.packs {
            *path = path.file_name().map(PathBuf::from).unwrap_or_default();
        }
        self
    }

    /// Packs and their indices.
    pub(super) fn packs(&self) -> &[(PathBuf, u64)] {
        &self.packs
    }

    /// Loose objects.
    pub(super) fn loose(&self) -> &[String] {
        &self.loose
    }

    /// Whether everything that `self` saw is there still; more may have come.
    fn is_part_of(&self, now: &State) -> bool {
        self.judged_by == now.judged_by
            && self.packs.iter().all(|pack| now.packs.contains(pack))
            && self.loose.iter().all(|id| now.loose.binary_search(id).is_ok())
    }
}

/// Which keys are traced, by rule and confidence.
pub type Wanted<'a> = dyn Fn(RuleIx, Confidence) -> bool + Sync + 'a;

/// A hash of the version, of every rule, and of what decides whether a key is traced.
fn judged_by(engine: &Engine, options: &Options, wanted: &Wanted<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(FORMAT.to_le_bytes());
    hash.update(options.max_blob_size.to_le_bytes());
    hash.update([engine.depths().encodings, engine.depths().archives]);
    for (ix, rule) in engine.rules().iter() {
        hash.update(format!("{:?}", rule.spec));
        hash.update(Confidence::ALL.iter().map(|c| u8::from(wanted(ix, *c))).collect::<Vec<_>>());
    }
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// The file: a line with the hash of the rest, and the rest as JSON.
fn path(repo: &Repo) -> PathBuf {
    repo.common_dir().join("keyhound").join("history-cache")
}

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Cache {
    state: State,
    body: Body,
}

/// Reads the cache; `Err` says why it is of no use.
fn read(path: &Path) -> Result<Option<Cache>, &'static str> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(_) => return Err("it cannot be read"),
    };
    let (head, rest) = text.split_once('\n').ok_or("it is damaged")?;
    if head != checksum(rest) {
        return Err("it is damaged");
    }
    serde_json::from_str(rest).map(Some).map_err(|_| "another version wrote it")
}

fn checksum(rest: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(rest);
    format!("keyhound history cache {}", hex(hash))
}

fn write(path: &Path, cache: &Cache) -> Result<(), String> {
    let rest = serde_json::to_string(cache).map_err(|error| error.to_string())?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let head = checksum(&rest);
    atomic::write(path, |out| write!(out, "{head}\n{rest}")).map_err(|error| error.to_string())
}

/// Scans a history with the help of its cache, and brings the cache up to date.
pub fn scan(repo: &Repo, engine: &Engine, options: &Options, wanted: &Wanted<'_>, tally: &Tally) -> HistoryScan {
    let file = path(repo);
    let now = State::now(repo, engine, options, wanted);
    let mut notes = Vec::new();
    let note = |message: String| Problem::note(file.display().to_string(), message);
    let cache = read(&file).unwrap_or_else(|why| {
        notes.push(note(format!("the cache is ignored and written anew: {why}")));
        None
    });
    let mut known = None;
    if let Some(cache) = cache {
        if cache.state == now {
            if let Some(mut scan) = cache.body.into_scan(repo, engine, options) {
                tally.blobs(scan.coverage.blobs, scan.coverage.blob_bytes);
                scan.problems.extend(notes);
                return scan;
            }
        } else if cache.state.is_part_of(&now) {
            known = cache.body.into_known(repo, engine, options, &cache.state.packs, &cache.state.loose);
        }
    }
    let look = known.as_ref().map_or(Look::All, Look::Besides);
    let found = findings::find(repo, engine, options, look, wanted, tally);
    // A run that could not see everything must look again, not remember.
    if found.scan.problems.is_empty()
        && tally.halt.why().is_none()
        && let Some(body) = Body::of(&found, engine)
        && let Err(error) = write(&file, &Cache { state: now, body })
    {
        notes.push(note(format!("the cache cannot be written: {error}")));
    }
    let mut scan = found.scan;
    scan.problems.extend(notes);
    scan
}
