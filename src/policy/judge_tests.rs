//! Who is allowed, by what, in which order; and that no exception covers more than it says.

use super::super::testing::{at, finding, guessable, in_history, marked, rules};
use super::super::{Expiry, PathSet, bytes_regex};
use super::*;
use crate::blob::ObjectId;
use crate::finding::Place;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const NOW: i64 = 1_800_000_000; // 2027-01-15

fn allow(reason: &str) -> Allow {
    Allow {
        rules: Vec::new(),
        providers: Vec::new(),
        paths: PathSet::default(),
        values: Vec::new(),
        fingerprints: Vec::new(),
        commits: Vec::new(),
        reason: reason.into(),
        owner: None,
        expires: None,
        origin: format!("keyhound.toml:{}", reason.len()),
    }
}

fn by_path(pattern: &str, reason: &str) -> Allow {
    Allow { paths: PathSet::new(&[pattern]).expect("pattern"), ..allow(reason) }
}

fn policy(allow: Vec<Allow>) -> Policy {
    Policy { allow, ..Policy::at(NOW) }
}

fn by_config(reason: &str) -> Verdict {
    Verdict::AllowedByConfig { reason: reason.to_owned() }
}

fn with_baseline(mut policy: Policy, finding: &Finding, attributes: &str) -> Policy {
    let report = Verdict::Report;
    let new = Baseline::new("b", b"0123456789abcdef");
    let made = new.create([(finding, &report)].into_iter(), &rules(), &policy.folders, NOW).baseline;
    let text = format!("{} {attributes}\n", made.to_text().trim_end());
    policy.baseline = Some(Baseline::parse("b", text.as_bytes()).expect("parses"));
    policy
}

#[test]
fn without_exceptions_everything_above_the_threshold_is_reported() {
    let mut one = finding(&["a"]);
    assert_eq!(policy(vec![]).judge(&one, &rules()), Verdict::Report);
    one.confidence = Confidence::Low;
    let reason = "confidence low is below medium".to_owned();
    assert_eq!(policy(vec![]).judge(&one, &rules()), Verdict::BelowThreshold { reason });
    one.severity = Severity::Medium;
    let strict = Policy { severity: Severity::High, ..policy(vec![]) };
    let reason = "severity medium is below high, confidence low is below medium".to_owned();
    assert_eq!(strict.judge(&one, &rules()), Verdict::BelowThreshold { reason });
}

#[test]
fn a_mark_covers_its_own_place_only() {
    let mut two = finding(&["a", "b"]);
    two.locations[0] = marked(at(Some("a")), &[]);
    let judged = policy(vec![]).weigh(&two, &rules());
    assert_eq!(judged.verdict, Verdict::Report);
    assert_eq!(judged.covers, [Some(Cover::Inline), None]);
    two.locations[1] = marked(at(Some("b")), &["other-rule", "test-key"]);
    assert_eq!(policy(vec![]).judge(&two, &rules()), Verdict::AllowedInline);
}

#[test]
fn a_mark_for_another_rule_covers_nothing() {
    let mut one = finding(&["a"]);
    one.locations[0] = marked(at(Some("a")), &["test-password"]);
    one.also = vec![rules().find("test-password").expect("rule")];
    assert_eq!(policy(vec![]).judge(&one, &rules()), Verdict::Report);
}

#[test]
fn a_version_in_history_is_covered_by_its_own_mark_only() {
    let mut one = finding(&["a"]);
    one.locations = vec![in_history("a", 1), marked(at(Some("a")), &[])];
    assert_eq!(policy(vec![]).judge(&one, &rules()), Verdict::Report);
    one.locations[0] = marked(in_history("a", 1), &[]);
    assert_eq!(policy(vec![]).judge(&one, &rules()), Verdict::AllowedInline);
}

#[test]
fn a_path_covers_the_places_below_it_only() {
    let tests = policy(vec![by_path("/tests/**", "made up")]);
    assert_eq!(tests.judge(&finding(&["tests/a", "tests/b/c"]), &rules()), by_config("made up"));
    let judged = tests.weigh(&finding(&["tests/a", "src/a"]), &rules());
    assert_eq!(judged.verdict, Verdict::Report);
    assert_eq!(judged.covers, [Some(Cover::Config { reason: "made up".into() }), None]);
    let mut nowhere = finding(&[]);
    assert_eq!(tests.judge(&nowhere, &rules()), Verdict::Report);
    nowhere.locations = vec![at(None)];
    assert_eq!(tests.judge(&nowhere, &rules()), Verdict::Report);
}

#[test]
fn paths_count_from_the_folder_of_the_configuration() {
    let mut tests = policy(vec![by_path("/tests/**", "made up")]);
    tests.folders = Folders { base: Some("/r".into()), here: "/r/sub".into(), repository: Some("/r".into()) };
    assert_eq!(tests.judge(&finding(&["tests/a"]), &rules()), Verdict::Report, "that is sub/tests/a");
    assert_eq!(tests.judge(&finding(&["../tests/a"]), &rules()), by_config("made up"));
    let mut old = finding(&[]);
    old.locations = vec![in_history("tests/a", 1)];
    assert_eq!(tests.judge(&old, &rules()), by_config("made up"));
}

#[test]
fn mixed_reasons_are_all_said() {
    let both = policy(vec![by_path("tests/**", "made up"), by_path("docs/**", "shown to readers")]);
    let mut four = finding(&["tests/a", "docs/b", "docs/c", "src/d"]);
    four.locations[3] = marked(at(Some("src/d")), &[]);
    let said = "made up; shown to readers; 1 of 4 places by a comment on the line";
    assert_eq!(both.judge(&four, &rules()), by_config(said));
}

#[test]
fn each_kind_of_condition_must_hold() {
    let value = |pattern: &str| Allow { values: vec![bytes_regex(pattern).expect("pattern")], ..allow("x") };
    let names = |text: &str| vec![text.to_owned()];
    let key = finding(&["a"]);
    let yes = |entry: Allow| policy(vec![entry]).judge(&key, &rules()) == by_config("x");
    assert!(yes(value("^tk_abc")) && !yes(value("^abc")));
    assert!(yes(Allow { rules: names("test-key"), ..allow("x") }));
    assert!(!yes(Allow { rules: names("test-password"), ..allow("x") }));
    assert!(yes(Allow { providers: names("test"), ..value("abc") }));
    assert!(!yes(Allow { providers: names("other"), ..value("abc") }));
    assert!(!yes(Allow { rules: names("test-password"), ..value("abc") }));
    assert!(yes(Allow { fingerprints: vec![key.fingerprint.to_string()[..16].to_owned()], ..allow("x") }));
    assert!(!yes(Allow { fingerprints: vec![guessable(&["a"]).fingerprint.to_string()], ..allow("x") }));
    assert!(!yes(Allow { commits: names("01010101"), ..allow("x") }), "a file is in no commit");
}

#[test]
fn a_fingerprint_holds_under_the_runs_key_and_the_common_one() {
    let mut entry = allow("x");
    entry.fingerprints = vec![guessable(&["a"]).fingerprint.to_string()];
    let mut one = guessable(&["first", "a"]);
    let key = FingerprintKey::new(b"of the repository");
    one.fingerprint = Fingerprint::of(&key, "test-password", &one.secret, b"first");
    let keyed = Policy { key: key.clone(), ..policy(vec![entry.clone()]) };
    assert_eq!(keyed.judge(&one, &rules()), by_config("x"));
    entry.fingerprints = vec![Fingerprint::of(&key, "test-password", &one.secret, b"a").to_string()];
    assert_eq!(Policy { key, ..policy(vec![entry]) }.judge(&one, &rules()), by_config("x"));
}

#[test]
fn commits_are_those_that_introduced_it() {
    let entry = Allow { commits: vec!["0101010".to_owned()], ..allow("x") };
    let mut one = finding(&[]);
    one.locations = vec![in_history("a", 1)];
    assert_eq!(policy(vec![entry.clone()]).judge(&one, &rules()), by_config("x"));
    one.locations.push(in_history("a", 2));
    assert_eq!(policy(vec![entry.clone()]).judge(&one, &rules()), Verdict::Report);
    one.locations[1].place = Place::Message { object: ObjectId([1; 20]), commit: None };
    assert_eq!(policy(vec![entry]).judge(&one, &rules()), by_config("x"));
}

#[test]
fn expired_entries_allow_nothing() {
    let until = |day: &str| Allow { expires: Expiry::parse(day).ok(), ..by_path("a", "x") };
    assert_eq!(policy(vec![until("2027-01-15")]).judge(&finding(&["a"]), &rules()), by_config("x"));
    assert_eq!(policy(vec![until("2027-01-14")]).judge(&finding(&["a"]), &rules()), Verdict::Report);
    let known = with_baseline(policy(vec![]), &finding(&["a"]), "expires=2027-01-14");
    assert_eq!(known.judge(&finding(&["a"]), &rules()), Verdict::Report);
}

#[test]
fn the_baseline_covers_a_key_wherever_it_lies() {
    let known = with_baseline(policy(vec![]), &finding(&["a"]), "reason=\"old one\"");
    let judged = known.weigh(&finding(&["b", "c"]), &rules());
    assert_eq!(judged.verdict, Verdict::Baselined { reason: Some("old one".to_owned()) });
    assert_eq!(judged.covers[0].as_ref().map(Cover::verdict), Some(judged.verdict));
}

#[test]
fn decisions_come_before_thresholds_and_the_nearest_first() {
    let mut one = finding(&["a"]);
    one.confidence = Confidence::Low;
    let known = with_baseline(policy(vec![]), &one, "");
    assert_eq!(known.judge(&one, &rules()), Verdict::Baselined { reason: None });
    let configured = Policy { allow: vec![by_path("a", "x")], ..known };
    assert_eq!(configured.judge(&one, &rules()), by_config("x"));
    one.locations[0] = marked(at(Some("a")), &[]);
    assert_eq!(configured.judge(&one, &rules()), Verdict::AllowedInline);
}

#[test]
fn an_entry_without_places_covers_a_finding_without_any() {
    let entry = Allow { rules: vec!["test-key".to_owned()], ..allow("x") };
    assert_eq!(policy(vec![entry]).judge(&finding(&[]), &rules()), by_config("x"));
    assert_eq!(policy(vec![]).judge(&finding(&[]), &rules()), Verdict::Report);
}

#[test]
fn dead_and_expired_exceptions_are_remarked_once() {
    let expired = Allow { expires: Expiry::parse("2027-01-14").ok(), owner: Some("ann".into()), ..by_path("a", "old") };
    let mut all = policy(vec![expired, by_path("a", "used"), by_path("zzz", "useless")]);
    all = with_baseline(all, &guessable(&["gone"]), "expires=2026-01-01");
    let found = [finding(&["a"]), finding(&["a", "b"])];
    let remarks =
        |full| -> Vec<String> { all.remarks(found.iter(), &rules(), full).iter().map(ToString::to_string).collect() };
    assert_eq!(
        remarks(true),
        [
            "keyhound.toml:3: this allow entry expired on 2027-01-14 (owner: ann): old; renew it, or remove it",
            "keyhound.toml:7: this allow entry matches nothing: useless; remove it",
            "b:3: 1 entry has expired and is accepted no more; change the date, or remove the line",
            "b:3: 1 entry matches nothing any more; remove such lines with 'keyhound baseline prune'",
        ]
    );
    assert_eq!(remarks(false).len(), 2, "a scan of a part cannot tell what is dead");
}

#[test]
fn an_entry_that_something_covers_first_is_not_dead() {
    let second = policy(vec![by_path("a", "first"), by_path("a", "second")]);
    let mut one = finding(&["a"]);
    one.locations[0] = marked(at(Some("a")), &[]);
    assert!(second.remarks([&one].into_iter(), &rules(), true).is_empty());
}

proptest! {
    // The same cases in every run, and no file of failed ones.
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn judging_never_panics_and_covers_every_place(
        secret in proptest::collection::vec(any::<u8>(), 0..40),
        prefix in 0usize..50,
        places in proptest::collection::vec((proptest::option::of(proptest::collection::vec(any::<u8>(), 0..12)), any::<bool>(), 0u8..4), 0..5),
        confidence in 0usize..3,
        is_password in any::<bool>(),
    ) {
        let mut one = if is_password { guessable(&[]) } else { finding(&[]) };
        one.also = vec![rules().find(if is_password { "test-key" } else { "test-password" }).expect("rule")];
        one.secret = Secret::new(&secret, prefix);
        one.confidence = Confidence::ALL[confidence];
        for (path, is_marked, kind) in &places {
            let mut place = if *kind == 0 { in_history("x", 1) } else { at(None) };
            place.path = path.clone();
            one.locations.push(if *is_marked { marked(place, &[]) } else { place });
        }
        let mut with_all = policy(vec![
            by_path("a*", "x"),
            Allow { values: vec![bytes_regex("^[a-m]").expect("pattern")], ..by_path("regex:[b-z]", "y") },
            Allow { fingerprints: vec![finding(&[]).fingerprint.to_string()], ..allow("z") },
        ]);
        with_all.folders = Folders { base: Some("/r".into()), here: "/r/sub".into(), repository: None };
        for policy in [with_baseline(with_all.clone(), &one, ""), with_all] {
            let judged = policy.weigh(&one, &rules());
            prop_assert_eq!(judged.covers.len(), one.locations.len());
            let all_covered = !judged.covers.is_empty() && judged.covers.iter().all(Option::is_some);
            match judged.verdict {
                Verdict::Report => prop_assert!(!all_covered && one.confidence >= Confidence::Medium),
                Verdict::BelowThreshold { .. } => prop_assert!(!all_covered),
                Verdict::AllowedInline => prop_assert!(one.locations.iter().all(|l| !l.marks.is_empty())),
                Verdict::AllowedByConfig { ref reason } => prop_assert!(!reason.is_empty()),
                Verdict::Baselined { .. } => prop_assert!(policy.baseline.is_some()),
            }
            if policy.baseline.is_some() {
                prop_assert!(!policy.judge(&one, &rules()).reports(), "what was created covers what it was created from");
            }
            policy.remarks([&one].into_iter(), &rules(), true);
        }
    }
}
