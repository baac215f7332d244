//! All integration tests link into one binary.

mod reports;
mod rules;
