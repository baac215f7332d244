//! Where bytes come from: files and directories, the index of a repository, standard input.

use crate::blob::Blob;
use crate::coverage::Coverage;
use crate::problem::Problem;

/// Something that can be read: it pushes every blob to `emit`, from several threads at once.
pub trait Source {
    /// Reads everything; what could not be read comes back as problems and is counted in the coverage.
    fn read(&self, emit: &(dyn Fn(Blob<'_>) + Sync)) -> (Vec<Problem>, Coverage);
}
