//! All integration tests link into one binary.

mod house;
mod readme;
mod reports;
mod rules;
