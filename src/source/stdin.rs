//! Standard input, of any length.

use super::pieces::Buffer;
use super::{Emit, Source};
use crate::blob::Origin;
use crate::content::Content;
use crate::coverage::{Coverage, Skip};
use crate::halt::Halt;
use crate::problem::Problem;

/// Bytes from standard input.
#[derive(Debug, Clone, Default)]
pub struct Stdin {
    /// The name under which reports show it: the file that the bytes will become.
    pub path: Option<Vec<u8>>,
}

impl Source for Stdin {
    fn read(&self, emit: &Emit<'_>, halt: &Halt) -> (Vec<Problem>, Coverage) {
        let (problems, coverage) = self.read_from(&mut std::io::stdin().lock(), emit);
        // What came after the end of the run was not looked at.
        (problems, if halt.why().is_some() { Coverage::default() } else { coverage })
    }
}

impl Stdin {
    fn read_from(&self, input: &mut dyn std::io::Read, emit: &Emit<'_>) -> (Vec<Problem>, Coverage) {
        let mut coverage = Coverage::default();
        let origin = match &self.path {
            Some(path) => Origin::File { path: path.clone() },
            None => Origin::Stdin,
        };
        match Buffer::default().read(input, 0, origin, emit) {
            Ok(seen) => {
                coverage.saw(seen.content, seen.bytes);
                (Vec::new(), coverage)
            }
            Err(error) => {
                coverage.skip(Skip::Unreadable);
                (vec![Problem::fatal("standard input", format!("cannot be read: {error}"))], coverage)
            }
        }
    }
}

impl Coverage {
    /// Counts one file by what it holds.
    pub(super) fn saw(&mut self, content: Content, bytes: u64) {
        if content == Content::Media {
            self.skip(Skip::Media);
            return;
        }
        self.files += 1;
        self.file_bytes += bytes;
        if content == Content::Binary {
            self.skip(Skip::BinaryStructuredOnly);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn goes_by_the_name_it_is_given() {
        for (path, want) in [(None, Origin::Stdin), (Some(b"a.py".to_vec()), Origin::File { path: b"a.py".to_vec() })] {
            let seen = Mutex::new(Vec::new());
            let stdin = Stdin { path };
            let (problems, coverage) = stdin.read_from(&mut &b"key = 1\n"[..], &|blob, _| {
                seen.lock().expect("no panic").push((blob.origin.clone(), blob.bytes.to_vec()));
            });
            assert!(problems.is_empty());
            assert_eq!((coverage.files, coverage.file_bytes), (1, 8));
            assert_eq!(seen.into_inner().expect("no panic"), [(want, b"key = 1\n".to_vec())]);
        }
    }
}
