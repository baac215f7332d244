//! The history of chosen commits: a push, a pull request, the last week.
//!
//! Reads only what these commits add. A whole history is cheaper to read pack by pack ([`super::walk`]), but the three
//! commits of a push lie anywhere in the packs, and nobody wants to wait for the rest.

use super::attribution::{Attribution, Sojourn};
use super::findings::{HistoryScan, describe, trace};
use super::graph::Graph;
use super::identities::Identities;
use super::keys::Keys;
use super::look::Look;
use super::reading::{Found, Reading, Touch};
use super::twins;
use super::version::{Eye, StoredHit};
use super::walk::{Options, walk};
use super::walked::{Commit, ObjectHits, Walked};
use crate::blob::ObjectId;
use crate::engine::{Engine, Memory};
use crate::finding::Part;
use crate::git::changes::{Change, Trees};
use crate::git::pack::Kind;
use crate::git::select::{Choice, Selection, select, unreached};
use crate::git::{Repo, commit, loose};
use crate::problem::Problem;
use crate::tally::Tally;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Scans what the chosen commits add.
///
/// # Errors
///
/// A name that leads to no commit: nothing was scanned.
pub fn scan_chosen(
    repo: &Repo,
    engine: &Engine,
    choice: &Choice,
    options: &Options,
    tally: &Tally,
) -> Result<HistoryScan, Problem> {
    let selection = select(repo, choice)?;
    if is_most(repo, &selection) {
        return Ok(scan_all(repo, engine, selection, options, tally));
    }
    let Selection { commits, tags, problems } = selection;
    let keys = Keys::default();
    let memory = Memory::for_bytes(commits.len() as u64 * BYTES_OF_A_COMMIT);
    let eye = Eye::new(engine, &keys, options, Some(&memory));
    let reading = Reading { eye, tally };

    let mut all = Found { problems, ..Found::default() };
    all.add(reading.in_parallel(repo, &commits, Reading::read_commits));
    all.add(reading.in_parallel(repo, &tags, Reading::read_tags));
    let mut blobs: Vec<ObjectId> = all.touches.iter().filter_map(|touch| touch.change.now).collect();
    blobs.sort_unstable();
    blobs.dedup();
    all.add(reading.in_parallel(repo, &blobs, Reading::read_blobs));

    // Blobs of before the range, and those of HEAD, are read to be compared with; they count for nothing else.
    let touches = keep_those_with_keys(all.touches, &all.objects);
    let head = at_head(repo, &touches);
    let compared = reading.in_parallel(repo, &others(&touches, &head, &blobs), Reading::read_blobs);
    all.objects.extend(compared.objects);

    let mut commits: Vec<Commit> = commits.into_iter().map(|(id, head)| Commit { id, head }).collect();
    commits.sort_unstable_by_key(|commit| commit.id);
    let keys = keys.into_vec();
    let identities = Identities::of(&keys);
    let held: Held = all
        .objects
        .iter()
        .map(|object| (object.id, object.hits.iter().map(|hit| identities.of_key[hit.key as usize]).collect()))
        .collect();
    let mut attribution = attribute(&commits, &touches, &head, &held);
    twins::join(&mut attribution.sojourns, |identity| identities.open_twin(identity, &keys));
    if !held.is_empty() {
        attribution.reachable = reachable(repo, &commits);
    }
    let reachable = attribution.reachable.as_slice();
    for list in attribution.sojourns.values_mut() {
        list.sort_by_cached_key(|sojourn| {
            let (at, commit) = (sojourn.introduced as usize, &commits[sojourn.introduced as usize]);
            (!reachable[at], commit.head.committed, commit.id, sojourn.path.clone())
        });
    }

    // A key that was there before the range is not the range's.
    let is_new = |object: ObjectId, hit: &StoredHit| {
        let identity = identities.of_key[hit.key as usize];
        blobs.binary_search(&object).is_ok() && attribution.sojourns.contains_key(&identity)
    };
    all.objects.iter_mut().filter(|object| object.kind == Kind::Blob).for_each(|object| {
        let id = object.id;
        object.hits.retain(|hit| is_new(id, hit));
    });
    all.objects.retain(|object| !object.hits.is_empty());
    all.objects.sort_unstable_by_key(|object| object.id);
    all.problems.sort();
    let walked = Walked {
        packs: Vec::new(),
        keys,
        objects: all.objects,
        commits,
        loose_trees: Vec::new(),
        coverage: all.coverage,
        problems: all.problems,
    };
    let wanted = vec![true; identities.best.len()];
    if !walked.objects.is_empty() {
        attribution.refs.to_commits = repo.refs();
    }
    let described = describe(repo, engine, &walked, &identities, &attribution, &wanted);
    let mut parts: Vec<Part> = described.into_iter().map(|(part, _)| part).collect();
    parts.retain(|part| !part.locations.is_empty());
    Ok(HistoryScan { parts, problems: walked.problems, coverage: walked.coverage })
}

/// About so many bytes of files are read for a commit.
const BYTES_OF_A_COMMIT: u64 = 64 << 10;
/// A commit by itself costs as much as so many objects in the order of their packs.
const A_COMMIT_IN_OBJECTS: u64 = 80;
/// Fewer commits than this are read one by one: that is soon done.
const FEW: usize = 64;

/// Whether reading everything is the shorter way.
fn is_most(repo: &Repo, selection: &Selection) -> bool {
    let commits = selection.commits.len();
    let objects = || repo.object_dirs().0.iter().map(|dir| loose::about(dir)).sum::<u64>();
    commits >= FEW && commits as u64 * A_COMMIT_IN_OBJECTS > objects()
}

/// Scans everything, and keeps what the chosen commits add. More blobs are read than were asked for, in less time.
fn scan_all(repo: &Repo, engine: &Engine, selection: Selection, options: &Options, tally: &Tally) -> HistoryScan {
    let mut walked = walk(repo, engine, options, Look::All, tally);
    let identities = Identities::of(&walked.keys);
    let mut attribution = trace(repo, &mut walked, &identities, &|_| true);
    let chosen: HashSet<ObjectId> = selection.commits.iter().map(|(id, _)| *id).collect();
    attribution.sojourns.retain(|_, list| {
        list.retain(|sojourn| chosen.contains(&walked.commits[sojourn.introduced as usize].id));
        !list.is_empty()
    });
    for object in &mut walked.objects {
        match object.kind {
            Kind::Blob => {
                object.hits.retain(|hit| attribution.sojourns.contains_key(&identities.of_key[hit.key as usize]))
            }
            _ if chosen.contains(&object.id) || selection.tags.contains(&object.id) => {}
            _ => object.hits.clear(),
        }
    }
    walked.objects.retain(|object| !object.hits.is_empty());
    walked.problems.extend(selection.problems);
    walked.problems.sort();
    walked.coverage.commits = selection.commits.len() as u64;
    walked.coverage.tags = selection.tags.len() as u64;
    let wanted = vec![true; identities.best.len()];
    let described = describe(repo, engine, &walked, &identities, &attribution, &wanted);
    let mut parts: Vec<Part> = described.into_iter().map(|(part, _)| part).collect();
    parts.retain(|part| !part.locations.is_empty());
    HistoryScan { parts, problems: walked.problems, coverage: walked.coverage }
}

/// The changes at paths where some commit adds a blob with keys; all others hold nothing of interest.
fn keep_those_with_keys(touches: Vec<Touch>, objects: &[ObjectHits]) -> Vec<Touch> {
    let with_keys: HashSet<ObjectId> = objects.iter().map(|object| object.id).collect();
    let holds = |touch: &&Touch| touch.change.now.is_some_and(|blob| with_keys.contains(&blob));
    let paths: HashSet<Vec<u8>> = touches.iter().filter(holds).map(|touch| touch.change.path.clone()).collect();
    touches.into_iter().filter(|touch| paths.contains(&touch.change.path)).collect()
}

/// The blob that HEAD holds at each of the paths.
fn at_head(repo: &Repo, touches: &[Touch]) -> HashMap<Vec<u8>, ObjectId> {
    if touches.is_empty() {
        return HashMap::new();
    }
    let commit = repo.head().and_then(|id| repo.read(id).ok());
    let Some(head) = commit.and_then(|(_, bytes)| commit::head(&bytes)) else { return HashMap::new() };
    let mut trees = Trees::new(repo);
    let paths: HashSet<&Vec<u8>> = touches.iter().map(|touch| &touch.change.path).collect();
    paths.into_iter().filter_map(|path| Some((path.clone(), trees.blob_at(head.tree, path)?))).collect()
}

/// The blobs that parents and HEAD hold at these paths, as far as they were not scanned yet.
fn others(touches: &[Touch], head: &HashMap<Vec<u8>, ObjectId>, scanned: &[ObjectId]) -> Vec<ObjectId> {
    let before = touches.iter().flat_map(|touch| &touch.change.before).flatten();
    let mut others: Vec<ObjectId> = before.chain(head.values()).copied().collect();
    others.retain(|blob| scanned.binary_search(blob).is_err());
    others.sort_unstable();
    others.dedup();
    others
}

/// By blob, the identities of its keys.
type Held = HashMap<ObjectId, HashSet<u32>>;

/// Who introduced and removed each key, among the chosen commits.
fn attribute(commits: &[Commit], touches: &[Touch], head: &HashMap<Vec<u8>, ObjectId>, held: &Held) -> Attribution {
    let number = |id: &ObjectId| commits.binary_search_by(|commit| commit.id.cmp(id)).ok().map(|i| i as u32);
    let time = |commit: u32| (commits[commit as usize].head.committed, commits[commit as usize].id);
    let has = |blob: Option<&ObjectId>, key: u32| {
        blob.and_then(|blob| held.get(blob)).is_some_and(|keys| keys.contains(&key))
    };
    let mut by_path: BTreeMap<&[u8], Vec<&Touch>> = BTreeMap::new();
    touches.iter().for_each(|touch| by_path.entry(&touch.change.path).or_default().push(touch));
    let mut done = Attribution { graph: Graph::new(commits), ..Attribution::default() };
    for (path, touches) in by_path {
        let mut introduced: BTreeMap<u32, Vec<(u32, ObjectId)>> = BTreeMap::new();
        for Touch { commit, change } in &touches {
            let (Some(commit), Some(blob)) = (number(commit), change.now) else { continue };
            for key in held.get(&blob).into_iter().flatten() {
                if !change.before.iter().any(|before| has(before.as_ref(), *key)) {
                    introduced.entry(*key).or_default().push((commit, blob));
                }
            }
        }
        for (key, commits) in introduced {
            let in_head = has(head.get(path), key);
            let removes = |touch: &&&Touch| {
                let Change { now, before, .. } = &touch.change;
                !before.is_empty() && before.iter().all(|b| has(b.as_ref(), key)) && !has(now.as_ref(), key)
            };
            let removed: Vec<u32> = touches.iter().filter(removes).filter_map(|touch| number(&touch.commit)).collect();
            for (commit, blob) in commits {
                let later = removed.iter().filter(|removed| time(**removed).0 >= time(commit).0);
                done.sojourns.entry(key).or_default().push(Sojourn {
                    path: path.to_vec(),
                    blob,
                    introduced: commit,
                    removed: later.min_by_key(|removed| time(**removed)).copied().filter(|_| !in_head),
                    in_head,
                });
            }
        }
    }
    done
}

/// For each of the commits, whether a ref reaches it: from a ref among them, else by a walk from all refs.
fn reachable(repo: &Repo, commits: &[Commit]) -> Vec<bool> {
    let number = |id: &ObjectId| commits.binary_search_by(|commit| commit.id.cmp(id)).ok();
    let mut reached = vec![false; commits.len()];
    let refs = repo.refs();
    let mut stack: Vec<usize> = refs.iter().filter_map(|r| number(&r.commit)).collect();
    stack.extend(repo.head().and_then(|id| number(&id)));
    while let Some(commit) = stack.pop() {
        if !std::mem::replace(&mut reached[commit], true) {
            stack.extend(commits[commit].head.parents.iter().filter_map(number));
        }
    }
    let open: Vec<ObjectId> = (0..commits.len()).filter(|i| !reached[*i]).map(|i| commits[i].id).collect();
    if !open.is_empty() {
        let unreached = unreached(repo, &open);
        open.iter().filter(|id| !unreached.contains(id)).filter_map(number).for_each(|i| reached[i] = true);
    }
    reached
}
