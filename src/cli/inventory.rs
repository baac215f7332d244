//! `keyhound inventory init|update`: the list of the keys that a project uses, as far as the repository shows them.

use super::progress::Progress;
use super::shape::{Rules, Running};
use super::{Outcome, meaning, say};
use crate::atomic;
use crate::exit::Exit;
use crate::hygiene::inventory::{FILE_NAME, Item, addition, text};
use crate::pipeline::plan::Checks;
use crate::pipeline::{self, Plan};
use crate::problem::{Problem, Weight};
use crate::report::text::count;
use crate::tally::Tally;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What can be typed after `inventory`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What can be done with an inventory.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write keyhound-inventory.toml with every key that the project names or holds
    Init(Box<Audit>),
    /// Add the keys that keyhound-inventory.toml does not list yet
    Update(Box<Audit>),
}

/// An audit whose inventory goes to a file.
#[derive(Debug, clap::Args)]
struct Audit {
    /// The project [default: .]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    running: Running,
}

/// Looks at the project, and writes the file.
pub(super) fn run(args: &Args) -> Outcome {
    let (audit, is_new) = match &args.action {
        Action::Init(audit) => (audit, true),
        Action::Update(audit) => (audit, false),
    };
    let folder = audit.folder.as_deref().unwrap_or(Path::new("."));
    let file = folder.join(FILE_NAME);
    let shown = file.display().to_string();
    match (is_new, file.symlink_metadata().is_ok()) {
        (true, true) => {
            return Err(Problem::fatal(shown, "is there already and stays as it is")
                .with_next_step("'keyhound inventory update' adds what it lacks"));
        }
        (false, false) => {
            return Err(Problem::fatal(shown, "does not exist").with_next_step("'keyhound inventory init' writes it"));
        }
        _ => {}
    }
    let plan = Plan {
        audit: Checks::All,
        config: meaning::config(&audit.rules),
        rules: meaning::rules(&audit.rules),
        now: audit.running.now,
        threads: audit.running.threads.map(usize::from),
        ..Plan::of_paths(vec![folder.to_owned()])
    };
    let tally = Arc::new(Tally::default());
    let progress = Progress::start(&audit.running, &tally);
    let done = pipeline::run(&plan, &tally);
    drop(progress);
    let run = done?.run;
    let least = if audit.running.quiet { Weight::Fatal } else { Weight::Incomplete };
    run.problems.iter().filter(|problem| problem.weight >= least).for_each(say::problem);
    if pipeline::fatal(&run) {
        return Err(Problem::fatal(shown, "not written, because the project could not be read"));
    }
    let items: Vec<Item> = run.inventory.clone().unwrap_or_default();
    // Places are named as the walk names them, which begins with the folder as it was typed.
    let path = if audit.folder.is_none() { FILE_NAME.to_owned() } else { file.to_string_lossy().into_owned() };
    let unreadable = |error: std::io::Error| Problem::fatal(&shown, format!("cannot be read: {error}"));
    let (body, added) = if is_new {
        let body = text(&items, &path);
        let added = body.matches("[[key]]\n").count();
        (body, added)
    } else {
        let before = std::fs::read_to_string(&file).map_err(unreadable)?;
        let more = addition(&items, &path);
        let added = more.matches("[[key]]\n").count();
        let joint = if before.is_empty() || before.ends_with("\n\n") || more.is_empty() { "" } else { "\n" };
        (format!("{before}{joint}{more}"), added)
    };
    atomic::write(&file, |out| out.write_all(body.as_bytes()))
        .map_err(|error| Problem::fatal(&shown, format!("cannot be written: {error}")))?;
    say::line(&format!("{shown}: {} added", count(added as u64, "key", "keys")));
    say::line("next: name the owners, and the days on which keys were made and end; 'keyhound audit' compares");
    Ok(if run.complete() { Exit::Clean } else { Exit::Incomplete }.code())
}
