//! The five providers whose documents the project began with: `docs/providers.md` says which check finds where a statement of
//! theirs is broken, and which cases prove it. That a check speaks of its bad cases and of no good one is tested with all
//! others; here it is that the table tells the truth and leaves no case out.

use keyhound::hygiene;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn below(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).map(|entries| entries.map(|entry| entry.expect("entry").path()).collect());
    entries.unwrap_or_default()
}

#[test]
fn every_statement_has_a_check_with_its_cases_or_a_reason() {
    let text = std::fs::read_to_string("docs/providers.md").expect("docs/providers.md");
    let (mut wrong, mut told, mut ids) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for row in text.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [id, _, check, cases] = cells.as_slice() else { panic!("{row}: four cells") };
        ids.insert((*id).to_owned());
        if check.strip_prefix("none: ").is_some_and(|why| !why.is_empty()) {
            continue;
        }
        let check = check.trim_matches('`');
        if hygiene::find(check).is_none() {
            wrong.push(format!("{id}: there is no check {check}"));
        }
        for case in cases.split(',').map(|case| case.trim().trim_matches('`')) {
            for word in ["bad", "good"] {
                let path = Path::new("fixtures/hygiene").join(check).join(word).join(case);
                if case.is_empty() || !path.exists() {
                    wrong.push(format!("{id}: {} is missing", path.display()));
                }
                told.insert(path);
            }
        }
    }
    let groups = below(Path::new("fixtures/hygiene"));
    let checks = groups.iter().flat_map(|group| below(group));
    let cases = checks.flat_map(|check| below(&check)).flat_map(|word| below(&word));
    let is_of_one = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("seed-"));
    wrong.extend(
        cases
            .filter(is_of_one)
            .filter(|path| !told.contains(path))
            .map(|path| format!("{}: in no row", path.display())),
    );
    // Nine of CloudAIPilot, nine of CloudAPI, eleven of Airclou, eight of Piora, eleven of Cloudgeni.
    assert_eq!(ids.len(), 48, "statements");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_comparison_with_checkov_names_cases_that_exist() {
    let text = std::fs::read_to_string("docs/checkov.md").expect("docs/checkov.md");
    let mut cases = 0;
    for row in text.lines().filter(|line| line.starts_with("| `") && line.contains("| finds |")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [check, case, ..] = cells.as_slice() else { panic!("{row}: four cells") };
        let folder = Path::new("fixtures/hygiene").join(check).join("bad");
        assert!(hygiene::find(check).is_some() && folder.join(case).exists(), "{row}");
        cases += 1;
    }
    assert!(text.contains(&format!("keyhound finds all {cases},")), "{cases} cases");
    // No case that both could read is left out.
    let of_code = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let name = path.to_string_lossy().into_owned();
        name.ends_with(".tf")
            || name.ends_with(".tf.json")
            || text.contains("AWS::")
            || text.contains("deploymentTemplate")
    };
    let of_group = |check: &&hygiene::Check| matches!(check.group(), "rotation" | "expiry");
    for check in hygiene::checks().filter(of_group) {
        let folder = Path::new("fixtures/hygiene").join(check.id).join("bad");
        for entry in std::fs::read_dir(&folder).expect("cases") {
            let path = entry.expect("a case").path();
            let path = if path.is_dir() { path.join("main.tf") } else { path };
            if path.exists() && of_code(&path) {
                let case = path.strip_prefix(&folder).expect("below").display().to_string();
                assert!(text.contains(&format!("| `{}` | `{case}` |", check.id)), "{}: {case}", check.id);
            }
        }
    }
}
