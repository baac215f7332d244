//! Where bytes come from: files and directories, the index of a repository, standard input.
//!
//! A source pushes what it reads: that fits a parallel walk, lets every thread reuse one buffer, and lets a file larger
//! than memory pass through in pieces.

mod pieces;
mod places;
mod staged;
mod stdin;
mod worktree;

pub use places::{Places, Spot};
pub use staged::Staged;
pub use stdin::Stdin;
pub use worktree::{Exclude, Worktree};

use crate::blob::Blob;
use crate::content::Content;
use crate::coverage::Coverage;
use crate::halt::Halt;
use crate::problem::Problem;

/// Takes each blob with the kind of its content; called from several threads at once.
pub type Emit<'e> = dyn Fn(&Blob<'_>, Content) + Sync + 'e;

/// Something that can be read.
pub trait Source {
    /// Reads everything, or until `halt` is due; what could not be read comes back as problems and is counted in the
    /// coverage.
    fn read(&self, emit: &Emit<'_>, halt: &Halt) -> (Vec<Problem>, Coverage);
}

/// A text that was read already, as standard input.
#[derive(Debug)]
pub struct Text(pub Vec<u8>);

impl Source for Text {
    fn read(&self, emit: &Emit<'_>, _: &Halt) -> (Vec<Problem>, Coverage) {
        emit(&Blob::whole(&self.0, crate::blob::Origin::Stdin), Content::Text);
        (Vec::new(), Coverage { files: 1, file_bytes: self.0.len() as u64, ..Coverage::default() })
    }
}

/// A path as reports show it: `./a` is `a`, and everything else is kept as it was given.
fn shown(path: Vec<u8>) -> Vec<u8> {
    let mut rest = path.as_slice();
    while let Some(shorter) = rest.strip_prefix(b"./") {
        let slashes = shorter.iter().take_while(|b| **b == b'/').count();
        rest = &shorter[slashes..];
    }
    match rest.len() {
        0 => b".".to_vec(),
        n if n == path.len() => path,
        _ => rest.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_leading_dot_is_not_shown() {
        for (given, want) in [
            ("./a/b", "a/b"),
            ("././a", "a"),
            (".//a", "a"),
            ("../a", "../a"),
            ("a/./b", "a/./b"),
            ("./", "."),
            (".env", ".env"),
        ] {
            assert_eq!(shown(given.as_bytes().to_vec()), want.as_bytes(), "{given}");
        }
    }
}
