//! Packs → fresh bytes → hits per blob → who introduced them, and are they still at HEAD.

mod ancestry;
mod attribution;
mod cache;
mod chosen;
mod findings;
mod forest;
mod gaps;
mod graph;
mod identities;
mod keys;
mod look;
mod paths;
mod piece;
mod reading;
mod refs;
mod sets;
mod stored;
mod trees;
mod twins;
mod version;
mod walk;
mod walked;

pub use cache::scan as scan_with_cache;
pub use chosen::scan_chosen;
pub use findings::{HistoryScan, scan};
pub use look::{Look, Share};
pub use paths::arrivals;
pub use piece::{Piece, scan_pieces, scan_share};
pub use walk::{Options, walk};
