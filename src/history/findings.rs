//! From a walk to the parts of findings: keys with all their places, commits with their authors.

use super::attribution::{Attribution, Sojourn, attribute};
use super::gaps;
use super::identities::Identities;
use super::keys::{Inside, Key};
use super::look::Look;
use super::refs::Reach;
use super::twins;
use super::walk::{Options, walk};
use super::walked::{ObjectHits, Walked};
use crate::blob::{Blob, ObjectId, Origin};
use crate::coverage::{Coverage, Skip};
use crate::engine::{Around, Engine};
use crate::finding::{
    CommitInfo, Confidence, Cursor, InlineMark, Location, Part, Place, Position, RuleIx, Secret, Wrap,
};
use crate::git::pack::{Inflater, Kind, Pack};
use crate::git::{Ref, Repo, commit};
use crate::problem::Problem;
use crate::tally::Tally;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

/// What a history contributes to a run.
#[derive(Debug)]
pub struct HistoryScan {
    /// One for each rule and secret.
    pub parts: Vec<Part>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What was looked at.
    pub coverage: Coverage,
}

/// A scan with what a cache keeps of it.
#[derive(Debug)]
pub(super) struct Found {
    /// The scan.
    pub(super) scan: HistoryScan,
    /// Every key.
    pub(super) keys: Vec<Key>,
    /// Per part, its key.
    pub(super) best: Vec<usize>,
    /// The objects that hold keys.
    pub(super) objects: Vec<ObjectHits>,
}

/// Scans the whole history of `repo`. Only keys that `wanted` says yes to (by rule and confidence) are attributed; the
/// others come with the blob that holds them and nothing more, for they are only counted.
pub fn scan(
    repo: &Repo,
    engine: &Engine,
    options: &Options,
    wanted: &(dyn Fn(RuleIx, Confidence) -> bool + Sync),
    tally: &Tally,
) -> HistoryScan {
    find(repo, engine, options, Look::All, wanted, tally).scan
}

/// The same, looking only at some objects.
pub(super) fn find(
    repo: &Repo,
    engine: &Engine,
    options: &Options,
    look: Look<'_>,
    wanted: &(dyn Fn(RuleIx, Confidence) -> bool + Sync),
    tally: &Tally,
) -> Found {
    let mut walked = walk(repo, engine, options, look, tally);
    gaps::note(repo, &mut walked);
    let identities = Identities::of(&walked.keys);
    // What is doubted for want of a name, or of lines around it, may be sure once its places are read.
    let hoped = |rule, confidence| wanted(rule, confidence) || engine.waits_for_more(rule);
    let wanted = identities.wanted(&walked.keys, &hoped);
    let attribution = trace(repo, &mut walked, &identities, &|identity| wanted[identity as usize]);
    let (parts, best) = describe(repo, engine, &walked, &identities, &attribution, &wanted).into_iter().unzip();
    let Walked { packs, keys, objects, commits, loose_trees, coverage, problems } = walked;
    // Nobody has to wait until all this is given back.
    rayon::spawn(move || drop((packs, commits, loose_trees, attribution)));
    let scan = HistoryScan { parts, problems, coverage };
    Found { scan, keys, best, objects }
}

/// Attributes the keys that are wanted, and says what could not be read on the way.
pub(super) fn trace(
    repo: &Repo,
    walked: &mut Walked,
    identities: &Identities,
    wanted: &dyn Fn(u32) -> bool,
) -> Attribution {
    let blobs: Vec<(ObjectId, Vec<u32>)> = walked
        .objects
        .iter()
        .filter(|object| object.kind == Kind::Blob)
        .map(|object| (object.id, identities.in_object(object, wanted)))
        .filter(|(_, held)| !held.is_empty())
        .collect();
    let mut attribution = attribute(repo, walked, &blobs);
    twins::join(&mut attribution.sojourns, |identity| identities.open_twin(identity, &walked.keys));
    if attribution.damaged_trees > 0 {
        *walked.coverage.skipped.entry(Skip::Damaged).or_default() += attribution.damaged_trees;
        walked.problems.push(Problem::incomplete(
            "trees",
            format!("{} trees cannot be read, so paths and commits may be missing", attribution.damaged_trees),
        ));
    }
    gaps::add(repo, walked, attribution.missing);
    attribution
}

/// Turns keys with their attribution into parts, each with its key: one for each identity, and one more where the text
/// around it says whose it is.
pub(super) fn describe(
    repo: &Repo,
    engine: &Engine,
    walked: &Walked,
    identities: &Identities,
    attribution: &Attribution,
    wanted: &[bool],
) -> Vec<(Part, usize)> {
    let scene = Scene { git_dir: repo.git_dir(), engine, walked, identities, attribution };
    let locations = scene.locations(wanted);
    let described = identities.best.iter().zip(locations).zip(identities.blobs(walked));
    let mut parts = Vec::new();
    for ((best, (locations, whose)), blobs) in described {
        let key = &walked.keys[*best];
        let prefix = engine.rules().get(key.rule).public_prefix(&key.secret);
        let mut part = Part {
            rule: key.rule,
            secret: Secret::new(&key.secret, prefix),
            confidence: key.confidence,
            reasons: key.reasons.clone(),
            locations,
            blobs,
        };
        if let Some((rule, sure)) = whose {
            let confidence = part.confidence.max(sure);
            match rule == part.rule {
                true => part.confidence = confidence,
                false => parts.push((Part { rule, confidence, ..part.clone() }, *best)),
            }
        }
        parts.push((part, *best));
    }
    parts
}

/// Everything that is needed to describe places.
struct Scene<'a> {
    git_dir: &'a Path,
    engine: &'a Engine,
    walked: &'a Walked,
    identities: &'a Identities,
    attribution: &'a Attribution,
}

/// What the text around a key says of it: the rule of the provider that is named there, or its own where the lines are those
/// of a file of settings, and how sure that makes it.
type Named = Option<(RuleIx, Confidence)>;

/// Where in an object a key stands, what its line says, what the key is wrapped in, and whose it is.
type Spot = (Position, Vec<InlineMark>, Wrap, Named);

impl Scene<'_> {
    fn refs(&self) -> &[Ref] {
        &self.attribution.refs.to_commits
    }

    /// Per identity, its places: introductions first, then messages, then blobs that no commit holds; and whose it is, by
    /// the first of them that says so.
    fn locations(&self, wanted: &[bool]) -> Vec<(Vec<Location>, Named)> {
        let mut held_by: BTreeMap<u32, Vec<&ObjectHits>> = BTreeMap::new();
        let mut messages: BTreeMap<u32, Vec<&ObjectHits>> = BTreeMap::new();
        for object in &self.walked.objects {
            for identity in self.identities.in_object(object, |_| true) {
                let list = if object.kind == Kind::Blob { &mut held_by } else { &mut messages };
                list.entry(identity).or_default().push(object);
            }
        }
        let none = Vec::new();
        let sojourns = |identity: u32| self.attribution.sojourns.get(&identity).unwrap_or(&none).as_slice();
        // No commit holds it. What was joined to another sojourn has an empty list.
        let is_loose = |identity: u32| !self.attribution.sojourns.contains_key(&identity);
        // Which spots are needed, by object, so that each object is decoded once.
        let mut needed: Vec<(ObjectId, u32)> = Vec::new();
        let mut commits: BTreeSet<u32> = BTreeSet::new();
        for (identity, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            let identity = identity as u32;
            for sojourn in sojourns(identity) {
                needed.push((sojourn.blob, identity));
                commits.extend([Some(sojourn.introduced), sojourn.removed].into_iter().flatten());
            }
            let loose = held_by.get(&identity).filter(|_| is_loose(identity));
            for object in messages.get(&identity).into_iter().chain(loose).flatten() {
                needed.push((object.id, identity));
                commits.extend(self.walked.commit_at(&object.id));
            }
        }
        needed.par_sort_unstable();
        needed.dedup();
        let spots = self.spots(&needed);
        let infos = self.infos(&commits);
        let introducing: BTreeSet<u32> =
            self.attribution.sojourns.values().flatten().map(|sojourn| sojourn.introduced).collect();
        let reach = Reach::new(self.walked, &self.attribution.graph, self.refs(), &introducing);
        let spot = |object: ObjectId, identity: u32| spots.get(&(object, identity)).cloned().unwrap_or_default();
        (0..wanted.len() as u32)
            .into_par_iter()
            .map(|identity| {
                let mut list = Vec::new();
                let mut whose = None;
                for sojourn in sojourns(identity) {
                    let spot = spot(sojourn.blob, identity);
                    whose = whose.or(spot.3);
                    list.push(self.sojourn_location(sojourn, spot, &infos, &reach));
                }
                for object in messages.get(&identity).into_iter().flatten() {
                    let spot = spot(object.id, identity);
                    whose = whose.or(spot.3);
                    list.push(self.message_location(object, spot, &infos));
                }
                for object in held_by.get(&identity).into_iter().flatten().filter(|_| is_loose(identity)) {
                    let place = Place::History { blob: object.id, introduced: None, removed: None };
                    let (position, marks, wrap, named) = spot(object.id, identity);
                    whose = whose.or(named);
                    let mut location = Location::now(place, None, position, marks).wrapped(wrap);
                    location.reachable = self.attribution.held.contains(&object.id);
                    list.push(location);
                }
                (list, whose)
            })
            .collect()
    }

    fn sojourn_location(
        &self,
        sojourn: &Sojourn,
        (position, marks, wrap, _): Spot,
        infos: &HashMap<u32, Arc<CommitInfo>>,
        reach: &Reach,
    ) -> Location {
        let place = Place::History {
            blob: sojourn.blob,
            introduced: infos.get(&sojourn.introduced).cloned(),
            removed: sojourn.removed.and_then(|commit| infos.get(&commit).cloned()),
        };
        let mut location = Location::now(place, Some(sojourn.path.clone()), position, marks).wrapped(wrap);
        location.in_head = sojourn.in_head;
        location.reachable = self.attribution.reachable[sojourn.introduced as usize];
        location.refs = reach.names(sojourn.introduced);
        location
    }

    fn message_location(
        &self,
        object: &ObjectHits,
        (position, marks, wrap, _): Spot,
        infos: &HashMap<u32, Arc<CommitInfo>>,
    ) -> Location {
        let commit = self.walked.commit_at(&object.id);
        let place = Place::Message { object: object.id, commit: commit.and_then(|commit| infos.get(&commit).cloned()) };
        let mut location = Location::now(place, None, position, marks).wrapped(wrap);
        location.reachable = match commit {
            Some(commit) => self.attribution.reachable.get(commit as usize).copied().unwrap_or(true),
            None => self.refs().iter().any(|r| r.target == object.id) || self.attribution.held.contains(&object.id),
        };
        location
    }

    /// Decodes each object once for all the spots in it.
    fn spots(&self, needed: &[(ObjectId, u32)]) -> HashMap<(ObjectId, u32), Spot> {
        let reader = Reader { git_dir: self.git_dir, packs: &self.walked.packs };
        needed
            .par_chunk_by(|a, b| a.0 == b.0)
            .map_init(Hand::default, |hand, identities| {
                let Some((id, _)) = identities.first() else { return Vec::new() };
                let bytes = reader.read(*id, hand).unwrap_or_default();
                let mut found = Vec::new();
                let Ok(at) = self.walked.objects.binary_search_by(|object| object.id.cmp(id)) else { return found };
                let object = &self.walked.objects[at];
                // Lines of a message are counted from its own beginning.
                let start = if object.kind == Kind::Blob { 0 } else { commit::message_start(&bytes) };
                let mut blob = Blob::whole(&bytes[start.min(bytes.len())..], Origin::Object(*id));
                blob.bytes_before = start as u64;
                let (mut cursor, mut around) = (Cursor::new(&blob), Around::default());
                for (_, identity) in identities {
                    let Some(hit) = self.identities.hit(object, *identity, &self.walked.keys) else { continue };
                    let inside = self.walked.keys[hit.key as usize].inside.as_deref();
                    if let Some(Inside { wrap, spot: Some((position, marks)) }) = inside {
                        let mut position = *position;
                        position.offset += start as u64;
                        found.push(((*id, *identity), (position, marks.clone(), wrap.clone(), None)));
                        continue;
                    }
                    let wrap = inside.map_or_else(Wrap::default, |inside| inside.wrap.clone());
                    let span = (hit.start as usize).saturating_sub(start)..(hit.end as usize).saturating_sub(start);
                    if span.end <= blob.bytes.len() {
                        let rule = self.walked.keys[hit.key as usize].rule;
                        let whose = || self.engine.whose(blob.bytes, rule, &span, &mut around);
                        let whose = inside.is_none().then(whose).flatten();
                        let (position, marks) = (cursor.position(span.clone()), cursor.marks(span.start));
                        found.push(((*id, *identity), (position, marks, wrap, whose)));
                    }
                }
                found
            })
            .flatten_iter()
            .collect()
    }

    fn infos(&self, commits: &BTreeSet<u32>) -> HashMap<u32, Arc<CommitInfo>> {
        let reader = Reader { git_dir: self.git_dir, packs: &self.walked.packs };
        let commits: Vec<u32> = commits.iter().copied().collect();
        commits
            .par_iter()
            .map_init(Hand::default, |hand, commit| {
                let id = self.walked.commits[*commit as usize].id;
                let bytes = reader.read(id, hand)?;
                let mut info = commit::info(id, &bytes)?;
                for text in [&mut info.author, &mut info.email, &mut info.summary] {
                    *text = self.engine.redact(text);
                }
                Some((*commit, Arc::new(info)))
            })
            .flatten()
            .collect()
    }
}

/// What one thread reads with.
#[derive(Default)]
struct Hand {
    inflater: Inflater,
    /// Opened when a pack does not hold what is asked for; git2's handle belongs to one thread.
    open: Option<Repo>,
}

/// Reads single objects, from the packs where they are, else through git2.
struct Reader<'a> {
    git_dir: &'a Path,
    packs: &'a [Pack],
}

impl Reader<'_> {
    fn read(&self, id: ObjectId, hand: &mut Hand) -> Option<Vec<u8>> {
        for pack in self.packs {
            if let Some(node) = pack.find(&id) {
                return pack.decode(node, &mut hand.inflater).ok();
            }
        }
        if hand.open.is_none() {
            hand.open = Repo::open(self.git_dir, false).ok();
        }
        hand.open.as_ref()?.read(id).ok().map(|(_, bytes)| bytes)
    }
}
