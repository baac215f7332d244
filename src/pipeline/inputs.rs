//! What a plan reads: for each path its files, its history, both, or the reason why neither.

use super::plan::{Input, Plan, Which};
use super::setup::Ready;
use crate::coverage::{Coverage, Skip};
use crate::git::staged::NextCommit;
use crate::git::{Here, OpenError, Repo, here, submodules};
use crate::problem::Problem;
use crate::report::Repository;
use crate::source::{Source, Staged, Stdin, Worktree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A history that is read.
pub struct History {
    /// The repository.
    pub repo: Repo,
    /// Of a submodule, its path in the repository that was given; else nothing.
    pub prefix: Vec<u8>,
}

/// Everything that a run reads.
#[derive(Default)]
pub struct Inputs {
    /// What pushes blobs.
    pub sources: Vec<Box<dyn Source>>,
    /// Histories that are read.
    pub histories: Vec<History>,
    /// The repositories, as reports name them.
    pub repositories: Vec<Repository>,
    /// Paths of which nothing can be read.
    pub problems: Vec<Problem>,
    /// What is left out.
    pub coverage: Coverage,
}

impl Inputs {
    /// Decides for every path of the plan.
    pub fn of(plan: &Plan, ready: &Ready) -> Self {
        let mut inputs = Self::default();
        match &plan.input {
            Input::Stdin { path } => {
                let path = path.as_ref().map(|path| path.as_os_str().as_encoded_bytes().to_vec());
                inputs.sources.push(Box::new(Stdin { path }));
            }
            Input::Staged { paths, also } => {
                for path in paths {
                    // Refusals are the source's to report.
                    if let Ok(repo) = Repo::open(path, true) {
                        inputs.name(path, &repo);
                    }
                }
                inputs.sources.push(Box::new(Staged {
                    paths: paths.clone(),
                    max_file_size: ready.max_file_size,
                    threads: plan.threads(),
                }));
                let roots = unstaged(also);
                if !roots.is_empty() {
                    inputs.walk(plan, ready, roots);
                }
            }
            Input::Paths { paths, which } => inputs.paths(plan, ready, paths, *which),
        }
        inputs
    }

    fn paths(&mut self, plan: &Plan, ready: &Ready, paths: &[PathBuf], which: Which) {
        let mut roots = Vec::new();
        let mut seen = BTreeSet::new();
        let mut history = |inputs: &mut Self, path: &Path, repo: Repo| {
            inputs.name(path, &repo);
            // Two worktrees of one repository share its history.
            if seen.insert(repo.common_dir().to_owned()) {
                inputs.add_history(path, repo, plan.commits.submodules, &mut seen);
            }
        };
        let wants_history = which == Which::History || (which == Which::Both && ready.history);
        for path in paths {
            match (here(path), which) {
                (Here::Nothing, Which::History) => match above(path) {
                    Ok(repo) => history(self, path, repo),
                    Err(problem) => self.problems.push(problem),
                },
                (Here::Nothing, _) => roots.push(path.clone()),
                (Here::Worktree(repo), _) => {
                    if which != Which::History {
                        roots.push(path.clone());
                    }
                    if wants_history {
                        history(self, path, repo);
                    } else {
                        self.name(path, &repo);
                    }
                }
                (Here::History(repo), Which::Both | Which::History) if wants_history => history(self, path, repo),
                (Here::History(_), _) => {
                    let problem =
                        Problem::fatal(shown(path), "has a history and no files, and histories are not asked for");
                    self.problems.push(problem.with_next_step("leave out --no-history"));
                }
                (Here::Broken(error), Which::History) => self.problems.push(refusal(path, &error, Problem::fatal)),
                (Here::Broken(error), _) => {
                    roots.push(path.clone());
                    if wants_history {
                        self.problems.push(refusal(path, &error, Problem::incomplete));
                    }
                }
            }
        }
        if !roots.is_empty() {
            self.walk(plan, ready, roots);
        }
    }

    /// Adds files and folders.
    fn walk(&mut self, plan: &Plan, ready: &Ready, roots: Vec<PathBuf>) {
        self.sources.push(Box::new(Worktree {
            roots,
            respect_ignore: !plan.files.no_ignore,
            follow: plan.files.follow,
            max_file_size: ready.max_file_size,
            exclude: ready.exclude.clone(),
            threads: plan.threads(),
        }));
    }

    /// Adds a history, and those of its submodules, of theirs and so on if they are wanted.
    fn add_history(&mut self, path: &Path, repo: Repo, with_submodules: bool, seen: &mut BTreeSet<PathBuf>) {
        let first = self.histories.len();
        self.histories.push(History { repo, prefix: Vec::new() });
        let mut next = first;
        while let Some(History { repo, prefix }) = self.histories.get(next) {
            let mut found = Vec::new();
            for submodule in submodules::submodules(repo, with_submodules) {
                let prefix = match prefix.as_slice() {
                    [] => submodule.path.clone(),
                    prefix => [prefix, b"/", &submodule.path].concat(),
                };
                if !with_submodules {
                    self.coverage.skip(Skip::Submodule);
                    continue;
                }
                let shown_path = path.join(String::from_utf8_lossy(&prefix).as_ref());
                match submodules::open(repo, &submodule) {
                    Some(Ok(repo)) => found.push((shown_path, History { repo, prefix })),
                    refused => {
                        self.coverage.skip(Skip::Submodule);
                        self.problems.push(match refused {
                            Some(Err(error)) => refusal(&shown_path, &error, Problem::incomplete),
                            _ => not_initialised(&shown_path),
                        });
                    }
                }
            }
            for (path, history) in found {
                if seen.insert(history.repo.common_dir().to_owned()) {
                    self.name(&path, &history.repo);
                    self.histories.push(history);
                }
            }
            next += 1;
        }
    }

    /// Adds a repository to those that reports name, once.
    fn name(&mut self, path: &Path, repo: &Repo) {
        let named = Repository {
            path: shown(path),
            head: repo.head().map(|id| id.to_string()),
            branch: repo.branch(),
            remote: repo.remote_url(),
            account: None,
        };
        if !self.repositories.contains(&named) {
            self.repositories.push(named);
        }
    }
}

/// The files that are not about to be committed; of the others the index holds what counts.
fn unstaged(files: &[PathBuf]) -> Vec<PathBuf> {
    if files.is_empty() {
        return Vec::new();
    }
    let next = NextCommit::of(Path::new("."));
    let staged: BTreeSet<PathBuf> = next
        .iter()
        .flat_map(|next| next.changes.iter().filter_map(|change| Some((next.repo().workdir()?, change))))
        .filter_map(|(root, change)| Some(root.join(std::str::from_utf8(&change.path).ok()?)))
        .collect();
    let here = std::env::current_dir().unwrap_or_default();
    files.iter().filter(|file| !staged.contains(&here.join(file))).cloned().collect()
}

/// The repository that a path lies in; asked for when its history is wanted.
fn above(path: &Path) -> Result<Repo, Problem> {
    if let Err(error) = std::fs::symlink_metadata(path)
        && error.kind() == std::io::ErrorKind::NotFound
    {
        return Err(Problem::fatal(shown(path), "no such file or directory"));
    }
    Repo::open(path, true).map_err(|error| refusal(path, &error, Problem::fatal))
}

fn not_initialised(path: &Path) -> Problem {
    Problem::incomplete(shown(path), "the submodule is not initialised here, so its history was not scanned")
        .with_next_step("git submodule update --init --recursive")
}

/// A refusal as a problem, its sentence without the path that is the problem's subject.
fn refusal(path: &Path, error: &OpenError, problem: impl Fn(String, String) -> Problem) -> Problem {
    let text = error.to_string();
    let message = text.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&text).to_owned();
    problem(shown(path), message)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
