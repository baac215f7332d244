//! The only room that names `git2` or `gix-pack`: repository questions (git2), raw packs (gix-pack).

mod ancestry;
pub mod changes;
pub mod commit;
pub mod delta;
mod here;
mod hooks;
mod lineage;
pub mod loose;
pub mod pack;
mod repository;
mod revision;
pub mod select;
pub mod staged;
pub mod submodules;

pub use here::{Here, here};
pub use hooks::HooksFolder;
pub use repository::{OpenError, ReadError, Ref, Refs, Repo};
