//! `keyhound verify` against providers on loopback that answer as they document, and as they should not.

use super::server::{Received, Reply, Server, json};
use super::{AIRCLOU, CLOUDAIPILOT, CLOUDAPI, CLOUDGENI, PIORA, interrupt, joined, reached, typed_in};
use crate::cli::{Place, Ran, commit, stage};
use keyhound::report::Format;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Asks about the keys in `text`.
fn verify(server: &Server, provider: &str, text: &str, more: &[&str]) -> Ran {
    let place = Place::new();
    place.write("keys.txt", text);
    let words = [&["verify", "keys.txt"], more].concat();
    reached(&place, server, provider, &words)
}

type Behaviour = Box<dyn Fn(&Received) -> Reply + Send + Sync>;

/// The one key's liveness, its evidence and the exit code.
fn outcome(provider: &str, text: &str, behaviour: Behaviour) -> (String, String, i32) {
    outcome_within("30", provider, text, behaviour)
}

/// The same where the client waits so many seconds for an answer.
fn outcome_within(timeout: &str, provider: &str, text: &str, behaviour: Behaviour) -> (String, String, i32) {
    let server = Server::start(behaviour);
    let ran = verify(&server, provider, text, &["--format", "jsonl", "--request-timeout", timeout]);
    let found = ran.records("finding");
    assert_eq!(found.len(), 1, "{}\n{}", ran.out, ran.err);
    let asked = &found[0]["asked"];
    assert_eq!(asked["provider"], provider, "{asked}");
    let word = |name: &str| asked[name].as_str().unwrap_or_else(|| panic!("{asked}")).to_owned();
    (word("liveness"), word("evidence"), ran.code)
}

/// A provider, its key in a text that proves whose it is, the path and the header of its documented request, and what it
/// answers to a live key.
type Seed = (&'static str, &'static [&'static str], &'static str, (&'static str, &'static str), &'static str);

const SEEDS: [Seed; 5] = [
    (
        "airclou",
        AIRCLOU,
        "/playbook/api/v1/auth/verify",
        ("authorization", "Bearer "),
        r#"{"valid":true,"key_id":"key_1234567890","permissions":["read","admin"],"expires_at":"2027-12-31T23:59:59Z"}"#,
    ),
    ("cloudgeni", CLOUDGENI, "/api/v1/organizations", ("x-cloudgeni-api-key", ""), "[]"),
    ("piora", PIORA, "/api/v1/servers", ("authorization", "Bearer "), "{\"servers\":[]}"),
    ("cloudapi", CLOUDAPI, "/v1/projects", ("authorization", "Bearer "), "{\"data\":[],\"request_id\":\"req_1\"}"),
    ("cloudaipilot", CLOUDAIPILOT, "/v1/servers", ("authorization", "Bearer "), "[]"),
];

#[test]
fn each_seed_is_asked_as_its_document_says() {
    for (provider, text, path, (header, scheme), body) in SEEDS {
        let server = Server::start(move |_| json(200, body));
        let ran = verify(&server, provider, &joined(text), &["--format", "jsonl"]).exits(1);
        assert_eq!(ran.records("finding")[0]["asked"]["liveness"], "live", "{provider}: {}", ran.out);
        assert_eq!(ran.records("finding")[0]["severity"], "critical", "{provider}");
        let received = server.received.lock().expect("received").clone();
        assert_eq!(received.len(), 1, "{provider}");
        let secret = text[text.len() - 2..].concat();
        assert_eq!((received[0].method.as_str(), received[0].path.as_str()), ("GET", path));
        assert_eq!(
            received[0].header(header),
            format!("{scheme}{}", secret.trim_matches(['"', '\n', '\''])),
            "{provider}"
        );
        assert_eq!(received[0].header("cookie"), "");
    }
}

#[test]
fn documented_refusals_prove_death_and_nothing_else_does() {
    for (provider, text, ..) in SEEDS {
        let text = joined(text);
        let of = |reply: fn() -> Reply| outcome(provider, &text, Box::new(move |_| reply()));
        let (liveness, _, code) = of(|| json(401, r#"{"error":{"code":"authentication_failed"}}"#));
        assert_eq!((liveness.as_str(), code), ("dead", 0), "{provider}");
        // What no document says proves nothing.
        for reply in [
            || json(404, "{}"),
            || json(422, "{}"),
            || json(500, "{}"),
            || json(200, "not json"),
            || Reply::Html(200),
            || Reply::Html(401),
            || Reply::Html(403),
        ] as [fn() -> Reply; 7]
        {
            let (liveness, evidence, code) = of(reply);
            assert_eq!((liveness.as_str(), code), ("unknown", 3), "{provider}: {evidence}");
        }
        // A valid key without permission, where the document says that 403 means that.
        let (liveness, ..) = of(|| json(403, r#"{"error":"forbidden","message":"API key does not have permission"}"#));
        assert_eq!(liveness, if provider == "cloudapi" { "unknown" } else { "live" }, "{provider}");
    }
}

#[test]
fn what_goes_wrong_on_the_way_is_unknown_and_said() {
    let text = joined(AIRCLOU);
    let moved = |_: &Received| {
        let to = vec![("Location", "https://evil.example/steal".to_owned())];
        Reply::Answer(302, to, String::new())
    };
    for (says, timeout, reply) in [
        ("evil.example, which is not followed", "30", Box::new(moved) as Behaviour),
        ("no whole answer within 0.5 s", "0.5", Box::new(|_| Reply::Silence)),
        ("no whole answer within 0.5 s", "0.5", Box::new(|_| Reply::Half(200, r#"{"valid":true}"#.to_owned()))),
        ("longer than any that is documented", "30", Box::new(|_| Reply::Endless)),
        ("the answer's headers are too long", "30", Box::new(|_| Reply::EndlessHeaders)),
        ("no secure connection", "30", Box::new(|_| Reply::Garbage)),
        ("broke before the answer was whole", "30", Box::new(|_| Reply::Reset)),
    ] {
        let (liveness, evidence, code) = outcome_within(timeout, "airclou", &text, reply);
        assert_eq!((liveness.as_str(), code), ("unknown", 3));
        assert!(evidence.contains(says), "{evidence}");
    }
}

#[test]
fn a_certificate_for_another_name_gets_nothing() {
    let server = Server::named("api.other.example", |_| json(200, "{}"));
    let ran = verify(&server, "airclou", &joined(AIRCLOU), &["--format", "jsonl"]).exits(3);
    let asked = ran.records("finding")[0]["asked"].clone();
    assert!(asked["evidence"].as_str().is_some_and(|text| text.contains("the certificate is not for")), "{asked}");
    assert!(server.lines().is_empty());
}

#[test]
fn a_certificate_that_nobody_vouches_for_gets_nothing() {
    let (server, place) = (Server::start(|_| json(200, "{}")), Place::new());
    place.write("keys.txt", joined(AIRCLOU));
    let endpoint = format!("airclou={}", server.url());
    let ran = place.run(&["verify", "keys.txt", "--allow-internal", "--endpoint", &endpoint]).exits(3);
    assert!(ran.out.contains("--ca FILE"), "{}", ran.out);
    assert!(server.lines().is_empty());
}

#[test]
fn an_inner_address_is_refused_also_behind_a_name() {
    let server = Server::start(|_| json(200, "{}"));
    for host in ["127.0.0.1", "localhost"] {
        let place = Place::new();
        place.write("keys.txt", joined(AIRCLOU)).write("ca.pem", &server.pem);
        let endpoint = format!("airclou=https://{host}:{}", server.port);
        let ran = place.run(&["verify", "keys.txt", "--ca", "ca.pem", "--endpoint", &endpoint]).exits(3);
        assert!(ran.out.contains("--allow-internal"), "{}", ran.out);
    }
    assert!(server.lines().is_empty());
}

#[test]
fn a_refusal_for_now_is_waited_out() {
    let date = || "Thu, 01 Jan 1970 00:00:00 GMT".to_owned();
    for form in 0..3 {
        let calls = AtomicUsize::new(0);
        let (liveness, evidence, _) = outcome(
            "cloudgeni",
            &joined(CLOUDGENI),
            Box::new(move |_| {
                if calls.fetch_add(1, Ordering::Relaxed) > 0 {
                    return json(200, "[]");
                }
                let body = r#"{"error":"rate_limit_exceeded","retry_after":0}"#.to_owned();
                match form {
                    0 => Reply::Answer(429, vec![("Retry-After", "0".to_owned())], String::new()),
                    1 => Reply::Answer(429, vec![("Retry-After", date())], String::new()),
                    _ => Reply::Answer(429, vec![("Content-Type", "application/json".to_owned())], body),
                }
            }),
        );
        assert_eq!(liveness, "live", "{form}: {evidence}");
    }
    let (liveness, evidence, _) = outcome(
        "cloudgeni",
        &joined(CLOUDGENI),
        Box::new(|_| Reply::Answer(429, vec![("Retry-After", "3600".to_owned())], String::new())),
    );
    assert_eq!((liveness.as_str(), evidence.contains("wait 3600 s")), ("unknown", true), "{evidence}");
}

#[test]
fn a_key_in_many_places_is_asked_about_once() {
    let server = Server::start(|_| json(200, r#"{"valid":true}"#));
    let place = Place::new();
    let text = joined(AIRCLOU);
    place.write("a.txt", &text).write("b.txt", &text).write("c/d.txt", format!("{text}\n{text}"));
    reached(&place, &server, "airclou", &["verify"]).exits(1);
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn a_part_of_a_key_lives_and_dies_with_it() {
    let server = Server::start(|_| {
        json(200, "<GetCallerIdentityResult><Arn>arn:aws:iam::1:user/ann</Arn></GetCallerIdentityResult>")
    });
    let place = Place::new();
    let id = joined(&["AKIA", "WAJ6TYHT2RXCFCYB"]);
    let secret = joined(&["h3Zx9QkLw2Vn8RtYp5", "BcM7JdFs4GaKe6Uu1XoWqT"]);
    place.write("aws.env", format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n"));
    let ran = reached(&place, &server, "aws", &["verify", "aws.env", "--format", "jsonl"]).exits(1);
    let said: Vec<_> = ran.records("finding").iter().map(|one| one["asked"]["liveness"].clone()).collect();
    assert_eq!(said, ["live", "live"], "{}", ran.out);
    assert_eq!(server.lines().len(), 1);
    let plan = reached(&place, &server, "aws", &["revoke", "aws.env"]).exits(1);
    assert!(
        plan.out.contains("Amazon Web Services: 1 key\n") && !plan.out.contains("not in this plan"),
        "{}",
        plan.out
    );
}

#[test]
fn an_ambiguous_key_goes_to_nobody_until_a_person_decides() {
    let server = Server::start(|_| json(200, "{\"data\":[]}"));
    // The prefix is that of Stripe and of others as well, and nothing stands beside it.
    let bare = format!("key = \"{}\"\n", ["sk_", "live_", "zAP8VUtHtLVtdq8OFKokwb4c"].concat());
    let ran = verify(&server, "cloudapi", &bare, &[]).exits(3);
    let issuers = "CloudAPI and MoonPay and Octopus Energy and PAY.JP and PayMongo and Quaderno and Shift4 and Stripe and \
                   Tap Payments issue keys that begin with sk_live_";
    assert!(ran.out.contains(issuers), "{}", ran.out);
    let choice = "--provider cloudapi or --provider moonpay or --provider octopus-energy or --provider payjp or \
                  --provider paymongo or --provider quaderno or --provider shift4 or --provider stripe or \
                  --provider tap-payments";
    assert!(ran.out.contains(choice), "{}", ran.out);
    assert!(server.lines().is_empty());
    verify(&server, "cloudapi", &bare, &["--provider", "cloudapi"]).exits(1);
    assert_eq!(server.lines(), ["GET /v1/projects"]);
}

#[test]
fn a_rehearsal_shows_exactly_what_would_be_sent() {
    for (provider, text, ..) in SEEDS {
        let server = Server::start(|_| json(401, "{}"));
        let ran = verify(&server, provider, &joined(text), &["--dry-run"]).exits(0);
        assert!(server.lines().is_empty(), "{provider}");
        assert!(ran.out.contains(&format!("hosts that would be contacted: 127.0.0.1:{}", server.port)), "{}", ran.out);
        verify(&server, provider, &joined(text), &[]).exits(0);
        let received = server.received.lock().expect("received").clone();
        assert_eq!(received.len(), 1, "{provider}");
        // The lines under the key: method and URL, then each header but for those that every request has.
        let mut shown = ran.out.lines().filter_map(|line| line.strip_prefix("  "));
        let line = format!("{} {}{}", received[0].method, server.url(), received[0].path);
        assert_eq!(shown.next(), Some(line.as_str()), "{provider}");
        let of_all = ["host", "user-agent", "accept", "accept-encoding"];
        let mut sent: Vec<&str> =
            received[0].headers.iter().map(|(name, _)| name.as_str()).filter(|name| !of_all.contains(name)).collect();
        sent.sort_unstable();
        let mut told: Vec<String> =
            shown.filter_map(|line| Some(line.split_once(':')?.0.to_ascii_lowercase())).collect();
        told.sort_unstable();
        assert_eq!(told, sent, "{provider}: {}", ran.out);
        assert!(ran.out.contains("…") && !ran.out.contains(&text[text.len() - 1][6..16]), "{}", ran.out);
    }
}

#[test]
fn keys_come_from_reports_fingerprints_and_standard_input() {
    let server = Server::start(|_| json(401, "{}"));
    let place = Place::new();
    place.write("keys.txt", joined(AIRCLOU)).write("other.txt", joined(PIORA));
    let scanned = place.run(&["scan", "--format", "jsonl", "keys.txt"]).exits(1);
    let print = scanned.records("finding")[0]["fingerprint"].as_str().expect("a fingerprint").to_owned();
    let ask = |words: &[&str]| {
        let before = server.lines().len();
        let ran = reached(&place, &server, "airclou", words).exits(0);
        assert!(ran.out.contains("1 key: 1 dead"), "{words:?} {}", ran.out);
        assert_eq!(server.lines().len(), before + 1, "{words:?}");
    };
    ask(&["verify", &print[..10]]);
    for format in ["json", "jsonl", "sarif"] {
        place.run(&["scan", "keys.txt", "--format", format, "--output", "report"]).exits(1);
        ask(&["verify", "--from", "report"]);
    }
    // On standard input in a text that says whose it is, and alone, where the person says it.
    let alone = format!("{}\n", AIRCLOU[1..].concat().trim());
    for (typed, more) in [(joined(AIRCLOU), &[][..]), (alone, &["--provider", "airclou"])] {
        let before = server.lines().len();
        let words = [&["verify", "-"], more].concat();
        let ran = typed_in(&place, &server, "airclou", &words, &typed).exits(0);
        assert!(ran.out.contains("1 key: 1 dead"), "{words:?} {}", ran.out);
        assert_eq!(server.lines().len(), before + 1, "{words:?}");
    }
    let missing = reached(&place, &server, "airclou", &["verify", "00000000"]);
    assert_eq!(missing.code, 2, "{}", missing.err);
    assert!(missing.err.contains("no key with this fingerprint"), "{}", missing.err);
}

#[test]
fn a_report_of_many_repositories_names_keys_and_no_checks() {
    let server = Server::start(|_| json(401, "{}"));
    let place = Place::new();
    for name in ["all/one", "all/two"] {
        let repository = place.repository(name);
        place.write(&format!("{name}/keys.env"), joined(AIRCLOU)).write(&format!("{name}/main.tf"), TF);
        stage(&repository, "keys.env");
        commit(&repository);
        std::fs::remove_file(place.path(&format!("{name}/keys.env"))).expect("removed");
    }
    let report = place.run(&["scan", "--repos", "all", "--format", "json", "--output", "all.json"]).exits(1);
    assert!(std::fs::read_to_string(place.path("all.json")).expect("text").contains("\"storage/"), "{}", report.err);
    let ran = reached(&place, &server, "airclou", &["verify", "--from", "all.json"]).exits(0);
    assert!(ran.out.contains("1 dead") && !ran.out.contains("not there"), "{} {}", ran.out, ran.err);
}

/// What a check of key hygiene speaks of in a scan.
const TF: &str = "resource \"aws_ssm_parameter\" \"db\" {\n  name  = \"/db/password\"\n  type  = \"String\"\n  value = \"Kz7-heron-lamp\"\n}\n";

#[test]
fn a_key_that_is_only_in_history_is_read_again_from_its_blob() {
    let server = Server::start(|_| json(401, "{}"));
    let place = Place::new();
    let repository = place.repository(".");
    for text in [joined(AIRCLOU), "nothing\n".to_owned()] {
        place.write("keys.txt", text);
        stage(&repository, "keys.txt");
        commit(&repository);
    }
    for format in ["json", "jsonl", "sarif"] {
        let before = server.lines().len();
        place.run(&["scan", "--format", format, "--output", "report"]).exits(1);
        let ran = reached(&place, &server, "airclou", &["verify", "--from", "report"]).exits(0);
        assert!(ran.out.contains("1 key: 1 dead"), "{format}: {}", ran.out);
        assert_eq!(server.lines().len(), before + 1, "{format}");
        std::fs::remove_file(place.path("report")).expect("removed");
    }
}

#[cfg(unix)]
#[test]
fn a_person_can_stop_between_two_requests() {
    let (told, arrived) = channel();
    let (go, gone) = channel::<()>();
    let gate = Mutex::new(gone);
    let server = Server::start(move |_| {
        told.send(()).expect("the test listens");
        let _ = gate.lock().expect("the gate").recv();
        json(401, "{}")
    });
    let place = Place::new();
    let other = ["ac_li", "ve_", "T3hG8kWq2ZrX5vNcJ4hP7sDf"].concat();
    place.write("keys.txt", format!("{}AIRCLOU_API_KEY={other}\n", joined(AIRCLOU))).write("ca.pem", &server.pem);
    let endpoint = format!("airclou={}", server.url());
    let words = [
        "verify",
        "keys.txt",
        "--request-timeout",
        "60",
        "--ca",
        "ca.pem",
        "--allow-internal",
        "--endpoint",
        &endpoint,
    ];
    let mut child = place.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    arrived.recv_timeout(Duration::from_secs(60)).expect("the first request arrives");
    interrupt(&child);
    // It says so before the provider answers.
    let mut said = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let first = said.next().expect("a line").expect("text");
    assert!(first.contains("what is under way ends"), "{first}");
    drop(go);
    let ran = Ran::of(child.wait_with_output().expect("ends")).exits(3);
    assert!(ran.out.contains("2 keys: 1 dead, 1 not asked"), "{}", ran.out);
    assert!(ran.out.contains("stopped before it was sent"), "{}", ran.out);
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn what_a_provider_says_of_a_key_is_audited() {
    for (told, wanted) in [
        (r#""permissions":["read","admin"],"expires_at":"2026-02-01T00:00:00Z""#, &["scope/admin-permission"][..]),
        (r#""permissions":["read"],"expires_at":null"#, &["expiry/verify-response-never-expires"]),
        (r#""permissions":["read"],"expires_at":"2026-01-05T00:00:00Z""#, &["expiry/expiring-soon"]),
        (r#""permissions":["read"],"expires_at":"2028-01-01T00:00:00Z""#, &["expiry/declared-too-far"]),
        (r#""permissions":["read"],"expires_at":"2026-02-01T00:00:00Z""#, &[]),
    ] {
        let body = format!(r#"{{"valid":true,"key_id":"key_1",{told}}}"#);
        let server = Server::start(move |_| json(200, &body));
        let place = Place::new();
        place.write("keys.txt", joined(AIRCLOU));
        let words = ["audit", "keys.txt", "--verify", "--now", "2026-01-01", "--format", "jsonl"];
        let ran = reached(&place, &server, "airclou", &words).exits(1);
        let found = ran.records("finding");
        let checks: Vec<&str> = found
            .iter()
            .filter(|one| {
                one["reasons"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|r| r.as_str().is_some_and(|r| r.starts_with("its provider"))))
            })
            .map(|one| one["rule"].as_str().expect("a rule"))
            .collect();
        assert_eq!(checks, wanted, "{told}: {}", ran.out);
    }
}

#[test]
fn a_scan_asks_only_when_it_is_told_to() {
    let server = Server::start(|_| json(401, "{}"));
    let place = Place::new();
    place.write("keys.txt", joined(AIRCLOU));
    let ran = reached(&place, &server, "airclou", &["scan", "--verify", "keys.txt"]).exits(1);
    assert!(ran.out.contains("dead  the provider answered 401"), "{}", ran.out);
    assert!(ran.out.contains("low[airclou-live-key]"), "{}", ran.out);
    let refused = reached(&place, &server, "airclou", &["scan", "keys.txt"]).exits(2);
    assert!(refused.err.contains("--verify"), "{}", refused.err);
    assert_eq!(server.lines().len(), 1);
}

/// How many ways of [`echo`] there are.
pub const KINDS: usize = 10;

/// What a provider that repeats the key everywhere, or fails, does.
pub fn echo(kind: usize, key: &str, request: &Received) -> Reply {
    let key = key.to_owned();
    match kind {
        0 => {
            let body = format!(r#"{{"valid":true,"key_id":"{key}","permissions":["{key}"],"expires_at":"{key}"}}"#);
            json(200, &body)
        }
        1 => json(401, &key),
        2 => Reply::Answer(302, vec![("Location", format!("https://evil.example/{key}"))], key),
        3 => Reply::Answer(429, vec![("Retry-After", key)], String::new()),
        4 => Reply::Silence,
        5 => Reply::Reset,
        6 => Reply::Half(200, key),
        7 => Reply::Answer(200, vec![("Content-Type", "text/html".to_owned())], format!("<html>{key}")),
        8 => {
            // As it was sent, and as it looks in base64.
            let (sent, b64) = (request.header("authorization"), data_encoding::BASE64.encode(key.as_bytes()));
            json(200, &format!(r#"{{"valid":true,"key_id":"{b64}","permissions":["{sent}"],"expires_at":"in {b64}"}}"#))
        }
        _ => Reply::Answer(500, vec![("X-Echo", request.header("authorization").to_owned())], key),
    }
}

proptest! {
    #![proptest_config(Config { cases: 2, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_failure_shows_a_key(body in "[A-Za-z0-9]{24}") {
        let secret = ["ac_li", "ve_", &body].concat();
        for kind in 0..KINDS {
            let key = secret.clone();
            let server = Server::start(move |request| echo(kind, &key, request));
            let place = Place::new();
            place.write("keys.txt", format!("AIRCLOU_API_KEY={secret}\n"));
            let limits = ["--request-timeout", "0.3", "--max-wait", "0"];
            let asked = reached(&place, &server, "airclou", &[&["verify", "keys.txt"], &limits[..]].concat());
            let reports: Vec<String> = Format::ALL.iter().map(|format| format!("{0}=report-{0}", format.word())).collect();
            let mut words = vec!["scan", "keys.txt", "--verify"];
            words.extend(limits);
            words.extend(reports.iter().flat_map(|report| ["--report", report]));
            let scanned = reached(&place, &server, "airclou", &words);
            let mut shown = format!("{}{}{}{}", asked.out, asked.err, scanned.out, scanned.err);
            for format in Format::ALL {
                let report = place.path(&format!("report-{}", format.word()));
                shown.push_str(&std::fs::read_to_string(report).expect("a report"));
            }
            // The first four characters behind the prefix may be shown; nothing that goes on from there.
            for part in [&secret[13..], &secret[..14], &secret[12..21], &secret[20..29]] {
                prop_assert!(!shown.contains(part), "{}", kind);
            }
        }
    }
}
