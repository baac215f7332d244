//! Reads single files and git objects, as a report names them.

use super::{Emit, Source};
use crate::blob::{Blob, ObjectId, Origin};
use crate::content::Content;
use crate::coverage::Coverage;
use crate::git::{OpenError, Repo};
use crate::halt::Halt;
use crate::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A file or an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// A file, from the working directory.
    File(PathBuf),
    /// An object of a repository.
    Object {
        /// The folder whose repository holds it.
        repository: PathBuf,
        /// Its id.
        id: ObjectId,
    },
}

/// Files and objects, each read once.
#[derive(Debug, Default)]
pub struct Places {
    /// What to read.
    pub spots: BTreeSet<Spot>,
}

impl Source for Places {
    fn read(&self, emit: &Emit<'_>, halt: &Halt) -> (Vec<Problem>, Coverage) {
        let (mut problems, mut coverage) = (Vec::new(), Coverage::default());
        let mut repos: BTreeMap<&Path, Result<Repo, OpenError>> = BTreeMap::new();
        for spot in self.spots.iter().take_while(|_| !halt.is_due()) {
            let (bytes, origin) = match spot {
                Spot::File(path) => match std::fs::read(path) {
                    Ok(bytes) => (bytes, Origin::File { path: path.as_os_str().as_encoded_bytes().to_vec() }),
                    Err(error) => {
                        problems
                            .push(Problem::incomplete(path.display().to_string(), format!("cannot be read: {error}")));
                        continue;
                    }
                },
                Spot::Object { repository, id } => {
                    match repos.entry(repository).or_insert_with(|| Repo::open(repository, true)) {
                        Ok(repo) => match repo.read(*id) {
                            Ok((_, bytes)) => (bytes, Origin::Object(*id)),
                            Err(error) => {
                                problems
                                    .push(Problem::incomplete(format!("object {}", id.short(12)), error.to_string()));
                                continue;
                            }
                        },
                        Err(error) => {
                            problems.push(
                                Problem::incomplete(format!("object {}", id.short(12)), error.to_string())
                                    .with_next_step("run keyhound in the repository that the report is about"),
                            );
                            continue;
                        }
                    }
                }
            };
            match spot {
                Spot::File(_) => {
                    coverage.files += 1;
                    coverage.file_bytes += bytes.len() as u64;
                }
                Spot::Object { .. } => {
                    coverage.blobs += 1;
                    coverage.blob_bytes += bytes.len() as u64;
                }
            }
            let content = Content::of(&bytes);
            emit(&Blob::whole(&bytes, origin), content);
        }
        (problems, coverage)
    }
}
