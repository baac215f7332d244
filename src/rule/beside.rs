//! Where a match can begin that is found from a keyword within it: most windows are far larger than that.

use super::format::Stands;
use super::shape::longest;
use regex_syntax::hir::{Hir, HirKind};

/// Where the secret stands to the keyword that a match holds, and how far before the keyword the match may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside {
    /// Whether the secret follows the keyword on its line.
    pub behind: bool,
    /// In bytes, from the keyword's end.
    pub back: u32,
}

impl Beside {
    /// Of a pattern.
    ///
    /// # Errors
    ///
    /// The pattern has no bound, or no group `secret`.
    pub fn of(hir: &Hir, stands: Stands) -> Result<Self, String> {
        let behind = stands == Stands::Behind;
        let back = if behind { lead(hir) } else { longest(hir) };
        let back = back.and_then(|back| u32::try_from(back).ok());
        Ok(Self { behind, back: back.ok_or("'stands' needs a pattern with a bound and a group 'secret'")? })
    }
}

/// The most bytes that stand before the group `secret` in a match.
fn lead(hir: &Hir) -> Option<usize> {
    match hir.kind() {
        HirKind::Capture(group) if group.name.as_deref() == Some("secret") => Some(0),
        HirKind::Capture(group) => lead(&group.sub),
        HirKind::Concat(parts) => {
            let mut before = 0;
            for part in parts {
                if let Some(within) = lead(part) {
                    return Some(before + within);
                }
                before += longest(part)?;
            }
            None
        }
        HirKind::Alternation(parts) => parts.iter().filter_map(lead).max(),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Repetition(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(pattern: &str, stands: Stands) -> Option<u32> {
        let hir = crate::rule::shape::parse(pattern).expect("a pattern");
        Beside::of(&hir, stands).ok().map(|beside| beside.back)
    }

    #[test]
    fn what_stands_before_the_secret_is_measured() {
        assert_eq!(back("key[ ]{0,4}=(?P<secret>[a-z]{8,20})", Stands::Behind), Some(8));
        assert_eq!(back("(?:ab(?P<secret>x{2})|abc(?:d(?P<other>y)))", Stands::Behind), Some(2));
        assert_eq!(back("key[ ]{0,4}=(?P<secret>[a-z]{8,20})", Stands::Before), Some(28));
        assert_eq!(back("key[ ]*=(?P<secret>[a-z]{8,20})", Stands::Behind), None);
        assert_eq!(back("key=[a-z]{8}", Stands::Behind), None);
    }
}
