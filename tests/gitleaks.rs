//! Teams that come from gitleaks: their configuration, ignore files, baselines and the programs that read their reports.

use crate::cli::{ONE, Place, commit, jsonl, key, stage};
use serde_json::Value;

/// A configuration with one rule of its own.
const ACME: &str = "
[[rules]]
id = 'acme'
description = 'Acme key'
regex = '''acme_([a-z0-9]{8})'''
keywords = ['ACME']
tags = ['ours']
";

/// A key of that rule, in parts.
fn acme(tail: &str) -> String {
    format!("acme_{tail}")
}

fn rules(ran: &crate::cli::Ran) -> Vec<String> {
    let findings = ran.records("finding");
    let reported = findings.iter().filter(|finding| finding["verdict"] == "report");
    reported.map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect()
}

/// The places that a run reports, by file and line, as gitleaks would write them.
fn places(place: &Place, more: &[&str]) -> Vec<String> {
    let ran = place.run(&[&["scan", "--format", "gitleaks-json"], more].concat());
    let entries: Vec<Value> = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {} {}", ran.out, ran.err));
    let mut all: Vec<String> = entries
        .iter()
        .map(|entry| format!("{}:{}", entry["File"].as_str().expect("a file"), entry["StartLine"]))
        .collect();
    all.sort();
    all
}

fn with_both() -> Place {
    let place = Place::new();
    place.write("a", format!("{}\n{}\n", key(ONE), acme("q7w8e9r0")));
    place
}

#[test]
fn a_configuration_that_is_given_is_all_there_is() {
    let place = with_both();
    place.write("g.toml", ACME);
    assert_eq!(rules(&place.run(&jsonl(&["a", "--config", "g.toml"])).exits(1)), ["acme"]);
    place.write("g.toml", format!("[extend]\nuseDefault = true\n{ACME}"));
    let ran = place.run(&jsonl(&["a", "--config", "g.toml"])).exits(1);
    assert_eq!(rules(&ran), ["airclou-live-key", "acme"]);
    let notes = ran.records("problem");
    assert!(notes.iter().any(|n| n["message"].as_str().is_some_and(|m| m.contains("useDefault"))), "{notes:?}");
    place.write("g.toml", "title = 'none'\n[[allowlists]]\npaths = ['x']\n");
    assert!(place.run(&["scan", "a", "--config", "g.toml"]).exits(2).err.contains("holds no rules"));
}

#[test]
fn one_that_lies_there_adds_to_our_rules() {
    let place = with_both();
    place.write("test/a", format!("{}\n{}\n", key(ONE), acme("q7w8e9r0")));
    place.write(".gitleaks.toml", format!("{ACME}\n[[allowlists]]\ndescription = 'made up'\npaths = ['^test/']\n"));
    let ran = place.run(&jsonl(&[])).exits(1);
    assert_eq!(rules(&ran), ["airclou-live-key", "acme"]);
    assert_eq!(places(&place, &[]), ["a:1", "a:2"]);
    let ran = place.run(&jsonl(&["test"])).exits(1);
    assert_eq!(rules(&ran), ["airclou-live-key"], "it is not looked for upwards or elsewhere");
    assert_eq!(rules(&place.run(&jsonl(&["--no-config"])).exits(1)), ["airclou-live-key"]);
    place.write("keyhound.toml", "");
    let ran = place.run(&jsonl(&[])).exits(1);
    assert_eq!(rules(&ran), ["airclou-live-key"]);
    let note = &ran.records("problem")[0];
    assert_eq!((note["subject"].as_str(), note["weight"].as_str()), (Some(".gitleaks.toml"), Some("note")));
}

#[test]
fn its_mistakes_are_made_only_when_asked_for() {
    let place = Place::new();
    place.write("a", format!("\n{}\n", acme("q7w8e9r0")));
    let check = |list: &str, sane: &[&str], strict: &[&str]| {
        place.write("g.toml", format!("{ACME}{list}"));
        assert_eq!(places(&place, &["--config", "g.toml"]), sane, "{list}");
        assert_eq!(places(&place, &["--config", "g.toml", "--gitleaks-compat", "strict"]), strict, "{list}");
    };
    check("[[allowlists]]\ncondition = 'AND'\npaths = ['^a$']\nstopwords = ['zzz']\n", &["a:2"], &[]);
    check("[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['^acme']\n", &[], &["a:2"]);
    check("[[allowlists]]\nregexes = ['(?i)zzz', 'Q7W']\n", &["a:2"], &[]);
}

#[test]
fn the_environment_gives_one_too() {
    let place = with_both();
    place.write("g.toml", ACME);
    for (name, value) in [("GITLEAKS_CONFIG", "g.toml"), ("GITLEAKS_CONFIG_TOML", ACME)] {
        let mut command = place.command(&jsonl(&["a"]));
        let ran = crate::cli::Ran::of(command.env(name, value).output().expect("runs")).exits(1);
        assert_eq!(rules(&ran), ["acme"], "{name}");
    }
}

#[test]
fn mistakes_in_it_name_file_line_rule_and_character() {
    let place = with_both();
    place.write("g.toml", "[[rules]]\nid = 'acme'\nregex = '''a(b'''\n");
    let ran = place.run(&["scan", "a", "--config", "g.toml"]).exits(2);
    assert!(ran.err.contains("g.toml:3: rule 'acme': regex: unclosed group at character 2"), "{}", ran.err);
    place.write("g.toml", format!("{ACME}stopword = ['x']\n"));
    let ran = place.run(&jsonl(&["a", "--config", "g.toml"])).exits(1);
    let notes = ran.records("problem");
    assert!(notes[0]["message"].as_str().is_some_and(|m| m.contains("'stopword'")), "{notes:?}");
}

#[test]
fn our_own_rules_heed_its_exceptions() {
    let place = Place::new();
    let check = |list: &str, want: &[&str]| {
        place.write(".gitleaks.toml", format!("[extend]\nuseDefault = true\n{list}"));
        assert_eq!(places(&place, &[]), want, "{list}");
    };
    place.write("a", format!("k = '{}'\n", key(ONE)));
    place.write("b", format!("k = '{}' # nolint\n", key(ONE)));
    check("", &["a:1", "b:1"]);
    check("[[allowlists]]\nregexTarget = 'line'\nregexes = ['nolint']\n", &["a:1"]);
    check("[[allowlists]]\nstopwords = ['9fk2mq']\n", &[]);
    check("[[allowlists]]\ncondition = 'AND'\npaths = ['^a$']\nstopwords = ['9fk2mq']\n", &["b:1"]);
    check("[[allowlists]]\ncondition = 'AND'\npaths = ['^a$']\nstopwords = ['other']\n", &["a:1", "b:1"]);
    check("[[allowlists]]\ntargetRules = ['airclou-live-key']\npaths = ['^a$']\n", &["b:1"]);
    check("[[allowlists]]\ntargetRules = ['their-rule']\npaths = ['^a$']\n", &["a:1", "b:1"]);
    check("[[rules]]\nid = 'airclou-live-key'\n[[rules.allowlists]]\npaths = ['^b$']\n", &["a:1"]);
}

#[test]
fn a_generic_rule_stands_back_only_where_the_other_one_may_speak() {
    let place = Place::new();
    for name in ["a.tf", "a.txt"] {
        place.write(name, format!("key={}\n", acme("q7w8e9r0")));
    }
    let generic = "[[rules]]\nid = 'generic-key'\nregex = '''key=acme_([a-z0-9]{8})'''\n";
    place.write("g.toml", format!("{ACME}path = '\\.tf$'\n{generic}"));
    let ran = place.run(&jsonl(&["a.tf", "a.txt", "--config", "g.toml", "--each"])).exits(1);
    let mut by_file: Vec<String> = (ran.records("finding").iter())
        .map(|finding| format!("{} {}", finding["path"].as_str().unwrap_or(""), finding["rule"].as_str().unwrap_or("")))
        .collect();
    by_file.sort();
    assert_eq!(by_file, ["a.tf acme", "a.txt generic-key"]);
}

#[test]
fn rules_can_be_confined_to_paths_or_be_about_them() {
    let place = Place::new();
    place.write("conf/a.env", acme("q7w8e9r0")).write("b", acme("q7w8e9r0"));
    place.write("deep/key.p12", b"\x89PNG\r\n\x1a\nrest").write("empty.p12", "");
    let rules = format!("{ACME}path = '\\.env$'\n[[rules]]\nid = 'p12'\npath = '\\.p12$'\n");
    place.write("g.toml", rules);
    assert_eq!(places(&place, &["--config", "g.toml"]), ["conf/a.env:1", "deep/key.p12:0", "empty.p12:0"]);
    let repo = place.repository(".");
    for path in ["conf/a.env", "b", "deep/key.p12"] {
        stage(&repo, path);
    }
    commit(&repo);
    let history = places(&place, &["--config", "g.toml", "--history-only"]);
    assert_eq!(history, ["conf/a.env:1", "deep/key.p12:0"]);
    assert_eq!(places(&place, &["--config", "g.toml", "--staged"]), [""; 0]);
}

#[test]
fn histories_are_searched_whole_with_every_version() {
    let place = Place::new();
    let repo = place.repository(".");
    place.write("g.toml", format!("{ACME}[[rules]]\nid = 'far'\nregex = '(?s)BEGIN.*?{}.*?END'\n", "x{3}"));
    let filler: String = (0..400).map(|n| format!("line {n}\n")).collect();
    for text in [
        format!("BEGIN\n{filler}END\n"),
        format!("BEGIN\n{filler}xxx\nEND\n"),
        format!("BEGIN\n{filler}xxx\n{}\nEND\n", acme("q7w8e9r0")),
        "nothing\n".to_owned(),
    ] {
        place.write("a", text);
        stage(&repo, "a");
        commit(&repo);
    }
    let packed = |place: &Place| {
        let git = std::process::Command::new("git").args(["gc", "-q"]).current_dir(place.dir.path()).status();
        assert!(git.expect("git runs").success());
    };
    let loose = places(&place, &["--config", "g.toml", "--history-only"]);
    packed(&place);
    assert_eq!(places(&place, &["--config", "g.toml", "--history-only"]), loose);
    assert_eq!(places(&place, &["--config", "g.toml", "--history-only", "--whole-blobs"]), loose);
    assert_eq!(loose, ["a:1", "a:1", "a:403"], "the block with and without the key, and the key");
}

#[test]
fn the_report_is_that_of_gitleaks() {
    let place = Place::new();
    place.write("a <b>", format!("x\n  say {} & <go>\n", acme("q7w8e9r0"))).write("g.toml", ACME);
    let ran = place.run(&["scan", "--config", "g.toml", "--format", "gitleaks-json", "--show-secrets"]).exits(1);
    let want = r#"[
 {
  "RuleID": "acme",
  "Description": "Acme key",
  "StartLine": 2,
  "EndLine": 2,
  "StartColumn": 7,
  "EndColumn": 19,
  "Match": "acme_q7w8e9r0",
  "Secret": "q7w8e9r0",
  "File": "a \u003cb\u003e",
  "SymlinkFile": "",
  "Commit": "",
  "Entropy": 3,
  "Author": "",
  "Email": "",
  "Date": "",
  "Message": "",
  "Tags": [
   "ours"
  ],
  "Fingerprint": "a \u003cb\u003e:acme:2"
 }
]
"#;
    assert_eq!(ran.out, want);
    let ran = place.run(&["scan", "--config", "g.toml", "--format", "gitleaks-json"]).exits(1);
    assert!(!ran.out.contains("q7w8e9r0") && ran.out.contains("\"Match\": \"acme_…\""), "{}", ran.out);
    let strict = ["scan", "--config", "g.toml", "--format", "gitleaks-json", "--gitleaks-compat", "strict"];
    assert!(place.run(&strict).exits(1).out.contains("\"StartColumn\": 8"));
    place.write("a <b>", "");
    let ran = place.run(&["scan", "--config", "g.toml", "--format", "gitleaks-json"]).exits(0);
    assert_eq!(ran.out, "[]\n");
}

#[test]
fn commits_are_named_in_the_report() {
    let place = Place::new();
    let repo = place.repository(".");
    repo.remote("origin", "git@github.com:acme/shop.git").expect("a remote");
    place.write("a.md", format!("\n{}\n", acme("q7w8e9r0"))).write("g.toml", ACME);
    stage(&repo, "a.md");
    commit(&repo);
    let ran = place.run(&["scan", "--history-only", "--config", "g.toml", "--format", "gitleaks-json"]).exits(1);
    let entries: Value = serde_json::from_str(&ran.out).expect("JSON");
    let id = repo.head().expect("HEAD").target().expect("a commit").to_string();
    let entry = &entries[0];
    assert_eq!(entry["Commit"], id);
    assert_eq!(entry["Author"], "Ann");
    assert_eq!(entry["Date"], "2020-09-13T12:26:40Z");
    assert_eq!(entry["Message"], "work");
    assert_eq!(entry["Fingerprint"], format!("{id}:a.md:acme:2"));
    assert_eq!(entry["Link"], format!("https://github.com/acme/shop/blob/{id}/a.md?plain=1#L2"));
}

#[test]
fn ignore_files_are_heeded() {
    let place = with_both();
    place.write("g.toml", ACME);
    place.write(".gitleaksignore", "# known\na:acme:2\n");
    assert_eq!(places(&place, &["--config", "g.toml"]), [""; 0]);
    assert_eq!(places(&place, &[]), ["a:1"], "our own rules, with none of that name, heed the line");
    place.write(".gitleaksignore", "a:airclou-api-key:1\n");
    assert_eq!(places(&place, &[]), [""; 0]);
    assert_eq!(places(&place, &["--no-config"]), ["a:1"]);
    place.write(".gitleaksignore", "nonsense\n");
    let ran = place.run(&jsonl(&[])).exits(1);
    assert!(ran.records("problem")[0]["subject"] == ".gitleaksignore:1", "{:?}", ran.records("problem"));
}

#[test]
fn reports_of_gitleaks_are_baselines() {
    let place = with_both();
    place.write("g.toml", ACME);
    let report = place.run(&["scan", "--config", "g.toml", "--format", "gitleaks-json", "--show-secrets"]).exits(1).out;
    place.write("report.json", &report);
    place.write("a", format!("\n\n\n{}\n", acme("q7w8e9r0")));
    assert_eq!(places(&place, &["--config", "g.toml", "--baseline", "report.json"]), [""; 0], "lines moved");
    place.write("a", format!("{}\n{}\n", acme("q7w8e9r0"), acme("z1x2c3v4")));
    assert_eq!(places(&place, &["--config", "g.toml", "--baseline", "report.json"]), ["a:2"]);
    place.write("report.json", report.replace("q7w8e9r0", "REDACTED"));
    assert_eq!(places(&place, &["--config", "g.toml", "--baseline", "report.json"]).len(), 0, "equal entropies");
    place.write("report.json", "[{}]");
    let ran = place.run(&["scan", "--baseline", "report.json"]).exits(2);
    assert!(ran.err.contains("names no RuleID"), "{}", ran.err);
}

#[test]
fn its_rules_are_checked_shown_and_tried() {
    let place = Place::new();
    place.write("rules/g.toml", format!("{ACME}entropy = 2.5\n[[rules.allowlists]]\nstopwords = ['demo']\n"));
    place.run(&["rules", "check", "rules"]).exits(0);
    let text = format!("{} {} {}", acme("q7w8e9r0"), acme("aaaaaaaa"), acme("demo1234"));
    let ran = place.run(&["rules", "test", "--rules", "rules", "--only", "acme", &text]).exits(1);
    assert!(ran.out.contains("1:6: acme: found … (8 bytes)"), "{}", ran.out);
    assert!(ran.out.contains("1:20: acme: not … (8 bytes): its entropy is 0.00"), "{}", ran.out);
    assert!(ran.out.contains("1:34: acme: not … (8 bytes): the allowlist at rules/g.toml:9 excuses it"), "{}", ran.out);
    assert!(place.run(&["rules", "show", "--rules", "rules", "acme"]).exits(0).out.contains("gitleaks-config"));
    place.write("rules/g.toml", format!("{ACME}keyword = ['x']\n[[rules]]\nid = 'b'\nregex = 'a**('\n"));
    let ran = place.run(&["rules", "check", "rules"]).exits(1);
    assert!(ran.out.contains("rules/g.toml:11: error: rule 'b': regex: "), "{}", ran.out);
}

#[test]
fn a_configuration_is_imported() {
    let place = with_both();
    let lists = "[[allowlists]]\npaths = ['^test/']\n";
    place.write("g.toml", format!("[extend]\nuseDefault = true\n{ACME}{lists}"));
    place.write("test/a", acme("q7w8e9r0"));
    place.run(&["config", "import", "g.toml"]).exits(0);
    let ran = place.run(&jsonl(&["a", "test"])).exits(1);
    assert_eq!(rules(&ran), ["airclou-live-key", "acme"]);
    assert_eq!(places(&place, &["a", "test"]), ["a:1", "a:2"]);
    assert!(place.run(&["config", "import", "g.toml"]).exits(2).err.contains("is there already"));
    place.run(&["config", "import", "--force", "g.toml"]).exits(0);
    place.write("g.toml", ACME);
    place.run(&["config", "import", "--into", "only", "g.toml"]).exits(0);
    assert_eq!(rules(&place.run(&jsonl(&["a", "--config", "only/keyhound.toml"])).exits(1)), ["acme"]);
    place.write("ours.toml", "[rules]\n");
    assert!(place.run(&["config", "import", "ours.toml"]).exits(2).err.contains("no configuration of gitleaks"));
}

#[test]
fn a_comment_on_any_line_of_a_match_allows_it() {
    let place = Place::new();
    place.write("g.toml", "[[rules]]\nid = 'block'\ndescription = 'b'\nregex = '''BEG[\\s\\S]{4,60}?END'''\n");
    for (n, lines) in [["BEG ab", "ef", "END"]; 4].into_iter().enumerate() {
        let mark = |i| if i == n { " # gitleaks:allow" } else { "" };
        let text: Vec<String> = lines.iter().enumerate().map(|(i, line)| format!("{line}{}", mark(i))).collect();
        place.write(&format!("in/{n}.txt"), text.join("\n") + "\n");
    }
    assert_eq!(places(&place, &["in", "--config", "g.toml"]), ["in/3.txt:1"]);
}

#[test]
fn matches_that_begin_on_one_line_are_of_one_thing() {
    let place = Place::new();
    let confined = "[[rules]]\nid = 'confined'\ndescription = 'c'\npath = '''\\.yml$'''\n";
    let generic = "[[rules]]\nid = 'generic-x'\ndescription = 'g'\n";
    let config = format!(
        "{confined}regex = '''HEAD\\s+(pass: [a-z0-9]{{8}})'''\n{generic}regex = '''pass: ([a-z0-9]{{8}})'''\n"
    );
    place.write("g.toml", config);
    place.write("a.yml", "HEAD\npass: q7w3k9z1\n");
    assert_eq!(places(&place, &["a.yml", "--config", "g.toml"]), ["a.yml:1", "a.yml:2"]);
    let config =
        format!("{confined}regex = '''HEAD\\s+v ([a-z0-9]{{9}})'''\n{generic}regex = '''([a-z0-9]{{8}}) HEAD'''\n");
    place.write("g.toml", config);
    place.write("a.yml", "q7w3k9z1 HEAD\nv q7w3k9z1x\n");
    assert_eq!(places(&place, &["a.yml", "--config", "g.toml"]).len(), 1);
}

#[test]
fn what_an_allowlist_excuses_at_its_path_hides_nothing() {
    let place = Place::new();
    let generic = "[[rules]]\nid = 'generic-key'\ndescription = 'g'\nregex = '''key: ([a-z0-9_]{13})'''\n";
    let whole = "[[rules]]\nid = 'acme'\ndescription = 'a'\nregex = '''acme_[a-z0-9]{8}'''\n";
    place.write("g.toml", format!("{generic}{whole}[[rules.allowlists]]\npaths = ['''b\\.txt$''']\n"));
    for file in ["a.txt", "b.txt"] {
        place.write(file, format!("key: {}\n", acme("q7w8e9r0")));
    }
    let found = |file: &str| rules(&place.run(&jsonl(&[file, "--config", "g.toml"])).exits(1));
    assert_eq!((found("a.txt"), found("b.txt")), (vec!["acme".to_owned()], vec!["generic-key".to_owned()]));
}
