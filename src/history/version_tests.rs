//! The law, without git: whatever a delta copies and inserts, the hits of its result are those of scanning it whole.

use super::*;
use crate::rule::format::{ProviderFile, parse_toml};
use crate::rule::{RuleSet, embedded};
use proptest::prelude::*;
use std::sync::{Arc, OnceLock};

/// What texts are made of: the examples and counter-examples of every rule, and what stands between keys.
/// Keys in other forms, whole and in parts that edits may bring together.
fn encoded() -> Vec<Vec<u8>> {
    let key = ["ac_live", "_9fK2mQ7xLp4RtV8nB3cZ6wYd"].concat();
    let text = format!("# a file of settings\nname: value\nkey: {key}\nmore: lines of text\n");
    let base64 = data_encoding::BASE64.encode(text.as_bytes());
    let lines = |width: usize| -> String {
        let rows: Vec<&str> = base64.as_bytes().chunks(width).filter_map(|row| std::str::from_utf8(row).ok()).collect();
        format!("  {}\n", rows.join("\n  "))
    };
    let (left, right) = base64.split_at(62);
    let first_line = format!("    {}\n", &base64[..64]);
    let question = data_encoding::BASE64.encode(format!("a ? b?? {key}?>? c??").as_bytes());
    let path = format!("a/path-of_some/length/{question}");
    let strings = [
        base64.clone(),
        data_encoding::BASE64.encode(base64.as_bytes()),
        data_encoding::HEXLOWER.encode(text.as_bytes()),
        lines(64),
        lines(76),
        left.to_owned(),
        right.to_owned(),
        first_line,
        path,
        format!("\\n{key}"),
        format!("\\u003d{key}"),
        format!("%3D{key}%26"),
        escapes(&text),
        escapes(&text.repeat(8)).replace("\\u", "\\\\u"),
        "QUJDREVGR0hJSktMTU5P".to_owned(),
        "/".to_owned(),
        "\\n".to_owned(),
    ];
    strings.into_iter().map(String::into_bytes).collect()
}

/// A text of which every character is an escape.
fn escapes(text: &str) -> String {
    text.bytes().map(|byte| format!("\\u{byte:04x}")).collect()
}

fn pieces() -> &'static [Vec<u8>] {
    static PIECES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    PIECES.get_or_init(|| {
        let mut files: Vec<_> = std::fs::read_dir("rules").expect("rules/").map(|e| e.expect("entry").path()).collect();
        files.sort();
        let mut pieces: Vec<Vec<u8>> = [
            &b"\n"[..],
            b"\r\n",
            b"\0",
            b" ",
            b"\"",
            b"-",
            b"_",
            b"=",
            b"x",
            b"password = ",
            b"token: ",
            b"curl -H 'Authorization: Bearer ",
            b"-----BEGIN RSA PRIVATE KEY-----\n",
            b"-----END RSA PRIVATE KEY-----",
        ]
        .iter()
        .map(|piece| piece.to_vec())
        .chain(encoded())
        .collect();
        pieces.push(b"lorem ipsum dolor ".repeat(30));
        pieces.push(b"0123456789abcdef".repeat(200));
        pieces.push(b"an ordinary line of a text\n".repeat(12));
        for file in files {
            let text = std::fs::read_to_string(&file).expect("rules are text");
            for rule in parse_toml::<ProviderFile>("rules", &text).expect("rules are sound").rules {
                pieces.extend(rule.examples.iter().map(|example| example.text.join().into_bytes()));
                pieces.extend(rule.counter_examples.iter().map(|example| example.text.join().into_bytes()));
            }
        }
        pieces
    })
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Arc::new(RuleSet::new(embedded()).expect("ids are unique"))))
}

/// One instruction: copy, or insert a piece or a part of one. Numbers are taken modulo what is there.
#[derive(Debug, Clone)]
enum Step {
    Copy {
        from: u32,
        len: u32,
    },
    /// Goes on in the base where the last copy ended, after leaving out some bytes.
    Go {
        skip: u16,
        len: u32,
    },
    Insert {
        piece: u16,
    },
    Part {
        piece: u16,
        from: u16,
        len: u16,
    },
    Byte(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (any::<u32>(), any::<u32>()).prop_map(|(from, len)| Step::Copy { from, len }),
        6 => (0u16..40, any::<u32>()).prop_map(|(skip, len)| Step::Go { skip, len }),
        2 => any::<u16>().prop_map(|piece| Step::Insert { piece }),
        2 => any::<(u16, u16, u16)>().prop_map(|(piece, from, len)| Step::Part { piece, from, len }),
        2 => any::<u8>().prop_map(Step::Byte),
    ]
}

/// Carries out `steps` on `base`: the result, and what was copied, neighbouring copies joined as in a delta.
fn carry_out(base: &[u8], steps: &[Step]) -> (Vec<u8>, Vec<Run>) {
    let (mut out, mut runs, mut at_base) = (Vec::new(), Vec::<Run>::new(), 0);
    for step in steps {
        let (from, len) = match step {
            Step::Copy { from, len } => (*from as usize % (base.len() + 1), *len as usize),
            Step::Go { skip, len } => ((at_base + usize::from(*skip)).min(base.len()), *len as usize),
            Step::Insert { piece } => {
                out.extend_from_slice(&pieces()[usize::from(*piece) % pieces().len()]);
                continue;
            }
            Step::Part { piece, from, len } => {
                let piece = &pieces()[usize::from(*piece) % pieces().len()];
                let from = usize::from(*from) % piece.len();
                out.extend_from_slice(&piece[from..from + usize::from(*len) % (piece.len() - from + 1)]);
                continue;
            }
            Step::Byte(byte) => {
                out.push(*byte);
                continue;
            }
        };
        let len = len % (base.len() - from + 1);
        at_base = from + len;
        if len == 0 {
            continue;
        }
        let at = out.len();
        match runs.last_mut() {
            Some(last) if last.at + last.len == at && last.from + last.len == from => last.len += len,
            _ => runs.push(Run { at, from, len }),
        }
        out.extend_from_slice(&base[from..from + len]);
    }
    (out, runs)
}

/// A hit with its key spelled out: indices into tables differ.
fn spelled(hits: &[StoredHit], keys: &[Key]) -> Vec<(StoredHit, Key)> {
    let mut hits: Vec<_> =
        hits.iter().map(|hit| (StoredHit { key: 0, ..*hit }, keys[hit.key as usize].clone())).collect();
    hits.sort_by(|(a, x), (b, y)| (a, x.rule, &x.reasons).cmp(&(b, y.rule, &y.reasons)));
    hits
}

/// Follows a chain of deltas from `start`, comparing each version with a scan of its whole.
fn holds(start: &[u8], deltas: &[Vec<Step>]) -> Result<(), String> {
    let (inherited, whole) = (Keys::default(), Keys::default());
    let memory = Memory::for_bytes(0);
    let eye =
        |keys, remembers: bool| Eye { engine: engine(), keys, max_size: 1 << 20, memory: remembers.then_some(&memory) };
    let mut scratch = Scratch::default();
    let (mut version, _) = eye(&inherited, true).whole(start.to_vec(), &mut scratch);
    let mut hits = Vec::new();
    for steps in deltas {
        let (bytes, runs) = carry_out(&version.bytes, steps);
        scratch.runs = runs;
        version = eye(&inherited, true).next(&version, bytes.clone(), &mut scratch).0;
        let expected = eye(&whole, false).whole(bytes.clone(), &mut Scratch::default()).0;
        hits.push((version.hits.clone(), expected.hits, bytes));
    }
    let (inherited, whole) = (inherited.into_vec(), whole.into_vec());
    for (n, (found, expected, bytes)) in hits.iter().enumerate() {
        let (found, expected) = (spelled(found, &inherited), spelled(expected, &whole));
        if found != expected {
            let name = |(hit, key): &(StoredHit, Key)| {
                format!(
                    "{} {}..{} in {}..{}",
                    engine().rules().get(key.rule).spec.id,
                    hit.start,
                    hit.end,
                    hit.window_start,
                    hit.window_end
                )
            };
            let lost: Vec<_> = expected.iter().filter(|hit| !found.contains(hit)).map(name).collect();
            let made_up: Vec<_> = found.iter().filter(|hit| !expected.contains(hit)).map(name).collect();
            return Err(format!(
                "version {n} of {} bytes: lost {lost:?}, made up {made_up:?}\n{}",
                bytes.len(),
                bytes.escape_ascii()
            ));
        }
    }
    Ok(())
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("KEYHOUND_LAW_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256);
    ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(0x6b65_7968),
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_version_holds_what_a_scan_of_its_whole_finds(
        start in prop::collection::vec(any::<u16>(), 0..24),
        deltas in prop::collection::vec(prop::collection::vec(step(), 0..12), 1..5),
    ) {
        let start: Vec<u8> = start.iter().flat_map(|n| pieces()[usize::from(*n) % pieces().len()].clone()).collect();
        if let Err(error) = holds(&start, &deltas) {
            prop_assert!(false, "{}", error);
        }
    }
}

/// What is decoded may begin far before a change, and reach far behind it.
#[test]
fn a_change_within_a_long_text_of_escapes_is_seen_from_its_beginning() {
    let key = ["ac_live", "_9fK2mQ7xLp4RtV8nB3cZ6wYd"].concat();
    let filler = "an ordinary text ".repeat(300);
    let start = format!("x = \"{}\"\n", escapes(&format!("key = {key} {filler} again = {key}")));
    let (middle, end) = (start.len() / 2 / 6 * 6 + 5, start.len());
    assert!(start[middle..].starts_with("\\u"), "an escape begins there");
    let copy = |from: usize, to: usize| Step::Copy { from: from as u32, len: (to - from) as u32 };
    for change in ["", "\\u0062", "\\u0062\\u0063", " ", "\""] {
        let mut steps = vec![copy(0, middle)];
        steps.extend(change.bytes().map(Step::Byte));
        steps.push(copy(middle + 6, end));
        holds(start.as_bytes(), &[steps.clone(), vec![copy(0, end - 6)]]).expect("the law");
        let (version, _) = carry_out(start.as_bytes(), &steps);
        let keys = Keys::default();
        let eye = Eye { engine: engine(), keys: &keys, max_size: 1 << 20, memory: None };
        let (version, _) = eye.whole(version, &mut Scratch::default());
        assert_eq!(version.hits.len(), 2, "both keys, {change:?} between them");
    }
}

#[test]
fn a_defect_costs_one_version_and_leaves_its_bytes() {
    let mut scratch = Scratch { runs: vec![Run { at: 0, from: 0, len: 1 }], ..Scratch::default() };
    let (version, fresh) = guarded(b"bytes".to_vec(), &mut scratch, |bytes, scratch| {
        scratch.delta.extend_from_slice(bytes);
        std::panic::resume_unwind(Box::new("a defect"))
    });
    assert!(version.has_failed() && version.content().is_none() && version.hits.is_empty());
    assert_eq!((version.into_bytes(), fresh, scratch.delta.len() + scratch.runs.len()), (b"bytes".to_vec(), 0, 0));
}
