//! The only room that names `git2` or `gix-pack`: repository questions (git2), raw packs (gix-pack).
