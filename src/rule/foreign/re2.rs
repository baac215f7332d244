//! Regular expressions as Go's `regexp` (RE2) reads them, for Rust's `regex`, which reads some of them differently.
//!
//! The dangerous ones are those that compile in both and mean something else: `\<`, `&&` in a class, `\d`. The result is
//! meant for Unicode mode, where `.` and negated classes match characters as RE2 does; the Perl classes and `\b`, which
//! are ASCII in Go, are written out.

use regex_syntax::hir::{Hir, HirKind};

/// Go refuses larger repetitions, and products of nested ones that are larger.
const MOST_REPEATS: u64 = 1000;

/// What is wrong with a pattern, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Character of the pattern, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// The pattern for Rust's `regex` in Unicode mode.
///
/// # Errors
///
/// What neither can read, with its place in the pattern as it was written.
pub fn translate(pattern: &str) -> Result<String, Mistake> {
    let mut reader = Reader { chars: pattern.chars().collect(), at: 0, out: String::new(), places: Vec::new() };
    reader.pattern()?;
    let Reader { out, places, .. } = reader;
    let hir = regex_syntax::ParserBuilder::new().utf8(false).build().parse(&out).map_err(|error| {
        let (kind, offset) = match &error {
            regex_syntax::Error::Parse(e) => (e.kind().to_string(), e.span().start.offset),
            regex_syntax::Error::Translate(e) => (e.kind().to_string(), e.span().start.offset),
            other => (other.to_string(), 0),
        };
        let place = places.partition_point(|(emitted, _)| *emitted <= offset);
        Mistake { column: 1 + places.get(place.saturating_sub(1)).map_or(0, |(_, read)| *read), message: kind }
    })?;
    if repeats(&hir) > MOST_REPEATS {
        let message = format!("nested repetitions multiply to more than {MOST_REPEATS}");
        return Err(Mistake { column: 1, message });
    }
    Ok(out)
}

/// The largest product of nested repetitions.
fn repeats(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Repetition(r) => {
            let own = u64::from(r.max.unwrap_or(r.min)).max(1);
            own.saturating_mul(repeats(&r.sub))
        }
        HirKind::Capture(c) => repeats(&c.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(repeats).max().unwrap_or(1),
        _ => 1,
    }
}

const DIGITS: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\f\r ";

struct Reader {
    chars: Vec<char>,
    at: usize,
    out: String,
    /// Offset in `out` and character of the pattern from which it comes.
    places: Vec<(usize, usize)>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0);
        self.at += usize::from(c.is_some());
        c
    }

    fn looks_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.peek(i) == Some(c))
    }

    fn wrong<T>(&self, at: usize, message: impl Into<String>) -> Result<T, Mistake> {
        Err(Mistake { column: at + 1, message: message.into() })
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&regex_syntax::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn pattern(&mut self) -> Result<(), Mistake> {
        while let Some(c) = self.peek(0) {
            self.places.push((self.out.len(), self.at));
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '{' => self.brace()?,
                '.' | '^' | '$' | '|' | ')' | '*' | '+' | '?' => {
                    self.out.push(c);
                    self.at += 1;
                }
                other => {
                    self.literal(other);
                    self.at += 1;
                }
            }
        }
        Ok(())
    }

    /// A repetition, or else a literal brace.
    fn brace(&mut self) -> Result<(), Mistake> {
        let Some((length, least, most)) = self.repetition() else {
            self.out.push_str(r"\{");
            self.at += 1;
            return Ok(());
        };
        if least.max(most.unwrap_or(0)) > MOST_REPEATS {
            return self.wrong(self.at, format!("a repetition of more than {MOST_REPEATS}"));
        }
        if most.is_some_and(|most| most < least) {
            return self.wrong(self.at, "a repetition whose end is before its start");
        }
        self.out.extend(&self.chars[self.at..self.at + length]);
        self.at += length;
        Ok(())
    }

    /// The length of `{n}`, `{n,}` or `{n,m}` here, with its bounds.
    fn repetition(&self) -> Option<(usize, u64, Option<u64>)> {
        let close = self.chars[self.at..].iter().position(|c| *c == '}')?;
        let inside: String = self.chars[self.at + 1..self.at + close].iter().collect();
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            // Numbers with a leading zero are no numbers to Go.
            let canonical = plain && (text.len() == 1 || !text.starts_with('0'));
            canonical.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let (least, most) = match inside.split_once(',') {
            None => {
                let exactly = number(&inside)?;
                (exactly, Some(exactly))
            }
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        Some((close + 1, least, most))
    }

    fn group(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        self.at += 1;
        if !self.looks_at("?") {
            self.out.push('(');
            return Ok(());
        }
        if self.looks_at("?P<") || (self.looks_at("?<") && !self.looks_at("?<=") && !self.looks_at("?<!")) {
            // Groups are asked for by number, and a name may stand twice in Go.
            while self.next().is_some_and(|c| c != '>') {}
            self.out.push('(');
            return Ok(());
        }
        if self.looks_at("?=") || self.looks_at("?!") || self.looks_at("?<") {
            return self.wrong(start, "look-around is not supported, neither by gitleaks nor by keyhound");
        }
        self.at += 1;
        self.out.push_str("(?");
        while let Some(c) = self.next() {
            match c {
                'i' | 'm' | 's' | 'U' | '-' => self.out.push(c),
                ':' | ')' => {
                    self.out.push(c);
                    return Ok(());
                }
                other => return self.wrong(self.at - 1, format!("unknown flag '{other}'")),
            }
        }
        self.wrong(start, "unclosed group")
    }

    fn escape(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        if self.looks_at(r"\Q") {
            self.at += 2;
            while self.peek(0).is_some() && !self.looks_at(r"\E") {
                let c = self.next().unwrap_or_default();
                self.literal(c);
            }
            self.at = (self.at + 2).min(self.chars.len());
            return Ok(());
        }
        let class = |negated: bool, set: &str| format!("[{}{set}]", if negated { "^" } else { "" });
        let written_out = match self.peek(1) {
            Some('d') => class(false, DIGITS),
            Some('D') => class(true, DIGITS),
            Some('w') => class(false, WORD),
            Some('W') => class(true, WORD),
            Some('s') => class(false, SPACE),
            Some('S') => class(true, SPACE),
            Some('b') => r"(?-u:\b)".to_owned(),
            Some('B') => r"(?-u:\B)".to_owned(),
            Some('A') => r"\A".to_owned(),
            Some('z') => r"\z".to_owned(),
            Some('p' | 'P') => self.property(),
            _ => {
                let c = self.character()?;
                self.literal(c);
                return Ok(());
            }
        };
        if self.at == start {
            self.at += 2;
        }
        self.out.push_str(&written_out);
        Ok(())
    }

    /// `\pL` or `\p{Greek}` as it stands.
    fn property(&mut self) -> String {
        let mut text: String = self.chars[self.at..].iter().take(3).collect();
        self.at = (self.at + 3).min(self.chars.len());
        if text.ends_with('{') {
            while let Some(c) = self.next() {
                text.push(c);
                if c == '}' {
                    break;
                }
            }
        }
        text
    }

    /// One character, escaped or not.
    fn character(&mut self) -> Result<char, Mistake> {
        let start = self.at;
        let Some(c) = self.next() else { return self.wrong(start, "the pattern ends here") };
        if c != '\\' {
            return Ok(c);
        }
        let octal = |c: Option<char>| c.is_some_and(|c| ('0'..='7').contains(&c));
        match self.next() {
            None => self.wrong(start, "a backslash at the end"),
            Some('a') => Ok('\x07'),
            Some('f') => Ok('\x0c'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('v') => Ok('\x0b'),
            Some('x') => self.hexadecimal(start),
            Some('1'..='7') if !octal(self.peek(0)) => self.wrong(start, "references to groups are not supported"),
            Some(first @ '0'..='7') => {
                let mut value = u32::from(first) - u32::from('0');
                for _ in 0..2 {
                    if !octal(self.peek(0)) {
                        break;
                    }
                    value = value * 8 + u32::from(self.next().unwrap_or('0')) - u32::from('0');
                }
                Ok(char::from_u32(value).unwrap_or('\0'))
            }
            Some(other) if other.is_ascii() && !other.is_ascii_alphanumeric() => Ok(other),
            Some(other) => self.wrong(start, format!("unknown escape '\\{other}'")),
        }
    }

    fn hexadecimal(&mut self, start: usize) -> Result<char, Mistake> {
        let digits: String = if self.looks_at("{") {
            self.at += 1;
            let inside: String = self.chars[self.at..].iter().take_while(|c| **c != '}').collect();
            self.at = (self.at + inside.chars().count() + 1).min(self.chars.len());
            inside
        } else {
            let two: String = self.chars[self.at..].iter().take(2).collect();
            self.at = (self.at + 2).min(self.chars.len());
            if two.chars().count() < 2 { String::new() } else { two }
        };
        match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
            Some(c) => Ok(c),
            None => self.wrong(start, "no character has this number"),
        }
    }

    fn class(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        self.at += 1;
        self.out.push('[');
        if self.looks_at("^") {
            self.out.push('^');
            self.at += 1;
        }
        let mut first = true;
        loop {
            match self.peek(0) {
                None => return self.wrong(start, "unclosed class"),
                Some(']') if !first => {
                    self.at += 1;
                    self.out.push(']');
                    return Ok(());
                }
                Some('[') if self.posix() => {}
                Some('\\') if self.set_in_class() => {}
                Some(_) => self.range()?,
            }
            first = false;
        }
    }

    /// Copies `[:alpha:]`.
    fn posix(&mut self) -> bool {
        if !self.looks_at("[:") {
            return false;
        }
        let rest = &self.chars[self.at + 2..];
        let Some(end) = rest.windows(2).position(|pair| pair == [':', ']']) else { return false };
        let name: String = rest[..end].iter().collect();
        self.out.push_str(&format!("[:{name}:]"));
        self.at += end + 4;
        true
    }

    /// Writes out `\d` and the like within a class.
    fn set_in_class(&mut self) -> bool {
        let set = match self.peek(1) {
            Some('d') => DIGITS.to_owned(),
            Some('w') => WORD.to_owned(),
            Some('s') => SPACE.to_owned(),
            Some('D') => format!("[^{DIGITS}]"),
            Some('W') => format!("[^{WORD}]"),
            Some('S') => format!("[^{SPACE}]"),
            Some('p' | 'P') => {
                let property = self.property();
                self.out.push_str(&property);
                return true;
            }
            _ => return false,
        };
        self.out.push_str(&set);
        self.at += 2;
        true
    }

    /// A character or a range of them.
    fn range(&mut self) -> Result<(), Mistake> {
        let start = self.at;
        let low = self.character()?;
        member(&mut self.out, low);
        if self.looks_at("-") && self.peek(1).is_some_and(|c| c != ']') {
            self.at += 1;
            let high = self.character()?;
            if high < low {
                return self.wrong(start, "a range whose end is before its start");
            }
            self.out.push('-');
            member(&mut self.out, high);
        }
        Ok(())
    }
}

/// A character of a class, in a way that can mean nothing else.
fn member(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        out.push(c);
    } else {
        out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
    }
}

#[cfg(test)]
#[path = "re2_tests.rs"]
mod tests;
