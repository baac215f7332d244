//! Reports that are read back.

use super::{render, sample};
use crate::cli::{ONE, Place, key};
use keyhound::report::{Format, Run, read};

fn again(format: Format, run: &Run) -> Run {
    read(render(format, run).as_bytes(), sample::NOW).expect("our own report").run
}

#[test]
fn what_was_read_says_the_same() {
    for run in [sample::full(), sample::empty()] {
        for from in [Format::Json, Format::Jsonl] {
            let run_again = again(from, &run);
            for to in [Format::Json, Format::Jsonl, Format::Csv] {
                assert!(render(to, &run_again) == render(to, &run), "{from} to {to}");
            }
            for to in Format::ALL {
                let report = render(*to, &run_again);
                assert!(sample::PLANTED.iter().all(|secret| !report.contains(&secret.concat())), "{to}");
            }
        }
    }
}

#[test]
fn keys_in_clear_are_redacted_again() {
    let run = Run { show_secrets: true, ..sample::full() };
    let run = again(Format::Json, &run);
    for format in Format::ALL {
        let report = render(*format, &run);
        assert!(sample::PLANTED.iter().all(|secret| !report.contains(&secret.concat())), "{format}");
    }
}

#[test]
fn what_is_no_report_gets_a_sentence() {
    let whole = render(Format::Jsonl, &sample::full());
    let cut = whole.lines().next().expect("a line").to_owned();
    let later = render(Format::Json, &sample::empty()).replace("\"schema\": 1", "\"schema\": 2");
    let sarif = render(Format::Sarif, &sample::empty());
    for (text, words) in [
        ("", "empty"),
        ("not json", "no JSON"),
        ("{}", "no 'schema'"),
        ("[1, 2]", "no report"),
        (cut.as_str(), "cut off"),
        (later.as_str(), "version 2"),
        (sarif.as_str(), "SARIF"),
        ("{\"kind\": \"x\"}", "neither"),
        ("{\"schema\": 1, \"summary\": {}, \"findings\": [], \"problems\": []}", "missing field"),
    ] {
        let message = read(text.as_bytes(), 0).expect_err(text);
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn the_program_converts_and_exits_like_the_scan() {
    let place = Place::new();
    place.write("a.py", format!("k = '{}'\n", key(ONE)));
    place.run(&["scan", "--output", "r.json", "."]).exits(1);
    let ran = place
        .run(&["report", "r.json", "--format", "sarif", "--report", "html=r.html", "--report", "junit=r.xml"])
        .exits(1);
    assert!(ran.out.contains("\"2.1.0\""));
    for file in ["r.html", "r.xml"] {
        let text = std::fs::read_to_string(place.path(file)).expect("written");
        assert!(text.contains("airclou-live-key") && !text.contains(ONE), "{file}");
    }
    let ran = place.run(&["report", "r.json"]).exits(1);
    assert!(
        ran.out.contains("critical[airclou-live-key]: Airclou live API key ac_live_9fK2… (32 characters)"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("Confirm the action"), "the provider's steps are known: {}", ran.out);
    place.run(&["report", "r.json", "--exit-code", "7"]).exits(7);
    let said = place.run(&["report", "none.json"]).exits(2).err;
    assert!(said.contains("none.json") && said.contains("cannot be read"), "{said}");
    place.write("b.json", "{}");
    assert!(place.run(&["report", "b.json"]).exits(2).err.contains("keyhound scan --format json"));
    place.run(&["report", "r.json", "--show-secrets"]).exits(2);
}
