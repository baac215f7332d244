//! The texts of the larger families, apart from what makes their checks.

pub mod exposure;
pub mod inventory;
pub mod lifecycle;
pub mod lived;
pub mod stored;
pub mod terraform;
