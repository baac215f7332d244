//! All integration tests link into one binary.

mod history;
mod reports;
mod rules;
