//! Keys that do not stand in clear: found through their encoding, in every kind of input, at the place where a person
//! has to look.

mod archives;
mod decoded;
mod wide;

use crate::cli::{ONE, Place, Ran, commit, jsonl, key, stage};
use serde_json::Value;

/// Every way in which bytes reach keyhound.
pub const WAYS: [&str; 4] = ["file", "staged", "stdin", "history"];

fn words<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&jsonl(first), &["--show-secrets", "--no-config"][..], more].concat()
}

/// Scans `content` as the file `name`, in one of [`WAYS`].
pub fn scan(way: &str, name: &str, content: &[u8], more: &[&str]) -> Ran {
    let place = Place::new();
    match way {
        "file" => {
            place.write(name, content);
            place.run(&words(&["--no-history"], more))
        }
        "staged" => {
            let repository = place.repository(".");
            place.write(name, content);
            stage(&repository, name);
            place.run(&words(&["--staged"], more))
        }
        "stdin" => {
            place.write("input", content);
            let input = std::fs::File::open(place.path("input")).expect("opens");
            let mut command = place.command(&words(&["--stdin-path", name], more));
            Ran::of(command.stdin(input).output().expect("runs"))
        }
        _ => {
            let repository = place.repository(".");
            place.write(name, "nothing here\n");
            stage(&repository, name);
            commit(&repository);
            place.write(name, content);
            stage(&repository, name);
            commit(&repository);
            place.run(&words(&["--history-only"], more))
        }
    }
}

/// The one finding of a run with this secret.
#[track_caller]
pub fn only(ran: &Ran, secret: &str) -> Value {
    let mut found = ran.records("finding");
    found.retain(|finding| finding["secret"] == secret);
    assert_eq!(found.len(), 1, "\n{}\n{}", ran.out, ran.err);
    found.remove(0)
}

/// Whether a run reports a key with this secret.
pub fn finds(ran: &Ran, secret: &str) -> bool {
    ran.code == 1 && ran.records("finding").iter().any(|finding| finding["secret"] == secret)
}

/// A key of the embedded rules.
pub fn one() -> String {
    key(ONE)
}
