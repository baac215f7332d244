//! A request, made from a rule's table and a key. What it shows of itself is made from the same table with redacted
//! values, so that no list of things to hide can miss one.

use super::endpoint::Endpoints;
use crate::finding::Secret;
use crate::rule::call::Call;
use crate::rule::template::{Piece, pieces};
use data_encoding::BASE64;
use regex::Regex;
use std::collections::BTreeMap;
use std::fmt;

/// What the placeholders of a request stand for.
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<String, Secret>);

impl Values {
    /// The key, and the parts of it that the table names.
    ///
    /// # Errors
    ///
    /// The key is not made as the table says, or not of text.
    pub fn of_key(key: &Secret, parts: Option<&str>) -> Result<Self, String> {
        let text = std::str::from_utf8(key.expose()).map_err(|_| "the key is not text".to_owned())?;
        if text.chars().any(char::is_control) {
            return Err("the key holds control characters, which no header can".to_owned());
        }
        let mut values = Self::default();
        values.add("key", key.clone());
        if let Some(pattern) = parts {
            let pattern = Regex::new(pattern).map_err(|_| "its parts cannot be told".to_owned())?;
            let found = pattern.captures(text).ok_or("the key does not have the parts that the request needs")?;
            for name in pattern.capture_names().flatten() {
                let part = found.name(name).map_or("", |part| part.as_str());
                values.add(name, Secret::new(part.as_bytes(), 0));
            }
        }
        Ok(values)
    }

    /// One more value.
    pub fn add(&mut self, name: &str, value: Secret) {
        self.0.insert(name.to_owned(), value);
    }

    /// One more value that may be shown, such as a key's id.
    pub fn add_public(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), Secret::new(value.as_bytes(), value.len()));
    }

    /// The value of a placeholder.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// Fills a template in, as it is sent and as it is shown.
    ///
    /// # Errors
    ///
    /// A placeholder without a value.
    pub fn fill(&self, template: &str, encode: fn(&str) -> String) -> Result<Filled, String> {
        let mut out = Filled::default();
        for piece in pieces(template)? {
            match piece {
                Piece::Text(text) => {
                    out.sent.push_str(text);
                    out.shown.push_str(text);
                }
                Piece::Value(name) => {
                    let value = self.0.get(name).ok_or_else(|| format!("{{{name}}} is not known"))?;
                    out.sent.push_str(&encode(&String::from_utf8_lossy(value.expose())));
                    out.shown.push_str(&shown(value));
                }
                Piece::Base64(inner) => {
                    let inner = self.fill(inner, str::to_owned)?;
                    out.sent.push_str(&encode(&BASE64.encode(inner.sent.as_bytes())));
                    out.shown.push_str(&format!("base64({})", inner.shown));
                }
            }
        }
        Ok(out)
    }

    /// `text` with whatever it repeats of a secret value replaced, also encoded: for words that a provider sent.
    pub fn scrub(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for value in self.0.values().filter(|value| value.len() >= 6) {
            let plain = String::from_utf8_lossy(value.expose());
            let shown = shown(value);
            if shown == plain {
                continue;
            }
            out = out.replace(&*plain, "…");
            let hidden = plain.strip_prefix(shown.trim_end_matches('…')).unwrap_or(&plain);
            out = without_runs(&out, hidden.as_bytes());
            out = without_runs(&out, percent_encode(hidden).as_bytes());
            // As it looks in base64, wherever in it the value begins.
            for before in 0..3 {
                let encoded = BASE64.encode(&[&vec![0; before], plain.as_bytes()].concat());
                out = without_runs(&out, encoded.as_bytes());
            }
        }
        out
    }
}

/// The longest part of a key that may stand in a text by chance, in bytes.
const BY_CHANCE: usize = 7;

/// `text` without what is longer than chance in common with `hidden`.
fn without_runs(text: &str, hidden: &[u8]) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let run = bytes.get(at..=at + BY_CHANCE).map_or(0, |start| {
            let common = |from: usize| bytes[at..].iter().zip(&hidden[from..]).take_while(|(a, b)| a == b).count();
            memchr::memmem::find_iter(hidden, start).map(common).max().unwrap_or(0)
        });
        let end = text.ceil_char_boundary(at + run.max(1));
        out.push_str(if run > 0 { "…" } else { &text[at..end] });
        at = end;
    }
    out
}

/// What may be shown of a value: all of a public one, the redacted form of any other.
fn shown(value: &Secret) -> String {
    let redacted = value.redacted();
    let all = redacted.strip_suffix('…').unwrap_or(&redacted);
    if all.as_bytes() == value.expose() { all.to_owned() } else { redacted }
}

/// A template that was filled in.
#[derive(Clone, Default)]
pub struct Filled {
    /// As it is sent.
    pub sent: String,
    /// As it is shown.
    pub shown: String,
}

/// The body of a request.
#[derive(Clone)]
pub struct Body {
    /// Its `Content-Type`.
    pub kind: &'static str,
    /// As it is sent.
    pub bytes: Vec<u8>,
}

/// A request, ready to be sent. Its `Debug` and `Display` are redacted.
#[derive(Clone)]
pub struct Request {
    /// Id of the provider, by which requests are paced.
    pub provider: &'static str,
    /// `GET`
    pub method: String,
    /// With scheme, host, path and query.
    pub url: String,
    /// In the order of their names.
    pub headers: Vec<(String, String)>,
    /// The body, if any.
    pub body: Option<Body>,
    /// What a person may see of it.
    shown: String,
}

impl Request {
    /// Fills a rule's table in.
    ///
    /// # Errors
    ///
    /// A sentence: a placeholder without a value, a server that the person has to name, a value that fits in no header.
    pub fn of(provider: &'static str, call: Call<'_>, values: &Values, endpoints: &Endpoints) -> Result<Self, String> {
        let (method, template) = call.target()?;
        let template = endpoints.apply(provider, template).map_err(|none| none.to_string())?;
        let url = values.fill(&template, encode_in_url)?;
        for piece in pieces(&template)? {
            // Encoding leaves these as they are, and servers take them for another path.
            if let Piece::Value(name) = piece
                && values.get(name).is_some_and(|value| matches!(value.expose(), b"" | b"." | b".."))
            {
                return Err(format!("{{{name}}} is nothing that a URL could name"));
            }
        }
        let mut shown = format!("{method} {}", url.shown);
        let mut headers = Vec::new();
        for (name, template) in call.headers {
            let value = values.fill(template, str::to_owned)?;
            if !value.sent.bytes().all(|b| (0x20..0x7f).contains(&b)) {
                return Err(format!("the key has characters that the header {name} cannot carry"));
            }
            shown.push_str(&format!("\n{name}: {}", value.shown));
            headers.push((name.clone(), value.sent));
        }
        let body = if let Some(json) = call.json {
            let mut told = serde_json::to_value(json).map_err(|error| error.to_string())?;
            let mut sent = told.clone();
            fill_json(&mut sent, &|text| values.fill(text, str::to_owned).map(|filled| filled.sent))?;
            fill_json(&mut told, &|text| values.fill(text, str::to_owned).map(|filled| filled.shown))?;
            shown.push_str(&format!("\n{told}"));
            Some(Body { kind: "application/json", bytes: sent.to_string().into_bytes() })
        } else if !call.form.is_empty() {
            let mut fields = Vec::new();
            let mut told = Vec::new();
            for (name, template) in call.form {
                if missing(template, values, call.optional) {
                    continue;
                }
                let value = values.fill(template, str::to_owned)?;
                fields.push(format!("{}={}", percent_encode(name), percent_encode(&value.sent)));
                told.push(format!("{name}={}", value.shown));
            }
            shown.push_str(&format!("\n{}", told.join("&")));
            Some(Body { kind: "application/x-www-form-urlencoded", bytes: fields.join("&").into_bytes() })
        } else {
            None
        };
        Ok(Self { provider, method: method.to_owned(), url: url.sent, headers, body, shown })
    }

    /// The host that it goes to, with its port where that is not the usual one.
    pub fn host(&self) -> &str {
        let rest = self.url.strip_prefix("https://").unwrap_or(&self.url);
        rest.split(['/', '?']).next().unwrap_or_default()
    }

    /// Its first line, redacted: `GET https://api.acme.example/v1/me`.
    pub fn line(&self) -> &str {
        self.shown.lines().next().unwrap_or_default()
    }

    /// Whether it changes something at the provider. Requests that only ask are sent again after a failure.
    pub fn changes(&self, is_revocation: bool) -> bool {
        is_revocation || !matches!(self.method.as_str(), "GET" | "HEAD" | "POST")
    }

    /// Adds a header that a signature made.
    pub fn sign_with(&mut self, name: &str, value: String, shown: &str) {
        self.shown.push_str(&format!("\n{name}: {shown}"));
        self.headers.push((name.to_owned(), value));
    }
}

/// Whether a field stands for an optional value that is not there.
fn missing(template: &str, values: &Values, optional: &[String]) -> bool {
    optional.iter().any(|name| template == format!("{{{name}}}") && values.get(name).is_none())
}

fn fill_json(value: &mut serde_json::Value, fill: &dyn Fn(&str) -> Result<String, String>) -> Result<(), String> {
    match value {
        serde_json::Value::String(text) => *text = fill(text)?,
        serde_json::Value::Array(all) => all.iter_mut().try_for_each(|one| fill_json(one, fill))?,
        serde_json::Value::Object(all) => all.values_mut().try_for_each(|one| fill_json(one, fill))?,
        _ => {}
    }
    Ok(())
}

/// Encodes all but unreserved characters (RFC 3986), so that no value can leave its place in a URL or a form.
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The same, but for the colon, which a path may hold and some servers want as it is.
fn encode_in_url(text: &str) -> String {
    percent_encode(text).replace("%3A", ":")
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({:?})", self.shown)
    }
}

/// Why there is no answer. The words are ours: what a library says may repeat a URL, and with it a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing was sent, because the request may not go there or could not get there.
    #[error("{0}")]
    NotSent(String),
    /// It was sent, or part of it, and no whole answer came.
    #[error("{0}")]
    NoAnswer(String),
    /// The person stopped the run.
    #[error("stopped before it was sent")]
    Stopped,
}

/// Sends requests. The one real transport is the client; tests have their own.
pub trait Transport: Sync {
    /// Sends one request, once.
    ///
    /// # Errors
    ///
    /// Why there is no answer, and whether the request may have been received.
    fn send(&self, request: &Request) -> Result<super::Answer, Failure>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(text: &str) -> crate::rule::online::Verify {
        toml::from_str(&format!("docs = \"https://a\"\n{text}\nlive = []\ndead = []")).expect("a table")
    }

    #[test]
    fn a_key_cannot_leave_its_place() {
        let table = call(
            "request = \"POST https://a.example/{key}/me?k={key}\"\nheaders = { A = \"Basic {b64:api:{key}}\" }\n\
             json = { keys = [\"{key}\"] }",
        );
        let secret = Secret::new(b"k_/..?&\"x#%00", 2);
        let values = Values::of_key(&secret, None).expect("text");
        let request = Request::of("a", table.call(), &values, &Endpoints::default()).expect("a request");
        assert_eq!(request.url, "https://a.example/k_%2F..%3F%26%22x%23%2500/me?k=k_%2F..%3F%26%22x%23%2500");
        assert_eq!(request.host(), "a.example");
        assert_eq!(request.headers[0].1, format!("Basic {}", BASE64.encode(b"api:k_/..?&\"x#%00")));
        assert_eq!(request.body.as_ref().expect("a body").bytes, br#"{"keys":["k_/..?&\"x#%00"]}"#);
        assert_eq!(
            request.to_string(),
            "POST https://a.example/k_…/me?k=k_…\nA: Basic base64(api:k_…)\n{\"keys\":[\"k_…\"]}"
        );
        assert!(!format!("{request:?}").contains("..?"));
    }

    #[test]
    fn nothing_leads_a_url_elsewhere() {
        let table = call("request = \"DELETE https://a.example/keys/{key_id}\"");
        for (id, fits) in [("", false), (".", false), ("..", false), ("...", true), ("../x", true), ("key_1", true)] {
            let mut values = Values::default();
            values.add_public("key_id", id);
            let request = Request::of("a", table.call(), &values, &Endpoints::default());
            assert_eq!(request.is_ok(), fits, "{id:?}");
            assert!(request.is_err() || !request.expect("a request").url.contains("/../"));
        }
    }

    #[test]
    fn what_fits_in_no_header_is_not_sent() {
        let table = call("request = \"GET https://a.example/me\"\nheaders = { A = \"{key}\" }");
        assert!(Values::of_key(&Secret::new(b"a\r\nHost: b", 0), None).is_err());
        let values = Values::of_key(&Secret::new("ключ".as_bytes(), 0), None).expect("text");
        assert!(Request::of("a", table.call(), &values, &Endpoints::default()).is_err());
    }

    #[test]
    fn parts_of_a_key_become_placeholders() {
        let key = Secret::new(b"hooks.example/12/abc", 14);
        let values = Values::of_key(&key, Some(r"/(?P<id>[0-9]+)/(?P<token>\w+)$")).expect("parts");
        let filled = values.fill("/{id}/{token}", percent_encode).expect("filled");
        assert_eq!((filled.sent.as_str(), filled.shown.as_str()), ("/12/abc", "/…/…"));
        assert!(Values::of_key(&key, Some("^x(?P<id>.)$")).is_err());
    }

    #[test]
    fn words_of_a_provider_lose_the_key() {
        let key = Secret::new(b"acme_0123456789abcdefghijklmn", 5);
        let values = Values::of_key(&key, None).expect("text");
        let told = "key acme_0123456789abcdefghijklmn is bad; ends in 9abcdefghijklmn";
        let scrubbed = values.scrub(told);
        assert!(!scrubbed.contains("abcdefghijklmn"), "{scrubbed}");
        assert_eq!(values.scrub("it holds 456789abcd and cdefgh"), "it holds … and cdefgh");
        for user in ["", "a", "ab", "user:"] {
            let told = format!("Basic {}", BASE64.encode(format!("{user}acme_0123456789abcdefghijklmn").as_bytes()));
            let scrubbed = values.scrub(&told);
            let longest = scrubbed.split(['…', ' ']).map(str::len).max();
            assert!(longest <= Some(8), "{scrubbed}");
        }
        let odd = Values::of_key(&Secret::new(b"k+/=k+/=k+/=k+/=", 0), None).expect("text");
        let scrubbed = odd.scrub(&format!("at {}", percent_encode("k+/=k+/=k+/=k+/=")));
        assert!(!scrubbed.contains("%2Fk") && !scrubbed.contains("k%2B"), "{scrubbed}");
        // What is public stays.
        let mut public = Values::default();
        public.add_public("key_id", "key_1234567890");
        assert_eq!(public.scrub("key_1234567890"), "key_1234567890");
    }
}
