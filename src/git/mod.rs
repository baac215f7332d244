//! The only room that names `git2` or `gix-pack`: repository questions (git2), raw packs (gix-pack).

mod here;
mod repository;
pub mod staged;

pub use here::{Here, here};
pub use repository::{OpenError, ReadError, Ref, Repo};
