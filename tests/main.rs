//! All integration tests link into one binary.

mod leaks;
mod reports;
mod rules;
