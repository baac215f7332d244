//! Is this a file of settings? In one, a value is a literal and never the name of something, so that a plain word beside a
//! name for a password is a password. No line tells that by itself: `password: secret` may be a type, an argument, a key of
//! a dictionary. The lines around it do.

use super::named::line_start;

/// How far the lines around are looked at, to either side, in bytes.
const AROUND: usize = 4096;
/// So many lines of settings are no accident.
const ENOUGH: usize = 3;

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

/// Whether the line at `at` is one of a file of settings, or of a stretch of settings in another text.
pub(super) fn hold(bytes: &[u8], at: usize) -> bool {
    let (mut from, mut to) = (at.saturating_sub(AROUND), bytes.len().min(at + AROUND));
    let is_all = from == 0 && to == bytes.len();
    // A line that is cut says nothing.
    if from > 0 {
        from = memchr::memchr(b'\n', &bytes[from..at]).map_or(at, |i| from + i + 1);
    }
    if to < bytes.len() {
        to = memchr::memrchr(b'\n', &bytes[at..to]).map_or(at, |i| at + i);
    }
    let start = line_start(bytes, at);
    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
    let whole = Lines::of(&bytes[from.min(start)..to.max(end)]);
    let stretch = Lines::of(&bytes[stretch_start(bytes, from, start)..stretch_end(bytes, end, to)]);
    (whole.are_settings(if is_all { 2 } else { ENOUGH }) || stretch.others == 0 && stretch.are_settings(ENOUGH))
        && (is_unmistakable(&bytes[start..end]) || whole.has_header)
}

/// Where the lines without an empty one among them begin that end before `start`.
fn stretch_start(bytes: &[u8], from: usize, start: usize) -> usize {
    let mut at = start;
    while at > from {
        let before = line_start(bytes, at - 1).max(from);
        if is_break(&bytes[before..at]) {
            break;
        }
        at = before;
    }
    at
}

/// Where those end that begin behind `end`.
fn stretch_end(bytes: &[u8], end: usize, to: usize) -> usize {
    let mut at = end;
    while at < to {
        let next = memchr::memchr(b'\n', &bytes[at + 1..to]).map_or(to, |i| at + 1 + i);
        if is_break(&bytes[at..next]) {
            break;
        }
        at = next;
    }
    at
}

/// Whether a stretch ends at a line: it is empty, or the fence around a block of code.
fn is_break(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line.starts_with(b"```") || line.starts_with(b"~~~")
}

impl Lines {
    fn of(text: &[u8]) -> Self {
        let mut lines = Self::default();
        for line in text.split(|b| *b == b'\n') {
            let line = line.trim_ascii();
            match line.first() {
                None | Some(b'#' | b';' | b'!') => continue,
                Some(b'[') if line.ends_with(b"]") => {
                    lines.has_header = true;
                    lines.structure += 1;
                    continue;
                }
                Some(b'-') if matches!(line, b"---" | b"-") => {
                    lines.structure += 1;
                    continue;
                }
                _ => {}
            }
            match Setting::of(line) {
                Some(setting) => {
                    lines.settings += 1;
                    lines.sentences += usize::from(setting.is_sentence());
                }
                None if line.starts_with(b"- ") && !goes_on(line) => lines.structure += 1,
                None => lines.others += 1,
            }
        }
        lines
    }

    fn are_settings(self, enough: usize) -> bool {
        let all = self.settings + self.structure + self.others;
        self.settings >= enough && self.others * 10 <= all && self.sentences * 3 <= self.settings
    }
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
        hold(text.as_bytes(), text.find("kestrel").expect("a value"))
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
}
