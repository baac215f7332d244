//! All integration tests link into one binary.

mod cli;
mod reports;
mod rules;
