//! `keyhound init`: a configuration to start from, and the hooks.

use super::{Outcome, say};
use crate::atomic;
use crate::config::FILE_NAME;
use crate::exit::Exit;
use crate::hook::{self, Home};
use crate::problem::Problem;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// The configuration that is written: every setting, commented out.
const TEMPLATE: &str = include_str!("init.toml");

/// What can be typed after `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The project [default: .]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Install the hooks without asking
    #[arg(long, conflicts_with = "no_hook")]
    hook: bool,
    /// Do not ask about hooks
    #[arg(long)]
    no_hook: bool,
}

/// Writes the configuration, and offers the hooks.
pub(super) fn run(args: &Args) -> Outcome {
    let folder = args.folder.as_deref().unwrap_or(Path::new("."));
    let file = folder.join(FILE_NAME);
    let shown = file.display().to_string();
    if file.symlink_metadata().is_ok() {
        say::line(&format!("{shown} is there already and stays as it is"));
    } else {
        atomic::write(&file, |out| out.write_all(TEMPLATE.as_bytes()))
            .map_err(|error| Problem::fatal(&shown, format!("cannot be written: {error}")))?;
        say::line(&format!("wrote {shown}, in which every setting is explained"));
    }
    offer(folder, args)?;
    say::line("next: 'keyhound scan', and 'keyhound baseline create' for what cannot be fixed today");
    Ok(Exit::Clean.code())
}

/// Installs the hooks where that is wanted and there is a repository.
fn offer(folder: &Path, args: &Args) -> Result<(), Problem> {
    let Ok(home) = Home::of(folder) else {
        if args.hook {
            return Err(Problem::fatal(folder.display().to_string(), "not a git repository, so it has no hooks")
                .with_next_step("run 'git init' first"));
        }
        return Ok(());
    };
    let hooks: Vec<_> = home.usual().iter().filter(|hook| !hook::find(&home.folder, **hook).runs()).collect();
    if hooks.is_empty() || args.no_hook {
        return Ok(());
    }
    let names: Vec<&str> = hooks.iter().map(|hook| hook.word()).collect();
    let names = names.join(" and ");
    if !args.hook && !ask(&format!("Let git ask keyhound before each commit and push ({names})? [y/N] ")) {
        say::line("'keyhound hook install' lets git ask keyhound before each commit and push");
        return Ok(());
    }
    let program = std::env::current_exe()
        .map_err(|error| Problem::fatal("keyhound", format!("cannot tell where its own program is: {error}")))?;
    for hook in hooks {
        let found = hook::install(&home.folder, *hook, &program, false)?;
        say::line(&format!("{hook}: installed in {}", found.file.display()));
    }
    Ok(())
}

/// Asks a person; who is no person says no.
fn ask(question: &str) -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return false;
    }
    let _ = write!(std::io::stderr(), "{question}");
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::TEMPLATE;
    use crate::config::Config;
    use std::path::Path;

    #[test]
    fn the_template_is_understood_with_its_comments_and_without() {
        Config::parse(Path::new("keyhound.toml"), TEMPLATE.as_bytes()).expect("as it is");
        // Sentences begin with a capital or a word that is followed by no sign of TOML.
        let is_setting =
            |rest: &str| rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let lines: Vec<&str> = TEMPLATE
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| is_setting(rest)).unwrap_or(line))
            .collect();
        let config = Config::parse(Path::new("keyhound.toml"), lines.join("\n").as_bytes()).expect("in use");
        assert_eq!(config.allow.len(), 1);
        assert!(config.baseline.is_some() && config.severity.is_some());
    }
}
