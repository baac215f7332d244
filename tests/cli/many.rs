//! Many repositories: one report, parts that are joined, work that is taken up again.

use super::{ONE, Place, TWO, commit, key, stage};
use std::path::Path;

/// Ten repositories below `all/`, one of them bare, one without a commit, one with a configuration and one with a
/// baseline; and a folder that is none.
fn ten() -> Place {
    let place = Place::new();
    for n in 0..8 {
        let name = format!("all/team{}/repo{n}", n % 3);
        let repository = place.repository(&name);
        let secret = key(if n % 2 == 0 { ONE } else { TWO });
        place.write(&format!("{name}/src/a{n}.env"), format!("A=1\nK={secret}\nP{n}=2\n"));
        stage(&repository, &format!("src/a{n}.env"));
        commit(&repository);
        place.write(&format!("{name}/src/a{n}.env"), "A=1\n");
        stage(&repository, &format!("src/a{n}.env"));
        commit(&repository);
        place.write(&format!("{name}/now.env"), format!("db_password = \"{}{n}\"\nK={secret}\n", "Gr8-secret"));
    }
    let mut bare = git2::build::RepoBuilder::new();
    let from = place.path("all/team0/repo0");
    bare.bare(true).clone(from.to_str().expect("UTF-8"), &place.path("all/mirror.git")).expect("clones");
    place.repository("all/empty");
    place.write("all/team1/repo1/keyhound.toml", "[[allow]]\npaths = [\"src/**\"]\nreason = \"old\"\n");
    place
        .run(&[
            "baseline",
            "create",
            "--no-history",
            "--baseline",
            "all/team2/repo2/keyhound.baseline",
            "all/team2/repo2",
        ])
        .exits(0);
    place.write("all/notes/x.env", format!("K={}\n", key(ONE)));
    place
}

const NOW: [&str; 2] = ["--now", "2026-01-02"];

fn scan(place: &Place, repos: &str, more: &[&str]) -> super::Ran {
    let words: Vec<&str> = ["scan", "--repos", repos].into_iter().chain(NOW).chain(more.iter().copied()).collect();
    place.run(&words)
}

/// Parts 1 to 3 of 3, merged in another order, beside one run.
#[track_caller]
fn parts_make_the_whole(place: &Place, repos: &str) {
    for format in ["jsonl", "json"] {
        let whole = scan(place, repos, &["--format", format]).exits(1).out;
        let mut parts = Vec::new();
        for part in ["3", "1", "2"] {
            let name = format!("part{part}.{format}");
            scan(place, repos, &["--shard", &format!("{part}/3"), "--format", format, "--output", &name]);
            parts.push(name);
        }
        let merged = |to: &str| {
            let parts = parts.iter().map(String::as_str);
            let words: Vec<&str> = ["merge", "--format", to].into_iter().chain(NOW).chain(parts).collect();
            place.run(&words).exits(1).out
        };
        assert!(merged(format) == whole, "{format}:\n{}\n{whole}", merged(format));
        // What is rendered of both is the same, then.
        place.write(&format!("whole.{format}"), &whole);
        for to in ["html", "sarif", "csv", "markdown", "junit", "gitlab", "human"] {
            let words = ["report", &format!("whole.{format}"), "--format", to, NOW[0], NOW[1]];
            let (one, other) = (place.run(&words).out, merged(to));
            let strip = |text: &str| {
                text.lines().filter(|line| !line.trim_start().starts_with("took ")).collect::<Vec<_>>().join("\n")
            };
            assert!(strip(&one) == strip(&other), "{to}:\n{one}\n{other}");
        }
    }
}

#[test]
fn parts_of_ten_repositories_make_the_whole() {
    parts_make_the_whole(&ten(), "all");
}

#[test]
fn parts_of_one_repository_make_the_whole() {
    parts_make_the_whole(&ten(), "all/team0/repo3");
}

#[test]
fn each_repository_is_judged_by_its_own_configuration_and_has_its_account() {
    let place = ten();
    let ran = scan(&place, "all", &["--format", "jsonl"]).exits(1);
    let repositories = ran.records("summary")[0]["repositories"].as_array().expect("a list").clone();
    let names: Vec<&str> = repositories.iter().filter_map(|one| one["path"].as_str()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    assert_eq!((names[0], names[1], names[2]), ("all/empty", "all/mirror.git", "all/team0/repo0"));
    assert!(repositories.iter().all(|one| one["account"]["complete"] == true), "{repositories:?}");
    assert_eq!(repositories[0]["account"]["reported"], 0);
    assert_eq!(repositories[1]["account"]["coverage"]["files"], 0);
    let verdicts = |unit: &str| -> Vec<String> {
        let all = ran.records("finding");
        let of_unit = all.iter().filter(|finding| finding["repository"] == unit);
        of_unit.map(|finding| finding["verdict"].as_str().expect("a word").to_owned()).collect()
    };
    assert!(verdicts("all/team1/repo1").contains(&"report".to_owned()));
    assert!(verdicts("all/team2/repo2").contains(&"baselined".to_owned()));
    // The path says in which repository, in histories, too.
    let paths = ran.paths();
    assert!(paths.iter().all(|path| path.starts_with("all/")), "{paths:?}");
    assert!(!ran.out.contains("all/notes"));
}

#[test]
fn a_file_lists_repositories_and_a_wrong_one_does_not_stop_the_others() {
    let place = ten();
    place.write("list", "# ours\nall/team0/repo0\n\nnowhere\nall/team0/repo0\n  all/mirror.git\n");
    let ran = scan(&place, "list", &["--format", "jsonl"]).exits(2);
    let summary = &ran.records("summary")[0];
    let names: Vec<_> =
        summary["repositories"].as_array().expect("a list").iter().map(|one| one["path"].clone()).collect();
    assert_eq!(names, ["all/team0/repo0", "nowhere", "all/mirror.git"]);
    assert_eq!(summary["repositories"][1]["account"]["complete"], false);
    assert!(
        ran.records("problem")
            .iter()
            .any(|problem| problem["subject"].as_str().is_some_and(|s| s.starts_with("nowhere")))
    );
    place.write("none", "# nothing\n");
    for repos in ["none", "missing", "all/notes"] {
        scan(&place, repos, &[]).exits(2);
    }
}

#[test]
fn finished_repositories_are_taken_up_again() {
    let place = ten();
    let whole = scan(&place, "all", &["--format", "jsonl"]).exits(1).out;
    let first = scan(&place, "all", &["--format", "jsonl", "--work", "work"]).exits(1).out;
    assert!(first == whole, "{first}\n{whole}");
    let kept = || {
        std::fs::read_dir(place.path("work"))
            .expect("a folder")
            .map(|e| e.expect("an entry").path())
            .collect::<Vec<_>>()
    };
    assert_eq!(kept().len(), 10);
    // What is kept counts: a run that was stopped is played by taking one away, and a change by another in its place.
    std::fs::remove_file(&kept()[0]).expect("removed");
    assert!(scan(&place, "all", &["--format", "jsonl", "--work", "work"]).exits(1).out == whole);
    assert_eq!(kept().len(), 10);
    let repository = git2::Repository::open(place.path("all/empty")).expect("opens");
    place.write("all/empty/a.env", format!("K={}\n", key(ONE)));
    stage(&repository, "a.env");
    commit(&repository);
    let later = scan(&place, "all", &["--format", "jsonl", "--work", "work"]).exits(1);
    assert!(later.out != whole && later.records("finding").iter().any(|finding| finding["repository"] == "all/empty"));
    for file in kept() {
        assert!(!std::fs::read_to_string(&file).expect("text").contains(ONE), "{}", Path::new(&file).display());
    }
}

/// One repository with versions of files, messages, a tag, a worktree, a loose object and a blob that is too large.
fn large() -> Place {
    let place = ten();
    let repository = place.repository("big");
    for n in 0..40 {
        let name = format!("big/f{}.env", n % 5);
        let secret = key(if n % 2 == 0 { ONE } else { TWO });
        let lines: String = (0..60).map(|line| format!("LINE{line}={}\n", line * (n / 5 + 1) % 7)).collect();
        place.write(&name, format!("{lines}K{n}={secret}\npassword{n} = \"{}{}\"\n", "Hx9-", n * 7919));
        stage(&repository, &format!("f{}.env", n % 5));
        commit(&repository);
    }
    place.write("big/huge.txt", "x".repeat(300_000));
    stage(&repository, "huge.txt");
    commit(&repository);
    let head = repository.head().expect("a head").peel(git2::ObjectType::Commit).expect("a commit");
    let who = git2::Signature::new("Ann", "ann@example.org", &git2::Time::new(1_772_445_600, 0)).expect("a signature");
    repository.tag("v1", &head, &who, &format!("K={}\n", key(ONE)), false).expect("a tag");
    let packed =
        std::process::Command::new("git").args(["-C"]).arg(place.path("big")).args(["repack", "-adq"]).status();
    assert!(packed.expect("git runs").success());
    repository.blob(format!("K={}\nloose\n", key(TWO)).as_bytes()).expect("a blob");
    place.write("big/now.env", format!("db_password = \"{}\"\n", "Gr8-secret77"));
    place
}

#[test]
fn one_repository_is_divided_by_its_objects() {
    let place = large();
    let base = ["scan", "big", "--now", "2026-01-02", "--max-file-size", "200KB"];
    for (audit, format) in [("scan", "jsonl"), ("scan", "json"), ("audit", "jsonl")] {
        let run = |more: &[&str]| place.run(&[&[audit], &base[1..], more].concat());
        let whole = run(&["--format", format]).exits(1);
        let mut blobs = Vec::new();
        for part in 1..=3 {
            let name = format!("part{part}.{format}");
            run(&["--shard", &format!("{part}/3"), "--format", format, "--output", &name]);
            let text = std::fs::read_to_string(place.path(&name)).expect("a part");
            assert!(!text.contains(&key(ONE)) && !text.contains(&key(TWO)) && !text.contains("Hx9-"));
            let summary: serde_json::Value = match format {
                "json" => serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["summary"].clone(),
                _ => serde_json::from_str(text.lines().last().expect("a summary")).expect("JSON"),
            };
            blobs.push(summary["coverage"]["blobs"].as_u64().expect("a number"));
        }
        assert!(blobs.iter().all(|blobs| *blobs > 0), "{blobs:?}");
        let parts: Vec<String> = [2, 3, 1].map(|part| format!("part{part}.{format}")).into();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let merged = place.run(&[&["merge", "--format", format], &parts[..]].concat()).exits(1);
        assert_eq!(merged.out, whole.out);
        let one_is_missing = place.run(&[&["merge"], &parts[..2]].concat()).exits(2);
        assert!(one_is_missing.err.contains("part 1 of 3 is missing"), "{}", one_is_missing.err);
    }
    // What changed since cannot be put together.
    let repository = git2::Repository::open(place.path("big")).expect("opens");
    stage(&repository, "now.env");
    commit(&repository);
    let late = place.run(&["merge", "part1.jsonl", "part2.jsonl", "part3.jsonl"]).exits(2);
    assert!(late.out.contains("is not what the parts were scanned in"), "{}", late.out);
    for words in [
        &["--shard", "1/3", "--format", "jsonl", "--no-history"][..],
        &["--shard", "1/3", "--format", "jsonl", "--max-commits", "3"],
        &["--shard", "1/3"],
    ] {
        place.run(&[&base[..], words].concat()).exits(2);
    }
}

/// A part writes down where it was and how it was called, and neither may be a key.
#[test]
fn a_part_holds_no_key_that_a_folder_is_called_like() {
    let place = Place::new();
    let name = format!("all/{}", key(ONE));
    let repository = place.repository(&name);
    place.write(&format!("{name}/a.env"), "A=1\n");
    stage(&repository, "a.env");
    commit(&repository);
    let named = place.run(&["scan", &name, "--shard", "1/2", "--format", "jsonl", "--output", "one"]).exits(2);
    assert!(named.err.contains("looks like a key") && !named.err.contains(&key(ONE)), "{}", named.err);
    place.run(&["scan", "all", "--shard", "1/2", "--format", "jsonl", "--output", "one"]);
    scan(&place, "all", &["--shard", "1/2", "--divide-above", "0B", "--format", "jsonl", "--output", "two"]);
    for file in ["one", "two"] {
        let text = std::fs::read_to_string(place.path(file)).unwrap_or_default();
        assert!(!text.contains(&key(ONE)), "{text}");
    }
}

#[test]
fn a_part_tells_when_commits_were_made_and_not_only_when_they_were_written() {
    let place = Place::new();
    let repository = place.repository("all/one");
    let at =
        |seconds| git2::Signature::new("Ann", "ann@example.org", &git2::Time::new(seconds, 0)).expect("a signature");
    let written = at(1_700_000_000);
    let record = |files: &[(&str, String)], committed: i64| {
        for (name, text) in files {
            place.write(&format!("all/one/{name}"), text);
            stage(&repository, name);
        }
        let tree = repository.index().expect("an index").write_tree().expect("a tree");
        let tree = repository.find_tree(tree).expect("the tree");
        let parent = repository.head().ok().map(|head| head.peel_to_commit().expect("a commit"));
        let parents: Vec<_> = parent.iter().collect();
        repository.commit(Some("HEAD"), &written, &at(committed), "Change it", &tree, &parents).expect("a commit");
    };
    let line = format!("K={}\n", key(ONE));
    let names = ["a.env", "b.env", "c.env", "d.env", "e.env"];
    record(&names.map(|name| (name, line.clone())), 1_700_000_100);
    // All were written in the same second, as after a rebase; the last one to go decides.
    for (n, name) in names.iter().enumerate() {
        record(&[(name, "none\n".to_owned())], 1_700_000_200 + 100 * n as i64);
    }
    let whole = scan(&place, "all", &["--format", "jsonl"]).exits(1).out;
    scan(&place, "all", &["--shard", "1/1", "--format", "jsonl", "--output", "one"]);
    let merged = place.run(&["merge", "one", "--format", "jsonl", NOW[0], NOW[1]]).exits(1);
    assert_eq!(merged.out, whole);
}

#[test]
fn a_huge_one_among_many_is_divided() {
    let place = large();
    let whole = scan(&place, ".", &["--format", "jsonl"]).exits(1).out;
    for part in ["1/2", "2/2"] {
        let name = format!("../{}-part.jsonl", &part[..1]);
        scan(&place, ".", &["--shard", part, "--divide-above", "1KB", "--format", "jsonl", "--output", &name]);
        let text = std::fs::read_to_string(place.path(&name)).expect("a part");
        assert!(text.contains("\"pieces\":{\"./big\":"), "{text}");
    }
    let merged =
        place.run(&["merge", "../1-part.jsonl", "../2-part.jsonl", "--format", "jsonl", "--now", "2026-01-02"]);
    assert_eq!(merged.exits(1).out, whole);
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let place = ten();
    let part = |name: &str, repos: &str, shard: &str, more: &[&str]| {
        let words = [&["--shard", shard, "--format", "jsonl", "--output", name], more].concat();
        scan(&place, repos, &words);
    };
    part("one", "all", "1/2", &[]);
    part("two", "all", "2/2", &[]);
    part("other", "all/team0", "2/2", &[]);
    part("high", "all", "2/2", &["--severity", "high"]);
    part("third", "all", "3/3", &[]);
    scan(&place, "all", &["--format", "jsonl", "--output", "whole"]);
    for (files, words) in [
        (&["one"][..], "part 2 of 2 is missing"),
        (&["one", "one", "two"], "given twice"),
        (&["one", "other"], "other repositories"),
        (&["one", "high"], "other options"),
        (&["one", "third"], "another number"),
        (&["one", "whole"], "not one of"),
    ] {
        let ran = place.run(&[&["merge"], files].concat()).exits(2);
        assert!(ran.err.contains(words), "{files:?}: {}", ran.err);
    }
    for words in [
        &["--shard", "0/3", "--format", "jsonl"][..],
        &["--shard", "4/3", "--format", "jsonl"],
        &["--shard", "x", "--format", "jsonl"],
        &["--shard", "1/3"],
        &["--shard", "1/3", "--format", "jsonl", "--show-secrets"],
    ] {
        scan(&place, "all", words).exits(2);
    }
}
