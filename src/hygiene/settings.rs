//! How long keys may live: the limits of a policy, and for whom they are others.

use super::class::{self, Class};
use crate::rule::Provider;

/// What checks hold dates and periods against.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Now, in seconds since 1970 (UTC).
    pub now: i64,
    /// Where nothing narrower applies.
    pub limits: Limits,
    /// What does, the last that matches first.
    pub overrides: Vec<Override>,
    /// The files and folders that were given: what lies above them says nothing about what is in them.
    pub roots: Vec<String>,
    /// Whether a person wrote them down, and these are not the usual ones.
    pub has_policy: bool,
    /// Whether unknown values are noted.
    pub pedantic: bool,
    /// Whether only some rules run, so that a key which was not found may be there all the same.
    pub narrowed: bool,
}

/// Limits in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A key must be replaced after so many days.
    pub max_age_days: u32,
    /// A key may be valid for so many days from now.
    pub max_expiry_days: u32,
    /// A cryptographic key that never leaves its service may be so old.
    pub max_crypto_days: u32,
    /// An end so near is said.
    pub expiring_soon_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_age_days: 90, max_expiry_days: 90, max_crypto_days: 365, expiring_soon_days: 14 }
    }
}

/// Other limits for some keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Override {
    /// Ids of providers; none means all.
    pub providers: Vec<String>,
    /// `live`, `test`, or names of environments as paths name them; none means all.
    pub environments: Vec<String>,
    /// Patterns of paths; none means all.
    pub paths: Vec<String>,
    /// Instead of the general one.
    pub max_age_days: Option<u32>,
    /// Instead of the general one.
    pub max_expiry_days: Option<u32>,
    /// Instead of the general one.
    pub expiring_soon_days: Option<u32>,
}

impl Override {
    /// `path` is seen from the folder that was given.
    fn applies(&self, provider: Option<&str>, environment: Option<&str>, path: &str) -> bool {
        let among = |list: &[String], one: Option<&str>| {
            list.is_empty() || one.is_some_and(|one| list.iter().any(|item| item == one))
        };
        let class = class::class_of_path(path).map(Class::word);
        among(&self.providers, provider)
            && (among(&self.environments, environment) || among(&self.environments, class))
            && (self.paths.is_empty() || self.paths.iter().any(|pattern| glob(pattern, path)))
    }
}

impl Settings {
    /// The usual limits at a time.
    pub fn at(now: i64) -> Self {
        Self {
            now,
            limits: Limits::default(),
            overrides: Vec::new(),
            roots: Vec::new(),
            has_policy: false,
            pedantic: false,
            narrowed: false,
        }
    }

    /// A path as seen from the folder that was given.
    pub fn inner<'p>(&self, path: &'p str) -> &'p str {
        let below = |root: &String| {
            let root = root.trim_end_matches('/');
            match path.strip_prefix(root)? {
                "" => path.rsplit('/').next(),
                rest => rest.strip_prefix('/'),
            }
        };
        let inner = self.roots.iter().filter_map(below).min_by_key(|inner| inner.len()).unwrap_or(path);
        inner.strip_prefix("./").unwrap_or(inner)
    }

    /// The environment that a path names below the folder that was given.
    pub fn class(&self, path: &str) -> Option<Class> {
        class::class_of_path(self.inner(path))
    }

    /// The limits for a key of `provider` that opens `environment`, in the file at `path`. What the provider's own
    /// documents ask for counts where it is stricter.
    pub fn limits(&self, provider: Option<&Provider>, environment: Option<&str>, path: &str) -> Limits {
        let mut limits = self.limits;
        if let Some(days) = provider.and_then(|provider| provider.rotation_days) {
            limits.max_age_days = limits.max_age_days.min(days);
        }
        let id = provider.map(|provider| provider.id);
        for other in self.overrides.iter().filter(|other| other.applies(id, environment, self.inner(path))) {
            limits.max_age_days = other.max_age_days.unwrap_or(limits.max_age_days);
            limits.max_expiry_days = other.max_expiry_days.unwrap_or(limits.max_expiry_days);
            limits.expiring_soon_days = other.expiring_soon_days.unwrap_or(limits.expiring_soon_days);
        }
        limits
    }
}

/// Whether a path matches a pattern in which `*` stands for anything within a folder and `**` for anything.
fn glob(pattern: &str, path: &str) -> bool {
    fn go(pattern: &[u8], path: &[u8]) -> bool {
        match pattern {
            [] => path.is_empty(),
            [b'*', b'*', rest @ ..] => {
                let rest = rest.strip_prefix(b"/").unwrap_or(rest);
                (0..=path.len()).any(|at| go(rest, &path[at..]))
            }
            [b'*', rest @ ..] => {
                let end = path.iter().position(|b| *b == b'/').unwrap_or(path.len());
                (0..=end).any(|at| go(rest, &path[at..]))
            }
            [b'?', rest @ ..] => path.first().is_some_and(|b| *b != b'/') && go(rest, &path[1..]),
            [byte, rest @ ..] => path.first() == Some(byte) && go(rest, &path[1..]),
        }
    }
    go(pattern.trim_end_matches('/').as_bytes(), path.as_bytes())
        || (pattern.ends_with('/') && path.starts_with(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_override_that_applies_decides() {
        let mut settings = Settings::at(0);
        let other = |paths: &[&str], days| Override {
            paths: paths.iter().map(|p| (*p).to_owned()).collect(),
            max_age_days: Some(days),
            ..Override::default()
        };
        settings.overrides = vec![other(&["infra/**"], 30), other(&["infra/*.tf"], 10)];
        let days = |path: &str| settings.limits(None, None, path).max_age_days;
        assert_eq!((days("infra/a.tf"), days("infra/b/a.tf"), days("a.tf")), (10, 30, 90));
    }
}
