//! What is asked about the clone that a CI system has made.

use crate::git::Repo;

/// Questions to a clone.
pub trait Checkout {
    /// Whether it has this commit (or whatever a ref or revision of that name leads to).
    fn holds(&self, name: &str) -> bool;
    /// Whether its history was cut.
    fn is_shallow(&self) -> bool;
    /// The branch that the remote calls its default, as `refs/remotes/origin/main`.
    fn default_branch(&self) -> Option<String>;
    /// The branch of the remote that leads to this commit, if the checked-out one does or only one does.
    fn remote_branch_at(&self, id: &str) -> Option<String>;
}

impl Checkout for Repo {
    fn holds(&self, name: &str) -> bool {
        self.names_commit(name)
    }

    fn is_shallow(&self) -> bool {
        Repo::is_shallow(self)
    }

    fn default_branch(&self) -> Option<String> {
        let told = self.symbolic_target("refs/remotes/origin/HEAD");
        let usual = ["main", "master", "trunk"].map(|name| format!("refs/remotes/origin/{name}"));
        told.or_else(|| usual.into_iter().find(|name| self.names_commit(name)))
    }

    fn remote_branch_at(&self, id: &str) -> Option<String> {
        let refs = self.refs();
        let there: Vec<&str> = refs
            .iter()
            .filter(|r| r.commit.to_string() == id)
            .map(|r| r.name.as_str())
            .filter(|n| n.starts_with("origin/"))
            .collect();
        let checked_out = self.branch().map(|name| format!("origin/{name}"));
        match there.as_slice() {
            [one] => Some(format!("refs/remotes/{one}")),
            several => several
                .iter()
                .find(|name| checked_out.as_deref() == Some(**name))
                .map(|name| format!("refs/remotes/{name}")),
        }
    }
}
