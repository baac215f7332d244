//! Where reports go, and what the place can show.

use crate::atomic;
use crate::problem::{Problem, Weight};
use crate::report::{Format, Run, Style, render};
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// One report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// In which format.
    pub format: Format,
    /// Where.
    pub to: To,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// Standard output.
    Stdout,
    /// A file, written as a whole.
    File(PathBuf),
}

impl To {
    /// A file; `-` is standard output.
    pub fn file(path: &Path) -> Self {
        if path == Path::new("-") { To::Stdout } else { To::File(path.to_owned()) }
    }
}

/// Whether the report for people has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, as NO_COLOR and CLICOLOR_FORCE say.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl Color {
    /// The words of the option.
    pub const WORDS: [&'static str; 3] = ["auto", "always", "never"];
}

impl FromStr for Color {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "auto" => Ok(Color::Auto),
            "always" => Ok(Color::Always),
            "never" => Ok(Color::Never),
            other => Err(format!("'{other}' is not one of {}", Color::WORDS.join(", "))),
        }
    }
}

/// Writes every report; one that cannot be written does not keep the others from it.
pub fn deliver(run: &Run, targets: &[Target], color: Color, quiet: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for target in targets {
        let failed = match &target.to {
            To::Stdout if quiet && target.format == Format::Human && has_nothing_to_say(run) => None,
            To::Stdout => to_stdout(run, target.format, color).err().map(|error| ("standard output".to_owned(), error)),
            To::File(path) => {
                let style = Style { color: color == Color::Always, ..Style::default() };
                let written = atomic::write(path, |out| render(target.format, run, &style, out));
                written.err().map(|error| (path.display().to_string(), error))
            }
        };
        // A reader that has gone away has read enough.
        if let Some((subject, error)) = failed.filter(|(_, error)| error.kind() != ErrorKind::BrokenPipe) {
            problems.push(Problem::fatal(subject, format!("the report cannot be written: {error}")));
        }
    }
    problems
}

fn to_stdout(run: &Run, format: Format, color: Color) -> std::io::Result<()> {
    let stdout = std::io::stdout();
    let style = style(color, stdout.is_terminal());
    let mut out = BufWriter::with_capacity(64 << 10, stdout.lock());
    render(format, run, &style, &mut out)?;
    out.flush()
}

/// Prints what is no report. A reader that has gone away has read enough.
pub fn print(bytes: &[u8]) -> Result<(), Problem> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::fatal("standard output", format!("cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Whether a person who asked for quiet has nothing to read.
fn has_nothing_to_say(run: &Run) -> bool {
    run.reported().next().is_none() && run.problems.iter().all(|problem| problem.weight == Weight::Note)
}

/// What a place can show.
pub fn style(color: Color, terminal: bool) -> Style {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let forced = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
            let dumb = set("TERM").is_some_and(|value| value == "dumb");
            set("NO_COLOR").is_none() && (forced || (terminal && !dumb))
        }
    };
    let plain = Style { color, ..Style::default() };
    if !terminal {
        return plain;
    }
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    Style { width: width.filter(|width| *width >= 20).unwrap_or(plain.width), unicode: speaks_unicode(set), ..plain }
}

/// Whether the locale that counts says anything but UTF-8. Without any, terminals of today are UTF-8.
fn speaks_unicode(set: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_none_or(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_about_characters() {
        let with = |pairs: &'static [(&str, &str)]| {
            speaks_unicode(move |name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into()))
        };
        assert!(with(&[]));
        assert!(with(&[("LANG", "de_DE.UTF-8")]));
        assert!(!with(&[("LANG", "de_DE.ISO-8859-1")]));
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]));
        assert!(with(&[("LC_ALL", "C.utf8")]));
    }
}
