//! Where secrets are kept that should be in a store: infrastructure code, containers, shell, configuration of tools.

use super::super::check::{Family, File, Notes, Run};
use super::super::class::{self, Class};
use super::super::document::{Document, Kind, Node, Pair, Place};
use super::super::words;
use super::{declared, texts};
use std::collections::HashSet;

/// Checks of one file.
pub const FAMILY: Family = Family { checks: texts::stored::CHECKS, run: Run::File(run) };

fn run(file: &File<'_>, notes: &mut Notes) {
    match file.document.kind {
        Kind::Hcl | Kind::HclJson => declared::terraform(file, notes),
        Kind::Docker => docker(file, notes),
        Kind::Shell => shell(file, notes),
        Kind::Yaml | Kind::Json => structured(file, notes),
        Kind::Source(_) => source(file, notes),
        _ => {}
    }
    tools(file, notes);
}

/// Whether a value is a secret: a key was found in it.
pub(super) fn is_secret(file: &File<'_>, node: &Node) -> bool {
    node.literal().is_some_and(|text| !words::is_placeholder(text)) && file.key_in(&node.span).is_some()
}

fn docker(file: &File<'_>, notes: &mut Notes) {
    let mut given: HashSet<&str> = HashSet::new();
    for pair in &file.document.pairs {
        match pair.place {
            Place::DockerArg if words::is_secret_name(&pair.name) => {
                given.insert(&pair.name);
                docker_pair(file, pair, "ARG", notes);
            }
            Place::DockerEnv => {
                let fed = pair.value.starts_with('$') && given.contains(pair.value.trim_matches(['$', '{', '}']));
                if fed {
                    notes.add(
                        "storage/dockerfile-arg-env",
                        pair.span.clone(),
                        format!("ENV {}", pair.name),
                        format!("ENV {} takes its value from a build argument and keeps it", pair.name),
                    );
                } else {
                    docker_pair(file, pair, "ENV", notes);
                }
            }
            Place::DockerArg => docker_pair(file, pair, "ARG", notes),
            _ => {}
        }
    }
    for instruction in &file.document.instructions {
        let arguments = &file.text[instruction.arguments.clone()];
        match instruction.name.as_str() {
            "COPY" | "ADD" if !arguments.contains("--from=") => {
                let sources: Vec<&str> = arguments.split_whitespace().filter(|word| !word.starts_with("--")).collect();
                for source in sources.iter().rev().skip(1) {
                    let base = source.rsplit('/').next().unwrap_or(source);
                    let is_env = (base == ".env" || base.starts_with(".env."))
                        && class::class_of_path(base) != Some(Class::Example);
                    let secret = is_env
                        || matches!(
                            base,
                            ".npmrc"
                                | ".pypirc"
                                | ".netrc"
                                | "id_rsa"
                                | "id_ed25519"
                                | "credentials"
                                | "credentials.json"
                                | ".git-credentials"
                                | "service-account.json"
                                | ".aws"
                                | ".ssh"
                        );
                    if secret {
                        notes.add(
                            "storage/dockerfile-copy-secret-file",
                            instruction.span.clone(),
                            format!("COPY {base}"),
                            format!("{base} is copied into the image"),
                        );
                    }
                }
            }
            "RUN" if !arguments.contains("type=secret") => {
                let writes = arguments.contains("_authToken")
                    || arguments.contains("://$")
                    || arguments.contains("://x-access-token")
                    || arguments.contains("oauth2:$");
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let secret = arguments.split('$').skip(1).any(|rest| {
                    let rest = rest.trim_start_matches('{');
                    given.contains(&rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())])
                });
                if (writes && secret) || file.key_in(&instruction.arguments).is_some() {
                    notes.add(
                        "storage/dockerfile-run-secret",
                        instruction.span.clone(),
                        "RUN",
                        "a secret of this command stays in the layer",
                    );
                }
            }
            _ => {}
        }
    }
}

fn docker_pair(file: &File<'_>, pair: &Pair, word: &str, notes: &mut Notes) {
    let by_name = words::is_secret_name(&pair.name)
        && pair.known
        && pair.value.len() >= 6
        && !words::is_placeholder(&pair.value)
        && !pair.value.starts_with('/');
    if by_name || file.key_in(&pair.span).is_some() {
        notes.add(
            "storage/dockerfile-arg-env",
            pair.span.clone(),
            format!("{word} {}", pair.name),
            format!("{word} {} has a literal value", pair.name),
        );
    }
}

fn shell(file: &File<'_>, notes: &mut Notes) {
    for pair in file.document.pairs.iter().filter(|pair| pair.place == Place::Shell && pair.known) {
        if file.key_in(&pair.span).is_some() && !words::is_placeholder(&pair.value) {
            notes.add(
                "storage/shell-export-literal",
                pair.span.clone(),
                pair.name.clone(),
                format!("{} gets a literal key", pair.name),
            );
        }
    }
}

fn structured(file: &File<'_>, notes: &mut Notes) {
    let base = file.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_compose = base.starts_with("docker-compose")
        || base.starts_with("compose.")
        || (base.contains("compose") && file.document.roots.iter().any(|root| root.get("services").is_some()));
    if is_compose {
        for pair in file.document.pairs.iter().filter(|pair| pair.known) {
            if file.key_in(&pair.span).is_some() && !words::is_placeholder(&pair.value) {
                notes.add(
                    "storage/compose-literal",
                    pair.span.clone(),
                    pair.name.clone(),
                    format!("{} is a literal", pair.name),
                );
            }
        }
    }
    for resource in file.document.stack() {
        let subject = format!("{} {}", resource.kind, resource.name);
        let values: &[&str] = match resource.kind {
            "AWS::SecretsManager::Secret" => &["SecretString"],
            "AWS::SSM::Parameter" => &["Value"],
            "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster" => &["MasterUserPassword"],
            _ => &[],
        };
        for key in values {
            let Some(node) = resource.body.get(key) else { continue };
            let strict =
                *key != "Value" && node.literal().is_some_and(|text| !words::is_placeholder(text) && text.len() >= 6);
            if strict && !node.literal().is_some_and(|text| text.starts_with("{{resolve:")) || is_secret(file, node) {
                notes.add(
                    "storage/iac-secret-literal",
                    node.span.clone(),
                    subject.clone(),
                    format!("{key} of {subject} is a literal"),
                );
            }
        }
        if resource.kind == "AWS::SSM::Parameter"
            && resource.body.literal_at("Type") == Some("String")
            && (words::is_secret_name(resource.name)
                || resource.body.literal_at("Name").is_some_and(words::is_secret_name))
        {
            notes.add(
                "storage/ssm-plain-string",
                resource.span.clone(),
                subject.clone(),
                format!("{subject} is not encrypted"),
            );
        }
        for (path, id) in [
            ("Environment.Variables", "storage/serverless-env"),
            ("ContainerDefinitions", "storage/serverless-env"),
            ("UserData", "storage/user-data"),
        ] {
            if let Some(node) = resource.body.get(path).filter(|node| file.key_in(&node.span).is_some()) {
                notes.add(
                    id,
                    node.span.clone(),
                    format!("{subject} {path}"),
                    format!("{path} of {subject} holds a key"),
                );
            }
        }
    }
    if base.starts_with("pulumi.") && base != "pulumi.yaml" {
        for root in &file.document.roots {
            for entry in root.get("config").map(Node::entries).unwrap_or_default() {
                let named = words::is_secret_name(entry.key.rsplit(':').next().unwrap_or_default());
                if entry.value.literal().is_some_and(|text| !words::is_placeholder(text))
                    && (named || is_secret(file, &entry.value))
                {
                    notes.add(
                        "storage/pulumi-config-plaintext",
                        entry.value.span.clone(),
                        entry.key.clone(),
                        format!("{} is not encrypted", entry.key),
                    );
                }
            }
        }
    }
    let of_ansible = ["group_vars/", "host_vars/"].iter().any(|folder| file.path().contains(folder));
    if of_ansible {
        for pair in file.document.pairs.iter().filter(|pair| pair.known && file.key_in(&pair.span).is_some()) {
            notes.add(
                "storage/ansible-vars-plaintext",
                pair.span.clone(),
                pair.name.clone(),
                format!("{} is in clear", pair.name),
            );
        }
    }
}

fn source(file: &File<'_>, notes: &mut Notes) {
    let Some(source) = &file.document.source else { return };
    for (key, rule) in file.issued_keys() {
        // What a form shows in an empty field is nobody's key.
        let is_shown = source.assigned.iter().any(|(name, piece)| {
            name.eq_ignore_ascii_case("placeholder")
                && piece.span.start <= key.span.start
                && key.span.end <= piece.span.end
        });
        if is_shown {
            continue;
        }
        let within =
            source.tokens.iter().any(|token| token.span.start <= key.span.start && key.span.end <= token.span.end);
        let id = if within { "exposure/hardcoded-token" } else { "exposure/comment-secret" };
        let severity = rule.severity;
        notes
            .add(id, key.span.clone(), rule.spec.id, format!("a key of {} ({})", rule.provider.name, rule.environment))
            .severity(severity);
    }
}

/// Files of tools, by their names.
fn tools(file: &File<'_>, notes: &mut Notes) {
    let path = file.path();
    let base = path.rsplit('/').next().unwrap_or_default();
    let is_package = matches!(
        base,
        ".npmrc" | ".pypirc" | ".netrc" | "_netrc" | ".yarnrc.yml" | ".yarnrc" | "pip.conf" | ".s3cfg" | ".pgpass"
    ) || path.ends_with(".cargo/credentials.toml")
        || path.ends_with(".docker/config.json");
    let is_editor = [".vscode/", ".idea/", ".cursor/", ".zed/", ".claude/"].iter().any(|folder| path.contains(folder))
        || matches!(base, "mcp.json" | ".mcp.json" | "claude_desktop_config.json");
    let first = |document: &Document| {
        document.pairs.iter().find(|pair| pair.known && file.key_in(&pair.span).is_some()).cloned()
    };
    for (wanted, id) in [(is_package, "storage/package-manager-config"), (is_editor, "storage/ide-config")] {
        if let Some(pair) = first(file.document).filter(|_| wanted) {
            notes.add(
                id,
                pair.span.clone(),
                pair.name.clone(),
                format!("{} of {base} is a literal", pair.name.rsplit('/').next().unwrap_or_default()),
            );
        }
    }
    if base.ends_with(".tfstate")
        && file
            .document
            .roots
            .iter()
            .any(|root| root.get("terraform_version").is_some() || root.get("lineage").is_some())
    {
        notes.add("storage/tfstate-committed", 0..0, base, format!("{base} holds the state of resources"));
    }
}
