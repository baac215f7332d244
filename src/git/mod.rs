//! The only room that names `git2` or `gix-pack`: repository questions (git2), raw packs (gix-pack).

pub mod commit;
pub mod delta;
pub mod loose;
pub mod pack;
mod repository;

pub use repository::{OpenError, ReadError, Ref, Repo};
