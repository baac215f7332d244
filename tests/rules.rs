//! Every rule file through `rules check`: every example and counter-example through the real engine, beside all others.

use keyhound::pipeline::plan::ConfigFrom;
use keyhound::pipeline::{Plan, workbench};
use std::path::PathBuf;

fn checked(dir: &str) -> workbench::Checked {
    let plan = Plan { config: ConfigFrom::Nowhere, ..Plan::of_paths(Vec::new()) };
    workbench::check(&plan, &[PathBuf::from(dir)]).expect("rules/ is beside Cargo.toml")
}

#[test]
fn every_rule_is_sound() {
    let checked = checked("rules");
    assert!(checked.rules > 100 && checked.examples >= 4 * checked.rules, "{checked:?}");
    let lines: Vec<String> = checked.complaints.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} complaints\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn every_rule_of_the_folder_is_embedded() {
    let there: usize = std::fs::read_dir("rules").expect("rules/").filter(|entry| entry.is_ok()).count();
    assert_eq!(keyhound::rule::sources().count(), there);
}
