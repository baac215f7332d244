//! Files and directories, walked in parallel.
//!
//! Hidden files are read, because secrets live in `.env`; `.git` never is, because the history engine reads it better.
//! What is left out is counted, so that "clean" can mean "looked at everything".

use super::pieces::Buffer;
use super::{Emit, Source, shown};
use crate::blob::Origin;
use crate::coverage::{Coverage, Skip};
use crate::halt::Halt;
use crate::problem::Problem;
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};
use std::fs::{File, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether the configuration leaves out an entry: its path, and whether it is a directory.
pub type Exclude = Arc<dyn Fn(&Path, bool) -> bool + Send + Sync>;

/// Files and directories, and how to walk them.
#[derive(Clone)]
pub struct Worktree {
    /// Where to start; files among them are read whatever the ignore files say.
    pub roots: Vec<PathBuf>,
    /// Whether `.gitignore`, `.ignore` and `.git/info/exclude` are respected.
    pub respect_ignore: bool,
    /// Whether symbolic links are followed.
    pub follow: bool,
    /// Larger files are left out.
    pub max_file_size: Option<u64>,
    /// What the configuration leaves out.
    pub exclude: Option<Exclude>,
    /// How many threads walk and read.
    pub threads: usize,
}

impl Source for Worktree {
    fn read(&self, emit: &Emit<'_>, halt: &Halt) -> (Vec<Problem>, Coverage) {
        let mut sum = Sum::default();
        let roots: Vec<PathBuf> = self.roots.iter().filter_map(|root| sum.root(root)).collect();
        let excluded = Arc::new(AtomicU64::new(0));
        let total = Mutex::new(sum);
        if let Some(walk) = self.walk(&roots, &excluded) {
            walk.visit(&mut Readers { worktree: self, emit, halt, total: &total });
        }
        let mut sum = total.into_inner().unwrap_or_else(PoisonError::into_inner);
        let excluded = excluded.load(Relaxed);
        if halt.why().is_some() {
            // Where a walk ended early, nobody knows what it did not come by.
            count(&mut sum.coverage, Skip::Excluded, excluded);
            return (sum.problems, sum.coverage);
        }
        // What the directories hold, less what came by, is what the ignore files kept back.
        count(&mut sum.coverage, Skip::Ignored, sum.listed.saturating_sub(sum.came + excluded));
        count(&mut sum.coverage, Skip::Excluded, excluded);
        (sum.problems, sum.coverage)
    }
}

impl Worktree {
    /// The parallel walk over `roots`, `None` if there are none.
    fn walk(&self, roots: &[PathBuf], excluded: &Arc<AtomicU64>) -> Option<ignore::WalkParallel> {
        let (first, rest) = roots.split_first()?;
        let mut builder = WalkBuilder::new(first);
        for root in rest {
            builder.add(root);
        }
        // A person's global excludes stay out of it: the result depends on the tree, not on whose machine it lies.
        builder
            .standard_filters(false)
            .ignore(self.respect_ignore)
            .git_ignore(self.respect_ignore)
            .git_exclude(self.respect_ignore)
            .parents(self.respect_ignore)
            .follow_links(self.follow)
            .threads(self.threads);
        let exclude = self.exclude.clone();
        let excluded = Arc::clone(excluded);
        builder.filter_entry(move |entry| {
            if entry.file_name() == ".git" {
                return false;
            }
            let is_dir = || entry.file_type().is_some_and(|t| t.is_dir());
            let leave_out = exclude.as_ref().is_some_and(|exclude| exclude(entry.path(), is_dir()));
            if leave_out {
                excluded.fetch_add(1, Relaxed);
            }
            !leave_out
        });
        Some(builder.build_parallel())
    }
}

/// What a walk adds up to.
#[derive(Default)]
struct Sum {
    problems: Vec<Problem>,
    coverage: Coverage,
    /// Entries that the walked directories hold.
    listed: u64,
    /// Entries that the walk came by.
    came: u64,
}

impl Sum {
    /// Checks a path that was asked for by name and returns how to walk it.
    fn root(&mut self, root: &Path) -> Option<PathBuf> {
        let subject = root.display().to_string();
        let meta = match std::fs::metadata(root) {
            Ok(meta) => meta,
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    self.coverage.skip(Skip::Unreadable);
                }
                self.problems.push(Problem::fatal(subject, sentence(&error)));
                return None;
            }
        };
        if meta.is_dir() {
            // With a slash at its end, a symbolic link to a directory is walked as that directory.
            let mut root = root.to_owned();
            root.push("");
            return Some(root);
        }
        if !meta.is_file() {
            self.coverage.skip(Skip::Special);
            let problem = Problem::fatal(subject, format!("is {}, not a file or directory", kind(meta.file_type())));
            self.problems.push(problem.with_next_step("pass its content with --stdin"));
            return None;
        }
        Some(root.to_owned())
    }

    fn add(&mut self, other: Sum) {
        self.problems.extend(other.problems);
        self.coverage.add(&other.coverage);
        self.listed += other.listed;
        self.came += other.came;
    }
}

/// Makes a reader for each thread.
struct Readers<'a> {
    worktree: &'a Worktree,
    emit: &'a Emit<'a>,
    halt: &'a Halt,
    total: &'a Mutex<Sum>,
}

impl<'a> ParallelVisitorBuilder<'a> for Readers<'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        Box::new(Reader {
            worktree: self.worktree,
            emit: self.emit,
            halt: self.halt,
            total: self.total,
            buffer: Buffer::default(),
            sum: Sum::default(),
        })
    }
}

/// What one thread reads; adds its counts to the total when it is done.
struct Reader<'a> {
    worktree: &'a Worktree,
    emit: &'a Emit<'a>,
    halt: &'a Halt,
    total: &'a Mutex<Sum>,
    buffer: Buffer,
    sum: Sum,
}

impl ParallelVisitor for Reader<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        if self.halt.is_due() {
            return WalkState::Quit;
        }
        match entry {
            Ok(entry) => self.entry(entry),
            Err(error) => {
                self.sum.came += u64::from(self.worktree.respect_ignore);
                self.refused(&error, None);
            }
        }
        WalkState::Continue
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let sum = std::mem::take(&mut self.sum);
        self.total.lock().unwrap_or_else(PoisonError::into_inner).add(sum);
    }
}

impl Reader<'_> {
    fn entry(&mut self, entry: DirEntry) {
        if let Some(error) = entry.error() {
            // A line of an ignore file that makes no sense: its other lines are respected.
            self.sum.problems.push(Problem::note(entry.path().display().to_string(), error.to_string()));
        }
        self.sum.came += u64::from(entry.depth() > 0);
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            if self.worktree.respect_ignore {
                self.sum.listed += entries_of(entry.path());
            }
        } else if kind.is_file() || entry.depth() == 0 {
            self.file(entry.into_path());
        } else if kind.is_symlink() {
            self.sum.coverage.skip(Skip::Symlink);
        } else {
            self.sum.coverage.skip(Skip::Special);
        }
    }

    fn file(&mut self, path: PathBuf) {
        if let Err(error) = self.read(&path) {
            self.sum.failed(path.display().to_string(), &error);
        }
    }

    fn read(&mut self, path: &Path) -> std::io::Result<()> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        if self.worktree.max_file_size.is_some_and(|most| size > most) {
            self.sum.coverage.skip(Skip::TooLarge);
            return Ok(());
        }
        let origin = Origin::File { path: shown(path.as_os_str().as_encoded_bytes().to_vec()) };
        let seen = self.buffer.read(&mut file, size, origin, self.emit)?;
        self.sum.coverage.saw(seen.content, seen.bytes);
        Ok(())
    }

    /// An entry that the walk could not get at.
    fn refused(&mut self, error: &ignore::Error, path: Option<&Path>) {
        match error {
            ignore::Error::Partial(errors) => errors.iter().for_each(|error| self.refused(error, path)),
            ignore::Error::WithPath { path, err } => self.refused(err, Some(path)),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => self.refused(err, path),
            ignore::Error::Loop { ancestor, child } => {
                let message = format!("symbolic link leads back to {}; not walked again", ancestor.display());
                self.sum.problems.push(Problem::note(child.display().to_string(), message));
            }
            ignore::Error::Io(io) => {
                let subject = path.map_or_else(|| "a directory".to_owned(), |path| path.display().to_string());
                self.sum.failed(subject, io);
            }
            other => {
                let subject = path.map_or_else(|| "ignore file".to_owned(), |path| path.display().to_string());
                self.sum.problems.push(Problem::note(subject, other.to_string()));
            }
        }
    }
}

impl Sum {
    /// An input below a given path that could not be read.
    fn failed(&mut self, subject: String, error: &std::io::Error) {
        if error.kind() == ErrorKind::NotFound {
            // Nothing is there to be read: a link that leads nowhere, or a file that was deleted meanwhile.
            self.problems.push(Problem::note(subject, "is gone, or a link to nothing"));
            return;
        }
        self.coverage.skip(Skip::Unreadable);
        self.problems.push(Problem::incomplete(subject, sentence(error)));
    }
}

fn count(coverage: &mut Coverage, why: Skip, n: u64) {
    if n > 0 {
        *coverage.skipped.entry(why).or_default() += n;
    }
}

/// How many entries a directory holds, `.git` aside.
fn entries_of(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name() != ".git")).count() as u64
}

/// What an error of the operating system means, as a person would say it.
fn sentence(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

#[cfg(unix)]
fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if file_type.is_fifo() {
        "a pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind(_: FileType) -> &'static str {
    "a device"
}
