//! Secrets that Terraform is told as literals: in resources, variables, outputs, providers.

use super::super::check::{File, Notes};
use super::super::document::Node;
use super::super::words;
use super::stored::is_secret;

/// Looks at one file of Terraform, or at values for its variables.
pub(super) fn terraform(file: &File<'_>, notes: &mut Notes) {
    const VALUES: [(&str, &str); 13] = [
        ("aws_secretsmanager_secret_version", "secret_string"),
        ("azurerm_key_vault_secret", "value"),
        ("google_secret_manager_secret_version", "secret_data"),
        ("kubernetes_secret", "data"),
        ("kubernetes_secret_v1", "data"),
        ("github_actions_secret", "plaintext_value"),
        ("github_actions_organization_secret", "plaintext_value"),
        ("github_dependabot_secret", "plaintext_value"),
        ("gitlab_project_variable", "value"),
        ("gitlab_group_variable", "value"),
        ("vault_generic_secret", "data_json"),
        ("aws_db_instance", "password"),
        ("aws_rds_cluster", "master_password"),
    ];
    for resource in file.document.resources() {
        let subject = format!("{}.{}", resource.kind, resource.name);
        let body = resource.body;
        for (_, key) in VALUES.iter().filter(|(kind, _)| *kind == resource.kind) {
            let Some(value) = body.get(key) else { continue };
            // These attributes are for secrets and nothing else: a literal is one, unless it stands in for one.
            let of_github = resource.kind.starts_with("github_");
            let literal =
                |node: &Node| node.literal().is_some_and(|text| !words::is_placeholder(text) && text.len() >= 6);
            let entries: Vec<&Node> = if value.entries().is_empty() {
                vec![value]
            } else {
                value.entries().iter().map(|e| &e.value).collect()
            };
            for node in entries {
                let strict = matches!(
                    *key,
                    "secret_string" | "secret_data" | "password" | "master_password" | "plaintext_value"
                ) || of_github;
                if is_secret(file, node) || (strict && literal(node)) {
                    notes.add(
                        "storage/iac-secret-literal",
                        node.span.clone(),
                        subject.clone(),
                        format!("{key} of {subject} is a literal"),
                    );
                }
            }
        }
        if resource.kind == "aws_ssm_parameter" {
            let secret_name =
                words::is_secret_name(resource.name) || body.literal_at("name").is_some_and(words::is_secret_name);
            if body.literal_at("type") == Some("String") && secret_name {
                notes.add(
                    "storage/ssm-plain-string",
                    body.get("type").map_or(0..0, |n| n.span.clone()),
                    subject.clone(),
                    format!("{subject} is not encrypted"),
                );
            }
            if let Some(value) = body.get("value").filter(|value| is_secret(file, value)) {
                notes.add(
                    "storage/iac-secret-literal",
                    value.span.clone(),
                    subject.clone(),
                    format!("value of {subject} is a literal"),
                );
            }
        }
        let generated = matches!(resource.kind, "random_password" | "tls_private_key");
        if generated {
            notes.add(
                "storage/tf-secret-in-state",
                resource.span.clone(),
                subject.clone(),
                format!("{subject} lies in the state in clear"),
            );
        }
        for (path, id) in [
            ("environment.variables", "storage/serverless-env"),
            ("container_definitions", "storage/serverless-env"),
            ("app_settings", "storage/serverless-env"),
            ("environment_variables", "storage/serverless-env"),
            ("user_data", "storage/user-data"),
            ("custom_data", "storage/user-data"),
            ("metadata_startup_script", "storage/user-data"),
        ] {
            let Some(node) = body.get(path) else { continue };
            if file.key_in(&node.span).is_some() {
                notes.add(
                    id,
                    node.span.clone(),
                    format!("{subject} {path}"),
                    format!("{path} of {subject} holds a key"),
                );
            }
        }
    }
    for root in &file.document.roots {
        for entry in root.entries() {
            let label = entry.labels.first().map(String::as_str).unwrap_or_default();
            match entry.key.as_str() {
                "provider" => {
                    for setting in entry.value.entries() {
                        let named = words::is_secret_name(&setting.key)
                            && setting
                                .value
                                .literal()
                                .is_some_and(|text| !words::is_placeholder(text) && text.len() >= 8);
                        if is_secret(file, &setting.value) || named {
                            notes.add(
                                "storage/provider-block-credential",
                                setting.value.span.clone(),
                                format!("provider {label} {}", setting.key),
                                format!("{} of the provider {label} is a literal", setting.key),
                            );
                        }
                    }
                }
                "variable" | "output" => {
                    let sensitive = entry.value.get("sensitive").and_then(Node::truth) == Some(true)
                        || entry.value.get("ephemeral").is_some();
                    let wants = words::is_secret_name(label) && !sensitive && !names_a_key(label, &entry.value);
                    let is_text = entry.value.get("type").is_none_or(|kind| kind.text() == Some("string"));
                    if wants && is_text {
                        notes.add(
                            "storage/tf-variable-not-sensitive",
                            entry.key_span.clone(),
                            format!("{} {label}", entry.key),
                            // Packer has no plans.
                            format!(
                                "{} {label} is printed in {}",
                                entry.key,
                                if file.path().contains(".pkr.") { "logs" } else { "plans" }
                            ),
                        );
                    }
                }
                key if is_secret(file, &entry.value) && file.path().contains(".tfvars") => {
                    notes.add("storage/tfvars-literal", entry.value.span.clone(), key, format!("{key} is a literal"));
                }
                _ => {}
            }
        }
    }
}

/// Whether a variable or output holds the name of a key: its resource's id, its ARN, its path in a store, the key of a KMS;
/// or whether it says if there should be one.
fn names_a_key(label: &str, body: &Node) -> bool {
    let about = |word: &String| matches!(word.as_str(), "ssm" | "path" | "pattern" | "format" | "create" | "enable");
    if words::parts(label).iter().any(about) {
        return true;
    }
    let default = body.literal_at("default").unwrap_or_default();
    let is_path = default.contains('/') && !default.contains(['+', '=', ':', ' ']);
    let is_switch = default.parse::<f64>().is_ok_and(|number| number <= 1.0) || default.parse::<bool>().is_ok();
    // A module or resource as a whole: what of it is secret, Terraform knows itself.
    let shown = body.get("value").and_then(Node::text).unwrap_or_default().trim();
    let is_whole = shown.strip_prefix("module.").is_some_and(|rest| !rest.contains(['.', '[']));
    if is_path || is_switch || is_whole {
        return true;
    }
    let ends = [".arn", ".id", ".name", ".secret_id", ".key_id", ".self_link", ".version", ".versionless_id"];
    let value = body.get("value").and_then(Node::text).unwrap_or_default();
    let said = body.literal_at("description").unwrap_or_default().to_ascii_lowercase();
    ends.iter().any(|end| value.trim_end_matches(['}', '"', ']', ')']).trim_end().ends_with(end))
        || ["kms", "arn", "name of", "id of", "path", "self link", "self_link", "secret name", "parameter name", "ssm"]
            .iter()
            .any(|word| said.contains(word))
        || ["ssm_path", "_path", "_name", "_arn"].iter().any(|word| value.contains(word))
}
