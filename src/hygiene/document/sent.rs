//! Requests that source code sends: their parts, found in calls and objects, and bound together by the names of variables.

use super::lex::{Kind, Token};
use super::request::{Header, Piece, Request, is_auth_header, is_url};
use super::source::{Source, bytes, chain, expression_end, piece};
use std::collections::HashMap;
use std::ops::Range;

/// How far apart, in lines' worth of bytes, the parts of one request may stand.
const NEAR: usize = 4000;

/// A part of a request: a statement with URLs or headers.
struct Part {
    request: Request,
    /// Names that bind it to other parts: what it is assigned to, what it is called on, what it is given.
    names: Vec<String>,
    /// Whether it is a call and so may be sent.
    is_call: bool,
}

/// The requests of a file.
pub(super) fn requests(source: &Source, text: &str) -> Vec<Request> {
    let tokens = &source.tokens;
    let mut parts: Vec<Part> = Vec::new();
    let mut covered = 0;
    for call in &source.calls {
        // Calls within a call belong to it, and those chained to it follow it. Where a call holds nothing, they do not either.
        if call.first < covered {
            continue;
        }
        // Blocks of functions given to a call are code of their own.
        let has_block = call.arguments.len() > 400;
        if has_block {
            continue;
        }
        let end = chain_end(tokens, call.arguments.end + 1);
        covered = end;
        parts.extend(part(source, text, call.first..end, true));
    }
    // In the order of their places, and none within another.
    let calls: Vec<Range<usize>> = parts.iter().map(|part| part.request.span.clone()).collect();
    // Objects of headers: `headers = {…}`, and `x["Authorization"] = …`.
    for at in 1..tokens.len() {
        if !(tokens[at].is("=") || tokens[at].is(":=")) || tokens[at - 1].kind == Kind::Text {
            continue;
        }
        let object =
            tokens.get(at + 1).and_then(|t| t.pair.filter(|_| t.is("{") || t.is("["))).filter(|pair| *pair < at + 400);
        let indexed =
            tokens[at - 1].is("]") && tokens[at - 2].kind == Kind::Text && is_auth_header(&tokens[at - 2].text);
        let place = tokens[at].span.start;
        let before = calls.partition_point(|span| span.start <= place);
        if before.checked_sub(1).is_some_and(|last| calls[last].contains(&place)) {
            continue;
        }
        if let Some(close) = object {
            if let Some((name, first)) = chain(tokens, at - 1) {
                let part = part(source, text, first..close + 1, false);
                parts.extend(part.filter(|part| !part.request.headers.is_empty()).map(|mut part| {
                    part.names.push(name.rsplit('.').next().unwrap_or_default().to_owned());
                    part
                }));
            }
        } else if indexed {
            let open = tokens[at - 1].pair.unwrap_or(at - 3);
            let Some((name, first)) = open.checked_sub(1).and_then(|before| chain(tokens, before)) else { continue };
            let end = expression_end(tokens, at + 1);
            let value = piece(tokens, at + 1..end, text);
            let span = tokens[first].span.start..value.span.end;
            let header = Header { name: tokens[at - 2].text.to_string(), value, span: span.clone() };
            let request = Request { span, headers: vec![header], ..Request::default() };
            parts.push(Part { request, names: vec![root(&name)], is_call: false });
        }
    }
    bind(parts)
}

fn root(name: &str) -> String {
    name.split('.').next().unwrap_or(name).to_owned()
}

/// The token after a call and everything chained to it: `.header(…).send()?`.
fn chain_end(tokens: &[Token], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        if token.is("?") || token.is("!") {
            at += 1;
        } else if [".", "->", "?.", "::"].iter().any(|mark| token.is(mark)) {
            at += 2;
            if let Some(pair) = tokens.get(at).and_then(|t| t.pair.filter(|_| t.is("("))) {
                at = pair + 1;
            }
        } else {
            break;
        }
    }
    at.min(tokens.len())
}

/// What a statement says of a request; nothing where it says neither where it goes nor what it carries.
fn part(source: &Source, text: &str, range: Range<usize>, is_call: bool) -> Option<Part> {
    let tokens = &source.tokens;
    let mut request = Request { span: bytes(tokens, &range), ..Request::default() };
    for token in tokens[range.clone()].iter().filter(|token| token.kind == Kind::Text) {
        let resolved = source.resolved(&token.text);
        if is_url(&resolved) {
            // `"https://…" + path` and the like go on; the place is that of the literal.
            request.urls.push(Piece { text: resolved.into_owned(), span: token.span.clone() });
        }
        if matches!(token.text.as_str(), "POST" | "PUT" | "PATCH" | "DELETE") {
            request.method = Some(token.text.to_string());
        }
    }
    if request.urls.is_empty() && source.has_urls {
        let constant = tokens[range.clone()].iter().filter(|token| token.kind == Kind::Name).find_map(|token| {
            let piece = source.constant(&token.text).filter(|piece| is_url(&piece.text))?;
            Some(Piece { text: piece.text.clone(), span: token.span.clone() })
        });
        request.urls.extend(constant);
    }
    request.headers = headers(tokens, range.clone(), text);
    request.basic = basic(tokens, range.clone(), text);
    if request.urls.is_empty() && request.headers.is_empty() && request.basic.is_none() {
        return None;
    }
    let called =
        range.clone().find(|at| tokens[*at].kind == Kind::Name && tokens.get(at + 1).is_some_and(|t| t.is("(")));
    request.tool = called.and_then(|at| chain(tokens, at)).map(|(name, _)| name).unwrap_or_default();
    if request.method.is_none() {
        let verb = request.tool.rsplit('.').next().unwrap_or_default().to_ascii_uppercase();
        request.method = matches!(verb.as_str(), "POST" | "PUT" | "PATCH" | "DELETE").then_some(verb);
    }
    // What the statement is assigned to: `req, _ := …`, `const res = await …`.
    let mut names = Vec::new();
    let mut before = range.start;
    while before > 0 && matches!(tokens[before - 1].text.as_str(), "await" | "new" | "&" | "*") {
        before -= 1;
    }
    if is_call && before >= 2 && (tokens[before - 1].is("=") || tokens[before - 1].is(":=")) {
        let left = &tokens[before.saturating_sub(6)..before - 1];
        names.extend(left.iter().filter(|t| t.kind == Kind::Name && t.text.len() > 1).map(|t| t.text.to_string()));
    }
    let inner = tokens[range].iter().filter(|token| token.kind == Kind::Name);
    names.extend(inner.map(|token| token.text.trim_start_matches('$').to_owned()));
    Some(Part { request, names, is_call })
}

fn headers(tokens: &[Token], range: Range<usize>, text: &str) -> Vec<Header> {
    const SETTERS: [&str; 20] = [
        "set",
        "add",
        "header",
        "setheader",
        "addheader",
        "append",
        "insert",
        "setrequestheader",
        "put",
        "with_header",
        "defaultheader",
        "tryaddwithoutvalidation",
        "setrequestproperty",
        "addrequestheader",
        "withheader",
        "addvalue",
        "setvalue",
        "adddefaultheader",
        "default_header",
        "addrequestproperty",
    ];
    let mut out = Vec::new();
    for at in range.clone() {
        let token = &tokens[at];
        let next = tokens.get(at + 1);
        if token.kind == Kind::Mark {
            continue;
        }
        if !is_auth_header(&token.text) {
            out.extend(bearer_call(tokens, at, text).filter(|_| token.kind == Kind::Name));
            continue;
        }
        let Some(next) = next else { continue };
        // reqwest's and Hyper's constant `AUTHORIZATION` as a name; otherwise a name only as a key of an object.
        let keyed = next.is(":") || next.is("=>") || (next.is("=") && token.kind == Kind::Text);
        let called = next.is(",")
            && setter_before(tokens, at).is_some_and(|name| SETTERS.contains(&name.to_ascii_lowercase().as_str()));
        if !keyed && !called {
            continue;
        }
        let mut start = at + 2;
        while tokens.get(start).is_some_and(|t| t.is("[") && keyed) {
            start += 1;
        }
        let end = expression_end(tokens, start).min(range.end.max(start));
        if start >= end {
            continue;
        }
        let value = piece(tokens, start..end, text);
        let span = token.span.start..value.span.end.max(token.span.end);
        out.push(Header { name: token.text.to_string(), value, span });
    }
    out
}

/// The name of the call whose brackets a token is the first in; through one more bracket, as in `HeaderName::from(…)`.
fn setter_before(tokens: &[Token], at: usize) -> Option<&str> {
    let mut open = at.checked_sub(1)?;
    for _ in 0..6 {
        if tokens[open].is("(") {
            break;
        }
        open = open.checked_sub(1)?;
        if tokens[open].is(",") || tokens[open].is(";") {
            return None;
        }
    }
    tokens.get(open.checked_sub(1)?).filter(|name| name.kind == Kind::Name).map(|name| name.text.as_str())
}

/// `.bearer_auth(token)`, `withToken($token)`, `new AuthenticationHeaderValue("Bearer", token)`.
fn bearer_call(tokens: &[Token], at: usize, text: &str) -> Option<Header> {
    let name = tokens[at].text.as_str();
    let open = tokens.get(at + 1).filter(|t| t.is("("))?;
    let close = open.pair?;
    let scheme = match name {
        "bearer_auth" | "bearerAuth" | "setBearerAuth" | "withToken" | "BearerAuth" | "SetAuthToken"
        | "bearer_token" => "Bearer",
        "AuthenticationHeaderValue" => tokens.get(at + 2).filter(|t| t.kind == Kind::Text).map(|t| t.text.as_str())?,
        _ => return None,
    };
    let start = if name == "AuthenticationHeaderValue" { at + 4 } else { at + 2 };
    if start >= close {
        return None;
    }
    let value = piece(tokens, start..close, text);
    let span = tokens[at].span.start..tokens[close].span.end;
    let value = Piece { text: format!("{scheme} {}", value.text), span: value.span };
    Some(Header { name: "Authorization".to_owned(), value, span })
}

/// `auth=(key, "")`, `auth: { username: key }`, `.basic_auth(key, …)`, `SetBasicAuth(key, "")`.
fn basic(tokens: &[Token], range: Range<usize>, text: &str) -> Option<Piece> {
    range.clone().find_map(|at| {
        let next = tokens.get(at + 1)?;
        let (open, start) = match tokens[at].text.as_str() {
            "auth" if next.is("=") || next.is(":") => (tokens.get(at + 2)?, at + 3),
            "basic_auth" | "SetBasicAuth" | "basicAuth" | "HTTPBasicAuth" | "withBasicAuth" if next.is("(") => {
                (next, at + 2)
            }
            _ => return None,
        };
        let close = open.pair.filter(|close| *close < range.end && (open.is("(") || open.is("{")))?;
        Some(piece(tokens, start..close, text)).filter(|piece| !piece.text.is_empty())
    })
}

/// Joins parts that share a name and stand near each other: headers go to calls that have a URL.
fn bind(parts: Vec<Part>) -> Vec<Request> {
    // By the names that may hold a request, in the order of their places.
    let mut by_name: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    for (ix, part) in parts.iter().enumerate() {
        for name in part.names.iter().filter(|name| is_bond(name)) {
            by_name.entry(name).or_default().push((part.request.span.start, ix));
        }
    }
    by_name.values_mut().for_each(|places| places.sort_unstable());
    let mut out: Vec<Request> = Vec::new();
    let mut given = vec![false; parts.len()];
    for (ix, part) in parts.iter().enumerate().filter(|(_, part)| part.is_call && !part.request.urls.is_empty()) {
        let mut request = part.request.clone();
        if request.headers.is_empty() && request.basic.is_none() {
            let place = part.request.span.start;
            let mut bound: Vec<usize> = part
                .names
                .iter()
                .filter_map(|name| by_name.get(name.as_str()))
                .flat_map(|places| {
                    let from = places.partition_point(|(at, _)| at + NEAR <= place);
                    places[from..].iter().take_while(|(at, _)| *at < place + NEAR)
                })
                .map(|(_, other)| *other)
                .filter(|other| *other != ix && parts[*other].request.urls.is_empty())
                .collect();
            bound.sort_unstable();
            bound.dedup();
            for other in bound {
                given[other] = true;
                request.headers.extend(parts[other].request.headers.iter().cloned());
                request.basic = request.basic.or_else(|| parts[other].request.basic.clone());
            }
        }
        out.push(request);
    }
    // Headers for which no address was found still tell where a key goes.
    out.extend(
        parts
            .into_iter()
            .zip(given)
            .filter(|(part, given)| part.request.urls.is_empty() && !given)
            .map(|(part, _)| part.request),
    );
    out.sort_by_key(|request| request.span.start);
    out
}

/// Whether a variable of that name is likely to hold a request, its headers or a client, and is not any word that two
/// statements use.
fn is_bond(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "header", "req", "session", "client", "options", "config", "opts", "params", "http", "conn", "api", "s", "r",
        "curl", "xhr",
    ]
    .iter()
    .any(|word| if word.len() < 2 { name == *word } else { name.contains(word) })
        && !matches!(name.as_str(), "requests" | "http" | "request" | "axios" | "reqwest" | "httpx" | "newrequest")
}
