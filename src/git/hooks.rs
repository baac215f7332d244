//! Where a repository keeps its hooks, and which objects git shows to a hook before it accepts them.

use super::Repo;
use std::path::{Path, PathBuf};

/// A folder in which git looks for hooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksFolder {
    /// Where.
    pub path: PathBuf,
    /// Whether `core.hooksPath` names it.
    pub is_configured: bool,
    /// Whether it lies outside of the repository, so that other repositories may use it, too.
    pub is_shared: bool,
}

impl Repo {
    /// The folder of this repository's hooks; linked worktrees share that of their repository. It may not exist yet.
    pub fn hooks(&self) -> HooksFolder {
        let configured = self.raw().config().ok().and_then(|config| config.get_path("core.hooksPath").ok());
        // Git runs hooks at the worktree's root, or in the folder of a bare repository, and counts from there.
        let base = self.workdir().unwrap_or_else(|| self.git_dir());
        let configured = configured.filter(|path| !path.as_os_str().is_empty()).map(|path| base.join(path));
        let is_configured = configured.is_some();
        let path = configured.unwrap_or_else(|| self.common_dir().join("hooks"));
        let real = real(&path);
        let homes = [self.workdir(), Some(self.common_dir())];
        let is_shared = !homes.into_iter().flatten().any(|home| real.starts_with(self::real(home)));
        HooksFolder { path, is_configured, is_shared }
    }

    /// Whether this clone holds the object of that name, in hexadecimal.
    pub fn holds(&self, id: &str) -> bool {
        let id = git2::Oid::from_str(id).ok();
        id.zip(self.raw().odb().ok()).is_some_and(|(id, objects)| objects.exists(id))
    }

    /// Whether a ref, an id or another revision of that name leads to a commit that this clone holds.
    pub fn names_commit(&self, name: &str) -> bool {
        self.raw().revparse_single(name).is_ok_and(|object| object.peel_to_commit().is_ok())
    }

    /// The ref that a symbolic one stands for.
    pub fn symbolic_target(&self, name: &str) -> Option<String> {
        self.raw().find_reference(name).ok()?.symbolic_target().ok().flatten().map(str::to_owned)
    }

    /// Folders that hold objects for git's current command only: what is pushed waits in quarantine until the hooks of
    /// the receiving side agree. Git names them in the environment of hooks; they count only for the repository that
    /// git itself is working on.
    pub(super) fn quarantine(&self) -> Vec<PathBuf> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let own = set("GIT_QUARANTINE_PATH").or_else(|| set("GIT_OBJECT_DIRECTORY"));
        let others = set("GIT_ALTERNATE_OBJECT_DIRECTORIES");
        let Some(own) = own.map(PathBuf::from) else { return Vec::new() };
        let is_here = set("GIT_DIR").is_some_and(|dir| real(Path::new(&dir)) == real(self.git_dir()))
            || real(&own).starts_with(real(&self.common_dir().join("objects")));
        if !is_here {
            return Vec::new();
        }
        let others = others.iter().flat_map(std::env::split_paths);
        let usual = real(&self.common_dir().join("objects"));
        std::iter::once(own).chain(others).filter(|dir| dir.is_dir() && real(dir) != usual).collect()
    }
}

/// The path as it is without links; of what does not exist, as far as it does.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = std::fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !parent.as_os_str().is_empty() => real(parent).join(name),
        (Some(_), Some(name)) => real(Path::new(".")).join(name),
        _ => path.to_owned(),
    }
}
