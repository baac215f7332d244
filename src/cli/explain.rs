//! `keyhound explain`: what a rule or a check finds, why that matters, and what to do; or how a key is replaced. The
//! same texts stand in SARIF and in `docs/checks.md`.

use super::{Outcome, rotation};
use crate::exit::Exit;
use crate::hygiene;
use crate::pipeline::{self, Plan};
use crate::problem::Problem;
use crate::report::explain;
use crate::rule::nearest;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What can be typed after `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Id of a rule or check, as reports name it, or the fingerprint of a key, for how it is replaced; without one, all
    /// checks are listed
    #[arg(value_name = "ID")]
    id: Option<String>,
}

/// Explains one, or lists all.
pub(super) fn run(args: &Args) -> Outcome {
    if let Some(print) = args.id.as_deref().filter(|id| rotation::is_meant(id)) {
        return rotation::run(print, Path::new("."));
    }
    let rules = pipeline::all_rules(&Plan::of_paths(vec![PathBuf::from(".")]))?;
    let text = match &args.id {
        None => explain::list(rules.iter()),
        Some(id) => {
            let Some(rule) = rules.iter().find(|rule| rule.spec.id == id) else {
                let ids: Vec<&str> = rules.iter().map(|rule| rule.spec.id).collect();
                // The name alone, without its group, is what people remember.
                let tail = ids.iter().find(|known| known.ends_with(&format!("/{id}"))).copied();
                let problem = Problem::fatal(id, "there is no rule or check with this id");
                return Err(match tail.or_else(|| nearest(id, &ids)) {
                    Some(near) => problem.with_next_step(format!("did you mean '{near}'?")),
                    None => {
                        problem.with_next_step("'keyhound explain' lists the checks, 'keyhound rules list' the rules")
                    }
                });
            };
            let examples = hygiene::examples(rule.spec.id).map(|example| [example.bad, example.good]);
            explain::plain(rule, examples)
        }
    };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::fatal("standard output", error.to_string()))
        }
        _ => Ok(Exit::Clean.code()),
    }
}
