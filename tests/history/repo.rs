//! Real repositories in temporary folders, made by the installed `git` in an environment of their own.

use keyhound::finding::Confidence;
use keyhound::pipeline::plan::{ConfigFrom, Input, Which};
use keyhound::pipeline::{self, Plan};
use keyhound::report::Run;
use keyhound::tally::Tally;
use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder with a repository in it, or several.
pub struct Repo {
    dir: TempDir,
    /// The repository that commands without a folder of their own work on.
    pub root: PathBuf,
    /// Seconds since 1970 of the next commit.
    clock: Cell<i64>,
}

/// When the first commit is made.
pub const START: i64 = 1_700_000_000;
/// Seconds between two commits.
pub const TICK: i64 = 3_600;

impl Repo {
    /// A repository with a worktree and no commit.
    pub fn new() -> Self {
        Self::made_with(&["init", "-q", "-b", "main"])
    }

    /// A repository that `git` makes by `args`, in its folder.
    pub fn made_with(args: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path().join("repo");
        std::fs::create_dir(&root).expect("a folder in it");
        let repo = Self { dir, root, clock: Cell::new(START) };
        repo.git(args);
        repo
    }

    /// A place beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `git` in a folder, with nothing of this machine's configuration.
    pub fn command(&self, at: &Path) -> Command {
        let date = format!("@{} +0000", self.clock.get());
        let mut command = Command::new("git");
        command.current_dir(at).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.dir.path());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.org");
            command.env(format!("GIT_{who}_DATE"), &date);
        }
        command.args(["-c", "gc.auto=0", "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"]);
        command
    }

    /// Runs `git` in the repository; gives what it prints.
    pub fn git(&self, args: &[&str]) -> String {
        self.git_at(&self.root, args)
    }

    /// Runs `git` in another folder.
    pub fn git_at(&self, at: &Path, args: &[&str]) -> String {
        let output = self.command(at).args(args).output().expect("git is installed");
        checked(args, output)
    }

    /// Runs `git` with something on its standard input.
    pub fn git_with(&self, args: &[&str], input: &[u8]) -> String {
        let mut command = self.command(&self.root);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("git is installed");
        child.stdin.take().expect("it is piped").write_all(input).expect("git reads it");
        checked(args, child.wait_with_output().expect("git ends"))
    }

    /// Writes a file of the worktree.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("its folder");
        std::fs::write(path, content).expect("writes");
        self
    }

    /// Sets the time of the next commit, in ticks since the start.
    pub fn at_tick(&self, ticks: i64) -> &Self {
        self.clock.set(START + ticks * TICK);
        self
    }

    /// Commits the worktree as it is; gives the commit's id.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.clock.set(self.clock.get() + TICK);
        self.head()
    }

    /// Writes one file and commits it.
    pub fn commit_file(&self, path: &str, content: impl AsRef<[u8]>) -> String {
        self.write(path, content).commit(&format!("Write {path}"))
    }

    /// The commit of HEAD.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// The folder that holds everything.
    pub fn git_dir(&self) -> PathBuf {
        let dir = self.root.join(".git");
        if dir.is_dir() { dir } else { self.root.clone() }
    }

    /// The only pack of the repository.
    pub fn pack(&self) -> PathBuf {
        let packs = files(&self.git_dir().join("objects/pack"), "pack");
        assert_eq!(packs.len(), 1, "{packs:?}");
        packs[0].clone()
    }

    /// Scans the history, in this process.
    pub fn scan(&self) -> Run {
        scan(&self.root)
    }
}

fn checked(args: &[&str], output: Output) -> String {
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// The files of a folder that end like this, sorted.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder can be listed");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

/// Changes a file that git made read-only.
pub fn overwrite(path: &Path, content: &[u8]) {
    std::fs::remove_file(path).expect("removes");
    std::fs::write(path, content).expect("writes");
}

/// What `keyhound scan --history-only --confidence low PATH` does.
pub fn plan(path: &Path) -> Plan {
    let mut plan = Plan::of_paths(vec![path.to_owned()]);
    plan.input = Input::Paths { paths: vec![path.to_owned()], which: Which::History };
    plan.config = ConfigFrom::Nowhere;
    plan.confidence = Some(Confidence::Low);
    plan.now = Some(START + 1_000 * TICK);
    plan
}

/// Scans the history of the repository at `path`, in this process.
pub fn scan(path: &Path) -> Run {
    run(&plan(path))
}

/// Carries out a plan.
pub fn run(plan: &Plan) -> Run {
    pipeline::run(plan, &Tally::default()).expect("nothing is wrong with the plan").run
}

/// The exit code of a run.
pub fn exit(run: &Run) -> u8 {
    pipeline::exit(run).code()
}

/// Distinct keys that a rule with a checksum finds, written in parts.
pub fn key(n: usize) -> String {
    const BODIES: [&str; 4] = [
        "OmSXEg3bEseSwzfBayOsi8iuVA54sd2g4Wx5",
        "DBxxJxC56IVexfmxrZi6QVPj4YN7o91OYkBV",
        "i3KQMy1w7YjdHfRCQkGW7Xut5qtnQj2o5aus",
        "XZhqhoQeM0jqXBb5rTx5SycidhdFhb2CdzY2",
    ];
    ["ghp_", BODIES[n]].concat()
}

/// The rule that finds [`key`].
pub const RULE: &str = "github-personal-access-token";
