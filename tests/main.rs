//! All integration tests link into one binary.

mod cache;
mod reports;
mod rules;
