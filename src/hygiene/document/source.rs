//! What source code does with keys and requests: calls, assignments of literals, reads of the environment.
//!
//! A request is often written in several statements (a session, a headers object, a base URL). They are bound together
//! by the names of variables, as far as they stand near each other in one file.

use super::lex::{Kind, Lang, Token, tokens};
use super::request::{Piece, Request, is_url};
use super::sent;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// A file of source code.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// All tokens.
    pub tokens: Vec<Token>,
    /// Names that are given a literal or a text with variables.
    pub assigned: Vec<(String, Piece)>,
    /// Where in `assigned` a name is given its first one.
    first: HashMap<String, usize>,
    /// Whether any of them is a URL.
    pub(super) has_urls: bool,
    /// Requests.
    pub requests: Vec<Request>,
    /// All calls, outer ones before those within them.
    pub calls: Vec<Call>,
    /// Environment variables that are read, with what stands in for a missing one, in the order of their places.
    pub reads: Vec<Read>,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `requests.get`, with dots whatever the language joins names by.
    pub name: String,
    /// The tokens between its brackets.
    pub arguments: Range<usize>,
    /// From the name to the closing bracket, in bytes.
    pub span: Range<usize>,
    /// The first token of the name.
    pub(super) first: usize,
}

/// A read of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The variable.
    pub name: String,
    /// The literal that is used where it is not set.
    pub default: Option<Piece>,
    /// Its bytes.
    pub span: Range<usize>,
}

/// Reads a text.
pub fn parse(text: &str, lang: Lang) -> Source {
    let tokens = tokens(text, lang);
    let calls = calls(&tokens);
    let assigned = assigned(&tokens, text);
    let reads = reads(&tokens, text);
    let mut first = HashMap::new();
    for (at, (name, _)) in assigned.iter().enumerate() {
        first.entry(name.clone()).or_insert(at);
    }
    let has_urls = assigned.iter().any(|(_, piece)| is_url(&piece.text));
    let mut source = Source { requests: Vec::new(), tokens, assigned, first, has_urls, calls, reads };
    source.requests = sent::requests(&source, text);
    source
}

impl Source {
    /// The arguments of a call, split at its commas.
    pub fn arguments(&self, call: &Call) -> Vec<Range<usize>> {
        split(&self.tokens, call.arguments.clone(), ",")
    }

    /// The first read of the environment in a range of bytes.
    pub fn read_in(&self, range: &Range<usize>) -> Option<&Read> {
        let from = self.reads.partition_point(|read| read.span.start < range.start);
        self.reads[from..].iter().take_while(|read| read.span.start < range.end).find(|read| read.span.end <= range.end)
    }

    /// The read of the environment that a byte is part of.
    pub fn read_at(&self, at: usize) -> Option<&Read> {
        let next = self.reads.partition_point(|read| read.span.start <= at);
        self.reads[..next].last().filter(|read| at < read.span.end)
    }

    /// The literal that a name was given in this file, if it was given one.
    pub fn constant(&self, name: &str) -> Option<&Piece> {
        let last = name.rsplit('.').next().unwrap_or(name);
        self.first.get(last).map(|at| &self.assigned[*at].1)
    }

    /// `text` with the variables replaced that are constants of this file.
    pub fn resolved<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !text.contains("${") {
            return Cow::Borrowed(text);
        }
        let mut out = text.to_owned();
        for _ in 0..3 {
            let Some((start, name)) = variables(&out).find(|(_, name)| self.constant(name).is_some()) else { break };
            let end = start + name.len() + 3;
            let Some(piece) = self.constant(&name) else { break };
            if piece.text.contains(&name) {
                break;
            }
            out.replace_range(start..end, &piece.text);
        }
        Cow::Owned(out)
    }
}

/// The variables `${…}` of a text with where they begin.
fn variables(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    text.match_indices("${").filter_map(|(at, _)| {
        let end = text[at..].find('}')?;
        Some((at, text[at + 2..at + end].to_owned()))
    })
}

/// Splits a range of tokens at a mark that is in no brackets.
fn split(tokens: &[Token], range: Range<usize>, mark: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = range.start;
    let mut at = range.start;
    while at < range.end {
        if let Some(pair) = tokens[at].pair.filter(|pair| *pair > at && *pair < range.end) {
            at = pair;
        } else if tokens[at].is(mark) {
            parts.push(start..at);
            start = at + 1;
        }
        at += 1;
    }
    if start < range.end {
        parts.push(start..range.end);
    }
    parts
}

/// The bytes that a range of tokens covers.
pub(super) fn bytes(tokens: &[Token], range: &Range<usize>) -> Range<usize> {
    match (tokens.get(range.start), tokens.get(range.end.wrapping_sub(1))) {
        (Some(first), Some(last)) if range.start < range.end => first.span.start..last.span.end,
        _ => 0..0,
    }
}

/// An expression as one text: literals as they are, everything else as `${source}`.
pub fn piece(tokens: &[Token], range: Range<usize>, text: &str) -> Piece {
    let span = bytes(tokens, &range);
    let mut parts = split(tokens, range.clone(), "+");
    // PHP joins with a dot, and a string beside it tells that from access.
    if parts.len() == 1 && range.clone().any(|at| tokens[at].kind == Kind::Text) {
        let by_dot = split(tokens, range, ".");
        let is_joined = by_dot.len() > 1 && by_dot.iter().any(|p| p.len() == 1 && tokens[p.start].kind == Kind::Text);
        if is_joined {
            parts = by_dot;
        }
    }
    let mut out = String::new();
    for part in parts {
        match &tokens[part.clone()] {
            [one] if one.kind == Kind::Text => out.push_str(one.text.as_str()),
            // `format!("Bearer {}", key)`, `fmt.Sprintf("Bearer %s", key)`, `"…".format(key)`.
            some => {
                let first = some.iter().find(|token| token.kind == Kind::Text);
                let whole = bytes(tokens, &part);
                let source = text.get(whole).unwrap_or_default();
                match first.filter(|first| first.text.contains("${}")) {
                    Some(format) => {
                        let rest: Vec<&str> = some
                            .iter()
                            .skip_while(|token| token.span.start <= format.span.start)
                            .filter(|token| token.kind == Kind::Name)
                            .map(|token| token.text.as_str())
                            .collect();
                        out.push_str(&format.text.replacen("${}", &format!("${{{}}}", rest.join(".")), 1));
                    }
                    None if some.is_empty() => {}
                    None => out.push_str(&format!("${{{}}}", source.split_whitespace().collect::<Vec<_>>().join(" "))),
                }
            }
        }
    }
    Piece { text: out, span }
}

/// The names and joining marks before token `at`, as `a.b.c`, and where they begin.
pub(super) fn chain(tokens: &[Token], at: usize) -> Option<(String, usize)> {
    let mut first = at;
    if tokens.get(at)?.kind != Kind::Name {
        return None;
    }
    let mut names = vec![tokens[at].text.as_str()];
    while first >= 2 && [".", "->", "::", "?."].iter().any(|mark| tokens[first - 1].is(mark)) {
        if tokens[first - 2].kind != Kind::Name {
            break;
        }
        first -= 2;
        names.push(&tokens[first].text);
    }
    names.reverse();
    Some((names.join("."), first))
}

fn calls(tokens: &[Token]) -> Vec<Call> {
    const NONE: [&str; 14] = [
        "if", "for", "while", "switch", "catch", "return", "function", "func", "def", "fn", "match", "elif", "and",
        "or",
    ];
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(close) = token.pair.filter(|close| token.is("(") && *close > at) else { continue };
        // `println!(`
        let name_at = match at {
            0 => continue,
            at if at >= 2 && tokens[at - 1].is("!") => at - 2,
            at => at - 1,
        };
        let Some((name, first)) = chain(tokens, name_at) else { continue };
        let declared = first > 0 && matches!(tokens[first - 1].text.as_str(), "def" | "function" | "func" | "fn");
        if !NONE.contains(&name.as_str()) && !declared {
            out.push(Call {
                name,
                arguments: at + 1..close,
                span: tokens[first].span.start..tokens[close].span.end,
                first,
            });
        }
    }
    out
}

/// `name = "literal"`, `name: "literal"`, `const NAME: &str = "literal"`.
fn assigned(tokens: &[Token], text: &str) -> Vec<(String, Piece)> {
    let mut out = Vec::new();
    for at in 1..tokens.len() {
        let sign = tokens[at].text.as_str();
        if tokens[at].kind != Kind::Mark || !matches!(sign, "=" | ":=" | ":" | "=>") {
            continue;
        }
        let is_text = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Text);
        if !is_text {
            continue;
        }
        let mut name_at = at - 1;
        // A type between name and sign: `name: &'static str = `, `var name string = `.
        if sign == "=" {
            let back = (name_at.saturating_sub(6)..name_at).rev().find(|i| tokens[*i].is(":"));
            if let Some(colon) = back.filter(|colon| {
                *colon > 0
                    && tokens[*colon - 1].kind == Kind::Name
                    && tokens[*colon..name_at]
                        .iter()
                        .all(|t| !t.is(",") && !t.is(";") && !t.is("(") && t.kind != Kind::Text)
            }) {
                name_at = colon - 1;
            }
        }
        let name = match tokens[name_at].kind {
            Kind::Name | Kind::Text => tokens[name_at].text.trim_start_matches('$').to_owned(),
            Kind::Mark => continue,
        };
        let name = match name_at.checked_sub(1).map(|i| (&tokens[i], i)) {
            // Go: `var name string = …`, `const name = …` are fine; `name string =` needs the one before.
            Some((before, _)) if name == "string" && before.kind == Kind::Name => before.text.to_string(),
            _ => name,
        };
        let end = expression_end(tokens, at + 1);
        out.push((name, piece(tokens, at + 1..end, text)));
    }
    out
}

/// The token after an expression: at a comma, semicolon, closing bracket, or where the next line begins a new statement.
pub(super) fn expression_end(tokens: &[Token], start: usize) -> usize {
    let mut at = start;
    while at < tokens.len() {
        let token = &tokens[at];
        if matches!(token.text.as_str(), "," | ";" | ")" | "]" | "}") && token.kind == Kind::Mark {
            break;
        }
        if at > start && token.kind != Kind::Mark && tokens[at - 1].kind != Kind::Mark {
            break;
        }
        at = match token.pair {
            Some(pair) if pair > at => pair + 1,
            _ => at + 1,
        };
    }
    at
}

/// Reads of the environment, in the ways of all languages.
fn reads(tokens: &[Token], text: &str) -> Vec<Read> {
    let mut out = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == Kind::Text && token.text.contains(".env.")) {
        // Within a template: `Bearer ${process.env.X}`.
        for lead in ["${process.env.", "${import.meta.env."] {
            for (at, _) in token.text.match_indices(lead) {
                let name: String =
                    token.text[at + lead.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                out.push(Read { name, default: None, span: token.span.clone() });
            }
        }
    }
    for at in (0..tokens.len()).filter(|at| may_read(tokens, *at)) {
        let Some((name, first)) = chain(tokens, at) else { continue };
        let next = tokens.get(at + 1);
        // process.env.X, import.meta.env.X, $_ENV['X'], ENV['X'], os.environ['X']
        let dotted = ["process.env.", "import.meta.env.", "Deno.env.", "Bun.env."]
            .iter()
            .find_map(|lead| name.strip_prefix(lead));
        if let Some(variable) = dotted.filter(|v| !v.is_empty() && !v.contains('.') && *v != "get") {
            let ends = !next.is_some_and(|next| [".", "::", "?."].iter().any(|mark| next.is(mark)));
            if ends || tokens.get(at + 2).is_some_and(|t| t.kind == Kind::Name) {
                let default = fallback(tokens, at + 1, text);
                out.push(Read {
                    name: variable.to_owned(),
                    default,
                    span: tokens[first].span.start..tokens[at].span.end,
                });
            }
            continue;
        }
        let indexed = matches!(
            name.as_str(),
            "process.env" | "import.meta.env" | "os.environ" | "environ" | "ENV" | "$_ENV" | "$_SERVER"
        );
        let called = matches!(
            name.as_str(),
            "os.getenv"
                | "getenv"
                | "os.environ.get"
                | "environ.get"
                | "ENV.fetch"
                | "os.Getenv"
                | "os.LookupEnv"
                | "env.var"
                | "std.env.var"
                | "System.getenv"
                | "Environment.GetEnvironmentVariable"
                | "env"
                | "Deno.env.get"
        );
        let Some(open) = next.filter(|next| (indexed && next.is("[")) || (called && next.is("("))) else { continue };
        let Some(close) = open.pair else { continue };
        let Some(variable) = tokens.get(at + 2).filter(|token| token.kind == Kind::Text && at + 2 < close) else {
            continue;
        };
        let is_name = super::shell::is_name(&variable.text) && variable.text.len() > 1;
        if !is_name {
            continue;
        }
        let second = tokens.get(at + 4).filter(|t| tokens[at + 3].is(",") && t.kind == Kind::Text && at + 4 < close);
        let default = match second {
            Some(token) => Some(Piece { text: token.text.to_string(), span: token.span.clone() }),
            None => fallback(tokens, close + 1, text),
        };
        out.push(Read {
            name: variable.text.to_string(),
            default,
            span: tokens[first].span.start..tokens[close].span.end,
        });
    }
    out.sort_by_key(|read| read.span.start);
    out
}

/// Whether a name can be the last one of a read: putting the names of a chain together costs more than looking at two.
fn may_read(tokens: &[Token], at: usize) -> bool {
    let last = tokens[at].text.as_str();
    tokens[at].kind == Kind::Name
        && (last.ends_with("env")
            || last.ends_with("Env")
            || last.starts_with("ENV")
            || last.starts_with("$_")
            || matches!(last, "environ" | "get" | "fetch" | "LookupEnv" | "var" | "GetEnvironmentVariable")
            || at >= 2 && tokens[at - 2].text == "env" && (tokens[at - 1].is(".") || tokens[at - 1].is("?.")))
}

/// The literal of `|| "literal"`, `?? "literal"`, `or "literal"`, `.unwrap_or("literal")`.
fn fallback(tokens: &[Token], at: usize, _text: &str) -> Option<Piece> {
    let sign = tokens.get(at)?;
    let literal = |at: usize| {
        let token = tokens.get(at).filter(|token| token.kind == Kind::Text)?;
        Some(Piece { text: token.text.to_string(), span: token.span.clone() })
    };
    if sign.is("||") || sign.is("??") || (sign.kind == Kind::Name && sign.text == "or") {
        return literal(at + 1);
    }
    let is_call = sign.is(".") && tokens.get(at + 1)?.text.starts_with("unwrap_or");
    if is_call { (at + 2..at + 6).find_map(literal) } else { None }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
