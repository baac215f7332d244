//! JSON Web Tokens (RFC 7519): the first two parts are base64url JSON, and say a lot about the token.

use super::{Context, Outcome};
use crate::finding::Confidence;
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// Header and payload decode; the reason names algorithm, issuer and expiry, none of which is secret.
pub(super) fn jwt(cx: &Context<'_>) -> Outcome {
    let parts: Vec<&[u8]> = cx.value().split(|b| *b == b'.').collect();
    let (Some(header), Some(payload)) = (parts.first(), parts.get(1)) else { return Outcome::Refuted };
    let Some(Value::Object(header)) = decode(header) else { return Outcome::Refuted };
    let Some(algorithm) = header.get("alg").and_then(Value::as_str).filter(|a| a.len() <= 20) else {
        return Outcome::Refuted;
    };
    let Some(Value::Object(payload)) = decode(payload) else {
        // An encrypted one (JWE) has five parts, of which only the header can be read.
        return if parts.len() == 5 {
            Outcome::Is(Confidence::Medium, "an encrypted token (JWE) with a readable header".into())
        } else {
            Outcome::Refuted
        };
    };
    if algorithm.eq_ignore_ascii_case("none") {
        return Outcome::Is(Confidence::Low, "the token is not signed (alg none)".into());
    }
    // The token that jwt.io shows to everybody.
    if payload.get("name").and_then(Value::as_str) == Some("John Doe") {
        return Outcome::Refuted;
    }
    let expiry = match payload.get("exp").and_then(Value::as_i64).and_then(day) {
        Some(day) => format!("expires {day}"),
        None => "never expires".to_owned(),
    };
    Outcome::Is(Confidence::High, format!("header and payload decode ({}); it {expiry}", plain(algorithm)).into())
}

fn decode(part: &[u8]) -> Option<Value> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part).ok()?).ok()
}

fn day(seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}

fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
