//! Sentences on standard error.

use crate::problem::{Problem, Weight};
use crate::report::text::clean;
use std::io::Write;

/// Says a problem. Its text may hold a scanned path, so terminal escapes in it are written out.
pub fn problem(problem: &Problem) {
    let word = match problem.weight {
        Weight::Note => "note",
        Weight::Incomplete => "warning",
        Weight::Fatal => "error",
    };
    line(&format!("{word}: {problem}"));
}

/// Says one line.
pub fn line(text: &str) {
    // Nobody is left to tell when standard error itself cannot be written.
    let _ = writeln!(std::io::stderr(), "keyhound: {}", clean(text));
}
