//! `keyhound revoke` against providers on loopback: the whole way, and every way in which it can break off.

use super::server::{Received, Reply, Server, json};
use super::{AIRCLOU, CLOUDAPI, joined, reached};
use crate::cli::{Place, Ran};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ID: &str = "key_7d1";

/// In parts, as every key is.
fn admin() -> String {
    ["cap_", "kvmdRnbl0Yzo7X68voJ8IXUJ"].concat()
}

/// What the CloudAPI stand-in does with requests.
#[derive(Default)]
struct CloudApi {
    revoked: bool,
    /// The first request of this method is never answered; its effect takes place or not, as the second says.
    hang: Option<(&'static str, bool)>,
    /// The first DELETE gets this status.
    stumble: Option<u16>,
    told: Option<Sender<String>>,
}

impl CloudApi {
    fn start(self) -> (Server, Arc<Mutex<CloudApi>>) {
        let state = Arc::new(Mutex::new(self));
        let shared = Arc::clone(&state);
        (Server::start(move |request| shared.lock().expect("state").handle(request)), state)
    }

    fn handle(&mut self, request: &Received) -> Reply {
        let hangs = self.hang.take_if(|(method, _)| *method == request.method);
        if let Some((_, takes_effect)) = hangs {
            self.revoked |= takes_effect && request.method == "DELETE";
            if let Some(told) = &self.told {
                told.send(request.method.clone()).expect("the test listens");
            }
            return Reply::Silence;
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/v1/projects") if self.revoked => json(401, "{}"),
            ("GET", "/v1/projects") => json(200, r#"{"data":[],"request_id":"req_1"}"#),
            ("DELETE", path) if path == format!("/v1/keys/{ID}") => {
                if request.header("authorization") != format!("Bearer {}", admin()) {
                    return json(403, "{}");
                }
                match self.stumble.take() {
                    Some(429) => Reply::Answer(429, vec![("Retry-After", "0".to_owned())], String::new()),
                    Some(0) => Reply::Reset,
                    Some(status) => json(status, "{}"),
                    None => {
                        self.revoked = true;
                        json(200, &format!(r#"{{"id":"{ID}","revoked":true}}"#))
                    }
                }
            }
            _ => json(404, "{}"),
        }
    }
}

fn place() -> Place {
    let place = Place::new();
    place.write("keys.txt", joined(CLOUDAPI));
    place
}

const REVOKE: [&str; 9] =
    ["revoke", "keys.txt", "--execute", "--yes", "--provider", "cloudapi", "--key-id", ID, "--timeout"];

fn words<'w>(more: &[&'w str]) -> Vec<&'w str> {
    [&REVOKE[..], &["5"], more].concat()
}

/// Runs keyhound with the credential in the documented variable.
fn run(place: &Place, server: &Server, words: &[&str]) -> Ran {
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let all = [words, &["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint]].concat();
    Ran::of(place.command(&all).env("CLOUDAPI_TOKEN", admin()).output().expect("runs"))
}

fn receipt(place: &Place) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(place.path("keyhound-receipt.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn events(place: &Place) -> Vec<String> {
    receipt(place).iter().map(|line| line["event"].as_str().expect("an event").to_owned()).collect()
}

fn deletes(server: &Server) -> usize {
    server.lines().iter().filter(|line| line.starts_with("DELETE")).count()
}

#[test]
fn a_plan_sends_nothing() {
    let (server, _) = CloudApi::default().start();
    let place = place();
    let ran = run(&place, &server, &["revoke", "keys.txt"]).exits(1);
    for says in ["CloudAPI: 1 key", "class admin, cannot be undone", "DELETE https://127.0.0.1", "--execute"] {
        assert!(ran.out.contains(says), "{says}\n{}", ran.out);
    }
    assert!(server.lines().is_empty());
    assert!(!place.path("keyhound-receipt.jsonl").exists());
}

#[test]
fn the_whole_way_is_asked_done_proven_and_written_down() {
    let (server, _) = CloudApi::default().start();
    let place = place();
    let ran = run(&place, &server, &words(&[])).exits(0);
    assert!(ran.out.contains("1 key: 1 revoked"), "{}", ran.out);
    assert_eq!(server.lines(), ["GET /v1/projects", "DELETE /v1/keys/key_7d1", "GET /v1/projects"]);
    assert_eq!(events(&place), ["live", "sending", "done", "dead"]);
    let sending = &receipt(&place)[1];
    assert_eq!(sending["key_id"], ID);
    assert!(sending["request"].as_str().is_some_and(|text| text.starts_with("DELETE https://127.0.0.1")), "{sending}");
    // A second run says so, and sends no second request.
    let again = run(&place, &server, &words(&[])).exits(0);
    assert!(again.out.contains("already dead") && again.out.contains("revoked by a run of"), "{}", again.out);
    assert_eq!(deletes(&server), 1);
}

#[test]
fn a_person_has_to_type_the_providers_name() {
    let (server, _) = CloudApi::default().start();
    let place = place();
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let typed = |answer: &str| {
        let words =
            ["revoke", "keys.txt", "--execute", "--key-id", ID, "--ca", "ca.pem", "--allow-internal", "--endpoint"];
        let mut command = place.command(&[&words[..], &[&endpoint]].concat());
        let mut child = command
            .env("CLOUDAPI_TOKEN", admin())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        std::io::Write::write_all(&mut child.stdin.take().expect("stdin"), answer.as_bytes()).expect("typed");
        Ran::of(child.wait_with_output().expect("ends"))
    };
    for answer in ["", "y\n", "yes\n", "CloudAPI\n"] {
        let ran = typed(answer).exits(1);
        assert!(ran.err.contains("Type cloudapi to revoke 1 key of CloudAPI, which cannot be undone"), "{}", ran.err);
        assert!(server.lines().is_empty(), "{answer:?}");
    }
    typed("cloudapi\n").exits(0);
    assert_eq!(deletes(&server), 1);
}

#[test]
fn agreement_in_advance_needs_the_provider() {
    let ran = place().run(&["revoke", "keys.txt", "--execute", "--yes"]).exits(2);
    assert!(ran.err.contains("--provider"), "{}", ran.err);
    let ran = place().run(&["revoke", "-", "--execute"]).exits(2);
    assert!(ran.err.contains("--yes --provider"), "{}", ran.err);
}

#[test]
fn what_is_not_certain_is_not_sent() {
    let (server, _) = CloudApi::default().start();
    let without_id: Vec<&str> = words(&[]).into_iter().filter(|word| *word != "--key-id" && *word != ID).collect();
    let ran = run(&place(), &server, &without_id).exits(1);
    assert!(ran.out.contains("--key-id"), "{}", ran.out);
    let place = place();
    place.write("ca.pem", &server.pem);
    let ran = reached(&place, &server, "cloudapi", &words(&[])).exits(1);
    assert!(ran.out.contains("CLOUDAPI_TOKEN does not hold"), "{}", ran.out);
    let ran = run(&place, &server, &words(&["--max", "0"])).exits(2);
    assert!(ran.err.contains("--max 0"), "{}", ran.err);
    let only_test = [&without_id[..], &["--only-test"]].concat();
    let ran = run(&place, &server, &only_test).exits(1);
    assert!(ran.out.contains("not known to be test keys"), "{}", ran.out);
    assert_eq!(deletes(&server), 0);
}

#[test]
fn an_answer_about_another_key_proves_nothing() {
    let server = Server::start(|request| match request.method.as_str() {
        "DELETE" => json(200, r#"{"id":"key_other","revoked":true}"#),
        _ => json(200, "{\"data\":[]}"),
    });
    let ran = run(&place(), &server, &words(&[])).exits(1);
    assert!(ran.out.contains("not revoked"), "{}", ran.out);
}

#[test]
fn a_postponed_revocation_is_sent_again_and_both_are_written_down() {
    let (server, _) = CloudApi { stumble: Some(429), ..CloudApi::default() }.start();
    let place = place();
    run(&place, &server, &words(&[])).exits(0);
    assert_eq!(events(&place), ["live", "sending", "postponed", "sending", "done", "dead"]);
    assert_eq!(deletes(&server), 2);
}

#[test]
fn a_failure_is_not_repeated() {
    for (status, event) in [(500, "no_answer"), (0, "no_answer"), (403, "refused"), (404, "refused")] {
        let (server, _) = CloudApi { stumble: Some(status), ..CloudApi::default() }.start();
        let place = place();
        let ran = run(&place, &server, &words(&[])).exits(1);
        assert_eq!(events(&place), ["live", "sending", event, "live"], "{status}: {}", ran.out);
        assert_eq!(deletes(&server), 1, "{status}");
    }
}

/// Starts a revocation and kills it as soon as the provider has the request that it does not answer.
fn kill_at(place: &Place, server: &Server, arrived: &Receiver<String>, more: &[&str]) {
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let all = [&words(more)[..], &["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint]].concat();
    let mut command = place.command(&all);
    let mut child =
        command.env("CLOUDAPI_TOKEN", admin()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    arrived.recv_timeout(Duration::from_secs(60)).expect("the request arrives");
    child.kill().expect("killed");
    child.wait().expect("ends");
}

#[test]
fn a_killed_run_is_taken_up_and_nothing_is_done_twice() {
    for (method, takes_effect) in [("GET", false), ("DELETE", false), ("DELETE", true)] {
        let (told, arrived) = channel();
        let (server, _) =
            CloudApi { hang: Some((method, takes_effect)), told: Some(told), ..CloudApi::default() }.start();
        let place = place();
        kill_at(&place, &server, &arrived, &[]);
        if method == "DELETE" {
            assert_eq!(events(&place), ["live", "sending"]);
            let ran = run(&place, &server, &words(&[])).exits(3);
            assert!(ran.out.contains("--resume"), "{}", ran.out);
            assert_eq!(deletes(&server), 1);
        }
        run(&place, &server, &words(&["--resume"])).exits(0);
        // A request that took effect is not sent again; one that did not, is.
        let want = if method == "DELETE" && !takes_effect { 2 } else { 1 };
        assert_eq!(deletes(&server), want, "{method} {takes_effect}");
        run(&place, &server, &words(&["--resume"])).exits(0);
        assert_eq!(deletes(&server), want, "{method} {takes_effect}");
    }
}

#[test]
fn a_run_killed_before_the_proof_is_proven_later() {
    let (told, arrived) = channel();
    let (server, state) = CloudApi { told: Some(told), ..CloudApi::default() }.start();
    let place = place();
    // The question after the revocation hangs: the one before has to pass first.
    run(&place, &server, &["verify", "keys.txt"]).exits(1);
    let hang = Arc::clone(&state);
    let second = Server::start(move |request| {
        let mut state = hang.lock().expect("state");
        let reply = state.handle(request);
        if request.method == "DELETE" {
            state.hang = Some(("GET", false));
        }
        reply
    });
    kill_at(&place, &second, &arrived, &[]);
    assert_eq!(events(&place), ["live", "sending", "done"]);
    let ran = run(&place, &second, &words(&[])).exits(0);
    assert!(ran.out.contains("already dead"), "{}", ran.out);
    assert_eq!(deletes(&second), 1);
}

#[test]
fn keys_without_an_endpoint_are_revoked_by_hand_and_then_proven() {
    let dead = Arc::new(Mutex::new(false));
    let shared = Arc::clone(&dead);
    let server = Server::start(move |_| {
        let mut dead = shared.lock().expect("state");
        let now = std::mem::replace(&mut *dead, true);
        if now { json(401, "{}") } else { json(200, r#"{"valid":true,"key_id":"key_123"}"#) }
    });
    let place = Place::new();
    place.write("keys.txt", joined(AIRCLOU)).write("ca.pem", &server.pem);
    let endpoint = format!("airclou={}", server.url());
    let words = ["revoke", "keys.txt", "--execute", "--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint];
    let mut command = place.command(&words);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("stdin"), b"airclou\ndone\n").expect("typed");
    let ran = Ran::of(child.wait_with_output().expect("ends")).exits(0);
    assert!(ran.out.contains("whose id is key_123"), "{}", ran.out);
    assert!(ran.out.contains("2. Find the key in the list and click Revoke"), "{}", ran.out);
    assert!(ran.out.contains("1 key: 1 revoked"), "{}", ran.out);
}

#[test]
fn a_redacted_report_is_enough() {
    let (server, _) = CloudApi::default().start();
    let place = place();
    place.run(&["scan", "keys.txt", "--report", "json=found.json"]).exits(1);
    let text = std::fs::read_to_string(place.path("found.json")).expect("a report");
    assert!(!text.contains(&CLOUDAPI[2].trim()[4..]));
    let words: Vec<&str> = words(&["--from", "found.json"]).into_iter().filter(|word| *word != "keys.txt").collect();
    run(&place, &server, &words).exits(0);
    // The file has changed since: the key that the report names is not there, which is no proof of death.
    place.write("keys.txt", "nothing\n");
    let ran = run(&place, &server, &words);
    assert_ne!(ran.code, 0, "{}", ran.out);
}

#[test]
fn no_receipt_or_message_holds_a_key() {
    for status in [200, 429, 500, 403, 0] {
        let stumble = (status != 200).then_some(status);
        let (server, _) = CloudApi { stumble, ..CloudApi::default() }.start();
        let place = place();
        let ran = run(&place, &server, &words(&[]));
        let written = std::fs::read_to_string(place.path("keyhound-receipt.jsonl")).expect("a receipt");
        for secret in [joined(CLOUDAPI).trim().to_owned(), admin()] {
            let tail = &secret[secret.len() - 12..];
            assert!(!format!("{}{}{written}", ran.out, ran.err).contains(tail), "{status}: {}{written}", ran.out);
        }
    }
}

#[test]
fn the_rotation_of_a_key_names_every_place() {
    let place = Place::new();
    place.write("keys.txt", joined(AIRCLOU)).write("deploy/other.env", joined(AIRCLOU));
    let found = place.run(&["scan", "--format", "jsonl"]).exits(1).records("finding");
    let print = found[0]["fingerprint"].as_str().expect("a fingerprint");
    let ran = place.run(&["explain", &print[..12]]).exits(0);
    for says in [
        "1. Create",
        "rotated every 90 days",
        "2. Update",
        "keys.txt:1",
        "deploy/other.env:1",
        "3. Verify",
        "4. Delete",
    ] {
        assert!(ran.out.contains(says), "{says}\n{}", ran.out);
    }
    assert!(!ran.out.contains(&AIRCLOU[2][8..20]), "{}", ran.out);
    let unknown = place.run(&["explain", "0000000000"]).exits(2);
    assert!(unknown.err.contains("no key with this fingerprint"), "{}", unknown.err);
}
