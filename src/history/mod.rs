//! Packs → fresh bytes → hits per blob → who introduced them, and are they still at HEAD.

mod attribution;
mod cache;
mod findings;
mod forest;
mod keys;
mod refs;
mod sets;
mod stored;
mod trees;
mod version;
mod walk;

pub use cache::scan as scan_with_cache;
pub use findings::{HistoryScan, scan};
pub use walk::{Options, walk};
