//! Packs → fresh bytes → hits per blob → who introduced them, and are they still at HEAD.

mod keys;
mod version;
mod walk;

pub use keys::{Key, KeyIx, Keys};
pub use version::StoredHit;
pub use walk::{ObjectHits, Options, Walked, walk};
