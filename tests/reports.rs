//! Reports of a synthetic run, in every format.
//!
//! `KEYHOUND_BLESS=1 cargo test reports` rewrites the golden files; read the difference before you commit it.

mod again;
pub mod sample;
mod sarif;
mod shared;
mod wire;

use keyhound::report::text::is_hazard;
use keyhound::report::{Format, Run, Style, render as render_to};
use proptest::prelude::*;
use serde::Deserialize as _;
use std::path::Path;

fn render_styled(format: Format, run: &Run, style: &Style) -> String {
    let mut out = Vec::new();
    render_to(format, run, style, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("reports are UTF-8")
}

fn render(format: Format, run: &Run) -> String {
    render_styled(format, run, &Style::default())
}

/// Compares with a golden file, or rewrites it.
fn golden(name: &str, got: &str) {
    let path = Path::new("tests/golden").join(name);
    let got = got.replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"[VERSION]\"");
    if std::env::var_os("KEYHOUND_BLESS").is_some() {
        std::fs::write(&path, &got).expect("writable");
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(want == got, "{} differs; if that is meant, bless it\n--- got\n{got}", path.display());
}

fn lines(run: &Run) -> Vec<serde_json::Value> {
    let text = render(Format::Jsonl, run);
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON value a line")).collect()
}

fn wire_findings(run: &Run) -> Vec<wire::Finding> {
    let document: wire::Document = serde_json::from_str(&render(Format::Json, run)).expect("the declared shape");
    document.findings
}

#[test]
fn every_format_has_its_golden_file() {
    for format in Format::ALL {
        golden(&format!("report.{format}"), &render(*format, &sample::full()));
    }
}

#[test]
fn human_variants_have_golden_files() {
    golden("clean.human", &render(Format::Human, &sample::empty()));
    golden("each.human", &render(Format::Human, &Run { each: true, ..sample::full() }));
    let narrow = Style { width: 60, unicode: false, ..Style::default() };
    golden("narrow.human", &render_styled(Format::Human, &sample::full(), &narrow));
}

#[test]
fn json_lines_have_the_declared_shape_with_the_summary_last() {
    let lines = lines(&sample::full());
    let (last, records) = lines.split_last().expect("a summary at least");
    let mut kinds = Vec::new();
    for record in records {
        let kind = record["kind"].as_str().expect("a kind").to_owned();
        let ok = match kind.as_str() {
            "finding" => wire::Finding::deserialize(record).map(drop),
            "problem" => wire::Problem::deserialize(record).map(drop),
            other => panic!("unknown kind {other}"),
        };
        ok.expect("the declared shape");
        kinds.push(kind);
    }
    assert_eq!(kinds, [vec!["finding"; 12], vec!["problem"; 3]].concat());
    let summary = wire::LastLine::deserialize(last).expect("the declared shape");
    assert_eq!((summary.kind.as_str(), summary.schema, summary.findings), ("summary", 1, 13));
    assert_eq!(summary.verdicts["report"], 8);
    assert_eq!(summary.verdicts["below_threshold"], 1);
    assert_eq!(summary.coverage.gaps, 3);
    assert!(!summary.complete);
}

#[test]
fn both_json_formats_list_the_same_findings() {
    let from_lines: Vec<wire::Finding> = lines(&sample::full())
        .iter()
        .filter(|line| line["kind"] == "finding")
        .map(|line| wire::Finding::deserialize(line).expect("the declared shape"))
        .collect();
    assert_eq!(from_lines, wire_findings(&sample::full()));
}

#[test]
fn a_finding_is_told_over_all_its_places() {
    let findings = wire_findings(&sample::full());
    let at_head = &findings[0];
    assert_eq!((at_head.path.as_deref(), at_head.line), (Some("config/prod.env"), 12));
    assert_eq!(at_head.commit.as_ref().map(|c| c.author.as_str()), Some("Ann Example"));
    assert_eq!(at_head.commit.as_ref().map(|c| c.date.as_str()), Some("2021-03-05T12:00:00Z"));
    assert!(at_head.in_head && at_head.present && at_head.removed.is_none());
    assert_eq!(at_head.locations.len(), 5);
    assert_eq!(at_head.also, ["generic-password"]);
    let removed = &findings[1];
    assert!(!removed.in_head && !removed.present);
    assert_eq!(removed.removed.as_ref().map(|c| c.author.as_str()), Some("Bob"));
    assert_eq!(removed.path_base64.as_deref(), Some("Y2Fm6S8bXTA7ZXZpbAcuZW52"));
    let dangling = &findings[2];
    assert!(dangling.path.is_none() && dangling.commit.is_none() && !dangling.reachable);
    assert_eq!(dangling.object.as_ref().map(String::len), Some(40));
    assert_eq!(findings[3].place, "tag_message");
    assert_eq!(findings[4].place, "commit_message");
}

#[test]
fn each_place_can_be_a_record() {
    let run = Run { each: true, ..sample::full() };
    let findings = wire_findings(&run);
    assert_eq!(findings.len(), 16);
    for finding in &findings {
        assert_eq!(finding.locations.len(), 1);
        assert_eq!(finding.locations[0].path, finding.path);
        assert_eq!(finding.locations[0].commit, finding.commit);
    }
    assert_eq!(findings[1].path.as_deref(), Some("old/prod.env"));
    assert_eq!(findings[1].removed.as_ref().map(|c| c.author.as_str()), Some("Bob"));
}

#[test]
fn machine_formats_do_not_change_from_run_to_run() {
    // Those for people tell ages, and GitLab's demands the time of the scan.
    let tells_time = [Format::Human, Format::Html, Format::Gitlab];
    for format in Format::ALL.iter().filter(|format| !tells_time.contains(format)) {
        let later = Run { now: sample::NOW + 9_999_999, elapsed: std::time::Duration::MAX, ..sample::full() };
        assert_eq!(render(*format, &sample::full()), render(*format, &later), "{format}");
    }
}

#[test]
fn no_format_holds_a_planted_secret() {
    for each in [false, true] {
        for format in Format::ALL {
            let report = render(*format, &Run { each, ..sample::full() });
            for secret in sample::PLANTED {
                // In JSON a quote is escaped, so the parts on its sides are looked for too.
                let secret = secret.concat();
                let longest = secret.split('"').max_by_key(|part| part.len()).unwrap_or_default();
                assert!(!report.contains(&secret) && !report.contains(longest), "{format}");
            }
        }
    }
}

#[test]
fn secrets_are_shown_on_request_where_reports_stay() {
    let run = Run { show_secrets: true, ..sample::full() };
    let secret = sample::PLANTED[0].concat();
    for format in Format::ALL {
        assert_eq!(render(*format, &run).contains(&secret), format.may_show_secrets(), "{format}");
    }
    assert!(wire_findings(&run).iter().any(|finding| finding.secret == Some(sample::PLANTED[3].concat())));
}

#[test]
fn hostile_text_reaches_no_terminal() {
    for format in Format::ALL {
        let report = render(*format, &sample::full());
        let hazard = report.chars().find(|c| is_hazard(*c) && *c != '\n');
        assert_eq!(hazard, None, "{format}");
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let colored = render_styled(Format::Human, &sample::full(), &Style { color: true, ..Style::default() });
    let mut stripped = String::new();
    for (i, part) in colored.split("\u{1b}[").enumerate() {
        let rest = if i == 0 { part } else { part.split_once('m').expect("only colours").1 };
        stripped.push_str(rest);
    }
    assert_eq!(stripped, render(Format::Human, &sample::full()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a key looks like, and however much of it is prefix, no report holds it.
    #[test]
    fn no_report_holds_any_secret(secret in "[!-~é]{8,80}", prefix in 0usize..8) {
        prop_assume!(secret.is_char_boundary(prefix));
        let run = sample::with_secret(&secret, prefix);
        for format in Format::ALL {
            let report = render(*format, &run);
            let escaped = serde_json::to_string(&secret).expect("serialises");
            prop_assert!(!report.contains(&secret), "{}", format);
            prop_assert!(!report.contains(escaped.trim_matches('"')), "{}", format);
        }
    }
}
