//! What a path is to git: decides which parts of a scan it takes.

use super::{OpenError, Repo};
use std::path::Path;

/// What a path itself is; repositories above it do not count.
#[derive(Debug)]
pub enum Here {
    /// No repository of its own: a plain directory, a file, or a directory inside a worktree.
    Nothing,
    /// The root of a worktree: files and a history.
    Worktree(Repo),
    /// A bare repository, or the `.git` directory of another: a history and no files.
    History(Repo),
    /// Looks like a repository and cannot be opened.
    Broken(OpenError),
}

/// Looks at `path`. A plain directory costs three failed `stat`s and no call into libgit2.
pub fn here(path: &Path) -> Here {
    let has_marker = path.join(".git").symlink_metadata().is_ok();
    let is_git_dir = || path.join("objects").is_dir() && path.join("HEAD").symlink_metadata().is_ok();
    if !has_marker && !is_git_dir() {
        return Here::Nothing;
    }
    match Repo::open(path, false) {
        Ok(repo) if has_marker && !repo.is_bare() => Here::Worktree(repo),
        Ok(repo) => Here::History(repo),
        // An empty `.git` is no repository to git either.
        Err(OpenError::NotARepository(_)) => Here::Nothing,
        Err(error) => Here::Broken(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use git2::Repository;

    #[test]
    fn tells_worktrees_bare_repositories_and_plain_directories_apart() {
        let dir = tempfile::tempdir().expect("temp dir");
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("plain/inside")).expect("creates");
        std::fs::create_dir_all(at("empty/.git")).expect("creates");
        Repository::init(at("tree")).expect("inits");
        Repository::init_bare(at("bare")).expect("inits");
        std::fs::create_dir(at("tree/below")).expect("creates");
        for plain in ["plain", "empty", "missing", "tree/below"] {
            assert!(matches!(here(&at(plain)), Here::Nothing), "{plain}");
        }
        assert!(matches!(here(&at("tree")), Here::Worktree(repo) if repo.git_dir().ends_with("tree/.git")));
        assert!(matches!(here(&at("tree/.git")), Here::History(_)));
        assert!(matches!(here(&at("bare")), Here::History(_)));
    }

    #[test]
    fn a_repository_of_another_format_is_broken_and_not_nothing() {
        let dir = tempfile::tempdir().expect("temp dir");
        Repository::init(dir.path()).expect("inits");
        let config = "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n";
        std::fs::write(dir.path().join(".git/config"), config).expect("writes");
        assert!(matches!(here(dir.path()), Here::Broken(_)), "{:?}", here(dir.path()));
    }
}
