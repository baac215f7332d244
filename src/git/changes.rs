//! What a commit holds that none of its parents holds, and what all of them held that it does not.
//!
//! Only ids are compared: no rename detection, no attributes, no text conversion. An entry counts when it differs from
//! that of every parent, so what a merge brings in from one side does not count, and what its author changed does.

use super::pack::Kind;
use super::{ReadError, Repo};
use crate::blob::ObjectId;
use gix_object::TreeRefIter;
use gix_object::tree::EntryKind;
use std::collections::HashMap;
use std::rc::Rc;

/// A path whose content differs from that of every parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path, with `/` between its parts.
    pub path: Vec<u8>,
    /// The blob that the commit holds there.
    pub now: Option<ObjectId>,
    /// For each parent the blob that it holds there.
    pub before: Vec<Option<ObjectId>>,
}

/// Reads trees, and keeps the last ones: the trees of a commit are nearly those of its parents.
pub struct Trees<'r> {
    repo: &'r Repo,
    known: HashMap<ObjectId, Rc<[u8]>>,
    bytes: usize,
}

/// Bytes of trees that are kept.
const KEPT: usize = 32 << 20;
/// Trees that one commit may make us compare: no real one comes near, and a bomb of nested trees ends.
const MOST: usize = 5_000_000;

/// A tree that could not be read, and so may hide changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The tree.
    pub tree: ObjectId,
    /// Why.
    pub error: ReadError,
}

/// An entry of a tree.
#[derive(Clone, Copy)]
struct Entry<'t> {
    name: &'t [u8],
    id: ObjectId,
    is_tree: bool,
    is_blob: bool,
}

/// A folder that is still to be compared.
struct Folder {
    path: Vec<u8>,
    now: Option<ObjectId>,
    before: Vec<Option<ObjectId>>,
}

impl<'r> Trees<'r> {
    /// Nothing read yet.
    pub fn new(repo: &'r Repo) -> Self {
        Self { repo, known: HashMap::new(), bytes: 0 }
    }

    /// Compares the tree `now` with those of all parents.
    pub fn compare(&mut self, now: ObjectId, parents: &[ObjectId], found: &mut impl FnMut(Change)) -> Vec<Lost> {
        let mut lost = Vec::new();
        let before = parents.iter().copied().map(Some).collect();
        let mut folders = vec![Folder { path: Vec::new(), now: Some(now), before }];
        let mut left = MOST;
        while let Some(folder) = folders.pop() {
            left -= 1;
            if left == 0 {
                let error = ReadError::Damaged("it nests too many folders".to_owned());
                lost.push(Lost { tree: now, error });
                break;
            }
            let mut read = |id: Option<ObjectId>| match id.map(|id| (id, self.read(id))) {
                None => None,
                Some((_, Ok(bytes))) => Some(bytes),
                Some((tree, Err(error))) => {
                    lost.push(Lost { tree, error });
                    None
                }
            };
            let own = read(folder.now);
            let others: Vec<_> = folder.before.iter().map(|id| read(*id)).collect();
            step(&folder, own.as_deref(), &others, &mut folders, found);
        }
        lost
    }

    /// The blob at a path of a tree.
    pub fn blob_at(&mut self, tree: ObjectId, path: &[u8]) -> Option<ObjectId> {
        let mut at = tree;
        let mut parts = path.split(|b| *b == b'/').peekable();
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            let bytes = self.read(at).ok()?;
            let mut entries = entries(&bytes);
            at = entries.find(|e| e.name == part && if is_last { e.is_blob } else { e.is_tree })?.id;
        }
        Some(at)
    }

    /// The paths in a tree at which commits of other repositories stand, sorted.
    pub fn links(&mut self, tree: ObjectId) -> Vec<Vec<u8>> {
        let mut links = Vec::new();
        let mut folders = vec![(Vec::new(), tree)];
        let mut left = MOST;
        while let Some((path, tree)) = folders.pop() {
            left -= 1;
            let Ok(bytes) = self.read(tree) else { continue };
            for entry in entries(&bytes).filter(|entry| !entry.is_blob) {
                let path = join(&path, entry.name);
                match entry.is_tree {
                    true if left > 0 => folders.push((path, entry.id)),
                    true => {}
                    false => links.push(path),
                }
            }
            if left == 0 {
                break;
            }
        }
        links.sort_unstable();
        links
    }

    fn read(&mut self, id: ObjectId) -> Result<Rc<[u8]>, ReadError> {
        if let Some(bytes) = self.known.get(&id) {
            return Ok(Rc::clone(bytes));
        }
        let bytes: Rc<[u8]> = match self.repo.read(id)? {
            (Kind::Tree, bytes) if TreeRefIter::from_bytes(&bytes, gix_hash::Kind::Sha1).all(|e| e.is_ok()) => {
                bytes.into()
            }
            (Kind::Tree, _) => return Err(ReadError::Damaged("an entry of the tree cannot be read".to_owned())),
            _ => return Err(ReadError::Damaged("it is no tree".to_owned())),
        };
        if self.bytes > KEPT {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += bytes.len() + 64;
        self.known.insert(id, Rc::clone(&bytes));
        Ok(bytes)
    }
}

/// Compares the entries of one folder, and notes the folders below it that differ.
fn step(
    folder: &Folder,
    own: Option<&[u8]>,
    others: &[Option<Rc<[u8]>>],
    folders: &mut Vec<Folder>,
    found: &mut impl FnMut(Change),
) {
    let mut own = entries(own.unwrap_or_default()).peekable();
    let mut others: Vec<_> =
        others.iter().map(|bytes| entries(bytes.as_deref().unwrap_or_default()).peekable()).collect();
    loop {
        let heads = others.iter_mut().filter_map(|other| other.peek()).chain(own.peek());
        let Some(first) = heads.min_by(|a, b| a.key().cmp(b.key())).copied() else { break };
        let is_first = |entry: &Entry<'_>| entry.name == first.name && entry.is_tree == first.is_tree;
        let now = own.next_if(is_first);
        let before: Vec<Option<Entry<'_>>> = others.iter_mut().map(|other| other.next_if(is_first)).collect();
        let is_same = |other: &Option<Entry<'_>>| match (now, other) {
            (Some(now), Some(other)) => now.id == other.id && now.is_blob == other.is_blob,
            (None, None) => true,
            _ => false,
        };
        if before.iter().any(is_same) {
            continue;
        }
        let path = || join(&folder.path, first.name);
        if first.is_tree {
            let before = before.iter().map(|entry| entry.map(|entry| entry.id)).collect();
            folders.push(Folder { path: path(), now: now.map(|entry| entry.id), before });
            continue;
        }
        let blob = |entry: Option<Entry<'_>>| entry.filter(|entry| entry.is_blob).map(|entry| entry.id);
        let (now, before) = (blob(now), before.into_iter().map(blob).collect::<Vec<_>>());
        // A submodule holds no blob, so two of its versions look alike here.
        if now.is_some() || (!before.is_empty() && before.iter().all(Option::is_some)) {
            found(Change { path: path(), now, before });
        }
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

impl<'t> Entry<'t> {
    /// In the order of these keys git sorts the entries of a tree.
    fn key(&self) -> impl Iterator<Item = u8> + use<'t> {
        self.name.iter().copied().chain(self.is_tree.then_some(b'/'))
    }
}

/// The entries of a tree; what is damaged ends them.
fn entries(bytes: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    TreeRefIter::from_bytes(bytes, gix_hash::Kind::Sha1).map_while(Result::ok).filter_map(|entry| {
        let kind = entry.mode.kind();
        Some(Entry {
            name: entry.filename,
            id: ObjectId::from_slice(entry.oid.as_bytes())?,
            is_tree: kind == EntryKind::Tree,
            is_blob: !matches!(kind, EntryKind::Tree | EntryKind::Commit),
        })
    })
}
