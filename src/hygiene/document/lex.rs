//! Source code as tokens: names, strings, marks. One reader for all languages that are audited.
//!
//! A grammar for each would know more and cost minutes to build; calls, assignments and literals need brackets, strings
//! and comments told apart, and no more. It never fails: a file that does not compile is read as far as it makes sense.

use compact_str::CompactString;
use std::ops::Range;

/// A language, as far as its tokens differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Python.
    Python,
    /// JavaScript and TypeScript, Vue and Svelte components.
    Js,
    /// Go.
    Go,
    /// Rust.
    Rust,
    /// Java, Kotlin, Scala, Groovy, Swift, Dart.
    Java,
    /// C#.
    CSharp,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name, keyword or number.
    Name,
    /// A string; the token's text is its content.
    Text,
    /// A mark of punctuation.
    Mark,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// For strings the content, with every interpolation written as `${…}`; else as it stands.
    pub text: CompactString,
    /// Of a mark its bytes, and zeros else: marks are compared more often than anything.
    mark: [u8; 2],
    /// Its bytes, quotes included.
    pub span: Range<usize>,
    /// Of brackets, the index of the other one.
    pub pair: Option<usize>,
}

impl Token {
    /// Whether it is this mark, of one or two bytes.
    #[inline(always)]
    pub fn is(&self, mark: &str) -> bool {
        self.mark == mark_of(mark) && self.kind == Kind::Mark
    }
}

/// The bytes by which a mark is known; zeros for what is none.
#[inline(always)]
fn mark_of(text: &str) -> [u8; 2] {
    match text.as_bytes() {
        [one] => [*one, 0],
        [one, two] => [*one, *two],
        _ => [0, 0],
    }
}

/// Whether two bytes are one mark.
const fn is_mark_of_two(first: u8, second: u8) -> bool {
    matches!(
        (first, second),
        (b'=', b'>' | b'=' | b'~')
            | (b'-', b'>')
            | (b':', b':' | b'=')
            | (b'!' | b'+' | b'<' | b'>', b'=')
            | (b'&', b'&')
            | (b'|', b'|')
            | (b'?', b'?' | b'.')
    )
}

/// The tokens of a text, without its comments.
pub fn tokens(text: &str, lang: Lang) -> Vec<Token> {
    let mut reader = Reader { text, lang, at: 0, out: Vec::new() };
    reader.run();
    let mut tokens = reader.out;
    pair_brackets(&mut tokens);
    tokens
}

struct Reader<'t> {
    text: &'t str,
    lang: Lang,
    at: usize,
    out: Vec<Token>,
}

impl Reader<'_> {
    fn run(&mut self) {
        while let Some(c) = self.text[self.at..].chars().next() {
            let rest = &self.text[self.at..];
            let hash = matches!(self.lang, Lang::Python | Lang::Ruby | Lang::Php);
            let slashes = !matches!(self.lang, Lang::Python | Lang::Ruby);
            if c.is_whitespace() {
                self.at += c.len_utf8();
            } else if (slashes && rest.starts_with("//")) || (hash && c == '#' && !rest.starts_with("#[")) {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if slashes && rest.starts_with("/*") {
                self.at += rest[2..].find("*/").map_or(rest.len(), |n| n + 4);
            } else if let Some((quotes, raw, format)) = self.string_start(rest) {
                self.string(quotes, raw, format);
            } else if c.is_alphanumeric() || c == '_' || c == '$' || c == '@' {
                let len = 1 + rest[c.len_utf8()..]
                    .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                    .unwrap_or(rest.len() - c.len_utf8());
                self.push(Kind::Name, len + c.len_utf8() - 1);
            } else if c == '/' && self.lang == Lang::Js && self.regex_may_stand() {
                self.regex();
            } else {
                let len = match rest.as_bytes() {
                    [first, second, ..] if is_mark_of_two(*first, *second) => 2,
                    _ => c.len_utf8(),
                };
                self.push(Kind::Mark, len);
            }
        }
    }

    fn push(&mut self, kind: Kind, len: usize) {
        let span = self.at..self.at + len;
        let text = &self.text[span.clone()];
        let mark = if kind == Kind::Mark { mark_of(text) } else { [0, 0] };
        self.out.push(Token { kind, text: text.into(), mark, span, pair: None });
        self.at += len;
    }

    /// Length of the opening quotes with their prefix, whether escapes mean nothing, and whether braces interpolate.
    fn string_start(&self, rest: &str) -> Option<(Quotes, bool, bool)> {
        // A prefix has at most four characters, all of one byte; looking further would be paid for at every token.
        let prefix_len = rest.bytes().take(5).position(|b| matches!(b, b'"' | b'\'' | b'`'))?;
        let prefix = &rest[..prefix_len];
        let quote = rest[prefix_len..].chars().next()?;
        let triple = rest[prefix_len..].chars().take(3).filter(|c| *c == quote).count() == 3;
        let made = |close: String, open: usize, many: bool| Quotes { open: prefix_len + open, close, many };
        let one = quote.to_string();
        match self.lang {
            Lang::Python => {
                let ok = quote != '`' && prefix.chars().all(|c| "rRbBuUfF".contains(c)) && prefix.len() <= 2;
                let raw = prefix.contains(['r', 'R']);
                let format = prefix.contains(['f', 'F']);
                if !ok {
                    None
                } else if triple {
                    Some((made(one.repeat(3), 3, true), raw, format))
                } else {
                    Some((made(one, 1, false), raw, format))
                }
            }
            Lang::Rust => {
                let hashes = prefix.trim_start_matches(['b', 'r', 'c']);
                let raw = prefix.contains('r');
                if quote == '"' && hashes.chars().all(|c| c == '#') && (raw || prefix.len() <= 1 && hashes.is_empty()) {
                    return Some((made(format!("\"{hashes}"), 1, true), raw, true));
                }
                // A character, or the name of a lifetime.
                let mut chars = rest[prefix_len + quote.len_utf8()..].chars();
                let is_char =
                    prefix.is_empty() && quote == '\'' && (chars.next() == Some('\\') || chars.next() == Some('\''));
                is_char.then(|| (made(one, 1, false), false, false))
            }
            Lang::CSharp => {
                let ok = quote == '"' && prefix.chars().all(|c| matches!(c, '$' | '@'))
                    || quote == '\'' && prefix.is_empty();
                let raw = prefix.contains('@');
                let format = prefix.contains('$');
                let (close, open) = if triple { (one.repeat(3), 3) } else { (one, 1) };
                ok.then(|| (made(close, open, triple || raw), raw || triple, format))
            }
            Lang::Java if prefix.is_empty() && quote != '`' => {
                let (close, open) = if triple { (one.repeat(3), 3) } else { (one, 1) };
                Some((made(close, open, triple), false, false))
            }
            Lang::Go if prefix.is_empty() => Some((made(one, 1, quote == '`'), quote == '`', false)),
            Lang::Js if prefix.is_empty() => Some((made(one, 1, quote == '`'), false, false)),
            Lang::Ruby | Lang::Php if prefix.is_empty() => Some((made(one, 1, true), false, quote == '"')),
            _ => None,
        }
    }

    fn string(&mut self, quotes: Quotes, raw: bool, format: bool) {
        let start = self.at;
        let body_start = start + quotes.open;
        let body = &self.text[body_start.min(self.text.len())..];
        let mut content = String::new();
        let mut chars = body.char_indices();
        let mut end = body.len();
        let mut closed = false;
        while let Some((at, c)) = chars.next() {
            if body[at..].starts_with(&quotes.close) {
                end = at;
                closed = true;
                break;
            }
            match c {
                '\\' if !raw => {
                    match chars.next() {
                        Some((_, 'n')) => content.push('\n'),
                        Some((_, 't')) => content.push('\t'),
                        Some((_, other)) => content.push(other),
                        None => {}
                    };
                }
                '\n' if !quotes.many => {
                    end = at;
                    break;
                }
                c => content.push(c),
            }
        }
        self.at = (body_start + end + if closed { quotes.close.len() } else { 0 }).min(self.text.len());
        let text = interpolated(&content, self.lang, format);
        self.out.push(Token { kind: Kind::Text, text: text.into(), mark: [0, 0], span: start..self.at, pair: None });
    }

    fn regex_may_stand(&self) -> bool {
        self.out.last().is_none_or(|last| match last.kind {
            Kind::Mark => !matches!(last.text.as_str(), ")" | "]" | "}"),
            Kind::Name => matches!(last.text.as_str(), "return" | "typeof" | "case"),
            Kind::Text => false,
        })
    }

    fn regex(&mut self) {
        let rest = &self.text[self.at..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let mut escaped = true;
        let mut class = false;
        for (at, c) in line.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                '/' if !class => {
                    self.at += at + 1;
                    return;
                }
                _ => {}
            }
        }
        self.push(Kind::Mark, 1);
    }
}

struct Quotes {
    open: usize,
    close: String,
    many: bool,
}

/// Every way in which languages put values into strings, written as `${…}`.
fn interpolated(content: &str, lang: Lang, format: bool) -> String {
    let marked = match lang {
        Lang::Python | Lang::CSharp if format => braces(content),
        Lang::Rust => braces(content),
        Lang::Ruby if format => content.replace("#{", "${"),
        Lang::Php if format => php(content),
        Lang::Python | Lang::CSharp if content.contains("{}") || content.contains("{0}") => braces(content),
        _ => content.to_owned(),
    };
    if marked.contains('%') { marked.replace("%s", "${}").replace("%v", "${}") } else { marked }
}

fn braces(content: &str) -> String {
    let content = content.replace("{{", "\u{1}").replace("}}", "\u{2}");
    content.replace('{', "${").replace('\u{1}', "{").replace('\u{2}', "}")
}

fn php(content: &str) -> String {
    let mut out = String::new();
    let mut rest = content;
    while let Some(at) = rest.find('$') {
        let name = &rest[at + 1..];
        let len = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
        out.push_str(rest[..at].strip_suffix('{').unwrap_or(&rest[..at]));
        if len == 0 {
            out.push('$');
            rest = name;
            continue;
        }
        out.push_str(&format!("${{{}}}", &name[..len]));
        rest = name[len..].strip_prefix('}').unwrap_or(&name[len..]);
    }
    out + rest
}

fn pair_brackets(tokens: &mut [Token]) {
    let mut open: Vec<(usize, usize)> = Vec::new();
    // How many of each kind are open, so that one that closes nothing does not look for what it could close.
    let mut count = [0usize; 3];
    for at in 0..tokens.len() {
        let (kind, opens) = match tokens[at].mark {
            [b'(', 0] => (0, true),
            [b')', 0] => (0, false),
            [b'[', 0] => (1, true),
            [b']', 0] => (1, false),
            [b'{', 0] => (2, true),
            [b'}', 0] => (2, false),
            _ => continue,
        };
        if opens {
            count[kind] += 1;
            open.push((at, kind));
        } else if count[kind] > 0 {
            // What was never closed ends with what it is in.
            while let Some((other, of)) = open.pop() {
                count[of] -= 1;
                if of == kind {
                    tokens[at].pair = Some(other);
                    tokens[other].pair = Some(at);
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, lang: Lang) -> Vec<String> {
        tokens(text, lang).into_iter().filter(|t| t.kind == Kind::Text).map(|t| t.text.to_string()).collect()
    }

    #[test]
    fn strings_of_every_language() {
        assert_eq!(texts("f'Bearer {key}' # 'x'\n\"\"\"a\nb\"\"\"", Lang::Python), ["Bearer ${key}", "a\nb"]);
        assert_eq!(
            texts("`a ${b}` // 'x'\n'don\\'t' /* 'y' */; /['\"]/.test(c) \"z\"", Lang::Js),
            ["a ${b}", "don't", "z"]
        );
        assert_eq!(texts("fn f<'a>(x: &'a str) { r#\"a\"b\"#; 'c'; \"{k}\" }", Lang::Rust), ["a\"b", "c", "${k}"]);
        assert_eq!(texts("\"Bearer #{k}\" # 'x'", Lang::Ruby), ["Bearer ${k}"]);
        assert_eq!(texts("'a' . \"Bearer $k\" . \"{$k}x\"; # '", Lang::Php), ["a", "Bearer ${k}", "${k}x"]);
        assert_eq!(texts("$\"Bearer {k}\" + @\"a\\b\"", Lang::CSharp), ["Bearer ${k}", "a\\b"]);
        assert_eq!(texts("`raw` + \"%s\"", Lang::Go), ["raw", "${}"]);
    }

    #[test]
    fn brackets_know_each_other() {
        let tokens = tokens("f(a[1], {b: 'c)'})", Lang::Js);
        let open = tokens.iter().position(|t| t.is("(")).expect("open");
        assert_eq!(tokens[open].pair, Some(tokens.len() - 1));
    }

    #[test]
    fn nothing_panics_on_odd_text() {
        for text in ["'", "\"\\", "`${", "r#\"", "/", "/*", "é'é", "{}", ")(", "f'{", "$", "b'", "'''"] {
            for lang in [Lang::Python, Lang::Js, Lang::Go, Lang::Rust, Lang::Java, Lang::CSharp, Lang::Ruby, Lang::Php]
            {
                tokens(text, lang);
            }
        }
    }
}
