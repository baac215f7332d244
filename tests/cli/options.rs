//! Options: usage, reports, exit codes, configuration, baseline, rules.

use super::{ONE, Place, Ran, TWO, jsonl, key};

#[test]
fn a_key_is_never_printed_unless_asked_for() {
    let place = Place::new();
    place.write("a.py", format!("k = '{}'\n", key(ONE)));
    for format in ["human", "json", "jsonl", "sarif"] {
        let ran = place.run(&["scan", "--format", format]).exits(1);
        assert!(!ran.out.contains(ONE) && !ran.err.contains(ONE), "{format}");
        assert!(ran.out.contains("airclou"), "{format}: {}", ran.out);
    }
    assert!(place.run(&jsonl(&["--show-secrets"])).exits(1).out.contains(ONE));
    let refused = place.run(&["scan", "--show-secrets", "--format", "sarif"]).exits(2);
    assert!(refused.err.contains("sarif") && refused.out.is_empty(), "{}", refused.err);
}

#[test]
fn usage_errors_exit_with_2_and_help_with_0() {
    let place = Place::new();
    let ran = place.run(&["scan", "--formt", "json"]).exits(2);
    assert!(ran.err.contains("--format"), "{}", ran.err);
    place.run(&["scan", "--staged", "--history-only"]).exits(2);
    place.run::<&str>(&[]).exits(2);
    for words in [&["--help"][..], &["scan", "--help"], &["--version"], &["rules", "list", "--help"]] {
        let ran = place.run(words).exits(0);
        assert!(ran.err.is_empty() && !ran.out.is_empty());
    }
}

#[test]
fn an_inline_mark_covers_its_line_only() {
    let place = Place::new();
    place.write("a", format!("a = '{}' # keyhound:allow\nb = '{}'\n", key(ONE), key(TWO)));
    let ran = place.run(&jsonl(&[])).exits(1);
    let findings = ran.records("finding");
    let reported: Vec<_> = findings.iter().filter(|f| f["verdict"] == "report").collect();
    assert_eq!((findings.len(), reported.len()), (2, 1));
    assert_eq!(reported[0]["line"], 2);
}

#[test]
fn reports_go_where_they_are_told() {
    let place = Place::new();
    place.write("a", key(ONE));
    let words = ["scan", "a", "--output", "r.sarif", "--report", "json=r.json", "--report", "human=r.txt"];
    assert!(place.run(&words).exits(1).out.is_empty());
    let read = |name: &str| std::fs::read_to_string(place.path(name)).expect("written");
    assert!(read("r.sarif").contains("\"2.1.0\""));
    assert!(read("r.json").starts_with('{'));
    assert!(read("r.txt").contains("Airclou"));
    place.run(&["scan", "a", "--output", "/dev/null"]).exits(1);
    let ran = place.run(&["scan", "a", "--output", "no/such/folder/r.json"]).exits(2);
    assert!(ran.err.contains("cannot be written"), "{}", ran.err);
    place.run(&["scan", "a", "-o", "x", "--report", "json=x"]).exits(2);
}

#[test]
fn the_exit_code_of_findings_can_be_chosen() {
    let place = Place::new();
    place.write("a", key(ONE));
    place.run(&["scan", "--exit-code", "0"]).exits(0);
    place.run(&["scan", "--exit-code", "42"]).exits(42);
    place.run(&["scan", "--exit-code", "0", "gone"]).exits(2);
}

#[test]
fn quiet_says_nothing_when_there_is_nothing_to_say() {
    let place = Place::new();
    let ran = place.run(&["scan", "--quiet"]).exits(0);
    assert!(ran.out.is_empty() && ran.err.is_empty());
    place.write("a", key(ONE));
    assert!(place.run(&["scan", "--quiet"]).exits(1).out.contains("Airclou"));
}

#[test]
fn the_same_input_gives_the_same_bytes_whatever_the_threads() {
    let place = Place::new();
    for n in 0..60 {
        let shared = if n % 3 == 0 { ONE } else { TWO };
        place.write(&format!("d{}/f{n}", n % 7), format!("{}\n{}{n:02}\n", key(shared), key("Wn5RzK8vT2mLq7XcJ4hP")));
    }
    let one = place.run(&jsonl(&["--threads", "1"])).exits(1).out;
    for threads in ["2", "7"] {
        assert_eq!(place.run(&jsonl(&["--threads", threads])).out, one);
    }
}

#[test]
fn a_mistake_in_the_configuration_stops_the_run() {
    let place = Place::new();
    place.write("keyhound.toml", "severty = \"high\"\n").write("a", key(ONE));
    let ran = place.run(&["scan"]).exits(2);
    assert!(ran.out.is_empty() && ran.err.contains("keyhound.toml") && ran.err.contains("severity"), "{}", ran.err);
    place.run(&["scan", "--no-config"]).exits(1);
    place.run(&["scan", "--no-config", "--baseline", "none"]).exits(2);
    place.run(&["scan", "--no-config", "--rules", "none"]).exits(2);
}

#[test]
fn a_baseline_lies_beside_the_configuration_where_scans_look_for_it() {
    let place = Place::new();
    place.repository(".");
    place.write("keyhound.toml", "").write("sub/a.env", format!("K={}\n", key(ONE)));
    let sub = place.path("sub");
    let run = |words: &[&str]| Ran::of(place.command(words).current_dir(&sub).output().expect("runs"));
    run(&["baseline", "create"]).exits(0);
    run(&["scan"]).exits(0);
    assert!(place.path("keyhound.baseline").is_file());
}

#[test]
fn two_baselines_are_compared() {
    let place = Place::new();
    place.write("a", format!("K={}\n", key(ONE)));
    place.run(&["baseline", "create", "--baseline", "old"]).exits(0);
    std::fs::copy(place.path("old"), place.path("new")).expect("copies");
    assert_eq!(
        place.run(&["baseline", "diff", "old", "new"]).exits(0).out,
        "0 added, 0 removed, 0 changed, 1 the same\n"
    );
    place.write("b", format!("K={}\n", key(TWO)));
    place.run(&["baseline", "create", "--baseline", "new"]).exits(0);
    let ran = place.run(&["baseline", "diff", "old", "new"]).exits(1);
    assert!(ran.out.starts_with("+ ") && ran.out.contains(" airclou-live-key b\n1 added, 0 removed"), "{}", ran.out);
    place.run(&["baseline", "create", "--baseline", "other"]).exits(0);
    let ran = place.run(&["baseline", "diff", "old", "other"]).exits(2);
    assert!(ran.err.contains("different keys"), "{}", ran.err);
    place.run(&["baseline", "diff", "old", "none"]).exits(2);
}

#[test]
fn triage_without_a_terminal_says_what_to_do_instead() {
    let place = Place::new();
    let ran = place.run(&["triage"]).exits(2);
    assert!(ran.err.contains("no terminal") && ran.err.contains("baseline create"), "{}", ran.err);
}

#[test]
fn a_baseline_is_made_used_and_pruned() {
    let place = Place::new();
    place.write("a", key(ONE));
    let made = place.run(&["baseline", "create", "--baseline", "known"]).exits(0);
    assert!(made.err.contains("1 entry added"), "{}", made.err);
    let text = std::fs::read_to_string(place.path("known")).expect("written");
    assert!(!text.contains(ONE));
    let ran = place.run(&jsonl(&["a", "--baseline", "known"])).exits(0);
    assert_eq!(ran.records("finding")[0]["verdict"], "baselined");
    place.write("b", key(TWO));
    place.run(&["scan", "--baseline", "known"]).exits(1);
    std::fs::remove_file(place.path("a")).expect("removes");
    let pruned = place.run(&["baseline", "prune", "--baseline", "known"]).exits(0);
    assert!(pruned.err.contains("1 entry removed, 0 left"), "{}", pruned.err);
    place.run(&["baseline", "prune", "--baseline", "none"]).exits(2);
    place.run(&["baseline", "prune", "--baseline", "known", "gone"]).exits(2);
}

#[test]
fn rules_are_listed() {
    let place = Place::new();
    let table = place.run(&["rules", "list"]).exits(0).out;
    assert!(table.starts_with("RULE ") && table.contains("airclou-live-key"), "{table}");
    let list: serde_json::Value =
        serde_json::from_str(&place.run(&["rules", "list", "--json"]).exits(0).out).expect("JSON");
    let rules = list.as_array().expect("array");
    assert!(rules.iter().any(|rule| rule["id"] == "airclou-live-key" && rule["severity"] == "critical"));
}

#[test]
fn an_entry_for_each_place_has_the_verdict_on_that_place() {
    let place = Place::new();
    place.write("a", format!("a = '{0}' # keyhound:allow\nb = '{0}'\n", key(ONE)));
    let ran = place.run(&jsonl(&["a", "--each"])).exits(1);
    let found: Vec<_> = ran.records("finding").iter().map(|f| format!("{} {}", f["line"], f["verdict"])).collect();
    assert_eq!(found, ["1 \"allowed_inline\"", "2 \"report\""]);
    assert_eq!(ran.records("summary")[0]["verdicts"]["report"], 1);
}

#[test]
fn json_lines_stand_in_the_order_of_the_document() {
    let place = Place::new();
    // More than are written at once, each with a tail of its own.
    let tails = (0..600_u64).map(|n| {
        let mut state = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b"abcdefghkmnpqrstuvwxyzABCDEFGHKMNPQRSTUVWXYZ23456789"[(state >> 33) as usize % 52])
        };
        (0..24).map(|_| letter()).collect::<String>()
    });
    let text: String = tails.map(|tail| format!("key = {}\n", key(&tail))).collect();
    place.write("keys.txt", text);
    let ids = |records: &[serde_json::Value]| -> Vec<String> {
        records.iter().map(|record| record["fingerprint"].as_str().expect("a fingerprint").to_owned()).collect()
    };
    let lines = ids(&place.run(&jsonl(&["."])).exits(1).records("finding"));
    let document = place.run(&["scan", "--format", "json", "."]).exits(1);
    let document: serde_json::Value = serde_json::from_str(&document.out).expect("JSON");
    assert!(lines.len() >= 590, "{}", lines.len());
    assert_eq!(lines, ids(document["findings"].as_array().expect("findings")));
}
