//! All integration tests link into one binary.

mod cache;
mod cli;
mod house;
mod readme;
mod reports;
mod rules;
mod secrecy;
