//! `keyhound explain`

use super::{Outcome, rotation};
use crate::problem::Problem;
use std::path::Path;

/// What can be typed after `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The fingerprint of a key in this repository, or how it begins: how the key is replaced, and where it is
    #[arg(value_name = "ID")]
    id: String,
}

/// Explains.
pub(super) fn run(args: &Args) -> Outcome {
    if rotation::is_meant(&args.id) {
        return rotation::run(&args.id, Path::new("."));
    }
    Err(Problem::fatal(&args.id, "is no fingerprint").with_next_step("keyhound scan shows the fingerprints of keys"))
}
