//! The history engine on real repositories, built by the installed `git` in temporary folders.

mod attribution;
mod comments;
mod damage;
mod law;
pub mod repo;
mod storage;
