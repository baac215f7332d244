//! JSON Web Tokens (RFC 7519): the first two parts are base64url JSON, and say a lot about the token.

use super::{Context, Outcome};
use crate::finding::Confidence;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

/// Header and payload decode; the reason names algorithm, issuer and expiry, none of which is secret.
pub(super) fn jwt(cx: &Context<'_>) -> Outcome {
    judge(cx.value()).unwrap_or(Outcome::Refuted)
}

/// The same for a value that may be something else; `None` if it is.
pub(super) fn judge(value: &[u8]) -> Option<Outcome> {
    let parts: Vec<&[u8]> = value.split(|b| *b == b'.').collect();
    let Some(Value::Object(header)) = decode(parts.first()?) else { return None };
    let algorithm = header.get("alg").and_then(Value::as_str).filter(|a| a.len() <= 20)?;
    let Some(Value::Object(payload)) = decode(parts.get(1)?) else {
        // An encrypted one (JWE) has five parts, of which only the header can be read.
        let is_encrypted = parts.len() == 5;
        return is_encrypted
            .then(|| Outcome::Is(Confidence::Medium, "an encrypted token (JWE) with a readable header".into()));
    };
    Some(judge_parts(&parts, algorithm, &payload))
}

/// Claims by which a token says who may do what, and until when (RFC 7519, section 4.1, and what services add).
const GRANTS: &[&str] =
    &["aud", "email", "exp", "groups", "iss", "permissions", "role", "roles", "scope", "scopes", "sub", "username"];

fn judge_parts(parts: &[&[u8]], algorithm: &str, payload: &Map<String, Value>) -> Outcome {
    if algorithm.eq_ignore_ascii_case("none") {
        return Outcome::Is(Confidence::Low, "the token is not signed (alg none)".into());
    }
    if parts.get(2).is_none_or(|signature| signature.is_empty()) {
        return Outcome::Is(Confidence::Low, "the token is cut: its signature is missing".into());
    }
    // The token that jwt.io shows to everybody.
    let is_shown = payload.get("name").and_then(Value::as_str) == Some("John Doe");
    if is_signed_with_a_word(parts, algorithm) {
        // What grants nothing to nobody is a sample; with any other, whoever reads it can make more of them.
        let is_sample = is_shown || !GRANTS.iter().any(|claim| payload.contains_key(*claim));
        return match is_sample {
            true => Outcome::Is(Confidence::Low, "signed with a word such as 'secret', as samples are".into()),
            false => Outcome::Is(Confidence::Medium, "signed with a word that anyone would guess".into()),
        };
    }
    if is_shown {
        return Outcome::Refuted;
    }
    let expiry = match payload.get("exp").and_then(Value::as_i64).and_then(day) {
        Some(day) => format!("expires {day}"),
        None => "never expires".to_owned(),
    };
    let issuer = payload.get("iss").and_then(Value::as_str).and_then(issuer);
    let by = issuer.map(|issuer| format!(", issued by {issuer}")).unwrap_or_default();
    let reason = format!("header and payload decode ({}{by}); it {expiry}", plain(algorithm));
    Outcome::Is(Confidence::High, reason.into())
}

/// Whether a word that samples are signed with gives the signature.
fn is_signed_with_a_word(parts: &[&[u8]], algorithm: &str) -> bool {
    const SAMPLE_KEYS: &[&str] = &[
        "secret",
        "secretkey",
        "secret-key",
        "password",
        "key",
        "test",
        "your-256-bit-secret",
        "a-string-secret-at-least-256-bits-long",
        "mysecret",
        "my-secret",
        "changeme",
        "example",
        "shhhhh",
        "jwt-secret",
    ];
    let [header, payload, signature] = parts else { return false };
    if !algorithm.eq_ignore_ascii_case("HS256") {
        return false;
    }
    let Ok(signature) = BASE64URL_NOPAD.decode(signature) else { return false };
    SAMPLE_KEYS.iter().any(|key| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return false };
        [*header, b".", *payload].iter().for_each(|part| mac.update(part));
        mac.verify_slice(&signature).is_ok()
    })
}

fn decode(part: &[u8]) -> Option<Value> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part).ok()?).ok()
}

fn day(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

/// Who issued it, if that is the name of a host or of a service, and nothing that could be secret.
fn issuer(text: &str) -> Option<String> {
    let host = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or(text);
    let host = host.split(['/', '?', '#', '@']).next()?;
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'/' | b'_');
    let is_plain = host.len() <= 64 && host.bytes().all(is_name) && !super::random::looks_random(host.as_bytes());
    (is_plain && !host.is_empty()).then(|| host.to_owned())
}

fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of a token with these claims, signed with a word that anyone would guess.
    fn signed_with_a_word(claims: &str) -> Option<Confidence> {
        let head = [r#"{"alg":"HS256"}"#, claims].map(|part| BASE64URL_NOPAD.encode(part.as_bytes())).join(".");
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").expect("any key will do");
        mac.update(head.as_bytes());
        let token = format!("{head}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()));
        match judge(token.as_bytes()) {
            Some(Outcome::Is(confidence, _)) => Some(confidence),
            _ => None,
        }
    }

    #[test]
    fn what_anyone_could_sign_is_no_sample_if_it_grants_something() {
        assert_eq!(signed_with_a_word(r#"{"sub":"7","role":"admin"}"#), Some(Confidence::Medium));
        assert_eq!(signed_with_a_word(r#"{"some":"payload"}"#), Some(Confidence::Low));
        assert_eq!(signed_with_a_word(r#"{"sub":"7","name":"John Doe"}"#), Some(Confidence::Low));
    }

    #[test]
    fn only_hosts_and_names_are_repeated() {
        assert_eq!(issuer("https://login.corp.io/realms/x").as_deref(), Some("login.corp.io"));
        assert_eq!(issuer("kubernetes/serviceaccount").as_deref(), Some("kubernetes"));
        assert_eq!(issuer("9fk2mq7xlp4rtv8nb3cz6wyd"), None);
        assert_eq!(issuer("Some Person <a@corp.io>"), None);
    }
}
