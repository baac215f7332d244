//! What should be encrypted or kept elsewhere and is not: files of SOPS with values in clear, secrets in the environment of
//! pods, tokens of npm that ended.

use super::super::check::{Family, File, Notes, Run};
use super::super::document::{Kind, Node, is_literal};
use super::super::project::{Kept, Project, folder};
use super::super::words;
use super::audit;
use crate::finding::Severity::{High, Low};
use regex::Regex;

/// Checks of one file.
pub const FAMILY: Family = Family {
    checks: &[
        audit(
            "storage/k8s-secret-as-env",
            Low,
            "a container gets a secret as an environment variable",
            "Environments are inherited by every process and printed by dumps; a rotated value needs a restart. Said with --pedantic only.",
            "mount it as a file",
        ),
        audit(
            "expiry/npm-token-legacy",
            Low,
            "a token of npm has a form that no longer works",
            "npm revoked tokens of this form in November 2025: what uses it fails, and someone may put a new token in its place.",
            "remove it, and publish with a trusted publisher or a granular token",
        ),
    ],
    run: Run::File(run),
};

/// Checks of all files.
pub const SOPS: Family = Family {
    checks: &[audit(
        "storage/sops-plaintext-leaf",
        High,
        "a file that SOPS should encrypt holds a secret in clear",
        "The rule or the file looks encrypted as a whole, and this value is not.",
        "encrypt the file, or widen encrypted_regex, and replace the secret",
    )],
    run: Run::Project(sops),
};

fn run(file: &File<'_>, notes: &mut Notes) {
    if matches!(file.document.kind, Kind::Yaml | Kind::Json) {
        environments(file, notes);
    }
    if file.path().rsplit('/').next() == Some(".npmrc") {
        legacy(file, notes);
    }
}

fn environments(file: &File<'_>, notes: &mut Notes) {
    for object in file.document.objects() {
        let subject = format!("{} {}", object.kind, object.name());
        object.root.each_entry(&mut |entry| {
            let sources = match entry.key.as_str() {
                "env" => "valueFrom.secretKeyRef",
                "envFrom" => "secretRef",
                _ => return,
            };
            for node in entry.value.items().iter().filter_map(|item| item.get(sources)) {
                let message = format!("{subject} has a secret in its environment");
                notes.add("storage/k8s-secret-as-env", node.span.clone(), subject.clone(), message).unknown();
            }
        });
    }
}

/// `//registry.npmjs.org/:_authToken=` and a UUID.
fn legacy(file: &File<'_>, notes: &mut Notes) {
    for pair in file.document.pairs.iter().filter(|pair| pair.known && pair.name.ends_with(":_authToken")) {
        let groups: Vec<usize> = pair.value.split('-').map(str::len).collect();
        let is_uuid = groups == [8, 4, 4, 4, 12] && pair.value.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let is_made_up = pair.value.chars().filter(|c| *c != '-').collect::<std::collections::HashSet<_>>().len() < 4;
        if is_uuid && !is_made_up && pair.name.contains("registry.npmjs.org") {
            let message = "it is a UUID, the form of tokens that npm revoked in November 2025";
            notes.add("expiry/npm-token-legacy", pair.span.clone(), "_authToken", message);
        }
    }
}

fn sops(project: &Project<'_>, notes: &mut Notes) {
    for kept in project.files.iter().filter(|kept| matches!(kept.document.kind, Kind::Yaml | Kind::Json | Kind::Dotenv))
    {
        for root in kept.document.roots.iter().filter(|root| root.get("sops.mac").is_some()) {
            for (key, span) in clear(root) {
                let message = format!("{key} is in clear in a file of SOPS");
                notes.add_at("storage/sops-plaintext-leaf", &kept.document.path, span, key, message);
            }
        }
    }
    let rules = project
        .files
        .iter()
        .filter(|kept| matches!(kept.document.path.rsplit('/').next(), Some(".sops.yaml" | ".sops.yml")));
    for rule_file in rules {
        let below = folder(&rule_file.document.path);
        let patterns: Vec<Regex> = rule_file
            .document
            .roots
            .iter()
            .flat_map(|root| root.all("creation_rules"))
            .filter_map(|rule| Regex::new(rule.literal_at("path_regex")?).ok())
            .collect();
        for kept in project.files.iter().filter(|kept| !std::ptr::eq(*kept, rule_file)) {
            unencrypted(kept, below, &patterns, notes);
        }
    }
}

/// A file that a rule names, and that is in clear as a whole.
fn unencrypted(kept: &Kept, below: &str, patterns: &[Regex], notes: &mut Notes) {
    let path = &kept.document.path;
    let inner =
        path.strip_prefix(below).filter(|_| below.is_empty() || path.as_bytes().get(below.len()) == Some(&b'/'));
    let Some(inner) = inner.map(|inner| inner.trim_start_matches('/')) else { return };
    if !patterns.iter().any(|pattern| pattern.is_match(inner)) {
        return;
    }
    let encrypted = kept.document.roots.iter().any(|root| root.get("sops").is_some() || root.get("sops_mac").is_some());
    let secret = kept.document.roots.iter().flat_map(clear).next();
    if let Some((key, span)) = secret.filter(|_| !encrypted) {
        let message = format!("a rule of .sops.yaml names this file, and {key} is in clear");
        notes.add_at("storage/sops-plaintext-leaf", path, span, "file", message);
    }
}

/// Values in clear under the name of a secret, with where they stand.
fn clear(root: &Node) -> Vec<(String, std::ops::Range<usize>)> {
    let mut out = Vec::new();
    root.walk(&mut |path, node| {
        let (Some(key), Some(text)) = (path.last(), node.literal()) else { return };
        let is_open = text.len() >= 6
            && !text.starts_with("ENC[")
            && !words::is_placeholder(text)
            && is_literal(text)
            // Marked by its name to stay in clear.
            && !key.ends_with("_unencrypted");
        if path[0] != "sops" && is_open && words::is_secret_name(key) && !words::names_no_secret(key) {
            out.push(((*key).to_owned(), node.span.clone()));
        }
    });
    out
}
