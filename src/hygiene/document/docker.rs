//! Dockerfiles as instructions.

use std::ops::Range;

/// An instruction with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// In capitals: `ENV`.
    pub name: String,
    /// The bytes of the whole instruction.
    pub span: Range<usize>,
    /// The bytes of what follows the name.
    pub arguments: Range<usize>,
}

/// The instructions of a file; `ONBUILD` is passed over to what it holds.
pub fn parse(text: &str) -> Vec<Instruction> {
    let mut out = Vec::new();
    let mut lines = super::lines::numbered(text).peekable();
    while let Some((start, line)) = lines.next() {
        let trimmed = line.trim_start().trim_start_matches("ONBUILD ");
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let begin = start + line.len() - trimmed.len();
        let name_len = trimmed.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(trimmed.len());
        let (mut end, mut last) = (start + line.len(), line);
        let mut heredoc = heredoc_of(trimmed);
        while let Some((next_start, next)) = lines.peek().copied() {
            let comment_within = next.trim_start().starts_with('#') && last.trim_end().ends_with('\\');
            let goes_on = last.trim_end().ends_with('\\') || heredoc.is_some();
            if !goes_on {
                break;
            }
            lines.next();
            end = next_start + next.len();
            if heredoc.as_deref() == Some(next.trim()) {
                heredoc = None;
                last = "";
            } else if !comment_within {
                last = next;
            }
        }
        let name = trimmed[..name_len].to_ascii_uppercase();
        if name_len > 0 {
            out.push(Instruction { name, span: begin..end, arguments: begin + name_len..end });
        }
    }
    out
}

fn heredoc_of(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("<<")?;
    let word: String = rest
        .trim_start_matches('-')
        .chars()
        .take_while(|c| !c.is_whitespace())
        .filter(|c| !matches!(c, '"' | '\''))
        .collect();
    let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_word.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_go_on_over_lines() {
        let text = "FROM a\n# c\nENV A=1 \\\n  # no\n  B=2\nRUN <<EOF\nx\nEOF\nRUN y\n";
        let names: Vec<_> = parse(text).into_iter().map(|i| (i.name, text[i.arguments].trim().to_owned())).collect();
        assert_eq!(names[0], ("FROM".to_owned(), "a".to_owned()));
        assert_eq!(names[1].1, "A=1 \\\n  # no\n  B=2");
        assert_eq!(names[2].1, "<<EOF\nx\nEOF");
        assert_eq!(names[3].1, "y");
    }
}
