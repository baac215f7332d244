//! Kubernetes: secrets in clear, secrets that never change, tokens without an end.

use super::super::check::{Family, File, Notes, Run};
use super::super::document::{Kind, Node, Object, is_literal};
use super::super::{period, words};
use super::{audit, certain, exceeds};
use crate::finding::Severity::{High, Low, Medium};

/// Checks of one file.
pub const FAMILY: Family = Family {
    checks: &[
        certain(
            "rotation/eso-no-refresh",
            Medium,
            "an ExternalSecret is fetched once and never again",
            "A key that is rotated in the store never reaches the pods; when the old one is revoked, they fail.",
            "set refreshInterval to 1h and refreshPolicy to Periodic",
        ),
        audit(
            "rotation/eso-refresh-too-slow",
            Low,
            "an ExternalSecret is refreshed less than once a day",
            "For so long pods use a key that may have been revoked.",
            "set refreshInterval to 24h or less",
        ),
        audit(
            "rotation/certmanager-key-reuse",
            Low,
            "a certificate keeps its private key over renewals, or lives too long",
            "A renewed certificate with the old key is as exposed as the old one.",
            "set privateKey.rotationPolicy: Always and a duration of at most 2160h",
        ),
        certain(
            "expiry/k8s-sa-token-secret",
            High,
            "a service account has a token that never expires",
            "Such a Secret holds a token that is valid until the Secret is deleted.",
            "use a projected token with expirationSeconds, or kubectl create token",
        ),
        certain(
            "storage/k8s-secret-plaintext",
            High,
            "a Kubernetes Secret with its values is in the repository",
            "Base64 is no encryption: whoever can read the repository has the values.",
            "use an ExternalSecret, a SealedSecret or SOPS",
        ),
        certain(
            "storage/k8s-configmap-secret",
            High,
            "a ConfigMap holds a secret",
            "ConfigMaps are readable by far more people and programs than Secrets, and are not encrypted at rest.",
            "move it to a Secret that comes from a store",
        ),
        certain(
            "storage/k8s-env-literal",
            High,
            "a container gets a secret as a literal",
            "Whoever may read the manifest or the pod can read it.",
            "use valueFrom.secretKeyRef, or a mounted file",
        ),
        certain(
            "storage/helm-values-literal",
            High,
            "the values of a chart hold a secret",
            "Values are committed, passed around and kept in the cluster with every release.",
            "refer to an existing Secret",
        ),
        certain(
            "scope/k8s-secret-read-all",
            Medium,
            "a ClusterRole may read every secret of the cluster",
            "Whoever takes over one pod with this role has all keys of all namespaces.",
            "use a Role, or name the secrets with resourceNames",
        ),
    ],
    run: Run::File(run),
};

fn run(file: &File<'_>, notes: &mut Notes) {
    if !matches!(file.document.kind, Kind::Yaml | Kind::Json) {
        return;
    }
    file.document.objects().for_each(|object| look(file, &object, notes));
    helm(file, notes);
}

fn look(file: &File<'_>, object: &Object<'_>, notes: &mut Notes) {
    let root = object.root;
    let subject = format!("{} {}", object.kind, object.name());
    match object.kind {
        "ExternalSecret" | "ClusterExternalSecret" => {
            let spec = root.get("spec").map(|spec| spec.get("externalSecretSpec").unwrap_or(spec));
            let Some(spec) = spec else { return };
            let policy = spec.get("refreshPolicy");
            let interval = spec.get("refreshInterval").and_then(|node| Some((node, period::go(node.literal()?)?)));
            if let Some(node) = policy.filter(|node| node.literal() == Some("CreatedOnce")) {
                notes.add(
                    "rotation/eso-no-refresh",
                    node.span.clone(),
                    subject.clone(),
                    "its refreshPolicy is CreatedOnce",
                );
            } else if let Some((node, _)) = interval.filter(|(_, days)| *days == 0.0) {
                notes.add(
                    "rotation/eso-no-refresh",
                    node.span.clone(),
                    subject.clone(),
                    "its refreshInterval is 0, which means once",
                );
            } else if let Some((node, days)) = interval.filter(|(_, days)| *days > 1.0) {
                let message = format!("it is refreshed every {}", period::words(days));
                notes.add("rotation/eso-refresh-too-slow", node.span.clone(), subject.clone(), message);
            }
        }
        "Certificate"
            if root.literal_at("apiVersion").is_some_and(|version| version.starts_with("cert-manager.io")) =>
        {
            let policy = root.get("spec.privateKey.rotationPolicy").filter(|node| node.literal() == Some("Never"));
            let long = root
                .get("spec.duration")
                .filter(|node| node.literal().and_then(period::go).is_some_and(|days| exceeds(days, 90)));
            if let Some(node) = policy.or(long) {
                notes.add(
                    "rotation/certmanager-key-reuse",
                    node.span.clone(),
                    subject.clone(),
                    "the key is kept, or the certificate lives for more than 90 days",
                );
            }
        }
        "Secret" => secret(root, object, &subject, notes),
        "ConfigMap" => {
            for entry in root.get("data").map(Node::entries).unwrap_or_default() {
                let by_key = file.key_in(&entry.value.span).is_some();
                let by_name = words::is_secret_name(&entry.key)
                    && entry.value.literal().is_some_and(|text| {
                        !words::is_placeholder(text)
                            && text.len() >= 8
                            && !text.contains(['/', ' ', '\n'])
                            && text.chars().any(|c| c.is_ascii_digit())
                    });
                if by_key || by_name {
                    notes.add(
                        "storage/k8s-configmap-secret",
                        entry.value.span.clone(),
                        format!("{subject} {}", entry.key),
                        format!("{} of {subject} is a secret", entry.key),
                    );
                }
            }
        }
        "ClusterRole" => {
            for rule in root.all("rules") {
                let has = |key: &str, words: &[&str]| {
                    rule.all(key).any(|item| item.literal().is_some_and(|text| words.contains(&text)))
                };
                let system = object.name().starts_with("system:");
                if has("resources", &["secrets", "*"])
                    && has("verbs", &["get", "list", "watch", "*"])
                    && has("apiGroups", &["", "*"])
                    && rule.get("resourceNames").is_none()
                    && !system
                {
                    notes.add(
                        "scope/k8s-secret-read-all",
                        rule.span.clone(),
                        subject.clone(),
                        format!("{subject} reads secrets of all namespaces"),
                    );
                }
            }
        }
        _ => {}
    }
    containers(file, root, &subject, notes);
}

fn secret(root: &Node, object: &Object<'_>, subject: &str, notes: &mut Notes) {
    // Encrypted by SOPS, or made by a controller that fills it.
    if root.get("sops").is_some() {
        return;
    }
    if root.literal_at("type") == Some("kubernetes.io/service-account-token") {
        notes.add("expiry/k8s-sa-token-secret", object.span.clone(), subject, "its token has no end");
        return;
    }
    for (part, encoded) in [("data", true), ("stringData", false)] {
        for entry in root.get(part).map(Node::entries).unwrap_or_default() {
            let Some(text) = entry.value.literal() else { continue };
            let plain = if encoded {
                let bytes = data_encoding::BASE64.decode(text.split_whitespace().collect::<String>().as_bytes());
                bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| text.to_owned())
            } else {
                text.to_owned()
            };
            let plain = plain.trim();
            // Of a file of settings each value is looked at by itself.
            let is_one = !plain.contains('\n') && !plain.starts_with(['{', '[']);
            if plain.len() < 4
                || is_one && (words::is_placeholder(plain) || !is_literal(plain))
                || plain.starts_with("ENC[")
                || plain.starts_with("vault:")
                || plain.starts_with("ref+")
                || says_nothing(plain)
            {
                continue;
            }
            // A certificate or a user name is no secret.
            let harmless = plain.starts_with("-----BEGIN CERT")
                || matches!(
                    entry.key.to_ascii_lowercase().as_str(),
                    "username"
                        | "user"
                        | "ca.crt"
                        | "tls.crt"
                        | "host"
                        | "port"
                        | "url"
                        | "region"
                        | "database"
                        | "namespace"
                        | "type"
                        | "name"
                        | "project"
                        | "server"
                );
            let is_name = words::names_no_secret(&entry.key)
                || words::parts(&entry.key).iter().any(|part| part == "username" || part == "user");
            if !harmless && !is_name {
                notes.add(
                    "storage/k8s-secret-plaintext",
                    entry.value.span.clone(),
                    format!("{subject} {}", entry.key),
                    format!("{} of {subject} holds its value", entry.key),
                );
            }
        }
    }
}

/// Whether a value is none: a sentence, a key whose body was left out, a file of settings without a secret.
fn says_nothing(plain: &str) -> bool {
    if plain.contains("PRIVATE KEY-----") {
        let body = plain.lines().filter(|line| !line.contains("-----")).map(|line| line.trim().len()).sum::<usize>();
        return plain.contains('\n') && body < 64;
    }
    if !plain.contains('\n') && !plain.starts_with(['{', '[']) {
        return plain.matches(' ').count() >= 4 && !plain.contains(|c: char| c.is_ascii_digit());
    }
    // Names and values as JSON, YAML, properties or INI write them.
    let mut pairs = plain.split(['\n', ',', '{', '}']).filter_map(|part| part.split_once(['=', ':']));
    let trimmed = |text: &str| text.trim().trim_matches(['"', '\'', '-', ' ']).to_owned();
    let is_settings = pairs.clone().next().is_some();
    is_settings
        && !pairs.any(|(name, value)| {
            let (name, value) = (trimmed(name), trimmed(value));
            let named = words::is_secret_name(&name) || matches!(name.as_str(), "auth" | "key");
            named && value.len() >= 4 && is_literal(&value) && !words::is_placeholder(&value)
        })
        && !plain.contains("://")
}

/// Environments of containers, wherever a pod's template stands.
fn containers(file: &File<'_>, root: &Node, subject: &str, notes: &mut Notes) {
    root.each_entry(&mut |entry| {
        if entry.key == "env" {
            for item in entry.value.items() {
                let Some(name) = item.literal_at("name") else { continue };
                if let Some(value) = item.get("value") {
                    let by_key = file.key_in(&value.span).is_some();
                    if by_key {
                        notes.add(
                            "storage/k8s-env-literal",
                            value.span.clone(),
                            format!("{subject} {name}"),
                            format!("{name} of {subject} is a literal"),
                        );
                    }
                }
            }
        } else if entry.key == "expirationSeconds"
            && let Some(days) = entry.value.number().map(|seconds| seconds / 86_400.0)
            && days > 1.0
        {
            let message = format!("a projected token of {subject} lives {}", period::words(days));
            notes
                .add("expiry/k8s-sa-token-secret", entry.value.span.clone(), format!("{subject} projected"), message)
                .severity(Low);
        }
    });
}

fn helm(file: &File<'_>, notes: &mut Notes) {
    let base = file.path().rsplit('/').next().unwrap_or_default();
    if !(base.starts_with("values") && (base.ends_with(".yaml") || base.ends_with(".yml"))) {
        return;
    }
    for pair in file.document.pairs.iter().filter(|pair| pair.known) {
        if file.key_in(&pair.span).is_some() && !words::is_placeholder(&pair.value) {
            notes.add(
                "storage/helm-values-literal",
                pair.span.clone(),
                pair.name.clone(),
                format!("{} is a literal", pair.name),
            );
        }
    }
}
