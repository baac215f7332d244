//! Documents that no parser takes, templates, and files made to exhaust a reader: what they hold is still seen, the run
//! says which of them it read line by line, and none stops it.

use crate::history::repo::Repo;
use keyhound::coverage::Skip;
use keyhound::finding::Confidence;
use keyhound::pipeline::plan::Checks;
use keyhound::pipeline::{self, Plan};
use keyhound::report::Run;
use keyhound::tally::Tally;
use std::collections::BTreeSet;

/// 2026-11-01
const NOW: i64 = 1_793_491_200;

fn audit(files: &[(&str, &str)]) -> Run {
    let repo = Repo::new();
    let dir = repo.root.join("project");
    for (path, text) in files {
        let target = dir.join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
        std::fs::write(target, text).expect("file");
    }
    let plan = Plan {
        audit: Checks::All,
        now: Some(NOW),
        threads: Some(1),
        confidence: Some(Confidence::Medium),
        ..Plan::of_paths(vec![dir])
    };
    pipeline::run(&plan, &Tally::default()).expect("a run").run
}

fn said(run: &Run) -> BTreeSet<&'static str> {
    run.reported().map(|finding| run.rules.get(finding.rule).spec.id).collect()
}

fn live_key() -> String {
    ["ac_live_", "9fK2mQ7xLp4RtV8nB3cZ6wYd"].concat()
}

#[test]
fn what_no_parser_takes_is_read_line_by_line() {
    let key = live_key();
    let cases = [
        ("broken.tfvars", format!("region = \nairclou_api_key = \"{key}\"\n"), "storage/tfvars-literal"),
        ("unclosed.tfvars", format!("tags = {{\nairclou_api_key = \"{key}\"\n"), "storage/tfvars-literal"),
        ("chart/values.yaml", format!("a: {{{{ .Values.x }}\nAIRCLOU_API_KEY: {key}\n"), "storage/helm-values-literal"),
        (
            "chart/values-ci.yaml",
            format!("{{{{- if .Values.on }}}}\nNEXT_PUBLIC_AIRCLOU_API_KEY: {key}\n{{{{- end }}}}\n"),
            "exposure/client-bundle-env",
        ),
        ("tabs.yaml", format!("a:\n\tb: 1\nVITE_AIRCLOU_API_KEY: {key}\n"), "exposure/client-bundle-env"),
        ("comma.json", format!("{{ \"a\": 1,, \n\"VITE_AIRCLOU_API_KEY\": \"{key}\"\n"), "exposure/client-bundle-env"),
        ("broken.toml", format!("[a\nVITE_AIRCLOU_API_KEY = \"{key}\"\n"), "exposure/client-bundle-env"),
        (
            ".github/workflows/a.yml",
            format!("on: push\n@bad\nenv:\n  AIRCLOU_API_KEY: {key}\n"),
            "ci/workflow-literal-secret",
        ),
    ];
    for (path, text, check) in cases {
        let run = audit(&[(path, &text)]);
        assert!(said(&run).contains(check), "{path}: {check} says nothing; {:?}", said(&run));
        assert!(run.reported().any(|finding| finding.subject.is_none()), "{path}: the key itself");
        assert_eq!(run.coverage.skipped.get(&Skip::ReadByLine), Some(&1), "{path}");
        assert!(!format!("{:?}", run.reported().collect::<Vec<_>>()).contains(&key[8..]), "{path}: shown in clear");
    }
    let whole = audit(&[("a.yaml", &format!("AIRCLOU_API_KEY: {key}\n"))]);
    assert_eq!(whole.coverage.skipped.get(&Skip::ReadByLine), None);
}

#[test]
fn what_stands_before_a_mistake_counts() {
    let text =
        "Resources:\n  Signing:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n      Name: db\n  Key: [\n";
    let run = audit(&[("template.yaml", text)]);
    assert!(said(&run).contains("rotation/cfn-secret-without-schedule"), "{:?}", said(&run));
    assert_eq!(run.coverage.skipped.get(&Skip::ReadByLine), Some(&1));
}

#[test]
fn odd_yaml_is_yaml() {
    let key = live_key();
    let text = format!(
        "x-env: &env\n  AIRCLOU_API_KEY: &key {key}\nservices:\n  a:\n    environment:\n      <<: *env\n  b:\n    environment:\n      VITE_AIRCLOU_API_KEY: *key\n"
    );
    let run = audit(&[("compose.yaml", &text)]);
    assert!(said(&run).contains("storage/compose-literal"), "{:?}", said(&run));
    let text = "Resources:\n  Signing:\n    Type: AWS::SecretsManager::Secret\n  Rotation:\n    Type: AWS::SecretsManager::RotationSchedule\n    Properties:\n      SecretId: !If [IsProd, !Ref Signing, !GetAtt Other.Id]\n      RotationRules: !Transform { Name: AWS::Include, Parameters: { Location: !Sub 's3://${B}/r.yaml' } }\n";
    let run = audit(&[("template.yaml", text)]);
    assert!(!said(&run).contains("rotation/cfn-secret-without-schedule"), "{:?}", said(&run));
    assert_eq!(run.coverage.skipped.get(&Skip::ReadByLine), None);
}

/// Each kind of document with one part of it a great many times: whoever reads that by the square does not come back.
#[test]
fn large_and_deep_documents_end() {
    let key = live_key();
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    let many = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let n = 4_000;
    let files: Vec<(&str, String)> = vec![
        ("deep.json", deep("[", "]", n)),
        ("deep-map.json", deep("{\"token\":", "}", n)),
        ("deep.yaml", format!("secret: {}", deep("[", "]", n))),
        ("deep-map.yaml", format!("secret: {}", deep("{a: ", "}", n))),
        ("deep.tf", format!("secret = {}\n", deep("[", "]", n))),
        ("brackets.tf", format!("secret = {}1{}\n", "(".repeat(n), ")".repeat(n))),
        ("blocks.tf", deep("a {\n", "}\n", n)),
        ("template.tf", format!("secret = \"{}\"\n", deep("${\"", "\"}", n))),
        ("minus.tf", format!("secret = {}1\n", "-".repeat(n))),
        ("deep.toml", format!("secret = {}\n", deep("[", "]", n))),
        ("deep-table.toml", format!("secret{} = 1\n", ".a".repeat(n))),
        ("deep.tf.json", format!("{{\"resource\": {}}}", deep("[", "]", n))),
        ("deep.sh", format!("export TOKEN={}\n", deep("$(", ")", n))),
        ("open.sh", format!("TOKEN={}", "$(a \"".repeat(n))),
        ("deep.js", format!("fetch({})", deep("(", ")", n / 10))),
        ("deep.py", format!("token = {}", deep("f(", ")", n / 10))),
        ("jwt.yaml", format!("token: {}\n", "eyJ".repeat(n * 10))),
        ("signed.yaml", format!("token: {}\n", "&sig=".repeat(n * 10))),
        ("rotating.tf", many(n, &|i| format!("resource \"time_rotating\" \"a{i}\" {{\n  rotation_days = 30\n}}\n"))),
        (
            "secrets.tf",
            many(n / 2, &|i| {
                format!(
                    "resource \"aws_secretsmanager_secret\" \"a{i}\" {{}}\nresource \"aws_secretsmanager_secret_rotation\" \"a{i}\" {{\n  secret_id = aws_secretsmanager_secret.a{i}.id\n}}\n"
                )
            }),
        ),
        (
            "template.yaml",
            format!(
                "Resources:\n{}",
                many(n / 2, &|i| format!(
                    "  A{i}: {{ Type: \"AWS::SecretsManager::Secret\" }}\n  B{i}: {{ Type: \"AWS::SecretsManager::RotationSchedule\", Properties: {{ SecretId: !Ref A{i} }} }}\n"
                ))
            ),
        ),
        (
            ".github/workflows/a.yml",
            format!(
                "on: push\njobs:\n  a:\n    steps:\n{}",
                many(n / 2, &|i| format!(
                    "      - run: set -x\n        env: {{ T{i}: \"${{{{ secrets.T{i} }}}}\" }}\n"
                ))
            ),
        ),
        ("Dockerfile", many(n, &|i| format!("ARG A{i}_TOKEN\nRUN a $A{i}_TOKEN\n"))),
        (".env", many(n, &|i| format!("A{i}_TOKEN=\n"))),
        ("merge.yaml", format!("a: &a {{{}}}\nb:\n  <<: *a\n", many(n, &|i| format!("t{i}: 1, ")))),
        ("keys.yaml", format!("staging:\n{}", many(500, &|i| format!("  a{i}: \"{key}\"\n")))),
        ("app.py", "import os\nx = os.environ['A1_TOKEN']\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let run = audit(&files);
    assert!(said(&run).contains("env/live-key-in-nonprod"), "{:?}", said(&run));
    assert!(run.problems.is_empty(), "{:?}", run.problems);
}
