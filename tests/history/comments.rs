//! A comment that allows a key stands for its own line in its own version, and for no other place of the same key.

use super::repo::{Repo, exit, key, plan, run};
use keyhound::finding::Location;
use keyhound::policy::Verdict;
use keyhound::report::Run;

fn line(comment: &str) -> String {
    format!("token = \"{}\"{comment}\n", key(0))
}

const ALLOW: &str = "  # keyhound:allow";

/// A place: the line, whether a comment covers it, the commits that introduced and removed it, whether it is in HEAD.
type Shown = (u64, bool, String, Option<String>, bool);

/// Of the only finding: whether it is reported, and its places.
fn places(run: &Run) -> (bool, Vec<Shown>) {
    assert_eq!(run.findings.len(), 1, "{:?}", run.problems);
    let judged = &run.findings[0];
    let place = |location: &Location| {
        let commit = location.commit().expect("a commit introduced it").summary.clone();
        let removed = location.removed().map(|commit| commit.summary.clone());
        (location.position.line, !location.marks.is_empty(), commit, removed, location.in_head)
    };
    (judged.verdict == Verdict::Report, judged.finding.locations.iter().map(place).collect())
}

#[test]
fn a_second_place_in_the_same_version_is_open() {
    let repo = Repo::new();
    repo.write("a.txt", line(ALLOW) + "\n" + &line("")).commit("Add");
    let run = repo.scan();
    let add = || "Add".to_owned();
    assert_eq!(places(&run), (true, vec![(1, true, add(), None, true), (3, false, add(), None, true)]));
    assert_eq!((exit(&run), run.findings[0].finding.blobs), (1, 1));
}

#[test]
fn a_place_that_is_added_later_is_open_from_then_on() {
    let repo = Repo::new();
    let first = repo.write("a.txt", line(ALLOW)).commit("Allow");
    repo.write("a.txt", line(ALLOW) + &line("")).commit("Add");
    let (reported, found) = places(&repo.scan());
    assert!(reported);
    assert_eq!(found[1], (2, false, "Add".into(), None, true));
    let mut of_range = plan(&repo.root);
    of_range.commits.range = Some(format!("{first}..HEAD"));
    assert_eq!(places(&run(&of_range)), (true, vec![(2, false, "Add".into(), None, true)]));
}

#[test]
fn a_comment_that_goes_opens_the_place() {
    let repo = Repo::new();
    repo.write("a.txt", line(ALLOW)).commit("Allow");
    repo.write("a.txt", line("")).commit("Open");
    let want = vec![(1, true, "Allow".into(), None, true), (1, false, "Open".into(), None, true)];
    assert_eq!(places(&repo.scan()), (true, want));
}

#[test]
fn a_comment_that_comes_ends_nothing() {
    let repo = Repo::new();
    repo.write("a.txt", line("")).commit("Add");
    repo.write("a.txt", line(ALLOW)).commit("Allow");
    assert_eq!(places(&repo.scan()), (true, vec![(1, false, "Add".into(), None, true)]));
    repo.write("a.txt", "none\n").commit("Remove");
    assert_eq!(places(&repo.scan()), (true, vec![(1, false, "Add".into(), Some("Remove".into()), false)]));
}

#[test]
fn what_was_always_allowed_stays_so() {
    let repo = Repo::new();
    repo.write("a.txt", line(ALLOW)).commit("Allow");
    repo.write("b.txt", line(ALLOW)).commit("Again");
    let run = repo.scan();
    assert_eq!(run.findings[0].verdict, Verdict::AllowedInline);
    assert_eq!((run.findings[0].finding.locations.len(), exit(&run)), (2, 0));
}
