//! Puts keyhound into a repository's hooks and takes it out again. A hook that is there already runs first, under
//! another name, and is never overwritten.

use super::Hook;
use crate::atomic;
use crate::git::HooksFolder;
use crate::problem::Problem;
use std::path::{Path, PathBuf};

/// By what a script of ours is known.
const MARK: &str = "# keyhound hook 1";
/// What is put behind the name of a hook that was there before.
const BEFORE: &str = ".before-keyhound";

/// What is in the place of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Nothing,
    /// A hook of someone else.
    Other,
    /// keyhound.
    Keyhound,
    /// keyhound, in a file that git does not run.
    NotExecutable,
}

/// A hook's place and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which hook.
    pub hook: Hook,
    /// Its file.
    pub file: PathBuf,
    /// What is there.
    pub state: State,
    /// The hook that runs before keyhound's.
    pub before: Option<PathBuf>,
}

impl Found {
    /// Whether git runs keyhound there.
    pub fn runs(&self) -> bool {
        self.state == State::Keyhound
    }
}

/// Looks at the place of a hook.
pub fn find(folder: &HooksFolder, hook: Hook) -> Found {
    let file = folder.path.join(hook.word());
    let before = Some(before(&file)).filter(|path| path.symlink_metadata().is_ok());
    let state = match file.symlink_metadata() {
        Err(_) => State::Nothing,
        Ok(_) if !is_ours(&file) => State::Other,
        Ok(meta) if !is_executable(&meta) => State::NotExecutable,
        Ok(_) => State::Keyhound,
    };
    Found { hook, file, state, before }
}

/// Installs a hook that calls `program`. Says whether another one was there, which now runs first.
///
/// # Errors
///
/// The folder belongs to others, is in the care of another program, or cannot be written.
pub fn install(folder: &HooksFolder, hook: Hook, program: &Path, shared: bool) -> Result<Found, Problem> {
    let shown = folder.path.display().to_string();
    if folder.is_shared && !shared {
        let message =
            "core.hooksPath points outside of this repository, so a hook there runs in every repository that uses it";
        return Err(Problem::fatal(shown, message)
            .with_next_step("if that is meant, say --shared; else set core.hooksPath for this repository"));
    }
    if folder.path.ends_with(".husky/_") || folder.path.ends_with(".husky") {
        let message = "husky keeps the hooks of this repository and would lose track of one that it did not make";
        let step = format!("add the line 'keyhound hook run {hook} \"$@\"' to .husky/{hook}");
        return Err(Problem::fatal(shown, message).with_next_step(step));
    }
    let fail = |path: &Path, error: std::io::Error| {
        Problem::fatal(path.display().to_string(), format!("the hook cannot be installed: {error}"))
    };
    std::fs::create_dir_all(&folder.path).map_err(|error| fail(&folder.path, error))?;
    let found = find(folder, hook);
    let aside = before(&found.file);
    if found.state == State::Other {
        if found.before.is_some() {
            let message = format!(
                "is there beside a hook of someone else, so that one has no place to go: {}",
                found.file.display()
            );
            return Err(
                Problem::fatal(aside.display().to_string(), message).with_next_step("remove or rename one of them")
            );
        }
        std::fs::rename(&found.file, &aside).map_err(|error| fail(&found.file, error))?;
    }
    let text = script(hook, program);
    let written =
        atomic::write(&found.file, |out| out.write_all(text.as_bytes())).and_then(|()| make_executable(&found.file));
    if let Err(error) = written {
        if found.state == State::Other {
            // Better the hook of before than none.
            let _ = std::fs::rename(&aside, &found.file);
        }
        return Err(fail(&found.file, error));
    }
    Ok(find(folder, hook))
}

/// Takes keyhound's hook away and puts back what was there before. `false` if there was none of keyhound.
///
/// # Errors
///
/// The files cannot be changed.
pub fn uninstall(folder: &HooksFolder, hook: Hook) -> Result<bool, Problem> {
    let found = find(folder, hook);
    if !matches!(found.state, State::Keyhound | State::NotExecutable) {
        return Ok(false);
    }
    let done = match &found.before {
        // Takes its place in one step: there is no moment without a hook.
        Some(before) => std::fs::rename(before, &found.file),
        None => std::fs::remove_file(&found.file),
    };
    done.map(|()| true).map_err(|error| {
        Problem::fatal(found.file.display().to_string(), format!("the hook cannot be taken away: {error}"))
    })
}

fn before(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(BEFORE);
    PathBuf::from(name)
}

fn is_ours(file: &Path) -> bool {
    std::fs::read(file)
        .is_ok_and(|bytes| bytes.split(|b| *b == b'\n').take(3).any(|line| line.starts_with(MARK.as_bytes())))
}

/// The script. It knows the program by its path, because git may be started where `PATH` is another one, and else looks
/// it up; without any it fails, for a hook that lets everything through is worse than none.
fn script(hook: Hook, program: &Path) -> String {
    let program = program.display().to_string().replace('\'', r"'\''");
    let stops = hook.stops();
    let (save, before, run) = if hook.reads_lines() {
        // Both need the lines on standard input, and one reading uses them up.
        let save = "lines=$(cat)\nfeed() { [ -z \"$lines\" ] || printf '%s\\n' \"$lines\"; }\n";
        (save, "feed | \"$before\" \"$@\"", "feed | \"$keyhound\"")
    } else {
        ("", "\"$before\" \"$@\"", "exec \"$keyhound\"")
    };
    format!(
        r#"#!/bin/sh
{MARK}
# Written by 'keyhound hook install'. 'keyhound hook uninstall' takes it away again, and puts back the hook that was
# here before, which is now called {hook}{BEFORE} and runs first.
{save}before="$0{BEFORE}"
if [ -x "$before" ]; then
	{before} || exit $?
fi
keyhound='{program}'
[ -x "$keyhound" ] || keyhound=$(command -v keyhound) || {{
	echo "keyhound: the {hook} hook finds no keyhound to run, so nothing was checked and this {stops} is stopped." >&2
	echo "keyhound: install it again, or remove the hook: $0" >&2
	exit 2
}}
{run} hook run {hook} "$@"
"#
    )
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.is_symlink() || meta.permissions().mode() & 0o111 != 0
}

#[cfg(unix)]
fn make_executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))
}

/// Git for Windows runs every hook.
#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}
