//! Packs → fresh bytes → hits per blob → who introduced them, and are they still at HEAD.

mod attribution;
mod forest;
mod keys;
mod sets;
mod trees;
mod version;
mod walk;

pub use attribution::{Attribution, Sojourn, attribute};
pub use keys::{Key, KeyIx, Keys};
pub use version::StoredHit;
pub use walk::{Commit, ObjectHits, Options, Walked, walk};
