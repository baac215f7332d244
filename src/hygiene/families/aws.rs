//! Rotation of secrets and keys of AWS, in Terraform and in CloudFormation: the same facts under other names.

use super::super::check::{Family, File, Notes, Run};
use super::super::document::{Document, Kind, Node, Resource};
use super::super::period;
use super::super::project::Project;
use super::super::words;
use super::{audit, certain, exceeds};
use crate::finding::Severity::{High, Low, Medium};
use std::collections::{BTreeMap, BTreeSet};

/// Checks of one file.
pub const FAMILY: Family = Family {
    checks: &[
        certain(
            "rotation/terraform-aws-period-too-long",
            Medium,
            "a secret of AWS Secrets Manager is rotated too rarely",
            "The longer a secret lives, the more copies of it exist and the longer a leaked copy works.",
            "set automatically_after_days to at most 90",
        ),
        certain(
            "rotation/cfn-schedule-too-long",
            Medium,
            "a rotation schedule in CloudFormation is too long",
            "The longer a secret lives, the more copies of it exist and the longer a leaked copy works.",
            "set RotationRules.AutomaticallyAfterDays to at most 90",
        ),
        certain(
            "rotation/aws-rate-too-long",
            Medium,
            "a rotation schedule rate(…) is too long",
            "A rate of more than the policy's period leaves the secret in use longer than the policy allows.",
            "set a rate of at most 90 days",
        ),
        certain(
            "rotation/aws-cron-too-long",
            Medium,
            "a rotation schedule cron(…) leaves gaps that are too long",
            "A cron expression looks like a schedule and can still mean once a year, or never again.",
            "choose a cron expression whose longest gap is at most 90 days",
        ),
        certain(
            "rotation/aws-rules-conflict-or-empty",
            Low,
            "rotation rules name both a period and a schedule, or neither",
            "The service takes exactly one of the two, so the rotation is refused when it is applied.",
            "set either automatically_after_days or schedule_expression",
        ),
        audit(
            "rotation/aws-first-rotation-deferred",
            Low,
            "the first rotation waits for the schedule",
            "The value that was set by hand or by the template stays in use until the first window.",
            "leave rotate_immediately at its default, true",
        ),
        certain(
            "rotation/aws-kms-disabled",
            Low,
            "a symmetric key of AWS KMS is not rotated",
            "Without rotation all data of years is under one version of the key. The default is off.",
            "set enable_key_rotation = true",
        ),
        certain(
            "rotation/aws-kms-period-too-long",
            Low,
            "a key of AWS KMS is rotated too rarely",
            "A longer period puts more data under one version of the key.",
            "set rotation_period_in_days to at most 365",
        ),
        certain(
            "rotation/iam-access-key-no-rotation",
            High,
            "an IAM access key is created and never replaced",
            "Access keys have no end of their own. One that is made by code lives until someone remembers it, and its secret lies in the state file.",
            "use a role or OIDC instead, or replace it by a time_rotating resource through lifecycle.replace_triggered_by",
        ),
        certain(
            "rotation/cfn-secret-without-schedule",
            Medium,
            "a secret in CloudFormation has no rotation schedule",
            "Without AWS::SecretsManager::RotationSchedule the secret keeps its first value for ever.",
            "add an AWS::SecretsManager::RotationSchedule that refers to it",
        ),
        certain(
            "rotation/config-rule-too-lenient",
            Low,
            "a rule of AWS Config allows keys that are older than the policy",
            "The rule that should notice old keys stays green for too long.",
            "set maxAccessKeyAge or maxDaysSinceRotation to at most 90",
        ),
    ],
    run: Run::File(file),
};

/// Checks of all files of a module.
pub const MODULE: Family = Family {
    checks: &[audit(
        "rotation/terraform-aws-secret-without-rotation",
        Medium,
        "a secret of AWS Secrets Manager has no rotation in its module",
        "Without aws_secretsmanager_secret_rotation the secret keeps its value until someone changes it by hand.",
        "add an aws_secretsmanager_secret_rotation with its secret_id",
    )],
    run: Run::Project(module),
};

fn file(file: &File<'_>, notes: &mut Notes) {
    if matches!(file.document.kind, Kind::Hcl | Kind::HclJson) {
        file.document.resources().for_each(|resource| terraform(file, &resource, notes));
    } else if matches!(file.document.kind, Kind::Yaml | Kind::Json) {
        let scheduled = scheduled(file.document);
        file.document.stack().for_each(|resource| stack(file, &resource, &scheduled, notes));
    }
}

fn limit(file: &File<'_>) -> u32 {
    file.settings.limits(None, None, file.path()).max_age_days
}

fn terraform(file: &File<'_>, resource: &Resource<'_>, notes: &mut Notes) {
    let body = resource.body;
    let subject = format!("{}.{}", resource.kind, resource.name);
    match resource.kind {
        "aws_secretsmanager_secret_rotation" => {
            let names = ["automatically_after_days", "schedule_expression"];
            rules(file, body.get("rotation_rules"), resource, names, "rotation/terraform-aws-period-too-long", notes);
            deferred(body.get("rotate_immediately"), &subject, notes);
        }
        "aws_kms_key" => kms(
            file,
            resource,
            ["enable_key_rotation", "rotation_period_in_days", "key_usage", "customer_master_key_spec"],
            notes,
        ),
        "aws_iam_access_key" => {
            let inactive = body.literal_at("status") == Some("Inactive");
            let replaced = body.get("lifecycle.replace_triggered_by").is_some_and(|by| by.mentions("time_rotating"))
                || body.any_text(&mut |text| text.contains("time_rotating."));
            if !inactive && !replaced {
                let message = format!("{subject} is replaced by nothing");
                notes.add("rotation/iam-access-key-no-rotation", resource.span.clone(), subject, message);
            }
        }
        "aws_config_config_rule" | "aws_config_organization_managed_rule" => {
            let source = body.literal_at("source.source_identifier").or_else(|| body.literal_at("rule_identifier"));
            if let Some(parameters) = body.get("input_parameters") {
                lenient(file, source, parameters, &subject, notes);
            }
        }
        _ => {}
    }
}

fn stack(file: &File<'_>, resource: &Resource<'_>, scheduled: &BTreeSet<&str>, notes: &mut Notes) {
    let body = resource.body;
    let subject = format!("{} {}", resource.kind, resource.name);
    match resource.kind {
        "AWS::SecretsManager::RotationSchedule" => {
            let names = ["AutomaticallyAfterDays", "ScheduleExpression"];
            rules(file, body.get("RotationRules"), resource, names, "rotation/cfn-schedule-too-long", notes);
            deferred(body.get("RotateImmediatelyOnUpdate"), &subject, notes);
        }
        "AWS::SecretsManager::Secret"
            if !scheduled.contains(resource.name) && !words::names_no_secret(resource.name) =>
        {
            let message = format!("no RotationSchedule refers to {}", resource.name);
            notes.add("rotation/cfn-secret-without-schedule", resource.span.clone(), subject, message);
        }
        "AWS::KMS::Key" => {
            kms(file, resource, ["EnableKeyRotation", "RotationPeriodInDays", "KeyUsage", "KeySpec"], notes)
        }
        "AWS::IAM::AccessKey" => {
            let inactive = body.literal_at("Status") == Some("Inactive");
            if !inactive && body.get("Serial").is_none() {
                let message = format!("{} has no Serial that would be raised to replace it", resource.name);
                notes.add("rotation/iam-access-key-no-rotation", resource.span.clone(), subject, message);
            }
        }
        "AWS::Config::ConfigRule" => {
            if let Some(parameters) = body.get("InputParameters") {
                lenient(file, body.literal_at("Source.SourceIdentifier"), parameters, &subject, notes);
            }
        }
        _ => {}
    }
}

/// The names that schedules refer to, by themselves or over what attaches a secret to its database: `!Ref X`, `{Ref: X}`,
/// `!Sub ${X}`, `!GetAtt X.Id`.
fn scheduled(document: &Document) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut attached: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for other in document.stack() {
        match other.kind {
            "AWS::SecretsManager::RotationSchedule" => words_below(other.body.get("SecretId"), &mut names),
            "AWS::SecretsManager::SecretTargetAttachment" => {
                words_below(other.body.get("SecretId"), attached.entry(other.name).or_default());
            }
            // The service itself rotates what it manages.
            "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster" => {
                words_below(other.body.get("MasterUserSecret.SecretArn"), &mut names);
            }
            _ => {}
        }
    }
    for (attachment, secrets) in attached {
        if names.contains(attachment) {
            names.extend(secrets);
        }
    }
    names
}

fn words_below<'d>(node: Option<&'d Node>, names: &mut BTreeSet<&'d str>) {
    if let Some(node) = node {
        node.walk(&mut |_, node| {
            let text = node.text().unwrap_or_default();
            names.extend(text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()));
        });
    }
}

fn rules(
    file: &File<'_>,
    rules: Option<&Node>,
    resource: &Resource<'_>,
    names: [&str; 2],
    too_long: &'static str,
    notes: &mut Notes,
) {
    let subject = format!("{}.{}", resource.kind, resource.name);
    let limit = limit(file);
    let Some(rules) = rules else {
        if resource.kind.starts_with("aws_") && resource.body.get("managed_rotation").is_none() {
            let message = format!("{subject} has no rotation_rules");
            notes.add("rotation/aws-rules-conflict-or-empty", resource.span.clone(), subject, message);
        }
        return;
    };
    let (days, schedule) = (rules.get(names[0]).filter(|n| !n.is_null()), rules.get(names[1]).filter(|n| !n.is_null()));
    if days.is_some() == schedule.is_some() {
        let what = if days.is_some() { "both" } else { "neither" };
        let message = format!("{subject} has {what} of {} and {}", names[0], names[1]);
        notes.add("rotation/aws-rules-conflict-or-empty", rules.span.clone(), subject.clone(), message);
    }
    if let Some(days) = days {
        match days.number() {
            Some(number) if exceeds(number, limit) => {
                let message =
                    format!("{subject} is rotated after {}, and the policy allows {limit}", period::words(number));
                notes.add(too_long, days.span.clone(), subject.clone(), message);
            }
            Some(_) => {}
            None => {
                let message = format!("the period of {subject} is not a literal");
                notes.add(too_long, days.span.clone(), subject.clone(), message).unknown();
            }
        }
    }
    let Some((node, text)) = schedule.and_then(|node| Some((node, node.literal()?))) else { return };
    if let Some(days) = period::rate(text).filter(|days| exceeds(*days, limit)) {
        let message = format!("{subject} is rotated after {}, and the policy allows {limit}", period::words(days));
        notes.add("rotation/aws-rate-too-long", node.span.clone(), subject, message);
    } else if let Some(days) = period::cron(text, file.settings.now).filter(|days| exceeds(*days, limit.max(92))) {
        // A cron of every three months has gaps of up to 92 days: that is what a policy of 90 days means by it.
        let message = format!(
            "the longest gap in the schedule of {subject} is {}, and the policy allows {limit}",
            period::words(days)
        );
        notes.add("rotation/aws-cron-too-long", node.span.clone(), subject, message);
    }
}

fn deferred(node: Option<&Node>, subject: &str, notes: &mut Notes) {
    if let Some(node) = node.filter(|node| node.truth() == Some(false)) {
        let message = format!("{subject} keeps its first value until the next window");
        notes.add("rotation/aws-first-rotation-deferred", node.span.clone(), subject, message);
    }
}

fn kms(file: &File<'_>, resource: &Resource<'_>, names: [&str; 4], notes: &mut Notes) {
    let [enable, period_name, usage, spec] = names;
    let body = resource.body;
    let subject = format!("{}.{}", resource.kind, resource.name);
    // Only symmetric keys for encryption can be rotated by the service, and only with key material of its own.
    let other = |key: &str, usual: &str| body.get(key).is_some_and(|node| node.literal() != Some(usual));
    let other_usage = other(usage, "ENCRYPT_DECRYPT");
    let other_spec = other(spec, "SYMMETRIC_DEFAULT") || other("key_spec", "SYMMETRIC_DEFAULT");
    let external = other("Origin", "AWS_KMS") || body.get("custom_key_store_id").is_some();
    if other_usage || other_spec || external {
        return;
    }
    let enabled = body.get(enable);
    match enabled.map(Node::truth) {
        None | Some(Some(false)) => {
            let span = enabled.map_or(resource.span.clone(), |node| node.span.clone());
            let message = match enabled {
                Some(_) => format!("{subject} switches rotation off"),
                None => format!("{subject} does not set {enable}, whose default is off"),
            };
            notes.add("rotation/aws-kms-disabled", span, subject.clone(), message);
        }
        Some(None) => {
            let message = format!("{enable} of {subject} is not a literal");
            notes.add("rotation/aws-kms-disabled", resource.span.clone(), subject.clone(), message).unknown();
        }
        Some(Some(true)) => {}
    }
    let limit = file.settings.limits.max_crypto_days;
    if let Some((node, days)) = body.get(period_name).and_then(|node| Some((node, node.number()?)))
        && exceeds(days, limit)
    {
        let message = format!("{subject} is rotated after {}, and the policy allows {limit}", period::words(days));
        notes.add("rotation/aws-kms-period-too-long", node.span.clone(), subject, message);
    }
}

/// Parameters of a rule of AWS Config, as a map, as JSON in a string, or within `jsonencode(…)`.
fn lenient(file: &File<'_>, source: Option<&str>, parameters: &Node, subject: &str, notes: &mut Notes) {
    let name = match source {
        Some("ACCESS_KEYS_ROTATED") => "maxAccessKeyAge",
        Some("SECRETSMANAGER_SECRET_PERIODIC_ROTATION") => "maxDaysSinceRotation",
        _ => return,
    };
    let days = match parameters.get(name) {
        Some(node) => node.number(),
        None => parameters.text().and_then(|text| number_after(text, name)),
    };
    let limit = limit(file);
    if let Some(days) = days.filter(|days| exceeds(*days, limit)) {
        let message = format!("{subject} allows {}, and the policy {limit}", period::words(days));
        notes.add("rotation/config-rule-too-lenient", parameters.span.clone(), subject, message);
    }
}

fn number_after(text: &str, name: &str) -> Option<f64> {
    let rest = &text[text.find(name)? + name.len()..];
    let start = rest.find(|c: char| c.is_ascii_digit()).filter(|at| *at < 8)?;
    let digits: String = rest[start..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn module(project: &Project<'_>, notes: &mut Notes) {
    for files in project.modules().into_values() {
        let mut rotated: BTreeSet<&str> = BTreeSet::new();
        for other in files.iter().flat_map(|kept| kept.document.resources()) {
            let rotates = other.kind == "aws_secretsmanager_secret_rotation"
                || other.body.get("manage_master_user_password").is_some();
            if rotates {
                other.body.each_reference("aws_secretsmanager_secret.", &mut |name| {
                    rotated.insert(name);
                });
            }
        }
        for kept in &files {
            for secret in kept.document.resources().filter(|r| r.kind == "aws_secretsmanager_secret") {
                let name = format!("aws_secretsmanager_secret.{}", secret.name);
                if !rotated.contains(secret.name) && !words::names_no_secret(secret.name) {
                    let message = format!("no aws_secretsmanager_secret_rotation of this module refers to {name}");
                    let path = &kept.document.path;
                    notes.add_at(
                        "rotation/terraform-aws-secret-without-rotation",
                        path,
                        secret.span.clone(),
                        name,
                        message,
                    );
                }
            }
        }
    }
}
