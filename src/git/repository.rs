//! Questions to a repository: where its objects are, what its refs point to, whether it is whole.

use crate::blob::ObjectId;
use crate::problem::Problem;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// An open repository. git2's handle is not `Sync`; threads open their own.
pub struct Repo {
    repo: git2::Repository,
}

impl std::fmt::Debug for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo").field("path", &self.repo.path()).finish()
    }
}

/// Why a repository could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none.
    #[error("{0}: not a git repository")]
    NotARepository(String),
    /// Its objects are named by SHA-256, which libgit2 does not read yet.
    #[error(
        "{0}: the repository uses SHA-256 object names, which keyhound cannot read yet; scan its worktree with --no-history"
    )]
    Sha256(String),
    /// Something else.
    #[error("{path}: the repository cannot be opened: {message}")]
    Other {
        /// The path.
        path: String,
        /// Why.
        message: String,
    },
}

/// A name that keeps commits alive, and the commit it leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ref {
    /// As a person writes it: `main`, `origin/main`, `v1.0`.
    pub name: String,
    /// The commit.
    pub commit: ObjectId,
    /// What the ref names itself: the commit, or an annotated tag.
    pub target: ObjectId,
}

/// What keeps objects of a repository alive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refs {
    /// Every ref that leads to a commit, and HEAD where it is detached; sorted.
    pub to_commits: Vec<Ref>,
    /// What the others keep alive: blobs, trees, and tags of them.
    pub others: Vec<ObjectId>,
}

impl Repo {
    /// Opens the repository at `path` itself: a worktree's root, a `.git` folder or file, or a bare repository. With
    /// `upwards`, also one that `path` lies in.
    ///
    /// # Errors
    ///
    /// No repository there, or one that cannot be read.
    pub fn open(path: &Path, upwards: bool) -> Result<Self, OpenError> {
        allow_foreign_owners();
        let shown = path.display().to_string();
        let mut flags = git2::RepositoryOpenFlags::empty();
        if !upwards {
            flags |= git2::RepositoryOpenFlags::NO_SEARCH;
        }
        let none: [&std::ffi::OsStr; 0] = [];
        match git2::Repository::open_ext(path, flags, none) {
            Ok(repo) => Ok(Self { repo }.with_quarantine()),
            Err(error) if error.code() == git2::ErrorCode::NotFound => match Self::of_hook(path, upwards) {
                Some(repo) => Ok(repo),
                None => Err(OpenError::NotARepository(shown)),
            },
            Err(error) if error.message().contains("objectformat") || error.message().contains("object format") => {
                Err(OpenError::Sha256(shown))
            }
            Err(error) => Err(OpenError::Other { path: shown, message: error.message().to_owned() }),
        }
    }

    /// Where git runs a hook, `GIT_DIR` may name a repository that lies elsewhere than its worktree.
    fn of_hook(path: &Path, upwards: bool) -> Option<Self> {
        let is_hook = upwards && path == Path::new(".") && std::env::var_os("GIT_DIR").is_some();
        is_hook.then(git2::Repository::open_from_env)?.ok().map(|repo| Self { repo }.with_quarantine())
    }

    /// The same with what waits in quarantine.
    fn with_quarantine(self) -> Self {
        let waiting = self.quarantine();
        if let Ok(objects) = self.repo.odb() {
            for dir in waiting.iter().filter_map(|dir| dir.to_str()) {
                // One that cannot be added is missed when its objects are asked for, and that is reported.
                let _ = objects.add_disk_alternate(dir);
            }
        }
        self
    }

    /// Its own folder; other threads open their own handle of it.
    pub fn git_dir(&self) -> &Path {
        self.repo.path()
    }

    /// The library's handle, for the other files of this room.
    pub(super) fn raw(&self) -> &git2::Repository {
        &self.repo
    }

    /// Whether it has no worktree.
    pub fn is_bare(&self) -> bool {
        self.repo.is_bare()
    }

    /// Whether its history was cut when it was cloned.
    pub fn is_shallow(&self) -> bool {
        self.repo.is_shallow() || self.repo.commondir().join("shallow").is_file()
    }

    /// Whether it was cloned without all objects, to fetch the others when they are needed.
    pub fn is_partial(&self) -> bool {
        let Ok(config) = self.repo.config().and_then(|mut config| config.snapshot()) else { return false };
        let promised = config.entries(Some(r"^remote\..*\.promisor$")).is_ok_and(|mut all| all.next().is_some());
        promised || config.get_entry("extensions.partialclone").is_ok()
    }

    /// The commits at which a shallow clone was cut: it holds them and not their parents.
    pub fn shallow_commits(&self) -> HashSet<ObjectId> {
        let text = std::fs::read_to_string(self.repo.commondir().join("shallow")).unwrap_or_default();
        let ids = text.lines().filter_map(|line| git2::Oid::from_str(line.trim()).ok());
        ids.filter_map(|id| ObjectId::from_slice(id.as_bytes())).collect()
    }

    /// The worktree's root.
    pub fn workdir(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    /// The folder that worktrees share: `.git`.
    pub fn common_dir(&self) -> &Path {
        self.repo.commondir()
    }

    /// The paths of the index: what git tracks.
    pub fn tracked(&self) -> HashSet<Vec<u8>> {
        let index = self.repo.index();
        index.map(|index| index.iter().map(|entry| entry.path).collect()).unwrap_or_default()
    }

    /// The addresses of those who committed to any branch or tag, with when they did it last.
    pub fn last_commits(&self) -> Vec<(String, i64)> {
        let Ok(mut walk) = self.repo.revwalk() else { return Vec::new() };
        if walk.push_glob("refs/*").is_err() {
            return Vec::new();
        }
        let commits = walk.flatten().filter_map(|id| self.repo.find_commit(id).ok());
        commits
            .map(|commit| {
                let email = String::from_utf8_lossy(commit.author().email_bytes()).into_owned();
                (email, commit.time().seconds())
            })
            .collect()
    }

    /// The commit of HEAD; `None` before the first one.
    pub fn head(&self) -> Option<ObjectId> {
        let id = self.repo.head().ok()?.peel_to_commit().ok()?.id();
        ObjectId::from_slice(id.as_bytes())
    }

    /// The branch that HEAD is on.
    pub fn branch(&self) -> Option<String> {
        let head = self.repo.head().ok()?;
        head.is_branch().then(|| head.shorthand().ok().map(str::to_owned)).flatten()
    }

    /// The address of whoever works here, as git knows it.
    pub fn user_email(&self) -> Option<String> {
        self.repo.config().and_then(|mut config| config.snapshot()?.get_string("user.email")).ok()
    }

    /// The URL of `origin`, without user and password.
    pub fn remote_url(&self) -> Option<String> {
        let remote = self.repo.find_remote("origin").ok()?;
        let url = remote.url().ok()?.to_owned();
        Some(match (url.find("://"), url.find('@')) {
            (Some(scheme), Some(at)) if at > scheme && !url[scheme + 3..at].contains('/') => {
                format!("{}{}", &url[..scheme + 3], &url[at + 1..])
            }
            _ => url,
        })
    }

    /// Every branch, remote branch, tag and other ref that leads to a commit, and HEAD where it is detached; sorted.
    pub fn refs(&self) -> Vec<Ref> {
        self.refs_among(&|_| false).to_commits
    }

    /// All refs, where many ids are known to be those of commits: a ref to one of them need not be read.
    pub fn refs_among(&self, is_commit: &dyn Fn(&ObjectId) -> bool) -> Refs {
        let mut refs = Refs::default();
        if let Ok(all) = self.repo.references() {
            for reference in all.flatten() {
                let target = direct_target(&reference);
                let peeled = || ObjectId::from_slice(reference.peel_to_commit().ok()?.id().as_bytes());
                let Some(commit) = target.filter(|id| is_commit(id)).or_else(peeled) else {
                    let end = reference.peel(git2::ObjectType::Any).ok();
                    refs.others.extend(target);
                    refs.others.extend(end.and_then(|object| ObjectId::from_slice(object.id().as_bytes())));
                    continue;
                };
                let name = String::from_utf8_lossy(reference.shorthand_bytes()).into_owned();
                refs.to_commits.push(Ref { name, commit, target: target.unwrap_or(commit) });
            }
        }
        if let (Ok(true), Some(commit)) = (self.repo.head_detached(), self.head()) {
            refs.to_commits.push(Ref { name: "HEAD".to_owned(), commit, target: commit });
        }
        refs.to_commits.sort();
        refs
    }

    /// The folders that hold objects: its own and its alternates, each once.
    pub fn object_dirs(&self) -> (Vec<PathBuf>, Vec<Problem>) {
        let mut dirs = vec![self.repo.commondir().join("objects")];
        dirs.extend(self.quarantine());
        let mut problems = Vec::new();
        let mut next = 0;
        while next < dirs.len() {
            let dir = dirs[next].clone();
            next += 1;
            let Ok(text) = std::fs::read_to_string(dir.join("info/alternates")) else { continue };
            for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let path = dir.join(line);
                if !path.is_dir() {
                    problems.push(
                        Problem::incomplete(path.display().to_string(), "the alternate object folder does not exist")
                            .with_next_step("objects that only it holds were not scanned"),
                    );
                } else if !dirs.contains(&path) && dirs.len() < 64 {
                    dirs.push(path);
                }
            }
        }
        (dirs, problems)
    }

    /// The ids of all objects that are stored loose, in any of its folders.
    pub fn loose_objects(&self) -> HashSet<ObjectId> {
        self.object_dirs().0.iter().flat_map(|dir| super::loose::list(dir).0).collect()
    }

    /// Reads one object: its kind and its bytes.
    ///
    /// # Errors
    ///
    /// A sentence: missing or damaged.
    pub fn read(&self, id: ObjectId) -> Result<(super::pack::Kind, Vec<u8>), ReadError> {
        for dir in self.object_dirs().0 {
            match super::loose::read(&dir, id) {
                Err(ReadError::Missing) => {}
                read => return read,
            }
        }
        let oid = git2::Oid::from_bytes(&id.0).map_err(|e| ReadError::Damaged(e.message().to_owned()))?;
        let odb = self.repo.odb().map_err(|e| ReadError::Damaged(e.message().to_owned()))?;
        match odb.read(oid) {
            Ok(object) => {
                let kind = match object.kind() {
                    git2::ObjectType::Commit => super::pack::Kind::Commit,
                    git2::ObjectType::Tree => super::pack::Kind::Tree,
                    git2::ObjectType::Tag => super::pack::Kind::Tag,
                    _ => super::pack::Kind::Blob,
                };
                Ok((kind, object.data().to_vec()))
            }
            Err(error) if error.code() == git2::ErrorCode::NotFound => Err(ReadError::Missing),
            Err(error) => Err(ReadError::Damaged(error.message().to_owned())),
        }
    }
}

/// Why an object could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The clone does not hold it.
    #[error("the object is missing")]
    Missing,
    /// It is there, but broken.
    #[error("the object is damaged: {0}")]
    Damaged(String),
}

/// The object that a ref names itself, if it does not lead to another ref.
fn direct_target(reference: &git2::Reference<'_>) -> Option<ObjectId> {
    reference.target().and_then(|id| ObjectId::from_slice(id.as_bytes()))
}

/// keyhound only reads, runs no hooks and honours no configuration that could run a program, so a repository that
/// belongs to someone else (a mounted volume, a CI checkout) is no danger, and refusing it would hide its secrets.
fn allow_foreign_owners() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        #[allow(unsafe_code)]
        // SAFETY: the setting is global to libgit2 and not guarded by a lock; `Once` makes this the first call into
        // the library, before any other thread can use it.
        let _ = unsafe { git2::opts::set_verify_owner_validation(false) };
    });
}
