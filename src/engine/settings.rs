//! Is this a file of settings? In one, a value is a literal and never the name of something, so that a plain word beside a
//! name for a password is a password. No line tells that by itself: `password: secret` may be a type, an argument, a key of
//! a dictionary. The lines around it do.

use std::collections::HashMap;

/// How far the lines around are looked at, to either side, in bytes.
const AROUND: usize = 4096;
/// So many lines of settings are no accident.
const ENOUGH: usize = 3;

/// So many lines of a stretch are looked at to either side: it is asked of every value anew.
const FAR: usize = 32;

/// What the lines of a text are.
#[derive(Debug, Default, Clone, Copy)]
struct Lines {
    /// A name and a value, or a name alone above its values.
    settings: usize,
    /// Items of lists, headers of sections, marks between documents.
    structure: usize,
    /// Those whose values are sentences: texts for people.
    sentences: usize,
    /// Everything else but comments.
    others: usize,
    /// Whether a header of a section is among them: `[mysqld]`.
    has_header: bool,
}

/// What was said of parts of a text: values that stand near each other have the same lines around them.
#[derive(Debug, Default)]
pub(super) struct Told(HashMap<usize, Lines, foldhash::fast::RandomState>);

/// Values in so many bytes have the same lines around them.
const PART: usize = 512;
/// So many parts of a text are kept.
const KEPT: usize = 256;

/// Whether the line at `at` is one of a file of settings, or of a stretch of settings in another text. `told` is of the
/// same text.
pub(super) fn hold(bytes: &[u8], at: usize, told: &mut Told) -> bool {
    let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |i| i + 1);
    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
    // Settings are no longer than that.
    if end - start > AROUND {
        return false;
    }
    if told.0.len() >= KEPT {
        told.0.clear();
    }
    let (from, to) = around(bytes, at / PART);
    let whole = *told.0.entry(at / PART).or_insert_with(|| Lines::of(&bytes[from..to]));
    let enough = if from == 0 && to == bytes.len() { 2 } else { ENOUGH };
    (whole.are_settings(enough) || is_stretch(bytes, start, end, (from, to)))
        && (is_unmistakable(&bytes[start..end]) || whole.has_header)
}

/// The whole lines around a part of a text.
fn around(bytes: &[u8], part: usize) -> (usize, usize) {
    let (from, to) = ((part * PART).saturating_sub(AROUND), bytes.len().min((part + 1) * PART + AROUND));
    // A line that is cut says nothing.
    let from = match from {
        0 => 0,
        _ => memchr::memchr(b'\n', &bytes[from..to]).map_or(to, |i| from + i + 1),
    };
    let to = if to == bytes.len() { to } else { memchr::memrchr(b'\n', &bytes[from..to]).map_or(from, |i| from + i) };
    (from, to)
}

/// Whether the lines around one are settings, without an empty line or anything else among them.
fn is_stretch(bytes: &[u8], start: usize, end: usize, (from, to): (usize, usize)) -> bool {
    let mut all = Lines::of(&bytes[start..end]);
    let above = bytes[from.min(start)..start].strip_suffix(b"\n").unwrap_or_default();
    let below = bytes[end..to.max(end)].strip_prefix(b"\n").unwrap_or_default();
    all.add_stretch(above.rsplit(|b| *b == b'\n'));
    all.add_stretch(below.split(|b| *b == b'\n'));
    all.others == 0 && all.are_settings(ENOUGH)
}

/// Whether a stretch ends at a line: it is empty, or the fence around a block of code.
fn is_break(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line.starts_with(b"```") || line.starts_with(b"~~~")
}

impl Lines {
    fn of(text: &[u8]) -> Self {
        let mut lines = Self::default();
        text.split(|b| *b == b'\n').for_each(|line| lines.add(line));
        lines
    }

    fn add(&mut self, line: &[u8]) {
        let line = line.trim_ascii();
        match line {
            [] => {}
            // What programs begin such lines with is no comment.
            _ if [&b"#include"[..], b"#define", b"#if", b"#[", b"#!["].iter().any(|word| line.starts_with(word)) => {
                self.others += 1;
            }
            [b'#' | b';' | b'!', ..] => {}
            [b'[', name @ .., b']'] if is_header(name) => {
                self.has_header = true;
                self.structure += 1;
            }
            b"---" | b"-" => self.structure += 1,
            _ => match Setting::of(line) {
                Some(setting) => {
                    self.settings += 1;
                    self.sentences += usize::from(setting.is_sentence());
                }
                None if line.starts_with(b"- ") && !goes_on(line) => self.structure += 1,
                None => self.others += 1,
            },
        }
    }

    /// Adds lines up to one at which a stretch ends.
    fn add_stretch<'a>(&mut self, lines: impl Iterator<Item = &'a [u8]>) {
        for line in lines.take(FAR).take_while(|line| !is_break(line)) {
            self.add(line);
            if self.others > 0 {
                return;
            }
        }
    }

    fn are_settings(self, enough: usize) -> bool {
        let all = self.settings + self.structure + self.others;
        self.settings >= enough && self.others * 10 <= all && self.sentences * 3 <= self.settings
    }
}

/// The name of a section: `mysqld`, `remote "origin"`.
fn is_header(name: &[u8]) -> bool {
    name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'[')
        && name.iter().all(|b| b.is_ascii_alphanumeric() || b"_.:/@\" -[]".contains(b))
        && memchr::memmem::find(name, b" in ").is_none()
}

/// Whether a line goes on as lines of programs do.
fn goes_on(line: &[u8]) -> bool {
    line.last().is_some_and(|last| matches!(last, b',' | b';' | b'{' | b'(' | b'[' | b'\\'))
}

/// A line that gives a value to a name.
struct Setting<'a> {
    name: &'a [u8],
    value: &'a [u8],
    /// Blanks stand around an equals sign, as in programs.
    is_spaced: bool,
}

impl<'a> Setting<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        if goes_on(line) {
            return None;
        }
        let mut rest = line;
        for word in [&b"- "[..], b"export ", b"ENV "] {
            rest = rest.strip_prefix(word).map_or(rest, <[u8]>::trim_ascii_start);
        }
        let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'/' | b'"' | b'\'');
        // Names of Puppet have colons within: `db::password: …`.
        let is_inner = |at: usize| rest[at] == b':' && rest.get(at + 1).is_some_and(|b| !matches!(b, b' ' | b'\t'));
        let end = (0..rest.len()).find(|at| !is_part(rest[*at]) && !is_inner(*at))?;
        let name = rest[..end].trim_ascii();
        let behind = rest[end..].trim_ascii_start();
        let value = behind.get(1..)?;
        let is_set = match behind[0] {
            b':' => value.first().is_none_or(|b| matches!(b, b' ' | b'\t')),
            b'=' => value.first() != Some(&b'='),
            _ => false,
        };
        let is_name = name.iter().any(u8::is_ascii_alphabetic);
        let is_spaced =
            behind[0] == b'=' && (end < rest.len() - behind.len() || value.first().is_some_and(|b| *b == b' '));
        let setting = Self { name, value: value.trim_ascii(), is_spaced };
        (is_set && is_name && !setting.is_call()).then_some(setting)
    }

    /// `name = open(path)`
    fn is_call(&self) -> bool {
        let open = memchr::memchr(b'(', self.value);
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        open.is_some_and(|open| open > 0 && self.value[..open].iter().all(is_name) && self.value.ends_with(b")"))
    }

    /// Three words and more, none of which is a command's: what people read.
    fn is_sentence(&self) -> bool {
        let mut words = 0;
        for word in self.value.split(|b| *b == b' ').filter(|word| !word.is_empty()) {
            if !word.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b',' | b'.' | b'\'' | b'"' | b'!' | b'?')) {
                return false;
            }
            words += 1;
        }
        words >= 3
    }
}

/// Whether a line by itself cannot be one of a program: there, blanks stand around an equals sign, and names have no
/// dots or dashes where a value is given to them.
fn is_unmistakable(line: &[u8]) -> bool {
    Setting::of(line.trim_ascii())
        .is_some_and(|setting| !setting.is_spaced || setting.name.iter().any(|b| matches!(b, b'.' | b'-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        hold(text.as_bytes(), text.find("kestrel").expect("a value"), &mut Told::default())
    }

    #[test]
    fn files_of_settings_are_known_by_their_lines() {
        for text in [
            "db:\n  host: db1\n  port: 5432\n  password: kestrel\n",
            "server.port=8080\nspring.datasource.username = sa\nspring.datasource.password = kestrel\n",
            "# local\nDB_HOST=db\nDB_PASSWORD=kestrel\n",
            "[mysqld]\nuser = web\nport = 3306\npassword = kestrel\n",
            "services:\n  db:\n    environment:\n      - POSTGRES_USER=web\n      - 'POSTGRES_PASSWORD=kestrel'\n      - A=b\n",
            "# Run\n\nSet this up:\n\n```yaml\nuser: web\nhost: db\npassword: kestrel\n```\n\nThen start it, and wait.\n",
            "export A=1\nexport B=2\nexport PASS=kestrel\n",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn programs_and_texts_for_people_are_none() {
        for text in [
            "password: kestrel\n",
            "const a = {\n  user: name,\n  host: host,\n  password: kestrel\n}\n",
            "user = name\nhost = host\npassword = kestrel\n",
            "class Settings(Base):\n    user: str\n    host: str\n    password: kestrel\n\n    def run(self):\n        go(self)\n",
            "login.title=Welcome to the shop\nlogin.text=Please log in with your name\nlogin.password=kestrel\nlogin.go=Go on now\n",
            "The rules are these.\nUse what you like.\npassword: kestrel\nNothing else helps.\n",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn what_was_told_of_a_part_is_so_of_all_its_values() {
        let settings = "db_password=kestrel\r\nuser=web\r\n".repeat(700);
        let program = "let password = kestrel;\nif (a) {\n  go(b)\n}\n".repeat(400);
        let text = format!("{settings}{program}{settings}");
        let mut told = Told::default();
        for (at, _) in text.match_indices("kestrel") {
            let alone = hold(text.as_bytes(), at, &mut Told::default());
            assert_eq!(hold(text.as_bytes(), at, &mut told), alone, "at {at}");
        }
        assert!(hold(text.as_bytes(), 12, &mut told) && hold(text.as_bytes(), text.len() - 18, &mut told));
        let within = settings.len() + program.len() / 2;
        let at = within + text[within..].find("kestrel").expect("a value");
        assert!(!hold(text.as_bytes(), at, &mut told));
    }

    #[test]
    fn fields_of_a_class_behind_an_empty_line_are_a_stretch_like_any_other() {
        // Nothing but their types tells them from settings, and those are no values: see the proof `setting`.
        assert!(holds("class S(Base):\n\n    host: str\n    user: str\n    password: kestrel\n\n    class Config:\n"));
        assert!(!holds("[x for x in y]\nuser = name\nhost = other\npassword = kestrel\n"));
    }
}
