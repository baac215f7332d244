//! What providers' answers say about keys that were asked about: the rights of an administrator, and an end that is near,
//! far or missing. The same checks as for what configuration declares, about what is so.

use super::moment;
use super::settings::Settings;
use crate::finding::{Asked, Confidence, Environment, Finding, Fingerprint, FingerprintKey, Liveness, Secret};
use crate::rule::RuleSet;

/// The findings that follow from the answers about `findings`, for those checks that are made.
pub fn of_answers(findings: &[Finding], rules: &RuleSet, settings: &Settings, key: &FingerprintKey) -> Vec<Finding> {
    let live = findings.iter().filter_map(|finding| Some((finding, finding.asked.as_ref()?)));
    let live = live.filter(|(_, asked)| asked.liveness == Liveness::Live);
    live.flat_map(|(finding, asked)| {
        let told = told(finding, asked, rules, settings);
        told.into_iter().filter_map(|(check, message)| about(finding, check, message, rules, key))
    })
    .collect()
}

/// Checks that speak of a live key, and what each says.
fn told(finding: &Finding, asked: &Asked, rules: &RuleSet, settings: &Settings) -> Vec<(&'static str, String)> {
    let rule = rules.get(finding.rule);
    let mut told = Vec::new();
    if asked.is_admin() {
        told.push((
            "scope/admin-permission",
            "its provider says that it has the rights of an administrator".to_owned(),
        ));
    }
    let path = finding.first().and_then(|first| first.path.as_deref()).map(String::from_utf8_lossy).unwrap_or_default();
    let limits = settings.limits(Some(rule.provider), Some(finding.environment.word()), &path);
    let end = asked.expires.as_deref().and_then(moment::parse);
    let days = end.map(|end| (end - settings.now).div_euclid(moment::DAY));
    match (end.zip(days), &asked.expires) {
        (Some((end, days)), _) => {
            let date = moment::words(end);
            if days <= i64::from(limits.expiring_soon_days) {
                told.push(("expiry/expiring-soon", format!("its provider says that it ends on {date}")));
            } else if days > i64::from(limits.max_expiry_days) + 1 {
                let allowed = limits.max_expiry_days;
                let message = format!(
                    "its provider says that it ends on {date}, {days} days from now, and the policy allows {allowed}"
                );
                told.push(("expiry/declared-too-far", message));
            }
        }
        // Only where the provider would name an end does silence mean that there is none.
        (None, None) if rule.online().verify.iter().any(|table| table.expires.is_some()) => {
            let message = "its provider names no end of it".to_owned();
            told.push(("expiry/verify-response-never-expires", message));
        }
        (None, _) => {}
    }
    told
}

fn about(
    finding: &Finding,
    check: &'static str,
    message: String,
    rules: &RuleSet,
    key: &FingerprintKey,
) -> Option<Finding> {
    let rule = rules.find(check)?;
    let first = finding.first()?.clone();
    let subject = finding.fingerprint.to_string()[..16].to_owned();
    Some(Finding {
        rule,
        also: Vec::new(),
        secret: Secret::new(b"", 0),
        asked: None,
        fingerprint: Fingerprint::of_subject(key, check, &subject, first.path.as_deref().unwrap_or_default()),
        severity: rules.get(rule).severity,
        confidence: Confidence::High,
        environment: Environment::Unknown,
        reasons: vec![message.into()],
        locations: vec![first],
        blobs: 0,
        subject: Some(subject),
    })
}
