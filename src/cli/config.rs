//! `keyhound config import`

use super::{Outcome, say};
use crate::atomic;
use crate::config::gitleaks::{self, Reading};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::rule;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What can be typed after `config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What can be done with configurations.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Turn a configuration of gitleaks into keyhound.toml and a folder of rules
    Import(Import),
}

/// What can be typed after `import`.
#[derive(Debug, clap::Args)]
struct Import {
    /// The configuration of gitleaks
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write keyhound.toml and the folder of rules here
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

/// The folder that holds the rules, beside the configuration.
const FOLDER: &str = "keyhound-rules";

/// Writes the configuration and the rules.
pub(super) fn run(args: &Args) -> Outcome {
    let Action::Import(Import { file, into, force }) = &args.action;
    let stopped = |error: crate::config::ConfigError| Problem::fatal(file.display().to_string(), error.to_string());
    let bytes = crate::config::read_bytes(file).map_err(stopped)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if !gitleaks::is_gitleaks(text) {
        let problem = Problem::fatal(file.display().to_string(), "is no configuration of gitleaks");
        return Err(problem.with_next_step("those have [[rules]], [extend] or [[allowlists]]"));
    }
    let theirs = gitleaks::read(file, text, Reading::default()).map_err(stopped)?;
    let ours: BTreeSet<&str> = rule::embedded().iter().map(|rule| rule.spec.id).collect();
    let imported = gitleaks::import(&theirs, FOLDER, &|id| ours.contains(id));

    let mut files = vec![(into.join(crate::config::FILE_NAME), &imported.config)];
    files.extend(imported.rules.iter().map(|rules| (into.join(FOLDER).join("gitleaks.toml"), rules)));
    if let Some((there, _)) = files.iter().find(|(path, _)| !force && path.exists()) {
        let problem = Problem::fatal(there.display().to_string(), "is there already, and was left as it is");
        return Err(problem.with_next_step("--force writes over it, --into names another folder"));
    }
    for (path, text) in &files {
        write(path, text)
            .map_err(|error| Problem::fatal(path.display().to_string(), format!("cannot be written: {error}")))?;
        say::line(&format!("wrote {}", path.display()));
    }
    imported.notes.iter().for_each(|note| say::line(&format!("note: {note}")));
    Ok(Exit::Clean.code())
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    atomic::write(path, |out| out.write_all(text.as_bytes()))
}
