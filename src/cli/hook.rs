//! `keyhound hook install|uninstall|status`, and `keyhound hook run`, which the installed hooks call.

use super::progress::Progress;
use super::{Outcome, meaning, output, say};
use crate::exit::Exit;
use crate::hook::{self, Found, Home, Hook, State};
use crate::pipeline::plan::{Input, Which};
use crate::pipeline::{self, Plan};
use crate::problem::Problem;
use crate::report::{Blocked, blocked};
use crate::tally::Tally;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// What can be typed after `hook`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What can be done with hooks.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Let git ask keyhound before it commits, pushes or accepts a push
    Install(Install),
    /// Take keyhound out of the hooks and put back what was there before
    Uninstall(Named),
    /// Say which hooks are installed; exit code 1 if one is not, or cannot run
    Status(Named),
    /// What an installed hook calls; also for the framework pre-commit and for hooks of your own
    Run(Run),
}

/// Which hooks of which repository.
#[derive(Debug, clap::Args)]
struct Named {
    /// Hooks [default: pre-commit and pre-push; in a bare repository pre-receive]
    #[arg(value_name = "HOOK", value_parser = meaning::word::<Hook>(Hook::ALL.into_iter().map(Hook::word)))]
    hooks: Vec<Hook>,
    /// A path in the repository [default: .]
    #[arg(long, value_name = "PATH")]
    repository: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Install {
    #[command(flatten)]
    named: Named,
    /// Install into a folder that other repositories use, too
    #[arg(long)]
    shared: bool,
}

#[derive(Debug, clap::Args)]
struct Run {
    /// The hook
    #[arg(value_name = "HOOK", value_parser = meaning::word::<Hook>(Hook::ALL.into_iter().map(Hook::word)))]
    hook: Hook,
    /// What git gives to the hook: the remote and its URL for pre-push; for pre-commit, files to check although they are not staged
    #[arg(value_name = "WORD", trailing_var_arg = true)]
    words: Vec<PathBuf>,
}

/// Does what was asked for.
pub(super) fn run(args: &Args) -> Outcome {
    match &args.action {
        Action::Install(install) => with(&install.named, |home, hooks| install_all(home, hooks, install.shared)),
        Action::Uninstall(named) => with(named, uninstall_all),
        Action::Status(named) => with(named, status),
        Action::Run(run) => check(run),
    }
}

fn with(named: &Named, act: impl FnOnce(&Home, &[Hook]) -> Outcome) -> Outcome {
    let home = home(named.repository.as_deref().unwrap_or(Path::new(".")))?;
    if named.hooks.is_empty() { act(&home, home.usual()) } else { act(&home, &named.hooks) }
}

fn home(path: &Path) -> Result<Home, Problem> {
    Home::of(path).map_err(|error| {
        let (shown, text) = (path.display().to_string(), error.to_string());
        let message = text.strip_prefix(&format!("{shown}: ")).unwrap_or(&text).to_owned();
        Problem::fatal(shown, message).with_next_step("run 'git init' first, or name the repository")
    })
}

fn install_all(home: &Home, hooks: &[Hook], shared: bool) -> Outcome {
    let program = std::env::current_exe()
        .map_err(|error| Problem::fatal("keyhound", format!("cannot tell where its own program is: {error}")))?;
    for hook in hooks {
        let found = hook::install(&home.folder, *hook, &program, shared)?;
        say::line(&format!("{hook}: {}{}", found.file.display(), then(&found)));
    }
    Ok(Exit::Clean.code())
}

fn uninstall_all(home: &Home, hooks: &[Hook]) -> Outcome {
    for hook in hooks {
        let before = hook::find(&home.folder, *hook);
        let text = match hook::uninstall(&home.folder, *hook)? {
            true if before.before.is_some() => "taken away; the hook of before is back in its place",
            true => "taken away",
            false => "was not installed",
        };
        say::line(&format!("{hook}: {text}"));
    }
    Ok(Exit::Clean.code())
}

fn status(home: &Home, hooks: &[Hook]) -> Outcome {
    let mut out = std::io::stdout().lock();
    let mut all_run = true;
    for hook in hooks {
        let found = hook::find(&home.folder, *hook);
        all_run &= found.state == State::Keyhound;
        let file = found.file.display();
        let text = match found.state {
            State::Nothing => "not installed".to_owned(),
            State::Other => format!("not installed; {file} is another hook, which 'keyhound hook install' keeps"),
            State::NotExecutable => format!("installed, but git does not run {file}: it is not executable"),
            State::Keyhound => format!("installed in {file}{}", then(&found)),
        };
        // A reader that has gone away has read enough.
        let _ = writeln!(out, "{hook}: {text}");
    }
    Ok(if all_run { Exit::Clean } else { Exit::Findings }.code())
}

/// What else runs.
fn then(found: &Found) -> String {
    let before = found.before.as_ref().map(|path| format!("; {} runs first", path.display()));
    before.unwrap_or_default()
}

/// Checks what is to be committed or pushed. Whatever is not clean stops it.
fn check(run: &Run) -> Outcome {
    let Some(plan) = plan(run)? else { return Ok(Exit::Clean.code()) };
    let tally = std::sync::Arc::new(Tally::default());
    let progress = Progress::unless_quiet(false, &tally);
    let done = pipeline::run(&plan, &tally);
    drop(progress);
    let done = done?;
    let exit = pipeline::exit(&done.run);
    if exit != Exit::Clean {
        let stage = if framework().is_some() { Hook::PrePush } else { run.hook };
        let style = output::style(output::Color::Auto, std::io::stderr().is_terminal());
        let mut err = std::io::BufWriter::new(std::io::stderr().lock());
        // The code says it all the same where nobody can read it.
        let _ = blocked(&done.run, &ways(stage), style, &mut err).and_then(|()| err.flush());
    }
    Ok(exit.code())
}

/// What the hook is to look at; `None` where nothing is added.
fn plan(run: &Run) -> Result<Option<Plan>, Problem> {
    let history = || Input::Paths { paths: vec![PathBuf::from(".")], which: Which::History };
    let range = match run.hook {
        Hook::PreCommit => match framework() {
            Some(range) => Some(range),
            None => {
                let input = Input::Staged { paths: vec![PathBuf::from(".")], also: run.words.clone() };
                return Ok(Some(meaning::hook(input, None)));
            }
        },
        Hook::PrePush => match framework() {
            Some(range) => Some(range),
            None => {
                let remote = run.words.first().map(|word| word.to_string_lossy()).unwrap_or_default();
                let lines = lines()?;
                home(Path::new("."))?.pushed(&remote, &lines).map_err(|message| Problem::fatal("pre-push", message))?
            }
        },
        Hook::PreReceive => hook::received(&lines()?).map_err(|message| Problem::fatal("pre-receive", message))?,
    };
    Ok(range.map(|range| meaning::hook(history(), Some(range))))
}

/// The framework pre-commit uses standard input for itself, and says what is pushed in variables.
fn framework() -> Option<String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    set("PRE_COMMIT")?;
    // Of a push that has no commit in common with the remote it names only the branch.
    let (from, to) = (set("PRE_COMMIT_FROM_REF"), set("PRE_COMMIT_TO_REF").or_else(|| set("PRE_COMMIT_LOCAL_BRANCH"))?);
    let known = set("PRE_COMMIT_REMOTE_NAME").filter(|name| !name.contains(char::is_whitespace));
    let hidden: Vec<String> = from.into_iter().chain(known.map(|name| format!("--remotes={name}"))).collect();
    Some(if hidden.is_empty() { to } else { format!("{to} --not {}", hidden.join(" ")) })
}

fn lines() -> Result<String, Problem> {
    let mut text = String::new();
    match std::io::stdin().lock().read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Problem::fatal("standard input", format!("cannot be read: {error}"))),
    }
}

/// The ways on from a stop.
fn ways(hook: Hook) -> Blocked {
    match hook {
        Hook::PreCommit => Blocked {
            what: hook.stops(),
            fix: "take the key out of the file and `git add` it again; revoke it if anyone else has seen it",
            later: "known, and accepted for now? run \"keyhound baseline create --staged\" and `git add keyhound.baseline`",
        },
        Hook::PrePush => Blocked {
            what: hook.stops(),
            fix: "take the key out of the commit that added it (`git commit --amend`, `git rebase -i`): a later commit that removes it still publishes it",
            later: "known, and accepted for now? run \"keyhound baseline create\" and commit keyhound.baseline",
        },
        Hook::PreReceive => Blocked {
            what: hook.stops(),
            fix: "take the key out of the commit that added it (`git commit --amend`, `git rebase -i`) and push again: a later commit that removes it still publishes it",
            later: "known, and accepted for now? ask whoever runs this server to add it to its baseline",
        },
    }
}
