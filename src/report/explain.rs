//! Rules and checks in words: what they find, why that matters, what to do. One text for the terminal, for SARIF and for
//! the documentation.

use crate::rule::Rule;

/// A bad and a good example: name and text of a file.
pub type Examples = [(&'static str, &'static str); 2];

/// For the terminal.
pub fn plain(rule: &Rule, examples: Option<Examples>) -> String {
    let (spec, provider) = (rule.spec, rule.provider);
    let mut out = format!("{} ({})\n{}\n\n", spec.id, rule.severity, sentence(spec.description));
    match &rule.advice {
        Some(advice) => out.push_str(&format!("Why   {}\nFix   {}\n", advice.why, sentence(advice.fix))),
        None => {
            out.push_str(&format!(
                "Why   A leaked key of {} opens what it was made for to whoever finds it.\n",
                provider.name
            ));
            out.push_str("Fix   Revoke it where it was issued, issue a new one, and keep that out of git.\n");
            for (i, step) in provider.revoke_steps.iter().enumerate() {
                out.push_str(&format!("      {}. {step}\n", i + 1));
            }
            if let Some(url) = provider.console.or(provider.docs) {
                out.push_str(&format!("See   {url}\n"));
            }
        }
    }
    for (label, (name, text)) in ["Bad", "Good"].into_iter().zip(examples.into_iter().flatten()) {
        out.push_str(&format!("\n{label}, {name}:\n"));
        shown(text).lines().for_each(|line| out.push_str(&format!("    {line}\n")));
    }
    out.push_str(&format!("\nNot so here? Put the comment \"keyhound:allow {}\" on the line.\n", spec.id));
    out
}

/// Every check with its summary.
pub fn list<'r>(rules: impl Iterator<Item = &'r Rule>) -> String {
    let checks: Vec<&Rule> = rules.filter(|rule| rule.advice.is_some()).collect();
    let width = checks.iter().map(|rule| rule.spec.id.len()).max().unwrap_or(0);
    let line = |rule: &&Rule| format!("{:width$}  {:8}  {}\n", rule.spec.id, rule.severity, rule.spec.description);
    checks.iter().map(line).collect()
}

/// For the documentation.
pub fn markdown(rule: &Rule, examples: Option<Examples>) -> String {
    let Some(advice) = &rule.advice else { return String::new() };
    let mut out =
        format!("### `{}`\n\n{} Severity: {}.\n\n", rule.spec.id, sentence(rule.spec.description), rule.severity);
    out.push_str(&format!("{} {}\n", advice.why, sentence(advice.fix)));
    for (label, (name, text)) in ["Bad", "Good"].into_iter().zip(examples.into_iter().flatten()) {
        out.push_str(&format!("\n{label}, `{name}`:\n\n```\n{}\n```\n", shown(text).trim_end()));
    }
    out
}

/// With a capital letter and a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// An example as a person may see it: keys are cut where the file joins their parts.
fn shown(text: &str) -> String {
    let mut parts = text.split("[+]");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('…');
        let end = part.find(|c: char| !(c.is_alphanumeric() || "_-+/=.".contains(c))).unwrap_or(part.len());
        out.push_str(&part[end..]);
    }
    out
}
