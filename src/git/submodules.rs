//! Submodules: places in the tree of HEAD where a commit of another repository stands, and where that repository is.

use super::changes::Trees;
use super::{OpenError, Repo, commit};
use crate::blob::ObjectId;
use std::path::{Path, PathBuf};

/// A place of another repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submodule {
    /// From the root of the repository that holds it, with `/` between its parts.
    pub path: Vec<u8>,
    /// The name under which its repository is kept, as `.gitmodules` says.
    name: Option<String>,
}

/// The submodules of HEAD. Unless `thorough`, a tree without `.gitmodules` is not searched: every scan asks, and next to
/// none has any.
pub fn submodules(repo: &Repo, thorough: bool) -> Vec<Submodule> {
    let head = repo.head().and_then(|id| repo.read(id).ok()).and_then(|(_, bytes)| commit::head(&bytes));
    let Some(tree) = head.map(|head| head.tree) else { return Vec::new() };
    let mut trees = Trees::new(repo);
    let declared = trees.blob_at(tree, b".gitmodules");
    if declared.is_none() && !thorough {
        return Vec::new();
    }
    let names = declared.map(|blob| names(repo, blob)).unwrap_or_default();
    let name_of = |path: &[u8]| names.iter().find(|(known, _)| known.as_bytes() == path).map(|(_, name)| name.clone());
    trees.links(tree).into_iter().map(|path| Submodule { name: name_of(&path), path }).collect()
}

/// The repository of a submodule: checked out, or kept in the git directory of the one that holds it. `None` if it is
/// neither.
///
/// # Errors
///
/// It is there and cannot be opened.
pub fn open(repo: &Repo, submodule: &Submodule) -> Option<Result<Repo, OpenError>> {
    let path = std::str::from_utf8(&submodule.path).ok()?;
    let kept = submodule.name.as_deref().unwrap_or(path);
    let worktree = repo.workdir().filter(|_| is_inside(path)).map(|root| root.join(path));
    let kept = Some(kept).filter(|kept| is_inside(kept)).map(|kept| repo.common_dir().join("modules").join(kept));
    // A repository at the end of a link is not what was committed.
    let checked_out = worktree.filter(|path| path.join(".git").exists() && !passes_link(repo.workdir(), path));
    let found = checked_out.or_else(|| kept.filter(|path| path.join("HEAD").exists()))?;
    Some(Repo::open(&found, false))
}

/// Whether a path leads downwards only: names come from the repository, which may be anyone's.
fn is_inside(path: &str) -> bool {
    use std::path::Component;
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn passes_link(root: Option<&Path>, path: &Path) -> bool {
    let steps: Vec<PathBuf> = path.ancestors().take_while(|at| Some(*at) != root).map(Path::to_owned).collect();
    steps.iter().any(|at| at.is_symlink())
}

/// Paths and names of `.gitmodules`.
fn names(repo: &Repo, blob: ObjectId) -> Vec<(String, String)> {
    let bytes = repo.read(blob).map(|(_, bytes)| bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut names = Vec::new();
    let mut name = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            let inside = line.strip_prefix("[submodule").map(|rest| rest.trim_end_matches(']').trim());
            name = inside.map(|name| name.trim_matches('"').to_owned());
        } else if let (Some(name), Some((key, value))) = (&name, line.split_once('='))
            && key.trim().eq_ignore_ascii_case("path")
        {
            names.push((value.trim().trim_matches('"').trim_end_matches('/').to_owned(), name.clone()));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_a_repository_cannot_lead_out_of_it() {
        assert!(is_inside("lib/a") && is_inside("a..b"));
        for path in ["", "..", "../x", "a/../../x", "/etc"] {
            assert!(!is_inside(path), "{path}");
        }
    }
}
