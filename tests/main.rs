//! All integration tests link into one binary.

mod rules;
