//! A rule as SARIF describes it: what it finds, how bad that is, and what to do, for the page beside the alert.

use super::bag;
use crate::finding::Severity;
use crate::rule::{Provider, Rule};
use serde_json::json;
use serde_sarif::sarif;

/// The rule's entry in `tool.driver.rules`.
pub(super) fn descriptor(rule: &Rule) -> sarif::ReportingDescriptor {
    let spec = rule.spec;
    let provider = rule.provider;
    let full = rule.advice.map(|advice| advice.why.to_owned()).unwrap_or_else(|| {
        format!(
            "{} of {}. A leaked key opens what it was made for to whoever finds it.",
            spec.description, provider.name
        )
    });
    let mut properties = bag([
        ("security-severity", json!(security_severity(rule.severity))),
        ("precision", json!(rule.confidence)),
        ("provider", json!(provider.id)),
        ("environment", json!(rule.environment)),
    ]);
    properties.tags = Some(match rule.advice {
        Some(_) => std::iter::once("security").chain(spec.tags.iter().copied()).map(str::to_owned).collect(),
        None => vec!["security".to_owned(), "secret".to_owned()],
    });
    sarif::ReportingDescriptor {
        name: Some(pascal_case(spec.id)),
        short_description: Some(both(spec.description, spec.description)),
        full_description: Some(both(&full, &full)),
        help: Some(both(&help(rule, false), &help(rule, true))),
        help_uri: provider.docs.filter(|url| url.starts_with("https://")).map(str::to_owned),
        default_configuration: Some(sarif::ReportingConfiguration {
            level: Some(json!(super::level_of(rule.severity))),
            ..Default::default()
        }),
        properties: Some(properties),
        ..sarif::ReportingDescriptor::builder().id(spec.id).build()
    }
}

/// The number by which code scanning services rank: over 9 is critical, over 7 high, over 4 medium.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
    }
}

/// What to do about a finding of the rule.
fn help(rule: &Rule, markdown: bool) -> String {
    let code = if markdown { "`" } else { "\"" };
    let provider = rule.provider;
    if let Some(advice) = &rule.advice {
        let allow = format!("If it is meant, put the comment {code}keyhound:allow {}{code} on its line.", rule.spec.id);
        return format!("{}\n\n{}\n\n{allow}", advice.why, super::super::explain::sentence(advice.fix));
    }
    let mut lines = vec![
        format!("Revoke the key {}, issue a new one, and keep that out of git.", where_to(provider, markdown)),
        "Removing the key from the tree is not enough: every clone holds every key that was ever committed.".to_owned(),
    ];
    for (i, step) in provider.revoke_steps.iter().enumerate() {
        // Markdown wants a blank line before a list and none within.
        let gap = if markdown && i == 0 { "\n" } else { "" };
        lines.push(format!("{gap}{}. {step}", i + 1));
    }
    let gap = if markdown { "\n" } else { "" };
    lines.push(format!(
        "{gap}If it is no leak, put the comment {code}keyhound:allow {}{code} on its line, or add it to the baseline.",
        rule.spec.id
    ));
    lines.join("\n")
}

fn where_to(provider: &Provider, markdown: bool) -> String {
    match provider.console {
        Some(url) if markdown => format!("at [{}]({url})", provider.name),
        Some(url) => format!("at {} ({url})", provider.name),
        None if provider.hosts.is_empty() && provider.docs.is_none() => "where it was issued".to_owned(),
        None => format!("at {}", provider.name),
    }
}

fn both(text: &str, markdown: &str) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString {
        text: super::text(text).text.unwrap_or_default(),
        markdown: Some(markdown.to_owned()),
        properties: None,
    }
}

/// `airclou-live-key` → `AirclouLiveKey`, the form that SARIF asks of names.
fn pascal_case(id: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    id.split(['-', '/']).map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_pascal_case() {
        assert_eq!(pascal_case("airclou-live-key"), "AirclouLiveKey");
    }

    #[test]
    fn severities_fall_into_the_bands_of_code_scanning() {
        let numbers: Vec<f64> = Severity::ALL.iter().filter_map(|s| security_severity(*s).parse().ok()).collect();
        assert_eq!(numbers, [3.0, 5.5, 8.0, 9.5]);
    }
}
