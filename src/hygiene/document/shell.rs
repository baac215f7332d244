//! Shell as commands of words: scripts, Makefile recipes, `RUN` of Dockerfiles, the steps of workflows.
//!
//! Not a shell grammar: quotes, continued lines, comments, separators and here-documents are understood, and the rest
//! is words. That is what a call of curl needs, and it holds for text that is no valid script as a whole.

use std::ops::Range;

/// A command with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// From the first word to the end of the last.
    pub span: Range<usize>,
    /// The words, assignments before the command among them.
    pub words: Vec<Word>,
}

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Without quotes; variables stay as they are written.
    pub text: String,
    /// With quotes.
    pub span: Range<usize>,
    /// Whether it was in single quotes as a whole, so that a `$` in it is no variable.
    pub single: bool,
}

impl Command {
    /// The name of the program: the first word that is neither an assignment nor a prefix such as `sudo`.
    pub fn name(&self) -> Option<&str> {
        let mut words = self.words.iter().map(|word| word.text.as_str()).peekable();
        if words.peek() == Some(&"sudo") {
            // Its options, of which these have a value.
            words.next();
            while let Some(option) = words.next_if(|word| word.starts_with('-') && word.len() > 1) {
                if matches!(option, "-u" | "-g" | "-h" | "-p" | "-C" | "-r" | "-t" | "-T" | "-U" | "--user" | "--group")
                {
                    words.next();
                }
            }
        }
        let skipped = |word: &&str| {
            is_assignment(word)
                || matches!(
                    *word,
                    "sudo" | "env" | "then" | "do" | "else" | "!" | "time" | "exec" | "if" | "while" | "@" | "-" | "{"
                )
        };
        let name = words.find(|word| !skipped(word))?;
        Some(name.trim_start_matches(['@', '-']).rsplit('/').next().unwrap_or(name))
    }

    /// The values of an option, as `-H value`, `--header value` and `--header=value`.
    pub fn values<'c>(&'c self, names: &'c [&'c str]) -> impl Iterator<Item = &'c Word> {
        self.words.iter().enumerate().filter_map(move |(at, word)| {
            if names.contains(&word.text.as_str()) {
                return self.words.get(at + 1);
            }
            None
        })
    }

    /// Whether an option without value is there; letters of joined short options count: `-sSLk`.
    pub fn has(&self, long: &[&str], short: Option<char>) -> bool {
        self.words.iter().any(|word| {
            let text = word.text.as_str();
            long.contains(&text)
                || short.is_some_and(|letter| {
                    text.len() <= 8
                        && text.strip_prefix('-').is_some_and(|letters| {
                            letters.chars().all(|c| c.is_ascii_alphabetic()) && letters.contains(letter)
                        })
                })
        })
    }
}

/// Whether a word is `NAME=…`.
pub fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| is_name(name.strip_suffix('+').unwrap_or(name)))
}

/// Whether a text is the name of a variable.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The commands of `range` of a text, those in `$(…)` and backquotes after the command that they stand in.
pub fn commands(text: &str, range: Range<usize>) -> Vec<Command> {
    let mut reader = Reader {
        text,
        at: range.start,
        end: range.end,
        out: Vec::new(),
        words: Vec::new(),
        inner: Vec::new(),
        heredocs: Vec::new(),
        depth: 0,
    };
    reader.run();
    reader.out
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    out: Vec<Command>,
    words: Vec<Word>,
    inner: Vec<Range<usize>>,
    heredocs: Vec<String>,
    depth: usize,
}

impl Reader<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while self.at < self.end {
            match bytes[self.at] {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.text[self.at + 1..self.end].starts_with(['\n', '\r']) => {
                    self.at += if bytes[self.at + 1] == b'\r' { 3 } else { 2 };
                }
                b'\n' => {
                    self.at += 1;
                    self.finish();
                    self.skip_heredocs();
                }
                b';' | b'&' | b'|' | b'(' | b')' => {
                    self.at += 1;
                    self.finish();
                }
                b'#' => self.at = self.line_end(),
                b'<' if self.text[self.at..self.end].starts_with("<<") && !self.text[self.at..].starts_with("<<<") => {
                    let rest = self.text[self.at + 2..self.end].trim_start_matches('-').trim_start();
                    let word: String = rest
                        .chars()
                        .take_while(|c| !c.is_whitespace() && !";|&)".contains(*c))
                        .filter(|c| !"'\"\\".contains(*c))
                        .collect();
                    self.at = self.end - rest.len()
                        + rest.find(|c: char| c.is_whitespace() || ";|&)".contains(c)).unwrap_or(rest.len());
                    if !word.is_empty() {
                        self.heredocs.push(word);
                    }
                }
                _ => self.word(),
            }
        }
        self.finish();
    }

    fn line_end(&self) -> usize {
        self.text[self.at..self.end].find('\n').map_or(self.end, |n| self.at + n)
    }

    fn skip_heredocs(&mut self) {
        for word in std::mem::take(&mut self.heredocs) {
            while self.at < self.end {
                let end = self.line_end();
                let line = self.text[self.at..end].trim();
                self.at = (end + 1).min(self.end);
                if line == word {
                    break;
                }
            }
        }
    }

    fn word(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut text = String::new();
        let mut single = bytes[start] == b'\'';
        while self.at < self.end {
            let rest = &self.text[self.at..self.end];
            let Some(c) = rest.chars().next() else { break };
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' => break,
                '<' if rest.starts_with("<<") => break,
                '\\' => {
                    let next = rest[1..].chars().next();
                    match next {
                        Some('\n') | None => break,
                        Some('\r') => break,
                        Some(next) => {
                            text.push(next);
                            self.at += 1 + next.len_utf8();
                        }
                    }
                }
                '\'' => {
                    let close = rest[1..].find('\'').map_or(rest.len(), |n| n + 2);
                    text.push_str(rest[1..close].trim_end_matches('\''));
                    self.at += close;
                    single = single
                        && rest[close.min(rest.len())..].starts_with(|c: char| c.is_whitespace())
                            | (self.at >= self.end);
                }
                '"' => self.quoted(&mut text),
                '$' if rest.starts_with("$(") && !rest.starts_with("$((") => {
                    let close = closing(&rest[1..]) + 1;
                    if self.depth < 3 {
                        self.inner.push(self.at + 2..self.at + close.max(2));
                    }
                    text.push_str(&rest[..(close + 1).min(rest.len())]);
                    self.at += (close + 1).min(rest.len());
                }
                '$' if rest.starts_with("${") => {
                    let close = if rest.starts_with("${{") {
                        rest.find("}}").map(|n| n + 2)
                    } else {
                        rest.find('}').map(|n| n + 1)
                    };
                    let close = close.unwrap_or(2);
                    text.push_str(&rest[..close]);
                    self.at += close;
                }
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        if self.at == start {
            self.at += self.text[self.at..].chars().next().map_or(1, char::len_utf8);
            return;
        }
        self.words.push(Word { text, span: start..self.at, single });
    }

    fn quoted(&mut self, text: &mut String) {
        self.at += 1;
        while self.at < self.end {
            let rest = &self.text[self.at..self.end];
            let Some(c) = rest.chars().next() else { break };
            match c {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => {
                    let next = rest[1..].chars().next();
                    if let Some(next) = next.filter(|next| *next != '\n') {
                        text.push(next);
                    }
                    self.at += 1 + next.map_or(0, char::len_utf8);
                }
                '$' if rest.starts_with("$(") && !rest.starts_with("$((") => {
                    let close = closing(&rest[1..]) + 1;
                    if self.depth < 3 {
                        self.inner.push(self.at + 2..self.at + close.max(2));
                    }
                    text.push_str(&rest[..(close + 1).min(rest.len())]);
                    self.at += (close + 1).min(rest.len());
                }
                c => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn finish(&mut self) {
        if let (Some(first), Some(last)) = (self.words.first(), self.words.last()) {
            let span = first.span.start..last.span.end;
            self.out.push(Command { span, words: std::mem::take(&mut self.words) });
        }
        for range in std::mem::take(&mut self.inner) {
            let mut inner = Reader {
                text: self.text,
                at: range.start,
                end: range.end.min(self.end),
                out: Vec::new(),
                words: Vec::new(),
                inner: Vec::new(),
                heredocs: Vec::new(),
                depth: self.depth + 1,
            };
            inner.run();
            self.out.append(&mut inner.out);
        }
    }
}

/// Where the bracket that a text begins with closes.
fn closing(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        let all = commands(text, 0..text.len());
        all.into_iter().map(|c| c.words.into_iter().map(|w| w.text).collect()).collect()
    }

    #[test]
    fn quotes_and_continued_lines_make_words() {
        let text = "curl -X GET \"https://h.example/a\" \\\n  -H 'A: $b' # c\nX=1 env | cat\n";
        assert_eq!(
            words(text),
            [vec!["curl", "-X", "GET", "https://h.example/a", "-H", "A: $b"], vec!["X=1", "env"], vec!["cat"]]
        );
    }

    #[test]
    fn commands_within_words_are_read_too() {
        assert_eq!(words("a=\"$(curl -k u)\"; b"), [vec!["a=$(curl -k u)"], vec!["curl", "-k", "u"], vec!["b"]]);
    }

    #[test]
    fn here_documents_are_no_commands() {
        assert_eq!(words("cat <<'EOF' > x\ncurl y\nEOF\nls\n"), [vec!["cat", ">", "x"], vec!["ls"]]);
    }

    #[test]
    fn nothing_panics_on_odd_text() {
        for text in ["$(", "\"", "'", "\\", "<<", "a\\\r\nb", "${", "$(((", "é'ü", "a $(b \"c"] {
            commands(text, 0..text.len());
        }
    }
}
