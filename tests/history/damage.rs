//! Damaged repositories: everything else is still scanned, the loss is named, and nothing panics.

use super::repo::{Repo, exit, key, overwrite, scan};
use keyhound::coverage::Skip;
use keyhound::report::Run;

fn line(n: usize) -> String {
    format!("token = \"{}\"\n", key(n))
}

fn found(run: &Run, n: usize) -> bool {
    run.findings.iter().any(|judged| judged.finding.secret.expose() == key(n).as_bytes())
}

fn says(run: &Run, what: &str) -> bool {
    run.problems.iter().any(|problem| problem.to_string().contains(what))
}

/// No problem is a defect of ours.
fn sound(run: &Run) {
    assert!(!says(run, "a defect in keyhound"), "{:?}", run.problems);
}

/// One pack with commits, trees, deltas and two keys, and a loose commit with a third.
fn small() -> Repo {
    let repo = Repo::new();
    let mut text = (0..120).map(|n| format!("{n} {}\n", n * n * 7919 % 65_537)).collect::<String>();
    for n in 0..12 {
        text.push_str(&format!("more {n}\n"));
        if n == 4 {
            text.push_str(&line(0));
        }
        repo.write("text", &text).commit(&format!("Version {n}"));
    }
    repo.write("other", line(1)).commit("Other");
    repo.git(&["repack", "-adfq", "--depth=50"]);
    repo.write("loose", line(2)).commit("Loose");
    repo
}

#[test]
fn a_flipped_byte_costs_what_hangs_on_it_and_no_more() {
    let repo = small();
    let pack = repo.pack();
    let sound_pack = std::fs::read(&pack).expect("reads");
    let listing = repo.git(&["verify-pack", "-v", &pack.display().to_string()]);
    // The entry of the blob with the second key: id, kind, size, packed size, offset.
    let blob = repo.git(&["rev-parse", "HEAD:other"]);
    let entry = listing.lines().find(|l| l.starts_with(&blob)).expect("it is in the pack");
    let words: Vec<&str> = entry.split_whitespace().collect();
    let (size, offset): (usize, usize) = (words[3].parse().expect("a size"), words[4].parse().expect("an offset"));
    let mut bytes = sound_pack;
    bytes[offset + size / 2] ^= 0x55;
    overwrite(&pack, &bytes);
    let run = repo.scan();
    sound(&run);
    assert!(found(&run, 0) && !found(&run, 1) && found(&run, 2), "{:?}", run.problems);
    assert!(says(&run, &blob) && says(&run, "git fsck"), "{:?}", run.problems);
    assert!(!run.coverage.complete() && exit(&run) == 1);
}

#[test]
fn a_cut_pack_keeps_its_beginning() {
    let repo = small();
    let pack = repo.pack();
    let bytes = std::fs::read(&pack).expect("reads");
    overwrite(&pack, &bytes[..bytes.len() / 2]);
    let run = repo.scan();
    sound(&run);
    assert!(found(&run, 2) && !run.complete(), "{:?}", run.problems);
    overwrite(&pack, &bytes[..10]);
    let run = repo.scan();
    sound(&run);
    assert!(found(&run, 2) && says(&run, "pack-"), "{:?}", run.problems);
}

#[test]
fn a_pack_without_index_and_an_index_without_pack_are_named() {
    let repo = small();
    let (pack, index) = (repo.pack(), repo.pack().with_extension("idx"));
    let kept = std::fs::read(&index).expect("reads");
    std::fs::remove_file(&index).expect("removes");
    let run = repo.scan();
    sound(&run);
    assert!(found(&run, 2) && !run.complete(), "{:?}", run.problems);
    assert!(says(&run, &pack.file_name().expect("a name").to_string_lossy()), "{:?}", run.problems);
    std::fs::write(&index, kept).expect("writes");
    std::fs::remove_file(&pack).expect("removes");
    let run = repo.scan();
    sound(&run);
    assert!(found(&run, 2) && !run.complete(), "{:?}", run.problems);
    assert!(says(&run, &pack.file_stem().expect("a name").to_string_lossy()), "{:?}", run.problems);
}

#[test]
fn what_is_not_there_is_counted() {
    // Both where something is found, and where nothing is and somebody may take that for the truth.
    for (lost, finds) in [("loose", true), ("empty", false)] {
        let repo = if finds { small() } else { Repo::new() };
        repo.write("empty", "nothing to see\n").write("more", "nor here\n").commit("Add two");
        let blob = repo.git(&["rev-parse", &format!("HEAD:{lost}")]);
        std::fs::remove_file(repo.git_dir().join("objects").join(&blob[..2]).join(&blob[2..])).expect("removes");
        let run = repo.scan();
        sound(&run);
        assert_eq!((found(&run, 0), found(&run, 2)), (finds, false), "{:?}", run.problems);
        assert!(says(&run, "lacks 1 object that its trees name") && says(&run, "git fsck"), "{:?}", run.problems);
        assert_eq!((run.coverage.skipped.get(&Skip::Missing), exit(&run)), (Some(&1), if finds { 1 } else { 3 }));
    }
}

#[test]
fn what_was_pruned_is_not_missed() {
    let repo = small();
    repo.git(&["checkout", "-q", "-b", "aside"]);
    repo.write("pruned", "nothing to see\n").commit("Aside");
    let blob = repo.git(&["rev-parse", "HEAD:pruned"]);
    repo.git(&["checkout", "-q", "-"]);
    repo.git(&["branch", "-q", "-D", "aside"]);
    std::fs::remove_file(repo.git_dir().join("objects").join(&blob[..2]).join(&blob[2..])).expect("removes");
    let run = repo.scan();
    sound(&run);
    assert!(found(&run, 2) && run.complete(), "{:?}", run.problems);
}

#[test]
fn broken_loose_objects_are_named() {
    for content in [&b""[..], b"no zlib stream", b"\x78\x9c"] {
        let repo = small();
        let blob = repo.git(&["rev-parse", "HEAD:loose"]);
        overwrite(&repo.git_dir().join("objects").join(&blob[..2]).join(&blob[2..]), content);
        let run = repo.scan();
        sound(&run);
        assert!(found(&run, 0) && found(&run, 1) && !found(&run, 2), "{:?}", run.problems);
        assert!(says(&run, &blob) && !run.complete(), "{:?}", run.problems);
    }
    // A whole object under a name that is not its own.
    let repo = small();
    let blob = repo.git(&["rev-parse", "HEAD:loose"]);
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let file = |id: &str| repo.git_dir().join("objects").join(&id[..2]).join(&id[2..]);
    overwrite(&file(&tree), &std::fs::read(file(&blob)).expect("reads"));
    sound(&repo.scan());
}

#[test]
fn a_damaged_tree_or_commit_leaves_the_keys() {
    for what in ["HEAD^{tree}", "HEAD", "HEAD~1", "HEAD~1^{tree}"] {
        let repo = small();
        let id = repo.git(&["rev-parse", what]);
        let file = repo.git_dir().join("objects").join(&id[..2]).join(&id[2..]);
        if file.is_file() {
            overwrite(&file, b"broken");
        } else {
            continue;
        }
        let run = repo.scan();
        sound(&run);
        assert!((0..3).all(|n| found(&run, n)) && !run.complete(), "{what}: {:?}", run.problems);
    }
}

/// A generator whose numbers are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ z >> 31) % n as u64) as usize
    }
}

#[test]
fn random_damage_never_panics() {
    let repo = small();
    let (pack, index) = (repo.pack(), repo.pack().with_extension("idx"));
    let whole = [std::fs::read(&pack).expect("reads"), std::fs::read(&index).expect("reads")];
    let mut numbers = Numbers(7);
    for case in 0..200 {
        let which = case % 2;
        let mut bytes = whole[which].clone();
        for _ in 0..=numbers.below(4) {
            let at = match numbers.below(3) {
                // Headers, tables of offsets and the ends are small; they get a third of the damage each.
                0 => numbers.below(64.min(bytes.len())),
                1 => bytes.len() - 1 - numbers.below(400.min(bytes.len())),
                _ => numbers.below(bytes.len()),
            };
            bytes[at] ^= 1 << numbers.below(8);
        }
        if numbers.below(10) == 0 {
            bytes.truncate(numbers.below(bytes.len()));
        }
        overwrite(if which == 0 { &pack } else { &index }, &bytes);
        let run = scan(&repo.root);
        sound(&run);
        assert!(found(&run, 2), "case {case}: what lies outside of the pack is found: {:?}", run.problems);
        overwrite(if which == 0 { &pack } else { &index }, &whole[which]);
    }
}
