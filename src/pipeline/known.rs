//! What the repositories of a run know of files and people, for the checks of key hygiene.

use super::inputs::History;
use crate::git::Repo;
use crate::hygiene::Past;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

/// The repositories that have a worktree.
pub struct Known<'h> {
    trees: Vec<Tree<'h>>,
    authors: OnceCell<HashMap<String, i64>>,
}

struct Tree<'h> {
    root: PathBuf,
    repo: &'h Repo,
    tracked: HashSet<Vec<u8>>,
}

impl<'h> Known<'h> {
    /// Of those histories; nothing where there is none.
    pub fn of(histories: &'h [History]) -> Option<Self> {
        let tree = |history: &'h History| {
            let root = std::fs::canonicalize(history.repo.workdir()?).ok()?;
            Some(Tree { root, repo: &history.repo, tracked: history.repo.tracked() })
        };
        let trees = histories.iter().filter_map(tree).collect();
        (!histories.is_empty()).then(|| Self { trees, authors: OnceCell::new() })
    }

    /// The repository that a path of the file system is in, and the path within it.
    fn find(&self, path: &str) -> Option<(&Tree<'h>, PathBuf)> {
        let path = std::fs::canonicalize(path).ok()?;
        self.trees.iter().find_map(|tree| Some((tree, path.strip_prefix(&tree.root).ok()?.to_owned())))
    }
}

impl Past for Known<'_> {
    fn is_tracked(&self, path: &str) -> bool {
        self.find(path).is_some_and(|(tree, below)| tree.tracked.contains(below.as_os_str().as_encoded_bytes()))
    }

    fn held_since(&self, path: &str, holds: &dyn Fn(&str, &str) -> bool) -> Option<i64> {
        let (tree, below) = self.find(path)?;
        tree.repo.held_since(&below, &|path, text| holds(&path.to_string_lossy(), text))
    }

    fn last_commit_of(&self, email: &str) -> Option<i64> {
        let authors = self.authors.get_or_init(|| {
            let mut last = HashMap::new();
            for (author, time) in self.trees.iter().flat_map(|tree| tree.repo.last_commits()) {
                let known = last.entry(author).or_insert(time);
                *known = time.max(*known);
            }
            last
        });
        authors.get(email).copied()
    }
}
