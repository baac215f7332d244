//! Finds the configuration of what is scanned: upwards from there, and not beyond the repository that holds it.

use std::io;
use std::path::{Path, PathBuf};

/// The name of the configuration.
pub const FILE_NAME: &str = "keyhound.toml";

/// The configuration that applies to `scanned`, a file or a folder: the nearest `keyhound.toml` in its folder or one
/// above. The search ends at the root of a repository, so that a checkout inherits nothing from strangers' folders.
/// The path is real (see `std::fs::canonicalize`), as the paths of allow entries are compared with it.
///
/// # Errors
///
/// `scanned` does not exist or a folder cannot be searched.
pub fn find(scanned: &Path) -> io::Result<Option<PathBuf>> {
    find_named(scanned, FILE_NAME)
}

/// Likewise a file of another name.
///
/// # Errors
///
/// As [`find`].
pub fn find_named(scanned: &Path, name: &str) -> io::Result<Option<PathBuf>> {
    let real = std::fs::canonicalize(scanned)?;
    let start = if real.is_dir() { Some(real.as_path()) } else { real.parent() };
    for folder in start.into_iter().flat_map(Path::ancestors) {
        let file = folder.join(name);
        // Not only whether it is a file: a link to nowhere is a mistake to hear of when it is read.
        match std::fs::symlink_metadata(&file) {
            Ok(_) => return Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if is_repository(folder) {
            break;
        }
    }
    Ok(None)
}

/// Whether `folder` is the root of a worktree (`.git` is a file in linked ones and submodules) or a bare repository.
fn is_repository(folder: &Path) -> bool {
    folder.join(".git").symlink_metadata().is_ok()
        || (folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tree() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().expect("temp dir");
        let root = dir.path().canonicalize().expect("real path");
        fs::create_dir_all(root.join("repo/a/b")).expect("folders");
        fs::write(root.join("repo/a/b/file"), "").expect("file");
        (dir, root)
    }

    #[test]
    fn the_nearest_one_upwards_applies() {
        let (_dir, root) = tree();
        fs::write(root.join(FILE_NAME), "").expect("file");
        assert_eq!(find(&root.join("repo/a/b")).expect("finds"), Some(root.join(FILE_NAME)));
        fs::write(root.join("repo/a").join(FILE_NAME), "").expect("file");
        for scanned in ["repo/a/b", "repo/a/b/file", "repo/a", "repo/a/b/../b"] {
            assert_eq!(find(&root.join(scanned)).expect("finds"), Some(root.join("repo/a").join(FILE_NAME)));
        }
    }

    #[test]
    fn the_search_ends_at_the_repository() {
        let (_dir, root) = tree();
        fs::write(root.join(FILE_NAME), "").expect("file");
        fs::write(root.join("repo/.git"), "gitdir: elsewhere").expect("file");
        assert_eq!(find(&root.join("repo/a/b")).expect("finds"), None);
        fs::write(root.join("repo").join(FILE_NAME), "").expect("file");
        assert_eq!(find(&root.join("repo/a/b")).expect("finds"), Some(root.join("repo").join(FILE_NAME)));
    }

    #[test]
    fn the_search_ends_at_a_bare_repository() {
        let (_dir, root) = tree();
        fs::write(root.join(FILE_NAME), "").expect("file");
        fs::create_dir_all(root.join("bare.git/objects")).expect("folder");
        fs::create_dir_all(root.join("bare.git/refs")).expect("folder");
        fs::write(root.join("bare.git/HEAD"), "ref: refs/heads/main").expect("file");
        assert_eq!(find(&root.join("bare.git")).expect("finds"), None);
    }

    #[test]
    fn a_path_that_is_not_there_is_an_error() {
        let (_dir, root) = tree();
        assert!(find(&root.join("none")).is_err());
    }
}
