//! AWS Signature Version 4, as far as requests to `sts` and `iam` need it: one path, no query, a form as the body.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use super::request::{Request, Values};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// What a request is signed for.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'s> {
    /// `us-east-1`, where the global services are.
    pub region: &'s str,
    /// `sts`
    pub service: &'s str,
}

/// Signs `request` with the values `id`, `key` and, for temporary keys, `token`, at `now` in seconds since 1970 (UTC).
///
/// # Errors
///
/// A sentence: a part of the credential is not known.
pub fn sign(request: &mut Request, values: &Values, scope: Scope<'_>, now: i64) -> Result<(), String> {
    let text = |name: &str| values.get(name).map(|value| String::from_utf8_lossy(value.expose()).into_owned());
    let id = text("id").ok_or("the access key id that belongs to it was not found near it")?;
    let key = text("key").ok_or("the secret access key is not known")?;
    let token = text("token");
    if id.starts_with("ASIA") && token.is_none() {
        return Err("the session token that belongs to the temporary key was not found near it".to_owned());
    }
    let time = jiff::Timestamp::from_second(now).map_err(|_| "the clock is wrong".to_owned())?;
    let time = time.strftime("%Y%m%dT%H%M%SZ").to_string();
    request.sign_with("x-amz-date", time.clone(), &time);
    if let Some(token) = token {
        request.sign_with("x-amz-security-token", token, "…");
    }
    let mut headers = vec![("host".to_owned(), request.host().to_owned())];
    headers.extend(request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())));
    if let Some(body) = &request.body {
        headers.push(("content-type".to_owned(), body.kind.to_owned()));
    }
    headers.sort();
    let body = request.body.as_ref().map_or(&[][..], |body| &body.bytes);
    let path = request.url.splitn(4, '/').nth(3).map_or_else(|| "/".to_owned(), |rest| format!("/{rest}"));
    let signed: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let signed = signed.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("{}\n{path}\n\n{lines}\n{signed}\n{}", request.method, hex_sha256(body));

    let day = &time[..8];
    let scope_text = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope_text}\n{}", hex_sha256(canonical.as_bytes()));
    let parts = [day, scope.region, scope.service, "aws4_request", &to_sign];
    let signature = parts.iter().fold(format!("AWS4{key}").into_bytes(), |key, part| hmac(&key, part.as_bytes()));
    let signature = HEXLOWER.encode(&signature);
    let credential =
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope_text}, SignedHeaders={signed}, Signature={signature}");
    request.sign_with("authorization", credential, "AWS4-HMAC-SHA256 …");
    Ok(())
}

fn hex_sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn hmac(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    #[allow(clippy::expect_used)]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Secret;
    use crate::online::endpoint::Endpoints;
    use crate::rule::online::Verify;

    /// The credential, the moment and the signatures of AWS's published test suite for Signature Version 4.
    fn signature(request: &str, more: &str) -> String {
        let table: Verify =
            toml::from_str(&format!("docs = \"\"\nrequest = \"{request}\"\nlive = []\ndead = []\n{more}"))
                .expect("a table");
        let mut values = Values::default();
        values.add("id", Secret::new(concat!("AKID", "EXAMPLE").as_bytes(), 0));
        values.add("key", Secret::new(concat!("wJalrXUtnFEMI/K7MDENG", "+bPxRfiCYEXAMPLEKEY").as_bytes(), 0));
        let mut request = Request::of("aws", table.call(), &values, &Endpoints::default()).expect("a request");
        sign(&mut request, &values, Scope { region: "us-east-1", service: "service" }, 1_440_938_160).expect("signs");
        assert!(!request.to_string().contains("Credential"), "{request}");
        let header = request.headers.iter().find(|(name, _)| name == "authorization").expect("a signature");
        header.1.rsplit_once("Signature=").expect("a signature").1.to_owned()
    }

    #[test]
    fn signatures_are_those_that_aws_published() {
        // get-vanilla
        assert_eq!(
            signature("GET https://example.amazonaws.com/", ""),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        // post-vanilla
        assert_eq!(
            signature("POST https://example.amazonaws.com/", ""),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
        // post-header-value-case and post-header-key-sort name further headers.
        assert_eq!(
            signature("POST https://example.amazonaws.com/", "headers = { My-Header1 = \"VALUE1\" }"),
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"
        );
        // post-x-www-form-urlencoded
        assert_eq!(
            signature("POST https://example.amazonaws.com/", "form = { Param1 = \"value1\" }"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        );
    }

    #[test]
    fn half_a_credential_signs_nothing() {
        let table: Verify = toml::from_str("docs = \"\"\nrequest = \"POST https://a.example/\"\nlive = []\ndead = []")
            .expect("a table");
        let mut values = Values::default();
        values.add("key", Secret::new(b"k", 0));
        let mut request = Request::of("aws", table.call(), &values, &Endpoints::default()).expect("a request");
        let scope = Scope { region: "us-east-1", service: "sts" };
        assert!(sign(&mut request, &values, scope, 0).expect_err("no id").contains("access key id"));
        values.add("id", Secret::new(concat!("ASIA", "EXAMPLE").as_bytes(), 4));
        assert!(sign(&mut request, &values, scope, 0).expect_err("no token").contains("session token"));
    }
}
