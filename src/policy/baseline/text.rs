//! The baseline as text: made for people to read and for git to merge.
//!
//! ```text
//! # keyhound baseline 1 key=6b65…
//! 0f3c…9a github-token src/deploy.sh reason="test account" owner=ann expires=2027-01-31
//! ```
//!
//! One line an entry, sorted by its bytes, and no timestamps: two branches that add keys touch different lines nearly
//! always, and `sort` puts a merged file right. Comments of people stay with the entry below them.

use super::{Baseline, Entry};
use crate::finding::Fingerprint;
use crate::policy::Expiry;
use crate::rule::{FormatError, nearest};
use std::fmt::Write as _;

/// What begins the first line; the format's number and the key follow.
const HEADER: &str = "# keyhound baseline ";

/// The number of this format.
const VERSION: &str = "1";

/// For who opens the file; written below the header and not read.
const EXPLANATION: &str =
    "# Known keys, which scans accept: fingerprint, rule, path. Optional: reason=\"…\" owner=… expires=YYYY-MM-DD";

/// What an entry may carry.
const ATTRIBUTES: [&str; 3] = ["reason", "owner", "expires"];

/// Fewest bytes of a key that nobody guesses.
const SHORTEST_KEY: usize = 16;

impl Baseline {
    /// Reads the text of a baseline; `file` is its name for errors. Windows line ends and a byte order mark are read
    /// like any others; two entries for one key (two branches added it) become one.
    ///
    /// # Errors
    ///
    /// The first line that is not what a baseline holds. No error repeats what a line holds: the file may be anything,
    /// and hold secrets.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, FormatError> {
        let fail = |line: usize, message: String| FormatError { file: file.to_owned(), line, message };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut baseline: Option<Baseline> = None;
        let mut comments: Vec<String> = Vec::new();
        for (i, line) in bytes.split(|b| *b == b'\n').enumerate() {
            let number = i + 1;
            let line = std::str::from_utf8(line).map_err(|_| {
                fail(number, "this line is not UTF-8; such bytes of a path are written as \"\\xNN\"".to_owned())
            })?;
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            if is_conflict_mark(line) {
                let message = "a merge conflict is not resolved; keep the entries of both sides and remove the marks";
                return Err(fail(number, message.to_owned()));
            }
            let Some(known) = baseline.as_mut() else {
                let key = key_of(line).map_err(|message| fail(number, message))?;
                baseline = Some(Baseline::new(file, &key));
                continue;
            };
            if line.starts_with(HEADER) {
                return Err(fail(
                    number,
                    "a second header: two baselines were put together; keep one, and add what is new \
                     with 'keyhound baseline create'"
                        .to_owned(),
                ));
            }
            if line.starts_with('#') {
                if line != EXPLANATION {
                    comments.push(line.to_owned());
                }
                continue;
            }
            let mut entry = entry_of(line).map_err(|message| fail(number, message))?;
            entry.line = number as u64;
            entry.comments = std::mem::take(&mut comments);
            known.add(entry);
        }
        let Some(mut baseline) = baseline else {
            return Err(fail(1, "the baseline is empty; 'keyhound baseline create' writes one".to_owned()));
        };
        baseline.trailing = comments;
        Ok(baseline)
    }

    /// The text of the baseline: the same for the same entries, whatever order they were added in.
    pub fn to_text(&self) -> String {
        let key = data_encoding::HEXLOWER.encode(&self.key_bytes);
        let mut text = format!("{HEADER}{VERSION} key={key}\n{EXPLANATION}\n");
        for entry in self.entries.values() {
            for comment in &entry.comments {
                text.push_str(comment);
                text.push('\n');
            }
            text.push_str(&line_of(entry));
            text.push('\n');
        }
        for comment in &self.trailing {
            text.push_str(comment);
            text.push('\n');
        }
        text
    }

    /// Adds an entry; where one for the same key exists, each keeps what the other lacks, and the nearer end holds.
    fn add(&mut self, entry: Entry) {
        let key = (entry.fingerprint, entry.rule.clone());
        let Some(known) = self.entries.get_mut(&key) else {
            self.entries.insert(key, entry);
            return;
        };
        known.reason = known.reason.take().or(entry.reason);
        known.owner = known.owner.take().or(entry.owner);
        known.expires = known.expires.into_iter().chain(entry.expires).min();
        known.comments.extend(entry.comments);
    }
}

impl Entry {
    /// Its line in the file.
    pub fn text(&self) -> String {
        line_of(self)
    }
}

fn is_conflict_mark(line: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark))
}

/// The key that a header holds.
fn key_of(line: &str) -> Result<Vec<u8>, String> {
    let Some(rest) = line.strip_prefix(HEADER) else {
        let hint = if line.starts_with(['[', '{']) { "; this looks like JSON" } else { "" };
        return Err(format!("a keyhound baseline begins with '{HEADER}{VERSION} key=…'{hint}"));
    };
    let (version, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    if version != VERSION {
        return Err(format!("this keyhound reads baselines of format {VERSION} only"));
    }
    let key = rest.trim().strip_prefix("key=").unwrap_or_default();
    match data_encoding::HEXLOWER_PERMISSIVE.decode(key.as_bytes()) {
        Ok(key) if key.len() >= SHORTEST_KEY => Ok(key),
        _ => Err(format!("the header needs 'key=' and at least {} hexadecimal digits", 2 * SHORTEST_KEY)),
    }
}

/// Reads a line that is neither header nor comment.
fn entry_of(line: &str) -> Result<Entry, String> {
    let mut words = Words { rest: line };
    let fingerprint = words
        .next()?
        .and_then(|word| Fingerprint::parse(std::str::from_utf8(&word.bytes).ok()?))
        .ok_or("an entry begins with a fingerprint of 32 hexadecimal digits")?;
    let rule = words.next()?.and_then(|word| String::from_utf8(word.bytes).ok()).filter(|rule| !rule.is_empty());
    let rule = rule.ok_or("the id of a rule is missing after the fingerprint")?;
    let path = words.next()?.ok_or("a path is missing after the rule ('-' where there is none)")?;
    let path = (path.quoted || path.bytes != b"-").then_some(path.bytes);
    let mut entry =
        Entry { fingerprint, rule, path, reason: None, owner: None, expires: None, line: 0, comments: Vec::new() };
    while let Some(name) = words.attribute()? {
        let value = words.next()?.map(|word| word.bytes).unwrap_or_default();
        let value = String::from_utf8(value).map_err(|_| format!("the {name} is not UTF-8"))?;
        let is_twice = match name {
            "reason" => entry.reason.replace(value).is_some(),
            "owner" => entry.owner.replace(value).is_some(),
            _ => {
                let day = Expiry::parse(&value).map_err(|message| format!("expires: {message}"))?;
                entry.expires.replace(day).is_some()
            }
        };
        if is_twice {
            return Err(format!("{name} is given twice"));
        }
    }
    Ok(entry)
}

fn line_of(entry: &Entry) -> String {
    let path = entry.path.as_deref().map_or_else(|| "-".to_owned(), word_of);
    let mut line = format!("{} {} {path}", entry.fingerprint, word_of(entry.rule.as_bytes()));
    let expires = entry.expires.map(|day| day.to_string());
    let values = [&entry.reason, &entry.owner, &expires];
    for (name, value) in ATTRIBUTES.iter().zip(values) {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = write!(line, " {name}={}", word_of(value.as_bytes()));
        }
    }
    line
}

/// A word of a line: bare, or in quotes where it holds a blank or something that cannot be seen.
fn word_of(bytes: &[u8]) -> String {
    let bare = std::str::from_utf8(bytes).ok().filter(|text| {
        !text.is_empty() && *text != "-" && !text.starts_with('"') && !text.contains(' ') && !text.contains(is_unseen)
    });
    if let Some(bare) = bare {
        return bare.to_owned();
    }
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                c if c != ' ' && is_unseen(c) => escape(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => out.push(c),
            }
        }
        escape(&mut out, chunk.invalid());
    }
    out.push('"');
    out
}

fn escape(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\x{byte:02x}");
    }
}

/// Blanks other than the space, control characters, and those that reorder or hide text.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The words of a line, read from the left.
struct Words<'a> {
    rest: &'a str,
}

struct Word {
    bytes: Vec<u8>,
    quoted: bool,
}

impl<'a> Words<'a> {
    /// The next word, bare or in quotes.
    fn next(&mut self) -> Result<Option<Word>, String> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        if self.rest.is_empty() {
            return Ok(None);
        }
        if let Some(inside) = self.rest.strip_prefix('"') {
            let (bytes, rest) = unquote(inside)?;
            if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
                return Err("a blank is missing after a closing quote".to_owned());
            }
            self.rest = rest;
            return Ok(Some(Word { bytes, quoted: true }));
        }
        let (word, rest) = self.rest.split_at(self.rest.find([' ', '\t']).unwrap_or(self.rest.len()));
        self.rest = rest;
        Ok(Some(Word { bytes: word.as_bytes().to_vec(), quoted: false }))
    }

    /// The name of the next attribute; its value is the next word, which follows without a blank.
    fn attribute(&mut self) -> Result<Option<&'static str>, String> {
        let rest = self.rest.trim_start_matches([' ', '\t']);
        if rest.is_empty() {
            return Ok(None);
        }
        let unknown = format!("after the path only {} can follow, each with '=' and a value", ATTRIBUTES.join(", "));
        let Some((name, value)) = rest.split_once('=') else { return Err(unknown) };
        let Some(known) = ATTRIBUTES.iter().find(|known| **known == name) else {
            // Only a word that looks like a misspelt name is repeated; the file may hold anything.
            return Err(match nearest(name, &ATTRIBUTES) {
                Some(near) => format!("unknown attribute '{name}'; did you mean '{near}'?"),
                None => unknown,
            });
        };
        if value.is_empty() || value.starts_with([' ', '\t']) {
            return Err(format!("{known} has no value"));
        }
        self.rest = value;
        Ok(Some(known))
    }
}

/// Reads up to the closing quote; gives the bytes and what follows the quote.
fn unquote(inside: &str) -> Result<(Vec<u8>, &str), String> {
    let mut bytes = Vec::new();
    let mut rest = inside;
    loop {
        let stop = rest.find(['"', '\\']).ok_or("a closing quote is missing")?;
        bytes.extend_from_slice(&rest.as_bytes()[..stop]);
        let (mark, after) = rest[stop..].split_at(1);
        if mark == "\"" {
            return Ok((bytes, after));
        }
        let wrong = "after a backslash only \\, \" and xNN can follow";
        let mut chars = after.chars();
        rest = match chars.next() {
            Some(c @ ('"' | '\\')) => {
                bytes.push(c as u8);
                chars.as_str()
            }
            Some('x') => {
                let digits = chars.as_str().get(..2).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok()).ok_or(wrong)?;
                bytes.push(byte);
                &chars.as_str()[2..]
            }
            _ => return Err(wrong.to_owned()),
        };
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
