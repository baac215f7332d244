//! `keyhound audit`: a scan that makes every check of key hygiene. All that can be typed after `scan` can be typed here.

use super::{Outcome, scan};
use clap::error::ErrorKind;

/// What clap cannot check.
pub(super) fn check(args: &scan::Args) -> Result<(), clap::Error> {
    if args.judging.checking.no_audit {
        let text = "an audit without checks is a scan: leave out --no-audit, or use 'keyhound scan'\n";
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
    }
    args.check()
}

/// Audits, writes the reports, and says how it went.
pub(super) fn run(args: &scan::Args) -> Outcome {
    scan::run_audit(args)
}
