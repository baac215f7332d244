//! The only room that names `git2` or `gix-pack`: repository questions (git2), raw packs (gix-pack).

pub mod commit;
pub mod delta;
mod here;
pub mod loose;
pub mod pack;
mod repository;
pub mod staged;

pub use here::{Here, here};
pub use repository::{OpenError, ReadError, Ref, Repo};
