//! The key inventory: every key and every reference to one (a variable, a secret of a pipeline, a resource), with what is
//! known about its life. What no file says is not known, and stays empty.

mod fill;
mod listed;
mod seen;
mod written;

pub use listed::{FILE_NAME, Listed, Mistake, is_inventory, lists};
pub use written::{addition, text};

use super::moment;
use super::project::Project;
use super::settings::Settings;
use crate::finding::Fingerprint;

/// A key or a reference to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What stands in the repository.
    pub kind: Kind,
    /// The variable, secret or resource; of a literal the name that it is given, or else its rule.
    pub name: String,
    /// Of a literal how reports show it.
    pub shown: Option<String>,
    /// Of a literal.
    pub fingerprint: Option<Fingerprint>,
    /// Every fingerprint by which a list may name a literal: the repository may have got a key of its own since.
    pub known_as: Vec<Fingerprint>,
    /// Whose it is.
    pub provider: Option<String>,
    /// What it opens.
    pub environment: Option<String>,
    /// Paths and lines that hold or name it.
    pub places: Vec<(String, u64)>,
    /// When it came into use, in seconds since 1970 (UTC).
    pub created: Option<i64>,
    /// When it was last replaced, likewise.
    pub rotated: Option<i64>,
    /// When it ends, likewise.
    pub expires: Option<i64>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Whether an inventory file has it.
    pub listed: bool,
    /// Whether the rules of the run look for it.
    pub sought: bool,
    /// How it is with it.
    pub state: State,
}

/// What stands in the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The key itself.
    Literal,
    /// An environment variable or an input variable that is read or set.
    Variable,
    /// A secret that a pipeline takes from its platform.
    CiSecret,
    /// A resource of infrastructure code that is a credential.
    Resource,
    /// An entry of an inventory file, and nothing else.
    Listed,
}

impl Kind {
    /// Every form.
    pub const ALL: [Kind; 5] = [Kind::Literal, Kind::Variable, Kind::CiSecret, Kind::Resource, Kind::Listed];

    /// The word of reports.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Literal => "literal",
            Kind::Variable => "variable",
            Kind::CiSecret => "ci_secret",
            Kind::Resource => "resource",
            Kind::Listed => "listed",
        }
    }
}

/// How it is with a key; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its end has passed.
    Expired,
    /// It should have been replaced by now.
    Overdue,
    /// Its end is near.
    Expiring,
    /// It is within the policy.
    Current,
    /// Nothing says how old it is, nor when it ends.
    Unknown,
    /// It is in the history only.
    Past,
    /// An inventory file has it, and the repository does not name it.
    Unused,
}

impl State {
    /// Every state, the worst first.
    pub const ALL: [State; 7] =
        [State::Expired, State::Overdue, State::Expiring, State::Current, State::Unknown, State::Past, State::Unused];

    /// The word of reports.
    pub fn word(self) -> &'static str {
        match self {
            State::Expired => "expired",
            State::Overdue => "overdue",
            State::Expiring => "expiring",
            State::Current => "current",
            State::Unknown => "unknown",
            State::Past => "past",
            State::Unused => "unused",
        }
    }
}

impl Item {
    /// An item of which nothing but its name is known.
    fn named(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            shown: None,
            fingerprint: None,
            known_as: Vec::new(),
            provider: None,
            environment: None,
            places: Vec::new(),
            created: None,
            rotated: None,
            expires: None,
            owner: None,
            listed: false,
            sought: true,
            state: State::Unknown,
        }
    }

    /// From when its age counts: the last rotation, or else the beginning.
    pub fn since(&self) -> Option<i64> {
        self.rotated.or(self.created)
    }

    /// Its age in whole days.
    pub fn age(&self, now: i64) -> Option<i64> {
        self.since().map(|since| (now - since).max(0) / moment::DAY)
    }

    /// Whether an entry of an inventory file means it.
    pub fn is_meant_by(&self, entry: &Listed) -> bool {
        match (&entry.fingerprint, &self.fingerprint) {
            (Some(start), Some(print)) => {
                let mut all = std::iter::once(print).chain(&self.known_as);
                all.any(|print| print.to_string().starts_with(start.as_str()))
            }
            _ => entry.name == self.name || entry.variables().any(|name| name == self.name),
        }
    }

    /// The limit on its age in days.
    pub fn max_age(&self, rules: &crate::rule::RuleSet, settings: &Settings) -> i64 {
        let provider = self.provider.as_deref().and_then(|id| rules.provider(id));
        let path = self.places.first().map_or("", |(path, _)| path);
        i64::from(settings.limits(provider, self.environment.as_deref(), path).max_age_days)
    }
}

/// The inventory of everything that was read, the worst first.
pub fn of(project: &Project<'_>) -> Vec<Item> {
    let mut items = seen::items(project);
    let lists: Vec<_> = lists(project).into_iter().flat_map(|(_, entries, _)| entries).collect();
    fill::from_lists(&mut items, &lists, project.settings.narrowed);
    for item in &mut items {
        fill::state(item, project);
    }
    items.sort_by(|a, b| {
        (a.state, a.kind, &a.name, &a.places, a.fingerprint).cmp(&(b.state, b.kind, &b.name, &b.places, b.fingerprint))
    });
    items
}
