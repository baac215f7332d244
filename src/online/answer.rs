//! What an answer proves. Only the documented answers prove anything: a page of HTML, a redirect and every status that
//! the rule's table does not name prove nothing.

use super::request::Values;
use crate::finding::{Asked, Liveness};
use crate::rule::online::{Condition, Scalar, Verify};
use serde_json::Value;

/// What came back for a request.
#[derive(Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers with names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether the body is longer than what is read of one.
    pub is_cut: bool,
}

impl std::fmt::Debug for Answer {
    // A body may repeat the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// Longest fact that is repeated from an answer, in characters.
const LONGEST_FACT: usize = 120;
/// Most permissions that are repeated from an answer.
const MOST_PERMISSIONS: usize = 64;

impl Answer {
    /// The first header with that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        if self.is_cut { None } else { serde_json::from_slice(&self.body).ok() }
    }

    /// Whether it is a page for people: what firewalls, login walls and captive portals answer with.
    pub fn is_html(&self) -> bool {
        if self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html")) {
            return true;
        }
        let start = self.body.trim_ascii_start();
        let head = start[..start.len().min(15)].to_ascii_lowercase();
        [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].iter().any(|tag| head.starts_with(tag))
    }

    /// Whether it is as `condition` says, whose texts may hold placeholders.
    pub fn meets(&self, condition: &Condition, values: &Values) -> bool {
        if self.status != condition.status || self.is_html() || self.is_cut {
            return false;
        }
        let asks_json = !condition.has.is_empty() || !condition.json.is_empty();
        let json = if asks_json { self.json() } else { None };
        if asks_json && json.is_none() {
            return false;
        }
        let at = |pointer: &str| json.as_ref().and_then(|json| json.pointer(pointer)).filter(|value| !value.is_null());
        let text = String::from_utf8_lossy(&self.body);
        condition.has.iter().all(|pointer| at(pointer).is_some())
            && condition.json.iter().all(|(pointer, want)| at(pointer).is_some_and(|have| is(have, want, values)))
            && condition.contains.iter().all(|want| text.contains(want))
    }

    /// The first of `conditions` that it meets.
    pub fn first_met<'c>(&self, conditions: &'c [Condition], values: &Values) -> Option<&'c Condition> {
        conditions.iter().find(|condition| self.meets(condition, values))
    }

    /// Why an answer that meets no condition proves nothing, in words.
    pub fn proves_nothing(&self) -> String {
        let status = self.status;
        if self.is_cut {
            return format!("{status}, but the answer is longer than any that is documented");
        }
        if (300..400).contains(&status) {
            return match self.header("location").and_then(host_of) {
                Some(host) => format!("{status}: a redirect to {host}, which is not followed"),
                None => format!("{status}: a redirect, which is not followed"),
            };
        }
        if self.is_html() {
            return format!("{status} with a page of HTML, as firewalls and logins send, proves nothing");
        }
        match status {
            429 => "429: too many requests".to_owned(),
            500.. => format!("{status}: the provider failed"),
            _ => format!("{status} is not an answer that proves anything"),
        }
    }

    /// What a selector of the rule's table finds: one text, or several for a list.
    pub fn select(&self, selector: &str) -> Vec<String> {
        if self.is_cut {
            return Vec::new();
        }
        if selector.starts_with('/') {
            let json = self.json();
            return match json.as_ref().and_then(|json| json.pointer(selector)) {
                Some(Value::Array(all)) => all.iter().filter_map(words).collect(),
                // {"read": true, "write": false}
                Some(Value::Object(all)) => all
                    .iter()
                    .filter(|(_, value)| **value != Value::Bool(false))
                    .map(|(name, _)| name.clone())
                    .collect(),
                Some(one) => words(one).into_iter().collect(),
                None => Vec::new(),
            };
        }
        if let Some(tag) = selector.strip_prefix('<') {
            let text = String::from_utf8_lossy(&self.body);
            let inside = text.split_once(selector).and_then(|(_, rest)| rest.split_once(&format!("</{tag}")));
            return inside.map(|(inside, _)| inside.trim().to_owned()).into_iter().collect();
        }
        self.header(selector).map(str::to_owned).into_iter().collect()
    }
}

fn is(have: &Value, want: &Scalar, values: &Values) -> bool {
    match want {
        Scalar::Bool(want) => have.as_bool() == Some(*want),
        Scalar::Number(want) => have.as_i64() == Some(*want),
        Scalar::Text(want) => {
            values.fill(want, str::to_owned).is_ok_and(|want| have.as_str() == Some(want.sent.as_str()))
        }
    }
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        // [{"name": "read"}]
        Value::Object(all) => all.get("name").or_else(|| all.get("id")).and_then(Value::as_str).map(str::to_owned),
        _ => None,
    }
}

/// The host of a `Location`, and nothing else of it: the rest may repeat the key.
fn host_of(location: &str) -> Option<String> {
    let (_, rest) = location.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    (host.chars().all(is_name) && host.len() <= 253).then(|| host.to_owned())
}

/// What an answer to a rule's question proves, and what else it tells.
pub fn judge(provider: &'static str, table: &Verify, answer: &Answer, values: &Values) -> Asked {
    let (liveness, evidence) = if let Some(met) = answer.first_met(&table.live, values) {
        (Liveness::Live, format!("the provider answered {}", met.words()))
    } else if let Some(met) = answer.first_met(&table.dead, values) {
        (Liveness::Dead, format!("the provider answered {}", met.words()))
    } else {
        (Liveness::Unknown, answer.proves_nothing())
    };
    let mut asked = Asked::plain(provider, liveness, evidence);
    if liveness != Liveness::Live {
        return asked;
    }
    let fact = |selector: &Option<String>| -> Option<String> {
        let told = answer.select(selector.as_ref()?).into_iter().next()?;
        clean(&told, values)
    };
    // An id that was cut or cleaned is another one.
    let told_id = table.key_id.as_ref().and_then(|selector| answer.select(selector).into_iter().next());
    asked.key_id = told_id.filter(|id| clean(id, values).as_deref() == Some(id));
    asked.expires = fact(&table.expires);
    asked.owner = fact(&table.owner);
    if let Some(selector) = &table.permissions {
        let told = answer.select(selector);
        let several = told.len() > 1 || selector.starts_with('/');
        asked.permissions = told
            .iter()
            .flat_map(|text| if several { vec![text.as_str()] } else { text.split([',', ' ']).collect() })
            .filter_map(|word| clean(word.trim(), values))
            .take(MOST_PERMISSIONS)
            .collect();
    }
    asked
}

/// A text from a provider, as it may be shown: one short line without the key and without what steers a terminal.
fn clean(text: &str, values: &Values) -> Option<String> {
    let head = &text[..text.floor_char_boundary(8 * LONGEST_FACT)];
    let text: String = values.scrub(head).chars().filter(|c| !c.is_control()).take(LONGEST_FACT).collect();
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Secret;

    fn table() -> Verify {
        toml::from_str(
            "docs = \"https://a\"\nrequest = \"GET https://a.example/\"\nkey_id = \"/key_id\"\npermissions = \"/permissions\"\n\
             expires = \"/expires_at\"\nowner = \"x-owner\"\n\
             live = [{ status = 200, json = { \"/valid\" = true } }, { status = 403, has = [\"/error\"] }]\n\
             dead = [{ status = 401 }]",
        )
        .expect("a table")
    }

    fn answer(status: u16, kind: &str, body: &str) -> Answer {
        let headers =
            vec![("content-type".to_owned(), kind.to_owned()), ("x-owner".to_owned(), "ann\u{1b}[1m".to_owned())];
        Answer { status, headers, body: body.as_bytes().to_vec(), is_cut: false }
    }

    fn judged(answer: &Answer) -> Asked {
        let key = Secret::new(b"acme_0123456789abcdefghijklmn", 5);
        judge("acme", &table(), answer, &Values::of_key(&key, None).expect("text"))
    }

    #[test]
    fn only_documented_answers_prove_anything() {
        use Liveness::{Dead, Live, Unknown};
        let json = "application/json";
        for (status, kind, body, want) in [
            (200, json, r#"{"valid":true}"#, Live),
            (200, json, r#"{"valid":false}"#, Unknown),
            (200, json, r#"{"valid":"true"}"#, Unknown),
            (200, json, "", Unknown),
            (200, "text/html", r#"{"valid":true}"#, Unknown),
            (403, json, r#"{"error":{}}"#, Live),
            (403, json, r#"{"error":null}"#, Unknown),
            (403, json, "", Unknown),
            (403, "text/html", "<html>blocked</html>", Unknown),
            (401, json, "", Dead),
            (401, "text/plain", "no", Dead),
            (401, "text/html; charset=utf-8", "no", Unknown),
            (401, "", " <!DOCTYPE HTML><title>Sign in", Unknown),
            (404, json, "{}", Unknown),
            (422, json, r#"{"valid":true}"#, Unknown),
            (429, json, "{}", Unknown),
            (500, json, "{}", Unknown),
        ] {
            assert_eq!(judged(&answer(status, kind, body)).liveness, want, "{status} {kind} {body}");
        }
        let cut = Answer { is_cut: true, ..answer(401, json, "") };
        assert_eq!(judged(&cut).liveness, Unknown);
    }

    #[test]
    fn a_redirect_names_its_host_and_nothing_else() {
        let mut moved = answer(302, "", "");
        moved
            .headers
            .push(("location".to_owned(), "https://u:p@evil.example/acme_0123456789abcdefghijklmn?x".to_owned()));
        let asked = judged(&moved);
        assert_eq!(asked.evidence, "302: a redirect to evil.example, which is not followed");
    }

    #[test]
    fn facts_are_taken_and_cleaned() {
        let body =
            r#"{"valid":true,"key_id":"key_1","permissions":["read","admin"],"expires_at":"2027-01-01T00:00:00Z"}"#;
        let asked = judged(&answer(200, "application/json", body));
        assert_eq!(asked.key_id.as_deref(), Some("key_1"));
        assert_eq!(asked.permissions, ["read", "admin"]);
        assert_eq!(asked.expires.as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(asked.owner.as_deref(), Some("ann[1m"));
        assert!(asked.is_admin());
        let echo = r#"{"valid":true,"key_id":"acme_0123456789abcdefghijklmn"}"#;
        let asked = judged(&answer(200, "application/json", echo));
        assert_eq!(asked.key_id, None);
        let long = format!(r#"{{"valid":true,"key_id":"{}"}}"#, "k".repeat(LONGEST_FACT + 1));
        assert_eq!(judged(&answer(200, "application/json", &long)).key_id, None);
    }

    #[test]
    fn selectors_read_headers_and_xml() {
        let mut one = answer(200, "text/xml", "<A><Arn> arn:aws:x </Arn></A>");
        one.headers.push(("x-oauth-scopes".to_owned(), "repo, gist".to_owned()));
        assert_eq!(one.select("<Arn>"), ["arn:aws:x"]);
        assert_eq!(one.select("x-oauth-scopes"), ["repo, gist"]);
        assert!(one.select("/x").is_empty());
    }
}
