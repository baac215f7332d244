//! The index of a repository: what the next commit would add.

use super::{Emit, Source};
use crate::blob::{Blob, Origin};
use crate::content::Content;
use crate::coverage::{Coverage, Skip};
use crate::git::staged::{Change, NextCommit, Refused};
use crate::halt::Halt;
use crate::problem::Problem;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The staged changes of the repositories that hold `paths`.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Paths in the worktrees; the whole index of each is read, because a commit takes all of it.
    pub paths: Vec<PathBuf>,
    /// Larger contents are left out.
    pub max_file_size: Option<u64>,
    /// How many threads read.
    pub threads: usize,
}

/// Fewer changes than this are read before a second thread would have started.
const WORTH_A_THREAD: usize = 64;

impl Source for Staged {
    fn read(&self, emit: &Emit<'_>, halt: &Halt) -> (Vec<Problem>, Coverage) {
        let (mut problems, mut coverage) = (Vec::new(), Coverage::default());
        let mut done = BTreeSet::new();
        for path in &self.paths {
            match NextCommit::of(path) {
                Ok(next) if !done.insert(next.repo().git_dir().to_owned()) => {}
                Ok(next) => {
                    let (more, counts) = self.read_index(&next, emit, halt);
                    problems.extend(more);
                    coverage.add(&counts);
                }
                Err(error) => {
                    let subject = path.display().to_string();
                    // The sentence of an error that names its path, once more after that path, would read badly.
                    let text = error.to_string();
                    let message = text.strip_prefix(&format!("{subject}: ")).unwrap_or(&text).to_owned();
                    problems.push(Problem::fatal(subject, message));
                }
            }
        }
        (problems, coverage)
    }
}

impl Staged {
    fn read_index(&self, next: &NextCommit, emit: &Emit<'_>, halt: &Halt) -> (Vec<Problem>, Coverage) {
        let mut coverage = Coverage::default();
        for _ in 0..next.submodules {
            coverage.skip(Skip::Submodule);
        }
        let threads = self.threads.min(next.changes.len() / WORTH_A_THREAD).max(1);
        let mut parts = next.changes.chunks(next.changes.len().div_ceil(threads).max(1));
        let mine = parts.next().unwrap_or_default();
        let (mut problems, counts) = std::thread::scope(|scope| {
            let (mut others, mut left) = (Vec::new(), vec![mine]);
            for part in parts {
                // libgit2's handles belong to one thread each, so every further thread opens its own.
                match next.reopened() {
                    Ok(next) => others.push(scope.spawn(move || self.read_part(&next, part, emit, halt))),
                    Err(_) => left.push(part),
                }
            }
            let mut sum = (Vec::new(), Coverage::default());
            let mut add = |(problems, counts): (Vec<Problem>, Coverage)| {
                sum.0.extend(problems);
                sum.1.add(&counts);
            };
            left.iter().for_each(|part| add(self.read_part(next, part, emit, halt)));
            for other in others {
                match other.join() {
                    Ok(part) => add(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            sum
        });
        coverage.add(&counts);
        problems.sort();
        (problems, coverage)
    }

    fn read_part(&self, next: &NextCommit, part: &[Change], emit: &Emit<'_>, halt: &Halt) -> (Vec<Problem>, Coverage) {
        let (mut problems, mut coverage) = (Vec::new(), Coverage::default());
        for change in part.iter().take_while(|_| !halt.is_due()) {
            let read = next.read(change, self.max_file_size, |bytes| {
                let content = Content::of(bytes);
                // Of media, only the name may say something.
                let bytes_to_search = if content == Content::Media { &[][..] } else { bytes };
                emit(&Blob::whole(bytes_to_search, Origin::Staged { path: change.path.clone() }), content);
                coverage.saw(content, bytes.len() as u64);
            });
            if let Err(refused) = read {
                let subject = String::from_utf8_lossy(&change.path).into_owned();
                match refused {
                    Refused::TooLarge => coverage.skip(Skip::TooLarge),
                    Refused::Missing => {
                        coverage.skip(Skip::Missing);
                        problems.push(Problem::incomplete(subject, "its staged content is missing from this clone"));
                    }
                    Refused::Damaged(why) => {
                        coverage.skip(Skip::Damaged);
                        problems.push(Problem::incomplete(subject, format!("its staged content is damaged: {why}")));
                    }
                }
            }
        }
        (problems, coverage)
    }
}
