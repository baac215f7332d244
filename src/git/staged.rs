//! The index against HEAD: the contents that the next commit would add.
//!
//! Only ids are compared, directory by directory as the index needs them: no rename detection, no text differences, no
//! look at the worktree. A commit hook waits for this.

use super::{OpenError, Repo};
use git2::{ErrorCode, Index, IndexEntryExtendedFlag, Oid, Repository, Tree};
use std::collections::HashMap;
use std::path::Path;

/// A content that the index holds and HEAD does not hold at that path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Relative to the worktree's root.
    pub path: Vec<u8>,
    id: Oid,
}

/// What the next commit of a repository would add.
pub struct NextCommit {
    repo: Repo,
    /// Added and changed contents; of a conflict, every side.
    pub changes: Vec<Change>,
    /// Submodules that would be added or moved; their contents live in other repositories.
    pub submodules: u64,
}

/// Why the index could not be compared with HEAD.
#[derive(Debug, thiserror::Error)]
pub enum StagedError {
    /// There is no repository that can be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A bare repository.
    #[error("a bare repository has no index, so nothing can be staged in it")]
    Bare,
    /// Its index or HEAD is damaged, or in a form that libgit2 does not know; what it says.
    #[error("its index cannot be compared with HEAD: {0}")]
    Unreadable(String),
}

impl From<git2::Error> for StagedError {
    fn from(error: git2::Error) -> Self {
        StagedError::Unreadable(error.message().to_owned())
    }
}

/// Why a staged content could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is larger than the limit.
    TooLarge,
    /// This clone does not hold it.
    Missing,
    /// It is damaged; what libgit2 says.
    Damaged(String),
}

impl NextCommit {
    /// Compares the index of the repository that holds `path` with its HEAD.
    ///
    /// # Errors
    ///
    /// There is no repository, it is bare, or its index or HEAD cannot be read.
    pub fn of(path: &Path) -> Result<Self, StagedError> {
        let repo = Repo::open(path, true)?;
        let index = match index_of_hook(repo.raw())? {
            Some(index) => index,
            // One that says it is bare may have a worktree for the command that git runs (`git --work-tree=…`).
            None if repo.is_bare() => return Err(StagedError::Bare),
            None => repo.raw().index()?,
        };
        let (mut changes, mut submodules) = (Vec::new(), 0);
        {
            let mut head = Head::of(repo.raw())?;
            for entry in index.iter() {
                // `git add --intent-to-add` records a name without content.
                let intent = IndexEntryExtendedFlag::from_bits_retain(entry.flags_extended);
                if intent.contains(IndexEntryExtendedFlag::INTENT_TO_ADD) || head.holds(&entry.path, entry.id)? {
                    continue;
                }
                if entry.mode == u32::from(git2::FileMode::Commit) {
                    submodules += 1;
                } else {
                    changes.push(Change { path: entry.path, id: entry.id });
                }
            }
        }
        Ok(Self { repo, changes, submodules })
    }

    /// The repository itself.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// The same repository for another thread, without its changes.
    ///
    /// # Errors
    ///
    /// It cannot be opened any more.
    pub fn reopened(&self) -> Result<Self, StagedError> {
        Ok(Self { repo: Repo::open(self.repo.git_dir(), false)?, changes: Vec::new(), submodules: 0 })
    }

    /// Hands the content of a change to `use_it`.
    ///
    /// # Errors
    ///
    /// It is too large, missing or damaged.
    pub fn read<T>(&self, change: &Change, limit: Option<u64>, use_it: impl FnOnce(&[u8]) -> T) -> Result<T, Refused> {
        let refused = |error: git2::Error| match error.code() {
            ErrorCode::NotFound => Refused::Missing,
            _ => Refused::Damaged(error.message().to_owned()),
        };
        let objects = self.repo.raw().odb().map_err(refused)?;
        if let Some(limit) = limit {
            let (size, _) = objects.read_header(change.id).map_err(refused)?;
            if size as u64 > limit {
                return Err(Refused::TooLarge);
            }
        }
        let object = objects.read(change.id).map_err(refused)?;
        Ok(use_it(object.data()))
    }
}

/// The index that the next commit is made of, where git runs a hook for it.
///
/// `git commit -a` and `git commit FILE` run their hooks with an index of their own, named by `GIT_INDEX_FILE`; looking
/// at the usual one would let a key through. The variable counts only for the repository that git itself is working on.
fn index_of_hook(repository: &Repository) -> Result<Option<Index>, StagedError> {
    if let Some(file) = std::env::var_os("GIT_INDEX_FILE").filter(|file| !file.is_empty())
        && let Ok(current) = Repository::open_from_env()
        && current.path() == repository.path()
    {
        return Ok(Some(Index::open(Path::new(&file))?));
    }
    Ok(None)
}

/// The tree of HEAD, of which only the directories that are asked for are read.
struct Head<'r> {
    repository: &'r Repository,
    /// By path; `None` for what is no directory there.
    directories: HashMap<Vec<u8>, Option<Tree<'r>>>,
}

impl<'r> Head<'r> {
    fn of(repository: &'r Repository) -> Result<Self, StagedError> {
        let root = match repository.head() {
            Ok(head) => Some(head.peel_to_tree()?),
            // Before the first commit everything in the index is new.
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { repository, directories: HashMap::from([(Vec::new(), root)]) })
    }

    /// Whether HEAD holds exactly that content at that path.
    fn holds(&mut self, path: &[u8], id: Oid) -> Result<bool, StagedError> {
        let (directory, name) = split(path);
        let tree = self.directory(directory)?;
        Ok(tree.and_then(|tree| tree.get_name_bytes(name)).is_some_and(|entry| entry.id() == id))
    }

    fn directory(&mut self, path: &[u8]) -> Result<Option<&Tree<'r>>, StagedError> {
        if !self.directories.contains_key(path) {
            let (parent, name) = split(path);
            let entry = self.directory(parent)?.and_then(|tree| tree.get_name_bytes(name));
            let id = entry.filter(|entry| entry.kind() == Some(git2::ObjectType::Tree)).map(|entry| entry.id());
            let tree = id.map(|id| self.repository.find_tree(id)).transpose()?;
            self.directories.insert(path.to_vec(), tree);
        }
        Ok(self.directories.get(path).and_then(Option::as_ref))
    }
}

/// The directory of a path and the name within it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memrchr(b'/', path) {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use git2::{IndexEntry, IndexTime, Signature};

    fn write(repository: &Repository, path: &str, text: &str) {
        let file = repository.workdir().expect("worktree").join(path);
        std::fs::create_dir_all(file.parent().expect("parent")).expect("creates");
        std::fs::write(&file, text).expect("writes");
        let mut index = repository.index().expect("index");
        index.add_path(Path::new(path)).expect("adds");
        index.write().expect("writes");
    }

    fn commit(repository: &Repository) {
        let id = repository.index().expect("index").write_tree().expect("tree");
        let tree = repository.find_tree(id).expect("tree");
        let who = Signature::new("a", "a@example.org", &git2::Time::new(0, 0)).expect("signature");
        let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        repository.commit(Some("HEAD"), &who, &who, "c", &tree, &parents).expect("commits");
    }

    fn texts(path: &Path) -> Vec<(String, String)> {
        let next = NextCommit::of(path).expect("reads");
        let text = |change: &Change| {
            let bytes = next.read(change, None, <[u8]>::to_vec).expect("reads");
            (String::from_utf8_lossy(&change.path).into_owned(), String::from_utf8_lossy(&bytes).into_owned())
        };
        next.changes.iter().map(text).collect()
    }

    fn entry(path: &str, id: Oid, mode: u32, stage: u16) -> IndexEntry {
        let time = IndexTime::new(0, 0);
        IndexEntry {
            ctime: time,
            mtime: time,
            dev: 0,
            ino: 0,
            mode,
            uid: 0,
            gid: 0,
            file_size: 0,
            id,
            flags: stage << 12,
            flags_extended: 0,
            path: path.as_bytes().to_vec(),
        }
    }

    fn pair(path: &str, text: &str) -> (String, String) {
        (path.to_owned(), text.to_owned())
    }

    #[test]
    fn before_the_first_commit_everything_is_new() {
        let dir = tempfile::tempdir().expect("temp dir");
        let repository = Repository::init(dir.path()).expect("inits");
        assert!(texts(dir.path()).is_empty());
        write(&repository, "a", "1");
        write(&repository, "d/b", "2");
        assert_eq!(texts(dir.path()), [pair("a", "1"), pair("d/b", "2")]);
    }

    #[test]
    fn afterwards_only_changes_are() {
        let dir = tempfile::tempdir().expect("temp dir");
        let repository = Repository::init(dir.path()).expect("inits");
        write(&repository, "a", "1");
        write(&repository, "d/e/b", "2");
        commit(&repository);
        assert!(texts(dir.path()).is_empty());
        write(&repository, "d/e/b", "3");
        write(&repository, "new/c", "4");
        std::fs::write(dir.path().join("a"), "not staged").expect("writes");
        assert_eq!(texts(&dir.path().join("d")), [pair("d/e/b", "3"), pair("new/c", "4")]);
    }

    #[test]
    fn conflicts_submodules_and_limits() {
        let dir = tempfile::tempdir().expect("temp dir");
        let repository = Repository::init(dir.path()).expect("inits");
        write(&repository, "a", "base");
        commit(&repository);
        let mut index = repository.index().expect("index");
        index.remove_path(Path::new("a")).expect("removes");
        for (stage, text) in [(1, "base"), (2, "ours"), (3, "theirs!")] {
            let id = repository.blob(text.as_bytes()).expect("blob");
            index.add(&entry("a", id, 0o100_644, stage)).expect("adds");
        }
        let head = repository.head().expect("head").target().expect("target");
        index.add(&entry("sub", head, 0o160_000, 0)).expect("adds");
        let gone = repository.blob(b"gone").expect("blob");
        index.add(&entry("z", gone, 0o100_644, 0)).expect("adds");
        index.write().expect("writes");
        let (folder, name) = (&gone.to_string()[..2], &gone.to_string()[2..]);
        std::fs::remove_file(dir.path().join(".git/objects").join(folder).join(name)).expect("removes");
        let next = NextCommit::of(dir.path()).expect("reads");
        assert_eq!(next.submodules, 1);
        let read: Vec<_> = next.changes.iter().map(|c| next.read(c, Some(4), <[u8]>::len)).collect();
        assert_eq!(read, [Ok(4), Err(Refused::TooLarge), Err(Refused::Missing)]);
    }

    #[test]
    fn refusals_are_told_apart() {
        let dir = tempfile::tempdir().expect("temp dir");
        assert!(matches!(NextCommit::of(dir.path()), Err(StagedError::Open(OpenError::NotARepository(_)))));
        Repository::init_bare(dir.path().join("bare")).expect("inits");
        assert!(matches!(NextCommit::of(&dir.path().join("bare")), Err(StagedError::Bare)));
    }
}
