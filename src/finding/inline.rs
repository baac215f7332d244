//! What a line says about itself: `keyhound:allow`, `keyhound:allow <rule-id>` and `keyhound:allow-next-line`; and the
//! marks of other scanners, which people should not have to write a second time.
//!
//! Only read here; what a mark is worth is for `policy` to judge.

/// A mark that applies to one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct InlineMark {
    /// The rules it names; none means every rule.
    pub rules: Vec<String>,
}

/// The word that begins every mark.
const MARK: &[u8] = b"keyhound:allow";

/// Marks of other scanners for their own line: gitleaks, betterleaks, trufflehog, detect-secrets (also as it was once).
const THEIRS: [&[u8]; 5] = [
    b"gitleaks:allow",
    b"betterleaks:allow",
    b"trufflehog:ignore",
    b"pragma: allowlist secret",
    b"pragma: whitelist secret",
];

/// Marks of other scanners for the next line.
const THEIRS_FOR_NEXT: [&[u8]; 2] = [b"pragma: allowlist nextline secret", b"pragma: whitelist nextline secret"];

/// The marks that apply to the line of `bytes` that holds `offset`: its own, and a next-line mark of the line before.
pub fn inline_marks(bytes: &[u8], offset: usize) -> Vec<InlineMark> {
    let start = memchr::memrchr(b'\n', &bytes[..offset]).map_or(0, |i| i + 1);
    let end = memchr::memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |i| offset + i);
    let mut marks = Vec::new();
    marks.extend(marks_of(&bytes[start..end], false));
    if start > 0 {
        let before = memchr::memrchr(b'\n', &bytes[..start - 1]).map_or(0, |i| i + 1);
        marks.extend(marks_of(&bytes[before..start - 1], true));
    }
    marks
}

/// Whether the line of `bytes` that holds `offset` has a mark for itself.
pub fn has_own_mark(bytes: &[u8], offset: usize) -> bool {
    let start = memchr::memrchr(b'\n', &bytes[..offset]).map_or(0, |i| i + 1);
    let end = memchr::memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |i| offset + i);
    !marks_of(&bytes[start..end], false).is_empty()
}

/// The marks on one line that are meant for that line (`next` false) or for the next one (`next` true).
fn marks_of(line: &[u8], next: bool) -> Vec<InlineMark> {
    let mut marks = Vec::new();
    for at in memchr::memmem::find_iter(line, MARK) {
        let rest = &line[at + MARK.len()..];
        let (is_next, rest) = match rest.strip_prefix(b"-next-line") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let ends_here = rest.first().is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'-' && *b != b'_');
        if is_next == next && ends_here {
            marks.push(InlineMark { rules: rules_named(rest) });
        }
    }
    let theirs: &[&[u8]] = if next { &THEIRS_FOR_NEXT } else { &THEIRS };
    if theirs.iter().any(|mark| memchr::memmem::find(line, mark).is_some()) {
        marks.push(InlineMark { rules: Vec::new() });
    }
    marks
}

/// The rule ids after the mark: words of lowercase letters, digits, dashes and slashes that hold a dash, split by commas or
/// blanks, up to the first word that is none (a reason, the end of a comment).
fn rules_named(rest: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(rest);
    text.split([' ', ',', '\t', '\r'])
        .filter(|word| !word.is_empty())
        .take_while(|word| {
            word.contains('-')
                && word.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '/')
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_covers_its_own_line_only() {
        let text = b"a # keyhound:allow\nb\n";
        assert_eq!(inline_marks(text, 0).len(), 1);
        assert!(inline_marks(text, 19).is_empty());
    }

    #[test]
    fn a_next_line_mark_covers_the_next_line_only() {
        let text = b"# keyhound:allow-next-line\nb\nc\n";
        assert!(inline_marks(text, 0).is_empty());
        assert_eq!(inline_marks(text, 27).len(), 1);
        assert!(inline_marks(text, 29).is_empty());
    }

    #[test]
    fn marks_of_other_scanners_count() {
        for mark in THEIRS {
            let text = [b"a # ", mark, b"\nb\n"].concat();
            assert_eq!(inline_marks(&text, 0).len(), 1);
            assert!(inline_marks(&text, text.len() - 2).is_empty());
        }
        for mark in THEIRS_FOR_NEXT {
            let text = [b"# ", mark, b"\nb\nc\n"].concat();
            assert!(inline_marks(&text, 0).is_empty());
            assert_eq!(inline_marks(&text, text.len() - 4).len(), 1);
            assert!(inline_marks(&text, text.len() - 2).is_empty());
        }
    }

    #[test]
    fn rule_ids_are_read_and_reasons_are_not() {
        let text = b"x # keyhound:allow github-token, npm-token documented example";
        assert_eq!(inline_marks(text, 0)[0].rules, ["github-token", "npm-token"]);
        assert!(inline_marks(b"x <!-- keyhound:allow -->", 0)[0].rules.is_empty());
        assert!(inline_marks(b"x # keyhound:allowed", 0).is_empty());
    }
}
