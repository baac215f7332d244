//! Where a match can begin that is found from a keyword: most windows are far larger than that.

use super::format::Stands;
use super::shape::longest;
use regex_syntax::hir::{Hir, HirKind};

/// Where the secret stands to the keyword, and how far from the keyword the match may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside {
    /// Whether the secret follows the keyword on its line.
    pub behind: bool,
    /// Before it, in bytes, from the keyword's end.
    pub back: u32,
    /// Behind it, in bytes, from the keyword's end, where the match need not hold the keyword; else not behind its start.
    pub ahead: Option<u32>,
}

impl Beside {
    /// Of a pattern whose secrets stand at most `within` bytes from a keyword that they do not hold.
    ///
    /// # Errors
    ///
    /// The pattern has no bound, or no group `secret`; the secret stands anywhere behind.
    pub fn of(hir: &Hir, stands: Stands, within: Option<u32>) -> Result<Self, String> {
        let back = if stands == Stands::Before { longest(hir) } else { lead(hir) };
        let back = back.and_then(|back| u32::try_from(back).ok());
        let back = back.ok_or("'stands' needs a pattern with a bound and a group 'secret'")?;
        let ahead =
            if stands == Stands::After { Some(within.ok_or("'stands = \"after\"' needs 'within'")?) } else { None };
        Ok(Self { behind: stands == Stands::Behind, back, ahead })
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
        let beside = Beside::of(&hir, stands, Some(40)).ok()?;
        assert_eq!(beside.ahead, (stands == Stands::After).then_some(40));
        Some(beside.back)
    }

    #[test]
    fn what_stands_before_the_secret_is_measured() {
        assert_eq!(back("key[ ]{0,4}=(?P<secret>[a-z]{8,20})", Stands::Behind), Some(8));
        assert_eq!(back("(?:ab(?P<secret>x{2})|abc(?:d(?P<other>y)))", Stands::Behind), Some(2));
        assert_eq!(back("key[ ]{0,4}=(?P<secret>[a-z]{8,20})", Stands::Before), Some(28));
        assert_eq!(back("key[ ]*=(?P<secret>[a-z]{8,20})", Stands::Behind), None);
        assert_eq!(back("key=[a-z]{8}", Stands::Behind), None);
        assert_eq!(back("[ ]-u[ ]{0,4}(?P<secret>[a-z]{8,20})", Stands::After), Some(7));
    }
}
