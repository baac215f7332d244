//! Each distinct key of a history once: versions of a file hold the same ones over and over.

use crate::finding::{Confidence, InlineMark, Position, Reason, RuleIx, Wrap};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A key as found: the same secret with another outcome of its proof is another entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The rule.
    pub rule: RuleIx,
    /// The plain secret. Not printable: no `Debug`.
    pub secret: Box<[u8]>,
    /// How sure the proof is.
    pub confidence: Confidence,
    /// What the proof saw.
    pub reasons: Vec<Reason>,
    /// Where it is, if it does not stand in clear in its object.
    pub inside: Option<Box<Inside>>,
    /// Whether its line, as far as its window shows it, has a comment that allows it: such places are told apart from
    /// others of the same key, or the comment would speak for them, too.
    pub allowed: bool,
}

/// Where a key is that does not stand in clear in its object.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Inside {
    /// What it is wrapped in.
    pub wrap: Wrap,
    /// The place and its marks, where they cannot be told from the bytes of the object.
    pub spot: Option<(Position, Vec<InlineMark>)>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?}, {} bytes)", self.rule, self.secret.len())
    }
}

/// Index into a table of keys.
pub type KeyIx = u32;

/// The table, filled from all threads. Its order depends on them; nothing that is shown may.
#[derive(Debug, Default)]
pub struct Keys {
    table: Mutex<(HashMap<Key, KeyIx>, u32)>,
}

impl Keys {
    /// A table that holds these already, in their order.
    pub fn starting_with(keys: &[Key]) -> Self {
        let known: HashMap<Key, KeyIx> = keys.iter().cloned().zip(0..).collect();
        Self { table: Mutex::new((known, keys.len() as u32)) }
    }

    /// The index of `key`.
    pub fn index(&self, key: Key) -> KeyIx {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, count) = &mut *table;
        *known.entry(key).or_insert_with(|| {
            *count += 1;
            *count - 1
        })
    }

    /// All keys in the order of their indices.
    pub fn into_vec(self) -> Vec<Key> {
        let mut keys = self.into_pairs();
        keys.sort_unstable_by_key(|(_, ix)| *ix);
        keys.into_iter().map(|(key, _)| key).collect()
    }

    /// All keys in an order of their own, and for each index given out so far its place in that order: indices depend
    /// on how threads met, the order does not.
    pub fn into_sorted(self) -> (Vec<Key>, Vec<KeyIx>) {
        let mut keys = self.into_pairs();
        keys.sort_unstable();
        let mut places = vec![0; keys.len()];
        for (place, (_, ix)) in keys.iter().enumerate() {
            places[*ix as usize] = place as KeyIx;
        }
        (keys.into_iter().map(|(key, _)| key).collect(), places)
    }

    fn into_pairs(self) -> Vec<(Key, KeyIx)> {
        self.table.into_inner().unwrap_or_else(PoisonError::into_inner).0.into_iter().collect()
    }
}
