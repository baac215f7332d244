//! SARIF against the 2.1.0 schema, and the promises that the schema cannot check.

use super::{render, sample};
use keyhound::report::{Format, Run};
use serde_json::Value;

fn sarif(run: &Run) -> Value {
    let log: Value = serde_json::from_str(&render(Format::Sarif, run)).expect("JSON");
    let schema = include_str!("../data/sarif-2.1.0.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    log
}

#[test]
fn every_run_is_valid() {
    sarif(&sample::empty());
    sarif(&sample::full());
    sarif(&Run { each: true, ..sample::full() });
    sarif(&Run { show_secrets: true, ..sample::full() });
}

#[test]
fn a_finding_of_the_whole_project_is_valid() {
    let mut run = sample::with_secret("", 0);
    run.findings[0].finding.locations.clear();
    let log = sarif(&run);
    assert_eq!(log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], ".");
}

#[test]
fn every_result_has_what_code_scanning_needs() {
    let log = sarif(&sample::full());
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 12, "all but the one below the threshold");
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().expect("a level")));
        assert_eq!(result["partialFingerprints"]["keyhound/v1"].as_str().map(str::len), Some(32));
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().is_some_and(|uri| !uri.is_empty() && uri.is_ascii()));
        assert_eq!(place["region"]["endColumn"], 44, "exclusive");
        let is_reported = result["properties"]["verdict"] == "report";
        assert_eq!(result["suppressions"].as_array().map(Vec::is_empty), Some(is_reported));
    }
    for rule in rules {
        let score = rule["properties"]["security-severity"].as_str().expect("a string");
        assert!(score.parse::<f64>().is_ok_and(|score| (0.0..=10.0).contains(&score)));
        assert!(rule["help"]["markdown"].as_str().is_some_and(|help| help.contains("keyhound:allow")));
    }
}

#[test]
fn places_and_provenance_are_told() {
    let log = sarif(&sample::full());
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    let uri = |i: usize| &results[i]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri(0), "src/na%C3%AFve%20name.rs", "the file that holds it now, not the line of a commit");
    assert_eq!(uri(1), "caf%E9/%1B%5D0%3Bevil%07.env");
    assert_eq!(uri(2), &format!(".git/objects/b0/{}", "b0".repeat(19)));
    assert_eq!(uri(6), "stdin");
    assert_eq!(results[3]["locations"][0]["logicalLocations"][0]["kind"], "tag message");
    assert_eq!(results[0]["relatedLocations"].as_array().map(Vec::len), Some(4));
    assert_eq!(results[0]["properties"]["commit"]["author"], "Ann Example");
    assert_eq!(run["versionControlProvenance"][0]["repositoryUri"], "ssh://git@example.org/acme/shop.git");
    assert_eq!(run["versionControlProvenance"][1]["repositoryUri"], "file:///srv/git/other%20repo");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().expect("notifications");
    assert_eq!(notifications.len(), 5, "three problems and two gaps");
}

#[test]
fn each_place_can_be_a_result() {
    let log = sarif(&Run { each: true, ..sample::full() });
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 16);
    assert!(results.iter().all(|result| result.get("relatedLocations").is_none()));
}
