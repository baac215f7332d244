//! Rotation and expiry in Terraform beyond AWS: Google Cloud, Azure, Entra, GitLab, Cloudflare, Grafana, Vault.

use super::super::check::{Family, File, Notes, Run};
use super::super::document::{Kind, Node, Resource};
use super::super::{moment, period};
use super::{exceeds, texts};
use std::collections::BTreeMap;

/// Checks of one file.
pub const FAMILY: Family = Family { checks: texts::terraform::CHECKS, run: Run::File(run) };

fn run(file: &File<'_>, notes: &mut Notes) {
    match file.document.kind {
        Kind::Hcl | Kind::HclJson => {
            let idle = fed_by_time(file);
            let resources = file.document.resources();
            resources
                .filter(|resource| resource.kind != "time_rotating" || idle.get(resource.name) != Some(&false))
                .for_each(|resource| look(file, &resource, notes));
        }
        Kind::Yaml | Kind::Json => {
            for resource in file.document.stack().filter(|resource| resource.kind == "AWS::AppSync::ApiKey") {
                appsync(file, &resource, resource.body.get("Expires"), notes);
            }
            arm(file, notes);
        }
        _ => {}
    }
}

fn look(file: &File<'_>, resource: &Resource<'_>, notes: &mut Notes) {
    let body = resource.body;
    let subject = format!("{}.{}", resource.kind, resource.name);
    let limits = file.settings.limits(None, None, file.path());
    let now = file.settings.now;
    let has = |key: &str| body.get(key).is_some_and(|node| !node.is_null());
    let mut note = |id: &'static str, node: Option<&Node>, message: String| {
        let span = node.map_or(resource.span.clone(), |node| node.span.clone());
        notes.add(id, span, subject.clone(), message);
    };
    let missing = |what: &str| format!("{subject} has no {what}");
    let over =
        |days: f64, limit: u32| format!("{subject}: {}, and the policy allows {limit} days", period::words(days));
    match resource.kind {
        "google_secret_manager_secret" | "google_secret_manager_regional_secret" => match body.get("rotation") {
            None => {
                note("rotation/gcp-secret-without-rotation", None, missing("rotation"));
                if !has("ttl") && !has("expire_time") {
                    note("expiry/gcp-secret-no-ttl", None, missing("ttl, expire_time or rotation"));
                }
            }
            Some(rotation) => {
                if let Some((node, days)) =
                    rotation.get("rotation_period").and_then(|n| Some((n, period::seconds(n.literal()?)?)))
                    && exceeds(days, limits.max_age_days)
                {
                    note("rotation/gcp-period-too-long", Some(node), over(days, limits.max_age_days));
                }
                if !has("topics") {
                    note("rotation/gcp-rotation-notify-only", Some(rotation), missing("topics"));
                }
                let next = rotation.get("next_rotation_time").and_then(|n| Some((n, moment::parse(n.literal()?)?)));
                if let Some((node, _)) = next.filter(|(_, time)| *time < now) {
                    note("rotation/gcp-next-rotation-in-past", Some(node), format!("{subject}: the date has passed"));
                }
            }
        },
        "google_kms_crypto_key" => {
            // Of other purposes, and of imported material, the service rotates nothing.
            let purpose = body.get("purpose").map_or(Some("ENCRYPT_DECRYPT"), Node::literal);
            if purpose == Some("ENCRYPT_DECRYPT") && body.get("import_only").and_then(Node::truth) != Some(true) {
                match body.get("rotation_period") {
                    None => note("rotation/gcp-kms-period", None, missing("rotation_period")),
                    Some(node) => {
                        let days = node.literal().and_then(period::seconds);
                        if let Some(days) = days.filter(|days| exceeds(*days, limits.max_age_days)) {
                            note("rotation/gcp-kms-period", Some(node), over(days, limits.max_age_days));
                        }
                    }
                }
            }
        }
        "google_service_account_key" => {
            let keepers = body.get("keepers");
            if !keepers.is_some_and(|keepers| keepers.mentions("time_rotating")) && !by_lifecycle(body) {
                note(
                    "rotation/gcp-sa-key-no-rotation",
                    None,
                    format!("{subject} has no keeper that changes with time"),
                );
            }
        }
        "google_apikeys_key" if !has("restrictions") => {
            note("scope/no-ip-or-referrer-restriction", None, missing("restrictions"));
        }
        "azurerm_key_vault_secret" if !has("expiration_date") => {
            note("expiry/azure-secret-never", None, missing("expiration_date"))
        }
        "azurerm_key_vault_key" => azure_key(file, resource, &mut note),
        "azurerm_kubernetes_cluster" => {
            if let Some(provider) = body.get("key_vault_secrets_provider")
                && provider.get("secret_rotation_enabled").is_none_or(|node| node.truth() == Some(false))
            {
                note("rotation/aks-secret-rotation-off", Some(provider), missing("secret_rotation_enabled = true"));
            }
        }
        "azurerm_storage_account" => {
            let off = body.get("shared_access_key_enabled").is_some_and(|node| node.truth() != Some(true));
            if !off && !has("sas_policy") {
                note("expiry/azure-sas-policy", None, missing("sas_policy"));
            }
        }
        "azuread_application_password" | "azuread_service_principal_password" => {
            if !has("rotate_when_changed") && !by_lifecycle(body) {
                note("rotation/azuread-password-no-rotation", None, missing("rotate_when_changed"));
            }
            let relative = body.get("end_date_relative").and_then(|n| Some((n, period::go(n.literal()?)?)));
            let time = |key: &str| body.get(key).and_then(|n| Some((n, moment::parse(n.literal()?)?)));
            let absolute = time("end_date")
                .map(|(n, end)| (n, (end - time("start_date").map_or(now, |(_, s)| s)) as f64 / moment::DAY as f64));
            if let Some((node, days)) =
                relative.or(absolute).filter(|(_, days)| exceeds(*days, limits.max_expiry_days + 1))
            {
                note("expiry/azuread-password-too-long", Some(node), over(days, limits.max_expiry_days));
            }
        }
        "time_rotating" => {
            for (key, days) in [
                ("rotation_minutes", 1.0 / 1440.0),
                ("rotation_hours", 1.0 / 24.0),
                ("rotation_days", 1.0),
                ("rotation_months", 30.4375),
                ("rotation_years", 365.25),
            ] {
                let found = body.get(key).and_then(|n| Some((n, n.number()? * days)));
                // Three months are what a policy of 90 days means by them.
                if let Some((node, days)) = found.filter(|(_, days)| {
                    exceeds(*days, limits.max_age_days.max(if key == "rotation_months" { 92 } else { 0 }))
                }) {
                    note("rotation/time-rotating-too-long", Some(node), over(days, limits.max_age_days));
                }
            }
        }
        "gitlab_project_access_token" | "gitlab_group_access_token" | "gitlab_personal_access_token" => {
            let fed = body.get("expires_at").is_some_and(|node| node.literal().is_none() && !node.is_null());
            if !has("rotation_configuration") && !fed {
                note("rotation/gitlab-token-no-rotation", None, missing("rotation_configuration"));
                if !has("expires_at") {
                    note("expiry/gitlab-token-never", None, missing("expires_at or rotation_configuration"));
                }
            }
        }
        "gitlab_project_variable" | "gitlab_group_variable" | "gitlab_instance_variable" => {
            let name = body.literal_at("key").unwrap_or(resource.name);
            let off = |key: &str| body.get(key).is_none_or(|node| node.truth() == Some(false));
            if super::super::words::is_secret_name(name) && (off("masked") || off("protected")) {
                note("ci/gitlab-unprotected-variable", None, missing("masked and protected"));
            }
        }
        "cloudflare_api_token" => {
            if !has("expires_on") {
                note("expiry/cloudflare-token-never", None, missing("expires_on"));
            }
            if body.get("condition.request_ip").or_else(|| body.get("condition.request.ip")).is_none() {
                note("scope/no-ip-or-referrer-restriction", None, missing("condition for addresses"));
            }
        }
        "grafana_service_account_token" | "grafana_cloud_stack_service_account_token" => {
            note("rotation/grafana-static-token", None, format!("{subject} is static"));
            if body.get("seconds_to_live").is_none_or(|node| node.number() == Some(0.0)) {
                note("expiry/grafana-token-never", None, missing("seconds_to_live"));
            }
        }
        "vault_approle_auth_backend_role" => {
            let unlimited = |key: &str| body.get(key).is_none_or(|node| node.number() == Some(0.0));
            if unlimited("secret_id_ttl") && unlimited("secret_id_num_uses") {
                note("rotation/vault-unlimited-secret-id", None, missing("secret_id_ttl and secret_id_num_uses"));
            }
        }
        "aws_appsync_api_key" => appsync(file, resource, body.get("expires"), notes),
        _ => {}
    }
    keepers(resource, notes);
    vault(file, resource, notes);
}

/// The `time_rotating` resources that something in the file refers to, and whether that is a key.
fn fed_by_time(file: &File<'_>) -> BTreeMap<String, bool> {
    let mut fed = BTreeMap::new();
    for resource in file.document.resources() {
        let is_key = ["key", "secret", "password", "token", "credential", "cert", "rotating"]
            .iter()
            .any(|word| resource.kind.contains(word));
        resource.body.each_reference("time_rotating.", &mut |name| {
            *fed.entry(name.to_owned()).or_insert(false) |= is_key;
        });
    }
    fed
}

fn by_lifecycle(body: &Node) -> bool {
    body.get("lifecycle.replace_triggered_by").is_some_and(|by| by.mentions("time_rotating"))
}

fn keepers(resource: &Resource<'_>, notes: &mut Notes) {
    for key in ["keepers", "rotate_when_changed", "triggers"] {
        let Some(node) = resource.body.get(key) else { continue };
        for entry in node.entries() {
            let text = entry.value.text().unwrap_or_default();
            let constant = text.split("time_rotating.").skip(1).any(|rest| {
                let field = rest.split(['.', '}', ' ', '"', ')']).nth(1).unwrap_or_default();
                matches!(
                    field,
                    "rotation_days" | "rotation_hours" | "rotation_minutes" | "rotation_months" | "rotation_years"
                )
            });
            if constant {
                let subject = format!("{}.{}", resource.kind, resource.name);
                let message = format!("{} of {subject} refers to a period, which never changes", entry.key);
                notes.add("rotation/keeper-not-time-bound", entry.value.span.clone(), subject, message);
            }
        }
    }
}

fn vault(file: &File<'_>, resource: &Resource<'_>, notes: &mut Notes) {
    if !resource.kind.starts_with("vault_") {
        return;
    }
    let body = resource.body;
    let subject = format!("{}.{}", resource.kind, resource.name);
    let days = |key: &str| body.get(key).and_then(|node| period::go(node.literal()?));
    if days("token_period").is_some_and(|days| days > 0.0)
        && days("token_explicit_max_ttl").is_none_or(|days| days == 0.0)
        && body.get("token_explicit_max_ttl").is_none_or(|n| n.literal().is_some())
    {
        let message = format!("{subject} has token_period and no token_explicit_max_ttl");
        notes.add("rotation/vault-periodic-token", resource.span.clone(), subject.clone(), message);
    }
    let limit = file.settings.limits(None, None, file.path()).max_age_days;
    for key in ["token_max_ttl", "max_lease_ttl_seconds", "max_ttl", "secret_id_ttl"] {
        if let Some(days) = days(key).filter(|days| exceeds(*days, limit)) {
            let message = format!("{key} of {subject} is {}, and the policy allows {limit} days", period::words(days));
            notes.add(
                "rotation/vault-ttl-too-long",
                body.get(key).map_or(0..0, |node| node.span.clone()),
                subject.clone(),
                message,
            );
        }
    }
}

fn azure_key(file: &File<'_>, resource: &Resource<'_>, note: &mut impl FnMut(&'static str, Option<&Node>, String)) {
    let body = resource.body;
    let subject = format!("{}.{}", resource.kind, resource.name);
    let policy = body.get("rotation_policy");
    let limit = file.settings.limits.max_crypto_days;
    if body.get("expiration_date").is_none() && policy.and_then(|policy| policy.get("expire_after")).is_none() {
        note("expiry/azure-key-never", None, format!("{subject} has neither expiration_date nor expire_after"));
    }
    let Some(policy) = policy else {
        note("rotation/azure-key-no-policy", None, format!("{subject} has no rotation_policy"));
        return;
    };
    if policy.get("automatic").is_none() {
        let id = if policy.get("notify_before_expiry").is_some() {
            "rotation/azure-notify-only"
        } else {
            "rotation/azure-key-no-policy"
        };
        note(id, Some(policy), format!("the rotation_policy of {subject} has no automatic part"));
    }
    for key in ["expire_after", "automatic.time_after_creation"] {
        let found = policy.get(key).and_then(|node| Some((node, period::iso8601(node.literal()?)?)));
        if let Some((node, days)) = found.filter(|(_, days)| exceeds(*days, limit + 1)) {
            note(
                "rotation/azure-key-period-too-long",
                Some(node),
                format!("{key} of {subject} is {}, and the policy allows {limit} days", period::words(days)),
            );
        }
    }
}

fn appsync(file: &File<'_>, resource: &Resource<'_>, expires: Option<&Node>, notes: &mut Notes) {
    let Some((node, end)) = expires.and_then(|node| Some((node, moment::parse(node.literal()?)?))) else { return };
    let subject = format!("{}.{}", resource.kind, resource.name);
    let limit = file.settings.limits(None, None, file.path()).max_expiry_days;
    let days = (end - file.settings.now) as f64 / moment::DAY as f64;
    if days < 0.0 {
        notes.add("expiry/appsync-key", node.span.clone(), subject, format!("it expired on {}", moment::words(end)));
    } else if exceeds(days, limit + 1) {
        let message = format!("it is valid until {}, and the policy allows {limit} days", moment::words(end));
        notes.add("expiry/appsync-key", node.span.clone(), subject, message);
    }
}

/// Templates of Azure Resource Manager: secrets and keys without `attributes.exp`.
fn arm(file: &File<'_>, notes: &mut Notes) {
    for root in &file.document.roots {
        if !root.literal_at("$schema").is_some_and(|schema| schema.contains("deploymentTemplate")) {
            continue;
        }
        for resource in root.all("resources") {
            let Some(kind) = resource.literal_at("type") else { continue };
            let id = match kind {
                "Microsoft.KeyVault/vaults/secrets" => "expiry/azure-secret-never",
                "Microsoft.KeyVault/vaults/keys" => "expiry/azure-key-never",
                _ => continue,
            };
            let name = resource.get("name").and_then(Node::text).unwrap_or("?").to_owned();
            if resource.get("properties.attributes.exp").is_none() {
                let span = resource.get("type").map_or(0..0, |node| node.span.clone());
                notes.add(id, span, format!("{kind} {name}"), format!("{name} has no properties.attributes.exp"));
            }
            let keyed = id == "expiry/azure-key-never" && resource.get("properties.rotationPolicy").is_none();
            if keyed {
                let span = resource.get("type").map_or(0..0, |node| node.span.clone());
                notes.add(
                    "rotation/azure-key-no-policy",
                    span,
                    format!("{kind} {name}"),
                    format!("{name} has no rotationPolicy"),
                );
            }
        }
    }
}
