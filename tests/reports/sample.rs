//! A run in which everything that a report can say occurs once, with hostile text wherever scanned text goes.

use keyhound::blob::ObjectId;
use keyhound::coverage::{Coverage, Skip};
use keyhound::finding::{
    CommitInfo, Confidence, Finding, Fingerprint, FingerprintKey, Location, Place, Position, Secret, Severity,
};
use keyhound::policy::Verdict;
use keyhound::problem::Problem;
use keyhound::report::{Judged, Repository, Run};
use keyhound::rule::{RuleSet, load_text};
use std::sync::Arc;
use std::time::Duration;

/// 2024-06-01, noon.
pub const NOW: i64 = 1_717_243_200;
const DAY: i64 = 86_400;

/// Own rules, so that the golden files do not depend on the shipped ones.
const RULES: [&str; 2] = [
    r#"
[provider]
id = "acme"
name = "Acme"
docs = "https://acme.example/docs/keys"
console = "https://acme.example/account/keys"
revoke_steps = ["Open Account → Keys", "Find the key by its first characters and press Revoke, then confirm in the dialogue that asks for the account's name"]

[[rule]]
id = "acme-live-key"
description = "Acme live API key"
environment = "live"
severity = "critical"
confidence = "high"
pattern = '\b(acme_live_[A-Za-z0-9]{24})\b'
prefixes = ["acme_live_"]

[[rule]]
id = "acme-test-key"
description = "Acme test API key"
environment = "test"
severity = "low"
confidence = "high"
pattern = '\b(acme_test_[A-Za-z0-9]{24})\b'
prefixes = ["acme_test_"]
"#,
    r#"
[provider]
id = "generic"
name = "Generic"

[[rule]]
id = "generic-password"
description = "Password assigned to a name"
severity = "medium"
confidence = "low"
pattern = 'DB_PASSWORD="([^"\n]{8,64})"'
keywords = ["db_"]
"#,
];

/// The plain values that must not leak out of a report.
pub const PLANTED: [&[&str]; 4] = [
    &["acme_", "live_", "9fK2mQ7xLp4RtV8nB3cZ6wYd"],
    &["acme_", "live_", "T3hG8kWq2ZrX5vNcJ4hPm2Lq"],
    &["acme_", "test_", "Wn5RzK8vT2mLq7XcJ4hPz1Aa"],
    &["correct", "-horse\"battery"],
];

fn planted(index: usize) -> String {
    PLANTED[index].concat()
}

fn id(byte: u8) -> ObjectId {
    ObjectId([byte; 20])
}

fn commit(byte: u8, author: &str, days_ago: i64, summary: &str) -> Arc<CommitInfo> {
    Arc::new(CommitInfo {
        // Rebased, as many are.
        committed: NOW - days_ago * DAY + i64::from(byte) * 60,
        id: id(byte),
        author: author.to_owned(),
        email: format!("{}@example.org", author.split(' ').next().unwrap_or_default().to_lowercase()),
        date: NOW - days_ago * DAY,
        summary: summary.to_owned(),
    })
}

fn position(line: u64, column: u64, length: u64) -> Position {
    Position { line, column, end_line: line, end_column: column + length, offset: line * 40, length }
}

fn now(place: Place, path: Option<&[u8]>, line: u64) -> Location {
    Location::now(place, path.map(<[u8]>::to_vec), position(line, 10, 34), Vec::new())
}

fn history(
    path: Option<&[u8]>,
    line: u64,
    introduced: Option<Arc<CommitInfo>>,
    removed: Option<Arc<CommitInfo>>,
) -> Location {
    let in_head = introduced.is_some() && removed.is_none();
    let place = Place::History { blob: id(0xb0), introduced, removed };
    Location { in_head, ..now(place, path, line) }
}

/// The rules of the sample.
pub fn rules() -> Arc<RuleSet> {
    let rules = RULES.iter().flat_map(|text| load_text("sample.toml", text).expect("the sample's rules load"));
    Arc::new(RuleSet::new(rules.collect()).expect("distinct ids"))
}

/// A finding of the rule called `rule` with `secret`, whose first `prefix` bytes are public.
pub fn finding(rules: &RuleSet, rule: &str, secret: &str, prefix: usize, locations: Vec<Location>) -> Finding {
    let ix = rules.find(rule).expect("a rule of the sample");
    let secret = Secret::new(secret.as_bytes(), prefix);
    let path = locations.first().and_then(|l| l.path.clone()).unwrap_or_default();
    Finding {
        rule: ix,
        also: Vec::new(),
        fingerprint: Fingerprint::of(&FingerprintKey::default(), rule, &secret, &path),
        secret,
        severity: rules.get(ix).severity,
        confidence: rules.get(ix).confidence,
        environment: rules.get(ix).environment,
        reasons: vec!["the format fits".into()],
        blobs: locations.iter().filter(|l| l.object().is_some()).count() as u64,
        asked: None,
        locations,
        subject: None,
    }
}

/// A run over nothing.
pub fn empty() -> Run {
    Run {
        rules: rules(),
        findings: Vec::new(),
        problems: Vec::new(),
        coverage: Coverage { files: 3, file_bytes: 1_234, ..Coverage::default() },
        repositories: Vec::new(),
        inventory: None,
        below: 0,
        shard: None,
        show_secrets: false,
        gitleaks_columns: false,
        each: false,
        now: NOW,
        elapsed: Duration::from_millis(87),
    }
}

/// A run over one file that holds `secret`.
pub fn with_secret(secret: &str, prefix: usize) -> Run {
    let mut run = empty();
    let finding = finding(&run.rules, "generic-password", secret, prefix, vec![now(Place::File, Some(b"a.env"), 1)]);
    run.findings.push(Judged { finding, verdict: Verdict::Report, repository: None, covers: Vec::new() });
    run
}

/// A run in which everything occurs.
pub fn full() -> Run {
    let rules = rules();
    let ann = commit(0x1a, "Ann Example", 1_184, "Add the billing client");
    let mallory = commit(
        0x2b,
        "Mallory \u{1b}[2J\u{202e}",
        900,
        "Hide \u{9b}31m everything that there is to hide, in one long line that a narrow terminal could never hold",
    );
    let bob = commit(0x3c, "Bob", 700, "Remove the keys");
    let find = |rule: &str, secret: usize, prefix: usize, locations| {
        finding(&rules, rule, &planted(secret), prefix, locations)
    };

    let mut at_head = find(
        "acme-live-key",
        0,
        10,
        vec![
            history(Some(b"config/prod.env"), 12, Some(ann.clone()), None),
            history(Some(b"old/prod.env"), 3, Some(mallory.clone()), Some(bob.clone())),
            now(Place::File, Some("src/na\u{ef}ve name.rs".as_bytes()), 8),
            history(Some(b"tests/a.env"), 1, Some(bob.clone()), None),
            history(Some(b"tests/b.env"), 1, Some(bob.clone()), None),
        ],
    );
    at_head.also = vec![rules.find("generic-password").expect("a rule of the sample")];
    at_head.reasons.push("not a documented example".into());
    at_head.locations[0].refs = vec!["refs/heads/main".to_owned(), "refs/tags/v1\u{1b}".to_owned()];
    let removed = find(
        "acme-live-key",
        1,
        10,
        vec![history(Some(b"caf\xe9/\x1b]0;evil\x07.env"), 4, Some(mallory.clone()), Some(bob.clone()))],
    );
    let mut message = find(
        "generic-password",
        3,
        0,
        vec![now(Place::Message { object: id(0x2b), commit: Some(mallory.clone()) }, None, 3)],
    );
    message.severity = Severity::High;
    message.confidence = Confidence::Medium;
    let mut dangling = find("acme-test-key", 2, 10, vec![history(None, 7, None, None)]);
    dangling.locations[0].reachable = false;
    let mut elsewhere = find("acme-test-key", 2, 10, vec![history(Some(b"x.py"), 7, Some(mallory), None)]);
    elsewhere.locations[0].in_head = false;
    elsewhere.locations[0].refs = vec!["refs/heads/feature".to_owned(), "refs/tags/v2".to_owned()];
    let tag = find("acme-test-key", 2, 10, vec![now(Place::Message { object: id(0x4d), commit: None }, None, 1)]);
    let staged = find("generic-password", 3, 0, vec![now(Place::Staged, Some(b"db.env"), 2)]);
    let stdin = find("generic-password", 1, 0, vec![now(Place::Stdin, None, 1)]);
    let file = |rule: &str, secret: usize| find(rule, secret, 10, vec![now(Place::File, Some(b"docs/example.md"), 5)]);

    let judged = |finding, verdict| Judged { finding, verdict, repository: None, covers: Vec::new() };
    let findings = vec![
        judged(at_head, Verdict::Report),
        judged(removed, Verdict::Report),
        judged(dangling, Verdict::Report),
        judged(tag, Verdict::Report),
        judged(message, Verdict::Report),
        judged(staged, Verdict::Report),
        judged(stdin, Verdict::Report),
        judged(elsewhere, Verdict::Report),
        judged(file("acme-test-key", 0), Verdict::AllowedInline),
        judged(file("acme-test-key", 1), Verdict::AllowedByConfig { reason: "documented example".to_owned() }),
        judged(file("acme-test-key", 2), Verdict::Baselined { reason: None }),
        judged(file("acme-live-key", 2), Verdict::Baselined { reason: Some("revoked in May".to_owned()) }),
        judged(
            file("generic-password", 3),
            Verdict::BelowThreshold { reason: "confidence low is below medium".to_owned() },
        ),
    ];
    let mut coverage = Coverage {
        files: 120,
        file_bytes: 3_400_000,
        blobs: 2_341,
        blob_bytes: 12_000_000,
        fresh_bytes: 1_500_000,
        commits: 300,
        tags: 1,
        ..Coverage::default()
    };
    for (why, n) in [(Skip::Media, 3), (Skip::Ignored, 12), (Skip::TooLarge, 1), (Skip::Unreadable, 2)] {
        (0..n).for_each(|_| coverage.skip(why));
    }
    Run {
        findings,
        problems: vec![
            Problem::note("keyhound.toml", "the allowlist entry 'docs' matched nothing"),
            Problem::incomplete("shop", "its history is shallow, so older commits were not scanned")
                .with_next_step("git fetch --unshallow"),
            Problem::incomplete("private/\u{1b}[1mkeys", "cannot be read: permission denied"),
        ],
        coverage,
        repositories: vec![
            Repository {
                path: "shop".to_owned(),
                head: Some(id(0x3c).to_string()),
                branch: Some("main".to_owned()),
                remote: Some("git@example.org:acme/shop.git".to_owned()),
                account: None,
            },
            Repository { path: "/srv/git/other repo".to_owned(), ..Repository::default() },
        ],
        elapsed: Duration::from_millis(1_400),
        rules,
        ..empty()
    }
}
