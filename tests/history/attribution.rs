//! Who introduced a key, where, and who removed it: one small history a case.

use super::repo::{RULE, Repo, START, TICK, exit, key, scan};
use keyhound::finding::{Finding, Location, Place};
use keyhound::report::Run;

/// The finding of a key.
fn finding<'r>(run: &'r Run, secret: &str) -> &'r Finding {
    let found: Vec<&Finding> = run
        .findings
        .iter()
        .map(|judged| &judged.finding)
        .filter(|finding| run.rules.get(finding.rule).spec.id == RULE && finding.secret.expose() == secret.as_bytes())
        .collect();
    assert_eq!(found.len(), 1, "one finding for a key; problems: {:?}", run.problems);
    found[0]
}

/// A place in short: path, introducing commit, removing commit.
fn place(location: &Location) -> (String, String, String) {
    let path = location.path.as_deref().map_or("-".into(), String::from_utf8_lossy).into_owned();
    let summary = |commit: Option<&std::sync::Arc<keyhound::finding::CommitInfo>>| {
        commit.map_or_else(|| "-".to_owned(), |commit| commit.summary.clone())
    };
    (path, summary(location.commit()), summary(location.removed()))
}

fn places(run: &Run, secret: &str) -> Vec<(String, String, String)> {
    finding(run, secret).locations.iter().map(place).collect()
}

fn expected(places: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    places.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

fn line(n: usize) -> String {
    format!("token = \"{}\"\n", key(n))
}

#[test]
fn a_key_is_introduced_removed_and_no_longer_at_head() {
    let repo = Repo::new();
    repo.commit_file("a.txt", "nothing\n");
    let introduced = repo.write("a.txt", format!("nothing\n{}", line(0))).commit("Add");
    repo.commit_file("b.txt", "other\n");
    let removed = repo.write("a.txt", "nothing\n").commit("Drop");
    let run = repo.scan();
    let found = finding(&run, &key(0));
    let location = &found.locations[0];
    assert_eq!(found.locations.len(), 1);
    let commit = location.commit().expect("a commit introduced it");
    assert_eq!((commit.id.to_string(), commit.author.as_str(), commit.date), (introduced, "Ada", START + TICK));
    assert_eq!(location.removed().map(|commit| commit.id.to_string()), Some(removed));
    assert_eq!((location.in_head, location.reachable, location.position.line), (false, true, 2));
    assert_eq!((found.blobs, location.refs.as_slice()), (1, &["main".to_owned()][..]));
    assert!(!found.present());
    assert_eq!(exit(&run), 1);
}

#[test]
fn edits_around_a_key_do_not_introduce_it_again() {
    let repo = Repo::new();
    repo.write("a", line(0)).commit("Add");
    repo.write("a", format!("# comment\n{}", line(0))).commit("Comment");
    repo.write("a", format!("# comment\n{}more\n", line(0))).commit("More");
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Add", "-")]));
    assert_eq!(finding(&run, &key(0)).blobs, 3);
    assert!(finding(&run, &key(0)).locations[0].in_head);
}

#[test]
fn a_rename_is_a_new_place_and_the_first_stays_first() {
    let repo = Repo::new();
    repo.write("old", line(0)).commit("Add");
    repo.git(&["mv", "old", "new"]);
    repo.commit("Rename");
    assert_eq!(places(&repo.scan(), &key(0)), expected(&[("old", "Add", "Rename"), ("new", "Rename", "-")]));
}

#[test]
fn one_key_in_two_files_is_one_finding() {
    let repo = Repo::new();
    repo.write("a", line(0)).write("dir/b", format!("x\n{}", line(0))).commit("Add");
    assert_eq!(places(&repo.scan(), &key(0)), expected(&[("a", "Add", "-"), ("dir/b", "Add", "-")]));
}

#[test]
fn a_key_that_comes_back_has_two_introductions() {
    let repo = Repo::new();
    repo.write("a", line(0)).commit("Add");
    repo.write("a", "\n").commit("Drop");
    repo.write("a", line(0)).commit("Add again");
    repo.write("a", "\n").commit("Drop again");
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Add", "Drop"), ("a", "Add again", "Drop again")]));
}

#[test]
fn a_revert_removes() {
    let repo = Repo::new();
    repo.commit_file("a", "\n");
    repo.write("a", line(0)).commit("Add");
    repo.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(places(&repo.scan(), &key(0)), expected(&[("a", "Add", "Revert \"Add\"")]));
}

#[test]
fn a_merge_that_only_brings_a_branch_introduces_nothing() {
    let repo = Repo::new();
    repo.commit_file("base", "\n");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("a", line(0)).commit("Side");
    repo.git(&["checkout", "-q", "main"]);
    repo.commit_file("b", "\n");
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Side", "-")]));
    assert_eq!(finding(&run, &key(0)).locations[0].refs, ["main", "side"]);
}

#[test]
fn an_evil_merge_introduces_and_an_octopus_does_not() {
    let repo = Repo::new();
    repo.commit_file("base", "\n");
    for (branch, n) in [("one", 0), ("two", 1), ("three", 2)] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.write(branch, line(n)).commit(branch);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Octopus", "one", "two", "three"]);
    repo.git(&["checkout", "-q", "-b", "four", "HEAD~1"]);
    repo.commit_file("four", "\n");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "four"]);
    repo.write("evil", line(3)).commit("Evil merge");
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("one", "one", "-")]));
    assert_eq!(places(&run, &key(2)), expected(&[("three", "three", "-")]));
    assert_eq!(places(&run, &key(3)), expected(&[("evil", "Evil merge", "-")]));
}

#[test]
fn a_merge_that_takes_the_side_without_a_key_does_not_remove_it_but_one_that_drops_it_does() {
    let repo = Repo::new();
    repo.write("a", line(0)).write("b", line(1)).commit("Add");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("a", "\n").commit("Drop on a side");
    repo.git(&["checkout", "-q", "main"]);
    repo.commit_file("c", "\n");
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    repo.write("b", "\n").commit("Merge");
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Add", "Drop on a side")]));
    assert_eq!(places(&run, &key(1)), expected(&[("b", "Add", "Merge")]));
}

#[test]
fn a_cherry_pick_introduces_on_its_own_branch() {
    let repo = Repo::new();
    repo.commit_file("base", "\n");
    repo.git(&["checkout", "-q", "-b", "side"]);
    let picked = repo.write("a", line(0)).commit("Add");
    repo.git(&["checkout", "-q", "main"]);
    repo.commit_file("b", "\n");
    repo.git(&["cherry-pick", &picked]);
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Add", "-"), ("a", "Add", "-")]));
    let refs: Vec<_> = finding(&run, &key(0)).locations.iter().map(|location| location.refs.clone()).collect();
    assert_eq!(refs, [["side"], ["main"]]);
}

#[test]
fn two_roots_each_introduce() {
    let repo = Repo::new();
    repo.write("a", line(0)).commit("First root");
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.write("b", line(1)).commit("Second root");
    let run = repo.scan();
    let both = expected(&[("a", "First root", "-"), ("a", "Second root", "-")]);
    assert_eq!(places(&run, &key(0)), both);
    assert_eq!(places(&run, &key(1)), expected(&[("b", "Second root", "-")]));
}

#[test]
fn a_removal_follows_its_introduction_whatever_the_clocks_say() {
    let repo = Repo::new();
    repo.at_tick(50).write("a", line(0)).commit("Add");
    repo.at_tick(10).write("a", "\n").commit("Drop, dated before");
    assert_eq!(places(&repo.scan(), &key(0)), expected(&[("a", "Add", "Drop, dated before")]));
}

#[test]
fn a_removal_on_another_branch_is_not_that_of_this_introduction() {
    let repo = Repo::new();
    repo.commit_file("base", "\n");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.at_tick(10).write("a", line(0)).commit("Add on a side");
    repo.git(&["checkout", "-q", "main"]);
    repo.at_tick(5).write("a", line(0)).commit("Add");
    repo.at_tick(11).write("a", "\n").commit("Drop");
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Add", "Drop"), ("a", "Add on a side", "-")]));
}

#[test]
fn of_several_removals_with_odd_clocks_the_first_in_ancestry_counts() {
    let repo = Repo::new();
    repo.at_tick(1).write("a", line(0)).commit("Add");
    repo.at_tick(30).write("a", "\n").commit("Drop");
    repo.at_tick(20).write("a", line(0)).commit("Add again");
    repo.at_tick(25).write("a", "\n").commit("Drop again");
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Add", "Drop"), ("a", "Add again", "Drop again")]));
}

#[test]
fn commits_that_no_ref_reaches_and_blobs_that_no_commit_holds_are_found_and_say_so() {
    let repo = Repo::new();
    repo.commit_file("base", "\n");
    repo.write("a", line(0)).commit("Lost");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git_with(&["hash-object", "-w", "--stdin"], line(1).as_bytes());
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Lost", "-")]));
    assert_eq!(places(&run, &key(1)), expected(&[("-", "-", "-")]));
    for n in 0..2 {
        assert!(!finding(&run, &key(n)).locations[0].reachable, "{n}");
    }
}

#[test]
fn messages_of_commits_tags_and_notes_are_read() {
    let repo = Repo::new();
    repo.commit_file("base", "\n");
    repo.commit(&format!("Rotate\n\nThe old one was {}.", key(0)));
    repo.git(&["tag", "-a", "v1", "-m", &format!("Release\n\n{}", key(1))]);
    repo.git(&["notes", "add", "-m", &format!("deployed with {}", key(2))]);
    let run = repo.scan();
    let first = |n| &finding(&run, &key(n)).locations[0];
    assert!(matches!(&first(0).place, Place::Message { commit: Some(commit), .. } if commit.summary == "Rotate"));
    assert_eq!(first(0).position.line, 3);
    assert!(matches!(&first(1).place, Place::Message { commit: None, .. }));
    assert!(matches!(&first(2).place, Place::History { introduced: Some(_), .. }));
    assert!((0..3).all(|n| first(n).reachable), "{:?}", (0..3).map(|n| first(n).reachable).collect::<Vec<_>>());
    assert_eq!((run.coverage.tags, run.problems.len()), (1, 0));
}

#[test]
fn tags_of_blobs_and_of_trees_keep_them_reachable() {
    let repo = Repo::new();
    repo.commit_file("base", "\n");
    let blob = repo.git_with(&["hash-object", "-w", "--stdin"], line(0).as_bytes());
    repo.git(&["tag", "blob", &blob]);
    let other = repo.git_with(&["hash-object", "-w", "--stdin"], line(1).as_bytes());
    let tree = repo.git_with(&["mktree"], format!("100644 blob {other}\tconfig.txt\n").as_bytes());
    repo.git(&["tag", "-a", "tree", "-m", "A tree", &tree]);
    let run = repo.scan();
    for n in 0..2 {
        assert!(finding(&run, &key(n)).locations[0].reachable, "{n}");
    }
    assert_eq!(exit(&run), 1);
}

#[test]
fn links_executables_and_submodules_are_entries_like_others() {
    let repo = Repo::new();
    let commit = repo.commit_file("base", "\n");
    let link = repo.git_with(&["hash-object", "-w", "--stdin"], format!("/tmp/{}", key(0)).as_bytes());
    let script = repo.git_with(&["hash-object", "-w", "--stdin"], line(1).as_bytes());
    let index = format!("120000 {link} 0\tlink\n100755 {script} 0\trun.sh\n160000 {commit} 0\tmodule\n");
    repo.git_with(&["update-index", "--add", "--index-info"], index.as_bytes());
    repo.git(&["commit", "-q", "-m", "Odd entries"]);
    let run = repo.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("link", "Odd entries", "-")]));
    assert_eq!(places(&run, &key(1)), expected(&[("run.sh", "Odd entries", "-")]));
    assert_eq!(run.problems, []);
}

#[test]
fn paths_may_hold_any_bytes() {
    let repo = Repo::new();
    let blob = repo.git_with(&["hash-object", "-w", "--stdin"], line(0).as_bytes());
    let mut index = Vec::new();
    for name in [&b"caf\xe9.txt"[..], b"two\nlines", b"d\xff/inside"] {
        index.extend_from_slice(format!("100644 {blob} 0\t").as_bytes());
        index.extend_from_slice(name);
        index.push(0);
    }
    repo.git_with(&["update-index", "--add", "-z", "--index-info"], &index);
    repo.git(&["commit", "-q", "-m", "Odd paths"]);
    let run = repo.scan();
    let paths: Vec<_> = finding(&run, &key(0)).locations.iter().filter_map(|l| l.path.clone()).collect();
    assert_eq!(paths, [&b"caf\xe9.txt"[..], b"d\xff/inside", b"two\nlines"]);
}

#[test]
fn heads_of_every_kind() {
    let empty = Repo::new();
    let run = empty.scan();
    assert_eq!((exit(&run), run.problems.len()), (0, 0), "{:?}", run.problems);

    let detached = Repo::new();
    detached.write("a", line(0)).commit("Add");
    detached.git(&["checkout", "-q", "--detach"]);
    detached.write("b", line(1)).commit("Detached");
    let run = detached.scan();
    assert_eq!(finding(&run, &key(1)).locations[0].refs, ["HEAD"]);
    assert!(finding(&run, &key(1)).locations[0].in_head && finding(&run, &key(1)).locations[0].reachable);

    let unborn = Repo::new();
    unborn.write("a", line(0)).commit("Add");
    unborn.git(&["checkout", "-q", "--orphan", "next"]);
    let run = unborn.scan();
    assert_eq!(places(&run, &key(0)), expected(&[("a", "Add", "-")]));
    assert!(!finding(&run, &key(0)).locations[0].in_head && finding(&run, &key(0)).locations[0].reachable);

    let bare = detached.beside("bare");
    detached.git(&["clone", "-q", "--bare", ".", &bare.display().to_string()]);
    assert_eq!(places(&scan(&bare), &key(0)), expected(&[("a", "Add", "-")]));
}

#[test]
fn a_key_far_down_is_found_at_its_path() {
    // Folders deeper than trees are looked through level by level.
    let path = format!("{}a.txt", "d/".repeat(90));
    let repo = Repo::new();
    repo.commit_file("b.txt", "nothing\n");
    repo.write(&path, line(0)).commit("Add");
    for packed in [false, true] {
        if packed {
            repo.git(&["repack", "-a", "-d", "-q"]);
        }
        assert_eq!(places(&repo.scan(), &key(0)), expected(&[(&path, "Add", "-")]), "packed: {packed}");
    }
}
