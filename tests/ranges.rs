//! Chosen commits: ranges, branches, times and numbers, on real repositories, and the repositories of submodules.

mod names;
mod pushes;
mod submodules;

use crate::history::repo::{Repo, exit, key, plan, run};
use keyhound::finding::Location;
use keyhound::pipeline::plan::{Commits, Since};
use keyhound::report::Run;
use std::collections::BTreeSet;
use std::path::Path;

/// Forty zeros.
const ZERO: &str = "0000000000000000000000000000000000000000";

/// A line that holds a key.
fn line(n: usize) -> String {
    format!("token = \"{}\"\n", key(n))
}

/// Scans chosen commits.
fn chosen(path: &Path, choose: impl FnOnce(&mut Commits)) -> Run {
    let mut plan = plan(path);
    choose(&mut plan.commits);
    assert!(plan.commits.are_chosen(), "nothing is chosen");
    run(&plan)
}

fn range(repo: &Repo, range: &str) -> Run {
    chosen(&repo.root, |commits| commits.range = Some(range.to_owned()))
}

/// The numbers of the keys that were found.
fn keys(run: &Run) -> Vec<usize> {
    let found: BTreeSet<&[u8]> = run.findings.iter().map(|judged| judged.finding.secret.expose()).collect();
    (0..4).filter(|n| found.contains(key(*n).as_bytes())).collect()
}

/// The places of one key.
fn places(run: &Run, n: usize) -> Vec<&Location> {
    let own = run.findings.iter().filter(|judged| judged.finding.secret.expose() == key(n).as_bytes());
    own.flat_map(|judged| &judged.finding.locations).collect()
}

/// The commits that introduced a key.
fn introduced(run: &Run, n: usize) -> Vec<String> {
    places(run, n).iter().filter_map(|place| place.commit()).map(|commit| commit.id.to_string()).collect()
}

/// What problems say, with what to do.
fn said(run: &Run) -> String {
    run.problems.iter().map(|problem| format!("{problem}\n")).collect()
}

/// Scans what cannot be scanned.
#[track_caller]
fn fails(run: &Run, words: &[&str]) {
    let said = said(run);
    assert_eq!((exit(run), run.coverage.commits), (2, 0), "{said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{word}: {said}"));
}

/// Four commits, one key in each: `a` to `d`.
fn four() -> (Repo, Vec<String>) {
    let repo = Repo::new();
    let commits = (0..4).map(|n| repo.commit_file(["a", "b", "c", "d"][n], line(n))).collect();
    (repo, commits)
}

#[test]
fn a_range_is_what_lies_between() {
    let (repo, commits) = four();
    for (text, want) in [
        (format!("{}..{}", commits[0], commits[2]), vec![1, 2]),
        (format!("{}..", commits[1]), vec![2, 3]),
        ("HEAD~1..HEAD".to_owned(), vec![3]),
        ("HEAD~1...HEAD".to_owned(), vec![3]),
        ("HEAD^!".to_owned(), vec![3]),
        ("HEAD~3^!".to_owned(), vec![0]),
        ("HEAD^@".to_owned(), vec![0, 1, 2]),
        ("HEAD^-".to_owned(), vec![3]),
        ("HEAD~1".to_owned(), vec![0, 1, 2]),
        ("HEAD ^HEAD~2".to_owned(), vec![2, 3]),
        ("HEAD --not HEAD~2".to_owned(), vec![2, 3]),
        ("--all --not HEAD~1".to_owned(), vec![3]),
        (commits[1][..10].to_owned(), vec![0, 1]),
        ("main@{0}~2..main".to_owned(), vec![2, 3]),
    ] {
        let run = range(&repo, &text);
        assert_eq!((keys(&run), exit(&run)), (want.clone(), 1), "{text}: {}", said(&run));
        assert_eq!(run.coverage.commits, want.len() as u64, "{text}");
        assert_eq!(run.coverage.blobs, want.len() as u64, "{text}");
    }
    let run = range(&repo, "HEAD~1..");
    let place = places(&run, 3)[0];
    assert_eq!(introduced(&run, 3), [commits[3].as_str()]);
    assert_eq!((place.path.as_deref(), place.in_head, place.reachable), (Some(b"d".as_slice()), true, true));
    assert_eq!(
        (place.position.line, place.position.column, place.refs.as_slice()),
        (1, 10, ["main".to_owned()].as_slice())
    );
}

#[test]
fn an_empty_range_is_clean_and_says_so() {
    let (repo, _) = four();
    for text in ["HEAD..HEAD", "HEAD..", "HEAD..HEAD~2", "HEAD...HEAD"] {
        let run = range(&repo, text);
        assert_eq!((exit(&run), run.coverage.commits), (0, 0), "{text}");
        assert!(said(&run).contains("0 commits to scan"), "{}", said(&run));
    }
}

#[test]
fn a_key_that_was_there_before_is_not_of_the_range() {
    let repo = Repo::new();
    repo.commit_file("a", line(0));
    repo.commit_file("a", format!("# more\n{}", line(0)));
    repo.git(&["mv", "a", "b"]);
    let moved = repo.write("b", line(0)).commit("Move");
    let run = range(&repo, "HEAD~2..HEAD~1");
    assert_eq!((keys(&run), exit(&run), run.coverage.blobs), (vec![], 0, 1), "{}", said(&run));
    // At another path it is new, as for the whole history.
    assert_eq!(introduced(&range(&repo, "HEAD~1.."), 0), [moved]);
    // And one that comes and goes within the range was there.
    let added = repo.commit_file("c", line(1));
    let removed = repo.commit_file("c", "nothing\n");
    let run = range(&repo, "HEAD~2..");
    let place = places(&run, 1)[0];
    assert_eq!(introduced(&run, 1), [added]);
    assert_eq!((place.in_head, place.removed().map(|commit| commit.id.to_string())), (false, Some(removed)));
}

#[test]
fn a_key_in_head_is_known_to_be_there_though_the_range_ends_before() {
    let repo = Repo::new();
    repo.commit_file("x", "");
    repo.commit_file("a", line(0));
    repo.commit_file("a", format!("{}# more\n", line(0)));
    let run = range(&repo, "HEAD~2..HEAD~1");
    assert!(places(&run, 0)[0].in_head);
    assert_eq!(places(&run, 0)[0].refs.len(), 0);
    assert!(places(&run, 0)[0].reachable);
}

#[test]
fn merges_count_for_what_they_bring_themselves() {
    let repo = Repo::new();
    let base = repo.commit_file("base", "x\n");
    repo.git(&["switch", "-q", "-c", "side"]);
    let side = repo.commit_file("side", line(0));
    repo.git(&["switch", "-q", "main"]);
    let own = repo.commit_file("main", line(1));
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    let merge = repo.write("evil", line(2)).write("side", format!("{}{}", line(0), line(3))).commit("Merge");
    assert_eq!(repo.git(&["rev-list", "--parents", "-1", "HEAD"]).split(' ').count(), 3);

    let run = range(&repo, &format!("{base}..HEAD"));
    assert_eq!((keys(&run), run.coverage.commits), (vec![0, 1, 2, 3], 3));
    assert_eq!(introduced(&run, 0), [side.as_str()]);
    assert_eq!(introduced(&run, 1), [own.as_str()]);
    assert_eq!((introduced(&run, 2), introduced(&run, 3)), (vec![merge.clone()], vec![merge.clone()]));
    // What a pull request of the side branch sees, and what the second parent adds.
    assert_eq!(keys(&range(&repo, "HEAD^1..HEAD")), [0, 2, 3]);
    assert_eq!(keys(&range(&repo, "HEAD^1..HEAD^2")), [0]);
    assert_eq!(keys(&range(&repo, "HEAD^2..HEAD")), [1, 2, 3]);
    assert_eq!(keys(&range(&repo, "HEAD^!")), [2, 3]);
    assert_eq!(keys(&range(&repo, "HEAD^-2")), [1, 2, 3]);
    // Both sides of three dots, and not what they share.
    assert_eq!(keys(&range(&repo, "HEAD^1...HEAD^2")), [0, 1]);
}

#[test]
fn messages_of_commits_and_tags_count() {
    let repo = Repo::new();
    repo.commit_file("a", "x\n");
    repo.git(&["tag", "-a", "-m", &line(0), "old"]);
    repo.write("b", "y\n").commit(&format!("Note\n\n{}", line(1)));
    repo.git(&["tag", "-a", "-m", &line(2), "new"]);
    repo.git(&["tag", "-a", "-m", &line(3), "newer", "new"]);
    let run = range(&repo, "HEAD~1..");
    assert_eq!((keys(&run), run.coverage.commits, run.coverage.tags), (vec![1, 2, 3], 1, 2));
    assert_eq!(introduced(&run, 1), [repo.head()]);
    repo.git(&["pack-refs", "--all"]);
    assert_eq!(keys(&range(&repo, "HEAD~1..")), [1, 2, 3]);
    // A tag that is pushed alone is scanned though its commit is not new.
    assert_eq!(keys(&range(&repo, "HEAD..newer")), [2, 3]);
    assert_eq!(keys(&range(&repo, "old..new")), [1, 2, 3]);
}

#[test]
fn branch_time_and_number_narrow_alone_and_together() {
    let (repo, commits) = four();
    repo.git(&["branch", "early", "HEAD~2"]);
    repo.git(&["tag", "first", "HEAD~3"]);
    repo.git(&["switch", "-q", "-c", "aside", "HEAD~3"]);
    let aside = repo.commit_file("e", "x\n");
    repo.git(&["switch", "-q", "main"]);
    let at = |n: i64| Some(Since::At(crate::history::repo::START + n * crate::history::repo::TICK));
    let commits_of = |choose: &dyn Fn(&mut Commits)| {
        let run = chosen(&repo.root, choose);
        (keys(&run), run.coverage.commits)
    };
    let branch = |name: &str| commits_of(&|commits| commits.branch = Some(name.to_owned()));
    assert_eq!(branch("main"), (vec![0, 1, 2, 3], 4));
    assert_eq!(branch("early"), (vec![0, 1], 2));
    assert_eq!(branch("first"), (vec![0], 1));
    assert_eq!(branch("refs/heads/early"), (vec![0, 1], 2));
    assert_eq!(branch("HEAD"), (vec![0, 1, 2, 3], 4));
    // All refs, as nobody named a branch.
    assert_eq!(commits_of(&|commits| commits.since = at(2)), (vec![2, 3], 3));
    assert_eq!(commits_of(&|commits| commits.max = Some(2)), (vec![3], 2));
    assert_eq!(commits_of(&|commits| commits.max = Some(99)), (vec![0, 1, 2, 3], 5));
    assert_eq!(commits_of(&|commits| (commits.since, commits.max) = (at(1), Some(2))), (vec![3], 2));
    let on_main = |commits: &mut Commits| commits.branch = Some("main".to_owned());
    assert_eq!(
        commits_of(&|c| {
            on_main(c);
            c.since = at(2)
        }),
        (vec![2, 3], 2)
    );
    assert_eq!(
        commits_of(&|c| {
            on_main(c);
            c.max = Some(3)
        }),
        (vec![1, 2, 3], 3)
    );
    let between = format!("{}..{}", commits[0], commits[3]);
    assert_eq!(
        commits_of(&|c| {
            c.range = Some(between.clone());
            c.max = Some(1)
        }),
        (vec![3], 1)
    );
    assert_eq!(
        commits_of(&|c| {
            c.range = Some(between.clone());
            c.since = at(2)
        }),
        (vec![2, 3], 2)
    );
    assert_eq!(
        commits_of(&|c| {
            c.range = Some(between.clone());
            c.branch = Some("early".to_owned())
        }),
        (vec![1], 1)
    );
    let run = chosen(&repo.root, |commits| commits.since = at(9));
    assert_eq!((exit(&run), run.coverage.commits), (0, 0));
    assert!(said(&run).contains("0 commits"));
    let _ = aside;
}

#[test]
fn a_choice_of_everything_finds_what_the_whole_history_holds() {
    let (repo, _) = four();
    repo.git(&["switch", "-q", "-c", "side", "HEAD~2"]);
    repo.commit_file("deep/er/x", format!("{}{}", line(3), line(2)));
    repo.commit_file("deep/er/x", line(2));
    repo.git(&["rm", "-q", "deep/er/x"]);
    repo.commit_file("deep/er", format!("a file where a folder was\n{}", line(1)));
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    repo.git(&["tag", "-a", "-m", &line(0), "v1"]);
    for pack in [false, true] {
        if pack {
            repo.git(&["repack", "-adq"]);
        }
        let whole = repo.scan();
        for text in ["--all", "main", "v1"] {
            let part = range(&repo, text);
            assert_eq!(part.findings.len(), whole.findings.len(), "{text}");
            for (part, whole) in part.findings.iter().zip(&whole.findings) {
                assert_eq!(part.finding.secret, whole.finding.secret);
                assert_eq!(part.finding.locations, whole.finding.locations, "{text}");
                assert_eq!(part.finding.blobs, whole.finding.blobs, "{text}");
            }
            assert_eq!(part.coverage.commits, whole.coverage.commits);
        }
    }
}

/// Commits by the hundred, with a key in number 90 and what removes it in the next but six, above a commit that holds many
/// files.
fn long(files: usize) -> Repo {
    let repo = Repo::new();
    let mut stream = "commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\ndata 0\n".to_owned();
    (0..files).for_each(|n| stream += &format!("M 644 inline many/{n}\ndata <<E\n{n}\nE\n"));
    for n in 0..150 {
        let key = if n == 90 { line(0) } else { String::new() };
        let time = 1_700_000_001 + n;
        stream += &format!("commit refs/heads/main\ncommitter A <a@example.org> {time} +0000\ndata 0\n");
        stream += &format!("M 644 inline f/{}\ndata <<E\n{n}.\n{key}E\n", n % 7);
    }
    repo.git_with(&["fast-import", "--quiet"], stream.as_bytes());
    repo
}

#[test]
fn many_commits_of_many_are_read_one_by_one_and_most_of_all_in_one_go() {
    for files in [0, 14_000] {
        let repo = long(files);
        let run = range(&repo, "main~150..main");
        assert_eq!((run.coverage.commits, keys(&run)), (150, vec![0]), "{}", said(&run));
        let blobs = if files == 0 { 150 } else { run.coverage.blobs };
        assert_eq!(blobs, 150, "only what the range adds is read");
        let whole = repo.scan();
        assert_eq!(run.findings[0].finding.locations, whole.findings[0].finding.locations);
        assert_eq!(keys(&range(&repo, "main~140..main~61")), [0; 0]);
        assert_eq!(keys(&range(&repo, "main~60..main~59")), [0]);
        assert_eq!(keys(&range(&repo, "main~58..main")), [0; 0]);
    }
}
