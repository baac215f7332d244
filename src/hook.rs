//! Git's hooks: which ones keyhound can be, what stands in them, and which commits they are asked about.

mod install;
mod pushed;

pub use install::{Found, State, find, install, uninstall};
pub use pushed::received;

use crate::git::{HooksFolder, OpenError, Repo};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// The repository whose hooks are asked about.
#[derive(Debug)]
pub struct Home {
    repo: Repo,
    /// Where its hooks are.
    pub folder: HooksFolder,
}

impl Home {
    /// The repository that holds `path`.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be opened.
    pub fn of(path: &Path) -> Result<Self, OpenError> {
        let repo = Repo::open(path, true)?;
        let folder = repo.hooks();
        Ok(Self { repo, folder })
    }

    /// The hooks that it wants when nobody names any.
    pub fn usual(&self) -> &'static [Hook] {
        if self.repo.is_bare() { &[Hook::PreReceive] } else { &[Hook::PreCommit, Hook::PrePush] }
    }

    /// What `git push` is about to send to `remote`, from the lines of a pre-push hook.
    ///
    /// # Errors
    ///
    /// A line that is not understood.
    pub fn pushed(&self, remote: &str, lines: &str) -> Result<Option<String>, String> {
        pushed::pushed(|id| self.repo.holds(id), remote, lines)
    }
}

/// A hook that keyhound can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    /// Before each commit: what is staged.
    PreCommit,
    /// Before each push: the commits that the remote does not have yet.
    PrePush,
    /// On a server, before it accepts a push: the commits that it does not have yet.
    PreReceive,
}

impl Hook {
    /// Every hook.
    pub const ALL: [Hook; 3] = [Hook::PreCommit, Hook::PrePush, Hook::PreReceive];

    /// Git's name of it.
    pub const fn word(self) -> &'static str {
        match self {
            Hook::PreCommit => "pre-commit",
            Hook::PrePush => "pre-push",
            Hook::PreReceive => "pre-receive",
        }
    }

    /// What it can stop.
    pub const fn stops(self) -> &'static str {
        match self {
            Hook::PreCommit => "commit",
            Hook::PrePush | Hook::PreReceive => "push",
        }
    }

    /// Whether git writes lines to its standard input, which a hook that runs before must get as well.
    fn reads_lines(self) -> bool {
        self != Hook::PreCommit
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Hook {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let words = || Self::ALL.map(Self::word).join(", ");
        Self::ALL
            .into_iter()
            .find(|hook| hook.word() == word)
            .ok_or_else(|| format!("'{word}' is not one of {}", words()))
    }
}
