//! `keyhound completions` and `keyhound man`: made of the same shapes as `--help`, so that they cannot tell otherwise.

use super::{Outcome, output};
use crate::atomic;
use crate::exit::Exit;
use crate::problem::Problem;
use clap_complete::Shell;
use std::path::PathBuf;

/// What can be typed after `completions`.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// What can be typed after `man`.
#[derive(Debug, clap::Args)]
pub struct Man {
    /// Write all pages into this folder [default: print the first]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Prints the script of a shell.
pub(super) fn completions(args: &Completions) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "keyhound", &mut script);
    output::print(&script)?;
    Ok(Exit::Clean.code())
}

/// Prints the manual, or writes all of its pages.
pub(super) fn man(args: &Man) -> Outcome {
    let pages = pages().map_err(|error| Problem::fatal("the manual", error.to_string()))?;
    let Some(folder) = &args.output else {
        return output::print(&pages[0].1).map(|()| Exit::Clean.code());
    };
    for (name, page) in &pages {
        let file = folder.join(name);
        std::fs::create_dir_all(folder)
            .and_then(|()| atomic::write(&file, |out| out.write_all(page)))
            .map_err(|error| Problem::fatal(file.display().to_string(), format!("cannot be written: {error}")))?;
    }
    Ok(Exit::Clean.code())
}

/// Every page with the name of its file, the program's own first.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    let mut next = vec![("keyhound".to_owned(), super::command())];
    while let Some((name, command)) = next.pop() {
        let mut page = Vec::new();
        let named = command.clone().name(&*name.clone().leak()).display_name(&name);
        clap_mangen::Man::new(named.disable_help_flag(false)).render(&mut page)?;
        pages.push((format!("{name}.1"), page));
        let below = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        next.extend(below.map(|sub| (format!("{name}-{}", sub.get_name()), sub.clone())));
    }
    pages.sort();
    Ok(pages)
}
