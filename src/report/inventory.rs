//! The key inventory of an audit as machine formats show it: a record for each key or reference to one. Ages count to
//! the run's `now`, so a report of the same input at the same time is the same.

use super::read::wire;
use super::{Run, when};
use crate::finding::Fingerprint;
use crate::hygiene::inventory::{Item, Kind, State};
use crate::hygiene::moment;
use serde::Serialize;

/// A key or a reference to one.
#[derive(Debug, Clone, Serialize)]
pub struct KeyRecord {
    /// Always `key`.
    pub kind: &'static str,
    /// `literal`, `variable`, `ci_secret`, `resource`, or `listed` for what only an inventory file has.
    pub form: &'static str,
    /// The variable, secret or resource; of a literal the name that it is given, or else its rule.
    pub name: String,
    /// Of a literal the redacted key.
    pub secret: Option<String>,
    /// Of a literal.
    pub fingerprint: Option<String>,
    /// Id of the provider.
    pub provider: Option<String>,
    /// What it opens.
    pub environment: Option<String>,
    /// Where it is.
    pub places: Vec<KeyPlace>,
    /// The day on which it came into use.
    pub created: Option<String>,
    /// Days since its last rotation, or else since it came into use.
    pub age_days: Option<i64>,
    /// The day on which it was last rotated.
    pub rotated: Option<String>,
    /// The day on which it ends.
    pub expires: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Whether an inventory file lists it.
    pub listed: bool,
    /// `expired`, `overdue`, `expiring`, `current`, `unknown`, `past` or `unused`.
    pub state: &'static str,
}

/// A place of a key.
#[derive(Debug, Clone, Serialize)]
pub struct KeyPlace {
    /// Path.
    pub path: String,
    /// Line, from 1.
    pub line: u64,
}

/// The records of a run's inventory, in its order.
pub fn keys(run: &Run) -> impl Iterator<Item = KeyRecord> {
    run.inventory.iter().flatten().map(|item| KeyRecord::of(item, run.now))
}

impl KeyRecord {
    fn of(item: &Item, now: i64) -> Self {
        Self {
            kind: "key",
            form: item.kind.word(),
            name: item.name.clone(),
            secret: item.shown.clone(),
            fingerprint: item.fingerprint.map(|print| print.to_string()),
            provider: item.provider.clone(),
            environment: item.environment.clone(),
            places: item.places.iter().map(|(path, line)| KeyPlace { path: path.clone(), line: *line }).collect(),
            created: item.created.map(when::day),
            age_days: item.age(now),
            rotated: item.rotated.map(when::day),
            expires: item.expires.map(when::day),
            owner: item.owner.clone(),
            listed: item.listed,
            state: item.state.word(),
        }
    }
}

/// The other way round.
///
/// # Errors
///
/// A sentence: it has a word that means nothing here.
pub(super) fn item(key: wire::Key) -> Result<Item, String> {
    let odd = |what: &str| format!("a key of its inventory has an unknown {what}");
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == key.form);
    let state = State::ALL.into_iter().find(|state| state.word() == key.state);
    let day = |text: Option<String>| text.as_deref().and_then(moment::day);
    Ok(Item {
        kind: kind.ok_or_else(|| odd("form"))?,
        name: key.name,
        shown: key.secret,
        fingerprint: key.fingerprint.as_deref().and_then(Fingerprint::parse),
        known_as: Vec::new(),
        provider: key.provider,
        environment: key.environment,
        places: key.places.into_iter().map(|place| (place.path, place.line)).collect(),
        created: day(key.created),
        rotated: day(key.rotated),
        expires: day(key.expires),
        owner: key.owner,
        listed: key.listed,
        sought: true,
        state: state.ok_or_else(|| odd("state"))?,
    })
}
