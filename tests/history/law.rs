//! The law on real packs: inheriting findings gives exactly what scanning every blob whole gives; and the number of
//! threads changes nothing.

use super::repo::{Repo, key};
use keyhound::blob::ObjectId;
use keyhound::engine::Engine;
use keyhound::finding::{Confidence, Reason, Wrap};
use keyhound::history::{self, Options};
use keyhound::rule::format::{ProviderFile, parse_toml};
use keyhound::rule::{RuleSet, embedded};
use keyhound::tally::Tally;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// A hit spelled out: blob, rule, window, secret, proof, encodings.
type Spelled = (ObjectId, u32, (u32, u32), (u32, u32), Vec<u8>, Confidence, Vec<Reason>, Wrap);

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::new(Arc::new(RuleSet::new(embedded()).expect("ids are unique"))))
}

fn walk(repo: &Repo, whole_blobs: bool) -> (BTreeSet<Spelled>, u64) {
    let repo = keyhound::git::Repo::open(&repo.root, false).expect("it is a repository");
    let options = Options { max_blob_size: 1 << 20, whole_blobs };
    let walked = history::walk(&repo, engine(), &options, history::Look::All, &Tally::default());
    assert_eq!(walked.problems, []);
    let hits = walked.objects.iter().flat_map(|object| object.hits.iter().map(move |hit| (object.id, hit)));
    let spelled = hits.map(|(id, hit)| {
        let key = &walked.keys[hit.key as usize];
        let window = (hit.window_start, hit.window_end);
        let wrap = key.inside.as_ref().map(|inside| inside.wrap.clone()).unwrap_or_default();
        (id, key.rule.0, window, (hit.start, hit.end), key.secret.to_vec(), key.confidence, key.reasons.clone(), wrap)
    });
    (spelled.collect(), walked.coverage.fresh_bytes)
}

/// The base64 of a text, in lines.
fn lines(text: &str) -> Vec<u8> {
    let base64 = data_encoding::BASE64.encode(text.as_bytes()).into_bytes();
    base64.chunks(64).flat_map(|row| [b"  ", row, b"\n"].concat()).collect()
}

/// The examples of all rules, and what makes texts difficult.
fn pieces() -> &'static [Vec<u8>] {
    static PIECES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    PIECES.get_or_init(|| {
        let mut files: Vec<_> = std::fs::read_dir("rules").expect("rules/").map(|e| e.expect("entry").path()).collect();
        files.sort();
        let mut pieces = vec![
            b"\r\n".to_vec(),
            b"\0".to_vec(),
            b"password = \"".to_vec(),
            b"an ordinary line of a text\n".repeat(9),
            // Encoded: in one run, over lines, and as digits.
            data_encoding::BASE64.encode(format!("words before and {} behind", key(2)).as_bytes()).into_bytes(),
            lines(&format!("# a file of settings\nname: value\nkey: {}\nmore: lines of text\n", key(3))),
            data_encoding::HEXLOWER.encode(format!("words before {}", key(2)).as_bytes()).into_bytes(),
            [b"\\n", key(1).as_bytes()].concat(),
            // A line of 20 KB with keys near the places where windows may end.
            [
                b"[\"",
                "x1 ".repeat(1360).as_bytes(),
                key(0).as_bytes(),
                b" ",
                "y,".repeat(8000).as_bytes(),
                key(1).as_bytes(),
                b"\"]\n",
            ]
            .concat(),
        ];
        for file in files {
            let text = std::fs::read_to_string(&file).expect("rules are text");
            for rule in parse_toml::<ProviderFile>("rules", &text).expect("rules are sound").rules {
                pieces.extend(rule.examples.iter().take(2).map(|example| example.text.join().into_bytes()));
            }
        }
        pieces
    })
}

/// What a person does to a file; numbers are taken modulo what is there.
#[derive(Debug, Clone)]
enum Edit {
    Insert {
        at: u32,
        piece: u16,
    },
    Delete {
        at: u32,
        len: u16,
    },
    Duplicate {
        from: u32,
        len: u16,
        to: u32,
    },
    Move {
        from: u32,
        len: u16,
        to: u32,
    },
    /// Joins the line at that byte with the next.
    Join {
        at: u32,
    },
    /// Breaks a line there.
    Split {
        at: u32,
    },
    Byte {
        at: u32,
        byte: u8,
    },
    Truncate {
        at: u32,
    },
    /// Goes back to an earlier version.
    Back {
        versions: u8,
    },
    /// Saves the file in UTF-16.
    Widen,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        5 => any::<(u32, u16)>().prop_map(|(at, piece)| Edit::Insert { at, piece }),
        2 => any::<(u32, u16)>().prop_map(|(at, len)| Edit::Delete { at, len: len % 600 }),
        2 => any::<(u32, u16, u32)>().prop_map(|(from, len, to)| Edit::Duplicate { from, len: len % 3000, to }),
        2 => any::<(u32, u16, u32)>().prop_map(|(from, len, to)| Edit::Move { from, len: len % 3000, to }),
        2 => any::<u32>().prop_map(|at| Edit::Join { at }),
        2 => any::<u32>().prop_map(|at| Edit::Split { at }),
        2 => any::<(u32, u8)>().prop_map(|(at, byte)| Edit::Byte { at, byte }),
        1 => any::<u32>().prop_map(|at| Edit::Truncate { at }),
        2 => any::<u8>().prop_map(|versions| Edit::Back { versions }),
        1 => Just(Edit::Widen),
    ]
}

fn carry_out(edit: &Edit, text: &mut Vec<u8>, versions: &[Vec<u8>]) {
    let place = |at: u32, text: &[u8]| at as usize % (text.len() + 1);
    let part = |from: u32, len: u16, text: &[u8]| {
        let from = from as usize % (text.len() + 1);
        from..(from + usize::from(len)).min(text.len())
    };
    match *edit {
        Edit::Insert { at, piece } => {
            let at = place(at, text);
            let piece = &pieces()[usize::from(piece) % pieces().len()];
            text.splice(at..at, piece.iter().copied());
        }
        Edit::Delete { at, len } => drop(text.drain(part(at, len, text))),
        Edit::Duplicate { from, len, to } => {
            let copy = text[part(from, len, text)].to_vec();
            let to = place(to, text);
            text.splice(to..to, copy);
        }
        Edit::Move { from, len, to } => {
            let moved: Vec<u8> = text.drain(part(from, len, text)).collect();
            let to = place(to, text);
            text.splice(to..to, moved);
        }
        Edit::Join { at } => {
            let at = place(at, text);
            if let Some(end) = text[at..].iter().position(|b| *b == b'\n') {
                text.remove(at + end);
            }
        }
        Edit::Split { at } => text.insert(place(at, text), b'\n'),
        Edit::Byte { at, byte } => {
            let at = place(at, text);
            if let Some(there) = text.get_mut(at) {
                *there = byte;
            }
        }
        Edit::Truncate { at } => text.truncate(place(at, text).max(text.len() / 2)),
        Edit::Back { versions: n } => {
            if let Some(version) = versions.len().checked_sub(1 + usize::from(n) % 4).map(|n| &versions[n]) {
                text.clone_from(version);
            }
        }
        Edit::Widen => *text = String::from_utf8_lossy(text).encode_utf16().flat_map(u16::to_le_bytes).collect(),
    }
}

/// Commits every version of every file, and packs them as tightly as git can.
fn packed(histories: &[Vec<Vec<u8>>]) -> Repo {
    let repo = Repo::new();
    let mut stream = Vec::new();
    for (file, versions) in histories.iter().enumerate() {
        for version in versions {
            stream.extend_from_slice(b"commit refs/heads/main\ncommitter Ada <a@b> 1700000000 +0000\ndata 0\n");
            stream.extend_from_slice(format!("M 100644 inline f{file}\ndata {}\n", version.len()).as_bytes());
            stream.extend_from_slice(version);
            stream.push(b'\n');
        }
    }
    repo.git_with(&["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"], &stream);
    repo.git(&["-c", "pack.threads=1", "repack", "-adfq", "--depth=50", "--window=50"]);
    repo
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("KEYHOUND_LAW_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(0x6b65_7968),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn inheriting_equals_scanning_every_blob_whole(
        files in prop::collection::vec(
            (prop::collection::vec(any::<u16>(), 0..12), prop::collection::vec(prop::collection::vec(edit(), 1..4), 1..25)),
            1..4,
        ),
    ) {
        let histories: Vec<Vec<Vec<u8>>> = files
            .iter()
            .map(|(start, commits)| {
                let mut text: Vec<u8> =
                    start.iter().flat_map(|n| pieces()[usize::from(*n) % pieces().len()].clone()).collect();
                let mut versions = vec![text.clone()];
                for edits in commits {
                    edits.iter().for_each(|edit| carry_out(edit, &mut text, &versions));
                    versions.push(text.clone());
                }
                versions
            })
            .collect();
        let repo = packed(&histories);
        let ((inherited, _), (whole, _)) = (walk(&repo, false), walk(&repo, true));
        let lost: Vec<_> = whole.difference(&inherited).collect();
        let made_up: Vec<_> = inherited.difference(&whole).collect();
        prop_assert!(lost.is_empty() && made_up.is_empty(), "lost {:?}\nmade up {:?}", lost, made_up);
    }
}

/// A history of which most is inherited.
fn long_history() -> Repo {
    let mut text: Vec<u8> = pieces().iter().step_by(7).flatten().copied().collect();
    let mut versions = vec![text.clone()];
    for n in 0..200_u32 {
        let at = n.wrapping_mul(2_654_435_761);
        carry_out(&Edit::Insert { at, piece: n as u16 }, &mut text, &versions);
        carry_out(&Edit::Delete { at: at ^ 0xffff, len: (n * 37 % 500) as u16 }, &mut text, &versions);
        versions.push(text.clone());
    }
    packed(&[versions])
}

#[test]
fn most_of_a_history_is_inherited() {
    let repo = long_history();
    let ((inherited, fresh), (whole, all)) = (walk(&repo, false), walk(&repo, true));
    assert!(inherited == whole);
    assert!(whole.len() > 1_000 && fresh * 5 < all, "{} hits, {fresh} of {all} bytes", whole.len());
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let repo = long_history();
    let report = |threads: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keyhound"));
        command.args(["scan", "--history-only", "--no-config", "--confidence", "low", "--format", "jsonl"]);
        command.args(["--now", "2024-06-01", "--threads", threads]).arg(&repo.root);
        command.output().expect("runs").stdout
    };
    let one = report("1");
    assert!(one.len() > 10_000);
    for threads in ["2", "8"] {
        assert!(report(threads) == one, "{threads} threads");
    }
}
