//! The form in which a history's findings are kept between runs: rules by name, secrets by the bytes that hold them.

use super::findings::{Found, HistoryScan};
use super::keys::{Inside, Key, Keys};
use super::look::Known;
use super::version::{Eye, Scratch, StoredHit};
use super::walk::Options;
use super::walked::ObjectHits;
use crate::blob::ObjectId;
use crate::coverage::Coverage;
use crate::engine::Engine;
use crate::finding::{Confidence, Location, Part, Secret};
use crate::git::pack::Kind;
use crate::git::{Repo, commit};
use serde::{Deserialize, Serialize};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// Everything that is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Body {
    coverage: Coverage,
    keys: Vec<StoredKey>,
    objects: Vec<StoredObject>,
    findings: Vec<StoredFinding>,
}

/// A key, by where its secret can be read again.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredKey {
    rule: String,
    confidence: Confidence,
    reasons: Vec<String>,
    object: ObjectId,
    start: u32,
    end: u32,
    /// If it does not stand there in clear: what was undone to find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inside: Option<Box<Inside>>,
    /// Whether a comment on its line allows it.
    allowed: bool,
}

/// An object and the keys in it: window, secret, key.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredObject {
    id: ObjectId,
    kind: Kind,
    hits: Vec<[u32; 5]>,
}

/// A finding: its key and its places.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredFinding {
    key: u32,
    /// The rule, where it is not that of the key: the text around it says whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    locations: Vec<Location>,
    blobs: u64,
}

impl Body {
    /// What was looked at.
    pub(super) fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// What is to be kept of a scan; nothing if a path itself holds a key, because that would be written in clear.
    pub(super) fn of(found: &Found, engine: &Engine) -> Option<Self> {
        let paths = found.scan.parts.iter().flat_map(|part| &part.locations).filter_map(|l| l.path.as_ref());
        if !paths.collect::<BTreeSet<_>>().into_iter().all(|path| is_clean(path, engine)) {
            return None;
        }
        let findings = found.scan.parts.iter().zip(&found.best).map(|(part, key)| StoredFinding {
            key: *key as u32,
            rule: (part.rule != found.keys[*key].rule).then(|| engine.rules().get(part.rule).spec.id.to_owned()),
            locations: part.locations.clone(),
            blobs: part.blobs,
        });
        let body = Self::of_objects(&found.keys, &found.objects, found.scan.coverage.clone(), engine)?;
        Some(Self { findings: findings.collect(), ..body })
    }

    /// What objects hold, without who brought them; nothing if the name of a member of an archive holds a key.
    pub(super) fn of_objects(
        keys: &[Key],
        objects: &[ObjectHits],
        coverage: Coverage,
        engine: &Engine,
    ) -> Option<Self> {
        let members = keys.iter().filter_map(|key| key.inside.as_ref()?.wrap.member.as_ref());
        if !members.collect::<BTreeSet<_>>().into_iter().all(|member| is_clean(member, engine)) {
            return None;
        }
        let mut held: Vec<Option<(ObjectId, u32, u32)>> = vec![None; keys.len()];
        for object in objects {
            for hit in &object.hits {
                held[hit.key as usize].get_or_insert((object.id, hit.start, hit.end));
            }
        }
        let keys = keys.iter().zip(held).map(|(key, held)| {
            let (object, start, end) = held?;
            Some(StoredKey {
                rule: engine.rules().get(key.rule).spec.id.to_owned(),
                confidence: key.confidence,
                reasons: key.reasons.iter().map(ToString::to_string).collect(),
                object,
                start,
                end,
                inside: key.inside.clone(),
                allowed: key.allowed,
            })
        });
        Some(Self {
            coverage,
            keys: keys.collect::<Option<_>>()?,
            objects: objects.iter().map(StoredObject::of).collect(),
            findings: Vec::new(),
        })
    }

    /// The stored findings with their secrets; nothing if one cannot be read again.
    pub(super) fn into_scan(self, repo: &Repo, engine: &Engine, options: &Options) -> Option<HistoryScan> {
        let keys = self.read_keys(repo, engine, options)?;
        let parts = self.findings.into_iter().map(|finding| {
            let key = keys.get(finding.key as usize)?;
            let rule = finding.rule.as_deref().map_or(Some(key.rule), |id| engine.rules().find(id))?;
            Some(Part {
                rule,
                secret: Secret::new(&key.secret, engine.rules().get(key.rule).public_prefix(&key.secret)),
                confidence: key.confidence,
                reasons: key.reasons.clone(),
                locations: finding.locations,
                blobs: finding.blobs,
            })
        });
        Some(HistoryScan { parts: parts.collect::<Option<_>>()?, problems: Vec::new(), coverage: self.coverage })
    }

    /// What a walk need not look at again.
    pub(super) fn into_known(
        self,
        repo: &Repo,
        engine: &Engine,
        options: &Options,
        packs: &[(PathBuf, u64)],
        loose: &[String],
    ) -> Option<Known> {
        let keys = self.read_keys(repo, engine, options)?;
        let count = keys.len() as u32;
        let objects: Vec<ObjectHits> = self.objects.into_iter().map(StoredObject::into_hits).collect();
        if objects.iter().flat_map(|object| &object.hits).any(|hit| hit.key >= count) {
            return None;
        }
        Some(Known {
            packs: packs.iter().map(|(path, _)| path.clone()).collect(),
            loose: loose.iter().filter_map(|id| ObjectId::parse(id)).collect(),
            keys,
            objects,
            coverage: self.coverage,
            problems: Vec::new(),
        })
    }

    fn read_keys(&self, repo: &Repo, engine: &Engine, options: &Options) -> Option<Vec<Key>> {
        let mut objects: HashMap<ObjectId, (Kind, Vec<u8>)> = HashMap::new();
        let mut wrapped: HashMap<ObjectId, Vec<(StoredHit, Key)>> = HashMap::new();
        let mut keys = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            if let Entry::Vacant(unread) = objects.entry(key.object) {
                unread.insert(repo.read(key.object).ok()?);
            }
            let (kind, bytes) = &objects[&key.object];
            let rule = engine.rules().find(&key.rule)?;
            let secret = match &key.inside {
                None => bytes.get(key.start as usize..key.end as usize)?.into(),
                // What is wrapped is found again by unwrapping it again.
                Some(_) => {
                    let seen = wrapped.entry(key.object).or_insert_with(|| look_again(*kind, bytes, engine, options));
                    let same = |(hit, found): &&(StoredHit, Key)| {
                        (hit.start, hit.end, found.rule) == (key.start, key.end, rule) && found.inside == key.inside
                    };
                    seen.iter().find(same)?.1.secret.clone()
                }
            };
            keys.push(Key {
                rule,
                secret,
                confidence: key.confidence,
                reasons: key.reasons.iter().map(|reason| reason.clone().into()).collect(),
                inside: key.inside.clone(),
                allowed: key.allowed,
            });
        }
        Some(keys)
    }
}

/// Whether a path can be written down.
fn is_clean(path: &[u8], engine: &Engine) -> bool {
    let text = String::from_utf8_lossy(path);
    engine.redact(&text) == text
}

/// Everything that an object holds.
fn look_again(kind: Kind, bytes: &[u8], engine: &Engine, options: &Options) -> Vec<(StoredHit, Key)> {
    let start = if kind == Kind::Blob { 0 } else { commit::message_start(bytes) };
    let keys = Keys::default();
    let eye = Eye::new(engine, &keys, options, None);
    let (version, _) = eye.whole(bytes[start..].to_vec(), &mut Scratch::default());
    let keys = keys.into_vec();
    version.hits.iter().map(|hit| (hit.shifted(start as u32), keys[hit.key as usize].clone())).collect()
}

impl StoredObject {
    fn of(object: &ObjectHits) -> Self {
        let hits = object.hits.iter().map(|h| [h.window_start, h.window_end, h.start, h.end, h.key]).collect();
        Self { id: object.id, kind: object.kind, hits }
    }

    fn into_hits(self) -> ObjectHits {
        let hit = |[window_start, window_end, start, end, key]: [u32; 5]| StoredHit {
            window_start,
            window_end,
            start,
            end,
            key,
        };
        ObjectHits { id: self.id, kind: self.kind, hits: self.hits.into_iter().map(hit).collect() }
    }
}
