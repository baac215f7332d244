//! What a push hands to a hook or a CI system.

use super::{ZERO, fails, four, keys, line, range, said};
use crate::history::repo::{Repo, exit};

#[test]
fn a_first_push_is_everything() {
    let (repo, commits) = four();
    let run = range(&repo, &format!("{ZERO}..{}", commits[3]));
    assert_eq!((keys(&run), exit(&run)), (vec![0, 1, 2, 3], 1), "{}", said(&run));
    assert_eq!(keys(&range(&repo, &format!("{ZERO}...main"))), [0, 1, 2, 3]);
}

#[test]
fn a_new_branch_is_what_no_other_ref_reaches() {
    let (repo, _) = four();
    repo.git(&["switch", "-q", "-c", "topic", "HEAD~2"]);
    let tip = repo.commit_file("e", line(3));
    assert_eq!(keys(&range(&repo, &format!("{ZERO}..{tip}"))), [3]);
    assert_eq!(keys(&range(&repo, &format!("{ZERO}..topic"))), [3]);
    assert_eq!(range(&repo, &format!("{ZERO}..topic")).coverage.commits, 1);
}

#[test]
fn a_branch_that_others_hold_already_adds_nothing_and_says_so() {
    let (repo, _) = four();
    repo.git(&["switch", "-q", "-c", "topic"]);
    let run = range(&repo, &format!("{ZERO}..topic"));
    assert_eq!((exit(&run), run.coverage.commits), (0, 0));
    assert!(said(&run).contains("adds nothing to 'main'"), "{}", said(&run));
}

#[test]
fn a_push_hook_scans_what_the_remote_lacks_whatever_local_branches_hold() {
    let (origin, _) = four();
    let clone = Repo::made_with(&["clone", "-q", &origin.root.display().to_string(), "."]);
    clone.at_tick(50);
    clone.write("new", line(0));
    let tip = clone.commit("Local");
    clone.git(&["branch", "second"]);
    clone.git(&["tag", "local"]);
    for text in [format!("{ZERO}..{tip}"), format!("{ZERO}..second"), "second --not --remotes".to_owned()] {
        let run = range(&clone, &text);
        assert_eq!((keys(&run), run.coverage.commits), (vec![0], 1), "{text}: {}", said(&run));
    }
}

#[test]
fn a_checkout_in_ci_knows_its_own_branch_already() {
    let (origin, _) = four();
    origin.git(&["switch", "-q", "-c", "topic", "HEAD~1"]);
    let tip = origin.commit_file("e", line(0));
    let clone = Repo::made_with(&["clone", "-q", "-b", "topic", &origin.root.display().to_string(), "."]);
    let run = range(&clone, &format!("{ZERO}..{tip}"));
    assert_eq!((keys(&run), run.coverage.commits), (vec![0], 1), "{}", said(&run));
    clone.git(&["switch", "-q", "--detach"]);
    assert_eq!(keys(&range(&clone, &format!("{ZERO}..{tip}"))), [0]);
}

#[test]
fn a_deleted_branch_is_nothing_to_scan() {
    let (repo, commits) = four();
    for text in [format!("{}..{ZERO}", commits[2]), ZERO.to_owned(), format!("{ZERO}..{ZERO}")] {
        let run = range(&repo, &text);
        assert_eq!((exit(&run), run.coverage.commits), (0, 0), "{text}");
        assert!(said(&run).contains("deleted"), "{}", said(&run));
    }
}

#[test]
fn a_force_push_is_what_the_new_tip_adds() {
    let (repo, commits) = four();
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    let tip = repo.commit_file("e", line(3));
    let run = range(&repo, &format!("{}..{tip}", commits[3]));
    assert_eq!((keys(&run), run.coverage.commits), (vec![3], 1));
    // The other way round lies what was thrown away: no ref reaches it.
    let run = range(&repo, &format!("{tip}..{}", commits[3]));
    assert_eq!(keys(&run), [2, 3]);
    assert!(!super::places(&run, 2)[0].reachable);
    let gone = "feedfacefeedfacefeedfacefeedfacefeedface";
    fails(&range(&repo, &format!("{gone}..{tip}")), &["force-pushed"]);
}

#[test]
fn tags_are_ranges_like_any() {
    let (repo, _) = four();
    repo.git(&["tag", "v1", "HEAD~2"]);
    repo.git(&["tag", "-a", "-m", "Two", "v2"]);
    assert_eq!(keys(&range(&repo, "v1..v2")), [2, 3]);
    assert_eq!(keys(&range(&repo, "v1...v2")), [2, 3]);
    assert_eq!(keys(&range(&repo, "--tags --not v1")), [2, 3]);
}

#[test]
fn clocks_that_go_wrong_hide_nothing() {
    let repo = Repo::new();
    repo.at_tick(100);
    repo.commit_file("a", "x\n");
    repo.at_tick(1);
    let base = repo.commit_file("b", line(0));
    repo.at_tick(90);
    repo.commit_file("c", line(1));
    repo.at_tick(2);
    repo.commit_file("d", line(2));
    assert_eq!(keys(&range(&repo, &format!("{base}..HEAD"))), [1, 2]);
    assert_eq!(keys(&range(&repo, "HEAD~1..HEAD")), [2]);
    let since = keyhound::pipeline::plan::Since::At(crate::history::repo::START + 50 * crate::history::repo::TICK);
    assert_eq!(keys(&super::chosen(&repo.root, |commits| commits.since = Some(since))), [1]);
}
