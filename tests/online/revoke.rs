//! `keyhound revoke` against providers on loopback: the whole way, and every way in which it can break off.

use super::cloudapi::{CloudApi, ID, admin, deletes, events, place, receipt, run, words};
use super::server::{Reply, Server, json};
use super::verify::{KINDS, echo};
use super::{AIRCLOU, CLOUDAPI, interrupt, joined, reached};
use crate::cli::{Place, Ran};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

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
    assert!(ran.out.contains("1 still alive"), "{}", ran.out);
}

/// 429 in each way to say when.
fn later(kind: usize) -> Reply {
    let kind_of_body = ("Content-Type", "application/json".to_owned());
    match kind {
        0 => Reply::Answer(429, vec![("Retry-After", "0".to_owned())], String::new()),
        1 => Reply::Answer(429, vec![("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())], String::new()),
        _ => Reply::Answer(429, vec![kind_of_body], r#"{"retry_after":0}"#.to_owned()),
    }
}

#[test]
fn a_postponed_revocation_is_sent_again_and_both_are_written_down() {
    for kind in 0..3 {
        let (server, state) = CloudApi { stumble: Some((later(kind), false)), ..CloudApi::default() }.start();
        let place = place();
        run(&place, &server, &words(&[])).exits(0);
        assert_eq!(events(&place), ["live", "sending", "postponed", "sending", "done", "dead"], "{kind}");
        assert_eq!((deletes(&server), state.lock().expect("state").revocations), (2, 1), "{kind}");
    }
    // Nobody waits for an hour; nothing was done, so a later run may send it.
    let hour = Reply::Answer(429, vec![("Retry-After", "3600".to_owned())], String::new());
    let (server, _) = CloudApi { stumble: Some((hour, false)), ..CloudApi::default() }.start();
    let place = place();
    let ran = run(&place, &server, &words(&[])).exits(1);
    assert!(ran.out.contains("longer than --max-wait"), "{}", ran.out);
    assert_eq!(events(&place), ["live", "sending", "postponed", "live"]);
    run(&place, &server, &words(&[])).exits(0);
}

#[test]
fn a_failure_is_not_repeated() {
    let html = || Reply::Html(200);
    let moved = || Reply::Answer(302, vec![("Location", "https://evil.example/".to_owned())], String::new());
    for (reply, event) in [
        ((|| json(500, "{}")) as fn() -> Reply, "no_answer"),
        (|| json(503, "{}"), "no_answer"),
        (|| Reply::Reset, "no_answer"),
        (|| Reply::Garbage, "no_answer"),
        (|| Reply::EndlessHeaders, "no_answer"),
        (|| json(200, r#"{"id":"key_7d1"}"#), "no_answer"),
        (html, "no_answer"),
        (moved, "no_answer"),
        (|| json(403, "{}"), "refused"),
        (|| json(404, "{}"), "refused"),
        (|| Reply::Html(403), "refused"),
    ] {
        // Whatever came back, the request may have done it or not.
        for takes_effect in [false, event == "no_answer"] {
            let (server, state) = CloudApi { stumble: Some((reply(), takes_effect)), ..CloudApi::default() }.start();
            let place = place();
            let ran = run(&place, &server, &words(&[]));
            let after = if takes_effect { "dead" } else { "live" };
            assert_eq!(events(&place), ["live", "sending", event, after], "{}", ran.out);
            assert_eq!(ran.code, i32::from(!takes_effect), "{}", ran.out);
            assert_eq!(deletes(&server), 1);
            // A later run leaves what may have been received alone, until a person says otherwise.
            let again = run(&place, &server, &words(&[]));
            if takes_effect {
                assert!(again.exits(0).out.contains("already dead"));
            } else if event == "no_answer" {
                assert!(again.exits(3).out.contains("--resume"));
                assert_eq!(deletes(&server), 1);
            }
            run(&place, &server, &words(&["--resume"])).exits(0);
            assert_eq!(state.lock().expect("state").revocations, 1);
        }
    }
}

#[test]
fn an_id_that_could_name_something_else_is_not_sent() {
    let (server, _) = CloudApi::default().start();
    for id in ["", ".", "..", "a/b", "a?b", "a%2Fb", "a b", "ключ"] {
        let all: Vec<&str> = words(&[]).into_iter().map(|word| if word == ID { id } else { word }).collect();
        let ran = run(&place(), &server, &all);
        assert_ne!(ran.code, 0, "{id}: {}", ran.out);
    }
    assert_eq!(deletes(&server), 0);
}

#[cfg(unix)]
#[test]
fn a_person_can_stop_before_the_request_that_revokes() {
    let (told, arrived) = channel();
    let (go, gone) = channel::<()>();
    let gate = Mutex::new(gone);
    let server = Server::start(move |_| {
        told.send(()).expect("the test listens");
        let _ = gate.lock().expect("the gate").recv();
        json(200, r#"{"data":[]}"#)
    });
    let place = place();
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let all = [&words(&[])[..], &["--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint]].concat();
    let mut command = place.command(&all);
    command.env("CLOUDAPI_TOKEN", admin()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    arrived.recv_timeout(Duration::from_secs(60)).expect("the question arrives");
    interrupt(&child);
    let mut said = BufReader::new(child.stderr.take().expect("stderr")).lines();
    assert!(said.next().expect("a line").expect("text").contains("what is under way ends"));
    drop(go);
    let ran = Ran::of(child.wait_with_output().expect("ends")).exits(1);
    assert!(ran.out.contains("stopped before it was sent"), "{}", ran.out);
    assert_eq!((events(&place), deletes(&server)), (vec!["live".to_owned()], 0));
}

#[cfg(unix)]
#[test]
fn a_person_can_leave_at_a_question() {
    let server = Server::start(|_| json(401, "{}"));
    let place = place();
    place.write("ca.pem", &server.pem);
    let endpoint = format!("cloudapi={}", server.url());
    let words = ["revoke", "keys.txt", "--execute", "--key-id", ID, "--ca", "ca.pem", "--allow-internal", "--endpoint"];
    let mut command = place.command(&[&words[..], &[&endpoint]].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut said = child.stderr.take().expect("stderr");
    let mut question = Vec::new();
    while !question.ends_with(b"to leave it: ") {
        let mut byte = [0];
        std::io::Read::read_exact(&mut said, &mut byte).expect("the question");
        question.push(byte[0]);
    }
    interrupt(&child);
    // Not the end of what could be typed.
    let _open = child.stdin.take();
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert!(server.lines().is_empty());
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

proptest! {
    #![proptest_config(Config { cases: 2, rng_seed: RngSeed::Fixed(12), failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_receipt_or_message_holds_a_key(body in "[A-Za-z0-9]{24}", rights in "[A-Za-z0-9]{24}") {
        let (secret, credential) = (["sk_li", "ve_", &body].concat(), ["cap", "_", &rights].concat());
        // Each way to fail or to repeat what came, at the question and at the revocation.
        for (kind, at) in (0..KINDS).flat_map(|kind| [(kind, "GET"), (kind, "DELETE")]) {
            let (key, other) = (secret.clone(), credential.clone());
            let server = Server::start(move |request| match request.method.as_str() {
                method if method == at => echo(kind, if method == "GET" { &key } else { &other }, request),
                "GET" => json(200, r#"{"data":[]}"#),
                _ => json(200, r#"{"id":"key_7d1","revoked":true}"#),
            });
            let place = Place::new();
            place.write("keys.txt", format!("CLOUDAPI_TOKEN={secret}\n")).write("ca.pem", &server.pem);
            let endpoint = format!("cloudapi={}", server.url());
            let limits = ["--max-wait", "0", "--ca", "ca.pem", "--allow-internal", "--endpoint", &endpoint];
            let mut all = words(&limits);
            all.iter_mut().for_each(|word| if *word == "5" { *word = "0.3" });
            let ran = place.command(&all).env("CLOUDAPI_TOKEN", &credential).output().expect("runs");
            let ran = Ran::of(ran);
            let written = std::fs::read_to_string(place.path("keyhound-receipt.jsonl")).expect("a receipt");
            let shown = format!("{}{}{written}", ran.out, ran.err);
            for part in [&secret[13..], &secret[..14], &secret[20..29], &credential[9..], &credential[..10]] {
                prop_assert!(!shown.contains(part), "{} {}\n{}", kind, at, shown);
            }
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
