//! A request as its code writes it: where it goes, which headers it carries, which options it has. From calls of HTTP
//! libraries in source code, from curl, wget and httpie in shell.

use super::shell::{Command, Word};
use std::ops::Range;

/// A text with its place; a variable within it is written as `${…}` or `$NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Its bytes.
    pub span: Range<usize>,
}

/// A header that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// As it is written.
    pub name: String,
    /// Its value.
    pub value: Piece,
    /// Name and value.
    pub span: Range<usize>,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// All of it.
    pub span: Range<usize>,
    /// The program or function: `curl`, `requests.get`.
    pub tool: String,
    /// Where it goes; several where the code names several.
    pub urls: Vec<Piece>,
    /// What it carries.
    pub headers: Vec<Header>,
    /// Credentials of basic authentication.
    pub basic: Option<Piece>,
    /// Options of a command line that matter here: `insecure`, `verbose`, `location-trusted`.
    pub options: Vec<&'static str>,
    /// The body, where it is a literal.
    pub body: Option<Piece>,
    /// `POST` and the like, where it is said.
    pub method: Option<String>,
}

/// The host of a URL, in lower case, without port; `None` where it is a variable.
pub fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = &rest[..rest.find(['/', '?', '#', '"', '\'', ' ']).unwrap_or(rest.len())];
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host);
    let known = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    known.then(|| host.to_ascii_lowercase())
}

/// The scheme of a URL, in lower case.
pub fn scheme(url: &str) -> Option<String> {
    let (scheme, _) = url.split_once("://")?;
    (!scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+'))
        .then(|| scheme.to_ascii_lowercase())
}

/// Whether a text begins like a URL of the web.
pub fn is_url(text: &str) -> bool {
    let text = text.trim_start();
    let begins = |lead: &str| text.get(..lead.len()).is_some_and(|start| start.eq_ignore_ascii_case(lead));
    begins("http://") || begins("https://")
}

/// Whether a host is one that no one else listens to.
pub fn is_local(host: &str) -> bool {
    matches!(
        host,
        "localhost"
            | "127.0.0.1"
            | "0.0.0.0"
            | "host.docker.internal"
            | "169.254.169.254"
            | "metadata.google.internal"
            | "metadata"
    ) || !host.contains('.')
        || [".local", ".localhost", ".svc", ".internal", ".test", ".cluster.local", ".lan", ".invalid"]
            .iter()
            .any(|end| host.ends_with(end))
        || host.contains(".svc.")
        || ["10.", "192.168.", "172.16.", "172.17.", "172.18.", "172.19.", "127."]
            .iter()
            .any(|start| host.starts_with(start))
        || host.split('.').next_back().is_some_and(|top| top == "example")
        || matches!(host, "example.com" | "example.org" | "example.net")
}

/// The request that a command makes, if it makes one.
pub fn of_command(command: &Command) -> Option<Request> {
    let tool = command.name()?.to_owned();
    let httpie = matches!(tool.as_str(), "http" | "https" | "xh");
    if !matches!(tool.as_str(), "curl" | "wget" | "curlie") && !httpie {
        return None;
    }
    let mut request = Request { span: command.span.clone(), tool: tool.clone(), ..Request::default() };
    let piece = |word: &Word| Piece { text: word.text.clone(), span: word.span.clone() };
    for word in command.values(&["-H", "--header"]).chain(joined(command, &["--header="]).iter()) {
        request.headers.extend(header(&word.text, word.span.clone()));
    }
    for word in &command.words {
        let text = &word.text;
        // `-H"X: y"` in one word.
        if let Some(value) = text.strip_prefix("-H").filter(|value| value.contains(':')) {
            request.headers.extend(header(value, word.span.clone()));
        }
        if is_url(text) {
            request.urls.push(piece(word));
        } else if httpie && !text.starts_with('-') && text.contains(':') && !text.contains("://") {
            request.headers.extend(header(text, word.span.clone()));
        }
    }
    if request.urls.is_empty() {
        // `curl "$BASE/v1"`: the variable is resolved later.
        let variable = |word: &&Word| word.text.starts_with('$') && word.text.len() > 1 && !word.single;
        request.urls.extend(command.words.iter().skip(1).filter(variable).map(piece).next());
    }
    request.basic = command.values(&["-u", "--user", "-a", "--auth"]).next().filter(|_| tool != "wget").map(piece);
    if tool == "curl" || tool == "curlie" {
        let flags: [(&'static str, &[&str], Option<char>); 3] = [
            ("insecure", &["--insecure"], Some('k')),
            ("verbose", &["--verbose", "--trace", "--trace-ascii"], Some('v')),
            ("location-trusted", &["--location-trusted"], None),
        ];
        request.options = flags.into_iter().filter(|(_, long, short)| command.has(long, *short)).map(|f| f.0).collect();
    } else if command.has(&["--no-check-certificate", "--verify=no"], None) {
        request.options.push("insecure");
    }
    request.body = command.values(&["-d", "--data", "--data-raw", "--json", "--data-binary"]).next().map(piece);
    request.method = command.values(&["-X", "--request"]).next().map(|word| word.text.to_ascii_uppercase());
    Some(request)
}

fn joined(command: &Command, leads: &[&str]) -> Vec<Word> {
    let cut = |word: &Word| {
        let value = leads.iter().find_map(|lead| word.text.strip_prefix(lead))?;
        Some(Word { text: value.trim_matches(['"', '\'']).to_owned(), span: word.span.clone(), single: word.single })
    };
    command.words.iter().filter_map(cut).collect()
}

/// `Name: value`
pub fn header(text: &str, span: Range<usize>) -> Option<Header> {
    let (name, value) = text.split_once(':')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    is_name.then(|| Header {
        name: name.to_owned(),
        value: Piece { text: value.trim().to_owned(), span: span.clone() },
        span,
    })
}

/// Whether a header of that name carries who is asking.
pub fn is_auth_header(name: &str) -> bool {
    // Asked of every name and text of a source file: they all end in "n" or "y", and none is long.
    if name.len() > 100 || !name.bytes().next_back().is_some_and(|last| matches!(last | 0x20, b'n' | b'y')) {
        return false;
    }
    // `OPENAI_API_KEY` is a variable of an environment.
    if name.contains('_') && !name.contains(|c: char| c.is_ascii_lowercase()) {
        return false;
    }
    let name = name.to_ascii_lowercase().replace('_', "-");
    const EXACT: [&str; 12] = [
        "authorization",
        "api-key",
        "apikey",
        "x-api-key",
        "x-apikey",
        "private-token",
        "x-auth-token",
        "x-access-token",
        "x-token",
        "x-auth-key",
        "proxy-authorization",
        "x-authorization",
    ];
    EXACT.contains(&name.as_str())
        || (name.starts_with("x-")
            && (name.ends_with("-api-key") || name.ends_with("-apikey") || name.ends_with("-token")))
        || name.ends_with("-api-key")
}

#[cfg(test)]
mod tests {
    use super::super::shell::commands;
    use super::*;

    fn request(text: &str) -> Request {
        of_command(&commands(text, 0..text.len())[0]).expect("a request")
    }

    #[test]
    fn curl_is_understood() {
        let it = request("curl -sSk -X POST -H \"X-Api-Key: $K\" -u a:b -d '{}' https://H.example:1/a?b");
        assert_eq!((it.headers[0].name.as_str(), it.headers[0].value.text.as_str()), ("X-Api-Key", "$K"));
        assert_eq!(host(&it.urls[0].text).as_deref(), Some("h.example"));
        assert_eq!((it.options, it.method.as_deref()), (vec!["insecure"], Some("POST")));
        assert_eq!(it.basic.map(|b| b.text).as_deref(), Some("a:b"));
    }

    #[test]
    fn other_programs_too() {
        assert_eq!(request("wget --header='A-Token: x' http://h.example").headers[0].name, "A-Token");
        assert_eq!(request("http GET https://h.example Authorization:Bearer").headers[0].name, "Authorization");
        assert_eq!(host("https://${X}/a"), None);
    }
}
