//! How long a file has said something: back through its versions, also where it had another name.

use super::Repo;
use git2::{Commit, DiffFindOptions, Oid};
use std::path::{Path, PathBuf};

impl Repo {
    /// Since when what HEAD says of a file has been true without a break, in seconds since 1970: `holds` is asked about
    /// each version, by its path and text, from HEAD backwards. `None` where it does not hold at HEAD.
    pub fn held_since(&self, path: &Path, holds: &dyn Fn(&Path, &str) -> bool) -> Option<i64> {
        let mut commit = self.raw().head().ok()?.peel_to_commit().ok()?;
        let mut path = path.to_owned();
        let mut version = version(&commit, &path)?;
        if !self.says(version, &path, holds) {
            return None;
        }
        // A merge is followed to the parent that brought it.
        while let Some(before) = commit.parents().find_map(|parent| self.before(&commit, parent, &path, version, holds))
        {
            (commit, path, version) = before;
        }
        Some(commit.time().seconds())
    }

    /// The parent with the path and version of the file there, if it holds there, too.
    fn before<'r>(
        &self,
        commit: &Commit<'r>,
        parent: Commit<'r>,
        path: &Path,
        now: Oid,
        holds: &dyn Fn(&Path, &str) -> bool,
    ) -> Option<(Commit<'r>, PathBuf, Oid)> {
        let (path, then) = match version(&parent, path) {
            Some(then) => (path.to_owned(), then),
            None => self.moved_from(commit, &parent, path)?,
        };
        (then == now || self.says(then, &path, holds)).then_some((parent, path, then))
    }

    fn says(&self, version: Oid, path: &Path, holds: &dyn Fn(&Path, &str) -> bool) -> bool {
        let blob = self.raw().find_blob(version);
        blob.is_ok_and(|blob| std::str::from_utf8(blob.content()).is_ok_and(|text| holds(path, text)))
    }

    /// Where a file that came in `commit` was before.
    fn moved_from(&self, commit: &Commit<'_>, parent: &Commit<'_>, path: &Path) -> Option<(PathBuf, Oid)> {
        let trees = (parent.tree().ok()?, commit.tree().ok()?);
        let mut diff = self.raw().diff_tree_to_tree(Some(&trees.0), Some(&trees.1), None).ok()?;
        diff.find_similar(Some(DiffFindOptions::new().renames(true))).ok()?;
        let moved = diff.deltas().find(|delta| delta.new_file().path() == Some(path))?;
        let old = moved.old_file();
        (!old.id().is_zero()).then_some((old.path()?.to_owned(), old.id()))
    }
}

fn version(commit: &Commit<'_>, path: &Path) -> Option<Oid> {
    Some(commit.tree().ok()?.get_path(path).ok()?.id())
}
