//! AWS as moto plays it, which checks signatures with botocore's own code. Skipped where it is not
//! installed, unless KEYHOUND_NEEDS_MOTO is set; the published vectors of `src/online/aws.rs` then stand alone.

use super::server::certificate;
use crate::cli::{Place, Ran};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// A running server, ended with the test.
struct Moto {
    child: Child,
    port: u16,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts moto with a certificate of ours; `None` where it is not installed.
fn start(place: &Place) -> Option<Moto> {
    let (pem, key) = certificate("127.0.0.1");
    place.write("ca.pem", &pem).write("key.pem", &key);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let mut child = Command::new("moto_server")
        .args(["-H", "127.0.0.1", "-p", &port.to_string(), "-c"])
        .arg(place.path("ca.pem"))
        .arg("-k")
        .arg(place.path("key.pem"))
        // The first request, which makes the user, passes; from then on every signature is checked.
        .env("INITIAL_NO_AUTH_ACTION_COUNT", "4")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    // It says on standard error when it listens.
    let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let listens = lines.by_ref().map_while(Result::ok).any(|line| line.contains("Running on"));
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    let moto = Moto { child, port };
    listens.then_some(moto)
}

/// Sends one call to IAM in the name of a key, with a signature that is none, and returns the answer.
fn call(moto: &Moto, pem: &str, id: &str, form: &str) -> String {
    let mut roots = rustls::RootCertStore::empty();
    use rustls::pki_types::pem::PemObject;
    for der in rustls::pki_types::CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(der.expect("a certificate")).expect("a root");
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "127.0.0.1".try_into().expect("a name");
    let connection = rustls::ClientConnection::new(std::sync::Arc::new(config), name).expect("a connection");
    let socket = TcpStream::connect(("127.0.0.1", moto.port)).expect("connects");
    let mut stream = rustls::StreamOwned::new(connection, socket);
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential={id}/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"
    );
    let request = format!(
        "POST / HTTP/1.1\r\nHost: iam.amazonaws.com\r\nAuthorization: {scope}\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).expect("sends");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn between<'t>(text: &'t str, tag: &str) -> &'t str {
    let after = text.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("no {tag}: {text}")).1;
    after.split_once('<').expect("an end").0
}

#[test]
fn a_key_of_aws_is_asked_about_made_inactive_and_proven_dead() {
    let place = Place::new();
    let Some(moto) = start(&place) else {
        // Whoever means to run it can say so.
        assert!(std::env::var_os("KEYHOUND_NEEDS_MOTO").is_none(), "moto_server is not installed or does not start");
        return;
    };
    let pem = std::fs::read_to_string(place.path("ca.pem")).expect("the certificate");
    let version = "Version=2010-05-08&UserName=ann";
    call(&moto, &pem, "none", &format!("Action=CreateUser&{version}"));
    let made = call(&moto, &pem, "none", &format!("Action=CreateAccessKey&{version}"));
    let (id, secret) = (between(&made, "AccessKeyId").to_owned(), between(&made, "SecretAccessKey").to_owned());
    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    call(&moto, &pem, "none", &format!("Action=PutUserPolicy&{version}&PolicyName=all&PolicyDocument={policy}"));
    // The last of the calls that are not checked.
    call(&moto, &pem, "none", "Action=ListUsers&Version=2010-05-08");

    let run = |secret: &str, words: &[&str]| -> Ran {
        place.write("aws.env", format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n"));
        let endpoint = format!("aws=https://127.0.0.1:{}", moto.port);
        let all =
            [words, &["aws.env", "--ca", "ca.pem", "--allow-internal", "--provider", "aws", "--endpoint", &endpoint]];
        place.run(&all.concat())
    };
    let live = run(&secret, &["verify", "--format", "jsonl"]).exits(1);
    let found = live.records("finding");
    // The id lives and dies with the secret beside it.
    assert_eq!(found.len(), 2, "{}", live.out);
    for one in &found {
        assert_eq!(one["asked"]["liveness"], "live", "{}", live.out);
        assert!(one["asked"]["owner"].as_str().is_some_and(|arn| arn.ends_with("user/ann")), "{one}");
    }

    // A wrong secret has a wrong signature, which proves nothing about the key.
    let wrong: String = secret.chars().rev().collect();
    let refused = run(&wrong, &["verify"]).exits(3);
    assert!(refused.out.contains("1 unknown"), "{}", refused.out);

    // moto goes on to answer for an inactive key, and what a provider says is believed.
    let inactive = run(&secret, &["revoke", "--execute", "--yes"]).exits(1);
    assert!(inactive.out.contains("1 key: 1 still alive"), "{}", inactive.out);
    let sent = receipt(&place, "keyhound-receipt.jsonl");
    assert!(
        sent.contains("Status=Inactive") && sent.contains("answered 200 with \\\"<UpdateAccessKeyResponse"),
        "{sent}"
    );

    // moto sends XML as HTML, which proves nothing to keyhound; here it tells whether it knows the key.
    let known = |moto: &Moto| call(moto, &pem, &id, "Action=ListUsers&Version=2010-05-08");
    assert!(!known(&moto).contains("InvalidClientTokenId"), "{}", known(&moto));
    let deleted = run(&secret, &["revoke", "--execute", "--yes", "--delete", "--receipt", "deleted.jsonl"]).exits(3);
    assert!(deleted.out.contains("1 key: 1 accepted, not proven"), "{}", deleted.out);
    let sent = receipt(&place, "deleted.jsonl");
    assert!(sent.contains("Action=DeleteAccessKey") && sent.contains("<DeleteAccessKeyResponse"), "{sent}");
    assert!(!sent.contains(&secret[..20]), "{sent}");
    assert!(known(&moto).contains("InvalidClientTokenId"), "{}", known(&moto));
}

fn receipt(place: &Place, file: &str) -> String {
    std::fs::read_to_string(place.path(file)).expect("a receipt")
}
