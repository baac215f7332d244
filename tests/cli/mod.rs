//! The program as a person or a script runs it: what goes in, what comes out, with which exit code.

mod files;
mod git;
mod many;
mod options;
mod rules;
mod shell;
#[cfg(unix)]
mod unix;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A key of the embedded rules, in parts so that this file holds none.
pub fn key(tail: &str) -> String {
    format!("ac_{}_{tail}", "live")
}

pub const ONE: &str = "9fK2mQ7xLp4RtV8nB3cZ6wYd";
pub const TWO: &str = "T3hG8kWq2ZrX5vNcJ4hP7sDf";

/// A temporary folder in which the program is run with nothing of the caller's environment.
pub struct Place {
    pub dir: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("temp dir") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("creates");
        std::fs::write(path, content).expect("writes");
        self
    }

    pub fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyhound"));
        command.args(words).current_dir(self.dir.path()).env_clear().env("HOME", self.dir.path());
        command.stdin(Stdio::null());
        command
    }

    pub fn run<S: AsRef<OsStr>>(&self, words: &[S]) -> Ran {
        Ran::of(self.command(words).output().expect("runs"))
    }

    pub fn repository(&self, name: &str) -> git2::Repository {
        git2::Repository::init(self.path(name)).expect("inits")
    }
}

pub fn stage(repository: &git2::Repository, path: &str) {
    let mut index = repository.index().expect("index");
    index.add_path(Path::new(path)).expect("adds");
    index.write().expect("writes");
}

pub fn commit(repository: &git2::Repository) {
    let id = repository.index().expect("index").write_tree().expect("tree");
    let tree = repository.find_tree(id).expect("tree");
    let who = git2::Signature::new("Ann", "ann@example.org", &git2::Time::new(1_600_000_000, 0)).expect("signature");
    let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
    let parents: Vec<_> = parent.iter().collect();
    repository.commit(Some("HEAD"), &who, &who, "work", &tree, &parents).expect("commits");
}

/// What a run came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("exits by itself"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n{}", self.out, self.err);
        self
    }

    /// The JSON Lines of a kind.
    pub fn records(&self, kind: &str) -> Vec<serde_json::Value> {
        let lines = self.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        lines.filter(|record| record["kind"] == kind).collect()
    }

    /// Paths of all findings' places.
    pub fn paths(&self) -> Vec<String> {
        let findings = self.records("finding");
        let places = findings.iter().flat_map(|finding| finding["locations"].as_array().expect("places").clone());
        places.map(|place| place["path"].as_str().unwrap_or("-").to_owned()).collect()
    }

    pub fn skipped(&self, why: &str) -> u64 {
        self.records("summary")[0]["coverage"]["skipped"][why].as_u64().unwrap_or(0)
    }
}

pub const JSONL: [&str; 3] = ["scan", "--format", "jsonl"];

pub fn jsonl<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&JSONL, more].concat()
}
